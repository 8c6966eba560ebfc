//! Sanctions (S11): who earns nothing and why, what residents read of their own and how they appeal,
//! and what declaring an institution's forged records void would change. They are decided by
//! proposals; an appeal is an opinion about a sanction.

mod pages;
mod voiding;

use axum::{Json, extract::State};
use kangji_core::{Points, ids::ProposalId};
use kangji_rights::{Action, Permit};
use kangji_store::{Forged, ForgedTold, Sanction, SanctionQuery, Store, Subject, reaches};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, page_size},
    problem::{Code, Problem, ReadProblems},
    proposals::VoidRecordsWanted,
    residents::own::resident,
    schemes::decimals_of,
    signed::Signed,
};

pub(crate) use pages::{mine as my_page, pages};
pub(crate) use voiding::void;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(mine))
        .routes(routes!(foresee))
}

/// What was decided about somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sanction)]
pub(crate) struct SanctionShown {
    /// Its id: that of the proposal.
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// About whom.
    #[schema(format = "uuid")]
    pub(crate) holder: String,
    /// The first day without points.
    pub(crate) from: String,
    /// The last one.
    pub(crate) to: String,
    /// The article by which both balances went to zero; `null` where the points stayed.
    pub(crate) article: Option<String>,
    /// To whom the case was referred on.
    pub(crate) referred_to: Option<String>,
    /// Why.
    pub(crate) reason: String,
    /// When it was decided, in milliseconds of UTC.
    pub(crate) decided_at: i64,
    /// When it was lifted, in milliseconds of UTC; `null` while it stands.
    pub(crate) lifted_at: Option<i64>,
    /// Why it was lifted.
    pub(crate) lifted_because: Option<String>,
}

/// Some sanctions, what was decided last first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sanctions {
    pub(crate) items: Vec<SanctionShown>,
    /// To be sent as `before` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// Which sanctions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those that were lifted, or only those that stand.
    pub(crate) lifted: Option<bool>,
    /// Only those before the one with this id.
    #[param(format = "uuid")]
    pub(crate) before: Option<String>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u16>,
}

/// Which records are forged.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForgedWhich {
    /// The institution's code.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    /// The first day of the services.
    #[param(format = Date)]
    pub(crate) from: String,
    /// The last day.
    #[param(format = Date)]
    pub(crate) to: String,
    /// Only this kind of records; all if it is not said.
    pub(crate) kind: Option<String>,
}

/// What declaring records void would change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ForgedShown {
    /// How many records of each kind.
    pub(crate) kinds: Vec<ForgedKind>,
    /// How many residents they are about.
    pub(crate) residents: u64,
    /// How many accounts would change.
    pub(crate) accounts: usize,
    /// How many of them would be short, because points are spent already.
    pub(crate) short: usize,
    /// Those who would lose most, at most 200.
    pub(crate) changes: Vec<ForgedAccount>,
}

/// How many records of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ForgedKind {
    pub(crate) kind: String,
    pub(crate) records: u64,
}

/// How somebody's points would change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ForgedAccount {
    /// Whose: a resident, somebody who helps, or a village.
    #[schema(format = "uuid")]
    pub(crate) holder: String,
    pub(crate) scheme: String,
    /// By how much: a decimal number.
    pub(crate) points: String,
    /// How many points would be short: a decimal number.
    pub(crate) short: String,
}

/// Accounts of a preview that are told one by one.
const CHANGES_MAX: usize = 200;

/// List sanctions on residents in one's own area.
#[utoipa::path(
    get, path = "/sanctions", tag = "sanctions", params(Which),
    responses((status = 200, body = Sanctions), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(Which { lifted, before, limit }): Search<Which>,
) -> Result<Json<Sanctions>, Problem> {
    let limit = page_size(limit)?;
    let before = before.map(|id| id.parse().map_err(|_| Problem::invalid("before", "不是编号")));
    let (before, today) = (before.transpose()?, app.now().day());
    let read = move |app: &App, permit: &Permit| {
        let permit = permit.clone();
        let found =
            app.store().sanctions(&SanctionQuery { permit, lifted, before, limit, today })?;
        let full = found.len() == usize::from(limit);
        let next = found.last().filter(|_| full).map(|last| last.id.to_string());
        let items: Result<_, Problem> =
            found.into_iter().map(|one| told(app.store(), one)).collect();
        Ok(Json(Sanctions { items: items?, next }))
    };
    app.reading(&who, Action::SanctionsDecide, Subject::None, read).await
}

