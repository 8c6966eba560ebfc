//! Cases to read: what is asked, day by day, and what it leads to. `notation` says how they are
//! written.

use kangji_core::{Moment, Points};
use kangji_ledger::{Account, Broken, Entry, EntryKind, Refusal, Seq};

use crate::notation::case;

// Earning, setting aside, spending.

#[test]
fn a_credit_raises_both_balances_and_spending_only_lowers_the_second_s7() {
    case(
        "03-01 credit 10 until 2028-03-01  -> total 10 redeemable 10 lots 1:10
         03-02 hold 4                      -> total 10 redeemable 6 held 4
         03-03 capture 2                   -> total 10 redeemable 6 held 0 did credit+hold+capture",
    );
}

#[test]
fn a_hold_counts_at_once_and_a_release_gives_it_back_to_its_lots() {
    case(
        "03-01 credit 5 until 04-01
         03-01 credit 5 until 05-01
         03-02 hold 7           -> redeemable 3 held 7 lots 2:3
         03-02 hold 4           -> refused insufficient 3
         03-03 release 3        -> redeemable 10 held 0 lots 1:5+2:5
         03-03 release 3        -> refused hold_not_open 3
         03-03 capture 3        -> refused hold_not_open 3
         03-03 capture 1        -> refused hold_not_open 1",
    );
}

#[test]
fn what_was_captured_can_be_neither_released_nor_captured_again() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2        -> redeemable 0 held 0
         03-01 capture 2        -> refused hold_not_open 2
         03-01 release 2        -> refused hold_not_open 2",
    );
}

#[test]
fn a_hold_is_timed_out_only_when_its_time_is_over() {
    case(
        "03-01 credit 9
         03-01 hold 3 due 03-05
         03-01 hold 2
         03-04 time-out 2       -> refused hold_not_due 2026-03-05
         03-04 time-out 3       -> refused hold_not_due never
         03-05 time-out 2       -> redeemable 7 held 2 did release
         03-05 time-out 2       -> refused hold_not_open 2",
    );
}

#[test]
fn a_hold_whose_time_is_over_can_still_be_captured_until_it_is_given_back() {
    case(
        "03-01 credit 3
         03-01 hold 3 due 03-05
         03-09 capture 2        -> held 0 redeemable 0 total 3",
    );
}

#[test]
fn lots_that_expire_first_are_spent_first_and_those_that_never_do_last_p10() {
    case(
        "03-01 credit 5
         03-01 credit 5 until 2028-03-01
         03-01 credit 5 until 2027-03-01
         03-02 hold 7           -> lots 2:3+1:5
         03-02 hold 7           -> lots 1:1
         03-02 hold 1           -> lots none",
    );
}

#[test]
fn of_lots_that_expire_together_the_first_to_come_is_spent_first() {
    case(
        "03-02 credit 5 until 2028-03-01
         03-03 for 03-01 credit 5 until 2028-03-01
         03-04 hold 6           -> lots 2:4",
    );
}

#[test]
fn a_release_puts_points_back_before_lots_that_expire_later() {
    case(
        "03-01 credit 5 until 2027-03-01
         03-01 hold 5
         03-01 credit 5 until 2028-03-01
         03-01 credit 5 until 2026-09-01
         03-02 release 2        -> lots 4:5+1:5+3:5",
    );
}

#[test]
fn points_that_come_back_keep_the_day_from_which_they_can_be_spent() {
    case(
        "03-05 credit 5
         03-06 hold 5
         03-07 release 2
         03-08 for 03-04 hold 5     -> refused insufficient 0",
    );
}

#[test]
fn points_are_spent_on_the_day_they_come_and_until_the_day_before_they_expire() {
    case(
        "03-01 credit 5 until 03-10
         03-01 hold 1           -> redeemable 4
         03-09 hold 1           -> redeemable 3
         03-10 hold 1           -> refused insufficient 0
         03-10 look             -> redeemable 0 balance 3 lots 1:3",
    );
}

// Days and periods.

#[test]
fn points_cannot_be_spent_on_a_day_before_they_came() {
    case(
        "03-05 credit 10
         03-06 for 03-04 hold 1 -> refused insufficient 0
         03-06 for 03-05 hold 1 -> redeemable 9",
    );
}

#[test]
fn a_credit_of_an_earlier_day_can_be_spent_from_that_day_on() {
    case(
        "03-05 credit 2
         03-06 for 03-01 credit 10  -> redeemable 12
         03-06 for 03-02 hold 11    -> refused insufficient 10
         03-06 for 03-02 hold 10    -> redeemable 2",
    );
}

#[test]
fn a_spending_of_an_earlier_day_is_checked_against_every_later_balance() {
    case(
        "03-01 credit 10
         03-03 hold 8
         03-05 release 2
         03-06 credit 1
         03-07 for 03-02 hold 3     -> refused insufficient_on 2026-03-03 2
         03-07 for 03-03 hold 3     -> refused insufficient_on 2026-03-03 2
         03-07 for 03-04 hold 3     -> refused insufficient_on 2026-03-04 2
         03-07 for 03-02 hold 2     -> redeemable 9
         03-07 for 03-05 hold 8     -> redeemable 1",
    );
}

#[test]
fn a_spending_of_an_earlier_day_finds_the_first_of_several_low_days() {
    case(
        "03-01 credit 10
         03-03 hold 3
         03-04 hold 4
         03-05 release 2
         03-05 release 3
         03-07 for 03-02 hold 6     -> refused insufficient_on 2026-03-04 3
         03-07 for 03-02 hold 8     -> refused insufficient_on 2026-03-03 7",
    );
}

