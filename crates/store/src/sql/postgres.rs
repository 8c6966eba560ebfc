//! PostgreSQL, version 14 or newer, through one connection.
//!
//! A write goes out at once, and its answer is read at the next reading or at the commit, so that
//! a batch costs few waits for the network. A write of several rows is one statement with an array
//! for each column, one of very many new rows a `COPY`.
//!
//! Statements inside a transaction that writes look rows up by key, and always through the index.
//! For one key the server keeps the plan, which is the same whatever the table holds. For many keys
//! it plans anew each time: a plan kept from when the table was almost empty reads all of it, and
//! would still do so when it has grown.

mod answers;
mod encode;
mod error;
mod statements;

#[cfg(test)]
mod tests;

use std::{future::Future, pin::Pin, sync::Arc, task::Poll, time::Duration};

use bytes::Bytes;
use futures_util::SinkExt;
use tokio::{runtime::Runtime, task::yield_now};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::{
    Class, Lock, Mode, SqlError, Table, Value,
    backend::{Backend, Begin, Each, EachOf, Fetch, Operation, Write},
};
use answers::{Answer, Pending, Reading, answer, collect, first_poll, read};
use encode::{Parameter, copy_pieces};
use error::told;
use statements::{Keys, Statements};

/// The oldest version that is tested.
const VERSION_MIN: u32 = 14;

const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server that vanished from the network goes unnoticed.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Rows of one statement; keeps its message far below the limit of the protocol.
const ROWS_MAX: usize = 10_000;

/// From so many rows on `COPY` is faster.
const ROWS_MANY: usize = 256;

/// For all transactions but those that only read, which are free to scan.
const SETTINGS: &str = "
    SET jit = off;
    SET lock_timeout = '10s';
    SET plan_cache_mode = force_custom_plan;
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
";

/// Who looks one key up outside a transaction need not have it planned each time.
const READER_SETTINGS: &str = "
    SET default_transaction_read_only = on;
    SET plan_cache_mode = auto;
";

/// Until the transaction ends, or the other one is sent.
const PLAN_ONCE: &str = "SET LOCAL plan_cache_mode = force_generic_plan";
const PLAN_ANEW: &str = "SET LOCAL plan_cache_mode = force_custom_plan";

const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// The number is arbitrary and the same for every program that uses such a transaction.
const BEGIN_ALONE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED;
    SELECT pg_advisory_xact_lock(7235417209318446)";

/// The last statement takes the snapshot.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL plan_cache_mode = auto;
    SET LOCAL enable_seqscan = on;
    SET LOCAL enable_bitmapscan = on;
    SET LOCAL enable_hashjoin = on;
    SET LOCAL enable_mergejoin = on;
    SELECT 1";

