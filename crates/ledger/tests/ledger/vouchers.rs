//! Cases to read of what may happen to a paper voucher: each row of `docs/ledger.md`.

use kangji_core::{Points, ids::CommandKey};
use kangji_ledger::{Account, Act, Broken, Command, Entry, EntryKind, Seq, snapshot};

use crate::{
    notation::case,
    town::{Memory, Town, answered, credit, id},
};

#[test]
fn a_voucher_takes_its_points_out_of_the_lot_it_is_bound_to_and_out_of_no_other_p10() {
    case(
        "03-01 credit 5 until 04-01
         03-01 credit 9 until 05-01
         03-02 bind 2=6         -> total 14 redeemable 8 held 6 paper 6 lots 1:5+2:3 did bind
         03-02 bind 2=3         -> redeemable 5 held 9 paper 9 lots 1:5
         03-02 hold 6           -> refused insufficient 5
         03-02 hold 5           -> redeemable 0 held 14 paper 9",
    );
}

#[test]
fn a_voucher_bears_only_what_is_left_of_its_lot_p10() {
    case(
        "03-05 credit 5 until 03-20
         03-05 credit 9
         03-06 hold 2
         03-06 bind 1=4             -> refused not_left 3
         03-06 bind 1=0             -> refused not_positive
         03-06 bind 1=-1            -> refused not_positive
         03-06 bind 3=1             -> refused not_left 0
         03-06 bind 9=1             -> refused not_left 0
         03-06 for 03-04 bind 1=1   -> refused not_left 0
         03-06 for 03-07 bind 1=1   -> refused future_day 2026-03-06
         03-06 2: bind 1=1          -> refused not_left 0
         03-20 bind 1=1             -> refused not_left 0
         03-20 bind 2=9             -> paper 9",
    );
}

#[test]
fn a_voucher_of_an_earlier_day_is_checked_against_every_later_balance_p10() {
    case(
        "03-01 credit 10
         03-03 hold 8
         03-05 release 2
         03-06 for 03-02 bind 1=11  -> refused not_left 10
         03-06 for 03-02 bind 1=3   -> refused insufficient_on 2026-03-03 2
         03-06 for 03-02 bind 1=2   -> redeemable 8 paper 2
         03-06 closed through 03-04
         03-06 for 03-04 bind 1=1   -> refused period_closed 2026-03-04",
    );
}

#[test]
fn points_of_every_lot_can_go_onto_a_voucher_p10() {
    case(
        "adjustments allowed
         03-01 adjust 5 until 03-20 two reason  -> lots 1:5
         03-01 bind 1=5                         -> paper 5
         03-01 pool: credit 10
         03-01 pool: hand-on 1=4 two            -> of 1 lots 3:4
         03-01 bind 3=4                         -> paper 9 redeemable 0 total 9",
    );
}

#[test]
fn a_voucher_is_spent_once_and_whole_p10() {
    case(
        "03-01 credit 5
         03-01 bind 1=3
         03-02 capture 2        -> total 5 redeemable 2 held 0 paper 0 did capture
         03-02 capture 2        -> refused hold_not_open 2
         03-02 release 2        -> refused hold_not_open 2",
    );
}

#[test]
fn a_voucher_given_back_is_electronic_again_p10() {
    case(
        "03-01 credit 5 until 03-20
         03-01 bind 1=3
         03-02 time-out 2       -> refused hold_not_due never
         03-02 release 2        -> redeemable 5 held 0 paper 0 lots 1:5 did release
         03-02 capture 2        -> refused hold_not_open 2",
    );
}

#[test]
fn a_voucher_ends_with_the_day_of_its_lot_and_an_order_does_not_p9() {
    let town = case(
        "03-01 credit 9 until 03-05
         03-01 bind 1=4
         03-01 hold 3
         03-04 expire           -> refused nothing_to_do
         03-06 expire -> did expire+lapse days 03-05+03-05 total 9 redeemable 0 held 3 paper 0
         03-06 expire           -> refused nothing_to_do
         03-06 capture 2        -> refused hold_not_open 2
         03-06 capture 3        -> held 0",
    );
    let lapse = &town.entries[4];
    assert_eq!((lapse.kind, lapse.refers), (EntryKind::Lapse, Some(Seq(2))));
    assert_eq!((lapse.redeemable, lapse.held), (Points::ZERO, Points(-4)));
    assert_eq!(lapse.article.as_deref(), Some("第八条"));
}

