//! Vouchers on both databases, from printing to their end (P4, P5, P6, P9, P10, P13).

use std::collections::{BTreeMap, HashMap};

use kangji_core::{
    Day, Points,
    ids::{CauseId, HolderId, OrderId, TraceId},
};
use kangji_ledger::{Act, Answer, Command, Hash, Refusal as Denied, Seq, Source, account_of};
use kangji_redemption::{
    OrderRefusal, Refusal, State, Voucher, VoucherRefusal, VoucherState,
    voucher::{Serial, Void},
};

use super::{Issuing, VoucherAct, VoucherAnswer, VoucherCommand, VoucherQuery};
use crate::{
    audit::{Actor, Deed},
    call::{Call, IdempotencyKey},
    jobs::run_jobs,
    redemption::{
        NotOrdered, OrderAct, OrderAnswer, OrderCommand,
        sample::{INSTITUTION, SCHEME, open, place},
    },
    sql::{Location, Value},
    store::{Store, StoreError},
    verify::sample::{Folder, both, march, noon},
};

const CLERK: [u8; 16] = [9; 16];
const OTHER: &str = "clinic-2";

fn person(number: u8) -> HolderId {
    HolderId::from_bytes([number; 16])
}

/// A shop that hands out an item for 5 points, on a new database, with 30 vouchers printed and 20
/// of them at the institution.
fn shop(location: &Location) -> Store {
    Store::migrate(location, noon(1)).unwrap();
    let store = Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
    open(&store, 1, 100, "", noon(1)).unwrap();
    let holders = (1..=3).map(|number| (person(number), false)).collect();
    store.open_accounts(SCHEME, holders).wait().unwrap();
    store.print_vouchers(SCHEME, 30, CLERK, noon(1)).wait().unwrap().unwrap();
    store.stock_vouchers(SCHEME, INSTITUTION, 20, CLERK, noon(1)).wait().unwrap().unwrap();
    store
}

fn serial(number: u32) -> Serial {
    Serial::numbered("SV", number).unwrap()
}

fn ledger(store: &Store, person: HolderId, act: Act, day: u32) -> Result<Seq, Denied> {
    let account = account_of(person, SCHEME);
    let answer = Answer { cause: Some(CauseId::from_bytes([5; 16])), ..Answer::default() };
    let command = Command { key: None, account, day: march(day), act, answer };
    store.execute(command, noon(day)).wait().unwrap().map(|entry| entry.seq)
}

/// A credit that expires on a day of April; the number of its lot.
fn credit(store: &Store, person: HolderId, points: i64, day: u32) -> Seq {
    let source = Source {
        award: "lecture".to_owned(),
        resident: person,
        record: None,
        period: None,
        version: march(day),
    };
    let expires_on = Day::new(2026, 4, 20);
    ledger(store, person, Act::Credit { points: Points(points), expires_on, source }, day).unwrap()
}

/// What can be redeemed and what is set aside, of a person.
fn balance(store: &Store, person: HolderId) -> (i64, i64) {
    let account = store.account(account_of(person, SCHEME)).unwrap().unwrap();
    (account.balance().0, account.held.0)
}

fn issuing(person: HolderId, lot: Seq, day: u32) -> Issuing {
    Issuing {
        person,
        scheme: SCHEME.to_owned(),
        lot,
        institution: INSTITUTION.to_owned(),
        day: march(day),
        authority: "护士（测量用）".to_owned(),
        proxy: None,
        or_next: false,
    }
}

fn ask(store: &Store, serial: Serial, act: VoucherAct, day: u32) -> VoucherAnswer {
    let command = VoucherCommand { serial, act, by: CLERK, now: noon(day) };
    store.voucher_act(command).wait().unwrap()
}

fn issue(store: &Store, number: u32, person: HolderId, lot: Seq, day: u32) -> VoucherAnswer {
    ask(store, serial(number), VoucherAct::Issue(issuing(person, lot, day)), day)
}

fn take_back(store: &Store, number: u32, day: u32) -> VoucherAnswer {
    ask(store, serial(number), VoucherAct::TakeBack { reason: "要存回账户".to_owned() }, day)
}

fn lose(store: &Store, number: u32, day: u32) -> VoucherAnswer {
    ask(store, serial(number), VoucherAct::Lose { reason: "说是丢了".to_owned() }, day)
}

