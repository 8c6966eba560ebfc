//! How a task goes from waiting to its end. Every step is one statement that names the state it
//! starts from, so that of two servers or two people one has it and the other learns so.

use kangji_core::{Moment, ids::TaskId};

use super::{Progress, SILENCE_MILLIS, Task, TaskFile, TaskState, files, reading};
use crate::{
    audit::{DONE, Done, Subject},
    ledger::unit::Unit,
    schema::TASKS,
    sql::{Lock, SqlError, Value},
    store::{Pending, Store},
};

impl Store {
    /// Keeps a task that waits, with what it reads; gives the text of its id, of the first one where
    /// the call came before.
    pub fn ask_task(&self, task: Task, input: Vec<TaskFile>) -> Pending<String> {
        self.once(move |unit| {
            keep(unit, &task, &input)?;
            Ok(task.id.to_string())
        })
    }

    /// Takes the task that has waited longest for a server's run: `None` where there is none. A
    /// task whose server is gone waits as well; one that was to stop is stopped then.
    pub fn take_task(&self, runner: [u8; 16], now: Moment) -> Pending<Option<Task>> {
        self.work(move |unit| {
            let silent = Value::Int(now.millis().saturating_sub(SILENCE_MILLIS));
            let at = Value::Int(now.millis());
            let stop = "UPDATE tasks SET state = 'stopped', ended_at = $1
                WHERE state = 'stopping' AND seen_at < $2";
            unit.connection.execute(stop, &[at, silent])?;
            let mut waiting = None;
            let next = "SELECT id FROM tasks WHERE state = 'waiting'
                OR (state = 'running' AND seen_at < $1) ORDER BY id LIMIT 1";
            unit.connection.query(next, &[silent], |row| {
                waiting = Some(TaskId::from_bytes(row.array(0)?));
                Ok(())
            })?;
            let Some(id) = waiting else { return Ok(None) };
            let take = "UPDATE tasks SET state = 'running', runner = $1, seen_at = $2,
                begun_at = $2, begun_done = done, message = '', ended_at = NULL
                WHERE id = $3 AND (state = 'waiting' OR (state = 'running' AND seen_at < $4))";
            let values = [Value::from(&runner), at, Value::from(id.bytes()), silent];
            if unit.connection.execute(take, &values)? == 0 {
                return Ok(None);
            }
            Ok(reading::read(unit.connection, id, Lock::None)?)
        })
    }

    /// Tells how far a task is, with parts of what it gives; `false` where it is not to go on: it
    /// was asked to stop, or somebody else has it.
    pub fn report_task(
        &self,
        (task, runner): (TaskId, [u8; 16]),
        progress: Progress,
        output: Vec<TaskFile>,
        now: Moment,
    ) -> Pending<bool> {
        self.work(move |unit| {
            let Progress { done, refused, total, place } = &progress;
            let report = "UPDATE tasks SET seen_at = $1, done = $2, refused = $3, total = $4,
                place = $5 WHERE id = $6 AND runner = $7 AND state IN ('running', 'stopping')";
            let values = [
                Value::Int(now.millis()),
                count(*done),
                count(*refused),
                count(*total),
                Value::Text(place),
                Value::from(task.bytes()),
                Value::from(&runner),
            ];
            if unit.connection.execute(report, &values)? == 0 {
                return Ok(false);
            }
            files::keep(unit.connection, task, &output)?;
            let now = reading::read(unit.connection, task, Lock::None)?;
            Ok(now.is_some_and(|task| task.state == TaskState::Running))
        })
    }

    /// Ends a task that this run has: as done, failed or stopped.
    pub fn end_task(
        &self,
        (task, runner): (TaskId, [u8; 16]),
        state: TaskState,
        message: String,
        now: Moment,
    ) -> Pending<()> {
        self.work(move |unit| {
            let end = "UPDATE tasks SET state = $1, message = $2, ended_at = $3, seen_at = $3
                WHERE id = $4 AND runner = $5 AND state IN ('running', 'stopping')";
            let values = [
                Value::Text(state.word()),
                Value::Text(&message),
                Value::Int(now.millis()),
                Value::from(task.bytes()),
                Value::from(&runner),
            ];
            unit.connection.execute(end, &values)?;
            Ok(())
        })
    }

    /// Asks a task to stop; `false` where it is over.
    pub fn stop_task(&self, task: TaskId, now: Moment) -> Pending<bool> {
        self.work(move |unit| {
            let id = Value::from(task.bytes());
            let waiting = "UPDATE tasks SET state = 'stopped', ended_at = $2
                WHERE id = $1 AND state = 'waiting'";
            let running = "UPDATE tasks SET state = 'stopping'
                WHERE id = $1 AND state IN ('running', 'stopping')";
            let stopped = unit.connection.execute(waiting, &[id, Value::Int(now.millis())])?
                + unit.connection.execute(running, &[id])?;
            unit.told(task);
            Ok(stopped > 0)
        })
    }

    /// Has a task go on that was stopped or failed; `false` where it was neither.
    pub fn resume_task(&self, task: TaskId) -> Pending<bool> {
        self.work(move |unit| {
            let resume = "UPDATE tasks SET state = 'waiting', ended_at = NULL, message = ''
                WHERE id = $1 AND state IN ('stopped', 'failed')";
            let resumed = unit.connection.execute(resume, &[Value::from(task.bytes())])? > 0;
            unit.told(task);
            Ok(resumed)
        })
    }

    /// Removes what ended before a moment, with its files.
    pub fn sweep_tasks(&self, before: Moment) -> Pending<()> {
        self.work(move |unit| {
            let old = [Value::Int(before.millis())];
            let files = "DELETE FROM task_files WHERE task IN
                (SELECT id FROM tasks WHERE ended_at < $1)";
            unit.connection.execute(files, &old)?;
            unit.connection.execute("DELETE FROM tasks WHERE ended_at < $1", &old)?;
            Ok(())
        })
    }
}

/// [`Store::ask_task`] in the open transaction.
pub(crate) fn keep(unit: &mut Unit<'_>, task: &Task, input: &[TaskFile]) -> Result<(), SqlError> {
    unit.told(task.id);
    let row = [
        Value::from(task.id.bytes()),
        Value::Text(&task.kind),
        Value::Text(task.action.code()),
        Value::Text(&task.title),
        Value::Text(&task.input),
        Value::from(task.asked_by.bytes()),
        Value::Int(task.asked_at.millis()),
        Value::Text(TaskState::Waiting.word()),
        None::<&[u8; 16]>.into(),
        Value::Null,
        Value::Null,
        Value::Int(0),
        Value::Int(0),
        Value::Int(0),
        Value::Int(0),
        Value::Text(""),
        Value::Text(""),
        Value::Null,
    ];
    unit.connection.insert(&TASKS, &row)?;
    files::keep(unit.connection, task.id, input)
}

impl Unit<'_> {
    fn told(&mut self, task: TaskId) {
        self.done.push(Done { subject: Subject::Task(task), result: DONE });
    }
}

fn count(count: u64) -> Value<'static> {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}
