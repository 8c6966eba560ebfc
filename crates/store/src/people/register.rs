//! Registering residents and changing what is known of them: facts and sealed names in one
//! transaction, and what that does to points.

use std::collections::HashSet;

use kangji_core::ids::HolderId;
use kangji_ledger::Hash;
use serde::{Deserialize, Serialize};

use super::{PersonKey, SealedPerson, found, put};
use crate::{
    audit::{DONE, Done, Subject},
    facts::{Fact, ResidentFact, change, holders},
    post::{self, Entered},
    read::residents,
    schema::HOLDERS,
    sql::{Connection, SqlError, Value},
    store::{Pending, Store},
};

/// What is to be known of a resident.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The code and the dated facts.
    pub fact: ResidentFact,
    /// Names and numbers, sealed for the resident's id.
    pub person: SealedPerson,
    /// By what they are found.
    pub keys: Vec<PersonKey>,
    /// By what they would be found if the document were known already.
    pub document: Vec<PersonKey>,
    /// What it takes the place of; `None` for a resident who is new.
    pub instead_of: Option<Hash>,
}

/// What became of a registration. All but the first change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Registered {
    /// It is done, for whoever has this id.
    Done([u8; 16]),
    /// Somebody else has the code.
    CodeTaken,
    /// Somebody else has the document.
    DocumentKnown,
    /// What it was to take the place of is there no more.
    ChangedMeanwhile,
}

impl Store {
    /// Registers a resident, or changes what is known of one, and posts what that changes.
    #[must_use = "a registration may come to nothing"]
    pub fn register(&self, new: Registration, entered: Entered) -> Pending<Registered> {
        let rulebook = self.rulebook();
        self.once(move |unit| {
            let Entered { now, reason } = entered;
            let (id, connection) = (new.person.id, &mut *unit.connection);
            let refused = refused(connection, &new)?;
            let result = if refused.is_none() { DONE } else { "conflict" };
            unit.done.push(Done { subject: Subject::Resident(id), result });
            if let Some(refused) = refused {
                return Ok(refused);
            }
            if new.instead_of.is_none() && holder(connection, &new.fact.code)?.is_none() {
                let row = [Value::from(id.bytes()), Value::Text(&new.fact.code)];
                connection.insert(&HOLDERS, &row)?;
            }
            put(connection, &new.person, &new.keys)?;
            let facts = [Fact::Resident(new.fact.clone())];
            let (_, touched): (_, HashSet<HolderId>) =
                change::write(connection, &facts, now, reason)?;
            let rulebook = rulebook(connection)?;
            post::post(unit, &rulebook, &touched, entered)?;
            Ok(Registered::Done(*id.bytes()))
        })
    }
}

/// Why a registration is not done.
fn refused(
    connection: &mut Connection,
    new: &Registration,
) -> Result<Option<Registered>, SqlError> {
    let id = new.person.id;
    let known = residents::known(connection, &[id])?.pop().map(|known| known.state);
    if new.instead_of.is_some() && known != new.instead_of {
        return Ok(Some(Registered::ChangedMeanwhile));
    }
    let owner = holder(connection, &new.fact.code)?;
    if owner.is_some_and(|owner| owner != id) || (new.instead_of.is_none() && known.is_some()) {
        return Ok(Some(Registered::CodeTaken));
    }
    for key in &new.document {
        if found(connection, *key)?.iter().any(|other| *other != id) {
            return Ok(Some(Registered::DocumentKnown));
        }
    }
    Ok(None)
}

fn holder(connection: &mut Connection, code: &str) -> Result<Option<HolderId>, SqlError> {
    Ok(holders::known(connection, [code])?.remove(code))
}
