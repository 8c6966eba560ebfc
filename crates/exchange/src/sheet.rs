//! A file that staff upload, as rows: where its header is, what each column means, what its cells
//! say. Whether it came as CSV or as a workbook makes no difference from here on.

use kangji_core::vocabulary::Vocabulary;

use crate::{
    cells::tidy,
    forms::Form,
    nearest::nearest,
    reason::Reason,
    rows::{Lines, Row, Rows},
    source::{self, Encoding, Source},
    unreadable::{FileFault, MissingColumn},
    workbook,
};

/// Among so many rows the header is looked for: sheets have titles above it.
const HEADER_WITHIN: usize = 10;

/// More columns than any sheet has; a bound for what one header can cost.
const COLUMNS_MAX: usize = 1000;

/// A file whose header is understood.
pub struct Sheet {
    source: Source,
    form: Form,
    header: Vec<String>,
    /// The rows before the first one below the header.
    above: usize,
    /// At which place a column lies.
    places: Vec<(String, usize)>,
    is_workbook: bool,
    dates_1904: bool,
}

/// A row of a file.
pub struct Line<'a> {
    sheet: &'a Sheet,
    /// Its line, as a spreadsheet numbers them.
    pub number: u64,
    /// Its cells as they were written.
    pub cells: Vec<String>,
    /// Why it cannot be read at all.
    pub broken: Option<Reason>,
}

/// The rows of a file below its header, one after another.
pub struct SheetLines<'a> {
    sheet: &'a Sheet,
    rows: Rows<'a>,
    lines: Lines<'a>,
}

impl Sheet {
    /// Opens a file. Columns of records are also the attributes of the vocabulary.
    ///
    /// # Errors
    /// What keeps the file from being read.
    pub fn open(bytes: Vec<u8>, form: Form, words: &Vocabulary) -> Result<Self, FileFault> {
        let is_workbook = workbook::is_workbook(&bytes);
        let (source, dates_1904) = if is_workbook {
            let book = workbook::read(&bytes)?;
            (Source::plain(book.text), book.dates_1904)
        } else {
            (source::decode(bytes)?, false)
        };
        let (header, above, places) = header(source.text(), form, words)?;
        Ok(Self { source, form, header, above, places, is_workbook, dates_1904 })
    }

    /// The table.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// Whether it came as a workbook.
    #[must_use]
    pub const fn is_workbook(&self) -> bool {
        self.is_workbook
    }

    /// Whether its day numbers count from 1904.
    #[must_use]
    pub const fn dates_1904(&self) -> bool {
        self.dates_1904
    }

    /// How its characters were written.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.source.encoding
    }

    /// The header as it was written.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Whether it has a column.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.places.iter().any(|(name, _)| name == column)
    }

    /// The columns that are not read.
    #[must_use]
    pub fn unknown(&self) -> Vec<&str> {
        let read = |place: &usize| self.places.iter().any(|(_, known)| known == place);
        let names = self
            .header
            .iter()
            .enumerate()
            .filter(|(place, name)| !read(place) && !name.trim().is_empty());
        names.map(|(_, name)| name.as_str()).collect()
    }

    /// The attributes of the vocabulary that it has columns of.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.places.iter().filter_map(|(name, _)| name.strip_prefix(ATTRIBUTE))
    }

    /// Its rows below the header.
    #[must_use]
    pub fn lines(&self) -> SheetLines<'_> {
        let text = self.source.text();
        let mut rows = Rows::new(text, b',');
        for _ in 0..self.above {
            rows.next();
        }
        SheetLines { sheet: self, rows, lines: Lines::new(text) }
    }

    /// How many rows there are below the header.
    #[must_use]
    pub fn count(&self) -> u64 {
        let mut lines = self.lines();
        let mut count = 0;
        while let Some(row) = lines.rows.next() {
            count += u64::from(!row.is_blank());
        }
        count
    }
}

impl<'a> Iterator for SheetLines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            let row = self.rows.next()?;
            if row.is_blank() {
                continue;
            }
            let number = self.lines.line_of(row.start);
            let broken = broken(&row, self.sheet.header.len(), number);
            let mut cells: Vec<String> = row.cells().map(str::to_owned).collect();
            cells.resize(self.sheet.header.len(), String::new());
            return Some(Line { sheet: self.sheet, number, cells, broken });
        }
    }
}

impl Line<'_> {
    /// The sheet it is from.
    #[must_use]
    pub const fn sheet(&self) -> &Sheet {
        self.sheet
    }

    /// What a column says, tidied; `None` where it says nothing or there is no such column.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<String> {
        let (_, place) = self.sheet.places.iter().find(|(name, _)| name == column)?;
        let text = tidy(self.cells.get(*place)?);
        (!text.is_empty() && !matches!(text.as_str(), "-" | "—" | "/")).then_some(text)
    }

    /// What the column of an attribute says.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.text(&format!("{ATTRIBUTE}{name}"))
    }
}

