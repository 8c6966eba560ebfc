//! A resident's points: balances, entries, the statement with its reasons, the rank.

pub(crate) mod accounts;
pub(crate) mod entries;
pub(crate) mod pages;
pub(crate) mod rank;
pub(crate) mod statement;

use kangji_core::ids::HolderId;
use kangji_rights::{Action, Permit};
use kangji_store::{Actor, Reading};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    problem::{Code, Problem},
    signed::Signed,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(accounts::list))
        .routes(routes!(entries::list))
        .routes(routes!(statement::read))
        .routes(routes!(rank::read))
}

/// Of whom somebody may know illnesses: staff and systems those in their care, residents
/// themselves and those they look after.
pub(crate) fn care(app: &App, who: &Signed) -> Option<Permit> {
    let action = if own(who).is_some() { Action::PointsRead } else { Action::PointsCare };
    who.permit(action, app.roles())
}

/// The resident who asks, if it is one.
pub(crate) const fn own(who: &Signed) -> Option<HolderId> {
    match who.principal() {
        Actor::Resident(id) => Some(id),
        _ => None,
    }
}

/// Who reads, today.
pub(crate) fn reading<'a>(
    app: &App,
    permit: &'a Permit,
    care: Option<&'a Permit>,
    own: Option<HolderId>,
) -> Reading<'a> {
    Reading { permit, care, own, today: app.now().day() }
}

/// The resident of an address; an id that is none names nobody.
fn resident(id: &str) -> Result<HolderId, Problem> {
    id.parse().map_err(|_| Code::NotFound.into())
}
