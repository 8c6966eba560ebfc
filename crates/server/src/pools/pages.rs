//! Pages of villages' pools: what is there, the form of a list, and the list that a second person
//! decides and everybody on it signs.

mod form;
mod paper;

use kangji_store::HELPERS;
use maud::{Markup, html};

use super::{PoolEntry, list};
use crate::{
    pages::{
        Page, Pages, Visit,
        parts::{self, Column},
    },
    problem::Problem,
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/pools", all)
        .get("/pools/{account}", form::show)
        .post("/pools/{account}", form::take)
        .get("/pools/{account}/lists/{id}", paper::show)
        .post("/pools/{account}/lists/{id}", paper::take)
}

async fn all(visit: Visit) -> Result<Page, Problem> {
    let pools = list(visit.state(), visit.who()).await?.0;
    let columns =
        [Column::Text("村（社区）"), Column::Text("积分办法"), Column::Number("可分发（分）")];
    let row = |one: &PoolEntry| {
        vec![
            html! { a href=(format!("/pools/{}", one.account)) { (one.community) } },
            html! { (one.title) },
            html! { (parts::points(one.redeemable, one.decimals)) },
        ]
    };
    let rows: Vec<_> = pools.iter().map(row).collect();
    let body = html! {
        p { "村（社区）集体得的积分，由两位工作人员签字，按名单分给本村（社区）的帮办人员。个人之间不能转让。" }
        @if rows.is_empty() {
            (parts::empty("您的辖区里还没有村（社区）得到集体积分。", html! {
                a.button href="/rules" { "看积分办法" }
            }))
        } @else {
            (parts::table("积分池", &columns, &rows))
        }
    };
    Ok(visit.page("村（社区）积分池", body))
}

/// As what somebody helps, for people.
fn helps_as(visit: &Visit, groups: &[String]) -> String {
    let words = visit.app().store().words().groups();
    let known = HELPERS.iter().filter(|group| groups.iter().any(|own| own == *group));
    let named = known.filter_map(|group| words.iter().find(|word| word.id == *group));
    named.map(|word| word.label.clone()).collect::<Vec<_>>().join("、")
}

/// The way back to all pools.
fn back() -> Markup {
    html! { p.no-print { a href="/pools" { "← 回到积分池" } } }
}
