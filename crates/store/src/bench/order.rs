//! Durable orders with stock for many clients at once: spread over all items, and with one item
//! that takes a fifth of them.

use std::time::{Duration, Instant};

use kangji_core::{Moment, ids::HolderId};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::{runtime, task::JoinSet};

use super::{Clock, Sorted, empty_store, per_second, spread};
use crate::{
    redemption::sample::{give, open, place},
    sql::Location,
    store::{Store, StoreError},
};

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub struct OrderPlan {
    /// How many people with points.
    pub people: u64,
    /// How many items.
    pub items: usize,
    /// How many clients, each with one order under way.
    pub clients: usize,
    /// How long to measure each of the two.
    pub time: Duration,
}

/// How fast orders were.
#[derive(Clone, Copy, Debug)]
pub struct OrderRate {
    /// Orders a second.
    pub per_second: u64,
    /// Half of the orders were answered within.
    pub p50: Duration,
    /// 99 of 100 orders were answered within.
    pub p99: Duration,
}

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct OrderFigures {
    /// Spread over all items.
    pub even: OrderRate,
    /// With one item that takes a fifth.
    pub hot: OrderRate,
}

/// One of five orders goes to the first item, where one item is hot.
const HOT: u32 = 5;
/// More pieces than can be ordered meanwhile.
const PIECES: u32 = 100_000_000;

/// What came of measuring for a time: when, and how long each order took.
#[derive(Default)]
struct Run {
    elapsed: Duration,
    latencies: Vec<Duration>,
}

/// Measures in the empty database at `location`; `now` is the clock.
///
/// # Errors
/// Where the database fails or has accounts.
pub fn order(
    location: &Location,
    plan: OrderPlan,
    now: Moment,
) -> Result<OrderFigures, StoreError> {
    let store = empty_store(location, now)?;
    open(&store, plan.items, PIECES, "", now)?;
    let people: Vec<HolderId> =
        (0..plan.people).map(|number| HolderId::from_bytes(spread(number))).collect();
    give(&store, &people, 1_000_000_000, now)?;
    let clock = Clock::at(now);
    let (mut even, mut hot) = (Run::default(), Run::default());
    // In turns, so that a machine that slows down meanwhile favours neither.
    for _ in 0..4 {
        for (is_hot, run) in [(false, &mut even), (true, &mut hot)] {
            let one = clients(&store, &people, plan, is_hot, clock)?;
            run.elapsed += one.elapsed;
            run.latencies.extend(one.latencies);
        }
    }
    Ok(OrderFigures { even: even.rate(), hot: hot.rate() })
}

impl Run {
    fn rate(self) -> OrderRate {
        let orders = u64::try_from(self.latencies.len()).unwrap_or(u64::MAX);
        let sorted = Sorted::new(self.latencies);
        OrderRate {
            per_second: per_second(orders, self.elapsed),
            p50: sorted.quantile(50),
            p99: sorted.quantile(99),
        }
    }
}

/// Every client orders until a quarter of the time is over.
fn clients(
    store: &Store,
    people: &[HolderId],
    plan: OrderPlan,
    is_hot: bool,
    clock: Clock,
) -> Result<Run, StoreError> {
    let runtime = runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| StoreError::Thread(error.to_string()))?;
    let people: std::sync::Arc<[HolderId]> = people.into();
    runtime.block_on(async {
        let start = Instant::now();
        let end = start + plan.time / 4;
        let mut tasks = JoinSet::new();
        for number in (0..).take(plan.clients) {
            let (store, people) = (store.clone(), people.clone());
            let mut dice = ChaCha8Rng::seed_from_u64(number);
            let hot = is_hot.then_some(HOT);
            tasks.spawn(async move {
                let mut latencies = Vec::new();
                while Instant::now() < end {
                    let person = people.get(dice.random_range(0..people.len()));
                    let person = person.copied().unwrap_or(HolderId::from_bytes([0; 16]));
                    let any = dice.random_range(0..plan.items);
                    let item =
                        if hot.is_some_and(|hot| dice.random_ratio(1, hot)) { 0 } else { any };
                    let begun = Instant::now();
                    let answer = store.order(place(person, item, clock.now())).answer().await?;
                    latencies.push(begun.elapsed());
                    answer.map_err(|refused| StoreError::Thread(format!("{refused:?}")))?;
                }
                Ok::<_, StoreError>(latencies)
            });
        }
        let mut latencies = Vec::new();
        while let Some(done) = tasks.join_next().await {
            let done = done.map_err(|error| StoreError::Thread(error.to_string()))?;
            latencies.extend(done?);
        }
        Ok(Run { elapsed: start.elapsed(), latencies })
    })
}
