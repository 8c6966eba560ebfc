//! Pages of stock: what an institution has, goods that come, batches and their count, the
//! register.

mod batch;
mod good;
mod receive;
mod register;
mod table;

use std::collections::BTreeMap;

use axum::extract::State;
use kangji_rights::Action;
use kangji_store::Institution;
use maud::{Markup, html};

use crate::{
    app::App,
    pages::{Pages, Visit, parts},
    problem::{Code, Problem},
};

pub(crate) use receive::{sources, whole, yuan};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/stock", table::mine)
        .get("/stock/{code}", table::show)
        .get("/stock/{code}/receive", receive::ask)
        .post("/stock/{code}/receive", receive::take)
        .get("/stock/{code}/good", good::show)
        .post("/stock/{code}/good", good::take)
        .get("/stock/{code}/sheet", register::sheet)
        .get("/stock/{code}/entries", register::show)
        .get("/stock/{code}/batches/{id}", batch::show)
        .post("/stock/{code}/batches/{id}", batch::take)
}

/// The institutions at which somebody may do something.
pub(crate) async fn reached(visit: &Visit, action: Action) -> Result<Vec<Institution>, Problem> {
    let permit = visit.who().permit(action, visit.app().roles()).ok_or(Code::Forbidden)?;
    let all = visit.app().ask(|store| store.institutions(None)).await?;
    Ok(all.into_iter().filter(|one| one.is_under(&permit)).collect())
}

/// A way to each of some institutions, below an address.
pub(crate) fn choose(all: &[Institution], below: &str) -> Markup {
    html! {
        @if all.is_empty() {
            (parts::empty("您的授权范围内还没有机构，请主管部门先登记机构。", html! {
                a.button href="/account" { "看我的授权" }
            }))
        } @else {
            p { "请选择机构。" }
            ul.links {
                @for one in all {
                    li { a href=(format!("{below}/{}", one.code)) { (one.name) "（" (one.area) "）" } }
                }
            }
        }
    }
}

/// The names by which staff sign in, by their ids.
pub(crate) async fn staff_names(
    visit: &Visit,
    ids: impl IntoIterator<Item = &String>,
) -> Result<BTreeMap<String, String>, Problem> {
    let ids: Vec<String> = ids.into_iter().cloned().collect();
    let State(app): State<App> = visit.state();
    app.ask(move |store| {
        let mut names = BTreeMap::new();
        for id in ids {
            if names.contains_key(&id) {
                continue;
            }
            let user = id.parse().ok().map(|id| store.user(id)).transpose()?.flatten();
            names.extend(user.map(|user| (id, user.name)));
        }
        Ok(names)
    })
    .await
}

/// The name of an institution that may be looked at.
async fn name_of(visit: &Visit, code: &str) -> Result<String, Problem> {
    let asked = code.to_owned();
    let found = visit.app().ask(move |store| store.institution(&asked)).await?;
    Ok(found.map_or_else(|| code.to_owned(), |found| found.name))
}

/// The address of a good's page.
fn good_at(code: &str, good: &str) -> String {
    let query = serde_urlencoded::to_string([("good", good)]).unwrap_or_default();
    format!("/stock/{code}/good?{query}")
}

/// Until when goods may be handed over.
fn until(day: Option<&String>) -> &str {
    day.map_or("长期", String::as_str)
}