#[test]
fn a_spending_on_the_latest_day_needs_no_look_back() {
    let town = case(
        "03-01 credit 10
         03-03 hold 8
         03-03 hold 2               -> redeemable 0",
    );
    assert_eq!(town.looked_back, 0);
}

#[test]
fn nothing_counts_for_a_day_to_come() {
    case(
        "03-01 for 03-02 credit 1       -> refused future_day 2026-03-01
         03-01 for 03-02 expire         -> refused future_day 2026-03-01
         03-01 for 03-02 forfeit cause  -> refused future_day 2026-03-01",
    );
}

#[test]
fn a_closed_period_is_corrected_only_with_a_reason_s12() {
    case(
        "02-10 credit 10
         03-05 closed through 02-28
         for 02-28 credit 3             -> refused period_closed 2026-02-28
         for 02-28 credit 3 reason      -> redeemable 13
         for 02-20 reverse 1            -> refused period_closed 2026-02-28
         for 02-20 hold 1               -> refused period_closed 2026-02-28
         for 03-01 hold 1               -> redeemable 12
         for 02-20 release 3            -> refused period_closed 2026-02-28
         for 02-20 reverse 1 reason     -> redeemable 2 total 3",
    );
}

#[test]
fn what_jobs_do_by_themselves_may_fall_into_a_closed_period() {
    case(
        "02-10 credit 10 until 02-20
         02-10 hold 4 due 02-15
         03-05 closed through 02-28
         for 02-28 expire               -> did expire days 02-20 redeemable 0 held 4
         for 02-15 time-out 2           -> held 0 did release",
    );
}

#[test]
fn no_entry_is_recorded_before_the_one_in_front_of_it_though_the_clock_goes_back() {
    let town = case(
        "03-05 credit 1
         checkpoint
         03-05 credit 1
         03-03 credit 1
         03-06 credit 1",
    );
    let hours: Vec<Moment> = town.entries.iter().map(|entry| entry.recorded_at).collect();
    assert!(hours.is_sorted());
    assert_eq!(hours[1], hours[2]);
    assert_eq!(town.entries[2].day.to_string(), "2026-03-03");
    assert_eq!(town.entries.iter().map(|entry| entry.epoch).collect::<Vec<_>>(), [0, 1, 1, 1]);
}

// Credits taken back.

#[test]
fn a_reversal_of_unspent_points_takes_its_own_lot_and_no_other() {
    case(
        "03-01 credit 5 until 03-20
         03-01 credit 7 until 2028-03-01
         03-02 reverse 2        -> total 5 redeemable 5 lots 1:5 short 0",
    );
}

#[test]
fn a_reversal_of_partly_spent_points_takes_the_rest_from_other_lots() {
    case(
        "03-01 credit 5 until 03-20
         03-01 hold 3
         03-01 capture 2
         03-01 credit 4 until 03-25
         03-01 credit 4
         03-02 reverse 1        -> total 8 redeemable 5 lots 4:1+5:4 short 0",
    );
}

#[test]
fn a_reversal_of_spent_points_that_no_lot_covers_leaves_a_shortfall_s12() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-01 credit 2
         03-02 reverse 1        -> total 2 redeemable -3 short 3 lots none balance -3
         03-02 hold 1           -> refused short 3",
    );
}

#[test]
fn a_shortfall_is_filled_by_what_is_earned_next_s12() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-02 reverse 1        -> short 5
         03-03 credit 3         -> short 2 redeemable -2 lots none total 3
         03-03 hold 1           -> refused short 2
         03-04 credit 3         -> short 0 redeemable 1 lots 6:1 total 6
         03-04 hold 1           -> redeemable 0",
    );
}

#[test]
fn a_credit_that_filled_a_shortfall_is_taken_back_in_full() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-02 reverse 1        -> short 5
         03-03 credit 8         -> short 0 lots 5:3
         03-04 reverse 5        -> short 5 lots none total 0",
    );
}

#[test]
fn a_reversal_after_expiry_takes_only_what_did_not_expire_s12() {
    case(
        "03-01 credit 10 until 03-05
         03-01 hold 4
         03-01 capture 2
         03-01 credit 20
         03-05 expire           -> lots 4:20
         03-06 reverse 1        -> total 20 redeemable 16 short 0 lots 4:16",
    );
}

#[test]
fn a_reversal_before_the_job_cleared_what_lapsed_ends_at_the_same_balances_s12() {
    case(
        "03-01 credit 10 until 03-05
         03-01 hold 4
         03-01 capture 2
         03-01 credit 20
         03-06 reverse 1        -> total 20 redeemable 16 short 0 lots 4:16
         03-06 expire           -> refused nothing_to_do",
    );
}

#[test]
fn a_reversal_does_not_touch_lots_of_others_that_have_lapsed() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-01 credit 5 until 03-05
         03-06 reverse 1        -> short 5 lots 4:5 redeemable -5
         03-06 expire           -> short 5 lots none did expire",
    );
}

#[test]
fn a_reversal_of_what_a_sanction_took_takes_nothing_twice_s11_s12() {
    case(
        "03-01 credit 10
         03-01 hold 4
         03-01 capture 2
         03-02 forfeit cause    -> total 0 redeemable 0
         03-03 reverse 1        -> total 0 short 4
         03-04 credit 9         -> total 9 redeemable 5 short 0",
    );
}

#[test]
fn a_reversal_after_a_restored_sanction_is_as_if_there_had_been_none_s11() {
    case(
        "03-01 credit 10
         03-01 credit 3
         03-02 forfeit cause
         03-03 restore 3        -> total 13 redeemable 13 lots 1:10+2:3
         03-04 reverse 1        -> total 3 redeemable 3 lots 2:3",
    );
}

