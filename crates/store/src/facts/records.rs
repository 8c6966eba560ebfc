//! Service records as rows. A correction is a new version; a record written down for the wrong
//! person moves to the right one.

use std::collections::{BTreeSet, HashMap, HashSet};

use kangji_core::{
    Moment,
    ids::{HolderId, ReasonId, RecordId},
};
use kangji_ledger::Hash;
use serde_json::json;

use super::{RecordFact, attributes, others, superseded::Superseded};
use crate::{
    ledger::rows::number,
    schema::{RECORD_CODES, RECORDS},
    sql::{Connection, Lock, SqlError, Value},
};

/// A record as stored.
struct Row {
    resident: HolderId,
    id: RecordId,
    version: i64,
    content: Content,
}

/// What a record says.
#[derive(PartialEq)]
struct Content {
    kind: String,
    day: i64,
    org: String,
    worker: String,
    void: bool,
    attributes: String,
}

/// The id of a record: it follows from its code, so that an outcome file can be posted without
/// looking records up (a UUID of version 8).
pub(crate) fn record_of(code: &str) -> RecordId {
    RecordId::from_bytes(Hash::of(&[b"kangji record", code.as_bytes()]).uuid())
}

fn content_of(fact: &RecordFact) -> Content {
    Content {
        kind: fact.kind.clone(),
        day: number(fact.day),
        org: fact.org.clone(),
        worker: fact.worker.clone(),
        void: fact.void,
        attributes: attributes::text(&fact.attributes),
    }
}

/// Writes records that are new or known otherwise; the residents concerned, before and after, and
/// how many records are new and corrected.
pub(super) fn write(
    connection: &mut Connection,
    facts: &[(HolderId, &RecordFact)],
    now: Moment,
    reason: Option<ReasonId>,
) -> Result<(HashSet<HolderId>, usize, usize), SqlError> {
    let stored = stored(connection, facts)?;
    let mut superseded = Superseded::new("record");
    let mut touched = HashSet::new();
    let (mut workers, mut neighbours) = (BTreeSet::new(), HashSet::new());
    let (mut moved, mut new, mut replaced) = (Vec::new(), Vec::new(), Vec::new());
    for (resident, fact) in facts {
        let content = content_of(fact);
        let known = stored.get(fact.code.as_str());
        let Some(known) = known else {
            touched.insert(*resident);
            let id = record_of(&fact.code);
            new.push((&fact.code, Row { resident: *resident, id, version: 1, content }));
            continue;
        };
        if known.resident == *resident && known.content == content {
            continue;
        }
        superseded.keep(&fact.code, kept(known), now);
        touched.extend([known.resident, *resident]);
        if known.content.worker != content.worker && !known.content.worker.is_empty() {
            workers.insert(known.content.worker.clone());
        }
        if known.content.kind != content.kind {
            neighbours.insert(known.resident);
        }
        let version = known.version + 1;
        let row = Row { resident: *resident, id: known.id, version, content };
        if known.resident == *resident {
            replaced.push((&fact.code, row));
        } else {
            moved.extend([Value::from(known.resident.bytes()), Value::from(known.id.bytes())]);
            new.push((&fact.code, row));
        }
    }
    // A worker or a kind that a correction takes away may have counted for others.
    others::residents_of_workers(connection, workers.iter().map(String::as_str), &mut touched)?;
    others::neighbours(connection, &neighbours, &mut touched)?;
    superseded.write(connection, now, reason)?;
    connection.delete(&RECORDS, &moved)?;
    connection.insert(&RECORDS, &values_of(&new, now))?;
    connection.update(&RECORDS, &values_of(&replaced, now))?;
    let corrected = replaced.len() + moved.len() / 2;
    Ok((touched, new.len() - moved.len() / 2, corrected))
}

fn values_of<'a>(rows: &'a [(&'a String, Row)], now: Moment) -> Vec<Value<'a>> {
    let mut values = Vec::with_capacity(rows.len() * RECORDS.columns.len());
    for (code, row) in rows {
        values.extend([
            Value::from(row.resident.bytes()),
            Value::from(row.id.bytes()),
            Value::Text(code),
            Value::Int(row.version),
            Value::Text(&row.content.kind),
            Value::Int(row.content.day),
            Value::Text(&row.content.org),
            Value::Text(&row.content.worker),
            Value::Int(i64::from(row.content.void)),
            Value::Text(&row.content.attributes),
            Value::Int(now.millis()),
        ]);
    }
    values
}

fn kept(row: &Row) -> String {
    json!({
        "resident": row.resident.to_string(),
        "version": row.version,
        "kind": row.content.kind,
        "day": row.content.day,
        "org": row.content.org,
        "worker": row.content.worker,
        "void": row.content.void,
        "attributes": row.content.attributes,
    })
    .to_string()
}

fn stored(
    connection: &mut Connection,
    facts: &[(HolderId, &RecordFact)],
) -> Result<HashMap<String, Row>, SqlError> {
    let keys: Vec<Value<'_>> = facts.iter().map(|(_, fact)| Value::Text(&fact.code)).collect();
    let mut known = HashMap::new();
    connection.fetch(&RECORD_CODES, 1, &keys, Lock::None, |row| {
        let content = Content {
            kind: row.text(4)?.to_owned(),
            day: row.int(5)?,
            org: row.text(6)?.to_owned(),
            worker: row.text(7)?.to_owned(),
            void: row.int(8)? != 0,
            attributes: row.text(9)?.to_owned(),
        };
        let resident = HolderId::from_bytes(row.array(1)?);
        let id = RecordId::from_bytes(row.array(2)?);
        known.insert(row.text(0)?.to_owned(), Row { resident, id, version: row.int(3)?, content });
        Ok(())
    })?;
    Ok(known)
}
