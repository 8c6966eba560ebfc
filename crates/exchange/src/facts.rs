//! The small tables: metrics, confirmations and sanctions.

use kangji_core::{
    Day, DayRange, Division, Sym,
    tables::{Confirmation, Metric, Sanction, Tables},
};
use rustc_hash::FxHashMap;

use crate::{
    header::Header,
    reading::{Finished, Sink},
    reason::Reason,
    repeats::{Repeats, Seen},
    report::Faults,
    rows::Row,
    source::number,
    value::{day, decimal, division, either, optional, required, text, year},
};

/// Takes the rows of the metrics table.
pub(crate) struct MetricRows<'a> {
    tables: &'a mut Tables,
    places: [usize; 4],
    seen: FxHashMap<(Division, u32, Sym), Seen>,
    repeats: Repeats,
}

impl<'a> MetricRows<'a> {
    pub(crate) fn new(tables: &'a mut Tables, header: &Header) -> Self {
        let places = header.places(["community", "year", "name", "value"]);
        Self { tables, places, seen: FxHashMap::default(), repeats: Repeats::default() }
    }
}

impl Sink for MetricRows<'_> {
    fn add(&mut self, row: &Row<'_>, number: u32, faults: &mut Faults) {
        let [community, year_cell, name, value] = self.places.map(|place| row.cell(place));
        let community = faults.check("community", community, required(community, division));
        let year = faults.check("year", year_cell, required(year_cell, year));
        let name = faults.check("name", name, required(name, text));
        let value = faults.check("value", value, required(value, decimal));
        let (Some(community), Some(year), Some(name)) = (community, year, name) else { return };
        let name = self.tables.symbols.intern(name);
        self.repeats.note(self.seen.entry((community, year, name)).or_default(), number);
        if let Some(value) = value {
            self.tables.metrics.push(Metric { community, year, name, value });
        }
    }

    fn finish(self) -> Finished {
        let metrics = &mut self.tables.metrics;
        let before = metrics.len();
        metrics.retain(|metric| {
            let seen = self.seen.get(&(metric.community, metric.year, metric.name));
            !seen.is_some_and(|seen| seen.is_repeated())
        });
        let [community, year, name, _] = self.places;
        Finished {
            taken_out: number(before - metrics.len()),
            repeats: self.repeats,
            key: vec![("community", community), ("year", year), ("name", name)],
        }
    }
}

/// Takes the rows of the confirmations table.
pub(crate) struct ConfirmationRows<'a> {
    tables: &'a mut Tables,
    places: [usize; 5],
}

impl<'a> ConfirmationRows<'a> {
    pub(crate) fn new(tables: &'a mut Tables, header: &Header) -> Self {
        Self { tables, places: header.places(["award", "subject", "decision", "by", "date"]) }
    }
}

impl Sink for ConfirmationRows<'_> {
    fn add(&mut self, row: &Row<'_>, _: u32, faults: &mut Faults) {
        let [award, subject, decision, by, date] = self.places.map(|place| row.cell(place));
        let accept = |cell: &str| either(cell, ["accept", "reject"], Reason::Decision);
        let award = faults.check("award", award, required(award, text));
        let subject = faults.check("subject", subject, required(subject, text));
        let accept = faults.check("decision", decision, required(decision, accept));
        let by = faults.check("by", by, required(by, text));
        let date = faults.check("date", date, required(date, day));
        let (Some(award), Some(subject), Some(accept), Some(by), Some(date)) =
            (award, subject, accept, by, date)
        else {
            return;
        };
        let symbols = &mut self.tables.symbols;
        let [award, subject, by] = [award, subject, by].map(|text| symbols.intern(text));
        self.tables.confirmations.push(Confirmation { award, subject, accept, by, date });
    }

    fn finish(self) -> Finished {
        Finished::default()
    }
}

/// Takes the rows of the sanctions table.
pub(crate) struct SanctionRows<'a> {
    tables: &'a mut Tables,
    places: [usize; 3],
}

impl<'a> SanctionRows<'a> {
    pub(crate) fn new(tables: &'a mut Tables, header: &Header) -> Self {
        Self { tables, places: header.places(["holder", "from", "until"]) }
    }
}

impl Sink for SanctionRows<'_> {
    fn add(&mut self, row: &Row<'_>, _: u32, faults: &mut Faults) {
        let [holder, from, until_cell] = self.places.map(|place| row.cell(place));
        let holder = faults.check("holder", holder, required(holder, text));
        let from = faults.check("from", from, required(from, day));
        let until = faults.check("until", until_cell, optional(until_cell, day));
        let (Some(holder), Some(from), Some(until)) = (holder, from, until) else { return };
        if until.is_some_and(|until| until <= from) {
            faults.add(Some("until"), until_cell, Reason::NoDays);
            return;
        }
        let holder = self.tables.symbols.intern(holder);
        let days = DayRange { from, to: until.map_or(Day::LAST, Day::previous) };
        self.tables.sanctions.push(Sanction { holder, days });
    }

    fn finish(self) -> Finished {
        Finished::default()
    }
}