#[test]
fn a_reversal_of_held_points_blocks_their_capture_and_their_release_fills_it_s12() {
    case(
        "03-01 credit 10 until 03-20
         03-02 hold 10
         03-03 reverse 1        -> total 0 short 10 held 10 redeemable -10
         03-03 capture 2        -> refused short 10
         03-04 release 2        -> short 0 held 0 redeemable 0 lots none",
    );
}

#[test]
fn a_hold_can_be_captured_once_its_shortfall_was_earned_back_s12() {
    case(
        "03-01 credit 10
         03-02 hold 10
         03-03 reverse 1        -> short 10
         03-04 credit 12        -> short 0 redeemable 2
         03-05 capture 2        -> held 0 redeemable 2 total 12",
    );
}

#[test]
fn held_points_that_a_reversal_took_are_not_lost_to_expiry_as_well_s12() {
    case(
        "03-01 credit 10 until 03-05
         03-02 hold 10
         03-03 reverse 1        -> short 10
         03-06 release 2        -> short 0 held 0 redeemable 0 lots none",
    );
    case(
        "03-01 credit 10 until 03-05
         03-02 hold 10
         03-06 release 2        -> lots none
         03-06 reverse 1        -> short 0 redeemable 0 total 0",
    );
}

#[test]
fn held_points_that_a_reversal_took_are_not_lost_to_a_sanction_as_well_s11_s12() {
    case(
        "03-01 credit 10
         03-02 hold 10
         03-03 reverse 1        -> short 10
         03-04 forfeit cause    -> short 0 held 0 total 0 redeemable 0
         03-05 restore 4        -> short 0 redeemable 0 total 0",
    );
    case(
        "03-01 credit 10
         03-02 hold 10
         03-04 forfeit cause
         03-04 reverse 1        -> short 0 held 0 total 0 redeemable 0",
    );
}

#[test]
fn held_points_of_another_expired_lot_do_not_fill_a_shortfall() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-01 credit 5 until 03-05
         03-01 hold 5
         03-03 reverse 1        -> short 5
         03-06 release 5        -> short 5 held 0 lots none",
    );
}

/// What came back of a credit taken back was paid for by others: it is the resident's.
#[test]
fn held_points_that_came_back_after_a_reversal_fill_no_later_shortfall_s12() {
    let held = "03-01 credit 10 until 03-09
         03-01 hold 10
         03-01 capture 2
         03-01 credit 10
         03-02 reverse 1        -> lots none total 10
         03-03 refund 3         -> lots 1:10
         03-03 hold 10
         03-03 credit 4
         03-03 hold 4
         03-03 capture 9
         03-04 reverse 8        -> short 4 held 10
         ";
    case(&format!("{held} 03-09 release 7 -> short 4 held 0 lots none"));
    case(&format!(
        "{held} 03-05 forfeit cause -> short 4 held 0 total 0
         03-06 restore 12       -> short 0 redeemable 6 total 10 lots 1:6"
    ));
}

#[test]
fn a_credit_is_taken_back_once() {
    case(
        "03-01 credit 10
         03-02 reverse 1        -> total 0
         03-02 reverse 1        -> refused reversed 2
         03-02 reverse 2        -> refused no_such_credit 2
         03-02 reverse 7        -> refused no_such_credit 7",
    );
}

#[test]
fn an_institution_bears_a_whole_shortfall_and_the_total_stays_s12() {
    case(
        "03-01 credit 10
         03-01 hold 10
         03-01 capture 2
         03-02 write-off two cause  -> refused nothing_to_do
         03-02 reverse 1            -> short 10 total 0
         03-02 write-off one cause  -> refused one_person
         03-02 write-off same cause -> refused one_person
         03-02 write-off two        -> refused no_cause
         03-02 write-off two cause  -> short 0 total 0 balance 0 did write_off
         03-03 credit 4             -> redeemable 4 total 4",
    );
}

// Orders returned.

#[test]
fn a_refund_gives_what_was_spent_back_to_its_lots_and_leaves_the_total_s7() {
    case(
        "03-01 credit 5 until 04-01
         03-01 credit 5 until 05-01
         03-02 hold 7
         03-02 hold 2
         03-03 capture 3        -> total 10 redeemable 1 held 2
         03-04 refund 5         -> total 10 redeemable 8 held 2 lots 1:5+2:3 did capture+refund
         04-01 expire           -> redeemable 3 lots 2:3",
    );
}

#[test]
fn what_came_back_can_be_spent_and_returned_again() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-02 refund 3         -> redeemable 5
         03-02 hold 4
         03-02 capture 5
         03-03 refund 3         -> refused no_such_capture 3
         03-03 refund 6         -> redeemable 5 total 5 lots 1:5",
    );
}

#[test]
fn only_a_capture_is_refunded_and_only_once() {
    case(
        "03-01 credit 9
         03-01 hold 3
         03-01 hold 3
         03-01 capture 2
         03-01 release 3
         03-02 refund 1         -> refused no_such_capture 1
         03-02 refund 2         -> refused no_such_capture 2
         03-02 refund 5         -> refused no_such_capture 5
         03-02 refund 9         -> refused no_such_capture 9
         03-02 2: refund 4      -> refused no_such_capture 4
         03-02 refund 4         -> redeemable 9
         03-02 refund 4         -> refused no_such_capture 4
         03-02 refund 6         -> refused no_such_capture 6",
    );
}

