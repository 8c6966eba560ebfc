//! A statement as a workbook for the books of both sides: its lines, what each day comes to, and
//! the objections. Numbers of receipts and deductions are text, so that no program shortens them.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::IntoResponse,
};
use kangji_core::{Decimals, Fen, Points};
use kangji_rights::{Action, Permit};
use kangji_store::Subject;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use utoipa::ToSchema;

use super::{
    id_of,
    shown::{LineShown, ObjectionShown, StatementText, SumShown, Telling},
    within,
};
use crate::{
    app::App,
    input::At,
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
};

/// The kind of file.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// A4, in the words of the format.
const A4: u8 = 9;

/// An XLSX file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct StatementFile(Vec<u8>);

/// Download a statement as an XLSX file.
#[utoipa::path(
    get, path = "/statements/{id}/xlsx", tag = "statements",
    params(("id" = String, Path, format = "uuid", description = "The statement.")),
    responses(
        (status = 200, body = StatementFile, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ReadProblems,
    ),
)]
pub(crate) async fn xlsx(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<impl IntoResponse, Problem> {
    let id = id_of(&id);
    let subject = id.as_ref().map_or(Subject::None, |id| Subject::Statement(*id));
    let read = move |app: &App, permit: &Permit| {
        let found = within(app.store(), permit, id?)?;
        let text = Telling::new(app).text(&found)?;
        let name = format!("statement-{}-{}.xlsx", text.entry.period, text.entry.shop);
        let file = workbook(&text).map_err(|error| {
            tracing::error!(%error, "a workbook was not written");
            Problem::from(Code::Internal)
        })?;
        Ok((name, file))
    };
    let (name, file) = app.reading(&who, Action::DeductionsRead, subject, read).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(XLSX));
    // The code of a shop is letters, digits, dots and lines.
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    headers.extend(disposition.ok().map(|value| (header::CONTENT_DISPOSITION, value)));
    Ok((headers, file))
}

fn workbook(text: &StatementText) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let mut sheet = Sheet::new(&mut book, "明细", text)?;
    sheet.heads(&[
        "行号",
        "日期",
        "小票号",
        "应付（元）",
        "抵扣（元）",
        "积分",
        "说明",
        "抵扣编号",
    ])?;
    for line in &text.lines {
        sheet.line(line)?;
    }
    sheet.totals(&text.entry.totals, 2)?;
    let mut sheet = Sheet::new(&mut book, "每日合计", text)?;
    sheet.heads(&["日期", "笔数", "应付（元）", "抵扣（元）", "积分"])?;
    for day in &text.days {
        sheet.day(&day.day, &day.totals)?;
    }
    if text.corrections.lines > 0 {
        sheet.day("以前月份的更正", &text.corrections)?;
    }
    sheet.day("合计", &text.entry.totals)?;
    let mut sheet = Sheet::new(&mut book, "异议", text)?;
    sheet.heads(&["序号", "行号", "商户说明", "答复", "更正（元）", "更正积分", "答复说明"])?;
    for objection in &text.objections {
        sheet.objection(objection)?;
    }
    book.save_to_buffer()
}

/// A sheet that is filled line by line.
struct Sheet<'b> {
    sheet: &'b mut Worksheet,
    row: u32,
    decimals: Decimals,
    bold: Format,
    money: Format,
}

impl<'b> Sheet<'b> {
    /// A sheet headed by what the statement is of.
    fn new(book: &'b mut Workbook, name: &str, text: &StatementText) -> Result<Self, XlsxError> {
        let entry = &text.entry;
        let sheet = book.add_worksheet();
        sheet.set_name(name)?.set_paper_size(A4).set_landscape().set_repeat_rows(2, 2)?;
        for (column, width) in (0..).zip([10, 12, 22, 12, 12, 12, 36, 38]) {
            sheet.set_column_width(column, width)?;
        }
        let (bold, money) = (Format::new().set_bold(), Format::new().set_num_format("0.00"));
        let title = format!("{} {} 积分抵扣结算单", entry.shop_name, entry.period);
        sheet.write_string_with_format(0, 0, title, &bold)?;
        let about = format!("{}；{}；编号 {}", entry.title, entry.state.chinese(), entry.id);
        sheet.write_string(1, 0, about)?;
        let decimals = Decimals::new(entry.decimals).unwrap_or_default();
        Ok(Self { sheet, row: 2, decimals, bold, money })
    }

