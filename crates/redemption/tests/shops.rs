//! What the notices say of partner shops: P1 (no money), P7 (a published ratio, the shop's own
//! area, a part of a bill only), on agreements of every shape.

#![expect(clippy::unwrap_used, reason = "tests")]

use kangji_core::{
    Day, DayRange, DivisionPrefix, Fen, Points,
    ids::{AgreementId, OfficerId},
};
use kangji_redemption::{
    Agreement, ShopRefusal, Signature,
    partner::{AgreementRefusal, Bears, Used, in_force},
};
use proptest::prelude::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn agreement(points_per_yuan: i64, share: u8) -> Agreement {
    Agreement {
        id: AgreementId::from_bytes([1; 16]),
        shop: "shop-1".to_owned(),
        scheme: "panzhihua-xiqu".to_owned(),
        days: DayRange { from: day("2026-03-01"), to: day("2026-12-31") },
        area: DivisionPrefix::parse("510403001").unwrap(),
        points_per_yuan: Points(points_per_yuan),
        share,
        day_limit: None,
        month_limit: None,
        bears: Bears::Shop,
        proposed_by: OfficerId::from_bytes([1; 16]),
        published: None,
        ended: None,
    }
}

fn signed(by: u8, on: &str, document: &str) -> Signature {
    let by = OfficerId::from_bytes([by; 16]);
    Signature { by, day: day(on), document: document.to_owned() }
}

fn published(mut one: Agreement) -> Agreement {
    one.publish(signed(2, "2026-03-05", "西卫〔2026〕9号"), day("2026-03-05")).unwrap();
    one
}

#[test]
fn p7_a_ratio_counts_only_once_somebody_else_has_published_it() {
    let mut one = agreement(20, 30);
    let today = day("2026-03-05");
    assert!(!one.holds_on(today));
    let refused = |one: &mut Agreement, by, on, document| {
        one.publish(signed(by, on, document), today).unwrap_err()
    };
    assert_eq!(refused(&mut one, 1, "2026-03-05", "9号"), AgreementRefusal::SamePerson);
    assert_eq!(refused(&mut one, 2, "2026-03-05", " "), AgreementRefusal::NoDocument);
    assert_eq!(refused(&mut one, 2, "2026-03-06", "9号"), AgreementRefusal::Day);
    let mut one = published(one);
    assert_eq!(refused(&mut one, 3, "2026-03-05", "9号"), AgreementRefusal::Published);
    // From the day of the document, on the agreement's own days.
    let on = |on| one.holds_on(day(on));
    assert_eq!(
        ["2026-03-04", "2026-03-05", "2026-12-31", "2027-01-01"].map(on),
        [false, true, true, false]
    );
}

#[test]
fn p7_what_was_ended_holds_no_more_from_its_day_on() {
    let today = day("2026-04-10");
    let mut draft = agreement(20, 30);
    assert_eq!(draft.end(signed(1, "2026-04-10", ""), today), Err(AgreementRefusal::NoDocument));
    draft.end(signed(1, "2026-04-10", "写错了比例"), today).unwrap();
    let late = draft.publish(signed(2, "2026-04-10", "9号"), today);
    assert_eq!(late, Err(AgreementRefusal::Ended));
    let mut one = published(agreement(20, 30));
    assert_eq!(one.end(signed(2, "2026-04-09", "终止"), today), Err(AgreementRefusal::Day));
    one.end(signed(2, "2026-05-01", "终止"), today).unwrap();
    assert_eq!([one.holds_on(day("2026-04-30")), one.holds_on(day("2026-05-01"))], [true, false]);
    assert_eq!(one.end(signed(2, "2026-05-02", "终止"), today), Err(AgreementRefusal::Ended));
}

#[test]
fn p7_of_two_agreements_the_later_one_counts_and_the_earlier_one_does_not_come_back() {
    let earlier = published(agreement(20, 30));
    let mut later = published(agreement(10, 50));
    later.id = AgreementId::from_bytes([2; 16]);
    later.days.from = day("2026-06-01");
    let share =
        |all: &[Agreement], on| in_force(all, day(on)).map(|one| one.share).collect::<Vec<_>>();
    let mut all = vec![later, earlier];
    assert_eq!(share(&all, "2026-05-31"), [30]);
    assert_eq!(share(&all, "2026-06-01"), [50]);
    all[0].end(signed(2, "2026-07-01", "终止"), day("2026-07-01")).unwrap();
    assert_eq!(share(&all, "2026-07-01"), []);
    // Another shop's, or another scheme's, is no matter of theirs.
    all[1].shop = "shop-2".to_owned();
    assert_eq!(share(&all, "2026-07-01"), [30]);
}

