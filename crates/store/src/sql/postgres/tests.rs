//! What only PostgreSQL can do wrong: plans, the order of locks, lost connections.

use kangji_testdb::{Cluster, fresh_database};

use super::{Keys, Operation, PLAN_ONCE, Write, statements};
use crate::sql::{Class, Column, Connection, Location, Lock, Mode, Row, Table, Value, open};

const DDL: &str = "
    CREATE TABLE things (id BLOB NOT NULL PRIMARY KEY, number BIGINT NOT NULL);
    CREATE TABLE pairs (a BLOB NOT NULL, b TEXT NOT NULL, number BIGINT, PRIMARY KEY (a, b));
";

const THINGS: Table = Table {
    name: "things",
    key: 1,
    columns: &[Column::bytes("id"), Column::int("number")],
    ends: None,
};

const PAIRS: Table = Table {
    name: "pairs",
    key: 2,
    columns: &[Column::bytes("a"), Column::text("b"), Column::int("number")],
    ends: None,
};

const FETCHES: [(Table, &str, Operation); 3] = [
    (THINGS, "bytea[]", Operation::Fetch(1, Lock::Rows)),
    (PAIRS, "bytea[]", Operation::Fetch(1, Lock::Rows)),
    (PAIRS, "bytea[], text[]", Operation::Fetch(2, Lock::Rows)),
];

const WRITES: [(Table, &str, Operation); 4] = [
    (THINGS, "bytea[], bigint[]", Operation::Write(Write::Update)),
    (PAIRS, "bytea[], text[], bigint[]", Operation::Write(Write::Update)),
    (THINGS, "bytea[]", Operation::Write(Write::Delete)),
    (PAIRS, "bytea[], text[]", Operation::Write(Write::Delete)),
];

fn connect(url: &str) -> Connection {
    open(&Location::Postgres(url.to_owned()), Mode::Existing).unwrap()
}

fn texts(connection: &mut Connection, sql: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let take = |row: Row<'_>| {
        lines.push(row.text(0)?.to_owned());
        Ok(())
    };
    connection.query(sql, &[], take).unwrap();
    lines
}

fn number(connection: &mut Connection, sql: &str) -> i64 {
    let mut found = 0;
    let take = |row: Row<'_>| {
        found = row.int(0)?;
        Ok(())
    };
    connection.query(sql, &[], take).unwrap();
    found
}

/// What `EXECUTE` is given: a value for each parameter, or 256.
fn arguments(types: &str, keys: Keys) -> String {
    let one = |kind: &str| {
        let kind = kind.trim_end_matches("[]");
        format!("'{}'::{kind}", if kind == "bigint" { "1" } else { "a" })
    };
    let given = |kind: &str| match keys {
        Keys::One => one(kind),
        Keys::Many => format!("array_fill({}, ARRAY[256])", one(kind)),
    };
    types.split(", ").map(given).collect::<Vec<_>>().join(", ")
}

/// Every statement with the types of its parameters.
fn planned() -> impl Iterator<Item = (Table, String, Operation, Keys)> {
    let all = || FETCHES.into_iter().chain(WRITES);
    let of = |keys: Keys| {
        move |(table, types, operation): (Table, &str, Operation)| match keys {
            Keys::One => (table, types.replace("[]", ""), operation, keys),
            Keys::Many => (table, types.to_owned(), operation, keys),
        }
    };
    all().map(of(Keys::Many)).chain(all().map(of(Keys::One)))
}

/// A connection that has prepared all statements and run them as often as makes PostgreSQL think
/// about keeping their plans.
fn seasoned(url: &str) -> Connection {
    let mut connection = connect(url);
    for (number, (table, types, operation, keys)) in planned().enumerate() {
        let text = statements::text(&table, operation, keys);
        connection.define(&format!("PREPARE planned{number}({types}) AS {text}")).unwrap();
        let setting = if keys == Keys::One { PLAN_ONCE } else { "" };
        for _ in 0..8 {
            let execute = format!("EXECUTE planned{number}({})", arguments(&types, keys));
            connection.define(&format!("BEGIN; {setting}; {execute}; ROLLBACK")).unwrap();
        }
    }
    connection
}

fn look_rows_up_by_key(connection: &mut Connection) {
    for (number, (_, types, operation, keys)) in planned().enumerate() {
        connection.define("BEGIN").unwrap();
        if keys == Keys::One {
            connection.define(PLAN_ONCE).unwrap();
        }
        let explain = format!("EXPLAIN EXECUTE planned{number}({})", arguments(&types, keys));
        let lines = texts(connection, &explain);
        connection.define("ROLLBACK").unwrap();
        let plan = lines.join("\n");
        assert!(plan.contains("Index Cond: "), "{operation:?}\n{plan}");
        assert!(!plan.contains("Seq Scan"), "{operation:?}\n{plan}");
        assert!(!plan.contains("Filter: "), "{operation:?}\n{plan}");
        if keys == Keys::One {
            assert!(plan.contains("$1"), "the plan is not kept\n{plan}");
        }
        if matches!(operation, Operation::Fetch(..)) {
            // Rows that come out of the index in order need no sorting.
            assert!(lines[0].starts_with("LockRows"), "{plan}");
            let ordered = lines[1].contains("->  Sort") || lines[1].contains("->  Index Scan");
            assert!(ordered, "{plan}");
        }
    }
}

