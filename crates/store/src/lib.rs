//! The only SQL of the project: facts and the points ledger, on SQLite and PostgreSQL.

mod ledger;
mod migrations;
mod schema;
mod sql;
mod store;
mod writer;

pub use ledger::unit::Answer;
pub use migrations::MigrationError;
pub use sql::{Class, Location, SqlError};
pub use store::{Pending, Store, StoreError};
