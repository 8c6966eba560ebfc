//! An account with very many small lots: spending some of them, and all.

use std::time::{Duration, Instant};

use kangji_core::{Moment, Points};
use kangji_ledger::{Act, Seq};

use super::{Sorted, command, credit, empty_store, open_accounts};
use crate::{
    sql::Location,
    store::{Store, StoreError},
};

/// How long it takes, each the median of several.
#[derive(Clone, Copy, Debug)]
pub struct LotFigures {
    /// Setting aside what ten lots hold.
    pub hold_ten: Duration,
    /// Spending that.
    pub capture_ten: Duration,
    /// Setting aside all lots.
    pub hold_all: Duration,
    /// Spending that.
    pub capture_all: Duration,
}

/// Measures in the empty database at `location`, with `lots` lots of one point, each expiring on
/// a day of its own; `now` is the clock.
///
/// # Errors
/// Where the database fails or has accounts.
pub fn lots(location: &Location, lots: u64, now: Moment) -> Result<LotFigures, StoreError> {
    let store = empty_store(location, now)?;
    let mut durations: [Vec<Duration>; 4] = Default::default();
    let [hold_ten, capture_ten, hold_all, capture_all] = &mut durations;
    let accounts = open_accounts(&store, 5)?;
    for account in accounts {
        let mut left = lots;
        let mut waiting = Vec::new();
        for (record, day) in (0..lots).zip(1..) {
            let expires_on = Some(now.day().plus_days(day));
            let act = credit(1, expires_on, record, now);
            waiting.push(store.execute(command(account, now, act), now));
        }
        for pending in waiting {
            pending.wait()?.map_err(StoreError::Refused)?;
        }
        let spend = |points: u64, held: &mut Vec<Duration>, captured: &mut Vec<Duration>| {
            let points = Points(i64::try_from(points).unwrap_or(i64::MAX));
            let hold = Act::Hold { points, until: None };
            let (seq, time) = timed(&store, account, hold, now)?;
            held.push(time);
            let (_, time) = timed(&store, account, Act::Capture { hold: seq }, now)?;
            captured.push(time);
            Ok::<(), StoreError>(())
        };
        for _ in 0..20 {
            spend(10, hold_ten, capture_ten)?;
            left -= 10;
        }
        spend(left, hold_all, capture_all)?;
    }
    let [hold_ten, capture_ten, hold_all, capture_all] =
        durations.map(|found| Sorted::new(found).quantile(50));
    Ok(LotFigures { hold_ten, capture_ten, hold_all, capture_all })
}

fn timed(
    store: &Store,
    account: kangji_core::ids::AccountId,
    act: Act,
    now: Moment,
) -> Result<(Seq, Duration), StoreError> {
    let start = Instant::now();
    let answer = store.execute(command(account, now, act), now).wait()?;
    let elapsed = start.elapsed();
    Ok((answer.map_err(StoreError::Refused)?.seq, elapsed))
}
