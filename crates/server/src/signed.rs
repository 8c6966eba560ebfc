//! Who asks: the session of a cookie or the token of a system, and what they are granted. A
//! handler that takes [`Signed`] is not reached by anybody else.

use std::{collections::BTreeSet, fmt};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
};
use kangji_core::{
    Moment,
    ids::{HolderId, OfficerId},
};
use kangji_rights::{Action, Cover, Grant, Permit, Roles};
use kangji_store::{Actor, Deed, Session, Standing, Strength};

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
    shown: Shown,
}

/// What somebody may do, before it is known what they ask for.
#[derive(Clone, Debug)]
enum Rights {
    Staff(Vec<Grant>),
    Client { scopes: BTreeSet<Action>, cover: Cover },
    Resident { people: Vec<Cover> },
}

impl Rights {
    fn of(session: &Session, standing: Standing) -> Self {
        match standing {
            Standing::Staff(grants) => Self::Staff(grants),
            Standing::Client(client) => {
                let scopes = client.scopes.intersection(&session.scopes).copied().collect();
                let cover = Cover::Area { area: client.area, institution: client.institution };
                Self::Client { scopes, cover }
            }
            Standing::Resident(people) => {
                Self::Resident { people: people.into_iter().map(Cover::Person).collect() }
            }
        }
    }
}

/// What residents may do about themselves and those they look after.
const OWN: [Action; 3] = [Action::ResidentsRead, Action::RecordsRead, Action::PointsRead];

impl Signed {
    /// Who.
    #[must_use]
    pub const fn principal(&self) -> Actor {
        self.session.principal
    }

    /// Who, where only staff do it.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for everybody else.
    pub fn officer(&self) -> Result<OfficerId, Problem> {
        match self.principal() {
            Actor::Staff(id) => Ok(id),
            _ => Err(Code::Forbidden.into()),
        }
    }

    /// The session.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// What a page has to show beside the cookie; `None` for a system.
    #[must_use]
    pub fn csrf(&self) -> Option<String> {
        match &self.shown {
            Shown::Cookie(token) => Some(token::csrf(token)),
            Shown::Bearer(_) => None,
        }
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
            Rights::Client { scopes, cover } => {
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

/// Who a request claims to come from: it bears a token, and beside a cookie the page's. Whose it is,
/// and what they may do, is looked up at the database in one turn.
#[derive(Clone, Debug)]
struct Caller {
    shown: Shown,
    origin: Origin,
}

impl Caller {
    /// Whoever has signed in by what was shown. It waits for the database, and asks it every time:
    /// who was thrown out on any server is out, and so is what was granted no longer.
    ///
    /// # Errors
    /// Where nobody has, the session is over, a second factor is owed, or a system calls too
    /// often.
    pub(crate) fn signed(self, app: &App) -> Result<Signed, Problem> {
        let signed = self.half_signed(app)?;
        match signed.session.strength {
            Strength::Full => Ok(signed),
            Strength::Half => Err(Code::SecondFactor.into()),
        }
    }

    /// The same for somebody who may still owe a second factor.
    fn half_signed(self, app: &App) -> Result<Signed, Problem> {
        let now = app.now();
        let found = app.store().signed_in(token::hash(self.shown.token()), now.day())?;
        let (session, standing) = found.ok_or(Code::NotSignedIn)?;
        let is_client = matches!(session.principal, Actor::Client(_));
        // A cookie is for people, a bearer's token for systems: neither is taken for the other.
        if is_over(&session, now, app.config().sign_in)
            || is_client != matches!(self.shown, Shown::Bearer(_))
        {
            return Err(Code::NotSignedIn.into());
        }
        if let Standing::Client(client) = &standing {
            app.calls().take(client.id, client.calls_per_minute, now)?;
        }
        if now.millis() - session.used_at.millis() > 60_000 {
            drop(app.store().use_session(session.token, now));
        }
        let rights = Rights::of(&session, standing);
        Ok(Signed { session, rights, origin: self.origin, shown: self.shown })
    }
}

impl FromRequestParts<App> for Caller {
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
        Ok(Self { shown, origin })
    }
}

/// For what has a body: nothing of it is read before it is known who sends it.
impl FromRequestParts<App> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        app.looking(move |app| caller.signed(app)).await
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
        let caller = Caller::from_request_parts(parts, app).await?;
        app.looking(move |app| caller.half_signed(app)).await.map(Self)
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
#[derive(Clone)]
enum Shown {
    Cookie(String),
    Bearer(String),
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cookie(_) => "Cookie",
            Self::Bearer(_) => "Bearer",
        })
    }
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

/// Whether a session has ended, or a member of staff left it unused for too long.
fn is_over(session: &Session, now: Moment, times: SignIn) -> bool {
    let idle = match session.principal {
        Actor::Staff(_) => i64::from(times.idle_minutes) * 60_000,
        _ => i64::MAX,
    };
    let unused = now.millis().saturating_sub(session.used_at.millis());
    now >= session.ends_at || unused >= idle
}
