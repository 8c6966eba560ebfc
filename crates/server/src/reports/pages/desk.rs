//! The clinic's desk: reports that wait, and one of them to be completed or closed.

use std::collections::BTreeMap;

use axum::{
    Json,
    response::{IntoResponse, Redirect, Response},
};
use kangji_rights::Action;
use maud::{Markup, html};

use super::super::clinic::{
    Closing, Completion, ReportEntry, Which, close, complete, list, show as read,
};
use crate::{
    app::App,
    input::{At, Search},
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    records::{
        Attribute, Written,
        pages::{outcome, sheet::Sheet},
    },
    stock::staff_names,
};

pub(super) async fn all(visit: Visit, which: Search<Which>) -> Result<Page, Problem> {
    let found = list(visit.state(), visit.who(), which).await?.0;
    let names = staff_names(&visit, found.items.iter().map(|one| &one.reported_by)).await?;
    let columns = [
        Column::Text("收到"),
        Column::Text("情况"),
        Column::Text("姓名"),
        Column::Text("村（社区）"),
        Column::Text("上报人"),
        Column::Text("编号"),
    ];
    let row = |one: &ReportEntry| {
        vec![
            html! { (one.date) },
            html! { a href=(format!("/reports/{}", one.number)) { (label(&visit, one)) } },
            html! { (one.name.as_deref().unwrap_or("—")) },
            html! { (one.community) },
            html! { (names.get(&one.reported_by).map_or("", String::as_str)) },
            html! { (one.number) },
        ]
    };
    let rows: Vec<_> = found.items.iter().map(row).collect();
    let next = found.next.map(|next| format!("/reports?after={next}"));
    let body = html! {
        p.lead { "村（社区）上报的情况。联系本人核实以后，登记结果，或者写明原因关闭。" }
        @if rows.is_empty() {
            (parts::empty("没有待核实的上报。", html! { a.button href="/residents" { "回到居民" } }))
        } @else {
            (parts::table("待核实（先收到的在前）", &columns, &rows))
        }
        (parts::more(next.as_deref()))
    };
    Ok(visit.page("待核实的上报", body))
}

/// What was found, as far as whoever looks may know.
fn label<'a>(visit: &'a Visit, report: &'a ReportEntry) -> &'a str {
    let words = visit.app().store().words();
    report.kind.as_deref().map_or("涉及病情的上报", |kind| words.kind_label(kind))
}

pub(super) async fn one(visit: Visit, At(number): At<String>) -> Result<Page, Problem> {
    let report = read(visit.state(), visit.who(), At(number)).await?.0;
    page(&visit, &report, &beginning(&visit), None, None).await
}

/// The form as it is when nothing was typed: one's own institution.
fn beginning(visit: &Visit) -> Form {
    let who = visit.who();
    let own = who.grants().iter().find_map(|grant| grant.institution.clone());
    Form::default().with("org", own.unwrap_or_default())
}

async fn page(
    visit: &Visit,
    report: &ReportEntry,
    form: &Form,
    problem: Option<&Problem>,
    again: Option<Markup>,
) -> Result<Page, Problem> {
    let names = staff_names(visit, [&report.reported_by]).await?;
    let words = visit.app().store().words();
    let sheet = report.kind.as_deref().and_then(|kind| Sheet::of(words, kind));
    let person = report.resident.clone();
    let reaches = visit.app().looking(reached(visit, person)).await?;
    let name = report.name.as_deref().unwrap_or("没有登记姓名");
    let agreed = if report.agreed { "已同意" } else { "不需要" };
    let body = html! {
        (faults(problem))
        (parts::facts(&[
            ("姓名", html! {
                @if reaches { a href=(format!("/residents/{}", report.resident)) { (name) } }
                @else { (name) "（登记在别的辖区）" }
            }),
            ("电话", html! { (report.phone.as_deref().unwrap_or("—")) }),
            ("收到", html! { (report.date) }),
            ("村（社区）", html! { (report.community) }),
            ("上报人", html! { (names.get(&report.reported_by).map_or("", String::as_str)) }),
            ("本人同意", html! { (agreed) }),
        ]))
        @if !report.waits {
            (parts::notice(Tone::Plain, "这条上报已经处理", html! {}))
            @if reaches {
                p { a.button href=(format!("/records/{}", report.record)) { "看这条记录" } }
            }
        } @else if let Some(sheet) = sheet {
            (completion(visit, report, &sheet, form, problem, again))
            (closing(visit, report, form, problem))
        } @else {
            p { "这一项涉及病情，请由负责这个村（社区）的医护人员核实。" }
        }
        p { a href="/reports" { "← 待核实的上报" } }
    };
    Ok(visit.page(label(visit, report), body))
}

