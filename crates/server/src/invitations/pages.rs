//! Where the link of an invitation leads: whoever has it sets their password.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::{Acceptance, accept};
use crate::{
    app::App,
    input::Body,
    origin::Origin,
    pages::{
        Form, Page, Pages,
        parts::{self, Field, Kind, Tone, faults},
        visit::Guest,
    },
    problem::{Code, Problem},
};

const TITLE: &str = "设置密码";

pub(crate) fn pages() -> Pages {
    Pages::default().get("/invitation", ask).post("/invitation", take)
}

async fn ask(State(app): State<App>, guest: Guest) -> Page {
    guest.page(TITLE, form(&app, &Form::default(), None))
}

/// Browsers do not send what follows the `#` of the link: the script puts it into the first field,
/// and without script it is copied there.
fn form(app: &App, typed: &Form, problem: Option<&Problem>) -> Markup {
    let hint = format!("至少 {} 个字符，不要用容易猜到的", app.config().sign_in.password_min);
    html! {
        p.lead { "您收到了邀请。设置密码后就可以登录。" }
        (faults(problem))
        form method="post" action="/invitation" {
            div data-from-hash {
                (Field::new("token", "邀请码", Kind::Line).required()
                    .hint("链接里 # 后面的部分").value(typed.text("token")).fault(problem).show())
            }
            (Field::new("password", "新密码", Kind::Password { new: true }).required().first()
                .hint(&hint).fault(problem).show())
            (Field::new("again", "再输一次", Kind::Password { new: true }).required()
                .fault(problem).show())
            button.main type="submit" { "设置密码" }
        }
    }
}

async fn take(
    state: State<App>,
    guest: Guest,
    origin: Origin,
    typed: Form,
) -> Result<Response, Problem> {
    let app = state.0.clone();
    let text = |name: &str| typed.whole(name).unwrap_or_default().to_owned();
    let token = typed.text("token").unwrap_or_default().to_owned();
    let acceptance = Acceptance { token, password: text("password") };
    let accepted = if acceptance.password == text("again") {
        accept(state, origin, Body(acceptance)).await
    } else {
        Err(Problem::invalid("again", "两次输入的密码不一样"))
    };
    match accepted {
        Ok(_) => {
            let body = html! {
                (parts::notice(Tone::Good, "密码已设置", html! {
                    p { "这个链接不能再用。请用您的用户名和新密码登录。" }
                }))
                p { a.button.main href="/sign-in" { "去登录" } }
            };
            Ok(guest.page(TITLE, body).into_response())
        }
        Err(problem) if is_about_the_form(&problem) => {
            let problem = match problem.code {
                Code::SignInFailed => Problem::invalid(
                    "token",
                    "邀请码不对、已经用过或已过期；请核对链接，或请管理员重新邀请",
                ),
                _ => problem,
            };
            let page = guest.page(TITLE, form(&app, &typed, Some(&problem)));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

const fn is_about_the_form(problem: &Problem) -> bool {
    matches!(problem.code, Code::SignInFailed | Code::TooManyAttempts | Code::Invalid)
}
