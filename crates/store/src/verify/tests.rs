//! Every way to tamper with a database, on both kinds of them, and what is said of it.

use kangji_core::{Points, ids::AccountId};
use kangji_ledger::{
    Act, Broken, Entry, EntryKind, Hash, Seq,
    checkpoint::{Checkpoint, SequenceFault, Signed},
    key::FileKey,
    snapshot,
};

use super::{
    sample::{
        Folder, Ledger, NOBODY, POOL, account, both, codes, key, march, noon, only, proven, public,
    },
    *,
};
use crate::{
    backup::{Proof, backup, restore},
    copied::Copied,
    outside,
    schema::{ACCOUNTS, ENTRIES},
    sql::{Table, Value},
};

/// All rows of a table.
pub(crate) fn all_rows(location: &Location, table: &Table) -> Copied {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let key = names[..table.key].join(", ");
    let text = format!("SELECT {} FROM {} ORDER BY {key}", names.join(", "), table.name);
    let mut rows = Copied::new(names.len());
    let mut connection = sql::open(location, Mode::ReadOnly).unwrap();
    connection.query(&text, &[], |row| rows.push(&row)).unwrap();
    rows
}

/// Values that a column does not have, `NULL` where it is something and may be nothing.
fn others(value: Value<'_>, nullable: bool) -> Vec<(i64, Vec<u8>, &'static str)> {
    let mut others = match value {
        Value::Null => vec![(1000, b"x".to_vec(), "any")],
        Value::Int(number) => vec![(number.wrapping_add(1000), Vec::new(), "int")],
        Value::Text(text) => vec![(0, [text.as_bytes(), b"x"].concat(), "text")],
        Value::Bytes(bytes) => {
            let mut other = bytes.to_vec();
            match other.last_mut() {
                Some(last) => *last ^= 1,
                None => other.push(1),
            }
            vec![(0, other, "bytes")]
        }
    };
    if nullable && value != Value::Null {
        others.push((0, Vec::new(), "null"));
    }
    others
}

/// Changes every value of every row of a table, each alone, and verifies each time.
fn change_every_value(
    ledger: &Ledger,
    table: &Table,
    nullable: &[&str],
    check: impl Fn(&[Value<'_>], &str, &Report),
) {
    let rows = all_rows(&ledger.location, table);
    let mut connection = ledger.connection();
    for row in (0..rows.rows()).map(|index| rows.row(index)) {
        for (column, value) in table.columns.iter().zip(&row) {
            for (number, bytes, kind) in others(*value, nullable.contains(&column.name)) {
                let other = match (kind, column.kind) {
                    ("null", _) => Value::Null,
                    (_, crate::sql::Type::Int) => Value::Int(number),
                    (_, crate::sql::Type::Text) => Value::Text(str::from_utf8(&bytes).unwrap()),
                    (_, crate::sql::Type::Bytes) => Value::Bytes(&bytes),
                };
                let key: Vec<String> = table.columns[..table.key]
                    .iter()
                    .zip(2..)
                    .map(|(column, place)| format!("{} = ${place}", column.name))
                    .collect();
                let set = format!(
                    "UPDATE {} SET {} = $1 WHERE {}",
                    table.name,
                    column.name,
                    key.join(" AND ")
                );
                let mut change = |to: Value<'_>, from: Value<'_>| {
                    let key = table.columns[..table.key].iter().zip(&row);
                    let key = key.map(
                        |(known, value)| {
                            if known.name == column.name { from } else { *value }
                        },
                    );
                    let values: Vec<Value<'_>> = std::iter::once(to).chain(key).collect();
                    assert_eq!(connection.execute(&set, &values), Ok(1), "`{}`", column.name);
                };
                change(other, *value);
                let report = ledger.verify(&[]);
                assert!(!report.is_sound(), "`{}` may be {other}", column.name);
                check(&row, column.name, &report);
                change(*value, other);
            }
        }
    }
    assert!(ledger.verify(&[]).is_sound());
}

fn id(value: Value<'_>) -> AccountId {
    let Value::Bytes(bytes) = value else { panic!("no id") };
    AccountId::from_bytes(bytes.try_into().unwrap())
}

#[test]
fn an_honest_ledger_is_sound_and_counted() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::sample(&location);
        let report = ledger.verify(&ledger.outside());
        assert_eq!(codes(&report), Vec::<&str>::new(), "{report}");
        assert_eq!((report.accounts, report.entries, report.refusals), (5, 26, 1));
        assert_eq!((report.checkpoints, report.last_checkpoint), (2, Some(noon(2))));
        let kinds = [1, 2, 3, POOL].map(account).map(|account| ledger.entries(account));
        let kinds: HashSet<u8> = kinds.iter().flatten().map(|entry| entry.kind.code()).collect();
        assert_eq!(kinds.len(), EntryKind::ALL.len(), "every kind of entry");
        assert!(report.chinese().contains("2026-03-02 12:00:00"));
    }
}

