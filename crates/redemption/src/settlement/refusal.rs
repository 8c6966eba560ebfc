//! Why a statement is not drawn up or does not take a step.

use serde::{Deserialize, Serialize};

/// Why a statement is not drawn up or does not take a step, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementRefusal {
    /// There is no such statement, shop, or none that one may see.
    Unknown,
    /// Only whole calendar months are settled.
    NotAMonth,
    /// The month is not over.
    NotOver,
    /// It was drawn up before.
    Drawn,
    /// Nothing was deducted and nothing is to be corrected.
    Nothing,
    /// The lines come to more than can be counted.
    TooLarge,
    /// It is settled: nothing about it changes any more.
    Settled,
    /// It was reviewed.
    Reviewed,
    /// The shop has answered before.
    Answered,
    /// The shop has not answered yet.
    NotAnswered,
    /// It has no line with this number.
    NoSuchLine {
        /// Which of the objections.
        place: usize,
    },
    /// A line is objected to twice.
    Twice {
        /// Which of the objections.
        place: usize,
    },
    /// The shop has made no objection with this number.
    NoSuchObjection,
    /// The objection was answered before.
    Judged,
    /// Some objections have no answer.
    Open {
        /// How many.
        objections: usize,
    },
    /// Nobody has reviewed it.
    NotReviewed,
    /// Whoever reviewed does not settle, and whoever answered for the shop does neither.
    SamePerson,
    /// It must say why.
    NoText {
        /// Which of the objections.
        place: usize,
    },
    /// An objection that is upheld corrects something.
    NoCorrection,
    /// More is taken than the line had.
    BelowLine,
    /// The payment document has no number.
    NoDocument,
    /// The day of the payment document is in the future, or before the review.
    Day,
}

impl SettlementRefusal {
    /// A stable code for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_statement",
            Self::NotAMonth => "not_a_month",
            Self::NotOver => "not_over",
            Self::Drawn => "drawn",
            Self::Nothing => "nothing",
            Self::TooLarge => "too_large",
            Self::Settled => "settled",
            Self::Reviewed => "reviewed",
            Self::Answered => "answered",
            Self::NotAnswered => "not_answered",
            Self::NoSuchLine { .. } => "no_such_line",
            Self::Twice { .. } => "twice",
            Self::NoSuchObjection => "no_such_objection",
            Self::Judged => "judged",
            Self::Open { .. } => "open",
            Self::NotReviewed => "not_reviewed",
            Self::SamePerson => "same_person",
            Self::NoText { .. } => "no_text",
            Self::NoCorrection => "no_correction",
            Self::BelowLine => "below_line",
            Self::NoDocument => "no_document",
            Self::Day => "day",
        }
    }

    /// The sentence for people.
    #[must_use]
    pub fn chinese(self) -> String {
        let says = match self {
            Self::Open { objections } => {
                return format!("还有 {objections} 条异议没有答复，全部答复以后再审核");
            }
            Self::Unknown => "没有这张结算单或这家商户，请核对",
            Self::NotAMonth => "结算按整个自然月，请写成 2026-07 这样",
            Self::NotOver => "这个月还没有过完，下月1日 0:10 起可以生成结算单",
            Self::Drawn => "这个月的结算单已经生成过，请在列表里查看",
            Self::Nothing => "这个月没有抵扣，也没有要更正的，不用结算",
            Self::TooLarge => "金额超出可记录的范围，请联系管理员",
            Self::Settled => "这张结算单已经结算，不能再改；有差错请在下月的结算单上提出异议",
            Self::Reviewed => "这张结算单已经审核，等待另一位工作人员结算",
            Self::Answered => "商户已经答复过这张结算单",
            Self::NotAnswered => "商户还没有确认或提出异议，请先等商户答复",
            Self::NoSuchLine { .. } => "结算单上没有这一行，请核对行号",
            Self::Twice { .. } => "同一行只能提一条异议，请合成一条",
            Self::NoSuchObjection => "没有这条异议，请核对",
            Self::Judged => "这条异议已经答复过",
            Self::NotReviewed => "还没有审核，请先由另一位工作人员审核",
            Self::SamePerson => "审核和结算须由两个人办理，替商户答复的人不能审核、结算，请换一位",
            Self::NoText { .. } => "请写明理由",
            Self::NoCorrection => "异议成立的，请写明要更正的金额或积分",
            Self::BelowLine => "减少的不能超过这一行原有的金额和积分；没有行号的只能增加",
            Self::NoDocument => "请写明付款凭证号",
            Self::Day => "付款凭证的日期不能早于审核，也不能晚于今天",
        };
        says.to_owned()
    }
}
