//! Registering residents and changing what is known of them: facts and sealed names in one
//! transaction, and what that does to points.

use std::{collections::HashSet, sync::Arc};

use kangji_core::ids::HolderId;
use kangji_ledger::Hash;
use serde::{Deserialize, Serialize};

use super::{PersonKey, SealedPerson, found, put};
use crate::{
    audit::{DONE, Done, Subject},
    facts::{Fact, ResidentFact, change, holders},
    ledger::unit::Unit,
    post::{self, Entered, rulebook::Rulebook},
    read::residents,
    schema::HOLDERS,
    sql::{Connection, SqlError, Value},
    store::{Pending, Store, StoreError},
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
            let registered = register(unit, std::slice::from_ref(&new), &rulebook, entered)?;
            Ok(registered.into_iter().next().unwrap_or(Registered::ChangedMeanwhile))
        })
    }

    /// The same for many who came with a file, in one transaction: what became of each, in their
    /// order. Nobody is among them twice.
    #[must_use = "a registration may come to nothing"]
    pub fn register_all(
        &self,
        all: Vec<Registration>,
        entered: Entered,
    ) -> Pending<Vec<Registered>> {
        let rulebook = self.rulebook();
        self.once(move |unit| register(unit, &all, &rulebook, entered))
    }
}

/// Registers people in the open transaction and posts what that changes.
fn register(
    unit: &mut Unit<'_>,
    all: &[Registration],
    rulebook: &impl Fn(&mut Connection) -> Result<Arc<Rulebook>, SqlError>,
    entered: Entered,
) -> Result<Vec<Registered>, StoreError> {
    let Entered { now, reason } = entered;
    let (mut facts, mut registered) = (Vec::new(), Vec::with_capacity(all.len()));
    for new in all {
        let (id, connection) = (new.person.id, &mut *unit.connection);
        let refused = refused(connection, new)?;
        let result = if refused.is_none() { DONE } else { "conflict" };
        unit.done.push(Done { subject: Subject::Resident(id), result });
        registered.push(refused.unwrap_or(Registered::Done(*id.bytes())));
        if refused.is_some() {
            continue;
        }
        if new.instead_of.is_none() && holder(connection, &new.fact.code)?.is_none() {
            let row = [Value::from(id.bytes()), Value::Text(&new.fact.code)];
            connection.insert(&HOLDERS, &row)?;
        }
        put(connection, &new.person, &new.keys)?;
        facts.push(Fact::Resident(new.fact.clone()));
    }
    if !facts.is_empty() {
        let (_, touched): (_, HashSet<HolderId>) =
            change::write(unit.connection, &facts, now, reason)?;
        let rulebook = rulebook(unit.connection)?;
        post::post(unit, &rulebook, &touched, entered)?;
    }
    Ok(registered)
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
