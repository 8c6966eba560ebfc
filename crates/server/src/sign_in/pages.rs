//! The pages on which people sign in, and the button that ends a session.

mod resident;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Credentials, Proof};
use crate::{
    app::App,
    input::Search,
    origin::Origin,
    pages::{
        Form, Page, Pages,
        form::local,
        parts::{Field, Kind, faults},
        visit::Guest,
    },
    problem::{Code, Problem},
    session::{Next, Started},
    signed::HalfSigned,
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/sign-in", ask)
        .post("/sign-in", take)
        .get("/sign-in/totp", ask_second)
        .post("/sign-in/totp", take_second)
        .post("/sign-out", out)
        .merge(resident::pages())
}

/// Where somebody wanted to go.
#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    to: String,
    /// Whether they come from an identity provider that nobody here knows them by.
    #[serde(default)]
    unknown: bool,
}

async fn ask(guest: Guest, Search(wanted): Search<Wanted>) -> Page {
    let form = Form::default().with("to", local(&wanted.to));
    guest.page("工作人员登录", sign_in_form(&form, None))
}

fn sign_in_form(form: &Form, problem: Option<&Problem>) -> Markup {
    html! {
        (faults(problem))
        form method="post" action="/sign-in" {
            input type="hidden" name="to" value=(form.text("to").unwrap_or("/"));
            (Field::new("name", "用户名", Kind::Line).required().first().value(form.text("name")).show())
            (Field::new("password", "密码", Kind::Password { new: false }).required().show())
            button.main type="submit" { "登录" }
        }
        p { a href="/sign-in/resident" { "我是居民" } }
    }
}

async fn take(
    state: State<App>,
    guest: Guest,
    origin: Origin,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let typed = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let (name, password) = (form.text("name"), form.whole("password"));
    let shown = Credentials { name: typed(name), password: typed(password) };
    let app = state.0.clone();
    match super::started(&app, shown, origin, &headers).await {
        Ok(started) => Ok(entered(&app, &started, form.text("to").unwrap_or("/"))),
        Err(problem) if is_about_the_form(&problem) => {
            let page = guest.page("工作人员登录", sign_in_form(&form, Some(&problem)));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Hands the session over and goes on.
pub(super) fn entered(app: &App, started: &Started, to: &str) -> Response {
    let to = match started.next() {
        Next::Done => local(to),
        Next::Totp => "/sign-in/totp",
        Next::SetUpTotp => "/account/second-factor",
    };
    (started.cookie(app), Redirect::to(to)).into_response()
}

/// Whether trying again with something else typed may help.
pub(super) const fn is_about_the_form(problem: &Problem) -> bool {
    matches!(problem.code, Code::SignInFailed | Code::TooManyAttempts | Code::Invalid)
}

async fn ask_second(guest: Guest, HalfSigned(half): HalfSigned) -> Page {
    guest.page("动态验证码", second_form(half.csrf(), None))
}

fn second_form(csrf: Option<String>, problem: Option<&Problem>) -> Markup {
    let label = "验证器上的六位数字，或一个恢复码";
    html! {
        (faults(problem))
        form method="post" action="/sign-in/totp" {
            input type="hidden" name="csrf" value=(csrf.unwrap_or_default());
            (Field::new("code", label, Kind::Line).required().first().show())
            button.main type="submit" { "继续" }
        }
    }
}

async fn take_second(
    State(app): State<App>,
    guest: Guest,
    HalfSigned(half): HalfSigned,
    form: Form,
) -> Result<Response, Problem> {
    let typed = form.text("code").unwrap_or_default().to_owned();
    let is_code = typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit());
    let proof = if is_code { Proof::Code(typed) } else { Proof::RecoveryCode(typed) };
    match super::proven(&app, &half, proof).await {
        Ok(started) => Ok(entered(&app, &started, "/")),
        Err(problem) if is_about_the_form(&problem) => {
            let page = guest.page("动态验证码", second_form(half.csrf(), Some(&problem)));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn out(state: State<App>, half: HalfSigned) -> Result<Response, Problem> {
    let ended = super::sign_out(state, half).await?.into_response();
    let mut response = Redirect::to("/").into_response();
    response.headers_mut().extend(ended.headers().clone());
    *response.status_mut() = StatusCode::SEE_OTHER;
    Ok(response)
}