#[test]
fn what_expired_since_it_was_spent_does_not_come_back() {
    case(
        "03-01 credit 5 until 03-05
         03-01 credit 5 until 03-06
         03-01 hold 8
         03-01 capture 3
         03-05 refund 4         -> redeemable 5 lots 2:5 total 10
         03-06 expire           -> redeemable 0",
    );
    case(
        "03-01 credit 5 until 03-05
         03-01 hold 5
         03-01 capture 2
         03-06 for 03-04 refund 3   -> redeemable 0 lots none did refund
         03-06 refund 3             -> refused no_such_capture 3",
    );
}

#[test]
fn what_expired_before_its_refund_is_lost_and_not_taken_back_as_well_s12() {
    case(
        "03-01 credit 5 until 03-05
         03-01 hold 5
         03-01 capture 2
         03-06 refund 3         -> redeemable 0
         03-06 reverse 1        -> total 0 short 0",
    );
}

#[test]
fn a_refund_fills_a_shortfall_first_s12() {
    case(
        "03-01 credit 5
         03-01 credit 6
         03-01 hold 11
         03-01 capture 3
         03-02 reverse 1        -> short 5 total 6
         03-03 refund 4         -> short 0 redeemable 6 lots 2:6 total 6",
    );
}

#[test]
fn points_of_a_credit_taken_back_come_back_as_another_one_paid_for_them_s12() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-01 credit 7
         03-02 reverse 1        -> total 7 redeemable 2 lots 4:2
         03-03 refund 3         -> total 7 redeemable 7 lots 1:5+4:2",
    );
}

#[test]
fn expired_points_of_a_credit_taken_back_fill_the_shortfall_it_left_and_no_more_s12() {
    case(
        "03-01 credit 10 until 03-05
         03-01 hold 10
         03-01 capture 2
         03-01 credit 3
         03-02 reverse 1        -> short 7 total 3
         03-06 refund 3         -> short 0 redeemable 0 lots none total 3",
    );
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-01 credit 5 until 03-05
         03-01 hold 5
         03-01 capture 5
         03-03 reverse 1        -> short 5
         03-06 refund 6         -> short 5 redeemable -5 lots none",
    );
}

#[test]
fn after_a_write_off_a_refund_leaves_what_the_institution_paid_s12() {
    case(
        "03-01 credit 10
         03-01 hold 10
         03-01 capture 2
         03-02 reverse 1            -> short 10 total 0
         03-02 write-off two cause  -> short 0
         03-03 refund 3             -> redeemable 10 total 0",
    );
}

#[test]
fn while_a_sanction_stands_a_refund_only_closes_the_order_s11() {
    let town = case(
        "03-01 credit 10
         03-01 hold 4
         03-01 capture 2
         03-02 forfeit cause    -> total 0 redeemable 0
         03-03 refund 3         -> total 0 redeemable 0 lots none did forfeit+refund
         03-03 refund 3         -> refused no_such_capture 3
         03-04 reverse 1        -> total 0 short 0",
    );
    let refund = &town.entries[4];
    assert!(refund.parts.is_empty() && refund.redeemable == Points::ZERO);
}

#[test]
fn an_appeal_gives_back_what_a_refund_found_under_the_sanction_and_nothing_twice_s11() {
    case(
        "03-01 credit 10
         03-01 credit 3 until 03-04
         03-01 hold 4
         03-01 capture 3
         03-02 forfeit cause
         03-03 refund 4         -> redeemable 0
         03-04 restore 5        -> total 13 redeemable 10 lots 1:10
         03-04 refund 4         -> refused no_such_capture 4",
    );
    case(
        "03-01 credit 10
         03-01 hold 4
         03-01 capture 2
         03-02 forfeit cause
         03-03 restore 4        -> total 10 redeemable 6
         03-04 refund 3         -> total 10 redeemable 10 lots 1:10",
    );
}

#[test]
fn a_sanction_before_the_capture_or_after_the_refund_is_as_any_s11() {
    case(
        "03-01 credit 10
         03-02 forfeit cause
         03-03 credit 5
         03-03 hold 5
         03-03 capture 4
         03-04 refund 5         -> total 5 redeemable 5
         03-05 forfeit cause    -> total 0 redeemable 0
         03-06 restore 7        -> total 5 redeemable 5
         03-06 restore 2        -> total 15 redeemable 15",
    );
}

#[test]
fn of_two_sanctions_the_first_that_stands_keeps_a_refund_s11() {
    case(
        "03-01 credit 10
         03-01 hold 10
         03-01 capture 2
         03-02 forfeit cause
         03-03 credit 5
         03-03 forfeit cause
         03-04 refund 3         -> redeemable 0
         03-05 restore 6        -> total 5 redeemable 5
         03-06 restore 4        -> total 15 redeemable 15",
    );
    case(
        "03-01 credit 10
         03-01 hold 10
         03-01 capture 2
         03-02 forfeit cause
         03-03 credit 5
         03-03 forfeit cause
         03-04 restore 4        -> total 10 redeemable 0
         03-04 refund 3         -> total 10 redeemable 0
         03-05 restore 6        -> total 15 redeemable 15",
    );
}

/// Whether the credit is taken back before or after the refund makes no difference.
#[test]
fn a_reversal_after_a_sanction_charged_what_was_spent_and_a_refund_gives_that_back_s11_s12() {
    case(
        "03-01 credit 10
         03-01 hold 4
         03-01 capture 2
         03-02 forfeit cause
         03-03 reverse 1        -> short 4 total 0
         03-04 refund 3         -> short 0 redeemable 0 lots none
         03-05 restore 4        -> total 0 redeemable 0",
    );
    let earned = "03-01 credit 10
         03-01 hold 4
         03-01 capture 2
         03-02 forfeit cause
         03-02 credit 9
         ";
    case(&format!(
        "{earned} 03-03 reverse 1 -> redeemable 5
         03-04 refund 3         -> total 9 redeemable 9
         03-05 restore 4        -> total 9 redeemable 9"
    ));
    case(&format!(
        "{earned} 03-03 refund 3 -> redeemable 9
         03-04 reverse 1        -> total 9 redeemable 9
         03-05 restore 4        -> total 9 redeemable 9"
    ));
}

