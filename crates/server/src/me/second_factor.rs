//! One's own one-time codes: a secret for the device, its confirmation by a first code, recovery
//! codes. What is handed over is shown this once.

use axum::{Json, extract::State, response::IntoResponse};
use base64::{Engine, prelude::BASE64_STANDARD};
use kangji_core::{Moment, ids::OfficerId};
use kangji_ledger::Hash;
use kangji_store::{Actor, Purpose, SecondFactor, Strength, Ticket, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::own;
use crate::{
    app::App,
    attempts::Tried,
    input::Body,
    problem::{Code, Problem, WriteProblems},
    session::{self, Next, SignedIn, Started},
    signed::{HalfSigned, Signed},
    totp,
};

/// Minutes that somebody has to confirm a secret.
const MINUTES: i64 = 10;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin, confirm, end))
}

/// What a device needs.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForDevice {
    /// The secret, to be typed.
    pub(super) secret: String,
    /// The same as an address, to be shown as a QR code.
    pub(super) address: String,
}

/// The first code that the device shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstCode {
    code: String,
}

/// What is kept for the day on which the device is lost.
#[derive(Serialize, ToSchema)]
pub(crate) struct SetUp {
    /// Each is good once in the place of a one-time code.
    recovery_codes: Vec<String>,
    /// To be sent as `X-CSRF-Token` with every write from now on.
    csrf: String,
}

/// Begin to set up one-time codes.
#[utoipa::path(
    post, path = "/me/totp", tag = "me",
    responses(
        (status = 200, body = ForDevice),
        WriteProblems,
    ),
)]
pub(super) async fn begin(
    State(app): State<App>,
    HalfSigned(who): HalfSigned,
) -> Result<Json<ForDevice>, Problem> {
    let id = who.officer()?;
    let now = app.now();
    app.blocking(move |app| {
        let user = may_set_up(app, &who, id)?;
        let secret = totp::secret()?;
        let sealed = totp::sealed(app, id, &secret, now)?;
        let ticket = Ticket {
            hash: pending(id),
            purpose: Purpose::TotpSetUp,
            principal: *id.bytes(),
            content: BASE64_STANDARD.encode(sealed),
            ends_at: now.plus_millis(MINUTES * 60_000),
        };
        own(app, &who, "second-factor:begin").issue_tickets(vec![ticket]).wait()?;
        let (secret, address) = totp::for_device(&secret, &user.name)?;
        Ok(Json(ForDevice { secret, address }))
    })
    .await
}

/// Confirm by a first code that the device shows them; all sessions end, and this one goes on
/// under a new token.
#[utoipa::path(
    put, path = "/me/totp", tag = "me", request_body = FirstCode,
    responses(
        (status = 200, body = SetUp),
        WriteProblems,
    ),
)]
async fn confirm(
    State(app): State<App>,
    HalfSigned(who): HalfSigned,
    Body(FirstCode { code }): Body<FirstCode>,
) -> Result<impl IntoResponse, Problem> {
    let (started, recovery_codes) = confirmed(&app, who, code).await?;
    Ok((started.cookie(&app), Json(SetUp { recovery_codes, csrf: started.csrf() })))
}

/// The session that goes on once a device has shown its first code, and the recovery codes.
pub(super) async fn confirmed(
    app: &App,
    who: Signed,
    code: String,
) -> Result<(Started, Vec<String>), Problem> {
    let id = who.officer()?;
    let now = app.now();
    app.blocking(move |app| {
        may_set_up(app, &who, id)?;
        let pending = app.store().ticket(pending(id), Purpose::TotpSetUp, now)?;
        let pending = pending.ok_or_else(|| {
            Problem::from(Code::Conflict).saying("没有待确认的动态码，请重新开始设置")
        })?;
        let sealed = BASE64_STANDARD.decode(&pending.content);
        let sealed = sealed.map_err(|_| Problem::from(Code::Internal))?;
        let secret = totp::opened_from(app, id, &sealed)?;
        let tried = Tried::from(who.origin()).of("totp", id.bytes());
        let step = tried.attempt(app, now, || Ok(totp::step(&secret, &code, now)))?;
        let codes = totp::recovery_codes()?;
        let recovery = codes.iter().map(|code| recovery(id, code)).collect();
        let factor = SecondFactor { secret: sealed, step, recovery };
        let (session, started) = session::prepare(app, Actor::Staff(id), Next::Done, now)?;
        let store = own(app, &who, "second-factor:confirm");
        store.set_second_factor(id, Some(factor), session).wait()?;
        Ok((started, codes))
    })
    .await
}

/// End the one-time codes and the recovery codes; all sessions end, and this one goes on under a
/// new token.
#[utoipa::path(
    delete, path = "/me/totp", tag = "me",
    responses(
        (status = 200, body = SignedIn),
        WriteProblems,
    ),
)]
async fn end(State(app): State<App>, who: Signed) -> Result<impl IntoResponse, Problem> {
    Ok(ended(&app, who).await?.answer(&app))
}

/// The session that goes on without a second factor.
pub(super) async fn ended(app: &App, who: Signed) -> Result<Started, Problem> {
    let id = who.officer()?;
    let now = app.now();
    app.blocking(move |app| {
        let (session, started) = session::prepare(app, Actor::Staff(id), Next::Done, now)?;
        let store = own(app, &who, "second-factor:end");
        store.set_second_factor(id, None, session).wait()?;
        Ok(started)
    })
    .await
}

/// Who showed a password only may set up a second factor, and may not replace one.
fn may_set_up(app: &App, who: &Signed, id: OfficerId) -> Result<User, Problem> {
    let user = app.store().user(id)?.ok_or(Problem::from(Code::NotSignedIn))?;
    if who.session().strength == Strength::Half && user.totp.is_some() {
        return Err(Code::SecondFactor.into());
    }
    Ok(user)
}

/// The place of what somebody has still to confirm: nobody shows it, their session finds it.
fn pending(id: OfficerId) -> Hash {
    Hash::of(&[b"totp-set-up:", id.bytes()])
}

fn recovery(id: OfficerId, code: &str) -> Ticket {
    Ticket {
        hash: totp::recovery_hash(id, code),
        purpose: Purpose::Recovery,
        principal: *id.bytes(),
        content: String::new(),
        ends_at: Moment::from_millis(i64::MAX),
    }
}
