//! A clock that steps back.

use std::time::Duration;

use kangji_core::{Day, Moment, Points, ids::CommandKey};
use kangji_ledger::{Entry, Refusal, Seq};
use kangji_store::{Location, Store};

use crate::{
    ask::{Ask, DAY, What},
    both,
    desks::Desks,
    game::Game,
    place, stored,
};

const DAYS: i64 = 86_400_000;

#[test]
fn under_a_clock_that_jumps_all_is_right_and_recorded_in_order() {
    both(|location| {
        place::prepare(location);
        let mut game = Game::new();
        game.back = 2 * DAYS;
        let mut desks = Desks::open(location, 1);
        game.play(&mut desks, Duration::from_millis(300));
        game.drain(&mut desks);
        stored::check(location, &game.model);
    });
}

/// A store with a clock and keys.
struct Desk {
    store: Store,
    keys: u64,
}

impl Desk {
    fn open(location: &Location) -> Self {
        Self {
            store: Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap(),
            keys: 0,
        }
    }

    /// Asks for something that counts for `day`, when the clock says noon of `today`.
    fn ask(&mut self, what: What, day: Day, today: Day) -> Result<Entry, Refusal> {
        self.keys += 1;
        let mut command = Ask { key: self.keys, account: 3, what }.command();
        command.day = day;
        let noon = Moment::start_of(today).plus_millis(DAYS / 2);
        self.store.execute(command, noon).wait().unwrap()
    }
}

#[test]
fn when_the_clock_has_stepped_back_a_hold_of_today_counts_as_late() {
    both(|location| {
        place::prepare(location);
        let mut desk = Desk::open(location);
        let day = |after| DAY.plus_days(after);
        desk.ask(What::Credit(100), day(0), day(0)).unwrap();
        let hold = desk.ask(What::Hold(100), day(4), day(4)).unwrap();
        let back = desk.ask(What::Release(hold.seq.0), day(5), day(5)).unwrap();
        // The clock steps back to the third day. The points are there, and were on that day, but
        // not on all days since.
        let late = desk.ask(What::Hold(50), day(3), day(3));
        let short = Refusal::InsufficientOn { day: day(4), redeemable: Points(0) };
        assert_eq!(late, Err(short));
        // What comes is written down after what is there, whatever the clock says.
        let credit = desk.ask(What::Credit(10), day(3), day(3)).unwrap();
        assert_eq!((credit.seq, credit.day), (Seq(4), day(3)));
        assert_eq!(credit.recorded_at, back.recorded_at);
        let late = desk.ask(What::Hold(10), day(3), day(3)).unwrap();
        assert_eq!(late.recorded_at, back.recorded_at);
        // A day that the clock has not reached yet is in the future, though it was here before.
        let future = desk.ask(What::Hold(10), day(5), day(3));
        assert_eq!(future, Err(Refusal::FutureDay { today: day(3) }));
        // Once it is right again, time goes on.
        let after = desk.ask(What::Capture(late.seq.0), day(6), day(6)).unwrap();
        assert!(after.recorded_at > back.recorded_at);
    });
}

#[test]
fn a_retry_under_an_earlier_clock_gets_the_first_answer() {
    both(|location| {
        place::prepare(location);
        let store = Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
        let ask = |what, today: Day| {
            let mut command = Ask { key: 0, account: 3, what }.command();
            let key = if matches!(what, What::Hold(_)) { [1; 16] } else { [2; 16] };
            command.key = Some(CommandKey::from_bytes(key));
            store.execute(command, Moment::start_of(today)).wait().unwrap()
        };
        let (today, earlier) = (DAY.plus_days(3), DAY.plus_days(1));
        let refused = ask(What::Hold(5), today);
        let accepted = ask(What::Credit(5), today);
        assert!(refused.is_err() && accepted.is_ok());
        assert_eq!(ask(What::Hold(5), earlier), refused);
        assert_eq!(ask(What::Credit(5), earlier), accepted);
    });
}
