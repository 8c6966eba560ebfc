//! Orders on both databases: points and stock move together or not at all.

use std::collections::HashMap;

use kangji_core::ids::{HolderId, TraceId};
use kangji_ledger::{Hash, account_of};
use kangji_redemption::{Order, OrderRefusal, Refusal, State};

use super::*;
use crate::{
    audit::{Actor, Deed},
    call::{Call, IdempotencyKey},
    jobs::{Job, run_jobs},
    redemption::sample::{INSTITUTION, PRICE, SCHEME, give, open, place},
    sql::Location,
    verify::sample::{Folder, both, noon},
};

fn person(number: u32) -> HolderId {
    let mut bytes = [1; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    HolderId::from_bytes(bytes)
}

/// A shop on a new database: `people` with 100 points each, two goods with so many pieces.
fn shop(location: &Location, people: u32, pieces: u32, more: &str) -> Store {
    Store::migrate(location, noon(1)).unwrap();
    let store = Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
    open(&store, 2, pieces, more, noon(1)).unwrap();
    give(&store, &(0..people).map(person).collect::<Vec<_>>(), 100, noon(1)).unwrap();
    store
}

/// What can be redeemed and what is held, of a person.
fn balance(store: &Store, person: HolderId) -> (i64, i64) {
    let account = store.account(account_of(person, SCHEME)).unwrap().unwrap();
    (account.balance().0, account.held.0)
}

/// Pieces on the shelf and set aside, and how many sets of the item were ordered.
fn stock(store: &Store, item: usize) -> (u32, u32, i64) {
    let good = format!("物品{item}");
    let look = store.work(move |unit| {
        let shelves = [(INSTITUTION.to_owned(), good.clone())].into();
        let shelves = Shelves::load(unit.connection, shelves)?;
        let shelf = shelves.get(INSTITUTION, &good).cloned().unwrap_or_default();
        let mut entries = 0;
        let sum = "SELECT CAST(SUM(pieces) AS BIGINT) FROM stock_entries WHERE good = $1";
        unit.connection.query(sum, &[Value::Text(&good)], |row| {
            entries = row.int(0)?;
            Ok(())
        })?;
        Ok((shelf.valid(noon(1).day()), shelf.reserved, entries))
    });
    look.wait().unwrap()
}

fn ask(store: &Store, command: OrderCommand) -> OrderAnswer {
    store.order(command).wait().unwrap()
}

fn step(act: OrderAct, day: u32) -> OrderCommand {
    OrderCommand { act, by: Some([9; 16]), now: noon(day) }
}

fn order_of(answer: &OrderAnswer) -> OrderId {
    answer.as_ref().unwrap().id.parse().unwrap()
}

fn hand_over(order: OrderId, day: u32) -> OrderCommand {
    let institution = INSTITUTION.to_owned();
    step(OrderAct::HandOver { order, institution, proxy: None }, day)
}

fn give_back(order: OrderId, day: u32, restock: bool) -> OrderCommand {
    let (institution, reason) = (INSTITUTION.to_owned(), "包装破损".to_owned());
    step(OrderAct::Return { order, institution, reason, restock }, day)
}

fn read(store: &Store, order: OrderId) -> Order {
    store.order_by_id(order).unwrap().unwrap()
}

#[test]
fn an_order_is_placed_handed_over_and_brought_back() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location, 1, 10, "");
        let me = person(0);
        let placed = ask(&store, place(me, 0, noon(1)));
        assert_eq!(
            placed.as_ref().map(|told| (told.state, told.points)),
            Ok((State::Waiting, PRICE))
        );
        assert_eq!((balance(&store, me), stock(&store, 0)), ((95, 5), (10, 1, 10)));
        let order = order_of(&placed);
        let elsewhere = OrderAct::HandOver { order, institution: "b".to_owned(), proxy: None };
        let refused = Err(NotOrdered::Step(OrderRefusal::Elsewhere));
        assert_eq!(ask(&store, step(elsewhere, 2)), refused);
        assert_eq!(ask(&store, hand_over(order, 2)).unwrap().state, State::HandedOver);
        assert_eq!((balance(&store, me), stock(&store, 0)), ((95, 0), (9, 0, 9)));
        let again = Err(NotOrdered::Step(OrderRefusal::State(State::HandedOver)));
        assert_eq!(ask(&store, hand_over(order, 2)), again);
        assert_eq!(ask(&store, step(OrderAct::Cancel { order, reason: None }, 2)), again);
        let stars = |stars| ask(&store, step(OrderAct::Rate { order, stars }, 3));
        assert_eq!(stars(6), Err(NotOrdered::Step(OrderRefusal::Stars)));
        assert!(stars(4).is_ok());
        assert_eq!(read(&store, order).rating.map(|rating| rating.stars), Some(4));
        assert_eq!(ask(&store, give_back(order, 9, true)).unwrap().state, State::Returned);
        assert_eq!((balance(&store, me), stock(&store, 0)), ((100, 0), (10, 0, 10)));
        let order = read(&store, order);
        assert_eq!(order.reason.as_deref(), Some("包装破损"));
        assert_eq!(order.taken.iter().map(|taken| taken.pieces).sum::<u32>(), 1);
    }
}

