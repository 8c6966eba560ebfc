//! The header row: at which places of a row the columns of a table lie. Knows no values.

use kangji_core::vocabulary::Vocabulary;

use crate::{
    nearest::nearest,
    rows::{Row, Rows, trim},
    table::Table,
    unreadable::{FileFault, MissingColumn},
};

/// More columns than any export has; a bound for what one header can cost.
const COLUMNS_MAX: usize = 1000;

/// Where the columns of a table lie in the rows of a file.
pub(crate) struct Header {
    /// All column names of the file, trimmed.
    pub(crate) names: Vec<String>,
}

impl Header {
    /// Reads the first row of `text`.
    pub(crate) fn read(
        text: &str,
        table: Table,
        vocabulary: &Vocabulary,
    ) -> Result<Self, Vec<FileFault>> {
        let names = first_row(text, b',').map_err(|fault| vec![fault])?;
        let required = table.required_columns();
        let lacks = |names: &[String], column: &str| !names.iter().any(|name| name == column);
        let missing: Vec<&str> =
            required.iter().copied().filter(|column| lacks(&names, column)).collect();
        let mut faults = Vec::new();
        if !missing.is_empty() {
            for delimiter in [b';', b'\t'] {
                let others = first_row(text, delimiter).unwrap_or_default();
                if !required.iter().any(|column| lacks(&others, column)) {
                    return Err(vec![FileFault::Delimiter { found: char::from(delimiter) }]);
                }
            }
            faults.push(missing_columns(&names, &missing, table, vocabulary));
        }
        let mut repeated = table.columns(vocabulary);
        repeated.retain(|column| names.iter().filter(|name| name == column).count() > 1);
        if !repeated.is_empty() {
            let columns = repeated.into_iter().map(str::to_owned).collect();
            faults.push(FileFault::RepeatedColumns { columns });
        }
        if faults.is_empty() { Ok(Self { names }) } else { Err(faults) }
    }

    /// The place of a column in a row, from 0.
    pub(crate) fn place(&self, column: &str) -> Option<usize> {
        self.names.iter().position(|name| name == column)
    }

    /// The places of columns. All of them are there: [`Header::read`] has seen to it.
    pub(crate) fn places<const N: usize>(&self, columns: [&str; N]) -> [usize; N] {
        columns.map(|column| self.place(column).unwrap_or(usize::MAX))
    }
}

fn first_row(text: &str, delimiter: u8) -> Result<Vec<String>, FileFault> {
    let mut rows = Rows::new(text, delimiter);
    let row: Row<'_> = rows.next().ok_or(FileFault::Empty)?;
    let unclosed = row.is_last_unended && row.suspicious_quote().is_some_and(|q| q.never_closes);
    if row.is_too_long() || row.len() > COLUMNS_MAX || unclosed {
        return Err(FileFault::EndlessHeader);
    }
    Ok(row.cells().map(|name| trim(name).to_owned()).collect())
}

fn missing_columns(
    names: &[String],
    missing: &[&str],
    table: Table,
    vocabulary: &Vocabulary,
) -> FileFault {
    let known = table.columns(vocabulary);
    let unknown: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| !known.contains(name)).collect();
    let near = |column: &str| {
        // Other systems say `resident_id` where this table says `id` or `resident`.
        let extended = |name: &&str| {
            let name = name.to_ascii_lowercase();
            name.starts_with(&format!("{column}_")) || name.ends_with(&format!("_{column}"))
        };
        let near = nearest(column, unknown.iter().copied());
        let near = near.or_else(|| unknown.iter().copied().find(extended));
        near.map(str::to_owned)
    };
    let missing = missing.iter().map(|&name| MissingColumn { name: name.into(), near: near(name) });
    FileFault::MissingColumns { missing: missing.collect(), found: names.to_vec() }
}
