//! Service records from outside: checked against what their sender may touch, then written and
//! posted together, with what became of each.

use std::collections::{BTreeSet, HashMap, HashSet};

use kangji_core::{
    Day, Division, Moment,
    ids::{HolderId, ReasonId, RecordId},
};
use kangji_rights::{Permit, Place};
use kangji_rules::explain::Viewer;
use serde::{Deserialize, Serialize};

use super::{
    rulebook::Rulebook,
    settle::{Occasion, settle},
    told::{Effects, OutcomeTold, PointsChange, Telling},
};
use crate::{
    audit::{Actor, DONE, Done, Subject},
    facts::{
        AttributeValue, Fact, RecordFact, change, holders, records::record_of, residents::COMMUNITY,
    },
    ledger::{rows::day, unit::Unit},
    read::RecordRow,
    schema::{REASONS, RECORD_AUTHORS, RECORD_CODES, STANDINGS},
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// A service as its sender tells it.
#[derive(Clone, Debug)]
pub struct Service {
    /// The sender's id of the record.
    pub code: String,
    /// The resident's id, or the code others know them by.
    pub resident: String,
    /// What was done, as in the vocabulary.
    pub kind: String,
    /// The day of the service.
    pub day: Day,
    /// The institution.
    pub org: String,
    /// Who assisted, organised or reported; empty where nobody did.
    pub worker: String,
    /// What was recorded.
    pub attributes: Vec<(String, AttributeValue)>,
}

/// Why a sender may not write a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceFault {
    /// Nobody whom the sender may write about has this id or code.
    UnknownResident,
    /// The institution is not the sender's.
    OtherInstitution,
    /// The code is that of a record the sender may not write.
    CodeTaken,
    /// The record was declared void; it stays so.
    Void,
}

/// A record that may be written, as far as nobody changes it meanwhile.
#[derive(Clone, Debug)]
pub struct CheckedService {
    fact: RecordFact,
    /// The version that is there; 0 for none.
    seen: i64,
    unchanged: bool,
    viewer: Viewer,
}

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

impl CheckedService {
    /// The same record, to be written only onto this version.
    #[must_use]
    pub fn onto(self, version: i64) -> Self {
        Self { seen: version, ..self }
    }

    /// The same record, declared void.
    #[must_use]
    pub fn voided(mut self) -> Self {
        self.unchanged = self.unchanged && self.fact.void;
        self.fact.void = true;
        self
    }
}

impl Store {
    /// Whether each record may be written under a permit. `care` is the permit to see what names
    /// an illness. Of the same code only one may be among them.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn check_services(
        &self,
        permit: &Permit,
        care: Option<&Permit>,
        services: Vec<Service>,
        today: Day,
    ) -> Result<Vec<Result<CheckedService, ServiceFault>>, StoreError> {
        let known = Known::of(&mut *self.reader()?, &services, today)?;
        let check = |service: Service| known.check(permit, care, service);
        Ok(services.into_iter().map(check).collect())
    }

    /// Writes records and posts what they change, in one transaction.
    ///
    /// The answer is [`StoreError::Changed`] where somebody wrote one of them after the check.
    #[must_use = "nothing is written without an answer"]
    pub fn record_services(
        &self,
        services: Vec<CheckedService>,
        manner: Manner,
    ) -> Pending<WrittenServices> {
        let rulebook = self.rulebook();
        let author = self.call().map(|call| call.deed.actor);
        self.once(move |unit| {
            unchanged_since(unit.connection, &services)?;
            let reason = reason(unit.connection, manner.reason.as_deref(), manner.now)?;
            let new = services.iter().filter(|service| !service.unchanged);
            let facts: Vec<Fact> = new.map(|service| Fact::Record(service.fact.clone())).collect();
            let now = manner.now;
            let (_, touched) = change::write(unit.connection, &facts, now, reason)?;
            if let Some(Actor::Staff(officer)) = author {
                authors(unit.connection, &services, officer.bytes())?;
            }
            let rulebook = rulebook(unit.connection)?;
            let occasion = Occasion { as_of: now.day(), now, reason };
            let effects = post(unit, &rulebook, &services, touched, occasion, manner.changes)?;
            Ok(written(&services, effects))
        })
    }
}

