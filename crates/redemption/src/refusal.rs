//! Why something cannot be had: a closed list in the order of precedence. Where several hold, the
//! first one is the answer; a page may tell all of them.

use kangji_core::{Day, Decimals, Points};
use kangji_rules::words::date;
use serde::{Deserialize, Serialize};

use crate::{price::WrongChoice, voucher::VoucherRefusal};

/// Why something cannot be had, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No catalogue in force offers it.
    NotOffered,
    /// What was chosen cannot be priced.
    Choice(WrongChoice),
    /// Another institution hands it over, or none that is known.
    NotHere,
    /// It is offered on other days.
    NotToday {
        /// From when it can be had again, if it can.
        from: Option<Day>,
        /// What is said of those days.
        season: Option<String>,
    },
    /// It is for other people: what is asked of them, in words.
    NotForYou {
        /// What is asked.
        what: String,
    },
    /// It is for those who signed with the institution (S9).
    NotSigned,
    /// A figure of the community is not good enough, or not there yet (T11).
    Given {
        /// What is asked, in words.
        what: String,
        /// The figure, if it is there.
        found: Option<String>,
    },
    /// The person has had it as often as anybody may.
    Limit {
        /// How often, in words.
        what: String,
        /// The first day on which it can be had again; `None` is never.
        again_on: Option<Day>,
    },
    /// All there were in all are ordered.
    SoldOut,
    /// Too few pieces are in stock.
    OutOfStock {
        /// Of which good.
        good: String,
        /// How many are free.
        available: u32,
    },
    /// Points are owed from a reversal (S12).
    Short {
        /// How many.
        shortfall: Points,
    },
    /// The balance must be higher before anything, or this, is redeemed.
    BelowMinimum {
        /// How high.
        minimum: Points,
        /// How many points are missing.
        missing: Points,
    },
    /// There are too few points.
    Insufficient {
        /// What it costs.
        price: Points,
        /// How many points are missing.
        missing: Points,
    },
    /// A voucher that was handed in cannot be used.
    Voucher {
        /// Which.
        serial: String,
        /// Why.
        why: VoucherRefusal,
    },
    /// The ledger refuses for another reason.
    Ledger(kangji_ledger::Refusal),
}

impl Refusal {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOffered => "not_offered",
            Self::Choice(_) => "choice",
            Self::NotHere => "not_here",
            Self::NotToday { .. } => "not_today",
            Self::NotForYou { .. } => "not_for_you",
            Self::NotSigned => "not_signed",
            Self::Given { .. } => "given",
            Self::Limit { .. } => "limit",
            Self::SoldOut => "sold_out",
            Self::OutOfStock { .. } => "out_of_stock",
            Self::Short { .. } => "short",
            Self::BelowMinimum { .. } => "below_minimum",
            Self::Insufficient { .. } => "insufficient",
            Self::Voucher { why, .. } => why.code(),
            Self::Ledger(refusal) => refusal.code(),
        }
    }

    /// Whether nothing but points is missing: something to look forward to.
    #[must_use]
    pub const fn is_about_points(&self) -> bool {
        matches!(self, Self::BelowMinimum { .. } | Self::Insufficient { .. } | Self::Short { .. })
    }

    /// How many points are missing, if they are what is missing.
    #[must_use]
    pub const fn missing(&self) -> Option<Points> {
        match self {
            Self::BelowMinimum { missing, .. } | Self::Insufficient { missing, .. } => {
                Some(*missing)
            }
            Self::Short { shortfall } => Some(*shortfall),
            _ => None,
        }
    }

    /// The sentence for people: what is in the way, and what to do.
    #[must_use]
    pub fn chinese(&self, decimals: Decimals) -> String {
        let points = |points: &Points| decimals.short(*points);
        match self {
            Self::NotOffered => "现在没有这一项，请看看目录里别的".to_owned(),
            Self::Choice(wrong) => wrong.chinese(),
            Self::NotHere => "这里不办这一项，请看写明的兑换点".to_owned(),
            Self::NotToday { from, season } => {
                let season = season.as_ref().map(|name| format!("只在{name}办理"));
                let season = season.unwrap_or_else(|| "今天不能兑换".to_owned());
                match from {
                    Some(from) => format!("{season}，{}起可以兑换", date(*from)),
                    None => format!("{season}，时间已经过了"),
                }
            }
            Self::NotForYou { what } => format!("这一项只给符合条件的人：{what}"),
            Self::NotSigned => "这一项只给和本机构签约的居民，请先签约家庭医生".to_owned(),
            Self::Given { what, found: Some(found) } => {
                format!("所在村（社区）要{what}才能换，现在是{found}")
            }
            Self::Given { what, found: None } => {
                format!("所在村（社区）要{what}才能换，这个数字还没有公布")
            }
            Self::Limit { what, again_on: Some(day) } => {
                format!("已经换满了（{what}），{}起可以再换", date(*day))
            }
            Self::Limit { what, again_on: None } => format!("已经换满了（{what}）"),
            Self::SoldOut => "总数已经换完了".to_owned(),
            Self::OutOfStock { good, available: 0 } => {
                format!("“{good}”暂时没有货，请过几天再来，或者换别的")
            }
            Self::OutOfStock { good, available } => {
                format!("“{good}”只剩 {available} 件，请减少数量")
            }
            Self::Short { shortfall } => {
                format!("有 {} 分因更正尚未补足，补足以后才能兑换", points(shortfall))
            }
            Self::BelowMinimum { minimum, missing } => {
                format!("满 {} 分才能兑换，还差 {} 分", points(minimum), points(missing))
            }
            Self::Insufficient { price, missing } => {
                format!("要 {} 分，还差 {} 分", points(price), points(missing))
            }
            Self::Voucher { serial, why } => {
                format!("{serial}：{}", why.chinese(|amount| points(&amount)))
            }
            Self::Ledger(refusal) => refusal.chinese(|amount| points(&amount)),
        }
    }
}
