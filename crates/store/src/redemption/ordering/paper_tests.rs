//! Orders that are paid with paper vouchers (P7, P10), on both databases.

use kangji_core::{
    Day, DayRange, DivisionPrefix, Moment, Points,
    ids::{HolderId, OrderId},
};
use kangji_ledger::{Refusal as NotPosted, account_of};
use kangji_redemption::{
    Refusal, State, VoucherRefusal, VoucherState, order::NewOrder, voucher::Serial,
};
use kangji_rights::{Action, Cover, Permit};

use crate::{
    Balance, Entries, FiguresQuery, NotOrdered, OrderAct, Presented, Reading, VoucherAct,
    VoucherQuery,
    facts::holders::new_id,
    redemption::sample_stock::{CATALOGUE, CLERK, CLINIC, Clinic, SCHEME, noon},
    sql::Value,
    verify::sample::{Folder, both},
};

/// An opened clinic with masks on the shelf, and somebody with credits of so many points.
fn with_credits(clinic: &Clinic, code: &str, credits: &[i64]) -> HolderId {
    let (first, rest) = credits.split_first().unwrap();
    let person = clinic.person(code, "510403001001", *first);
    rest.iter().for_each(|points| clinic.credit(person, *points, noon("01-03")));
    person
}

fn each(test: impl Fn(&Clinic)) {
    let folder = Folder::new();
    for location in both(&folder) {
        let clinic = Clinic::open(&location);
        clinic.receive("医用口罩", 50, noon("01-04"));
        test(&clinic);
    }
}

fn wish(item: &str, institution: &str, vouchers: &[&Serial]) -> NewOrder {
    NewOrder {
        catalogue: CATALOGUE,
        item: item.to_owned(),
        sets: 1,
        chosen: Vec::new(),
        institution: institution.to_owned(),
        vouchers: vouchers.iter().map(|serial| (*serial).clone()).collect(),
    }
}

/// Orders something with vouchers, handed over at once: what was in the way, in short.
fn order(
    clinic: &Clinic,
    person: HolderId,
    new: NewOrder,
    (hand_over, now): (bool, Moment),
) -> Result<OrderId, Vec<(String, &'static str)>> {
    let id = OrderId::from_bytes(new_id(now));
    let code = "12345678".to_owned();
    let act = OrderAct::Place { id, person, code, new, hand_over, proxy: None };
    match clinic.act(act, now) {
        Ok(()) => Ok(id),
        Err(NotOrdered::Refused(all)) => Err(all.iter().map(short).collect()),
        Err(NotOrdered::Step(step)) => Err(vec![(String::new(), step.code())]),
    }
}

fn short(refusal: &Refusal) -> (String, &'static str) {
    let serial = match refusal {
        Refusal::Voucher { serial, .. } => serial.clone(),
        _ => String::new(),
    };
    (serial, refusal.code())
}

/// What can be redeemed, what is held for orders, what vouchers bear.
fn balance(clinic: &Clinic, person: HolderId) -> (i64, i64, i64) {
    let account = clinic.store.account(account_of(person, SCHEME)).unwrap().unwrap();
    let on_vouchers = account.on_vouchers().0;
    (account.balance().0, account.held.0 - on_vouchers, on_vouchers)
}

fn state(clinic: &Clinic, serial: &Serial, person: HolderId) -> VoucherState {
    let query = VoucherQuery { person: Some(person), limit: u32::MAX, ..VoucherQuery::default() };
    let all = clinic.store.vouchers(&query).unwrap();
    all.into_iter().find(|one| one.serial == *serial).unwrap().state
}

/// Cases: what looked wrong, where it came, where it was before.
fn cases(clinic: &Clinic) -> Vec<(String, String, Option<String>)> {
    let mut found = Vec::new();
    let sql = "SELECT kind, place, first_place FROM cases ORDER BY opened_at, place";
    clinic
        .connection()
        .query(sql, &[] as &[Value<'_>], |row| {
            let first = row.opt_text(2)?.map(ToOwned::to_owned);
            found.push((row.text(0)?.to_owned(), row.text(1)?.to_owned(), first));
            Ok(())
        })
        .unwrap();
    found
}

