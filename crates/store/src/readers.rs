//! Connections to read by, kept for the next reader.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
};

use crate::sql::{self, Connection, Location, Mode, SqlError};

/// Connections kept while nobody uses them; more are opened and closed as needed.
const KEPT_MAX: usize = 32;

/// The connections of a store to read by.
#[derive(Clone)]
pub(crate) struct Readers {
    location: Location,
    free: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn new(location: Location) -> Self {
        Self { location, free: Arc::default() }
    }

    /// Where they lead to.
    pub(crate) const fn location(&self) -> &Location {
        &self.location
    }

    /// A connection nobody else uses.
    pub(crate) fn take(&self) -> Result<Reader, SqlError> {
        let kept = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => sql::open(&self.location, Mode::ReadOnly)?,
        };
        Ok(Reader { connection: Some(connection), free: Arc::clone(&self.free) })
    }
}

/// A connection to read by; it goes back when this goes, unless it failed.
pub(crate) struct Reader {
    /// Always there until the end.
    connection: Option<Connection>,
    free: Arc<Mutex<Vec<Connection>>>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        connection.rollback();
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < KEPT_MAX && connection.is_usable() {
            free.push(connection);
        }
    }
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("taken only by `drop`")
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("taken only by `drop`")
    }
}
