//! Throw-away PostgreSQL clusters for tests. Only a dev-dependency of other crates; knows nothing
//! of what is stored.
//!
//! A cluster lives in a folder of its own, listens on a socket in it, and never outlives the
//! process that started it, however that ends. Nothing about durability is weakened.

mod cluster;
mod programs;

use std::sync::OnceLock;

pub use cluster::Cluster;

/// The address of a new, empty database in the cluster that all tests of this process share.
///
/// # Panics
///
/// If there is no PostgreSQL and none can be installed: a test that needs one has failed then.
#[must_use]
#[expect(clippy::panic, reason = "a test without its database has failed")]
pub fn fresh_database() -> String {
    let database = shared().as_ref().map_err(Clone::clone).and_then(Cluster::fresh_database);
    database.unwrap_or_else(|problem| panic!("{problem}"))
}

/// Removes a database of the shared cluster with what is connected to it: hundreds of tests need
/// no more of the disk than one. A problem is told and stops nothing.
pub fn drop_database(address: &str) {
    if let Err(problem) =
        shared().as_ref().map_err(Clone::clone).and_then(|cluster| cluster.drop_database(address))
    {
        eprintln!("{problem}");
    }
}

fn shared() -> &'static Result<Cluster, String> {
    static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::start(&[]))
}

/// All that a database holds, as text; bytes are in hexadecimal.
///
/// # Panics
///
/// If it cannot be read.
#[must_use]
#[expect(clippy::panic, reason = "a test without its database has failed")]
pub fn dump(address: &str) -> String {
    let dumped = programs::Programs::find()
        .and_then(|programs| programs.said("pg_dump", &["--data-only", "--inserts", address]));
    dumped.unwrap_or_else(|problem| panic!("{problem}"))
}
