//! Pages of reports: the form on a helper's phone with the receipts of what they reported, and the
//! clinic's desk ([`desk`]).

mod desk;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{OwnReport, Received, ReportWanted, kinds, make, mine};
use crate::{
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    residents::{
        GivenDocument,
        pages::{document_kind, document_kinds},
    },
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/report", ask)
        .post("/report", take)
        .get("/reports", desk::all)
        .get("/reports/{number}", desk::one)
        .post("/reports/{number}", desk::take)
}

const TITLE: &str = "上报新发现的情况";
/// More communities are typed instead of chosen from.
const CHOSEN_MAX: usize = 50;

async fn ask(visit: Visit) -> Result<Page, Problem> {
    page(&visit, &Form::default(), None).await
}

async fn page(visit: &Visit, form: &Form, problem: Option<&Problem>) -> Result<Page, Problem> {
    let reports = mine(visit.state(), visit.who()).await?.0;
    let communities = communities(visit).await?;
    let body = html! {
        p.lead { "请先征得本人同意。您只会看到“已收到”，不会看到是什么病、最后是不是确诊。" }
        (faults(problem))
        (sheet(visit, &communities, form, problem))
        (receipts(&reports))
    };
    Ok(visit.page(TITLE, body))
}

/// The communities from which somebody may report.
async fn communities(visit: &Visit) -> Result<Vec<String>, Problem> {
    let permit = visit.who().permit(Action::ReportsMake, visit.app().roles());
    let permit = permit.ok_or(Code::Forbidden)?;
    visit.app().ask(move |store| store.communities_under(&permit, CHOSEN_MAX)).await
}

fn sheet(visit: &Visit, communities: &[String], form: &Form, problem: Option<&Problem>) -> Markup {
    let words = visit.app().store().words();
    let found: Vec<(&str, &str)> =
        kinds(words).map(|word| (word.id.as_str(), word.label.as_str())).collect();
    let documents = document_kinds();
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    let document = form.text("document.kind").unwrap_or("resident-card");
    // Whoever works in one community need not say which.
    let only = communities.first().filter(|_| communities.len() == 1).map(String::as_str);
    let opened = document != "resident-card"
        || form.text("birth_date").is_some()
        || problem.is_some_and(|one| one.place.as_deref() == Some("birth_date"));
    html! {
        form method="post" action="/report" {
            (visit.seal())
            (field("kind", "什么情况", Kind::Pick(&found)).required().show())
            (field("name", "姓名（与证件一致）", Kind::Line).required().show())
            (field("document.number", "身份证号码", Kind::Line).unmarked()
                .hint("新生儿还没有号码的留空，在下面填出生日期").show())
            details open[opened] {
                summary { "新生儿，或用其他证件" }
                (Field::new("document.kind", "证件种类", Kind::Choice(&documents)).required()
                    .value(Some(document)).fault(problem).show())
                (field("birth_date", "出生日期", Kind::Day).show())
            }
            (field("phone", "联系电话", Kind::Digits).hint("卫生服务中心用它联系本人").show())
            (Field::new("community", "所在村（社区）", Kind::Digits).required()
                .value(form.text("community").or(only)).offering(communities)
                .hint("12 位区划代码").fault(problem).show())
            (field("agreed", "本人同意上报（孩子由监护人同意）", Kind::Tick)
                .hint("协助管理传染病患者的，不用另外征得同意").show())
            button.main type="submit" { "上报" }
        }
    }
}

/// What was received: when and under which number, and nothing of what came of it.
fn receipts(reports: &[OwnReport]) -> Markup {
    let columns = [Column::Text("收到"), Column::Text("事项"), Column::Text("编号")];
    let row = |one: &OwnReport| {
        vec![
            html! { (one.date) " " (parts::tag(Tone::Good, "已收到")) },
            html! { (one.title) },
            html! { (one.number) },
        ]
    };
    let rows: Vec<_> = reports.iter().map(row).collect();
    html! {
        @if !rows.is_empty() { (parts::table("我的上报（新的在前）", &columns, &rows)) }
        p { a href="/village" { "看我的积分和本村任务" } }
    }
}

async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::ReportsMake)?;
    let made = match wanted(&form) {
        Ok(wanted) => make(visit.state(), visit.who(), form.write(wanted)?).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok((_, Json(received))) => Ok(done(&visit, &received).into_response()),
        Err(problem) if is_about_the_form(&problem) => {
            let page = page(&visit, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn is_about_the_form(problem: &Problem) -> bool {
    let at_a_field = problem.place.is_some()
        && matches!(problem.code, Code::Invalid | Code::OutOfArea | Code::Conflict);
    at_a_field || problem.code == Code::TooManyReports
}

fn wanted(form: &Form) -> Result<ReportWanted, Problem> {
    let text = |name: &str| form.text(name).map(ToOwned::to_owned);
    let number = text("document.number").unwrap_or_default();
    let kind = form.text("document.kind").unwrap_or("resident-card");
    // A newborn is told by the missing number and the day of birth.
    let is_newborn = number.is_empty() && form.text("birth_date").is_some();
    let kind = if is_newborn { "newborn" } else { kind };
    if number.is_empty() && kind != "newborn" {
        let says = "请填写证件号码；新生儿还没有号码的，填写出生日期";
        return Err(Problem::invalid("document.number", says));
    }
    Ok(ReportWanted {
        kind: form.need("kind")?.to_owned(),
        name: form.need("name")?.to_owned(),
        document: GivenDocument { kind: document_kind("document.kind", kind)?, number },
        birth_date: text("birth_date"),
        phone: text("phone"),
        community: form.need("community")?.to_owned(),
        agreed: form.text("agreed").is_some(),
    })
}

fn done(visit: &Visit, received: &Received) -> Page {
    let body = html! {
        (parts::notice(Tone::Good, "已收到", html! {
            p { "编号 " strong { (received.number) } "。卫生服务中心会联系本人，核对后积分记到您的账上，按月看总分。" }
        }))
        p.buttons {
            a.button.main href="/report" { "再报一位" }
            a.button.quiet href="/village" { "我的积分和本村任务" }
        }
    };
    visit.page("已收到", body).with(StatusCode::CREATED)
}
