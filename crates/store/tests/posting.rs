//! Posted is scored: whatever the order in which facts arrive, are corrected, voided and moved,
//! the ledger holds what a recomputation of everything says (S12).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::{collections::HashMap, sync::Arc, thread};

use kangji_core::{Day, DayRange, DivisionPrefix, Moment, vocabulary::Vocabulary};
use kangji_ledger::{Refusal, key::FileKey};
use kangji_rights::{Action, Cover, Permit};
use kangji_store::{
    AttributeValue, Entered, Fact, Location, Manner, RecordFact, Service, ServiceFault, Store,
    StoreError,
    jobs::{JobError, run_jobs},
};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use support::{noon, on_both, population};

const SCHEMES: [(&str, &str); 3] = [
    ("510403", include_str!("../../../schemes/panzhihua-xiqu.md")),
    ("500110007", include_str!("../../../schemes/tonghui.md")),
    ("4403", include_str!("../../../schemes/shenzhen.md")),
];

/// Turns a population into one that a village's helpers report about, with ranks that hang
/// together: many old people in three communities between which they move, check-ups beyond the
/// task, each record checked by a second person.
fn village(facts: &mut Vec<Fact>, dice: &mut ChaCha8Rng) {
    const KINDS: [&str; 6] = [
        "elderly.checkup",
        "elderly.checkup",
        "hypertension.found",
        "record.established",
        "child.found",
        "infectious.assisted",
    ];
    let community = |number: u32| format!("50011000700{number}");
    let mut more = Vec::new();
    for fact in facts.iter_mut() {
        match fact {
            Fact::Resident(resident) => {
                if dice.random() {
                    resident.birth_date = Day::new(1950, 2, 3);
                }
                let (home, next) = (dice.random_range(1..4), dice.random_range(1..4));
                let moved = Day::new(2026, dice.random_range(1..13), 15).unwrap();
                let first = DayRange { from: Day::FIRST, to: moved.previous() };
                let second = DayRange { from: moved, to: Day::LAST };
                resident.communities = vec![(community(home), first), (community(next), second)];
            }
            Fact::Record(record) => {
                KINDS[dice.random_range(0..KINDS.len())].clone_into(&mut record.kind);
                record.worker = format!("helper-{}", dice.random_range(1..4));
                record.attributes = vec![("complete".to_owned(), AttributeValue::Bool(true))];
                for award in ["elderly-checkup-organised", "hypertension-found", "record-assisted"]
                {
                    let day = record.day.plus_days(dice.random_range(0..20));
                    let (award, subject) = (award.to_owned(), record.code.clone());
                    let accept = dice.random_ratio(9, 10);
                    let by = "checker".to_owned();
                    more.push(Fact::Confirmation { award, subject, accept, by, day });
                }
            }
            _ => {}
        }
    }
    facts.retain(|fact| !matches!(fact, Fact::Metric { .. }));
    for number in 1..4 {
        for (name, value) in [("elderly_residents", "4"), ("awareness_rate", "0.95")] {
            let (community, name) = (community(number), name.to_owned());
            let value = value.parse().unwrap();
            more.push(Fact::Metric { community, year: 2026, name, value });
        }
    }
    facts.extend(more);
}

/// Another, wrong version of a fact, which a later one corrects.
fn wrong(fact: &Fact, others: &[String], dice: &mut ChaCha8Rng) -> Fact {
    let mut fact = fact.clone();
    match &mut fact {
        Fact::Record(record) => match dice.random_range(0..5) {
            0 => record.void = !record.void,
            1 => record.day = record.day.plus_days(dice.random_range(-40..40)),
            2 => record.resident = others[dice.random_range(0..others.len())].clone(),
            3 => "elderly.checkup".clone_into(&mut record.kind),
            _ => record.attributes = vec![("complete".to_owned(), AttributeValue::Bool(true))],
        },
        Fact::Resident(resident) => match dice.random_range(0..3) {
            0 => resident.birth_date = Day::new(1950, 2, 3),
            1 => resident.communities.clear(),
            _ => resident.groups.clear(),
        },
        Fact::Metric { value, .. } => *value = "7".parse().unwrap(),
        // Decisions and sanctions are never unsaid, only added to.
        Fact::Confirmation { .. } | Fact::Sanction { .. } => {}
    }
    fact
}

