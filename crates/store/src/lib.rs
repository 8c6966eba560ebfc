//! The only SQL of the project: facts and the points ledger, on SQLite and PostgreSQL.

pub mod bench;
mod facts;
mod ledger;
mod migrations;
mod post;
mod read;
mod schema;
mod sql;
mod store;
mod writer;

pub use facts::{
    AttributeValue, DatedText, Fact, RecordFact, ResidentFact, change::Changes, facts_of,
};
pub use ledger::unit::Answer;
pub use migrations::MigrationError;
pub use post::{
    Entered,
    bulk::{HolderOutcomes, OutcomeRow},
    compare::{Comparison, Mismatch},
    rulebook::PublishError,
    settle::Settlement,
};
pub use read::Statement;
pub use sql::{Class, Location, SqlError};
pub use store::{Pending, Store, StoreError};
