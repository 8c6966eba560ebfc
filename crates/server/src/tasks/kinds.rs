//! What long work there is, who does it, and what files it gives.

use kangji_store::VOID_RECORDS;

use super::running::{Halt, Running};
use crate::{imports, sanctions, simulations};

/// A kind of long work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Records that an institution forged are declared void.
    VoidRecords,
    /// What a changed scheme would have meant.
    Simulation,
    /// Judging the rows of an uploaded file.
    ImportPreview,
    /// Doing what they say.
    Import,
}

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
    pub(crate) const ALL: [Self; 4] =
        [Self::VoidRecords, Self::Simulation, Self::ImportPreview, Self::Import];

    /// The word in the database and the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::VoidRecords => VOID_RECORDS,
            Self::Simulation => "simulation",
            Self::ImportPreview => "import_preview",
            Self::Import => "import",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The files it gives, as far as it came.
    pub(crate) const fn gives(self) -> &'static [Given] {
        match self {
            Self::VoidRecords | Self::ImportPreview | Self::Import => &[],
            Self::Simulation => simulations::GIVES,
        }
    }

    /// The page that shows what it came to; none for what is told by its message and files.
    pub(crate) fn page(self, id: &str) -> Option<String> {
        match self {
            Self::VoidRecords => None,
            Self::Simulation => Some(format!("/simulations/{id}")),
            Self::ImportPreview | Self::Import => Some(format!("/imports/{id}")),
        }
    }

    /// Does it, or goes on with it, and says what it came to.
    pub(super) fn run(self, running: &mut Running<'_>) -> Result<String, Halt> {
        match self {
            Self::VoidRecords => sanctions::void(running),
            Self::Simulation => simulations::simulate(running),
            Self::ImportPreview => imports::run_preview(running),
            Self::Import => imports::run_apply(running),
        }
    }
}
