//! Recordings that wait together, on both databases.

use std::sync::{Arc, mpsc};

use kangji_core::{
    Day, DayRange, DivisionPrefix, Moment,
    ids::{OfficerId, TraceId},
    vocabulary::Vocabulary,
};
use kangji_ledger::Hash;
use kangji_rights::{Action, Cover, Permit};

use super::*;
use crate::{
    audit::{Actor, AuditQuery, Deed},
    call::{Call, IdempotencyKey},
    facts::{Fact, RecordFact, ResidentFact},
    post::{Entered, recording::Writing, services::Service},
    sql::Location,
    verify::sample::{Folder, both},
};

const SCHEME: &str = include_str!("../../../../../schemes/panzhihua-xiqu.md");
const NOW: Moment = Moment::from_millis(1_790_000_000_000);
const PLAIN: Manner = Manner { now: NOW, reason: None, changes: false };

fn person(number: usize) -> Fact {
    let always = DayRange { from: Day::FIRST, to: Day::LAST };
    Fact::Resident(ResidentFact {
        code: format!("generated-{number}"),
        birth_date: Day::new(1950, 2, 3),
        sex: None,
        communities: vec![("510403001001".to_owned(), always)],
        guardians: Vec::new(),
        groups: Vec::new(),
    })
}

fn lecture(person: usize, code: &str, day: &str) -> RecordFact {
    RecordFact {
        code: code.to_owned(),
        resident: format!("generated-{person}"),
        kind: "lecture.attended".to_owned(),
        day: day.parse().unwrap(),
        org: String::new(),
        worker: String::new(),
        void: false,
        attributes: Vec::new(),
    }
}

fn new(person: usize, code: &str) -> CheckedService {
    CheckedService::unseen(lecture(person, code, "2026-07-01"))
}

fn call(key: &str, input: &str) -> Call {
    let (actor, trace) = (Actor::Staff(OfficerId::from_bytes([7; 16])), [9; 16]);
    let action = Action::RecordsWrite.code().to_owned();
    let trace = TraceId::from_bytes(trace);
    let deed = Deed { actor, action, origin: "192.0.2.7".to_owned(), trace };
    let input = Hash::of(&[input.as_bytes()]);
    Call { deed, now: NOW, key: Some(IdempotencyKey { key: key.to_owned(), input }) }
}

/// Ten people under a scheme, one of whom went to a lecture in a year that is closed.
fn town(location: &Location) -> Store {
    Store::migrate(location, NOW).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    assert_eq!(store.publish(SCHEME, NOW).wait().unwrap(), Ok(true));
    let mut facts: Vec<Fact> = (0..10).map(person).collect();
    facts.push(Fact::Record(lecture(9, "closed", "2026-03-01")));
    let (_, posted) = store.record(facts, Entered { now: NOW, reason: None }).wait().unwrap();
    assert_eq!(posted.credited, 1);
    assert!(store.close_period("panzhihua-xiqu", "2026-03-31".parse().unwrap()).wait().unwrap());
    store
}

/// Has recordings come to wait together.
fn together<T>(store: &Store, hand_over: impl FnOnce() -> T) -> T {
    let (go, wait) = mpsc::channel::<()>();
    let busy = store.work(move |_| {
        let _ = wait.recv();
        Ok(())
    });
    let waiting = hand_over();
    drop(go);
    busy.wait().unwrap();
    waiting
}

fn told(written: &WrittenServices) -> Vec<(&str, Writing, Vec<&str>)> {
    let mut told = Vec::new();
    for one in &written.records {
        let titles = one.outcomes.iter().map(|outcome| outcome.title.as_str());
        told.push((one.code.as_str(), one.writing, titles.collect()));
    }
    told
}

fn each_has_its_own_answer(location: &Location) {
    let store = town(location);
    let permit = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    let permit = Permit::covering(Action::RecordsWrite, vec![permit]).unwrap();
    let RecordFact { code, resident, kind, day, org, worker, attributes, .. } =
        lecture(9, "closed", "2026-03-01");
    let closed = Service { code, resident, kind, day, org, worker, attributes };
    let closed = store.check_services(&permit, None, vec![closed], NOW.day()).unwrap();
    let closed: Vec<CheckedService> = closed.into_iter().map(|one| one.unwrap().voided()).collect();
    let send = |key: &str, input: &str, services: Vec<CheckedService>| {
        store.on_behalf(call(key, input)).record_services(services, PLAIN)
    };
    let sent = together(&store, || {
        [
            send("a", "1", vec![new(0, "one")]),
            send("b", "1", vec![new(1, "two"), new(1, "three")]),
            send("c", "1", vec![new(2, "stale").onto(3)]),
            send("d", "1", closed),
            send("e", "1", vec![new(3, "four")]),
            send("a", "1", vec![new(0, "one")]),
            send("a", "2", vec![new(4, "five")]),
            send("f", "1", vec![new(5, "one")]),
        ]
    });
    let [one, two, stale, closed, four, again, used, taken] = sent.map(Pending::wait);
    let credited = |code, number| (code, Writing::New, vec!["参加健康教育讲座"; number]);
    assert_eq!(told(&one.unwrap()), [credited("one", 1)]);
    assert_eq!(told(&two.unwrap()), [credited("two", 1), credited("three", 1)]);
    assert!(matches!(stale, Err(StoreError::Changed)), "{stale:?}");
    assert!(matches!(closed, Err(StoreError::Refused(_))), "{closed:?}");
    assert_eq!(told(&four.unwrap()), [credited("four", 1)]);
    assert_eq!(told(&again.unwrap()), [credited("one", 1)], "the first answer");
    assert!(matches!(used, Err(StoreError::KeyUsed)), "{used:?}");
    assert!(matches!(taken, Err(StoreError::Changed)), "somebody else's record: {taken:?}");
    let found = store.compare(NOW.day()).unwrap();
    assert!(found.mismatches.is_empty(), "{:#?}", found.mismatches);
    let lines = store.audit(&AuditQuery { limit: 50, ..AuditQuery::default() }).unwrap();
    let results: Vec<&str> = lines.iter().map(|line| &*line.result).collect();
    assert_eq!(results.iter().filter(|result| **result == "done").count(), 3, "{results:?}");
    assert_eq!(results.iter().filter(|result| **result == "repeated").count(), 1, "{results:?}");
    let mut authors = 0;
    let count = "SELECT COUNT(*) FROM record_authors";
    let counted = |row: crate::sql::Row<'_>| row.int(0).map(|number| authors = number);
    store.reader().unwrap().query(count, &[], counted).unwrap();
    assert_eq!(authors, 4);
}

