//! The pages of simulations: asking, and what it came to: a sentence, charts with their tables, the
//! greatest changes.

mod answer;

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Day;
use kangji_rights::Action;
use kangji_store::Store;
use maud::{Markup, html};
use serde::Deserialize;

use super::{SimulationWanted, ask, show};
use crate::{
    drafts,
    input::{At, Search},
    pages::{
        Form, Page, Pages, Visit,
        parts::{Field, Kind, faults},
    },
    problem::{Code, Problem},
    tasks,
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/simulations/new", new)
        .post("/simulations/new", take)
        .get("/simulations/{task}", one)
}

const TITLE: &str = "办法模拟";

/// The choice of a document that is pasted.
const PASTED: &str = "pasted";

/// Before the id of a draft among the versions that can be chosen.
const DRAFT: &str = "draft:";

/// A draft from whose page somebody comes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Of {
    draft: Option<String>,
}

async fn new(visit: Visit, Search(Of { draft }): Search<Of>) -> Result<Page, Problem> {
    visit.need(Action::SchemesPublish)?;
    let form = match draft {
        Some(id) => Form::default().with("version", format!("{DRAFT}{id}")),
        None => Form::default(),
    };
    asking(&visit, &form, None).await
}

async fn asking(visit: &Visit, form: &Form, problem: Option<&Problem>) -> Result<Page, Problem> {
    let mut versions = versions(visit).await?;
    if let Some(choice) = form.text("version").filter(|choice| choice.starts_with(DRAFT)) {
        let scheme = draft(visit, choice).await?.entry.scheme;
        versions.insert(1, (choice.to_owned(), format!("草案：{scheme}")));
    }
    let body = html! {
        p.lead { "公布之前先看一看：如果过去一段日子施行的是另一版办法，积分会有什么不同。" }
        p { "只计算，不公布，不改动任何人的积分。几万人的一年记录几秒算完，算的时候可以离开这一页。" }
        (faults(problem))
        (asking_form(visit, &versions, form, problem))
    };
    Ok(visit.page(TITLE, body))
}

fn asking_form(
    visit: &Visit,
    versions: &[(String, String)],
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let today = visit.app().now().day();
    let (from, to) = (today.plus_days(-364).to_string(), today.to_string());
    let field = |name, label, kind| Field::new(name, label, kind).fault(problem);
    let day = |name, label, else_: &str| {
        let value = form.text(name).unwrap_or(else_);
        field(name, label, Kind::Day).required().value(Some(value)).show()
    };
    html! {
        form method="post" action="/simulations/new" {
            (visit.seal())
            (field("version", "模拟哪一版", Kind::Choice(versions))
                .required().value(Some(form.text("version").unwrap_or(PASTED))).show())
            (field("document", "草案全文", Kind::Long)
                .hint("选“粘贴的草案”时把办法文件的全文贴在这里；例子还没有改好也可以模拟。")
                .value(form.whole("document")).show())
            div.pair {
                (day("from", "从哪一天起", &from))
                (day("to", "到哪一天止", &to))
            }
            div.buttons { button.main type="submit" { "开始模拟" } }
        }
    }
}

/// What can be simulated: a pasted draft, or a version that is published, such as one whose day is
/// still to come.
async fn versions(visit: &Visit) -> Result<Vec<(String, String)>, Problem> {
    let schemes = visit.app().ask(Store::schemes).await?;
    let pasted = (PASTED.to_owned(), "粘贴的草案".to_owned());
    let published = schemes.iter().flatten().map(|version| {
        let first = version.in_force.from;
        let says = format!("已公布：《{}》{first} 起施行的版本", version.title);
        (format!("{}@{first}", version.id), says)
    });
    Ok(std::iter::once(pasted).chain(published).collect())
}

/// The document that a form is about.
async fn document(visit: &Visit, form: &Form) -> Result<String, Problem> {
    let Some(version) = form.text("version").filter(|version| *version != PASTED) else {
        form.need("document")?;
        // Browsers send what is typed with other line ends than it has.
        return Ok(form.whole("document").unwrap_or_default().replace("\r\n", "\n"));
    };
    if version.starts_with(DRAFT) {
        return Ok(draft(visit, version).await?.document);
    }
    let unknown = || Problem::invalid("version", "没有这一版，请重新选择");
    let (scheme, first) = version.split_once('@').ok_or_else(unknown)?;
    let first: Day = first.parse().map_err(|_| unknown())?;
    let scheme = scheme.to_owned();
    visit.app().ask(move |store| store.document(&scheme, first)).await?.ok_or_else(unknown)
}

/// A draft that is chosen among the versions.
async fn draft(visit: &Visit, choice: &str) -> Result<drafts::DraftText, Problem> {
    let id = choice.strip_prefix(DRAFT).unwrap_or_default().to_owned();
    Ok(drafts::show(visit.state(), visit.who(), At(id)).await?.0)
}

async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::SchemesPublish)?;
    match asked(&visit, &form).await {
        Ok(task) => Ok(Redirect::to(&format!("/tasks/{task}")).into_response()),
        Err(problem) if problem.code == Code::Invalid => {
            let page = asking(&visit, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn asked(visit: &Visit, form: &Form) -> Result<String, Problem> {
    let document = document(visit, form).await?;
    let (from, to) = (form.need("from")?.to_owned(), form.need("to")?.to_owned());
    let write = form.write(SimulationWanted { document, from, to })?;
    Ok(ask(visit.state(), visit.who(), write).await?.1.0.id)
}

async fn one(visit: Visit, At(task): At<String>) -> Result<Response, Problem> {
    visit.need(Action::SchemesPublish)?;
    let entry = tasks::show(visit.state(), visit.who(), At(task.clone())).await?.0;
    if entry.state != "done" {
        return Ok(Redirect::to(&format!("/tasks/{task}")).into_response());
    }
    let report = show(visit.state(), visit.who(), At(task.clone())).await?.0;
    Ok(visit.page(TITLE, answer::sheet(&report, &task)).into_response())
}
