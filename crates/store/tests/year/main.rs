//! A year of a generated district, played through commands: people earn, points go onto paper and
//! come back, are spent at counters and in shops, returned, lost, presented twice, taken back by
//! corrections, settled with the shops, and expire. Then every point, voucher, piece and fen is
//! where the books say it is.
//!
//! `cargo xtask year` plays 50,000 people; the tests play a village every time.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod diary;
mod district;
mod months;
mod settlement;
#[path = "../support/mod.rs"]
mod support;

use kangji_store::{Books, Location, verify};

use district::{District, SCHEME};
use support::on_both;

on_both! {
    a_year_adds_up;
}

/// How many people live in the district: `KANGJI_YEAR_PEOPLE`, or a village.
fn people() -> u32 {
    std::env::var("KANGJI_YEAR_PEOPLE").ok().and_then(|number| number.parse().ok()).unwrap_or(250)
}

/// T2, P4, P9, P10, P13, P14: what was issued = redeemed + held + expired + forfeited +
/// outstanding; vouchers printed = all states; stock = receipts − hand-overs ± counts; statements =
/// deductions.
fn a_year_adds_up(location: &Location) {
    let mut district = District::open(location, people());
    for month in 1..=12 {
        district.play(month);
        district.check_books();
    }
    district.end_of_year();
    district.check_everything(location);
    // Two years later nothing is left: what nobody spent has expired, on paper, too (P9).
    district.jobs("2029-03-01");
    district.check_everything(location);
    let Books { outstanding, on_vouchers, lost, held, expired, .. } =
        district.store.books(SCHEME).unwrap();
    assert!(outstanding.0 <= 0, "{outstanding:?} are owed");
    assert_eq!((on_vouchers.0, lost.0, held.0), (0, 0, 0));
    assert!(expired.0 > 0, "something has expired");
}

impl District {
    fn check_everything(&self, location: &Location) {
        self.check_books();
        self.check_vouchers();
        self.check_statements();
        let report = verify(location, None, None, &mut |_| {}).unwrap();
        assert!(report.is_sound(), "{}", report.chinese());
    }
}
