//! Files of other systems: reads the input tables of scoring from CSV as people have it, and
//! refuses what is malformed with a reason that says how to mend it.
//!
//! Bytes come in; tables and a report of every row go out. Nothing here opens a file, asks the
//! clock, or knows a scheme, and no input makes it panic. What is accepted does not depend on the
//! order of rows.

pub mod cells;
mod dated;
mod facts;
mod forms;
mod header;
mod nearest;
mod reading;
mod reason;
mod records;
mod refused_csv;
mod repeats;
mod report;
mod residents;
mod rows;
mod sheet;
mod source;
mod table;
mod unreadable;
mod value;
mod workbook;

#[cfg(test)]
mod tests;

use kangji_core::{tables::Tables, vocabulary::Vocabulary};

pub use forms::{Column, Form};
pub use reason::Reason;
pub use refused_csv::refused_csv;
pub use report::{Fault, REFUSED_ROWS_LISTED_MAX, RefusedRow, TableReport};
pub use rows::LineEnds;
pub use sheet::{Line, Sheet, SheetLines};
pub use source::Encoding;
pub use table::Table;
pub use unreadable::{FileFault, MissingColumn, Place, Unreadable};

use facts::{ConfirmationRows, MetricRows, SanctionRows};
use header::Header;
use reading::Account;
use records::RecordRows;
use residents::ResidentRows;
use source::{Source, number};

/// All files together may hold this many bytes: 8 GiB, about a hundred million records. Below it
/// there are fewer rows and distinct texts than 32-bit numbers can count.
pub const BYTES_MAX: u64 = 8 << 30;

/// The content of a file.
#[derive(Clone, Debug)]
pub struct Input {
    /// The name that messages show, such as its path.
    pub name: String,
    /// The bytes, in any of the encodings of [`Encoding`].
    pub bytes: Vec<u8>,
}

/// The files of the five tables. A table without a file is empty.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Who takes part.
    pub residents: Input,
    /// What was done for them.
    pub records: Input,
    /// Published figures.
    pub metrics: Option<Input>,
    /// Decisions.
    pub confirmations: Option<Input>,
    /// Sanctions.
    pub sanctions: Option<Input>,
}

/// How far reading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The table that is being read.
    pub table: Table,
    /// How many of its rows were read, refused ones included.
    pub rows: u64,
    /// How many bytes of its text, once decoded to UTF-8, were read.
    pub bytes: u64,
    /// How many bytes of text there are.
    pub bytes_in_all: u64,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The rows that were accepted.
    pub tables: Tables,
    /// A report for each file, in the order of [`Table::ALL`].
    pub reports: Vec<TableReport>,
}

/// Reads the tables. `progress` is called every 65,536 rows and at the end of each file.
///
/// Malformed rows are no error: they are left out of the tables and listed in the reports.
///
/// # Errors
/// Everything that keeps a file from being read, of all files at once.
pub fn read(
    inputs: Inputs,
    vocabulary: &Vocabulary,
    progress: &mut dyn FnMut(Progress),
) -> Result<Loaded, Vec<Unreadable>> {
    let files = opened(inputs, vocabulary)?;
    let mut tables = Tables::default();
    let mut reports = Vec::with_capacity(files.len());
    for file in files {
        let account = file.read(&mut tables, vocabulary, progress);
        reports.push(file.report(account, vocabulary));
    }
    Ok(Loaded { tables, reports })
}

/// A file that can be read: decoded, with a header that has what its table needs.
struct File {
    name: String,
    table: Table,
    source: Source,
    header: Header,
}

fn opened(inputs: Inputs, vocabulary: &Vocabulary) -> Result<Vec<File>, Vec<Unreadable>> {
    let Inputs { residents, records, metrics, confirmations, sanctions } = inputs;
    let inputs = [Some(residents), Some(records), metrics, confirmations, sanctions];
    let present: Vec<(Table, Input)> = Table::ALL
        .into_iter()
        .zip(inputs)
        .filter_map(|(table, input)| input.map(|input| (table, input)))
        .collect();
    let bytes: u64 = present.iter().map(|(_, input)| number(input.bytes.len())).sum();
    if bytes > BYTES_MAX {
        let unreadable = |(table, input): (Table, Input)| {
            let fault = FileFault::TooLarge { limit: BYTES_MAX };
            Unreadable { file: input.name, table, fault }
        };
        return Err(present.into_iter().map(unreadable).collect());
    }
    let (mut files, mut unreadable) = (Vec::new(), Vec::new());
    for (table, Input { name, bytes }) in present {
        let opened = source::decode(bytes).map_err(|fault| vec![fault]).and_then(|source| {
            let header = Header::read(source.text(), table, vocabulary)?;
            Ok((source, header))
        });
        match opened {
            Ok((source, header)) => files.push(File { name, table, source, header }),
            Err(faults) => {
                let file = |fault| Unreadable { file: name.clone(), table, fault };
                unreadable.extend(faults.into_iter().map(file));
            }
        }
    }
    if unreadable.is_empty() { Ok(files) } else { Err(unreadable) }
}

impl File {
    fn read(
        &self,
        tables: &mut Tables,
        vocabulary: &Vocabulary,
        progress: &mut dyn FnMut(Progress),
    ) -> Account {
        let Self { table, source, header, .. } = self;
        let (text, columns) = (source.text(), header.names.len());
        match table {
            Table::Residents => {
                let sink = ResidentRows::new(tables, vocabulary, header);
                reading::read(text, *table, columns, sink, progress)
            }
            Table::Records => {
                let sink = RecordRows::new(tables, vocabulary, header);
                reading::read(text, *table, columns, sink, progress)
            }
            Table::Metrics => {
                let sink = MetricRows::new(tables, header);
                reading::read(text, *table, columns, sink, progress)
            }
            Table::Confirmations => {
                let sink = ConfirmationRows::new(tables, header);
                reading::read(text, *table, columns, sink, progress)
            }
            Table::Sanctions => {
                let sink = SanctionRows::new(tables, header);
                reading::read(text, *table, columns, sink, progress)
            }
        }
    }

    fn report(self, account: Account, vocabulary: &Vocabulary) -> TableReport {
        let Account { rows, accepted, refused, line_ends } = account;
        let known = self.table.columns(vocabulary);
        let columns = self.header.names;
        let read = columns.iter().filter(|column| known.contains(&column.as_str())).cloned();
        TableReport {
            file: self.name,
            table: self.table,
            encoding: self.source.encoding,
            line_ends,
            columns_read: read.collect(),
            columns,
            rows,
            accepted,
            refused: rows - accepted,
            refused_rows: refused,
        }
    }
}
