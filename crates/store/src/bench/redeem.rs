//! Durable hold and capture for many clients at once, against hand-written SQL with one
//! transaction for each command.

use std::time::{Duration, Instant};

use kangji_core::{Moment, Points, ids::AccountId};
use kangji_ledger::{Act, Entry};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::{runtime, task::JoinSet};

use super::{Clock, Sorted, command, credit, empty_store, open_accounts, peer, per_second};
use crate::{
    sql::Location,
    store::{Store, StoreError},
};

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub struct RedeemPlan {
    /// How many accounts.
    pub accounts: u64,
    /// How many clients, each with one command under way.
    pub clients: usize,
    /// How long to measure each side.
    pub time: Duration,
}

/// How fast the ledger was, and its peers.
#[derive(Clone, Debug)]
pub struct RedeemFigures {
    /// Commands a second.
    pub per_second: u64,
    /// Half of the commands were answered within.
    pub p50: Duration,
    /// 99 of 100 commands were answered within.
    pub p99: Duration,
    /// Hand-written SQL by number of connections.
    pub peers: Vec<PeerFigures>,
}

/// How fast hand-written SQL was.
#[derive(Clone, Copy, Debug)]
pub struct PeerFigures {
    /// Connections at once.
    pub connections: usize,
    /// Commands a second.
    pub per_second: u64,
}

/// One of five commands goes to the first account.
const HOT: u32 = 5;

/// An account: one time in five the first.
fn any(accounts: &[AccountId], dice: &mut ChaCha8Rng) -> AccountId {
    let place = if dice.random_ratio(1, HOT) { 0 } else { dice.random_range(0..accounts.len()) };
    accounts.get(place).copied().unwrap_or(AccountId::from_bytes([0; 16]))
}

/// Measures in the empty database at `location`; `now` is the clock.
///
/// # Errors
/// Where the database fails or has accounts.
pub fn redeem(
    location: &Location,
    plan: RedeemPlan,
    now: Moment,
) -> Result<RedeemFigures, StoreError> {
    let peers: &[usize] = match location {
        Location::File(_) => &[1],
        Location::Postgres(_) => &[1, 16, 64],
    };
    let store = empty_store(location, now)?;
    let accounts = open_accounts(&store, plan.accounts)?;
    fill(&store, &accounts, now)?;
    peer::prepare(location, &accounts)?;
    let clock = Clock::at(now);
    // Half of the peer's time before ours and half after, so that a machine that slows down or
    // speeds up meanwhile favours neither.
    let half = plan.time / 2;
    let mut before = Vec::new();
    for connections in peers {
        before.push(peer::run(location, &accounts, *connections, half, clock)?);
    }
    let (commands, elapsed, latencies) = clients(&store, &accounts, plan, clock)?;
    let mut found = Vec::new();
    for (connections, before) in peers.iter().zip(before) {
        let after = peer::run(location, &accounts, *connections, half, clock)?;
        let per_second = per_second(before.0 + after.0, before.1 + after.1);
        found.push(PeerFigures { connections: *connections, per_second });
    }
    peer::remove(location)?;
    let sorted = Sorted::new(latencies);
    Ok(RedeemFigures {
        per_second: per_second(commands, elapsed),
        p50: sorted.quantile(50),
        p99: sorted.quantile(99),
        peers: found,
    })
}

/// Gives every account four lots.
fn fill(store: &Store, accounts: &[AccountId], now: Moment) -> Result<(), StoreError> {
    let mut waiting = Vec::new();
    for (record, account) in (0..).zip(accounts) {
        for lot in 0..4_u32 {
            let expires_on = now.day().plus_days(i64::from(lot) * 90 + 90);
            let act = credit(1_000_000_000, Some(expires_on), record * 4 + u64::from(lot), now);
            waiting.push(store.execute(command(*account, now, act), now));
        }
        if waiting.len() > 4000 {
            waiting.drain(..).try_for_each(|pending| expect(pending.wait()?))?;
        }
    }
    waiting.into_iter().try_for_each(|pending| expect(pending.wait()?))
}

fn expect(answer: crate::Answer) -> Result<(), StoreError> {
    answer.map(drop).map_err(StoreError::Refused)
}

/// Every client holds and captures in turn until the time is over.
fn clients(
    store: &Store,
    accounts: &[AccountId],
    plan: RedeemPlan,
    clock: Clock,
) -> Result<(u64, Duration, Vec<Duration>), StoreError> {
    let runtime = runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| StoreError::Thread(error.to_string()))?;
    let accounts: std::sync::Arc<[AccountId]> = accounts.into();
    runtime.block_on(async {
        let start = Instant::now();
        let end = start + plan.time;
        let mut tasks = JoinSet::new();
        for number in (0..).take(plan.clients) {
            tasks.spawn(client(store.clone(), accounts.clone(), number, clock, end));
        }
        let mut latencies = Vec::new();
        while let Some(done) = tasks.join_next().await {
            let done = done.map_err(|error| StoreError::Thread(error.to_string()))?;
            latencies.extend(done?);
        }
        let commands = u64::try_from(latencies.len()).unwrap_or(u64::MAX);
        Ok((commands, start.elapsed(), latencies))
    })
}

async fn client(
    store: Store,
    accounts: std::sync::Arc<[AccountId]>,
    number: u64,
    clock: Clock,
    end: Instant,
) -> Result<Vec<Duration>, StoreError> {
    let mut dice = ChaCha8Rng::seed_from_u64(number);
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let account = any(&accounts, &mut dice);
        let now = clock.now();
        let until = Some(now.plus_millis(600_000));
        let held = Act::Hold { points: Points(5), until };
        let entry = timed(&store, account, held, now, &mut latencies).await?;
        let capture = Act::Capture { hold: entry.seq };
        timed(&store, account, capture, clock.now(), &mut latencies).await?;
    }
    Ok(latencies)
}

async fn timed(
    store: &Store,
    account: AccountId,
    act: Act,
    now: Moment,
    latencies: &mut Vec<Duration>,
) -> Result<Entry, StoreError> {
    let start = Instant::now();
    let answer = store.execute(command(account, now, act), now).answer().await?;
    latencies.push(start.elapsed());
    answer.map_err(StoreError::Refused)
}
