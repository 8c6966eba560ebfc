//! Access on both databases.

use std::collections::BTreeSet;

use kangji_core::{
    Day, DayRange, DivisionPrefix, Moment,
    ids::{ClientId, HolderId, OfficerId},
    vocabulary::Vocabulary,
};
use kangji_ledger::Hash;
use kangji_rights::{Action, Cover, Grant, Permit};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    Client, Failures, NameTaken, Purpose, Session, Standing, Strength, Ticket, Unchanged, User,
    filter::Filter,
};
use crate::{
    audit::{Actor, Subject},
    facts::{Fact, RecordFact, ResidentFact},
    people::SealedPerson,
    post::Entered,
    sql::{Location, Value},
    store::Store,
    verify::sample::{Folder, both},
};

const NOW: Moment = Moment::from_millis(1_790_000_000_000);
const ID: OfficerId = OfficerId::from_bytes([3; 16]);

fn open(location: &Location) -> Store {
    Store::migrate(location, NOW).unwrap();
    Store::open(location, Vocabulary::national()).unwrap()
}

fn user(id: OfficerId, name: &str) -> User {
    User {
        id,
        name: name.to_owned(),
        worker: String::new(),
        password: "hash".to_owned(),
        password_at: NOW,
        totp: None,
        totp_step: 0,
        subject: String::new(),
        disabled_at: None,
    }
}

#[test]
fn staff_are_found_by_id_name_and_subject() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let mut ann = User { subject: "https://id.example ann".into(), ..user(ID, "ann") };
        assert_eq!(store.put_user(ann.clone()).wait().unwrap(), Ok(()));
        assert!(store.user(ID).unwrap() == Some(ann.clone()));
        assert!(store.user_named("ann").unwrap() == Some(ann.clone()));
        assert!(store.user_known_as("https://id.example ann").unwrap() == Some(ann.clone()));
        assert!(store.user_known_as("").unwrap().is_none());
        let other = OfficerId::from_bytes([4; 16]);
        let taken = store.put_user(user(other, "ann")).wait().unwrap();
        assert_eq!(taken, Err(NameTaken));
        let same = User { subject: ann.subject.clone(), ..user(other, "ben") };
        assert_eq!(store.put_user(same).wait().unwrap(), Err(NameTaken));
        assert_eq!(store.put_user(user(other, "ben")).wait().unwrap(), Ok(()));
        ann.disabled_at = Some(NOW);
        assert_eq!(store.put_user(ann.clone()).wait().unwrap(), Ok(()));
        assert!(store.user(ID).unwrap() == Some(ann));
        let names = |after| {
            let users = store.users(after, 10).unwrap();
            users.into_iter().map(|user| user.name).collect::<Vec<_>>()
        };
        assert_eq!(
            (names(""), names("ann")),
            (vec!["ann".into(), "ben".into()], vec!["ben".into()])
        );
    }
}

#[test]
fn a_one_time_code_is_used_once() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        store.put_user(user(ID, "ann")).wait().unwrap().unwrap();
        let uses = [10, 10, 9, 11].map(|step| store.use_totp(ID, step).wait().unwrap());
        assert_eq!(uses, [true, false, false, true]);
    }
}

#[test]
fn grants_and_clients_are_read_as_they_were_given() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let area = DivisionPrefix::parse("510403").unwrap();
        let everywhere = DivisionPrefix::EVERYWHERE;
        let grant = |role: &str, area, institution: Option<&str>| Grant {
            role: role.to_owned(),
            area,
            institution: institution.map(ToOwned::to_owned),
        };
        let first = vec![grant("doctor", area, Some("c")), grant("nurse", everywhere, None)];
        store.set_grants(ID, first.clone(), ID, NOW).wait().unwrap();
        assert_eq!(store.grants(ID).unwrap(), first);
        store.set_grants(ID, first[1..].to_vec(), ID, NOW).wait().unwrap();
        assert_eq!(store.grants(ID).unwrap(), first[1..]);
        let client = Client {
            id: ClientId::from_bytes([5; 16]),
            name: "平台".to_owned(),
            secret: Hash::of(&[b"s"]),
            scopes: BTreeSet::from([Action::RecordsWrite, Action::PointsRead]),
            area,
            institution: Some("c".to_owned()),
            calls_per_minute: 60,
            disabled_at: None,
        };
        store.add_client(client.clone()).wait().unwrap();
        assert_eq!(store.client(client.id).unwrap(), Some(client.clone()));
        assert_eq!(store.clients().unwrap(), [client]);
    }
}

