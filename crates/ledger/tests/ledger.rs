//! The points ledger: cases to read, laws on random commands, and a naive model beside it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot be set up, or a case that is not as written, should stop"
)]

#[path = "ledger/cases.rs"]
mod cases;
#[path = "ledger/dice.rs"]
mod dice;
#[path = "ledger/laws.rs"]
mod laws;
#[path = "ledger/model.rs"]
mod model;
#[path = "ledger/notation.rs"]
mod notation;
#[path = "ledger/town.rs"]
mod town;
#[path = "ledger/vouchers.rs"]
mod vouchers;
