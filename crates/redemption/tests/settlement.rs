//! Statements of partner shops (P14): their totals, their steps, who may take them.

#![expect(clippy::unwrap_used, reason = "tests")]

use kangji_core::{
    Day, Fen, Moment, Period, Points,
    ids::{DeductionId, OfficerId, StatementId},
};
use kangji_redemption::{
    SettlementRefusal, Signature, Statement,
    settlement::{GRACE_MILLIS, Hand, Ruling, StatementLine, StatementState, Totals, Verdict},
};
use proptest::prelude::*;

const SHOP: (&str, &str) = ("shop-1", "xq");

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

fn day(month: u32, day: u32) -> Day {
    Day::new(2026, month, day).unwrap()
}

fn hand(who: u8, on: Day) -> Hand {
    Hand {
        by: OfficerId::from_bytes([who; 16]),
        at: Moment::start_of(on).plus_millis(9 * 3_600_000),
    }
}

fn line(id: u8, on: Day, off: i64, points: i64) -> StatementLine {
    StatementLine {
        number: 0,
        day: on,
        deduction: Some(DeductionId::from_bytes([id; 16])),
        receipt: format!("R-{id}"),
        bill: Fen(off.saturating_mul(3)),
        off: Fen(off),
        points: Points(points),
        corrects: None,
    }
}

fn statement(lines: Vec<StatementLine>) -> Statement {
    let id = StatementId::from_bytes([1; 16]);
    Statement::draw(id, SHOP, period("2026-07"), lines, hand(1, day(8, 1))).unwrap()
}

fn two_lines() -> Statement {
    statement(vec![line(2, day(7, 9), 300, 30), line(1, day(7, 2), 500, 50)])
}

fn upheld(off: i64, points: i64, who: u8) -> Verdict {
    let ruling = Ruling::Upheld { off: Fen(off), points: Points(points) };
    Verdict { ruling, text: "小票金额写错".to_owned(), hand: hand(who, day(8, 4)) }
}

fn paper(who: u8, on: Day) -> Signature {
    Signature {
        by: OfficerId::from_bytes([who; 16]),
        day: on,
        document: "付〔2026〕8号".to_owned(),
    }
}

#[test]
fn p14_a_statement_is_drawn_after_its_month_is_over() {
    let draw = |month: &str, at: Moment| {
        let by = OfficerId::from_bytes([1; 16]);
        let lines = vec![line(1, day(7, 2), 500, 50)];
        let id = StatementId::from_bytes([1; 16]);
        Statement::draw(id, SHOP, period(month), lines, Hand { by, at }).map(|_| ())
    };
    let over = Moment::start_of(day(8, 1)).plus_millis(GRACE_MILLIS);
    assert_eq!(draw("2026-07", over), Ok(()));
    assert_eq!(draw("2026-07", over.plus_millis(-1)), Err(SettlementRefusal::NotOver));
    for other in ["2026", "2026-Q2", "2026-07-02", "life"] {
        assert_eq!(draw(other, over), Err(SettlementRefusal::NotAMonth), "{other}");
    }
    let id = StatementId::from_bytes([1; 16]);
    let empty = Statement::draw(id, SHOP, period("2026-07"), Vec::new(), hand(1, day(8, 1)));
    assert_eq!(empty.unwrap_err(), SettlementRefusal::Nothing);
    let much = vec![line(1, day(7, 1), i64::MAX / 3, 1), line(2, day(7, 1), i64::MAX, 1)];
    let much = Statement::draw(id, SHOP, period("2026-07"), much, hand(1, day(8, 1)));
    assert_eq!(much.unwrap_err(), SettlementRefusal::TooLarge);
}

