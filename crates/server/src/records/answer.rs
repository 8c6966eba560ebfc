//! What writing records came to, as it is sent.

use kangji_store::{OutcomeTold, PointsChange, Writing, WrittenService};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::ProblemBody;

/// What writing a record came to.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordResult)]
pub(crate) enum Outcome {
    /// It was not there.
    New,
    /// It said something else; what it said is kept.
    Corrected,
    /// It was there.
    Unchanged,
}

/// A record that was written.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordWritten)]
pub(crate) struct Written {
    /// The system's id.
    #[schema(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub(crate) id: String,
    /// The sender's id.
    pub(crate) code: String,
    /// How often it was written.
    pub(crate) version: i64,
    /// What writing came to.
    pub(crate) result: Outcome,
    /// What it is worth under each award that looks at it.
    pub(crate) points: Vec<Worth>,
}

/// What a record is worth under an award, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordPoints)]
pub(crate) struct Worth {
    /// The scheme.
    pub(crate) scheme: String,
    /// The award; null where there is none, or its id would name an illness to the caller.
    pub(crate) award: Option<String>,
    /// The award's name.
    pub(crate) title: String,
    /// What became of it, such as `credited` or `capped`; null where the caller may not know.
    pub(crate) outcome: Option<String>,
    /// Points, in the scheme's smallest unit.
    pub(crate) points: i64,
    /// Decimal places of the scheme's points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// Why, in Chinese.
    pub(crate) reason: String,
}

/// What a record is worth.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordWorth)]
pub(crate) struct Worths {
    /// Under each award that looks at it.
    pub(super) items: Vec<Worth>,
}

/// Points that are not what they were.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PointsChange)]
pub(crate) struct Change {
    /// The scheme.
    pub(crate) scheme: String,
    /// The award; null where its id would name an illness to the caller.
    pub(crate) award: Option<String>,
    /// The award's name.
    pub(crate) title: String,
    /// The resident concerned.
    #[schema(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub(crate) resident: String,
    /// The record, unless it is for a period.
    #[schema(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub(crate) record: Option<String>,
    /// The period of a period award.
    pub(crate) period: Option<String>,
    /// The day it counts for.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// The points before, in the scheme's smallest unit.
    pub(crate) before: i64,
    /// The points now.
    pub(crate) after: i64,
    /// Decimal places of the scheme's points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// Why, in Chinese.
    pub(crate) reason: String,
}

/// Records that were written together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordsWritten)]
pub(crate) struct AllWritten {
    /// In the order in which they were sent.
    pub(super) items: Vec<Written>,
}

/// A record that was corrected or declared void, and which points changed with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordChanged)]
pub(crate) struct Changed {
    /// The record.
    pub(super) record: Written,
    /// The resident's points that changed, also those of other records.
    pub(super) changes: Vec<Change>,
}

/// The answer to one line of a stream: the record, or what is wrong with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordStreamLine)]
pub(crate) struct Line {
    /// The number of the line, from 1 on; blank lines count and have no answer.
    pub(super) line: u64,
    /// What was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) record: Option<Written>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<ProblemBody>,
}

impl From<WrittenService> for Written {
    fn from(service: WrittenService) -> Self {
        let WrittenService { code, id, version, writing, outcomes } = service;
        let result = match writing {
            Writing::New => Outcome::New,
            Writing::Corrected => Outcome::Corrected,
            Writing::Unchanged => Outcome::Unchanged,
        };
        let points = outcomes.into_iter().map(Worth::from).collect();
        Self { id, code, version, result, points }
    }
}

impl From<OutcomeTold> for Worth {
    fn from(told: OutcomeTold) -> Self {
        let OutcomeTold { scheme, decimals, award, title, outcome, points, sentence } = told;
        Self { scheme, award, title, outcome, points: points.0, decimals, reason: sentence }
    }
}

impl From<PointsChange> for Change {
    fn from(change: PointsChange) -> Self {
        Self {
            scheme: change.scheme,
            award: change.award,
            title: change.title,
            resident: change.resident,
            record: change.record,
            period: change.period,
            date: change.day.to_string(),
            before: change.before.0,
            after: change.after.0,
            decimals: change.decimals,
            reason: change.sentence,
        }
    }
}
