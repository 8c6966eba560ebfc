//! The layer through which this crate speaks to SQLite and PostgreSQL: one text for each
//! statement, and nothing above can tell which of the two answers. It must not know what the
//! tables mean.
//!
//! All of it is synchronous and waits. A PostgreSQL connection owns a runtime, so it must not be
//! used on a thread that is itself driving an asynchronous runtime.
//!
//! # What statements have to keep to
//!
//! Identifiers are plain lower-case words. Parameters are `$1`, `$2` … of the types of [`Value`],
//! and no literal of a statement may hold a `$` before a digit. A sum of integers is
//! `CAST(SUM(x) AS BIGINT)`. Texts compare by their bytes; they cannot hold the character U+0000,
//! which PostgreSQL refuses. Statements are prepared once for each connection and kept, so their
//! texts must be few.

mod backend;
mod error;
mod location;
mod postgres;
mod row;
mod sqlite;
mod table;
mod value;

#[cfg(test)]
pub(crate) mod tests;

pub use error::{Class, SqlError};
pub use location::Location;

pub(crate) use backend::{Fetch, Lock, Mode};
pub(crate) use row::Row;
pub(crate) use table::{Column, Table, Type};
pub(crate) use value::Value;

use backend::{Backend, Begin, Write};

/// Opens a database. `Mode::Create` makes the file of an SQLite database; a PostgreSQL database
/// must exist in every mode.
pub(crate) fn open(location: &Location, mode: Mode) -> Result<Connection, SqlError> {
    let backend: Box<dyn Backend> = match location {
        Location::File(path) => Box::new(sqlite::Sqlite::open(path, mode)?),
        Location::Postgres(url) => Box::new(postgres::Postgres::open(url, mode)?),
    };
    Ok(Connection { backend, state: State::Idle, lost: false })
}

/// A connection to a database.
///
/// Writes to tables need an open transaction. An error inside a transaction, one that the
/// caller's own `each` returns included, undoes it at once; until [`Connection::rollback`] or
/// [`Connection::commit`] every call returns the same error again.
///
/// PostgreSQL may report the error of a write as late as in the next read or in `commit`; nothing
/// is committed then. Once an error was [`Class::Unavailable`], every call says so again on
/// PostgreSQL: the caller opens a new connection.
pub(crate) struct Connection {
    backend: Box<dyn Backend>,
    state: State,
    lost: bool,
}

enum State {
    Idle,
    Writing,
    Reading,
    Failed(SqlError),
}

impl Connection {
    /// Begins a transaction that writes. On SQLite it is the only one: another waits up to ten
    /// seconds and is then [`Class::Busy`]. On PostgreSQL rows are locked by [`Lock::Rows`].
    pub(crate) fn begin(&mut self) -> Result<(), SqlError> {
        self.begin_as(Begin::Write, State::Writing)
    }

    /// Begins a transaction that writes while no other begun by this function runs.
    pub(crate) fn begin_alone(&mut self) -> Result<(), SqlError> {
        self.begin_as(Begin::Alone, State::Writing)
    }

    /// Begins a transaction that reads the database as it is now, whatever others write meanwhile.
    pub(crate) fn begin_read(&mut self) -> Result<(), SqlError> {
        self.begin_as(Begin::Read, State::Reading)
    }

    fn begin_as(&mut self, begin: Begin, state: State) -> Result<(), SqlError> {
        if !matches!(self.state, State::Idle) {
            return Err(SqlError::other("a transaction is already open"));
        }
        let begun = self.backend.begin(begin);
        self.lost = begun.as_ref().is_err_and(|error| error.class() == Class::Unavailable);
        begun?;
        self.state = state;
        Ok(())
    }

