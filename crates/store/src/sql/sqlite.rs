//! SQLite: an embedded database in one file with a write-ahead log.
//!
//! A statement for a table runs once for each row; it is prepared once for each connection.

mod append;

use std::{collections::HashMap, fmt::Write as _, path::Path, time::Duration};

use rusqlite::{
    CachedStatement, Connection, ErrorCode, OpenFlags, Statement, ToSql, ffi,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    Class, Column, Lock, Mode, Row, SqlError, Table, Value,
    backend::{Backend, Begin, Each, Operation, Write},
    table::{join, names, on_conflict},
};

/// How long to wait for another connection's transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// More than the statements of the program, so that none is prepared twice.
const STATEMENTS_MAX: usize = 512;

/// Every commit reaches the disk. 256 MiB of pages in memory; the log goes back into the file every
/// 128 MiB: a page that many commits touch is then written there once for all of them. What is
/// deleted is overwritten, so that nothing of an erased person stays in free pages.
const SETTINGS: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = OFF;
    PRAGMA cache_size = -262144;
    PRAGMA wal_autocheckpoint = 32768;
    PRAGMA journal_size_limit = 268435456;
    PRAGMA secure_delete = ON;
";

/// Pages a reader keeps in memory: it forgets them whenever somebody writes, and there are many
/// readers.
const READER_SETTINGS: &str = "PRAGMA cache_size = -8192";

pub(super) struct Sqlite {
    connection: Connection,
    /// Texts of the statements for tables.
    operations: HashMap<(&'static str, Operation), String>,
    /// Texts of other statements with `?1` for `$1`, which SQLite would take for a name.
    others: HashMap<String, String>,
}

impl Sqlite {
    pub(super) fn open(path: &Path, mode: Mode) -> Result<Self, SqlError> {
        let told = |error| {
            let error = told(error);
            SqlError::new(error.class(), format!("`{}`: {error}", path.display()))
        };
        let access = match mode {
            Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Mode::Existing => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Mode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(told)?;
        connection.busy_timeout(PATIENCE).map_err(told)?;
        if mode != Mode::ReadOnly {
            let log = "PRAGMA journal_mode = WAL";
            let kept: String = connection.query_row(log, [], |row| row.get(0)).map_err(told)?;
            if kept != "wal" {
                let text = format!("`{}` cannot have a write-ahead log", path.display());
                return Err(SqlError::other(text));
            }
        }
        connection.execute_batch(SETTINGS).map_err(told)?;
        if mode == Mode::ReadOnly {
            connection.execute_batch(READER_SETTINGS).map_err(told)?;
        }
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(Self { connection, operations: HashMap::new(), others: HashMap::new() })
    }

    fn operation(
        &mut self,
        table: &Table,
        operation: Operation,
    ) -> Result<CachedStatement<'_>, SqlError> {
        let text = self
            .operations
            .entry((table.name, operation))
            .or_insert_with(|| text(table, operation));
        self.connection.prepare_cached(text).map_err(told)
    }