#[test]
fn a_voucher_with_all_of_its_lot_ends_as_well_and_at_the_end_of_the_year_too_p9_t17() {
    case(
        "03-01 credit 4 until 03-05
         03-01 bind 1=4
         03-05 expire           -> did bind+lapse held 0 total 4",
    );
    case(
        "12-30 credit 5 until 2027-01-01
         12-30 bind 1=2
         2027-01-01 year-end    -> did clear+lapse held 0 redeemable 0 total 5",
    );
}

#[test]
fn an_expiry_that_catches_up_ends_vouchers_as_it_would_have_day_by_day_p9() {
    let bound = "03-01 credit 2 until 03-05
         03-01 credit 3 until 03-06
         03-01 credit 4 until 03-07
         03-01 bind 1=1
         03-01 bind 3=4
         03-01 bind 2=3
         ";
    let late = case(&format!(
        "{bound} 03-09 expire -> did expire+lapse+lapse+lapse days 03-05+03-05+03-06+03-07 held 0"
    ));
    let daily = case(&format!(
        "{bound} 03-05 expire
         03-06 expire
         03-07 expire
         03-08 expire -> refused nothing_to_do"
    ));
    let told = |entry: &Entry| (entry.kind, entry.day, entry.held, entry.refers);
    let (late, daily) = (late.entries.iter().map(told), daily.entries.iter().map(told));
    assert!(late.eq(daily));
}

#[test]
fn a_voucher_whose_day_has_come_is_gone_though_no_job_ended_it_p9() {
    case(
        "03-01 credit 4 until 03-05
         03-01 bind 1=4
         03-05 for 03-04 capture 2  -> refused hold_not_open 2
         03-05 release 2            -> refused hold_not_open 2
         03-05 look                 -> held 4 paper 4 redeemable 0
         03-05 expire               -> held 0 paper 0",
    );
}

#[test]
fn the_points_of_a_voucher_that_ended_are_not_taken_back_as_well_p9_s12() {
    case(
        "03-01 credit 10 until 03-05
         03-01 bind 1=4
         03-01 credit 20
         03-05 expire           -> redeemable 20
         03-06 reverse 1        -> total 20 redeemable 20 short 0",
    );
}

#[test]
fn a_credit_taken_back_recalls_its_vouchers_and_no_others_p10() {
    let town = case(
        "03-01 credit 10
         03-01 credit 6
         03-01 bind 1=3
         03-01 bind 2=6
         03-01 bind 1=4
         03-02 reverse 1 -> did release+release+reverse total 6 redeemable 0 held 6 paper 6 short 0
         03-02 capture 3        -> refused hold_not_open 3
         03-02 capture 5        -> refused hold_not_open 5
         03-02 reverse 1        -> refused reversed 8
         03-02 capture 4        -> held 0 total 6",
    );
    let [.., first, second, _, _] = &town.entries[..] else { panic!("eight entries and one") };
    assert_eq!((first.refers, second.refers), (Some(Seq(3)), Some(Seq(5))));
}

#[test]
fn a_refused_reversal_recalls_nothing_p10() {
    case(
        "adjustments allowed
         03-01 adjust 5 two reason
         03-01 bind 1=3
         03-02 reverse 1        -> refused no_such_credit 1
         03-02 look             -> paper 3 seq 2",
    );
}

#[test]
fn a_reversal_takes_points_of_a_spent_voucher_from_others_p10_s12() {
    case(
        "03-01 credit 10
         03-01 credit 2
         03-01 bind 1=6
         03-01 capture 3
         03-01 bind 1=1
         03-02 reverse 1        -> total 2 redeemable -4 short 4 paper 0 lots none",
    );
}

#[test]
fn a_reversal_recalls_a_voucher_whose_day_has_come_and_takes_nothing_for_it_p9_s12() {
    let earned = "03-01 credit 10 until 03-05
         03-01 bind 1=4
         03-01 credit 20
         ";
    case(&format!(
        "{earned} 03-06 reverse 1 -> did release+reverse total 20 redeemable 20 held 0 short 0
         03-06 expire           -> refused nothing_to_do"
    ));
}

#[test]
fn a_recalled_voucher_fills_a_shortfall_that_its_reversal_leaves_again_s12() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-01 credit 8
         03-01 bind 4=8
         03-02 reverse 1        -> short 5 paper 8 total 8
         03-02 bind 4=1         -> refused short 5
         03-02 capture 5        -> refused short 5
         03-03 reverse 4        -> short 5 paper 0 total 0 redeemable -5",
    );
}