#[test]
fn p7_points_pay_a_part_of_a_bill() {
    let one = agreement(20, 30);
    let today = day("2026-03-05");
    let off = |bill, points| one.off(Fen(bill), Points(points), Used::default(), today);
    assert_eq!(off(10_000, 600), Ok(Fen(3_000)));
    let most = ShopRefusal::TooMuch { most: Fen(3_000), points: Points(600) };
    assert_eq!(off(10_000, 601), Err(most));
    assert_eq!(off(10_000, 0), Err(ShopRefusal::Nothing));
    assert_eq!(off(0, 20), Err(ShopRefusal::Nothing));
    // A fen is never paid whole.
    assert_eq!(agreement(20, 99).most(Fen(1)), (Fen(0), Points(0)));
    let dear = agreement(1_000, 30);
    let little = dear.off(Fen(10_000), Points(9), Used::default(), today);
    assert_eq!(little, Err(ShopRefusal::TooLittle));
    let says = Agreement { day_limit: Some(Points(200)), ..one };
    let says = says.chinese(|points| points.0.to_string());
    assert_eq!(says, "20 分抵 1 元，最多抵一单的 30 %，每人每天最多用 200 分");
}

#[test]
fn p7_limits_of_a_day_and_a_month_say_when_it_is_possible_again() {
    let one = Agreement {
        day_limit: Some(Points(100)),
        month_limit: Some(Points(250)),
        ..agreement(20, 30)
    };
    let used = |today, month| Used { today: Points(today), month: Points(month) };
    let off = |points, used| one.off(Fen(100_000), Points(points), used, day("2026-03-31"));
    assert_eq!(off(100, used(0, 150)), Ok(Fen(500)));
    let (left, again_on) = (Points(40), day("2026-04-01"));
    assert_eq!(off(41, used(60, 60)), Err(ShopRefusal::Limit { left, again_on }));
    let left = Points(50);
    let on_another = one.off(Fen(100_000), Points(51), used(0, 200), day("2026-03-11"));
    assert_eq!(on_another, Err(ShopRefusal::Limit { left, again_on }));
}

proptest! {
    #[test]
    fn p7_off_is_a_part_and_limits_hold(
        rate in 1_i64..5_000, share in 0_u8..=255, bill in -5_i64..=1_000_000_000,
        points in -5_i64..=1_000_000_000, day_limit in proptest::option::of(0_i64..5_000),
        month_limit in proptest::option::of(0_i64..50_000),
        today in 0_i64..5_000, before in 0_i64..50_000,
    ) {
        let one = Agreement {
            day_limit: day_limit.map(Points),
            month_limit: month_limit.map(Points),
            ..agreement(rate, share)
        };
        let used = Used { today: Points(today), month: Points(today + before) };
        let (most, worth) = one.most(Fen(bill));
        prop_assert!(most < Fen(bill) || bill <= 0);
        prop_assert!(one.worth(worth) <= most && most < one.worth(Points(worth.0 + 1)));
        prop_assert!(one.worth(Points(points)) <= one.worth(Points(points + 1)));
        if let Ok(off) = one.off(Fen(bill), Points(points), used, day("2026-03-05")) {
            prop_assert!(Fen::ZERO < off && off <= most && most < Fen(bill));
            let within = |limit: Option<i64>, used: i64| limit.is_none_or(|limit| used <= limit);
            prop_assert!(within(day_limit, today + points));
            prop_assert!(within(month_limit, today + before + points));
        }
    }

    #[test]
    fn p7_what_is_proposed_is_accepted_and_nothing_takes_more_off(
        rate in 1_i64..5_000, share in 1_u8..100, bill in 1_i64..=100_000,
        balance in 0_i64..100_000, paper in 0_i64..2_000,
        day_limit in proptest::option::of(0_i64..5_000), today in 0_i64..5_000,
    ) {
        let one = Agreement { day_limit: day_limit.map(Points), ..agreement(rate, share) };
        let used = Used { today: Points(today), month: Points(today) };
        let off = |electronic: i64| {
            one.off(Fen(bill), Points(paper + electronic), used, day("2026-03-05"))
        };
        let best = one.best(Fen(bill), Points(paper), Points(balance), used);
        prop_assert!(best >= Points::ZERO && best.0 <= balance);
        let proposed = off(best.0);
        for other in [0, 1, best.0 - 1, best.0 + 1, balance / 2, balance] {
            if (0..=balance).contains(&other)
                && let Ok(more) = off(other)
            {
                let ours = proposed.clone().unwrap();
                prop_assert!(more < ours || (more == ours && best.0 <= other));
            }
        }
    }
}