#[test]
fn plans_are_kept_for_one_key_until_the_transaction_ends() {
    let url = fresh_database();
    let mut connection = connect(&url);
    connection.define(DDL).unwrap();
    let mode = "SELECT current_setting('plan_cache_mode')";
    let key = [Value::from(b"a")];
    connection.begin().unwrap();
    connection.fetch(&THINGS, 1, &key, Lock::None, |_| Ok(())).unwrap();
    assert_eq!(texts(&mut connection, mode), ["force_generic_plan"]);
    let keys = [Value::from(b"a"), Value::from(b"b")];
    connection.fetch(&THINGS, 1, &keys, Lock::None, |_| Ok(())).unwrap();
    assert_eq!(texts(&mut connection, mode), ["force_custom_plan"]);
    connection.fetch(&THINGS, 1, &key, Lock::None, |_| Ok(())).unwrap();
    connection.rollback();
    assert_eq!(texts(&mut connection, mode), ["force_custom_plan"]);
    connection.begin().unwrap();
    connection.fetch(&THINGS, 1, &key, Lock::None, |_| Ok(())).unwrap();
    assert_eq!(texts(&mut connection, mode), ["force_generic_plan"]);
    connection.commit().unwrap();
}

const FILL: &str = "
    INSERT INTO things SELECT int8send(i), i FROM generate_series(1, 1000000) AS i;
    INSERT INTO pairs SELECT int8send(i / 10), 'b' || i, i FROM generate_series(1, 100000) AS i;
";

#[test]
fn rows_are_looked_up_by_key_in_a_table_that_was_almost_empty_a_moment_ago() {
    for few in ["", "INSERT INTO things VALUES ('a', 1); INSERT INTO pairs VALUES ('a', 'b', 1);"] {
        let url = fresh_database();
        connect(&url).define(DDL).unwrap();
        connect(&url).define(&format!("{few} ANALYZE;")).unwrap();
        let mut connection = seasoned(&url);
        connect(&url).define(FILL).unwrap();
        look_rows_up_by_key(&mut connection);
    }
}

#[test]
fn rows_are_looked_up_by_key_in_a_large_table() {
    let url = fresh_database();
    connect(&url).define(DDL).unwrap();
    connect(&url).define(FILL).unwrap();
    connect(&url).define("ANALYZE").unwrap();
    look_rows_up_by_key(&mut seasoned(&url));
}

