//! Tasks as people look for them, and as rows.

use kangji_core::{
    Moment,
    ids::{OfficerId, TaskId},
};

use super::{Progress, Task, TaskState};
use crate::{
    schema::TASKS,
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Store, StoreError},
};

/// Which tasks, what was asked last first.
#[derive(Clone, Copy, Debug)]
pub struct TaskQuery {
    /// Only what this member of staff asked for.
    pub asked_by: Option<OfficerId>,
    /// Only those asked before this one.
    pub before: Option<TaskId>,
    /// At most so many.
    pub limit: u16,
}

impl Store {
    /// A task.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn task(&self, id: TaskId) -> Result<Option<Task>, StoreError> {
        Ok(read(&mut *self.reader()?, id, Lock::None)?)
    }

    /// Tasks, what was asked last first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn tasks(&self, query: TaskQuery) -> Result<Vec<Task>, StoreError> {
        let mut values = Vec::new();
        let mut conditions = vec!["1 = 1".to_owned()];
        let ids = [
            ("asked_by =", query.asked_by.map(|id| *id.bytes())),
            ("id <", query.before.map(|id| *id.bytes())),
        ];
        for (condition, id) in &ids {
            if let Some(id) = id {
                values.push(Value::from(id));
                conditions.push(format!("{condition} ${}", values.len()));
            }
        }
        let columns: Vec<&str> = TASKS.columns.iter().map(|column| column.name).collect();
        let sql = format!(
            "SELECT {} FROM tasks WHERE {} ORDER BY id DESC LIMIT {}",
            columns.join(", "),
            conditions.join(" AND "),
            query.limit
        );
        let mut found = Vec::new();
        self.reader()?.query(&sql, &values, |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }
}

pub(super) fn read(
    connection: &mut Connection,
    id: TaskId,
    lock: Lock,
) -> Result<Option<Task>, SqlError> {
    let mut found = None;
    connection.fetch(&TASKS, 1, &[Value::from(id.bytes())], lock, |row| {
        found = Some(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

fn from_row(row: &Row<'_>) -> Result<Task, SqlError> {
    let moment = |at: Option<i64>| at.map(Moment::from_millis);
    let count = |place: usize| {
        u64::try_from(row.int(place)?).map_err(|_| row.problem(place, "is less than nothing"))
    };
    let begun = match row.opt_int(10)? {
        Some(at) => Some((Moment::from_millis(at), count(11)?)),
        None => None,
    };
    Ok(Task {
        id: TaskId::from_bytes(row.array(0)?),
        kind: row.text(1)?.to_owned(),
        action: row.text(2)?.parse().map_err(|_| row.problem(2, "is no action"))?,
        title: row.text(3)?.to_owned(),
        input: row.text(4)?.to_owned(),
        asked_by: OfficerId::from_bytes(row.array(5)?),
        asked_at: Moment::from_millis(row.int(6)?),
        state: TaskState::of_word(row.text(7)?).ok_or_else(|| row.problem(7, "is no state"))?,
        progress: Progress {
            done: count(12)?,
            refused: count(13)?,
            total: count(14)?,
            place: row.text(15)?.to_owned(),
        },
        begun,
        message: row.text(16)?.to_owned(),
        ended_at: moment(row.opt_int(17)?),
    })
}