#[test]
fn a_shortfall_of_before_a_sanction_is_filled_by_the_refund_of_its_points_s11_s12() {
    case(
        "03-01 credit 10
         03-01 hold 10
         03-01 capture 2
         03-02 reverse 1        -> short 10
         03-03 forfeit cause    -> refused nothing_to_do
         03-03 credit 2         -> short 8 total 2
         03-03 forfeit cause    -> short 8 total 0
         03-04 refund 3         -> short 0 redeemable 0 lots none
         03-05 restore 6        -> total 2 redeemable 2 lots 1:2",
    );
}

#[test]
fn a_refund_in_a_closed_period_needs_a_reason_s12() {
    case(
        "02-10 credit 10
         02-10 hold 4
         02-11 capture 2
         03-05 closed through 02-28
         for 02-28 refund 3             -> refused period_closed 2026-02-28
         for 02-28 refund 9             -> refused period_closed 2026-02-28
         for 02-28 refund 3 reason      -> redeemable 10
         for 03-06 refund 3             -> refused future_day 2026-03-05",
    );
}

#[test]
fn a_refund_that_cannot_be_counted_is_refused_and_can_be_asked_for_again() {
    case(
        "03-01 credit 9223372036854775807
         03-01 hold 9223372036854775807
         03-01 capture 2
         03-01 reverse 1                -> total 0
         03-01 write-off two cause      -> short 0
         03-01 credit 1
         03-01 refund 3                 -> refused too_large
         03-01 reverse 6                -> redeemable 0
         03-01 refund 3                 -> redeemable 9223372036854775807",
    );
}

/// Though its hash fits: what somebody writes who knows this program.
#[test]
fn an_entry_that_gives_back_more_than_was_spent_or_twice_does_not_follow() {
    let town = case(
        "03-01 credit 10
         03-01 hold 4
         03-01 capture 2
         03-02 refund 3",
    );
    let (refund, before) = town.entries.split_last().unwrap();
    let mut account = Account::with_history(refund.account, false);
    before.iter().for_each(|entry| account.follow(entry).unwrap());
    let follows = |change: &dyn Fn(&mut Entry)| {
        let mut forged = refund.clone();
        change(&mut forged);
        forged.hash = forged.chained(account.hash);
        account.clone().follow(&forged)
    };
    assert_eq!(follows(&|_| ()), Ok(()));
    let more = |entry: &mut Entry| {
        entry.redeemable = Points(5);
        entry.parts[0].points = Points(5);
    };
    assert_eq!(follows(&more), Err(Broken::Amounts));
    assert_eq!(follows(&|entry| entry.redeemable = Points(5)), Err(Broken::Amounts));
    let doubled = |entry: &mut Entry| {
        entry.redeemable = Points(8);
        entry.parts.push(entry.parts[0]);
    };
    assert_eq!(follows(&doubled), Err(Broken::Amounts));
    assert_eq!(follows(&|entry| entry.parts.clear()), Err(Broken::Amounts));
    assert_eq!(follows(&|entry| entry.held = Points(1)), Err(Broken::Amounts));
    for refers in [None, Some(Seq(2)), Some(Seq(9))] {
        assert_eq!(follows(&|entry| entry.refers = refers), Err(Broken::Missing));
    }
    account.follow(refund).unwrap();
    let mut again = Entry { seq: Seq(5), ..refund.clone() };
    again.hash = again.chained(account.hash);
    assert_eq!(account.follow(&again), Err(Broken::Missing));
}

// Points that end.

#[test]
fn an_expired_lot_leaves_the_total_p9() {
    case(
        "03-01 credit 10 until 03-05
         03-04 expire           -> refused nothing_to_do
         03-05 expire           -> total 10 redeemable 0 lots none
         03-05 expire           -> refused nothing_to_do",
    );
}

#[test]
fn an_expiry_that_catches_up_writes_what_it_would_have_written_day_by_day() {
    let earned = "03-01 credit 1 until 03-05
         03-01 credit 2 until 03-07
         03-01 credit 3 until 03-05
         03-01 credit 4 until 03-06
         03-01 credit 5
         ";
    let late = case(&format!(
        "{earned} 03-09 expire -> did expire+expire+expire days 03-05+03-06+03-07 redeemable 5"
    ));
    let daily = case(&format!(
        "{earned} 03-05 expire
         03-06 expire
         03-07 expire
         03-08 expire -> refused nothing_to_do"
    ));
    for (late, daily) in late.entries.iter().zip(&daily.entries) {
        let mut late = late.clone();
        (late.recorded_at, late.input, late.hash) = (daily.recorded_at, daily.input, daily.hash);
        assert_eq!(late, *daily);
    }
    assert_eq!(late.entries.len(), daily.entries.len());
}

#[test]
fn the_year_ends_with_one_entry_that_names_the_article_t17() {
    let town = case(
        "03-01 credit 5 until 2027-01-01
         09-01 credit 6 until 2027-01-01
         12-31 hold 4           -> redeemable 7
         2027-01-02 for 2027-01-01 year-end -> seq 4 did clear redeemable 0 total 11 held 4",
    );
    let clear = town.entries.last().unwrap();
    assert_eq!(clear.kind, EntryKind::Clear);
    assert_eq!(clear.redeemable, Points(-7));
    assert_eq!(clear.day.to_string(), "2027-01-01");
    assert_eq!(clear.article.as_deref(), Some("第十七条"));
    assert_eq!(clear.answer, kangji_ledger::Answer::default());
}

