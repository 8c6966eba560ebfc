//! Declaring an institution's forged records void, once two people decided it: long work, in
//! batches that are each done for good.

use kangji_core::ids::{HolderId, ProposalId, ReasonId, RecordId};
use kangji_store::{Proposed, reaches};

use crate::{
    problem::Code,
    tasks::{Halt, Running},
};

/// Records that are declared void in one transaction.
const BATCH: u32 = 200;

/// Does it, from where it stopped, and says what it came to.
pub(crate) fn void(running: &mut Running<'_>) -> Result<String, Halt> {
    let store = running.app().store().clone();
    let text: String = running.input()?;
    let id: ProposalId = text.parse().map_err(|_| Code::Internal)?;
    let proposal = store.proposal(id)?;
    let accepted = proposal.filter(|made| made.decision.as_ref().is_some_and(|one| one.accepted));
    let proposal = accepted.ok_or(Code::NotFound)?;
    if !reaches(&running.permit()?, proposal.area) {
        return Err(Code::OutOfArea.into());
    }
    let Proposed::VoidRecords { forged, .. } = proposal.content else {
        return Err(Code::Internal.into());
    };
    let mut progress = running.progress().clone();
    if progress.total == 0 {
        let found = store.count_forged(&forged)?;
        progress.total = progress.done.saturating_add(found);
    }
    let reason = ReasonId::from_bytes(*id.bytes());
    let mut after = place(&progress.place);
    loop {
        let why = (reason, running.app().now());
        let done = running.store().void_forged(forged.clone(), after, BATCH, why).wait();
        let done = done?;
        progress.done = progress.done.saturating_add(done.records);
        after = done.last;
        progress.place = after.map(word).unwrap_or_default();
        running.tell(progress.clone())?;
        if after.is_none() {
            return Ok(format!("已作废 {} 条记录，积分已按其余记录重新计算", progress.done));
        }
    }
}

fn word((resident, record): (HolderId, RecordId)) -> String {
    format!("{resident} {record}")
}

fn place(word: &str) -> Option<(HolderId, RecordId)> {
    let (resident, record) = word.split_once(' ')?;
    Some((resident.parse().ok()?, record.parse().ok()?))
}
