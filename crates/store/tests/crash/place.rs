//! Databases for the tests, with their tables and open accounts, removed at the end.

use std::{
    env, fs,
    path::PathBuf,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use kangji_core::Moment;
use kangji_store::{Location, Store};

use crate::ask::{ACCOUNTS, DAY, SCHEME, holder};

/// A folder of one test's own, removed at its end even when it fails.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("kangji-crash-{}-{number}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Where a database of this name is.
    pub(crate) fn database(&self, name: &str) -> Location {
        Location::File(self.0.join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Makes the tables, makes all holders known and opens their accounts.
pub(crate) fn prepare(location: &Location) {
    prepare_holders(location);
    let store = Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
    let holders = (0..ACCOUNTS).map(|account| (holder(account), false)).collect();
    store.open_accounts(SCHEME, holders).wait().unwrap();
}

/// Makes the tables and makes all holders known.
pub(crate) fn prepare_holders(location: &Location) {
    Store::migrate(location, Moment::start_of(DAY)).unwrap();
    let hex = |bytes: &[u8; 16]| bytes.map(|byte| format!("{byte:02x}")).concat();
    let ids = (0..ACCOUNTS).map(|account| hex(holder(account).bytes()));
    match location {
        Location::File(path) => {
            let rows: Vec<String> = ids.map(|id| format!("(x'{id}', '{id}')")).collect();
            let connection = rusqlite::Connection::open(path).unwrap();
            let insert = format!("INSERT INTO holders (id, code) VALUES {}", rows.join(", "));
            connection.execute_batch(&insert).unwrap();
        }
        Location::Postgres(url) => {
            let rows: Vec<String> =
                ids.map(|id| format!("(decode('{id}', 'hex'), '{id}')")).collect();
            let insert = format!("INSERT INTO holders (id, code) VALUES {}", rows.join(", "));
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) =
                    tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                client.batch_execute(&insert).await.unwrap();
            });
        }
    }
}
