//! How far each job has come. A mark only ever goes forward.

use kangji_core::Moment;

use crate::{
    schema::JOBS,
    sql::{Connection, Lock, SqlError, Value},
    store::{Store, StoreError},
};

/// The mark of the holds: a moment in milliseconds.
pub(super) const HOLDS: &str = "holds";

/// The mark of posting: the number of a day.
pub(super) const POSTING: &str = "posting";

/// The mark of a scheme's expiry: the number of a day.
pub(super) fn expiry(scheme: &str) -> String {
    format!("expiry/{scheme}")
}

/// How far a job has come; nothing before its first run.
pub(super) fn read(reader: &mut Connection, name: &str) -> Result<Option<i64>, SqlError> {
    let mut mark = None;
    reader.fetch(&JOBS, 1, &[Value::Text(name)], Lock::None, |row| {
        mark = Some(row.int(1)?);
        Ok(())
    })?;
    Ok(mark)
}

/// Notes that jobs have come so far, unless another server has brought them further.
pub(super) fn advance(
    store: &Store,
    names: Vec<String>,
    mark: i64,
    now: Moment,
) -> Result<(), StoreError> {
    let set = "INSERT INTO jobs (name, done_through, ran_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE
        SET done_through = excluded.done_through, ran_at = excluded.ran_at
        WHERE jobs.done_through < excluded.done_through";
    let pending = store.work(move |unit| {
        for name in &names {
            let row = [Value::Text(name), Value::Int(mark), Value::Int(now.millis())];
            unit.connection.execute(set, &row)?;
        }
        Ok(())
    });
    pending.wait()
}
