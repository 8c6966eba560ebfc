//! Reads the rows of one file: tells rows that are broken as such, hands the others to their
//! table, and keeps the account. Knows no column.

use crate::{
    Progress,
    reason::Reason,
    repeats::Repeats,
    report::{Faults, Refusals, RefusedRow},
    rows::{LineEnds, Row, Rows},
    source::number,
    table::Table,
};

/// After how many rows progress is told.
const ROWS_PER_PROGRESS: u64 = 1 << 16;

/// A table that takes rows.
pub(crate) trait Sink {
    /// Adds the row to the tables, or notes in `faults` what is wrong with it. `number` counts
    /// rows from 1.
    fn add(&mut self, row: &Row<'_>, number: u32, faults: &mut Faults);

    /// Takes the rows that repeat a key out of the tables again.
    fn finish(self) -> Finished;
}

/// What is known of a table when all its rows were seen.
#[derive(Default)]
pub(crate) struct Finished {
    /// How many rows were added and taken out again.
    pub(crate) taken_out: u64,
    /// The rows that repeat a key.
    pub(crate) repeats: Repeats,
    /// The columns of the key, with their places.
    pub(crate) key: Vec<(&'static str, usize)>,
}

/// What became of the rows of a file.
pub(crate) struct Account {
    pub(crate) rows: u64,
    pub(crate) accepted: u64,
    pub(crate) refused: Vec<RefusedRow>,
    pub(crate) line_ends: LineEnds,
}

/// Reads all rows below the header, which has `columns` columns.
pub(crate) fn read(
    text: &str,
    table: Table,
    columns: usize,
    mut sink: impl Sink,
    progress: &mut dyn FnMut(Progress),
) -> Account {
    let mut rows = Rows::below_header(text);
    let mut refusals = Refusals::new(text);
    let mut faults = Faults::default();
    let (mut seen, mut accepted) = (0_u64, 0_u64);
    let told = |rows: u64, bytes: usize| Progress {
        table,
        rows,
        bytes: number(bytes),
        bytes_in_all: number(text.len()),
    };
    while let Some(row) = rows.next() {
        if row.is_blank() {
            continue;
        }
        seen += 1;
        match broken(&row, columns, &mut refusals) {
            Some(reason) => faults.add(None, "", reason),
            None => sink.add(&row, u32::try_from(seen).unwrap_or(u32::MAX), &mut faults),
        }
        if faults.is_empty() {
            accepted += 1;
        } else {
            refusals.add(&row, &mut faults);
        }
        if seen.is_multiple_of(ROWS_PER_PROGRESS) {
            progress(told(seen, rows.bytes_done()));
        }
    }
    progress(told(seen, text.len()));
    let line_ends = rows.line_ends();
    let Finished { taken_out, repeats, key } = sink.finish();
    let mut refused = refusals.into_rows();
    repeats.list(text, &key, &mut refused);
    Account { rows: seen, accepted: accepted - taken_out, refused, line_ends }
}

/// Why the row as such cannot be read, whatever its values.
fn broken(row: &Row<'_>, columns: usize, refusals: &mut Refusals<'_>) -> Option<Reason> {
    if row.len() == columns && !row.is_last_unended && !row.is_too_long() {
        return None;
    }
    let quote = row.suspicious_quote();
    let never_closes = quote.as_ref().is_some_and(|quote| quote.never_closes);
    let quote_line = quote.map(|quote| refusals.line_in(row, quote.offset));
    match quote_line {
        Some(line) if never_closes => Some(Reason::UnclosedQuote { line }),
        _ if row.is_too_long() => Some(Reason::RowTooLong { quote_line }),
        None if row.is_last_unended && row.len() < columns => Some(Reason::Cut),
        _ if row.len() == columns => None,
        _ => Some(Reason::CellCount { expected: columns, found: row.len(), quote_line }),
    }
}
