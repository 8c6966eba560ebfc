//! What tells who somebody is, sealed: this module keeps bytes it cannot read, and the keyed
//! hashes by which somebody is found. To erase a person is to destroy their key and those hashes.

mod consents;
mod corrections;
pub(crate) mod erase;
mod opinions;
mod register;
mod rotate;

pub use consents::Consent;
pub use corrections::{Correction, CorrectionDecision};
pub use opinions::{Opinion, OpinionAnswer, OpinionQuery};
pub use register::{Registered, Registration};

use kangji_core::{Moment, ids::HolderId};

use crate::{
    audit::{DONE, Done, Subject},
    ledger::rows::natural,
    schema::{PEOPLE, PERSON_KEYS, PERSON_KEYS_OF},
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// A person's sealed names and numbers. Staff have one under the bytes of their own id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPerson {
    /// Whose.
    pub id: HolderId,
    /// The version of the master key that wraps the person's key.
    pub master: u32,
    /// The person's key, wrapped.
    pub wrapped_key: Vec<u8>,
    /// The name.
    pub name: Option<Vec<u8>>,
    /// The kind and number of a document.
    pub document: Option<Vec<u8>>,
    /// The phone number.
    pub phone: Option<Vec<u8>>,
    /// When it was last changed.
    pub changed_at: Moment,
}

/// A keyed hash of something by which a person is found: its kind, and the hash.
pub type PersonKey = (i64, [u8; 32]);

impl Store {
    /// A person's sealed names and numbers, unless there are none or they were erased.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn person(&self, id: HolderId) -> Result<Option<SealedPerson>, StoreError> {
        Ok(self.people(&[id])?.pop())
    }

    /// Whether anybody's names and numbers are there.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn has_people(&self) -> Result<bool, StoreError> {
        let mut found = false;
        self.reader()?.query("SELECT master FROM people LIMIT 1", &[], |_| {
            found = true;
            Ok(())
        })?;
        Ok(found)
    }

    /// Those of several people, in no particular order.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn people(&self, ids: &[HolderId]) -> Result<Vec<SealedPerson>, StoreError> {
        Ok(of(&mut *self.reader()?, ids)?)
    }

    /// The people found under a keyed hash.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn people_found(&self, key: PersonKey) -> Result<Vec<HolderId>, StoreError> {
        Ok(found(&mut *self.reader()?, key)?)
    }

    /// The people found under any of some keyed hashes, each with the hash.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn people_found_by(
        &self,
        keys: &[PersonKey],
    ) -> Result<Vec<(PersonKey, HolderId)>, StoreError> {
        let values = keys.iter().flat_map(|(kind, blind)| [Value::Int(*kind), Value::from(blind)]);
        let values: Vec<Value<'_>> = values.collect();
        let mut found = Vec::new();
        self.reader()?.fetch(&PERSON_KEYS, 2, &values, Lock::None, |row| {
            let key = (row.int(0)?, row.array(1)?);
            found.push((key, HolderId::from_bytes(row.array(2)?)));
            Ok(())
        })?;
        Ok(found)
    }

    /// Keeps a person as given, found under these keyed hashes and no others.
    pub fn put_person(&self, person: SealedPerson, keys: Vec<PersonKey>) -> Pending<()> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::Resident(person.id), result: DONE });
            Ok(put(unit.connection, &person, &keys)?)
        })
    }
}

/// Something done on a resident.
fn done(person: HolderId) -> Done {
    Done { subject: Subject::Resident(person), result: DONE }
}

/// [`Store::people`] on a connection.
pub(crate) fn of(
    connection: &mut Connection,
    ids: &[HolderId],
) -> Result<Vec<SealedPerson>, SqlError> {
    let keys: Vec<Value<'_>> = ids.iter().map(|id| Value::from(id.bytes())).collect();
    let mut people = Vec::with_capacity(ids.len());
    connection.fetch(&PEOPLE, 1, &keys, Lock::None, |row| {
        people.push(from_row(&row)?);
        Ok(())
    })?;
    Ok(people)
}

fn from_row(row: &Row<'_>) -> Result<SealedPerson, SqlError> {
    let bytes = |position| Ok::<_, SqlError>(row.opt_bytes(position)?.map(<[u8]>::to_vec));
    Ok(SealedPerson {
        id: HolderId::from_bytes(row.array(0)?),
        master: natural(row, 1)?,
        wrapped_key: row.bytes(2)?.to_vec(),
        name: bytes(3)?,
        document: bytes(4)?,
        phone: bytes(5)?,
        changed_at: Moment::from_millis(row.int(6)?),
    })
}

/// [`Store::people_found`] on a connection.
pub(crate) fn found(
    connection: &mut Connection,
    (kind, blind): PersonKey,
) -> Result<Vec<HolderId>, SqlError> {
    let mut found = Vec::new();
    let key = [Value::Int(kind), Value::from(&blind)];
    connection.fetch(&PERSON_KEYS, 2, &key, Lock::None, |row| {
        found.push(HolderId::from_bytes(row.array(2)?));
        Ok(())
    })?;
    Ok(found)
}

/// Keeps a person, in the open transaction.
pub(crate) fn put(
    connection: &mut Connection,
    person: &SealedPerson,
    keys: &[PersonKey],
) -> Result<(), SqlError> {
    let id = Value::from(person.id.bytes());
    connection.upsert(&PEOPLE, &values(person))?;
    forget_keys(connection, person.id)?;
    let rows = keys.iter().flat_map(|(kind, blind)| [Value::Int(*kind), Value::from(blind), id]);
    connection.upsert(&PERSON_KEYS, &rows.collect::<Vec<_>>())
}

/// Keeps a person of whom nothing sealed is known; somebody else who did so meanwhile makes this
/// a conflict.
fn put_new(connection: &mut Connection, person: &SealedPerson) -> Result<(), SqlError> {
    connection.insert(&PEOPLE, &values(person))
}

fn values(person: &SealedPerson) -> [Value<'_>; 7] {
    [
        Value::from(person.id.bytes()),
        Value::Int(i64::from(person.master)),
        Value::Bytes(&person.wrapped_key),
        person.name.as_deref().into(),
        person.document.as_deref().into(),
        person.phone.as_deref().into(),
        Value::Int(person.changed_at.millis()),
    ]
}

/// The keyed hashes by which somebody is found.
fn keys_of(connection: &mut Connection, id: HolderId) -> Result<Vec<PersonKey>, SqlError> {
    let mut keys = Vec::new();
    connection.fetch(&PERSON_KEYS_OF, 1, &[Value::from(id.bytes())], Lock::None, |row| {
        keys.push((row.int(1)?, row.array(2)?));
        Ok(())
    })?;
    Ok(keys)
}

fn forget_keys(connection: &mut Connection, id: HolderId) -> Result<(), SqlError> {
    let own = Value::from(id.bytes());
    let old = keys_of(connection, id)?;
    let keys: Vec<Value<'_>> =
        old.iter().flat_map(|(kind, blind)| [Value::Int(*kind), Value::from(blind), own]).collect();
    connection.delete(&PERSON_KEYS, &keys)
}
