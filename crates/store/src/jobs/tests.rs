//! Jobs on both databases: day by day and after days off, twice, killed, with the clock set back.

use kangji_core::{Day, Points};
use kangji_ledger::{Entry, EntryKind, Hash};

use super::*;
use crate::{
    people::SealedPerson,
    post::Entered,
    sql::Value,
    verify::sample::{
        Folder, Ledger, POOL, SCHEME, account, both, codes, holder, key, march, noon,
    },
};

fn terms(year_end: bool) -> HashMap<String, ExpiryTerms> {
    let article = if year_end { "第二十条" } else { "第九条" }.to_owned();
    HashMap::from([(SCHEME.to_owned(), ExpiryTerms { year_end, article })])
}

/// How many entries each job wrote.
fn run(ledger: &Ledger, now: Moment) -> Vec<(Job, u64)> {
    let runs = run_jobs(&ledger.store, now, &terms(false), None).unwrap();
    assert!(runs.iter().all(|run| run.failed.is_empty()), "{runs:?}");
    runs.into_iter().map(|run| (run.job, run.entries)).collect()
}

/// What a run writes when there is something to look at.
fn wrote(holds: u64, expired: u64) -> Vec<(Job, u64)> {
    vec![(Job::Holds, holds), (Job::Expiry, expired)]
}

fn hold(
    ledger: &Ledger,
    name: u8,
    now: Moment,
    points: i64,
    until: Option<Moment>,
) -> kangji_ledger::Seq {
    ledger.act(name, now, Act::Hold { points: Points(points), until })
}

/// The entries without what says when they were written.
fn timeless(ledger: &Ledger) -> Vec<Entry> {
    let all = [1, 2, 3, POOL].map(account).map(|account| ledger.entries(account));
    let without =
        |entry: Entry| Entry { recorded_at: Moment::default(), hash: Hash::NONE, ..entry };
    all.into_iter().flatten().map(without).collect()
}

/// Points that end on several days, some of them held for a time.
fn lots(ledger: &Ledger) {
    let first = noon(1);
    for (name, points, day) in [(1, 10, 3), (1, 5, 3), (1, 7, 5), (2, 8, 4), (3, 9, 9)] {
        ledger.credit(name, first, points, Some(march(day)));
    }
    ledger.credit(1, first, 100, None);
    ledger.credit(POOL, first, 50, Some(march(6)));
    hold(ledger, 1, first, 12, Some(noon(2)));
    hold(ledger, 2, first, 3, None);
}

#[test]
fn catching_up_gives_the_entries_of_every_day_p9() {
    let folder = Folder::new();
    let [file, url] = both(&folder);
    let [other_file, other_url] = both(&folder);
    for (daily, rare) in [(file, other_file), (url, other_url)] {
        let (daily, rare) = (Ledger::open(&daily), Ledger::open(&rare));
        lots(&daily);
        lots(&rare);
        for day in 1..=8 {
            run(&daily, noon(day));
        }
        assert_eq!(run(&rare, noon(2)), wrote(1, 0));
        assert_eq!(run(&rare, noon(8)), wrote(0, 4));
        assert_eq!(timeless(&daily), timeless(&rare));
        let expired: Vec<(u32, i64)> = rare
            .entries(account(1))
            .iter()
            .filter(|entry| entry.kind == EntryKind::Expire)
            .map(|entry| (entry.day.day(), entry.redeemable.0))
            .collect();
        assert_eq!(expired, [(3, -15), (5, -7)]);
        for ledger in [daily, rare] {
            assert_eq!(codes(&ledger.verify(&[])), Vec::<&str>::new());
        }
    }
}

