//! A call from outside: who asks for what, and under which idempotency key.

use std::collections::HashMap;

use kangji_core::Moment;
use kangji_ledger::Hash;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    audit::{self, DONE, Deed, Done, Line, Subject},
    ledger::unit::Unit,
    schema::CALLS,
    sql::{Connection, Lock, SqlError, Value},
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

/// What the audit log says of a call that came before.
pub(crate) const REPEATED: Done = Done { subject: Subject::None, result: "repeated" };

impl Call {
    /// The lines of the audit log about what was done: one for each subject, or one for none.
    pub(crate) fn lines(&self, mut done: Vec<Done>) -> impl Iterator<Item = Line> {
        if done.is_empty() {
            done.push(Done { subject: Subject::None, result: DONE });
        }
        let line = |Done { subject, result }| Line::new(&self.deed, subject, result, self.now);
        done.into_iter().map(line)
    }

    /// Writes into the audit log what was done.
    pub(crate) fn log(&self, unit: &mut Unit<'_>) -> Result<(), SqlError> {
        let done = std::mem::take(&mut unit.done);
        audit::append(unit.connection, self.lines(done).collect())
    }

    /// Runs unless the call came before; then it gives the first answer.
    pub(crate) fn once<T: Serialize + DeserializeOwned>(
        &self,
        unit: &mut Unit<'_>,
        run: impl FnOnce(&mut Unit<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(first) = first_answers(unit.connection, &[Some(self)])?.pop().flatten() {
            unit.done.push(REPEATED);
            return first;
        }
        let answer = run(unit)?;
        keep(unit.connection, &[(self, &answer)])?;
        Ok(answer)
    }

    /// Whose key it is, and the key: what no two calls have in common.
    pub(crate) fn place(&self) -> Option<([u8; 16], &str)> {
        let caller = self.deed.actor.parts().1.copied().unwrap_or_default();
        self.key.as_ref().map(|given| (caller, given.key.as_str()))
    }
}

/// The first answer to each call that came before, [`StoreError::KeyUsed`] where the key was
/// another call's. Keys are distinct.
pub(crate) fn first_answers<T: DeserializeOwned>(
    connection: &mut Connection,
    calls: &[Option<&Call>],
) -> Result<Vec<Option<Result<T, StoreError>>>, SqlError> {
    let places: Vec<([u8; 16], &str)> =
        calls.iter().filter_map(|call| call.and_then(Call::place)).collect();
    let keys: Vec<Value<'_>> =
        places.iter().flat_map(|(caller, key)| [Value::from(caller), Value::Text(key)]).collect();
    let mut stored = HashMap::new();
    connection.fetch(&CALLS, 2, &keys, Lock::None, |row| {
        let answer = (Hash::from_bytes(row.array(2)?), row.text(3)?.to_owned());
        stored.insert((row.array(0)?, row.text(1)?.to_owned()), answer);
        Ok(())
    })?;
    let first = |call: &Option<&Call>| {
        let call = call.as_ref()?;
        let (caller, key) = call.place()?;
        let (input, answer) = stored.get(&(caller, key.to_owned()))?;
        Some(match &call.key {
            Some(given) if given.input == *input => serde_json::from_str(answer)
                .map_err(|error| SqlError::shape(format!("a first answer: {error}")).into()),
            _ => Err(StoreError::KeyUsed),
        })
    };
    Ok(calls.iter().map(first).collect())
}

/// Keeps the first answers to calls under their keys. Somebody else who answered one of them
/// meanwhile makes it a conflict.
pub(crate) fn keep<T: Serialize>(
    connection: &mut Connection,
    answers: &[(&Call, &T)],
) -> Result<(), SqlError> {
    let mut rows = Vec::with_capacity(answers.len());
    for (call, answer) in answers {
        let (Some((caller, key)), Some(given)) = (call.place(), &call.key) else { continue };
        let text = serde_json::to_string(answer);
        let text = text.map_err(|error| SqlError::other(error.to_string()))?;
        rows.push((caller, key, given.input, text, call.now));
    }
    let mut values = Vec::with_capacity(rows.len() * CALLS.columns.len());
    for (caller, key, input, text, now) in &rows {
        let place = [Value::from(caller), Value::Text(key)];
        let rest = [Value::from(input.bytes()), Value::Text(text), Value::Int(now.millis())];
        values.extend(place.into_iter().chain(rest));
    }
    connection.insert(&CALLS, &values)
}
