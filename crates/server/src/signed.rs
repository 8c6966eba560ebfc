//! Who asks: the session of a cookie or the token of a system, and what they are granted. A
//! handler that takes [`Signed`] is not reached by anybody else.

use std::collections::BTreeSet;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
};
use kangji_core::{Moment, ids::HolderId};
use kangji_ledger::Hash;
use kangji_rights::{Action, Cover, Grant, Permit, Roles};
use kangji_store::{Actor, Deed, Session, Store, StoreError, Strength};

use crate::{
    app::App,
    config::{Config, SignIn},
    origin::Origin,
    problem::{Code, Problem},
    token,
};

/// The header that repeats the page's token beside a cookie.
pub const CSRF: &str = "x-csrf-token";

/// Somebody who signed in.
#[derive(Clone, Debug)]
pub struct Signed {
    session: Session,
    rights: Rights,
    origin: Origin,
    /// What the page has to show, for a session of a cookie.
    csrf: Option<String>,
}

/// What somebody may do, before it is known what they ask for.
#[derive(Clone, Debug)]
enum Rights {
    Staff(Vec<Grant>),
    Client { scopes: BTreeSet<Action>, cover: Cover, calls_per_minute: u32 },
    Resident { people: Vec<Cover> },
}

/// What residents may do about themselves and those they look after.
const OWN: [Action; 3] = [Action::ResidentsRead, Action::RecordsRead, Action::PointsRead];

impl Signed {
    /// Who.
    #[must_use]
    pub const fn principal(&self) -> Actor {
        self.session.principal
    }

    /// The session.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// What a page has to show beside the cookie; `None` for a system.
    #[must_use]
    pub fn csrf(&self) -> Option<&str> {
        self.csrf.as_deref()
    }

    /// What staff are granted.
    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        match &self.rights {
            Rights::Staff(grants) => grants,
            Rights::Client { .. } | Rights::Resident { .. } => &[],
        }
    }

    /// Whom a resident acts for: themselves first, then those they look after.
    #[must_use]
    pub fn people(&self) -> Vec<HolderId> {
        let Rights::Resident { people } = &self.rights else { return Vec::new() };
        let person = |cover: &Cover| match cover {
            Cover::Person(person) => Some(*person),
            Cover::Area { .. } => None,
        };
        people.iter().filter_map(person).collect()
    }

    /// On what they may do an action; `None` for nothing.
    #[must_use]
    pub fn permit(&self, action: Action, roles: &Roles) -> Option<Permit> {
        match &self.rights {
            Rights::Staff(grants) => Permit::of(action, grants, roles),
            Rights::Client { scopes, cover, .. } => {
                let covers = scopes.contains(&action).then(|| vec![cover.clone()]);
                Permit::covering(action, covers.unwrap_or_default())
            }
            Rights::Resident { people } => {
                let covers = OWN.contains(&action).then(|| people.clone());
                Permit::covering(action, covers.unwrap_or_default())
            }
        }
    }

    /// Something they do, for the audit log.
    #[must_use]
    pub fn deed(&self, action: &str) -> Deed {
        self.origin.deed(self.principal(), action)
    }

    /// Where the request came from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl FromRequestParts<App> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let signed = HalfSigned::from_request_parts(parts, app).await?.0;
        match signed.session.strength {
            Strength::Full => Ok(signed),
            Strength::Half => Err(Code::SecondFactor.into()),
        }
    }
}

impl OptionalFromRequestParts<App> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        match <Self as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(signed) => Ok(Some(signed)),
            Err(problem) if problem.code == Code::NotSignedIn => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

/// Somebody who signed in and may still owe a second factor.
#[derive(Clone, Debug)]
pub struct HalfSigned(pub Signed);

