//! An order at the counter: whose it is, what to check, and the button that hands it over.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Fen;
use kangji_redemption::cost::Source;
use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{called, cost, goods, here, last_day, minute, person::who, proxy, state};
use crate::{
    input::{At, Search},
    orders::{
        read,
        steps::{self, HandOver},
        told::{OrderCost, OrderShown, ProxyShown, StateName},
    },
    pages::{
        Form, Page, Visit,
        parts::{self, Tone, faults},
    },
    points::pages::statement::said,
    problem::{Code, Problem},
    residents::{
        self, Resident,
        pages::{at_desk, if_allowed},
    },
};

/// What was just done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Done {
    done: Option<String>,
}

/// An order with what a page needs besides.
pub(super) struct Known {
    pub(super) order: OrderShown,
    /// Whose it is, if whoever looks may see them.
    pub(super) resident: Option<Resident>,
    /// How the institution is called.
    pub(super) counter: String,
}

/// An order of a counter at which whoever looks may stand.
pub(super) async fn known(visit: &Visit, id: &str) -> Result<Known, Problem> {
    at_desk(visit)?;
    let order = read::show(visit.state(), visit.who(), At(id.to_owned())).await?.0;
    let resident = residents::show(visit.state(), visit.who(), At(order.person.clone())).await;
    let resident = if_allowed(resident)?.map(|(_, known)| known.0);
    let names = here::names(visit).await?;
    let counter = here::name(&names, &order.institution).to_owned();
    Ok(Known { order, resident, counter })
}

pub(super) async fn show(
    visit: Visit,
    At(id): At<String>,
    Search(Done { done }): Search<Done>,
) -> Result<Page, Problem> {
    let known = known(&visit, &id).await?;
    Ok(page(&visit, &known, done.as_deref(), &Form::default(), None))
}

fn page(
    visit: &Visit,
    known: &Known,
    done: Option<&str>,
    form: &Form,
    problem: Option<&Problem>,
) -> Page {
    let order = &known.order;
    let may = visit.may(Action::OrdersHandle);
    let body = html! {
        (just_done(done, order))
        (faults(problem))
        p.lead { (known.counter) " " (state(order)) }
        @if let Some(resident) = &known.resident { (who(resident)) }
        section.card {
            (goods(order))
            p.sum { strong { (cost(order.points, order.decimals)) } }
            (paid_with(order))
        }
        @if order.state == StateName::Waiting && may { (hand_over(visit, order, form, problem)) }
        (story(order))
        (ways(order, may))
    };
    visit.page(&format!("{}的兑换单", called(order)), body)
}

/// The vouchers that were taken for it.
pub(super) fn paid_with(order: &OrderShown) -> Markup {
    let borne = order.vouchers.iter().fold(0_i64, |sum, one| sum.saturating_add(one.points));
    let electronic = order.points.saturating_sub(borne);
    html! {
        @if !order.vouchers.is_empty() {
            ul.plain {
                @for voucher in &order.vouchers {
                    li { "积分券 " (voucher.serial) "：" (cost(voucher.points, order.decimals)) }
                }
                @if electronic > 0 { li { "电子积分：" (cost(electronic, order.decimals)) } }
            }
        }
    }
}

fn just_done(done: Option<&str>, order: &OrderShown) -> Markup {
    let (title, detail) = match done {
        Some("placed") => ("已经留好，积分已占用", "把取货码写给居民，或者打印取货单。"),
        Some("cancelled") => ("已取消", "积分和库存已经放回。"),
        Some("returned") if !order.vouchers.is_empty() => (
            "已退回",
            "没有过期的积分已经退到电子账户，积分券上的也是；收下的正券不退，由兑换点保存。",
        ),
        Some("returned") => ("已退回", "没有过期的积分已经退还。"),
        _ => return html! {},
    };
    parts::notice(Tone::Good, title, html! { p { (detail) } })
}

fn hand_over(visit: &Visit, order: &OrderShown, form: &Form, problem: Option<&Problem>) -> Markup {
    html! {
        form method="post" action=(format!("/counter/orders/{}", order.id)) {
            (visit.seal())
            input type="hidden" name="at" value=(order.institution);
            p { "请核对证件和上面的物品，逐样交给居民。" }
            (proxy::fields(form, problem))
            p.buttons { button.main type="submit" autofocus { "确认已交付" } }
        }
    }
}

