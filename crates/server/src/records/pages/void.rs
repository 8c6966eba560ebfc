//! Declaring a record void: why, and which points are taken back.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use maud::html;

use super::{correct::known, is_about_the_form, may_write, one, outcome};
use crate::{
    input::At,
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::Problem,
    records::{
        Record,
        answer::Changed,
        write::{self, Void},
    },
    residents::glance::{Glance, glance},
};

pub(super) async fn ask(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    may_write(&visit)?;
    let record = known(&visit, &id).await?;
    let person = glance(&visit, &record.resident).await?;
    Ok(shown(&visit, (&person, &record), &Form::default(), None))
}

fn shown(
    visit: &Visit,
    (person, record): (&Glance, &Record),
    form: &Form,
    problem: Option<&Problem>,
) -> Page {
    let here = format!("/records/{}", record.id);
    let says = "作废后不能恢复；由它得来的积分会收回，原来的内容保留在案。";
    let body = html! {
        (person.line())
        (faults(problem))
        (one::facts(record, visit.app().store().words()))
        (parts::notice(Tone::Warn, says, html! {}))
        form method="post" action=(format!("{here}/void")) {
            (visit.seal())
            (Field::new("reason", "为什么作废", Kind::Long).required().first()
                .hint("例如：重复登记、登记错了人")
                .value(form.text("reason")).fault(problem).show())
            p.buttons {
                button.danger type="submit" { "作废这条记录" }
                a.button.quiet href=(here) { "不作废" }
            }
        }
    };
    visit.page("作废记录", body)
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    may_write(&visit)?;
    let record = known(&visit, &id).await?;
    let person = glance(&visit, &record.resident).await?;
    let reason = write::reason(form.text("reason").unwrap_or_default());
    let done = match reason {
        Err(problem) => Err(problem),
        Ok(reason) => {
            let write = form.write(Void::new(reason))?;
            write::void(visit.state(), visit.who(), At(id), write).await
        }
    };
    match done {
        Ok(Json(changed)) => Ok(told(&visit, &person, &changed).into_response()),
        Err(problem) if is_about_the_form(&problem) => {
            let page = shown(&visit, (&person, &record), &form, Some(&problem));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn told(visit: &Visit, person: &Glance, Changed { record, changes }: &Changed) -> Page {
    let body = html! {
        (person.line())
        (parts::notice(Tone::Good, "已作废，原来的内容保留在案", html! {}))
        h2 { "哪些积分变了" }
        (outcome::changes(changes))
        (one::ways(&record.id, &person.id))
    };
    visit.page("作废的结果", body)
}
