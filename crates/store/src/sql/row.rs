//! A row that was read. Its values borrow from the database's own buffers.

use rusqlite::types::ValueRef;
use tokio_postgres::types::Type;

use super::{SqlError, Value};

/// A row that was read. Positions count from 0; a value that is missing or of another type than
/// asked for is [`super::Class::Shape`].
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    values: Values<'a>,
    source: &'a str,
}

#[derive(Clone, Copy)]
enum Values<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl<'a> Row<'a> {
    /// `source` is the table or the statement, for messages.
    pub(super) fn sqlite(row: &'a rusqlite::Row<'a>, source: &'a str) -> Self {
        Self { values: Values::Sqlite(row), source }
    }

    pub(super) fn postgres(row: &'a tokio_postgres::Row, source: &'a str) -> Self {
        Self { values: Values::Postgres(row), source }
    }

    /// The same row under another name for messages, such as that of the table a statement reads.
    pub(crate) fn of(self, source: &'a str) -> Self {
        Self { source, ..self }
    }

    /// An integer.
    pub(crate) fn int(&self, position: usize) -> Result<i64, SqlError> {
        match self.value(position)? {
            Value::Int(value) => Ok(value),
            other => Err(self.unexpected(position, &other, "an integer")),
        }
    }

    /// An integer or nothing.
    pub(crate) fn opt_int(&self, position: usize) -> Result<Option<i64>, SqlError> {
        match self.value(position)? {
            Value::Null => Ok(None),
            Value::Int(value) => Ok(Some(value)),
            other => Err(self.unexpected(position, &other, "an integer or nothing")),
        }
    }

    /// A text.
    pub(crate) fn text(&self, position: usize) -> Result<&'a str, SqlError> {
        match self.value(position)? {
            Value::Text(value) => Ok(value),
            other => Err(self.unexpected(position, &other, "a text")),
        }
    }

    /// A text or nothing.
    pub(crate) fn opt_text(&self, position: usize) -> Result<Option<&'a str>, SqlError> {
        match self.value(position)? {
            Value::Null => Ok(None),
            Value::Text(value) => Ok(Some(value)),
            other => Err(self.unexpected(position, &other, "a text or nothing")),
        }
    }

    /// Bytes.
    pub(crate) fn bytes(&self, position: usize) -> Result<&'a [u8], SqlError> {
        match self.value(position)? {
            Value::Bytes(value) => Ok(value),
            other => Err(self.unexpected(position, &other, "bytes")),
        }
    }

    /// Bytes or nothing.
    pub(crate) fn opt_bytes(&self, position: usize) -> Result<Option<&'a [u8]>, SqlError> {
        match self.value(position)? {
            Value::Null => Ok(None),
            Value::Bytes(value) => Ok(Some(value)),
            other => Err(self.unexpected(position, &other, "bytes or nothing")),
        }
    }

    /// Exactly so many bytes, such as a hash.
    pub(crate) fn array<const N: usize>(&self, position: usize) -> Result<[u8; N], SqlError> {
        let bytes = self.bytes(position)?;
        bytes.try_into().map_err(|_| {
            self.problem(position, &format!("holds {} bytes instead of {N}", bytes.len()))
        })
    }

    /// An error about the value at a position, for callers that expect more of it than its type.
    pub(crate) fn problem(&self, position: usize, what: &str) -> SqlError {
        SqlError::shape(format!("column {position} of `{}` {what}", self.source))
    }

    /// Whatever is there.
    pub(crate) fn value(&self, position: usize) -> Result<Value<'a>, SqlError> {
        match self.values {
            Values::Sqlite(row) => self.sqlite_value(row, position),
            Values::Postgres(row) => self.postgres_value(row, position),
        }
    }

    fn sqlite_value(
        &self,
        row: &'a rusqlite::Row<'a>,
        position: usize,
    ) -> Result<Value<'a>, SqlError> {
        match row.get_ref(position).map_err(|_| self.problem(position, "does not exist"))? {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(value) => Ok(Value::Int(value)),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                .map(Value::Text)
                .map_err(|_| self.problem(position, "holds a text that is not UTF-8")),
            ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes)),
            ValueRef::Real(_) => Err(self.problem(position, "holds a floating-point number")),
        }
    }

    fn postgres_value(
        &self,
        row: &'a tokio_postgres::Row,
        position: usize,
    ) -> Result<Value<'a>, SqlError> {
        let Some(column) = row.columns().get(position) else {
            return Err(self.problem(position, "does not exist"));
        };
        let kind = column.type_();
        let value = if *kind == Type::INT8 {
            row.try_get::<_, Option<i64>>(position).map(Value::from)
        } else if *kind == Type::BYTEA {
            row.try_get::<_, Option<&[u8]>>(position).map(Value::from)
        } else if *kind == Type::TEXT || *kind == Type::VARCHAR || *kind == Type::NAME {
            row.try_get::<_, Option<&str>>(position).map(Value::from)
        } else if *kind == Type::INT4 {
            row.try_get::<_, Option<i32>>(position).map(|value| value.map(i64::from).into())
        } else {
            return Err(self.problem(position, &format!("is of the type `{kind}`")));
        };
        value.map_err(|error| self.problem(position, &format!("cannot be read: {error}")))
    }

    fn unexpected(&self, position: usize, value: &Value<'_>, wanted: &str) -> SqlError {
        self.problem(position, &format!("holds {value} instead of {wanted}"))
    }
}
