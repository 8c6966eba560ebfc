//! Signing in and out: by name and password, and with a second factor.

mod oidc;
mod pages;
pub(crate) mod resident;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse},
};
use kangji_core::{Moment, ids::OfficerId};
use kangji_store::{Actor, Purpose, Session, Strength, Subject, User};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    attempts::Tried,
    input::Body,
    origin::Origin,
    password,
    problem::{Code, Problem, WriteProblems},
    session::{self, Next, SignedIn, Started},
    signed::{HalfSigned, Signed, cookie_name, shown_cookie},
    token, totp, users,
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in))
        .routes(routes!(second_factor))
        .routes(routes!(sign_out))
        .merge(resident::routes())
        .merge(oidc::routes())
}

/// A user name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

/// A code of the device, or one that was kept for when it is lost.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Proof {
    /// The six digits that the device shows now.
    Code(String),
    /// One of the recovery codes.
    RecoveryCode(String),
}

/// Sign in as a member of staff.
#[utoipa::path(
    post, path = "/sign-in", tag = "sign-in", request_body = Credentials,
    responses(
        (status = 200, body = SignedIn),
        WriteProblems,
    ),
    security(()),
)]
async fn sign_in(
    State(app): State<App>,
    origin: Origin,
    headers: HeaderMap,
    Body(shown): Body<Credentials>,
) -> Result<impl IntoResponse, Problem> {
    Ok(started(&app, shown, origin, &headers).await?.answer(&app))
}

/// A session of whom these credentials admit. Whoever was signed in by this browser no longer is.
async fn started(
    app: &App,
    shown: Credentials,
    origin: Origin,
    headers: &HeaderMap,
) -> Result<Started, Problem> {
    let now = app.now();
    let instead = shown_cookie(headers, app.config()).map(|token| token::hash(&token));
    let _turn = password::turn().await;
    app.blocking(move |app| {
        let user = admitted(app, &shown, &origin, now)?;
        session::start(app, Actor::Staff(user.id), next(app, &user), instead, now)
    })
    .await
}

/// Show the second factor; the session goes on under a new token.
#[utoipa::path(
    post, path = "/sign-in/totp", tag = "sign-in", request_body = Proof,
    responses(
        (status = 200, body = SignedIn),
        WriteProblems,
    ),
)]
async fn second_factor(
    State(app): State<App>,
    HalfSigned(signed): HalfSigned,
    Body(proof): Body<Proof>,
) -> Result<impl IntoResponse, Problem> {
    Ok(proven(&app, &signed, proof).await?.answer(&app))
}

/// The session that follows one that still owed a second factor.
async fn proven(app: &App, signed: &Signed, proof: Proof) -> Result<Started, Problem> {
    let (now, origin) = (app.now(), signed.origin().clone());
    let half: Session = signed.session().clone();
    let (Actor::Staff(id), Strength::Half) = (half.principal, half.strength) else {
        return Err(Code::Conflict.into());
    };
    app.blocking(move |app| {
        let tried = Tried::from(&origin).of("totp", id.bytes());
        let proven = tried.attempt(app, now, || Ok(proves(app, id, &proof, now)?.then_some(())));
        logged(app, &origin, Actor::Staff(id), "sign-in:totp", now, &proven)?;
        proven?;
        session::start(app, half.principal, Next::Done, Some(half.token), now)
    })
    .await
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
    let encrypted = app.config().is_encrypted();
    let gone = session::cookie(cookie_name(encrypted), "", encrypted) + "; Max-Age=0";
    let cookie = HeaderValue::from_str(&gone).map_err(|_| Problem::from(Code::Internal))?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])))
}

fn log(app: &App, signed: &Signed, action: &str) {
    drop(app.store().log(signed.deed(action), Subject::None, "done", app.now()));
}

/// Writes down how an attempt of somebody to come in ended.
pub(crate) fn logged<T>(
    app: &App,
    origin: &Origin,
    actor: Actor,
    action: &str,
    now: Moment,
    result: &Result<T, Problem>,
) -> Result<(), Problem> {
    let subject = match actor {
        Actor::Staff(id) => Subject::User(id),
        Actor::Resident(id) => Subject::Resident(id),
        Actor::Client(id) => Subject::Client(id),
        Actor::Program | Actor::Nobody => Subject::None,
    };
    let word = result.as_ref().map_or_else(|problem| problem.code.word(), |_| "done");
    Ok(app.store().log(origin.deed(actor, action), subject, word, now).wait()?)
}

/// The user these credentials admit. Whether the name or the password is wrong cannot be told
/// from the answer or its time.
fn admitted(app: &App, shown: &Credentials, origin: &Origin, now: Moment) -> Result<User, Problem> {
    let tried = Tried::from(origin).of("name", shown.name.as_bytes());
    let admitted = tried.attempt(app, now, || {
        // What cannot be a name is not looked for: a database may refuse the question.
        let known = users::is_name(&shown.name).then(|| app.store().user_named(&shown.name));
        let user = known.transpose()?.flatten();
        let hash = user.as_ref().map(|user| user.password.as_str());
        let right = password::matches(&shown.password, hash);
        Ok(user.filter(|user| right && user.disabled_at.is_none()))
    });
    let actor = admitted.as_ref().map_or(Actor::Nobody, |user| Actor::Staff(user.id));
    logged(app, origin, actor, "sign-in", now, &admitted)?;
    admitted
}

/// What a member of staff still has to do after their password.
pub(crate) fn next(app: &App, user: &User) -> Next {
    match (&user.totp, app.config().sign_in.second_factor) {
        (Some(_), _) => Next::Totp,
        (None, true) => Next::SetUpTotp,
        (None, false) => Next::Done,
    }
}

/// Whether this is a code of somebody's device that was not used yet, or a recovery code of
/// theirs, which is used up by it.
fn proves(app: &App, id: OfficerId, proof: &Proof, now: Moment) -> Result<bool, Problem> {
    let store = app.store();
    Ok(match proof {
        Proof::Code(code) => {
            let Some(user) = store.user(id)? else { return Ok(false) };
            let Some(secret) = totp::opened(app, &user)? else { return Ok(false) };
            match totp::step(&secret, code, now) {
                Some(step) => store.use_totp(id, step).wait()?,
                None => false,
            }
        }
        Proof::RecoveryCode(code) => {
            let hash = totp::recovery_hash(id, code);
            store.take_ticket(hash, Purpose::Recovery, now).wait()?.is_some()
        }
    })
}
