//! The points ledger: accounts, lots, append-only entries that prove themselves.
//!
//! Pure: a command and an account give a decision; nothing here stores, waits or asks the clock,
//! and nothing here knows a scheme.

pub mod hash;
