//! The audit log on both databases.

use kangji_core::{
    Moment,
    ids::{ClientId, HolderId, OfficerId, TraceId},
    vocabulary::Vocabulary,
};
use kangji_ledger::{Hash, checkpoint::Signed};

use super::{Actor, AuditQuery, Deed, Subject};
use crate::{
    call::{Call, IdempotencyKey},
    facts::Fact,
    post::Entered,
    sql::{self, Location, Mode, Value},
    store::{Store, StoreError},
    verify::{
        Finding,
        sample::{Folder, both, codes, key, only, proven},
    },
};

const NURSE: Actor = Actor::Staff(OfficerId::from_bytes([7; 16]));
const NOW: Moment = Moment::from_millis(1_700_000_000_000);

fn open(location: &Location) -> Store {
    Store::migrate(location, NOW).unwrap();
    Store::open(location, Vocabulary::national()).unwrap()
}

fn deed(actor: Actor, action: &str) -> Deed {
    let (origin, trace) = ("192.0.2.7".to_owned(), TraceId::from_bytes([9; 16]));
    Deed { actor, action: action.to_owned(), origin, trace }
}

fn metric(value: &str) -> Vec<Fact> {
    let (community, name) = ("510403001001".to_owned(), "coverage".to_owned());
    vec![Fact::Metric { community, year: 2026, name, value: value.parse().unwrap() }]
}

fn resident(byte: u8) -> Subject {
    Subject::Resident(HolderId::from_bytes([byte; 16]))
}

fn found(store: &Store, query: &AuditQuery) -> Vec<(i64, String)> {
    let lines = store.audit(query).unwrap();
    lines.into_iter().map(|line| (line.number, line.deed.action)).collect()
}

fn some_lines(store: &Store) {
    let logged = [
        (NURSE, "records:read", resident(1)),
        (Actor::Nobody, "sign-in", Subject::None),
        (NURSE, "residents:reveal", resident(2)),
        (Actor::Client(ClientId::from_bytes([8; 16])), "points:read", resident(2)),
    ];
    for (number, (actor, action, subject)) in (0..).zip(logged) {
        let at = NOW.plus_millis(number * 1000);
        store.log(deed(actor, action), subject, "done", at).wait().unwrap();
    }
}

#[test]
fn lines_are_found_by_who_did_what_on_whom_and_when() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        some_lines(&store);
        let all = AuditQuery { limit: 10, ..AuditQuery::default() };
        let line = |number, action: &str| (number, action.to_owned());
        let [read, sign_in] = [line(1, "records:read"), line(2, "sign-in")];
        let [reveal, points] = [line(3, "residents:reveal"), line(4, "points:read")];
        let cases = [
            (all.clone(), vec![&points, &reveal, &sign_in, &read]),
            (AuditQuery { actor: Some(NURSE), ..all.clone() }, vec![&reveal, &read]),
            (AuditQuery { actor: Some(Actor::Nobody), ..all.clone() }, vec![&sign_in]),
            (AuditQuery { subject: Some(resident(2)), ..all.clone() }, vec![&points, &reveal]),
            (AuditQuery { action: Some("sign-in".to_owned()), ..all.clone() }, vec![&sign_in]),
            (
                AuditQuery { from: Some(NOW.plus_millis(2000)), ..all.clone() },
                vec![&points, &reveal],
            ),
            (AuditQuery { until: Some(NOW.plus_millis(1000)), ..all.clone() }, vec![&read]),
            (AuditQuery { before: Some(3), limit: 1, ..all.clone() }, vec![&sign_in]),
        ];
        for (query, expected) in cases {
            let lines = found(&store, &query);
            assert_eq!(lines.iter().collect::<Vec<_>>(), expected, "{query:?}");
        }
        let report = store.verify_audit().unwrap();
        assert_eq!((report.lines, report.broken_at), (4, None));
    }
}

