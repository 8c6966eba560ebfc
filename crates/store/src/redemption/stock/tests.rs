//! Stock on both databases: what comes, goes and is counted, its register, and that tampering is
//! found.

use std::cell::Cell;

use kangji_core::Day;
use kangji_redemption::{
    Movement, Refusal,
    stock::{Loss, PIECES_MAX, StockRefusal},
};

use super::{CountFault, Counted, NotCounted, StockEntry, StockQuery, WriteOff};
use crate::{
    redemption::{
        NotOrdered, OrderAct,
        sample_stock::{CLERK, CLINIC, Clinic, OTHER, noon, receipt},
    },
    sql::{
        Value,
        tests::place::{Place, on_both},
    },
    store::StoreError,
    verify,
    verify::Finding,
};

const BUNDLE: &str = "oil-pot-tape-masks";
const GOODS: [&str; 3] = ["控油壶", "体重指数腰围尺", "医用口罩"];

fn entries(clinic: &Clinic, good: &str) -> Vec<StockEntry> {
    let (institution, good) = (CLINIC.to_owned(), Some(good.to_owned()));
    let query = StockQuery { institution, good, limit: 50, ..StockQuery::default() };
    clinic.store.stock_entries(&query).unwrap()
}

/// What moved a good by how many pieces, the newest first.
fn moves(clinic: &Clinic, good: &str) -> Vec<(Movement, i64)> {
    entries(clinic, good).into_iter().map(|one| (one.movement, one.pieces)).collect()
}

fn counted(batch: [u8; 16], seen: u32, counted: u32, reason: Option<&str>) -> Counted {
    Counted { batch, seen, counted, reason: reason.map(ToOwned::to_owned) }
}

fn gone(good: &str, batch: [u8; 16], pieces: u32) -> WriteOff {
    WriteOff {
        institution: CLINIC.to_owned(),
        good: good.to_owned(),
        batch,
        pieces,
        loss: Loss::Damaged,
        note: Some("受潮".to_owned()),
    }
}

fn differs(at: &str, good: &str, there: u32, entered: i64) -> Finding {
    Finding::StockDiffers { institution: at.into(), good: good.into(), there, entered }
}

fn reserves(at: &str, good: &str, reserved: u32, waiting: u64) -> Finding {
    Finding::StockReserved { institution: at.into(), good: good.into(), reserved, waiting }
}

/// Ways to tamper with a shelf of three pieces, two of them reserved: what is done, what mends it,
/// and what is found meanwhile.
fn tampered(good: &str) -> [(String, String, Vec<Finding>); 7] {
    let replaced = |from: &str, to: &str| {
        let replace = |from: &str, to: &str| {
            format!("UPDATE shelves SET batches = replace(batches, '{from}', '{to}')")
        };
        (replace(from, to), replace(to, from))
    };
    let set = |table: &str, column: &str, wrong: &str, right: &str| {
        let to = |value: &str| format!("UPDATE {table} SET {column} = {value}");
        (to(wrong), to(right))
    };
    let batch = Finding::StockBatch { institution: CLINIC.into(), good: good.into() };
    let moved = vec![
        differs(OTHER, good, 3, 0),
        reserves(OTHER, good, 2, 0),
        differs(CLINIC, good, 0, 3),
        reserves(CLINIC, good, 0, 2),
    ];
    let less = vec![differs(CLINIC, good, 2, 3)];
    let cases = [
        (replaced("\"left\":3", "\"left\":2"), less),
        (set("shelves", "reserved", "1", "2"), vec![reserves(CLINIC, good, 1, 2)]),
        (set("orders", "state", "'cancelled'", "'waiting'"), vec![reserves(CLINIC, good, 2, 0)]),
        (set("stock_entries", "pieces", "4", "3"), vec![differs(CLINIC, good, 3, 4)]),
        (replaced("subsidy", "sponsor"), vec![batch.clone()]),
        (replaced(":20261231", ":20291231"), vec![batch]),
        (set("shelves", "institution", "'clinic-2'", "'clinic-1'"), moved),
    ];
    cases.map(|((tamper, mend), expected)| (tamper, mend, expected))
}

