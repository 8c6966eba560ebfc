//! Paper vouchers (P4–P7, P9, P10): numbered stock that is printed, goes to an institution, is
//! issued to a resident with the points of one credit, and ends once: redeemed, void, lost or
//! expired.

mod payload;
mod serial;

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CauseId, HolderId, RecordId},
};
use kangji_ledger::Seq;
use serde::{Deserialize, Serialize};

pub use payload::{Face, FaceError};
pub use serial::{Serial, SerialError};

use crate::{cost::words, order::Step};

words! {
    /// Where a voucher stands (P4).
    VoucherState {
        /// Printed; still with whoever has them printed.
        Printed = "printed", "已印制";
        /// In an institution's stock.
        Stocked = "stocked", "在机构";
        /// With a resident, bearing points.
        Issued = "issued", "已发放";
        /// Spent; the institution or shop keeps the main part.
        Redeemed = "redeemed", "已兑换";
        /// Worth nothing.
        Void = "void", "已作废";
        /// Lost: not issued again, its points cannot be used (P9).
        Lost = "lost", "已挂失";
        /// Its day has come (P9).
        Expired = "expired", "已过期";
    }
}

words! {
    /// Why a voucher is worth nothing, or why the points of a lost one are gone.
    Void {
        /// The form was spoiled before it was issued.
        Spoiled = "spoiled", "空白券损坏";
        /// It was handed in again; its points are on the electronic balance.
        TakenBack = "taken_back", "收回，积分退回账户";
        /// The credit it rests on was taken back.
        Recalled = "recalled", "所依据的得分已冲回";
        /// A sanction took its points (S11).
        Forfeited = "forfeited", "积分因处罚清零";
        /// Its day came after it was lost.
        Expired = "expired", "遗失后已过期";
    }
}

/// The issue of a voucher (P5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Whose points.
    pub account: AccountId,
    /// Who has them, and receives the voucher.
    pub person: HolderId,
    /// The credit.
    pub lot: Seq,
    /// The entry that bound its points to the voucher.
    pub hold: Seq,
    /// How many.
    pub points: Points,
    /// The award they were earned with.
    pub award: String,
    /// The record, unless they are for a period.
    pub record: Option<RecordId>,
    /// The first day they are no longer valid: the lot's.
    pub expires_on: Option<Day>,
    /// The day on the paper.
    pub day: Day,
    /// Who issued it, and when that was entered.
    pub step: Step,
    /// By what right: the issuer's role and institution, as people read it.
    pub authority: String,
    /// Who received it for the person and by what right, sealed with the person's key.
    pub proxy: Option<Vec<u8>>,
}

/// That a voucher was spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Who took it, and when.
    pub step: Step,
    /// The institution or shop that keeps the main part.
    pub place: String,
    /// The order or deduction.
    pub cause: CauseId,
    /// The entry that spent its points.
    pub capture: Seq,
}

/// That somebody looked at the stub (P4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stub {
    /// Who, and when.
    pub step: Step,
    /// The points written on it.
    pub points: Points,
}

/// A voucher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// What stands on it.
    pub serial: Serial,
    /// Under which scheme.
    pub scheme: String,
    /// Where it stands.
    pub state: VoucherState,
    /// Printed with others, or taken over from before the system.
    pub printed: Step,
    /// The institution that has or had it in stock.
    pub institution: Option<String>,
    /// When it came there.
    pub stocked: Option<Step>,
    /// To whom it was issued.
    pub issue: Option<Issue>,
    /// For what it was spent.
    pub spent: Option<Spent>,
    /// Why it is void; of a lost one, why its points are no longer bound to it.
    pub void: Option<Void>,
    /// The end that is no spending: void, lost, expired.
    pub ended: Option<Step>,
    /// What staff said of the end.
    pub reason: Option<String>,
    /// The stub.
    pub stub: Option<Stub>,
}

/// Why a voucher does not take a step, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoucherRefusal {
    /// Nothing was ever printed with this serial, or it is another scheme's.
    Unknown,
    /// Another institution has it in stock, or issued it.
    Elsewhere,
    /// It was spent before: a second presentation (P13).
    Redeemed {
        /// When.
        at: Moment,
        /// Where.
        place: String,
    },
    /// It stands where the step is not possible.
    State(VoucherState),
    /// Void, and why.
    Void(Void),
    /// It belongs to somebody else (P9: not transferable).
    NotTheirs,
    /// Its day has come.
    Expired {
        /// Since then.
        since: Day,
    },
    /// Vouchers are taken only where somebody hands over at once, and keeps them.
    AtCounter,
    /// The same voucher twice in one hand.
    Twice,
    /// Vouchers are spent whole, and these are worth more than what is wanted (P10).
    TooMuch {
        /// What they bear.
        borne: Points,
        /// What is to be paid.
        price: Points,
    },
    /// The scheme has no paper vouchers.
    NoVouchers,
    /// Points can go onto a voucher only from a credit of theirs.
    NotCredited,
    /// A voucher with this number was taken over before.
    Known,
    /// A stub says other points than the credit.
    StubDiffers {
        /// On the stub.
        stub: Points,
        /// Of the credit.
        credit: Points,
    },
    /// The day on the paper is later than today, or before the points were earned.
    Day,
    /// It must say why.
    NoReason,
    /// The ledger refuses.
    Ledger(kangji_ledger::Refusal),
}

