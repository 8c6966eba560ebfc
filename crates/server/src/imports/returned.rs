//! Files that go back: the refused rows with the reason beside each, in the format in which they
//! came and with their columns as they were, so that they are mended in place and come again; and
//! the empty template of a table.

use std::collections::HashMap;

use kangji_exchange::{Form, Line, Sheet};

use crate::{
    exports::{Table, csv_bytes, workbook},
    problem::Problem,
};

/// The column with the reasons. A file that comes again with it is read all the same.
const REASON: &str = "退回原因";

/// The refused rows of a sheet, with why.
pub(super) fn file(sheet: &Sheet, why: &HashMap<u64, String>) -> Result<Vec<u8>, Problem> {
    let kept = |name: &&String| name.trim() != REASON;
    let places: Vec<usize> =
        (0..).zip(sheet.header()).filter(|(_, name)| kept(name)).map(|(place, _)| place).collect();
    let pick = |cells: &[String]| -> Vec<String> {
        places.iter().map(|place| cells.get(*place).cloned().unwrap_or_default()).collect()
    };
    let mut head = pick(sheet.header());
    head.push(REASON.to_owned());
    let row = |line: Line<'_>| {
        let mut row = pick(&line.cells);
        row.push(why.get(&line.number)?.clone());
        Some(row)
    };
    let table = Table {
        name: REASON.to_owned(),
        note: None,
        head,
        rows: sheet.lines().filter_map(row).collect(),
    };
    if sheet.is_workbook() { workbook(&table) } else { csv_bytes(&table) }
}

/// An empty table with its header, and a row that shows how it is filled in.
pub(super) fn template(form: Form, is_workbook: bool) -> Result<Vec<u8>, Problem> {
    let text = |text: &&'static str| (*text).to_owned();
    let columns = form.columns();
    let head = columns.iter().filter_map(|one| one.names.first()).map(text).collect();
    let example = columns.iter().map(|one| text(&one.example)).collect();
    let table = Table { name: form.chinese().to_owned(), note: None, head, rows: vec![example] };
    if is_workbook { workbook(&table) } else { csv_bytes(&table) }
}
