//! Outcomes: what became of each candidate, as codes and references.
//!
//! An outcome names its award, record, limit and so on by place; sentences for a viewer are made
//! in [`crate::explain`], columns of a table in [`crate::score::columns`].

use kangji_core::{Day, Period, Points, Sym};

use crate::scheme::HolderType;

/// What became of a candidate, in the order in which the steps decide (step numbers of
/// `docs/scoring.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutcomeKind {
    /// The record was declared void (step 1).
    Void,
    /// The record lies outside what the scheme governs (step 1).
    OutOfScope,
    /// The resident may not take part (step 3).
    NotEligible,
    /// A figure of the community (step 4) or a requirement (step 7) is not met.
    NotMet,
    /// A figure (step 4) or a decision (step 9) is not there yet.
    Pending,
    /// Within the share that does not count (step 5).
    BelowThreshold,
    /// Nobody holds the points (step 6).
    NoHolder,
    /// The holder is under a sanction (step 8).
    Sanctioned,
    /// Somebody with the right role rejected it (step 9).
    Rejected,
    /// A limit is reached (step 10).
    Capped,
    /// Another award takes its place (step 11).
    Superseded,
    /// Points are credited (step 12).
    Credited,
}

impl OutcomeKind {
    /// All kinds, in order.
    pub const ALL: [Self; 12] = [
        Self::Void,
        Self::OutOfScope,
        Self::NotEligible,
        Self::NotMet,
        Self::Pending,
        Self::BelowThreshold,
        Self::NoHolder,
        Self::Sanctioned,
        Self::Rejected,
        Self::Capped,
        Self::Superseded,
        Self::Credited,
    ];

    /// The word in outcome tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Void => "void",
            Self::OutOfScope => "out_of_scope",
            Self::NotEligible => "not_eligible",
            Self::NotMet => "not_met",
            Self::Pending => "pending",
            Self::BelowThreshold => "below_threshold",
            Self::NoHolder => "no_holder",
            Self::Sanctioned => "sanctioned",
            Self::Rejected => "rejected",
            Self::Capped => "capped",
            Self::Superseded => "superseded",
            Self::Credited => "credited",
        }
    }
}

/// An award of a program, as its place in the byte order of award ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AwardIx(pub u16);

/// A version of a program, as its place in the order of first days; the first is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionIx(pub u8);

/// What an outcome is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A record, by its row.
    Record(u32),
    /// A period of the resident.
    Period(Period),
}

/// Why a record is out of scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutOfScope {
    /// The residents table lacks the resident.
    UnknownResident,
    /// Dated after the evaluation day.
    Later,
    /// No version of the scheme is in force on the date.
    NotInForce,
    /// The resident does not live in the scheme's division on the date.
    OutsideDivision,
}

impl OutOfScope {
    /// All reasons.
    pub const ALL: [Self; 4] =
        [Self::UnknownResident, Self::Later, Self::NotInForce, Self::OutsideDivision];
}

/// The reason of an outcome; places refer to the award in the outcome's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// All of it is credited, or the outcome says it all.
    Nothing,
    /// Why the record is out of scope.
    Scope(OutOfScope),
    /// The scheme's `eligible` condition at this place fails.
    Ineligible(u8),
    /// The `given` figure at this place fails or is missing.
    Given(u8),
    /// The figure of `beyond` is missing.
    BeyondMissing,
    /// The resident's rank among those counted by `beyond`.
    Rank(u32),
    /// The requirement at this place of `requires` has only so many records (or so long a streak).
    Requires(u8, u16),
    /// No requirement of `requires_any` is met.
    RequiresAny,
    /// The sanction at this place of the table.
    Sanction(u32),
    /// The decision at this place of the table.
    Decision(u32),
    /// No decision is there yet.
    NoDecision,
    /// The limit at this place is full, or leaves only part of the points.
    Limit(u8),
    /// This award is credited instead; its place among the outcomes of the same resident is
    /// found by award and period.
    Winner(AwardIx, Winner),
}

/// The credited candidate before which another gives way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Winner {
    /// A record, by its row.
    Record(u32),
    /// A period award dated this day.
    Period(Day),
}

/// What became of one candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The award; `None` for records that are void or out of scope.
    pub award: Option<AwardIx>,
    /// The version that scored it; `None` where no version was in force.
    pub version: Option<VersionIx>,
    /// What became of it.
    pub kind: OutcomeKind,
    /// Who would hold the points.
    pub holder_type: HolderType,
    /// The holder; [`Sym::EMPTY`] if there is none.
    pub holder: Sym,
    /// The resident.
    pub resident: Sym,
    /// The record or period.
    pub subject: Subject,
    /// The day of the record, or the last day of the period.
    pub date: Day,
    /// The points credited; zero unless credited.
    pub points: Points,
    /// The first day on which the points are no longer valid; `None` unless credited.
    pub expires_on: Option<Day>,
    /// Why.
    pub because: Because,
}
