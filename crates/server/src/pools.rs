//! Pools of villages (T2): what a community earned as a whole, who helps there, and the lists by
//! which it is handed on. A list is proposed and decided at `/proposals`, by two people.

mod pages;

use axum::{Json, extract::State};
use kangji_core::{Decimals, DivisionPrefix, Points, ids::AccountId};
use kangji_rights::{Action, Cover, Permit};
use kangji_store::{
    HELPERS, KnownResident, Pool, Proposal, ProposalQuery, Proposed, Store, Subject, reaches,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::At,
    problem::{Code, Problem, ReadProblems},
    residents::opened,
    signed::Signed,
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// So many of the latest lists of a pool are told.
const LISTS: u16 = 100;

/// The pool of a village.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PoolEntry {
    /// Its account.
    #[schema(format = "uuid")]
    pub(crate) account: String,
    /// The village's division code of twelve digits.
    pub(crate) community: String,
    /// The scheme.
    pub(crate) scheme: String,
    /// Its title.
    pub(crate) title: String,
    /// The decimal places of its points.
    pub(crate) decimals: u8,
    /// What can be handed on, in the scheme's smallest unit.
    pub(crate) redeemable: i64,
}

/// A pool with those who may receive of it, and its lists.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PoolText {
    #[serde(flatten)]
    pub(crate) entry: PoolEntry,
    /// Who helps in the village today.
    pub(crate) helpers: Vec<Helper>,
    /// The latest lists, the newest first.
    pub(crate) lists: Vec<PoolList>,
}

/// Somebody who helps in a village.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Helper {
    /// The resident's id.
    #[schema(format = "uuid")]
    pub(crate) resident: String,
    /// Masked; the code where no name is known.
    pub(crate) name: String,
    /// As what: `village_cadre`, `social_worker`, `grid_worker`, `group_leader`.
    pub(crate) groups: Vec<String>,
}

/// A list by which points are handed on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PoolList {
    /// The proposal.
    #[schema(format = "uuid")]
    pub(crate) proposal: String,
    /// How many are on it.
    pub(crate) receivers: usize,
    /// What they receive, in the scheme's smallest unit.
    pub(crate) points: i64,
    /// What for.
    pub(crate) reason: String,
    /// When it was proposed, in milliseconds of UTC.
    pub(crate) proposed_at: i64,
    /// Whether it was carried out; null while it waits for the second person.
    pub(crate) accepted: Option<bool>,
}

/// List the pools of villages in one's area.
#[utoipa::path(
    get, path = "/pools", tag = "pools",
    responses((status = 200, body = Vec<PoolEntry>), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
) -> Result<Json<Vec<PoolEntry>>, Problem> {
    let read = |app: &App, permit: &Permit| {
        let pools = app.store().pools(permit, app.now().day())?;
        let entries: Result<_, Problem> = pools.iter().map(|pool| entry(app, pool)).collect();
        entries.map(Json)
    };
    app.reading(&who, Action::PoolsHandOn, Subject::None, read).await
}

/// Show a pool, who may receive of it, and its lists.
#[utoipa::path(
    get, path = "/pools/{account}", tag = "pools",
    params(("account" = String, Path, format = "uuid", description = "The pool's account.")),
    responses((status = 200, body = PoolText), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<PoolText>, Problem> {
    let id: Result<AccountId, _> = id.parse();
    let subject = id.as_ref().map_or(Subject::None, |id| Subject::Account(*id));
    let read = move |app: &App, permit: &Permit| {
        let (id, today) = (id.map_err(|_| Problem::from(Code::NotFound))?, app.now().day());
        let pool = app.store().pool(id, today)?.ok_or(Code::NotFound)?;
        let village = DivisionPrefix::parse(&pool.community).ok_or(Code::NotFound)?;
        if !reaches(permit, village) {
            return Err(Code::NotFound.into());
        }
        let helpers = app.store().helpers_in(village, today)?;
        let helpers: Result<Vec<_>, Problem> =
            helpers.iter().map(|known| helper(app, known)).collect();
        let lists = lists(app.store(), village, id)?;
        Ok(Json(PoolText { entry: entry(app, &pool)?, helpers: helpers?, lists }))
    };
    app.reading(&who, Action::PoolsHandOn, subject, read).await
}

fn entry(app: &App, pool: &Pool) -> Result<PoolEntry, Problem> {
    let scheme = app.store().scheme_on(&pool.scheme, app.now().day())?;
    let (title, decimals) = scheme.map_or_else(
        || (pool.scheme.clone(), Decimals::default()),
        |scheme| (scheme.title, scheme.decimals),
    );
    Ok(PoolEntry {
        account: pool.account.to_string(),
        community: pool.community.clone(),
        scheme: pool.scheme.clone(),
        title,
        decimals: decimals.places(),
        redeemable: pool.redeemable.0,
    })
}

/// Nothing of the groups that name illnesses is told.
pub(crate) fn helper(app: &App, known: &KnownResident) -> Result<Helper, Problem> {
    let today = app.now().day();
    let helps = known
        .fact
        .groups
        .iter()
        .filter(|(group, days)| days.contains(today) && HELPERS.contains(&group.as_str()));
    let name = opened(app, known)?.masked_name();
    Ok(Helper {
        resident: known.id.to_string(),
        name: name.unwrap_or_else(|| known.fact.code.clone()),
        groups: helps.map(|(group, _)| group.clone()).collect(),
    })
}

fn lists(
    store: &Store,
    village: DivisionPrefix,
    pool: AccountId,
) -> Result<Vec<PoolList>, Problem> {
    let cover = Cover::Area { area: village, institution: None };
    let permits = Permit::covering(Action::PoolsHandOn, vec![cover]).into_iter().collect();
    let query = ProposalQuery { open: None, permits, after: None, limit: LISTS };
    let all = store.proposals(&query)?;
    Ok(all.iter().filter_map(|proposal| list_of(proposal, pool)).collect())
}

fn list_of(proposal: &Proposal, of: AccountId) -> Option<PoolList> {
    let Proposed::HandOn { pool, list, reason } = &proposal.content else { return None };
    let sum = list.iter().fold(Points::ZERO, |sum, (_, points)| sum.saturating_add(*points));
    (*pool == of).then(|| PoolList {
        proposal: proposal.id.to_string(),
        receivers: list.len(),
        points: sum.0,
        reason: reason.clone(),
        proposed_at: proposal.proposed_at.millis(),
        accepted: proposal.decision.as_ref().map(|decision| decision.accepted),
    })
}
