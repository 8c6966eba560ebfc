//! An agreement: what was agreed on, publication and end, and the sheet that both sides sign.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use kangji_store::Actor;
use maud::{Markup, html};
use serde::Deserialize;

use super::{bears, days, state};
use crate::{
    agreements::{
        show,
        shown::{AgreementShown, AgreementSigned, AgreementState},
        steps::{AgreementPaper, end, publish},
    },
    input::{At, Search},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    points::pages::statement::said,
    problem::{Code, Problem},
};

/// What was just done.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    done: Option<String>,
}

pub(super) async fn show_one(
    visit: Visit,
    At(id): At<String>,
    Search(told): Search<Told>,
) -> Result<Page, Problem> {
    page(&visit, id, told.done.as_deref(), &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    id: String,
    done: Option<&str>,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let one = show(visit.state(), visit.who(), At(id)).await?.0;
    let says = match done {
        Some("proposed") => Some("已经拟定，等待另一位工作人员公布。"),
        Some("publish") => Some("已经公布，商户可以按这个比例抵扣。"),
        Some("end") => Some("已经终止，不能再抵扣。"),
        _ => None,
    };
    let body = html! {
        p { a href="/agreements" { "← 回到商户协议" } }
        @if let Some(says) = says { (parts::notice(Tone::Good, says, html! {})) }
        (faults(problem))
        (about(&one))
        p.buttons { a.button href=(format!("/agreements/{}/sheet", one.id)) { "打印协议" } }
        @if visit.may(Action::AgreementsWrite) { (steps(visit, &one, form, problem)) }
    };
    Ok(visit.page(&one.shop_name, body))
}

fn about(one: &AgreementShown) -> Markup {
    let terms = &one.terms;
    let proposed = kangji_core::Moment::from_millis(one.proposed_at).day().to_string();
    let mut facts = vec![
        ("状态", state(one)),
        ("抵扣", html! { strong { (terms.says) } }),
        ("积分办法", html! { a href=(format!("/rules/{}", terms.scheme)) { (terms.title) } }),
        ("施行", html! { (days(terms)) }),
        ("面向", html! { "登记住在区划 " (terms.area) " 的居民" }),
        ("券有假", html! { (bears(one.bears)) }),
        ("拟定", html! { (one.proposed_by_name) "，" (said(&proposed)) }),
    ];
    for (name, step) in [("公布", &one.published), ("终止", &one.ended)] {
        facts.extend(step.as_ref().map(|step| (name, signed(step))));
    }
    parts::facts(&facts)
}

fn signed(step: &AgreementSigned) -> Markup {
    html! { (step.document) "，" (step.name) "，" (said(&step.day)) }
}

/// The forms for whoever may decide.
fn steps(visit: &Visit, one: &AgreementShown, form: &Form, problem: Option<&Problem>) -> Markup {
    let is_own =
        matches!(visit.who().principal(), Actor::Staff(id) if id.to_string() == one.proposed_by);
    let is_end = form.text("do") == Some("end");
    let (title, label, button) = match one.state {
        AgreementState::Ended => return html! {},
        AgreementState::Proposed => ("不公布，退回", "退回的原因", "退回"),
        AgreementState::Published => ("终止协议", "终止文件的文号或原因", "终止"),
    };
    let is_draft = one.state == AgreementState::Proposed;
    html! {
        @if is_draft && is_own {
            (parts::notice(Tone::Plain, "要由另一位工作人员公布", html! {
                p { "这份协议是您拟定的。比例由另一位有权限的人员登录后公布，公布前不能抵扣。" }
            }))
        }
        @if is_draft && !is_own {
            h2 { "公布比例" }
            (paper(visit, one, form, problem.filter(|_| !is_end), [
                "文号", "公布文件的文号，例如：西卫健〔2026〕9号", "publish", "公布",
            ]))
        }
        details open[is_end] {
            summary { (title) }
            (paper(visit, one, form, problem.filter(|_| is_end), [
                label, "从填写的那一天起不能再抵扣", "end", button,
            ]))
        }
    }
}

fn paper(
    visit: &Visit,
    one: &AgreementShown,
    form: &Form,
    problem: Option<&Problem>,
    [label, hint, step, button]: [&str; 4],
) -> Markup {
    let class = if step == "end" { "danger" } else { "main" };
    let typed = |name| form.text(name).filter(|_| form.text("do") == Some(step));
    html! {
        form method="post" action=(format!("/agreements/{}", one.id)) {
            (visit.seal())
            (Field::new("document", label, Kind::Line).among(step).required().hint(hint)
                .value(typed("document")).fault(problem).show())
            (Field::new("day", "日期", Kind::Day).among(step).hint("不填就是今天")
                .value(typed("day")).fault(problem).show())
            button class=(class) type="submit" name="do" value=(step) { (button) }
        }
    }
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::AgreementsWrite)?;
    let step = if form.text("do") == Some("end") { "end" } else { "publish" };
    let done = async {
        let document = form.need("document")?.to_owned();
        let day = form.text("day").map(ToOwned::to_owned);
        let write = form.write(AgreementPaper { document, day })?;
        let at = At(id.clone());
        match step {
            "end" => end(visit.state(), visit.who(), at, write).await,
            _ => publish(visit.state(), visit.who(), at, write).await,
        }
    };
    match done.await {
        Ok(_) => Ok(Redirect::to(&format!("/agreements/{id}?done={step}")).into_response()),
        Err(problem)
            if matches!(problem.code, Code::Invalid | Code::SamePerson | Code::Conflict) =>
        {
            let page = page(&visit, id, None, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// The agreement on paper, for both sides to sign.
pub(super) async fn sheet(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let one = show(visit.state(), visit.who(), At(id)).await?.0;
    let terms = &one.terms;
    let body = html! {
        article.paper {
            h2 { "积分抵扣协议" }
            p.scheme { (one.shop_name) }
            p { (terms.title) }
            ol {
                li { "抵扣比例：" (terms.says) "。积分只抵扣一部分货款，其余由商户自己收取，平台不经手资金。" }
                li { "面向登记住在区划 " (terms.area) " 的居民，凭本人有效证件或付款码；积分券整张使用，商户收下正券。" }
                li { "抵扣当天可以撤销；隔天的差错在月结时提出，下一期更正。" }
                li { "收下的积分券是假的或者重复使用的：" (bears(one.bears)) "。" }
                li { "商户弄虚作假造成的一切后果（包括经济损失）由商户承担。" }
                li { "施行：" (days(terms)) "。" }
            }
            @if let Some(step) = &one.published {
                p { "公布：" (step.document) "，" (said(&step.day)) }
            } @else { p { "比例还没有公布，公布前不能抵扣。" } }
            @if let Some(step) = &one.ended { p { "终止：" (step.document) "，" (said(&step.day)) } }
            p.signatures { span { "主管部门（盖章）" } span { "商户（盖章）" } span { "日期" } }
        }
        p.buttons {
            button.main type="button" data-print { "打印" }
            a.button.quiet href=(format!("/agreements/{}", one.id)) { "回到协议" }
        }
        noscript { p.no-print { "没有脚本时请用浏览器的“打印”。" } }
    };
    Ok(visit.page("打印协议", body))
}