impl FromRequestParts<App> for HalfSigned {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let origin = Origin::of(parts, app.config());
        let shown = Shown::in_headers(&parts.headers, app.config().is_encrypted());
        let shown = shown.ok_or(Code::NotSignedIn)?;
        if let Shown::Cookie(token) = &shown
            && !is_safe(&parts.method)
        {
            let repeated = parts
                .headers
                .get(CSRF)
                .is_some_and(|value| same(value.as_bytes(), token::csrf(token).as_bytes()));
            if !repeated {
                return Err(Code::CsrfMissing.into());
            }
        }
        let (now, times) = (app.now(), app.config().sign_in);
        let hash = token::hash(shown.token());
        let found = app.ask(move |store| found(store, hash, now, times)).await?;
        let (session, rights) = found.ok_or(Code::NotSignedIn)?;
        let is_client = matches!(session.principal, Actor::Client(_));
        // A cookie is for people, a bearer's token for systems: neither is taken for the other.
        if is_client != matches!(shown, Shown::Bearer(_)) {
            return Err(Code::NotSignedIn.into());
        }
        if let (Actor::Client(id), Rights::Client { calls_per_minute, .. }) =
            (session.principal, &rights)
        {
            app.calls().take(id, *calls_per_minute, now)?;
        }
        if now.millis() - session.used_at.millis() > 60_000 {
            drop(app.store().use_session(hash, now));
        }
        let csrf = (!is_client).then(|| token::csrf(shown.token()));
        Ok(Self(Signed { session, rights, origin, csrf }))
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

/// What was shown.
enum Shown {
    Cookie(String),
    Bearer(String),
}

impl Shown {
    fn in_headers(headers: &HeaderMap, encrypted: bool) -> Option<Self> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let token = value.to_str().ok()?.strip_prefix("Bearer ")?;
            return Some(Self::Bearer(token.to_owned()));
        }
        named_cookie(headers, cookie_name(encrypted)).map(Self::Cookie)
    }

    fn token(&self) -> &str {
        match self {
            Self::Cookie(token) | Self::Bearer(token) => token,
        }
    }
}

/// The token of the session's cookie, if there is one.
#[must_use]
pub fn shown_cookie(headers: &HeaderMap, config: &Config) -> Option<String> {
    named_cookie(headers, cookie_name(config.is_encrypted()))
}

/// The value of a cookie, if there is one of this name.
#[must_use]
pub fn named_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = cookies.flat_map(|value| value.split(';'));
    cookies.find_map(|cookie| {
        let (found, token) = cookie.trim().split_once('=')?;
        (found == name).then(|| token.to_owned())
    })
}

/// The name of the session's cookie. With the prefix, browsers take it only from this host and
/// only encrypted.
#[must_use]
pub const fn cookie_name(encrypted: bool) -> &'static str {
    if encrypted { "__Host-kangji" } else { "kangji" }
}

/// A session that is not over, and what its principal may do.
fn found(
    store: &Store,
    token: Hash,
    now: Moment,
    times: SignIn,
) -> Result<Option<(Session, Rights)>, StoreError> {
    let Some(session) = store.session(token)? else { return Ok(None) };
    let idle = match session.principal {
        Actor::Staff(_) => i64::from(times.idle_minutes) * 60_000,
        _ => i64::MAX,
    };
    let unused = now.millis().saturating_sub(session.used_at.millis());
    if now >= session.ends_at || unused >= idle {
        return Ok(None);
    }
    let rights = match session.principal {
        Actor::Staff(id) => {
            let user = store.user(id)?.filter(|user| user.disabled_at.is_none());
            let Some(_) = user else { return Ok(None) };
            Rights::Staff(store.grants(id)?)
        }
        Actor::Client(id) => {
            let client = store.client(id)?.filter(|client| client.disabled_at.is_none());
            let Some(client) = client else { return Ok(None) };
            let scopes = client.scopes.intersection(&session.scopes).copied().collect();
            let cover = Cover::Area { area: client.area, institution: client.institution };
            Rights::Client { scopes, cover, calls_per_minute: client.calls_per_minute }
        }
        Actor::Resident(id) => {
            let wards = store.wards(id, now.day())?;
            let people = std::iter::once(id).chain(wards).map(Cover::Person).collect();
            Rights::Resident { people }
        }
        Actor::Program | Actor::Nobody => return Ok(None),
    };
    Ok(Some((session, rights)))
}
