//! What tells who somebody is, sealed: this module keeps bytes it cannot read, and the keyed
//! hashes by which somebody is found. To erase a person is to destroy their key and those hashes.

use kangji_core::{Moment, ids::HolderId};

use crate::{
    audit::{DONE, Done, Subject},
    schema::{PEOPLE, PERSON_KEYS, PERSON_KEYS_OF},
    sql::{Connection, Lock, SqlError, Value},
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

    /// Those of several people, in no particular order.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn people(&self, ids: &[HolderId]) -> Result<Vec<SealedPerson>, StoreError> {
        let keys: Vec<Value<'_>> = ids.iter().map(|id| Value::from(id.bytes())).collect();
        let mut people = Vec::with_capacity(ids.len());
        self.reader()?.fetch(&PEOPLE, 1, &keys, Lock::None, |row| {
            let bytes = |position| Ok::<_, SqlError>(row.opt_bytes(position)?.map(<[u8]>::to_vec));
            people.push(SealedPerson {
                id: HolderId::from_bytes(row.array(0)?),
                master: crate::ledger::rows::natural(&row, 1)?,
                wrapped_key: row.bytes(2)?.to_vec(),
                name: bytes(3)?,
                document: bytes(4)?,
                phone: bytes(5)?,
                changed_at: Moment::from_millis(row.int(6)?),
            });
            Ok(())
        })?;
        Ok(people)
    }

    /// The people found under a keyed hash.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn people_found(&self, (kind, blind): PersonKey) -> Result<Vec<HolderId>, StoreError> {
        let mut found = Vec::new();
        let key = [Value::Int(kind), Value::from(&blind)];
        self.reader()?.fetch(&PERSON_KEYS, 2, &key, Lock::None, |row| {
            found.push(HolderId::from_bytes(row.array(2)?));
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

    /// Destroys what tells who somebody is; `false` if nothing did. Their points and records stay
    /// under an id that says nothing.
    pub fn erase_person(&self, id: HolderId) -> Pending<bool> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::Resident(id), result: DONE });
            Ok(erase(unit.connection, id)?)
        })
    }
}

/// Keeps a person, in the open transaction.
pub(crate) fn put(
    connection: &mut Connection,
    person: &SealedPerson,
    keys: &[PersonKey],
) -> Result<(), SqlError> {
    let id = Value::from(person.id.bytes());
    let row = [
        id,
        Value::Int(i64::from(person.master)),
        Value::Bytes(&person.wrapped_key),
        person.name.as_deref().into(),
        person.document.as_deref().into(),
        person.phone.as_deref().into(),
        Value::Int(person.changed_at.millis()),
    ];
    connection.upsert(&PEOPLE, &row)?;
    forget_keys(connection, person.id)?;
    let rows = keys.iter().flat_map(|(kind, blind)| [Value::Int(*kind), Value::from(blind), id]);
    connection.upsert(&PERSON_KEYS, &rows.collect::<Vec<_>>())
}

fn forget_keys(connection: &mut Connection, id: HolderId) -> Result<(), SqlError> {
    let mut old = Vec::new();
    let own = [Value::from(id.bytes())];
    connection.fetch(&PERSON_KEYS_OF, 1, &own, Lock::None, |row| {
        old.push((row.int(1)?, row.array::<32>(2)?));
        Ok(())
    })?;
    let keys: Vec<Value<'_>> = old
        .iter()
        .flat_map(|(kind, blind)| [Value::Int(*kind), Value::from(blind), own[0]])
        .collect();
    connection.delete(&PERSON_KEYS, &keys)
}

fn erase(connection: &mut Connection, id: HolderId) -> Result<bool, SqlError> {
    let key = [Value::from(id.bytes())];
    let mut known = false;
    connection.fetch(&PEOPLE, 1, &key, Lock::Rows, |_| {
        known = true;
        Ok(())
    })?;
    forget_keys(connection, id)?;
    connection.delete(&PEOPLE, &key)?;
    Ok(known)
}
