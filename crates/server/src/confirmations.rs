//! Candidates that somebody has to confirm, and the decisions about them.

pub(crate) mod pages;

use axum::{Json, extract::State};
use kangji_core::{Period, ids::HolderId};
use kangji_rights::{Action, Permit};
use kangji_store::{
    Actor, Candidate, CandidateQuery, Decided, Decision, DecisionFault, DecisionSubject, Subject,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{Search, Write, WriteHeaders, page_size},
    points::{care, own, reading},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    records::{Change, Record, reason},
    signed::Signed,
};

/// The role in schemes of whoever checks in the village (T6).
const CHECKER: &str = "checker";

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, decide))
}

/// Only what waits is listed.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
enum Waiting {
    /// It waits.
    #[serde(rename = "true")]
    True,
}

/// Which candidates.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Whether they wait for a decision; no others are listed.
    #[param(inline)]
    #[serde(rename = "waiting")]
    _waiting: Option<Waiting>,
    /// Of this award.
    award: Option<String>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.[0-9]{1,9}$")]
    after: Option<String>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A candidate that waits for a decision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConfirmationCandidate)]
struct Waits {
    /// The scheme.
    scheme: String,
    /// The award; null where its id would name an illness to the caller.
    award: Option<String>,
    /// The award's name.
    title: String,
    /// The role that confirms, as the scheme says.
    role: String,
    /// The resident's id.
    resident: String,
    /// The record, unless it is for a period.
    record: Option<String>,
    /// The period, such as `2026` or `2026-Q3`.
    period: Option<String>,
    /// The day it counts for.
    #[schema(format = Date)]
    date: String,
    /// The points each time, or for each unit, in the scheme's smallest unit.
    points: i64,
    /// Decimal places of the scheme's points.
    #[schema(maximum = 2)]
    decimals: u8,
    /// The records it rests on.
    records: Vec<Record>,
}

/// A page of candidates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConfirmationCandidates)]
struct Page {
    items: Vec<Waits>,
    /// Where the next page begins; null on the last one. A page may be empty and not the last.
    next: Option<String>,
}

impl From<Candidate> for Waits {
    fn from(candidate: Candidate) -> Self {
        Self {
            scheme: candidate.scheme,
            award: candidate.award,
            title: candidate.title,
            role: candidate.role,
            resident: candidate.resident.to_string(),
            record: candidate.record.map(|id| id.to_string()),
            period: candidate.period,
            date: candidate.day.to_string(),
            points: candidate.points.0,
            decimals: candidate.decimals,
            records: candidate.records.into_iter().map(Record::from).collect(),
        }
    }
}

/// List what waits for confirmation, with the records it rests on.
#[utoipa::path(
    get, path = "/confirmations", tag = "confirmations", params(Which),
    responses((status = 200, body = Page), ReadProblems),
)]
async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Page>, Problem> {
    let after = which.after.as_deref().map(cursor).transpose()?;
    let (action, role) = confirming(&app, &who);
    let query = CandidateQuery {
        award: which.award,
        role,
        reader: None,
        after: after.unwrap_or((HolderId::from_bytes([0; 16]), 0)),
        limit: usize::try_from(page_size(which.limit)?).unwrap_or(1),
    };
    let (care, own, officer) = (care(&app, &who), own(&who), who.principal());
    app.reading(&who, action, Subject::None, move |app, permit| {
        let reader = match officer {
            Actor::Staff(id) => app.store().user(id)?.map(|user| user.worker),
            _ => None,
        };
        let query = CandidateQuery { reader: reader.filter(|code| !code.is_empty()), ..query };
        let reading = reading(app, permit, care.as_ref(), own);
        let (candidates, next) = app.store().candidates(&query, reading)?;
        let items = candidates.into_iter().map(Waits::from).collect();
        let next = next.map(|(resident, shown)| format!("{resident}.{shown}"));
        Ok(Json(Page { items, next }))
    })
    .await
}

/// The right by which somebody confirms, and the only role they confirm as: the village's second
/// person checks what the village reports, and nothing that needs a doctor.
pub(crate) fn confirming(app: &App, who: &Signed) -> (Action, Option<&'static str>) {
    let decides = who.permit(Action::ConfirmationsDecide, app.roles()).is_some();
    let checks = who.permit(Action::ConfirmationsCheck, app.roles()).is_some();
    match checks && !decides {
        true => (Action::ConfirmationsCheck, Some(CHECKER)),
        false => (Action::ConfirmationsDecide, None),
    }
}

fn cursor(text: &str) -> Result<(HolderId, usize), Problem> {
    let parts = text.split_once('.').and_then(|(resident, shown)| {
        Some((resident.parse::<HolderId>().ok()?, shown.parse::<usize>().ok()?))
    });
    parts.ok_or_else(|| Problem::invalid("after", "请沿用上一页的 next"))
}

