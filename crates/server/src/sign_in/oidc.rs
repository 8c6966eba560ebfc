//! Signing in at an identity provider: away to it, and back. Staff are known by the subject that
//! whoever keeps users gave them; residents by the one they linked while signed in by a code.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, Html, IntoResponse, Redirect, Response},
};
use kangji_core::{Moment, ids::HolderId};
use kangji_ledger::Hash;
use kangji_store::{Actor, Purpose, Ticket};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{logged, next};
use crate::{
    app::App,
    config::Provider,
    input::{At, Search},
    oidc::Asked,
    origin::Origin,
    problem::{Code, Problem, ReadProblems},
    session::{self, Next},
    signed::{Signed, named_cookie},
    token,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(away)).routes(routes!(back))
}

/// Minutes that somebody has to come back.
const MINUTES: i64 = 10;

/// Whose identity provider it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Audience {
    Staff,
    Residents,
}

/// What a provider sends a browser back with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CameBack {
    /// What this server gave along.
    #[param(pattern = "^[0-9a-f]{64}$")]
    state: String,
    /// What it is exchanged for; nothing where the provider let nobody in (RFC 6749, A.11).
    #[param(pattern = "^[ -~]+$")]
    code: Option<String>,
}

/// What is kept while somebody is away.
#[derive(Serialize, Deserialize)]
struct Away {
    audience: Audience,
    asked: Asked,
}

/// A page that goes on by itself. The cookie of the session goes along only with what this
/// server's own pages ask for, so that a redirection would arrive without it.
const ON: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
    <meta http-equiv=\"refresh\" content=\"0;url=/\"><title>登录成功</title>\
    <a href=\"/\">登录成功，继续</a></html>";

/// Go away to the identity provider to sign in; a resident who is signed in links it.
#[utoipa::path(
    get, path = "/sign-in/oidc/{audience}", tag = "sign-in",
    params(("audience" = inline(Audience), Path)),
    responses(
        (status = 303),
        ReadProblems,
    ),
    security((), ("session" = [])),
)]
async fn away(
    State(app): State<App>,
    At(audience): At<Audience>,
    who: Result<Signed, Problem>,
) -> Result<impl IntoResponse, Problem> {
    let now = app.now();
    // Whoever is signed in as a resident wants to link, and nobody else can.
    let resident = who.ok().and_then(|who| match who.principal() {
        Actor::Resident(id) if audience == Audience::Residents => Some(id),
        _ => None,
    });
    let (address, state) = app
        .blocking(move |app| {
            let settings = settings(app, audience)?;
            let state = token::new()?;
            let callback = callback(app, audience);
            let (address, asked) = app.providers().address(settings, callback, &state, now)?;
            let content = serde_json::to_string(&Away { audience, asked });
            let ticket = Ticket {
                hash: token::hash(&state),
                purpose: Purpose::Identity,
                principal: resident.map_or([0; 16], |id| *id.bytes()),
                content: content.map_err(|_| Problem::from(Code::Internal))?,
                ends_at: now.plus_millis(MINUTES * 60_000),
            };
            app.store().issue_tickets(vec![ticket]).wait()?;
            Ok((address, state))
        })
        .await?;
    let secure = if app.config().is_encrypted() { "; Secure" } else { "" };
    let name = state_cookie(&app);
    // The provider sends the browser back from another site, so the cookie is not a strict one.
    let cookie =
        format!("{name}={state}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", MINUTES * 60);
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Problem::from(Code::Internal));
    let headers: [_; 2] =
        [(header::LOCATION, value(&address)?), (header::SET_COOKIE, value(&cookie)?)];
    Ok::<_, Problem>((StatusCode::SEE_OTHER, AppendHeaders(headers)))
}