    /// Makes the transaction durable, or nothing of it. The transaction is over in either case.
    /// After [`Class::Unavailable`] it is unknown which of the two happened.
    pub(crate) fn commit(&mut self) -> Result<(), SqlError> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => Err(SqlError::other("no transaction is open")),
            State::Failed(error) => Err(error),
            State::Writing | State::Reading => {
                self.backend.commit().inspect_err(|_| self.backend.rollback())
            }
        }
    }

    /// Undoes the open transaction; without one it does nothing.
    pub(crate) fn rollback(&mut self) {
        if let State::Writing | State::Reading = std::mem::replace(&mut self.state, State::Idle) {
            self.backend.rollback();
        }
    }

    /// Inserts rows, given one after the other. A key that is there already is
    /// [`Class::Conflict`].
    pub(crate) fn insert(&mut self, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError> {
        self.write(Write::Insert, table, rows)
    }

    /// Inserts rows, or replaces all but the key of those that are there. Keys are distinct.
    pub(crate) fn upsert(&mut self, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError> {
        self.write(Write::Upsert, table, rows)
    }

    /// Replaces all but the key of rows that must be there; a missing one is [`Class::Shape`].
    /// Keys are distinct.
    pub(crate) fn update(&mut self, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError> {
        self.write(Write::Update, table, rows)
    }

    /// Deletes the rows with these keys, given one after the other; a missing one is no error.
    pub(crate) fn delete(&mut self, table: &Table, keys: &[Value<'_>]) -> Result<(), SqlError> {
        self.write(Write::Delete, table, keys)
    }

    /// [`Connection::insert`] for very many rows: faster on PostgreSQL, and waits until they are
    /// sent.
    pub(crate) fn load(&mut self, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError> {
        self.write(Write::Load, table, rows)
    }

    fn write(&mut self, write: Write, table: &Table, rows: &[Value<'_>]) -> Result<(), SqlError> {
        let columns = if write == Write::Delete { table.key_columns() } else { table.columns };
        self.inside(|backend, state| {
            if !matches!(state, State::Writing) {
                return Err(SqlError::other("writing needs an open transaction that writes"));
            }
            table.check(columns, rows)?;
            if write == Write::Update && table.key == table.columns.len() {
                return Err(SqlError::other(format!("`{}` has nothing to update", table.name)));
            }
            if rows.is_empty() { Ok(()) } else { backend.write(write, table, rows) }
        })
    }

    /// Reads the rows whose first `prefix` key columns equal one of the distinct `keys`, given one
    /// after the other. Rows have all columns of the table. Among rows of one key the order is
    /// that of the table's key; the order between keys is not promised.
    pub(crate) fn fetch(
        &mut self,
        table: &Table,
        prefix: usize,
        keys: &[Value<'_>],
        lock: Lock,
        mut each: impl FnMut(Row<'_>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        self.inside(|backend, state| {
            if lock == Lock::Rows && !matches!(state, State::Writing) {
                return Err(SqlError::other("locking needs an open transaction that writes"));
            }
            let fetch = Fetch { table, prefix, keys };
            fetch.check()?;
            if keys.is_empty() {
                return Ok(());
            }
            backend.fetch(table, prefix, keys, lock, &mut each)
        })
    }

    /// Reads as [`Connection::fetch`] from several tables, without locks, and waits for the network
    /// only once. `each` is also given the place of the reading; they come in the given order.
    pub(crate) fn fetch_all(
        &mut self,
        fetches: &[Fetch<'_>],
        mut each: impl FnMut(usize, Row<'_>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        self.inside(|backend, _| {
            fetches.iter().try_for_each(Fetch::check)?;
            let asked = (0..).zip(fetches).filter(|(_, fetch)| !fetch.keys.is_empty());
            let (places, asked): (Vec<usize>, Vec<Fetch<'_>>) = asked.unzip();
            backend.fetch_all(&asked, &mut |place, row| {
                places.get(place).map_or(Ok(()), |place| each(*place, row))
            })
        })
    }

    /// Waits until nobody else holds a locked or written row of the table, and lets nobody lock
    /// or write one until the transaction ends. Others go on reading.
    pub(crate) fn lock_table(&mut self, table: &Table) -> Result<(), SqlError> {
        self.inside(|backend, state| match state {
            State::Writing => backend.lock_table(table),
            _ => Err(SqlError::other("locking needs an open transaction that writes")),
        })
    }

    /// Runs a statement that gives rows. They are handed on one by one as they arrive.
    pub(crate) fn query(
        &mut self,
        sql: &str,
        parameters: &[Value<'_>],
        mut each: impl FnMut(Row<'_>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        self.inside(|backend, _| backend.query(sql, parameters, &mut each))
    }

    /// Runs a statement and says how many rows it wrote; what it says of other statements means
    /// nothing.
    pub(crate) fn execute(&mut self, sql: &str, parameters: &[Value<'_>]) -> Result<u64, SqlError> {
        self.inside(|backend, _| backend.execute(sql, parameters))
    }

    /// Runs statements that define tables and indices, written for SQLite; see
    /// [`crate::migrations`] for what becomes of them on PostgreSQL.
    pub(crate) fn define(&mut self, ddl: &str) -> Result<(), SqlError> {
        self.inside(|backend, _| backend.define(ddl))
    }

    /// Whether the database answered when it was last asked.
    pub(crate) const fn is_usable(&self) -> bool {
        !self.lost
    }

    /// Calls the backend unless the transaction has failed, and undoes it if it fails now.
    fn inside<T>(
        &mut self,
        call: impl FnOnce(&mut dyn Backend, &State) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        if let State::Failed(error) = &self.state {
            return Err(error.clone());
        }
        let result = call(&mut *self.backend, &self.state);
        self.lost = result.as_ref().is_err_and(|error| error.class() == Class::Unavailable);
        if let Err(error) = &result
            && !matches!(self.state, State::Idle)
        {
            self.backend.rollback();
            self.state = State::Failed(error.clone());
        }
        result
    }
}
