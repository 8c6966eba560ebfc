//! Rows of a CSV text: where each begins and ends, and its cells. Splits by RFC 4180 into
//! buffers that are reused, so a row costs no allocation and no row costs more than the longest
//! one that is allowed. Knows no column.

use std::{fmt, str};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::source::line_ends;

/// The longest row, in bytes of UTF-8 text with its quotation marks: 1 MiB.
pub(crate) const ROW_BYTES_MAX: usize = 1 << 20;

/// How the lines of a file end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnds {
    /// There is one line, without an end.
    None,
    /// `\n`, as Linux and the web write it.
    Lf,
    /// `\r\n`, as Windows writes it.
    CrLf,
    /// `\r`, as very old spreadsheets write it.
    Cr,
    /// More than one of these.
    Mixed,
}

impl LineEnds {
    fn and(self, other: Self) -> Self {
        match self {
            Self::None => other,
            same if same == other => same,
            _ => Self::Mixed,
        }
    }
}

impl fmt::Display for LineEnds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Lf => "LF",
            Self::CrLf => "CRLF",
            Self::Cr => "CR",
            Self::Mixed => "mixed",
        })
    }
}

/// Splits a text into rows.
pub(crate) struct Rows<'a> {
    text: &'a str,
    at: usize,
    core: Reader,
    cells: Box<[u8]>,
    ends: Box<[usize]>,
    line_ends: LineEnds,
}

/// One row, the cells without their quotation marks.
pub(crate) struct Row<'r> {
    /// The cells one after another; empty if the row is too long.
    cells: &'r str,
    ends: &'r [usize],
    /// The row as written, without its line end.
    pub(crate) raw: &'r str,
    /// The offset of its first byte in the text.
    pub(crate) start: usize,
    /// Whether the file ends without ending the line.
    pub(crate) is_last_unended: bool,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(text: &'a str, delimiter: u8) -> Self {
        let longest = text.len().min(ROW_BYTES_MAX);
        Self {
            text,
            at: 0,
            core: ReaderBuilder::new().delimiter(delimiter).build(),
            // One byte more than the longest row, so that such a row never fills a buffer.
            cells: vec![0; longest + 1].into(),
            ends: vec![0; longest + 2].into(),
            line_ends: LineEnds::None,
        }
    }

    /// The rows below the header of a comma-separated text.
    pub(crate) fn below_header(text: &'a str) -> Self {
        let mut rows = Self::new(text, b',');
        rows.next();
        rows
    }

    /// How many bytes of the text were split so far.
    pub(crate) fn bytes_done(&self) -> usize {
        self.at
    }

    /// How the lines read so far end; line ends inside quotation marks do not count.
    pub(crate) fn line_ends(&self) -> LineEnds {
        self.line_ends
    }

    /// The next row. Empty lines are no rows.
    pub(crate) fn next(&mut self) -> Option<Row<'_>> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b'\r' | b'\n')) {
            self.at += 1;
        }
        let start = self.at;
        let (mut filled, mut count, mut at_end) = (0, 0, false);
        loop {
            let (result, read, written, ended) = self.core.read_record(
                bytes.get(self.at..).unwrap_or_default(),
                self.cells.get_mut(filled..).unwrap_or_default(),
                self.ends.get_mut(count..).unwrap_or_default(),
            );
            self.at += read;
            filled += written;
            count += ended;
            match result {
                ReadRecordResult::Record => break,
                ReadRecordResult::InputEmpty => at_end = true,
                // Too long: what was split is forgotten, the rest is split to find the end.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    (filled, count) = (0, 0);
                }
                ReadRecordResult::End => return None,
            }
        }
        if !at_end {
            self.note_line_end();
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        let raw = if at_end { written } else { written.trim_end_matches(['\r', '\n']) };
        let kept = if raw.len() > ROW_BYTES_MAX { 0 } else { filled };
        let cells = self.cells.get(..kept).and_then(|cells| str::from_utf8(cells).ok());
        Some(Row {
            cells: cells.unwrap_or_default(),
            ends: self.ends.get(..count).unwrap_or_default(),
            raw,
            start,
            is_last_unended: at_end,
        })
    }

    fn note_line_end(&mut self) {
        let mut around = self.text.as_bytes().iter().skip(self.at.saturating_sub(1));
        let end = match (around.next(), around.next()) {
            (Some(b'\r'), Some(b'\n')) => LineEnds::CrLf,
            (Some(b'\r'), _) => LineEnds::Cr,
            _ => LineEnds::Lf,
        };
        self.line_ends = self.line_ends.and(end);
    }
}

