//! A small ledger with every kind of entry, for the tests of what proves, backs up and cleans up;
//! and ways to forge it.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, AtomicU32, Ordering},
    },
};

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CauseId, CommandKey, HolderId, OfficerId, ReasonId, RecordId},
};
use kangji_ledger::{
    Account, Act, Answer, Command, Entry, Seq, Source, account_of,
    checkpoint::Signed,
    key::{FileKey, PublicKey, Signer},
    snapshot,
};

use super::{Finding, Report, verify};
use crate::{
    ledger::rows::{self, Stored},
    schema::{ACCOUNT_ENTRIES, ACCOUNTS, ENTRIES, HOLDERS, RESIDENTS},
    sql::{self, Connection, Location, Lock, Mode, Value},
    store::Store,
};

pub(crate) const SCHEME: &str = "xq";

/// A folder, and databases of PostgreSQL, that go with the test.
pub(crate) struct Folder(pub(crate) PathBuf, Mutex<Vec<String>>);

impl Folder {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("kangji-proof-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path, Mutex::default())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for address in self.1.get_mut().unwrap().drain(..) {
            kangji_testdb::drop_database(&address);
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A new database of each kind.
pub(crate) fn both(folder: &Folder) -> [Location; 2] {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let url = kangji_testdb::fresh_database();
    folder.1.lock().unwrap().push(url.clone());
    [Location::File(folder.0.join(format!("{number}.db"))), Location::Postgres(url)]
}

/// Noon of a day of March 2026.
pub(crate) fn noon(day: u32) -> Moment {
    Moment::start_of(march(day)).plus_millis(12 * 3_600_000)
}

pub(crate) fn march(day: u32) -> Day {
    Day::new(2026, 3, day).unwrap()
}

pub(crate) fn key() -> Arc<dyn Signer> {
    Arc::new(FileKey::generate(&[7; 32]).unwrap())
}

pub(crate) fn public() -> PublicKey {
    key().public_key()
}

/// A ledger that is open, and whom its accounts belong to.
pub(crate) struct Ledger {
    pub(crate) location: Location,
    pub(crate) store: Store,
    keys: AtomicU8,
}

pub(crate) fn holder(name: u8) -> HolderId {
    HolderId::from_bytes([name; 16])
}

pub(crate) fn account(name: u8) -> AccountId {
    account_of(holder(name), SCHEME)
}

/// The village.
pub(crate) const POOL: u8 = 9;
/// Somebody who never got a point.
pub(crate) const NOBODY: u8 = 4;

impl Ledger {
    /// A ledger with residents 1 to 4 and a pool, without entries.
    pub(crate) fn open(location: &Location) -> Self {
        Store::migrate(location, noon(1)).unwrap();
        let store = Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
        let people = || (1..=NOBODY).chain([POOL]);
        let facts = store.work(move |unit| {
            for name in people() {
                let (id, code) = (holder(name), name.to_string());
                let row = [Value::from(id.bytes()), Value::Text(&code)];
                unit.connection.insert(&HOLDERS, &row)?;
                if name != POOL {
                    let row = [Value::from(id.bytes()), Value::Null, Value::Null];
                    unit.connection.insert(&RESIDENTS, &row)?;
                }
            }
            let scheme = "INSERT INTO schemes (id, adjustments, closed_through)
                VALUES ($1, 1, NULL)";
            unit.connection.execute(scheme, &[Value::Text(SCHEME)])?;
            Ok(())
        });
        facts.wait().unwrap();
        let accounts = people().map(|name| (holder(name), name == POOL)).collect();
        store.open_accounts(SCHEME, accounts).wait().unwrap();
        Self { location: location.clone(), store, keys: AtomicU8::new(0) }
    }

    /// The ledger of a database that is there; `keys` is the number of its first command.
    pub(crate) fn reopen(location: &Location, keys: u8) -> Self {
        let store = Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
        Self { location: location.clone(), store, keys: AtomicU8::new(keys) }
    }

    /// Asks for something that may be refused, with everything that may be asked for.
    pub(crate) fn ask(&self, name: u8, now: Moment, act: Act) -> crate::Answer {
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        let command = Command {
            key: Some(CommandKey::from_bytes([number; 16])),
            account: account(name),
            day: now.day(),
            act,
            answer: Answer {
                officer: Some(OfficerId::from_bytes([1; 16])),
                second: Some(OfficerId::from_bytes([2; 16])),
                reason: Some(ReasonId::from_bytes([3; 16])),
                cause: Some(CauseId::from_bytes([4; 16])),
            },
        };
        self.store.execute(command, now).wait().unwrap()
    }

    /// Asks for something that is done.
    pub(crate) fn act(&self, name: u8, now: Moment, act: Act) -> Seq {
        self.ask(name, now, act).unwrap().seq
    }

    pub(crate) fn credit(&self, name: u8, now: Moment, points: i64, until: Option<Day>) -> Seq {
        let source = Source {
            award: "体检".to_owned(),
            resident: holder(name),
            record: Some(RecordId::from_bytes([5; 16])),
            period: Some("2026-Q1".to_owned()),
            version: march(1),
        };
        self.act(name, now, Act::Credit { points: Points(points), expires_on: until, source })
    }

    pub(crate) fn checkpoint(&self, now: Moment) -> Signed {
        self.store.checkpoint(key(), now).wait().unwrap().unwrap()
    }

    /// Two checkpoints and entries of every kind before, between and after them.
    pub(crate) fn sample(location: &Location) -> Self {
        Self::sample_with(location, true)
    }

    /// The same entries without checkpoints, so that nothing but the chains protects them.
    pub(crate) fn unsigned_sample(location: &Location) -> Self {
        Self::sample_with(location, false)
    }

    fn sample_with(location: &Location, checkpoints: bool) -> Self {
        let ledger = Self::open(location);
        let checkpoint = |now| {
            if checkpoints {
                ledger.checkpoint(now);
            }
        };
        let points = Points;
        let (first, second, third) = (noon(1), noon(2), noon(3));
        let lot = ledger.credit(1, first, 100, Some(march(5)));
        ledger.credit(1, first, 50, None);
        let taken_back = ledger.credit(2, first, 80, None);
        ledger.credit(POOL, first, 200, Some(march(20)));
        checkpoint(first);
        let hold = |amount, until| Act::Hold { points: points(amount), until };
        let spent = ledger.act(1, second, hold(30, Some(noon(4))));
        let capture = ledger.act(1, second, Act::Capture { hold: spent });
        let given_back = ledger.act(1, second, hold(20, None));
        ledger.ask(1, second, hold(10_000, None)).unwrap_err();
        let spent = ledger.act(2, second, hold(60, None));
        ledger.act(2, second, Act::Capture { hold: spent });
        ledger.act(2, second, Act::Reverse { credit: taken_back });
        ledger.act(2, second, Act::WriteOff);
        let list = vec![(account(1), points(10)), (account(3), points(20))];
        ledger.act(POOL, second, Act::HandOn { list });
        let article = || "第九条".to_owned();
        let forfeit = ledger.act(3, second, Act::Forfeit { article: article() });
        checkpoint(second);
        ledger.act(3, third, Act::Restore { forfeit });
        ledger.act(3, third, hold(6, None));
        ledger.act(1, third, Act::Release { hold: given_back });
        ledger.act(1, third, Act::Refund { capture });
        ledger.act(1, third, Act::Adjust { points: points(20), expires_on: Some(march(4)) });
        ledger.act(1, third, Act::Adjust { points: points(-3), expires_on: None });
        ledger.act(1, third, hold(7, Some(noon(9))));
        ledger.act(1, third, Act::Bind { lot, points: points(5) });
        ledger.act(1, noon(4), Act::Expire { year_end: false, article: article() });
        ledger.act(1, noon(5), Act::Expire { year_end: true, article: article() });
        ledger
    }

    /// Makes holders known that are no residents.
    pub(crate) fn holders(&self, holders: &[HolderId]) {
        let holders = holders.to_vec();
        let facts = self.store.work(move |unit| {
            let codes: Vec<String> = holders.iter().map(HolderId::to_string).collect();
            let rows: Vec<Value<'_>> = holders
                .iter()
                .zip(&codes)
                .flat_map(|(id, code)| [Value::from(id.bytes()), Value::Text(code)])
                .collect();
            Ok(unit.connection.insert(&HOLDERS, &rows)?)
        });
        facts.wait().unwrap();
    }

    /// One more entry for each of these holders: now credits, now holds and their captures.
    pub(crate) fn round(&self, holders: &[HolderId], round: u64) {
        let waiting: Vec<_> = holders
            .iter()
            .map(|holder| {
                let source = Source {
                    award: "followup".to_owned(),
                    resident: *holder,
                    record: Some(RecordId::from_bytes([5; 16])),
                    period: None,
                    version: march(1),
                };
                let act = match round {
                    5 => Act::Hold { points: Points(3), until: None },
                    6 => Act::Capture { hold: Seq(6) },
                    _ => Act::Credit { points: Points(10), expires_on: Some(march(9)), source },
                };
                let answer = Answer::default();
                let account = account_of(*holder, SCHEME);
                let command = Command { key: None, account, day: march(1), act, answer };
                self.store.execute(command, noon(1))
            })
            .collect();
        for pending in waiting {
            pending.wait().unwrap().unwrap();
        }
    }

    pub(crate) fn outside(&self) -> Vec<Signed> {
        self.store.checkpoints().unwrap()
    }

    /// Verifies with everything that an honest operator has.
    pub(crate) fn verify(&self, outside: &[Signed]) -> Report {
        proven(&self.location, outside)
    }

    /// Another connection, past all rules.
    pub(crate) fn connection(&self) -> Connection {
        sql::open(&self.location, Mode::Existing).unwrap()
    }

    /// Runs a statement past all rules.
    pub(crate) fn sql(&self, text: &str, parameters: &[Value<'_>]) -> u64 {
        self.connection().execute(text, parameters).unwrap()
    }

    /// All entries of an account.
    pub(crate) fn entries(&self, account: AccountId) -> Vec<Entry> {
        entries(&self.location, account)
    }

    /// Replaces all entries of an account by these, chained anew, with the account to fit: what
    /// somebody does who knows this program.
    pub(crate) fn forge(&self, name: u8, entries: &[Entry]) {
        let mut state = Account::with_history(account(name), name == POOL);
        let mut connection = self.connection();
        connection.begin().unwrap();
        let all = "DELETE FROM entries WHERE account = $1";
        connection.execute(all, &[Value::from(state.id.bytes())]).unwrap();
        if let Location::File(_) = self.location {
            let end = "DELETE FROM entry_ends WHERE account = $1";
            connection.execute(end, &[Value::from(state.id.bytes())]).unwrap();
        }
        for entry in entries {
            let mut entry = entry.clone();
            entry.seq = Seq(state.seq.0 + 1);
            entry.hash = entry.chained(state.hash);
            state.follow(&entry).unwrap();
            let parts = snapshot::parts(&entry.parts);
            let mut row = Vec::new();
            rows::push_entry(&mut row, &entry, &parts);
            connection.insert(&ENTRIES, &row).unwrap();
        }
        let lots = snapshot::lots_and_holds(&state);
        let stored = Stored { account: state, holder: holder(name), scheme: SCHEME.into() };
        let mut row = Vec::new();
        rows::push_account(&mut row, &stored, &lots);
        connection.update(&ACCOUNTS, &row).unwrap();
        connection.commit().unwrap();
    }
}

/// All entries of an account of a database.
pub(crate) fn entries(location: &Location, account: AccountId) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut connection = sql::open(location, Mode::ReadOnly).unwrap();
    let key = [Value::from(account.bytes())];
    connection
        .fetch(&ACCOUNT_ENTRIES, 1, &key, Lock::None, |row| {
            entries.push(rows::entry(&row)?);
            Ok(())
        })
        .unwrap();
    entries
}

/// Verifies with everything that an honest operator has.
pub(crate) fn proven(location: &Location, outside: &[Signed]) -> Report {
    verify(location, Some(outside), Some(&public()), &mut |_| ()).unwrap()
}

/// The codes of all findings.
pub(crate) fn codes(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|found| found.finding.code()).collect()
}

/// The one finding.
pub(crate) fn only(report: &Report) -> &Finding {
    assert_eq!(report.findings.len(), 1, "{report}");
    &report.findings.first().unwrap().finding
}
