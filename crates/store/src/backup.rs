//! Backups: one SQLite file with all that a database of either kind held at one moment, and the
//! way back into a database of either kind. It must not know what tables mean.

mod sums;

#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use kangji_core::Moment;
use kangji_ledger::{checkpoint::Signed, key::PublicKey};

use sums::{Sum, all_of};

use crate::{
    copied::Copied,
    migrations,
    outside::sync_folder,
    schema::{ALL, LEDGER, MIGRATIONS},
    sql::{self, Connection, Location, Mode, SqlError, Table, Value},
    store::{Store, StoreError},
    verify::{Report, verify},
};

/// Rows that are written at once, unless their texts and bytes are many.
const ROWS: usize = 5_000;
/// Bytes of texts that are written at once.
const BYTES: usize = 8 * 1024 * 1024;

/// What a backup is held against, besides itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Proof<'a> {
    /// The checkpoints kept outside the database.
    pub outside: Option<&'a [Signed]>,
    /// The key that signs them.
    pub trusted: Option<&'a PublicKey>,
}

/// Why there is no backup, or nothing is restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of that name.
    #[error("`{}` is there already", .0.display())]
    Exists(PathBuf),
    /// The database to restore into holds something.
    #[error("the table `{0}` of the database is not empty")]
    NotEmpty(&'static str),
    /// The rows of this table are not those that were written: the file is damaged.
    #[error("the table `{0}` of the backup is damaged")]
    Damaged(&'static str),
    /// What is in the copy does not prove itself.
    #[error("what was copied is not sound: {0}")]
    Unsound(Box<Report>),
    /// A database fails, or has other tables.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<SqlError> for BackupError {
    fn from(error: SqlError) -> Self {
        Self::Store(error.into())
    }
}

/// When to commit what is copied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Commit {
    /// At the end: all or nothing.
    Once,
    /// Often, so that the write-ahead log stays small; nobody else sees the file.
    Often,
}

/// Writes a backup of a database, as it is at one moment, while others go on writing to it. The
/// file gets its name only when it is complete, on the disk, and verified; then the report is
/// given. `now` is the clock.
///
/// # Errors
/// Where there is such a file, or one of the two databases fails. If what was copied does not
/// prove itself, the copy stays under the name with `.partial` at the end, to be looked into.
pub fn backup(
    source: &Location,
    path: &Path,
    proof: Proof<'_>,
    now: Moment,
) -> Result<Report, BackupError> {
    if path.exists() {
        return Err(BackupError::Exists(path.to_owned()));
    }
    let partial = with_end(path, ".partial");
    remove(&partial)?;
    let mut source = sql::open(source, Mode::ReadOnly)?;
    migrations::check(&mut source, MIGRATIONS).map_err(StoreError::from)?;
    let copy = Location::File(partial.clone());
    Store::migrate(&copy, now)?;
    let mut target = sql::open(&copy, Mode::Existing)?;
    source.begin_read()?;
    target.begin()?;
    let sums = copy_all(&mut source, &mut target, Commit::Often)?;
    sums::keep(&mut target, &sums)?;
    target.commit()?;
    source.rollback();
    // Without a log beside it, the file can be carried anywhere and read from a read-only medium.
    target.define("PRAGMA journal_mode = DELETE")?;
    drop(target);
    File::open(&partial)?.sync_all()?;
    let report = examine(&copy, proof)?;
    fs::rename(&partial, path)?;
    sync_folder(path)?;
    Ok(report)
}

/// Copies a backup into a database that holds nothing yet, makes its tables if need be, and gives
/// the report on it. All of it comes in one transaction; a restoring that was stopped leaves
/// nothing. `now` is the clock.
///
/// A backup that lacks a checkpoint kept outside counts as an older state put back. Where nothing
/// newer is left, give only the lines up to the backup's last one; from then on the numbers of the
/// lost checkpoints are used again, so that their lines have to be kept in another file.
///
/// # Errors
/// Where the target holds anything, the backup is not sound or not of this program, or one of the
/// two databases fails.
pub fn restore(
    path: &Path,
    target: &Location,
    proof: Proof<'_>,
    now: Moment,
) -> Result<Report, BackupError> {
    let backup = Location::File(path.to_owned());
    examine(&backup, proof)?;
    Store::migrate(target, now)?;
    let mut source = sql::open(&backup, Mode::ReadOnly)?;
    let mut connection = sql::open(target, Mode::Existing)?;
    source.begin_read()?;
    connection.begin_alone()?;
    let copied = is_empty(&mut connection)
        .and_then(|()| Ok(copy_all(&mut source, &mut connection, Commit::Once)?));
    if let Err(error) = copied {
        connection.rollback();
        return Err(error);
    }
    connection.commit()?;
    source.rollback();
    drop(connection);
    sound(target, proof)
}

/// Whether a backup is whole and its ledger proves itself.
fn examine(backup: &Location, proof: Proof<'_>) -> Result<Report, BackupError> {
    let mut file = sql::open(backup, Mode::ReadOnly)?;
    migrations::check(&mut file, MIGRATIONS).map_err(StoreError::from)?;
    if let Some(table) = sums::damaged(&mut file)? {
        return Err(BackupError::Damaged(table));
    }
    sound(backup, proof)
}

fn sound(location: &Location, proof: Proof<'_>) -> Result<Report, BackupError> {
    let report = verify(location, proof.outside, proof.trusted, &mut |_| ())?;
    if report.is_sound() { Ok(report) } else { Err(BackupError::Unsound(Box::new(report))) }
}

fn copy_all(
    source: &mut Connection,
    target: &mut Connection,
    commit: Commit,
) -> Result<Vec<(&'static str, Sum)>, SqlError> {
    // The new tables hold this one row.
    target.delete(&LEDGER, &[Value::Int(1)])?;
    ALL.iter().map(|table| Ok((table.name, copy(source, target, table, commit)?))).collect()
}

fn copy(
    source: &mut Connection,
    target: &mut Connection,
    table: &Table,
    commit: Commit,
) -> Result<Sum, SqlError> {
    let width = table.columns.len();
    let (mut rows, mut sum) = (Copied::new(width), Sum::default());
    let mut write = |rows: &mut Copied| {
        let values = rows.values();
        sum.add(&values, width);
        target.load(table, &values)?;
        rows.clear();
        if commit == Commit::Often {
            target.commit()?;
            target.begin()?;
        }
        Ok(())
    };
    source.query(&all_of(table), &[], |row| {
        rows.push(&row)?;
        if rows.rows() >= ROWS || rows.size() >= BYTES { write(&mut rows) } else { Ok(()) }
    })?;
    write(&mut rows)?;
    Ok(sum)
}

/// Refuses a database that holds anything but a counter at its beginning.
fn is_empty(connection: &mut Connection) -> Result<(), BackupError> {
    for table in &ALL {
        let any = match table.name {
            name if name == LEDGER.name => "SELECT id FROM ledger WHERE id <> 1 OR epoch <> 0",
            name => &format!("SELECT 1 FROM {name} LIMIT 1"),
        };
        let mut empty = true;
        connection.query(any, &[], |_| {
            empty = false;
            Ok(())
        })?;
        if !empty {
            return Err(BackupError::NotEmpty(table.name));
        }
    }
    Ok(())
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}

/// Removes what an earlier attempt left, with the logs beside it.
fn remove(partial: &Path) -> io::Result<()> {
    for end in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(with_end(partial, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