impl VoucherRefusal {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown_voucher",
            Self::Elsewhere => "voucher_elsewhere",
            Self::Redeemed { .. } => "voucher_redeemed",
            Self::State(_) => "voucher_state",
            Self::Void(_) => "voucher_void",
            Self::NotTheirs => "voucher_not_theirs",
            Self::Expired { .. } => "voucher_expired",
            Self::AtCounter => "voucher_at_counter",
            Self::Twice => "voucher_twice",
            Self::TooMuch { .. } => "voucher_too_much",
            Self::NoVouchers => "no_vouchers",
            Self::NotCredited => "not_credited",
            Self::Known => "voucher_known",
            Self::StubDiffers { .. } => "stub_differs",
            Self::Day => "voucher_day",
            Self::NoReason => "no_reason",
            Self::Ledger(refusal) => refusal.code(),
        }
    }

    /// The sentence for people; `points` writes amounts.
    #[must_use]
    pub fn chinese(&self, points: impl Fn(Points) -> String) -> String {
        match self {
            Self::Unknown => "没有印过这个编号的积分券，请核对编号".to_owned(),
            Self::Elsewhere => "这张积分券不在本机构的库存里".to_owned(),
            Self::Redeemed { at, .. } => format!(
                "这张积分券{}已经兑换过，不能再用。请留下正券，已经登记待查",
                kangji_rules::words::date(at.day())
            ),
            Self::State(VoucherState::Lost) => {
                "这张积分券已经挂失，不能再用（遗失不补）".to_owned()
            }
            Self::State(state) => format!("这张积分券{}，不能这样办", state.chinese()),
            Self::Void(why) => format!("这张积分券已作废：{}", why.chinese()),
            Self::NotTheirs => "这张积分券不是本人的，积分券不能转让".to_owned(),
            Self::Expired { since } => {
                format!("这张积分券{}起已经过期", kangji_rules::words::date(*since))
            }
            Self::AtCounter => "积分券要当面交给兑换点，请到柜台办理".to_owned(),
            Self::Twice => "同一张积分券写了两次".to_owned(),
            Self::TooMuch { borne, price } => format!(
                "积分券须整张使用、不找零：券面合计 {} 分，多于 {} 分。请少用一张，\
                 或先把积分券存回账户再兑换",
                points(*borne),
                points(*price)
            ),
            Self::NoVouchers => "这个办法不发纸质积分券".to_owned(),
            Self::Known => "这个编号的手写券已经补登过".to_owned(),
            Self::NotCredited => "只能给本人已经入账的得分制券".to_owned(),
            Self::StubDiffers { stub, credit } => format!(
                "副券写的是 {} 分，账上这笔得分是 {} 分，请先核对",
                points(*stub),
                points(*credit)
            ),
            Self::Day => "券上的日期不能晚于今天，也不能早于得分的日期".to_owned(),
            Self::NoReason => "请写明原因".to_owned(),
            Self::Ledger(refusal) => refusal.chinese(points),
        }
    }

    /// Whether somebody may have cheated: whoever took the voucher opens a case (P13).
    #[must_use]
    pub const fn is_suspicious(&self) -> bool {
        matches!(self, Self::Redeemed { .. } | Self::State(VoucherState::Lost))
    }
}

impl Issue {
    fn must_be_valid(&self, today: Day) -> Result<(), VoucherRefusal> {
        match self.expires_on.filter(|day| *day <= today) {
            Some(since) => Err(VoucherRefusal::Expired { since }),
            None => Ok(()),
        }
    }
}

impl Voucher {
    /// Whether an institution can issue it from its stock.
    ///
    /// # Errors
    /// The first refusal.
    pub fn may_be_issued(&self, by: &str) -> Result<(), VoucherRefusal> {
        if self.state == VoucherState::Stocked && self.institution.as_deref() != Some(by) {
            return Err(VoucherRefusal::Elsewhere);
        }
        self.must_be(VoucherState::Stocked)
    }

    /// Whether a person can spend it on a day: the issue that is spent.
    ///
    /// # Errors
    /// The first refusal.
    pub fn may_be_presented(&self, person: HolderId, today: Day) -> Result<&Issue, VoucherRefusal> {
        self.must_be(VoucherState::Issued)?;
        let issue = self.issue.as_ref().ok_or(VoucherRefusal::Unknown)?;
        if issue.person != person {
            return Err(VoucherRefusal::NotTheirs);
        }
        issue.must_be_valid(today)?;
        Ok(issue)
    }

    /// Whether it can be handed in again, or called lost, on a day: the issue that ends.
    ///
    /// # Errors
    /// The first refusal.
    pub fn may_end(&self, reason: &str, today: Day) -> Result<&Issue, VoucherRefusal> {
        self.must_be(VoucherState::Issued)?;
        let issue = self.issue.as_ref().ok_or(VoucherRefusal::Unknown)?;
        // Whether or not a job has ended it yet: its points are gone, and none would come back.
        issue.must_be_valid(today)?;
        if reason.trim().is_empty() {
            return Err(VoucherRefusal::NoReason);
        }
        Ok(issue)
    }

    fn must_be(&self, state: VoucherState) -> Result<(), VoucherRefusal> {
        match (self.state, &self.spent, self.void) {
            (found, ..) if found == state => Ok(()),
            (VoucherState::Redeemed, Some(spent), _) => {
                let (at, place) = (spent.step.at, spent.place.clone());
                Err(VoucherRefusal::Redeemed { at, place })
            }
            (VoucherState::Void, _, Some(why)) => Err(VoucherRefusal::Void(why)),
            (found, ..) => Err(VoucherRefusal::State(found)),
        }
    }
}