/// A decision about a record, or about a resident's period.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Confirmation)]
struct Confirmation {
    /// The award; left out where the list withholds it, of a record award only.
    #[schema(min_length = 1, max_length = 64)]
    award: Option<String>,
    /// The record's id; of a record award.
    #[schema(format = "uuid")]
    record: Option<String>,
    /// The resident's id; of a period award.
    #[schema(format = "uuid")]
    resident: Option<String>,
    /// The period, such as `2026` or `2026-Q3`; of a period award.
    #[schema(pattern = "^(19|20)[0-9]{2}(-Q[1-4]|-(0[1-9]|1[0-2]))?$")]
    period: Option<String>,
    /// Accepted or rejected.
    accept: bool,
    /// Why.
    #[schema(max_length = 500, pattern = "\\S")]
    reason: Option<String>,
}

/// What a decision came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Confirmed)]
struct Answer {
    /// Whether it had been decided so before.
    already: bool,
    /// The resident's points that changed.
    changes: Vec<Change>,
}

impl From<Decided> for Answer {
    fn from(Decided { again, changes }: Decided) -> Self {
        Self { already: again, changes: changes.into_iter().map(Change::from).collect() }
    }
}

impl Confirmation {
    fn subject(&self) -> Result<DecisionSubject, Problem> {
        match (&self.record, &self.resident, &self.period) {
            (Some(record), None, None) => {
                let id = record.parse().map_err(|_| nothing_waits())?;
                Ok(DecisionSubject::Record(id))
            }
            (None, Some(resident), Some(period)) => {
                let id = resident.parse().map_err(|_| nothing_waits())?;
                if Period::parse(period).is_none() {
                    let detail = "周期写成 2026、2026-Q3 或 2026-07";
                    return Err(Problem::invalid("period", detail));
                }
                Ok(DecisionSubject::Period(id, period.clone()))
            }
            _ => Err(Problem::invalid("record", "写明 record，或者同时写明 resident 和 period")),
        }
    }
}

fn nothing_waits() -> Problem {
    Problem::from(Code::NotFound).saying("没有等待确认的这一项，或不在您的辖区内")
}

/// Accept or reject a candidate; its points are posted at once.
///
/// Who recorded it, who earns by it, and who is close to them decide nothing.
#[utoipa::path(
    post, path = "/confirmations", tag = "confirmations", request_body = Confirmation,
    params(WriteHeaders),
    responses((status = 200, body = Answer), WriteProblems),
)]
async fn decide(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<Confirmation>,
) -> Result<Json<Answer>, Problem> {
    let subject = body.subject()?;
    let reason = body.reason.as_deref().map(reason).transpose()?;
    let Confirmation { award, accept, .. } = body;
    let (care, now) = (care(&app, &who), app.now());
    let officer = who.principal();
    let (action, role) = confirming(&app, &who);
    app.writing(&who, action, Some(key), move |store, permit: &Permit| {
        let user = match officer {
            Actor::Staff(id) => store.user(id)?,
            _ => None,
        };
        // Without a code of their own nobody can tell whether they recorded it.
        let user = user.filter(|user| !user.worker.is_empty()).ok_or_else(|| {
            Problem::from(Code::Forbidden)
                .saying("确认要由登记了工号的工作人员本人作出；请让安全管理员登记您的工号")
        })?;
        let (officer, worker) = (user.id, user.worker);
        if let (Some(_), DecisionSubject::Record(id)) = (role, &subject)
            && store.is_own_record(*id, officer, &worker)?
        {
            // Said before it is looked up whether it waits: that would tell what came of it (T10).
            return Err(refused(DecisionFault::Recorded));
        }
        let award = match (award, &subject) {
            (Some(award), _) => Some(award),
            (None, DecisionSubject::Record(id)) => store.withheld_award(*id, permit, now.day())?,
            (None, DecisionSubject::Period(..)) => None,
        };
        let award = award.ok_or_else(nothing_waits)?;
        let decision = Decision { award, subject, accept, role, officer, worker, reason, now };
        let checked = store.check_decision(decision, permit, care.as_ref())?.map_err(refused)?;
        Ok(Json(store.decide(checked).wait()?.into()))
    })
    .await
}

fn refused(fault: DecisionFault) -> Problem {
    let same = |detail: &str| Problem::from(Code::SamePerson).saying(detail);
    match fault {
        DecisionFault::NothingWaits => nothing_waits(),
        DecisionFault::Recorded => same("登记、更正或协助这项服务的人不能确认它"),
        DecisionFault::Earns => same("得积分的人、其监护人和亲属不能确认"),
        DecisionFault::DecidedOtherwise => Problem::from(Code::Conflict)
            .saying("这一项已有相反的决定；决定不能改写，确有错误请更正所依据的记录"),
    }
}
