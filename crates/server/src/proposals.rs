//! What takes two people: proposals, and decisions on them. There is no other address for what can
//! be proposed here.

mod content;
mod hand_on;
mod metric;
mod pages;
mod sanctions;
mod says;

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::ids::ProposalId;
use kangji_rights::{Action, Permit};
use kangji_store::{NotDecided, Proposal, ProposalQuery, Store, Subject, new_id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, Write, WriteHeaders, page_size},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

pub(crate) use content::{Content, Wanted, wrong_with};
pub(crate) use hand_on::{HandOnWanted, Receiver};
pub(crate) use metric::MetricWanted;
pub(crate) use pages::pages;
pub(crate) use sanctions::{LiftWanted, SanctionText, SanctionWanted, VoidRecordsWanted};
use says::says;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, propose))
        .routes(routes!(show))
        .routes(routes!(decide))
}

/// Which proposals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those that wait for a decision, or only the others.
    pub(crate) open: Option<bool>,
    /// Only those after the one with this id: `next` of the answer before.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u16>,
}

/// A proposal without what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProposalEntry {
    pub(crate) id: String,
    /// The action that proposing and deciding it take.
    pub(crate) action: String,
    /// The first digits of the division codes where it would have effect; empty for everywhere.
    pub(crate) area: String,
    /// The member of staff who proposed it.
    pub(crate) proposed_by: String,
    /// When, in milliseconds of UTC.
    pub(crate) proposed_at: i64,
    /// What became of it; `null` while it waits.
    pub(crate) decision: Option<DecisionEntry>,
}

/// What became of a proposal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionEntry {
    /// The member of staff who decided.
    pub(crate) by: String,
    /// When, in milliseconds of UTC.
    pub(crate) at: i64,
    /// Whether it was carried out.
    pub(crate) accepted: bool,
    /// Why, if they said so.
    pub(crate) reason: String,
}

/// A proposal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProposalText {
    #[serde(flatten)]
    pub(crate) entry: ProposalEntry,
    pub(crate) content: Content,
}

/// Proposals, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProposalEntries {
    pub(crate) items: Vec<ProposalEntry>,
    /// `after` of what follows; `null` at the end.
    pub(crate) next: Option<String>,
}

/// A decision.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionWanted {
    /// Whether it is to be carried out.
    pub(crate) accept: bool,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub(crate) reason: String,
}

/// List proposals in one's own area that one may decide or could have made.
#[utoipa::path(
    get, path = "/proposals", tag = "proposals", params(Which),
    responses(
        (status = 200, body = ProposalEntries),
        ReadProblems,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(Which { open, after, limit }): Search<Which>,
) -> Result<Json<ProposalEntries>, Problem> {
    let limit = page_size(limit)?;
    let after = after.map(|id| id.parse().map_err(|_| Problem::invalid("after", "不是编号")));
    let permits = permits(&who, &app);
    let action = permits.first().map_or(Action::SchemesPublish, Permit::action);
    let query = ProposalQuery { open, permits, after: after.transpose()?, limit };
    let read = move |app: &App, _: &Permit| Ok(app.store().proposals(&query)?);
    let found = app.reading(&who, action, Subject::None, read).await?;
    let full = found.len() == usize::from(limit);
    let next = found.last().filter(|_| full).map(|last| last.id.to_string());
    Ok(Json(ProposalEntries { items: found.iter().map(ProposalEntry::from).collect(), next }))
}

/// Propose something that another person decides. It is checked at once.
#[utoipa::path(
    post, path = "/proposals", tag = "proposals", request_body = Wanted, params(WriteHeaders),
    responses(
        (status = 201, body = ProposalText),
        WriteProblems,
    ),
)]
pub(crate) async fn propose(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<Wanted>,
) -> Result<(StatusCode, Json<ProposalText>), Problem> {
    let (proposed_by, now) = (who.officer()?, app.now());
    let action = body.action();
    let text = app
        .writing(&who, action, Some(key), move |store, permit| {
            let (area, content) = body.checked(store, permit, now.day())?;
            let id = ProposalId::from_bytes(new_id(now));
            let proposal =
                Proposal { id, area, content, proposed_by, proposed_at: now, decision: None };
            let kept = store.propose(proposal).wait()?;
            told(store, kept.parse().map_err(|_| Problem::from(Code::Internal))?)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(text)))
}

