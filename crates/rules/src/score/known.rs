//! What scoring looks up beside records: figures, decisions, sanctions, ranks.

use kangji_core::{Day, Decimal, Division, Period, PeriodKind, Sym, tables::Tables};
use rustc_hash::FxHashMap;

use super::{facts::Facts, outcome::AwardIx, program::Program};
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
    pub(super) fn new(program: &Program, facts: &Facts, as_of: Day) -> Self {
        let tables = facts.tables();
        let mut known = Self::default();
        for metric in &tables.metrics {
            known.metrics.insert((metric.community, metric.year, metric.name), metric.value);
        }
        for (place, sanction) in (0..).zip(&tables.sanctions) {
            known.sanctions.entry(sanction.holder).or_default().push(place);
        }
        known.decisions.reserve(tables.confirmations.len());
        // Few awards take decisions, so each id is looked up once.
        let mut awards: FxHashMap<Sym, Option<Decided>> = FxHashMap::default();
        for (place, row) in (0..).zip(&tables.confirmations) {
            let decided = awards
                .entry(row.award)
                .or_insert_with(|| Decided::find(program, tables.symbols.text(row.award)));
            let Some(decided) = decided.filter(|_| row.date <= as_of) else { continue };
            let subject = if decided.periodic {
                let subject = facts.period_subject(place as usize);
                subject.map(|(resident, period)| DecisionSubject::period(resident, period))
            } else {
                Some(DecisionSubject::Record(row.subject))
            };
            if let Some(subject) = subject {
                known.decide(facts, (decided.award, subject), place);
            }
        }
        known
    }

    /// Keeps the latest decision on each subject; of several on one day a rejection, and of those
    /// the one whose `by` comes last, so that the order of rows changes nothing.
    fn decide(&mut self, facts: &Facts, key: (AwardIx, DecisionSubject), place: u32) {
        let rows = &facts.tables().confirmations;
        let weight = |place: u32| {
            rows.get(place as usize).map(|row| (row.date, !row.accept, facts.rank(row.by)))
        };
        let accept = rows.get(place as usize).is_some_and(|row| row.accept);
        let new = Decision { accept, place };
        let known = self.decisions.entry(key).or_insert(new);
        if weight(place) > weight(known.place) {
            *known = new;
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

    /// The sanction that is on the holder that day; of several the one that began first, so that
    /// the order of rows changes nothing.
    pub(super) fn sanction(&self, tables: &Tables, holder: Sym, day: Day) -> Option<u32> {
        if self.sanctions.is_empty() {
            return None;
        }
        let on_day = |place: &u32| {
            let days = tables.sanctions.get(*place as usize)?.days;
            days.contains(day).then_some((days.from, days.to, *place))
        };
        let first = self.sanctions.get(&holder)?.iter().filter_map(on_day).min();
        first.map(|(_, _, place)| place)
    }
}

/// An award on which decisions are made.
#[derive(Clone, Copy)]
struct Decided {
    award: AwardIx,
    /// Whether its subjects are `RESIDENT/PERIOD` instead of record ids.
    periodic: bool,
}

impl Decided {
    fn find(program: &Program, id: &str) -> Option<Self> {
        let award = program.award_ix(id)?;
        let occasion = &program.newest_award(award)?.occasion;
        Some(Self { award, periodic: matches!(occasion, Occasion::Period(_)) })
    }
}