/// P7, P10: vouchers are spent whole and together; what they lack comes from the electronic
/// balance; the order names them.
#[test]
fn p10_vouchers_are_spent_whole_and_together() {
    each(|clinic| {
        let me = with_credits(clinic, "a", &[6, 3, 8]);
        let [six, three] = [1, 2].map(|lot| clinic.voucher(me, lot, noon("01-05")));
        assert_eq!(balance(clinic, me), (8, 0, 9));
        let now = noon("02-01");
        let new = wish("mask", CLINIC, &[&six, &three]);
        let quoted = clinic.store.quote(me, &new, now.day()).unwrap().unwrap();
        assert_eq!(quoted.quote.refusals, []);
        assert_eq!(quoted.vouchers, [(six.clone(), Points(6)), (three.clone(), Points(3))]);
        let id = order(clinic, me, new, (true, now)).unwrap();
        // Ten points: nine on paper and one of the balance.
        assert_eq!(balance(clinic, me), (7, 0, 0));
        let kept = clinic.store.order_by_id(id).unwrap().unwrap();
        assert_eq!((kept.state, kept.points), (State::HandedOver, Points(10)));
        let paid = clinic.store.order_vouchers(id).unwrap();
        assert_eq!(paid, [(six.clone(), Points(6)), (three.clone(), Points(3))]);
        assert_eq!(state(clinic, &six, me), VoucherState::Redeemed);
        let report = crate::verify(&clinic.location, None, None, &mut |_| {}).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    });
}

/// P9, P10: what cannot be taken is told for each voucher, and nothing happens.
#[test]
fn what_cannot_be_taken_is_told_for_each_voucher() {
    each(|clinic| {
        let me = with_credits(clinic, "a", &[6, 12, 20]);
        let other = with_credits(clinic, "b", &[4]);
        let [six, twelve] = [1, 2].map(|lot| clinic.voucher(me, lot, noon("01-05")));
        let theirs = clinic.voucher(other, 1, noon("01-05"));
        let unknown = Serial::numbered("XQ", 99).unwrap();
        let now = noon("02-01");
        let mask = |vouchers: &[&Serial]| wish("mask", CLINIC, vouchers);
        let named = |serial: &Serial, code| (serial.to_string(), code);
        assert_eq!(
            order(clinic, me, mask(&[&theirs, &six, &unknown, &six]), (true, now)),
            Err(vec![
                named(&theirs, "voucher_not_theirs"),
                named(&unknown, "unknown_voucher"),
                named(&six, "voucher_twice"),
            ])
        );
        let over = order(clinic, me, mask(&[&twelve]), (true, now));
        assert_eq!(over, Err(vec![named(&twelve, "voucher_too_much")]));
        let quoted = clinic.store.quote(me, &mask(&[&twelve]), now.day()).unwrap().unwrap();
        let borne = VoucherRefusal::TooMuch { borne: Points(12), price: Points(10) };
        let expected = Refusal::Voucher { serial: twelve.to_string(), why: borne };
        assert_eq!(quoted.quote.refusals, [expected]);
        // Nobody keeps what is not handed over.
        let later = order(clinic, me, mask(&[&six]), (false, now));
        assert_eq!(later, Err(vec![named(&six, "voucher_at_counter")]));
        let late = order(clinic, me, mask(&[&six]), (true, noon("02-01").plus_millis(1)));
        assert!(late.is_ok());
        assert_eq!(balance(clinic, me), (16, 0, 12));
        assert_eq!(cases(clinic), []);
    });
}

