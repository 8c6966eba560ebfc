//! What changing the keys takes: whoever is still under an old one, and keeping the same thing
//! under the new one.

use std::collections::BTreeMap;

use kangji_core::ids::HolderId;

use super::{PersonKey, SealedPerson, forget_keys, from_row, keys_of};
use crate::{
    ledger::rows::natural,
    schema::{PEOPLE, PERSON_KEYS},
    sql::{Lock, Value},
    store::{Pending, Store, StoreError},
};

impl Store {
    /// Up to `most` people after an id, in order, with the keyed hashes by which each is found.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn people_after(
        &self,
        after: HolderId,
        most: u32,
    ) -> Result<Vec<(SealedPerson, Vec<PersonKey>)>, StoreError> {
        let mut reader = self.reader()?;
        let mut people = Vec::new();
        let sql = "SELECT id, master, wrapped_key, name, document, phone, changed_at FROM people
            WHERE id > $1 ORDER BY id LIMIT $2";
        let values = [Value::from(after.bytes()), Value::Int(i64::from(most))];
        reader.query(sql, &values, |row| {
            people.push((from_row(&row)?, Vec::new()));
            Ok(())
        })?;
        for (person, keys) in &mut people {
            *keys = keys_of(&mut reader, person.id)?;
        }
        Ok(people)
    }

    /// Puts other wrappings of the same keys in the place of the known ones; how many there were.
    /// Whoever was changed or erased meanwhile is left as they are.
    pub fn rewrap_people(&self, renewed: Vec<(SealedPerson, u32, Vec<u8>)>) -> Pending<u64> {
        self.work(move |unit| {
            let mut written = 0;
            let sql = "UPDATE people SET master = $2, wrapped_key = $3
                WHERE id = $1 AND wrapped_key = $4";
            for (person, master, wrapped) in &renewed {
                let values = [
                    Value::from(person.id.bytes()),
                    Value::Int(i64::from(*master)),
                    Value::Bytes(wrapped),
                    Value::Bytes(&person.wrapped_key),
                ];
                written += unit.connection.execute(sql, &values)?;
            }
            Ok(written)
        })
    }

    /// Has people found under other keyed hashes; how many there were. Whoever was changed or
    /// erased meanwhile is left as they are.
    pub fn retag_people(&self, renewed: Vec<(SealedPerson, Vec<PersonKey>)>) -> Pending<u64> {
        self.work(move |unit| {
            let mut written = 0;
            for (person, keys) in &renewed {
                let id = Value::from(person.id.bytes());
                let mut known = None;
                unit.connection.fetch(&PEOPLE, 1, &[id], Lock::Rows, |row| {
                    known = Some(from_row(&row)?);
                    Ok(())
                })?;
                if known.is_some_and(|known| known.changed_at == person.changed_at) {
                    forget_keys(unit.connection, person.id)?;
                    let rows =
                        keys.iter().flat_map(|(kind, tag)| [Value::Int(*kind), tag.into(), id]);
                    unit.connection.upsert(&PERSON_KEYS, &rows.collect::<Vec<_>>())?;
                    written += 1;
                }
            }
            Ok(written)
        })
    }

    /// How many people there are, by the version of the master key that wraps their key.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn people_under(&self) -> Result<BTreeMap<u32, u64>, StoreError> {
        let mut under = BTreeMap::new();
        let sql = "SELECT master, COUNT(*) FROM people GROUP BY master";
        self.reader()?.query(sql, &[], |row| {
            under.insert(natural(&row, 0)?, natural(&row, 1)?);
            Ok(())
        })?;
        Ok(under)
    }
}
