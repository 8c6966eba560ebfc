//! A report as files for further work: the same tables as a workbook and as lines of text. They hold
//! sums only; nobody stands in them.

use kangji_core::{Decimals, Points};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::report::{FEW, SimulationLine, SimulationPart, SimulationReport};
use crate::problem::{Code, Problem};

pub(super) const XLSX_NAME: &str = "simulation.xlsx";
pub(super) const CSV_NAME: &str = "simulation.csv";
/// The kind of a workbook.
pub(super) const XLSX_KIND: &str =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// A4, in the words of the format.
const A4: u8 = 9;
/// The programs that open it take text for UTF-8 only after this.
const BYTE_ORDER_MARK: &str = "\u{feff}";

const HEADS: [&str; 11] = [
    "名称",
    "现行积分",
    "草案积分",
    "变化",
    "现行得分次数",
    "草案得分次数",
    "现行得分人数",
    "草案得分人数",
    "多得人数",
    "少得人数",
    "不变人数",
];

/// The tables of a report by name.
fn tables(report: &SimulationReport) -> [(&'static str, Vec<SimulationPart>); 5] {
    let total = SimulationPart { id: None, name: "合计".to_owned(), line: Some(report.total) };
    [
        ("合计", vec![total]),
        ("项目", report.awards.clone()),
        ("社区", report.communities.clone()),
        ("年龄", report.ages.clone()),
        ("重点人群", report.groups.clone()),
    ]
}

/// The numbers of a line, in the order of [`HEADS`]: decimal texts.
fn numbers(line: &SimulationLine, decimals: Decimals) -> [String; 10] {
    let points = |units| decimals.text(Points(units));
    let SimulationLine { before, after, gained, lost, unchanged } = line;
    [
        points(before.points),
        points(after.points),
        points(line.change()),
        before.credited.to_string(),
        after.credited.to_string(),
        before.holders.to_string(),
        after.holders.to_string(),
        gained.to_string(),
        lost.to_string(),
        unchanged.to_string(),
    ]
}

fn title(report: &SimulationReport) -> String {
    format!("模拟《{}》{} 至 {}", report.title, report.from, report.to)
}

fn withheld() -> String {
    format!("不足 {FEW} 人，不列出")
}

/// The tables as lines of text.
pub(super) fn csv(report: &SimulationReport) -> Vec<u8> {
    let decimals = Decimals::new(report.decimals).unwrap_or_default();
    let mut text = Vec::from(BYTE_ORDER_MARK);
    let mut write = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        text.extend_from_slice(cells.join(",").as_bytes());
        text.extend_from_slice(b"\r\n");
    };
    let heads = std::iter::once("分类").chain(HEADS).map(ToOwned::to_owned);
    write(&heads.collect::<Vec<_>>());
    for (table, parts) in tables(report) {
        for part in parts {
            let mut cells = vec![table.to_owned(), named(&part.name)];
            match &part.line {
                Some(line) => cells.extend(numbers(line, decimals)),
                None => cells.push(withheld()),
            }
            cells.resize(HEADS.len() + 1, String::new());
            write(&cells);
        }
    }
    text
}

/// A name that no program takes for a formula.
fn named(name: &str) -> String {
    if name.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{name}");
    }
    name.to_owned()
}

/// A cell as RFC 4180 has it.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_owned()
}

/// The tables as a workbook, a sheet each.
pub(super) fn xlsx(report: &SimulationReport) -> Result<Vec<u8>, Problem> {
    workbook(report).map_err(|error| {
        tracing::error!(%error, "a workbook was not written");
        Problem::from(Code::Internal)
    })
}

fn workbook(report: &SimulationReport) -> Result<Vec<u8>, XlsxError> {
    let decimals = Decimals::new(report.decimals).unwrap_or_default();
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    for (name, parts) in tables(report) {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?.set_paper_size(A4).set_landscape().set_repeat_rows(2, 2)?;
        sheet.set_column_width(0, 30)?.set_column_range_width(1, 10, 13)?;
        sheet.write_string_with_format(0, 0, title(report), &bold)?;
        sheet.write_string(1, 0, report.lead())?;
        for (column, head) in (0..).zip(HEADS) {
            sheet.write_string_with_format(2, column, head, &bold)?;
        }
        for (row, part) in (3..).zip(&parts) {
            line(sheet, row, part, decimals)?;
        }
    }
    book.save_to_buffer()
}

fn line(
    sheet: &mut Worksheet,
    row: u32,
    part: &SimulationPart,
    decimals: Decimals,
) -> Result<(), XlsxError> {
    sheet.write_string(row, 0, &part.name)?;
    let Some(line) = &part.line else {
        return sheet.write_string(row, 1, withheld()).map(drop);
    };
    for (column, number) in (1..).zip(numbers(line, decimals)) {
        // A workbook has no other numbers than the nearest ones.
        sheet.write_number(row, column, number.parse::<f64>().unwrap_or_default())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_formulas_and_stay_in_their_cell() {
        assert_eq!(quoted(&named("=1+1")), "'=1+1");
        assert_eq!(quoted(&named("讲座, \"一\"")), "\"讲座, \"\"一\"\"\"");
        assert_eq!(quoted(&named("讲座")), "讲座");
    }
}
