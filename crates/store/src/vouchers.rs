//! Paper vouchers (P4–P7, P9, P10). What becomes of one is decided in `kangji_redemption::voucher`
//! and in the ledger, which holds its points; here it is loaded and written.

mod deciding;
pub(crate) mod follow;
pub(crate) mod held;
mod presented;
pub(crate) mod purse;
mod read;
pub(crate) mod rows;
mod stock;

#[cfg(test)]
mod tests;

pub use deciding::{Issuing, VoucherAct, VoucherAnswer, VoucherCommand, VoucherTold};
pub use presented::Presented;
pub use read::{PaperCredit, VoucherQuery};
pub use stock::{Printed, VoucherCount};