impl<'r> Row<'r> {
    /// How many cells the row has.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it is longer than [`ROW_BYTES_MAX`]; then its cells are not kept.
    pub(crate) fn is_too_long(&self) -> bool {
        self.raw.len() > ROW_BYTES_MAX
    }

    /// Whether all cells are empty: what a spreadsheet writes for lines nobody filled in.
    pub(crate) fn is_blank(&self) -> bool {
        !self.is_too_long() && trim(self.cells).is_empty()
    }

    /// The cell at `place` without surrounding spaces; empty where there is none.
    pub(crate) fn cell(&self, place: usize) -> &'r str {
        trim(self.cell_as_written(place))
    }

    fn cell_as_written(&self, place: usize) -> &'r str {
        let Some(&end) = self.ends.get(place) else { return "" };
        let before = place.checked_sub(1).and_then(|before| self.ends.get(before));
        self.cells.get(before.copied().unwrap_or(0)..end).unwrap_or_default()
    }

    /// All cells as written.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &'r str> {
        let count = if self.is_too_long() { 0 } else { self.len() };
        (0..count).map(|place| self.cell_as_written(place))
    }

    /// The first quotation mark of the row that does not close on its line. When quotation marks
    /// are out of step, this is where it began.
    pub(crate) fn suspicious_quote(&self) -> Option<SuspiciousQuote> {
        let mut state = Quoting::CellStart;
        let mut suspect = None;
        for (at, byte) in self.raw.bytes().enumerate() {
            state = match (state, byte) {
                (Quoting::CellStart, b'"') => Quoting::Inside { opened: at },
                (Quoting::Inside { opened }, b'"') => Quoting::MaybeClosed { opened },
                (Quoting::MaybeClosed { opened }, b'"') => Quoting::Inside { opened },
                (inside @ Quoting::Inside { opened }, _) => {
                    if byte == b'\n' || byte == b'\r' {
                        suspect = suspect.or(Some(opened));
                    }
                    inside
                }
                (_, b',') => Quoting::CellStart,
                _ => Quoting::Outside,
            };
        }
        let open = match state {
            Quoting::Inside { opened } => Some(opened),
            _ => None,
        };
        let offset = self.start + suspect.or(open)?;
        Some(SuspiciousQuote { offset, never_closes: open.is_some() })
    }
}

#[derive(Clone, Copy)]
enum Quoting {
    CellStart,
    Outside,
    Inside { opened: usize },
    MaybeClosed { opened: usize },
}

/// A quotation mark with a line end before the one that closes it.
pub(crate) struct SuspiciousQuote {
    /// Its offset in the text.
    pub(crate) offset: usize,
    /// Whether the row ends inside quotation marks.
    pub(crate) never_closes: bool,
}

/// Counts lines up to offsets that grow, so that naming the lines of many rows stays linear.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    ends: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, ends: 0 }
    }

    /// The line, from 1, of the byte at `offset`, the start of a line. Offsets may not decrease.
    pub(crate) fn line_of(&mut self, offset: usize) -> u64 {
        self.ends += line_ends(self.bytes.get(self.at..offset).unwrap_or_default());
        self.at = offset;
        self.ends + 1
    }

    /// The line of a byte further on, without going there.
    pub(crate) fn line_ahead(&self, offset: usize) -> u64 {
        self.ends + 1 + line_ends(self.bytes.get(self.at..offset).unwrap_or_default())
    }
}

/// Without the spaces that people and spreadsheets leave around a value: ASCII spaces and tabs,
/// full-width and non-breaking spaces.
pub(crate) fn trim(text: &str) -> &str {
    // Most values begin and end with a visible ASCII character.
    match (text.as_bytes().first(), text.as_bytes().last()) {
        (Some(b'!'..=b'~'), Some(b'!'..=b'~')) => text,
        _ => text.trim_matches([' ', '\t', '\u{3000}', '\u{A0}']),
    }
}