#[test]
fn a_change_of_any_value_of_any_entry_is_found_with_account_and_number() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::unsigned_sample(&location);
        let nullable = [
            "refers",
            "expires_on",
            "due_at",
            "award",
            "resident",
            "record",
            "period",
            "version",
            "officer",
            "second",
            "reason",
            "cause",
            "article",
            "command",
        ];
        change_every_value(&ledger, &ENTRIES, &nullable, |row, column, report| {
            let (account, Value::Int(seq)) = (id(row[0]), row[1]) else { panic!("no number") };
            let named = report.findings.iter().find(|found| found.account == Some(account));
            let named = named.unwrap_or_else(|| panic!("`{column}`: {report}"));
            // An entry that went to another account leaves a gap, or an account that ends early.
            if column != "account" {
                let seq = u64::try_from(seq).unwrap();
                assert_eq!(named.seq.map(|seq| seq.0), Some(seq), "`{column}`: {report}");
            }
        });
    }
}

/// On SQLite entries are found by links that stand beside what the other tests change.
#[test]
fn a_change_of_any_link_is_found() {
    let folder = Folder::new();
    let [file, _] = both(&folder);
    let ledger = Ledger::unsigned_sample(&file);
    let mut connection = ledger.connection();
    let mut places = Vec::new();
    let all = "SELECT place, previous, account, seq FROM entries ORDER BY place";
    let take = |row: crate::sql::Row<'_>| {
        let account = AccountId::from_bytes(row.array(2)?);
        places.push((row.int(0)?, row.opt_int(1)?, account, row.int(3)?));
        Ok(())
    };
    connection.query(all, &[], take).unwrap();
    let others = |place: i64| [0, 1, 2, place - 1, place, place + 1, 1000, -5];
    let found = |what: &str, account: AccountId| {
        let report = ledger.verify(&[]);
        let of_account = report.findings.iter().find(|found| found.account == Some(account));
        of_account.unwrap_or_else(|| panic!("{what}: {report}")).clone()
    };
    for (place, previous, account, seq) in places.iter().copied() {
        let before = previous.map_or(Value::Null, Value::Int);
        let set = "UPDATE entries SET previous = $1 WHERE place = $2";
        let values = others(place).map(Value::Int).into_iter().chain([Value::Null]);
        for other in values.filter(|other| *other != before) {
            ledger.sql(set, &[other, Value::Int(place)]);
            let found = found("previous", account);
            assert_eq!(found.finding, Finding::EntryLoose, "{previous:?} may be {other}");
            assert_eq!(found.seq.map(|seq| seq.0), u64::try_from(seq).ok());
            ledger.sql(set, &[before, Value::Int(place)]);
        }
        let moved = "UPDATE entries SET place = $1 WHERE place = $2";
        for other in [place + 1000, place - 1000] {
            ledger.sql(moved, &[Value::Int(other), Value::Int(place)]);
            assert_eq!(found("place", account).finding, Finding::EntryLoose);
            ledger.sql(moved, &[Value::Int(place), Value::Int(other)]);
        }
        let end = "UPDATE entry_ends SET place = $1 WHERE account = $2 AND place = $3";
        let id = Value::from(account.bytes());
        for other in others(place).into_iter().filter(|other| *other != place) {
            if ledger.sql(end, &[Value::Int(other), id, Value::Int(place)]) == 1 {
                assert_eq!(found("end", account).finding, Finding::EntryLoose);
                ledger.sql(end, &[Value::Int(place), id, Value::Int(other)]);
            }
        }
    }
    assert!(ledger.verify(&[]).is_sound());
    let columns: Vec<&str> = ENTRIES.columns.iter().map(|column| column.name).collect();
    let columns = columns.join(", ").replace(", command", "");
    let again = format!(
        "INSERT INTO entries (previous, {columns})
        SELECT previous, {columns} FROM entries WHERE account = $1 AND seq = 2"
    );
    ledger.sql(&again, &[Value::from(account(1).bytes())]);
    let found = found("an entry twice", account(1));
    assert_eq!(found.finding, Finding::EntryMissing { found: Seq(2) });
}

