//! The five tables as CSV: UTF-8, a header row, LF line ends, quotes only where needed.
//!
//! Writes into whatever it is given; opens no file.

use std::{
    fmt::Display,
    io::{self, Write},
};

use kangji_core::{
    Day, DayRange,
    tables::{Dated, Sex},
};

use crate::rows::{ConfirmationRow, MetricRow, RecordRow, ResidentRow, SanctionRow, Sink};

const RESIDENTS: &[&str] = &["id", "birth_date", "sex", "community", "guardian", "groups", "note"];
const RECORDS: &[&str] = &[
    "id",
    "resident",
    "kind",
    "date",
    "org",
    "worker",
    "status",
    "complete",
    "abnormal",
    "controlled",
    "standard",
    "improved",
    "stage",
    "hours",
    "weight_kg",
    "waist_cm",
    "systolic",
    "diastolic",
    "glucose",
    "spo2",
];
const METRICS: &[&str] = &["community", "year", "name", "value"];
const CONFIRMATIONS: &[&str] = &["award", "subject", "decision", "by", "date"];
const SANCTIONS: &[&str] = &["holder", "from", "until"];

/// One thing for each of the five tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tables<T> {
    /// For `residents`.
    pub residents: T,
    /// For `records`.
    pub records: T,
    /// For `metrics`.
    pub metrics: T,
    /// For `confirmations`.
    pub confirmations: T,
    /// For `sanctions`.
    pub sanctions: T,
}

/// Writes rows as CSV, one writer for each table.
pub struct CsvSink<W: Write> {
    tables: Tables<Table<W>>,
}

impl<W: Write> CsvSink<W> {
    /// Writes the header rows.
    ///
    /// # Errors
    /// If a header cannot be written.
    pub fn new(writers: Tables<W>) -> io::Result<Self> {
        let tables = Tables {
            residents: Table::new(writers.residents, RESIDENTS)?,
            records: Table::new(writers.records, RECORDS)?,
            metrics: Table::new(writers.metrics, METRICS)?,
            confirmations: Table::new(writers.confirmations, CONFIRMATIONS)?,
            sanctions: Table::new(writers.sanctions, SANCTIONS)?,
        };
        Ok(Self { tables })
    }

    /// Writes what is still buffered and gives the writers back.
    ///
    /// # Errors
    /// If the rest cannot be written.
    pub fn finish(self) -> io::Result<Tables<W>> {
        Ok(Tables {
            residents: self.tables.residents.finish()?,
            records: self.tables.records.finish()?,
            metrics: self.tables.metrics.finish()?,
            confirmations: self.tables.confirmations.finish()?,
            sanctions: self.tables.sanctions.finish()?,
        })
    }
}

struct Table<W: Write> {
    writer: csv::Writer<W>,
    cell: Vec<u8>,
}

impl<W: Write> Table<W> {
    fn new(writer: W, header: &[&str]) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(header)?;
        Ok(Self { writer, cell: Vec::new() })
    }

    fn row(&mut self, cells: &[&dyn Display]) -> io::Result<()> {
        for cell in cells {
            self.cell.clear();
            write!(self.cell, "{cell}")?;
            self.writer.write_field(&self.cell)?;
        }
        self.writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// A cell that may be empty.
struct Cell<T>(Option<T>);

impl<T: Display> Display for Cell<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(f))
    }
}

/// A dated list: `;` between the values, each `value`, `value@from`, `value@..to` or
/// `value@from..to`.
struct List<'a, T>(&'a [Dated<T>]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, (value, DayRange { from, to })) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { ";" };
            write!(f, "{separator}{value}")?;
            match (*from != Day::FIRST, *to != Day::LAST) {
                (false, false) => {}
                (true, false) => write!(f, "@{from}")?,
                (false, true) => write!(f, "@..{to}")?,
                (true, true) => write!(f, "@{from}..{to}")?,
            }
        }
        Ok(())
    }
}

impl<W: Write> Sink for CsvSink<W> {
    fn resident(&mut self, row: &ResidentRow<'_>) -> io::Result<()> {
        let sex = match row.sex {
            Sex::Female => "F",
            Sex::Male => "M",
        };
        let (communities, guardians) = (List(row.communities), List(row.guardians));
        let groups = List(row.groups);
        self.tables.residents.row(&[
            &row.id,
            &row.birth_date,
            &sex,
            &communities,
            &guardians,
            &groups,
            &"generated",
        ])
    }

    fn record(&mut self, row: &RecordRow<'_>) -> io::Result<()> {
        let status = if row.void { "void" } else { "valid" };
        let held = row.attributes;
        self.tables.records.row(&[
            &row.id,
            &row.resident,
            &row.kind,
            &row.date,
            &row.org,
            &Cell(row.worker),
            &status,
            &Cell(held.complete),
            &Cell(held.abnormal),
            &Cell(held.controlled),
            &Cell(held.standard),
            &Cell(held.improved),
            &Cell(held.stage),
            &Cell(held.hours),
            &Cell(held.weight_kg),
            &Cell(held.waist_cm),
            &Cell(held.systolic),
            &Cell(held.diastolic),
            &Cell(held.glucose),
            &Cell(held.spo2),
        ])
    }

    fn metric(&mut self, row: &MetricRow) -> io::Result<()> {
        self.tables.metrics.row(&[&row.community, &row.year, &row.name, &row.value])
    }

    fn confirmation(&mut self, row: &ConfirmationRow) -> io::Result<()> {
        let decision = if row.accept { "accept" } else { "reject" };
        let cells: [&dyn Display; 5] = [&row.award, &row.subject, &decision, &row.by, &row.date];
        self.tables.confirmations.row(&cells)
    }

    fn sanction(&mut self, row: &SanctionRow) -> io::Result<()> {
        self.tables.sanctions.row(&[&row.holder, &row.from, &Cell(row.until)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_show_only_the_bounds_they_have() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let (from, to) = (day("2026-04-12"), day("2026-05-01"));
        let list = [
            ("a", DayRange::ALWAYS),
            ("b", DayRange { from, to: Day::LAST }),
            ("c", DayRange { from: Day::FIRST, to }),
            ("d", DayRange { from, to }),
        ];
        assert_eq!(
            List(&list).to_string(),
            "a;b@2026-04-12;c@..2026-05-01;d@2026-04-12..2026-05-01"
        );
    }
}
