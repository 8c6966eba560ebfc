//! An order that is called off, or brought back.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{
    called, cost, goods,
    order::{Known, is_about_the_order, known, paid_with},
};
use crate::{
    input::At,
    orders::{
        steps::{self, Cancellation, GivenBack},
        told::OrderShown,
    },
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    points::pages::statement::said,
    problem::Problem,
};

pub(super) async fn ask_cancel(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    visit.need(Action::OrdersHandle)?;
    let known = known(&visit, &id).await?;
    Ok(cancelling(&visit, &known, &Form::default(), None))
}

pub(super) async fn ask_return(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    visit.need(Action::OrdersHandle)?;
    let known = known(&visit, &id).await?;
    Ok(returning(&visit, &known, &Form::default(), None))
}

fn what(known: &Known) -> Markup {
    let order = &known.order;
    html! {
        p.lead { (known.counter) " · " (called(order)) }
        section.card {
            (goods(order))
            p.sum { strong { (cost(order.points, order.decimals)) } }
            (paid_with(order))
        }
    }
}

fn cancelling(visit: &Visit, known: &Known, form: &Form, problem: Option<&Problem>) -> Page {
    let order = format!("/counter/orders/{}", known.order.id);
    let body = html! {
        (faults(problem))
        (what(known))
        form method="post" action=(format!("{order}/cancel")) {
            (visit.seal())
            (Field::new("reason", "为什么取消", Kind::Long).required().first()
                .hint("居民会看到；不要写姓名和号码").value(form.text("reason")).fault(problem).show())
            p.buttons {
                button.danger type="submit" { "取消这张单" }
                a.button.quiet href=(order) { "不取消" }
            }
        }
    };
    visit.page("取消兑换单", body)
}

fn returning(visit: &Visit, known: &Known, form: &Form, problem: Option<&Problem>) -> Page {
    let Known { order, .. } = known;
    let here = format!("/counter/orders/{}", order.id);
    let body = html! {
        (faults(problem))
        (what(known))
        @if let Some(day) = &order.return_by {
            (parts::notice(Tone::Plain, &format!("{}以前可以退", said(day)), html! {
                @if order.vouchers.is_empty() { p { "没有过期的积分会退还给居民。" } }
                @else { p { "没有过期的积分会退到居民的电子账户，积分券上的也是；收下的正券不退。" } }
            }))
        }
        form method="post" action=(format!("{here}/return")) {
            (visit.seal())
            input type="hidden" name="at" value=(order.institution);
            (Field::new("reason", "为什么退回", Kind::Long).required().first()
                .hint("居民会看到；不要写姓名和号码").value(form.text("reason")).fault(problem).show())
            @if has_goods(order) {
                (Field::new("restock", "东西放回货架", Kind::YesNo).required()
                    .hint("没有拆封、没有过期才能放回；破损的选“否”")
                    .value(form.text("restock")).fault(problem).show())
            }
            p.buttons {
                button.danger type="submit" { "退回，返还积分" }
                a.button.quiet href=(here) { "不退" }
            }
        }
    };
    visit.page("办理退回", body)
}

/// Whether there is anything that could go back on a shelf.
fn has_goods(order: &OrderShown) -> bool {
    order.lines.iter().any(|line| line.pieces > 0)
}

pub(super) async fn take_cancel(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::OrdersHandle)?;
    let known = known(&visit, &id).await?;
    let done = async {
        let body = Cancellation { reason: form.need("reason")?.to_owned() };
        steps::cancel(visit.state(), visit.who(), At(id.clone()), form.write(body)?).await
    };
    answer(&id, "cancelled", done.await.map(drop), |problem| {
        cancelling(&visit, &known, &form, Some(problem))
    })
}

pub(super) async fn take_return(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::OrdersHandle)?;
    let known = known(&visit, &id).await?;
    let done = async {
        let restock = match form.text("restock") {
            Some(answer) => answer == "true",
            None if has_goods(&known.order) => return Err(Problem::invalid("restock", "请选一项")),
            None => false,
        };
        let institution = form.text("at").unwrap_or(&known.order.institution).to_owned();
        let body = GivenBack { institution, reason: form.need("reason")?.to_owned(), restock };
        steps::give_back(visit.state(), visit.who(), At(id.clone()), form.write(body)?).await
    };
    answer(&id, "returned", done.await.map(drop), |problem| {
        returning(&visit, &known, &form, Some(problem))
    })
}

/// Leads back to the order, or shows the form again with what was typed.
fn answer(
    id: &str,
    word: &str,
    done: Result<(), Problem>,
    again: impl FnOnce(&Problem) -> Page,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/counter/orders/{id}?done={word}")).into_response()),
        Err(problem) if is_about_the_order(&problem) => {
            Ok(again(&problem).with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}