#[test]
fn what_is_set_aside_survives_the_end_of_the_year_and_can_be_spent_t17() {
    case(
        "12-30 credit 5 until 2027-01-01
         12-31 hold 4
         2027-01-01 year-end    -> redeemable 0 held 4
         2027-01-03 capture 2   -> held 0 total 5",
    );
}

#[test]
fn what_expired_while_it_was_set_aside_does_not_come_back_t17() {
    case(
        "12-30 credit 5 until 2027-01-01
         12-30 credit 5 until 2028-01-01
         12-31 hold 7
         2027-01-01 year-end    -> refused nothing_to_do
         2027-01-03 release 3   -> held 0 redeemable 5 lots 2:5 total 10",
    );
}

#[test]
fn a_release_on_the_last_day_comes_back_and_expires_the_day_after() {
    case(
        "03-01 credit 5 until 03-05
         03-01 hold 5
         03-04 release 2        -> redeemable 5
         03-05 expire           -> redeemable 0 lots none",
    );
}

#[test]
fn a_sanction_takes_both_balances_and_what_is_set_aside_s11() {
    let town = case(
        "03-01 credit 10
         03-01 hold 4
         03-01 hold 3
         03-02 forfeit          -> refused no_cause
         03-02 forfeit cause    -> total 0 redeemable 0 held 0 lots none did forfeit
         03-02 capture 2        -> refused hold_not_open 2
         03-02 release 3        -> refused hold_not_open 3
         03-02 forfeit cause    -> refused nothing_to_do",
    );
    assert_eq!(town.entries.last().unwrap().article.as_deref(), Some("第十一条"));
}

#[test]
fn a_sanction_leaves_a_shortfall_as_it_was_spent_s11() {
    case(
        "03-01 credit 10
         03-01 hold 10
         03-01 capture 2
         03-01 credit 3
         03-02 reverse 1        -> short 7 total 3
         03-03 forfeit cause    -> short 7 total 0 redeemable -7
         03-03 forfeit cause    -> refused nothing_to_do
         03-04 restore 6        -> short 7 total 3",
    );
}

#[test]
fn a_sanction_keeps_the_shortfall_that_other_held_points_would_fill_and_an_appeal_fills_it() {
    case(
        "03-01 credit 10
         03-01 hold 10
         03-01 capture 2
         03-01 credit 4
         03-01 hold 4
         03-02 reverse 1        -> short 10 held 4
         03-03 forfeit cause    -> short 10 held 0
         03-04 restore 7        -> short 6 total 4",
    );
}

#[test]
fn an_appeal_restores_lots_with_their_days_and_what_was_set_aside_s11() {
    case(
        "03-01 credit 10 until 03-20
         03-01 credit 5
         03-01 hold 4
         03-02 forfeit cause
         03-03 credit 2 until 03-10
         03-04 restore 4        -> total 17 redeemable 17 held 0 lots 5:2+1:10+2:5
         03-04 restore 4        -> refused no_such_forfeit 4
         03-04 restore 6        -> refused no_such_forfeit 6
         03-20 expire           -> lots 2:5",
    );
}

#[test]
fn an_appeal_brings_what_has_expired_since_back_to_the_total_only_s11() {
    case(
        "03-01 credit 10 until 03-05
         03-01 credit 5 until 03-20
         03-02 forfeit cause
         03-05 restore 3        -> total 15 redeemable 5 lots 2:5
         03-06 reverse 1        -> total 5 redeemable 5 short 0",
    );
}

#[test]
fn an_appeal_does_not_bring_back_what_was_taken_back_since_s11() {
    case(
        "03-01 credit 10
         03-01 credit 5
         03-02 forfeit cause
         03-03 reverse 1        -> total 0 redeemable 0 short 0
         03-04 restore 3        -> total 5 redeemable 5 lots 2:5",
    );
}

#[test]
fn an_appeal_brings_back_points_for_which_others_paid_before_the_sanction_s11() {
    case(
        "03-01 credit 10
         03-01 hold 10
         03-01 credit 10
         03-02 reverse 1        -> lots none held 10 total 10 short 0
         03-03 forfeit cause    -> total 0 held 0
         03-04 restore 5        -> total 10 redeemable 10",
    );
}

#[test]
fn an_appeal_fills_the_shortfall_of_a_reversal_meanwhile_s11_s12() {
    case(
        "03-01 credit 10
         03-01 hold 6
         03-01 capture 2
         03-01 credit 10
         03-02 forfeit cause
         03-03 reverse 1        -> short 6 total 0
         03-04 restore 5        -> short 0 redeemable 4 total 10 lots 4:4",
    );
}

#[test]
fn of_two_sanctions_each_takes_and_restores_its_own_points_s11() {
    case(
        "03-01 credit 10
         03-02 forfeit cause
         03-03 credit 5
         03-04 forfeit cause    -> total 0
         03-05 reverse 1        -> total 0 short 0
         03-06 restore 4        -> total 5 redeemable 5
         03-07 restore 2        -> total 5 redeemable 5",
    );
    case(
        "03-01 credit 10
         03-02 forfeit cause
         03-03 credit 5
         03-04 forfeit cause
         03-05 restore 2        -> total 10 redeemable 10
         03-06 reverse 1        -> total 0 redeemable 0
         03-07 restore 4        -> total 5 redeemable 5",
    );
}

// A village's pool.

