//! Partner shops (P7): an agreement with a published ratio, and deductions of points from a part of
//! a bill. The shop collects the rest itself; no money moves through the platform (P1).

mod agreement;

use std::collections::BTreeSet;

use kangji_core::{
    Day, DayRange, DivisionPrefix, Fen, Moment, Points,
    ids::{AccountId, AgreementId, DeductionId, HolderId, OfficerId},
};
use kangji_ledger::Seq;
use serde::{Deserialize, Serialize};

pub use agreement::{AgreementRefusal, in_force};

use crate::{
    catalogue::Signature,
    cost::words,
    order::Step,
    voucher::{Serial, VoucherRefusal},
};

words! {
    /// Who bears it when a voucher that was taken turns out to be forged or spent.
    Bears {
        /// The shop that took it.
        Shop = "shop", "商户承担";
        /// The institution that issued it.
        Institution = "institution", "发券机构承担";
        /// Whoever funds the scheme.
        Scheme = "scheme", "项目经费承担";
    }
}

/// An agreement between the bureau and a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// The shop: an institution of the level `shop`.
    pub shop: String,
    /// The scheme whose points it takes.
    pub scheme: String,
    /// The days on which it holds, until a later one of the same shop and scheme begins.
    pub days: DayRange,
    /// Whose residents the shop serves (P7: their own area).
    pub area: DivisionPrefix,
    /// How many points take one yuan off a bill, in the scheme's smallest unit; more than zero.
    pub points_per_yuan: Points,
    /// The most of a bill that points pay, in percent: 1 to 99.
    pub share: u8,
    /// The most points of one person on one day.
    pub day_limit: Option<Points>,
    /// The most points of one person in one month.
    pub month_limit: Option<Points>,
    /// Who bears a forgery.
    pub bears: Bears,
    /// Who drew it up.
    pub proposed_by: OfficerId,
    /// The publication of its ratio, by somebody else, under a document.
    pub published: Option<Signature>,
    /// That it was given back, or ended early.
    pub ended: Option<Signature>,
}

words! {
    /// Where a deduction stands.
    DeductionState {
        /// It holds.
        Made = "made", "已抵扣";
        /// Called off on the same day: all is as it was.
        Cancelled = "cancelled", "已撤销";
    }
}

/// Points that took something off a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deduction {
    /// Its id.
    pub id: DeductionId,
    /// The shop.
    pub shop: String,
    /// The number of the shop's receipt: the same receipt again is the same deduction.
    pub receipt: String,
    /// Under which scheme.
    pub scheme: String,
    /// Under which agreement.
    pub agreement: AgreementId,
    /// Whose points.
    pub person: HolderId,
    /// The account.
    pub account: AccountId,
    /// What was to be paid.
    pub bill: Fen,
    /// What points took off.
    pub off: Fen,
    /// The points, those on vouchers included.
    pub points: Points,
    /// Those of the electronic balance.
    pub electronic: Points,
    /// The entry that spent them.
    pub capture: Option<Seq>,
    /// The vouchers that were taken.
    pub vouchers: Vec<Serial>,
    /// Where it stands.
    pub state: DeductionState,
    /// By whom and when.
    pub made: Step,
    /// Called off by whom and when.
    pub cancelled: Option<Step>,
    /// Why.
    pub reason: Option<String>,
}

/// What a shop wants to take off a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeduction {
    /// The shop.
    pub shop: String,
    /// The number of its receipt.
    pub receipt: String,
    /// The scheme.
    pub scheme: String,
    /// Whose points.
    pub person: HolderId,
    /// What is to be paid.
    pub bill: Fen,
    /// Points of the electronic balance.
    pub points: Points,
    /// Vouchers, each whole.
    pub vouchers: Vec<Serial>,
}

/// Why points take nothing off a bill, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopRefusal {
    /// The receipt was used for something else.
    ReceiptUsed,
    /// The shop is closed, or no ratio is published for it today.
    NoAgreement,
    /// There is no such deduction.
    Unknown,
    /// Another shop made it.
    Elsewhere,
    /// It was called off already.
    Cancelled,
    /// Only on the day itself a deduction can be called off.
    NotSameDay,
    /// It must say why.
    NoReason,
    /// No receipt number, a bill of nothing, or no points.
    Nothing,
    /// A pay code that nobody has, that is over, or that paid for something else.
    PayCode,
    /// Nobody has this document, they live outside the shop's area, or nobody knows where (P7).
    /// Which of these it is, a cashier does not learn.
    NotResident,
    /// A voucher cannot be used.
    Voucher {
        /// Which.
        serial: String,
        /// Why.
        why: VoucherRefusal,
    },
    /// Only a part of a bill may be paid with points.
    TooMuch {
        /// The most that can be taken off.
        most: Fen,
        /// The points that are worth it.
        points: Points,
    },
    /// They have none that can be used.
    NoPoints,
    /// These points take off less than a fen.
    TooLittle,
    /// More points of one person than the agreement allows.
    Limit {
        /// How many are left of the day or month.
        left: Points,
        /// The first day after it.
        again_on: Day,
    },
    /// The ledger refuses.
    Ledger(kangji_ledger::Refusal),
}