pub(super) struct Postgres {
    client: Arc<Client>,
    statements: Statements,
    /// Requests that were sent and whose answers were not read, in the order of sending.
    pending: Vec<Pending>,
    /// For how many keys the open transaction that writes plans its statements now.
    planned: Option<Keys>,
    /// The error that told of the lost connection.
    lost: Option<SqlError>,
    runtime: Runtime,
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
                client.batch_execute(READER_SETTINGS).await.map_err(told)?;
            }
            Ok(client)
        })?;
        let (client, statements) = (Arc::new(client), Statements::default());
        Ok(Self { client, statements, pending: Vec::new(), planned: None, lost: None, runtime })
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
        keys: Keys,
    ) -> Result<Statement, SqlError> {
        if let Some(statement) = self.statements.of_table(table, operation, keys) {
            return Ok(statement);
        }
        let text = statements::text(table, operation, keys);
        let statement =
            self.runtime.block_on(answer(&mut self.pending, self.client.prepare(&text)))?;
        self.statements.keep_of_table(table, operation, keys, statement.clone());
        Ok(statement)
    }

    /// Has plans kept for one key and made anew for many. Other transactions have their own way.
    fn plan_for(&mut self, keys: Keys) -> Result<(), SqlError> {
        if self.planned.is_none_or(|planned| planned == keys) {
            return Ok(());
        }
        self.planned = Some(keys);
        let client = Arc::clone(&self.client);
        let setting = if keys == Keys::One { PLAN_ONCE } else { PLAN_ANEW };
        self.send(None, async move { client.batch_execute(setting).await.map(|()| 0) })
    }

    fn statement(&mut self, sql: &str, parameters: &[Value<'_>]) -> Result<Statement, SqlError> {
        // A statement without parameters has one plan anyway.
        if !parameters.is_empty() {
            self.plan_for(Keys::Many)?;
        }
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

    /// A reading to be sent, and what to call it in messages.
    fn reading<'t>(
        &mut self,
        Fetch { table, prefix, keys }: Fetch<'t>,
        lock: Lock,
        planned: Keys,
    ) -> Result<Reading<'t>, SqlError> {
        self.plan_for(planned)?;
        let columns = table.columns.get(..prefix).unwrap_or_default();
        let number = Keys::of(columns, keys);
        let statement = self.table_statement(table, Operation::Fetch(prefix, lock), number)?;
        // All keys at once, so that the order of the locks is one for all of them.
        let parameters = Parameter::of_rows(number, columns, keys)?;
        let client = Arc::clone(&self.client);
        let rows = async move { client.query_raw(&statement, parameters).await };
        Ok((Box::pin(rows), table.name))
    }

    /// The rows are on their way when this returns; the server takes them while others are made.
    fn load(&mut self, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError> {
        let load = Operation::Write(Write::Load);
        let statement = self.table_statement(table, load, Keys::Many)?;
        let pieces = copy_pieces(rows, table.columns.len()).collect::<Result<Vec<Bytes>, _>>()?;
        let (pending, client) = (&mut self.pending, &self.client);
        let mut sink = self.runtime.block_on(async {
            let mut sink = Box::pin(answer(pending, client.copy_in::<_, Bytes>(&statement)).await?);
            for piece in pieces {
                sink.send(piece).await.map_err(told)?;
            }
            Ok(sink)
        })?;
        self.send(None, async move { sink.as_mut().finish().await })
    }
}

impl Backend for Postgres {
    fn begin(&mut self, begin: Begin) -> Result<(), SqlError> {
        self.alive(|this| {
            let client = Arc::clone(&this.client);
            this.planned = (begin != Begin::Read).then_some(Keys::Many);
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
        self.planned = None;
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
        self.planned = None;
        // The error that led here is the one to tell, and a lost connection undoes by itself.
        let _ = self.alive(|this| {
            this.runtime.block_on(this.client.batch_execute("ROLLBACK")).map_err(told)
        });
    }

    fn write(&mut self, write: Write, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError> {
        self.alive(|this| {
            let many = rows.len() >= ROWS_MANY * table.columns.len();
            if write == Write::Load || (write == Write::Insert && many) {
                return this.load(table, rows);
            }
            let columns = if write == Write::Delete { table.key_columns() } else { table.columns };
            for rows in rows.chunks(ROWS_MAX * columns.len()) {
                let keys = Keys::of(columns, rows);
                this.plan_for(keys)?;
                let statement = this.table_statement(table, Operation::Write(write), keys)?;
                let parameters = Parameter::of_rows(keys, columns, rows)?;
                let count = u64::try_from(rows.len() / columns.len())
                    .map_err(|_| SqlError::other("too many rows"))?;
                let updated = (write == Write::Update).then_some((count, table.name));
                let client = Arc::clone(&this.client);
                let written = async move { client.execute_raw(&statement, parameters).await };
                this.send(updated, written)?;
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
            let fetch = Fetch { table, prefix, keys };
            let reading = this.reading(fetch, lock, fetch.number())?;
            this.runtime.block_on(read(&mut this.pending, [reading], &mut |_, row| each(row)))
        })
    }

    fn fetch_all(&mut self, fetches: &[Fetch<'_>], each: EachOf<'_>) -> Result<(), SqlError> {
        self.alive(|this| {
            // All are sent together, under one way of planning.
            let one = fetches.iter().all(|fetch| fetch.number() == Keys::One);
            let planned = if one { Keys::One } else { Keys::Many };
            let readings = fetches.iter().map(|fetch| this.reading(*fetch, Lock::None, planned));
            let readings = readings.collect::<Result<Vec<_>, _>>()?;
            this.runtime.block_on(read(&mut this.pending, readings, each))
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
            let reading: Reading<'_> = (Box::pin(rows), sql);
            this.runtime.block_on(read(&mut this.pending, [reading], &mut |_, row| each(row)))
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
