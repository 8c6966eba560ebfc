//! PostgreSQL, version 14 or newer, through one connection.
//!
//! A write goes out at once, and its answer is read at the next reading or at the commit, so that
//! a batch costs few waits for the network. A write of many rows is one statement with an array
//! for each column.
//!
//! Statements inside a transaction that writes look rows up by key, and always through the index.
//! They are planned anew each time: a plan kept from when the table was almost empty reads all of
//! it, and would still do so when it has grown.

mod encode;
mod error;
mod statements;

#[cfg(test)]
mod tests;

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use futures_util::{SinkExt, TryStreamExt};
use tokio::{runtime::Runtime, task::yield_now};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::{
    Class, Lock, Mode, Row, SqlError, Table, Value,
    backend::{Backend, Begin, Each, Operation, Write},
};
use encode::{ColumnArray, copy_pieces};
use error::told;
use statements::Statements;

/// The oldest version that is tested.
const VERSION_MIN: u32 = 14;

const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server that vanished from the network goes unnoticed.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Rows of one statement; keeps its message far below the limit of the protocol.
const ROWS_MAX: usize = 10_000;

/// For all transactions but those that only read, which are free to scan.
const SETTINGS: &str = "
    SET jit = off;
    SET lock_timeout = '10s';
    SET plan_cache_mode = force_custom_plan;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
";

const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// The number is arbitrary and the same for every program that uses such a transaction.
const BEGIN_ALONE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED;
    SELECT pg_advisory_xact_lock(7235417209318446)";

/// The last statement takes the snapshot.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL plan_cache_mode = auto;
    SET LOCAL enable_seqscan = on;
    SET LOCAL enable_hashjoin = on;
    SET LOCAL enable_mergejoin = on;
    SELECT 1";

type Answer<T> = Result<T, tokio_postgres::Error>;

pub(super) struct Postgres {
    client: Arc<Client>,
    statements: Statements,
    /// Requests that were sent and whose answers were not read, in the order of sending.
    pending: Vec<Pending>,
    /// The error that told of the lost connection.
    lost: Option<SqlError>,
    runtime: Runtime,
}

