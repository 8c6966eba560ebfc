//! A table as the statements of this layer need it.

use std::fmt::Write;

use super::{SqlError, Value};

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// `BIGINT`
    Int,
    /// `TEXT`
    Text,
    /// `BLOB`, on PostgreSQL `BYTEA`
    Bytes,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// A plain lower-case word.
    pub(crate) name: &'static str,
    /// The type of its values.
    pub(crate) kind: Type,
}

/// A table. Its name says which table it is: two with one name must be equal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    /// A plain lower-case word.
    pub(crate) name: &'static str,
    /// How many of the columns are the primary key; at least one.
    pub(crate) key: usize,
    /// The columns, those of the key first.
    pub(crate) columns: &'static [Column],
    /// On SQLite rows lie in the order in which they came, and each names the one before it that
    /// has the same first column; the place of the last one stands in this table.
    pub(crate) ends: Option<&'static str>,
}

impl Column {
    /// An integer.
    pub(crate) const fn int(name: &'static str) -> Self {
        Self { name, kind: Type::Int }
    }

    /// A text.
    pub(crate) const fn text(name: &'static str) -> Self {
        Self { name, kind: Type::Text }
    }

    /// Bytes.
    pub(crate) const fn bytes(name: &'static str) -> Self {
        Self { name, kind: Type::Bytes }
    }

    fn takes(&self, value: &Value<'_>) -> bool {
        match value {
            Value::Null => true,
            Value::Int(_) => self.kind == Type::Int,
            Value::Text(_) => self.kind == Type::Text,
            Value::Bytes(_) => self.kind == Type::Bytes,
        }
    }
}

impl Table {
    pub(super) fn key_columns(&self) -> &'static [Column] {
        self.columns.get(..self.key).unwrap_or_default()
    }

    pub(super) fn other_columns(&self) -> &'static [Column] {
        self.columns.get(self.key..).unwrap_or_default()
    }

    /// Whether `values` are whole rows of `columns`, each value of its column's type.
    pub(super) fn check(&self, columns: &[Column], values: &[Value<'_>]) -> Result<(), SqlError> {
        let name = self.name;
        if columns.is_empty() || !values.len().is_multiple_of(columns.len()) {
            let text = format!("`{name}`: {} values for {} columns", values.len(), columns.len());
            return Err(SqlError::other(text));
        }
        for row in values.chunks_exact(columns.len()) {
            for (column, value) in columns.iter().zip(row) {
                if !column.takes(value) {
                    let text = format!("`{name}.{}` cannot hold {value}", column.name);
                    return Err(SqlError::other(text));
                }
            }
        }
        Ok(())
    }
}

/// One piece of text for each column, with `between` between them.
pub(super) fn join(
    columns: &[Column],
    between: &str,
    mut piece: impl FnMut(&mut String, usize, &Column) -> std::fmt::Result,
) -> String {
    let mut text = String::new();
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            text.push_str(between);
        }
        piece(&mut text, index + 1, column).expect("a string takes everything");
    }
    text
}

/// The names of the columns: `a, b`.
pub(super) fn names(columns: &[Column]) -> String {
    join(columns, ", ", |text, _, column| text.write_str(column.name))
}

/// What an `INSERT` does about rows whose key is there, in words of both databases.
pub(super) fn on_conflict(table: &Table) -> String {
    let key = names(table.key_columns());
    let others = table.other_columns();
    if others.is_empty() {
        return format!(" ON CONFLICT ({key}) DO NOTHING");
    }
    let set =
        join(others, ", ", |text, _, Column { name, .. }| write!(text, "{name} = excluded.{name}"));
    format!(" ON CONFLICT ({key}) DO UPDATE SET {set}")
}