fn assert_same(store: &Store, as_of: &str) -> usize {
    let found = store.compare(as_of.parse().unwrap()).unwrap();
    let first: Vec<_> = found.mismatches.iter().take(5).collect();
    assert!(first.is_empty(), "{} differ: {first:#?}", found.mismatches.len());
    found.posted
}

/// Enters the facts of a population in random order, some of them wrong at first, one by one or in
/// handfuls, the scheme published before or in the middle; compares on the way and at the end.
fn any_order(location: &Location, division: &str, scheme: &str, seed: u64) {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut facts = population(40, seed, division);
    if division.starts_with("5001") {
        village(&mut facts, &mut dice);
    }
    let residents: Vec<String> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Resident(resident) => Some(resident.code.clone()),
            _ => None,
        })
        .collect();
    let mut deck: Vec<(u32, Fact)> = Vec::new();
    for fact in &facts {
        let at = dice.random_range(0..1_000_000);
        if dice.random_ratio(1, 6) {
            let earlier = dice.random_range(0..=at);
            deck.push((earlier, wrong(fact, &residents, &mut dice)));
        }
        deck.push((at + 1, fact.clone()));
    }
    deck.shuffle(&mut dice);
    deck.sort_by_key(|(at, _)| *at);

    let now = noon("2027-06-30");
    let entered = Entered { now, reason: None };
    Store::migrate(location, now).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    let publish_at = if dice.random() { 0 } else { deck.len() / 2 };
    let (mut next, mut published) = (0, false);
    while next < deck.len() {
        if next >= publish_at && !published {
            published = true;
            assert_eq!(store.publish(scheme, now).wait().unwrap(), Ok(true));
            assert_eq!(store.publish(scheme, now).wait().unwrap(), Ok(false));
            while store.post_some(7, now.day(), entered).wait().unwrap().0 > 0 {}
            assert_same(&store, "2027-06-30");
        }
        let many = dice.random_range(1..8).min(deck.len() - next);
        let some: Vec<Fact> =
            deck[next..next + many].iter().map(|(_, fact)| fact.clone()).collect();
        let apart = some.chunks(3).map(|facts| store.record(facts.to_vec(), entered));
        let handed_over: Vec<_> = apart.collect();
        for recorded in handed_over {
            recorded.wait().unwrap();
        }
        next += many;
    }
    let posted = assert_same(&store, "2027-06-30");
    assert!(posted > 30, "only {posted} credits");
    let again = store.record(facts, entered).wait().unwrap();
    assert_eq!((again.0.new, again.0.corrected), (0, 0), "entering again changes nothing");
    assert_eq!((again.1.credited, again.1.reversed), (0, 0));
}

fn any_order_panzhihua(location: &Location) {
    any_order(location, SCHEMES[0].0, SCHEMES[0].1, 1);
}

fn any_order_tonghui(location: &Location) {
    any_order(location, SCHEMES[1].0, SCHEMES[1].1, 2);
}

fn any_order_shenzhen(location: &Location) {
    any_order(location, SCHEMES[2].0, SCHEMES[2].1, 3);
}

