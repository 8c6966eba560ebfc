//! Agreements for people: all of them in a table, one with its steps and a sheet to sign, the form
//! for a new one; and the shops that take points today, for everybody.

mod draft;
mod one;
mod open;

use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Which, list,
    shown::{AgreementShown, AgreementState, AgreementTerms, BearsName},
};
use crate::{
    input::Search,
    pages::{
        Page, Pages, Visit,
        parts::{self, Column, Tone},
    },
    points::pages::statement::said,
    problem::Problem,
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/agreements", all)
        .get("/agreements/new", draft::ask)
        .post("/agreements/new", draft::take)
        .get("/agreements/{id}", one::show_one)
        .post("/agreements/{id}", one::take)
        .get("/agreements/{id}/sheet", one::sheet)
        .get("/shops", open::shops)
}

/// Which agreements the table shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Looked {
    shop: Option<String>,
    after: Option<String>,
}

async fn all(visit: Visit, Search(looked): Search<Looked>) -> Result<Page, Problem> {
    let Looked { shop, after } = looked;
    let which = Which { shop: shop.clone(), after, limit: None };
    let found = list(visit.state(), visit.who(), Search(which)).await?.0;
    let columns = ["商户", "积分办法", "抵扣比例", "施行", "状态", "公布"].map(Column::Text);
    let rows: Vec<_> = found.items.iter().map(row).collect();
    let more = found.next.map(|next| {
        let fields = [("shop", shop.as_deref()), ("after", Some(next.as_str()))];
        let fields: Vec<_> =
            fields.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
        format!("/agreements?{}", serde_urlencoded::to_string(fields).unwrap_or_default())
    });
    let body = html! {
        p { "商户按公布的比例抵扣一部分货款；没有公布的不能抵扣。换比例要另拟一份，从新一份施行的第一天起接替。" }
        p.buttons {
            @if visit.may(Action::AgreementsWrite) {
                a.button.main href="/agreements/new" { "拟定协议" }
            }
            a.button href="/shops" { "看公示" }
        }
        @if rows.is_empty() {
            (parts::empty("还没有商户协议。", html! {}))
        } @else {
            (parts::table("商户协议（新的在前）", &columns, &rows))
        }
        (parts::more(more.as_deref()))
    };
    Ok(visit.page("商户协议", body))
}

fn row(one: &AgreementShown) -> Vec<Markup> {
    vec![
        html! { a href=(format!("/agreements/{}", one.id)) { (one.shop_name) } },
        html! { (one.terms.title) },
        html! { (one.terms.says) },
        html! { (days(&one.terms)) },
        state(one),
        html! {
            @if let Some(step) = &one.published { (step.document) " " small { (said(&step.day)) } }
        },
    ]
}

fn days(terms: &AgreementTerms) -> String {
    match &terms.last_day {
        Some(last) => format!("{}到{}", said(&terms.first_day), said(last)),
        None => format!("{}起", said(&terms.first_day)),
    }
}

/// How far it has come.
fn state(one: &AgreementShown) -> Markup {
    let tone = match one.state {
        AgreementState::Proposed => Tone::Warn,
        AgreementState::Published => Tone::Good,
        AgreementState::Ended => Tone::Plain,
    };
    html! {
        span {
            (parts::tag(tone, one.state.chinese()))
            @if one.in_force { (parts::tag(Tone::Good, "施行中")) }
        }
    }
}

/// Who bears a forgery, as people read it.
fn bears(name: BearsName) -> &'static str {
    kangji_redemption::partner::Bears::from(name).chinese()
}
