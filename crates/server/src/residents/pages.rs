//! Pages about people, for staff: find, register, see, change; what residents ask to be
//! corrected; a code to sign in by.

mod change;
mod code;
mod corrections;
mod facts;
mod find;
mod person;
mod register;
mod reveal;
mod said;

use maud::{Markup, html};

use super::{Resident, identity::DocumentName};
use crate::{
    pages::{Pages, Visit},
    problem::{Code, Problem},
};

pub(crate) use {find::fitting, person::name};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/residents", find::show)
        .post("/residents/search", find::take)
        .post("/residents/export", find::export)
        .get("/residents/new", register::ask)
        .post("/residents/new", register::take)
        .get("/residents/{id}", person::show)
        .get("/residents/{id}/change", change::ask)
        .post("/residents/{id}/change", change::take)
        .get("/residents/{id}/reveal", reveal::ask)
        .post("/residents/{id}/reveal", reveal::take)
        .post("/residents/{id}/sign-in-code", code::give)
        .get("/corrections", corrections::show)
        .post("/corrections/{id}", corrections::take)
}

/// Residents have pages of their own about themselves.
pub(crate) fn at_desk(visit: &Visit) -> Result<(), Problem> {
    if visit.is_resident() { Err(Code::Forbidden.into()) } else { Ok(()) }
}

/// What somebody may not know, or what is not there, is left out of a page that shows more.
pub(crate) fn if_allowed<T>(result: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(problem) if is_refusal(problem.code) => Ok(None),
        Err(problem) => Err(problem),
    }
}

const fn is_refusal(code: Code) -> bool {
    matches!(code, Code::Forbidden | Code::OutOfArea | Code::NotFound)
}

/// The way back to a person.
fn back(resident: &Resident) -> Markup {
    let link = format!("/residents/{}", resident.id);
    html! { p.no-print { a href=(link) { "← 回到" (name(resident)) } } }
}

/// The kinds of documents, as they are sent and as people read them.
pub(crate) fn document_kinds() -> Vec<(String, String)> {
    let all = kangji_core::identity::DocumentKind::ALL;
    all.iter().map(|kind| (kind.code().to_owned(), kind.chinese().to_owned())).collect()
}

/// A kind of document as it was chosen.
pub(crate) fn document_kind(place: &str, code: &str) -> Result<DocumentName, Problem> {
    let kind = kangji_core::identity::DocumentKind::from_code(code);
    kind.map(DocumentName::from).ok_or_else(|| Problem::invalid(place, "请从列表中选择"))
}
