//! What becomes of the rows of a file.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    /// It says something new.
    New,
    /// It changes something that is known.
    Changed,
    /// All it says is known.
    Same,
    /// It is not taken.
    Refused,
}

impl Fate {
    pub(crate) const ALL: [Self; 4] = [Self::New, Self::Changed, Self::Same, Self::Refused];

    /// The word of the API.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Same => "same",
            Self::Refused => "refused",
        }
    }

    /// For people.
    pub(crate) const fn chinese(self) -> &'static str {
        match self {
            Self::New => "新增",
            Self::Changed => "更改",
            Self::Same => "没有变化",
            Self::Refused => "退回",
        }
    }
}

/// What becomes of a row, and what there is to say of it: what it changes, or why it is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) fate: Fate,
    pub(super) says: String,
}

impl Judged {
    pub(super) const fn new(fate: Fate) -> Self {
        Self { fate, says: String::new() }
    }

    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self { fate: Fate::Refused, says: why.into() }
    }

    /// What changes, by its names; nothing is no change.
    pub(super) fn changed(what: &[&str]) -> Self {
        match what.is_empty() {
            true => Self::new(Fate::Same),
            false => Self { fate: Fate::Changed, says: format!("更改：{}", what.join("、")) },
        }
    }
}

/// A row and what becomes of it, as it is kept and told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ImportRow {
    /// Its line, as spreadsheets number them.
    pub(crate) line: u64,
    pub(crate) fate: Fate,
    /// Whom or what it is about, names and numbers masked.
    pub(crate) about: String,
    /// What it changes, or why it is refused, for people.
    pub(crate) says: String,
}

/// How many rows fared how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ImportCounts {
    /// Those that say something new.
    pub(crate) new: u64,
    /// Those that change something.
    pub(crate) changed: u64,
    /// Those that say what is known.
    pub(crate) same: u64,
    /// Those that are not taken.
    pub(crate) refused: u64,
}

impl ImportCounts {
    pub(super) const fn count(&mut self, fate: Fate) {
        *match fate {
            Fate::New => &mut self.new,
            Fate::Changed => &mut self.changed,
            Fate::Same => &mut self.same,
            Fate::Refused => &mut self.refused,
        } += 1;
    }

    pub(crate) const fn of(&self, fate: Fate) -> u64 {
        match fate {
            Fate::New => self.new,
            Fate::Changed => self.changed,
            Fate::Same => self.same,
            Fate::Refused => self.refused,
        }
    }

    /// For people.
    pub(super) fn chinese(&self) -> String {
        let one = |fate: &Fate| format!("{} {} 行", fate.chinese(), self.of(*fate));
        Fate::ALL.iter().map(one).collect::<Vec<_>>().join("，")
    }
}