/// Posts what the records change; what became of them.
fn post(
    unit: &mut Unit<'_>,
    rulebook: &Rulebook,
    services: &[CheckedService],
    mut touched: HashSet<HolderId>,
    occasion: Occasion,
    changes: bool,
) -> Result<Effects, StoreError> {
    let codes = services.iter().map(|service| service.fact.resident.as_str());
    let ids = holders::known(unit.connection, codes)?;
    let about = |service: &CheckedService| {
        let id = ids.get(&service.fact.resident).copied();
        id.map(|id| (id, service.viewer))
    };
    let viewers: HashMap<HolderId, Viewer> = services.iter().filter_map(about).collect();
    // Whoever sends a record again hears again what became of it.
    touched.extend(viewers.keys().copied());
    let subjects: BTreeSet<HolderId> = viewers.keys().copied().collect();
    let done = |id| Done { subject: Subject::Resident(id), result: DONE };
    unit.done.extend(subjects.into_iter().map(done));
    let records = services.iter().map(|service| record_of(&service.fact.code)).collect();
    let mut telling = Telling::new(&rulebook.words, occasion.now, viewers, records, changes);
    settle(unit, rulebook, &touched, occasion, &mut |posting| telling.hear(&posting))?;
    Ok(telling.effects())
}

fn written(services: &[CheckedService], mut effects: Effects) -> WrittenServices {
    let one = |service: &CheckedService| {
        let id = record_of(&service.fact.code).to_string();
        let (writing, more) = match service {
            CheckedService { seen: 0, .. } => (Writing::New, 1),
            CheckedService { unchanged: true, .. } => (Writing::Unchanged, 0),
            _ => (Writing::Corrected, 1),
        };
        let outcomes = effects.records.remove(&id).unwrap_or_default();
        let (code, version) = (service.fact.code.clone(), service.seen + more);
        WrittenService { code, id, version, writing, outcomes }
    };
    let records = services.iter().map(one).collect();
    WrittenServices { records, changes: effects.changes }
}

/// Refuses where a record is no longer what the check saw.
fn unchanged_since(
    connection: &mut Connection,
    services: &[CheckedService],
) -> Result<(), StoreError> {
    let codes: Vec<Value<'_>> =
        services.iter().map(|service| Value::Text(&service.fact.code)).collect();
    let mut versions = HashMap::new();
    connection.fetch(&RECORD_CODES, 1, &codes, Lock::None, |row| {
        versions.insert(row.text(0)?.to_owned(), row.int(3)?);
        Ok(())
    })?;
    let same = |service: &CheckedService| {
        versions.get(&service.fact.code).copied().unwrap_or_default() == service.seen
    };
    if services.iter().all(same) { Ok(()) } else { Err(StoreError::Changed) }
}

/// Writes down why, if somebody says so.
pub(super) fn reason(
    connection: &mut Connection,
    text: Option<&str>,
    now: Moment,
) -> Result<Option<ReasonId>, SqlError> {
    let Some(text) = text else { return Ok(None) };
    let id = holders::new_id(now);
    connection.insert(&REASONS, &[Value::from(&id), Value::Text(text), now.millis().into()])?;
    Ok(Some(ReasonId::from_bytes(id)))
}

/// Remembers who recorded, so that they do not confirm it (A2).
fn authors(
    connection: &mut Connection,
    services: &[CheckedService],
    officer: &[u8; 16],
) -> Result<(), SqlError> {
    let new = services.iter().filter(|service| !service.unchanged);
    let ids: Vec<RecordId> = new.map(|service| record_of(&service.fact.code)).collect();
    let rows = ids.iter().flat_map(|id| [Value::from(id.bytes()), Value::from(officer)]);
    connection.upsert(&RECORD_AUTHORS, &rows.collect::<Vec<_>>())
}

/// What is known of the people and records that services name.
struct Known {
    ids: HashMap<String, HolderId>,
    codes: HashMap<HolderId, String>,
    communities: HashMap<HolderId, Vec<Division>>,
    records: HashMap<String, RecordRow>,
}