#[test]
fn a_voucher_ends_on_the_day_of_its_lot_whenever_the_job_runs_p9() {
    let folder = Folder::new();
    let [file, url] = both(&folder);
    let [other_file, other_url] = both(&folder);
    for (daily, rare) in [(file, other_file), (url, other_url)] {
        let (daily, rare) = (Ledger::open(&daily), Ledger::open(&rare));
        for ledger in [&daily, &rare] {
            let lot = ledger.credit(1, noon(1), 10, Some(march(4)));
            let bound = ledger.credit(1, noon(1), 5, Some(march(3)));
            let lasting = ledger.credit(2, noon(1), 7, None);
            for (name, lot, points) in [(1, lot, 4), (1, bound, 5), (2, lasting, 7)] {
                ledger.act(name, noon(1), Act::Bind { lot, points: Points(points) });
            }
        }
        assert_eq!(run(&daily, noon(2)), wrote(0, 0));
        assert_eq!(run(&daily, noon(3)), wrote(0, 1));
        assert_eq!(run(&daily, noon(4)), wrote(0, 1));
        assert_eq!(run(&daily, noon(5)), wrote(0, 0));
        assert_eq!(run(&rare, noon(9)), wrote(0, 2));
        assert_eq!(timeless(&daily), timeless(&rare));
        let ended = |ledger: &Ledger, name: u8| -> Vec<(EntryKind, u32, i64)> {
            let entries = ledger.entries(account(name)).into_iter();
            let ended = entries.filter(|entry| entry.article.is_some());
            ended.map(|entry| (entry.kind, entry.day.day(), entry.held.0)).collect()
        };
        let wanted =
            [(EntryKind::Lapse, 3, -5), (EntryKind::Expire, 4, 0), (EntryKind::Lapse, 4, -4)];
        assert_eq!(ended(&rare, 1), wanted);
        assert_eq!(ended(&rare, 2), []);
        for ledger in [daily, rare] {
            // The points that are still bound have no voucher here, which is found.
            assert_eq!(codes(&ledger.verify(&[])), ["bound_to_nothing"]);
        }
    }
}

#[test]
fn a_second_run_and_a_clock_set_back_do_nothing() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        lots(&ledger);
        assert_eq!(run(&ledger, noon(4)), wrote(1, 2));
        let before = timeless(&ledger);
        assert_eq!(run(&ledger, noon(4)), []);
        assert_eq!(run(&ledger, noon(2)), []);
        assert_eq!(run(&ledger, noon(4).plus_millis(1)), [(Job::Holds, 0)]);
        assert_eq!(timeless(&ledger), before);
    }
}

#[test]
fn points_credited_after_their_day_expire_at_the_next_days_run() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        assert_eq!(run(&ledger, noon(20)), wrote(0, 0));
        ledger.credit(1, noon(20), 11, Some(march(7)));
        ledger.credit(POOL, noon(20), 30, Some(march(21)));
        assert_eq!(run(&ledger, noon(20).plus_millis(1)), [(Job::Holds, 0)]);
        // Handed on a day late, when the lots had ended on that day already.
        let list = vec![(account(2), Points(30))];
        ledger.act(POOL, noon(20), Act::HandOn { list });
        assert_eq!(run(&ledger, noon(21)), wrote(0, 2));
        let last = ledger.entries(account(1)).pop().unwrap();
        assert_eq!((last.day, last.redeemable), (march(7), Points(-11)));
        assert_eq!(last.article.as_deref(), Some("第九条"));
    }
}

#[test]
fn what_comes_back_after_its_day_is_not_missed() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        ledger.credit(1, noon(1), 10, Some(march(5)));
        ledger.credit(2, noon(1), 10, Some(march(5)));
        let back = hold(&ledger, 1, noon(1), 4, None);
        let forfeit = ledger.act(2, noon(1), Act::Forfeit { article: "S11".to_owned() });
        assert_eq!(run(&ledger, noon(6)), wrote(0, 1));
        // Two servers' clocks differ: one gives back what the other has seen expire.
        ledger.act(1, noon(4), Act::Release { hold: back });
        ledger.act(2, noon(4), Act::Restore { forfeit });
        let open = |name| ledger.entries(account(name)).pop().unwrap().redeemable;
        assert_eq!((open(1), open(2)), (Points(4), Points(10)));
        assert_eq!(run(&ledger, noon(7)), wrote(0, 2));
        assert_eq!((open(1), open(2)), (Points(-4), Points(-10)));
        assert_eq!(codes(&ledger.verify(&[])), Vec::<&str>::new());
    }
}

