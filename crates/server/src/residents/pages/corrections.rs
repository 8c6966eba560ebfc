//! What residents ask to be corrected, and what they are answered.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use kangji_core::Moment;
use kangji_rights::Action;
use maud::{Markup, html};

use super::at_desk;
use crate::{
    input::{At, Search},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    residents::corrections::{self, Asked, CorrectionAnswer, Corrections, Which},
};

const TITLE: &str = "更正申请";

pub(super) async fn show(visit: Visit, Search(which): Search<Which>) -> Result<Page, Problem> {
    at_desk(&visit)?;
    page(&visit, which, None).await
}

/// Requests that wait: of one person, or of all.
pub(super) async fn of(
    visit: &Visit,
    person: Option<&str>,
    after: Option<String>,
) -> Result<Corrections, Problem> {
    let which = Which { person: person.map(ToOwned::to_owned), after, limit: Some(20) };
    Ok(corrections::list(visit.state(), visit.who(), Search(which)).await?.0)
}

/// A form that was sent and cannot be taken.
type Refused<'a> = (&'a str, &'a Form, &'a Problem);

async fn page(visit: &Visit, which: Which, refused: Option<Refused<'_>>) -> Result<Page, Problem> {
    let person = which.person.clone();
    let found = of(visit, person.as_deref(), which.after).await?;
    let next = found.next.map(|next| {
        let person = person.map(|person| format!("&person={person}")).unwrap_or_default();
        format!("/corrections?after={next}{person}")
    });
    let body = html! {
        p.lead { "居民认为哪里不对。先核实，需要时修改资料或更正记录，再答复。" }
        @if found.items.is_empty() {
            (parts::empty("没有等待处理的申请。", html! { a.button href="/residents" { "回到居民" } }))
        }
        @for asked in &found.items {
            (card(visit, asked, refused.filter(|(id, ..)| *id == asked.id)))
        }
        (parts::more(next.as_deref()))
    };
    let status = refused.map_or(StatusCode::OK, |(.., problem)| problem.code.status());
    Ok(visit.page(TITLE, body).with(status))
}

/// A request with the form that answers it.
fn card(visit: &Visit, asked: &Asked, refused: Option<Refused<'_>>) -> Markup {
    let (typed, problem) =
        refused.map_or((None, None), |(_, typed, problem)| (Some(typed), Some(problem)));
    html! {
        section.card id=(format!("c-{}", asked.id)) {
            h2 { "关于" (field_word(&asked.field)) "（" (day(asked.asked_at)) "提出）" }
            blockquote { (asked.text) }
            p.buttons {
                a.button href=(format!("/residents/{}", asked.person)) { "看居民资料" }
            }
            (faults(problem))
            form method="post" action=(format!("/corrections/{}", asked.id)) {
                (visit.seal())
                (Field::new("answer", "给居民的答复", Kind::Long).required()
                    .value(typed.and_then(|typed| typed.text("answer"))).fault(problem).show())
                div.buttons {
                    button.main type="submit" name="accept" value="yes" { "申请属实，已更正" }
                    button.danger type="submit" name="accept" value="no" { "不予更正" }
                }
            }
        }
    }
}

/// That a request waits, on the page of the person.
pub(super) fn waiting(asked: &Asked) -> Markup {
    let says = format!("居民申请更正{}", field_word(&asked.field));
    let link = format!("/corrections?person={}#c-{}", asked.person, asked.id);
    parts::notice(Tone::Warn, &says, html! { p { "“" (asked.text) "” " a href=(link) { "处理" } } })
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    typed: Form,
) -> Result<Response, Problem> {
    at_desk(&visit)?;
    visit.need(Action::ResidentsWrite)?;
    let accept = match typed.text("accept") {
        Some("yes") => true,
        Some("no") => false,
        _ => return Err(Code::Malformed.into()),
    };
    let answer = typed.text("answer").unwrap_or_default().to_owned();
    let write = typed.write(CorrectionAnswer { accept, answer })?;
    match corrections::decide(visit.state(), visit.who(), At(id.clone()), write).await {
        Ok(asked) => {
            let to = format!("/residents/{}?done=decided", asked.0.person);
            Ok(Redirect::to(&to).into_response())
        }
        Err(problem) if problem.code == Code::Invalid => {
            let which = Which { person: None, after: None, limit: None };
            Ok(page(&visit, which, Some((&id, &typed, &problem))).await?.into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn day(millis: i64) -> String {
    kangji_rules::words::date(Moment::from_millis(millis).day())
}

/// What a request is about, in words.
fn field_word(field: &str) -> &str {
    match field {
        "name" => "姓名",
        "document" => "证件",
        "phone" => "电话",
        "birth_date" => "出生日期",
        "sex" => "性别",
        "communities" => "居住社区",
        "guardians" => "监护人",
        "groups" => "人群",
        "records" => "服务记录",
        _ => "其他事项",
    }
}
