//! Cases of fraud (P13): what looked wrong, who is at fault, what was lost, what follows.

use kangji_core::{
    Fen, Moment,
    ids::{CaseId, DeductionId},
};
use serde::{Deserialize, Serialize};

use crate::{cost::words, order::Step, settlement::Hand};

words! {
    /// What looked wrong.
    CaseKind {
        /// A voucher that was spent came a second time.
        SecondPresentation = "second_presentation", "积分券重复使用";
        /// A voucher that was called lost was presented.
        LostPresented = "lost_presented", "挂失的积分券被使用";
        /// A voucher whose signature does not fit.
        Forged = "forged", "疑似伪造的积分券";
        /// Something else that somebody noticed.
        Other = "other", "其他";
    }
}

words! {
    /// Who is at fault.
    Party {
        /// A partner shop: it bears all that follows (article 10 of the notice).
        Partner = "partner", "合作商户";
        /// Staff of an institution: dealt with by the institution's own rules.
        Staff = "staff", "机构工作人员";
        /// A resident.
        Resident = "resident", "居民";
        /// Nobody: it was a mistake, or it cannot be found out.
        Nobody = "nobody", "无人过错";
    }
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// What looked wrong.
    pub kind: CaseKind,
    /// Under which scheme.
    pub scheme: String,
    /// The voucher, as its serial was read.
    pub serial: Option<String>,
    /// The deduction.
    pub deduction: Option<DeductionId>,
    /// The institution or shop where it was noticed.
    pub place: String,
    /// Where and when the voucher was spent before.
    pub first: Option<(String, Moment)>,
    /// What somebody said who opened it by hand.
    pub note: String,
    /// When it was opened, and by whom: of what the program noticed, who presented the voucher.
    pub opened: Step,
    /// What was decided.
    pub outcome: Option<Outcome>,
}

/// What was decided in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Who is at fault.
    pub party: Party,
    /// The institution's or shop's code, the code of a member of staff, a resident's id; empty for
    /// nobody. Never a name.
    pub party_code: String,
    /// What was lost.
    pub loss: Fen,
    /// What was found.
    pub decision: String,
    /// What follows from it.
    pub consequence: String,
    /// By whom.
    pub hand: Hand,
}

/// Why a case is not opened or decided, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseRefusal {
    /// There is no such case, or none that one may see.
    Unknown,
    /// It was decided before.
    Decided,
    /// Whoever opened it does not decide it.
    SamePerson,
    /// It does not say who is at fault, or names somebody where nobody is.
    NoParty,
    /// A loss below zero.
    Loss,
    /// It must say what was found.
    NoDecision,
    /// Nobody has the code of who is at fault.
    UnknownParty,
}

impl CaseRefusal {
    /// The sentence for people.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Unknown => "没有这个案件，请核对",
            Self::Decided => "这个案件已经处理过",
            Self::SamePerson => "立案的人不能自己处理，请换一位工作人员",
            Self::NoParty => "请写明责任方的编号；无人过错的不要写",
            Self::UnknownParty => "没有这个编号，请核对责任方",
            Self::Loss => "损失金额不能小于零",
            Self::NoDecision => "请写明认定的事实和处理决定",
        }
    }
}

impl Case {
    /// Decides it, once, by somebody else than who opened it.
    ///
    /// # Errors
    /// The first refusal; nothing has changed then.
    pub fn decide(&mut self, outcome: Outcome) -> Result<(), CaseRefusal> {
        if self.outcome.is_some() {
            return Err(CaseRefusal::Decided);
        }
        if self.opened.by.as_ref() == Some(outcome.hand.by.bytes()) {
            return Err(CaseRefusal::SamePerson);
        }
        if outcome.party_code.trim().is_empty() != (outcome.party == Party::Nobody) {
            return Err(CaseRefusal::NoParty);
        }
        if outcome.loss < Fen::ZERO {
            return Err(CaseRefusal::Loss);
        }
        if outcome.decision.trim().is_empty() {
            return Err(CaseRefusal::NoDecision);
        }
        self.outcome = Some(outcome);
        Ok(())
    }
}
