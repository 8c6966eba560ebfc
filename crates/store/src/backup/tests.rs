//! Backups of both kinds of databases, into both kinds (S13), and what is refused.

use std::sync::atomic::{AtomicBool, Ordering};

use kangji_ledger::checkpoint::Signed;

use super::*;
use crate::{
    verify::sample::{Folder, Ledger, POOL, account, both, codes, entries, noon, public},
    verify::tests::all_rows,
};

fn proof(outside: &[Signed]) -> Proof<'_> {
    static PUBLIC: std::sync::OnceLock<PublicKey> = std::sync::OnceLock::new();
    Proof { outside: Some(outside), trusted: Some(PUBLIC.get_or_init(public)) }
}

#[test]
fn a_backup_of_either_database_is_restored_into_either() {
    let folder = Folder::new();
    for (number, source) in both(&folder).iter().enumerate() {
        let ledger = Ledger::sample(source);
        let outside = ledger.outside();
        let path = folder.0.join(format!("backup{number}"));
        let report = backup(source, &path, proof(&outside), noon(6)).unwrap();
        assert_eq!((report.accounts, report.entries, report.checkpoints), (5, 26, 2));
        let beside: Vec<_> = std::fs::read_dir(&folder.0).unwrap().collect();
        let beside = beside.into_iter().map(|file| file.unwrap().file_name());
        let backups = beside.filter(|name| name.to_string_lossy().starts_with("backup"));
        assert_eq!(backups.count(), number + 1, "nothing lies beside the file");
        let again = backup(source, &path, proof(&outside), noon(6)).unwrap_err();
        assert!(matches!(again, BackupError::Exists(_)), "{again}");
        for target in both(&folder) {
            let restored = restore(&path, &target, proof(&outside), noon(7)).unwrap();
            assert_eq!(restored, report);
            for table in &ALL {
                assert_eq!(all_rows(&target, table), all_rows(source, table), "{}", table.name);
            }
            // And it goes on from there.
            let there =
                Store::open(&target, kangji_core::vocabulary::Vocabulary::national()).unwrap();
            let checkpoint = there.checkpoint(crate::verify::sample::key(), noon(8));
            assert_eq!(checkpoint.wait().unwrap().unwrap().checkpoint.number, 3);
            let twice = restore(&path, &target, proof(&outside), noon(7)).unwrap_err();
            assert!(matches!(twice, BackupError::NotEmpty("holders")), "{twice}");
        }
    }
}

#[test]
fn a_target_that_holds_only_a_counter_is_not_empty() {
    let folder = Folder::new();
    for target in both(&folder) {
        let path = folder.0.join(format!("{}", matches!(target, Location::File(_))));
        let source = Location::File(folder.0.join("source.db"));
        if !path.exists() && !folder.0.join("source.db").exists() {
            Ledger::sample(&source);
        }
        backup(&source, &path, Proof::default(), noon(6)).unwrap();
        Store::migrate(&target, noon(1)).unwrap();
        let mut connection = sql::open(&target, Mode::Existing).unwrap();
        connection.execute("UPDATE ledger SET epoch = 1", &[]).unwrap();
        let error = restore(&path, &target, Proof::default(), noon(7)).unwrap_err();
        assert!(matches!(error, BackupError::NotEmpty("ledger")), "{error}");
    }
}