    fn heads(&mut self, heads: &[&str]) -> Result<(), XlsxError> {
        for (column, head) in (0..).zip(heads) {
            self.sheet.write_string_with_format(self.row, column, *head, &self.bold)?;
        }
        self.row += 1;
        Ok(())
    }

    fn line(&mut self, line: &LineShown) -> Result<(), XlsxError> {
        self.sheet.write_number(self.row, 0, line.number)?;
        self.sheet.write_string(self.row, 1, &line.day)?;
        self.sheet.write_string(self.row, 2, &line.receipt)?;
        self.amounts(3, line.bill_fen, line.off_fen, line.points)?;
        self.sheet.write_string(self.row, 6, about(line))?;
        self.sheet.write_string(self.row, 7, line.deduction.as_deref().unwrap_or_default())?;
        self.row += 1;
        Ok(())
    }

    fn totals(&mut self, sum: &SumShown, label: u16) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, label, "合计", &self.bold)?;
        self.amounts(label + 1, sum.bill_fen, sum.off_fen, sum.points)?;
        self.row += 1;
        Ok(())
    }

    fn day(&mut self, day: &str, sum: &SumShown) -> Result<(), XlsxError> {
        self.sheet.write_string(self.row, 0, day)?;
        self.sheet.write_number(self.row, 1, sum.lines)?;
        self.amounts(2, sum.bill_fen, sum.off_fen, sum.points)?;
        self.row += 1;
        Ok(())
    }

    fn objection(&mut self, one: &ObjectionShown) -> Result<(), XlsxError> {
        self.sheet.write_number(self.row, 0, one.number)?;
        let line = one.line.map_or_else(|| "漏记".to_owned(), |line| line.to_string());
        self.sheet.write_string(self.row, 1, line)?;
        self.sheet.write_string(self.row, 2, &one.text)?;
        if let Some(verdict) = &one.verdict {
            let ruling = if verdict.upheld { "成立" } else { "不成立" };
            self.sheet.write_string(self.row, 3, ruling)?;
            self.money(4, verdict.off_fen)?;
            self.points(5, verdict.points)?;
            self.sheet.write_string(self.row, 6, &verdict.text)?;
        }
        self.row += 1;
        Ok(())
    }

    fn amounts(&mut self, column: u16, bill: i64, off: i64, points: i64) -> Result<(), XlsxError> {
        self.money(column, bill)?;
        self.money(column + 1, off)?;
        self.points(column + 2, points)
    }

    fn money(&mut self, column: u16, fen: i64) -> Result<(), XlsxError> {
        self.number(column, &Fen(fen).to_string())
    }

    fn points(&mut self, column: u16, points: i64) -> Result<(), XlsxError> {
        let text = self.decimals.text(Points(points));
        match self.decimals.places() {
            0 => self.sheet.write_number(self.row, column, number(&text)).map(drop),
            _ => self.number(column, &text),
        }
    }

    fn number(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        let row = self.row;
        self.sheet.write_number_with_format(row, column, number(text), &self.money).map(drop)
    }
}

/// A decimal text as the nearest number of a workbook, which has no others.
fn number(text: &str) -> f64 {
    text.parse().unwrap_or_default()
}

/// What a correction corrects, for people.
pub(super) fn about(line: &LineShown) -> String {
    let Some(one) = &line.corrects else { return String::new() };
    match one.line {
        Some(line) => format!("更正 {} 结算单第 {line} 行", one.period),
        None => format!("更正 {} 结算单漏记的一笔", one.period),
    }
}