#[test]
fn a_change_of_any_value_of_any_account_is_found_and_named() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::unsigned_sample(&location);
        change_every_value(&ledger, &ACCOUNTS, &["latest_day"], |row, column, report| {
            let mut named: Vec<AccountId> =
                report.findings.iter().filter_map(|found| found.account).collect();
            // Under another id, an account without entries is only known by that.
            if column == "id" && id(row[0]) == account(NOBODY) {
                named.push(id(row[0]));
            }
            assert!(named.contains(&id(row[0])), "`{column}`: {report}");
        });
    }
}

#[test]
fn a_pool_that_is_none_and_a_resident_that_is_one_are_found() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::sample(&location);
        let set = "UPDATE accounts SET pool = $1 WHERE id = $2";
        for (name, pool, finding) in [(POOL, 0, Finding::NotAPool), (2, 1, Finding::PoolOfResident)]
        {
            ledger.sql(set, &[Value::Int(pool), Value::from(account(name).bytes())]);
            assert_eq!(*only(&ledger.verify(&ledger.outside())), finding);
            ledger.sql(set, &[Value::Int(1 - pool), Value::from(account(name).bytes())]);
        }
        ledger.sql("DELETE FROM holders WHERE code = $1", &[Value::Text("2")]);
        assert_eq!(*only(&ledger.verify(&ledger.outside())), Finding::HolderMissing);
    }
}

#[test]
fn an_entry_removed_or_swapped_with_another_is_found() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::sample(&location);
        let outside = ledger.outside();
        let all = ledger.entries(account(1));
        let mine = account(1);
        let renumber = |from: i64, to: i64| {
            let set = "UPDATE entries SET seq = $1 WHERE account = $2 AND seq = $3";
            ledger.sql(set, &[Value::Int(to), Value::from(mine.bytes()), Value::Int(from)])
        };
        renumber(2, 1000);
        renumber(3, 2);
        renumber(1000, 3);
        let report = ledger.verify(&outside);
        assert_eq!(report.findings[0].finding, Finding::EntryBroken(Broken::Hash));
        // One of the two was the last one under the first checkpoint.
        assert_eq!(codes(&report), ["entry_broken", "root"]);
        assert_eq!(report.findings[0].seq.map(|seq| seq.0), Some(2));
        assert!(report.chinese().contains("第 2 笔"));
        ledger.forge(1, &all);
        assert!(ledger.verify(&outside).is_sound(), "put right again");

        let remove = "DELETE FROM entries WHERE account = $1 AND seq = $2";
        ledger.sql(remove, &[Value::from(mine.bytes()), Value::Int(3)]);
        let report = ledger.verify(&outside);
        assert_eq!(report.findings[0].seq.map(|seq| seq.0), Some(3));
        assert_eq!(codes(&report), ["entry_missing"]);
        ledger.forge(1, &all);
        let last = i64::try_from(all.len()).unwrap();
        ledger.sql(remove, &[Value::from(mine.bytes()), Value::Int(last)]);
        let report = ledger.verify(&outside);
        assert_eq!(*only(&report), Finding::AccountDiffers("seq"));
        assert_eq!(report.findings[0].account, Some(mine));
    }
}

