//! Signing in and out: by name and password.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{AppendHeaders, IntoResponse},
};
use kangji_core::Moment;
use kangji_ledger::Hash;
use kangji_store::{Actor, Session, Strength, Subject, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::Body,
    origin::Origin,
    password,
    problem::{Code, Problem, WriteProblems},
    signed::{HalfSigned, Signed, cookie_name},
    token,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_in)).routes(routes!(sign_out))
}

/// A user name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

/// What follows a successful sign-in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedIn {
    /// `done`, or what is still to be shown: `totp`.
    next: &'static str,
    /// To be sent as `X-CSRF-Token` with every write.
    csrf: String,
}

/// Sign in as a member of staff.
#[utoipa::path(
    post, path = "/sign-in", tag = "sign-in", request_body = Credentials,
    responses(
        (status = 200, body = SignedIn),
        WriteProblems,
    ),
)]
async fn sign_in(
    State(app): State<App>,
    origin: Origin,
    Body(shown): Body<Credentials>,
) -> Result<impl IntoResponse, Problem> {
    let now = app.now();
    let started = app
        .blocking(move |app| {
            let user = admitted(app, &shown, &origin, now)?;
            let strength = if app.config().sign_in.second_factor && user.totp.is_some() {
                Strength::Half
            } else {
                Strength::Full
            };
            start(app, Actor::Staff(user.id), strength, None, now)
        })
        .await?;
    Ok(started.answer(&app))
}

/// End the session.
#[utoipa::path(
    post, path = "/sign-out", tag = "sign-in",
    responses(
        (status = 204),
        WriteProblems,
    ),
)]
async fn sign_out(
    State(app): State<App>,
    HalfSigned(signed): HalfSigned,
) -> Result<impl IntoResponse, Problem> {
    app.store().end_session(signed.session().token).answer().await?;
    log(&app, &signed, "sign-out");
    let gone = format!(
        "{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict",
        cookie_name(app.config().is_encrypted())
    );
    let cookie = HeaderValue::from_str(&gone).map_err(|_| Problem::from(Code::Internal))?;
    Ok((axum::http::StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])))
}

fn log(app: &App, signed: &Signed, action: &str) {
    drop(app.store().log(signed.deed(action), Subject::None, "done", app.now()));
}

/// The user these credentials admit. Whether the name or the password is wrong cannot be told
/// from the answer or its time.
fn admitted(app: &App, shown: &Credentials, origin: &Origin, now: Moment) -> Result<User, Problem> {
    let store = app.store();
    let tried = [Hash::of(&[b"name:", shown.name.as_bytes()]), attempts_from(origin)];
    for hash in tried {
        let wait = waiting_time(store.failures(hash)?, app.config().sign_in.free_attempts, now);
        if wait > 0 {
            return Err(Problem::from(Code::TooManyAttempts).after(wait));
        }
    }
    let user = store.user_named(&shown.name)?;
    let right =
        password::matches(&shown.password, user.as_ref().map(|user| user.password.as_str()));
    let user = user.filter(|user| right && user.disabled_at.is_none());
    let Some(user) = user else {
        for hash in tried {
            store.failed(hash, now).wait()?;
        }
        let deed = origin.deed(Actor::Nobody, "sign-in");
        store.log(deed, Subject::None, Code::SignInFailed.word(), now).wait()?;
        return Err(Code::SignInFailed.into());
    };
    store.forget_failures(tried[0]).wait()?;
    let deed = origin.deed(Actor::Staff(user.id), "sign-in");
    store.log(deed, Subject::User(user.id), "done", now).wait()?;
    Ok(user)
}

fn attempts_from(origin: &Origin) -> Hash {
    Hash::of(&[b"address:", origin.address.to_string().as_bytes()])
}

/// The longest wait after failed attempts, in seconds.
const WAIT_MAX: u32 = 900;

/// For how many more seconds nobody may try again: after the free attempts one second, then twice
/// as long each time.
fn waiting_time(failures: kangji_store::Failures, free: u32, now: Moment) -> u32 {
    let Some(beyond) = failures.count.checked_sub(free) else { return 0 };
    let wait = 1_u32.checked_shl(beyond.min(20)).unwrap_or(WAIT_MAX).min(WAIT_MAX);
    let gone = now.millis().saturating_sub(failures.last_at.millis()) / 1000;
    wait.saturating_sub(u32::try_from(gone).unwrap_or(u32::MAX))
}

/// A session that has begun, and what its holder shows.
pub(crate) struct Started {
    token: String,
    strength: Strength,
}

/// Begins a session under a new token, in the place of an earlier one.
pub(crate) fn start(
    app: &App,
    principal: Actor,
    strength: Strength,
    instead: Option<Hash>,
    now: Moment,
) -> Result<Started, Problem> {
    let token = token::new()?;
    let times = app.config().sign_in;
    let hours = match principal {
        Actor::Resident(_) => i64::from(times.resident_days) * 24,
        _ => i64::from(times.absolute_hours),
    };
    let session = Session {
        token: token::hash(&token),
        principal,
        scopes: BTreeSet::new(),
        strength,
        started_at: now,
        used_at: now,
        ends_at: now.plus_millis(hours * 3_600_000),
    };
    app.store().start_session(session, instead).wait()?;
    Ok(Started { token, strength })
}

impl Started {
    /// The answer that hands the token over.
    pub(crate) fn answer(self, app: &App) -> impl IntoResponse + use<> {
        let encrypted = app.config().is_encrypted();
        let secure = if encrypted { "; Secure" } else { "" };
        let name = cookie_name(encrypted);
        let cookie = format!("{name}={}; Path=/; HttpOnly; SameSite=Strict{secure}", self.token);
        let mut headers = HeaderMap::new();
        // A token is hexadecimal, so there is always a value.
        headers
            .extend(HeaderValue::from_str(&cookie).ok().map(|value| (header::SET_COOKIE, value)));
        let next = if self.strength == Strength::Full { "done" } else { "totp" };
        (headers, Json(SignedIn { next, csrf: token::csrf(&self.token) }))
    }
}
