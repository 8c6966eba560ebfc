//! What the bureau of the district with vouchers says of how its rules are read (P16).

use kangji_core::{
    Moment,
    ids::{NoteId, OfficerId},
};
use kangji_store::{Note, Store, new_id};

use super::settlement::scheme_of;
use crate::{demo::district::District, problem::Problem};

/// Publishes a note on what counts as a lecture.
pub(super) fn publish(
    store: &Store,
    district: &District,
    by: OfficerId,
    now: Moment,
) -> Result<(), Problem> {
    let Some(scheme) = scheme_of(store, district)? else { return Ok(()) };
    let note = Note {
        id: NoteId::from_bytes(new_id(now)),
        scheme,
        award: Some("lecture".to_owned()),
        title: "线上讲座算不算（演示）".to_owned(),
        content: "由机构组织、当场签到的线上讲座，和到场听讲座一样计分；自己看录像的不算。"
            .to_owned(),
        written_by: by,
        written_at: now,
        withdrawn: None,
    };
    store.write_note(note).wait()?;
    Ok(())
}
