//! Attempts to show a password or a code: after some that failed each further one has to wait
//! twice as long, for whom it is tried and from where.

use std::net::IpAddr;

use kangji_core::Moment;
use kangji_ledger::Hash;
use kangji_store::Failures;

use crate::{
    app::App,
    origin::Origin,
    problem::{Code, Problem},
};

/// The longest wait after failed attempts, in seconds.
const WAIT_MAX: u32 = 900;

/// An address has so many times as many free attempts as a name, since a whole clinic shares one.
const ADDRESS_FACTOR: u32 = 10;

/// What an attempt is counted under.
pub(crate) struct Tried {
    whom: Vec<Hash>,
    address: Hash,
}

impl Tried {
    /// Something tried from somewhere, for nobody in particular.
    pub(crate) fn from(origin: &Origin) -> Self {
        Self { whom: Vec::new(), address: Hash::of(&[b"address:", &network(origin.address)]) }
    }

    /// The same for somebody or something: `what` is tried, `whom` names them.
    pub(crate) fn of(self, what: &str, whom: &[u8]) -> Self {
        Self { whom: vec![Hash::of(&[what.as_bytes(), b":", whom])], ..self }
    }

    /// The same where nobody is named: the address has no more free attempts than a name.
    pub(crate) fn of_address(self, what: &str, origin: &Origin) -> Self {
        self.of(what, &network(origin.address))
    }

    /// Counts an attempt before it is made; refuses it while somebody has to wait.
    ///
    /// # Errors
    /// That too many failed, with the seconds to wait.
    pub(crate) fn count(&self, app: &App, now: Moment) -> Result<(), Problem> {
        let free = app.config().sign_in.free_attempts;
        let all = self.whom.iter().copied().chain([self.address]).collect();
        let address = self.whom.len();
        let wait = app.store().attempt(all, now, move |place, failures| {
            let free = if place == address { free.saturating_mul(ADDRESS_FACTOR) } else { free };
            waiting_time(failures, free, now)
        });
        match wait.wait()? {
            0 => Ok(()),
            seconds => Err(Problem::from(Code::TooManyAttempts).after(seconds)),
        }
    }

    /// Refuses while somebody has to wait, and counts nothing; tells whether any attempt failed.
    ///
    /// # Errors
    /// That too many failed, with the seconds to wait.
    pub(crate) fn look(&self, app: &App, now: Moment) -> Result<bool, Problem> {
        let free = app.config().sign_in.free_attempts;
        let own = self.whom.iter().map(|hash| (hash, free));
        let all = own.chain([(&self.address, free.saturating_mul(ADDRESS_FACTOR))]);
        let (mut longest, mut any) = (0, false);
        for (hash, free) in all {
            let failures = app.store().failures(*hash)?;
            longest = longest.max(waiting_time(failures, free, now));
            any |= failures.count > 0;
        }
        match longest {
            0 => Ok(any),
            seconds => Err(Problem::from(Code::TooManyAttempts).after(seconds)),
        }
    }

    /// Takes one failed attempt back, for one that went well.
    pub(crate) fn make_good(self, app: &App) {
        let all = self.whom.into_iter().chain([self.address]).collect();
        drop(app.store().succeeded(Vec::new(), all));
    }

    /// Makes an attempt. One that gives nothing failed; one that ends in another problem is not
    /// counted.
    ///
    /// # Errors
    /// That it failed, that too many did, or what `run` says.
    pub(crate) fn attempt<T>(
        self,
        app: &App,
        now: Moment,
        run: impl FnOnce() -> Result<Option<T>, Problem>,
    ) -> Result<T, Problem> {
        self.count(app, now)?;
        match run() {
            Ok(Some(done)) => {
                app.store().succeeded(self.whom, vec![self.address]).wait()?;
                Ok(done)
            }
            Ok(None) => Err(Code::SignInFailed.into()),
            Err(problem) => {
                let all = self.whom.into_iter().chain([self.address]).collect();
                app.store().succeeded(Vec::new(), all).wait()?;
                Err(problem)
            }
        }
    }
}

/// An address as far as one caller cannot choose it: of the newer kind they have 64 bits.
fn network(address: IpAddr) -> [u8; 8] {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [0, 0, 0, 0, a, b, c, d]
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h, ..] = address.octets();
            [a, b, c, d, e, f, g, h]
        }
    }
}

/// For how many more seconds nobody may try again: after the free attempts one second, then twice
/// as long each time.
fn waiting_time(failures: Failures, free: u32, now: Moment) -> u32 {
    let Some(beyond) = failures.count.checked_sub(free) else { return 0 };
    let wait = 1_u32.checked_shl(beyond.min(20)).unwrap_or(WAIT_MAX).min(WAIT_MAX);
    let gone = now.millis().saturating_sub(failures.last_at.millis()) / 1000;
    wait.saturating_sub(u32::try_from(gone).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_passes() {
        let now = Moment::from_millis(1_000_000);
        let wait = |count, gone: i64| {
            let last_at = Moment::from_millis(now.millis() - gone * 1000);
            waiting_time(Failures { count, last_at }, 5, now)
        };
        let waits = [4, 5, 6, 7, 14, 15, 40].map(|count| wait(count, 0));
        assert_eq!(waits, [0, 1, 2, 4, 512, 900, 900]);
        assert_eq!((wait(7, 3), wait(7, 4)), (1, 0));
    }

    #[test]
    fn addresses_of_one_caller_are_one() {
        let of = |address: &str| network(address.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
