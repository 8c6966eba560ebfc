//! A fresh database of either kind for each test.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use kangji_store::Location;

/// A folder that is gone when the test is over.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("kangji-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn sqlite(&self) -> Location {
        Location::File(self.0.join("kangji.db"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An empty PostgreSQL database.
pub(crate) fn postgres() -> Location {
    Location::Postgres(kangji_testdb::fresh_database())
}

/// Makes two tests of each function that takes a location: one for each database.
macro_rules! on_both {
    ($($name:ident;)*) => {$(
        mod $name {
            #[test]
            fn on_sqlite() {
                let folder = crate::support::Folder::new();
                super::$name(&folder.sqlite());
            }

            #[test]
            fn on_postgres() {
                super::$name(&crate::support::postgres());
            }
        }
    )*};
}
pub(crate) use on_both;
