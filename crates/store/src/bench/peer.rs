//! The peer: what a careful programmer writes by hand, one transaction for each command. It does
//! the same for a resident (points are taken from the lots that expire first and set aside until
//! they are spent, every command counts once) and nothing of what proves it: no chain of hashes,
//! no serialized state to compare, no history.

use std::{
    thread,
    time::{Duration, Instant},
};

use kangji_core::ids::AccountId;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Clock;
use crate::{
    facts::holders::new_id,
    sql::{self, Column, Connection, Location, Lock, Mode, SqlError, Table, Value},
    store::StoreError,
};

const TABLES: &str = "
    CREATE TABLE peer_accounts (
        id BLOB NOT NULL PRIMARY KEY, balance BIGINT NOT NULL, held BIGINT NOT NULL,
        seq BIGINT NOT NULL
    );
    CREATE TABLE peer_lots (
        account BLOB NOT NULL, expires_on BIGINT NOT NULL, lot BIGINT NOT NULL,
        points BIGINT NOT NULL, PRIMARY KEY (account, expires_on, lot)
    );
    CREATE TABLE peer_holds (
        account BLOB NOT NULL, hold BIGINT NOT NULL, points BIGINT NOT NULL,
        due_at BIGINT NOT NULL, PRIMARY KEY (account, hold)
    );
    CREATE TABLE peer_entries (
        account BLOB NOT NULL, seq BIGINT NOT NULL, kind BIGINT NOT NULL, points BIGINT NOT NULL,
        command BLOB NOT NULL, recorded_at BIGINT NOT NULL, PRIMARY KEY (account, seq)
    );
    CREATE UNIQUE INDEX peer_entries_command ON peer_entries (command, account);
    CREATE VIEW peer_commands AS SELECT command, account, seq FROM peer_entries;
";

const ACCOUNTS: Table = Table {
    name: "peer_accounts",
    key: 1,
    columns: &[
        Column::bytes("id"),
        Column::int("balance"),
        Column::int("held"),
        Column::int("seq"),
    ],
    ends: None,
};

const LOTS: Table = Table {
    name: "peer_lots",
    key: 3,
    columns: &[
        Column::bytes("account"),
        Column::int("expires_on"),
        Column::int("lot"),
        Column::int("points"),
    ],
    ends: None,
};

const HOLDS: Table = Table {
    name: "peer_holds",
    key: 2,
    columns: &[
        Column::bytes("account"),
        Column::int("hold"),
        Column::int("points"),
        Column::int("due_at"),
    ],
    ends: None,
};

const ENTRIES: Table = Table {
    name: "peer_entries",
    key: 2,
    columns: &[
        Column::bytes("account"),
        Column::int("seq"),
        Column::int("kind"),
        Column::int("points"),
        Column::bytes("command"),
        Column::int("recorded_at"),
    ],
    ends: None,
};

const COMMANDS: Table = Table {
    name: "peer_commands",
    key: 2,
    columns: &[Column::bytes("command"), Column::bytes("account"), Column::int("seq")],
    ends: None,
};

/// Lots of each account, and points of each lot.
const LOTS_EACH: i64 = 4;
const POINTS_EACH: i64 = 1 << 48;
/// Points of a command.
const POINTS: i64 = 5;

/// Makes the peer's tables.
pub(super) fn prepare(location: &Location, accounts: &[AccountId]) -> Result<(), SqlError> {
    let mut connection = sql::open(location, Mode::Existing)?;
    drop_tables(&mut connection)?;
    connection.define(TABLES)?;
    connection.begin()?;
    let balance = Value::Int(LOTS_EACH * POINTS_EACH);
    let row = |id| [Value::from(AccountId::bytes(id)), balance, 0.into(), 0.into()];
    let values: Vec<Value<'_>> = accounts.iter().flat_map(row).collect();
    connection.load(&ACCOUNTS, &values)?;
    let lot = |id, lot| [Value::from(AccountId::bytes(id)), lot, lot, POINTS_EACH.into()];
    let lots = |id| (0..LOTS_EACH).flat_map(move |number| lot(id, number.into()));
    let values: Vec<Value<'_>> = accounts.iter().flat_map(lots).collect();
    connection.load(&LOTS, &values)?;
    connection.commit()
}

fn drop_tables(connection: &mut Connection) -> Result<(), SqlError> {
    connection.define(
        "DROP VIEW IF EXISTS peer_commands; DROP TABLE IF EXISTS peer_entries;
        DROP TABLE IF EXISTS peer_holds; DROP TABLE IF EXISTS peer_lots;
        DROP TABLE IF EXISTS peer_accounts;",
    )
}

/// Removes the peer's tables.
pub(super) fn remove(location: &Location) -> Result<(), SqlError> {
    drop_tables(&mut sql::open(location, Mode::Existing)?)
}

