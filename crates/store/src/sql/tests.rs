//! What both databases must do alike.

pub(crate) mod place;

use std::{
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use super::*;
use place::{Place, on_both};

const DDL: &str = "
    CREATE TABLE things (
        a BIGINT NOT NULL,
        b TEXT NOT NULL,
        number BIGINT,
        text TEXT,
        bytes BLOB,
        PRIMARY KEY (a, b)
    ) WITHOUT ROWID;
    --postgres ALTER TABLE things SET (fillfactor = 80);
    CREATE TABLE singles (id BLOB NOT NULL PRIMARY KEY, number BIGINT NOT NULL);
    CREATE TABLE marks (a BIGINT NOT NULL, b BIGINT NOT NULL, PRIMARY KEY (a, b));
";

const THINGS: Table = Table {
    name: "things",
    key: 2,
    columns: &[
        Column::int("a"),
        Column::text("b"),
        Column::int("number"),
        Column::text("text"),
        Column::bytes("bytes"),
    ],
    ends: None,
};

const SINGLES: Table = Table {
    name: "singles",
    key: 1,
    columns: &[Column::bytes("id"), Column::int("number")],
    ends: None,
};

const MARKS: Table =
    Table { name: "marks", key: 2, columns: &[Column::int("a"), Column::int("b")], ends: None };

type Thing = (i64, String, Option<i64>, Option<String>, Option<Vec<u8>>);

fn tables(place: &Place) -> Connection {
    let mut connection = place.connect();
    connection.define(DDL).unwrap();
    connection
}

fn thing(row: Row<'_>) -> Result<Thing, SqlError> {
    Ok((
        row.int(0)?,
        row.text(1)?.to_owned(),
        row.opt_int(2)?,
        row.opt_text(3)?.map(str::to_owned),
        row.opt_bytes(4)?.map(<[u8]>::to_vec),
    ))
}

fn values(things: &[Thing]) -> Vec<Value<'_>> {
    let mut values = Vec::new();
    for (a, b, number, text, bytes) in things {
        values.extend([Value::Int(*a), b.as_str().into(), (*number).into()]);
        values.extend([Value::from(text.as_deref()), bytes.as_deref().into()]);
    }
    values
}

fn made(a: i64, b: &str, number: i64) -> Thing {
    (a, b.to_owned(), Some(number), None, None)
}

fn all_things(connection: &mut Connection) -> Vec<Thing> {
    let mut things = Vec::new();
    let sql = "SELECT a, b, number, text, bytes FROM things ORDER BY a, b";
    let take = |row: Row<'_>| {
        things.push(thing(row)?);
        Ok(())
    };
    connection.query(sql, &[], take).unwrap();
    things
}

fn fetched(connection: &mut Connection, prefix: usize, keys: &[Value<'_>]) -> Vec<Thing> {
    let mut things = Vec::new();
    let take = |row: Row<'_>| {
        things.push(thing(row)?);
        Ok(())
    };
    connection.fetch(&THINGS, prefix, keys, Lock::None, take).unwrap();
    things
}

fn number(connection: &mut Connection, sql: &str) -> i64 {
    let mut found = None;
    let take = |row: Row<'_>| {
        found = Some(row.int(0)?);
        Ok(())
    };
    connection.query(sql, &[], take).unwrap();
    found.unwrap()
}

fn class<T>(result: Result<T, SqlError>) -> Option<Class> {
    result.err().map(|error| error.class())
}

/// Enough numbers for many chunks and many pieces.
fn numbered(count: i64) -> Vec<[u8; 8]> {
    (0..count).map(i64::to_be_bytes).collect()
}

fn singles(ids: &[[u8; 8]]) -> Vec<Value<'_>> {
    ids.iter().flat_map(|id| [Value::from(id), i64::from_be_bytes(*id).into()]).collect()
}