/// Show a sanction.
#[utoipa::path(
    get, path = "/sanctions/{id}", tag = "sanctions",
    params(("id" = String, Path, format = "uuid", description = "The sanction.")),
    responses((status = 200, body = SanctionShown), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<SanctionShown>, Problem> {
    let id: Result<ProposalId, _> = id.parse().map_err(|_| Problem::from(Code::NotFound));
    let subject = id.as_ref().map_or(Subject::None, |id| Subject::Proposal(*id));
    let read = move |app: &App, permit: &Permit| {
        let id = id?;
        let made = app.store().proposal(id)?.filter(|made| reaches(permit, made.area));
        made.ok_or(Code::NotFound)?;
        let found = app.store().sanction(id)?.ok_or(Code::NotFound)?;
        told(app.store(), found).map(Json)
    };
    app.reading(&who, Action::SanctionsDecide, subject, read).await
}

/// List the sanctions on me and on the children I look after. To appeal, send an opinion that names
/// the sanction.
#[utoipa::path(
    get, path = "/me/sanctions", tag = "me",
    responses((status = 200, body = Vec<SanctionShown>), ReadProblems),
)]
pub(crate) async fn mine(
    State(app): State<App>,
    who: Signed,
) -> Result<Json<Vec<SanctionShown>>, Problem> {
    resident(&who)?;
    let people = who.people();
    let read = move |app: &App| {
        let mut all = Vec::new();
        for person in people {
            for one in app.store().sanctions_of(person)? {
                all.push(told(app.store(), one)?);
            }
        }
        Ok(Json(all))
    };
    app.looking(read).await
}

/// Tell what declaring an institution's records void would change. Nothing is written; it is proposed
/// as `void_records` and done once another person accepts it.
#[utoipa::path(
    get, path = "/sanctions/forged", tag = "sanctions", params(ForgedWhich),
    responses((status = 200, body = ForgedShown), ReadProblems),
)]
pub(crate) async fn foresee(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<ForgedWhich>,
) -> Result<Json<ForgedShown>, Problem> {
    let today = app.now().day();
    let read = move |app: &App, permit: &Permit| {
        let (_, forged): (_, Forged) = which.wanted().forged(app.store(), permit)?;
        let told = app.store().foresee_void(&forged, today)?;
        Ok(Json(ForgedShown::of(app.store(), told)?))
    };
    app.reading(&who, Action::SanctionsDecide, Subject::None, read).await
}

impl ForgedWhich {
    pub(crate) fn wanted(self) -> VoidRecordsWanted {
        let Self { institution, from, to, kind } = self;
        let (kinds, reason) = (kind.into_iter().collect(), String::new());
        VoidRecordsWanted { institution, from, to, kinds, reason }
    }
}

impl ForgedShown {
    fn of(store: &Store, told: ForgedTold) -> Result<Self, Problem> {
        let schemes = store.schemes()?;
        let kind = |(kind, records)| ForgedKind { kind, records };
        let accounts = told.changes.len();
        let short = told.changes.iter().filter(|change| change.short > Points::ZERO).count();
        let changes = told.changes.into_iter().take(CHANGES_MAX).map(|change| {
            let decimals = decimals_of(&schemes, &change.scheme);
            ForgedAccount {
                holder: change.holder.to_string(),
                points: decimals.text(change.points),
                short: decimals.text(change.short),
                scheme: change.scheme,
            }
        });
        Ok(Self {
            kinds: told.kinds.into_iter().map(kind).collect(),
            residents: told.residents,
            accounts,
            short,
            changes: changes.collect(),
        })
    }
}

/// What is said of a sanction; its reasons are those of the proposals.
fn told(store: &Store, one: Sanction) -> Result<SanctionShown, Problem> {
    let reason = |id: ProposalId| -> Result<Option<String>, Problem> {
        Ok(store.proposal(id)?.and_then(|made| match made.content {
            kangji_store::Proposed::Sanction { reason, .. }
            | kangji_store::Proposed::Lift { reason, .. } => Some(reason),
            _ => None,
        }))
    };
    let lifted_because = match &one.lifted {
        Some((by, _)) => reason(*by)?,
        None => None,
    };
    Ok(SanctionShown {
        id: one.id.to_string(),
        holder: one.holder.to_string(),
        from: one.days.from.to_string(),
        to: one.days.to.to_string(),
        article: one.article,
        referred_to: one.referred_to,
        reason: reason(one.id)?.unwrap_or_default(),
        decided_at: one.decided_at.millis(),
        lifted_at: one.lifted.map(|(_, at)| at.millis()),
        lifted_because,
    })
}