/// Facts that lie ahead are posted when their day has come, and periods when they end, whichever
/// days the jobs run on.
fn days_bring_their_points(location: &Location) {
    let facts = population(60, 4, SCHEMES[0].0);
    let first = Entered { now: noon("2026-03-10"), reason: None };
    Store::migrate(location, first.now).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    assert_eq!(store.publish(SCHEMES[0].1, first.now).wait().unwrap(), Ok(true));
    store.enter(facts, first).wait().unwrap();
    let mut posted = 0;
    for day in ["2026-03-10", "2026-03-11", "2026-04-20", "2026-12-30", "2027-01-03", "2027-06-30"]
    {
        run_jobs(&store, noon(day), &HashMap::new(), None).unwrap();
        let now = assert_same(&store, day);
        assert!(now >= posted, "{day}: {now} after {posted}");
        posted = now;
    }
    assert!(posted > 30, "only {posted} credits");
}

/// A correction in a closed period needs a reason; without one nothing of it is done (S12).
fn a_closed_period_is_corrected_only_with_a_reason(location: &Location) {
    let entered = Entered { now: noon("2027-06-30"), reason: None };
    Store::migrate(location, entered.now).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    assert_eq!(store.publish(SCHEMES[0].1, entered.now).wait().unwrap(), Ok(true));
    let facts = population(40, 1, SCHEMES[0].0);
    store.record(facts.clone(), entered).wait().unwrap();
    let through = "2026-12-31".parse().unwrap();
    assert!(store.close_period("panzhihua-xiqu", through).wait().unwrap());
    assert!(!store.close_period("panzhihua-xiqu", through).wait().unwrap(), "only forward");
    let mut lectures = facts.into_iter().filter_map(|fact| match fact {
        Fact::Record(record) if record.kind == "lecture.attended" && !record.void => Some(record),
        _ => None,
    });
    let voids = lectures.by_ref().map(|lecture| RecordFact { void: true, ..lecture });
    let mut voids = voids.map(Fact::Record);
    let void = voids.next().unwrap();
    let refused = store.record(vec![void.clone()], entered).wait();
    let expected = Refusal::PeriodClosed { through };
    assert!(matches!(refused, Err(StoreError::Refused(why)) if why == expected), "{refused:?}");
    let posted = assert_same(&store, "2027-06-30");
    let reason = store.reason("the sheet of the lecture was signed twice", entered.now).wait();
    let entered = Entered { reason: Some(reason.unwrap()), ..entered };
    let (_, settlement) = store.record(vec![void], entered).wait().unwrap();
    assert_eq!(settlement.reversed, 1);
    assert_eq!(assert_same(&store, "2027-06-30"), posted - 1);
    // What waits and may not be posted without a reason keeps no other job waiting.
    let entered = Entered { reason: None, ..entered };
    store.enter(voids.collect(), entered).wait().unwrap();
    let signer = Arc::new(FileKey::generate(&[7; 32]).unwrap());
    let ran = run_jobs(&store, entered.now, &HashMap::new(), Some(signer));
    assert!(matches!(ran, Err(JobError::Store(StoreError::Refused(_)))), "{ran:?}");
    assert_eq!(store.checkpoints().unwrap().len(), 1);
}

/// What is handed over while others wait is refused alone.
fn a_refused_record_does_not_spoil_those_that_wait_with_it(location: &Location) {
    let entered = Entered { now: noon("2027-06-30"), reason: None };
    Store::migrate(location, entered.now).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    assert_eq!(store.publish(SCHEMES[0].1, entered.now).wait().unwrap(), Ok(true));
    let facts = population(40, 1, SCHEMES[0].0);
    store.record(facts.clone(), entered).wait().unwrap();
    let through = "2026-12-31".parse().unwrap();
    assert!(store.close_period("panzhihua-xiqu", through).wait().unwrap());
    let lecture = facts.iter().find_map(|fact| match fact {
        Fact::Record(record) if record.kind == "lecture.attended" && !record.void => Some(record),
        _ => None,
    });
    let lecture = lecture.unwrap();
    let later = |number: u32| RecordFact {
        code: format!("later-{number}"),
        day: Day::new(2027, number, 10).unwrap(),
        ..lecture.clone()
    };
    let void = RecordFact { void: true, ..lecture.clone() };
    // They come to wait together while the writer is busy with this.
    let busy = store.enter(facts.clone(), entered);
    let record = |fact| store.record(vec![Fact::Record(fact)], entered);
    let waiting = [later(1), void, later(2)].map(record);
    busy.wait().unwrap();
    let [first, refused, last] = waiting.map(kangji_store::Pending::wait);
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    assert_eq!((first.unwrap().0.new, last.unwrap().0.new), (1, 1));
    assert_same(&store, "2027-06-30");
}

