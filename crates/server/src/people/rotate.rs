//! Bringing everybody under the current keys, in batches; whoever is there already is passed over,
//! so that it can be stopped and begun again.

use kangji_core::{Moment, ids::HolderId};
use kangji_store::Store;
use kangji_vault::{FileKeys, MasterKeys, Rewrap, WrappedKey};

use super::{open, tags};
use crate::{problem::Problem, token};

/// People whose keys are renewed in one transaction.
const BATCH: u32 = 500;

/// What bringing everybody under the current keys came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// People whose key is wrapped under the current master key now, and was not before.
    pub rewrapped: u64,
    /// People who are found under the current index key now, and were not before.
    pub retagged: u64,
}

/// Adds new current keys: a master key, and an index key if `index` says so. They have to be
/// written where the servers read them before anything is sealed under them; then [`rewrap`]
/// brings everybody under them.
///
/// # Errors
/// Where the system gives no random numbers or there are no more versions.
pub fn rotate(keys: &mut FileKeys, index: bool) -> Result<(), Problem> {
    let mut random = token::random()?;
    keys.rotate(&mut random)?;
    if index {
        keys.rotate_index(&mut random)?;
    }
    Ok(())
}

/// Wraps every person's key under the current master key, and has everybody found under the
/// current index key. It waits; people may be registered and changed meanwhile.
///
/// # Errors
/// Where the database fails, or a key is not of these.
pub fn rewrap(store: &Store, keys: &dyn MasterKeys, now: Moment) -> Result<Rotation, Problem> {
    let mut rotation = Rotation::default();
    let mut after = HolderId::from_bytes([0; 16]);
    let mut random = token::random()?;
    loop {
        let people = store.people_after(after, BATCH)?;
        let Some((last, _)) = people.last() else { return Ok(rotation) };
        after = last.id;
        let (mut wrappings, mut taggings) = (Vec::new(), Vec::new());
        for (person, known) in people {
            let wrapped = WrappedKey::from_bytes(&person.wrapped_key)?;
            let current = tags(keys, &open(keys, &person)?.identity(now.day())?)?;
            if current.iter().any(|tag| !known.contains(tag)) || known.len() != current.len() {
                taggings.push((person.clone(), current));
            }
            let renewed = kangji_vault::rewrap(keys, person.id, &wrapped, &mut random)?;
            if let Rewrap::Renewed(wrapped) = renewed {
                wrappings.push((person, wrapped.version().number(), wrapped.to_bytes()));
            }
        }
        rotation.retagged += store.retag_people(taggings).wait()?;
        rotation.rewrapped += store.rewrap_people(wrappings).wait()?;
    }
}
