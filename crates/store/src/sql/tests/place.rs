//! New, empty databases of both kinds for tests.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::sql::{Connection, Location, Mode, open};

/// A new, empty database. A file goes with this value.
pub(crate) struct Place {
    pub(crate) location: Location,
    folder: Option<PathBuf>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("kangji-store-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self { location: Location::File(folder.join("test.db")), folder: Some(folder) }
    }

    pub(crate) fn postgres() -> Self {
        Self { location: Location::Postgres(kangji_testdb::fresh_database()), folder: None }
    }

    pub(crate) fn connect(&self) -> Connection {
        open(&self.location, Mode::Create).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Location::Postgres(address) = &self.location {
            kangji_testdb::drop_database(address);
        }
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// The same test on both kinds of databases.
macro_rules! on_both {
    ($(fn $name:ident($place:ident: &Place) $body:block)*) => {$(
        mod $name {
            use super::*;

            fn body($place: &Place) $body

            #[test]
            fn on_sqlite() {
                body(&Place::sqlite());
            }

            #[test]
            fn on_postgres() {
                body(&Place::postgres());
            }
        }
    )*};
}

pub(crate) use on_both;
