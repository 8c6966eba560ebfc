//! What a shop deducted on a day: the sums, by cashier, and each deduction.

use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{minute, state, yuan};
use crate::{
    deductions::read::{self, CashierTotal, DeductionShown, DeductionTotal, Which, WhichDay},
    input::Search,
    orders::pages::here::Here,
    pages::{
        Page, Visit,
        parts::{self, Column, Field, Kind},
    },
    points::pages::statement::said,
    problem::Problem,
};

/// Which day of which shop.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Looked {
    at: Option<String>,
    day: Option<String>,
    after: Option<String>,
}

pub(super) async fn show(visit: Visit, Search(looked): Search<Looked>) -> Result<Page, Problem> {
    let Looked { at, day, after } = looked;
    let day = day.filter(|day| !day.is_empty());
    let here = Here::find(&visit, Action::DeductionsRead, at).await?.shops();
    let Some(shop) = here.counter() else { return Ok(here.choose(&visit, "/shop/today")) };
    let which = WhichDay { shop: shop.code.clone(), day: day.clone() };
    let total = read::total(visit.state(), visit.who(), Search(which)).await?.0;
    let which = Which { shop: shop.code.clone(), day, after, limit: None };
    let list = read::list(visit.state(), visit.who(), Search(which)).await?.0;
    // All schemes of one shop write points alike; a mixed sum is told in the smallest unit.
    let decimals = list.items.first().map_or(0, |one| one.decimals);
    let more = list
        .next
        .map(|next| format!("/shop/today?at={}&day={}&after={next}", shop.code, total.day));
    let body = html! {
        p.lead { (shop.name) " · " (said(&total.day)) }
        (sums(&total, decimals))
        form.filter method="get" action="/shop/today" {
            input type="hidden" name="at" value=(shop.code);
            (Field::new("day", "哪一天", Kind::Day).unmarked().value(Some(&total.day)).show())
            button type="submit" { "查询" }
        }
        @if list.items.is_empty() {
            (parts::empty("这一天没有抵扣。", html! {}))
        } @else {
            (parts::table("抵扣（新的在前）", &COLUMNS, &rows(&list.items)))
        }
        (parts::more(more.as_deref()))
        @if total.cashiers.len() > 1 { (by_cashier(&total.cashiers, decimals)) }
        p.buttons {
            @if visit.may(Action::DeductionsMake) {
                a.button.main href=(format!("/shop?at={}", shop.code)) { "下一单" }
            }
            a.button.quiet href=(format!("/agreements?shop={}", shop.code)) { "看本店的协议" }
        }
    };
    Ok(visit.page("当天抵扣", body))
}

const COLUMNS: [Column; 6] = [
    Column::Text("小票号"),
    Column::Text("时间"),
    Column::Number("应付"),
    Column::Number("抵扣"),
    Column::Number("积分"),
    Column::Text("状态"),
];

fn rows(all: &[DeductionShown]) -> Vec<Vec<Markup>> {
    let row = |one: &DeductionShown| {
        vec![
            html! { a href=(format!("/shop/deductions/{}", one.id)) { (one.receipt) } },
            html! { (minute(one.made_at)) },
            html! { (yuan(one.bill_fen)) },
            html! { (yuan(one.off_fen)) },
            html! { (parts::points(one.points, one.decimals)) },
            state(one),
        ]
    };
    all.iter().map(row).collect()
}

fn sums(total: &DeductionTotal, decimals: u8) -> Markup {
    let sum = &total.sum;
    html! {
        div.figures {
            (parts::figure("抵扣", &sum.count.to_string(), "笔"))
            (parts::figure("抵扣金额", &yuan(sum.off_fen), "元"))
            (parts::figure("积分", &parts::points(sum.points, decimals), "分"))
            (parts::figure("撤销", &sum.cancelled.to_string(), "笔"))
        }
    }
}

fn by_cashier(all: &[CashierTotal], decimals: u8) -> Markup {
    let columns = [
        Column::Text("收银员"),
        Column::Number("笔数"),
        Column::Number("抵扣金额"),
        Column::Number("积分"),
        Column::Number("撤销"),
    ];
    let row = |one: &CashierTotal| {
        vec![
            html! { (one.cashier) },
            html! { (one.sum.count) },
            html! { (yuan(one.sum.off_fen)) },
            html! { (parts::points(one.sum.points, decimals)) },
            html! { (one.sum.cancelled) },
        ]
    };
    parts::table("按收银员", &columns, &all.iter().map(row).collect::<Vec<_>>())
}
