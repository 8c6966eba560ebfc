//! A resident's orders: the code to fetch them with, where and until when; cancelled, rated.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Moment;
use kangji_rules::words::date;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    mall::{bill::said, item::where_to, place_facts},
    people::{Family, address},
};
use crate::{
    input::{At, Order, Search, Whole, Write},
    mall::orders::{self as api, OwnOrder, OwnOrders, Stars},
    pages::{
        Form, Page, Visit,
        parts::{self, Tone, faults},
    },
    points::pages::statement::said as said_day,
    problem::{Code, Problem},
};

const PATH: &str = "/my/orders";

/// Whose orders, and after which one the list goes on.
#[derive(Default, Deserialize)]
pub(super) struct Which {
    person: Option<String>,
    after: Option<String>,
}

pub(super) async fn list(visit: Visit, Search(which): Search<Which>) -> Result<Page, Problem> {
    let Which { person, after } = which;
    let family = Family::of(&visit, person.as_deref()).await?;
    let which = api::Which { person: person.clone(), after, limit: None };
    let found = api::list(visit.state(), visit.who(), Search(which)).await?.0;
    let (waiting, done): (Vec<_>, Vec<_>) = found.items.iter().partition(|one| one.may_cancel);
    let mall = address("/my/mall", &[("person", person.as_deref())]);
    let next = found.next.as_deref();
    let more =
        next.map(|next| address(PATH, &[("person", person.as_deref()), ("after", Some(next))]));
    let body = html! {
        (family.switch(PATH))
        @if found.items.is_empty() {
            (parts::empty("还没有兑换过。", html! { a.button.main href=(mall) { "看看能换什么" } }))
        }
        @if !waiting.is_empty() {
            h2 { "待领取" }
            (set_aside(&waiting))
            ul.offers { @for order in &waiting { (line(order)) } }
        }
        @if !done.is_empty() {
            h2 { "以前的" }
            ul.offers { @for order in &done { (line(order)) } }
        }
        (parts::more(more.as_deref()))
        @if !found.items.is_empty() { p { a href=(mall) { "去商城" } } }
    };
    let title = if family.is_own() { "我的兑换单" } else { "孩子的兑换单" };
    Ok(visit.page(title, body))
}

/// How many orders wait, and how many points are set aside for them, scheme by scheme.
fn set_aside(waiting: &[&OwnOrder]) -> Markup {
    let mut sums: Vec<(&str, u8, i64, usize)> = Vec::new();
    for order in waiting {
        match sums.iter_mut().find(|(scheme, ..)| *scheme == order.scheme) {
            Some((_, _, sum, number)) => (*sum, *number) = (*sum + order.points, *number + 1),
            None => sums.push((&order.scheme, order.decimals, order.points, 1)),
        }
    }
    html! {
        @for (_, decimals, sum, number) in sums {
            p { (number) " 件，共留了 " strong { (parts::points(sum, decimals)) } " 分。" }
        }
    }
}

fn line(order: &OwnOrder) -> Markup {
    html! {
        li {
            a href=(format!("{PATH}/{}", order.id)) {
                span.head {
                    span.name { (named(order)) }
                    span.points { (cost(order)) }
                }
                span { (state(order)) " " (day(order.placed_at)) "下单" }
                @if order.may_cancel {
                    span.why { "最晚" (said_day(&order.due_on)) "到" (order.place.name) "领取" }
                } @else if order.may_rate {
                    span.why { "觉得怎么样？评个分" }
                }
            }
        }
    }
}

fn named(order: &OwnOrder) -> String {
    match order.sets {
        1 => order.name.clone(),
        sets => format!("{} × {sets}", order.name),
    }
}

fn cost(order: &OwnOrder) -> String {
    match order.points {
        0 => "不用积分".to_owned(),
        points => format!("{} 分", parts::points(points, order.decimals)),
    }
}

fn day(millis: i64) -> String {
    date(Moment::from_millis(millis).day())
}

fn state(order: &OwnOrder) -> Markup {
    let tone = match order.state {
        "waiting" => Tone::Warn,
        "handed_over" => Tone::Good,
        _ => Tone::Plain,
    };
    parts::tag(tone, order.state_says)
}

pub(super) async fn show(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let order = api::show(visit.state(), visit.who(), At(id)).await?.0;
    Ok(page(&visit, &order, None))
}

fn page(visit: &Visit, order: &OwnOrder, problem: Option<&Problem>) -> Page {
    let is_service = order.lines.iter().all(|line| line.service);
    let body = html! {
        (faults(problem))
        p { (state(order)) }
        (what_now(order))
        @if let Some(code) = &order.code { (pick_up(code)) }
        @if order.may_rate { (rating(visit, order)) }
        @if let Some(stars) = order.stars {
            p { "您评了 " (stars) " 分，谢谢。" }
        }
        h2 { @if order.may_cancel { (where_to(is_service)) } @else { "兑换点" } }
        div.card { (place_facts(&order.place)) }
        h2 { "换了什么" }
        (bill(order))
        @if order.may_cancel { (cancelling(visit, order)) }
        ul.links {
            li { a href=(PATH) { "我的兑换单" } }
            li { a href="/my/mall" { "去商城" } }
        }
    };
    visit.page(&named(order), body)
}

