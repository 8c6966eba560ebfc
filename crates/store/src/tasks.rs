//! Long work that somebody asked for: imports, simulations, corrections of thousands of records.
//! It is kept here, so that it outlives its page and its server; what a task does, and what its
//! texts and files say, is the caller's business.
//!
//! A task waits, is taken by one server, tells how far it is, and ends. A server that says nothing
//! for [`SILENCE_MILLIS`] is taken for gone: another one goes on at the place last told.

mod files;
mod reading;
mod running;
#[cfg(test)]
mod tests;

use kangji_core::{
    Moment,
    ids::{OfficerId, TaskId},
};
use kangji_rights::Action;

pub use files::TaskFile;
pub use reading::TaskQuery;
pub(crate) use running::keep;

/// After so long without a word the server that has a task is taken for gone, in milliseconds.
pub const SILENCE_MILLIS: i64 = 60_000;

/// Long work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What kind of work, as a word of whoever does it.
    pub kind: String,
    /// The right under which it was asked for and is done.
    pub action: Action,
    /// What it is called, for people.
    pub title: String,
    /// What exactly is asked, in a form of the kind.
    pub input: String,
    /// Who asked.
    pub asked_by: OfficerId,
    /// When.
    pub asked_at: Moment,
    /// How it stands.
    pub state: TaskState,
    /// How far it is.
    pub progress: Progress,
    /// When and with how much done the present run began, if one did.
    pub begun: Option<(Moment, u64)>,
    /// What it came to, or why it failed, for people.
    pub message: String,
    /// When it ended.
    pub ended_at: Option<Moment>,
}

/// How far a task is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows that were dealt with.
    pub done: u64,
    /// Those of them that were refused.
    pub refused: u64,
    /// How many there are; 0 where that is not known yet.
    pub total: u64,
    /// Where to go on, as a word of whoever does it; empty for the beginning.
    pub place: String,
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Nobody has begun.
    Waiting,
    /// A server is at it.
    Running,
    /// A server is at it, and was asked to stop.
    Stopping,
    /// It was stopped; what is done is done, and the rest can be resumed.
    Stopped,
    /// It is finished.
    Done,
    /// It cannot go on by itself; it can be resumed.
    Failed,
}

impl TaskState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Running, Self::Stopping, Self::Stopped, Self::Done, Self::Failed];

    /// The word in the database and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing happens any more unless somebody resumes it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Stopped | Self::Done | Self::Failed)
    }
}
