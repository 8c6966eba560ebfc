//! The statement: what counted, what did not and why, what waits, what could still earn.

use std::collections::HashMap;

use axum::{Json, extract::State};
use kangji_core::{Day, Points, ids::HolderId};
use kangji_rights::{Action, Permit};
use kangji_rules::explain;
use kangji_store::{Explained, Subject};
use serde::Serialize;
use utoipa::ToSchema;

use super::{care, own, reading, resident};
use crate::{
    app::App,
    input::At,
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
};

/// A resident's points under a scheme, explained to whoever reads. Amounts are in the scheme's
/// smallest unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Statement {
    /// The scheme's title.
    pub(crate) scheme: String,
    /// The day it is made for.
    #[schema(format = Date)]
    pub(crate) as_of: String,
    /// Decimal places of the points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// What must be said first.
    pub(crate) notices: Vec<String>,
    /// All points credited.
    pub(crate) credited: i64,
    /// Those of them that are valid, before anything was spent.
    pub(crate) valid: i64,
    /// Those that lapse within 90 days.
    pub(crate) expiring: Vec<Lapse>,
    /// What counted, by award.
    pub(crate) counted: Vec<Counted>,
    /// What did not count.
    pub(crate) not_counted: Vec<Line>,
    /// What waits for somebody or something.
    pub(crate) waiting: Vec<Line>,
    /// Points for helping others.
    pub(crate) helping: Option<Helping>,
    /// What could still earn points.
    pub(crate) prospects: Vec<Prospect>,
    /// Awards that give no more this year.
    pub(crate) full_this_year: Vec<String>,
    /// Awards that count once and have counted.
    pub(crate) full_for_good: Vec<String>,
    /// What earns points, for somebody who has nothing yet.
    pub(crate) ways: Vec<String>,
}

/// Points that lapse.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PointsLapse)]
pub(crate) struct Lapse {
    /// The first day on which they are no longer valid.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// How many.
    pub(crate) points: i64,
}

impl From<(Day, Points)> for Lapse {
    fn from((day, points): (Day, Points)) -> Self {
        Self { date: day.to_string(), points: points.0 }
    }
}

/// What counted of one award.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementCounted)]
pub(crate) struct Counted {
    /// The award's name.
    pub(crate) title: String,
    /// The award's id, its place in the published document; null where it would name an illness
    /// to the caller.
    pub(crate) award: Option<String>,
    /// The article it rests on.
    pub(crate) article: Option<String>,
    /// All its points.
    pub(crate) points: i64,
    /// Each time.
    pub(crate) lines: Vec<Line>,
}

/// What became of one record or period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementLine)]
pub(crate) struct Line {
    /// The day.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// The award's name.
    pub(crate) title: String,
    /// The award's id, its place in the published document; null where it would name an illness
    /// to the caller.
    pub(crate) award: Option<String>,
    /// The ward it is about; null where it is the holder.
    pub(crate) ward: Option<String>,
    /// What became of it; null where the reader may not know.
    pub(crate) outcome: Option<String>,
    /// The points credited.
    pub(crate) points: i64,
    /// The first day on which they are no longer valid.
    #[schema(format = Date)]
    pub(crate) expires_on: Option<String>,
    /// Why, with the article and what to do, in Chinese.
    pub(crate) reason: String,
}

/// Points for helping others: what was received, and totals of months that are over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementHelping)]
pub(crate) struct Helping {
    /// The reports that were received.
    pub(crate) receipts: Vec<Receipt>,
    /// The months that are over.
    pub(crate) months: Vec<Month>,
    /// From when the running month's total can be read.
    #[schema(format = Date)]
    pub(crate) next_total_on: String,
}

/// A report that was received.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementReceipt)]
pub(crate) struct Receipt {
    /// The day of the report.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// What it was about.
    pub(crate) title: String,
}

/// The points of a month.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementMonth)]
pub(crate) struct Month {
    /// The month's first day.
    #[schema(format = Date)]
    pub(crate) month: String,
    /// What was credited.
    pub(crate) points: i64,
}

/// What could still earn points.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Prospect {
    /// The award's name.
    pub(crate) title: String,
    /// The award's id, its place in the published document.
    pub(crate) award: String,
    /// The ward whose records would earn it; null where it is the holder.
    pub(crate) ward: Option<String>,
    /// What to do for it.
    pub(crate) deed: String,
    /// Points each time, or for each unit.
    pub(crate) points: i64,
    /// The unit, where points are counted by it.
    pub(crate) unit: Option<String>,
    /// The values still open, such as stages of a child's visits.
    pub(crate) open: Vec<String>,
    /// When it counts again, where a limit is full.
    #[schema(format = Date)]
    pub(crate) again_on: Option<String>,
    /// When a period award is counted.
    #[schema(format = Date)]
    pub(crate) counted_on: Option<String>,
    /// What is still missing.
    pub(crate) missing: Vec<String>,
    /// What else must hold.
    pub(crate) notes: Vec<String>,
}

