//! Who looks at a page, and how.

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderMap, request::Parts},
};
use kangji_rights::Action;
use kangji_store::Actor;
use maud::{Markup, html};

use super::{edition::Edition, frame::Page};
use crate::{
    app::App,
    problem::{Code, Problem},
    signed::Signed,
};

/// How a page is looked at: by whom, if somebody is signed in, from which address, in which
/// edition.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    app: App,
    who: Option<Signed>,
    edition: Edition,
    path: String,
}

/// Somebody who is signed in looks at a page.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    guest: Guest,
    who: Signed,
}

impl Guest {
    /// The edition that was chosen, by nobody that is known.
    pub(crate) fn unknown(app: &App, headers: &HeaderMap, path: &str) -> Self {
        let edition = Edition::chosen(headers);
        Self { app: app.clone(), who: None, edition, path: path.to_owned() }
    }

    /// Who, if somebody is signed in.
    pub(crate) const fn who(&self) -> Option<&Signed> {
        self.who.as_ref()
    }

    pub(crate) const fn edition(&self) -> Edition {
        self.edition
    }

    pub(super) const fn app(&self) -> &App {
        &self.app
    }

    /// The address of the page, without what follows the question mark.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether they may do something anywhere.
    pub(crate) fn may(&self, action: Action) -> bool {
        self.who.as_ref().is_some_and(|who| who.permit(action, self.app.roles()).is_some())
    }

    /// A page with this title around this.
    pub(crate) fn page(&self, title: &str, body: Markup) -> Page {
        Page::new(self, title, body)
    }
}

impl Visit {
    /// Who.
    pub(crate) fn who(&self) -> Signed {
        self.who.clone()
    }

    /// What handlers of the API take.
    pub(crate) fn state(&self) -> State<App> {
        State(self.guest.app.clone())
    }

    pub(crate) const fn app(&self) -> &App {
        &self.guest.app
    }

    /// Whether a resident looks at their own.
    pub(crate) const fn is_resident(&self) -> bool {
        matches!(self.who.principal(), Actor::Resident(_))
    }

    /// Whether they may do something anywhere.
    pub(crate) fn may(&self, action: Action) -> bool {
        self.guest.may(action)
    }

    /// That they may do something somewhere, before a form of theirs is looked at.
    ///
    /// # Errors
    /// Where they may not.
    pub(crate) fn need(&self, action: Action) -> Result<(), Problem> {
        if self.may(action) { Ok(()) } else { Err(Code::Forbidden.into()) }
    }

    /// What every form of theirs holds unseen: the token that proves that the page was ours, and
    /// the key under which what is sent is done once, however often the button is pressed.
    pub(crate) fn seal(&self) -> Markup {
        html! {
            input type="hidden" name="csrf" value=(self.who.csrf().unwrap_or_default());
            input type="hidden" name="key" value=(uuid::Uuid::new_v4());
        }
    }

    /// A page with this title around this.
    pub(crate) fn page(&self, title: &str, body: Markup) -> Page {
        self.guest.page(title, body)
    }
}

/// Why there is nobody who looks at a page that is for everybody.
const NOBODY: [Code; 3] = [Code::NotSignedIn, Code::SecondFactor, Code::CsrfMissing];

impl FromRequestParts<App> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let who = match <Signed as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(who) => Some(who),
            // Whoever still owes a second factor is nobody yet, and so is whoever sends a form that
            // is for everybody: it shows no token, though the browser may still have a cookie.
            Err(problem) if NOBODY.contains(&problem.code) => None,
            Err(problem) => return Err(problem),
        };
        Ok(Self { who, ..Self::unknown(app, &parts.headers, parts.uri.path()) })
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let who = <Signed as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let guest = Guest::unknown(app, &parts.headers, parts.uri.path());
        Ok(Self { guest: Guest { who: Some(who.clone()), ..guest }, who })
    }
}
