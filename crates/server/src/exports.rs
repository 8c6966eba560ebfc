//! Tables that leave as files: exactly what a page shows, as CSV or as a workbook. A cell that a
//! spreadsheet would take for a formula is written so that it stays a text.

use std::future::Future;

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::{
    imports::attachment,
    pages::Visit,
    problem::{Code, Problem},
    staff_seal,
};

/// A workbook is made as a whole before it is sent; of more rows only CSV is made, which is sent as
/// it is read.
const WORKBOOK_ROWS_MAX: usize = 50_000;

/// The format that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Csv,
    Workbook,
}

impl FileKind {
    /// The one of a word, as forms and addresses have it.
    pub(crate) fn of_word(word: &str) -> Result<Self, Problem> {
        match word {
            "csv" => Ok(Self::Csv),
            "xlsx" => Ok(Self::Workbook),
            _ => Err(Problem::invalid("format", "只有 xlsx 和 csv")),
        }
    }
}

/// A part of a table, and where the next one begins.
pub(crate) type Part<C> = (Vec<Vec<String>>, Option<C>);

/// A table as a file: its parts are read one after another, as the page would show them. What
/// refuses the first part refuses the whole; later the file breaks off.
pub(crate) async fn file<C, F, Fut>(
    kind: FileKind,
    name: &str,
    head: &[&str],
    note: Option<String>,
    mut part: F,
) -> Result<Response, Problem>
where
    C: Send + 'static,
    F: FnMut(Option<C>) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Part<C>, Problem>> + Send,
{
    let head: Vec<String> = head.iter().map(|head| (*head).to_owned()).collect();
    let (mut rows, mut next) = part(None).await?;
    if kind == FileKind::Workbook {
        while let Some(at) = next {
            let (more, then) = part(Some(at)).await?;
            rows.extend(more);
            next = then;
            if rows.len() > WORKBOOK_ROWS_MAX {
                let detail = format!("超过 {WORKBOOK_ROWS_MAX} 行，请导出为 CSV，或先筛选");
                return Err(Problem::from(Code::TooLarge).saying(detail));
            }
        }
        let table = Table { name: name.to_owned(), note, head, rows };
        let bytes = tokio::task::spawn_blocking(move || workbook(&table));
        let bytes = bytes.await.map_err(|_| Problem::from(Code::Internal))??;
        return Ok((attachment(name, true), bytes).into_response());
    }
    let mut first = BOM.to_owned();
    first.push_str(&csv_row(&head));
    first.extend(rows.iter().map(|row| csv_row(row)));
    let last = note.map(|note| csv_row(&[note])).unwrap_or_default();
    let state = (Some(first), next, Some(last), part);
    let parts = stream::unfold(state, |(first, next, last, mut part)| async move {
        if let Some(first) = first {
            return Some((Ok(Bytes::from(first)), (None, next, last, part)));
        }
        let Some(at) = next else {
            return last.map(|last| (Ok(Bytes::from(last)), (None, None, None, part)));
        };
        match part(Some(at)).await {
            Ok((rows, next)) => {
                let text: String = rows.iter().map(|row| csv_row(row)).collect();
                Some((Ok(Bytes::from(text)), (None, next, last, part)))
            }
            Err(problem) => {
                tracing::warn!(code = problem.code.word(), "an export broke off");
                let broken = std::io::Error::other("an export broke off");
                Some((Err(broken), (None, None, None, part)))
            }
        }
    });
    Ok((attachment(name, false), Body::from_stream(parts)).into_response())
}

/// The watermark of a file that tells who somebody is: who took it, when and why.
pub(crate) async fn watermark(visit: &Visit, reason: &str) -> Result<String, Problem> {
    let officer = visit.who().officer()?;
    let name = visit.app().looking(move |app| {
        let name = staff_seal::names(app, &[officer])?.pop().flatten();
        let login = app.store().user(officer)?.map(|user| user.name);
        Ok(name.or(login).unwrap_or_default())
    });
    let (name, at) = (name.await?, crate::orders::pages::minute(visit.app().now().millis()));
    Ok(format!("含个人信息，按规定保管和销毁。导出人：{name}；时间：{at}；理由：{reason}"))
}

/// The ways to take what a page shows as a file.
pub(crate) fn ways(address: &str) -> maud::Markup {
    let mark = if address.contains('?') { '&' } else { '?' };
    maud::html! {
        p.buttons {
            a.button.quiet href=(format!("{address}{mark}format=xlsx")) { "导出 XLSX" }
            a.button.quiet href=(format!("{address}{mark}format=csv")) { "导出 CSV" }
        }
    }
}

/// A table that leaves.
pub(crate) struct Table {
    /// What it is called.
    pub(crate) name: String,
    /// Who took it, when and why: the watermark, where it holds what tells who somebody is.
    pub(crate) note: Option<String>,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// The mark by which programs know UTF-8.
pub(crate) const BOM: &str = "\u{FEFF}";

/// A cell that no spreadsheet takes for a formula.
pub(crate) fn safe(cell: &str) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// A row as CSV.
pub(crate) fn csv_row(cells: &[String]) -> String {
    let quoted = |cell: &String| {
        let cell = safe(cell);
        match cell.contains([',', '"', '\r', '\n']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell,
        }
    };
    let mut row = cells.iter().map(quoted).collect::<Vec<_>>().join(",");
    row.push_str("\r\n");
    row
}

/// A table as CSV in UTF-8, with the mark.
pub(crate) fn csv_bytes(table: &Table) -> Result<Vec<u8>, Problem> {
    let mut text = BOM.to_owned();
    text.push_str(&csv_row(&table.head));
    table.rows.iter().for_each(|row| text.push_str(&csv_row(row)));
    text.extend(table.note.iter().map(|note| csv_row(std::slice::from_ref(note))));
    Ok(text.into_bytes())
}

/// A table as a workbook. Every cell is a text, so that numbers keep all their digits and nothing
/// is a formula.
pub(crate) fn workbook(table: &Table) -> Result<Vec<u8>, Problem> {
    filled(table).map_err(|error| {
        tracing::error!(%error, "a workbook was not written");
        Problem::from(Code::Internal)
    })
}

fn filled(table: &Table) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(&table.name)?;
    let (bold, text) = (Format::new().set_bold(), Format::new().set_num_format("@"));
    for (column, head) in (0..).zip(&table.head) {
        sheet.set_column_width(column, 18)?.set_column_format(column, &text)?;
        sheet.write_string_with_format(0, column, head, &bold)?;
    }
    let mut next = 1;
    for (row, cells) in (1..).zip(&table.rows) {
        for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string_with_format(row, column, cell, &text)?;
        }
        next = row + 1;
    }
    if let Some(note) = &table.note {
        sheet.write_string(next, 0, note)?;
        sheet.set_header(format!("&C{}", note.replace('&', "&&")));
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(safe(cell).starts_with('\''), "{cell:?}");
        }
        assert_eq!(safe("王芳"), "王芳");
        let row = csv_row(&["=1,2".to_owned(), "a\"b".to_owned()]);
        assert_eq!(row, "\"'=1,2\",\"a\"\"b\"\r\n");
    }
}
