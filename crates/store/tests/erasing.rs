//! An erased person: nothing tells who they were, and nobody's points change.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::{BTreeSet, HashMap};

use kangji_core::{ids::HolderId, vocabulary::Vocabulary};
use kangji_store::{
    Actor, Correction, Entered, Fact, Location, Opinion, Purpose, SealedPerson, Session, Store,
    Strength, Ticket,
    jobs::{Job, run_jobs},
    verify,
};
use support::{noon, on_both, population};

/// What tells who somebody is, in whatever column it may stand.
const SECRET: &str = "generated-secret";
const KEY: [u8; 24] = *b"wrapped-key-of-somebody!";

/// Gives every fifth resident, and some guardians, a code that nothing else holds.
fn marked(facts: &mut [Fact]) -> Vec<String> {
    let mut names: HashMap<String, String> = HashMap::new();
    let residents = facts.iter().filter_map(|fact| match fact {
        Fact::Resident(resident) => Some(resident),
        _ => None,
    });
    for (number, resident) in residents.enumerate() {
        let guardian = resident.guardians.first().map(|(code, _)| code);
        let chosen = if number % 5 == 0 { Some(&resident.code) } else { guardian };
        if let Some(code) = chosen {
            names.entry(code.clone()).or_insert(format!("{SECRET}-{number}"));
        }
    }
    let rename = |code: &mut String| {
        if let Some(name) = names.get(code) {
            code.clone_from(name);
        }
    };
    for fact in facts {
        match fact {
            Fact::Resident(resident) => {
                rename(&mut resident.code);
                resident.guardians.iter_mut().for_each(|(code, _)| rename(code));
            }
            Fact::Record(record) => {
                rename(&mut record.resident);
                rename(&mut record.worker);
            }
            Fact::Sanction { holder, .. } => rename(holder),
            Fact::Confirmation { subject, .. } => {
                if let Some((resident, period)) = subject.rsplit_once('/') {
                    let mut resident = resident.to_owned();
                    rename(&mut resident);
                    *subject = format!("{resident}/{period}");
                }
            }
            Fact::Metric { .. } => {}
        }
    }
    let mut names: Vec<String> = names.into_values().collect();
    names.sort();
    names
}

/// Everything else that is kept about somebody.
fn furnish(store: &Store, id: HolderId, entered: Entered) {
    let now = entered.now;
    let person = SealedPerson {
        id,
        master: 1,
        wrapped_key: KEY.to_vec(),
        name: Some(SECRET.into()),
        document: Some(SECRET.into()),
        phone: Some(SECRET.into()),
        changed_at: now,
    };
    store.put_person(person, vec![(3, *b"generated-secret-blind-hash-32by")]).wait().unwrap();
    store.consent(id, SECRET, true, now).wait().unwrap();
    let correction = Correction {
        id: *id.bytes(),
        person: id,
        asked_by: id,
        field: "name".to_owned(),
        content: SECRET.into(),
        asked_at: now,
        decision: None,
    };
    store.ask_correction(correction, None).wait().unwrap();
    let opinion = Opinion {
        id: *id.bytes(),
        person: id,
        written_by: id,
        community: String::new(),
        record: None,
        sanction: None,
        award: None,
        content: Some(SECRET.into()),
        written_at: now,
        answer: None,
    };
    store.give_opinion(opinion, None).wait().unwrap();
    let session = Session {
        token: kangji_ledger::Hash::of(&[id.bytes()]),
        principal: Actor::Resident(id),
        scopes: BTreeSet::new(),
        strength: Strength::Full,
        started_at: now,
        used_at: now,
        ends_at: now.plus_millis(1_000_000),
    };
    store.start_session(session, None).wait().unwrap();
    let ticket = Ticket {
        hash: kangji_ledger::Hash::of(&[b"ticket", id.bytes()]),
        purpose: Purpose::ResidentCode,
        principal: *id.bytes(),
        content: SECRET.to_owned(),
        ends_at: now.plus_millis(1_000_000),
    };
    store.issue_tickets(vec![ticket]).wait().unwrap();
}

/// What was sealed, agreed to and said by somebody is gone, and so are their sessions.
fn nothing_tells_who(store: &Store, id: HolderId, entered: Entered) {
    assert_eq!((store.person(id).unwrap(), store.consents(id).unwrap()), (None, vec![]));
    let opinions = store.opinions_of(id).unwrap();
    assert_eq!(opinions.iter().map(|one| &one.content).collect::<Vec<_>>(), [&None]);
    let token = kangji_ledger::Hash::of(&[id.bytes()]);
    assert_eq!(store.signed_in(token, entered.now.day()).unwrap(), None);
}

