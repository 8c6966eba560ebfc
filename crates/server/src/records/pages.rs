//! Pages on which people record services: the kind, the form made from its declaration, what it
//! brought; a resident's records, one record, its correction, its end.

pub(crate) mod choose;
mod correct;
mod entry;
mod list;
mod one;
pub(crate) mod outcome;
pub(crate) mod sheet;
pub(crate) mod values;
mod void;

use kangji_rights::Action;

use crate::{
    pages::{Pages, Visit},
    problem::{Code, Problem},
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/residents/{id}/records", list::show)
        .get("/residents/{id}/records/new", choose::show)
        .get("/residents/{id}/records/new/{kind}", entry::ask)
        .post("/residents/{id}/records/new/{kind}", entry::take)
        .get("/records/{id}", one::show)
        .get("/records/{id}/correct", correct::ask)
        .post("/records/{id}/correct", correct::take)
        .get("/records/{id}/void", void::ask)
        .post("/records/{id}/void", void::take)
}

/// Refuses a form to whoever may not send it.
fn may_write(visit: &Visit) -> Result<(), Problem> {
    visit.need(Action::RecordsWrite)
}

/// Whether the form with something else in it may be taken: then it is shown again.
fn is_about_the_form(problem: &Problem) -> bool {
    problem.place.is_some()
        && matches!(
            problem.code,
            Code::Invalid | Code::OutOfArea | Code::Conflict | Code::NotFound | Code::Changed
        )
}
