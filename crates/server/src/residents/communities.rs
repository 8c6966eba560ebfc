//! The communities residents live in, so that nobody has to know their codes by heart.

use axum::{Json, extract::State};
use kangji_rights::{Action, Permit};
use kangji_store::Subject;

use crate::{
    app::App,
    problem::{Problem, ReadProblems},
    signed::Signed,
};

/// More are not told: whoever looks after so many types a code.
const COMMUNITIES_MAX: usize = 200;

/// List the division codes of communities in which residents live, within the permit; the first
/// 200 of them.
#[utoipa::path(
    get, path = "/communities", tag = "residents",
    responses((status = 200, body = Vec<String>), ReadProblems),
)]
pub(super) async fn list(
    State(app): State<App>,
    who: Signed,
) -> Result<Json<Vec<String>>, Problem> {
    let read = |app: &App, permit: &Permit| {
        Ok(Json(app.store().communities_under(permit, COMMUNITIES_MAX)?))
    };
    app.reading(&who, Action::ResidentsRead, Subject::None, read).await
}