#[test]
fn whatever_is_changed_or_missing_is_found() {
    let forgeries = [
        ("UPDATE audit SET at = at + 1 WHERE number = 2", 2),
        ("UPDATE audit SET actor_kind = 'program' WHERE number = 2", 2),
        ("UPDATE audit SET actor = NULL WHERE number = 3", 3),
        ("UPDATE audit SET action = 'records:write' WHERE number = 1", 1),
        ("UPDATE audit SET subject_kind = '' WHERE number = 3", 3),
        ("UPDATE audit SET subject = actor WHERE number = 3", 3),
        ("UPDATE audit SET origin = '192.0.2.8' WHERE number = 4", 4),
        ("UPDATE audit SET trace = actor WHERE number = 4", 4),
        ("UPDATE audit SET result = 'refused' WHERE number = 4", 4),
        ("UPDATE audit SET hash = (SELECT hash FROM audit WHERE number = 1) WHERE number = 3", 3),
        ("UPDATE audit SET number = 9 WHERE number = 4", 4),
        ("DELETE FROM audit WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 4", 4),
        ("DELETE FROM audit_end", 5),
        ("UPDATE audit_end SET number = 3", 5),
    ];
    let folder = Folder::new();
    for (forgery, broken) in forgeries {
        for location in both(&folder) {
            let store = open(&location);
            some_lines(&store);
            let mut forger = sql::open(&location, Mode::Existing).unwrap();
            assert_eq!(forger.execute(forgery, &[]).unwrap(), 1, "{forgery}");
            assert_eq!(store.verify_audit().unwrap().broken_at, Some(broken), "{forgery}");
            let report = crate::verify(&location, None, None, &mut |_| {}).unwrap();
            let findings: Vec<&str> =
                report.findings.iter().map(|found| found.finding.code()).collect();
            assert_eq!(findings, ["audit_broken"], "{forgery}");
        }
    }
}

#[test]
fn what_is_written_for_a_call_is_logged_with_it_or_not_at_all() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let entered = Entered { now: NOW, reason: None };
        let call = Call { deed: deed(NURSE, "metrics:write"), now: NOW, key: None };
        store.on_behalf(call.clone()).enter(metric("80"), entered).wait().unwrap();
        let all = AuditQuery { limit: 10, ..AuditQuery::default() };
        assert_eq!(found(&store, &all), [(1, "metrics:write".to_owned())]);
        let failed = store.on_behalf(call).work(|_| Err::<(), _>(StoreError::NotEmpty)).wait();
        assert!(failed.is_err());
        assert_eq!(found(&store, &all).len(), 1);
    }
}

#[test]
fn a_call_that_comes_again_gets_the_first_answer() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let entered = Entered { now: NOW, reason: None };
        let ask = |actor, key: &str, value: &str| {
            let input = Hash::of(&[value.as_bytes()]);
            let key = Some(IdempotencyKey { key: key.to_owned(), input });
            let call = Call { deed: deed(actor, "metrics:write"), now: NOW, key };
            store.on_behalf(call).enter(metric(value), entered).wait()
        };
        let first = ask(NURSE, "k", "80").unwrap();
        assert_eq!((first.new, first.unchanged), (1, 0));
        assert_eq!(ask(NURSE, "k", "80").unwrap(), first, "again, not `unchanged`");
        let other = ask(NURSE, "k", "81").unwrap_err();
        assert!(matches!(other, StoreError::KeyUsed), "{other}");
        let theirs = ask(Actor::Staff(OfficerId::from_bytes([1; 16])), "k", "80").unwrap();
        assert_eq!(theirs.unchanged, 1, "keys are each caller's own");
        let results: Vec<String> = store
            .audit(&AuditQuery { limit: 10, ..AuditQuery::default() })
            .unwrap()
            .into_iter()
            .map(|line| line.result)
            .collect();
        assert_eq!(results, ["done", "repeated", "done"]);
    }
}

#[test]
fn lines_that_wait_together_are_all_logged() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let waiting: Vec<_> = (0..200_u8)
            .map(|number| store.log(deed(NURSE, "points:read"), resident(number), "done", NOW))
            .collect();
        waiting.into_iter().for_each(|line| line.wait().unwrap());
        let report = store.verify_audit().unwrap();
        assert_eq!((report.lines, report.broken_at), (200, None));
    }
}

/// Four lines, a checkpoint, four lines, another checkpoint, four lines.
fn checked(location: &Location) -> (Store, Vec<Signed>) {
    let store = open(location);
    for day in 0..3 {
        some_lines(&store);
        if day < 2 {
            let now = NOW.plus_millis(day * 86_400_000);
            store.checkpoint(key(), now).wait().unwrap().unwrap();
        }
    }
    let outside = store.checkpoints().unwrap();
    (store, outside)
}