/// A chain made anew protects nobody who gives back more than was spent, or gives it back again.
#[test]
fn a_refund_that_invents_points_is_found_though_its_hashes_fit() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        ledger.credit(1, noon(1), 9, None);
        let hold = ledger.act(1, noon(1), Act::Hold { points: Points(4), until: None });
        let capture = ledger.act(1, noon(1), Act::Capture { hold });
        let refund = ledger.act(1, noon(2), Act::Refund { capture });
        assert!(ledger.verify(&[]).is_sound());
        let entries = ledger.entries(account(1));
        let [.., before, honest] = entries.as_slice() else { panic!("no refund") };
        let found = |change: fn(&mut Entry)| {
            let mut forged = honest.clone();
            change(&mut forged);
            let (hash, parts) = (forged.chained(before.hash), snapshot::parts(&forged.parts));
            let seq = |seq: Seq| Value::Int(i64::try_from(seq.0).unwrap());
            let set = "UPDATE entries SET redeemable = $1, refers = $2, parts = $3, hash = $4
                WHERE account = $5 AND seq = $6";
            let values = [
                Value::Int(forged.redeemable.0),
                forged.refers.map_or(Value::Null, seq),
                Value::Bytes(&parts),
                Value::from(hash.bytes()),
                Value::from(forged.account.bytes()),
                seq(refund),
            ];
            assert_eq!(ledger.sql(set, &values), 1);
            let last = "UPDATE accounts SET hash = $1 WHERE id = $2";
            let values = [Value::from(hash.bytes()), Value::from(forged.account.bytes())];
            assert_eq!(ledger.sql(last, &values), 1);
            only(&ledger.verify(&[])).clone()
        };
        let more = |entry: &mut Entry| {
            entry.redeemable = Points(5);
            entry.parts[0].points = Points(5);
        };
        assert_eq!(found(more), Finding::EntryBroken(Broken::Amounts));
        let of_no_capture = |entry: &mut Entry| entry.refers = Some(Seq(2));
        assert_eq!(found(of_no_capture), Finding::EntryBroken(Broken::Missing));
        // The account has what came back, of which this entry says nothing.
        let nothing = |entry: &mut Entry| {
            entry.redeemable = Points::ZERO;
            entry.parts.clear();
        };
        assert_eq!(found(nothing), Finding::AccountDiffers("redeemable"));
    }
}

#[test]
fn an_account_made_to_fit_its_forged_entries_is_found_by_the_checkpoint() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::sample(&location);
        let outside = ledger.outside();
        let all = ledger.entries(account(2));
        // Somebody makes the shortfall that was written off disappear, with all that led to it.
        ledger.forge(2, &all[..all.len() - 1]);
        let report = ledger.verify(&outside);
        let Finding::Root { number, made_at, all: misfits, .. } = only(&report) else {
            panic!("{report}")
        };
        assert_eq!((*number, *made_at, *misfits), (2, noon(2), 1));
        let mut more = all.clone();
        more[0].redeemable = Points(8000);
        more[0].total = Points(8000);
        ledger.forge(2, &more[..2]);
        let report = ledger.verify(&outside);
        assert!(matches!(only(&report), Finding::Root { number: 1, all: 2, .. }), "{report}");
        ledger.forge(2, &all);
        assert!(ledger.verify(&outside).is_sound());
        for table in ["entries WHERE account", "accounts WHERE id"] {
            let remove = format!("DELETE FROM {table} = $1");
            ledger.sql(&remove, &[Value::from(account(2).bytes())]);
        }
        let report = ledger.verify(&outside);
        let Finding::Root { number: 1, accounts: 3, there: 2, .. } = only(&report) else {
            panic!("{report}")
        };
    }
}

