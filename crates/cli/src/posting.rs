//! Posting the points of those who wait for it, a few at a time, until nobody waits.

use kangji_core::{Day, ids::ReasonId};
use kangji_store::Settlement;

use crate::{
    database::{Database, entered},
    failure::Failure,
    progress::Counting,
};

/// Residents whose points are posted in one transaction.
const RESIDENTS: usize = 500;

/// Posts until nobody waits. Whoever stops it loses nothing: the next call goes on.
pub(crate) fn post_waiting(
    database: &Database,
    as_of: Day,
    reason: Option<ReasonId>,
) -> Result<Settlement, Failure> {
    let store = &database.store;
    let waiting = u64::try_from(database.wait(store.unposted())?).unwrap_or_default();
    let progress = Counting::new("入账（人）", waiting);
    let mut settlement = Settlement::default();
    loop {
        let (residents, posted) =
            database.wait(store.post_some(RESIDENTS, as_of, entered(reason)))?;
        if residents == 0 {
            break;
        }
        settlement.add(posted);
        progress.more(residents);
    }
    progress.finish();
    Ok(settlement)
}

/// What posting came to, for people.
pub(crate) fn sentence(settlement: Settlement) -> String {
    match settlement {
        Settlement { credited: 0, reversed: 0 } => "积分没有变化。".to_owned(),
        Settlement { credited, reversed } => format!("得分 {credited} 笔，冲回 {reversed} 笔。"),
    }
}
