//! Who runs the command: the account of the operating system, which the audit log names. Nobody can
//! say here to be somebody else; who became the account, the system's own log tells.

use kangji_core::{Moment, ids::TraceId};
use kangji_store::{Actor, Call, Deed, new_id};

/// Somebody at the command line does this.
pub(crate) fn deed(action: &str, now: Moment) -> Deed {
    // An account without a name is seldom, and no reason not to do it.
    let account = whoami::username().unwrap_or_else(|_| "?".to_owned());
    Deed {
        actor: Actor::Program,
        action: action.to_owned(),
        origin: format!("cli:{account}"),
        trace: TraceId::from_bytes(new_id(now)),
    }
}

/// The same as a call, whose lines are written together with what it changes.
pub(crate) fn call(action: &str, now: Moment) -> Call {
    Call { deed: deed(action, now), now, key: None }
}
