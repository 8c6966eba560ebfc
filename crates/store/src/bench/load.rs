//! Posting an outcome file into an empty ledger, against copying the finished entries into a bare
//! table of the same shape.

use std::time::{Duration, Instant};

use kangji_core::{Moment, Points};

use super::empty_store;
use crate::{
    post::{
        Entered,
        bulk::{HolderOutcomes, OutcomeRow},
    },
    schema::ENTRIES,
    sql::{self, Location, Mode, SqlError, Table, Value},
    store::{Store, StoreError},
};

/// How long posting took, and copying.
#[derive(Clone, Copy, Debug)]
pub struct LoadFigures {
    /// How many outcomes.
    pub outcomes: u64,
    /// Posting them.
    pub posting: Duration,
    /// Copying the entries.
    pub copying: Duration,
}

const PER_HOLDER: u64 = 10;
const BATCH: u64 = 500;

fn holder(number: u64, now: Moment) -> HolderOutcomes {
    let code = format!("bench-{number}");
    let outcome = |place: u64| OutcomeRow {
        award: "chronic-followup".to_owned(),
        resident: code.clone(),
        record: format!("bench-{number}-{place}"),
        period: String::new(),
        day: now.day(),
        points: Points(10),
        expires_on: Some(now.day().plus_days(730)),
        version: now.day(),
    };
    let outcomes = (0..PER_HOLDER).map(outcome).collect();
    HolderOutcomes { holder: code, pool: false, outcomes }
}

/// Measures in the empty database at `location`; `now` is the clock.
///
/// # Errors
/// Where the database fails or has accounts.
pub fn load(location: &Location, outcomes: u64, now: Moment) -> Result<LoadFigures, StoreError> {
    let store = empty_store(location, now)?;
    let entered = Entered { now, reason: None };
    let holders = outcomes / PER_HOLDER;
    let start = Instant::now();
    let mut before = None;
    for first in (0..holders).step_by(usize::try_from(BATCH).unwrap_or(1)) {
        let batch = (first..holders.min(first + BATCH)).map(|number| holder(number, now)).collect();
        let next = store.post_outcomes(super::SCHEME, batch, entered);
        // One batch is prepared while the one before is posted.
        if let Some(pending) = before.replace(next) {
            crate::Pending::wait(pending)?;
        }
    }
    before.map(crate::Pending::wait).transpose()?;
    let posting = start.elapsed();
    let copying = copy(&store, location)?;
    Ok(LoadFigures { outcomes: holders * PER_HOLDER, posting, copying })
}

const COPY: Table = Table { name: "bare_entries", ends: None, ..ENTRIES };

/// Copies all entries into a table with the same columns and the same primary key, and nothing
/// else, in one transaction; the time of reading them is not counted.
fn copy(store: &Store, location: &Location) -> Result<Duration, SqlError> {
    let mut connection = sql::open(location, Mode::Existing)?;
    connection.define("DROP TABLE IF EXISTS bare_entries")?;
    let columns: Vec<String> = COPY
        .columns
        .iter()
        .map(|column| {
            let kind = match column.kind {
                sql::Type::Int => "BIGINT",
                sql::Type::Text => "TEXT",
                sql::Type::Bytes => "BLOB",
            };
            format!("{} {kind}", column.name)
        })
        .collect();
    let table =
        format!("CREATE TABLE bare_entries ({}, PRIMARY KEY (account, seq))", columns.join(", "));
    connection.define(&table)?;
    let mut rows: Vec<Owned> = Vec::new();
    let names: Vec<&str> = COPY.columns.iter().map(|column| column.name).collect();
    let all = format!("SELECT {} FROM entries ORDER BY account, seq", names.join(", "));
    store.reader()?.query(&all, &[], |row| {
        for (place, column) in COPY.columns.iter().enumerate() {
            rows.push(match column.kind {
                sql::Type::Int => row.opt_int(place)?.map_or(Owned::Null, Owned::Int),
                sql::Type::Text => {
                    row.opt_text(place)?.map_or(Owned::Null, |text| Owned::Text(text.into()))
                }
                sql::Type::Bytes => {
                    row.opt_bytes(place)?.map_or(Owned::Null, |bytes| Owned::Bytes(bytes.into()))
                }
            });
        }
        Ok(())
    })?;
    let values: Vec<Value<'_>> = rows.iter().map(Owned::value).collect();
    let start = Instant::now();
    connection.begin()?;
    for chunk in values.chunks(COPY.columns.len() * 100_000) {
        connection.load(&COPY, chunk)?;
    }
    connection.commit()?;
    let elapsed = start.elapsed();
    connection.define("DROP TABLE bare_entries")?;
    Ok(elapsed)
}

/// A value that was read.
enum Owned {
    Null,
    Int(i64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
}

impl Owned {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}
