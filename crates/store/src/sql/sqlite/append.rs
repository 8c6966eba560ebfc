//! Rows that lie in the order in which they came: each names the place of the one before it with
//! the same first column, and a table of ends names the last one.

use std::fmt::Write as _;

use rusqlite::Connection;

use super::{bind, told};
use crate::sql::{
    SqlError, Table, Value,
    table::{join, names},
};

/// Appends rows; those with one first column best come one after the other.
pub(super) fn append(
    connection: &Connection,
    table: &Table,
    ends: &str,
    rows: &[Value<'_>],
) -> Result<(), SqlError> {
    let Table { name, columns, .. } = table;
    let (all, width) = (names(columns), columns.len());
    let places = join(columns, ", ", |text, number, _| write!(text, "?{number}"));
    let first = names(columns.get(..1).unwrap_or_default());
    let prepare = |text: String| connection.prepare_cached(&text).map_err(told);
    let mut insert =
        prepare(format!("INSERT INTO {name} ({all}, previous) VALUES ({places}, ?{})", width + 1))?;
    let mut find = prepare(format!("SELECT place FROM {ends} WHERE {first} = ?1"))?;
    let mut keep = prepare(format!(
        "INSERT INTO {ends} ({first}, place) VALUES (?1, ?2)
        ON CONFLICT ({first}) DO UPDATE SET place = excluded.place"
    ))?;
    let rows: Vec<&[Value<'_>]> = rows.chunks_exact(width).collect();
    for run in rows.chunk_by(|one, next| one.first() == next.first()) {
        let Some(key) = run.first().and_then(|row| row.first()).copied() else { continue };
        bind(&mut find, &[key])?;
        let end = find.raw_query().next().map_err(told)?.map(|row| row.get(0)).transpose();
        let mut previous = end.map_err(told)?.map_or(Value::Null, Value::Int);
        for row in run {
            bind(&mut insert, row)?;
            insert.raw_bind_parameter(width + 1, previous).map_err(told)?;
            insert.raw_execute().map_err(told)?;
            previous = Value::Int(connection.last_insert_rowid());
        }
        bind(&mut keep, &[key, previous])?;
        keep.raw_execute().map_err(told)?;
    }
    Ok(())
}
