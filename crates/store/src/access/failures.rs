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

    /// Counts an attempt under each of these hashes before it is known how it ends, so that many
    /// at once are not all let through; unless `wait` says of one of them, by its place and the
    /// attempts so far, for how many seconds to wait: then nothing is counted, and the longest
    /// wait is the answer.
    pub fn attempt(
        &self,
        tried: Vec<Hash>,
        now: Moment,
        wait: impl Fn(usize, Failures) -> u32 + Send + 'static,
    ) -> Pending<u32> {
        self.work(move |unit| {
            let mut rows = Vec::new();
            let mut longest = 0;
            for (place, hash) in tried.iter().enumerate() {
                let failures = read(unit.connection, *hash, Lock::Rows)?;
                longest = longest.max(wait(place, failures));
                let count = i64::from(failures.count.saturating_add(1));
                rows.extend([Value::from(hash.bytes()), count.into(), now.millis().into()]);
            }
            if longest == 0 {
                unit.connection.upsert(&FAILURES, &rows)?;
            }
            Ok(longest)
        })
    }

    /// An attempt succeeded: those under `forget` are forgotten, and it no longer counts under
    /// `uncount`.
    pub fn succeeded(&self, forget: Vec<Hash>, uncount: Vec<Hash>) -> Pending<()> {
        self.work(move |unit| {
            let keys: Vec<Value<'_>> =
                forget.iter().map(|hash| Value::from(hash.bytes())).collect();
            unit.connection.delete(&FAILURES, &keys)?;
            for hash in &uncount {
                let sql = "UPDATE failures SET count = count - 1 WHERE hash = $1 AND count > 0";
                unit.connection.execute(sql, &[Value::from(hash.bytes())])?;
            }
            Ok(())
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
