//! What a record is worth now, and why.

use axum::{Json, extract::State};
use kangji_core::ids::RecordId;
use kangji_rights::{Action, Permit};
use kangji_store::Subject;

use super::answer::{Worth, Worths};
use crate::{
    app::App,
    input::At,
    points::{care, own, reading},
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
};

/// Read what a record is worth under each award that looks at it, and why. For staff and systems;
/// residents read it in their statement, where they may know all of it.
#[utoipa::path(
    get, path = "/records/{id}/points", tag = "records",
    params(("id" = String, Path, description = "The record's id, a UUID.")),
    responses((status = 200, body = Worths), ReadProblems),
)]
pub(super) async fn read(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<Worths>, Problem> {
    let id: RecordId = id.parse().map_err(|_| Code::NotFound)?;
    let (care, own) = (care(&app, &who), own(&who));
    let now = app.now();
    let read = move |app: &App, permit: &Permit| {
        if own.is_some() {
            return Err(Problem::from(Code::Forbidden).saying("本人请查看积分明细"));
        }
        let reading = reading(app, permit, care.as_ref(), own);
        let told = app.store().worth(id, reading, now)?.ok_or(Code::NotFound)?;
        Ok(Json(Worths { items: told.into_iter().map(Worth::from).collect() }))
    };
    app.reading(&who, Action::PointsRead, Subject::Record(id), read).await
}
