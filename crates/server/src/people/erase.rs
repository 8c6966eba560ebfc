//! Erasing a person for good.

use kangji_core::ids::HolderId;
use kangji_store::{Entered, Store};

use crate::problem::Problem;

/// Destroys what tells who somebody is, and what lies in the database's log of it; `false` where
/// nobody has the id. It takes two people: whoever calls this has seen to that. `store` is the
/// one of the call, so that it stands in the audit log; it waits, so it is called where that may
/// be.
///
/// # Errors
/// Where the store says so: points that wait and fall into a closed period need a reason.
pub fn erase(store: &Store, id: HolderId, entered: Entered) -> Result<bool, Problem> {
    let known = store.erase_person(id, entered).wait()?;
    if !store.forget_deleted()? {
        // A long reading holds the log; it is emptied with the next erasure or restart.
        tracing::warn!("the write-ahead log was not emptied after an erasure");
    }
    Ok(known)
}
