//! Correcting a record: the form of its kind filled in, why, and which points changed.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::{
    entry::{around, check, upload},
    is_about_the_form, may_write, one, outcome,
    sheet::{PREFIX, Sheet},
    values::{label, said},
};
use crate::{
    input::At,
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    records::{
        Record,
        answer::{Changed, Outcome},
        input::Attribute,
        read,
        write::{self, Correction},
    },
    residents::glance::{Glance, glance},
};

pub(super) async fn ask(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    may_write(&visit)?;
    let record = known(&visit, &id).await?;
    let words = visit.app().store().words();
    let sheet = Sheet::of(words, record.kind.as_deref().unwrap_or_default());
    let sheet = sheet.ok_or(Code::NotFound)?;
    let person = glance(&visit, &record.resident).await?;
    let mut form = Form::default()
        .with("date", &*record.date)
        .with("org", &*record.org)
        .with("worker", &*record.worker)
        .with("version", record.version.to_string());
    for (name, value) in &record.attributes {
        let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        form = form.with(&format!("{PREFIX}{name}"), text);
    }
    Ok(shown(&visit, &sheet, (&person, &record), &form, None, None))
}

/// A record that can still be corrected by whoever may know what it says.
pub(super) async fn known(visit: &Visit, id: &str) -> Result<Record, Problem> {
    let record = read::found(visit.app(), &visit.who(), id).await?;
    if record.kind.is_none() {
        let says = "这条记录涉及病情，请由负责这位居民的医护人员更正";
        return Err(Problem::from(Code::Forbidden).saying(says));
    }
    if record.void {
        return Err(Problem::from(Code::Conflict).saying("这条记录已作废，不能再改；请重新登记"));
    }
    Ok(record)
}

fn shown(
    visit: &Visit,
    sheet: &Sheet<'_>,
    (person, record): (&Glance, &Record),
    form: &Form,
    problem: Option<&Problem>,
    again: Option<Markup>,
) -> Page {
    let here = format!("/records/{}", record.id);
    let words = visit.app().store().words();
    let more = record.attributes.iter().filter(|(name, _)| !sheet.has(name));
    let more: Vec<_> =
        more.map(|(name, value)| (label(name, None, words), said(value, name))).collect();
    let body = html! {
        (person.line())
        (faults(problem))
        @if problem.is_some_and(|problem| problem.code == Code::Changed) {
            p { a.button href=(format!("{here}/correct")) { "重新读取这条记录" } }
        }
        form method="post" action=(format!("{here}/correct")) {
            (visit.seal())
            input type="hidden" name="version" value=(form.text("version").unwrap_or_default());
            @if let Some(again) = again { (again) }
            (sheet.show(form, &[], problem))
            (around(form, problem))
            @if !more.is_empty() {
                p.small { "另有随接口传来的项目，更正时保留：" }
                ul.small { @for (name, value) in &more { li { (name) " " (value) } } }
            }
            (Field::new("reason", "为什么更正", Kind::Long).required()
                .hint("例如：抄错数字。原来的内容会保留")
                .value(form.text("reason")).fault(problem).show())
            p.buttons {
                button.main type="submit" { "保存更正" }
                a.button.quiet href=(here) { "不改了" }
            }
        }
        p.small {
            "服务种类或居民登记错了，请"
            a href=(format!("{here}/void")) { "作废这条记录" } "后重新登记。"
        }
    };
    visit.page(&format!("更正：{}", sheet.label), body)
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    may_write(&visit)?;
    let record = known(&visit, &id).await?;
    let words = visit.app().store().words();
    let sheet = Sheet::of(words, record.kind.as_deref().unwrap_or_default());
    let sheet = sheet.ok_or(Code::NotFound)?;
    let person = glance(&visit, &record.resident).await?;
    let about = (&person, &record);
    let written = match correction(&visit, &sheet, &record, &form) {
        Err(problem) => Err(problem),
        Ok(correction) => {
            if let Some(again) = sheet.asks_again(&form) {
                let page = shown(&visit, &sheet, about, &form, None, Some(again));
                return Ok(page.with(StatusCode::UNPROCESSABLE_ENTITY).into_response());
            }
            let write = form.write(correction)?;
            write::correct(visit.state(), visit.who(), At(id), seen(&form)?, write).await
        }
    };
    match written.map_err(at_the_form) {
        Ok(Json(changed)) => Ok(done(&visit, &sheet, &person, &changed).into_response()),
        Err(problem) if is_about_the_form(&problem) || problem.code == Code::Changed => {
            let page = shown(&visit, &sheet, about, &form, Some(&problem), None);
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// The record as it is typed, with what the form has no fields for.
fn correction(
    visit: &Visit,
    sheet: &Sheet<'_>,
    record: &Record,
    form: &Form,
) -> Result<Correction, Problem> {
    let same = (record.code.clone(), record.resident.clone());
    let mut upload = upload(sheet, form, Some(record), same)?;
    for (name, value) in record.attributes.iter().filter(|(name, _)| !sheet.has(name)) {
        let kept = match value.as_bool() {
            Some(flag) => Attribute::Flag(flag),
            None => Attribute::Text(value.as_str().unwrap_or_default().to_owned()),
        };
        upload.attributes.insert(name.clone(), kept);
    }
    check(&upload, visit.app().store().words(), visit)?;
    let reason = write::reason(form.text("reason").unwrap_or_default())?;
    Ok(Correction::new(upload, reason))
}

/// The version that was seen, as a program would say it.
fn seen(form: &Form) -> Result<HeaderMap, Problem> {
    let tag = format!("\"{}\"", form.need("version")?);
    let tag = HeaderValue::from_str(&tag).map_err(|_| Problem::from(Code::Malformed))?;
    Ok(HeaderMap::from_iter([(header::IF_MATCH, tag)]))
}

/// The API tells faults within the record; in the form there is nothing around it.
fn at_the_form(problem: Problem) -> Problem {
    let place = problem.place.map(|place| place.trim_start_matches("record.").to_owned());
    Problem { place, ..problem }
}

fn done(visit: &Visit, sheet: &Sheet<'_>, person: &Glance, changed: &Changed) -> Page {
    let Changed { record, changes } = changed;
    let unchanged = matches!(record.result, Outcome::Unchanged);
    let title =
        if unchanged { "内容没有变化" } else { "已更正，原来的内容保留在案" };
    let tone = if unchanged { Tone::Plain } else { Tone::Good };
    let body = html! {
        (person.line())
        (parts::notice(tone, title, html! {}))
        h2 { "哪些积分变了" }
        (outcome::changes(changes))
        h2 { (sheet.label) "现在的积分" }
        (outcome::points(&record.points))
        (one::ways(&record.id, &person.id))
    };
    visit.page("更正的结果", body)
}
