//! What can be redeemed today, for everybody, signed in or not (P1); in large print for those
//! without a phone (A4).

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::days;
use crate::{
    app::App,
    catalogues::{
        in_force,
        shown::{CatalogueInForce, Paper, provided_by},
    },
    input::Search,
    pages::{parts, visit::Guest},
    points::pages::statement::said,
    problem::Problem,
    schemes,
};

/// Of which scheme, and whether on paper.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Which {
    scheme: Option<String>,
    paper: bool,
}

pub(super) async fn catalogue(
    State(app): State<App>,
    guest: Guest,
    Search(which): Search<Which>,
) -> Result<Response, Problem> {
    let today = app.now().day().to_string();
    let mut all = in_force(State(app)).await?.0;
    if let Some(scheme) = &which.scheme {
        all.retain(|one| one.head.scheme == *scheme);
    }
    let body = html! {
        @if which.paper { (paper(&all, &which, &today)) } @else { (screen(&all)) }
    };
    Ok(schemes::sent(&guest, guest.page("积分能换什么", body)))
}

/// Catalogues of one scheme, with its title.
fn by_scheme(all: &[CatalogueInForce]) -> impl Iterator<Item = (&str, &[CatalogueInForce])> {
    let groups = all.chunk_by(|one, other| one.head.scheme == other.head.scheme);
    groups.filter_map(|group| Some((group.first()?.head.title.as_str(), group)))
}

fn screen(all: &[CatalogueInForce]) -> Markup {
    html! {
        p.lead { "现在施行的兑换目录。换东西不收钱，积分也不能换现金。" }
        @for (title, catalogues) in by_scheme(all) {
            h2 { (title) }
            @for one in catalogues {
                h3 { (provided_by(&one.head)) }
                (papers(one))
                ul.entries.framed {
                    @for item in &one.items {
                        li { p.head { strong { (item.name) } } p { (item.sentence) } }
                    }
                }
            }
            @if let Some(first) = catalogues.first() {
                p.buttons {
                    a.button href=(format!("/mall/catalogue?scheme={}&paper=true", first.head.scheme)) {
                        "打印大字目录"
                    }
                    a.button.quiet href=(format!("/rules/{}", first.head.scheme)) { "看积分办法" }
                }
            }
        }
        @if all.is_empty() { (nothing()) }
    }
}

fn nothing() -> Markup {
    parts::empty("现在没有施行的兑换目录。", html! { a.button href="/rules" { "看积分办法" } })
}

/// On which documents a catalogue rests, and whom to ask.
fn papers(one: &CatalogueInForce) -> Markup {
    let paper = |paper: &Paper| format!("{}（{}）", paper.document, said(&paper.day));
    html! {
        p.small {
            (days(&one.head.first_day, one.head.last_day.as_deref())) "施行"
            @if let Some(reviewed) = &one.reviewed { "；审核：" (paper(reviewed)) }
            @if let Some(filed) = &one.filed { "；备案：" (paper(filed)) }
            @if let Some(contact) = &one.contact { "；商品和服务由提供单位负责：" (contact) }
        }
    }
}

/// Large print for those without a phone.
fn paper(all: &[CatalogueInForce], which: &Which, today: &str) -> Markup {
    let scheme = which.scheme.as_deref().map(|id| format!("?scheme={id}")).unwrap_or_default();
    html! {
        p.no-print { a href=(format!("/mall/catalogue{scheme}")) { "← 回到目录" } }
        p.buttons { button.main type="button" data-print { "打印" } }
        noscript { p.no-print { "没有脚本时请用浏览器的“打印”。" } }
        article.paper {
            @for (title, catalogues) in by_scheme(all) {
                p.scheme { (title) }
                p { "积分能换什么（截至" (said(today)) "），带身份证到柜台办理" }
                @for one in catalogues {
                    h2 { (provided_by(&one.head)) }
                    (papers(one))
                    ul.entries {
                        @for item in &one.items { li { p { strong { (item.name) } } p { (item.sentence) } } }
                    }
                }
            }
            @if all.is_empty() { p { "现在没有施行的兑换目录。" } }
        }
    }
}