on_both! {
    fn what_is_inserted_is_read_back_exactly(place: &Place) {
        let mut connection = tables(place);
        let rows = [
            (i64::MIN, String::new(), Some(i64::MAX), Some(String::new()), Some(Vec::new())),
            (-1, "\u{1}\n'\"\\".to_owned(), None, None, None),
            (0, "积分".to_owned(), Some(i64::MIN), Some("健康😀".to_owned()), Some(vec![0, 255])),
            (i64::MAX, "a".to_owned(), Some(0), None, Some(vec![7; 100_000])),
        ];
        connection.begin().unwrap();
        connection.insert(&THINGS, &values(&rows[..2])).unwrap();
        connection.load(&THINGS, &values(&rows[2..])).unwrap();
        connection.insert(&THINGS, &[]).unwrap();
        connection.load(&THINGS, &[]).unwrap();
        assert_eq!(all_things(&mut connection), rows);
        connection.commit().unwrap();
        assert_eq!(all_things(&mut place.connect()), rows);
    }

    fn an_upsert_inserts_and_replaces(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        let first = (1, "x".to_owned(), Some(1), Some("old".to_owned()), Some(vec![1]));
        connection.insert(&THINGS, &values(&[first])).unwrap();
        connection.upsert(&THINGS, &values(&[made(1, "x", 2), made(1, "y", 3)])).unwrap();
        connection.upsert(&MARKS, &[1.into(), 1.into(), 1.into(), 2.into()]).unwrap();
        connection.upsert(&MARKS, &[1.into(), 2.into(), 1.into(), 3.into()]).unwrap();
        connection.commit().unwrap();
        assert_eq!(all_things(&mut connection), [made(1, "x", 2), made(1, "y", 3)]);
        assert_eq!(number(&mut connection, "SELECT COUNT(*) FROM marks"), 3);
    }

    fn an_update_replaces_only_the_given_rows(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        let rows = [made(1, "x", 1), made(1, "y", 2), made(2, "x", 3)];
        connection.insert(&THINGS, &values(&rows)).unwrap();
        let new = (1, "y".to_owned(), None, Some("new".to_owned()), Some(vec![]));
        connection.update(&THINGS, &values(&[new.clone(), made(2, "x", 4)])).unwrap();
        connection.commit().unwrap();
        assert_eq!(all_things(&mut connection), [made(1, "x", 1), new, made(2, "x", 4)]);
    }

    fn an_update_of_a_missing_row_commits_nothing(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        connection.insert(&THINGS, &values(&[made(1, "x", 1)])).unwrap();
        let result = connection
            .update(&THINGS, &values(&[made(1, "x", 2), made(1, "y", 2)]))
            .and_then(|()| connection.commit());
        assert_eq!(class(result), Some(Class::Shape));
        connection.rollback();
        assert_eq!(all_things(&mut connection), []);
    }

    fn a_delete_removes_only_the_given_rows(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        let rows = [made(1, "x", 1), made(1, "y", 2), made(2, "x", 3)];
        connection.insert(&THINGS, &values(&rows)).unwrap();
        let keys = [1.into(), "x".into(), 2.into(), "x".into(), 3.into(), "x".into()];
        connection.delete(&THINGS, &keys).unwrap();
        connection.insert(&SINGLES, &singles(&numbered(3))).unwrap();
        connection.delete(&SINGLES, &[(&1i64.to_be_bytes()).into()]).unwrap();
        connection.commit().unwrap();
        assert_eq!(all_things(&mut connection), [made(1, "y", 2)]);
        assert_eq!(number(&mut connection, "SELECT CAST(SUM(number) AS BIGINT) FROM singles"), 2);
    }

    fn a_key_that_is_there_is_a_conflict_and_leaves_nothing(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        connection.insert(&THINGS, &values(&[made(1, "x", 1)])).unwrap();
        connection.commit().unwrap();
        for load in [false, true] {
            connection.begin().unwrap();
            connection.insert(&THINGS, &values(&[made(2, "x", 1)])).unwrap();
            let rows = [made(3, "x", 1), made(1, "x", 9)];
            let result = if load {
                connection.load(&THINGS, &values(&rows))
            } else {
                connection.insert(&THINGS, &values(&rows))
            };
            let result = result.and_then(|()| connection.commit());
            assert_eq!(class(result), Some(Class::Conflict));
            connection.rollback();
            assert_eq!(all_things(&mut connection), [made(1, "x", 1)]);
        }
    }

    fn an_error_comes_back_until_the_transaction_is_over(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        let twice = [made(1, "x", 1), made(1, "x", 1)];
        // On PostgreSQL it is the reading that tells.
        let result = connection
            .insert(&THINGS, &values(&twice))
            .and_then(|()| connection.query("SELECT 1", &[], |_| Ok(())));
        assert_eq!(class(result), Some(Class::Conflict));
        assert_eq!(class(connection.insert(&THINGS, &[])), Some(Class::Conflict));
        let reading = connection.query("SELECT 1", &[], |_| Ok(()));
        assert_eq!(class(reading), Some(Class::Conflict));
        assert_eq!(class(connection.begin()), Some(Class::Other));
        assert_eq!(class(connection.commit()), Some(Class::Conflict));
        assert_eq!(class(connection.commit()), Some(Class::Other));
        connection.begin().unwrap();
        connection.insert(&THINGS, &values(&twice[..1])).unwrap();
        connection.commit().unwrap();
        assert_eq!(all_things(&mut connection), twice[..1]);
    }

    fn an_error_after_many_writes_commits_nothing(place: &Place) {
        let mut connection = tables(place);
        let ids = numbered(25_000);
        connection.begin().unwrap();
        let result = connection
            .insert(&SINGLES, &singles(&ids[1..]))
            .and_then(|()| connection.insert(&SINGLES, &singles(&ids)))
            .and_then(|()| connection.insert(&THINGS, &values(&[made(1, "x", 1)])))
            .and_then(|()| connection.commit());
        assert_eq!(class(result), Some(Class::Conflict));
        connection.rollback();
        assert_eq!(number(&mut connection, "SELECT COUNT(*) FROM singles"), 0);
        assert_eq!(all_things(&mut connection), []);
    }

    fn an_error_of_the_reader_ends_reading_and_undoes_the_transaction(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        connection.insert(&SINGLES, &singles(&numbered(20_000))).unwrap();
        let mut seen = 0;
        let stop = |_: Row<'_>| {
            seen += 1;
            if seen == 3 { Err(SqlError::shape("enough")) } else { Ok(()) }
        };
        let result = connection.query("SELECT id FROM singles", &[], stop);
        assert_eq!(result, Err(SqlError::shape("enough")));
        assert_eq!(seen, 3);
        assert_eq!(connection.commit(), Err(SqlError::shape("enough")));
        assert_eq!(number(&mut connection, "SELECT COUNT(*) FROM singles"), 0);
    }

    fn a_rollback_undoes_everything(place: &Place) {
        let mut connection = tables(place);
        connection.rollback();
        connection.begin().unwrap();
        connection.insert(&THINGS, &values(&[made(1, "x", 1)])).unwrap();
        connection.execute("INSERT INTO marks (a, b) VALUES (1, 2)", &[]).unwrap();
        connection.rollback();
        assert_eq!(all_things(&mut connection), []);
        assert_eq!(number(&mut connection, "SELECT COUNT(*) FROM marks"), 0);
    }

    fn a_fetch_finds_rows_by_the_first_columns_of_the_key(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        let mut rows = vec![made(1, "b", 1), made(1, "B", 2), made(1, "中", 3), made(1, "é", 4)];
        rows.extend([made(2, "a", 5), made(3, "a", 6)]);
        connection.insert(&THINGS, &values(&rows)).unwrap();
        rows.sort();
        assert_eq!(fetched(&mut connection, 1, &[1.into()]), rows[..4]);
        let mut found = fetched(&mut connection, 1, &[3.into(), 9.into(), 1.into()]);
        found.sort();
        assert_eq!(found, [&rows[..4], &rows[5..]].concat());
        let keys = [3.into(), "a".into(), 1.into(), "B".into(), 2.into(), "b".into()];
        let mut found = fetched(&mut connection, 2, &keys);
        found.sort();
        assert_eq!(found, [made(1, "B", 2), made(3, "a", 6)]);
        assert_eq!(fetched(&mut connection, 2, &[]), []);
        connection.commit().unwrap();
        assert_eq!(fetched(&mut connection, 1, &[2.into()]), [made(2, "a", 5)]);
        for prefix in [0, 3] {
            let result = connection.fetch(&THINGS, prefix, &[], Lock::None, |_| Ok(()));
            assert_eq!(class(result), Some(Class::Other));
        }
    }

    fn several_readings_come_one_after_the_other(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        let rows = [made(1, "b", 1), made(1, "a", 2), made(2, "c", 3)];
        connection.insert(&THINGS, &values(&rows)).unwrap();
        connection.insert(&MARKS, &[7.into(), 8.into(), 7.into(), 9.into()]).unwrap();
        let of = |table, prefix, keys| Fetch { table, prefix, keys };
        let (one, pair, seven) = ([1.into()], [2.into(), "c".into()], [7.into(), 6.into()]);
        let readings = [
            of(&THINGS, 1, &one[..]),
            of(&THINGS, 2, &[]),
            of(&MARKS, 1, &seven),
            of(&THINGS, 2, &pair),
        ];
        let mut found = Vec::new();
        let each = |place, row: Row<'_>| {
            let second = row.text(1).map(ToOwned::to_owned).or_else(|_| {
                row.int(1).map(|number| number.to_string())
            });
            found.push((place, second?));
            Ok(())
        };
        connection.fetch_all(&readings, each).unwrap();
        connection.commit().unwrap();
        let expected = [(0, "a"), (0, "b"), (2, "8"), (2, "9"), (3, "c")];
        assert_eq!(found, expected.map(|(place, text)| (place, text.to_owned())));
        let result = connection.fetch_all(&[of(&THINGS, 3, &[])], |_, _| Ok(()));
        assert_eq!(class(result), Some(Class::Other));
    }

    fn a_reading_of_very_many_rows_does_not_hold_up_the_next(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        let rows: Vec<Value<'_>> = (0..50_000).flat_map(|b| [1.into(), b.into()]).collect();
        connection.load(&MARKS, &rows).unwrap();
        let one = [1.into()];
        let readings = [Fetch { table: &MARKS, prefix: 1, keys: &one }; 3];
        let mut found = [0; 3];
        let count = |place: usize, _: Row<'_>| {
            found[place] += 1;
            Ok(())
        };
        connection.fetch_all(&readings, count).unwrap();
        assert_eq!(found, [50_000; 3]);
    }

    fn many_rows_are_inserted_as_a_whole_or_not_at_all(place: &Place) {
        let mut connection = tables(place);
        let ids = numbered(1000);
        connection.begin().unwrap();
        connection.insert(&SINGLES, &singles(&ids[..500])).unwrap();
        connection.commit().unwrap();
        connection.begin().unwrap();
        let inserted = connection.insert(&SINGLES, &singles(&ids[400..]));
        let result = inserted.and_then(|()| connection.commit());
        assert_eq!(class(result), Some(Class::Conflict));
        connection.rollback();
        assert_eq!(number(&mut connection, "SELECT COUNT(*) FROM singles"), 500);
    }

    fn texts_are_ordered_by_their_bytes(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        let mut texts = ["b", "B", "a b", "ab", "_", "é", "z", "中", "", "😀", "～"];
        let rows = texts.map(|text| made(1, text, 1));
        connection.insert(&THINGS, &values(&rows)).unwrap();
        connection.commit().unwrap();
        texts.sort_unstable();
        let things = all_things(&mut connection);
        assert!(things.iter().map(|(_, b, ..)| b.as_str()).eq(texts));
    }

    fn statements_take_parameters_of_every_type(place: &Place) {
        let mut connection = tables(place);
        let insert = "INSERT INTO things (b, a, number, text, bytes) VALUES ($2, $1, $3, $4, $5)";
        let row = [5.into(), "积".into(), Value::Null, "t".into(), (&[1u8]).into()];
        assert_eq!(connection.execute(insert, &row), Ok(1));
        let row = [6.into(), "y".into(), 8.into(), Value::Null, Value::Null];
        assert_eq!(connection.execute(insert, &row), Ok(1));
        assert_eq!(connection.execute(insert, &[7.into(), "y".into(), 8.into(), "".into(), Value::Null]), Ok(1));
        let update = "UPDATE things SET number = $1 WHERE a >= $2 AND a + 0 <> $1";
        assert_eq!(connection.execute(update, &[6.into(), 5.into()]), Ok(2));
        let mut found = Vec::new();
        let sql = "SELECT a FROM things WHERE b = $2 AND a < $1 LIMIT $3";
        let take = |row: Row<'_>| {
            found.push(row.int(0)?);
            Ok(())
        };
        connection.query(sql, &[7.into(), "y".into(), 5.into()], take).unwrap();
        assert_eq!(found, [6]);
        let few = connection.execute("DELETE FROM things WHERE a = $1", &[]);
        assert_eq!(class(few), Some(Class::Other));
    }

    fn a_value_of_another_type_is_an_error_that_says_where(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        connection.insert(&THINGS, &values(&[made(1, "x", 1)])).unwrap();
        connection.commit().unwrap();
        let mut seen = Vec::new();
        let look = |row: Row<'_>| {
            seen.push(row.int(1).map(|_| ()));
            seen.push(row.text(3).map(|_| ()));
            seen.push(row.bytes(0).map(|_| ()));
            seen.push(row.int(5).map(|_| ()));
            seen.push(row.array::<16>(4).map(|_| ()));
            Ok(())
        };
        connection.fetch(&THINGS, 1, &[1.into()], Lock::None, look).unwrap();
        assert_eq!(seen.len(), 5);
        for result in seen {
            let error = result.unwrap_err();
            assert_eq!(error.class(), Class::Shape);
            assert!(error.to_string().contains("of `things`"), "{error}");
        }
        connection.begin().unwrap();
        let wrong = connection.insert(&SINGLES, &["x".into(), 1.into()]);
        let wanted = "the database refuses: `singles.id` cannot hold a text";
        assert_eq!(wrong.unwrap_err().to_string(), wanted);
        connection.rollback();
        connection.begin().unwrap();
        assert_eq!(class(connection.insert(&SINGLES, &[1.into()])), Some(Class::Other));
        connection.rollback();
        assert_eq!(class(connection.insert(&SINGLES, &[])), Some(Class::Other));
        assert_eq!(class(connection.execute("SELEKT", &[])), Some(Class::Other));
    }

    fn a_hundred_thousand_rows_are_loaded_and_handed_on_one_by_one(place: &Place) {
        let mut connection = tables(place);
        let ids = numbered(100_000);
        connection.begin().unwrap();
        connection.load(&SINGLES, &singles(&ids[..60_000])).unwrap();
        connection.insert(&SINGLES, &singles(&ids[60_000..])).unwrap();
        connection.commit().unwrap();
        connection.begin_read().unwrap();
        let (mut count, mut sum) = (0, 0);
        let take = |row: Row<'_>| {
            assert_eq!(row.array::<8>(0)?, i64::to_be_bytes(count));
            count += 1;
            sum += row.int(1)?;
            Ok(())
        };
        connection.query("SELECT id, number FROM singles ORDER BY id", &[], take).unwrap();
        connection.commit().unwrap();
        assert_eq!((count, sum), (100_000, 99_999 * 50_000));
        let keys: Vec<Value<'_>> = ids.iter().step_by(7).map(Value::from).collect();
        let mut found = 0;
        connection.begin().unwrap();
        let take = |_: Row<'_>| {
            found += 1;
            Ok(())
        };
        connection.fetch(&SINGLES, 1, &keys, Lock::Rows, take).unwrap();
        connection.commit().unwrap();
        assert_eq!(found, keys.len());
    }

    fn a_second_writer_of_the_same_rows_waits(place: &Place) {
        let mut first = tables(place);
        let row = |number| values_of(number);
        first.begin().unwrap();
        first.insert(&SINGLES, &row(1)).unwrap();
        first.commit().unwrap();
        first.begin().unwrap();
        let key = [Value::Bytes(b"k")];
        first.fetch(&SINGLES, 1, &key, Lock::Rows, |_| Ok(())).unwrap();
        let mut second = place.connect();
        let (tell, told) = channel();
        let other = thread::spawn(move || {
            second.begin().unwrap();
            let take = |row: Row<'_>| {
                tell.send(row.int(1)?).unwrap();
                Ok(())
            };
            second.fetch(&SINGLES, 1, &[Value::Bytes(b"k")], Lock::Rows, take).unwrap();
            second.update(&SINGLES, &values_of(3)).unwrap();
            second.commit().unwrap();
        });
        let early = told.recv_timeout(Duration::from_millis(300));
        assert_eq!(early, Err(RecvTimeoutError::Timeout));
        first.update(&SINGLES, &row(2)).unwrap();
        first.commit().unwrap();
        assert_eq!(told.recv_timeout(Duration::from_secs(9)), Ok(2));
        other.join().unwrap();
        assert_eq!(number(&mut first, "SELECT number FROM singles"), 3);
    }

    fn a_snapshot_does_not_see_what_is_written_meanwhile(place: &Place) {
        let mut writer = tables(place);
        let mut reader = place.connect();
        reader.begin_read().unwrap();
        writer.begin().unwrap();
        writer.insert(&THINGS, &values(&[made(1, "x", 1)])).unwrap();
        writer.commit().unwrap();
        assert_eq!(all_things(&mut reader), []);
        assert_eq!(class(reader.insert(&MARKS, &[1.into(), 1.into()])), Some(Class::Other));
        reader.rollback();
        assert_eq!(all_things(&mut reader), [made(1, "x", 1)]);
        reader.begin_read().unwrap();
        let lock = reader.fetch(&THINGS, 1, &[1.into()], Lock::Rows, |_| Ok(()));
        assert_eq!(class(lock), Some(Class::Other));
        assert_eq!(class(reader.commit()), Some(Class::Other));
    }

    fn what_is_opened_for_reading_is_not_written(place: &Place) {
        drop(tables(place));
        let mut connection = open(&place.location, Mode::ReadOnly).unwrap();
        assert_eq!(all_things(&mut connection), []);
        assert!(connection.execute("INSERT INTO marks (a, b) VALUES (1, 1)", &[]).is_err());
    }

    fn a_dropped_connection_leaves_nothing_of_its_transaction(place: &Place) {
        let mut connection = tables(place);
        connection.begin().unwrap();
        connection.insert(&THINGS, &values(&[made(1, "x", 1)])).unwrap();
        drop(connection);
        let mut connection = place.connect();
        connection.begin().unwrap();
        assert_eq!(all_things(&mut connection), []);
        connection.insert(&THINGS, &values(&[made(1, "x", 1)])).unwrap();
        connection.commit().unwrap();
    }
}

