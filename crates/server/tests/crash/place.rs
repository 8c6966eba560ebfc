//! The database that the servers share: what is in it before, and what must be in it afterwards.

use std::{collections::BTreeSet, env, fs, path::PathBuf, process};

use kangji_core::{Day, DayRange, DivisionPrefix, Moment, ids::ClientId, vocabulary::Vocabulary};
use kangji_rights::{Action, Cover, Permit};
use kangji_server::token;
use kangji_store::{
    Actor, Client, Entered, Fact, Location, Reading, RecordQuery, ResidentFact, Session, Store,
    Strength, verify,
};

use crate::upload::Upload;

/// 2026-09-21 on the clocks of Asia/Shanghai.
pub(crate) const NOW: Moment = Moment::from_millis(1_790_000_000_000);
pub(crate) const RESIDENTS: u32 = 40;
/// The access token of the system that uploads; made up.
pub(crate) const TOKEN: &str = "generated-token-of-the-test";
const SCHEME: &str = include_str!("../../../../schemes/panzhihua-xiqu.md");
const CLIENT: ClientId = ClientId::from_bytes([8; 16]);

/// A folder of one test's own, removed at its end even when it fails.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = env::temp_dir().join(format!("kangji-http-crash-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn sqlite(&self) -> Location {
        Location::File(self.0.join("kangji.db"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Makes the tables, publishes a scheme, registers residents and a system that uploads.
pub(crate) fn prepare(location: &Location) {
    Store::migrate(location, NOW).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    assert_eq!(store.publish(SCHEME, NOW).wait().unwrap(), Ok(true));
    let resident = |number| {
        let always = DayRange { from: Day::FIRST, to: Day::LAST };
        Fact::Resident(ResidentFact {
            code: format!("generated-{number}"),
            birth_date: Day::new(1950, 1, 1),
            sex: None,
            communities: vec![("510403001001".to_owned(), always)],
            guardians: Vec::new(),
            groups: Vec::new(),
        })
    };
    let entered = Entered { now: NOW, reason: None };
    store.enter((0..RESIDENTS).map(resident).collect(), entered).wait().unwrap();
    let client = Client {
        id: CLIENT,
        name: "测试平台".to_owned(),
        secret: token::hash("unused"),
        scopes: BTreeSet::from([Action::RecordsWrite]),
        area: DivisionPrefix::parse("510403").unwrap(),
        institution: None,
        calls_per_minute: 100_000_000,
        disabled_at: None,
    };
    store.add_client(client.clone()).wait().unwrap();
    let session = Session {
        token: token::hash(TOKEN),
        principal: Actor::Client(CLIENT),
        scopes: client.scopes,
        strength: Strength::Full,
        started_at: NOW,
        used_at: NOW,
        ends_at: NOW.plus_millis(86_400_000),
    };
    store.start_session(session, None).wait().unwrap();
}

/// Every answered upload is there once, the points are what its records bring, ledger and audit
/// log are whole.
pub(crate) fn check(location: &Location, uploads: &[Upload]) {
    let store = Store::open(location, Vocabulary::national()).unwrap();
    let comparison = store.compare(NOW.day()).unwrap();
    assert!(comparison.mismatches.is_empty(), "{:?}", comparison.mismatches);
    let everything = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    let permit = Permit::covering(Action::RecordsRead, vec![everything]).unwrap();
    let reading = Reading { permit: &permit, care: Some(&permit), own: None, today: NOW.day() };
    let query = RecordQuery {
        resident: None,
        kind: None,
        org: None,
        from: Day::FIRST,
        to: Day::LAST,
        after: None,
        latest_first: false,
        limit: 1_000_000,
    };
    let records = store.records(&query, reading).unwrap();
    let there: BTreeSet<String> = records.into_iter().map(|record| record.code).collect();
    let sent: BTreeSet<String> = uploads.iter().map(|upload| upload.code()).collect();
    assert_eq!(there, sent);
    let audit = store.verify_audit().unwrap();
    assert_eq!(audit.broken_at, None);
    drop(store);
    let report = verify(location, None, None, &mut |_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}