#[test]
fn p14_a_shop_confirms_and_two_people_settle() {
    let mut one = two_lines();
    assert_eq!(one.line(1).unwrap().receipt, "R-1", "lines are in the order of days");
    assert_eq!((one.head.totals.off, one.head.totals.points), (Fen(800), Points(80)));
    assert_eq!(one.review(hand(1, day(8, 3))), Err(SettlementRefusal::NotAnswered));
    assert_eq!(one.settle(paper(2, day(8, 3)), day(8, 3)), Err(SettlementRefusal::NotReviewed));
    one.answer(Vec::new(), hand(7, day(8, 2))).unwrap();
    assert_eq!(one.head.state, StatementState::Confirmed);
    assert_eq!(one.answer(Vec::new(), hand(7, day(8, 2))), Err(SettlementRefusal::Answered));
    assert_eq!(one.review(hand(7, day(8, 3))), Err(SettlementRefusal::SamePerson), "the shop's");
    // Whoever drew it up may review it; they may not settle it as well.
    one.review(hand(1, day(8, 3))).unwrap();
    assert_eq!(one.settle(paper(1, day(8, 3)), day(8, 3)), Err(SettlementRefusal::SamePerson));
    assert_eq!(one.settle(paper(7, day(8, 3)), day(8, 3)), Err(SettlementRefusal::SamePerson));
    let blank = Signature { document: " ".to_owned(), ..paper(2, day(8, 3)) };
    assert_eq!(one.settle(blank, day(8, 3)), Err(SettlementRefusal::NoDocument));
    assert_eq!(one.settle(paper(2, day(8, 2)), day(8, 3)), Err(SettlementRefusal::Day));
    assert_eq!(one.settle(paper(2, day(8, 4)), day(8, 3)), Err(SettlementRefusal::Day));
    one.settle(paper(2, day(8, 3)), day(8, 5)).unwrap();
    assert_eq!(one.head.state, StatementState::Settled);
    assert_eq!(one.settle(paper(3, day(8, 5)), day(8, 5)), Err(SettlementRefusal::Settled));
    assert_eq!(one.review(hand(3, day(8, 5))), Err(SettlementRefusal::Settled));
}

#[test]
fn p14_what_is_objected_to_is_answered_line_by_line() {
    let mut one = two_lines();
    let says = || "金额不对".to_owned();
    let refused = |one: &mut Statement, list| one.answer(list, hand(7, day(8, 2))).unwrap_err();
    for (list, why) in [
        (vec![(Some(3), says())], SettlementRefusal::NoSuchLine { place: 0 }),
        (vec![(Some(0), says())], SettlementRefusal::NoSuchLine { place: 0 }),
        (vec![(Some(1), says()), (Some(1), says())], SettlementRefusal::Twice { place: 1 }),
        (vec![(None, says()), (None, says())], SettlementRefusal::Twice { place: 1 }),
        (
            vec![(Some(1), says()), (Some(2), " ".to_owned())],
            SettlementRefusal::NoText { place: 1 },
        ),
    ] {
        assert_eq!(refused(&mut one, list), why);
    }
    assert_eq!(one.head.state, StatementState::Drawn, "nothing of it was taken");
    one.answer(vec![(Some(2), says()), (None, says())], hand(7, day(8, 2))).unwrap();
    assert_eq!(one.head.state, StatementState::Objected);
    let before = one.clone();
    assert_eq!(one.judge(3, upheld(1, 1, 1)), Err(SettlementRefusal::NoSuchObjection));
    assert_eq!(one.judge(1, upheld(0, 0, 1)), Err(SettlementRefusal::NoCorrection));
    assert_eq!(one.judge(1, upheld(-301, 0, 1)), Err(SettlementRefusal::BelowLine));
    assert_eq!(one.judge(1, upheld(0, -31, 1)), Err(SettlementRefusal::BelowLine));
    assert_eq!(one.judge(2, upheld(-1, 0, 1)), Err(SettlementRefusal::BelowLine), "of no line");
    assert_eq!(one.judge(1, upheld(-100, -10, 7)), Err(SettlementRefusal::SamePerson));
    let silent = Verdict { text: String::new(), ..upheld(-100, -10, 1) };
    assert_eq!(one.judge(1, silent), Err(SettlementRefusal::NoText { place: 0 }));
    assert_eq!(one, before);
    one.judge(1, upheld(-100, -10, 1)).unwrap();
    assert_eq!(one.judge(1, upheld(-100, -10, 1)), Err(SettlementRefusal::Judged));
    assert_eq!(one.review(hand(1, day(8, 4))), Err(SettlementRefusal::Open { objections: 1 }));
    let dismissed = Verdict { ruling: Ruling::Dismissed, ..upheld(0, 0, 1) };
    one.judge(2, dismissed).unwrap();
    assert_eq!(one.lines, before.lines, "a statement never changes");
    let corrections = one.corrections();
    let [correction] = corrections.as_slice() else { panic!("{corrections:?}") };
    assert_eq!(
        (correction.off, correction.points, correction.bill),
        (Fen(-100), Points(-10), Fen(0))
    );
    assert_eq!(correction.receipt, "R-2");
    let names = correction.corrects.unwrap();
    assert_eq!((names.statement, names.line, names.objection), (one.head.id, Some(2), 1));
    one.review(hand(1, day(8, 4))).unwrap();
    assert_eq!(one.judge(2, upheld(1, 1, 1)), Err(SettlementRefusal::Reviewed));
}

