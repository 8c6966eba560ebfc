//! Brings a database to the tables that the program expects, by numbered texts that are run once
//! each. It must not know what the texts say.
//!
//! The texts are written for SQLite. On PostgreSQL the word `BLOB` becomes `BYTEA`, the word
//! `TEXT` becomes `TEXT COLLATE "C"`, so that texts have one order everywhere, the words
//! `WITHOUT ROWID` go, and a line that begins with `--postgres ` runs without these words, which
//! make it a comment on SQLite. Lines from `--sqlite begin` to `--sqlite end` are left out. A text
//! that was ever released is never changed.

#[cfg(test)]
mod tests;

use kangji_ledger::hash::Hash;

use crate::sql::{Connection, SqlError};

/// A step from one state of the tables to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    /// Its place; every one is greater than that before.
    pub(crate) number: i64,
    /// What it is about, for people.
    pub(crate) name: &'static str,
    /// The statements.
    pub(crate) text: &'static str,
}

/// Why a database is not brought to the expected tables.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MigrationError {
    /// A migration is applied whose text is another one now.
    #[error("migration `{number}` of the database is not the one of this program")]
    Changed {
        /// The migration.
        number: i64,
    },
    /// The database was used by a newer program.
    #[error(
        "the database has migration `{number}`, which this program does not know; use a newer program"
    )]
    Newer {
        /// The migration.
        number: i64,
    },
    /// A migration was not applied though a later one was.
    #[error("migration `{number}` was left out of the database")]
    Missing {
        /// The migration.
        number: i64,
    },
    /// The database lacks a migration.
    #[error("the database lacks migration `{number}`; run `kangji migrate`")]
    Outdated {
        /// The migration.
        number: i64,
    },
    /// The database fails.
    #[error(transparent)]
    Sql(#[from] SqlError),
}

const APPLIED: &str = "CREATE TABLE IF NOT EXISTS migrations (
    number BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)";

/// Applies what is not applied yet, each in a transaction of its own, and gives its numbers.
/// `now` is in milliseconds. Programs that start together take turns.
pub(crate) fn apply(
    connection: &mut Connection,
    migrations: &[Migration],
    now: i64,
) -> Result<Vec<i64>, MigrationError> {
    let mut applied = Vec::new();
    loop {
        connection.begin_alone()?;
        match step(connection, migrations, now) {
            Ok(Some(number)) => {
                connection.commit()?;
                applied.push(number);
            }
            Ok(None) => {
                connection.commit()?;
                return Ok(applied);
            }
            Err(error) => {
                connection.rollback();
                return Err(error);
            }
        }
    }
}

/// Whether every migration is applied and no other.
pub(crate) fn check(
    connection: &mut Connection,
    migrations: &[Migration],
) -> Result<(), MigrationError> {
    match first_missing(connection, migrations)? {
        None => Ok(()),
        Some(migration) => Err(MigrationError::Outdated { number: migration.number }),
    }
}

/// Applies the first that is not applied, inside a transaction that runs alone.
fn step(
    connection: &mut Connection,
    migrations: &[Migration],
    now: i64,
) -> Result<Option<i64>, MigrationError> {
    connection.define(APPLIED)?;
    let Some(migration) = first_missing(connection, migrations)? else { return Ok(None) };
    connection.define(migration.text)?;
    let insert = "INSERT INTO migrations (number, name, hash, applied_at)
        VALUES ($1, $2, $3, $4)";
    let hash = hash(migration);
    let (number, name) = (migration.number, migration.name);
    connection.execute(insert, &[number.into(), name.into(), hash.as_str().into(), now.into()])?;
    Ok(Some(number))
}

fn hash(migration: &Migration) -> String {
    Hash::of(&[migration.text.as_bytes()]).to_string()
}

/// The first migration that is not applied; those before it must be the program's own.
fn first_missing<'m>(
    connection: &mut Connection,
    migrations: &'m [Migration],
) -> Result<Option<&'m Migration>, MigrationError> {
    let mut applied: Vec<(i64, String)> = Vec::new();
    connection.query("SELECT number, hash FROM migrations ORDER BY number", &[], |row| {
        applied.push((row.int(0)?, row.text(1)?.to_owned()));
        Ok(())
    })?;
    let mut applied = applied.into_iter();
    for migration in migrations {
        let number = migration.number;
        match applied.next() {
            None => return Ok(Some(migration)),
            Some((there, _)) if there > number => return Err(MigrationError::Missing { number }),
            Some((there, _)) if there < number => {
                return Err(MigrationError::Newer { number: there });
            }
            Some((_, same)) if same == hash(migration) => {}
            Some(_) => return Err(MigrationError::Changed { number }),
        }
    }
    applied.next().map_or(Ok(None), |(number, _)| Err(MigrationError::Newer { number }))
}