#[test]
fn who_is_short_spends_no_voucher_and_one_given_back_fills_it_s12() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-01 credit 8
         03-01 bind 4=8
         03-02 reverse 1        -> short 5
         03-02 capture 5        -> refused short 5
         03-03 release 5        -> short 0 redeemable 3 lots 4:3 held 0",
    );
}

#[test]
fn a_voucher_that_ends_fills_no_shortfall_and_a_write_off_leaves_it_s12() {
    let short = "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-01 credit 8 until 03-05
         03-01 bind 4=8
         03-02 reverse 1        -> short 5
         ";
    case(&format!("{short} 03-05 expire -> short 5 held 0 did lapse"));
    case(&format!(
        "{short} 03-03 write-off two cause -> short 0 paper 8
         03-03 capture 5        -> held 0 total 8"
    ));
}

/// What came back of a credit taken back was paid for by others: it is the resident's.
#[test]
fn a_voucher_with_points_that_came_back_after_a_reversal_is_as_any_s11_s12() {
    let bound = "03-01 credit 10 until 03-09
         03-01 hold 10
         03-01 capture 2
         03-01 credit 10
         03-02 reverse 1        -> lots none total 10
         03-03 refund 3         -> lots 1:10
         03-03 bind 1=10        -> paper 10
         03-03 credit 4
         03-03 hold 4
         03-03 capture 9
         03-04 reverse 8        -> short 4 paper 10
         ";
    case(&format!("{bound} 03-09 expire -> short 4 held 0 did lapse"));
    case(&format!(
        "{bound} 03-05 forfeit cause -> short 4 held 0 total 0
         03-06 restore 12       -> short 0 redeemable 6 total 10 lots 1:6"
    ));
}

#[test]
fn what_a_voucher_paid_comes_back_to_its_lot_p10() {
    case(
        "03-01 credit 5 until 03-20
         03-01 bind 1=3
         03-02 capture 2
         03-03 refund 3         -> redeemable 5 held 0 paper 0 lots 1:5
         03-03 refund 3         -> refused no_such_capture 3
         03-20 expire           -> redeemable 0",
    );
}

#[test]
fn what_a_voucher_paid_is_lost_if_its_day_came_and_fills_its_own_reversal_p9_s12() {
    let spent = "03-01 credit 5 until 03-05
         03-01 bind 1=5
         03-02 capture 2
         ";
    case(&format!(
        "{spent} 03-05 refund 3 -> redeemable 0 lots none
         03-06 reverse 1        -> short 0 total 0"
    ));
    case(&format!(
        "{spent} 03-03 reverse 1 -> short 5 did capture+reverse
         03-05 refund 3         -> short 0 redeemable 0 lots none"
    ));
}

#[test]
fn what_a_voucher_paid_waits_for_an_appeal_while_a_sanction_stands_s11() {
    case(
        "03-01 credit 5
         03-01 bind 1=5
         03-02 capture 2
         03-03 forfeit cause    -> total 0
         03-04 refund 3         -> redeemable 0
         03-05 restore 4        -> redeemable 5 total 5 lots 1:5",
    );
}

#[test]
fn a_sanction_ends_vouchers_and_an_appeal_gives_their_points_back_electronically_s11() {
    case(
        "03-01 credit 10 until 03-20
         03-01 credit 3 until 03-05
         03-01 bind 1=4
         03-01 bind 2=3
         03-02 forfeit cause    -> total 0 redeemable 0 held 0 paper 0 did forfeit
         03-02 capture 3        -> refused hold_not_open 3
         03-02 forfeit cause    -> refused nothing_to_do
         03-05 restore 5        -> total 13 redeemable 10 paper 0 lots 1:10
         03-06 reverse 2        -> total 10 redeemable 10 did reverse",
    );
}

#[test]
fn a_sanction_on_an_account_with_vouchers_alone_takes_them_s11() {
    case(
        "03-01 credit 4
         03-01 bind 1=4
         03-02 forfeit cause    -> total 0 held 0 paper 0
         03-03 reverse 1        -> total 0 short 0
         03-04 restore 3        -> total 0 redeemable 0",
    );
}

#[test]
fn vouchers_of_points_too_many_to_count_twice_are_refused() {
    case(
        "03-01 credit 9223372036854775807
         03-01 bind 1=9223372036854775807   -> redeemable 0 held 9223372036854775807
         03-01 credit 1                     -> refused too_large
         03-02 reverse 1                    -> total 0 held 0 short 0",
    );
}

