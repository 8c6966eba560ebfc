//! What residents agreed to, since when, and until when. A consent that was withdrawn stays, for
//! what was done under it was done rightly.

use kangji_core::{Moment, ids::HolderId};

use super::done;
use crate::{
    schema::CONSENTS,
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// Something a resident agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// To what.
    pub purpose: String,
    /// Since when.
    pub given_at: Moment,
    /// Until when, if it was withdrawn.
    pub withdrawn_at: Option<Moment>,
}

impl Store {
    /// All consents of a person, those withdrawn included, by purpose and time.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn consents(&self, person: HolderId) -> Result<Vec<Consent>, StoreError> {
        Ok(of(&mut *self.reader()?, person)?)
    }

    /// Gives or withdraws a person's consent to something.
    pub fn consent(
        &self,
        person: HolderId,
        purpose: &str,
        given: bool,
        now: Moment,
    ) -> Pending<()> {
        let purpose = purpose.to_owned();
        self.once(move |unit| {
            unit.done.push(done(person));
            let known = of(unit.connection, person)?;
            let stands =
                |known: &&Consent| known.purpose == purpose && known.withdrawn_at.is_none();
            let row = |given_at: Moment, withdrawn_at: Option<Moment>| {
                [
                    Value::from(person.bytes()),
                    Value::Text(&purpose),
                    Value::Int(given_at.millis()),
                    withdrawn_at.map(Moment::millis).into(),
                ]
            };
            match (known.iter().find(stands), given) {
                (None, true) => unit.connection.upsert(&CONSENTS, &row(now, None))?,
                (Some(known), false) => {
                    unit.connection.update(&CONSENTS, &row(known.given_at, Some(now)))?;
                }
                (None, false) | (Some(_), true) => {}
            }
            Ok(())
        })
    }
}

fn of(connection: &mut Connection, person: HolderId) -> Result<Vec<Consent>, SqlError> {
    let mut consents = Vec::new();
    let key = [Value::from(person.bytes())];
    connection.fetch(&CONSENTS, 1, &key, Lock::None, |row| {
        consents.push(Consent {
            purpose: row.text(1)?.to_owned(),
            given_at: Moment::from_millis(row.int(2)?),
            withdrawn_at: row.opt_int(3)?.map(Moment::from_millis),
        });
        Ok(())
    })?;
    Ok(consents)
}
