//! The stored ledger: entries and accounts as rows, and the unit of work that decides commands on
//! them.

pub(crate) mod rows;
pub(crate) mod unit;