impl Known {
    fn of(connection: &mut Connection, services: &[Service], today: Day) -> Result<Self, SqlError> {
        let named = services.iter().map(|service| service.resident.as_str());
        let ids = holders::known(connection, named.clone())?;
        let by_id: BTreeSet<HolderId> = named.filter_map(|name| name.parse().ok()).collect();
        let by_id: Vec<HolderId> = by_id.into_iter().collect();
        let mut records = HashMap::new();
        let codes: BTreeSet<&str> = services.iter().map(|service| service.code.as_str()).collect();
        let keys: Vec<Value<'_>> = codes.into_iter().map(Value::Text).collect();
        connection.fetch(&RECORD_CODES, 1, &keys, Lock::None, |row| {
            let record = RecordRow::of_code(&row)?;
            records.insert(record.code.clone(), record);
            Ok(())
        })?;
        let codes = holders::codes(connection, &by_id)?;
        let residents = ids.values().copied().chain(by_id);
        let residents = residents.chain(records.values().map(|record| record.resident));
        let communities = communities(connection, residents, today)?;
        Ok(Self { ids, codes, communities, records })
    }

    fn check(
        &self,
        permit: &Permit,
        care: Option<&Permit>,
        service: Service,
    ) -> Result<CheckedService, ServiceFault> {
        let by_id = service.resident.parse::<HolderId>().ok();
        let by_id = by_id.and_then(|id| Some((id, self.codes.get(&id)?.clone())));
        let by_code = || Some((*self.ids.get(&service.resident)?, service.resident.clone()));
        let resident = by_id.or_else(by_code);
        if resident.is_none() && service.resident.parse::<HolderId>().is_ok() {
            return Err(ServiceFault::UnknownResident);
        }
        let id = resident.as_ref().map(|(id, _)| *id);
        if !permit.allows(self.place(id, None)) {
            return Err(ServiceFault::UnknownResident);
        }
        if !permit.allows(self.place(id, Some(&service.org))) {
            return Err(ServiceFault::OtherInstitution);
        }
        let Service { code, resident: named, kind, day, org, worker, attributes } = service;
        let resident = resident.map_or(named, |(_, code)| code);
        let mut fact =
            RecordFact { code, resident, kind, day, org, worker, void: false, attributes };
        let (mut seen, mut unchanged) = (0, false);
        if let Some(stored) = self.records.get(&fact.code) {
            if !permit.allows(self.place(Some(stored.resident), Some(&stored.org))) {
                return Err(ServiceFault::CodeTaken);
            }
            fact.void = stored.void;
            seen = stored.version;
            unchanged = id == Some(stored.resident) && stored.says(&fact);
            if stored.void && !unchanged {
                return Err(ServiceFault::Void);
            }
        }
        let full = care.is_some_and(|care| care.allows(self.place(id, None)));
        let viewer = if full { Viewer::Staff } else { Viewer::Public };
        Ok(CheckedService { fact, seen, unchanged, viewer })
    }

    fn place<'a>(&'a self, person: Option<HolderId>, institution: Option<&'a str>) -> Place<'a> {
        let communities = person.and_then(|id| self.communities.get(&id));
        Place { person, communities: communities.map_or(&[], Vec::as_slice), institution }
    }
}

/// Where people live on a day.
pub(crate) fn communities(
    connection: &mut Connection,
    residents: impl Iterator<Item = HolderId>,
    today: Day,
) -> Result<HashMap<HolderId, Vec<Division>>, SqlError> {
    let residents: BTreeSet<HolderId> = residents.collect();
    let keys: Vec<Value<'_>> =
        residents.iter().flat_map(|id| [Value::from(id.bytes()), Value::Int(COMMUNITY)]).collect();
    let mut communities: HashMap<HolderId, Vec<Division>> = HashMap::new();
    connection.fetch(&STANDINGS, 2, &keys, Lock::None, |row| {
        if day(&row, 3)? <= today && day(&row, 4)? >= today {
            let community = Division::parse(row.text(2)?);
            let id = HolderId::from_bytes(row.array(0)?);
            communities.entry(id).or_default().extend(community);
        }
        Ok(())
    })?;
    Ok(communities)
}
