//! The input tables of scoring in memory: residents, records, metrics, confirmations, sanctions.
//!
//! Every id and text is interned, so rows are small and of fixed size, and a city fits in memory.
//! Whoever fills the tables has already refused what is malformed; nothing here refuses.

use crate::{
    calendar::{Day, DayRange},
    decimal::Decimal,
    division::Division,
    symbols::{Sym, Symbols},
    vocabulary::{GroupId, GroupSet, KindId},
};

/// A value that holds on certain days.
pub type Dated<T> = (T, DayRange);

/// A resident's sex as recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// `F`
    Female,
    /// `M`
    Male,
}

/// A resident: what never changes, and where the dated facts lie in [`Tables::standings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// The resident's id.
    pub id: Sym,
    /// Day of birth, if recorded.
    pub birth_date: Option<Day>,
    /// Sex, if recorded.
    pub sex: Option<Sex>,
    first_standing: u32,
    standings: u32,
}

/// What holds of a resident from a day until the next standing begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The first day.
    pub from: Day,
    /// The community lived in, if any is recorded.
    pub community: Option<Division>,
    /// The guardian; [`Sym::EMPTY`] where there is none.
    pub guardian: Sym,
    /// The groups belonged to.
    pub groups: GroupSet,
}

/// A service record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The record's id.
    pub id: Sym,
    /// The resident served; not necessarily known.
    pub resident: Sym,
    /// The institution.
    pub org: Sym,
    /// Who assisted, organised or reported; [`Sym::EMPTY`] where nobody did.
    pub worker: Sym,
    /// The day of the service.
    pub date: Day,
    /// What was done.
    pub kind: KindId,
    /// Whether the record was declared void.
    pub void: bool,
    /// Which boolean attributes were recorded, a bit each.
    pub flags_recorded: u32,
    /// Which of them are true; no bit that is not recorded.
    pub flags_true: u32,
}

/// All service records, with their text and decimal attributes as columns.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// The rows.
    pub rows: Vec<Record>,
    texts: Vec<Vec<Sym>>,
    decimals: Vec<Vec<Decimal>>,
}

fn put<T: Copy>(columns: &mut Vec<Vec<T>>, slot: u8, row: usize, value: T, none: T) {
    let slot = usize::from(slot);
    if columns.len() <= slot {
        columns.resize_with(slot + 1, Vec::new);
    }
    if let Some(column) = columns.get_mut(slot) {
        if column.len() <= row {
            column.resize(row + 1, none);
        }
        if let Some(place) = column.get_mut(row) {
            *place = value;
        }
    }
}

impl Records {
    /// Records the text attribute `slot` of row `row`.
    pub fn set_text(&mut self, slot: u8, row: usize, value: Sym) {
        put(&mut self.texts, slot, row, value, Sym::EMPTY);
    }

    /// Records the decimal attribute `slot` of row `row`.
    pub fn set_decimal(&mut self, slot: u8, row: usize, value: Decimal) {
        put(&mut self.decimals, slot, row, value, Decimal::NOT_RECORDED);
    }

    /// The text attribute `slot` of row `row`; [`Sym::EMPTY`] where not recorded.
    #[must_use]
    pub fn text(&self, slot: u8, row: usize) -> Sym {
        let column = self.texts.get(usize::from(slot));
        column.and_then(|column| column.get(row)).copied().unwrap_or(Sym::EMPTY)
    }

    /// The decimal attribute `slot` of row `row`; [`Decimal::NOT_RECORDED`] where not recorded.
    #[must_use]
    pub fn decimal(&self, slot: u8, row: usize) -> Decimal {
        let column = self.decimals.get(usize::from(slot));
        column.and_then(|column| column.get(row)).copied().unwrap_or(Decimal::NOT_RECORDED)
    }

    /// The same records in another order: row `n` is what was row `order[n]`. Rows that `order`
    /// leaves out are dropped.
    #[must_use]
    pub fn reordered(&self, order: &[u32]) -> Self {
        fn pick<T: Copy>(column: &[T], order: &[u32], none: T) -> Vec<T> {
            if column.is_empty() {
                return Vec::new();
            }
            order.iter().map(|&row| column.get(row as usize).copied().unwrap_or(none)).collect()
        }
        let rows = order.iter().filter_map(|&row| self.rows.get(row as usize)).copied().collect();
        let texts = self.texts.iter().map(|column| pick(column, order, Sym::EMPTY)).collect();
        let none = Decimal::NOT_RECORDED;
        let decimals = self.decimals.iter().map(|column| pick(column, order, none)).collect();
        Self { rows, texts, decimals }
    }
}

/// A published figure of a community and year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The community.
    pub community: Division,
    /// The calendar year.
    pub year: u32,
    /// The figure's name.
    pub name: Sym,
    /// The figure.
    pub value: Decimal,
}

/// What somebody with the right role decided about a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The award's id.
    pub award: Sym,
    /// A record's id, or `RESIDENT/PERIOD`.
    pub subject: Sym,
    /// `true` to accept, `false` to reject.
    pub accept: bool,
    /// Who decided.
    pub by: Sym,
    /// The day of the decision.
    pub date: Day,
}

/// Days on which a holder earns nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sanction {
    /// Whatever holds points under this id.
    pub holder: Sym,
    /// The days; the input's exclusive end is already taken off.
    pub days: DayRange,
}

