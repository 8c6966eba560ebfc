//! The input tables put in order for scoring: records grouped by resident and sorted by time.

use std::ops::Range;

use kangji_core::{
    Day, Division, Sym,
    tables::{Record, Records, Resident, Standing, Tables},
};
use rustc_hash::FxHashMap;

use super::{
    decisions::Decisions,
    outcome::{Outcome, Subject},
};

/// Tables whose records are grouped by resident, each group in the order (`date`, `id` as bytes).
#[derive(Clone, Debug)]
pub struct Facts {
    tables: Tables,
    /// For each symbol its place in byte order.
    ranks: Vec<u32>,
    /// For each symbol the resident with that id, or the number of residents where there is none.
    numbers: Vec<u32>,
    /// For each resident where its records begin; one more at the end, where those of unknown
    /// residents begin.
    starts: Vec<u32>,
    decisions: Decisions,
    communities: FxHashMap<Division, Sym>,
}

impl Facts {
    /// Puts the tables in order.
    ///
    /// # Panics
    /// With more than four thousand million records.
    #[must_use]
    pub fn new(mut tables: Tables) -> Self {
        let mut communities = FxHashMap::default();
        for resident in &tables.residents {
            for division in tables.standings(resident).iter().filter_map(|s| s.community) {
                communities.entry(division).or_insert(Sym::EMPTY);
            }
        }
        for (division, sym) in &mut communities {
            *sym = tables.symbols.intern(&division.to_string());
        }
        let ranks = tables.symbols.ranks();
        let rank = |sym: Sym| ranks.get(sym.index()).copied().unwrap_or_default();

        let unknown = u32::try_from(tables.residents.len()).expect("fewer than 2^32 residents");
        let mut numbers = vec![unknown; tables.symbols.len()];
        for (number, resident) in (0..).zip(&tables.residents) {
            if let Some(place) = numbers.get_mut(resident.id.index()) {
                *place = number;
            }
        }
        let number =
            |record: &Record| numbers.get(record.resident.index()).copied().unwrap_or(unknown);

        let mut starts = vec![0_u32; tables.residents.len() + 2];
        for record in &tables.records.rows {
            if let Some(count) = starts.get_mut(number(record) as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut order: Vec<u32> = (0..).take(tables.records.rows.len()).collect();
        let key = |row: &u32| {
            let record = tables.records.rows.get(*row as usize);
            record.map(|record| (number(record), record.date, rank(record.id)))
        };
        order.sort_unstable_by_key(key);
        tables.records = tables.records.reordered(&order);
        let decisions = Decisions::new(&tables, &ranks, &numbers);
        Self { tables, ranks, numbers, starts, decisions, communities }
    }

    /// The tables, their records in order.
    #[must_use]
    pub const fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The records, in order.
    #[must_use]
    pub const fn records(&self) -> &Records {
        &self.tables.records
    }

    /// The text of a symbol.
    #[must_use]
    pub fn text(&self, sym: Sym) -> &str {
        self.tables.symbols.text(sym)
    }

    /// The place of a symbol in the order of the texts' bytes.
    #[must_use]
    pub fn rank(&self, sym: Sym) -> u32 {
        self.ranks.get(sym.index()).copied().unwrap_or_default()
    }

    /// The resident with this id, if the residents table has one.
    #[must_use]
    pub fn resident(&self, id: Sym) -> Option<&Resident> {
        self.tables.residents.get(self.number(id)?)
    }

    /// The place in the residents table of the resident with this id; past its end if there is
    /// none.
    pub(crate) fn number(&self, id: Sym) -> Option<usize> {
        self.numbers.get(id.index()).map(|number| *number as usize)
    }

    /// A record by its row.
    #[must_use]
    pub fn record(&self, row: u32) -> Option<&Record> {
        self.tables.records.rows.get(row as usize)
    }

    /// A resident with the rows of their records and what holds of them.
    pub(crate) fn person(&self, number: usize) -> Option<Person<'_>> {
        let resident = self.tables.residents.get(number)?;
        let rows = *self.starts.get(number)?..*self.starts.get(number + 1)?;
        let records = self.tables.records.rows.get(rows.start as usize..rows.end as usize)?;
        Some(Person { number, resident, rows, records, standings: self.tables.standings(resident) })
    }

    /// The records of residents that the residents table lacks.
    pub(crate) fn unknown_rows(&self) -> Range<u32> {
        let end = self.starts.last().copied().unwrap_or_default();
        let start = self.starts.get(self.tables.residents.len()).copied().unwrap_or(end);
        start..end
    }

    /// When a candidate's turn at the limits comes: by (date, id), for periods (date, resident).
    pub(crate) fn turn(&self, outcome: &Outcome) -> (Day, Option<u32>) {
        let tie = match outcome.subject {
            Subject::Record(row) => self.record(row).map(|record| record.id),
            Subject::Period(_) => Some(outcome.resident),
        };
        (outcome.date, tie.map(|tie| self.rank(tie)))
    }

    /// What was decided about records and periods.
    pub(super) const fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// The symbol of a community's code.
    pub(crate) fn community(&self, division: Division) -> Sym {
        self.communities.get(&division).copied().unwrap_or(Sym::EMPTY)
    }
}

/// A resident with everything about them.
pub(crate) struct Person<'f> {
    /// The place in the residents table.
    pub(crate) number: usize,
    pub(crate) resident: &'f Resident,
    /// The rows of `records`.
    pub(crate) rows: Range<u32>,
    pub(crate) records: &'f [Record],
    pub(crate) standings: &'f [Standing],
}
