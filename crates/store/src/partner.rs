//! Partner shops (P7): agreements and deductions. What can be taken off a bill is decided in
//! `kangji_redemption::partner` and in the ledger; here it is loaded and written.

mod agreeing;
pub(crate) mod agreements;
mod deducting;
mod deductions;
mod held;
mod reading;
mod settlement;
mod till;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use agreeing::{AgreementStep, NewAgreement, NotAgreed};
pub use agreements::{AgreementQuery, ProposedAgreement};
pub use deducting::{
    DeductionAct, DeductionAnswer, DeductionCommand, DeductionQuote, DeductionTold, paid_for,
};
pub use reading::{DayTotal, DeductionQuery};
pub use settlement::{StatementQuery, StatementStep};
