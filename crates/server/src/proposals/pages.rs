//! What waits for a second person, and one of it as that person reads and decides it.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{self as proposals, Content, DecisionWanted, ProposalEntry, ProposalText};
use crate::{
    drafts,
    input::{At, Search},
    orders::pages::minute,
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    stock::staff_names,
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/proposals", all)
        .get("/proposals/{id}", one)
        .post("/proposals/{id}", take)
}

async fn all(visit: Visit, Search(which): Search<proposals::Which>) -> Result<Page, Problem> {
    visit_may_decide(&visit)?;
    let open = which.open;
    let found = proposals::list(visit.state(), visit.who(), Search(which)).await?.0;
    let names = staff_names(&visit, found.items.iter().map(|one| &one.proposed_by)).await?;
    let columns = ["事项", "提出时间", "提出的人", "状态"].map(Column::Text);
    let row = |one: &ProposalEntry| {
        vec![
            html! { a href=(format!("/proposals/{}", one.id)) { (title(&one.action)) } },
            html! { (minute(one.proposed_at)) },
            html! { (names.get(&one.proposed_by).map_or("", String::as_str)) },
            state(one),
        ]
    };
    let rows: Vec<_> = found.items.iter().map(row).collect();
    let here = |wanted: Option<bool>| (open == wanted).then_some("page");
    let next = found.next.as_ref().map(|next| match open {
        Some(open) => format!("/proposals?open={open}&after={next}"),
        None => format!("/proposals?after={next}"),
    });
    let body = html! {
        p.lead { "这些事项要两个人办：一个人提出，另一个人看过后决定。自己提出的不能自己决定。" }
        nav.switch aria-label="事项" {
            a href="/proposals" aria-current=[here(None)] { "全部" }
            a href="/proposals?open=true" aria-current=[here(Some(true))] { "待决定" }
            a href="/proposals?open=false" aria-current=[here(Some(false))] { "已决定" }
        }
        @if rows.is_empty() { (parts::empty("没有这样的事项。", html! {})) }
        @else { (parts::table("事项（新的在前）", &columns, &rows)) }
        (parts::more(next.as_deref()))
    };
    Ok(visit.page("待另一人处理", body))
}

/// Whether there is anything they could decide.
fn visit_may_decide(visit: &Visit) -> Result<(), Problem> {
    let two = Action::ALL.iter().filter(|action| action.takes_two());
    let any = two.into_iter().any(|action| visit.may(*action));
    if any { Ok(()) } else { Err(Code::Forbidden.into()) }
}

/// What a proposal is about, for people.
fn title(action: &str) -> &'static str {
    action.parse().map_or("事项", Action::chinese)
}

fn state(one: &ProposalEntry) -> Markup {
    match &one.decision {
        None => parts::tag(Tone::Warn, "待决定"),
        Some(decision) if decision.accepted => parts::tag(Tone::Good, "已同意"),
        Some(_) => parts::tag(Tone::Plain, "已退回"),
    }
}

async fn one(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    page(&visit, id, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    id: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let found = proposals::show(visit.state(), visit.who(), At(id)).await?.0;
    let entry = &found.entry;
    let decider = entry.decision.iter().map(|decision| &decision.by);
    let names = staff_names(visit, [&entry.proposed_by].into_iter().chain(decider)).await?;
    let name = |id: &str| names.get(id).cloned().unwrap_or_default();
    let is_own = visit.who().officer()?.to_string() == entry.proposed_by;
    let facts = [
        ("提出", html! { (name(&entry.proposed_by)) " " (minute(entry.proposed_at)) }),
        ("状态", state(entry)),
    ];
    let body = html! {
        p { a href="/proposals" { "← 回到待另一人处理" } }
        (faults(problem))
        (parts::facts(&facts))
        @if let Some(decision) = &entry.decision {
            (parts::notice(Tone::Plain, if decision.accepted { "已同意" } else { "已退回" }, html! {
                p { (name(&decision.by)) " " (minute(decision.at)) }
                @if !decision.reason.is_empty() { p { (decision.reason) } }
            }))
        }
        (content(visit, &found).await?)
        @if entry.decision.is_none() {
            @if is_own {
                (parts::notice(Tone::Warn, "等另一位同事决定", html! {
                    p { "您提出的事项，由另一位有权的同事看过后决定。" }
                }))
            } @else {
                (deciding(visit, &found, form, problem))
            }
        }
    };
    Ok(visit.page(title(&entry.action), body))
}

fn deciding(visit: &Visit, found: &ProposalText, form: &Form, problem: Option<&Problem>) -> Markup {
    html! {
        form.card method="post" action=(format!("/proposals/{}", found.entry.id)) {
            (visit.seal())
            h2 { "您的决定" }
            (Field::new("reason", "说明", Kind::Long).hint("退回时请写清要改什么，不写居民的姓名")
                .value(form.text("reason")).fault(problem).show())
            p.buttons {
                button.main type="submit" name="do" value="accept" { "同意" }
                button type="submit" name="do" value="return" { "退回" }
            }
        }
    }
}

/// What is proposed.
async fn content(visit: &Visit, found: &ProposalText) -> Result<Markup, Problem> {
    match &found.content {
        Content::PublishScheme(wanted) => {
            drafts::version(visit, &wanted.document, found.entry.decision.is_none()).await
        }
        other => Ok(super::says(&found.entry.id, other, visit.app().store().words())),
    }
}

async fn take(visit: Visit, At(id): At<String>, form: Form) -> Result<Response, Problem> {
    let decide = async || {
        let accept = match form.need("do")? {
            "accept" => true,
            "return" => false,
            _ => return Err(Problem::invalid("do", "只能同意或退回")),
        };
        let reason = form.text("reason").unwrap_or_default().to_owned();
        let write = form.write(DecisionWanted { accept, reason })?;
        proposals::decide(visit.state(), visit.who(), At(id.clone()), write).await
    };
    match decide().await {
        Ok(_) => Ok(Redirect::to(&format!("/proposals/{id}")).into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::Conflict) => {
            let page = page(&visit, id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}