#[test]
fn the_year_ends_with_one_entry_for_each_account_and_its_article_t17() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        let new_year = Day::new(2027, 1, 1).unwrap();
        for (name, points) in [(1, 10), (1, 20), (2, 5)] {
            ledger.credit(name, noon(2), points, Some(new_year));
        }
        ledger.credit(2, noon(2), 100, None);
        let at = |day| Moment::start_of(day).plus_millis(60_000);
        let end = |now| run_jobs(&ledger.store, now, &terms(true), None).unwrap();
        let entries = |runs: Vec<JobRun>| runs.iter().map(|run| run.entries).sum::<u64>();
        assert_eq!(entries(end(at(new_year.previous()))), 0);
        assert_eq!(entries(end(at(new_year))), 2);
        for (name, points) in [(1, -30), (2, -5)] {
            let last = ledger.entries(account(name)).pop().unwrap();
            assert_eq!((last.kind, last.day), (EntryKind::Clear, new_year));
            assert_eq!((last.redeemable, last.total), (Points(points), Points::ZERO));
            assert_eq!(last.article.as_deref(), Some("第二十条"));
        }
    }
}

#[test]
fn holds_come_back_at_their_time_and_no_earlier() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        ledger.credit(1, noon(1), 10, None);
        let until = noon(2);
        let due = hold(&ledger, 1, noon(1), 3, Some(until));
        let spent = hold(&ledger, 1, noon(1), 2, Some(until));
        ledger.act(1, noon(1), Act::Capture { hold: spent });
        hold(&ledger, 1, noon(1), 1, None);
        assert_eq!(run(&ledger, until.plus_millis(-1)), wrote(0, 0));
        assert_eq!(run(&ledger, until), [(Job::Holds, 1)]);
        let last = ledger.entries(account(1)).pop().unwrap();
        assert_eq!((last.kind, last.refers), (EntryKind::Release, Some(due)));
        assert_eq!((last.day, last.redeemable), (march(2), Points(3)));
        // One that was already over when it came, before the last run even.
        hold(&ledger, 1, until.plus_millis(1), 4, Some(until.plus_millis(-1000)));
        assert_eq!(run(&ledger, until.plus_millis(2)), [(Job::Holds, 1)]);
        hold(&ledger, 1, until.plus_millis(3), 4, Some(noon(1)));
        assert_eq!(run(&ledger, until.plus_millis(4)), [(Job::Holds, 0)]);
        assert_eq!(run(&ledger, noon(3)), wrote(0, 1));
    }
}

#[test]
fn a_run_that_is_killed_anywhere_is_finished_by_the_next() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        lots(&ledger);
        // What a killed run leaves: some of the entries, and no mark.
        let expire = |name, day| {
            let act = Act::Expire { year_end: false, article: "第九条".to_owned() };
            let answer = Answer::default();
            let command = Command { key: None, account: account(name), day, act, answer };
            ledger.store.execute(command, noon(8)).wait().unwrap().unwrap();
        };
        let all = {
            let [whole, _] = both(&folder);
            let whole = Ledger::open(&whole);
            lots(&whole);
            assert_eq!(run(&whole, noon(2)), wrote(1, 0));
            assert_eq!(run(&whole, noon(8)), wrote(0, 4));
            timeless(&whole)
        };
        assert_eq!(run(&ledger, noon(2)), wrote(1, 0));
        expire(1, march(3));
        expire(2, march(4));
        assert_eq!(run(&ledger, noon(8)), wrote(0, 2));
        assert_eq!(timeless(&ledger), all);
        // Everything done but the mark.
        ledger.sql("DELETE FROM jobs", &[]);
        assert_eq!(run(&ledger, noon(8)), wrote(0, 0));
        assert_eq!(timeless(&ledger), all);
    }
}

#[test]
fn one_checkpoint_is_made_on_each_day_of_the_calendar() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        ledger.credit(1, noon(1), 10, Some(march(2)));
        let made = |now| {
            let runs = run_jobs(&ledger.store, now, &terms(false), Some(key())).unwrap();
            runs.into_iter().find_map(|run| run.checkpoint)
        };
        let midnight = Moment::start_of(march(3));
        assert!(made(noon(2)).is_some());
        assert!(made(midnight.plus_millis(-1)).is_none());
        let signed = made(midnight).unwrap();
        assert_eq!(signed.checkpoint.number, 2);
        assert!(made(noon(3)).is_none() && made(noon(1)).is_none());
        assert_eq!(ledger.outside().last(), Some(&signed));
        assert_eq!(codes(&ledger.verify(&ledger.outside())), Vec::<&str>::new());
        // The points that expired are under the checkpoint of the same run.
        assert!(ledger.entries(account(1)).iter().all(|entry| entry.epoch == 0));
    }
}