#[test]
fn a_pool_is_handed_on_by_a_list_and_the_lots_keep_their_expiry_t2() {
    let town = case(
        "03-01 pool: credit 5 until 05-01
         03-01 pool: credit 5 until 04-01
         03-01 pool: credit 5
         03-02 pool: hand-on 1=3 2=6 3=2 two -> total 4 redeemable 4 lots 3:4 \
             of 1 total 3 lots 1:3 \
             of 2 total 6 lots 1:2+2:4 of 3 total 2 lots 1:1+2:1
         04-01 2: expire                     -> redeemable 4 total 6
         05-01 2: expire                     -> redeemable 0
         05-01 3: expire                     -> redeemable 1 lots 2:1",
    );
    let received: Vec<_> =
        town.entries.iter().filter(|entry| entry.kind == EntryKind::Receive).collect();
    let given: Vec<_> =
        town.entries.iter().filter(|entry| entry.kind == EntryKind::HandOn).collect();
    assert_eq!(given.len(), 1);
    let sum: i64 = received.iter().map(|entry| entry.redeemable.0).sum();
    assert_eq!(sum, -given[0].redeemable.0);
    let pool = *town.account(0).id.bytes();
    assert!(received.iter().all(|entry| entry.answer.cause.unwrap().bytes() == &pool));
}

#[test]
fn lots_that_expire_together_are_received_as_one_t2() {
    case(
        "03-01 pool: credit 5 until 05-01
         03-01 pool: credit 5 until 05-01
         03-02 pool: hand-on 1=7 2=3 two    -> of 1 lots 1:7 seq 1 of 2 lots 1:3 seq 1",
    );
}

#[test]
fn what_is_handed_on_fills_the_shortfall_of_who_receives_it_t2() {
    case(
        "03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-01 reverse 1                -> short 5
         03-01 pool: credit 10
         03-02 pool: hand-on 1=7 two    -> total 3 of 1 total 7 redeemable 2 short 0",
    );
}

#[test]
fn only_a_pool_hands_on_and_two_people_sign_t2() {
    case(
        "03-01 credit 10
         03-01 pool: credit 10
         03-01 hand-on 2=5 two          -> refused not_a_pool
         03-01 pool: hand-on 1=5        -> refused one_person
         03-01 pool: hand-on 1=5 one    -> refused one_person
         03-01 pool: hand-on 1=5 same   -> refused one_person
         03-01 pool: hand-on 1=5 two    -> total 5",
    );
}

#[test]
fn a_list_names_everybody_once_and_not_the_pool_t2() {
    case(
        "03-01 pool: credit 10
         03-01 pool: hand-on two            -> refused list
         03-01 pool: hand-on 1=1 1=1 two    -> refused list
         03-01 pool: hand-on 1=1 pool=1 two -> refused list
         03-01 pool: hand-on 1=0 two        -> refused not_positive
         03-01 pool: hand-on 1=2 2=-1 two   -> refused not_positive
         03-01 pool: hand-on 1=1 99=1 two   -> refused no_account
         03-01 pool: hand-on 1=5 2=6 two    -> refused insufficient 10",
    );
}

#[test]
fn a_pool_that_is_short_hands_nothing_on_t2() {
    case(
        "03-01 pool: credit 10
         03-01 pool: hand-on 1=10 two   -> total 0
         03-02 pool: reverse 1          -> total -10 short 10
         03-02 pool: credit 4
         03-02 pool: hand-on 1=1 two    -> refused short 6",
    );
}

#[test]
fn a_list_of_an_earlier_day_is_checked_against_later_balances_t2() {
    case(
        "03-01 pool: credit 10
         03-03 pool: hold 9
         03-04 pool: release 2
         03-05 for 03-02 pool: hand-on 1=2 two -> refused insufficient_on 2026-03-03 1",
    );
}

// Adjustments.

#[test]
fn two_people_adjust_with_a_reason_where_the_scheme_allows_it_s2() {
    case(
        "adjustments allowed
         03-01 adjust 10 until 03-20 two reason -> total 10 redeemable 10 lots 1:10 did adjust
         03-02 adjust -4 two reason             -> total 6 redeemable 6 lots 1:6 did adjust
         03-02 adjust -7 two reason             -> refused insufficient 6
         03-02 adjust 1 two                     -> refused no_reason
         03-02 adjust 1 one reason              -> refused one_person
         03-02 adjust 1 same reason             -> refused one_person
         03-02 adjust 0 two reason              -> refused not_positive
         03-02 adjust -9223372036854775808 two reason -> refused not_positive
         03-20 expire                           -> redeemable 0 total 6",
    );
}

#[test]
fn a_scheme_without_adjustments_refuses_them_whoever_signs_s2() {
    case(
        "03-01 adjust 5 two reason      -> refused no_adjustments
         03-01 adjust -5 two reason     -> refused no_adjustments",
    );
}

#[test]
fn an_adjustment_fills_a_shortfall_and_takes_nothing_from_who_is_short_s12() {
    case(
        "adjustments allowed
         03-01 credit 5
         03-01 hold 5
         03-01 capture 2
         03-01 reverse 1                -> short 5
         03-01 adjust -1 two reason     -> refused short 5
         03-01 adjust 7 two reason      -> short 0 redeemable 2 lots 5:2",
    );
}

// Refusals.

#[test]
fn what_nobody_opened_is_refused_first() {
    case(
        "03-01 99: credit 0             -> refused no_account
         03-01 99: adjust 5             -> refused no_account
         03-01 for 03-09 99: credit 5   -> refused no_account",
    );
}