fn read(store: &Store, number: u32) -> Voucher {
    store.voucher(&serial(number)).unwrap().unwrap()
}

fn state(store: &Store, number: u32) -> (VoucherState, Option<Void>) {
    let voucher = read(store, number);
    (voucher.state, voucher.void)
}

/// Hands an item over for vouchers and what they lack; `times` the item costs 5 points.
fn redeem(store: &Store, person: HolderId, vouchers: &[u32], sets: u32, day: u32) -> OrderAnswer {
    let mut command = place(person, 0, noon(day));
    if let OrderAct::Place { new, hand_over, .. } = &mut command.act {
        new.vouchers = vouchers.iter().map(|number| serial(*number)).collect();
        new.sets = sets;
        *hand_over = true;
    }
    store.order(OrderCommand { by: Some(CLERK), ..command }).wait().unwrap()
}

fn refused(answer: &OrderAnswer) -> &VoucherRefusal {
    match answer {
        Err(NotOrdered::Refused(all)) => match all.as_slice() {
            [Refusal::Voucher { why, .. }] => why,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn cases(store: &Store) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    let sql = "SELECT kind, serial FROM cases ORDER BY kind, serial";
    store
        .reader()
        .unwrap()
        .query(sql, &[], |row| {
            cases.push((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
            Ok(())
        })
        .unwrap();
    cases
}

fn jobs(store: &Store, day: Day) {
    let now = kangji_core::Moment::start_of(day).plus_millis(3_600_000);
    let article = "第九条".to_owned();
    let terms = crate::jobs::ExpiryTerms { year_end: false, article };
    run_jobs(store, now, &HashMap::from([(SCHEME.to_owned(), terms)]), None).unwrap();
}

/// P4: numbers follow on each other, stock goes to institutions, and the states add up to all that
/// was printed.
#[test]
fn stock_is_numbered_and_every_voucher_stands_somewhere_p4() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let more = store.print_vouchers(SCHEME, 5, CLERK, noon(2)).wait().unwrap().unwrap();
        assert_eq!((more.first, more.last), (serial(31).to_string(), serial(35).to_string()));
        let stocked = store.stock_vouchers(SCHEME, OTHER, 3, CLERK, noon(2)).wait().unwrap();
        let stocked = stocked.unwrap();
        assert_eq!(
            (stocked.first, stocked.last, stocked.count),
            (serial(21).to_string(), serial(23).to_string(), 3)
        );
        let rest = store.stock_vouchers(SCHEME, OTHER, 100, CLERK, noon(2)).wait().unwrap();
        assert_eq!(rest.unwrap().count, 12, "as many as there are");
        assert!(store.stock_vouchers(SCHEME, OTHER, 1, CLERK, noon(2)).wait().unwrap().is_none());
        let none = store.print_vouchers("else", 1, CLERK, noon(2)).wait().unwrap();
        assert_eq!(none, Err(VoucherRefusal::NoVouchers));

        let me = person(1);
        let lots: Vec<Seq> = (0..5).map(|_| credit(&store, me, 4, 1)).collect();
        for (number, lot) in (1..).zip(&lots) {
            issue(&store, number, me, *lot, 2).unwrap();
        }
        lose(&store, 1, 3).unwrap();
        take_back(&store, 2, 3).unwrap();
        redeem(&store, me, &[3], 1, 3).unwrap();
        let spoilt = "卡纸".to_owned();
        let institution = INSTITUTION.to_owned();
        let spoil = VoucherAct::Spoil { institution, reason: spoilt };
        ask(&store, serial(6), spoil, 3).unwrap();
        jobs(&store, Day::new(2026, 4, 20).unwrap());
        let counts = store.voucher_counts(SCHEME).unwrap();
        let states: BTreeMap<(Option<&str>, VoucherState), u64> = counts
            .iter()
            .map(|count| ((count.institution.as_deref(), count.state), count.count))
            .collect();
        let here = Some(INSTITUTION);
        let expected = [
            ((here, VoucherState::Stocked), 14),
            ((here, VoucherState::Lost), 1),
            ((here, VoucherState::Void), 2),
            ((here, VoucherState::Redeemed), 1),
            ((here, VoucherState::Expired), 2),
            ((Some(OTHER), VoucherState::Stocked), 15),
        ];
        assert_eq!(states, expected.into());
        assert_eq!(counts.iter().map(|count| count.count).sum::<u64>(), 35);
    }
}

/// P5, P10: what is left of a credit goes onto a voucher and leaves the electronic balance; day,
/// issuer, authority and recipient are kept.
#[test]
fn issuing_takes_a_credit_out_of_the_electronic_balance_p5_p10() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        let lot = credit(&store, me, 8, 1);
        credit(&store, me, 2, 1);
        assert_eq!(store.paper_credits(me, march(2)).unwrap().len(), 2);
        let told = issue(&store, 1, me, lot, 2).unwrap();
        assert_eq!((told.state, told.points), (VoucherState::Issued, Points(8)));
        assert_eq!(told.expires_on, Some(20_260_420));
        assert_eq!(balance(&store, me), (2, 8));
        let voucher = read(&store, 1);
        let issue = voucher.issue.unwrap();
        assert_eq!((issue.person, issue.lot, issue.day), (me, lot, march(2)));
        assert_eq!((issue.step.at, issue.step.by), (noon(2), Some(CLERK)));
        assert_eq!((&*issue.authority, &*issue.award), ("护士（测量用）", "lecture"));
        let left = store.paper_credits(me, march(2)).unwrap();
        assert_eq!(left.iter().map(|one| one.left).collect::<Vec<_>>(), [Points(2)]);
        // The points are on one carrier only.
        let again = super::tests::issue(&store, 2, me, lot, 2);
        let none = Denied::NotLeft { lot, left: Points::ZERO };
        assert_eq!(again, Err(VoucherRefusal::Ledger(none)));
        let mine = VoucherQuery { person: Some(me), limit: 10, ..VoucherQuery::default() };
        assert_eq!(store.vouchers(&mine).unwrap().len(), 1);
    }
}

