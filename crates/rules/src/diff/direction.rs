//! Whether a change leaves more or less than before, as far as the rules alone decide it.

use super::ChangeKind;

/// What a change does, whoever it is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// The same in other words.
    Same,
    /// All that passed passes, and something else does too.
    Looser,
    /// Something that passed does not, and nothing else does.
    Tighter,
    /// Neither follows.
    Unclear,
}

impl Direction {
    /// From whether all the old passes now, and whether all that passes now did before.
    pub(super) const fn of(keeps_old: bool, adds_nothing: bool) -> Self {
        match (keeps_old, adds_nothing) {
            (true, true) => Self::Same,
            (true, false) => Self::Looser,
            (false, true) => Self::Tighter,
            (false, false) => Self::Unclear,
        }
    }

    /// Where more is looser.
    pub(super) fn of_more<T: Ord>(old: &T, new: &T) -> Self {
        Self::of(old <= new, new <= old)
    }

    /// Where more is tighter.
    pub(super) fn of_less<T: Ord>(old: &T, new: &T) -> Self {
        Self::of_more(old, new).reversed()
    }

    /// Where each entry of a set lets something more through.
    pub(super) fn of_sets<T: PartialEq>(old: &[T], new: &[T]) -> Self {
        let within = |some: &[T], all: &[T]| some.iter().all(|one| all.contains(one));
        Self::of(within(old, new), within(new, old))
    }

    /// Where more is tighter, from where more is looser.
    pub(super) const fn reversed(self) -> Self {
        match self {
            Self::Looser => Self::Tighter,
            Self::Tighter => Self::Looser,
            other => other,
        }
    }

    /// Both changes together.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, other) => other,
            (one, Self::Same) => one,
            (one, other) if one == other => one,
            _ => Self::Unclear,
        }
    }
}

impl From<Direction> for ChangeKind {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Same => Self::Wording,
            Direction::Looser => Self::Looser,
            Direction::Tighter => Self::Tighter,
            Direction::Unclear => Self::Changed,
        }
    }
}
