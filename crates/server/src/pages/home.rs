//! The first page: from here everybody gets to where they belong.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use kangji_store::Actor;
use maud::html;

use super::{Pages, visit::Guest};

pub(super) fn pages() -> Pages {
    Pages::default().get("/", home)
}

/// Where staff begin, by what they may do, in this order.
const DESKS: [(Action, &str); 6] = [
    (Action::OrdersHandle, "/counter"),
    (Action::ResidentsRead, "/residents"),
    (Action::ReportsMake, "/village"),
    (Action::DeductionsMake, "/shop"),
    (Action::AuditRead, "/audit"),
    (Action::LedgerVerify, "/ledger"),
];

async fn home(guest: Guest) -> Response {
    if guest.who().is_none() && !guest.app().cast().is_empty() {
        return Redirect::to("/demo").into_response();
    }
    match guest.who().map(|who| who.principal()) {
        Some(Actor::Resident(_)) => return Redirect::to("/my").into_response(),
        Some(Actor::Staff(_)) => {
            let desk = DESKS.iter().find(|(action, _)| guest.may(*action));
            return Redirect::to(desk.map_or("/account", |(_, desk)| desk)).into_response();
        }
        _ => {}
    }
    let body = html! {
        p.lead { "查积分、看明细、知道每一分从哪里来。" }
        div.ways-in {
            a.button.main href="/sign-in/resident" { "居民登录" }
            a.button href="/rules" { "看积分办法" }
            a.button href="/mall/catalogue" { "看积分能换什么" }
            a.button.quiet href="/sign-in" { "工作人员登录" }
        }
    };
    guest.page("居民健康积分", body).into_response()
}
