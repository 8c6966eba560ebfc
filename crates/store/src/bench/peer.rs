//! The peer: what a careful programmer writes by hand, one transaction for each command. It keeps
//! a balance, an entry and the command's key; no lots, no chain of hashes, no history.

use std::{
    thread,
    time::{Duration, Instant},
};

use kangji_core::{Moment, ids::AccountId};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

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
};

const COMMANDS: Table = Table {
    name: "peer_commands",
    key: 2,
    columns: &[Column::bytes("command"), Column::bytes("account"), Column::int("seq")],
};

/// Makes the peer's tables.
pub(super) fn prepare(location: &Location, accounts: &[AccountId]) -> Result<(), SqlError> {
    let mut connection = sql::open(location, Mode::Existing)?;
    drop_tables(&mut connection)?;
    connection.define(TABLES)?;
    connection.begin()?;
    let row = |id| [Value::from(AccountId::bytes(id)), Value::Int(1 << 50), 0.into(), 0.into()];
    let values: Vec<Value<'_>> = accounts.iter().flat_map(row).collect();
    connection.load(&ACCOUNTS, &values)?;
    connection.commit()
}

fn drop_tables(connection: &mut Connection) -> Result<(), SqlError> {
    connection.define(
        "DROP VIEW IF EXISTS peer_commands; DROP TABLE IF EXISTS peer_entries;
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
    now: Moment,
) -> Result<(u64, Duration), StoreError> {
    let opened = (0..connections).map(|_| sql::open(location, Mode::Existing));
    let opened: Vec<Connection> = opened.collect::<Result<_, _>>()?;
    let start = Instant::now();
    let done: Result<Vec<u64>, SqlError> = thread::scope(|scope| {
        let workers: Vec<_> = opened
            .into_iter()
            .enumerate()
            .map(|(number, connection)| {
                scope.spawn(move || work(connection, accounts, number, start + time, now))
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
    now: Moment,
) -> Result<u64, SqlError> {
    let mut dice = ChaCha8Rng::seed_from_u64(u64::try_from(number).unwrap_or_default());
    let mut done = 0;
    while Instant::now() < end {
        let hot = dice.random_ratio(1, 5);
        let place = if hot { 0 } else { dice.random_range(0..accounts.len()) };
        let Some(account) = accounts.get(place) else { break };
        for kind in [1, 2] {
            command(&mut connection, *account, kind, new_id(now))?;
            done += 1;
        }
    }
    Ok(done)
}

/// One command: kind 1 sets five points aside, kind 2 spends them.
fn command(
    connection: &mut Connection,
    account: AccountId,
    kind: i64,
    key: [u8; 16],
) -> Result<(), SqlError> {
    const POINTS: i64 = 5;
    connection.begin()?;
    let mut state = None;
    connection.fetch(&ACCOUNTS, 1, &[account.bytes().into()], Lock::Rows, |row| {
        state = Some((row.int(1)?, row.int(2)?, row.int(3)?));
        Ok(())
    })?;
    let mut known = false;
    let named = [Value::from(&key), account.bytes().into()];
    connection.fetch(&COMMANDS, 2, &named, Lock::None, |_| {
        known = true;
        Ok(())
    })?;
    let (balance, held, seq) = state.ok_or_else(|| SqlError::other("the account is missing"))?;
    let (balance, held) =
        if kind == 1 { (balance - POINTS, held + POINTS) } else { (balance, held - POINTS) };
    if known || balance < 0 || held < 0 {
        connection.rollback();
        return Err(SqlError::other("the peer's command was refused"));
    }
    let id = Value::from(account.bytes());
    let entry = [id, (seq + 1).into(), kind.into(), POINTS.into(), (&key).into(), 0.into()];
    connection.insert(&ENTRIES, &entry)?;
    connection.update(&ACCOUNTS, &[id, balance.into(), held.into(), (seq + 1).into()])?;
    connection.commit()
}
