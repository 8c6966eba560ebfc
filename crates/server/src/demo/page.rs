//! The page of the demonstration: whom one can be, and what to try as them.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::{PASSWORD, Part};
use crate::{
    app::App,
    pages::{Form, Page, Pages, visit::Guest},
    problem::{Code, Problem},
    session::{self, Next},
};

pub(crate) fn pages() -> Pages {
    Pages::default().get("/demo", show).post("/demo", enter)
}

async fn show(State(app): State<App>, guest: Guest) -> Page {
    let mut groups: Vec<(&str, Vec<(usize, &Part)>)> = Vec::new();
    for (number, part) in app.cast().iter().enumerate() {
        match groups.last_mut().filter(|(group, _)| *group == part.group) {
            Some((_, parts)) => parts.push((number, part)),
            None => groups.push((part.group, vec![(number, part)])),
        }
    }
    let body = html! {
        p.lead { "选一个身份进入。这里的人、号码和记录都是虚构的，可以随便试。" }
        p { "今天是 " (app.now().day()) "（演示用的日期）。工作人员也可以在登录页输入用户名，密码都是 " code { (PASSWORD) } "。" }
        @for (group, parts) in groups {
            h2 { (group) }
            ul.plain.cast {
                @for (number, part) in parts {
                    li.card {
                        p { strong { (part.title) } @if let Some(name) = &part.name { " " code { (name) } } }
                        p { (part.tries) "。" }
                        form method="post" action="/demo" {
                            input type="hidden" name="part" value=(number);
                            button type="submit" { "以此身份进入" }
                        }
                    }
                }
            }
        }
    };
    guest.page("康积演示", body)
}

/// Begins a session of whoever was chosen. There is such an address in a demonstration only.
async fn enter(State(app): State<App>, form: Form) -> Result<Response, Problem> {
    let number = form.need("part")?.parse::<usize>().ok();
    let part = number.and_then(|number| app.cast().get(number)).ok_or(Code::NotFound)?;
    let actor = part.actor;
    let now = app.now();
    let started =
        app.blocking(move |app| session::start(app, actor, Next::Done, None, now)).await?;
    Ok((started.cookie(&app), Redirect::to("/")).into_response())
}