/// What stands before the name of an attribute that is a column.
const ATTRIBUTE: &str = "attribute:";

/// The header of a file, the rows down to it, and what its columns mean.
type Found = (Vec<String>, usize, Vec<(String, usize)>);

fn header(text: &str, form: Form, words: &Vocabulary) -> Result<Found, FileFault> {
    let mut rows = Rows::new(text, b',');
    let (mut first, mut best) = (None, None);
    for above in 1..=HEADER_WITHIN {
        let Some(row) = rows.next() else { break };
        let unclosed = row.suspicious_quote().is_some_and(|quote| quote.never_closes);
        if row.is_too_long() || row.len() > COLUMNS_MAX || unclosed {
            return Err(FileFault::EndlessHeader);
        }
        let names: Vec<String> = row.cells().map(str::to_owned).collect();
        let places = places(&names, form, words)?;
        let is_whole = missing(form, &places).is_empty();
        if is_whole {
            return Ok((names, above, places));
        }
        // A title above the header has one filled cell; the first row with more is the header.
        let filled = names.iter().filter(|name| !name.trim().is_empty()).count();
        first = first.or_else(|| (filled > 1).then(|| names.clone()));
        if !places.is_empty() {
            best = best.or(Some(names));
        }
    }
    let names = best.or(first).unwrap_or_default();
    for delimiter in [b';', b'\t'] {
        let others =
            Rows::new(text, delimiter).next().map(|row| row.cells().map(str::to_owned).collect());
        let others: Vec<String> = others.unwrap_or_default();
        if places(&others, form, words).is_ok_and(|places| missing(form, &places).is_empty()) {
            return Err(FileFault::Delimiter { found: char::from(delimiter) });
        }
    }
    let places = places(&names, form, words)?;
    Err(FileFault::MissingColumns { missing: missing_columns(form, &places, &names), found: names })
}

/// At which places the columns of a table lie.
fn places(
    names: &[String],
    form: Form,
    words: &Vocabulary,
) -> Result<Vec<(String, usize)>, FileFault> {
    let mut places: Vec<(String, usize)> = Vec::new();
    let mut repeated = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let Some(column) = meant(name, form, words) else { continue };
        if places.iter().any(|(known, _)| *known == column) {
            repeated.push(name.trim().to_owned());
        } else {
            places.push((column, place));
        }
    }
    if repeated.is_empty() {
        Ok(places)
    } else {
        Err(FileFault::RepeatedColumns { columns: repeated })
    }
}

/// The column that a header's word means.
fn meant(name: &str, form: Form, words: &Vocabulary) -> Option<String> {
    let word = plain(name);
    let is = |known: &&str| plain(known) == word;
    let column = form.columns().iter().find(|one| one.id == word || one.names.iter().any(&is));
    if let Some(column) = column {
        return Some(column.id.to_owned());
    }
    if form != Form::Records {
        return None;
    }
    let held = words.attributes().iter().map(|one| &one.word);
    let held = held.into_iter().find(|one| one.id == word || plain(&one.label) == word)?;
    Some(format!("{ATTRIBUTE}{}", held.id))
}

/// A header's word without spaces, marks of what is required, and units in brackets.
fn plain(name: &str) -> String {
    let name = tidy(name).to_lowercase().replace([' ', '*', ':'], "");
    let without = name.strip_suffix("(必填)").or_else(|| name.strip_suffix("(选填)"));
    without.unwrap_or(&name).to_owned()
}

/// The groups of columns of which a file has none.
fn missing(form: Form, places: &[(String, usize)]) -> Vec<&'static [&'static str]> {
    let has = |column: &&str| places.iter().any(|(known, _)| known == column);
    form.needs().iter().copied().filter(|group| !group.iter().any(&has)).collect()
}

fn missing_columns(form: Form, places: &[(String, usize)], names: &[String]) -> Vec<MissingColumn> {
    let column = |group: &[&str]| {
        let labels: Vec<&str> = group.iter().map(|column| form.label(column)).collect();
        let near = nearest(labels.first().copied()?, names.iter().map(String::as_str));
        Some(MissingColumn { name: labels.join("或"), near: near.map(str::to_owned) })
    };
    missing(form, places).into_iter().filter_map(column).collect()
}

/// Why a row as such cannot be read. Cells that are missing at its end are empty ones: spreadsheets
/// leave them out.
fn broken(row: &Row<'_>, columns: usize, line: u64) -> Option<Reason> {
    if row.is_too_long() {
        return Some(Reason::RowTooLong { quote_line: None });
    }
    if row.is_last_unended && row.suspicious_quote().is_some_and(|quote| quote.never_closes) {
        return Some(Reason::UnclosedQuote { line });
    }
    if row.is_last_unended && row.len() < columns {
        return Some(Reason::Cut);
    }
    let extra = row.cells().skip(columns).any(|cell| !cell.trim().is_empty());
    extra.then_some(Reason::CellCount { expected: columns, found: row.len(), quote_line: None })
}
