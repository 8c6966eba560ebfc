//! The two editions: the usual one, and the one with large type (长辈版). Each browser remembers
//! which was chosen; nobody needs to sign in for it.

use axum::{
    http::{HeaderMap, header},
    response::{AppendHeaders, IntoResponse, Redirect},
};

use super::{Form, Pages, form::local};
use crate::{
    problem::{Code, Problem},
    signed::named_cookie,
};

const COOKIE: &str = "edition";

/// How large things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edition {
    Usual,
    Large,
}

impl Edition {
    /// The one the browser remembers.
    pub(super) fn chosen(headers: &HeaderMap) -> Self {
        let chosen = named_cookie(headers, COOKIE);
        if chosen.as_deref() == Some(Self::Large.word()) { Self::Large } else { Self::Usual }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Large => "large",
        }
    }

    /// The other one, and what its button says.
    pub(super) const fn other(self) -> (Self, &'static str) {
        match self {
            Self::Usual => (Self::Large, "大字版"),
            Self::Large => (Self::Usual, "标准版"),
        }
    }
}

pub(super) fn pages() -> Pages {
    Pages::default().post("/edition", choose)
}

/// Remembers the edition for a year and goes back to the page.
async fn choose(form: Form) -> Result<impl IntoResponse, Problem> {
    let edition = match form.text("edition") {
        Some("large") => Edition::Large,
        Some("usual") => Edition::Usual,
        _ => return Err(Code::Malformed.into()),
    };
    let back = local(form.text("to").unwrap_or("/"));
    let word = edition.word();
    let cookie = format!("{COOKIE}={word}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(back)))
}