/// What became of it, and what to do now.
fn what_now(order: &OwnOrder) -> Markup {
    let on = |at: Option<i64>| at.map(day).unwrap_or_default();
    let back = if order.points > 0 { "积分已经退回。" } else { "" };
    html! {
        @match order.state {
            "waiting" => p.lead {
                "给您留好了。最晚" strong { (said_day(&order.due_on)) } "来领，过了这天自动取消、积分退回。"
            },
            "handed_over" => p.lead { (on(order.handed_over_at)) "已经领取。" },
            "cancelled" => p.lead { (on(order.ended_at)) "已经取消，" (back) },
            "timed_out" => p.lead { "过了领取的日子，" (on(order.ended_at)) "自动取消，" (back) },
            _ => p.lead { (on(order.ended_at)) "已经退回，" (back) },
        }
        @if let Some(reason) = &order.reason { p { "原因：" (reason) } }
    }
}

/// The code in two groups, and as a picture for the scanner at the counter.
fn pick_up(code: &str) -> Markup {
    let (start, end) = code.split_at_checked(4).unwrap_or((code, ""));
    html! {
        div.paper.slip {
            p { "取货码" }
            p.code { (start) " " (end) }
            figure.qr { (parts::qr(code)) figcaption { "给工作人员看或扫" } }
            p { "请带身份证件。代领的，代领人也要带自己的证件。" }
        }
    }
}

fn bill(order: &OwnOrder) -> Markup {
    let is_priced = order.lines.iter().any(|line| line.points != 0);
    html! {
        table.bill {
            caption { (day(order.placed_at)) "下单" }
            tbody {
                @for line in &order.lines {
                    tr {
                        th scope="row" { (said(line)) }
                        td.number {
                            @if is_priced { (parts::points(line.points, order.decimals)) " 分" }
                        }
                    }
                }
            }
            tfoot { tr.sum { th scope="row" { "一共" } td.number { (cost(order)) } } }
        }
    }
}

/// Cancelling takes a second press, so that a slip of the finger does nothing.
fn cancelling(visit: &Visit, order: &OwnOrder) -> Markup {
    html! {
        details {
            summary { "不要了，取消" }
            p { "取消以后东西不再给您留，积分马上退回，可以再换别的。" }
            form method="post" action=(format!("{PATH}/{}/cancel", order.id)) {
                (visit.seal())
                button.danger type="submit" { "确定取消" }
            }
        }
    }
}

/// What each number of stars says.
const STARS: [(u8, &str); 5] =
    [(5, "很满意"), (4, "满意"), (3, "一般"), (2, "不满意"), (1, "很不满意")];

fn rating(visit: &Visit, order: &OwnOrder) -> Markup {
    html! {
        h2 { "您满意吗？" }
        form.stars method="post" action=(format!("{PATH}/{}/rating", order.id)) {
            (visit.seal())
            @for (stars, says) in STARS {
                button name="stars" value=(stars) type="submit" { (stars) " 分　" (says) }
            }
        }
    }
}

pub(super) async fn cancel(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    let key = Order(form.key()?);
    let done = api::cancel(visit.state(), visit.who(), At(id.clone()), key).await;
    after(&visit, id, done.map(drop)).await
}

pub(super) async fn rate(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    if !visit.is_resident() {
        return Err(Code::Forbidden.into());
    }
    let done = rated(&visit, &id, &form).await;
    after(&visit, id, done).await
}

async fn rated(visit: &Visit, id: &str, form: &Form) -> Result<(), Problem> {
    let stars = form.need("stars")?.parse();
    let stars = stars.map_err(|_| Problem::invalid("stars", "请选 1 到 5 分"))?;
    let write: Write<Stars> = form.write(Stars { stars: Whole(stars) })?;
    api::rate(visit.state(), visit.who(), At(id.to_owned()), write).await.map(drop)
}

/// Back to the order; what was not possible is told above it.
async fn after(visit: &Visit, id: String, done: Result<(), Problem>) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{PATH}/{id}")).into_response()),
        Err(problem) if matches!(problem.code, Code::Refused | Code::Invalid) => {
            let order = api::show(visit.state(), visit.who(), At(id)).await?.0;
            let page = page(visit, &order, Some(&problem));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// That something waits to be fetched, for the first page.
pub(super) async fn waiting(visit: &Visit, person: Option<&str>) -> Result<Markup, Problem> {
    let which = api::Which { person: person.map(ToOwned::to_owned), ..api::Which::default() };
    let OwnOrders { items, .. } = api::list(visit.state(), visit.who(), Search(which)).await?.0;
    let waiting = items.iter().filter(|order| order.may_cancel).count();
    let to = address(PATH, &[("person", person)]);
    Ok(html! {
        @if waiting > 0 {
            (parts::notice(Tone::Good, &format!("有 {waiting} 件待领取"), html! {
                p { a href=(to) { "看取货码和领取的地方" } }
            }))
        }
    })
}