/// A correction that took too much can be taken back, and no more than it took.
#[test]
fn a_correction_can_be_corrected() {
    let mut first = two_lines();
    first.answer(vec![(Some(1), "多扣".to_owned())], hand(7, day(8, 2))).unwrap();
    first.judge(1, upheld(-200, -20, 1)).unwrap();
    let (id, drawn) = (StatementId::from_bytes([2; 16]), hand(1, day(9, 1)));
    let mut next =
        Statement::draw(id, SHOP, period("2026-08"), first.corrections(), drawn).unwrap();
    assert_eq!(next.head.totals.off, Fen(-200));
    assert_eq!(next.by_day().unwrap().len(), 0, "a correction is of no day");
    next.answer(vec![(Some(1), "更正多了".to_owned())], hand(7, day(9, 2))).unwrap();
    assert_eq!(next.judge(1, upheld(-1, 0, 1)), Err(SettlementRefusal::BelowLine));
    next.judge(1, upheld(200, 20, 1)).unwrap();
    assert_eq!(next.corrections()[0].deduction, first.lines[0].deduction);
}

proptest! {
    /// P14: whatever is deducted, the totals are the sums of the lines, by day and in all, and no
    /// step changes a line.
    #[test]
    fn totals_are_the_sums_of_the_lines(
        made in prop::collection::vec((1_u32..=31, 1_i64..100_000, 1_i64..10_000), 1..60),
        objected in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let lines: Vec<StatementLine> = (0_u8..).zip(&made)
            .map(|(id, (on, off, points))| line(id, day(7, *on), *off, *points))
            .collect();
        let mut one = statement(lines);
        let drawn = one.lines.clone();
        let sum = |of: fn(&(u32, i64, i64)) -> i64| made.iter().map(of).sum::<i64>();
        prop_assert_eq!(one.head.totals.off, Fen(sum(|made| made.1)));
        prop_assert_eq!(one.head.totals.points, Points(sum(|made| made.2)));
        let days = one.by_day().unwrap();
        prop_assert_eq!(days.values().map(|day| day.off.0).sum::<i64>(), one.head.totals.off.0);
        prop_assert_eq!(days.values().map(|day| day.lines).sum::<u32>(), one.head.totals.lines);
        let mut numbers: Vec<u32> =
            objected.iter().map(|index| u32::try_from(index.index(made.len())).unwrap() + 1).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let list = numbers.iter().map(|number| (Some(*number), "不对".to_owned())).collect();
        one.answer(list, hand(7, day(8, 2))).unwrap();
        for objection in 1..=u32::try_from(numbers.len()).unwrap() {
            one.judge(objection, upheld(-1, 0, 1)).unwrap();
        }
        one.review(hand(1, day(8, 4))).unwrap();
        one.settle(paper(2, day(8, 4)), day(8, 4)).unwrap();
        prop_assert_eq!(&one.lines, &drawn);
        let corrected = Totals::of(&one.corrections()).unwrap();
        prop_assert_eq!(corrected.off.0, -i64::try_from(numbers.len()).unwrap());
    }
}
