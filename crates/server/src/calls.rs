//! How often connected systems call. Each server counts for itself, in memory: with several of
//! them a system may call as often at each.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use kangji_core::{Moment, ids::ClientId};

use crate::problem::{Code, Problem};

const MINUTE_MICROS: i64 = 60_000_000;

/// When each system's calls so far would have come at the pace it may keep: the generic cell rate
/// algorithm (ITU-T I.371), in microseconds. Nobody's row is taken out: there are as many as
/// systems.
#[derive(Debug, Default)]
pub struct Calls(Mutex<HashMap<ClientId, i64>>);

impl Calls {
    /// Counts a call. A minute's calls may come at once, then they have to keep the pace.
    ///
    /// # Errors
    /// That it calls too often, with the seconds to wait.
    pub fn take(&self, client: ClientId, per_minute: u32, now: Moment) -> Result<(), Problem> {
        let now = now.millis().saturating_mul(1000);
        let apart = MINUTE_MICROS / i64::from(per_minute.max(1));
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = paces.entry(client).or_insert(now);
        let next = (*pace).max(now) + apart;
        let early = next - now - MINUTE_MICROS;
        if early > 0 {
            let seconds = u32::try_from((early + 999_999) / 1_000_000).unwrap_or(u32::MAX);
            return Err(Problem::from(Code::TooManyCalls).after(seconds));
        }
        *pace = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_calls_come_at_once_and_then_at_their_pace() {
        let calls = Calls::default();
        let [one, other] = [1, 2].map(|byte| ClientId::from_bytes([byte; 16]));
        let take = |client, seconds: i64| {
            let taken = calls.take(client, 6, Moment::from_millis(seconds * 1000));
            taken.map_err(|problem| problem.retry_after.unwrap())
        };
        for _ in 0..6 {
            assert_eq!(take(one, 100), Ok(()));
        }
        assert_eq!(take(one, 100), Err(10));
        assert_eq!(take(other, 100), Ok(()), "each counts for itself");
        assert_eq!((take(one, 109), take(one, 110), take(one, 110)), (Err(1), Ok(()), Err(10)));
        for _ in 0..6 {
            assert_eq!(take(one, 1000), Ok(()), "after a pause a minute's calls again");
        }
        assert_eq!(take(one, 1000), Err(10));
        assert_eq!(take(one, 50), Err(960), "a clock set back lets nobody through");
    }
}
