//! Residents as they are known: who is seen by whom, their facts, and their sealed names and
//! numbers.

use std::collections::HashMap;

use kangji_core::{Day, DivisionPrefix, ids::HolderId};
use kangji_ledger::Hash;
use kangji_rights::Permit;

use crate::{
    access::filter::Filter,
    facts::{
        ResidentFact, holders,
        residents::{self, COMMUNITY, GROUP},
    },
    ledger::rows::{day, number},
    people::{self, SealedPerson},
    schema::RECORDS,
    sql::{Connection, Lock, SqlError, Value},
    store::{Store, StoreError},
};

/// A resident as known.
#[derive(Clone, Debug)]
pub struct KnownResident {
    /// The system's own id.
    pub id: HolderId,
    /// The code and the dated facts.
    pub fact: ResidentFact,
    /// The names and numbers, unless nobody gave them or they were erased.
    pub person: Option<SealedPerson>,
    /// Another one whenever facts, names or numbers change.
    pub state: Hash,
}

/// Which residents to list.
#[derive(Clone, Debug)]
pub struct ResidentQuery {
    /// Those who live there today.
    pub area: Option<DivisionPrefix>,
    /// Those who belong to this group today.
    pub group: Option<String>,
    /// Those after this one.
    pub after: Option<HolderId>,
    /// How many at most.
    pub limit: u32,
    /// Today.
    pub today: Day,
}

/// A service record as the resident it is about is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRecord {
    /// The sender's code of the record.
    pub code: String,
    /// What was done.
    pub kind: String,
    /// The day.
    pub day: Day,
    /// The institution.
    pub org: String,
    /// Whether it was declared void.
    pub void: bool,
    /// What was recorded, as a JSON object.
    pub attributes: String,
}

impl Store {
    /// All records about a resident, those that are void included, in the order of days.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn held_records(&self, id: HolderId) -> Result<Vec<HeldRecord>, StoreError> {
        let mut records = Vec::new();
        self.reader()?.fetch(&RECORDS, 1, &[Value::from(id.bytes())], Lock::None, |row| {
            records.push(HeldRecord {
                code: row.text(2)?.to_owned(),
                kind: row.text(4)?.to_owned(),
                day: day(&row, 5)?,
                org: row.text(6)?.to_owned(),
                void: row.int(8)? != 0,
                attributes: row.text(9)?.to_owned(),
            });
            Ok(())
        })?;
        records.sort_by(|one, other| (one.day, &one.code).cmp(&(other.day, &other.code)));
        Ok(records)
    }

    /// The id of whoever has a code.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn holder(&self, code: &str) -> Result<Option<HolderId>, StoreError> {
        Ok(holders::known(&mut *self.reader()?, [code])?.remove(code))
    }

    /// Whether the deployment's vocabulary has a group.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn has_group(&self, group: &str) -> Result<bool, StoreError> {
        let rulebook = self.rulebook()(&mut *self.reader()?)?;
        Ok(rulebook.words.group(group).is_some())
    }

    /// A resident, if there is one.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn resident(&self, id: HolderId) -> Result<Option<KnownResident>, StoreError> {
        Ok(self.residents(&[id])?.pop())
    }

    /// Those of `ids` who are residents, in that order.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn residents(&self, ids: &[HolderId]) -> Result<Vec<KnownResident>, StoreError> {
        let mut reader = self.reader()?;
        reader.begin_read()?;
        let known = known(&mut reader, ids)?;
        reader.rollback();
        Ok(known)
    }

    /// The ids of the residents on whom a permit allows its action, in order.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn residents_under(
        &self,
        permit: &Permit,
        query: &ResidentQuery,
    ) -> Result<Vec<HolderId>, StoreError> {
        let today = Value::Int(number(query.today));
        let after = query.after.unwrap_or(HolderId::from_bytes([0; 16]));
        let limit = Value::Int(i64::from(query.limit));
        let mut values = vec![Value::from(after.bytes()), limit];
        let mut conditions = String::new();
        let area = query.area.map(DivisionPrefix::texts);
        if let Some((low, high)) = &area {
            conditions.push_str(&standing(COMMUNITY, "value >= $3 AND value < $4", 5));
            values.extend([Value::Text(low), Value::Text(high), today]);
        }
        if let Some(group) = &query.group {
            let first = values.len() + 1;
            let value = format!("value = ${first}");
            conditions.push_str(&standing(GROUP, &value, first + 1));
            values.extend([Value::Text(group), today]);
        }
        let filter = Filter::new(permit, "residents.id", None, query.today, values.len() + 1);
        values.extend(filter.values());
        let sql = format!(
            "SELECT id FROM residents WHERE id > $1 AND {}{conditions} ORDER BY id LIMIT $2",
            filter.sql
        );
        let mut found = Vec::new();
        self.reader()?.query(&sql, &values, |row| {
            found.push(HolderId::from_bytes(row.array(0)?));
            Ok(())
        })?;
        Ok(found)
    }
}

/// That a standing of a kind holds on the day of parameter `$today`.
fn standing(kind: i64, value: &str, today: usize) -> String {
    format!(
        " AND EXISTS (SELECT 1 FROM standings WHERE resident = residents.id AND kind = {kind}
        AND {value} AND first_day <= ${today} AND last_day >= ${today})"
    )
}

/// [`Store::residents`] on a connection.
pub(crate) fn known(
    connection: &mut Connection,
    ids: &[HolderId],
) -> Result<Vec<KnownResident>, SqlError> {
    let mut facts = residents::known(connection, ids)?;
    let people = people::of(connection, ids)?;
    let mut people: HashMap<HolderId, SealedPerson> =
        people.into_iter().map(|person| (person.id, person)).collect();
    let whole = |id: &HolderId| {
        let (fact, content) = facts.remove(id)?;
        let person = people.remove(id);
        let state = state(&content, person.as_ref());
        Some(KnownResident { id: *id, fact, person, state })
    };
    Ok(ids.iter().filter_map(whole).collect())
}

/// Which master key wraps the person's key changes nothing of it.
fn state(content: &str, person: Option<&SealedPerson>) -> Hash {
    let mut parts: Vec<&[u8]> = vec![content.as_bytes()];
    if let Some(SealedPerson { name, document, phone, .. }) = person {
        for (mark, sealed) in [(b"n", name), (b"d", document), (b"p", phone)] {
            parts.extend([mark.as_slice(), sealed.as_deref().unwrap_or_default()]);
        }
    }
    Hash::of(&parts)
}
