//! Writing records that were checked and posting what they change. Recordings that wait at the
//! same time are written together (`turn`): what is loaded and scored for one costs hardly more for
//! several. Each has its own answer.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use kangji_core::{
    Moment,
    ids::{HolderId, OfficerId, RecordId},
};
use kangji_rules::explain::Viewer;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{
    services::{CheckedService, reason},
    settle::{Occasion, settle},
    told::{Effects, OutcomeTold, PointsChange, Telling},
};
use crate::{
    audit::{self, Actor, DONE, Done, Subject},
    call::{self, Call, REPEATED},
    facts::{Fact, change, holders, records::record_of},
    ledger::unit::Unit,
    schema::{RECORD_AUTHORS, RECORD_CODES},
    sql::{Connection, Lock, SqlError, Value},
    store::{Rulebooks, StoreError},
};

/// What writing a record came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Writing {
    /// It was not there.
    New,
    /// It said something else; what it said is kept.
    Corrected,
    /// It was there.
    Unchanged,
}

/// A record that was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WrittenService {
    /// The sender's id.
    pub code: String,
    /// The system's id.
    pub id: String,
    /// How often it was written.
    pub version: i64,
    /// What writing came to.
    pub writing: Writing,
    /// What became of it under each award.
    pub outcomes: Vec<OutcomeTold>,
}

/// Records that were written together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WrittenServices {
    /// In the order in which they were given.
    pub records: Vec<WrittenService>,
    /// The points of their residents that changed, if asked for.
    pub changes: Vec<PointsChange>,
}

/// How records are written.
#[derive(Clone, Debug)]
pub struct Manner {
    /// The clock.
    pub now: Moment,
    /// Why, where something is corrected.
    pub reason: Option<String>,
    /// Whether to tell which points changed.
    pub changes: bool,
}

/// Records to be written, and who waits for it.
pub(crate) struct Recording {
    pub(super) services: Vec<CheckedService>,
    pub(super) manner: Manner,
    pub(super) call: Option<Arc<Call>>,
    pub(super) reply: oneshot::Sender<Written>,
}

/// The answer to a recording.
pub(super) type Written = Result<WrittenServices, StoreError>;

impl Recording {
    fn call(&self) -> Option<&Call> {
        self.call.as_deref()
    }

    /// What no other recording of its group may name.
    pub(super) fn marks(&self) -> HashSet<Mark<'_>> {
        let facts = self.services.iter().map(|service| &service.fact);
        let named = facts.flat_map(|fact| [Mark::Code(&fact.code), Mark::Resident(&fact.resident)]);
        let key = self.call().and_then(Call::place);
        named.chain(key.map(|(caller, key)| Mark::Key(caller, key))).collect()
    }

    /// Whether its records are still what the check saw.
    fn is_as_seen(&self, versions: &HashMap<String, i64>) -> bool {
        self.services.iter().all(|service| {
            versions.get(&service.fact.code).copied().unwrap_or_default() == service.seen
        })
    }

    /// The records that are not there yet as they are.
    fn fresh(&self) -> impl Iterator<Item = &CheckedService> {
        self.services.iter().filter(|service| !service.unchanged)
    }

    /// What the audit log is to tell: it was done on each resident.
    fn done(&self, ids: &HashMap<String, HolderId>) -> Vec<Done> {
        let residents = self.services.iter().filter_map(|one| ids.get(&one.fact.resident));
        let residents: BTreeSet<HolderId> = residents.copied().collect();
        let done = |id| Done { subject: Subject::Resident(id), result: DONE };
        residents.into_iter().map(done).collect()
    }
}

