//! The shops that take points today, for everybody, signed in or not (P1).

use axum::{extract::State, response::Response};
use maud::{Markup, html};

use crate::{
    agreements::{ShopInForce, in_force},
    app::App,
    my::shops::shop,
    pages::{parts, visit::Guest},
    problem::Problem,
    schemes,
};

pub(super) async fn shops(State(app): State<App>, guest: Guest) -> Result<Response, Problem> {
    let mut all = in_force(State(app)).await?.0;
    all.sort_by(|one, other| one.scheme.cmp(&other.scheme));
    let body = html! {
        p.lead { "在这些商户买东西，积分可以抵扣一部分货款。" }
        @for group in all.chunk_by(|one, other| one.scheme == other.scheme) { (of_scheme(group)) }
        @if all.is_empty() {
            (parts::empty("现在没有公布抵扣比例的商户。", html! {
                a.button href="/mall/catalogue" { "看积分能换什么" }
            }))
        }
        p { "带上本人有效证件和积分券，在自己住的片区的商户使用。积分不能换现金。" }
    };
    Ok(schemes::sent(&guest, guest.page("收积分的商户", body)))
}

fn of_scheme(group: &[ShopInForce]) -> Markup {
    html! {
        @if let Some(first) = group.first() { h2 { (first.title) } }
        @for one in group {
            (shop(one))
        }
    }
}