/// Each refusal of an issue comes before those after it (P4, P5, P6).
#[test]
fn an_issue_is_refused_for_the_first_reason() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        let lot = credit(&store, me, 8, 3);
        let issue = |number, issuing| {
            ask(&store, serial(number), VoucherAct::Issue(issuing), 3).unwrap_err()
        };
        let wanted = || issuing(me, lot, 3);
        assert_eq!(issue(999, wanted()), VoucherRefusal::Unknown);
        let other = Issuing { scheme: "else".to_owned(), ..wanted() };
        assert_eq!(issue(1, other), VoucherRefusal::Unknown);
        let elsewhere = Issuing { institution: OTHER.to_owned(), ..wanted() };
        assert_eq!(issue(1, elsewhere), VoucherRefusal::Elsewhere);
        assert_eq!(issue(25, wanted()), VoucherRefusal::State(VoucherState::Printed));
        // P6: what nobody confirmed is no credit, so there is no lot that could go onto paper.
        let unconfirmed = Issuing { lot: Seq(99), ..wanted() };
        assert_eq!(issue(1, unconfirmed), VoucherRefusal::NotCredited);
        let others = Issuing { person: person(2), ..wanted() };
        assert_eq!(issue(1, others), VoucherRefusal::NotCredited);
        for day in [march(2), march(4)] {
            assert_eq!(issue(1, Issuing { day, ..wanted() }), VoucherRefusal::Day);
        }
        ledger(&store, me, Act::Reverse { credit: lot }, 3).unwrap();
        let none = Denied::NotLeft { lot, left: Points::ZERO };
        assert_eq!(issue(1, wanted()), VoucherRefusal::Ledger(none));
        assert_eq!(state(&store, 1), (VoucherState::Stocked, None));
    }
}

