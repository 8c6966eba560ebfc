//! A deduction that was made: a big yes with what is left to collect, and the way to call it off.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{minute, state, verdict, yuan};
use crate::{
    deductions::{
        read::{self, DeductionShown},
        steps::{self, Cancellation},
    },
    input::At,
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
};

pub(super) async fn show(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let one = read::show(visit.state(), visit.who(), At(id)).await?.0;
    Ok(page(&visit, &one, &Form::default(), None))
}

fn page(visit: &Visit, one: &DeductionShown, form: &Form, problem: Option<&Problem>) -> Page {
    let points = |units| format!("{} 分", parts::points(units, one.decimals));
    let is_made = one.state == "made";
    let body = html! {
        (faults(problem))
        @if is_made {
            (verdict(Tone::Good, &format!("已抵扣 {} 元", yuan(one.off_fen)), Some(("请再收", one.rest_fen))))
        } @else {
            (verdict(Tone::Bad, "已撤销，没有抵扣", Some(("要收", one.bill_fen))))
        }
        @if is_made && !one.vouchers.is_empty() {
            p { "请收下积分券正券 " strong { (one.vouchers.len()) } " 张，月结时一并交核。" }
        }
        @if !is_made && !one.vouchers.is_empty() { p { "请把积分券正券还给居民。" } }
        p.buttons {
            @if visit.may(Action::DeductionsMake) {
                a.button.main href=(format!("/shop?at={}", one.shop)) { "下一单" }
            }
            a.button href=(format!("/shop/today?at={}", one.shop)) { "今天的抵扣" }
        }
        (parts::facts(&[
            ("小票号", html! { (one.receipt) }),
            ("状态", state(one)),
            ("应付", html! { (yuan(one.bill_fen)) " 元" }),
            ("用积分", html! { (points(one.points)) "，其中电子 " (points(one.electronic)) }),
            ("时间", html! { (minute(one.made_at)) "，收银员 " (one.made_by) }),
        ]))
        @if !one.vouchers.is_empty() {
            ul.codes { @for serial in &one.vouchers { li { (serial) } } }
        }
        @if let Some(reason) = &one.reason { p { "撤销原因：" (reason) } }
        @if one.may_cancel && visit.may(Action::DeductionsMake) { (cancelling(visit, one, form, problem)) }
    };
    visit.page("抵扣结果", body)
}

fn cancelling(
    visit: &Visit,
    one: &DeductionShown,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    html! {
        details open[problem.is_some()] {
            summary { "撤销这笔抵扣（只限当天）" }
            form method="post" action=(format!("/shop/deductions/{}/cancel", one.id)) data-retry {
                (visit.seal())
                (Field::new("reason", "为什么撤销", Kind::Line).required()
                    .hint("例如：退货、金额输错；不要写姓名和号码")
                    .value(form.text("reason")).fault(problem).show())
                button.danger type="submit" { "撤销，积分退回居民" }
            }
        }
    }
}

pub(super) async fn cancel(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    let done = match form.need("reason") {
        Ok(reason) => {
            let body = Cancellation { reason: reason.to_owned() };
            steps::cancel(visit.state(), visit.who(), At(id.clone()), form.write(body)?).await
        }
        Err(problem) => {
            visit.need(Action::DeductionsMake)?;
            Err(problem)
        }
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/shop/deductions/{id}")).into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::Refused) => {
            let one = read::show(visit.state(), visit.who(), At(id)).await?.0;
            let page = page(&visit, &one, &form, Some(&problem));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}