/// Puts the system's ids in the place of codes.
struct Ids(HashMap<String, HolderId>);

impl Ids {
    fn of(&self, code: &str) -> Option<String> {
        self.0.get(code).map(ToString::to_string)
    }

    fn line(&self, line: explain::Line) -> Line {
        let explain::Line { ward, points, expires_on, explanation } = line;
        Line {
            date: explanation.date.to_string(),
            ward: ward.and_then(|code| self.of(&code)),
            outcome: explanation.kind.map(|kind| kind.word().to_owned()),
            points: points.0,
            expires_on: expires_on.map(|day| day.to_string()),
            reason: explanation.sentence(),
            title: explanation.title,
            award: explanation.award,
        }
    }

    fn lines(&self, lines: Vec<explain::Line>) -> Vec<Line> {
        lines.into_iter().map(|line| self.line(line)).collect()
    }

    fn counted(&self, counted: explain::Counted) -> Counted {
        let explain::Counted { title, award, article, points, lines } = counted;
        Counted { title, award, article, points: points.0, lines: self.lines(lines) }
    }
}

impl From<explain::HelperAccount> for Helping {
    fn from(account: explain::HelperAccount) -> Self {
        let receipts = account.receipts.into_iter();
        let months = account.months.into_iter();
        Self {
            receipts: receipts
                .map(|one| Receipt { date: one.date.to_string(), title: one.title })
                .collect(),
            months: months
                .map(|one| Month { month: one.month.to_string(), points: one.points.0 })
                .collect(),
            next_total_on: account.next_total_on.to_string(),
        }
    }
}

impl From<Explained> for Statement {
    fn from(Explained { statement, ids }: Explained) -> Self {
        let ids = Ids(ids);
        let wards = statement.wards;
        let prospect = |prospect: explain::Prospect| {
            let ward = wards.iter().find(|(sym, _)| *sym == prospect.resident);
            Prospect {
                title: prospect.title,
                award: prospect.id,
                ward: ward.and_then(|(_, code)| ids.of(code)),
                deed: prospect.deed,
                points: prospect.points.0,
                unit: prospect.unit,
                open: prospect.open,
                again_on: prospect.again_on.map(|day| day.to_string()),
                counted_on: prospect.counted_on.map(|day| day.to_string()),
                missing: prospect.missing,
                notes: prospect.notes,
            }
        };
        Self {
            scheme: statement.scheme,
            as_of: statement.as_of.to_string(),
            decimals: statement.decimals.places(),
            notices: statement.notices,
            credited: statement.credited.0,
            valid: statement.valid.0,
            expiring: statement.expiring.into_iter().map(Lapse::from).collect(),
            counted: statement.counted.into_iter().map(|one| ids.counted(one)).collect(),
            not_counted: ids.lines(statement.not_counted),
            waiting: ids.lines(statement.waiting),
            helping: statement.helping.map(Helping::from),
            prospects: statement.prospects.into_iter().map(prospect).collect(),
            full_this_year: statement.full_this_year,
            full_for_good: statement.full_for_good,
            ways: statement.ways,
        }
    }
}

/// Read a resident's statement with the reasons.
///
/// The person, their guardian and staff with `points:care` read it in full; others learn that it
/// is not for them.
#[utoipa::path(
    get, path = "/residents/{id}/accounts/{scheme}/statement", tag = "points",
    params(
        ("id" = String, Path, description = "The resident's id, a UUID."),
        ("scheme" = String, Path, description = "The scheme."),
    ),
    responses((status = 200, body = Statement), ReadProblems),
)]
pub(crate) async fn read(
    State(app): State<App>,
    who: Signed,
    At((id, scheme)): At<(String, String)>,
) -> Result<Json<Statement>, Problem> {
    let holder = resident(&id)?;
    let (care, own) = (care(&app, &who), own(&who));
    let read = move |app: &App, permit: &Permit| {
        let reading = reading(app, permit, care.as_ref(), own);
        let explained = app.store().statement(holder, &scheme, reading)?;
        Ok(Json(explained.ok_or(Code::NotFound)?.into()))
    };
    app.reading(&who, Action::PointsRead, Subject::Resident(holder), read).await
}