fn values_of(number: i64) -> [Value<'static>; 2] {
    [Value::Bytes(b"k"), Value::Int(number)]
}

#[test]
fn a_missing_file_is_not_made_unless_asked_for() {
    let place = Place::sqlite();
    for mode in [Mode::Existing, Mode::ReadOnly] {
        let error = open(&place.location, mode).err().unwrap();
        assert_eq!(error.class(), Class::Unavailable);
        assert!(error.to_string().contains(&place.location.to_string()), "{error}");
    }
}

#[test]
fn a_file_that_is_no_database_is_told_apart() {
    let place = Place::sqlite();
    let Location::File(path) = &place.location else { panic!("a file") };
    std::fs::write(path, "姓名,积分\n".repeat(1000)).unwrap();
    assert_eq!(open(&place.location, Mode::Create).err().unwrap().class(), Class::Shape);
}

#[test]
fn a_full_sqlite_database_is_told_apart() {
    let place = Place::sqlite();
    let mut connection = tables(&place);
    connection.query("PRAGMA max_page_count = 20", &[], |_| Ok(())).unwrap();
    connection.begin().unwrap();
    let big = [0; 100_000];
    let result =
        connection.insert(&THINGS, &[1.into(), "x".into(), 1.into(), "x".into(), (&big).into()]);
    assert_eq!(class(result), Some(Class::Full));
    connection.rollback();
    connection.begin().unwrap();
    connection.insert(&THINGS, &values(&[made(1, "x", 1)])).unwrap();
    connection.commit().unwrap();
}