#[test]
fn schemes_without_terms_wait_and_a_spoilt_account_stops_nobody() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        lots(&ledger);
        let nothing = run_jobs(&ledger.store, noon(2), &HashMap::new(), None).unwrap();
        assert_eq!(nothing.len(), 1);
        let spoil = "UPDATE accounts SET lots = $1 WHERE id = $2";
        let spoilt = account(1);
        let bytes = [Value::Bytes(b"x"), Value::from(spoilt.bytes())];
        ledger.sql(spoil, &bytes);
        let runs = run_jobs(&ledger.store, noon(8), &terms(false), None).unwrap();
        let expiry = runs.iter().find(|run| run.job == Job::Expiry).unwrap();
        assert_eq!((expiry.entries, expiry.failed.len()), (2, 1));
        assert_eq!(expiry.failed[0].account, account(1));
        let mark = marks::read(&mut ledger.connection(), &marks::expiry(SCHEME));
        assert_eq!(mark, Ok(Some(20_260_308)));
    }
}

/// Somebody with sealed names, and their erasure.
fn erase(ledger: &Ledger, name: u8, now: Moment) {
    let person = SealedPerson {
        id: holder(name),
        master: 1,
        wrapped_key: vec![name; 24],
        name: None,
        document: None,
        phone: None,
        changed_at: now,
    };
    ledger.store.put_person(person, vec![]).wait().unwrap();
    let entered = Entered { now, reason: None };
    assert!(ledger.store.erase_person(holder(name), entered).wait().unwrap());
}

/// Whether a run wrote the file anew.
fn is_anew(ledger: &Ledger, now: Moment) -> bool {
    run(ledger, now).iter().any(|(job, _)| *job == Job::Anew)
}

fn unused_pages(ledger: &Ledger) -> i64 {
    let mut pages = 0;
    let count = |row: crate::sql::Row<'_>| {
        pages = row.int(0)?;
        Ok(())
    };
    ledger.connection().query("PRAGMA freelist_count", &[], count).unwrap();
    pages
}

#[test]
fn the_day_after_an_erasure_the_file_is_written_anew_once() {
    let folder = Folder::new();
    let [file, url] = both(&folder);
    let ledger = Ledger::open(&file);
    ledger.sql("CREATE TABLE waste (content BLOB)", &[]);
    ledger.sql("INSERT INTO waste VALUES (zeroblob(100000))", &[]);
    ledger.sql("DELETE FROM waste", &[]);
    assert!(!is_anew(&ledger, noon(1)), "nobody was erased");
    erase(&ledger, 7, noon(1));
    assert!(!is_anew(&ledger, noon(1).plus_millis(1)), "not by day");
    assert!(unused_pages(&ledger) > 20);
    assert!(is_anew(&ledger, Moment::start_of(march(2))));
    assert_eq!(unused_pages(&ledger), 0);
    assert!(!is_anew(&ledger, noon(2)) && !is_anew(&ledger, noon(3)), "once");
    erase(&ledger, 8, noon(3));
    erase(&ledger, 8, noon(3));
    assert!(is_anew(&ledger, noon(5)));
    // Somebody was erased while the file was being written: that is not forgotten.
    erase(&ledger, 7, noon(5));
    erase(&ledger, 8, noon(5));
    anew::forget(&ledger.store, 1).unwrap();
    assert!(is_anew(&ledger, noon(6)) && !is_anew(&ledger, noon(7)));
    let ledger = Ledger::open(&url);
    erase(&ledger, 7, noon(1));
    assert!(!is_anew(&ledger, noon(2)), "that is the server's own affair");
}

#[test]
fn whoever_reads_for_long_puts_off_writing_anew() {
    let folder = Folder::new();
    let [file, _] = both(&folder);
    let ledger = Ledger::open(&file);
    erase(&ledger, 7, noon(1));
    let mut backup = ledger.connection();
    backup.begin_read().unwrap();
    erase(&ledger, 8, noon(1));
    assert!(!is_anew(&ledger, noon(2)));
    backup.rollback();
    assert!(is_anew(&ledger, noon(2).plus_millis(1)), "on the same day");
}
