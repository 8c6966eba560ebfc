//! The audit log: searching it, and proving that it is whole.

mod pages;

use std::{fmt, str::FromStr};

use axum::{Json, extract::State};
use kangji_core::Moment;
use kangji_rights::{Action, Permit};
use kangji_store::{Actor, AuditQuery, AuditReport, Line, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{Search, page_size},
    problem::{Problem, ReadProblems},
    signed::Signed,
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

/// Which lines. Moments are milliseconds of UTC.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Who: `program`, `nobody`, or the kind with the id.
    #[param(
        pattern = "^(program|nobody|(staff|resident|client):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
    )]
    actor: Option<String>,
    /// On whom or what: the kind with the id.
    #[param(
        pattern = "^(resident|record|account|user|client|proposal|catalogue|agreement|statement|case|task|draft|note):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
    )]
    subject: Option<String>,
    /// The code of an action, such as `residents:reveal`.
    #[param(pattern = "^[a-z:-]{1,64}$")]
    action: Option<String>,
    /// Not before.
    from: Option<i64>,
    /// Before.
    until: Option<i64>,
    /// Only lines before the one of this number: `next` of the answer before.
    before: Option<i64>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// A line of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditLine {
    /// Its place, from 1 on.
    number: i64,
    /// When, in milliseconds of UTC.
    at: i64,
    /// Who: the kind, and the id where there is one.
    actor: String,
    /// What: the code of an action, or a word of the program.
    action: String,
    /// On whom or what; empty for nothing in particular.
    subject: String,
    /// The network address; of the program `cli:` and the account at its command line.
    origin: String,
    /// The request, as `trace-id` of its answer.
    trace: String,
    /// How it ended: `done`, or the code of a problem; `begun` of what is more than one step.
    result: String,
    /// The hash of this line and of all before it.
    hash: String,
}

/// Lines of the log, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditLines {
    items: Vec<AuditLine>,
    /// `before` of what follows; `null` at the end.
    next: Option<i64>,
}

/// What proving the log found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditProof {
    /// Whether every line is what was written, and none is missing.
    whole: bool,
    /// How many lines follow from each other.
    lines: i64,
    /// The first line that is not what was written, or that is missing.
    broken_at: Option<i64>,
    /// The hash at the end, to be kept outside the database.
    end: String,
}

/// Search the audit log.
#[utoipa::path(
    get, path = "/audit", tag = "audit", params(Which),
    responses(
        (status = 200, body = AuditLines),
        ReadProblems,
    ),
)]
async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<AuditLines>, Problem> {
    let query = which.query()?;
    let limit = usize::from(query.limit);
    let read = move |app: &App, _: &Permit| Ok(app.store().audit(&query)?);
    let lines = app.reading(&who, Action::AuditRead, Subject::None, read).await?;
    let next = lines.last().filter(|_| lines.len() == limit).map(|line| line.number);
    Ok(Json(AuditLines { items: lines.into_iter().map(AuditLine::from).collect(), next }))
}

/// Prove that the audit log is whole.
#[utoipa::path(
    post, path = "/audit/verification", tag = "audit",
    responses(
        (status = 200, body = AuditProof),
        ReadProblems,
    ),
)]
async fn verify(State(app): State<App>, who: Signed) -> Result<Json<AuditProof>, Problem> {
    let verify = |app: &App, _: &Permit| Ok(app.store().verify_audit()?);
    let report = app.reading(&who, Action::AuditRead, Subject::None, verify).await?;
    let AuditReport { lines, broken_at, end } = report;
    Ok(Json(AuditProof { whole: broken_at.is_none(), lines, broken_at, end: end.to_string() }))
}

impl Which {
    fn query(self) -> Result<AuditQuery, Problem> {
        let Self { actor, subject, action, from, until, before, limit } = self;
        let limit = page_size(limit)?;
        let letters = |action: &String| {
            let known = |byte| matches!(byte, b'a'..=b'z' | b':' | b'-');
            (1..=64).contains(&action.len()) && action.bytes().all(known)
        };
        if !action.as_ref().is_none_or(letters) {
            return Err(Problem::invalid("action", "写成动作的代码，例如 residents:reveal"));
        }
        Ok(AuditQuery {
            actor: named(actor.as_deref(), "actor", |kind, id| {
                Some(match kind {
                    "program" if id.is_empty() => Actor::Program,
                    "nobody" if id.is_empty() => Actor::Nobody,
                    "staff" => Actor::Staff(read(id)?),
                    "resident" => Actor::Resident(read(id)?),
                    "client" => Actor::Client(read(id)?),
                    _ => return None,
                })
            })?,
            subject: named(subject.as_deref(), "subject", |kind, id| {
                Some(match kind {
                    "resident" => Subject::Resident(read(id)?),
                    "record" => Subject::Record(read(id)?),
                    "account" => Subject::Account(read(id)?),
                    "user" => Subject::User(read(id)?),
                    "client" => Subject::Client(read(id)?),
                    "proposal" => Subject::Proposal(read(id)?),
                    "catalogue" => Subject::Catalogue(read(id)?),
                    "agreement" => Subject::Agreement(read(id)?),
                    "statement" => Subject::Statement(read(id)?),
                    "case" => Subject::Case(read(id)?),
                    "task" => Subject::Task(read(id)?),
                    "draft" => Subject::Draft(read(id)?),
                    "note" => Subject::Note(read(id)?),
                    _ => return None,
                })
            })?,
            action,
            from: from.map(Moment::from_millis),
            until: until.map(Moment::from_millis),
            before,
            limit,
        })
    }
}

fn read<T: FromStr>(id: &str) -> Option<T> {
    id.parse().ok()
}

/// Somebody or something by kind and id.
fn named<T>(
    text: Option<&str>,
    place: &str,
    named: impl FnOnce(&str, &str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let (kind, id) = text.split_once(':').unwrap_or((text, ""));
    let wrong = || Problem::invalid(place, "写成“种类:编号”，如接口说明所列");
    named(kind, id).map(Some).ok_or_else(wrong)
}

/// The kind and the id, as the query takes them.
struct Name<'a>((&'a str, Option<&'a [u8; 16]>));

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id) = self.0;
        f.write_str(kind)?;
        id.map_or(Ok(()), |id| write!(f, ":{}", uuid::Uuid::from_bytes(*id).hyphenated()))
    }
}

impl From<Line> for AuditLine {
    fn from(line: Line) -> Self {
        Self {
            number: line.number,
            at: line.at.millis(),
            actor: Name(line.deed.actor.parts()).to_string(),
            subject: Name(line.subject.parts()).to_string(),
            action: line.deed.action,
            origin: line.deed.origin,
            trace: line.deed.trace.to_string(),
            result: line.result,
            hash: line.hash.to_string(),
        }
    }
}
