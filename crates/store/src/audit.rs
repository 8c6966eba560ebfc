//! The audit log: who did what, when, from where, on whom, with what result. Lines are appended in
//! the transaction that does what they tell, and each is hashed with the one before, so that one
//! that is changed or taken out breaks the chain. It holds ids only, never a name or a number.

mod line;
mod search;
mod waiting;

#[cfg(test)]
mod tests;

use kangji_ledger::Hash;

use crate::{
    schema::{AUDIT, AUDIT_END},
    sql::{Connection, Lock, SqlError, Value},
};

pub use line::{Actor, Deed, Line, Subject};
pub(crate) use search::verify;
pub use search::{AuditQuery, AuditReport};
pub(crate) use waiting::Unlogged;

/// The one row of the log's end.
const END: [Value<'static>; 1] = [Value::Int(1)];

/// What to log of a deed: on whom, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) subject: Subject,
    pub(crate) result: &'static str,
}

/// A deed that is done.
pub(crate) const DONE: &str = "done";

/// The number and the hash of the last line that is noted.
pub(crate) fn end(
    connection: &mut Connection,
    lock: Lock,
) -> Result<Option<(i64, Hash)>, SqlError> {
    let mut end = None;
    connection.fetch(&AUDIT_END, 1, &END, lock, |row| {
        end = Some((row.int(1)?, Hash::from_bytes(row.array(2)?)));
        Ok(())
    })?;
    Ok(end)
}

/// Appends lines, in the open transaction. Until it ends nobody else appends.
pub(crate) fn append(connection: &mut Connection, mut lines: Vec<Line>) -> Result<(), SqlError> {
    let end = end(connection, Lock::Rows)?;
    let (mut number, mut hash) = end.unwrap_or((0, Hash::NONE));
    for line in &mut lines {
        number += 1;
        line.number = number;
        hash = line.hash_after(hash);
        line.hash = hash;
    }
    let mut values = Vec::with_capacity(lines.len() * AUDIT.columns.len());
    lines.iter().for_each(|line| line.push(&mut values));
    connection.insert(&AUDIT, &values)?;
    let row = [Value::Int(1), Value::Int(number), Value::from(hash.bytes())];
    match end {
        Some(_) => connection.update(&AUDIT_END, &row),
        None => connection.insert(&AUDIT_END, &row),
    }
}