/// What the report and the documentation say is not found is not found.
#[test]
fn a_chain_made_anew_after_the_last_checkpoint_is_only_found_after_the_next() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::sample(&location);
        let honest = ledger.entries(account(1));
        let mut forged = honest.clone();
        let adjusted = forged.iter_mut().find(|entry| entry.redeemable == Points(-3)).unwrap();
        adjusted.answer.officer = None;
        assert!(adjusted.epoch == 2);
        ledger.forge(1, &forged);
        let report = ledger.verify(&ledger.outside());
        assert!(report.is_sound());
        assert!(report.chinese().contains("本次核验查不出"));
        ledger.forge(1, &honest);
        ledger.checkpoint(noon(6));
        ledger.forge(1, &forged);
        let report = ledger.verify(&ledger.outside());
        assert!(matches!(only(&report), Finding::Root { number: 3, .. }), "{report}");
    }
}

#[test]
fn an_older_database_put_back_is_found_by_what_is_outside() {
    let folder = Folder::new();
    let [file, url] = both(&folder);
    let [other_file, other_url] = both(&folder);
    for (location, put_back) in [(file, other_file), (url, other_url)] {
        let ledger = Ledger::sample(&location);
        let copy = folder.0.join(format!("{}.copy", matches!(location, Location::File(_))));
        backup(&location, &copy, Proof::default(), noon(6)).unwrap();
        ledger.credit(3, noon(6), 1, None);
        // Until there is a checkpoint after the copy, nothing tells that it is old.
        restore(&copy, &put_back, Proof::default(), noon(6)).unwrap();
        assert!(proven(&put_back, &ledger.outside()).is_sound());
        ledger.checkpoint(noon(7));
        ledger.checkpoint(noon(8));
        let report = proven(&put_back, &ledger.outside());
        let expected = Finding::RolledBack { number: 3, made_at: noon(7), missing: 2 };
        assert_eq!(*only(&report), expected);
        assert!(report.chinese().contains("2026-03-07 12:00:00 之前的旧状态"));
        // Without the file outside, nothing is found, and the report says so.
        let alone = verify(&put_back, None, Some(&public()), &mut |_| ()).unwrap();
        assert!(alone.is_sound() && alone.chinese().contains("没有与库外保存的检查点比对"));
        // A checkpoint made there is another one than that outside.
        let other = Ledger::checkpoint_of(&put_back, noon(9));
        assert_eq!(other.checkpoint.number, 3);
        let report = proven(&put_back, &ledger.outside());
        assert_eq!(codes(&report), ["outside_differs", "rolled_back"]);
    }
}

