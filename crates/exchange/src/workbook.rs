//! Workbooks (XLSX) as CSV text, so that everything after it is one path. A workbook is a packed
//! folder of XML from anybody: how much it unpacks to is measured before anything of it is read,
//! and documents that declare entities are refused. Of formulas the value that was last shown
//! counts.

use std::io::{self, Cursor, Read};

use calamine::{Cell, DataRef, ExcelDateTime, Reader, Xlsx};
use zip::ZipArchive;

use crate::unreadable::FileFault;

/// What a workbook may unpack to, in bytes: 512 MiB, more than a million full rows.
const UNPACKED_MAX: u64 = 512 << 20;

/// How many files may be packed in a workbook.
const PARTS_MAX: usize = 2_000;

/// How many rows may be filled, and down to which one.
const ROWS_MAX: u32 = 500_000;

/// How many columns may be filled.
const COLUMNS_MAX: u32 = 200;

/// From this power of ten on a spreadsheet has lost the last digits of a whole number.
const EXACT_DIGITS: usize = 15;

/// A workbook's first filled sheet.
pub(crate) struct Workbook {
    /// Its rows as CSV: each on the line of its number.
    pub(crate) text: String,
    /// Whether its day numbers count from 1904.
    pub(crate) dates_1904: bool,
}

/// Whether a file begins as a workbook does.
pub(crate) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads a workbook.
pub(crate) fn read(bytes: &[u8]) -> Result<Workbook, FileFault> {
    unpacked(bytes, UNPACKED_MAX)?;
    let broken = |_| FileFault::Workbook;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let dates_1904 = book.has_1904_epoch();
    for name in book.sheet_names() {
        // What is no sheet of cells, such as a chart, has none to read.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else { continue };
        let mut text = Text::default();
        while let Some(cell) = cells.next_cell().map_err(broken)? {
            text.add(&cell)?;
        }
        if text.filled {
            let text = text.finished();
            return Ok(Workbook { text, dates_1904 });
        }
    }
    Err(FileFault::Empty)
}

/// Unpacks all of a workbook without keeping it, so that what its headers claim does not matter.
fn unpacked(bytes: &[u8], limit: u64) -> Result<(), FileFault> {
    let broken = |_| FileFault::Workbook;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > PARTS_MAX {
        return Err(FileFault::Unpacked { limit });
    }
    let mut room = limit;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(broken)?;
        let mut counted = Counted::default();
        let read = io::copy(&mut part.take(room.saturating_add(1)), &mut counted);
        let read = read.map_err(|_| FileFault::Workbook)?;
        if counted.declares {
            return Err(FileFault::Entities);
        }
        room = room.checked_sub(read).ok_or(FileFault::Unpacked { limit })?;
    }
    Ok(())
}

/// What XML begins with that declares entities of its own; no spreadsheet program writes it.
const DECLARATION: &[u8] = b"<!DOCTYPE";

/// Looks at what is unpacked and forgets it.
#[derive(Default)]
struct Counted {
    /// How much of the declaration the last bytes were.
    met: usize,
    declares: bool,
}

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            let next = DECLARATION.get(self.met);
            self.met = match next.is_some_and(|next| byte.eq_ignore_ascii_case(next)) {
                true => self.met + 1,
                false => usize::from(*byte == b'<'),
            };
            self.declares |= self.met == DECLARATION.len();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Rows that are written as CSV.
#[derive(Default)]
struct Text {
    text: String,
    /// Where the next cell would be written.
    at: (u32, u32),
    filled: bool,
}

impl Text {
    fn add(&mut self, cell: &Cell<DataRef<'_>>) -> Result<(), FileFault> {
        let shown = shown(cell.get_value());
        if shown.trim().is_empty() {
            return Ok(());
        }
        let (row, column) = cell.get_position();
        if row >= ROWS_MAX {
            return Err(FileFault::TooManyRows { limit: ROWS_MAX });
        }
        if column >= COLUMNS_MAX {
            return Err(FileFault::TooManyColumns { limit: COLUMNS_MAX });
        }
        if (row, column) < self.at {
            return Err(FileFault::Workbook);
        }
        while self.at.0 < row {
            self.text.push('\n');
            self.at = (self.at.0 + 1, 0);
        }
        while self.at.1 < column {
            self.text.push(',');
            self.at.1 += 1;
        }
        self.filled = true;
        self.cell(&shown);
        Ok(())
    }

    fn cell(&mut self, shown: &str) {
        let line = shown.replace(['\r', '\n'], " ");
        if line.contains(['"', ',']) {
            self.text.push('"');
            self.text.push_str(&line.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(&line);
        }
    }

    fn finished(mut self) -> String {
        self.text.push('\n');
        self.text
    }
}

/// A value as somebody would type it.
fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => if *value { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(moment) => day(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn day(moment: &ExcelDateTime) -> String {
    if moment.is_duration() {
        return decimal(moment.as_f64());
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

/// A number with the fifteen digits that a spreadsheet keeps; one that had more is written as the
/// spreadsheet shows it, so that nobody takes it for whole.
fn decimal(number: f64) -> String {
    let scientific = format!("{number:.14e}");
    let parts = scientific.split_once('e').and_then(|(digits, power)| {
        let power: i32 = power.parse().ok()?;
        Some((digits, power))
    });
    let Some((mantissa, power)) = parts else { return scientific };
    let (sign, mantissa) =
        mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    let Ok(whole) = usize::try_from(power + 1) else {
        let zeros = usize::try_from(-power - 1).unwrap_or(0).min(400);
        return format!("{sign}0.{}{digits}", "0".repeat(zeros));
    };
    if whole > EXACT_DIGITS {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}E+{power}");
    }
    match digits.split_at_checked(whole) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, rest)) => {
            format!("{sign}{}.{rest}", if whole.is_empty() { "0" } else { whole })
        }
        None => format!("{sign}{digits}{}", "0".repeat(whole - digits.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_what_a_spreadsheet_keeps() {
        for (number, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.1 + 0.2, "0.3"),
            (0.05, "0.05"),
            (120.0, "120"),
            (13_800_138_000.0, "13800138000"),
            (510_403_000_001.0, "510403000001"),
            (123_456_789_012_345.0, "123456789012345"),
            (510_403_195_001_011_234.0, "5.10403195001011E+17"),
            (5e17, "5E+17"),
        ] {
            assert_eq!(decimal(number), text);
        }
    }

    #[test]
    fn what_unpacks_to_more_than_it_may_is_not_read() {
        use std::io::Write;

        use zip::{ZipWriter, write::SimpleFileOptions};

        let mut bomb = ZipWriter::new(Cursor::new(Vec::new()));
        bomb.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
        bomb.write_all(&vec![b' '; 1 << 20]).unwrap();
        let bomb = bomb.finish().unwrap().into_inner();
        assert!(bomb.len() < 4096);
        assert_eq!(unpacked(&bomb, 1 << 20), Ok(()));
        assert_eq!(
            unpacked(&bomb, (1 << 20) - 1),
            Err(FileFault::Unpacked { limit: (1 << 20) - 1 })
        );
    }
}
