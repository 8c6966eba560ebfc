//! Access tokens for connected systems: OAuth 2.0 client credentials (RFC 6749, 4.4). Tokens are
//! opaque, good for fifteen minutes, and known to the database by their hash only.

use std::collections::BTreeSet;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use kangji_core::{Moment, ids::ClientId};
use kangji_rights::Action;
use kangji_store::{Actor, Client, Session, Strength};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    attempts::Tried,
    origin::Origin,
    problem::{Code, Problem, ProblemBody},
    sign_in::logged,
    signed::same,
    token,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(token))
}

/// Seconds for which an access token is good.
const SECONDS: i64 = 900;

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TokenRequest {
    /// `client_credentials`.
    #[schema(required, nullable = false, pattern = "^client_credentials$")]
    grant_type: Option<String>,
    /// Actions with spaces between; all that the system may do when left out.
    scope: Option<String>,
    /// The system's id, unless it is in the `Authorization` header.
    client_id: Option<String>,
    /// The system's secret, unless it is in the `Authorization` header.
    client_secret: Option<String>,
}

/// An access token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenAnswer {
    /// To be sent as `Authorization: Bearer`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds for which it is good.
    expires_in: i64,
    /// What it is good for.
    scope: String,
}

/// What is wrong, as RFC 6749 (5.2) says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenError {
    /// Something is missing, repeated or of another form.
    InvalidRequest,
    /// The id or the secret is not right.
    InvalidClient,
    /// Another grant type than `client_credentials`.
    UnsupportedGrantType,
    /// Something the system may not do.
    InvalidScope,
}

/// A refusal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Refused {
    error: TokenError,
    /// What to do about it, in English since the standard allows ASCII only.
    error_description: &'static str,
}

/// Why there is no token.
#[derive(Debug)]
pub(crate) enum Why {
    Refused(TokenError),
    Problem(Problem),
}

impl From<TokenError> for Why {
    fn from(error: TokenError) -> Self {
        Self::Refused(error)
    }
}

impl From<Problem> for Why {
    fn from(problem: Problem) -> Self {
        // A system that did not prove who it is is told in the words of the standard.
        if problem.code == Code::SignInFailed {
            Self::Refused(TokenError::InvalidClient)
        } else {
            Self::Problem(problem)
        }
    }
}

impl IntoResponse for Why {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Problem(problem) => return problem.into_response(),
            Self::Refused(error) => error,
        };
        let error_description = match error {
            TokenError::InvalidRequest => "send grant_type and each parameter once, form-encoded",
            TokenError::InvalidClient => "check client_id and client_secret",
            TokenError::UnsupportedGrantType => "use client_credentials",
            TokenError::InvalidScope => "ask only for scopes that the client was given",
        };
        let body = Json(Refused { error, error_description });
        if error != TokenError::InvalidClient {
            return (StatusCode::BAD_REQUEST, body).into_response();
        }
        let basic = HeaderValue::from_static("Basic realm=\"kangji\"");
        (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, basic)], body).into_response()
    }
}

/// Get an access token as a connected system.
#[utoipa::path(
    post, path = "/oauth/token", tag = "sign-in",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = TokenAnswer),
        (status = 400, body = Refused),
        (status = 401, body = Refused),
        (status = 408, body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(()),
)]
async fn token(
    State(app): State<App>,
    origin: Origin,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<TokenAnswer>, Why> {
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::from(Code::TooLarge),
        _ => Code::Malformed.into(),
    })?;
    let request = read(&headers, &body)?;
    match request.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(TokenError::UnsupportedGrantType.into()),
        None => return Err(TokenError::InvalidRequest.into()),
    }
    let (id, secret) = shown(&headers, &request)?;
    let now = app.now();
    let scope = request.scope;
    let issued = app.blocking(move |app| {
        let client = admitted(app, &id, &secret, &origin, now)?;
        let Some(scopes) = wanted(&client, scope.as_deref()) else { return Ok(None) };
        app.calls().take(client.id, client.calls_per_minute, now)?;
        issue(app, client.id, scopes, now).map(Some)
    });
    issued.await?.map(Json).ok_or_else(|| TokenError::InvalidScope.into())
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<TokenRequest, Why> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    let form = |kind: &str| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if !essence.is_some_and(form) || headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::from(Code::UnsupportedMedia).into());
    }
    serde_urlencoded::from_bytes(body).map_err(|_| TokenError::InvalidRequest.into())
}

/// The id and the secret that were shown, in one of the two ways and not in both.
fn shown(headers: &HeaderMap, request: &TokenRequest) -> Result<(String, String), TokenError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let id = request.client_id.clone().ok_or(TokenError::InvalidClient)?;
        return Ok((id, request.client_secret.clone().ok_or(TokenError::InvalidClient)?));
    };
    if request.client_secret.is_some() {
        return Err(TokenError::InvalidRequest);
    }
    let coded = value.to_str().ok().and_then(|value| value.split_once(' '));
    let coded = coded.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let text = coded.and_then(|(_, coded)| BASE64_STANDARD.decode(coded.trim()).ok());
    let text = text.and_then(|text| String::from_utf8(text).ok());
    let pair = text.as_deref().and_then(|text| text.split_once(':'));
    let (id, secret) = pair.ok_or(TokenError::InvalidClient)?;
    if request.client_id.as_ref().is_some_and(|other| other != id) {
        return Err(TokenError::InvalidRequest);
    }
    Ok((id.to_owned(), secret.to_owned()))
}

/// The system that this id and secret admit.
fn admitted(
    app: &App,
    id: &str,
    secret: &str,
    origin: &Origin,
    now: Moment,
) -> Result<Client, Problem> {
    let admitted = Tried::from(origin).of("client", id.as_bytes()).attempt(app, now, || {
        let Ok(id) = id.parse::<ClientId>() else { return Ok(None) };
        let client = app.store().client(id)?.filter(|client| client.disabled_at.is_none());
        let hash = token::hash(secret);
        Ok(client.filter(|client| same(client.secret.bytes(), hash.bytes())))
    });
    let actor = admitted.as_ref().map_or(Actor::Nobody, |client| Actor::Client(client.id));
    logged(app, origin, actor, "oauth:token", now, &admitted)?;
    admitted
}

/// What is asked for, if the system may do all of it and it is something.
fn wanted(client: &Client, scope: Option<&str>) -> Option<BTreeSet<Action>> {
    let Some(scope) = scope.filter(|scope| !scope.trim().is_empty()) else {
        return Some(client.scopes.clone());
    };
    let action = |word: &str| word.parse().ok().filter(|action| client.scopes.contains(action));
    scope.split_ascii_whitespace().map(action).collect()
}

fn issue(
    app: &App,
    client: ClientId,
    scopes: BTreeSet<Action>,
    now: Moment,
) -> Result<TokenAnswer, Problem> {
    let access_token = token::new()?;
    let words: Vec<&str> = scopes.iter().map(|action| action.code()).collect();
    let scope = words.join(" ");
    let session = Session {
        token: token::hash(&access_token),
        principal: Actor::Client(client),
        scopes,
        strength: Strength::Full,
        started_at: now,
        used_at: now,
        ends_at: now.plus_millis(SECONDS * 1000),
    };
    app.store().start_session(session, None).wait()?;
    Ok(TokenAnswer { access_token, token_type: "Bearer", expires_in: SECONDS, scope })
}
