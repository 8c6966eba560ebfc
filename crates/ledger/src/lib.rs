//! The points ledger: accounts, lots, append-only entries that prove themselves.
//!
//! Pure: a command and an account give a decision; nothing here stores, waits or asks the clock,
//! and nothing here knows a scheme.

pub mod account;
mod canonical;
pub mod checkpoint;
pub mod command;
pub mod decide;
pub mod entry;
pub mod hash;
pub mod history;
pub mod key;
pub mod merkle;
pub mod refusal;
pub mod snapshot;

pub use account::{Account, Broken, Hold, Lot, account_of};
pub use command::{Act, Command};
pub use decide::{Accounts, Context, No, Terms, decide};
pub use entry::{Answer, Entry, EntryKind, Part, Seq, Source};
pub use hash::Hash;
pub use history::History;
pub use refusal::Refusal;
