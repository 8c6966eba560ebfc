//! Confirmations put in order: for each record and each resident what was decided, so that a
//! candidate's decision is found without a search.

use kangji_core::{Day, Period, Sym, tables::Tables};

/// What somebody decided, with its place in the confirmations table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    award: Sym,
    /// The period it is about; `None` for a record.
    period: Option<Period>,
    date: Day,
    pub(super) accept: bool,
    pub(super) place: u32,
}

/// All decisions on known records and on periods of known residents.
#[derive(Clone, Debug, Default)]
pub(super) struct Decisions {
    of_records: Grouped,
    of_residents: Grouped,
}

/// Decisions grouped by row or resident; in a group the one that counts most comes last.
#[derive(Clone, Debug, Default)]
struct Grouped {
    starts: Vec<u32>,
    decisions: Vec<Decision>,
}

impl Decisions {
    /// `tables` with their records in order; `ranks` and `numbers` as in [`super::Facts`].
    pub(super) fn new(tables: &Tables, ranks: &[u32], numbers: &[u32]) -> Self {
        if tables.confirmations.is_empty() {
            return Self::default();
        }
        let mut rows = vec![u32::MAX; tables.symbols.len()];
        for (row, record) in (0..).zip(&tables.records.rows) {
            if let Some(place) = rows.get_mut(record.id.index()) {
                *place = row;
            }
        }
        let rank = |sym: Sym| ranks.get(sym.index()).copied().unwrap_or_default();
        let (mut on_records, mut on_periods) = (Vec::new(), Vec::new());
        for (place, row) in (0..).zip(&tables.confirmations) {
            let (award, date, accept) = (row.award, row.date, row.accept);
            let decision = |period| Decision { award, period, date, accept, place };
            let record = rows.get(row.subject.index()).copied().unwrap_or(u32::MAX);
            if record != u32::MAX {
                on_records.push((record, rank(row.by), decision(None)));
            }
            if let Some((resident, period)) = period_subject(tables, row.subject) {
                let number = numbers.get(resident.index()).copied().unwrap_or(u32::MAX);
                on_periods.push((number, rank(row.by), decision(Some(period))));
            }
        }
        Self {
            of_records: Grouped::new(on_records, tables.records.rows.len()),
            of_residents: Grouped::new(on_periods, tables.residents.len()),
        }
    }

    /// The decision that counts on a record for an award on the evaluation day.
    pub(super) fn on_record(&self, row: u32, award: Sym, as_of: Day) -> Option<Decision> {
        self.of_records.find(row as usize, award, None, as_of)
    }

    /// The decision that counts on a resident's period.
    pub(super) fn on_period(
        &self,
        resident: usize,
        award: Sym,
        period: Period,
        as_of: Day,
    ) -> Option<Decision> {
        self.of_residents.find(resident, award, Some(period), as_of)
    }
}

impl Grouped {
    /// Orders decisions by group and weight: the latest counts, of several on one day a
    /// rejection, and of those the one whose `by` comes last, so that the order of rows changes
    /// nothing.
    fn new(mut decisions: Vec<(u32, u32, Decision)>, groups: usize) -> Self {
        decisions.sort_unstable_by_key(|&(group, by, decision)| {
            (group, decision.date, !decision.accept, by, decision.place)
        });
        let mut starts = Vec::with_capacity(groups + 1);
        let mut next = 0;
        for group in (0..).take(groups + 1) {
            while decisions.get(next as usize).is_some_and(|(known, ..)| *known < group) {
                next += 1;
            }
            starts.push(next);
        }
        let decisions = decisions.into_iter().map(|(_, _, decision)| decision).collect();
        Self { starts, decisions }
    }

    fn find(
        &self,
        group: usize,
        award: Sym,
        period: Option<Period>,
        as_of: Day,
    ) -> Option<Decision> {
        let range = *self.starts.get(group)? as usize..*self.starts.get(group + 1)? as usize;
        let counts = |decision: &&Decision| {
            decision.award == award && decision.period == period && decision.date <= as_of
        };
        self.decisions.get(range)?.iter().rev().find(counts).copied()
    }
}

fn period_subject(tables: &Tables, subject: Sym) -> Option<(Sym, Period)> {
    let (resident, period) = tables.symbols.text(subject).rsplit_once('/')?;
    Some((tables.symbols.get(resident)?, Period::parse(period)?))
}
