//! What a database must be able to do for [`super::Connection`], which checks the arguments and
//! keeps the state of the transaction.

use super::{Row, SqlError, Table, Value};

/// How a database is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// An SQLite database that is not there is made.
    Create,
    /// The database must be there.
    Existing,
    /// The database must be there and is only read.
    ReadOnly,
}

/// Whether rows that are read stay locked until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lock {
    /// They do not.
    None,
    /// They do, locked in the order of the table's key. On SQLite the transaction that writes is
    /// alone anyway.
    Rows,
}

/// Kinds of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    Write,
    Alone,
    Read,
}

/// Kinds of writes. All but `Delete` take whole rows, `Delete` takes keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Write {
    Insert,
    Upsert,
    Update,
    Delete,
    Load,
}

/// What a prepared statement for a table does; with the table's name it says which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Write(Write),
    Fetch(usize, Lock),
}

/// A reading without locks: the rows of a table whose first `prefix` key columns equal one of the distinct
/// `keys`, given one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fetch<'a> {
    pub(crate) table: &'a Table,
    pub(crate) prefix: usize,
    pub(crate) keys: &'a [Value<'a>],
}

impl Fetch<'_> {
    /// Whether the keys are whole and fit their columns.
    pub(super) fn check(&self) -> Result<(), SqlError> {
        let Self { table, prefix, keys } = *self;
        let columns = table.key_columns().get(..prefix).filter(|columns| !columns.is_empty());
        let none = || format!("`{}` has no prefix of {prefix} key columns", table.name);
        table.check(columns.ok_or_else(|| SqlError::other(none()))?, keys)
    }
}

/// What takes the rows of a reading.
pub(super) type Each<'a> = &'a mut dyn FnMut(Row<'_>) -> Result<(), SqlError>;

/// What takes the rows of several readings, each with the place of its reading.
pub(super) type EachOf<'a> = &'a mut dyn FnMut(usize, Row<'_>) -> Result<(), SqlError>;

/// A connection to a database of one kind.
pub(super) trait Backend: Send {
    /// Begins a transaction; none is open.
    fn begin(&mut self, begin: Begin) -> Result<(), SqlError>;

    /// Commits. After an error [`Backend::rollback`] is called.
    fn commit(&mut self) -> Result<(), SqlError>;

    /// Undoes the transaction as far as one is left.
    fn rollback(&mut self);

    /// Writes at least one row whose values fit the columns.
    fn write(&mut self, write: Write, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError>;

    /// Reads the rows of at least one key.
    fn fetch(
        &mut self,
        table: &Table,
        prefix: usize,
        keys: &[Value<'_>],
        lock: Lock,
        each: Each<'_>,
    ) -> Result<(), SqlError>;

    /// One reading after the other; each has at least one key.
    fn fetch_all(&mut self, fetches: &[Fetch<'_>], each: EachOf<'_>) -> Result<(), SqlError> {
        for (place, Fetch { table, prefix, keys }) in fetches.iter().enumerate() {
            self.fetch(table, *prefix, keys, Lock::None, &mut |row| each(place, row))?;
        }
        Ok(())
    }

    /// Locks a table against all that lock or write its rows, until the transaction ends.
    fn lock_table(&mut self, table: &Table) -> Result<(), SqlError>;

    /// Runs a statement that gives rows.
    fn query(
        &mut self,
        sql: &str,
        parameters: &[Value<'_>],
        each: Each<'_>,
    ) -> Result<(), SqlError>;

    /// Runs a statement and says how many rows it wrote.
    fn execute(&mut self, sql: &str, parameters: &[Value<'_>]) -> Result<u64, SqlError>;

    /// Runs the statements of a migration.
    fn define(&mut self, ddl: &str) -> Result<(), SqlError>;
}