/// Leaves the first lines only, with their end noted: no chain is broken.
fn cut_off(location: &Location, lines: i64) {
    let mut forger = sql::open(location, Mode::Existing).unwrap();
    for sql in [
        "DELETE FROM audit WHERE number > $1",
        "UPDATE audit_end SET number = $1, hash = (SELECT hash FROM audit WHERE number = $1)
            WHERE $1 > 0",
        "DELETE FROM audit_end WHERE $1 = 0",
    ] {
        forger.execute(sql, &[Value::Int(lines)]).unwrap();
    }
}

#[test]
fn a_log_that_was_cut_off_is_found_by_the_checkpoints_made_before() {
    let folder = Folder::new();
    for (left, first, all) in [(9, 0, 0), (8, 0, 0), (7, 2, 1), (4, 2, 1), (3, 1, 2), (0, 1, 2)] {
        for location in both(&folder) {
            let (store, outside) = checked(&location);
            assert_eq!(codes(&proven(&location, &outside)), Vec::<&str>::new());
            cut_off(&location, left);
            assert_eq!(store.verify_audit().unwrap().broken_at, None, "no chain is broken");
            let report = proven(&location, &outside);
            if all == 0 {
                assert!(report.is_sound(), "what follows the last checkpoint is not covered");
                continue;
            }
            let made_at = NOW.plus_millis(i64::from(first - 1) * 86_400_000);
            let lines = u64::from(first) * 4;
            let found = Finding::AuditEnd { number: first, made_at, lines, there: left, all };
            assert_eq!(*only(&report), found);
            assert!(report.chinese().contains("此前的日志被截去或改写"));
        }
    }
}

#[test]
fn a_log_cut_off_together_with_checkpoints_is_found_by_those_outside() {
    let folder = Folder::new();
    for location in both(&folder) {
        let (_store, outside) = checked(&location);
        cut_off(&location, 4);
        let mut forger = sql::open(&location, Mode::Existing).unwrap();
        forger.execute("DELETE FROM checkpoints WHERE number = 2", &[]).unwrap();
        forger.execute("UPDATE ledger SET epoch = 1", &[]).unwrap();
        assert_eq!(codes(&proven(&location, &outside)), ["rolled_back"]);
        let alone = crate::verify(&location, None, None, &mut |_| ()).unwrap();
        assert!(alone.is_sound(), "without them it is an older state, whole in itself");
    }
}

#[test]
fn a_log_chained_anew_is_found() {
    let folder = Folder::new();
    for location in both(&folder) {
        let (store, outside) = checked(&location);
        let mut lines = store.audit(&AuditQuery { limit: 50, ..AuditQuery::default() }).unwrap();
        lines.reverse();
        cut_off(&location, 0);
        lines[4].deed.actor = Actor::Nobody;
        let forge = store.work(move |unit| Ok(super::append(unit.connection, lines.clone())?));
        forge.wait().unwrap();
        let report = store.verify_audit().unwrap();
        assert_eq!((report.lines, report.broken_at), (12, None));
        assert_eq!(codes(&proven(&location, &outside)), ["audit_end"]);
    }
}

#[test]
fn checkpoints_of_the_first_form_still_verify() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        some_lines(&store);
        let mut made = store.checkpoint(key(), NOW).wait().unwrap().unwrap();
        made.checkpoint.audit = None;
        let first = Signed::make(made.checkpoint, &*key()).unwrap();
        let mut older = sql::open(&location, Mode::Existing).unwrap();
        let line = first.to_string();
        older.execute("UPDATE checkpoints SET line = $1", &[Value::Text(&line)]).unwrap();
        some_lines(&store);
        let second = store.checkpoint(key(), NOW.plus_millis(1)).wait().unwrap().unwrap();
        assert_eq!(second.checkpoint.previous, first.checkpoint.hash());
        assert!(proven(&location, &[first, second]).is_sound());
        cut_off(&location, 4);
        assert_eq!(codes(&proven(&location, &[first, second])), ["audit_end"]);
    }
}
