//! Values in PostgreSQL's binary formats: parameters, arrays of a column, rows of `COPY`.

use bytes::{BufMut, Bytes, BytesMut};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::statements::Keys;
use crate::sql::{Column, SqlError, Value, table};

type Boxed = Box<dyn std::error::Error + Sync + Send>;

/// `COPY` is sent in pieces of about this many bytes.
const PIECE: usize = 256 * 1024;

/// The signature, no flags, no extension.
const COPY_HEADER: &[u8; 19] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// A parameter, encoded, so that the rows need not outlive the sending.
#[derive(Debug)]
pub(super) struct Parameter(Option<Vec<u8>>);

impl Parameter {
    /// The values of one row, or an array of many rows' values for each of the columns.
    pub(super) fn of_rows(
        keys: Keys,
        columns: &[Column],
        rows: &[Value<'_>],
    ) -> Result<Vec<Self>, SqlError> {
        if keys == Keys::One {
            return Ok(rows.iter().map(Self::of_value).collect());
        }
        let width = columns.len();
        let array = |(index, column): (usize, &Column)| {
            let of_column = || rows.iter().skip(index).step_by(width);
            let mut bytes = Vec::with_capacity(20 + of_column().map(size).sum::<usize>());
            bytes.put_i32(1);
            // There may be nulls; the server sees for itself.
            bytes.put_i32(1);
            bytes.put_u32(element(column.kind).oid());
            bytes.put_i32(length(rows.len() / width)?);
            bytes.put_i32(1);
            of_column().try_for_each(|value| put(&mut bytes, value))?;
            Ok(Self(Some(bytes)))
        };
        columns.iter().enumerate().map(array).collect()
    }

    fn of_value(value: &Value<'_>) -> Self {
        Self(match value {
            Value::Null => None,
            Value::Int(value) => Some(value.to_be_bytes().to_vec()),
            Value::Text(value) => Some(value.as_bytes().to_vec()),
            Value::Bytes(value) => Some(value.to_vec()),
        })
    }
}

impl ToSql for Parameter {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        let Self(Some(bytes)) = self else { return Ok(IsNull::Yes) };
        out.put_slice(bytes);
        Ok(IsNull::No)
    }

    /// The statements give every parameter its type.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Int(value) if *kind == Type::INT8 => out.put_i64(*value),
            Self::Text(value) if *kind == Type::TEXT => out.put_slice(value.as_bytes()),
            Self::Bytes(value) if *kind == Type::BYTEA => out.put_slice(value),
            _ => return Err(format!("{self} for a parameter of the type `{kind}`").into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The rows as the pieces of a `COPY … (FORMAT binary)`.
pub(super) fn copy_pieces<'a>(
    rows: &'a [Value<'a>],
    width: usize,
) -> impl Iterator<Item = Result<Bytes, SqlError>> + use<'a> {
    let mut rows = rows.chunks_exact(width);
    let mut piece = BytesMut::from(COPY_HEADER.as_slice());
    let mut ended = false;
    std::iter::from_fn(move || {
        while !ended && piece.len() < PIECE {
            let Some(row) = rows.next() else {
                piece.put_i16(-1);
                ended = true;
                break;
            };
            if let Err(error) = put_row(&mut piece, row) {
                return Some(Err(error));
            }
        }
        (!piece.is_empty()).then(|| Ok(piece.split().freeze()))
    })
}

fn put_row(out: &mut BytesMut, row: &[Value<'_>]) -> Result<(), SqlError> {
    out.put_i16(i16::try_from(row.len()).map_err(|_| SqlError::other("too many columns"))?);
    row.iter().try_for_each(|value| put(out, value))
}

/// A value after its length.
fn put(out: &mut impl BufMut, value: &Value<'_>) -> Result<(), SqlError> {
    match value {
        Value::Null => out.put_i32(-1),
        Value::Int(value) => {
            out.put_i32(8);
            out.put_i64(*value);
        }
        Value::Text(value) => {
            out.put_i32(length(value.len())?);
            out.put_slice(value.as_bytes());
        }
        Value::Bytes(value) => {
            out.put_i32(length(value.len())?);
            out.put_slice(value);
        }
    }
    Ok(())
}

fn size(value: &Value<'_>) -> usize {
    4 + match value {
        Value::Null => 0,
        Value::Int(_) => 8,
        Value::Text(value) => value.len(),
        Value::Bytes(value) => value.len(),
    }
}

fn length(count: usize) -> Result<i32, SqlError> {
    i32::try_from(count).map_err(|_| SqlError::other("a value is too long"))
}

fn element(kind: table::Type) -> Type {
    match kind {
        table::Type::Int => Type::INT8,
        table::Type::Text => Type::TEXT,
        table::Type::Bytes => Type::BYTEA,
    }
}
