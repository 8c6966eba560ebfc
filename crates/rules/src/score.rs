//! Scoring: records and a scheme give outcomes. Pure: the same inputs give the same outcomes,
//! whatever the order of input rows and the number of threads.
//!
//! `docs/scoring.md` fixes the meaning; [`score`] is the only way in.

mod across;
pub mod columns;
mod condition;
mod decisions;
mod evaluate;
mod facts;
mod judge;
mod known;
mod meter;
mod outcome;
mod outlook;
mod program;
mod requirement;
mod rule;
pub mod summary;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;

use kangji_core::Day;

pub use facts::Facts;
pub use outcome::{AwardIx, Because, OutOfScope, Outcome, OutcomeKind, Subject, VersionIx, Winner};
pub(crate) use outlook::{Left, Outlook, Progress, Trial};
pub use program::{Program, ProgramError};

use evaluate::{Evaluator, Found, Scratch};
use known::Known;
use rule::BoundProgram;

/// How to score.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The evaluation day: what happened later is not seen.
    pub as_of: Day,
    /// Whether void and out-of-scope records get an outcome.
    pub all: bool,
    /// How many threads may work; the outcomes do not depend on it.
    pub threads: NonZeroUsize,
}

/// What scoring gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scored {
    /// The outcomes, sorted by the bytes of (holder, date, record, award, resident, period).
    pub outcomes: Vec<Outcome>,
    /// How many records are void.
    pub void: u64,
    /// How many records are out of scope, in the order of [`OutOfScope::ALL`].
    pub out_of_scope: [u64; 4],
}

/// Scores all records of `facts` by the versions of `program`.
///
/// # Panics
/// With more than four thousand million outcomes.
#[must_use]
pub fn score(program: &Program, facts: &Facts, options: Options) -> Scored {
    let mut found = evaluate(program, facts, options);
    sort(&mut found.outcomes, facts);
    found
}

/// Like [`score`], with the outcomes in the order of residents instead of holders: for whoever
/// posts or counts them and needs no order.
///
/// # Panics
/// With more than four thousand million outcomes.
#[must_use]
pub fn evaluate(program: &Program, facts: &Facts, options: Options) -> Scored {
    let mut evaluator = Evaluator::new(program, facts, options);
    evaluator.rank_residents();
    let mut found = in_parallel(&evaluator, options.threads);
    for row in facts.unknown_rows() {
        if let Some(record) = facts.record(row) {
            let version = program.version_on(record.date);
            let why = (!record.void).then_some(OutOfScope::UnknownResident);
            evaluator.pass_over(record, row, version, why, &mut found);
        }
    }
    if !evaluator.resident_local {
        evaluator.settle_across(&mut found);
    }
    Scored { outcomes: found.outcomes, void: found.void, out_of_scope: found.out_of_scope }
}

/// Scores the residents on several threads and puts what they found together, in the order of
/// the residents table.
fn in_parallel(evaluator: &Evaluator<'_>, threads: NonZeroUsize) -> Found {
    let residents = evaluator.facts.tables().residents.len();
    let share = residents.div_ceil(threads.get()).max(1);
    let work = |from: usize| {
        let (mut scratch, mut found) = (Scratch::default(), Found::default());
        for number in from..residents.min(from + share) {
            evaluator.resident(number, &mut scratch, &mut found);
        }
        found
    };
    if share >= residents {
        return work(0);
    }
    std::thread::scope(|scope| {
        let starts = (0..residents).step_by(share);
        let workers: Vec<_> = starts.map(|from| scope.spawn(move || work(from))).collect();
        let mut all = Found::default();
        for worker in workers {
            all.append(worker.join().expect("the evaluator does not panic"));
        }
        all
    })
}

impl<'a> Evaluator<'a> {
    fn new(program: &'a Program, facts: &'a Facts, options: Options) -> Self {
        Self {
            program,
            facts,
            bound: BoundProgram::new(program, facts),
            known: Known::new(facts.tables()),
            as_of: options.as_of,
            all: options.all,
            resident_local: program.is_resident_local(),
        }
    }
}

impl Found {
    fn append(&mut self, more: Self) {
        let shift = u32::try_from(self.outcomes.len()).expect("fewer than 2^32 outcomes");
        self.outcomes.extend(more.outcomes);
        self.open.extend(more.open.into_iter().map(|at| at + shift));
        self.ends.extend(more.ends.into_iter().map(|at| at + shift));
        self.void += more.void;
        for (sum, count) in self.out_of_scope.iter_mut().zip(more.out_of_scope) {
            *sum += count;
        }
    }
}

fn sort(outcomes: &mut [Outcome], facts: &Facts) {
    // Awards are numbered in byte order with none before all, and periods of one award that end
    // on one day have texts of one length, so their numbers order like their texts.
    outcomes.sort_unstable_by_key(|outcome| {
        let (record, period) = match outcome.subject {
            Subject::Record(row) => {
                (facts.record(row).map_or(0, |record| facts.rank(record.id)), 0)
            }
            Subject::Period(period) => (0, period.number()),
        };
        let holder = facts.rank(outcome.holder);
        (holder, outcome.date, record, outcome.award, facts.rank(outcome.resident), period)
    });
}