/// Read a proposal.
#[utoipa::path(
    get, path = "/proposals/{id}", tag = "proposals",
    params(("id" = String, Path, format = "uuid", description = "The proposal's id")),
    responses(
        (status = 200, body = ProposalText),
        ReadProblems,
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<ProposalText>, Problem> {
    let (id, action) = named(&app, &who, &id).await?;
    let read = move |app: &App, permit: &Permit| {
        within(app.store(), id, permit)?;
        told(app.store(), id)
    };
    app.reading(&who, action, Subject::Proposal(id), read).await.map(Json)
}

/// Decide a proposal that somebody else made. What is accepted is carried out at once, or the
/// proposal stays as it is.
#[utoipa::path(
    post, path = "/proposals/{id}/decision", tag = "proposals", request_body = DecisionWanted,
    params(WriteHeaders, ("id" = String, Path, format = "uuid", description = "The proposal's id")),
    responses(
        (status = 200, body = ProposalText),
        WriteProblems,
    ),
)]
pub(crate) async fn decide(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Write { body, key }: Write<DecisionWanted>,
) -> Result<Json<ProposalText>, Problem> {
    let (by, at) = (who.officer()?, app.now());
    let DecisionWanted { accept: accepted, reason } = body;
    if reason.chars().count() > content::REASON_MAX {
        return Err(Problem::invalid("reason", "不超过 500 字"));
    }
    let (id, action) = named(&app, &who, &id).await?;
    let decide = move |store: &Store, permit: &Permit| {
        within(store, id, permit)?;
        let decision = kangji_store::ProposalDecision { by, at, accepted, reason };
        store.decide_proposal(id, decision).wait()?.map_err(|why| refused(store, id, why))?;
        if action == Action::ResidentsErase && accepted {
            forget_deleted(store)?;
        }
        told(store, id)
    };
    let told = app.writing(&who, action, Some(key), decide).await?;
    // What was accepted may ask for long work.
    app.tasks().nudge();
    Ok(Json(told))
}

/// Empties what the database's log holds of somebody who was erased.
fn forget_deleted(store: &Store) -> Result<(), Problem> {
    if !store.forget_deleted()? {
        // A long reading holds the log; it is emptied with the next erasure or restart.
        tracing::warn!("the write-ahead log was not emptied after an erasure");
    }
    Ok(())
}

/// On what somebody may do the actions that take two.
fn permits(who: &Signed, app: &App) -> Vec<Permit> {
    let actions = Action::ALL.iter().filter(|action| action.takes_two());
    actions.filter_map(|action| who.permit(*action, app.roles())).collect()
}

/// The id of an address, and the action it takes; of one that names nothing, any that the caller
/// has.
async fn named(app: &App, who: &Signed, id: &str) -> Result<(ProposalId, Action), Problem> {
    let id: ProposalId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
    let found = app.ask(move |store| store.proposal(id)).await?;
    let any = permits(who, app).first().map_or(Action::SchemesPublish, Permit::action);
    Ok((id, found.map_or(any, |proposal| proposal.action())))
}

/// Whether there is such a proposal within reach.
fn within(store: &Store, id: ProposalId, permit: &Permit) -> Result<(), Problem> {
    let found = store.proposal(id)?.filter(|proposal| proposal.is_under(permit));
    found.map(drop).ok_or_else(|| Code::NotFound.into())
}

fn told(store: &Store, id: ProposalId) -> Result<ProposalText, Problem> {
    let proposal = store.proposal(id)?.ok_or(Code::NotFound)?;
    let entry = ProposalEntry::from(&proposal);
    Ok(ProposalText { entry, content: Content::of(store, proposal.content)? })
}

fn refused(store: &Store, id: ProposalId, why: NotDecided) -> Problem {
    match why {
        NotDecided::Unknown => Code::NotFound.into(),
        NotDecided::SamePerson => Code::SamePerson.into(),
        NotDecided::Lifted => Problem::from(Code::Conflict).saying("这个处理已经撤销"),
        NotDecided::Decided => Problem::from(Code::Conflict).saying("已经有人处理"),
        NotDecided::Outside { place } => {
            let number = place.saturating_add(1);
            let says =
                format!("名单第 {number} 位今天不是本村（社区）的帮办人员，请重新拟一张名单");
            Problem::from(Code::Conflict).saying(says)
        }
        NotDecided::NotPublished(why) => Problem::from(Code::Conflict).saying(why),
        NotDecided::Refused(refusal) => {
            let places = content::decimals_for(store, id).unwrap_or_default();
            Problem::from(Code::Conflict).saying(refusal.chinese(|points| places.short(points)))
        }
    }
}

impl From<&Proposal> for ProposalEntry {
    fn from(proposal: &Proposal) -> Self {
        let decision = proposal.decision.as_ref().map(|decision| DecisionEntry {
            by: decision.by.to_string(),
            at: decision.at.millis(),
            accepted: decision.accepted,
            reason: decision.reason.clone(),
        });
        Self {
            id: proposal.id.to_string(),
            action: proposal.action().code().to_owned(),
            area: proposal.area.to_string(),
            proposed_by: proposal.proposed_by.to_string(),
            proposed_at: proposal.proposed_at.millis(),
            decision,
        }
    }
}