#[test]
fn taken_back_points_are_electronic_again_and_the_paper_is_void() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        issue(&store, 1, me, credit(&store, me, 8, 1), 2).unwrap();
        let silent = VoucherAct::TakeBack { reason: "  ".to_owned() };
        assert_eq!(ask(&store, serial(1), silent, 3), Err(VoucherRefusal::NoReason));
        assert_eq!(take_back(&store, 1, 3).unwrap().state, VoucherState::Void);
        assert_eq!(balance(&store, me), (8, 0));
        assert_eq!(read(&store, 1).reason.as_deref(), Some("要存回账户"));
        let void = VoucherRefusal::Void(Void::TakenBack);
        assert_eq!(take_back(&store, 1, 3), Err(void.clone()));
        assert_eq!(refused(&redeem(&store, me, &[1], 2, 3)), &void);
        assert_eq!(take_back(&store, 2, 3), Err(VoucherRefusal::State(VoucherState::Stocked)));
        // A credit that came back can go onto another voucher.
        let lot = store.paper_credits(me, march(3)).unwrap()[0].lot;
        issue(&store, 2, me, lot, 3).unwrap();
        // On the day on which it expires nothing would come back, whether or not a job ran.
        let late = kangji_core::Moment::start_of(Day::new(2026, 4, 20).unwrap());
        let act = VoucherAct::TakeBack { reason: "晚了".to_owned() };
        let command = VoucherCommand { serial: serial(2), act, by: CLERK, now: late };
        let since = late.day();
        let answer = store.voucher_act(command).wait().unwrap();
        assert_eq!(answer, Err(VoucherRefusal::Expired { since }));
    }
}

/// P9: a lost voucher is not issued again; its points stay bound until their day, then they lapse.
#[test]
fn a_lost_voucher_keeps_its_points_from_everybody_p9() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        let lot = credit(&store, me, 8, 1);
        issue(&store, 1, me, lot, 2).unwrap();
        assert_eq!(lose(&store, 1, 3).unwrap().state, VoucherState::Lost);
        assert_eq!(balance(&store, me), (0, 8));
        let lost = VoucherRefusal::State(VoucherState::Lost);
        assert_eq!(lose(&store, 1, 3), Err(lost.clone()));
        assert_eq!(take_back(&store, 1, 3), Err(lost.clone()));
        let none = Denied::NotLeft { lot, left: Points::ZERO };
        assert_eq!(issue(&store, 2, me, lot, 3), Err(VoucherRefusal::Ledger(none)));
        // Whoever brings it nevertheless, makes it a case (P13).
        assert_eq!(refused(&redeem(&store, me, &[1], 2, 4)), &lost);
        assert_eq!(cases(&store), [("lost_presented".to_owned(), serial(1).to_string())]);
        jobs(&store, Day::new(2026, 4, 19).unwrap());
        assert_eq!(balance(&store, me), (0, 8));
        jobs(&store, Day::new(2026, 4, 20).unwrap());
        assert_eq!(balance(&store, me), (0, 0));
        assert_eq!(state(&store, 1), (VoucherState::Lost, Some(Void::Expired)));
    }
}

/// P9: void by itself after its day.
#[test]
fn a_voucher_ends_on_the_day_of_its_points_p9() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        issue(&store, 1, me, credit(&store, me, 8, 1), 2).unwrap();
        jobs(&store, Day::new(2026, 4, 19).unwrap());
        assert_eq!(state(&store, 1), (VoucherState::Issued, None));
        jobs(&store, Day::new(2026, 4, 20).unwrap());
        assert_eq!(state(&store, 1), (VoucherState::Expired, None));
        assert_eq!(balance(&store, me), (0, 0));
        jobs(&store, Day::new(2026, 4, 21).unwrap());
        assert_eq!(state(&store, 1), (VoucherState::Expired, None));
    }
}

#[test]
fn a_spoiled_form_is_void_where_it_lies() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let spoil = |number, institution: &str, reason: &str| {
            let (institution, reason) = (institution.to_owned(), reason.to_owned());
            ask(&store, serial(number), VoucherAct::Spoil { institution, reason }, 2)
        };
        assert_eq!(spoil(999, INSTITUTION, "x"), Err(VoucherRefusal::Unknown));
        assert_eq!(spoil(1, OTHER, "卡纸"), Err(VoucherRefusal::Elsewhere));
        assert_eq!(spoil(1, INSTITUTION, ""), Err(VoucherRefusal::NoReason));
        assert_eq!(spoil(1, INSTITUTION, "卡纸").unwrap().state, VoucherState::Void);
        assert_eq!(state(&store, 1), (VoucherState::Void, Some(Void::Spoiled)));
        let lot = credit(&store, person(1), 8, 1);
        let spoiled = Err(VoucherRefusal::Void(Void::Spoiled));
        assert_eq!(issue(&store, 1, person(1), lot, 2), spoiled);
    }
}

