//! Metrics, confirmations and sanctions as rows, and whom they touch.

use std::collections::{BTreeSet, HashMap, HashSet};

use kangji_core::{
    DayRange, Period,
    ids::{HolderId, ReasonId},
    moment::Moment,
};

use super::{
    Fact, holders,
    residents::{COMMUNITY, GUARDIAN},
    superseded::Superseded,
};
use crate::{
    ledger::rows::number,
    schema::{
        CONFIRMATIONS, METRICS, RECORD_CODES, RECORD_WORKERS, SANCTIONS, STANDING_VALUES, STANDINGS,
    },
    sql::{Connection, Lock, SqlError, Table, Value},
};

/// What was written: how many rows are new, how many replaced others.
#[derive(Default)]
pub(super) struct Written {
    pub(super) new: usize,
    pub(super) corrected: usize,
    pub(super) touched: HashSet<HolderId>,
}

/// A subject as stored: a record's code and no period, or a resident's code and a period.
pub(crate) fn split(subject: &str) -> (&str, &str) {
    match subject.rsplit_once('/') {
        Some((resident, period)) if Period::parse(period).is_some() => (resident, period),
        _ => (subject, ""),
    }
}

pub(super) fn write(
    connection: &mut Connection,
    facts: &[Fact],
    now: Moment,
    reason: Option<ReasonId>,
) -> Result<Written, SqlError> {
    let mut written = Written::default();
    metrics(connection, facts, now, reason, &mut written)?;
    confirmations(connection, facts, &mut written)?;
    sanctions(connection, facts, &mut written)?;
    Ok(written)
}

/// Figures by community, year and name.
type Metrics = HashMap<(String, i64, String), String>;

fn metrics(
    connection: &mut Connection,
    facts: &[Fact],
    now: Moment,
    reason: Option<ReasonId>,
    written: &mut Written,
) -> Result<(), SqlError> {
    let metric = |fact: &Fact| match fact {
        Fact::Metric { community, year, name, value } => {
            Some(((community.clone(), i64::from(*year), name.clone()), value.to_string()))
        }
        _ => None,
    };
    let given: Metrics = facts.iter().filter_map(metric).collect();
    let keys: Vec<Value<'_>> = given
        .keys()
        .flat_map(|(community, year, name)| {
            [Value::Text(community), Value::Int(*year), Value::Text(name)]
        })
        .collect();
    let mut stored = Metrics::new();
    connection.fetch(&METRICS, 3, &keys, Lock::None, |row| {
        let key = (row.text(0)?.to_owned(), row.int(1)?, row.text(2)?.to_owned());
        stored.insert(key, row.text(3)?.to_owned());
        Ok(())
    })?;
    let mut superseded = Superseded::new("metric");
    let mut values = Vec::new();
    let mut communities = BTreeSet::new();
    for (key, value) in &given {
        let (community, year, name) = key;
        match stored.get(key) {
            Some(known) if known == value => continue,
            Some(known) => {
                written.corrected += 1;
                superseded.keep(&format!("{community}/{year}/{name}"), known.clone(), now);
            }
            None => written.new += 1,
        }
        communities.insert(community.as_str());
        let row = [community.as_str().into(), Value::Int(*year), name.as_str().into()];
        values.extend(row.into_iter().chain([Value::Text(value)]));
    }
    superseded.write(connection, now, reason)?;
    connection.upsert(&METRICS, &values)?;
    residents_by(connection, COMMUNITY, communities, &mut written.touched)
}

/// Residents with a standing of that kind and value.
pub(crate) fn residents_by<'a>(
    connection: &mut Connection,
    kind: i64,
    values: impl IntoIterator<Item = &'a str>,
    residents: &mut HashSet<HolderId>,
) -> Result<(), SqlError> {
    let pairs = values.into_iter().flat_map(|value| [Value::Int(kind), Value::Text(value)]);
    let keys: Vec<Value<'_>> = pairs.collect();
    connection.fetch(&STANDING_VALUES, 2, &keys, Lock::None, |row| {
        residents.insert(HolderId::from_bytes(row.array(2)?));
        Ok(())
    })
}

/// Residents of records that name these workers.
pub(crate) fn residents_of_workers<'a>(
    connection: &mut Connection,
    workers: impl IntoIterator<Item = &'a str>,
    residents: &mut HashSet<HolderId>,
) -> Result<(), SqlError> {
    let keys: Vec<Value<'_>> = workers.into_iter().map(Value::Text).collect();
    connection.fetch(&RECORD_WORKERS, 1, &keys, Lock::None, |row| {
        residents.insert(HolderId::from_bytes(row.array(1)?));
        Ok(())
    })
}

/// Everybody who ever lived in a community where one of `residents` ever lived.
pub(crate) fn neighbours(
    connection: &mut Connection,
    residents: &HashSet<HolderId>,
    found: &mut HashSet<HolderId>,
) -> Result<(), SqlError> {
    let communities = communities(connection, residents)?;
    residents_by(connection, COMMUNITY, communities.iter().map(String::as_str), found)
}

