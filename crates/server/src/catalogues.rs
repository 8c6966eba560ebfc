//! Redemption catalogues: what a scheme or a provider offers for points, proposed by one, reviewed
//! and filed by another (T4), and published (P1).

mod decide;
mod pages;
mod propose;
mod shown;

use axum::{Json, extract::State};
use kangji_core::{DivisionPrefix, ids::CatalogueId};
use kangji_redemption::Catalogue;
use kangji_rights::{Action, Cover, Permit};
use kangji_store::{CatalogueQuery, CatalogueState, ProposedCatalogue, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, page_size},
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
};
use shown::{CatalogueEntry, CatalogueInForce, CatalogueText, State as Stage, Telling};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, propose::propose))
        .routes(routes!(propose::check))
        .routes(routes!(in_force))
        .routes(routes!(show))
        .routes(routes!(decide::review))
        .routes(routes!(decide::file))
        .routes(routes!(decide::give_back))
}

/// Which versions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those of a scheme.
    pub(crate) scheme: Option<String>,
    /// Only those of an institution or shop; `-` for the schemes' own.
    pub(crate) provider: Option<String>,
    /// Only those that have come so far.
    pub(crate) state: Option<Stage>,
    /// Only those after this one: `next` of the answer before.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u16>,
}

/// Versions, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueEntries {
    pub(crate) items: Vec<CatalogueEntry>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// List versions that one may propose or decide on.
#[utoipa::path(
    get, path = "/catalogues", tag = "catalogues", params(Which),
    responses(
        (status = 200, body = CatalogueEntries),
        ReadProblems,
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<CatalogueEntries>, Problem> {
    let limit = page_size(which.limit)?;
    let permits = permits(&who, &app);
    let action = action_of(&permits);
    let read = move |app: &App, _: &Permit| {
        let after = which.after.map(|id| id.parse());
        let wrong = |_| Problem::invalid("after", "请原样使用上一页的 next");
        let query = CatalogueQuery {
            permits,
            scheme: which.scheme,
            provider: which.provider.map(|code| if code == "-" { String::new() } else { code }),
            state: which.state.map(CatalogueState::from),
            after: after.transpose().map_err(wrong)?,
            limit,
        };
        let found = app.store().catalogues(&query)?;
        let full = found.len() == usize::from(limit);
        let next = found.last().filter(|_| full).map(|last| last.catalogue.id.to_string());
        let telling = Telling::new(app, &found)?;
        let items: Result<Vec<_>, Problem> = found.iter().map(|one| telling.entry(one)).collect();
        Ok(Json(CatalogueEntries { items: items?, next }))
    };
    app.reading(&who, action, Subject::None, read).await
}

/// Show a version.
#[utoipa::path(
    get, path = "/catalogues/{id}", tag = "catalogues",
    params(("id" = String, Path, format = "uuid", description = "The version.")),
    responses(
        (status = 200, body = CatalogueText),
        ReadProblems,
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<CatalogueText>, Problem> {
    let permits = permits(&who, &app);
    let action = action_of(&permits);
    let known = id_of(&id);
    let subject = known.as_ref().map_or(Subject::None, |id| Subject::Catalogue(*id));
    let read = move |app: &App, _: &Permit| {
        let found = app.store().catalogue(known?)?.ok_or(Code::NotFound)?;
        if !permits.iter().any(|permit| found.is_under(permit)) {
            return Err(Code::NotFound.into());
        }
        text(app, found).map(Json)
    };
    app.reading(&who, action, subject, read).await
}

/// List what can be redeemed today, with the documents of review and filing, for everybody.
#[utoipa::path(
    get, path = "/catalogues/in-force", tag = "catalogues",
    responses(
        (status = 200, body = Vec<CatalogueInForce>),
        ReadProblems,
    ),
    security(()),
)]
pub(crate) async fn in_force(
    State(app): State<App>,
) -> Result<Json<Vec<CatalogueInForce>>, Problem> {
    let found = app.looking(|app| {
        let mut all = app.store().catalogues_in_force(app.now().day())?;
        // A scheme's own catalogue comes before those of providers.
        all.sort_by_key(|one| (one.scheme.clone(), one.provider.clone()));
        all.iter().map(|one| shown::public(app, one)).collect::<Result<Vec<_>, _>>()
    });
    found.await.map(Json)
}

/// On what somebody may propose or decide.
fn permits(who: &Signed, app: &App) -> Vec<Permit> {
    let actions = [Action::CataloguesPropose, Action::CataloguesReview];
    actions.into_iter().filter_map(|action| who.permit(action, app.roles())).collect()
}

/// The action under which a reading stands in the audit log.
fn action_of(permits: &[Permit]) -> Action {
    permits.first().map_or(Action::CataloguesPropose, Permit::action)
}

fn id_of(id: &str) -> Result<CatalogueId, Problem> {
    id.parse().map_err(|_| Problem::from(Code::NotFound))
}

fn told(app: &App, id: CatalogueId) -> Result<CatalogueText, Problem> {
    let found = app.store().catalogue(id)?.ok_or(Code::NotFound)?;
    text(app, found)
}

fn text(app: &App, one: ProposedCatalogue) -> Result<CatalogueText, Problem> {
    let scheme = shown::scheme_of(app, &one.catalogue)?;
    let before = before(app, &one.catalogue)?;
    let changes = before.as_ref();
    let changes = changes.map(|before| shown::changes(app, before, &one.catalogue, &scheme));
    Ok(CatalogueText {
        entry: Telling::new(app, std::slice::from_ref(&one))?.entry(&one)?,
        items: shown::items(app, &one.catalogue, &scheme),
        warning: shown::warning(&one.catalogue, &scheme),
        before: before.map(|before| before.id.to_string()),
        changes: changes.unwrap_or_default(),
        content: one.content,
    })
}

/// The version whose place another one takes: filed, of the same scheme and provider, and the
/// latest of those that begin before it.
fn before(app: &App, catalogue: &Catalogue) -> Result<Option<Catalogue>, Problem> {
    // What was in force is public, whoever asks.
    let everywhere = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    let permits = Permit::covering(Action::CataloguesReview, vec![everywhere]);
    let query = CatalogueQuery {
        permits: permits.into_iter().collect(),
        scheme: Some(catalogue.scheme.clone()),
        provider: Some(catalogue.provider.clone().unwrap_or_default()),
        state: Some(CatalogueState::Filed),
        after: None,
        limit: 200,
    };
    let filed = app.store().catalogues(&query)?.into_iter().map(|one| one.catalogue);
    let order = |one: &Catalogue| (one.days.from, one.id);
    let earlier = filed.filter(|one| order(one) < order(catalogue));
    Ok(earlier.max_by_key(order))
}
