//! Beginning a session: always under a new token, which only the cookie of the answer holds.

use std::collections::BTreeSet;

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, header},
    response::IntoResponse,
};
use kangji_core::Moment;
use kangji_ledger::Hash;
use kangji_store::{Actor, Session, Strength};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, problem::Problem, signed::cookie_name, token};

/// What is still to be done before a session reaches everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Next {
    /// Nothing.
    Done,
    /// To show a one-time code or a recovery code.
    Totp,
    /// To set one-time codes up.
    SetUpTotp,
}

/// What follows a successful sign-in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedIn {
    next: Next,
    /// To be sent as `X-CSRF-Token` with every write.
    csrf: String,
}

/// A session that has begun, and what its holder shows.
pub(crate) struct Started {
    token: String,
    next: Next,
}

/// A session under a new token, to be kept by the store, and what its holder shows.
pub(crate) fn prepare(
    app: &App,
    principal: Actor,
    next: Next,
    now: Moment,
) -> Result<(Session, Started), Problem> {
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
        strength: if next == Next::Done { Strength::Full } else { Strength::Half },
        started_at: now,
        used_at: now,
        ends_at: now.plus_millis(hours * 3_600_000),
    };
    Ok((session, Started { token, next }))
}

/// Begins a session in the place of an earlier one.
pub(crate) fn start(
    app: &App,
    principal: Actor,
    next: Next,
    instead: Option<Hash>,
    now: Moment,
) -> Result<Started, Problem> {
    let (session, started) = prepare(app, principal, next, now)?;
    app.store().start_session(session, instead).wait()?;
    Ok(started)
}

impl Started {
    /// What is still to be done.
    pub(crate) const fn next(&self) -> Next {
        self.next
    }

    /// The header that hands the token over.
    pub(crate) fn cookie(&self, app: &App) -> HeaderMap {
        let encrypted = app.config().is_encrypted();
        let cookie = cookie(cookie_name(encrypted), &self.token, encrypted);
        // A token is hexadecimal, so there is always a value.
        let value = HeaderValue::from_str(&cookie).ok();
        value.map(|value| (header::SET_COOKIE, value)).into_iter().collect()
    }

    /// What a page has to show beside the cookie.
    pub(crate) fn csrf(&self) -> String {
        token::csrf(&self.token)
    }

    /// The answer that hands the token over.
    pub(crate) fn answer(self, app: &App) -> impl IntoResponse + use<> {
        (self.cookie(app), Json(SignedIn { next: self.next, csrf: self.csrf() }))
    }
}

/// A cookie that only this server sees, and no script.
pub(crate) fn cookie(name: &str, value: &str, encrypted: bool) -> String {
    let secure = if encrypted { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}")
}
