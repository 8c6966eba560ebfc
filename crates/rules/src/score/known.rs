//! What scoring looks up beside records: figures, decisions, sanctions, ranks.

use kangji_core::{
    Day, Decimal, Division, Period, PeriodKind, Sym,
    tables::{Confirmation, Tables},
};
use rustc_hash::FxHashMap;

use super::{outcome::AwardIx, program::Program};
use crate::scheme::Occasion;

/// What a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum DecisionSubject {
    Record(Sym),
    Period(Sym, PeriodKind, u32),
}

impl DecisionSubject {
    pub(super) const fn period(resident: Sym, period: Period) -> Self {
        Self::Period(resident, period.kind(), period.number())
    }
}

/// A decision that counts, with its place in the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    pub(super) accept: bool,
    pub(super) place: u32,
}

/// Tables made ready for look-up, as of a day.
#[derive(Default)]
pub(super) struct Known {
    metrics: FxHashMap<(Division, u32, Sym), Decimal>,
    decisions: FxHashMap<(AwardIx, DecisionSubject), Decision>,
    sanctions: FxHashMap<Sym, Vec<u32>>,
    /// For each (award, community, year, resident) the rank among those that `beyond` counts.
    pub(super) ranks: FxHashMap<(AwardIx, Division, u32, Sym), u32>,
}

impl Known {
    pub(super) fn new(program: &Program, tables: &Tables, as_of: Day) -> Self {
        let mut known = Self::default();
        for metric in &tables.metrics {
            known.metrics.insert((metric.community, metric.year, metric.name), metric.value);
        }
        for (place, sanction) in (0..).zip(&tables.sanctions) {
            known.sanctions.entry(sanction.holder).or_default().push(place);
        }
        for (place, row) in (0..).zip(&tables.confirmations) {
            if row.date <= as_of {
                known.decide(program, tables, row, place);
            }
        }
        known
    }

    /// Keeps the latest decision on each subject; of several on one day a rejection.
    fn decide(&mut self, program: &Program, tables: &Tables, row: &Confirmation, place: u32) {
        let Some(award) = program.award_ix(tables.symbols.text(row.award)) else { return };
        let Some(subject) = subject(program, tables, award, row.subject) else { return };
        let later = |known: &Decision| {
            let other = tables.confirmations.get(known.place as usize);
            let other = other.map(|other| (other.date, !other.accept));
            // On equal terms the first row stays, so equal rows change nothing.
            Some((row.date, !row.accept)) > other
        };
        let known = self.decisions.get(&(award, subject));
        if known.is_none_or(later) {
            self.decisions.insert((award, subject), Decision { accept: row.accept, place });
        }
    }

    pub(super) fn metric(
        &self,
        community: Division,
        year: u32,
        name: Option<Sym>,
    ) -> Option<Decimal> {
        self.metrics.get(&(community, year, name?)).copied()
    }

    pub(super) fn decision(&self, award: AwardIx, subject: DecisionSubject) -> Option<Decision> {
        self.decisions.get(&(award, subject)).copied()
    }

    /// The first sanction in the table that is on the holder that day.
    pub(super) fn sanction(&self, tables: &Tables, holder: Sym, day: Day) -> Option<u32> {
        if self.sanctions.is_empty() {
            return None;
        }
        let on_day = |place: &&u32| {
            let row = tables.sanctions.get(**place as usize);
            row.is_some_and(|sanction| sanction.days.contains(day))
        };
        self.sanctions.get(&holder)?.iter().find(on_day).copied()
    }
}

/// A record award's subject is a record's id, a period award's `RESIDENT/PERIOD`.
fn subject(
    program: &Program,
    tables: &Tables,
    award: AwardIx,
    subject: Sym,
) -> Option<DecisionSubject> {
    match program.newest_award(award)?.occasion {
        Occasion::Record(_) => Some(DecisionSubject::Record(subject)),
        Occasion::Period(_) => {
            let (resident, period) = tables.symbols.text(subject).rsplit_once('/')?;
            let resident = tables.symbols.get(resident)?;
            Some(DecisionSubject::period(resident, Period::parse(period)?))
        }
    }
}