/// The communities in which residents ever lived.
pub(crate) fn communities(
    connection: &mut Connection,
    residents: &HashSet<HolderId>,
) -> Result<BTreeSet<String>, SqlError> {
    let keys = residents.iter().flat_map(|id| [Value::from(id.bytes()), Value::Int(COMMUNITY)]);
    let keys: Vec<Value<'_>> = keys.collect();
    let mut values = BTreeSet::new();
    connection.fetch(&STANDINGS, 2, &keys, Lock::None, |row| {
        values.insert(row.text(2)?.to_owned());
        Ok(())
    })?;
    Ok(values)
}

/// Inserts the rows whose whole key is not there yet; their places among `keys`.
fn insert_new(
    connection: &mut Connection,
    table: &Table,
    rows: &[Vec<Value<'_>>],
) -> Result<Vec<usize>, SqlError> {
    let keys: Vec<Value<'_>> = rows.iter().flatten().copied().collect();
    let mut known = HashSet::new();
    connection.fetch(table, table.key, &keys, Lock::None, |row| {
        let texts = table.columns.iter().enumerate().map(|(at, _)| {
            row.text(at).map(ToOwned::to_owned).or_else(|_| row.int(at).map(|n| n.to_string()))
        });
        known.insert(texts.collect::<Result<Vec<String>, SqlError>>()?);
        Ok(())
    })?;
    let text = |value: &Value<'_>| match value {
        Value::Text(text) => (*text).to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Null | Value::Bytes(_) => String::new(),
    };
    let mut new = Vec::new();
    let mut values = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        if known.insert(row.iter().map(text).collect()) {
            new.push(place);
            values.extend(row.iter().copied());
        }
    }
    connection.insert(table, &values)?;
    Ok(new)
}

fn confirmations(
    connection: &mut Connection,
    facts: &[Fact],
    written: &mut Written,
) -> Result<(), SqlError> {
    let mut subjects = Vec::new();
    let mut rows = Vec::new();
    for fact in facts {
        if let Fact::Confirmation { award, subject, accept, by, day } = fact {
            let (stem, period) = split(subject);
            subjects.push((subject.as_str(), stem));
            let texts = [stem, period, award].map(Value::Text);
            let decision = [Value::Int(number(*day)), Value::Text(by), i64::from(*accept).into()];
            rows.push(texts.into_iter().chain(decision).collect());
        }
    }
    let new = insert_new(connection, &CONFIRMATIONS, &rows)?;
    written.new += new.len();
    let subjects: Vec<(&str, &str)> =
        new.into_iter().filter_map(|place| subjects.get(place).copied()).collect();
    let ids = holders::known(connection, subjects.iter().map(|(_, stem)| *stem))?;
    written.touched.extend(ids.into_values());
    let codes: BTreeSet<&str> = subjects.iter().map(|(subject, _)| *subject).collect();
    let keys: Vec<Value<'_>> = codes.into_iter().map(Value::Text).collect();
    connection.fetch(&RECORD_CODES, 1, &keys, Lock::None, |row| {
        written.touched.insert(HolderId::from_bytes(row.array(1)?));
        Ok(())
    })
}

/// Takes days without points back; gives the residents whose points that may change.
pub(crate) fn lift(
    connection: &mut Connection,
    holder: &str,
    days: DayRange,
) -> Result<HashSet<HolderId>, SqlError> {
    let key = [Value::Text(holder), number(days.from).into(), number(days.to).into()];
    connection.delete(&SANCTIONS, &key)?;
    let mut touched = HashSet::new();
    concerned(connection, &BTreeSet::from([holder]), &mut touched)?;
    Ok(touched)
}

/// Residents whose points a sanction on one of these holders may change.
fn concerned(
    connection: &mut Connection,
    named: &BTreeSet<&str>,
    touched: &mut HashSet<HolderId>,
) -> Result<(), SqlError> {
    touched.extend(holders::known(connection, named.iter().copied())?.into_values());
    residents_by(connection, COMMUNITY, named.iter().copied(), touched)?;
    residents_by(connection, GUARDIAN, named.iter().copied(), touched)?;
    residents_of_workers(connection, named.iter().copied(), touched)
}

fn sanctions(
    connection: &mut Connection,
    facts: &[Fact],
    written: &mut Written,
) -> Result<(), SqlError> {
    let mut rows = Vec::new();
    let mut holders = Vec::new();
    for fact in facts {
        if let Fact::Sanction { holder, days } = fact {
            holders.push(holder.as_str());
            rows.push(vec![
                Value::Text(holder),
                Value::Int(number(days.from)),
                Value::Int(number(days.to)),
            ]);
        }
    }
    let new = insert_new(connection, &SANCTIONS, &rows)?;
    written.new += new.len();
    let named: BTreeSet<&str> =
        new.into_iter().filter_map(|place| holders.get(place).copied()).collect();
    concerned(connection, &named, &mut written.touched)
}
