//! Refusals: why a command changes nothing. A closed list in the order of precedence: where
//! several hold, the first one in this order is the answer, so that the same command to the same
//! account always gets the same answer.

use kangji_core::{Day, Moment, Points};
use serde::{Deserialize, Serialize};

use crate::entry::Seq;

/// Why a command was refused, in order of precedence.
///
/// Kept beside the ledger in its serialized form, so that the same command gets the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The key belongs to a command with other input.
    KeyUsed,
    /// Nobody opened this account.
    NoAccount,
    /// An amount that must be more than zero is not; an adjustment of nothing.
    NotPositive,
    /// A list that names nobody, somebody twice, or the pool itself.
    List,
    /// The day is later than today.
    FutureDay {
        /// Today.
        today: Day,
    },
    /// The scheme allows no adjustments (S2).
    NoAdjustments,
    /// Points are handed on only from a pool (T2: never from person to person).
    NotAPool,
    /// Two different people must answer for it.
    OnePerson,
    /// A reason must be given.
    NoReason,
    /// It must say for what: the sanction, the institution.
    NoCause,
    /// The day lies in a closed period; only a reason opens it.
    PeriodClosed {
        /// The last closed day.
        through: Day,
    },
    /// No credit has this number.
    NoSuchCredit {
        /// The number.
        seq: Seq,
    },
    /// The credit was already taken back.
    Reversed {
        /// By this entry.
        by: Seq,
    },
    /// No open hold has this number: spent, given back, forfeited, or never there.
    HoldNotOpen {
        /// The number.
        seq: Seq,
    },
    /// No capture has this number, or it was refunded.
    NoSuchCapture {
        /// The number.
        seq: Seq,
    },
    /// The hold's time is not over.
    HoldNotDue {
        /// When it will be; `None` is never.
        until: Option<Moment>,
    },
    /// No forfeit has this number, or it was restored.
    NoSuchForfeit {
        /// The number.
        seq: Seq,
    },
    /// Points are owed from a reversal; nothing can be spent until they are earned back (S12).
    Short {
        /// How many.
        shortfall: Points,
    },
    /// Fewer points can be spent than asked for.
    Insufficient {
        /// What can be spent.
        redeemable: Points,
    },
    /// Fewer points of this lot are left than a voucher is to bear.
    NotLeft {
        /// The entry that made the lot.
        lot: Seq,
        /// How many are left.
        left: Points,
    },
    /// There are enough points today, but on a day from the command's day on there were not.
    InsufficientOn {
        /// The first such day.
        day: Day,
        /// What was there.
        redeemable: Points,
    },
    /// Nothing has expired, nothing is there to forfeit, nothing is short.
    NothingToDo,
    /// A balance would be beyond what can be counted.
    TooLarge,
    /// The account's stored state contradicts itself; `ledger verify` says where.
    Inconsistent,
}