/// What only one recording of a group may name, so that each is answered as if it were alone.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Mark<'a> {
    /// A record.
    Code(&'a str),
    /// A resident.
    Resident(&'a str),
    /// An idempotency key.
    Key([u8; 16], &'a str),
}

/// Writes recordings that name nothing in common and posts what they change, in the open
/// transaction: the answer to each. An error is none of theirs alone.
pub(super) fn write(
    unit: &mut Unit<'_>,
    rulebooks: &Rulebooks,
    recordings: &[Recording],
) -> Result<Vec<Written>, StoreError> {
    let calls: Vec<Option<&Call>> = recordings.iter().map(Recording::call).collect();
    let mut early: Vec<Option<Written>> = call::first_answers(unit.connection, &calls)?;
    let versions = versions(unit.connection, recordings)?;
    for (answer, recording) in early.iter_mut().zip(recordings) {
        if answer.is_none() && !recording.is_as_seen(&versions) {
            *answer = Some(Err(StoreError::Changed));
        }
    }
    let is_new: Vec<bool> = early.iter().map(Option::is_none).collect();
    let new = recordings.iter().zip(&is_new).filter_map(|(one, is_new)| is_new.then_some(one));
    let (ids, mut effects) = post(unit, rulebooks, &new.collect::<Vec<_>>())?;
    let answer = |(early, one): (Option<Written>, &Recording)| {
        early.unwrap_or_else(|| Ok(written(&one.services, &mut effects)))
    };
    let answers: Vec<Written> = early.into_iter().zip(recordings).map(answer).collect();
    let (mut first, mut lines) = (Vec::new(), Vec::new());
    for ((recording, answer), is_new) in recordings.iter().zip(&answers).zip(is_new) {
        // What is refused changes nothing; whoever asked has that logged.
        let (Some(call), Ok(answer)) = (recording.call(), answer) else { continue };
        if is_new {
            first.push((call, answer));
            lines.extend(call.lines(recording.done(&ids)));
        } else {
            lines.extend(call.lines(vec![REPEATED]));
        }
    }
    call::keep(unit.connection, &first)?;
    if !lines.is_empty() {
        audit::append(unit.connection, lines)?;
    }
    Ok(answers)
}

/// Writes what is new in recordings and posts it; the ids of the residents, and what became of the
/// records.
fn post(
    unit: &mut Unit<'_>,
    rulebooks: &Rulebooks,
    recordings: &[&Recording],
) -> Result<(HashMap<String, HolderId>, Effects), StoreError> {
    let Some(now) = recordings.iter().map(|one| one.manner.now).max() else {
        return Ok((HashMap::new(), Effects::default()));
    };
    // Only a recording by itself has a reason.
    let why = recordings.iter().find_map(|one| one.manner.reason.as_deref());
    let reason = reason(unit.connection, why, now)?;
    let fresh = recordings.iter().flat_map(|one| one.fresh());
    let facts: Vec<Fact> = fresh.map(|service| Fact::Record(service.fact.clone())).collect();
    let (_, mut touched) = change::write(unit.connection, &facts, now, reason)?;
    authors(unit.connection, recordings)?;
    let services = || recordings.iter().flat_map(|one| &one.services);
    let codes = services().map(|service| service.fact.resident.as_str());
    let ids = holders::known(unit.connection, codes)?;
    let about =
        |service: &CheckedService| ids.get(&service.fact.resident).map(|id| (*id, service.viewer));
    let viewers: HashMap<HolderId, Viewer> = services().filter_map(about).collect();
    // Whoever sends a record again hears again what became of it.
    touched.extend(viewers.keys().copied());
    let records = services().map(|service| record_of(&service.fact.code)).collect();
    let changes = recordings.iter().any(|one| one.manner.changes);
    let rulebook = rulebooks.current(unit.connection)?;
    let mut telling = Telling::new(&rulebook.words, now, viewers, records, changes);
    let occasion = Occasion { as_of: now.day(), now, reason };
    settle(unit, &rulebook, &touched, occasion, &mut |posting| telling.hear(&posting))?;
    Ok((ids, telling.effects()))
}

fn written(services: &[CheckedService], effects: &mut Effects) -> WrittenServices {
    let one = |service: &CheckedService| {
        let id = record_of(&service.fact.code).to_string();
        let writing = service.writing();
        let more = i64::from(writing != Writing::Unchanged);
        let outcomes = effects.records.remove(&id).unwrap_or_default();
        let (code, version) = (service.fact.code.clone(), service.seen + more);
        WrittenService { code, id, version, writing, outcomes }
    };
    let records = services.iter().map(one).collect();
    // They are told only to a recording by itself.
    WrittenServices { records, changes: std::mem::take(&mut effects.changes) }
}

/// How often each record was written.
fn versions(
    connection: &mut Connection,
    recordings: &[Recording],
) -> Result<HashMap<String, i64>, SqlError> {
    let services = recordings.iter().flat_map(|one| &one.services);
    let codes: Vec<Value<'_>> = services.map(|one| Value::Text(&one.fact.code)).collect();
    let mut versions = HashMap::with_capacity(codes.len());
    connection.fetch(&RECORD_CODES, 1, &codes, Lock::None, |row| {
        versions.insert(row.text(0)?.to_owned(), row.int(3)?);
        Ok(())
    })?;
    Ok(versions)
}

/// Remembers who recorded, so that they do not confirm it (A2).
fn authors(connection: &mut Connection, recordings: &[&Recording]) -> Result<(), SqlError> {
    let mut rows: Vec<(RecordId, OfficerId)> = Vec::new();
    for recording in recordings {
        if let Some(Actor::Staff(officer)) = recording.call().map(|call| call.deed.actor) {
            rows.extend(recording.fresh().map(|one| (record_of(&one.fact.code), officer)));
        }
    }
    let rows = rows.iter().flat_map(|(id, officer)| [id.bytes(), officer.bytes()]);
    connection.upsert(&RECORD_AUTHORS, &rows.map(Value::from).collect::<Vec<_>>())
}
