//! The records table: service records with their attributes.

use kangji_core::{
    Day, Decimal, Sym,
    tables::{Record, Tables},
    vocabulary::{AttributeType, KindId, Vocabulary},
};

use crate::{
    header::Header,
    nearest::Meant,
    reading::{Finished, Sink},
    reason::Reason,
    repeats::Ids,
    report::Faults,
    rows::Row,
    source::number,
    value::{day, decimal, either, required, text},
};

/// Takes the rows of the records table.
pub(crate) struct RecordRows<'a> {
    tables: &'a mut Tables,
    vocabulary: &'a Vocabulary,
    meant: Meant<'a>,
    fixed: [usize; 4],
    org: Option<usize>,
    worker: Option<usize>,
    status: Option<usize>,
    attributes: Vec<AttributeColumn<'a>>,
    texts: Vec<(u8, Sym)>,
    decimals: Vec<(u8, Decimal)>,
    ids: Ids,
}

struct AttributeColumn<'a> {
    name: &'a str,
    place: usize,
    holds: AttributeType,
}

impl<'a> RecordRows<'a> {
    pub(crate) fn new(tables: &'a mut Tables, vocabulary: &'a Vocabulary, header: &Header) -> Self {
        let attributes = vocabulary.attributes().iter().filter_map(|attribute| {
            let name = attribute.word.id.as_str();
            let place = header.place(name)?;
            Some(AttributeColumn { name, place, holds: attribute.holds })
        });
        Self {
            tables,
            vocabulary,
            meant: Meant::new(vocabulary.kinds()),
            fixed: header.places(["id", "resident", "kind", "date"]),
            org: header.place("org"),
            worker: header.place("worker"),
            status: header.place("status"),
            attributes: attributes.collect(),
            texts: Vec::new(),
            decimals: Vec::new(),
            ids: Ids::default(),
        }
    }

    fn id(&mut self, column: &str, cell: &str, faults: &mut Faults) -> Sym {
        if cell.is_empty() {
            return Sym::EMPTY;
        }
        let id = faults.check(column, cell, text(cell));
        id.map_or(Sym::EMPTY, |id| self.tables.symbols.intern(id))
    }

    fn kind(&mut self, cell: &str) -> Result<KindId, Reason> {
        let unknown = || Reason::UnknownKind { meant: self.meant.find(cell) };
        self.vocabulary.kind(cell).ok_or_else(unknown)
    }

    /// Reads the attributes: booleans into `record`, the others to wait until the row is accepted.
    fn read_attributes(&mut self, row: &Row<'_>, record: &mut Record, faults: &mut Faults) {
        self.texts.clear();
        self.decimals.clear();
        for column in &self.attributes {
            let cell = row.cell(column.place);
            if cell.is_empty() {
                continue;
            }
            match column.holds {
                AttributeType::Bool(bit) => {
                    // Spreadsheets write booleans in capitals whenever they save a file.
                    let value = either(cell, ["true", "false"], Reason::Bool)
                        .or_else(|reason| either(cell, ["TRUE", "FALSE"], reason));
                    if let Some(value) = faults.check(column.name, cell, value) {
                        record.flags_recorded |= 1 << bit;
                        record.flags_true |= u32::from(value) << bit;
                    }
                }
                AttributeType::Text(slot) => {
                    if let Some(value) = faults.check(column.name, cell, text(cell)) {
                        self.texts.push((slot, self.tables.symbols.intern(value)));
                    }
                }
                AttributeType::Decimal(slot) => {
                    if let Some(value) = faults.check(column.name, cell, decimal(cell)) {
                        self.decimals.push((slot, value));
                    }
                }
            }
        }
    }
}

impl Sink for RecordRows<'_> {
    fn add(&mut self, row: &Row<'_>, number: u32, faults: &mut Faults) {
        let [id, resident, kind, date] = self.fixed.map(|place| row.cell(place));
        let optional_cell = |place: Option<usize>| place.map_or("", |place| row.cell(place));
        let status = optional_cell(self.status);
        let valid = || either(status, ["void", "valid"], Reason::Status);
        let void = if status.is_empty() { Ok(false) } else { valid() };

        let checked_id = faults.check("id", id, required(id, text));
        let checked_id = checked_id.map(|id| self.tables.symbols.intern(id));
        if let Some(id) = checked_id {
            self.ids.note(id, number);
        }
        let checked_resident = faults.check("resident", resident, required(resident, text));
        let kind = faults.check("kind", kind, required(kind, |cell| self.kind(cell)));
        let date = faults.check("date", date, required(date, day));
        let mut record = Record {
            id: checked_id.unwrap_or(Sym::EMPTY),
            resident: checked_resident.map_or(Sym::EMPTY, |id| self.tables.symbols.intern(id)),
            org: self.id("org", optional_cell(self.org), faults),
            worker: self.id("worker", optional_cell(self.worker), faults),
            date: date.unwrap_or(Day::FIRST),
            kind: kind.unwrap_or(KindId(0)),
            void: faults.check("status", status, void).unwrap_or(false),
            flags_recorded: 0,
            flags_true: 0,
        };
        self.read_attributes(row, &mut record, faults);
        if !faults.is_empty() {
            return;
        }
        let records = &mut self.tables.records;
        let place = records.rows.len();
        records.rows.push(record);
        for &(slot, value) in &self.texts {
            records.set_text(slot, place, value);
        }
        for &(slot, value) in &self.decimals {
            records.set_decimal(slot, place, value);
        }
    }

    fn finish(self) -> Finished {
        let records = &mut self.tables.records;
        let before = records.rows.len();
        if self.ids.any_is_repeated() {
            let numbered = (0_u32..).zip(&records.rows);
            let kept = numbered.filter(|(_, record)| !self.ids.is_repeated(record.id));
            let kept: Vec<u32> = kept.map(|(place, _)| place).collect();
            *records = records.reordered(&kept);
        }
        let [id, ..] = self.fixed;
        Finished {
            taken_out: number(before - records.rows.len()),
            repeats: self.ids.into_repeats(),
            key: vec![("id", id)],
        }
    }
}