struct Pending {
    answer: Pin<Box<dyn Future<Output = Answer<u64>> + Send>>,
    /// How many rows an update must have found, and in which table.
    updated: Option<(u64, &'static str)>,
}

impl Postgres {
    pub(super) fn open(url: &str, mode: Mode) -> Result<Self, SqlError> {
        let mut config: Config = url.parse().map_err(told)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("kangji");
        }
        config.keepalives_idle(SILENCE_MAX).tcp_user_timeout(SILENCE_MAX);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| SqlError::new(Class::Unavailable, error.to_string()))?;
        let client = runtime.block_on(async {
            let (client, connection) = config.connect(NoTls).await.map_err(told)?;
            let version = connection.parameter("server_version").unwrap_or_default().to_owned();
            // Its result comes to the requests as well.
            tokio::spawn(async { drop(connection.await) });
            let digits = version.split(|letter: char| !letter.is_ascii_digit()).next();
            let major: Option<u32> = digits.and_then(|digits| digits.parse().ok());
            if major.is_none_or(|major| major < VERSION_MIN) {
                let text = format!("PostgreSQL `{version}` is older than {VERSION_MIN}");
                return Err(SqlError::other(text));
            }
            client.batch_execute(SETTINGS).await.map_err(told)?;
            if mode == Mode::ReadOnly {
                let read_only = "SET default_transaction_read_only = on";
                client.batch_execute(read_only).await.map_err(told)?;
            }
            Ok(client)
        })?;
        let (client, statements) = (Arc::new(client), Statements::default());
        Ok(Self { client, statements, pending: Vec::new(), lost: None, runtime })
    }

    /// Runs `work` unless the connection is lost, and remembers if it is lost now.
    fn alive<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        work(self).inspect_err(|error| {
            if error.class() == Class::Unavailable {
                self.lost = Some(error.clone());
            }
        })
    }

    /// Sends a request without waiting for its answer.
    fn send(
        &mut self,
        updated: Option<(u64, &'static str)>,
        request: impl Future<Output = Answer<u64>> + Send + 'static,
    ) -> Result<(), SqlError> {
        let mut answer: Pin<Box<dyn Future<Output = Answer<u64>> + Send>> = Box::pin(request);
        let early = self.runtime.block_on(async {
            let early = first_poll(answer.as_mut()).await;
            // The connection gets its turn to write to the socket.
            yield_now().await;
            early
        });
        match early {
            Poll::Ready(result) => result.map(|_| ()).map_err(told),
            Poll::Pending => {
                self.pending.push(Pending { answer, updated });
                Ok(())
            }
        }
    }

    fn table_statement(
        &mut self,
        table: &Table,
        operation: Operation,
    ) -> Result<Statement, SqlError> {
        if let Some(statement) = self.statements.of_table(table, operation) {
            return Ok(statement);
        }
        let text = statements::text(table, operation);
        let statement =
            self.runtime.block_on(answer(&mut self.pending, self.client.prepare(&text)))?;
        self.statements.keep_of_table(table, operation, statement.clone());
        Ok(statement)
    }

    fn statement(&mut self, sql: &str, parameters: &[Value<'_>]) -> Result<Statement, SqlError> {
        if let Some(statement) = self.statements.of_text(sql, parameters) {
            return Ok(statement);
        }
        let types = statements::types(parameters);
        let prepared = self.client.prepare_typed(sql, &types);
        let statement = self.runtime.block_on(answer(&mut self.pending, prepared))?;
        if statement.params().len() != parameters.len() {
            let text = format!("`{sql}` does not take {} parameters", parameters.len());
            return Err(SqlError::other(text));
        }
        self.statements.keep_of_text(sql, types, statement.clone());
        Ok(statement)
    }

    fn load(&mut self, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError> {
        let statement = self.table_statement(table, Operation::Write(Write::Load))?;
        let (pending, client) = (&mut self.pending, &self.client);
        self.runtime.block_on(async {
            let sink = answer(pending, client.copy_in::<_, Bytes>(&statement)).await?;
            let mut sink = pin!(sink);
            for piece in copy_pieces(rows, table.columns.len()) {
                sink.send(piece?).await.map_err(told)?;
            }
            sink.finish().await.map_err(told)?;
            Ok(())
        })
    }
}

impl Backend for Postgres {
    fn begin(&mut self, begin: Begin) -> Result<(), SqlError> {
        self.alive(|this| {
            let client = Arc::clone(&this.client);
            match begin {
                Begin::Write => this
                    .send(None, async move { client.batch_execute(BEGIN_WRITE).await.map(|()| 0) }),
                Begin::Alone => {
                    this.runtime.block_on(client.batch_execute(BEGIN_ALONE)).map_err(told)
                }
                Begin::Read => {
                    this.runtime.block_on(client.batch_execute(BEGIN_READ)).map_err(told)
                }
            }
        })
        .inspect_err(|_| self.rollback())
    }

    fn commit(&mut self) -> Result<(), SqlError> {
        self.alive(|this| {
            this.runtime.block_on(async {
                // Known to be without error before the commit is asked for: a server asked to
                // commit a failed transaction undoes it and calls that a success.
                collect(&mut this.pending).await?;
                this.client.batch_execute("COMMIT").await.map_err(told)
            })
        })
    }

    fn rollback(&mut self) {
        self.pending.clear();
        // The error that led here is the one to tell, and a lost connection undoes by itself.
        let _ = self.alive(|this| {
            this.runtime.block_on(this.client.batch_execute("ROLLBACK")).map_err(told)
        });
    }

    fn write(&mut self, write: Write, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError> {
        self.alive(|this| {
            if write == Write::Load {
                return this.load(table, rows);
            }
            let statement = this.table_statement(table, Operation::Write(write))?;
            let columns = if write == Write::Delete { table.key_columns() } else { table.columns };
            for rows in rows.chunks(ROWS_MAX * columns.len()) {
                let arrays = ColumnArray::of_rows(columns, rows)?;
                let count = u64::try_from(rows.len() / columns.len())
                    .map_err(|_| SqlError::other("too many rows"))?;
                let updated = (write == Write::Update).then_some((count, table.name));
                let (client, statement) = (Arc::clone(&this.client), statement.clone());
                this.send(updated, async move { client.execute_raw(&statement, arrays).await })?;
            }
            Ok(())
        })
    }

    fn fetch(
        &mut self,
        table: &Table,
        prefix: usize,
        keys: &[Value<'_>],
        lock: Lock,
        each: Each<'_>,
    ) -> Result<(), SqlError> {
        self.alive(|this| {
            let statement = this.table_statement(table, Operation::Fetch(prefix, lock))?;
            let columns = table.columns.get(..prefix).unwrap_or_default();
            // All keys at once, so that the order of the locks is one for all of them.
            let arrays = ColumnArray::of_rows(columns, keys)?;
            let rows = this.client.query_raw(&statement, arrays);
            this.runtime.block_on(read(&mut this.pending, rows, table.name, each))
        })
    }

    /// The weakest mode that waits for those who hold locked rows, too.
    fn lock_table(&mut self, table: &Table) -> Result<(), SqlError> {
        self.alive(|this| {
            let text = format!("LOCK TABLE {} IN EXCLUSIVE MODE", table.name);
            let locked = this.client.batch_execute(&text);
            this.runtime.block_on(answer(&mut this.pending, locked))
        })
    }

    fn query(
        &mut self,
        sql: &str,
        parameters: &[Value<'_>],
        each: Each<'_>,
    ) -> Result<(), SqlError> {
        self.alive(|this| {
            let statement = this.statement(sql, parameters)?;
            let rows = this.client.query_raw(&statement, parameters);
            this.runtime.block_on(read(&mut this.pending, rows, sql, each))
        })
    }

    fn execute(&mut self, sql: &str, parameters: &[Value<'_>]) -> Result<u64, SqlError> {
        self.alive(|this| {
            let statement = this.statement(sql, parameters)?;
            let written = this.client.execute_raw(&statement, parameters);
            this.runtime.block_on(answer(&mut this.pending, written))
        })
    }

    fn define(&mut self, ddl: &str) -> Result<(), SqlError> {
        self.alive(|this| {
            let ddl = statements::translate(ddl);
            let defined = this.client.batch_execute(&ddl);
            this.runtime.block_on(answer(&mut this.pending, defined))
        })
    }
}

/// Sends a request, reads the answers of all that were sent before, then its own.
async fn answer<T>(
    pending: &mut Vec<Pending>,
    request: impl Future<Output = Answer<T>>,
) -> Result<T, SqlError> {
    let mut request = pin!(request);
    let early = first_poll(request.as_mut()).await;
    collect(pending).await?;
    match early {
        Poll::Ready(result) => result.map_err(told),
        Poll::Pending => request.await.map_err(told),
    }
}

/// Hands the rows of an answer on as they arrive.
async fn read(
    pending: &mut Vec<Pending>,
    request: impl Future<Output = Answer<tokio_postgres::RowStream>>,
    source: &str,
    each: Each<'_>,
) -> Result<(), SqlError> {
    let mut rows = pin!(answer(pending, request).await?);
    while let Some(row) = rows.try_next().await.map_err(told)? {
        each(Row::postgres(&row, source))?;
    }
    Ok(())
}

/// Reads all answers and gives the first error: those after it only say that the transaction has
/// failed.
async fn collect(pending: &mut Vec<Pending>) -> Result<(), SqlError> {
    let mut result = Ok(());
    for Pending { answer, updated } in pending.drain(..) {
        let found = answer.await.map_err(told).and_then(|found| match updated {
            Some((wanted, table)) if found != wanted => {
                Err(SqlError::shape(format!("a row of `{table}` to be updated is missing")))
            }
            _ => Ok(()),
        });
        result = result.and(found);
    }
    result
}

/// The first step of a request puts it into the connection's queue.
async fn first_poll<F: Future + ?Sized>(mut request: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(request.as_mut().poll(context))).await
}