#[test]
fn a_backup_made_while_others_write_is_the_database_at_one_moment() {
    let folder = Folder::new();
    for (number, source) in both(&folder).iter().enumerate() {
        let ledger = Ledger::open(source);
        let done = AtomicBool::new(false);
        let counts: Vec<u64> = std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut written = 0;
                while !done.load(Ordering::Relaxed) && written < 200 {
                    ledger.credit(1, noon(1), 1, None);
                    ledger.credit(POOL, noon(1), 1, None);
                    written += 1;
                }
            });
            let one = |copy: usize| {
                let path = folder.0.join(format!("online{number}-{copy}"));
                backup(source, &path, proof(&[]), noon(1)).unwrap().entries
            };
            let counts = (0..5).map(one).collect();
            done.store(true, Ordering::Relaxed);
            counts
        });
        assert!(counts.is_sorted(), "{counts:?}");
        assert!(ledger.verify(&[]).is_sound());
        // The last one holds a beginning of what there is now.
        let copy = Location::File(folder.0.join(format!("online{number}-4")));
        let (then, now) = (entries(&copy, account(1)), entries(source, account(1)));
        assert_eq!(then, now[..then.len()]);
    }
}

#[test]
fn a_database_that_does_not_prove_itself_gives_no_backup() {
    let folder = Folder::new();
    for (number, source) in both(&folder).iter().enumerate() {
        let ledger = Ledger::sample(source);
        ledger.sql("UPDATE entries SET total = total + 1 WHERE seq = 1", &[]);
        let path = folder.0.join(format!("bad{number}"));
        let error = backup(source, &path, Proof::default(), noon(6)).unwrap_err();
        let BackupError::Unsound(report) = error else { panic!("{error}") };
        assert_eq!(codes(&report)[..1], ["entry_broken"]);
        assert!(!path.exists() && with_end(&path, ".partial").exists());
        ledger.sql("UPDATE entries SET total = total - 1 WHERE seq = 1", &[]);
        assert!(backup(source, &path, Proof::default(), noon(6)).unwrap().is_sound());
        assert!(path.exists() && !with_end(&path, ".partial").exists());
    }
}

#[test]
fn a_damaged_backup_is_refused_and_nothing_is_restored() {
    let folder = Folder::new();
    let source = Location::File(folder.0.join("source.db"));
    let ledger = Ledger::sample(&source);
    ledger.sql("UPDATE holders SET code = 'somebody' WHERE code = '1'", &[]);
    let outside = ledger.outside();
    let path = folder.0.join("backup");
    backup(&source, &path, proof(&outside), noon(6)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let [file, url] = both(&folder);
    // A fact nobody signed, an entry wherever it lies, half the file, nothing, no database.
    let flipped = |what: &[u8]| {
        let mut bent = whole.clone();
        for place in 0..bent.len() - what.len() {
            if whole[place..].starts_with(what) {
                bent[place] ^= 1;
            }
        }
        bent
    };
    let fact = flipped(b"somebody");
    let entry = flipped(ledger.entries(account(1))[2].hash.bytes());
    let half = whole[..whole.len() / 2].to_vec();
    for damaged in [fact, entry, half, Vec::new(), b"no database".to_vec()] {
        std::fs::write(&path, damaged).unwrap();
        for target in [&file, &url] {
            restore(&path, target, proof(&outside), noon(7)).unwrap_err();
        }
    }
    // An older backup does not fit what is outside.
    std::fs::write(&path, &whole).unwrap();
    ledger.checkpoint(noon(8));
    let error = restore(&path, &url, proof(&ledger.outside()), noon(9)).unwrap_err();
    let BackupError::Unsound(report) = error else { panic!("{error}") };
    assert_eq!(codes(&report), ["rolled_back"]);
    // One of another program does not even open.
    let mut connection = sql::open(&Location::File(path.clone()), Mode::Existing).unwrap();
    connection.execute("UPDATE migrations SET hash = 'x'", &[]).unwrap();
    drop(connection);
    let error = restore(&path, &url, proof(&outside), noon(9)).unwrap_err();
    assert!(matches!(error, BackupError::Store(StoreError::Migration(_))), "{error}");
    // The targets were never touched, not even to make tables.
    let Location::File(target) = &file else { panic!("a file") };
    assert!(!target.exists());
    std::fs::write(&path, &whole).unwrap();
    for target in [&file, &url] {
        assert!(restore(&path, target, proof(&outside), noon(9)).unwrap().is_sound());
    }
}