/// P4, P10: a voucher written by hand before the system came bears a credit that is there; it
/// earns nothing anew, and its stub must say the same.
#[test]
fn a_handwritten_voucher_is_taken_over_if_its_stub_fits_p4() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        let lot = credit(&store, me, 8, 3);
        let by_hand = Serial::by_hand("西0012").unwrap();
        let take_over = |serial: &Serial, stub, day| {
            let act = VoucherAct::TakeOver { issuing: issuing(me, lot, day), stub: Points(stub) };
            ask(&store, serial.clone(), act, 5)
        };
        assert_eq!(take_over(&serial(1), 8, 4), Err(VoucherRefusal::Unknown));
        let differs = VoucherRefusal::StubDiffers { stub: Points(7), credit: Points(8) };
        assert_eq!(take_over(&by_hand, 7, 4), Err(differs));
        assert_eq!(take_over(&by_hand, 8, 2), Err(VoucherRefusal::Day));
        assert_eq!(take_over(&by_hand, 8, 4).unwrap().state, VoucherState::Issued);
        assert_eq!(balance(&store, me), (0, 8));
        assert_eq!(take_over(&by_hand, 8, 4), Err(VoucherRefusal::Known));
        let voucher = store.voucher(&by_hand).unwrap().unwrap();
        assert_eq!(voucher.stub.map(|stub| stub.points), Some(Points(8)));
        assert_eq!(voucher.issue.map(|issue| issue.day), Some(march(4)));
        // It is counted with all others, and its stub is no difference.
        assert!(store.stub_differences(INSTITUTION, None, 10).unwrap().is_empty());
    }
}

#[test]
fn a_credit_taken_back_recalls_its_voucher() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        let (lot, other) = (credit(&store, me, 8, 1), credit(&store, me, 3, 1));
        issue(&store, 1, me, lot, 2).unwrap();
        issue(&store, 2, me, other, 2).unwrap();
        ledger(&store, me, Act::Reverse { credit: lot }, 3).unwrap();
        assert_eq!(state(&store, 1), (VoucherState::Void, Some(Void::Recalled)));
        assert_eq!(state(&store, 2), (VoucherState::Issued, None));
        assert_eq!(balance(&store, me), (0, 3));
        let recalled = VoucherRefusal::Void(Void::Recalled);
        assert_eq!(refused(&redeem(&store, me, &[1], 2, 3)), &recalled);
        assert_eq!(cases(&store), [], "nobody cheated");
    }
}

#[test]
fn a_sanction_takes_what_is_on_paper_too() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let (me, other) = (person(1), person(2));
        issue(&store, 1, me, credit(&store, me, 8, 1), 2).unwrap();
        issue(&store, 2, other, credit(&store, other, 8, 1), 2).unwrap();
        credit(&store, me, 3, 1);
        ledger(&store, me, Act::Forfeit { article: "第八条".to_owned() }, 3).unwrap();
        assert_eq!(state(&store, 1), (VoucherState::Void, Some(Void::Forfeited)));
        assert_eq!(state(&store, 2), (VoucherState::Issued, None));
        assert_eq!(balance(&store, me), (0, 0));
    }
}

/// P10: spent whole, several together, the rest from the electronic balance, never more than the
/// price; brought back, the points are electronic.
#[test]
fn vouchers_are_spent_whole_and_together_p10() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        let lots = [4, 5, 8].map(|points| credit(&store, me, points, 1));
        credit(&store, me, 6, 1);
        for (number, lot) in (1..).zip(lots) {
            issue(&store, number, me, lot, 2).unwrap();
        }
        let too_much = VoucherRefusal::TooMuch { borne: Points(8), price: Points(5) };
        assert_eq!(refused(&redeem(&store, me, &[3], 1, 3)), &too_much);
        let twice = refused(&redeem(&store, me, &[1, 1], 2, 3)).clone();
        assert_eq!(twice, VoucherRefusal::Twice);
        assert_eq!(balance(&store, me), (6, 17));
        // 4 + 5 on paper, 6 electronic.
        let told = redeem(&store, me, &[1, 2], 3, 3).unwrap();
        assert_eq!((told.state, told.points), (State::HandedOver, Points(15)));
        assert_eq!(balance(&store, me), (0, 8));
        let spent = read(&store, 1).spent.unwrap();
        assert_eq!((&*spent.place, spent.step.by), (INSTITUTION, Some(CLERK)));
        let order: OrderId = told.id.parse().unwrap();
        let back = OrderAct::Return {
            order,
            institution: INSTITUTION.to_owned(),
            reason: "包装破损".to_owned(),
            restock: true,
        };
        let back = OrderCommand { act: back, by: Some(CLERK), now: noon(4) };
        assert_eq!(store.order(back.clone()).wait().unwrap().unwrap().state, State::Returned);
        assert_eq!(balance(&store, me), (15, 8));
        assert_eq!(state(&store, 1), (VoucherState::Redeemed, None));
        let again = Err(NotOrdered::Step(OrderRefusal::State(State::Returned)));
        assert_eq!(store.order(back).wait().unwrap(), again);
        assert_eq!(balance(&store, me), (15, 8));
    }
}

