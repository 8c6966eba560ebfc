//! Finding a person: one field for whatever is at hand, and a list by area.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use kangji_store::Subject;
use maud::{Markup, html};

use super::{
    at_desk, document_kind, document_kinds,
    facts::{code_of, communities_today},
    name, register,
    said::Said,
};
use crate::{
    exports,
    input::{Body, Search},
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    points::pages::statement::said,
    problem::{Code, Problem},
    residents::{
        Resident, Residents, Which, communities,
        find::{self, Sought},
        identity::GivenDocument,
        keep_reason, list,
    },
};

const TITLE: &str = "居民";

/// The page with the field and the list.
pub(super) async fn show(visit: Visit, Search(which): Search<Which>) -> Result<Page, Problem> {
    at_desk(&visit)?;
    let area = which.area.clone().filter(|area| !area.is_empty());
    let limit = which.limit.or(Some(20));
    let which = Which { area: area.clone(), limit, ..which };
    let found = list(visit.state(), visit.who(), Search(which)).await;
    let communities = communities::list(visit.state(), visit.who()).await?.0;
    let (found, problem) = match found {
        Ok(found) => (Some(found.0), None),
        Err(problem) if is_about_the_area(&problem) => {
            (None, Some(Problem { place: Some("area".to_owned()), ..problem }))
        }
        Err(problem) => return Err(problem),
    };
    let list = html! {
        h2 { "名册" }
        form.filter method="get" action="/residents" {
            (Field::new("area", "区划（2 到 12 位数字）", Kind::Digits).value(area.as_deref())
                .offering(&communities).fault(problem.as_ref()).show())
            button type="submit" { "筛选" }
        }
        @if let Some(found) = found {
            (listed(&found, area.as_deref()))
            @if !found.items.is_empty() { (taking(&visit, area.as_deref(), None, None)) }
        }
    };
    let status = problem.map_or(axum::http::StatusCode::OK, |problem| problem.code.status());
    let body = html! { (ways(&visit)) (field(&visit, &Form::default(), None)) (list) };
    Ok(visit.page(TITLE, body).with(status))
}

fn is_about_the_area(problem: &Problem) -> bool {
    problem.code == Code::OutOfArea || problem.place.as_deref() == Some("area")
}

/// What else there is to do with people.
fn ways(visit: &Visit) -> Markup {
    html! {
        @if visit.may(Action::ResidentsWrite) {
            p.buttons {
                a.button href="/residents/new" { "登记新居民" }
                a.button.quiet href="/corrections" { "更正申请" }
                a.button.quiet href="/imports?table=residents" { "导入" }
            }
        }
    }
}

/// The field.
fn field(visit: &Visit, form: &Form, problem: Option<&Problem>) -> Markup {
    let kinds = document_kinds();
    let kind = form.text("kind");
    html! {
        (faults(problem))
        form.seek method="post" action="/residents/search" {
            (visit.seal())
            div.line {
                (Field::new("q", "找人", Kind::Line).required().first()
                    .hint("身份证号、电话、完整姓名、居民编号，或扫描居民的二维码")
                    .value(form.text("q")).fault(problem).show())
                button.main type="submit" { "查找" }
            }
            details open[kind.is_some()] {
                summary { "用其他证件查找" }
                (Field::new("kind", "证件种类", Kind::Choice(&kinds)).value(kind).show())
            }
        }
    }
}

