//! Writing facts: what is new, what is known otherwise, and whose points that may change.

use std::collections::{HashMap, HashSet};

use kangji_core::{
    Moment,
    ids::{HolderId, ReasonId},
};

use serde::{Deserialize, Serialize};

use super::{Fact, RecordFact, ResidentFact, holders, others, records, residents};
use crate::{
    schema::UNPOSTED,
    sql::{Connection, Lock, SqlError, Value},
};

/// What writing facts came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Facts that were not there.
    pub new: usize,
    /// Facts that were there and said something else; what they said is kept.
    pub corrected: usize,
    /// Facts that were there.
    pub unchanged: usize,
}

impl Changes {
    /// Adds what another writing came to.
    pub fn add(&mut self, other: &Self) {
        self.new += other.new;
        self.corrected += other.corrected;
        self.unchanged += other.unchanged;
    }
}

/// Writes facts inside the open transaction; of two about one thing the later counts. Gives the
/// residents whose points may change.
pub(crate) fn write(
    connection: &mut Connection,
    facts: &[Fact],
    now: Moment,
    reason: Option<ReasonId>,
) -> Result<(Changes, HashSet<HolderId>), SqlError> {
    let mut people: HashMap<&str, &ResidentFact> = HashMap::new();
    let mut services: HashMap<&str, &RecordFact> = HashMap::new();
    for fact in facts {
        match fact {
            Fact::Resident(resident) => {
                people.insert(&resident.code, resident);
            }
            Fact::Record(record) => {
                services.insert(&record.code, record);
            }
            Fact::Metric { .. } | Fact::Confirmation { .. } | Fact::Sanction { .. } => {}
        }
    }
    let of_records = services.values().map(|record| record.resident.as_str());
    let ids = holders::ids(connection, people.keys().copied().chain(of_records), now)?;
    let id = |code: &str| ids.get(code).copied().unwrap_or(HolderId::from_bytes([0; 16]));

    let mut people: Vec<(HolderId, &ResidentFact)> =
        people.into_iter().map(|(code, fact)| (id(code), fact)).collect();
    people.sort_unstable_by_key(|(id, _)| *id);
    let mut services: Vec<(HolderId, &RecordFact)> =
        services.into_values().map(|fact| (id(&fact.resident), fact)).collect();
    services.sort_unstable_by(|one, other| (one.0, &one.1.code).cmp(&(other.0, &other.1.code)));

    let (changed, people_new, people_corrected) =
        residents::write(connection, &people, now, reason)?;
    let (touched, new, corrected) = records::write(connection, &services, now, reason)?;
    let others = others::write(connection, facts, now, reason)?;
    let mut changes = Changes {
        new: people_new + new + others.new,
        corrected: people_corrected + corrected + others.corrected,
        unchanged: 0,
    };
    changes.unchanged = facts.len().saturating_sub(changes.new + changes.corrected);
    let touched = touched.into_iter().chain(changed).chain(others.touched).collect();
    Ok((changes, touched))
}

/// Remembers residents whose points are to be posted later.
pub(crate) fn remember(
    connection: &mut Connection,
    residents: &HashSet<HolderId>,
    now: Moment,
) -> Result<(), SqlError> {
    let mut sorted: Vec<&HolderId> = residents.iter().collect();
    sorted.sort_unstable();
    let values: Vec<Value<'_>> =
        sorted.iter().flat_map(|id| [Value::from(id.bytes()), Value::Int(now.millis())]).collect();
    connection.upsert(&UNPOSTED, &values)
}

/// As [`remember`], for every resident.
pub(crate) fn remember_everyone(connection: &mut Connection, now: Moment) -> Result<(), SqlError> {
    let all = "INSERT INTO unposted (resident, since) SELECT id, $1 FROM residents
        WHERE NOT EXISTS (SELECT 1 FROM unposted WHERE resident = residents.id)";
    connection.execute(all, &[Value::Int(now.millis())])?;
    Ok(())
}

/// Up to `most` residents whose points are not posted.
pub(crate) fn unposted(
    connection: &mut Connection,
    most: usize,
) -> Result<Vec<HolderId>, SqlError> {
    let mut ids = Vec::new();
    let some = "SELECT resident FROM unposted ORDER BY resident LIMIT $1";
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    connection.query(some, &[Value::Int(limit)], |row| {
        ids.push(HolderId::from_bytes(row.array(0)?));
        Ok(())
    })?;
    Ok(ids)
}

/// Locks and forgets residents whose points are about to be posted.
pub(crate) fn forget(connection: &mut Connection, residents: &[HolderId]) -> Result<(), SqlError> {
    let keys: Vec<Value<'_>> = residents.iter().map(|id| Value::from(id.bytes())).collect();
    connection.fetch(&UNPOSTED, 1, &keys, Lock::Rows, |_| Ok(()))?;
    connection.delete(&UNPOSTED, &keys)
}