/// P9, P13: not transferable, not before a counter, and a second presentation is refused and
/// becomes one case, however often it is tried.
#[test]
fn a_voucher_that_comes_again_is_one_case_p13() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        issue(&store, 1, me, credit(&store, me, 5, 1), 2).unwrap();
        issue(&store, 2, me, credit(&store, me, 5, 1), 2).unwrap();
        let other = refused(&redeem(&store, person(2), &[1], 1, 3)).clone();
        assert_eq!(other, VoucherRefusal::NotTheirs);
        let mut from_home = place(me, 0, noon(3));
        if let OrderAct::Place { new, .. } = &mut from_home.act {
            new.vouchers = vec![serial(1)];
        }
        let from_home = store.order(from_home).wait().unwrap();
        assert_eq!(refused(&from_home), &VoucherRefusal::AtCounter);
        redeem(&store, me, &[1], 1, 3).unwrap();
        for sets in [1, 2] {
            let again = redeem(&store, me, &[2, 1], sets, 3);
            let why = refused(&again);
            let first = VoucherRefusal::Redeemed { at: noon(3), place: INSTITUTION.to_owned() };
            assert_eq!(why, &first);
        }
        assert_eq!(cases(&store), [("second_presentation".to_owned(), serial(1).to_string())]);
        // The good one beside it is as it was.
        assert_eq!(state(&store, 2), (VoucherState::Issued, None));
        assert_eq!(balance(&store, me), (0, 5));
    }
}

/// Whoever only wants the next of the stock gets one, however many ask at the same time; whoever
/// has a form in the hand gets that one or none.
#[test]
fn the_next_of_the_stock_is_had_by_one_only() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let other =
            Store::open(&location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
        let stores = [&store, &other];
        let me = person(1);
        let lots: Vec<Seq> = (0..24).map(|_| credit(&store, me, 2, 1)).collect();
        let ask = |place: usize| {
            let issuing = Issuing { or_next: true, ..issuing(me, lots[place], 2) };
            let act = VoucherAct::Issue(issuing);
            let command = VoucherCommand { serial: serial(1), act, by: CLERK, now: noon(2) };
            stores[place % 2].voucher_act(command)
        };
        let waiting: Vec<_> = (0..lots.len()).map(ask).collect();
        let answers: Vec<VoucherAnswer> =
            waiting.into_iter().map(|pending| pending.wait().unwrap()).collect();
        let had = answers.iter().filter_map(|answer| answer.as_ref().ok());
        let serials: std::collections::BTreeSet<&str> =
            had.map(|told| told.serial.as_str()).collect();
        // There are 20.
        assert_eq!(serials.len(), 20);
        let none = answers.iter().filter_map(|answer| answer.as_ref().err());
        let none: Vec<_> = none.collect();
        assert_eq!(none.len(), 4);
        assert!(none.iter().all(|why| **why == VoucherRefusal::State(VoucherState::Issued)));
        assert_eq!(balance(&store, me), (8, 40));
    }
}

