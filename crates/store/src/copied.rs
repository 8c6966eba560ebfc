//! Rows copied out of a reading, to be looked at or written when the reading has gone on. It must
//! not know what the columns mean.

use std::ops::Range;

use crate::sql::{Row, SqlError, Value};

/// Rows of one width, their texts and bytes side by side.
#[derive(Debug, PartialEq)]
pub(crate) struct Copied {
    width: usize,
    cells: Vec<Cell>,
    bytes: Vec<u8>,
}

#[derive(Debug, PartialEq)]
enum Cell {
    Null,
    Int(i64),
    Text(Range<usize>),
    Bytes(Range<usize>),
}

impl Copied {
    /// No rows yet, each of `width` columns.
    pub(crate) fn new(width: usize) -> Self {
        Self { width, cells: Vec::new(), bytes: Vec::new() }
    }

    /// Copies a row.
    pub(crate) fn push(&mut self, row: &Row<'_>) -> Result<(), SqlError> {
        for position in 0..self.width {
            let value = row.value(position)?;
            let cell = match value {
                Value::Null => Cell::Null,
                Value::Int(number) => Cell::Int(number),
                Value::Text(text) => Cell::Text(self.keep(text.as_bytes())),
                Value::Bytes(bytes) => Cell::Bytes(self.keep(bytes)),
            };
            self.cells.push(cell);
        }
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or_default()
    }

    /// How many bytes of texts and byte strings there are.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets all rows, but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.cells.clear();
        self.bytes.clear();
    }

    /// The values of all rows, one row after the other.
    pub(crate) fn values(&self) -> Vec<Value<'_>> {
        self.cells.iter().map(|cell| self.value(cell)).collect()
    }

    /// The values of one row; nothing if there is no such row.
    pub(crate) fn row(&self, index: usize) -> Vec<Value<'_>> {
        let cells = self.cells.iter().skip(index.saturating_mul(self.width)).take(self.width);
        cells.map(|cell| self.value(cell)).collect()
    }

    fn value(&self, cell: &Cell) -> Value<'_> {
        let at = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        match cell {
            Cell::Null => Value::Null,
            Cell::Int(number) => Value::Int(*number),
            Cell::Text(range) => Value::Text(std::str::from_utf8(at(range)).unwrap_or_default()),
            Cell::Bytes(range) => Value::Bytes(at(range)),
        }
    }
}
