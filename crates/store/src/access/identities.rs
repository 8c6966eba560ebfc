//! By what identity providers know residents: a hash of issuer and subject, which says nothing
//! about anybody.

use kangji_core::{Moment, ids::HolderId};
use kangji_ledger::Hash;

use crate::{
    schema::IDENTITIES,
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

impl Store {
    /// The resident whom an identity provider knows by a subject.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn resident_known_as(&self, subject: Hash) -> Result<Option<HolderId>, StoreError> {
        Ok(read(&mut *self.reader()?, subject, Lock::None)?)
    }

    /// Links a resident to a subject, in the place of what they were linked to; `false` where it
    /// is somebody else's.
    pub fn link_resident(&self, resident: HolderId, subject: Hash, now: Moment) -> Pending<bool> {
        self.work(move |unit| {
            let known = read(unit.connection, subject, Lock::Rows)?;
            if known.is_some_and(|known| known != resident) {
                return Ok(false);
            }
            let own = Value::from(resident.bytes());
            unit.connection.execute("DELETE FROM identities WHERE resident = $1", &[own])?;
            let row = [Value::from(subject.bytes()), own, now.millis().into()];
            unit.connection.insert(&IDENTITIES, &row)?;
            Ok(true)
        })
    }
}

fn read(
    connection: &mut Connection,
    subject: Hash,
    lock: Lock,
) -> Result<Option<HolderId>, SqlError> {
    let mut found = None;
    connection.fetch(&IDENTITIES, 1, &[Value::from(subject.bytes())], lock, |row| {
        found = Some(HolderId::from_bytes(row.array(1)?));
        Ok(())
    })?;
    Ok(found)
}