/// Come back from the identity provider.
#[utoipa::path(
    get, path = "/sign-in/oidc/{audience}/callback", tag = "sign-in",
    params(("audience" = inline(Audience), Path), CameBack),
    responses(
        (status = 200, body = String, content_type = "text/html"),
        ReadProblems,
    ),
    security(()),
)]
async fn back(
    State(app): State<App>,
    At(audience): At<Audience>,
    Search(came): Search<CameBack>,
    origin: Origin,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let now = app.now();
    // Only the browser that went away comes back.
    let own = named_cookie(&headers, state_cookie(&app)).is_some_and(|own| own == came.state);
    // People whom nobody knows yet read what to do; programs read the problem.
    let accepted = headers.get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok());
    let is_person = accepted.is_some_and(|kinds| kinds.contains("text/html"));
    let is_told = is_person && audience == Audience::Residents;
    let started = app
        .blocking(move |app| {
            let admitted = if own {
                admitted(app, audience, came, now)
            } else {
                Err(Code::SignInFailed.into())
            };
            let actor = admitted.as_ref().map_or(Actor::Nobody, |(actor, _)| *actor);
            logged(app, &origin, actor, "sign-in:oidc", now, &admitted)?;
            let (actor, next) = admitted?;
            session::start(app, actor, next, None, now)
        })
        .await;
    match started {
        Ok(started) => Ok((started.cookie(&app), Html(ON)).into_response()),
        Err(problem) if is_told && problem.code == Code::SignInFailed => {
            Ok(Redirect::to("/sign-in/resident?unknown=true").into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn settings(app: &App, audience: Audience) -> Result<&Provider, Problem> {
    let oidc = &app.config().oidc;
    let settings = match audience {
        Audience::Staff => &oidc.staff,
        Audience::Residents => &oidc.residents,
    };
    if settings.issuer.is_empty() { Err(Code::NotFound.into()) } else { Ok(settings) }
}

fn callback(app: &App, audience: Audience) -> String {
    let url = app.config().server.public_url.trim_end_matches('/');
    let audience = match audience {
        Audience::Staff => "staff",
        Audience::Residents => "residents",
    };
    format!("{url}/api/v1/sign-in/oidc/{audience}/callback")
}

fn state_cookie(app: &App) -> &'static str {
    if app.config().is_encrypted() { "__Host-kangji-oidc" } else { "kangji-oidc" }
}

/// Who came back, and what they still have to do.
fn admitted(
    app: &App,
    audience: Audience,
    came: CameBack,
    now: Moment,
) -> Result<(Actor, Next), Problem> {
    let failed = || Problem::from(Code::SignInFailed);
    let settings = settings(app, audience)?;
    let ticket =
        app.store().take_ticket(token::hash(&came.state), Purpose::Identity, now).wait()?;
    let ticket = ticket.ok_or_else(failed)?;
    let away: Away =
        serde_json::from_str(&ticket.content).map_err(|_| Problem::from(Code::Internal))?;
    let code = came.code.filter(|_| away.audience == audience).ok_or_else(failed)?;
    let callback = callback(app, audience);
    let subject = app.providers().subject(settings, callback, code, away.asked, now)?;
    let subject = subject.ok_or_else(failed)?;
    match audience {
        Audience::Staff => {
            let user = app.store().user_known_as(&subject)?;
            let user = user.filter(|user| user.disabled_at.is_none()).ok_or_else(failed)?;
            Ok((Actor::Staff(user.id), next(app, &user)))
        }
        Audience::Residents => {
            let subject = Hash::of(&[b"subject:", subject.as_bytes()]);
            let linking =
                Some(HolderId::from_bytes(ticket.principal)).filter(|id| *id.bytes() != [0; 16]);
            if let Some(id) = linking
                && !app.store().link_resident(id, subject, now).wait()?
            {
                return Err(Problem::from(Code::Conflict).saying("这个外部账号已关联其他居民"));
            }
            let known = app.store().resident_known_as(subject)?.ok_or_else(failed)?;
            Ok((Actor::Resident(known), Next::Done))
        }
    }
}