/// What waits is one group: its records have one moment, that of the latest.
fn what_waits_is_written_together(location: &Location) {
    let store = town(location);
    let sent = together(&store, || -> Vec<_> {
        (0..8_usize)
            .map(|number| {
                let now = NOW.plus_millis(i64::try_from(number).unwrap());
                let manner = Manner { now, ..PLAIN };
                store.record_services(vec![new(number, &format!("record-{number}"))], manner)
            })
            .collect()
    });
    for one in sent {
        assert_eq!(one.wait().unwrap().records[0].outcomes.len(), 1);
    }
    let mut moments = Vec::new();
    let all = "SELECT DISTINCT recorded_at FROM records WHERE code LIKE 'record-%'";
    let take = |row: crate::sql::Row<'_>| row.int(0).map(|moment| moments.push(moment));
    store.reader().unwrap().query(all, &[], take).unwrap();
    assert_eq!(moments, [NOW.plus_millis(7).millis()]);
}

#[test]
fn recordings_that_wait_together_have_their_own_answers() {
    let folder = Folder::new();
    both(&folder).iter().for_each(each_has_its_own_answer);
}

#[test]
fn recordings_that_wait_are_one_group() {
    let folder = Folder::new();
    both(&folder).iter().for_each(what_waits_is_written_together);
}

fn waiting(services: Vec<CheckedService>, manner: Manner, key: Option<&str>) -> Recording {
    let call = key.map(|key| Arc::new(call(key, "1")));
    Recording { services, manner, call, reply: Pending::new().0 }
}

#[test]
fn a_group_names_nothing_twice() {
    let later = Manner { now: NOW.plus_millis(86_400_000), ..PLAIN };
    let why = Manner { reason: Some("mistyped".to_owned()), ..PLAIN };
    let tells = Manner { changes: true, ..PLAIN };
    let many = |first: usize, last: usize| {
        (first..last).map(|number| new(number, &format!("many-{number}"))).collect::<Vec<_>>()
    };
    let groups = |waiting: Vec<Recording>| {
        let mut waiting = VecDeque::from(waiting);
        let mut sizes = Vec::new();
        while !waiting.is_empty() {
            let number = Recording::together(&waiting);
            sizes.push(waiting.drain(..number).count());
        }
        sizes
    };
    let plain = |person, code: &str| waiting(vec![new(person, code)], PLAIN, None);
    let with = |person, code: &str, manner: &Manner| {
        waiting(vec![new(person, code)], manner.clone(), None)
    };
    let keyed = |person, code: &str, key| waiting(vec![new(person, code)], PLAIN, Some(key));
    assert_eq!(groups(vec![plain(0, "a"), plain(1, "b"), plain(2, "c")]), [3]);
    assert_eq!(groups(vec![plain(0, "a"), plain(1, "b"), plain(0, "c")]), [2, 1], "a resident");
    assert_eq!(groups(vec![plain(0, "a"), plain(1, "a"), plain(2, "c")]), [1, 2], "a record");
    assert_eq!(groups(vec![keyed(0, "a", "k"), keyed(1, "b", "k")]), [1, 1], "a key");
    assert_eq!(groups(vec![keyed(0, "a", "k"), keyed(1, "b", "l")]), [2]);
    assert_eq!(groups(vec![plain(0, "a"), with(1, "b", &later), with(2, "c", &later)]), [1, 2]);
    assert_eq!(groups(vec![plain(0, "a"), with(1, "b", &why), plain(2, "c")]), [1, 1, 1]);
    assert_eq!(groups(vec![with(1, "b", &tells), plain(2, "c")]), [1, 1]);
    let own = waiting(vec![new(0, "a"), new(0, "b")], PLAIN, None);
    assert_eq!(groups(vec![own, plain(1, "c")]), [2], "its own resident twice");
    let large = || waiting(many(10, 10 + TOGETHER_MAX), PLAIN, None);
    assert_eq!(groups(vec![plain(0, "a"), large(), plain(1, "b")]), [1, 1, 1]);
}
