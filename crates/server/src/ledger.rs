//! Proving the ledger, and the checkpoints it is held against.

mod accounts;
mod books;
mod pages;
mod verification;

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use kangji_ledger::checkpoint::Signed as Line;
use kangji_rights::{Action, Permit};
use kangji_store::Subject;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::{Search, page_size},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

pub(crate) use pages::pages;
pub(crate) use verification::Verification;
use verification::{Progress, Proof};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(start, progress))
        .routes(routes!(checkpoints))
        .routes(routes!(books::list))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::entries))
        .routes(routes!(accounts::record))
}

/// Which checkpoints.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those after the one of this number: `next` of the answer before.
    #[param(minimum = 0)]
    after: Option<u32>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// A signed statement of what all accounts held and where the audit log ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checkpoint {
    /// 1, 2, …
    pub(super) number: u32,
    /// When it was made, in milliseconds of UTC.
    pub(super) made_at: i64,
    /// How many accounts it covers.
    pub(super) accounts: u64,
    /// The root of the tree over the accounts.
    pub(super) root: String,
    /// The hash of the checkpoint before.
    pub(super) previous: String,
    /// How many lines the audit log had; not in checkpoints of the first form.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_lines: Option<u64>,
    /// The hash of the last line of the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_hash: Option<String>,
    /// The signed line, as it is kept outside the database.
    pub(super) line: String,
}

/// Checkpoints, the first one first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checkpoints {
    pub(super) items: Vec<Checkpoint>,
    /// `after` of what follows; `null` at the end.
    pub(super) next: Option<u32>,
}

/// Start a verification of the ledger in the background.
#[utoipa::path(
    post, path = "/ledger/verification", tag = "ledger",
    responses(
        (status = 202, body = Progress),
        WriteProblems,
    ),
)]
async fn start(
    State(app): State<App>,
    who: Signed,
) -> Result<(StatusCode, Json<Progress>), Problem> {
    let start = |app: &App, _: &Permit| {
        let proof = Proof::named(&app.config().data)?;
        let verification = Arc::clone(app.verification());
        if verification.start(app.store().location().clone(), proof, app.now())? {
            Ok(app.verification().progress())
        } else {
            Err(Problem::from(Code::Conflict).saying("核验正在进行，请等它做完"))
        }
    };
    let progress = app.reading(&who, Action::LedgerVerify, Subject::None, start).await?;
    Ok((StatusCode::ACCEPTED, Json(progress)))
}

/// See how far the verification is, and what the last one found.
#[utoipa::path(
    get, path = "/ledger/verification", tag = "ledger",
    responses(
        (status = 200, body = Progress),
        ReadProblems,
    ),
)]
async fn progress(State(app): State<App>, who: Signed) -> Result<Json<Progress>, Problem> {
    let read = |app: &App, _: &Permit| Ok(Json(app.verification().progress()));
    app.reading(&who, Action::LedgerVerify, Subject::None, read).await
}

/// List the checkpoints.
#[utoipa::path(
    get, path = "/checkpoints", tag = "ledger", params(Which),
    responses(
        (status = 200, body = Checkpoints),
        ReadProblems,
    ),
)]
async fn checkpoints(
    State(app): State<App>,
    who: Signed,
    Search(Which { after, limit }): Search<Which>,
) -> Result<Json<Checkpoints>, Problem> {
    let limit = page_size(limit)?;
    let read = move |app: &App, _: &Permit| {
        Ok(app.store().checkpoints_after(after.unwrap_or_default(), limit)?)
    };
    let lines = app.reading(&who, Action::LedgerVerify, Subject::None, read).await?;
    let full = lines.len() == usize::from(limit);
    let next = lines.last().filter(|_| full).map(|line| line.checkpoint.number);
    Ok(Json(Checkpoints { items: lines.iter().map(Checkpoint::from).collect(), next }))
}

impl From<&Line> for Checkpoint {
    fn from(line: &Line) -> Self {
        let checkpoint = line.checkpoint;
        Self {
            number: checkpoint.number,
            made_at: checkpoint.made_at.millis(),
            accounts: checkpoint.accounts,
            root: checkpoint.root.to_string(),
            previous: checkpoint.previous.to_string(),
            audit_lines: checkpoint.audit.map(|end| end.lines),
            audit_hash: checkpoint.audit.map(|end| end.hash.to_string()),
            line: line.to_string(),
        }
    }
}
