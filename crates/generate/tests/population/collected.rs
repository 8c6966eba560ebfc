//! Rows kept in memory, for tests that look at them together.

use std::io;

use kangji_core::{
    Day, Division,
    tables::{Dated, Sex},
};
use kangji_generate::{
    Attributes, ConfirmationRow, CsvSink, Id, MetricRow, Plan, RecordId, RecordRow, ResidentRow,
    SanctionRow, Sink, Tables, generate,
};

pub(crate) struct Resident {
    pub(crate) id: Id,
    pub(crate) birth: Day,
    pub(crate) sex: Sex,
    pub(crate) communities: Vec<Dated<Division>>,
    pub(crate) guardians: Vec<Dated<Id>>,
    pub(crate) groups: Vec<Dated<&'static str>>,
}

pub(crate) struct Record {
    pub(crate) id: RecordId,
    pub(crate) resident: Id,
    pub(crate) kind: &'static str,
    pub(crate) date: Day,
    pub(crate) worker: Option<Id>,
    pub(crate) void: bool,
    pub(crate) held: Attributes,
}

#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) residents: Vec<Resident>,
    pub(crate) records: Vec<Record>,
    pub(crate) metrics: Vec<MetricRow>,
    pub(crate) confirmations: Vec<ConfirmationRow>,
    pub(crate) sanctions: Vec<SanctionRow>,
}

impl Sink for Collected {
    fn resident(&mut self, row: &ResidentRow<'_>) -> io::Result<()> {
        self.residents.push(Resident {
            id: row.id,
            birth: row.birth_date,
            sex: row.sex,
            communities: row.communities.to_vec(),
            guardians: row.guardians.to_vec(),
            groups: row.groups.to_vec(),
        });
        Ok(())
    }

    fn record(&mut self, row: &RecordRow<'_>) -> io::Result<()> {
        let RecordRow { id, resident, kind, date, worker, void, attributes, .. } = *row;
        self.records.push(Record { id, resident, kind, date, worker, void, held: *attributes });
        Ok(())
    }

    fn metric(&mut self, row: &MetricRow) -> io::Result<()> {
        self.metrics.push(*row);
        Ok(())
    }

    fn confirmation(&mut self, row: &ConfirmationRow) -> io::Result<()> {
        self.confirmations.push(*row);
        Ok(())
    }

    fn sanction(&mut self, row: &SanctionRow) -> io::Result<()> {
        self.sanctions.push(*row);
        Ok(())
    }
}

pub(crate) fn collect(people: u32, seed: u64) -> Collected {
    let mut collected = Collected::default();
    generate(&Plan::new(people, seed), &mut collected).expect("memory takes every row");
    collected
}

pub(crate) fn csv(plan: &Plan) -> Tables<String> {
    let mut sink = CsvSink::new(Tables::<Vec<u8>>::default()).expect("memory takes every row");
    generate(plan, &mut sink).expect("memory takes every row");
    let bytes = sink.finish().expect("memory takes every row");
    let text = |bytes| String::from_utf8(bytes).expect("tables are UTF-8");
    Tables {
        residents: text(bytes.residents),
        records: text(bytes.records),
        metrics: text(bytes.metrics),
        confirmations: text(bytes.confirmations),
        sanctions: text(bytes.sanctions),
    }
}
