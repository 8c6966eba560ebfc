//! Pages of sanctions: for the bureau the list, one of them, proposing one, lifting it, and forged
//! records; for residents their own with the way to appeal.

mod forged;
mod mine;
mod propose;

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{SanctionShown, Which, list, show};
use crate::{
    input::{At, Search},
    orders::pages::minute,
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    points::pages::statement::said,
    problem::{Code, Problem},
    proposals::{LiftWanted, Wanted},
};

pub(crate) use mine::show as mine;

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/sanctions", all)
        .get("/sanctions/forged", forged::ask)
        .post("/sanctions/forged", forged::take)
        .get("/sanctions/{id}", one)
        .post("/sanctions/{id}", lift)
        .get("/residents/{id}/sanction", propose::ask)
        .post("/residents/{id}/sanction", propose::take)
}

async fn all(visit: Visit, Search(which): Search<Which>) -> Result<Page, Problem> {
    let lifted = which.lifted;
    let found = list(visit.state(), visit.who(), Search(which)).await?.0;
    let next = found.next.as_ref().map(|next| match lifted {
        Some(lifted) => format!("/sanctions?lifted={lifted}&before={next}"),
        None => format!("/sanctions?before={next}"),
    });
    let columns = [
        Column::Text("决定时间"),
        Column::Text("不得分的日子"),
        Column::Text("积分"),
        Column::Text("移送"),
        Column::Text("状态"),
    ];
    let row = |one: &SanctionShown| {
        vec![
            html! { a href=(format!("/sanctions/{}", one.id)) { (minute(one.decided_at)) } },
            html! { (days(one)) },
            html! { @if one.article.is_some() { "清零" } @else { "保留" } },
            html! { (one.referred_to.as_deref().unwrap_or("—")) },
            state(one),
        ]
    };
    let rows: Vec<_> = found.items.iter().map(row).collect();
    let here = |wanted: Option<bool>| (lifted == wanted).then_some("page");
    let body = html! {
        p { "在居民页面点“违规处理”提出，由另一位工作人员批准后生效；居民可以申诉。" }
        nav.switch aria-label="处理" {
            a href="/sanctions" aria-current=[here(None)] { "全部" }
            a href="/sanctions?lifted=false" aria-current=[here(Some(false))] { "有效" }
            a href="/sanctions?lifted=true" aria-current=[here(Some(true))] { "已撤销" }
        }
        p.buttons { a.button href="/sanctions/forged" { "作废机构的不实记录" } }
        @if rows.is_empty() { (parts::empty("没有违规处理。", html! {})) }
        @else { (parts::table("违规处理（新的在前）", &columns, &rows)) }
        (parts::more(next.as_deref()))
    };
    Ok(visit.page("违规处理", body))
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
    let one = show(visit.state(), visit.who(), At(id)).await?.0;
    let body = html! {
        (faults(problem))
        (facts(&one))
        @if one.lifted_at.is_none() {
            h2 { "撤销这个处理" }
            p { "申诉成立时在这里提出，由另一位工作人员批准；批准后清零的积分恢复，那些天的服务重新计分。" }
            form method="post" action=(format!("/sanctions/{}", one.id)) {
                (visit.seal())
                (Field::new("reason", "撤销的理由", Kind::Line).required()
                    .value(form.text("reason")).fault(problem).show())
                button.main type="submit" { "提出撤销" }
            }
        }
        p.no-print {
            @if visit.may(Action::ResidentsRead) {
                a href=(format!("/residents/{}", one.holder)) { "看这位居民" }
                " · "
            }
            @if visit.may(Action::OpinionsAnswer) { a href="/opinions" { "看居民意见和申诉" } " · " }
            a href="/sanctions" { "← 回到违规处理" }
        }
    };
    Ok(visit.page("违规处理决定", body))
}

/// What was decided.
fn facts(one: &SanctionShown) -> Markup {
    html! {
        p.lead { (state(one)) }
        (parts::facts(&[
            ("不得分的日子", html! { (days(one)) }),
            ("积分", html! {
                @match &one.article {
                    Some(article) => { "总积分和可兑换积分清零（依据" (article) "）" }
                    None => { "已有积分保留" }
                }
            }),
            ("事由", html! { (one.reason) }),
            ("移送", html! { (one.referred_to.as_deref().unwrap_or("没有移送")) }),
            ("决定时间", html! { (minute(one.decided_at)) }),
        ]))
        @if let Some(at) = one.lifted_at {
            p { "已于 " (minute(at)) " 撤销：" (one.lifted_because.as_deref().unwrap_or_default()) }
        }
    }
}

fn days(one: &SanctionShown) -> String {
    format!("{}至{}", said(&one.from), said(&one.to))
}

fn state(one: &SanctionShown) -> Markup {
    match one.lifted_at {
        Some(_) => parts::tag(Tone::Good, "已撤销"),
        None => parts::tag(Tone::Bad, "有效"),
    }
}

/// Proposes that it is lifted.
async fn lift(visit: Visit, At(id): At<String>, form: Form) -> Result<Response, Problem> {
    visit.need(Action::SanctionsDecide)?;
    let reason = form.text("reason").unwrap_or_default().to_owned();
    let wanted = Wanted::Lift(LiftWanted { sanction: id.clone(), reason });
    match proposed(&visit, &form, wanted).await {
        Ok(response) => Ok(response),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::Conflict) => {
            let problem = at_field(problem, "lift.");
            let page = page(&visit, id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Proposes something, and goes on to where the second person decides it.
async fn proposed(visit: &Visit, form: &Form, wanted: Wanted) -> Result<Response, Problem> {
    let write = form.write(wanted)?;
    let made = crate::proposals::propose(visit.state(), visit.who(), write).await?.1.0;
    Ok(Redirect::to(&format!("/proposals/{}", made.entry.id)).into_response())
}

/// A problem about a proposal, as one about the field of the form it came from.
fn at_field(problem: Problem, content: &str) -> Problem {
    let place = problem.place.as_deref().and_then(|place| place.strip_prefix(content));
    Problem { place: place.map(ToOwned::to_owned), ..problem }
}
