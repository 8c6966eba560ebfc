//! Attempts to sign in that failed: how many, since one succeeded.

use kangji_core::Moment;
use kangji_ledger::Hash;

use crate::{
    ledger::rows::natural,
    schema::FAILURES,
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// Attempts that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub last_at: Moment,
}

impl Store {
    /// The attempts under a hash.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn failures(&self, hash: Hash) -> Result<Failures, StoreError> {
        Ok(read(&mut *self.reader()?, hash, Lock::None)?)
    }

    /// Counts an attempt that failed; gives those with it.
    pub fn failed(&self, hash: Hash, now: Moment) -> Pending<Failures> {
        self.work(move |unit| {
            let Failures { count, .. } = read(unit.connection, hash, Lock::Rows)?;
            let failures = Failures { count: count.saturating_add(1), last_at: now };
            let row =
                [Value::from(hash.bytes()), i64::from(failures.count).into(), now.millis().into()];
            unit.connection.upsert(&FAILURES, &row)?;
            Ok(failures)
        })
    }

    /// Forgets the attempts under a hash.
    pub fn forget_failures(&self, hash: Hash) -> Pending<()> {
        self.work(move |unit| {
            Ok(unit.connection.delete(&FAILURES, &[Value::from(hash.bytes())])?)
        })
    }
}

fn read(connection: &mut Connection, hash: Hash, lock: Lock) -> Result<Failures, SqlError> {
    let mut failures = Failures::default();
    connection.fetch(&FAILURES, 1, &[Value::from(hash.bytes())], lock, |row| {
        let (count, last_at) = (natural(&row, 1)?, Moment::from_millis(row.int(2)?));
        failures = Failures { count, last_at };
        Ok(())
    })?;
    Ok(failures)
}
