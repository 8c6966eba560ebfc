//! The steps of a statement: the shop answers, the bureau answers objections, reviews, settles.

use kangji_core::{
    Day, Moment,
    ids::{OfficerId, StatementId},
};
use kangji_redemption::{
    SettlementRefusal, Signature,
    settlement::{Hand, Ruling, Verdict},
};

use super::rows;
use crate::{
    audit::{DONE, Done, Subject},
    sql::Lock,
    store::{Pending, Store},
};

/// What somebody does with a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementStep {
    /// The shop confirms every line but those it objects to; an objection without a line is about
    /// something missing.
    Answer {
        /// The lines and what is said of them.
        objections: Vec<(Option<u32>, String)>,
    },
    /// The bureau answers an objection.
    Judge {
        /// Its number.
        number: u32,
        /// What is ruled.
        ruling: Ruling,
        /// Why.
        text: String,
    },
    /// The bureau has reviewed it.
    Review,
    /// Somebody else of the bureau has settled it.
    Settle {
        /// The number of the payment document.
        document: String,
        /// The day on it.
        day: Day,
    },
}

impl Store {
    /// Takes a step with a statement. What is refused changes nothing.
    #[must_use = "it may be refused"]
    pub fn step_statement(
        &self,
        id: StatementId,
        step: StatementStep,
        by: OfficerId,
        now: Moment,
    ) -> Pending<Result<(), SettlementRefusal>> {
        self.once(move |unit| {
            let Some(mut statement) = rows::read(unit.connection, id, Lock::Rows)? else {
                return Ok(Err(SettlementRefusal::Unknown));
            };
            let (hand, subject) = (Hand { by, at: now }, Subject::Statement(id));
            let done = match step.clone() {
                StatementStep::Answer { objections } => statement.answer(objections, hand),
                StatementStep::Judge { number, ruling, text } => {
                    statement.judge(number, Verdict { ruling, text, hand })
                }
                StatementStep::Review => statement.review(hand),
                StatementStep::Settle { document, day } => {
                    statement.settle(Signature { by, day, document }, now.day())
                }
            };
            if let Err(refusal) = done {
                unit.done.push(Done { subject, result: "refused" });
                return Ok(Err(refusal));
            }
            unit.done.push(Done { subject, result: DONE });
            rows::update(unit.connection, &statement)?;
            Ok(Ok(()))
        })
    }
}