/// Each line breaks two neighbouring rules of the list of refusals, or as near as an act can.
#[test]
fn of_two_reasons_to_refuse_the_earlier_in_the_list_is_told() {
    case(
        "03-01 credit 5
         03-01 pool: credit 5
         03-01 credit 5
         03-01 hold 2 due 03-20
         closed through 02-10
         03-01 pool: hand-on 99=0 two           -> refused no_account
         03-01 pool: hand-on 1=0 1=0 two        -> refused not_positive
         03-01 for 03-02 pool: hand-on two      -> refused list
         03-01 for 03-02 credit 0               -> refused not_positive
         03-01 for 03-02 adjust 5               -> refused future_day 2026-03-01
         03-01 for 03-02 hand-on 2=5            -> refused future_day 2026-03-01
         03-01 adjust 0                         -> refused not_positive
         03-01 adjust 5 one                     -> refused no_adjustments
         03-01 hand-on 2=5 one                  -> refused not_a_pool
         03-01 write-off one                    -> refused one_person
         adjustments allowed
         03-01 adjust 5 one                     -> refused one_person
         03-01 for 02-01 adjust 5 two           -> refused no_reason
         03-01 for 02-01 pool: hand-on 1=9 one  -> refused one_person
         03-01 for 02-01 forfeit                -> refused no_cause
         03-01 for 02-01 write-off two          -> refused no_cause
         03-01 for 02-01 reverse 9              -> refused period_closed 2026-02-10
         03-01 for 02-01 capture 9              -> refused period_closed 2026-02-10
         03-01 for 02-01 hold 99                -> refused period_closed 2026-02-10
         03-01 for 02-01 restore 9              -> refused period_closed 2026-02-10
         03-01 for 02-01 refund 9               -> refused period_closed 2026-02-10
         03-01 for 02-01 time-out 9             -> refused hold_not_open 9",
    );
}

#[test]
fn who_is_short_hears_that_before_hearing_that_it_would_not_be_enough() {
    case(
        "03-01 credit 5
         03-01 hold 4
         03-01 capture 2
         03-01 credit 2
         03-01 hold 2 due 03-20
         03-02 reverse 1        -> short 4
         03-02 hold 99          -> refused short 4
         03-02 for 02-01 hold 1 -> refused short 4
         03-02 capture 9        -> refused hold_not_open 9
         03-02 capture 5        -> refused short 4",
    );
}

#[test]
fn too_few_points_are_told_before_a_low_day_and_before_amounts_too_large() {
    case(
        "03-01 pool: credit 5
         03-03 pool: hold 5
         03-04 pool: release 2
         03-05 for 03-02 pool: hold 6           -> refused insufficient 5
         03-05 for 03-02 pool: hold 5           -> refused insufficient_on 2026-03-03 0
         03-05 pool: hand-on 1=9223372036854775807 2=1 two -> refused insufficient 5",
    );
}

#[test]
fn what_cannot_be_counted_is_refused_and_changes_nothing() {
    case(
        "03-01 credit 9223372036854775806      -> total 9223372036854775806
         03-01 credit 2                         -> refused too_large
         03-01 hold 9223372036854775806         -> redeemable 0
         03-01 credit 2                         -> refused too_large
         03-01 credit 1                         -> redeemable 1
         03-01 release 2                        -> redeemable 9223372036854775807
         03-01 hold 9223372036854775807         -> redeemable 0
         03-01 forfeit cause                    -> total 0
         03-01 credit 1
         03-02 restore 6                        -> refused too_large
         03-02 reverse 7
         03-02 restore 6                        -> total 9223372036854775807",
    );
}

#[test]
fn a_list_that_somebody_cannot_receive_reaches_nobody_t2() {
    case(
        "03-01 2: credit 9223372036854775807
         03-01 pool: credit 9223372036854775807
         03-01 pool: hand-on 1=5 2=1 two -> refused too_large
         03-01 pool: hand-on 1=9223372036854775807 3=1 two -> refused too_large
         03-01 look                      -> total 0 seq 0 of pool seq 1",
    );
}

/// The days of a balance are not in the order in which amounts were checked.
#[test]
fn an_account_that_was_kept_without_its_history_can_always_be_read_again() {
    case(
        "03-01 credit 9223372036854775807
         03-02 forfeit cause
         03-03 for 03-01 credit 9223372036854775807
         03-03 for 03-01 hold 5         -> held 5",
    );
}

#[test]
fn every_refusal_has_its_own_code_and_sentence() {
    let seq = kangji_ledger::Seq(3);
    let day = "2026-03-01".parse().unwrap();
    let points = Points(5);
    let all = [
        Refusal::KeyUsed,
        Refusal::NoAccount,
        Refusal::NotPositive,
        Refusal::List,
        Refusal::FutureDay { today: day },
        Refusal::NoAdjustments,
        Refusal::NotAPool,
        Refusal::OnePerson,
        Refusal::NoReason,
        Refusal::NoCause,
        Refusal::PeriodClosed { through: day },
        Refusal::NoSuchCredit { seq },
        Refusal::Reversed { by: seq },
        Refusal::HoldNotOpen { seq },
        Refusal::NoSuchCapture { seq },
        Refusal::HoldNotDue { until: None },
        Refusal::NoSuchForfeit { seq },
        Refusal::Short { shortfall: points },
        Refusal::Insufficient { redeemable: points },
        Refusal::NotLeft { lot: seq, left: points },
        Refusal::InsufficientOn { day, redeemable: points },
        Refusal::NothingToDo,
        Refusal::TooLarge,
        Refusal::Inconsistent,
    ];
    let mut codes: Vec<&str> = all.iter().map(Refusal::code).collect();
    let sentences = all.iter().map(|refusal| refusal.chinese(|points| points.0.to_string()));
    let mut sentences: Vec<String> = sentences.collect();
    codes.sort_unstable();
    codes.dedup();
    sentences.sort_unstable();
    sentences.dedup();
    assert_eq!((codes.len(), sentences.len()), (all.len(), all.len()));
}