impl Refusal {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyUsed => "key_used",
            Self::NoAccount => "no_account",
            Self::NotPositive => "not_positive",
            Self::List => "list",
            Self::FutureDay { .. } => "future_day",
            Self::NoAdjustments => "no_adjustments",
            Self::NotAPool => "not_a_pool",
            Self::OnePerson => "one_person",
            Self::NoReason => "no_reason",
            Self::NoCause => "no_cause",
            Self::PeriodClosed { .. } => "period_closed",
            Self::NoSuchCredit { .. } => "no_such_credit",
            Self::Reversed { .. } => "reversed",
            Self::HoldNotOpen { .. } => "hold_not_open",
            Self::NoSuchCapture { .. } => "no_such_capture",
            Self::HoldNotDue { .. } => "hold_not_due",
            Self::NoSuchForfeit { .. } => "no_such_forfeit",
            Self::Short { .. } => "short",
            Self::Insufficient { .. } => "insufficient",
            Self::InsufficientOn { .. } => "insufficient_on",
            Self::NotLeft { .. } => "not_left",
            Self::NothingToDo => "nothing_to_do",
            Self::TooLarge => "too_large",
            Self::Inconsistent => "inconsistent",
        }
    }

    /// The sentence for people. Points are in the scheme's smallest unit; `points` writes them.
    #[must_use]
    pub fn chinese(&self, points: impl Fn(Points) -> String) -> String {
        match self {
            Self::KeyUsed => "这个操作编号已用于另一笔内容不同的操作，请换新编号重做".to_owned(),
            Self::NoAccount => "没有这个积分账户".to_owned(),
            Self::NotPositive => "积分数必须大于零".to_owned(),
            Self::List => "分发名单不能为空、不能重复、不能写积分池自己".to_owned(),
            Self::FutureDay { today } => format!("日期晚于今天（{today}）"),
            Self::NoAdjustments => "本办法不设人工调整，请更正原始记录".to_owned(),
            Self::NotAPool => "只有村（社区）积分池可以分发，个人之间不能转让".to_owned(),
            Self::OnePerson => "须由两位不同的人员办理".to_owned(),
            Self::NoReason => "须写明原因".to_owned(),
            Self::NoCause => "须写明依据（处罚决定、机构等）".to_owned(),
            Self::PeriodClosed { through } => {
                format!("{through} 及以前已结账，更正须写明原因")
            }
            Self::NoSuchCredit { seq } => format!("第 {} 笔不是得分", seq.0),
            Self::Reversed { by } => format!("这笔得分已由第 {} 笔冲回", by.0),
            Self::HoldNotOpen { seq } => {
                format!("第 {} 笔预留已办结或不存在", seq.0)
            }
            Self::NoSuchCapture { seq } => format!("第 {} 笔不是可以退还的兑付", seq.0),
            Self::HoldNotDue { until } => match until {
                Some(until) => format!("预留到 {until} 才到期"),
                None => "这笔预留没有期限".to_owned(),
            },
            Self::NoSuchForfeit { seq } => {
                format!("第 {} 笔不是可以恢复的处罚清零", seq.0)
            }
            Self::Short { shortfall } => {
                format!("有 {} 分因更正尚未补足，补足前不能兑换", points(*shortfall))
            }
            Self::Insufficient { redeemable } => {
                format!("可兑换积分不足，现有 {} 分", points(*redeemable))
            }
            Self::InsufficientOn { day, redeemable } => {
                format!("{day} 的可兑换积分只有 {} 分，不足以补记", points(*redeemable))
            }
            Self::NotLeft { left, .. } => {
                format!("这笔得分只剩 {} 分可以制券", points(*left))
            }
            Self::NothingToDo => "没有需要办理的积分".to_owned(),
            Self::TooLarge => "积分数超出可记录的范围".to_owned(),
            Self::Inconsistent => "账户数据有误，请管理员运行账本核验".to_owned(),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FutureDay { today } => write!(f, "the day is later than today, `{today}`"),
            Self::PeriodClosed { through } => write!(f, "closed through `{through}`"),
            Self::NoSuchCredit { seq } => write!(f, "entry `{}` is no credit", seq.0),
            Self::Reversed { by } => write!(f, "taken back by entry `{}`", by.0),
            Self::HoldNotOpen { seq } => write!(f, "hold `{}` is not open", seq.0),
            Self::NoSuchCapture { seq } => write!(f, "entry `{}` is no open capture", seq.0),
            Self::Short { shortfall } => write!(f, "short of `{}`", shortfall.0),
            Self::Insufficient { redeemable } => write!(f, "only `{}` left", redeemable.0),
            Self::InsufficientOn { day, redeemable } => {
                write!(f, "only `{}` left on `{day}`", redeemable.0)
            }
            Self::NotLeft { lot, left } => write!(f, "only `{}` left of lot `{}`", left.0, lot.0),
            _ => f.write_str(self.code()),
        }
    }
}