    fn other(&mut self, sql: &str, values: &[Value<'_>]) -> Result<CachedStatement<'_>, SqlError> {
        if !self.others.contains_key(sql) {
            self.others.insert(sql.to_owned(), numbered(sql));
        }
        let text = self.others.get(sql).map_or(sql, String::as_str);
        let mut statement = self.connection.prepare_cached(text).map_err(told)?;
        if statement.parameter_count() != values.len() {
            let text = format!("`{sql}` does not take {} parameters", values.len());
            return Err(SqlError::other(text));
        }
        bind(&mut statement, values)?;
        Ok(statement)
    }
}

impl Backend for Sqlite {
    fn begin(&mut self, begin: Begin) -> Result<(), SqlError> {
        self.connection
            .execute_batch(match begin {
                Begin::Write | Begin::Alone => "BEGIN IMMEDIATE",
                // The snapshot is taken by the first reading.
                Begin::Read => "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1",
            })
            .map_err(told)
            .inspect_err(|_| self.rollback())
    }

    fn commit(&mut self) -> Result<(), SqlError> {
        self.connection
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.raw_execute())
            .map_err(told)?;
        Ok(())
    }

    fn rollback(&mut self) {
        if !self.connection.is_autocommit() {
            // What cannot be undone now is undone when the file is opened next.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    fn write(&mut self, write: Write, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError> {
        if let (Write::Insert | Write::Load, Some(ends)) = (write, table.ends) {
            return append::append(&self.connection, table, ends, rows);
        }
        let width = if write == Write::Delete { table.key } else { table.columns.len() };
        let mut statement = self.operation(table, Operation::Write(write))?;
        for row in rows.chunks_exact(width) {
            bind(&mut statement, row)?;
            let written = statement.raw_execute().map_err(told)?;
            if write == Write::Update && written == 0 {
                let text = format!("a row of `{}` to be updated is missing", table.name);
                return Err(SqlError::shape(text));
            }
        }
        Ok(())
    }

    fn fetch(
        &mut self,
        table: &Table,
        prefix: usize,
        keys: &[Value<'_>],
        _: Lock,
        each: Each<'_>,
    ) -> Result<(), SqlError> {
        let mut statement = self.operation(table, Operation::Fetch(prefix, Lock::None))?;
        for key in keys.chunks_exact(prefix) {
            bind(&mut statement, key)?;
            read(&mut statement, table.name, each)?;
        }
        Ok(())
    }

    /// The transaction that writes is alone anyway.
    fn lock_table(&mut self, _: &Table) -> Result<(), SqlError> {
        Ok(())
    }

    fn query(
        &mut self,
        sql: &str,
        parameters: &[Value<'_>],
        each: Each<'_>,
    ) -> Result<(), SqlError> {
        read(&mut *self.other(sql, parameters)?, sql, each)
    }

    fn execute(&mut self, sql: &str, parameters: &[Value<'_>]) -> Result<u64, SqlError> {
        let written = self.other(sql, parameters)?.raw_execute().map_err(told)?;
        u64::try_from(written).map_err(|_| SqlError::other("more rows than can be counted"))
    }

    fn define(&mut self, ddl: &str) -> Result<(), SqlError> {
        self.connection.execute_batch(ddl).map_err(told)
    }
}

fn bind(statement: &mut Statement<'_>, values: &[Value<'_>]) -> Result<(), SqlError> {
    for (index, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value).map_err(told)?;
    }
    Ok(())
}

fn read(statement: &mut Statement<'_>, source: &str, each: Each<'_>) -> Result<(), SqlError> {
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(told)? {
        each(Row::sqlite(row, source))?;
    }
    Ok(())
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

fn text(table: &Table, operation: Operation) -> String {
    let Table { name, key, columns, .. } = table;
    let all = names(columns);
    let places = join(columns, ", ", |text, number, _| write!(text, "?{number}"));
    let where_key = equal(table.key_columns(), 0, " AND ");
    match operation {
        Operation::Write(Write::Insert | Write::Load) => {
            format!("INSERT INTO {name} ({all}) VALUES ({places})")
        }
        Operation::Write(Write::Upsert) => {
            let conflict = on_conflict(table);
            format!("INSERT INTO {name} ({all}) VALUES ({places}){conflict}")
        }
        Operation::Write(Write::Update) => {
            let set = equal(table.other_columns(), *key, ", ");
            format!("UPDATE {name} SET {set} WHERE {where_key}")
        }
        Operation::Write(Write::Delete) => format!("DELETE FROM {name} WHERE {where_key}"),
        Operation::Fetch(prefix, _) => {
            let first = equal(columns.get(..prefix).unwrap_or_default(), 0, " AND ");
            let order = names(table.key_columns());
            format!("SELECT {all} FROM {name} WHERE {first} ORDER BY {order}")
        }
    }
}

/// `a = ?1 AND b = ?2`, counting from after `before`.
fn equal(columns: &[Column], before: usize, between: &str) -> String {
    join(columns, between, |text, number, column| {
        write!(text, "{} = ?{}", column.name, before + number)
    })
}

/// The text with `?1` for `$1`.
fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql.chars().peekable();
    while let Some(letter) = rest.next() {
        let parameter = letter == '$' && rest.peek().is_some_and(char::is_ascii_digit);
        text.push(if parameter { '?' } else { letter });
    }
    text
}

fn told(error: rusqlite::Error) -> SqlError {
    let class = match &error {
        rusqlite::Error::SqliteFailure(failure, _) => class(failure),
        rusqlite::Error::SqlInputError { error, .. } => class(error),
        _ => Class::Other,
    };
    SqlError::new(class, error.to_string())
}

fn class(failure: &ffi::Error) -> Class {
    match failure.code {
        ErrorCode::ConstraintViolation => match failure.extended_code {
            ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_ROWID => Class::Conflict,
            _ => Class::Other,
        },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Class::Busy,
        ErrorCode::FileLockingProtocolFailed => Class::Busy,
        ErrorCode::DiskFull => Class::Full,
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::OutOfMemory => {
            Class::Unavailable
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Class::Shape,
        _ => Class::Other,
    }
}