#[test]
fn sessions_end() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let session = |byte: u8, minutes: i64| Session {
            token: Hash::of(&[&[byte]]),
            principal: Actor::Staff(ID),
            scopes: BTreeSet::new(),
            strength: Strength::Full,
            started_at: NOW,
            used_at: NOW,
            ends_at: NOW.plus_millis(minutes * 60_000),
        };
        store.put_user(user(ID, "ann")).wait().unwrap().unwrap();
        let kept = |token| store.signed_in(token, NOW.day()).unwrap().map(|(session, _)| session);
        let [short, long, idle] = [session(1, 1), session(2, 60), session(3, 60)];
        for one in [&short, &long] {
            store.start_session(one.clone(), None).wait().unwrap();
        }
        store.start_session(idle.clone(), Some(long.token)).wait().unwrap();
        assert_eq!(kept(long.token), None, "replaced");
        assert_eq!(kept(idle.token), Some(idle.clone()));
        let later = NOW.plus_millis(120_000);
        store.use_session(idle.token, later).wait().unwrap();
        store.sweep(later, NOW).wait().unwrap();
        assert_eq!(kept(short.token), None, "over");
        assert_eq!(kept(idle.token).unwrap().used_at, later);
        store.sweep(later, later).wait().unwrap();
        assert_eq!(kept(idle.token), None, "not used");
        store.start_session(long.clone(), None).wait().unwrap();
        store.end_sessions_of(Actor::Staff(ID)).wait().unwrap();
        assert_eq!(kept(long.token), None, "ended");
    }
}

#[test]
fn who_signed_in_has_what_they_have_now() {
    let folder = Folder::new();
    for location in both(&folder) {
        let (store, other) = (open(&location), open(&location));
        let token = Hash::of(&[b"shown"]);
        let session = Session {
            token,
            principal: Actor::Staff(ID),
            scopes: BTreeSet::new(),
            strength: Strength::Full,
            started_at: NOW,
            used_at: NOW,
            ends_at: NOW,
        };
        let standing = || store.signed_in(token, NOW.day()).unwrap().map(|(_, standing)| standing);
        store.start_session(session, None).wait().unwrap();
        assert_eq!(standing(), None, "nobody of that id");
        other.put_user(user(ID, "ann")).wait().unwrap().unwrap();
        assert_eq!(standing(), Some(Standing::Staff(vec![])));
        let everywhere = DivisionPrefix::EVERYWHERE;
        let nurse = Grant { role: "nurse".to_owned(), area: everywhere, institution: None };
        other.set_grants(ID, vec![nurse.clone()], ID, NOW).wait().unwrap();
        assert_eq!(standing(), Some(Standing::Staff(vec![nurse])), "granted elsewhere");
        let disabled = User { disabled_at: Some(NOW), ..user(ID, "ann") };
        other.put_user(disabled).wait().unwrap().unwrap();
        assert_eq!(standing(), None, "disabled elsewhere");
        other.put_user(user(ID, "ann")).wait().unwrap().unwrap();
        other.end_session(token).wait().unwrap();
        assert_eq!(standing(), None, "ended elsewhere");
    }
}

#[test]
fn a_ticket_is_taken_once_for_its_purpose_and_in_time() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let ticket = |byte: u8, purpose| Ticket {
            hash: Hash::of(&[&[byte]]),
            purpose,
            principal: *ID.bytes(),
            content: "{}".to_owned(),
            ends_at: NOW.plus_millis(1),
        };
        let take = |byte: u8, purpose, now| {
            store.take_ticket(Hash::of(&[&[byte]]), purpose, now).wait().unwrap()
        };
        let [a, b] = [Purpose::Invitation, Purpose::Recovery];
        store.issue_tickets(vec![ticket(1, a)]).wait().unwrap();
        store.issue_tickets(vec![ticket(2, a), ticket(3, a), ticket(4, b)]).wait().unwrap();
        assert_eq!(take(1, a, NOW), None, "replaced by the second");
        assert_eq!(take(2, b, NOW), None, "another purpose");
        assert_eq!(store.ticket(Hash::of(&[&[2]]), a, NOW).unwrap(), Some(ticket(2, a)));
        assert_eq!(take(2, a, NOW), Some(ticket(2, a)));
        assert_eq!(take(2, a, NOW), None, "again");
        assert_eq!(take(3, a, NOW.plus_millis(1)), None, "too late");
    }
}