impl ShopRefusal {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ReceiptUsed => "receipt_used",
            Self::NoAgreement => "no_agreement",
            Self::Unknown => "unknown_deduction",
            Self::Elsewhere => "elsewhere",
            Self::Cancelled => "cancelled",
            Self::NotSameDay => "not_same_day",
            Self::NoReason => "no_reason",
            Self::Nothing => "nothing",
            Self::PayCode => "pay_code",
            Self::NotResident => "not_resident",
            Self::Voucher { why, .. } => why.code(),
            Self::TooMuch { .. } => "too_much",
            Self::NoPoints => "no_points",
            Self::TooLittle => "too_little",
            Self::Limit { .. } => "limit",
            Self::Ledger(refusal) => refusal.code(),
        }
    }

    /// The sentence for people; `points` writes amounts.
    #[must_use]
    pub fn chinese(&self, points: impl Fn(Points) -> String) -> String {
        match self {
            Self::ReceiptUsed => {
                "这个小票号已经用过，而且内容不同。请核对小票号，或看今天的记录".to_owned()
            }
            Self::NoAgreement => "本店今天没有公布的抵扣比例，不能抵扣。请联系主管部门".to_owned(),
            Self::Unknown => "没有这笔抵扣，请核对".to_owned(),
            Self::Elsewhere => "这笔抵扣是别的店做的".to_owned(),
            Self::Cancelled => "这笔抵扣已经撤销过".to_owned(),
            Self::NotSameDay => "只能当天撤销。隔天的差错，请在月结时提出异议，下月更正".to_owned(),
            Self::NoReason => "请写明原因".to_owned(),
            Self::Nothing => "请写明小票号、金额和要用的积分".to_owned(),
            Self::PayCode => "付款码不对、已经用过或已过 5 分钟，请让居民重新打开一个".to_owned(),
            Self::NotResident => {
                "不能抵扣：请核对证件号码；本店只给登记住在本片区的居民抵扣".to_owned()
            }
            Self::Voucher { serial, why } => format!("{serial}：{}", why.chinese(points)),
            Self::TooMuch { most, points: worth } => {
                format!("积分只能抵扣一部分货款，这一单最多抵 {most} 元（{} 分）", points(*worth))
            }
            Self::NoPoints => "现在没有可以抵扣的积分".to_owned(),
            Self::TooLittle => "积分太少，不够抵扣一分钱".to_owned(),
            Self::Limit { left, again_on } => format!(
                "这位居民在本店的抵扣已到上限，还可以用 {} 分，{}起可以再用",
                points(*left),
                kangji_rules::words::date(*again_on)
            ),
            Self::Ledger(refusal) => refusal.chinese(points),
        }
    }
}

/// Points of one person that were used at a shop before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// On the day.
    pub today: Points,
    /// In its month.
    pub month: Points,
}

impl Deduction {
    /// Whether it is what `new` asks for: the same receipt sent again.
    #[must_use]
    pub fn is(&self, new: &NewDeduction) -> bool {
        let own = (&self.shop, &self.receipt, &self.scheme, self.person, self.bill);
        let other = (&new.shop, &new.receipt, &new.scheme, new.person, new.bill);
        let (own_paper, paper): (BTreeSet<_>, BTreeSet<_>) =
            (self.vouchers.iter().collect(), new.vouchers.iter().collect());
        own == other && self.electronic == new.points && own_paper == paper
    }

    /// Whether it can be called off: on the same day, with a reason.
    ///
    /// # Errors
    /// The first refusal.
    pub fn may_be_cancelled(
        &self,
        shop: &str,
        reason: &str,
        now: Moment,
    ) -> Result<(), ShopRefusal> {
        if self.shop != shop {
            return Err(ShopRefusal::Elsewhere);
        }
        if self.state == DeductionState::Cancelled {
            return Err(ShopRefusal::Cancelled);
        }
        if self.made.at.day() != now.day() {
            return Err(ShopRefusal::NotSameDay);
        }
        if reason.trim().is_empty() { Err(ShopRefusal::NoReason) } else { Ok(()) }
    }
}
