//! A version of a catalogue: what it offers, what is new in it, and the decisions on it.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use kangji_store::Actor;
use maud::{Markup, html};
use serde::Deserialize;

use super::{days, state};
use crate::{
    catalogues::{
        decide::{PaperGiven, ReturnGiven, file, give_back, review},
        show,
        shown::{CatalogueText, ItemChange, ItemText, State, StepTaken, provided_by},
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
    let known = show(visit.state(), visit.who(), At(id)).await?.0;
    let entry = &known.entry;
    let body = html! {
        p { a href="/catalogues" { "← 回到兑换目录" } }
        (said_done(done))
        (faults(problem))
        (about(&known))
        @if entry.due {
            (parts::notice(Tone::Warn, "满一年，请拟定新版本", html! {
                p { "目录每年按实际情况调整一次，出新的一版；新版备案前，这一版继续施行。" }
            }))
        }
        @if let Some(warning) = &known.warning {
            (parts::notice(Tone::Warn, "含有实物商品", html! { p { (warning) "。" } }))
        }
        h2 { "居民看到的项目（" (known.items.len()) " 项）" }
        (items(&known.items))
        (differences(&known.changes, known.before.as_deref()))
        (decisions(visit, &known, form, problem))
        details {
            summary { "目录文本" }
            pre.toml { (known.content) }
        }
        @if visit.may(Action::CataloguesPropose) {
            p.buttons {
                a.button href=(format!("/catalogues/new?from={}", entry.head.id)) {
                    "以这一版为底稿拟定新版本"
                }
            }
        }
    };
    Ok(visit.page(&provided_by(&entry.head), body))
}

fn said_done(done: Option<&str>) -> Markup {
    let says = match done {
        Some("proposed") => "已经提交，等待另一位工作人员审核。",
        Some("review") => "已经登记审核，接着备案。",
        Some("filing") => "已经备案，从施行的第一天起生效。",
        Some("return") => "已经退回。",
        _ => return html! {},
    };
    parts::notice(Tone::Good, says, html! {})
}

fn about(known: &CatalogueText) -> Markup {
    let entry = &known.entry;
    let head = &entry.head;
    let proposed = kangji_core::Moment::from_millis(entry.proposed_at).day().to_string();
    let mut facts = vec![
        ("状态", state(entry)),
        ("积分办法", html! { a href=(format!("/rules/{}", head.scheme)) { (head.title) } }),
        ("施行", html! { (days(&head.first_day, head.last_day.as_deref())) }),
        ("面向", html! { "区划 " (head.area) " 的居民" }),
        ("拟定", html! { (entry.proposed_by_name) "，" (said(&proposed)) }),
    ];
    let steps = [("审核", &entry.reviewed), ("备案", &entry.filed), ("退回", &entry.returned)];
    for (name, step) in steps {
        facts.extend(step.as_ref().map(|step| (name, signed(step))));
    }
    parts::facts(&facts)
}

fn signed(step: &StepTaken) -> Markup {
    html! { (step.paper.document) "，" (step.name) "，" (said(&step.paper.day)) }
}

/// What is offered, as residents read it.
pub(super) fn items(items: &[ItemText]) -> Markup {
    html! {
        ul.entries.framed {
            @for item in items {
                li {
                    p.head {
                        strong { (item.name) }
                        @if item.discouraged { (parts::tag(Tone::Warn, "含实物")) }
                    }
                    p { (item.sentence) }
                    @if !item.basis.is_empty() { p.small { "依据：" (item.basis.join(" › ")) } }
                }
            }
        }
    }
}

/// What is different from the version before.
pub(super) fn differences(changes: &[ItemChange], before: Option<&str>) -> Markup {
    let Some(before) = before else {
        return html! { h2 { "和上一版比" } p { "这是第一版，没有上一版。" } };
    };
    html! {
        h2 { "和上一版比" }
        @if changes.is_empty() { p { "没有变化。" } }
        ul.entries {
            @for change in changes {
                li {
                    p.head { strong { (change.name) } (parts::tag(Tone::Plain, &change.label)) }
                    p { (change.sentence) }
                }
            }
        }
        p { a href=(format!("/catalogues/{before}")) { "看上一版" } }
    }
}

/// The forms for whoever may decide, and why somebody may not.
fn decisions(
    visit: &Visit,
    known: &CatalogueText,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let entry = &known.entry;
    let (step, title, hint) = match entry.state {
        State::Proposed => ("review", "审核", "审核文件的文号，例如：区卫健〔2026〕12号"),
        State::Reviewed => ("filing", "备案", "备案文件的文号，例如：区社工备〔2026〕3号"),
        State::Filed | State::Returned => return html! {},
    };
    if !visit.may(Action::CataloguesReview) {
        return html! { p { "等待主管部门" (title) "。" } };
    }
    let is_own =
        matches!(visit.who().principal(), Actor::Staff(id) if id.to_string() == entry.proposed_by);
    if is_own {
        return parts::notice(
            Tone::Plain,
            &format!("{title}要由另一位工作人员办理"),
            html! {
                p { "这一版是您拟定的。拟定的人不能自己审核、备案，请另一位有权限的人员登录后办理。" }
            },
        );
    }
    let address = format!("/catalogues/{}", entry.head.id);
    let is_return = form.text("do") == Some("return");
    html! {
        h2 { (title) }
        form method="post" action=(address) {
            (visit.seal())
            (Field::new("document", "文号", Kind::Line).required().hint(hint)
                .value(form.text("document")).fault(problem).show())
            (Field::new("day", "文件日期", Kind::Day).hint("不填就是今天")
                .value(form.text("day")).fault(problem).show())
            button.main type="submit" name="do" value=(step) { (title) "通过" }
        }
        details open[is_return] {
            summary { "不通过，退回" }
            form method="post" action=(address) {
                (visit.seal())
                (Field::new("reason", "退回的原因", Kind::Line).required()
                    .hint("拟定的人会看到，请写明要改什么")
                    .value(form.text("reason")).fault(problem).show())
                button.danger type="submit" name="do" value="return" { "退回" }
            }
        }
    }
}

/// Takes a decision; one that is not possible comes back as it was typed.
pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::CataloguesReview)?;
    match decide(&visit, &id, &form).await {
        Ok(step) => Ok(Redirect::to(&format!("/catalogues/{id}?done={step}")).into_response()),
        Err(problem)
            if matches!(problem.code, Code::Invalid | Code::Conflict | Code::SamePerson) =>
        {
            let page = page(&visit, id, None, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn decide(visit: &Visit, id: &str, form: &Form) -> Result<&'static str, Problem> {
    let (state, who, at) = (visit.state(), visit.who(), At(id.to_owned()));
    let paper = || {
        let document = form.need("document")?.to_owned();
        form.write(PaperGiven { document, day: form.text("day").map(ToOwned::to_owned) })
    };
    match form.need("do")? {
        "review" => review(state, who, at, paper()?).await.map(|_| "review"),
        "filing" => file(state, who, at, paper()?).await.map(|_| "filing"),
        "return" => {
            let reason = form.need("reason")?.to_owned();
            give_back(state, who, at, form.write(ReturnGiven { reason })?).await.map(|_| "return")
        }
        _ => Err(Problem::invalid("do", "请从页面上的按钮中选择")),
    }
}