#[test]
fn of_tickets_to_choose_from_one_that_nobody_has_is_issued() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let ticket = |byte: u8, principal: u8| Ticket {
            hash: Hash::of(&[&[byte]]),
            purpose: Purpose::ResidentCode,
            principal: [principal; 16],
            content: String::new(),
            ends_at: NOW.plus_millis(1),
        };
        let issue = |principal, bytes: &[u8], now| {
            let all = bytes.iter().map(|byte| ([*byte; 16], ticket(*byte, principal))).collect();
            store.issue_one(Subject::None, all, now).wait().unwrap()
        };
        assert_eq!(issue(1, &[7, 8], NOW), Some([7; 16]));
        assert_eq!(issue(2, &[7, 8], NOW), Some([8; 16]), "the first is somebody else's");
        assert_eq!(issue(3, &[7, 8], NOW), None);
        assert_eq!(issue(3, &[7, 8], NOW.plus_millis(1)), Some([7; 16]), "its time is over");
    }
}

#[test]
fn a_subject_links_to_one_resident() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let [one, two] = [1, 2].map(|byte| HolderId::from_bytes([byte; 16]));
        let [first, second] = [b"a", b"b"].map(|subject| Hash::of(&[subject]));
        let link = |id, subject| store.link_resident(id, subject, NOW).wait().unwrap();
        assert_eq!(store.resident_known_as(first).unwrap(), None);
        assert!(link(one, first) && link(one, first));
        assert!(!link(two, first), "somebody else's");
        assert!(link(one, second));
        let known = [first, second].map(|subject| store.resident_known_as(subject).unwrap());
        assert_eq!(known, [None, Some(one)], "in the place of the first");
        assert!(link(two, first));
    }
}

#[test]
fn somebody_who_grants_everywhere_is_left() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let grant = |area| Grant { role: "security-admin".to_owned(), area, institution: None };
        let everywhere = grant(DivisionPrefix::EVERYWHERE);
        let district = grant(DivisionPrefix::parse("510403").unwrap());
        let roles = || vec!["security-admin".to_owned()];
        let other = OfficerId::from_bytes([4; 16]);
        for (id, name) in [(ID, "ann"), (other, "ben")] {
            store.put_user(user(id, name)).wait().unwrap().unwrap();
            store.set_grants(id, vec![everywhere.clone()], ID, NOW).wait().unwrap();
        }
        let regrant =
            |id, grants| store.change_grants(id, grants, ID, roles(), NOW).wait().unwrap();
        let disable = |id| {
            let now = |user: &mut User| user.disabled_at = Some(NOW);
            store.change_user(id, roles(), now).wait().unwrap()
        };
        assert_eq!(regrant(ID, vec![district.clone()]), Ok(()));
        assert_eq!(regrant(other, vec![district]), Err(Unchanged::LastAdministrator));
        assert_eq!(disable(other), Err(Unchanged::LastAdministrator));
        assert_eq!(regrant(ID, vec![everywhere]), Ok(()));
        assert_eq!(disable(other), Ok(()));
        assert_eq!(disable(ID), Err(Unchanged::LastAdministrator));
        assert_eq!(disable(OfficerId::from_bytes([9; 16])), Err(Unchanged::Unknown));
    }
}

#[test]
fn attempts_count_until_forgotten() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let [ann, address] = [b"a", b"b"].map(|name| Hash::of(&[name]));
        let attempt = |at, wait: fn(usize, Failures) -> u32| {
            let now = NOW.plus_millis(at);
            store.attempt(vec![ann, address], now, wait).wait().unwrap()
        };
        let counts = || [ann, address].map(|hash| store.failures(hash).unwrap().count);
        assert_eq!((attempt(1, |_, _| 0), attempt(2, |_, _| 0)), (0, 0));
        let one_waits = |place, failures: Failures| if place == 1 { failures.count } else { 0 };
        assert_eq!(attempt(3, one_waits), 2);
        assert_eq!((counts(), store.failures(ann).unwrap().last_at), ([2; 2], NOW.plus_millis(2)));
        store.succeeded(vec![ann], vec![address]).wait().unwrap();
        assert_eq!(counts(), [0, 1]);
        store.succeeded(vec![], vec![ann, address, address]).wait().unwrap();
        assert_eq!(counts(), [0, 0]);
    }
}

#[test]
fn an_erased_person_is_found_by_nothing() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let id = HolderId::from_bytes([6; 16]);
        let person = SealedPerson {
            id,
            master: 1,
            wrapped_key: vec![1; 44],
            name: Some(vec![2; 40]),
            document: None,
            phone: Some(vec![3; 40]),
            changed_at: NOW,
        };
        let [old, new] = [(1, [1; 32]), (1, [2; 32])];
        store.put_person(person.clone(), vec![old, (2, [1; 32])]).wait().unwrap();
        assert_eq!(store.people_found(old).unwrap(), [id]);
        store.put_person(person.clone(), vec![new]).wait().unwrap();
        assert_eq!(store.people_found(old).unwrap(), []);
        assert_eq!(store.person(id).unwrap(), Some(person));
        let entered = Entered { now: NOW, reason: None };
        assert!(store.erase_person(id, entered).wait().unwrap());
        assert!(!store.erase_person(id, entered).wait().unwrap());
        assert_eq!((store.person(id).unwrap(), store.people_found(new).unwrap()), (None, vec![]));
    }
}

