//! Service records from outside, checked against what their sender may touch.

use std::collections::{BTreeSet, HashMap, HashSet};

use kangji_core::{
    Day, Division, Moment,
    ids::{HolderId, ReasonId},
};
use kangji_rights::{Permit, Place};
use kangji_rules::explain::Viewer;

use super::recording::Writing;
use crate::{
    facts::{AttributeValue, RecordFact, holders, residents::COMMUNITY},
    ledger::rows::day,
    read::RecordRow,
    reports,
    schema::{REASONS, RECORD_CODES, STANDINGS},
    sql::{Connection, Lock, SqlError, Value},
    store::{Store, StoreError},
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
    /// It was reported: its day is that on which the report was received, and the points are for
    /// whoever reported (T10).
    Reported,
}

/// A record that may be written, as far as nobody changes it meanwhile.
#[derive(Clone, Debug)]
pub struct CheckedService {
    pub(super) fact: RecordFact,
    /// The version that is there; 0 for none.
    pub(super) seen: i64,
    pub(super) unchanged: bool,
    pub(super) viewer: Viewer,
}

impl CheckedService {
    /// A record that nobody has sent before, for measurements.
    pub(crate) const fn unseen(fact: RecordFact) -> Self {
        Self { fact, seen: 0, unchanged: false, viewer: Viewer::Staff }
    }

    /// What writing it comes to.
    #[must_use]
    pub const fn writing(&self) -> Writing {
        match self {
            Self { seen: 0, .. } => Writing::New,
            Self { unchanged: true, .. } => Writing::Unchanged,
            Self { .. } => Writing::Corrected,
        }
    }

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

/// What is known of the people and records that services name.
struct Known {
    ids: HashMap<String, HolderId>,
    codes: HashMap<HolderId, String>,
    communities: HashMap<HolderId, Vec<Division>>,
    records: HashMap<String, RecordRow>,
    /// Those of the codes that are reports, as far as somebody wants another day or worker.
    reported: HashSet<String>,
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
        let moved = services.iter().filter(|service| {
            let stored = records.get(&service.code);
            stored.is_some_and(|stored| is_moved(stored, service.day, &service.worker))
        });
        let reported = reports::among(connection, moved.map(|service| service.code.as_str()))?;
        let codes = holders::codes(connection, &by_id)?;
        let residents = ids.values().copied().chain(by_id);
        let residents = residents.chain(records.values().map(|record| record.resident));
        let communities = communities(connection, residents, today)?;
        Ok(Self { ids, codes, communities, records, reported })
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
            if self.reported.contains(&fact.code) {
                return Err(ServiceFault::Reported);
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

/// Whether a record is to be of another day, or somebody else's to earn by.
fn is_moved(stored: &RecordRow, day: Day, worker: &str) -> bool {
    stored.day != day || stored.worker != worker
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
