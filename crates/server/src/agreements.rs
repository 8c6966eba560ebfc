//! Agreements with partner shops (P7): drawn up by one, published by another, ended; and which
//! shops take points today, for everybody (P1).

mod pages;
mod propose;
mod shown;
mod steps;

use axum::{Json, extract::State};
use kangji_core::ids::AgreementId;
use kangji_rights::{Action, Permit};
use kangji_store::{AgreementQuery, Store, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{At, Search, page_size},
    problem::{Code, Problem, ReadProblems},
    residents::{cursor, more},
    signed::Signed,
};
pub(crate) use shown::ShopInForce;
use shown::{AgreementShown, Telling};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, propose::propose))
        .routes(routes!(in_force))
        .routes(routes!(show))
        .routes(routes!(steps::publish))
        .routes(routes!(steps::end))
}

/// Which agreements.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those with this shop.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) shop: Option<String>,
    /// Only those after this one: `next` of the answer before.
    #[param(format = "uuid")]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u16>,
}

/// Agreements, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgreementList {
    pub(crate) items: Vec<AgreementShown>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// List agreements with shops that one answers for, or whose deductions one may read.
#[utoipa::path(
    get, path = "/agreements", tag = "agreements", params(Which),
    responses((status = 200, body = AgreementList), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<AgreementList>, Problem> {
    let limit = page_size(which.limit)?;
    let permits = permits(&who, &app);
    let action = action_of(&permits);
    let read = move |app: &App, _: &Permit| {
        let after = which.after.as_deref().map(cursor).transpose()?;
        let after = after.map(AgreementId::from_bytes);
        let query = AgreementQuery { permits, shop: which.shop, after, limit: limit + 1 };
        let mut found = app.store().agreements(&query)?;
        let next = more(&mut found, u32::from(limit)).map(|last| last.agreement.id.to_string());
        let telling = Telling::new(app, &found)?;
        Ok(Json(AgreementList {
            items: found.iter().map(|one| telling.shown(one)).collect(),
            next,
        }))
    };
    app.reading(&who, action, Subject::None, read).await
}

/// Show an agreement.
#[utoipa::path(
    get, path = "/agreements/{id}", tag = "agreements",
    params(("id" = String, Path, format = "uuid", description = "The agreement.")),
    responses((status = 200, body = AgreementShown), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<AgreementShown>, Problem> {
    let permits = permits(&who, &app);
    let action = action_of(&permits);
    let known = id_of(&id);
    let subject = known.as_ref().map_or(Subject::None, |id| Subject::Agreement(*id));
    let read = move |app: &App, _: &Permit| {
        let found = told(app, known?)?;
        let shop = app.store().institution(&found.terms.shop)?.ok_or(Code::NotFound)?;
        let is_seen = permits.iter().any(|permit| shop.is_under(permit));
        is_seen.then_some(Json(found)).ok_or_else(|| Code::NotFound.into())
    };
    app.reading(&who, action, subject, read).await
}

/// List the shops that take points today, with ratio, limits and the document that published
/// them, for everybody (P1).
#[utoipa::path(
    get, path = "/agreements/in-force", tag = "agreements",
    responses((status = 200, body = Vec<ShopInForce>), ReadProblems),
    security(()),
)]
pub(crate) async fn in_force(State(app): State<App>) -> Result<Json<Vec<ShopInForce>>, Problem> {
    app.looking(|app| shown::in_force(app).map(Json)).await
}

/// Under what somebody may see agreements.
fn permits(who: &Signed, app: &App) -> Vec<Permit> {
    let actions = [Action::AgreementsWrite, Action::DeductionsRead];
    actions.into_iter().filter_map(|action| who.permit(action, app.roles())).collect()
}

/// The action under which a reading stands in the audit log.
fn action_of(permits: &[Permit]) -> Action {
    permits.first().map_or(Action::AgreementsWrite, Permit::action)
}

fn id_of(id: &str) -> Result<AgreementId, Problem> {
    id.parse().map_err(|_| Problem::from(Code::NotFound))
}

fn told(app: &App, id: AgreementId) -> Result<AgreementShown, Problem> {
    let found = Store::agreement(app.store(), id)?.ok_or(Code::NotFound)?;
    Ok(Telling::new(app, std::slice::from_ref(&found))?.shown(&found))
}