on_both! {
    fn p8_a_bundle_takes_each_component_out_of_stock(place: &Place) {
        let clinic = Clinic::open(&place.location);
        let (today, person) = (noon("09-21"), clinic.person("p", "510403001001", 1000));
        let later = |minutes: i64| today.plus_millis(minutes * 60_000);
        let offered = clinic.store.goods_on_offer(CLINIC, today.day()).unwrap();
        assert_eq!(offered, ["体重指数腰围尺", "医用口罩", "控油壶"]);
        for good in GOODS {
            clinic.receive(good, 3, today);
        }
        // Two sets wait, one is handed over at once.
        let order = clinic.order(person, (BUNDLE, 2), false, today).unwrap();
        for good in GOODS {
            assert_eq!(clinic.stands(good, today), (3, 2), "{good}");
        }
        clinic.order(person, (BUNDLE, 1), true, later(1)).unwrap();
        for good in GOODS {
            assert_eq!(clinic.stands(good, today), (2, 2), "{good}");
        }
        // One component too few, and the bundle is not there.
        let mask = |available| Refusal::OutOfStock { good: GOODS[2].to_owned(), available };
        clinic.receive(GOODS[0], 1, later(1));
        clinic.receive(GOODS[1], 1, later(1));
        let refused = clinic.order(person, (BUNDLE, 1), false, today);
        assert_eq!(refused, Err(NotOrdered::Refused(vec![mask(0)])));
        assert_eq!(clinic.stands(GOODS[0], today), (3, 2));
        let hand_over = OrderAct::HandOver { order, institution: CLINIC.into(), proxy: None };
        clinic.act(hand_over, later(2)).unwrap();
        assert_eq!(clinic.stands(GOODS[2], today), (0, 0));
        let handed = [(Movement::HandOver, -2), (Movement::HandOver, -1), (Movement::Receipt, 3)];
        assert_eq!(moves(&clinic, GOODS[2]), handed);
        clinic.bring_back(order, true, later(3));
        for good in GOODS {
            assert_eq!(moves(&clinic, good)[0], (Movement::Return, 2), "{good}");
        }
        assert_eq!(clinic.store.verify_stock(None).unwrap(), []);
    }

    fn p11_a_batch_keeps_where_it_came_from_and_where_it_went(place: &Place) {
        let clinic = Clinic::open(&place.location);
        let (today, person) = (noon("09-21"), clinic.person("p", "510403001001", 1000));
        let id = clinic.receive(GOODS[2], 5, today);
        let later = today.plus_millis(1);
        let order = clinic.order(person, ("mask", 2), true, later).unwrap();
        let batch = clinic.store.batch(id).unwrap().unwrap();
        let came = receipt(GOODS[2], 5);
        assert_eq!((batch.batch.left, batch.received), (3, 5));
        assert_eq!(
            (&batch.supplier, &batch.lot, &batch.certificate, batch.batch.expires_on),
            (&came.supplier, &came.lot, &came.certificate, came.expires_on)
        );
        assert_eq!((batch.received_by, batch.received_at), (CLERK, today));
        let query = StockQuery {
            institution: CLINIC.to_owned(),
            batch: Some(id),
            limit: 1,
            ..StockQuery::default()
        };
        let latest = clinic.store.stock_entries(&query).unwrap();
        let newest = latest.first().unwrap();
        assert_eq!((newest.order, newest.item.as_deref()), (Some(order), Some("医用口罩")));
        assert_eq!((newest.pieces, newest.by, newest.lot.as_str()), (-2, Some(CLERK), "L-1"));
        let older = StockQuery { before: Some(newest.id), ..query.clone() };
        let older = clinic.store.stock_entries(&older).unwrap();
        assert_eq!(older.iter().map(|one| one.movement).collect::<Vec<_>>(), [Movement::Receipt]);
        let elsewhere = StockQuery { institution: OTHER.to_owned(), ..query };
        assert_eq!(clinic.store.stock_entries(&elsewhere).unwrap(), []);
        assert_eq!(clinic.store.batch([9; 16]).unwrap(), None);
    }

    fn a_count_is_entered_with_its_difference_and_says_why(place: &Place) {
        let clinic = Clinic::open(&place.location);
        let (today, good) = (noon("09-21"), GOODS[0]);
        let [first, second] = [5, 4].map(|pieces| clinic.receive(good, pieces, today));
        let clock = Cell::new(today);
        let count = |all: Vec<Counted>| {
            clock.set(clock.get().plus_millis(1));
            clinic.store.count_stock(CLINIC, good, all, CLERK, clock.get()).wait()
        };
        let silent = vec![counted(first, 5, 5, None), counted(second, 4, 3, None)];
        let why = |row, why| Err(NotCounted { row, why });
        assert_eq!(count(silent).unwrap(), why(1, CountFault::NoReason));
        let unknown = vec![counted([9; 16], 0, 1, Some("找到"))];
        assert_eq!(count(unknown).unwrap(), why(0, CountFault::NoBatch));
        let many = vec![counted(first, 5, PIECES_MAX, Some("多了"))];
        assert_eq!(count(many).unwrap(), why(0, CountFault::Pieces));
        assert_eq!(clinic.stands(good, today), (9, 0), "what is refused changes nothing");
        let told = count(vec![counted(first, 5, 5, None), counted(second, 4, 0, Some("丢失"))]);
        assert_eq!(told.unwrap(), Ok(vec![0, -4]));
        // Somebody else counted meanwhile.
        let stale = count(vec![counted(second, 4, 4, None)]);
        assert!(matches!(stale, Err(StoreError::Changed)), "{stale:?}");
        // A batch that was empty is found again, and is listed until then.
        let listed = clinic.store.batches(CLINIC, Some(good)).unwrap();
        let left: Vec<_> = listed.iter().map(|one| (one.batch.id, one.batch.left)).collect();
        assert_eq!(left, [(first, 5), (second, 0)]);
        let all = clinic.store.batches(CLINIC, None).unwrap();
        assert_eq!(all.iter().map(|one| one.batch.id).collect::<Vec<_>>(), [first]);
        assert_eq!(count(vec![counted(second, 0, 2, Some("找回"))]).unwrap(), Ok(vec![2]));
        assert_eq!(clinic.stands(good, today), (7, 0));
        let reasons: Vec<_> = entries(&clinic, good).into_iter().map(|one| one.reason).collect();
        assert_eq!(reasons.iter().flatten().collect::<Vec<_>>(), ["找回", "丢失"]);
        assert_eq!(clinic.store.verify_stock(Some(CLINIC)).unwrap(), []);
    }

    fn what_is_written_off_says_why_and_frees_nothing_reserved(place: &Place) {
        let clinic = Clinic::open(&place.location);
        let (today, good) = (noon("09-21"), GOODS[2]);
        let person = clinic.person("p", "510403001001", 1000);
        let batch = clinic.receive(good, 3, today);
        clinic.order(person, ("mask", 2), false, today).unwrap();
        let off = |pieces, batch| {
            let now = today.plus_millis(1);
            clinic.store.write_off(gone(good, batch, pieces), CLERK, now).wait().unwrap()
        };
        assert_eq!(off(4, batch), Err(StockRefusal::TooFew { available: 3 }));
        assert_eq!(off(1, [9; 16]), Err(StockRefusal::NoBatch));
        assert_eq!(off(0, batch), Err(StockRefusal::Pieces));
        assert_eq!(off(2, batch), Ok(()));
        assert_eq!(clinic.stands(good, today), (1, 2));
        let shelf = clinic.store.stock(CLINIC, today).unwrap().remove(0).shelf;
        assert_eq!(shelf.missing(today.day()), 1);
        let newest = entries(&clinic, good).remove(0);
        assert_eq!(newest.reason.as_deref(), Some("破损：受潮"));
        assert_eq!((newest.movement, newest.pieces), (Movement::WriteOff, -2));
    }

    fn goods_that_cannot_be_counted_do_not_come(place: &Place) {
        let clinic = Clinic::open(&place.location);
        for pieces in [0, PIECES_MAX + 1] {
            let new = receipt(GOODS[0], pieces);
            let refused = clinic.store.receive_goods(new, CLERK, noon("09-21")).wait().unwrap();
            assert_eq!(refused, Err(StockRefusal::Pieces));
        }
        assert!(clinic.store.stock(CLINIC, noon("09-21")).unwrap().is_empty());
        assert_eq!(entries(&clinic, GOODS[0]), []);
    }

    fn what_went_in_four_weeks_is_told_without_what_came_back(place: &Place) {
        let clinic = Clinic::open(&place.location);
        let (good, person) = (GOODS[2], clinic.person("p", "510403001001", 1000));
        clinic.receive(good, 100, noon("07-01"));
        for (day, sets) in [("08-01", 7), ("08-24", 4), ("09-20", 2)] {
            clinic.order(person, ("mask", sets), true, noon(day)).unwrap();
        }
        let back = clinic.order(person, ("mask", 3), true, noon("09-20")).unwrap();
        let went = |day: &str| clinic.store.stock(CLINIC, noon(day)).unwrap()[0].handed_over;
        assert_eq!(went("09-21"), 9);
        clinic.bring_back(back, true, noon("09-21"));
        assert_eq!((went("09-21"), went("09-22")), (6, 2), "28 days are looked back on");
    }

    fn a_tampered_shelf_is_found(place: &Place) {
        let clinic = Clinic::open(&place.location);
        let (today, good) = (noon("09-21"), GOODS[2]);
        let person = clinic.person("p", "510403001001", 1000);
        clinic.receive(good, 3, today);
        clinic.order(person, ("mask", 2), false, today).unwrap();
        let verified = || verify::verify(&place.location, None, None, &mut |_| {}).unwrap();
        assert_eq!(verified().findings, [], "an honest one is sound");
        for (tamper, mend, expected) in tampered(good) {
            clinic.connection().execute(&tamper, &[]).unwrap();
            let found: Vec<_> = verified().findings.into_iter().map(|one| one.finding).collect();
            assert_eq!(found, expected, "{tamper}");
            assert!(!verified().is_sound());
            clinic.connection().execute(&mend, &[]).unwrap();
            assert_eq!(verified().findings, [], "{mend}");
        }
        let broken = "UPDATE shelves SET batches = $1";
        clinic.connection().execute(broken, &[Value::Text("[")]).unwrap();
        let found = clinic.store.verify_stock(Some(CLINIC)).unwrap();
        assert!(found.iter().any(|one| matches!(one, Finding::StockUnreadable(_))), "{found:?}");
        assert_eq!(clinic.store.verify_stock(Some(OTHER)).unwrap(), []);
    }

    fn an_expired_batch_stays_on_the_shelf_and_is_not_handed_over(place: &Place) {
        let clinic = Clinic::open(&place.location);
        let (good, person) = (GOODS[2], clinic.person("p", "510403001001", 1000));
        let mut old = receipt(good, 2);
        old.expires_on = Day::new(2026, 9, 22);
        let old = clinic.store.receive_goods(old, CLERK, noon("09-01")).wait().unwrap().unwrap();
        let fresh = clinic.receive(good, 2, noon("09-01"));
        clinic.order(person, ("mask", 1), true, noon("09-21")).unwrap();
        clinic.order(person, ("mask", 1), true, noon("09-22")).unwrap();
        let left = |id| clinic.store.batch(id).unwrap().unwrap().batch.left;
        assert_eq!((left(old), left(fresh)), (1, 1), "the first came from what expired first");
    }
}