#[test]
fn forged_checkpoints_and_other_keys_are_found() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::sample(&location);
        let outside = ledger.outside();
        let forger = FileKey::generate(&[8; 32]).unwrap();
        let wrong = verify(&location, Some(&outside), Some(&forger_key(&forger)), &mut |_| ());
        let report = wrong.unwrap();
        assert_eq!(codes(&report), ["sequence", "outside_forged", "outside_forged"]);

        let set = "UPDATE checkpoints SET line = $1 WHERE number = 2";
        let [first, second] = outside.as_slice() else { panic!("two checkpoints") };
        let forged = Checkpoint { accounts: 4, root: Hash::of(&[b"x"]), ..second.checkpoint };
        let forged = Signed::make(forged, &forger).unwrap();
        ledger.sql(set, &[Value::Text(&forged.to_string())]);
        let report = ledger.verify(&outside);
        let key = Finding::Sequence(SequenceFault::Key(2, forged.key));
        assert!(report.findings.iter().any(|found| found.finding == key), "{report}");
        assert_eq!(codes(&report), ["sequence", "outside_differs", "root"]);
        let unsigned = Signed { signature: first.signature, ..*second };
        ledger.sql(set, &[Value::Text(&unsigned.to_string())]);
        assert_eq!(codes(&ledger.verify(&outside)), ["sequence", "outside_differs"]);
        ledger.sql(set, &[Value::Text("nothing")]);
        let report = ledger.verify(&outside);
        assert_eq!(codes(&report), ["checkpoint_unreadable", "rolled_back"]);
        ledger.sql(set, &[Value::Text(&second.to_string())]);
        for column in ["made_at", "accounts"] {
            let add = |number| format!("UPDATE checkpoints SET {column} = {column} + {number}");
            ledger.sql(&add(1), &[]);
            assert_eq!(codes(&ledger.verify(&outside)), ["checkpoint_differs"; 2]);
            ledger.sql(&add(-1), &[]);
        }
        ledger.sql("DELETE FROM checkpoints WHERE number = 1", &[]);
        let report = ledger.verify(&outside);
        assert_eq!(codes(&report), ["sequence", "count", "rolled_back"]);
        ledger.sql("DELETE FROM checkpoints", &[]);
        ledger.sql("UPDATE ledger SET epoch = 0", &[]);
        assert_eq!(ledger.verify(&outside).findings[0].finding.code(), "entry_epoch");
        ledger.sql("DELETE FROM ledger", &[]);
        assert_eq!(codes(&ledger.verify(&outside)), ["counter", "rolled_back"]);
    }
}

fn forger_key(forger: &FileKey) -> PublicKey {
    kangji_ledger::key::Signer::public_key(forger)
}

#[test]
fn refusals_that_contradict_the_entries_or_cannot_be_read_are_found() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::sample(&location);
        let outside = ledger.outside();
        let entered = ledger.entries(account(1))[0].key.unwrap();
        let refused = ledger.sql(
            "UPDATE refusals SET command = $1, account = $2",
            &[Value::from(entered.bytes()), Value::from(account(1).bytes())],
        );
        assert_eq!(refused, 1);
        let report = ledger.verify(&outside);
        assert_eq!(*only(&report), Finding::RefusedAndEntered);
        assert_eq!(report.findings[0].seq.map(|seq| seq.0), Some(1));
        let answer = "UPDATE refusals SET answer = $1";
        for text in ["", "{}", "\"key_used\"", "\"none\""] {
            ledger.sql(answer, &[Value::Text(text)]);
            assert_eq!(codes(&ledger.verify(&outside)), ["refusal_unreadable"], "{text}");
        }
        ledger.sql(answer, &[Value::Text("\"list\"")]);
        let nobody = Value::Bytes(&[0; 16]);
        ledger.sql("UPDATE refusals SET account = $1", &[nobody]);
        assert_eq!(*only(&ledger.verify(&outside)), Finding::RefusalWithoutAccount);
    }
}

#[test]
fn accounts_beyond_a_page_are_verified_too_and_findings_are_limited() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        let holders: Vec<_> = (0..1300_u32).map(|number| (numbered(number), false)).collect();
        ledger.store.open_accounts("other", holders).wait().unwrap();
        let report = ledger.verify(&[]);
        assert_eq!((report.accounts, report.findings.len(), report.more), (1305, 100, 1200));
        assert!(report.findings.iter().all(|found| found.finding == Finding::HolderMissing));
        assert!(report.findings.is_sorted_by_key(|found| found.account));
    }
}

