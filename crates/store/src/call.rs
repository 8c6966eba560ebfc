//! A call from outside: who asks for what, and under which idempotency key.

use kangji_core::Moment;
use kangji_ledger::Hash;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    audit::{self, DONE, Deed, Done, Line, Subject},
    ledger::unit::Unit,
    schema::CALLS,
    sql::{Lock, SqlError, Value},
    store::StoreError,
};

/// What makes a call the same call when it is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// What the caller sent.
    pub key: String,
    /// The hash of all that the answer depends on.
    pub input: Hash,
}

/// A call from outside.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who does what.
    pub deed: Deed,
    /// The clock.
    pub now: Moment,
    /// How it is recognized when it comes again, if the caller said so.
    pub key: Option<IdempotencyKey>,
}

impl Call {
    /// Writes into the audit log what was done: a line for each subject, or one for none.
    pub(crate) fn log(&self, unit: &mut Unit<'_>) -> Result<(), SqlError> {
        let mut done = std::mem::take(&mut unit.done);
        if done.is_empty() {
            done.push(Done { subject: Subject::None, result: DONE });
        }
        let line = |Done { subject, result }| Line::new(&self.deed, subject, result, self.now);
        audit::append(unit.connection, done.into_iter().map(line).collect())
    }

    /// Runs unless the call came before; then it gives the first answer.
    pub(crate) fn once<T: Serialize + DeserializeOwned>(
        &self,
        unit: &mut Unit<'_>,
        run: impl FnOnce(&mut Unit<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(IdempotencyKey { key, input }) = &self.key else { return run(unit) };
        let caller = self.deed.actor.parts().1.copied().unwrap_or_default();
        let place = [Value::from(&caller), Value::Text(key)];
        let mut first = None;
        unit.connection.fetch(&CALLS, 2, &place, Lock::None, |row| {
            first = Some((Hash::from_bytes(row.array(2)?), row.text(3)?.to_owned()));
            Ok(())
        })?;
        match first {
            Some((first, _)) if first != *input => Err(StoreError::KeyUsed),
            Some((_, answer)) => {
                unit.done.push(Done { subject: Subject::None, result: "repeated" });
                let answer = serde_json::from_str(&answer);
                Ok(answer.map_err(|error| SqlError::shape(format!("a first answer: {error}")))?)
            }
            None => {
                let answer = run(unit)?;
                let text = serde_json::to_string(&answer);
                let text = text.map_err(|error| SqlError::other(error.to_string()))?;
                let rest = [Value::from(input.bytes()), text.as_str().into()];
                let at = Value::Int(self.now.millis());
                let row: Vec<Value<'_>> = place.into_iter().chain(rest).chain([at]).collect();
                // Somebody else who answered meanwhile makes this a conflict.
                unit.connection.insert(&CALLS, &row)?;
                Ok(answer)
            }
        }
    }
}