#[test]
fn rows_are_locked_in_the_order_of_the_key_so_that_writers_do_not_block_each_other_forever() {
    let url = fresh_database();
    connect(&url).define(DDL).unwrap();
    let ids: Vec<[u8; 2]> = (0..300u16).map(u16::to_be_bytes).collect();
    let mut connection = connect(&url);
    connection.begin().unwrap();
    // Stored in another order than that of the key.
    let rows: Vec<Value<'_>> =
        ids.iter().rev().flat_map(|id| [Value::from(id), Value::Int(0)]).collect();
    connection.insert(&THINGS, &rows).unwrap();
    connection.commit().unwrap();
    let threads: Vec<_> = (0..4usize)
        .map(|thread| {
            let (mut connection, ids) = (connect(&url), ids.clone());
            std::thread::spawn(move || {
                for round in 0..20 {
                    let mut keys: Vec<Value<'_>> = ids.iter().map(Value::from).collect();
                    keys.rotate_left(thread * 70 + round);
                    if thread % 2 == 0 {
                        keys.reverse();
                    }
                    connection.begin().unwrap();
                    let mut rows = Vec::new();
                    let take = |row: Row<'_>| {
                        rows.push((row.array::<2>(0)?, row.int(1)? + 1));
                        Ok(())
                    };
                    connection.fetch(&THINGS, 1, &keys, Lock::Rows, take).unwrap();
                    let values: Vec<Value<'_>> =
                        rows.iter().flat_map(|(id, n)| [Value::from(id), (*n).into()]).collect();
                    connection.update(&THINGS, &values).unwrap();
                    connection.commit().unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let sum = "SELECT CAST(SUM(number) AS BIGINT) FROM things";
    assert_eq!(number(&mut connection, sum), 300 * 80);
}

#[test]
fn two_that_block_each_other_are_a_conflict_for_one_of_them() {
    let url = fresh_database();
    connect(&url).define(DDL).unwrap();
    let mut first = connect(&url);
    let row = |id: &'static [u8; 1], number| [Value::from(id), Value::Int(number)];
    first.begin().unwrap();
    first.insert(&THINGS, &[row(b"a", 0), row(b"b", 0)].concat()).unwrap();
    first.commit().unwrap();
    let touch = |connection: &mut Connection, id: &'static [u8; 1]| {
        connection.fetch(&THINGS, 1, &[id.into()], Lock::Rows, |_| Ok(()))
    };
    let mut second = connect(&url);
    first.begin().unwrap();
    touch(&mut first, b"a").unwrap();
    second.begin().unwrap();
    touch(&mut second, b"b").unwrap();
    let other = std::thread::spawn(move || touch(&mut second, b"a"));
    let results = [touch(&mut first, b"b"), other.join().unwrap()];
    let failed: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].class(), Class::Conflict);
}

#[test]
fn text_columns_compare_by_bytes_whatever_the_language_of_the_database() {
    let mut connection = connect(&fresh_database());
    connection.define(DDL).unwrap();
    let sql = "SELECT c.collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation
        WHERE a.attrelid = 'pairs'::regclass AND a.attname = 'b'";
    assert_eq!(texts(&mut connection, sql), ["C"]);
}

#[test]
fn a_cut_connection_is_unavailable_until_a_new_one_is_opened() {
    let url = fresh_database();
    let mut connection = connect(&url);
    connection.define(DDL).unwrap();
    let server = number(&mut connection, "SELECT pg_backend_pid()");
    connection.begin().unwrap();
    connection.insert(&THINGS, &[(b"a").into(), 1.into()]).unwrap();
    let kill = format!("SELECT pg_terminate_backend({server})::int");
    assert_eq!(number(&mut connect(&url), &kill), 1);
    assert_eq!(connection.commit().unwrap_err().class(), Class::Unavailable);
    for _ in 0..2 {
        let reading = connection.query("SELECT 1", &[], |_| Ok(()));
        assert_eq!(reading.unwrap_err().class(), Class::Unavailable);
        assert_eq!(connection.begin().unwrap_err().class(), Class::Unavailable);
        connection.rollback();
    }
    assert_eq!(number(&mut connect(&url), "SELECT COUNT(*) FROM things"), 0);
}

#[test]
fn a_connection_cut_while_idle_is_unavailable_by_the_first_answer() {
    let url = fresh_database();
    let mut connection = connect(&url);
    let server = number(&mut connection, "SELECT pg_backend_pid()");
    number(&mut connect(&url), &format!("SELECT pg_terminate_backend({server})::int"));
    let result = connection.begin().and_then(|()| connection.query("SELECT 1", &[], |_| Ok(())));
    assert_eq!(result.unwrap_err().class(), Class::Unavailable);
    assert_eq!(connection.commit().unwrap_err().class(), Class::Unavailable);
}

#[test]
fn what_was_committed_outlives_the_crash_of_the_server() {
    let cluster = Cluster::start(&[("max_connections", "10")]).unwrap();
    let url = cluster.fresh_database().unwrap();
    let mut connection = connect(&url);
    assert_eq!(texts(&mut connection, "SHOW max_connections"), ["10"]);
    assert_eq!(texts(&mut connection, "SHOW fsync"), ["on"]);
    connection.define(DDL).unwrap();
    connection.begin().unwrap();
    connection.insert(&THINGS, &[(b"a").into(), 1.into()]).unwrap();
    connection.commit().unwrap();
    connection.begin().unwrap();
    connection.insert(&THINGS, &[(b"b").into(), 1.into()]).unwrap();
    cluster.stop_immediate().unwrap();
    assert_eq!(connection.commit().unwrap_err().class(), Class::Unavailable);
    let stopped = open(&Location::Postgres(url.clone()), Mode::Existing).err().unwrap();
    assert_eq!(stopped.class(), Class::Unavailable);
    cluster.start_again().unwrap();
    let mut connection = connect(&url);
    assert_eq!(number(&mut connection, "SELECT COUNT(*) FROM things"), 1);
    cluster.restart().unwrap();
    let reading = connection.query("SELECT 1", &[], |_| Ok(()));
    assert_eq!(reading.unwrap_err().class(), Class::Unavailable);
    assert_eq!(number(&mut connect(&url), "SELECT COUNT(*) FROM things"), 1);
}

#[test]
fn a_database_that_does_not_exist_is_no_reason_to_try_again() {
    let url = fresh_database().replace("/fresh", "/absent");
    let error = open(&Location::Postgres(url), Mode::Existing).err().unwrap();
    assert_eq!(error.class(), Class::Other);
    let error = open(&Location::Postgres("postgres://a:b:c".into()), Mode::Existing);
    assert_eq!(error.err().unwrap().class(), Class::Other);
}
