//! Recording a service: the form of its kind, and what it brought.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use kangji_core::vocabulary::{Section, Vocabulary};
use kangji_store::{Actor, new_id};
use maud::{Markup, html};
use uuid::Uuid;

use super::{choose, is_about_the_form, may_write, outcome, sheet::Sheet};
use crate::{
    input::{At, Search},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    records::{
        Record,
        answer::Written,
        input::{OneOrMany, Record as Upload},
        read::{self, Which},
        write,
    },
    residents::glance::{Glance, glance},
};

/// How far back the last values are looked for.
const LOOKED_BACK: u32 = 200;

pub(super) async fn ask(
    visit: Visit,
    At((id, kind)): At<(String, String)>,
) -> Result<Page, Problem> {
    may_write(&visit)?;
    let words = visit.app().store().words();
    let sheet = Sheet::of(words, &kind).ok_or(Code::NotFound)?;
    let person = glance(&visit, &id).await?;
    let form = beginning(&visit, words, &kind).await?;
    shown(&visit, &sheet, &person, &form, None, None).await
}

/// The form as it is when nothing was typed: today, one's own institution and code.
async fn beginning(visit: &Visit, words: &Vocabulary, kind: &str) -> Result<Form, Problem> {
    let who = visit.who();
    let form = Form::default().with("date", visit.app().now().day().to_string());
    let institution = who.grants().iter().find_map(|grant| grant.institution.clone());
    let form = form.with("org", institution.unwrap_or_default());
    // Points for a report are for whoever reported, who is seldom the one who types.
    let form_of = words.kind(kind).and_then(|kind| words.form(kind));
    if form_of.is_some_and(|form| form.section == Section::Report) {
        return Ok(form);
    }
    let user = match who.principal() {
        Actor::Staff(id) => visit.app().ask(move |store| store.user(id)).await?,
        _ => None,
    };
    Ok(form.with("worker", user.map(|user| user.worker).unwrap_or_default()))
}

async fn shown(
    visit: &Visit,
    sheet: &Sheet<'_>,
    person: &Glance,
    form: &Form,
    problem: Option<&Problem>,
    again: Option<Markup>,
) -> Result<Page, Problem> {
    let Json(latest) =
        read::list(visit.state(), visit.who(), Search(Which::latest_of(&person.id, LOOKED_BACK)))
            .await?;
    let here = format!("/residents/{}/records/new", person.id);
    let body = html! {
        (person.line())
        (faults(problem))
        form method="post" action=(format!("{here}/{}", sheet.id)) {
            (visit.seal())
            @if let Some(again) = again { (again) }
            (sheet.show(form, &latest.items, problem))
            (around(form, problem))
            p.buttons {
                button.main type="submit" { "保存" }
                a.button.quiet href=(here) { "换一种服务" }
            }
        }
    };
    Ok(visit.page(&format!("登记：{}", sheet.label), body))
}

/// What every record has: the day, the institution, who helped.
pub(super) fn around(form: &Form, problem: Option<&Problem>) -> Markup {
    let worker = "提供服务、协助或上报的人；他不能再确认这项服务";
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    html! {
        div.pair {
            (field("date", "服务日期", Kind::Day).required().show())
            (field("org", "机构编号", Kind::Line).show())
            (field("worker", "人员编号", Kind::Line).hint(worker).show())
        }
    }
}

/// What was typed, as the API takes it.
pub(super) fn upload(
    sheet: &Sheet<'_>,
    form: &Form,
    known: Option<&Record>,
    (code, resident): (String, String),
) -> Result<Upload, Problem> {
    let typed = |name| form.text(name).unwrap_or_default().to_owned();
    Ok(Upload {
        code,
        resident,
        kind: sheet.id.to_owned(),
        date: form.need("date")?.to_owned(),
        org: typed("org"),
        worker: typed("worker"),
        attributes: sheet.attributes(form, known)?,
    })
}

pub(super) async fn take(
    visit: Visit,
    At((id, kind)): At<(String, String)>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    may_write(&visit)?;
    let words = visit.app().store().words();
    let sheet = Sheet::of(words, &kind).ok_or(Code::NotFound)?;
    let person = glance(&visit, &id).await?;
    // Of the services of a day the one that was recorded first counts first.
    let code = Uuid::from_bytes(new_id(visit.app().now())).to_string();
    let written = match upload(&sheet, &form, None, (code, id)) {
        Err(problem) => Err(problem),
        Ok(record) => match check(&record, words, &visit).and(Ok(sheet.asks_again(&form))) {
            Err(problem) => Err(problem),
            Ok(Some(again)) => {
                let page = shown(&visit, &sheet, &person, &form, None, Some(again)).await?;
                return Ok(page.with(StatusCode::UNPROCESSABLE_ENTITY).into_response());
            }
            Ok(None) => {
                let body = OneOrMany::One(Box::new(record));
                write::upload(visit.state(), visit.who(), form.write(body)?).await
            }
        },
    };
    match written {
        Ok(Json(mut written)) => {
            let written = written.items.pop().ok_or(Code::Internal)?;
            let cookie = [(header::SET_COOKIE, choose::cookie(&kind, &headers, words))];
            let page = done(&visit, &sheet, &person, &written).await?;
            Ok((AppendHeaders(cookie), page).into_response())
        }
        Err(problem) if is_about_the_form(&problem) => {
            let page = shown(&visit, &sheet, &person, &form, Some(&problem), None).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What is not possible is said before what is only unusual.
pub(super) fn check(record: &Upload, words: &Vocabulary, visit: &Visit) -> Result<(), Problem> {
    record.clone().service("", words, visit.app().now().day()).map(drop)
}

/// What it brought, and the ways on.
async fn done(
    visit: &Visit,
    sheet: &Sheet<'_>,
    person: &Glance,
    written: &Written,
) -> Result<Page, Problem> {
    let next = outcome::next(visit, &person.id, &written.points).await?;
    let title = format!("{}已登记，{}", sheet.label, outcome::total(&written.points));
    let body = html! {
        (person.line())
        (parts::notice(Tone::Good, &title, html! {}))
        (outcome::points(&written.points))
        p.buttons {
            a.button.main href=(format!("/residents/{}/records/new", person.id)) { "再登记一项" }
            a.button href="/residents" { "下一位居民" }
            a.button.quiet href=(format!("/records/{}", written.id)) { "看这条记录、更正" }
        }
        (next)
    };
    Ok(visit.page("已登记", body))
}