/// P13: a voucher that was spent, or called lost, comes again: refused, and a case with both
/// places, once for each place and day, whether it was to be spent or only asked about.
#[test]
fn p13_a_second_presentation_is_a_case() {
    each(|clinic| {
        let me = with_credits(clinic, "a", &[6, 4, 20]);
        let [six, four] = [1, 2].map(|lot| clinic.voucher(me, lot, noon("01-05")));
        order(clinic, me, wish("mask", CLINIC, &[&six]), (true, noon("02-01"))).unwrap();
        let lost = VoucherAct::Lose { reason: "丢了".to_owned() };
        clinic.with_voucher(&four, lost, noon("02-01"));
        let there = "clinic-3";
        for _ in 0..2 {
            let again = order(clinic, me, wish("mask", there, &[&six]), (true, noon("02-02")));
            assert_eq!(again, Err(vec![(six.to_string(), "voucher_redeemed")]));
        }
        let second = ("second_presentation".to_owned(), there.to_owned(), Some(CLINIC.to_owned()));
        assert_eq!(cases(clinic), std::slice::from_ref(&second));
        let presented = Presented {
            person: me,
            scheme: SCHEME.to_owned(),
            place: CLINIC.to_owned(),
            vouchers: vec![four.clone(), six.clone()],
            by: Some(CLERK),
            now: noon("02-03"),
        };
        clinic.store.suspect(presented.clone()).wait().unwrap();
        clinic.store.suspect(presented).wait().unwrap();
        let here = CLINIC.to_owned();
        let mut all = cases(clinic);
        all.sort();
        assert_eq!(
            all,
            [
                ("lost_presented".to_owned(), here.clone(), None),
                ("second_presentation".to_owned(), here.clone(), Some(here)),
                second,
            ]
        );
        assert_eq!(balance(clinic, me), (16, 0, 4));
    });
}

/// What is brought back brings the points to the electronic balance; the paper stays spent.
#[test]
fn what_is_brought_back_brings_no_paper_back() {
    each(|clinic| {
        let me = with_credits(clinic, "a", &[6, 9]);
        let six = clinic.voucher(me, 1, noon("01-05"));
        let id = order(clinic, me, wish("mask", CLINIC, &[&six]), (true, noon("02-01"))).unwrap();
        assert_eq!(balance(clinic, me), (5, 0, 0));
        clinic.bring_back(id, true, noon("02-02"));
        assert_eq!(balance(clinic, me), (15, 0, 0));
        assert_eq!(state(clinic, &six, me), VoucherState::Redeemed);
        let again = order(clinic, me, wish("mask", CLINIC, &[&six]), (true, noon("02-03")));
        assert_eq!(again, Err(vec![(six.to_string(), "voucher_redeemed")]));
    });
}

/// What people see of vouchers: apart from what is held for orders, with the days on which they
/// lapse; what is lost still stands there, but nobody is told to use it.
#[test]
fn balances_and_entries_tell_of_vouchers() {
    each(|clinic| {
        let me = with_credits(clinic, "a", &[6, 4, 20]);
        let [six, four] = [1, 2].map(|lot| clinic.voucher(me, lot, noon("01-05")));
        clinic.order(me, ("mask", 1), false, noon("02-01")).unwrap();
        order(clinic, me, wish("mask", CLINIC, &[&six]), (true, noon("02-01"))).unwrap();
        let lost = VoucherAct::Lose { reason: "丢了".to_owned() };
        clinic.with_voucher(&four, lost, noon("02-01"));
        let balance = read(clinic, me, noon("02-02")).unwrap();
        assert_eq!(
            (balance.total, balance.redeemable, balance.held, balance.on_vouchers),
            (Points(30), Points(6), Points(10), Points(4))
        );
        let (permit, today) = (everywhere(), noon("02-02").day());
        let reading = Reading { permit: &permit, care: None, own: Some(me), today };
        let entries = clinic.store.entries((me, SCHEME), (0, 100), reading).unwrap();
        let Entries::Some(_, posted) = entries else { panic!("there are entries") };
        let said: Vec<_> = posted
            .iter()
            .skip(3)
            .map(|one| (one.entry.kind.word(), one.title.as_deref(), one.voucher.as_deref()))
            .collect();
        let names = [&six, &four].map(|serial| format!("积分券 {serial}"));
        let [six, four] = [six, four].map(|serial| serial.to_string());
        assert_eq!(
            said,
            [
                ("bind", Some(names[0].as_str()), Some(six.as_str())),
                ("bind", Some(names[1].as_str()), Some(four.as_str())),
                ("hold", Some("医用口罩"), None),
                ("hold", Some("医用口罩"), None),
                ("capture", Some("医用口罩"), None),
                ("capture", Some("医用口罩"), Some(six.as_str())),
            ]
        );
        assert!(posted.iter().skip(5).all(|one| one.order.is_some()));
        assert_eq!(out(clinic, noon("02-02")), Some((6, 10, 4)));
    });
}