/// A job's command has no key, and somebody's may come again: its answer is what it was about.
#[test]
fn of_several_entries_the_last_of_the_account_carries_the_key() {
    let mut town = Town::new(2, Memory::Always);
    let today = town.today();
    let keyed = |town: &mut Town, number: u8, account: u8, act: Act| {
        let key = Some(CommandKey::from_bytes([number; 16]));
        town.run(&Command { key, ..answered(account, today, act) }).unwrap();
    };
    keyed(&mut town, 1, 1, credit(today, 5, None));
    keyed(&mut town, 2, 1, Act::Bind { lot: Seq(1), points: Points(2) });
    keyed(&mut town, 3, 1, Act::Reverse { credit: Seq(1) });
    keyed(&mut town, 4, 0, credit(today, 5, None));
    keyed(&mut town, 5, 0, Act::HandOn { list: vec![(id(1), Points(5))] });
    let kinds = town.entries.iter().map(|entry| {
        let key = entry.key.map(|key| key.bytes()[0]);
        (entry.kind.word(), key)
    });
    let wanted = [
        ("credit", Some(1)),
        ("bind", Some(2)),
        ("release", None),
        ("reverse", Some(3)),
        ("credit", Some(4)),
        ("hand_on", Some(5)),
        ("receive", None),
    ];
    assert!(kinds.eq(wanted), "{:?}", town.entries);
}

/// The stored form of accounts without vouchers is that of before there were any.
#[test]
fn an_account_stored_before_there_were_vouchers_reads_the_same() {
    let town = case(
        "03-01 credit 10 until 03-20
         03-01 credit 5
         03-02 hold 4",
    );
    let account = town.account(1);
    let lots = [2, 1, 205, 203, 212, 9, 1, 224, 203, 212, 9, 12, 2, 205, 203, 212, 9, 0, 10];
    let holds = [1, 3, 0, 1, 1, 205, 203, 212, 9, 1, 224, 203, 212, 9, 8];
    let before: &[u8] = &[&lots[..], &holds[..]].concat();
    assert_eq!(snapshot::lots_and_holds(account), before);
    let mut read = Account::new(account.id, false);
    snapshot::set_lots_and_holds(&mut read, before).unwrap();
    assert_eq!((&read.lots, &read.holds), (&account.lots, &account.holds));
    assert!(read.vouchers.is_empty());
}

#[test]
fn vouchers_are_stored_behind_what_was_stored_before_and_read_again() {
    let town = case(
        "03-01 credit 10 until 03-20
         03-02 hold 4
         03-02 bind 1=3
         03-02 bind 1=3",
    );
    let account = town.account(1);
    let bytes = snapshot::lots_and_holds(account);
    let mut read = Account::new(account.id, false);
    snapshot::set_lots_and_holds(&mut read, &bytes).unwrap();
    assert_eq!((&read.holds, &read.vouchers), (&account.holds, &account.vouchers));
    let cut = &bytes[..bytes.len() - 1];
    assert_eq!(snapshot::set_lots_and_holds(&mut read, cut), Err(Broken::Missing));
}

/// Though its hash fits: what somebody writes who knows this program.
#[test]
fn a_voucher_ends_as_a_whole_and_an_order_does_not_lapse() {
    let town = case(
        "03-01 credit 10 until 03-05
         03-01 hold 4
         03-01 bind 1=3
         03-05 expire",
    );
    let (lapse, before) = town.entries.split_last().unwrap();
    let mut account = Account::with_history(lapse.account, false);
    before.iter().for_each(|entry| account.follow(entry).unwrap());
    let follows = |change: &dyn Fn(&mut Entry)| {
        let mut forged = lapse.clone();
        change(&mut forged);
        forged.hash = forged.chained(account.hash);
        account.clone().follow(&forged)
    };
    assert_eq!(follows(&|_| ()), Ok(()));
    assert_eq!(follows(&|entry| entry.held = Points(-2)), Err(Broken::Amounts));
    assert_eq!(follows(&|entry| entry.refers = None), Err(Broken::Missing));
    let order = |entry: &mut Entry| {
        entry.refers = Some(Seq(2));
        entry.held = Points(-4);
    };
    assert_eq!(follows(&order), Err(Broken::Missing));
    assert_eq!(follows(&|entry| entry.redeemable = Points(1)), Err(Broken::Amounts));
}