/// Who did what, when.
fn story(order: &OrderShown) -> Markup {
    let mut facts = vec![("下单", html! { (minute(order.placed_at)) })];
    if order.state == StateName::Waiting {
        facts.push(("保留到", html! { (last_day(order.due_at)) "，过期自动取消，积分退回" }));
    }
    if let Some(code) = &order.code {
        facts.push(("取货码", html! { span.code { (in_fours(code)) } }));
    }
    if let Some(at) = order.handed_over_at {
        facts.push(("交付", html! { (minute(at)) }));
        facts.push(("领取人", html! { (receiver(order)) }));
    }
    if !order.costs.is_empty() {
        facts.push(("物品成本", html! { (spent(&order.costs)) }));
    }
    if let Some(day) = &order.return_by {
        facts.push(("可以退到", html! { (said(day)) }));
    }
    if let Some(at) = order.ended_at {
        facts.push((order.state.chinese(), html! { (minute(at)) }));
    }
    if let Some(reason) = &order.reason {
        facts.push(("原因", html! { (reason) }));
    }
    if let Some(stars) = order.stars {
        facts.push(("评分", html! { (stars) " 颗星" }));
    }
    parts::facts(&facts)
}

/// What the goods cost, by who paid.
fn spent(costs: &[OrderCost]) -> String {
    let one = |cost: &OrderCost| {
        let source = Source::of_word(cost.source).map_or(cost.source, Source::chinese);
        format!("{source} {} 元", Fen(cost.fen))
    };
    costs.iter().map(one).collect::<Vec<_>>().join("、")
}

/// Who fetched it, masked.
pub(super) fn receiver(order: &OrderShown) -> String {
    match (&order.proxy, order.by_proxy) {
        (Some(ProxyShown { name, relation, authorisation, document }), _) => {
            let document = document.as_ref().map(|number| format!("，证件 {number}"));
            let document = document.unwrap_or_default();
            format!("{name}（{relation}，{}{document}）代领", authorisation.chinese())
        }
        (None, true) => "他人代领，姓名已随居民的个人信息抹除".to_owned(),
        (None, false) => "本人".to_owned(),
    }
}

/// A code in groups of four, which people read out without losing their place.
pub(super) fn in_fours(code: &str) -> String {
    code.split_at_checked(4).map_or(code.to_owned(), |(first, last)| format!("{first} {last}"))
}

fn ways(order: &OrderShown, may: bool) -> Markup {
    let at = |rest: &str| format!("/counter/orders/{}/{rest}", order.id);
    html! {
        p.buttons {
            @match order.state {
                StateName::Waiting => {
                    a.button href=(at("receipt")) { "打印取货单" }
                    @if may { a.button.quiet href=(at("cancel")) { "取消这张单" } }
                }
                StateName::HandedOver => {
                    a.button href=(at("receipt")) { "打印凭据" }
                    @if may { a.button.quiet href=(at("return")) { "办理退回" } }
                }
                _ => {}
            }
            @if may {
                a.button.quiet href=(format!("/counter?at={}", order.institution)) { "下一位" }
            } @else {
                a.button.quiet href=(format!("/counter/orders?at={}", order.institution)) {
                    "兑换登记簿"
                }
            }
        }
    }
}

/// Takes that it was handed over; the receipt is next.
pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::OrdersHandle)?;
    let known = known(&visit, &id).await?;
    match handing_over(&visit, &known.order, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/counter/orders/{id}/receipt")).into_response()),
        Err(problem) if is_about_the_order(&problem) => {
            let status = problem.code.status();
            let page = page(&visit, &known, None, &form, Some(&problem));
            Ok(page.with(status).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn handing_over(visit: &Visit, order: &OrderShown, form: &Form) -> Result<(), Problem> {
    let proxy = proxy::read(form)?;
    // Which counter it is stands in the form, so that another one's page hands nothing over here.
    let institution = form.text("at").unwrap_or(&order.institution).to_owned();
    let write = form.write(HandOver { institution, proxy })?;
    drop(steps::hand_over(visit.state(), visit.who(), At(order.id.clone()), write).await?);
    Ok(())
}

/// What is said on the page of the order instead of in its place.
pub(super) const fn is_about_the_order(problem: &Problem) -> bool {
    matches!(problem.code, Code::Invalid | Code::Conflict | Code::Refused | Code::SamePerson)
}