/// A4, P9: what lapses soon is told with what of it stands on paper, unless the paper is lost.
#[test]
fn what_lapses_soon_is_told_with_the_vouchers_a4() {
    each(|clinic| {
        let me = with_credits(clinic, "a", &[1]);
        let [early, late] = ["2026-03-01", "2026-04-01"].map(|day| day.parse::<Day>().ok());
        for (points, expires_on) in [(6, late), (5, early), (4, late), (3, late), (2, early)] {
            clinic.credit_until(me, points, expires_on, noon("01-03"));
        }
        let [six, four, _] = [2, 4, 6].map(|lot| clinic.voucher(me, lot, noon("01-05")));
        let lapsing = |now: Moment| {
            let balance = &read(clinic, me, now).unwrap();
            let each = balance.expiring.iter();
            let told: Vec<(String, i64, i64)> =
                each.map(|one| (one.day.to_string(), one.points.0, one.on_vouchers.0)).collect();
            (told, balance.held.0, balance.on_vouchers.0)
        };
        let (march, april) = ("2026-03-01".to_owned(), "2026-04-01".to_owned());
        let all = vec![(march, 7, 2), (april.clone(), 13, 10)];
        assert_eq!(lapsing(noon("02-01")), (all, 0, 12));
        let lost = VoucherAct::Lose { reason: "丢了".to_owned() };
        clinic.with_voucher(&four, lost, noon("02-01"));
        clinic.expire(me, noon("03-02"));
        assert_eq!(lapsing(noon("03-02")), (vec![(april, 9, 6)], 0, 10));
        assert_eq!(out(clinic, noon("03-02")), Some((4, 0, 10)));
        clinic.expire(me, noon("04-02"));
        assert_eq!(lapsing(noon("04-02")), (Vec::new(), 0, 0));
        assert_eq!(state(clinic, &six, me), VoucherState::Expired);
        assert_eq!(state(clinic, &four, me), VoucherState::Lost);
        assert_eq!(out(clinic, noon("04-02")), Some((1, 0, 0)));
    });
}

/// The only account of somebody, as they read it.
fn read(clinic: &Clinic, me: HolderId, now: Moment) -> Option<Balance> {
    let permit = everywhere();
    let reading = Reading { permit: &permit, care: None, own: Some(me), today: now.day() };
    clinic.store.balances(me, reading).unwrap()?.pop()
}

fn everywhere() -> Permit {
    let cover = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    Permit::covering(Action::PointsRead, vec![cover]).unwrap()
}

/// The points that are out in the district: redeemable, for orders, on paper (P11).
fn out(clinic: &Clinic, now: Moment) -> Option<(i64, i64, i64)> {
    let area = DivisionPrefix::parse("510403").unwrap();
    let days = DayRange { from: now.day(), to: now.day() };
    let query = FiguresQuery { institution: None, area, days, today: now.day() };
    let one = clinic.store.figures(&query).unwrap().outstanding.pop()?;
    Some((one.redeemable.0, one.held.0, one.on_vouchers.0))
}

#[test]
fn a_shortfall_is_earned_back_before_vouchers_are_taken() {
    each(|clinic| {
        let me = with_credits(clinic, "a", &[6, 30]);
        let six = clinic.voucher(me, 1, noon("01-05"));
        for _ in 0..3 {
            clinic.order(me, ("mask", 1), true, noon("02-01")).unwrap();
        }
        clinic.reverse(me, 2, noon("02-02"));
        let quoted = clinic.store.quote(me, &wish("mask", CLINIC, &[&six]), noon("02-02").day());
        let first = quoted.unwrap().unwrap().quote.refusals.remove(0);
        let why = VoucherRefusal::Ledger(NotPosted::Short { shortfall: Points(30) });
        assert_eq!(first, Refusal::Voucher { serial: six.to_string(), why });
    });
}
