//! Outcomes in words, for somebody who reads them: what happened to a record, why, on which
//! article it rests, and what to do next. And the statement of one person, made of these.
//!
//! Every viewer reads only what they may: an award that would reveal an illness has its name,
//! headings, conditions and winner hidden from all but the person, their guardian and staff on
//! duty; a helper learns that a report was received and nothing about what came of it.
//! Pure: knows no clock, no accounts and no pages.

mod account;
mod others;
mod prospects;
mod reason;
mod statement;
mod text;
mod viewer;

use kangji_core::{Day, vocabulary::Vocabulary};

use crate::{
    scheme::{Award, Scheme},
    score::{Facts, Outcome, OutcomeKind, Outlook, Program, columns::award_of},
    words::date,
};

pub use account::{HelperAccount, MonthTotal, Receipt};
pub use prospects::{Prospect, Room};
pub use statement::{Counted, Line, Statement, statement};
pub use viewer::{Standpoint, Viewer};

/// Explains outcomes of one program, one set of facts and one day.
pub struct Explainer<'a> {
    program: &'a Program,
    facts: &'a Facts,
    words: &'a Vocabulary,
    as_of: Day,
    outlook: Outlook<'a>,
}

/// What a viewer reads about one outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The award's name, or its public name; `已收到` matters go by it too.
    pub title: String,
    /// The award's id, by which it is found in the published document; `None` where it would name
    /// an illness to the viewer.
    pub award: Option<String>,
    /// The day of the record, or the last day of the period.
    pub date: Day,
    /// What became of it; `None` where the viewer may not know.
    pub kind: Option<OutcomeKind>,
    /// What happened: `本次已记录但不计分`.
    pub what: String,
    /// Why: the limit, the condition, the figure.
    pub why: Option<String>,
    /// What to do, or when it counts again.
    pub next: Option<String>,
    /// The headings it rests on, as far as the viewer may read them.
    pub basis: Vec<String>,
}

impl Explanation {
    /// The article in short: its first and its last heading, `附件1·参加健康教育讲座`.
    #[must_use]
    pub fn article(&self) -> Option<String> {
        match self.basis.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            [first, .., last] => Some(format!("{first}·{last}")),
        }
    }

    /// All of it as one sentence:
    /// `本月“参加健康教育讲座”积分已达上限（2次/月）（依据附件1·参加健康教育讲座），本次已记录但不计分，12月1日起可再次获得。`
    #[must_use]
    pub fn sentence(&self) -> String {
        let article = self.article().map(|article| format!("依据{article}"));
        let parts = [self.why.as_ref(), Some(&self.what), self.next.as_ref()];
        let mut parts: Vec<String> = parts.into_iter().flatten().cloned().collect();
        if let (Some(first), Some(article)) = (parts.first_mut(), article) {
            *first = match first.strip_suffix('）') {
                Some(open) => format!("{open}，{article}）"),
                None => format!("{first}（{article}）"),
            };
        }
        format!("{}。", parts.join("，"))
    }
}

impl<'a> Explainer<'a> {
    /// `outcomes` are those that scoring gave for the same program and facts on `as_of`; limits
    /// are told from all of them.
    #[must_use]
    pub fn new(
        program: &'a Program,
        facts: &'a Facts,
        words: &'a Vocabulary,
        outcomes: &[Outcome],
        as_of: Day,
    ) -> Self {
        let outlook = Outlook::new(program, facts, outcomes, as_of);
        Self { program, facts, words, as_of, outlook }
    }

    /// What `viewer` reads about an outcome.
    #[must_use]
    pub fn explain(&self, outcome: &Outcome, viewer: Viewer) -> Explanation {
        let standpoint = viewer.towards(outcome, self.facts, self.as_of);
        let Some((scheme, award)) = self.rule(outcome) else {
            return self.out_of_scope(outcome, standpoint);
        };
        match standpoint {
            Standpoint::Staff | Standpoint::Concerned => {
                let reason = self.reason(outcome, scheme, award, viewer);
                let (title, basis) = (award.name.clone(), award.basis.clone());
                let made = self.explanation(outcome, Some(outcome.kind), title, basis, reason);
                Explanation { award: Some(award.id.clone()), ..made }
            }
            Standpoint::Reporter | Standpoint::Community | Standpoint::Public => {
                self.for_others(outcome, scheme, award, standpoint)
            }
        }
    }

    fn rule(&self, outcome: &Outcome) -> Option<(&'a Scheme, &'a Award)> {
        let scheme = self.program.version(outcome.version?)?;
        Some((scheme, award_of(outcome, self.program)?))
    }

    fn explanation(
        &self,
        outcome: &Outcome,
        kind: Option<OutcomeKind>,
        title: String,
        basis: Vec<String>,
        reason: Reason,
    ) -> Explanation {
        let Reason { what, why, next } = reason;
        Explanation { title, award: None, date: outcome.date, kind, what, why, next, basis }
    }

    /// A day as people say it on the evaluation day: without the year where it is the same.
    fn day(&self, day: Day) -> String {
        if day.year() == self.as_of.year() { crate::words::month_day(day) } else { date(day) }
    }
}

/// The parts of an explanation that depend on the outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Reason {
    what: String,
    why: Option<String>,
    next: Option<String>,
}

impl Reason {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), why: None, next: None }
    }

    fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }
}
