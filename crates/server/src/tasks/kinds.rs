//! What long work there is, who does it, and what files it gives.

use super::running::{Halt, Running};

/// A kind of long work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {}

/// A file that a task gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub(crate) name: &'static str,
    /// What it is, for people.
    pub(crate) label: &'static str,
    /// Its media type.
    pub(crate) kind: &'static str,
}

impl Kind {
    pub(crate) const ALL: [Self; 0] = [];

    /// The word in the database and the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {}
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What it is called, for people.
    pub(crate) const fn chinese(self) -> &'static str {
        match self {}
    }

    /// The files it gives, as far as it came.
    pub(crate) const fn gives(self) -> &'static [Given] {
        match self {}
    }

    /// The page that shows what it came to; none for what is told by its message and files.
    pub(crate) fn page(self, id: &str) -> Option<String> {
        match self {}
    }

    /// Does it, or goes on with it, and says what it came to.
    pub(super) fn run(self, running: &mut Running<'_>) -> Result<String, Halt> {
        match self {}
    }
}