/// Erases a fifth of a population; nobody's points change then or later, and the ledger is sound.
fn erase_some(location: &Location, division: &str, scheme: &str, day: &str, people: u32) {
    let entered = Entered { now: noon(day), reason: None };
    Store::migrate(location, entered.now).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    store.publish(scheme, entered.now).wait().unwrap().unwrap();
    let mut facts = population(people, 1, division);
    let names = marked(&mut facts);
    assert!(names.len() > 15, "{names:?}");
    store.record(facts.clone(), entered).wait().unwrap();
    // A correction leaves behind what was known before.
    let corrected = facts.iter().filter_map(|fact| match fact {
        Fact::Resident(resident) => Some(resident.clone()),
        _ => None,
    });
    let corrected: Vec<Fact> = corrected
        .map(|mut resident| {
            resident.groups.pop();
            Fact::Resident(resident)
        })
        .collect();
    store.record(corrected, entered).wait().unwrap();
    let before = store.compare(entered.now.day()).unwrap();
    assert_eq!(before.mismatches, []);
    assert!(before.posted > 5, "only {} credits", before.posted);
    let mut accounts = 0;
    let mut blurred = 0;
    for name in &names {
        let id = store.holder(name).unwrap().unwrap();
        furnish(&store, id, entered);
        let known = store.resident(id).unwrap();
        let statements = store.statements(name).unwrap().unwrap();
        accounts += statements.len();
        assert!(store.erase_person(id, entered).wait().unwrap());
        assert_eq!(store.statements(name).unwrap().map(|found| found.len()), None);
        let after = store.statements(&id.to_string()).unwrap().unwrap();
        let entries = |of: Vec<kangji_store::Statement>| {
            of.into_iter().map(|one| one.entries).collect::<Vec<_>>()
        };
        assert_eq!(entries(after), entries(statements), "nothing was posted");
        nothing_tells_who(&store, id, entered);
        if let Some(known) = known {
            let fact = store.resident(id).unwrap().unwrap().fact;
            let [was, is] = [known.fact.birth_date, fact.birth_date];
            assert_eq!(was.map(kangji_core::Day::year), is.map(kangji_core::Day::year));
            blurred += usize::from(was != is);
            let tomorrow = entered.now.day().next();
            assert!(fact.communities.iter().all(|(_, days)| !days.contains(tomorrow)));
        }
    }
    assert!(accounts > 0 && blurred > 10, "{accounts} accounts, {blurred} days of birth");
    let after = store.compare(entered.now.day()).unwrap();
    assert_eq!((after.posted, after.mismatches), (before.posted, vec![]));
    store.await_posting(entered.now).wait().unwrap();
    let (_, again) = store.post_some(10_000, entered.now.day(), entered).wait().unwrap();
    assert_eq!((again.credited, again.reversed), (0, 0), "posting again changes nothing");
    assert!(store.forget_deleted().unwrap());
    let runs = run_jobs(&store, noon("2027-06-30"), &HashMap::new(), None).unwrap();
    let is_file = matches!(location, Location::File(_));
    assert_eq!(runs.iter().any(|run| run.job == Job::Anew), is_file, "written anew");
    assert_eq!(store.compare(noon("2027-06-30").day()).unwrap().mismatches, []);
    drop(store);
    let report = verify(location, None, None, &mut |_| ()).unwrap();
    assert!(report.is_sound(), "{}", report.chinese());
    if let Location::File(path) = location {
        let mut bytes = std::fs::read(path).unwrap();
        bytes.extend(std::fs::read(path.with_extension("db-wal")).unwrap_or_default());
        for gone in [SECRET.as_bytes(), &KEY] {
            let found = bytes.windows(gone.len()).filter(|window| window == &gone).count();
            assert_eq!(found, 0, "{}", String::from_utf8_lossy(gone));
        }
    }
}

fn erased_from_panzhihua(location: &Location) {
    let scheme = include_str!("../../../schemes/panzhihua-xiqu.md");
    erase_some(location, "510403", scheme, "2026-09-21", 100);
}

fn erased_from_tonghui(location: &Location) {
    let scheme = include_str!("../../../schemes/tonghui.md");
    erase_some(location, "500110007", scheme, "2027-02-03", 300);
}

fn erased_from_shenzhen(location: &Location) {
    let scheme = include_str!("../../../schemes/shenzhen.md");
    erase_some(location, "4403", scheme, "2026-12-30", 100);
}

on_both! {
    erased_from_panzhihua;
    erased_from_tonghui;
    erased_from_shenzhen;
}