/// Everything that scoring reads.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The ids and texts of all tables.
    pub symbols: Symbols,
    /// The residents; no id twice.
    pub residents: Vec<Resident>,
    standings: Vec<Standing>,
    /// The service records; no id twice.
    pub records: Records,
    /// Published figures; no (community, year, name) twice.
    pub metrics: Vec<Metric>,
    /// Decisions.
    pub confirmations: Vec<Confirmation>,
    /// Sanctions.
    pub sanctions: Vec<Sanction>,
}

impl Tables {
    /// Adds a resident. Of `communities` and of `guardians` no two may hold on one day: where
    /// they do, the first of them counts.
    pub fn add_resident(
        &mut self,
        id: Sym,
        birth_date: Option<Day>,
        sex: Option<Sex>,
        communities: &[Dated<Division>],
        guardians: &[Dated<Sym>],
        groups: &[Dated<GroupId>],
    ) {
        let ranges = || {
            let communities = communities.iter().map(|dated| dated.1);
            let guardians = guardians.iter().map(|dated| dated.1);
            communities.chain(guardians).chain(groups.iter().map(|dated| dated.1))
        };
        let after = ranges().filter(|days| days.to < Day::LAST).map(|days| days.to.next());
        let mut starts: Vec<Day> = ranges().map(|days| days.from).chain(after).collect();
        starts.push(Day::FIRST);
        starts.sort_unstable();
        starts.dedup();

        let first = self.standings.len();
        for from in starts {
            fn on<T: Copy>(list: &[Dated<T>], day: Day) -> impl Iterator<Item = T> {
                list.iter().filter(move |dated| dated.1.contains(day)).map(|dated| dated.0)
            }
            let mut set = GroupSet::default();
            on(groups, from).for_each(|group| set.insert(group));
            self.standings.push(Standing {
                from,
                community: on(communities, from).next(),
                guardian: on(guardians, from).next().unwrap_or(Sym::EMPTY),
                groups: set,
            });
        }
        let place = |number: usize| u32::try_from(number).expect("fewer than 2^32 standings");
        self.residents.push(Resident {
            id,
            birth_date,
            sex,
            first_standing: place(first),
            standings: place(self.standings.len() - first),
        });
    }

    /// What holds of the resident, in order of time; the first standing begins before any record.
    #[must_use]
    pub fn standings(&self, resident: &Resident) -> &[Standing] {
        let first = resident.first_standing as usize;
        self.standings.get(first..first + resident.standings as usize).unwrap_or_default()
    }

    /// What holds of the resident on `day`.
    #[must_use]
    pub fn standing_on(&self, resident: &Resident, day: Day) -> Option<&Standing> {
        self.standings(resident).iter().rev().find(|standing| standing.from <= day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    #[test]
    fn standings_change_when_a_dated_fact_does() {
        let words = Vocabulary::national();
        let day = |text: &str| text.parse::<Day>().unwrap();
        let mut tables = Tables::default();
        let id = tables.symbols.intern("R1");
        let guardian = tables.symbols.intern("R2");
        let (old, new) = ("510403001001", "510403001002");
        let (old, new) = (Division::parse(old).unwrap(), Division::parse(new).unwrap());
        let smi = words.group("smi").unwrap();
        tables.add_resident(
            id,
            None,
            Some(Sex::Female),
            &[
                (old, DayRange { from: Day::FIRST, to: day("2026-03-31") }),
                (new, DayRange { from: day("2026-04-01"), to: Day::LAST }),
            ],
            &[(guardian, DayRange { from: day("2026-02-01"), to: day("2026-02-28") })],
            &[(smi, DayRange { from: day("2026-04-01"), to: Day::LAST })],
        );
        let resident = tables.residents[0];
        let on = |text| tables.standing_on(&resident, day(text)).unwrap();
        assert_eq!(tables.standings(&resident).len(), 4);
        assert_eq!(
            (on("2026-01-31").guardian, on("2026-01-31").community),
            (Sym::EMPTY, Some(old))
        );
        assert_eq!(on("2026-02-28").guardian, guardian);
        assert_eq!(
            (on("2026-03-01").guardian, on("2026-03-31").community),
            (Sym::EMPTY, Some(old))
        );
        assert_eq!(on("2026-04-01").community, Some(new));
        assert!(on("2026-04-01").groups.contains(smi) && !on("2026-03-31").groups.contains(smi));
    }

    #[test]
    fn columns_follow_their_rows() {
        let mut tables = Tables::default();
        let (a, b) = (tables.symbols.intern("a"), tables.symbols.intern("b"));
        let row = |id| Record {
            id,
            resident: a,
            org: Sym::EMPTY,
            worker: Sym::EMPTY,
            date: Day::FIRST,
            kind: KindId(0),
            void: false,
            flags_recorded: 0,
            flags_true: 0,
        };
        tables.records.rows = vec![row(a), row(b)];
        tables.records.set_text(0, 0, b);
        tables.records.set_decimal(1, 1, Decimal::STEP);
        let turned = tables.records.reordered(&[1, 0]);
        assert_eq!((turned.rows[0].id, turned.rows[1].id), (b, a));
        assert_eq!((turned.text(0, 0), turned.text(0, 1)), (Sym::EMPTY, b));
        assert_eq!(turned.decimal(1, 0), Decimal::STEP);
        assert_eq!(turned.decimal(1, 1), Decimal::NOT_RECORDED);
        assert_eq!(turned.decimal(9, 0), Decimal::NOT_RECORDED);
    }
}
