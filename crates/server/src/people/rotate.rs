//! Bringing everybody under the current keys, in batches; whoever is there already is passed over,
//! so that it can be stopped and begun again.

use kangji_core::{Moment, ids::HolderId};
use kangji_store::{PersonKey as Tag, SealedPerson, Store, StoreError};
use kangji_vault::{FileKeys, KeyVersion, MasterKeys, Rewrap, VaultError, WrappedKey};

use super::{Identity, open, searched, tags};
use crate::token;

/// People whose keys are renewed in one transaction.
const BATCH: u32 = 500;

/// People who are opened to see whether keys are those of a database.
const TRIED: u32 = 20;

/// What bringing everybody under the current keys came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// People whose key is wrapped under the current master key now, and was not before.
    pub rewrapped: u64,
    /// People who are found under the current index key now, and were not before.
    pub retagged: u64,
}

/// Why keys are not changed. What was done is done; the next time goes on.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key is missing, or there are no more versions.
    #[error(transparent)]
    Vault(VaultError),
    /// The keys are another database's: somebody does not open, or is found by other hashes.
    #[error("the keys are not those of this database")]
    Foreign,
    /// What opened is not of the form it was sealed in.
    #[error("what is sealed of somebody is not read again")]
    Unread,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

impl From<VaultError> for KeysError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Closed => Self::Foreign,
            error => Self::Vault(error),
        }
    }
}

/// Refuses keys that do not open what is sealed in a database, before anything is sealed under
/// them. Some people are tried; of all others it is seen that their version is there.
///
/// # Errors
/// Where keys are missing or others, or the database fails.
pub fn check_keys(store: &Store, keys: &FileKeys, now: Moment) -> Result<(), KeysError> {
    for version in store.people_under()?.into_keys().filter_map(KeyVersion::from_number) {
        if !keys.versions().any(|held| held == version) {
            return Err(VaultError::NoKey(version).into());
        }
    }
    for (person, known) in store.people_after(HolderId::from_bytes([0; 16]), TRIED)? {
        keys.open(person.id, &WrappedKey::from_bytes(&person.wrapped_key)?)?;
        if known.is_empty() {
            continue;
        }
        let found = searched(keys, &identity(keys, &person, now)?).or(Err(KeysError::Unread))?;
        if known.iter().any(|tag| !found.contains(tag)) {
            return Err(KeysError::Foreign);
        }
    }
    Ok(())
}

/// Adds new current keys: a master key, and an index key if `index` says so. They have to be
/// written where the servers read them before anything is sealed under them; then [`rewrap`]
/// brings everybody under them.
///
/// # Errors
/// Where the system gives no random numbers or there are no more versions.
pub fn rotate(keys: &mut FileKeys, index: bool) -> Result<(), KeysError> {
    let mut random = token::random().or(Err(KeysError::Random))?;
    keys.rotate(&mut random)?;
    if index {
        keys.rotate_index(&mut random)?;
    }
    Ok(())
}

/// Destroys all keys but the current ones. Nothing may be left under them: [`rewrap`] has to have
/// found nothing more to do.
///
/// # Errors
/// None that its own keys give.
pub fn destroy_old(keys: &mut FileKeys) -> Result<(), KeysError> {
    let [current, index] = [keys.current(), keys.index_current()];
    for version in keys.versions().filter(|held| *held != current).collect::<Vec<_>>() {
        keys.destroy(version)?;
    }
    for version in keys.index_versions().filter(|held| *held != index).collect::<Vec<_>>() {
        keys.destroy_index(version)?;
    }
    Ok(())
}

/// Wraps every person's key under the current master key, and has everybody found under the
/// current index key. It waits; people may be registered and changed meanwhile. `progress` is told
/// how many more people were looked at.
///
/// # Errors
/// Where the database fails, or a key is not of these.
pub fn rewrap(
    store: &Store,
    keys: &dyn MasterKeys,
    now: Moment,
    progress: &mut dyn FnMut(usize),
) -> Result<Rotation, KeysError> {
    let mut rotation = Rotation::default();
    let mut after = HolderId::from_bytes([0; 16]);
    let mut random = token::random().or(Err(KeysError::Random))?;
    loop {
        let people = store.people_after(after, BATCH)?;
        let Some((last, _)) = people.last() else { return Ok(rotation) };
        let looked_at = people.len();
        after = last.id;
        let (mut wrappings, mut taggings) = (Vec::new(), Vec::new());
        for (person, known) in people {
            let wrapped = WrappedKey::from_bytes(&person.wrapped_key)?;
            if let Some(current) = other_tags(keys, &person, &known, now)? {
                taggings.push((person.clone(), current));
            }
            let renewed = kangji_vault::rewrap(keys, person.id, &wrapped, &mut random)?;
            if let Rewrap::Renewed(wrapped) = renewed {
                wrappings.push((person, wrapped.version().number(), wrapped.to_bytes()));
            }
        }
        if !taggings.is_empty() {
            rotation.retagged += store.retag_people(taggings).wait()?;
        }
        if !wrappings.is_empty() {
            rotation.rewrapped += store.rewrap_people(wrappings).wait()?;
        }
        progress(looked_at);
    }
}

/// By what somebody has to be found instead of the known hashes, where these are not under the
/// current index key. Who is found by nothing, such as staff, stays so.
fn other_tags(
    keys: &dyn MasterKeys,
    person: &SealedPerson,
    known: &[Tag],
    now: Moment,
) -> Result<Option<Vec<Tag>>, KeysError> {
    if known.is_empty() {
        return Ok(None);
    }
    let current = tags(keys, &identity(keys, person, now)?).or(Err(KeysError::Unread))?;
    let same = known.len() == current.len() && current.iter().all(|tag| known.contains(tag));
    Ok((!same).then_some(current))
}

/// What is sealed of somebody whose key opens.
fn identity(
    keys: &dyn MasterKeys,
    person: &SealedPerson,
    now: Moment,
) -> Result<Identity, KeysError> {
    let identity = open(keys, person).and_then(|opened| opened.identity(now.day()));
    identity.or(Err(KeysError::Unread))
}
