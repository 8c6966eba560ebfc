//! Stock of an institution: what is there, what moved it, and the moves that staff make. What
//! orders move is theirs.

mod pages;
mod read;
mod write;

use kangji_core::Day;
use kangji_rights::Permit;
use kangji_store::{Institution, Store};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    problem::{Code, Problem},
};

pub(crate) use pages::{choose, pages, reached, sources, staff_names, whole, yuan};
pub(crate) use write::source;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read::list))
        .routes(routes!(read::batches))
        .routes(routes!(read::batch))
        .routes(routes!(read::entries))
        .routes(routes!(write::receive))
        .routes(routes!(write::count))
        .routes(routes!(write::write_off))
}

/// An institution that a permit reaches. Whoever does not reach it is not told whether there is
/// such a one.
pub(crate) fn institution_at(
    store: &Store,
    permit: &Permit,
    code: &str,
) -> Result<Institution, Problem> {
    let found = store.institution(code)?.filter(|found| found.is_under(permit));
    found.ok_or_else(|| Code::OutOfArea.into())
}

/// A day as it is sent.
pub(crate) fn day(place: &str, text: &str) -> Result<Day, Problem> {
    text.parse().map_err(|_| Problem::invalid(place, "日期写成 2026-07-15 这样"))
}
