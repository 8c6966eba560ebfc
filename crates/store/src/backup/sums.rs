//! The sum of every table in a backup. The ledger proves itself, but nothing else in the database
//! does: a bit that flips in a fact is found by these. They protect against accidents, not against
//! somebody who makes them anew.

use kangji_ledger::Hash;

use crate::{
    copied::Copied,
    schema::ALL,
    sql::{Connection, SqlError, Table, Value},
};

/// A table of the file itself, beside those of the database.
const SUMS: &str = "CREATE TABLE sums (name TEXT NOT NULL PRIMARY KEY, sum BLOB NOT NULL)";

/// The sum of the rows of a table in the order of its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum(Hash);

impl Sum {
    /// Adds rows of so many values.
    pub(super) fn add(&mut self, rows: &[Value<'_>], width: usize) {
        let mut bytes = Vec::with_capacity(512);
        for row in rows.chunks(width) {
            bytes.clear();
            row.iter().for_each(|value| put(&mut bytes, value));
            self.0 = Hash::of(&[self.0.bytes(), &bytes]);
        }
    }
}

fn put(bytes: &mut Vec<u8>, value: &Value<'_>) {
    let mut long = |kind: u8, content: &[u8]| {
        bytes.push(kind);
        bytes.extend((content.len() as u64).to_be_bytes());
        bytes.extend(content);
    };
    match value {
        Value::Null => bytes.push(0),
        Value::Int(number) => {
            bytes.push(1);
            bytes.extend(number.to_be_bytes());
        }
        Value::Text(text) => long(2, text.as_bytes()),
        Value::Bytes(content) => long(3, content),
    }
}

/// The statement that reads a table in the order of its key, in which its index grows fastest.
pub(super) fn all_of(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let key = names.get(..table.key).unwrap_or_default();
    format!("SELECT {} FROM {} ORDER BY {}", names.join(", "), table.name, key.join(", "))
}

/// Writes the sums into the file.
pub(super) fn keep(target: &mut Connection, sums: &[(&str, Sum)]) -> Result<(), SqlError> {
    target.define(SUMS)?;
    for (name, sum) in sums {
        let row = [Value::Text(name), Value::from(sum.0.bytes())];
        target.execute("INSERT INTO sums (name, sum) VALUES ($1, $2)", &row)?;
    }
    Ok(())
}

/// The first table of the file whose rows do not have the sum that was written.
pub(super) fn damaged(file: &mut Connection) -> Result<Option<&'static str>, SqlError> {
    for table in &ALL {
        let mut kept = None;
        let written = "SELECT sum FROM sums WHERE name = $1";
        file.query(written, &[Value::Text(table.name)], |row| {
            kept = Some(Sum(Hash::from_bytes(row.array(0)?)));
            Ok(())
        })?;
        let (mut sum, width) = (Sum::default(), table.columns.len());
        let mut rows = Copied::new(width);
        file.query(&all_of(table), &[], |row| {
            rows.clear();
            rows.push(&row)?;
            sum.add(&rows.values(), width);
            Ok(())
        })?;
        if kept != Some(sum) {
            return Ok(Some(table.name));
        }
    }
    Ok(None)
}