/// Communities of three districts, so that areas of every length tell them apart.
const COMMUNITIES: [&str; 5] =
    ["510403001001", "510403001002", "510403002001", "510404001001", "440300001001"];
const AREAS: [&str; 6] = ["51", "5104", "510403", "510403001", "510403001002", "44"];
const CLINICS: [&str; 3] = ["clinic-1", "clinic-2", "clinic-3"];

fn residents(dice: &mut ChaCha8Rng) -> Vec<Fact> {
    let mut facts = Vec::new();
    for number in 0..40 {
        let code = format!("generated-{number}");
        let mut communities = BTreeSet::new();
        for _ in 0..dice.random_range(0..3) {
            let from = Day::new(2026, dice.random_range(1..13), 1).unwrap();
            let days = DayRange { from, to: from.plus_days(dice.random_range(0..200)) };
            let community = *COMMUNITIES.choose(dice).unwrap();
            communities.insert((community.to_owned(), days.from, days.to));
        }
        let dated = |(value, from, to)| (value, DayRange { from, to });
        facts.push(Fact::Resident(ResidentFact {
            code: code.clone(),
            birth_date: None,
            sex: None,
            communities: communities.into_iter().map(dated).collect(),
            guardians: Vec::new(),
            groups: Vec::new(),
        }));
        facts.push(Fact::Record(RecordFact {
            code: format!("record-{number}"),
            resident: code,
            kind: "outpatient.visited".to_owned(),
            day: Day::new(2026, 1, 1).unwrap(),
            org: (*CLINICS.choose(dice).unwrap()).to_owned(),
            worker: String::new(),
            void: false,
            attributes: Vec::new(),
        }));
    }
    facts
}

fn permit(dice: &mut ChaCha8Rng, people: &[HolderId]) -> Permit {
    let covers = (0..dice.random_range(1..4)).map(|_| match dice.random_range(0..8) {
        0 => Cover::Person(*people.choose(dice).unwrap()),
        1 => Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: clinic(dice) },
        _ => {
            let area = DivisionPrefix::parse(AREAS.choose(dice).unwrap()).unwrap();
            Cover::Area { area, institution: clinic(dice) }
        }
    });
    Permit::covering(Action::RecordsRead, covers.collect()).unwrap()
}

fn clinic(dice: &mut ChaCha8Rng) -> Option<String> {
    dice.random_ratio(1, 2).then(|| (*CLINICS.choose(dice).unwrap()).to_owned())
}

/// The law of S4: a list shows exactly the rows that may be seen one by one.
#[test]
fn the_filter_and_the_decision_agree() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let mut dice = ChaCha8Rng::seed_from_u64(4);
        let entered = Entered { now: NOW, reason: None };
        store.enter(residents(&mut dice), entered).wait().unwrap();
        let mut reader = store.reader().unwrap();
        let mut rows = Vec::new();
        let all = "SELECT resident, org FROM records";
        reader
            .query(all, &[], |row| {
                rows.push((HolderId::from_bytes(row.array(0)?), row.text(1)?.to_owned()));
                Ok(())
            })
            .unwrap();
        let people: Vec<HolderId> = rows.iter().map(|(id, _)| *id).collect();
        let mut allowed = 0;
        for _ in 0..300 {
            let permit = permit(&mut dice, &people);
            let today = Day::new(2026, dice.random_range(1..13), 15).unwrap();
            for institution in [None, Some("org")] {
                let filter = Filter::new(&permit, "records.resident", institution, today, 2);
                let sql = format!("SELECT resident FROM records WHERE $1 = 1 AND {}", filter.sql);
                let values: Vec<Value<'_>> =
                    [Value::Int(1)].into_iter().chain(filter.values()).collect();
                let mut listed = BTreeSet::new();
                reader
                    .query(&sql, &values, |row| {
                        listed.insert(HolderId::from_bytes(row.array(0)?));
                        Ok(())
                    })
                    .unwrap();
                let single = rows.iter().filter(|(id, org)| {
                    let institution = institution.map(|_| org.as_str());
                    store.allows(&permit, *id, institution, today).unwrap()
                });
                let single: BTreeSet<HolderId> = single.map(|(id, _)| *id).collect();
                allowed += single.len();
                assert_eq!(listed, single, "{permit:?} on {today}");
            }
        }
        assert!((2_000..22_000).contains(&allowed), "{allowed} of 24,000 rows");
    }
}