#[test]
fn what_is_called_off_is_as_it_was() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location, 2, 10, "");
        let [first, second] =
            [0, 1].map(|number| order_of(&ask(&store, place(person(number), 1, noon(1)))));
        let cancelled = ask(&store, step(OrderAct::Cancel { order: first, reason: None }, 1));
        assert_eq!(cancelled.unwrap().state, State::Cancelled);
        assert_eq!((balance(&store, person(0)), stock(&store, 1)), ((100, 0), (10, 1, 10)));
        let early = ask(&store, step(OrderAct::TimeOut { order: second }, 8));
        assert_eq!(early, Err(NotOrdered::Step(OrderRefusal::NotDue)));
        let late = ask(&store, hand_over(second, 9));
        assert!(matches!(late, Err(NotOrdered::Step(OrderRefusal::TooLate { .. }))));
        let runs = run_jobs(&store, noon(9), &HashMap::new(), None).unwrap();
        assert!(runs.iter().any(|run| run.job == Job::Orders && run.entries == 1), "{runs:?}");
        assert_eq!(read(&store, second).state, State::TimedOut);
        assert_eq!((balance(&store, person(1)), stock(&store, 1)), ((100, 0), (10, 0, 10)));
        let late = give_back(second, 10, true);
        assert_eq!(ask(&store, late), Err(NotOrdered::Step(OrderRefusal::State(State::TimedOut))));
    }
}

#[test]
fn goods_that_are_broken_do_not_go_back_and_a_return_has_its_time() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location, 1, 10, "");
        let order = order_of(&ask(&store, place(person(0), 0, noon(1))));
        ask(&store, hand_over(order, 1)).unwrap();
        let late = ask(&store, give_back(order, 9, false));
        assert!(matches!(late, Err(NotOrdered::Step(OrderRefusal::TooLate { .. }))), "{late:?}");
        assert!(ask(&store, give_back(order, 8, false)).is_ok());
        assert_eq!((balance(&store, person(0)), stock(&store, 0)), ((100, 0), (9, 0, 9)));
    }
}

#[test]
fn a_wish_that_is_refused_changes_nothing() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location, 1, 3, "quantity = 2\nlimit = [{ times = 2, per = \"month\" }]");
        let me = person(0);
        let codes = |command| match ask(&store, command) {
            Err(NotOrdered::Refused(refusals)) => refusals.iter().map(Refusal::code).collect(),
            other => vec![if other.is_ok() { "fine" } else { "step" }],
        };
        let mut nowhere = place(me, 0, noon(1));
        if let OrderAct::Place { new, .. } = &mut nowhere.act {
            new.item = "none".to_owned();
        }
        assert_eq!(codes(nowhere), ["not_offered"]);
        assert_eq!(codes(place(me, 0, noon(1))), ["fine"]);
        assert_eq!(codes(place(me, 0, noon(2))), ["fine"]);
        assert_eq!(codes(place(me, 0, noon(3))), ["limit", "sold_out"]);
        assert_eq!(codes(place(person(7), 0, noon(3))), ["sold_out", "insufficient"]);
        assert_eq!((balance(&store, me), stock(&store, 0)), ((90, 10), (3, 2, 3)));
        // What is called off is free for others.
        let order = store.orders_of(me, None, 1).unwrap().pop().unwrap().id;
        ask(&store, step(OrderAct::Cancel { order, reason: None }, 3)).unwrap();
        assert_eq!(codes(place(me, 0, noon(3))), ["fine"]);
    }
}

#[test]
fn a_call_that_comes_again_gets_its_first_answer() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location, 1, 3, "");
        let call = |key: &str, input: &[u8]| {
            let deed = Deed {
                actor: Actor::Resident(person(0)),
                action: "me:orders".to_owned(),
                origin: "192.0.2.7".to_owned(),
                trace: TraceId::from_bytes([9; 16]),
            };
            let input = Hash::of(&[input]);
            let key = Some(IdempotencyKey { key: key.to_owned(), input });
            store.on_behalf(Call { deed, now: noon(1), key })
        };
        let first = call("a", b"1").order(place(person(0), 0, noon(1))).wait().unwrap();
        let second = call("a", b"1").order(place(person(0), 0, noon(1))).wait().unwrap();
        assert_eq!(first, second);
        assert_eq!(balance(&store, person(0)), (95, 5));
        let other = call("a", b"2").order(place(person(0), 0, noon(1))).wait();
        assert!(matches!(other, Err(StoreError::KeyUsed)));
    }
}

/// The last 100 of an item, wanted by 2,000 at once: 100 have it, points and stock agree.
#[test]
fn the_last_hundred_are_had_by_a_hundred() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = shop(&location, 2000, 100, "");
        let other =
            Store::open(&location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
        let stores = [&store, &other];
        let waiting: Vec<_> = (0..2000)
            .map(|number| stores[number as usize % 2].order(place(person(number), 0, noon(1))))
            .collect();
        let answers: Vec<OrderAnswer> =
            waiting.into_iter().map(|one| one.wait().unwrap()).collect();
        let had = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(had, 100);
        for (number, answer) in (0..).zip(&answers) {
            let expected = if answer.is_ok() { (95, 5) } else { (100, 0) };
            assert_eq!(balance(&store, person(number)), expected);
        }
        assert_eq!(stock(&store, 0), (100, 100, 100));
        let left = answers.iter().filter_map(|answer| answer.as_ref().err()).all(|refused| {
            matches!(refused, NotOrdered::Refused(all)
                if matches!(all.as_slice(), [Refusal::OutOfStock { available: 0, .. }]))
        });
        assert!(left);
    }
}