#[test]
fn a_call_that_comes_again_issues_nothing_anew() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        let lot = credit(&store, me, 5, 1);
        let call = |number, input: &[u8]| {
            let deed = Deed {
                actor: Actor::Resident(me),
                action: "vouchers:issue".to_owned(),
                origin: "192.0.2.7".to_owned(),
                trace: TraceId::from_bytes([9; 16]),
            };
            let key = IdempotencyKey { key: "a".to_owned(), input: Hash::of(&[input]) };
            let act = VoucherAct::Issue(issuing(me, lot, 2));
            let command = VoucherCommand { serial: serial(number), act, by: CLERK, now: noon(2) };
            store.on_behalf(Call { deed, now: noon(2), key: Some(key) }).voucher_act(command).wait()
        };
        let first = call(1, b"1").unwrap();
        // Whoever picks the next serial of the stock names another one the second time.
        assert_eq!(call(2, b"1").unwrap(), first);
        assert_eq!(first.unwrap().serial, serial(1).to_string());
        assert_eq!(state(&store, 2), (VoucherState::Stocked, None));
        assert!(matches!(call(1, b"2"), Err(StoreError::KeyUsed)));
    }
}

/// P4: stubs that were not looked at, say other points, or belong to nothing are listed.
#[test]
fn stubs_that_differ_from_the_ledger_are_listed_p4() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        for number in 1..=3 {
            issue(&store, number, me, credit(&store, me, 5, 1), 2).unwrap();
        }
        let check = |number, points, institution: &str| {
            let act =
                VoucherAct::Check { institution: institution.to_owned(), points: Points(points) };
            ask(&store, serial(number), act, 3)
        };
        let listed = || -> Vec<String> {
            let all = store.stub_differences(INSTITUTION, None, 10).unwrap();
            all.iter().map(|voucher| voucher.serial.to_string()).collect()
        };
        let named = |numbers: &[u32]| -> Vec<String> {
            numbers.iter().map(|number| serial(*number).to_string()).collect()
        };
        assert_eq!(listed(), named(&[1, 2, 3]));
        assert_eq!(check(1, 5, OTHER), Err(VoucherRefusal::Elsewhere));
        assert_eq!(check(999, 5, INSTITUTION), Err(VoucherRefusal::Unknown));
        check(1, 5, INSTITUTION).unwrap();
        check(2, 6, INSTITUTION).unwrap();
        check(7, 5, INSTITUTION).unwrap();
        assert_eq!(listed(), named(&[2, 3, 7]));
        let after = serial(2).to_string();
        assert_eq!(store.stub_differences(INSTITUTION, Some(&after), 1).unwrap().len(), 1);
        // A voucher that is spent is still to be reconciled.
        redeem(&store, me, &[3], 1, 3).unwrap();
        assert_eq!(listed(), named(&[2, 3, 7]));
        check(2, 5, INSTITUTION).unwrap();
        assert_eq!(listed(), named(&[3, 7]));
    }
}

#[test]
fn vouchers_are_found_by_what_is_known_of_them() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location);
        let me = person(1);
        issue(&store, 4, me, credit(&store, me, 5, 1), 2).unwrap();
        let find = |query: VoucherQuery| -> Vec<String> {
            let found = store.vouchers(&query).unwrap();
            found.iter().map(|voucher| voucher.serial.to_string()).collect()
        };
        let all = VoucherQuery { limit: 100, ..VoucherQuery::default() };
        assert_eq!(find(all.clone()).len(), 30);
        let stocked = VoucherQuery {
            institution: Some(INSTITUTION.to_owned()),
            state: Some(VoucherState::Stocked),
            limit: 4,
            ..VoucherQuery::default()
        };
        assert_eq!(find(stocked.clone()), [1, 2, 3, 5].map(|number| serial(number).to_string()));
        let after = VoucherQuery { after: Some(serial(5).to_string()), ..stocked };
        assert_eq!(find(after)[0], serial(6).to_string());
        let prefix = VoucherQuery { prefix: Some("SV0000001".to_owned()), ..all.clone() };
        assert_eq!(find(prefix).len(), 10);
        let scheme = VoucherQuery { scheme: Some("else".to_owned()), ..all };
        assert!(find(scheme).is_empty());
        let issued = "SELECT COUNT(*) FROM vouchers WHERE person = $1";
        let mut count = 0;
        let who = [Value::from(me.bytes())];
        let mut reader = store.reader().unwrap();
        reader
            .query(issued, &who, |row| {
                count = row.int(0)?;
                Ok(())
            })
            .unwrap();
        assert_eq!(count, 1);
    }
}