/// Takes what was typed: one hit leads to the person, none to registering.
pub(super) async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    at_desk(&visit)?;
    visit.need(Action::ResidentsRead)?;
    match sought(&visit, &form).await {
        Ok((_, found)) if found.len() == 1 => {
            let id = found.first().map_or("", |resident| resident.id.as_str());
            Ok(Redirect::to(&format!("/residents/{id}")).into_response())
        }
        Ok((said, found)) if found.is_empty() => nobody(&visit, &form, said).await,
        Ok((_, found)) => {
            let title = format!("找到 {} 人", found.len());
            let body = html! {
                (field(&visit, &form, None))
                (parts::notice(Tone::Plain, &title, html! { p { "请按证件尾号和出生日期选择。" } }))
                (table("查找结果", &found))
            };
            Ok(visit.page(TITLE, body).into_response())
        }
        Err(problem) if problem.code == Code::Invalid => {
            let problem = Problem { place: Some("q".to_owned()), ..problem };
            let page = visit.page(TITLE, field(&visit, &form, Some(&problem)));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Who fits what was typed, and as what it was taken.
async fn sought(visit: &Visit, form: &Form) -> Result<(Said, Vec<Resident>), Problem> {
    let text = form.need("q")?;
    if let Some(kind) = form.text("kind") {
        let kind = document_kind("kind", kind)?;
        let given = GivenDocument { kind, number: text.to_owned() };
        let question = Sought { document: Some(given), ..Sought::default() };
        let found = find::search(visit.state(), visit.who(), Body(question)).await?.0;
        return Ok((Said::Document(kind.into()), found));
    }
    fitting(visit, text).await
}

/// Who fits a text that says by its form what it is.
pub(crate) async fn fitting(visit: &Visit, text: &str) -> Result<(Said, Vec<Resident>), Problem> {
    let mut first = None;
    for said in Said::all(text, visit.app().now().day()) {
        let question = Body(said.sought(text));
        match find::search(visit.state(), visit.who(), question).await {
            Ok(found) if !found.0.is_empty() => return Ok((said, found.0)),
            Ok(_) => first = first.or(Some(said)),
            // What is a code and nobody's need not be a name as well.
            Err(problem) if first.is_some() && problem.code == Code::Invalid => break,
            Err(problem) => return Err(problem),
        }
    }
    Ok((first.unwrap_or(Said::Name), Vec::new()))
}

/// Nobody was found: what was typed goes into the form that registers, for whoever may.
async fn nobody(visit: &Visit, form: &Form, said: Said) -> Result<Response, Problem> {
    let says = parts::notice(
        Tone::Warn,
        "没有找到",
        html! {
            p { "您的辖区里没有登记过这个人。请核对输入；住在别处的居民请联系当地工作人员。" }
            @if visit.may(Action::ResidentsWrite) { p { "确认没有登记过，就在下面登记。" } }
        },
    );
    if !visit.may(Action::ResidentsWrite) {
        let body = html! { (says) (field(visit, form, None)) };
        return Ok(visit.page(TITLE, body).into_response());
    }
    let typed = form.text("q").unwrap_or_default();
    let mut carried = Form::default().with(said.field(), typed);
    if let Said::Document(kind) = said {
        carried = carried.with("document.kind", kind.code());
    }
    let again = html! { details { summary { "重新查找" } (field(visit, form, None)) } };
    let body = html! { (says) (again) (register::form(visit, &carried, None).await?) };
    Ok(visit.page("登记居民", body).into_response())
}

/// The list, and the way to what follows.
fn listed(found: &Residents, area: Option<&str>) -> Markup {
    let next = found.next.as_ref().map(|next| {
        let query = [("area", area.unwrap_or_default()), ("after", next)];
        let query = query.into_iter().filter(|(_, value)| !value.is_empty());
        let query = serde_urlencoded::to_string(query.collect::<Vec<_>>()).unwrap_or_default();
        format!("/residents?{query}")
    });
    html! {
        @if found.items.is_empty() {
            (parts::empty("这里没有居民。", html! { a.button href="/residents" { "看全部" } }))
        } @else {
            (table("姓名和号码只显示一部分", &found.items))
            (parts::more(next.as_deref()))
        }
    }
}

/// The columns of the list.
const COLUMNS: [&str; 6] = ["姓名", "证件", "电话", "出生日期", "社区", "编号"];

/// The form that takes the list as a file: it leaves with a reason and a watermark.
fn taking(
    visit: &Visit,
    area: Option<&str>,
    reason: Option<&str>,
    problem: Option<&Problem>,
) -> Markup {
    html! {
        details open[problem.is_some()] {
            summary { "导出这份名册" }
            form method="post" action="/residents/export" {
                (visit.seal())
                input type="hidden" name="area" value=(area.unwrap_or_default());
                (Field::new("reason", "导出的理由", Kind::Line).required()
                    .hint("会写进文件和操作日志").value(reason).fault(problem).show())
                div.buttons {
                    button type="submit" name="format" value="xlsx" { "导出 XLSX" }
                    button.quiet type="submit" name="format" value="csv" { "导出 CSV" }
                }
            }
        }
    }
}

/// Gives the list as a file, as the page shows it.
pub(super) async fn export(visit: Visit, form: Form) -> Result<Response, Problem> {
    at_desk(&visit)?;
    visit.need(Action::ResidentsRead)?;
    let area = form.text("area").map(ToOwned::to_owned);
    let reason = form.text("reason").unwrap_or_default().to_owned();
    let kind = exports::FileKind::of_word(form.need("format")?)?;
    let (who, text) = (visit.who(), reason.clone());
    let kept = visit.app().blocking(move |app| {
        keep_reason(app, &who, &text)?;
        let deed = who.deed(Action::ResidentsRead.code());
        // What leaves stands in the log before it does.
        Ok(app.store().log(deed, Subject::None, "exported", app.now()).wait()?)
    });
    if let Err(problem) = kept.await {
        let body = taking(&visit, area.as_deref(), form.text("reason"), Some(&problem));
        let page = visit.page(
            "导出名册",
            html! {
                (faults(Some(&problem))) (body) p { a href="/residents" { "回到居民" } }
            },
        );
        return Ok(page.with(problem.code.status()).into_response());
    }
    let note = exports::watermark(&visit, &reason).await?;
    let read = move |after: Option<String>| {
        let which = Which { area: area.clone(), after, limit: Some(200), group: None };
        let (app, who) = (visit.state(), visit.who());
        async move {
            let found = list(app, who, Search(which)).await?.0;
            Ok((found.items.iter().map(cells).collect(), found.next))
        }
    };
    exports::file(kind, "residents", &COLUMNS, Some(note), read).await
}

/// What the row of a resident shows.
fn cells(resident: &Resident) -> Vec<String> {
    let document = resident.document.as_ref().map(|document| document.number.clone());
    vec![
        name(resident).to_owned(),
        document.unwrap_or_default(),
        resident.phone.clone().unwrap_or_default(),
        resident.birth_date.clone().unwrap_or_default(),
        communities_today(resident).join("、"),
        code_of(resident).unwrap_or_default().to_owned(),
    ]
}

fn table(caption: &str, residents: &[Resident]) -> Markup {
    let columns = COLUMNS.map(Column::Text);
    let rows: Vec<Vec<Markup>> = residents.iter().map(row).collect();
    parts::table(caption, &columns, &rows)
}

fn row(resident: &Resident) -> Vec<Markup> {
    let link = format!("/residents/{}", resident.id);
    let document = resident.document.as_ref().map_or("", |document| &document.number);
    let text = |text: Option<&str>| html! { (text.unwrap_or("")) };
    vec![
        html! { a href=(link) { (name(resident)) } },
        text(Some(document)),
        text(resident.phone.as_deref()),
        html! { (resident.birth_date.as_deref().map(said).unwrap_or_default()) },
        html! { (communities_today(resident).join("、")) },
        text(code_of(resident)),
    ]
}
