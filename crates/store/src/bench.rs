//! Measurements that a person can repeat: each in a database of its own, against a named peer in
//! the same database and the same run.

mod load;
mod lots;
mod order;
mod peer;
mod posting;
mod redeem;
mod simulate;

use std::time::{Duration, Instant};

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CommandKey, HolderId, RecordId},
    vocabulary::Vocabulary,
};
use kangji_ledger::{Act, Answer, Command, Source, account_of};

pub use load::{LoadFigures, load};
pub use lots::{LotFigures, lots};
pub use order::{OrderFigures, OrderPlan, OrderRate, order};
pub use posting::{PostingFigures, posting};
pub use redeem::{PeerFigures, RedeemFigures, RedeemPlan, redeem};
pub use simulate::{SimulationFigures, simulate};

use crate::{
    facts::holders::new_id,
    sql::Location,
    store::{Store, StoreError},
};

/// The scheme that measurements post under; it is not published.
const SCHEME: &str = "bench";

/// Made-up ids that spread over the whole range.
fn spread(number: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    let high = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
    let parts = high.into_iter().chain(number.to_be_bytes());
    bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
    bytes
}

/// A clock that runs. Keys begin with the time and holds end some time from now: with one moment
/// for all, their indices would take every one of them in at a random place.
#[derive(Clone, Copy)]
struct Clock {
    began: Instant,
    at: Moment,
}

impl Clock {
    /// The clock that is at `now`.
    fn at(now: Moment) -> Self {
        Self { began: Instant::now(), at: now }
    }

    fn now(&self) -> Moment {
        let passed = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.at.plus_millis(passed)
    }
}

/// Durations in the order of length, for their quantiles.
struct Sorted(Vec<Duration>);

impl Sorted {
    fn new(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self(durations)
    }

    /// The duration below which `percent` of all lie.
    fn quantile(&self, percent: usize) -> Duration {
        let place = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).copied().unwrap_or_default()
    }
}

fn per_second(commands: u64, elapsed: Duration) -> u64 {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    commands.saturating_mul(1000) / millis
}

/// A database whose ledger is empty, opened for a measurement.
fn empty_store(location: &Location, now: Moment) -> Result<Store, StoreError> {
    Store::migrate(location, now)?;
    let store = Store::open(location, Vocabulary::national())?;
    let mut accounts = 0;
    store.reader()?.query("SELECT COUNT(*) FROM accounts", &[], |row| {
        accounts = row.int(0)?;
        Ok(())
    })?;
    if accounts > 0 { Err(StoreError::NotEmpty) } else { Ok(store) }
}

/// Opens accounts for made-up holders.
fn open_accounts(store: &Store, number: u64) -> Result<Vec<AccountId>, StoreError> {
    let holders: Vec<HolderId> =
        (0..number).map(|number| HolderId::from_bytes(spread(number))).collect();
    let ids = holders.iter().map(|holder| account_of(*holder, SCHEME)).collect();
    let pairs = holders.into_iter().map(|holder| (holder, false)).collect();
    store.open_accounts(SCHEME, pairs).wait()?;
    Ok(ids)
}

fn command(account: AccountId, now: Moment, act: Act) -> Command {
    let key = Some(CommandKey::from_bytes(new_id(now)));
    Command { key, account, day: now.day(), act, answer: Answer::default() }
}

fn credit(points: i64, expires_on: Option<Day>, record: u64, now: Moment) -> Act {
    let source = Source {
        award: "lecture".to_owned(),
        resident: HolderId::from_bytes(spread(record)),
        record: Some(RecordId::from_bytes(spread(record))),
        period: None,
        version: now.day(),
    };
    Act::Credit { points: Points(points), expires_on, source }
}