/// Sends a record until nobody changes it between the check and the writing.
fn send(store: &Store, permit: &Permit, fact: &RecordFact, now: Moment) {
    let RecordFact { code, resident, kind, day, org, worker, void, attributes } = fact.clone();
    let service = Service { code, resident, kind, day, org, worker, attributes };
    loop {
        let services = vec![service.clone()];
        let checked = store.check_services(permit, None, services, now.day()).unwrap().pop();
        let checked = match checked.unwrap() {
            Ok(checked) if void => checked.voided(),
            Ok(checked) => checked,
            Err(fault) => return assert_eq!(fault, ServiceFault::Void),
        };
        let manner = Manner { now, reason: None, changes: false };
        match store.record_services(vec![checked], manner).wait() {
            Err(StoreError::Changed) => {}
            written => return assert_eq!(written.unwrap().records.len(), 1),
        }
    }
}

/// Many senders at once, some of whom send a record wrong first, others the same one.
fn at_once(location: &Location, division: &str, scheme: &str, seed: u64) {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut facts = population(40, seed, division);
    if division.starts_with("5001") {
        village(&mut facts, &mut dice);
    }
    let now = noon("2027-06-30");
    let entered = Entered { now, reason: None };
    Store::migrate(location, now).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    assert_eq!(store.publish(scheme, now).wait().unwrap(), Ok(true));
    let is_record = |fact: &Fact| matches!(fact, Fact::Record(_));
    let (mut records, others): (Vec<Fact>, Vec<Fact>) = facts.into_iter().partition(is_record);
    store.record(others, entered).wait().unwrap();
    records.shuffle(&mut dice);
    let residents: Vec<String> = records
        .iter()
        .filter_map(|fact| match fact {
            Fact::Record(record) => Some(record.resident.clone()),
            _ => None,
        })
        .collect();
    let everything = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    let permit = Permit::covering(Action::RecordsWrite, vec![everything]).unwrap();
    thread::scope(|scope| {
        for sender in 0..8 {
            let (store, permit, records) = (&store, &permit, &records);
            let residents = &residents;
            scope.spawn(move || {
                let mut dice = ChaCha8Rng::seed_from_u64(seed + sender);
                for (number, fact) in (0..).zip(records) {
                    let Fact::Record(record) = fact else { continue };
                    if number % 8 == sender {
                        if let Fact::Record(wrong) = wrong(fact, residents, &mut dice) {
                            send(store, permit, &RecordFact { void: false, ..wrong }, now);
                        }
                        send(store, permit, record, now);
                    } else if dice.random_ratio(1, 10) {
                        send(store, permit, record, now);
                    }
                }
            });
        }
    });
    let posted = assert_same(&store, "2027-06-30");
    assert!(posted > 30, "only {posted} credits");
}

fn at_once_panzhihua(location: &Location) {
    at_once(location, SCHEMES[0].0, SCHEMES[0].1, 11);
}

fn at_once_tonghui(location: &Location) {
    at_once(location, SCHEMES[1].0, SCHEMES[1].1, 12);
}

on_both! {
    at_once_panzhihua;
    at_once_tonghui;
    a_refused_record_does_not_spoil_those_that_wait_with_it;
    a_closed_period_is_corrected_only_with_a_reason;
    days_bring_their_points;
    any_order_panzhihua;
    any_order_tonghui;
    any_order_shenzhen;
}
