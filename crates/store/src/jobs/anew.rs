//! Writing the file of an SQLite database anew after somebody was erased, at the first run of the
//! next calendar day, which is in quiet hours where jobs run all the time. What an erasure notes is
//! a row of its own, which goes once the file was written anew.

use kangji_core::Moment;

use super::{Job, JobError, JobRun, marks};
use crate::{
    ledger::rows::number,
    sql::{self, Connection, Location, Mode, SqlError, Value},
    store::{Store, StoreError},
};

/// The mark of the last day on which this was looked after.
const ANEW: &str = "anew";
/// How many were erased since the file was written anew; no row for nobody.
const ERASED: &str = "erased";

/// Notes, in the open transaction, that somebody was erased.
pub(crate) fn remember(connection: &mut Connection, now: Moment) -> Result<(), SqlError> {
    let note = "INSERT INTO jobs (name, done_through, ran_at) VALUES ($1, 1, $2)
        ON CONFLICT (name) DO UPDATE
        SET done_through = jobs.done_through + 1, ran_at = excluded.ran_at";
    let values = [Value::Text(ERASED), Value::Int(now.millis())];
    connection.execute(note, &values).map(drop)
}

/// Writes the file anew at the first run of a day, if somebody was erased since the last time.
pub(super) fn write(
    store: &Store,
    reader: &mut Connection,
    now: Moment,
) -> Result<Option<JobRun>, JobError> {
    let Location::File(_) = store.location() else { return Ok(None) };
    let today = number(now.day());
    if marks::read(reader, ANEW)?.is_some_and(|mark| mark >= today) {
        return Ok(None);
    }
    let erased = marks::read(reader, ERASED)?;
    if erased.is_some() && is_read_for_long(store.location())? {
        // A backup, perhaps; the log would grow by the whole file. The next run looks again.
        return Ok(None);
    }
    // Before it is tried: what fails, say for want of space, is tried again tomorrow and not at
    // every run.
    marks::advance(store, vec![ANEW.to_owned()], today, now)?;
    let Some(erased) = erased else { return Ok(None) };
    if store.write_anew()? {
        forget(store, erased)?;
    }
    Ok(Some(JobRun::new(Job::Anew)))
}

/// Whether somebody still reads the database as it was before the last writes.
fn is_read_for_long(location: &Location) -> Result<bool, SqlError> {
    let mut pages = (0, 0);
    let mut connection = sql::open(location, Mode::Existing)?;
    connection.query("PRAGMA wal_checkpoint(PASSIVE)", &[], |row| {
        pages = (row.int(1)?, row.int(2)?);
        Ok(())
    })?;
    Ok(pages.0 != pages.1)
}

/// Forgets the erasures that are known, unless others came meanwhile: then all of them count on.
pub(super) fn forget(store: &Store, erased: i64) -> Result<(), StoreError> {
    let pending = store.work(move |unit| {
        let sql = "DELETE FROM jobs WHERE name = $1 AND done_through = $2";
        unit.connection.execute(sql, &[Value::Text(ERASED), Value::Int(erased)])?;
        Ok(())
    });
    pending.wait()
}
