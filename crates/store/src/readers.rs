//! Connections to read by: a bounded number of them, kept open for the next reader.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use crate::sql::{self, Class, Connection, Location, Mode, SqlError};

/// The most connections at once; PostgreSQL has a hundred for all its clients unless told
/// otherwise.
const READERS_MAX: usize = 32;

/// How long to wait until somebody gives one back.
const PATIENCE: Duration = Duration::from_secs(10);

/// The connections of a store to read by. Nobody takes a second one while holding one, or all
/// could wait for each other.
#[derive(Clone)]
pub(crate) struct Readers {
    location: Location,
    pool: Arc<Pool>,
}

#[derive(Default)]
struct Pool {
    state: Mutex<State>,
    given_back: Condvar,
}

#[derive(Default)]
struct State {
    free: Vec<Connection>,
    /// Those that are read by.
    taken: usize,
}

impl Readers {
    pub(crate) fn new(location: Location) -> Self {
        Self { location, pool: Arc::default() }
    }

    /// Where they lead to.
    pub(crate) const fn location(&self) -> &Location {
        &self.location
    }

    /// A connection nobody else uses.
    pub(crate) fn take(&self) -> Result<Reader, SqlError> {
        let Pool { state, given_back } = &*self.pool;
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut state, waited) = given_back
            .wait_timeout_while(state, PATIENCE, |state| state.taken >= READERS_MAX)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(SqlError::new(Class::Busy, "all connections to read by are taken"));
        }
        state.taken += 1;
        let kept = state.free.pop();
        drop(state);
        // Gives its place back, also if no connection can be opened.
        let mut reader = Reader { connection: kept, pool: Arc::clone(&self.pool) };
        if reader.connection.is_none() {
            reader.connection = Some(sql::open(&self.location, Mode::ReadOnly)?);
        }
        Ok(reader)
    }
}

/// A connection to read by; it goes back when this goes, unless it failed.
pub(crate) struct Reader {
    /// Always there until the end.
    connection: Option<Connection>,
    pool: Arc<Pool>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        let usable = self.connection.take().and_then(|mut connection| {
            connection.rollback();
            connection.is_usable().then_some(connection)
        });
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.taken -= 1;
        state.free.extend(usable);
        drop(state);
        self.pool.given_back.notify_one();
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

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;
    use crate::verify::sample::{Folder, both};

    #[test]
    fn whoever_finds_none_free_gets_the_next_that_is_given_back() {
        let folder = Folder::new();
        for location in both(&folder) {
            drop(sql::open(&location, Mode::Create).unwrap());
            let readers = Readers::new(location);
            let mut taken: Vec<Reader> =
                (0..READERS_MAX).map(|_| readers.take().unwrap()).collect();
            let (tell, told) = mpsc::channel();
            let late = readers.clone();
            let waiting = thread::spawn(move || {
                let reader = late.take();
                tell.send(()).unwrap();
                reader.unwrap().query("SELECT 1", &[], |_| Ok(())).unwrap();
            });
            assert!(told.recv_timeout(Duration::from_millis(50)).is_err(), "one too many");
            taken.pop();
            told.recv().unwrap();
            waiting.join().unwrap();
            drop(taken);
            assert_eq!(readers.pool.state.lock().unwrap().free.len(), READERS_MAX, "kept");
        }
    }

    #[test]
    fn what_cannot_be_opened_takes_no_place() {
        let folder = Folder::new();
        let readers = Readers::new(Location::File(folder.0.join("missing.db")));
        for _ in 0..=READERS_MAX {
            assert!(readers.take().is_err());
        }
        assert_eq!(readers.pool.state.lock().unwrap().taken, 0);
    }
}