#[test]
fn the_file_outside_reads_what_was_appended_and_names_a_line_it_cannot_read() {
    let folder = Folder::new();
    let ledger = Ledger::sample(&Location::File(folder.0.join("one.db")));
    let path = folder.0.join("checkpoints");
    let all = ledger.outside();
    for signed in &all {
        outside::append(&path, signed).unwrap();
    }
    assert_eq!(outside::read(&path).unwrap(), all);
    let report = ledger.verify(&all[..1]);
    assert_eq!((report.is_sound(), report.only_inside.as_slice()), (true, &[2][..]));
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, whole.replacen('\n', "\nx\n", 1)).unwrap();
    let error = outside::read(&path).unwrap_err().to_string();
    assert!(error.starts_with("line `2` is not one of a checkpoint"), "{error}");
    std::fs::write(&path, whole.trim_end()).unwrap();
    let unfinished = "line `2`, the last one, was not written to its end";
    assert_eq!(outside::read(&path).unwrap_err().to_string(), unfinished);
    assert_eq!(outside::append(&path, &all[0]).unwrap_err().to_string(), unfinished);
}

#[test]
fn checkpoints_made_while_others_write_always_fit() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        let other =
            crate::Store::open(&location, kangji_core::vocabulary::Vocabulary::national()).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..60 {
                    ledger.credit(1, noon(1), 1, Some(march(9)));
                }
            });
            for _ in 0..10 {
                other.checkpoint(key(), noon(1)).wait().unwrap().unwrap();
            }
        });
        let report = ledger.verify(&ledger.outside());
        assert_eq!(codes(&report), Vec::<&str>::new(), "{report}");
        assert_eq!((report.entries, report.checkpoints), (60, 10));
    }
}

impl Ledger {
    fn checkpoint_of(location: &Location, now: Moment) -> Signed {
        crate::Store::open(location, kangji_core::vocabulary::Vocabulary::national())
            .unwrap()
            .checkpoint(key(), now)
            .wait()
            .unwrap()
            .unwrap()
    }
}

/// Prints how long things take; run by hand with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes and proves nothing"]
fn a_million_entries_are_timed() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        let holders: Vec<_> = (0..100_000_u32).map(numbered).collect();
        for some in holders.chunks(10_000) {
            let some = some.to_vec();
            ledger.holders(&some);
            let open = some.into_iter().map(|holder| (holder, false)).collect();
            ledger.store.open_accounts(super::sample::SCHEME, open).wait().unwrap();
        }
        let timed = |what: &str, count: u64, work: &mut dyn FnMut()| {
            let start = std::time::Instant::now();
            work();
            let millis = start.elapsed().as_millis().max(1);
            let rate = u128::from(count) * 1000 / millis;
            println!("{location:?}: {what} {millis} ms, {rate}/s");
        };
        timed("writing", 1_000_000, &mut || {
            for round in 0..10 {
                for some in holders.chunks(10_000) {
                    ledger.round(some, round);
                }
                if round % 3 == 2 {
                    ledger.checkpoint(noon(1));
                }
            }
        });
        let mut report = Report::default();
        timed("verifying", 1_000_000, &mut || report = ledger.verify(&ledger.outside()));
        assert!(report.is_sound() && report.entries == 1_000_000, "{report}");
        timed("a checkpoint", 100_000, &mut || {
            ledger.checkpoint(noon(1));
        });
        let path = folder.0.join(format!("timed{}", matches!(location, Location::File(_))));
        timed("a backup", 1_000_000, &mut || {
            backup(&location, &path, Proof::default(), noon(1)).unwrap();
        });
        let [file, url] = both(&folder);
        let same = if matches!(location, Location::File(_)) { file } else { url };
        timed("restoring", 1_000_000, &mut || {
            restore(&path, &same, Proof::default(), noon(1)).unwrap();
        });
        let terms = crate::jobs::ExpiryTerms { year_end: false, article: String::new() };
        let terms = [(super::sample::SCHEME.to_owned(), terms)].into();
        timed("looking through accounts", 100_000, &mut || {
            crate::jobs::run_jobs(&ledger.store, noon(2), &terms, None).unwrap();
        });
        timed("expiring", 100_000, &mut || {
            crate::jobs::run_jobs(&ledger.store, noon(9), &terms, None).unwrap();
        });
    }
}

fn numbered(number: u32) -> kangji_core::ids::HolderId {
    let mut id = [0xAA; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    kangji_core::ids::HolderId::from_bytes(id)
}
