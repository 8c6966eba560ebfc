//! What became of a file: how it was written, how many rows were taken, and every refused row
//! with its reasons. Knows no table's meaning.

use crate::{
    reason::Reason,
    rows::{LineEnds, Lines, Row},
    source::Encoding,
    table::Table,
    value::is_invisible,
};

/// How many refused rows of a file are listed. A file with more has one fault throughout, which
/// nobody mends row by row, and memory stays bounded.
pub const REFUSED_ROWS_LISTED_MAX: usize = 1_000_000;

const VALUE_CHARACTERS_MAX: usize = 60;

/// What became of one file.
#[derive(Clone, Debug)]
pub struct TableReport {
    /// The name of the file, as it was given.
    pub file: String,
    /// The table it holds.
    pub table: Table,
    /// How its characters were written.
    pub encoding: Encoding,
    /// How its lines end.
    pub line_ends: LineEnds,
    /// The columns of the file, in its order.
    pub columns: Vec<String>,
    /// The columns among them that are read; the others were ignored.
    pub columns_read: Vec<String>,
    /// How many rows follow the header. Lines without any value are no rows.
    pub rows: u64,
    /// How many of them are in the tables.
    pub accepted: u64,
    /// How many of them are not: `rows` less `accepted`.
    pub refused: u64,
    /// The refused rows in the order of the file; of more than [`REFUSED_ROWS_LISTED_MAX`], the
    /// first.
    pub refused_rows: Vec<RefusedRow>,
}

/// A row that is not in the tables.
#[derive(Clone, Debug)]
pub struct RefusedRow {
    /// The line on which it starts; the header is line 1.
    pub line: u64,
    /// Everything that is wrong with it; never empty.
    pub faults: Vec<Fault>,
    /// Its cells as written; none if the row is too long.
    pub cells: csv::StringRecord,
}

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The column; `None` where it is the whole row.
    pub column: Option<String>,
    /// What stands there: at most 60 characters, invisible ones as `�`.
    pub value: String,
    /// Why it is refused.
    pub reason: Reason,
}

impl Fault {
    /// For people: the column, the value, what is wrong and what to do.
    #[must_use]
    pub fn chinese(&self) -> String {
        let sentence = self.reason.chinese();
        match &self.column {
            None => sentence,
            Some(column) if self.value.is_empty() => format!("「{column}」：{sentence}"),
            Some(column) => format!("「{column}」填的是「{}」：{sentence}", self.value),
        }
    }

    /// For logs: the column, the value, what is wrong and what to do.
    #[must_use]
    pub fn english(&self) -> String {
        let sentence = self.reason.english();
        match &self.column {
            None => sentence,
            Some(column) => format!("`{column}`: `{}`: {sentence}", self.value),
        }
    }
}

impl RefusedRow {
    /// For people: all that is wrong with the row and what to do.
    #[must_use]
    pub fn chinese(&self) -> String {
        self.faults.iter().map(Fault::chinese).collect()
    }

    /// For logs: all that is wrong with the row and what to do.
    #[must_use]
    pub fn english(&self) -> String {
        let faults: Vec<String> = self.faults.iter().map(Fault::english).collect();
        faults.join(" | ")
    }
}

/// Gathers the faults of one row at a time.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// The value, or else the fault noted.
    pub(crate) fn check<T>(
        &mut self,
        column: &str,
        cell: &str,
        value: Result<T, Reason>,
    ) -> Option<T> {
        value.map_err(|reason| self.add(Some(column), cell, reason)).ok()
    }

    /// Notes a fault of a value, or of the whole row.
    pub(crate) fn add(&mut self, column: Option<&str>, value: &str, reason: Reason) {
        let column = column.map(str::to_owned);
        self.0.push(Fault { column, value: shortened(value), reason });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults of the row; the next row starts with none.
    pub(crate) fn take(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.0)
    }
}

/// A value as it can be shown anywhere: short, with what is invisible or steers a terminal made
/// visible.
fn shortened(value: &str) -> String {
    let shown = |c: char| if is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c };
    let mut short: String = value.chars().map(shown).take(VALUE_CHARACTERS_MAX).collect();
    if short.len() < value.len() && value.chars().nth(VALUE_CHARACTERS_MAX).is_some() {
        short.pop();
        short.push('…');
    }
    short
}

/// The refused rows of a file while it is read.
pub(crate) struct Refusals<'a> {
    lines: Lines<'a>,
    rows: Vec<RefusedRow>,
}

impl<'a> Refusals<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { lines: Lines::new(text), rows: Vec::new() }
    }

    /// The line of `offset`, which lies in `row`; rows come in the order of the file.
    pub(crate) fn line_in(&mut self, row: &Row<'_>, offset: usize) -> u64 {
        self.lines.line_of(row.start);
        self.lines.line_ahead(offset)
    }

    /// Lists a row with what is wrong with it, and empties `faults`.
    pub(crate) fn add(&mut self, row: &Row<'_>, faults: &mut Faults) {
        if self.rows.len() < REFUSED_ROWS_LISTED_MAX {
            let line = self.lines.line_of(row.start);
            self.rows.push(RefusedRow {
                line,
                faults: faults.take(),
                cells: row.cells().collect(),
            });
        } else {
            faults.take();
        }
    }

    pub(crate) fn into_rows(self) -> Vec<RefusedRow> {
        self.rows
    }
}