/// Holds and captures on so many connections until the time is over: how many commands in which
/// time.
pub(super) fn run(
    location: &Location,
    accounts: &[AccountId],
    connections: usize,
    time: Duration,
    clock: Clock,
) -> Result<(u64, Duration), StoreError> {
    let opened = (0..connections).map(|_| sql::open(location, Mode::Existing));
    let opened: Vec<Connection> = opened.collect::<Result<_, _>>()?;
    let start = Instant::now();
    let done: Result<Vec<u64>, SqlError> = thread::scope(|scope| {
        let workers: Vec<_> = opened
            .into_iter()
            .enumerate()
            .map(|(number, connection)| {
                scope.spawn(move || work(connection, accounts, number, start + time, clock))
            })
            .collect();
        let gone = |_| Err(SqlError::other("a connection's thread ended"));
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(gone)).collect()
    });
    Ok((done?.into_iter().sum(), start.elapsed()))
}

fn work(
    mut connection: Connection,
    accounts: &[AccountId],
    number: usize,
    end: Instant,
    clock: Clock,
) -> Result<u64, SqlError> {
    let mut dice = ChaCha8Rng::seed_from_u64(u64::try_from(number).unwrap_or_default());
    let mut done = 0;
    while Instant::now() < end {
        let hot = dice.random_ratio(1, 5);
        let place = if hot { 0 } else { dice.random_range(0..accounts.len()) };
        let Some(account) = accounts.get(place) else { break };
        let held = command(&mut connection, *account, None, new_id(clock.now()))?;
        command(&mut connection, *account, Some(held), new_id(clock.now()))?;
        done += 2;
    }
    Ok(done)
}

/// One command: without a hold it sets points aside and gives the hold's number, otherwise it
/// spends the hold.
fn command(
    connection: &mut Connection,
    account: AccountId,
    hold: Option<i64>,
    key: [u8; 16],
) -> Result<i64, SqlError> {
    connection.begin()?;
    let id = Value::from(account.bytes());
    let mut state = None;
    connection.fetch(&ACCOUNTS, 1, &[id], Lock::Rows, |row| {
        state = Some((row.int(1)?, row.int(2)?, row.int(3)?));
        Ok(())
    })?;
    let mut known = false;
    connection.fetch(&COMMANDS, 2, &[Value::from(&key), id], Lock::None, |_| {
        known = true;
        Ok(())
    })?;
    let (balance, held, seq) = state.ok_or_else(|| SqlError::other("the account is missing"))?;
    let seq = seq + 1;
    let (kind, balance, held) = match hold {
        None => (1, balance - POINTS, held + POINTS),
        Some(_) => (2, balance, held - POINTS),
    };
    if known || balance < 0 || held < 0 {
        return Err(SqlError::other("the peer's command was refused"));
    }
    match hold {
        None => set_aside(connection, id, seq)?,
        Some(hold) => spend(connection, id, hold)?,
    }
    let entry = [id, seq.into(), kind.into(), POINTS.into(), (&key).into(), 0.into()];
    connection.insert(&ENTRIES, &entry)?;
    connection.update(&ACCOUNTS, &[id, balance.into(), held.into(), seq.into()])?;
    connection.commit()?;
    Ok(seq)
}

/// Takes points from the lots that expire first and notes the hold.
fn set_aside(connection: &mut Connection, id: Value<'_>, seq: i64) -> Result<(), SqlError> {
    let mut lots = Vec::new();
    let first = "SELECT expires_on, lot, points FROM peer_lots
        WHERE account = $1 AND points > 0 ORDER BY expires_on, lot LIMIT 8";
    connection.query(first, &[id], |row| {
        lots.push((row.int(0)?, row.int(1)?, row.int(2)?));
        Ok(())
    })?;
    let mut left = POINTS;
    for (expires_on, lot, points) in lots {
        let taken = points.min(left);
        left -= taken;
        let row = [id, expires_on.into(), lot.into(), (points - taken).into()];
        connection.update(&LOTS, &row)?;
        if left == 0 {
            break;
        }
    }
    connection.insert(&HOLDS, &[id, seq.into(), POINTS.into(), 0.into()])
}

/// Looks the hold up and removes it.
fn spend(connection: &mut Connection, id: Value<'_>, hold: i64) -> Result<(), SqlError> {
    let key = [id, hold.into()];
    let mut found = false;
    connection.fetch(&HOLDS, 2, &key, Lock::None, |row| {
        found = row.int(2)? == POINTS;
        Ok(())
    })?;
    if !found {
        return Err(SqlError::other("the peer's hold is missing"));
    }
    connection.delete(&HOLDS, &key)
}
