//! Migrations on both databases.

use std::thread;

use super::{Migration, MigrationError, apply};
use crate::{
    Store,
    schema::{ALL, ENTRIES, LEDGER, MIGRATIONS},
    sql::{
        self, Connection, Mode, Row, Table, Value,
        tests::place::{Place, on_both},
    },
    verify::{
        sample::{Folder, Ledger, account, both, march, noon, proven},
        tests::all_rows,
    },
};

const FIRST: Migration = Migration {
    number: 1,
    name: "first",
    text: "CREATE TABLE one (id BLOB NOT NULL PRIMARY KEY, name TEXT) WITHOUT ROWID;
        INSERT INTO one (id, name) VALUES ('x', '积分');",
};

const SECOND: Migration =
    Migration { number: 2, name: "second", text: "CREATE TABLE two (id BIGINT PRIMARY KEY);" };

const BROKEN: Migration = Migration {
    number: 3,
    name: "broken",
    text: "CREATE TABLE three (id BIGINT PRIMARY KEY); CREATE TABLE two (id BIGINT PRIMARY KEY);",
};

fn applied(connection: &mut Connection) -> Vec<(i64, String, i64)> {
    let mut rows = Vec::new();
    let take = |row: Row<'_>| {
        rows.push((row.int(0)?, row.text(1)?.to_owned(), row.int(2)?));
        Ok(())
    };
    let sql = "SELECT number, name, applied_at FROM migrations ORDER BY number";
    connection.query(sql, &[], take).unwrap();
    rows
}

on_both! {
    fn each_migration_is_applied_once(place: &Place) {
        let mut connection = place.connect();
        assert_eq!(apply(&mut connection, &[], 5), Ok(vec![]));
        assert_eq!(apply(&mut connection, &[FIRST], 10), Ok(vec![1]));
        assert_eq!(apply(&mut connection, &[FIRST], 11), Ok(vec![]));
        assert_eq!(apply(&mut connection, &[FIRST, SECOND], 20), Ok(vec![2]));
        assert_eq!(apply(&mut place.connect(), &[FIRST, SECOND], 21), Ok(vec![]));
        let rows = [(1, "first".to_owned(), 10), (2, "second".to_owned(), 20)];
        assert_eq!(applied(&mut connection), rows);
    }

    fn a_changed_text_is_refused(place: &Place) {
        let mut connection = place.connect();
        apply(&mut connection, &[FIRST, SECOND], 10).unwrap();
        let changed = Migration { text: "CREATE TABLE other (id BIGINT);", ..FIRST };
        let result = apply(&mut connection, &[changed, SECOND, BROKEN], 20);
        assert_eq!(result, Err(MigrationError::Changed { number: 1 }));
        assert_eq!(applied(&mut connection).len(), 2);
    }

    fn a_newer_database_is_refused(place: &Place) {
        let mut connection = place.connect();
        apply(&mut connection, &[FIRST, SECOND], 10).unwrap();
        let result = apply(&mut connection, &[FIRST], 20);
        assert_eq!(result, Err(MigrationError::Newer { number: 2 }));
        let later = Migration { number: 3, ..SECOND };
        let result = apply(&mut connection, &[FIRST, later], 20);
        assert_eq!(result, Err(MigrationError::Newer { number: 2 }));
    }

    fn a_migration_that_was_left_out_is_refused(place: &Place) {
        let mut connection = place.connect();
        apply(&mut connection, &[SECOND], 10).unwrap();
        let result = apply(&mut connection, &[FIRST, SECOND], 20);
        assert_eq!(result, Err(MigrationError::Missing { number: 1 }));
    }

    fn a_failing_migration_leaves_nothing_and_those_before_it_stay(place: &Place) {
        let mut connection = place.connect();
        let result = apply(&mut connection, &[FIRST, SECOND, BROKEN], 10);
        assert!(matches!(result, Err(MigrationError::Sql(_))), "{result:?}");
        assert_eq!(applied(&mut connection).len(), 2);
        assert!(connection.query("SELECT id FROM three", &[], |_| Ok(())).is_err());
        let mended = Migration { text: "CREATE TABLE three (id BIGINT PRIMARY KEY);", ..BROKEN };
        assert_eq!(apply(&mut connection, &[FIRST, SECOND, mended], 10), Ok(vec![3]));
    }

    fn programs_that_start_together_take_turns(place: &Place) {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let mut connection = place.connect();
                thread::spawn(move || apply(&mut connection, &[FIRST, SECOND], 10).unwrap())
            })
            .collect();
        let mut all: Vec<i64> = threads.into_iter().flat_map(|it| it.join().unwrap()).collect();
        all.sort_unstable();
        assert_eq!(all, [1, 2]);
    }
}

/// A ledger as the tables before `0003` held it comes out the same, proves itself, and goes on.
#[test]
fn entries_keep_their_content_and_their_accounts_when_they_are_put_in_order() {
    let folder = Folder::new();
    for (location, old) in both(&folder).iter().zip(both(&folder)) {
        let ledger = Ledger::sample(location);
        let mut connection = sql::open(&old, Mode::Create).unwrap();
        apply(&mut connection, &MIGRATIONS[..2], 1).unwrap();
        connection.begin().unwrap();
        connection.delete(&LEDGER, &[Value::Int(1)]).unwrap();
        for table in ALL {
            let plain = Table { ends: None, ..table };
            connection.insert(&plain, &all_rows(location, &table).values()).unwrap();
        }
        connection.commit().unwrap();
        drop(connection);

        let rest: Vec<i64> = MIGRATIONS[2..].iter().map(|migration| migration.number).collect();
        assert_eq!(Store::migrate(&old, noon(6)).unwrap(), rest);
        for table in ALL {
            assert_eq!(all_rows(&old, &table), all_rows(location, &table), "{}", table.name);
        }
        let moved = Ledger::reopen(&old, u8::MAX);
        let report = moved.verify(&ledger.outside());
        assert!(report.is_sound() && report.entries == 26, "{report}");
        assert_eq!(moved.entries(account(1)), ledger.entries(account(1)));
        moved.credit(1, noon(6), 1, Some(march(9)));
        moved.credit(4, noon(6), 1, None);
        let report = proven(&old, &ledger.outside());
        assert!(report.is_sound() && report.entries == 28, "{report}");
        assert_eq!(moved.entries(account(1)).len(), ledger.entries(account(1)).len() + 1);
        assert_eq!(all_rows(&old, &ENTRIES).rows(), 28);
    }
}
