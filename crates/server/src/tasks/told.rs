//! How a task stands, as it is told.

use kangji_core::Moment;
use kangji_store::{Task, TaskState};
use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::Kind;

/// How a task stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskEntry {
    pub(crate) id: String,
    /// What kind of work: `simulation`, `import` and so on.
    pub(crate) kind: String,
    /// What it is called, for people.
    pub(crate) title: String,
    /// `waiting`, `running`, `stopping`, `stopped`, `done` or `failed`.
    #[schema(pattern = "^(waiting|running|stopping|stopped|done|failed)$")]
    pub(crate) state: &'static str,
    /// When it was asked for, in milliseconds of UTC.
    pub(crate) asked_at: i64,
    /// When it ended, in milliseconds of UTC.
    pub(crate) ended_at: Option<i64>,
    /// Rows that were dealt with.
    pub(crate) done: u64,
    /// Those of them that were refused.
    pub(crate) refused: u64,
    /// How many there are; 0 where that is not known yet.
    pub(crate) total: u64,
    /// How many seconds it will take from now on at its present speed, where that can be told.
    pub(crate) seconds_left: Option<u64>,
    /// What it came to, or why it failed, for people.
    pub(crate) message: String,
    /// The names of the files it gives, once it is over.
    pub(crate) files: Vec<&'static str>,
}

impl TaskEntry {
    pub(crate) fn of(task: &Task, now: Moment) -> Self {
        let given = Kind::of_word(&task.kind).map(Kind::gives).unwrap_or_default();
        let over = task.state.is_over();
        Self {
            id: task.id.to_string(),
            kind: task.kind.clone(),
            title: task.title.clone(),
            state: task.state.word(),
            asked_at: task.asked_at.millis(),
            ended_at: task.ended_at.map(Moment::millis),
            done: task.progress.done,
            refused: task.progress.refused,
            total: task.progress.total,
            seconds_left: seconds_left(task, now),
            message: task.message.clone(),
            files: given.iter().filter(|_| over).map(|file| file.name).collect(),
        }
    }
}

/// By the speed of the present run: what was done before it took no time of its own.
fn seconds_left(task: &Task, now: Moment) -> Option<u64> {
    let (at, before) = task.begun.filter(|_| task.state == TaskState::Running)?;
    let done = task.progress.done.checked_sub(before).filter(|done| *done > 0)?;
    let left = task.progress.total.checked_sub(task.progress.done)?;
    let millis = u64::try_from(now.millis().checked_sub(at.millis())?).ok()?;
    Some(millis.checked_mul(left)?.checked_div(done)?.div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use kangji_core::ids::{OfficerId, TaskId};
    use kangji_rights::Action;
    use kangji_store::Progress;

    use super::*;

    #[test]
    fn the_time_left_follows_the_present_run() {
        let at = Moment::from_millis;
        let task = |done, total, begun| Task {
            id: TaskId::from_bytes([1; 16]),
            kind: String::new(),
            action: Action::RecordsWrite,
            title: String::new(),
            input: String::new(),
            asked_by: OfficerId::from_bytes([1; 16]),
            asked_at: at(0),
            state: TaskState::Running,
            progress: Progress { done, total, ..Progress::default() },
            begun,
            message: String::new(),
            ended_at: None,
        };
        let left = |task| seconds_left(&task, at(10_000));
        assert_eq!(left(task(50, 200, Some((at(0), 0)))), Some(30));
        assert_eq!(left(task(150, 200, Some((at(0), 100)))), Some(10), "a resumed one");
        assert_eq!(left(task(0, 200, Some((at(0), 0)))), None);
        assert_eq!(left(task(50, 0, Some((at(0), 0)))), None, "nobody knows how many");
        assert_eq!(left(task(50, 200, None)), None);
        let over = Task { state: TaskState::Done, ..task(50, 200, Some((at(0), 0))) };
        assert_eq!(left(over), None);
    }
}