/// Whether whoever looks may see the person's own page.
fn reached(
    visit: &Visit,
    person: String,
) -> impl FnOnce(&App) -> Result<bool, Problem> + Send + 'static {
    let permit = visit.who().permit(Action::ResidentsRead, visit.app().roles());
    move |app| {
        let (Some(permit), Ok(id)) = (permit, person.parse()) else { return Ok(false) };
        Ok(app.store().allows(&permit, id, None, app.now().day())?)
    }
}

fn completion(
    visit: &Visit,
    report: &ReportEntry,
    sheet: &Sheet<'_>,
    form: &Form,
    problem: Option<&Problem>,
    again: Option<Markup>,
) -> Markup {
    html! {
        h2 { "核实的结果" }
        form method="post" action=(format!("/reports/{}", report.number)) {
            (visit.seal())
            @if let Some(again) = again { (again) }
            (sheet.show(form, &[], problem))
            (Field::new("org", "机构编号", Kind::Line).value(form.text("org")).fault(problem).show())
            p.hint { "日期是收到上报的那一天，不能改。保存后由村（社区）的另一位核对，才计分。" }
            button.main type="submit" name="step" value="complete" { "保存结果" }
        }
    }
}

fn closing(visit: &Visit, report: &ReportEntry, form: &Form, problem: Option<&Problem>) -> Markup {
    let here = problem.filter(|one| one.place.as_deref() == Some("reason"));
    html! {
        details open[here.is_some() || form.text("reason").is_some()] {
            summary.button.quiet { "不属实，关闭…" }
            form method="post" action=(format!("/reports/{}", report.number)) {
                (visit.seal())
                (Field::new("reason", "为什么关闭", Kind::Long).required()
                    .hint("例如：本人早已在管理；上报人看不到这个原因")
                    .value(form.text("reason")).fault(here).show())
                button.danger type="submit" name="step" value="close" { "关闭这条上报" }
            }
        }
    }
}

pub(super) async fn take(
    visit: Visit,
    At(number): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::RecordsWrite)?;
    let report = read(visit.state(), visit.who(), At(number.clone())).await?.0;
    let done = match form.text("step") {
        Some("close") => closed(&visit, number, &form).await,
        _ => {
            let words = visit.app().store().words();
            let sheet = report.kind.as_deref().and_then(|kind| Sheet::of(words, kind));
            let sheet = sheet.ok_or(Code::Forbidden)?;
            match sheet.attributes(&form, None) {
                Err(problem) => Err(problem),
                Ok(attributes) => {
                    if let Some(again) = sheet.asks_again(&form) {
                        let page = page(&visit, &report, &form, None, Some(again)).await?;
                        return Ok(page.with(Code::Invalid.status()).into_response());
                    }
                    completed(&visit, number, attributes, &form).await
                }
            }
        }
    };
    match done {
        Ok(response) => Ok(response),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::Conflict) => {
            let page = page(&visit, &report, &form, Some(&problem), None).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn closed(visit: &Visit, number: String, form: &Form) -> Result<Response, Problem> {
    let closing = Closing { reason: form.need("reason")?.to_owned() };
    let _ = close(visit.state(), visit.who(), At(number), form.write(closing)?).await?;
    Ok(Redirect::to("/reports").into_response())
}

async fn completed(
    visit: &Visit,
    number: String,
    attributes: BTreeMap<String, Attribute>,
    form: &Form,
) -> Result<Response, Problem> {
    let org = form.text("org").unwrap_or_default().to_owned();
    let wanted = form.write(Completion { org, attributes })?;
    let Json(written): Json<Written> =
        complete(visit.state(), visit.who(), At(number), wanted).await?;
    let body = html! {
        (parts::notice(Tone::Good, "结果已登记", html! {}))
        (outcome::points(&written.points))
        p.buttons { a.button.main href="/reports" { "下一条待核实的上报" } }
    };
    Ok(visit.page("已登记", body).into_response())
}
