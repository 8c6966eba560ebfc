//! What can be wrong with vouchers and deductions.

use std::fmt;

use kangji_core::ids::AccountId;
use kangji_ledger::Seq;

/// What is wrong with a voucher or a deduction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaperFinding {
    /// A voucher is not what the entries of its account say.
    VoucherDiffers {
        /// Its serial.
        serial: Box<str>,
        /// In what.
        what: &'static str,
    },
    /// Points are bound to a voucher, and none bears them.
    BoundToNothing {
        /// The account.
        account: AccountId,
        /// The entry that bound them.
        seq: Seq,
    },
    /// The row of a voucher holds what none holds.
    VoucherUnreadable(Box<str>),
    /// The points of a deduction are not those that were spent for it.
    DeductionDiffers {
        /// At which shop.
        shop: Box<str>,
        /// On which receipt.
        receipt: Box<str>,
    },
}

impl PaperFinding {
    /// A stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::VoucherDiffers { .. } => "voucher_differs",
            Self::BoundToNothing { .. } => "bound_to_nothing",
            Self::VoucherUnreadable(_) => "voucher_unreadable",
            Self::DeductionDiffers { .. } => "deduction_differs",
        }
    }

    /// The sentence for people.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::VoucherDiffers { serial, what } => {
                format!("积分券 {serial} 的“{what}”与账户的分录不符")
            }
            Self::BoundToNothing { account, seq } => {
                format!("账户 {account} 第 {} 笔制了券，却没有这张积分券", seq.0)
            }
            Self::VoucherUnreadable(_) => "一张积分券的内容无法识别".to_owned(),
            Self::DeductionDiffers { shop, receipt } => {
                format!("商户 {shop} 小票 {receipt} 的抵扣积分与实际用掉的不符")
            }
        }
    }
}

/// The sentence for logs.
impl fmt::Display for PaperFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VoucherDiffers { serial, what } => {
                write!(f, "the `{what}` of voucher `{serial}` is not that of its entries")
            }
            Self::BoundToNothing { account, seq } => {
                write!(f, "entry `{}` of `{account}` bound points to no voucher", seq.0)
            }
            Self::VoucherUnreadable(why) => write!(f, "a voucher cannot be read: {why}"),
            Self::DeductionDiffers { shop, receipt } => {
                write!(f, "the deduction `{receipt}` of `{shop}` is not what was spent for it")
            }
        }
    }
}
