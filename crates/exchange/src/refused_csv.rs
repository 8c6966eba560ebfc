//! The refused rows as one CSV file that people mend and give back.

use crate::report::TableReport;

/// The refused rows of all tables as one CSV in UTF-8 with LF line ends; only its header if no
/// row was refused.
///
/// Columns: `table`, `row` (its line), `reason` (Chinese sentences), then the columns of every
/// table that has refused rows. Unknown columns are ignored on reading, so the rows of one table,
/// once mended, can be read as they are. Where a table itself reads a column called `table`, `row`
/// or `reason`, the leading columns are called `refused_table` and so on.
///
/// Cells that a row lacked are empty here; cells that it had too many stand at its end, so that
/// such a row is still refused until somebody mends it. Of rows that are too long there is only
/// the reason.
#[must_use]
pub fn refused_csv(reports: &[TableReport]) -> String {
    let tables: Vec<&TableReport> =
        reports.iter().filter(|report| !report.refused_rows.is_empty()).collect();
    let is_read = |name: &str| {
        tables.iter().any(|report| report.columns_read.iter().any(|column| column == name))
    };
    let leading = ["table", "row", "reason"]
        .map(|name| if is_read(name) { format!("refused_{name}") } else { name.to_owned() });
    let mut header = leading.to_vec();
    let columns: Vec<Vec<Option<usize>>> =
        tables.iter().map(|report| places(report, &leading, &mut header)).collect();

    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let mut write = |row: &[&str]| {
        writer.write_record(row).expect("writing to memory cannot fail");
    };
    write(&header.iter().map(String::as_str).collect::<Vec<_>>());
    for (report, places) in tables.iter().zip(&columns) {
        for row in &report.refused_rows {
            let (line, reason) = (row.line.to_string(), row.chinese());
            let mut cells = vec![""; header.len()];
            for (place, value) in (0..).zip([report.table.name(), &line, &reason]) {
                put(&mut cells, place, value);
            }
            for (place, value) in places.iter().zip(&row.cells) {
                place.iter().for_each(|&place| put(&mut cells, place, value));
            }
            cells.extend(row.cells.iter().skip(places.len()));
            write(&cells);
        }
    }
    let bytes = writer.into_inner().expect("writing to memory cannot fail");
    String::from_utf8(bytes).expect("cells are UTF-8, and so are the signs between them")
}

fn put<'a>(cells: &mut [&'a str], place: usize, value: &'a str) {
    if let Some(cell) = cells.get_mut(place) {
        *cell = value;
    }
}

/// Where the columns of a file go, adding to `header` those that it lacks. `None` for the leading
/// columns of an earlier file of refused rows: they are written anew.
fn places(
    report: &TableReport,
    leading: &[String],
    header: &mut Vec<String>,
) -> Vec<Option<usize>> {
    let mut taken = Vec::new();
    let mut place_of = |column: &String| {
        if leading.contains(column) {
            return None;
        }
        // A file may name an ignored column twice: each keeps a place of its own.
        let is_free = |at: usize, name: &String| name == column && !taken.contains(&at);
        let free = (0..).zip(header.iter()).find(|&(at, name)| is_free(at, name));
        let place = free.map_or(header.len(), |(at, _)| at);
        if place == header.len() {
            header.push(column.clone());
        }
        taken.push(place);
        Some(place)
    };
    report.columns.iter().map(&mut place_of).collect()
}
