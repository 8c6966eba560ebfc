//! The page on which residents sign in: by the code from the counter or a short message, or at an
//! identity provider.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use kangji_store::Actor;
use maud::{Markup, html};

use super::{Wanted, entered, is_about_the_form};
use crate::{
    app::App,
    input::{Body, Search},
    origin::Origin,
    pages::{
        Form, Pages,
        form::local,
        parts::{self, Field, Kind, Tone, faults},
        visit::Guest,
    },
    problem::{Code, Problem},
    sign_in::resident,
};

pub(super) fn pages() -> Pages {
    Pages::default()
        .get("/sign-in/resident", ask)
        .post("/sign-in/resident", take)
        .post("/sign-in/resident/sms", send)
}

const TITLE: &str = "居民登录";

async fn ask(state: State<App>, guest: Guest, Search(wanted): Search<Wanted>) -> Response {
    let to = if wanted.to.is_empty() { "/my" } else { local(&wanted.to) };
    if let Some(Actor::Resident(_)) = guest.who().map(|who| who.principal()) {
        return Redirect::to(to).into_response();
    }
    let form = Form::default().with("to", to);
    let body = html! {
        @if wanted.unknown {
            (parts::notice(Tone::Bad, "统一身份账号没有登录成功", html! {
                p { "这个账号可能还没有关联您的积分。请先用登录码登录，再在“我的”里关联它。" }
            }))
        }
        (doors(&state, &form, None))
    };
    guest.page(TITLE, body).into_response()
}

/// All ways in.
fn doors(app: &App, form: &Form, problem: Option<&Problem>) -> Markup {
    let settings = app.config();
    html! {
        (faults(problem))
        (code_form(form, problem))
        @if !settings.sms.url.is_empty() { (phone_form(form, problem)) }
        @if !settings.oidc.residents.issuer.is_empty() {
            h2 { "用统一身份账号" }
            p { "先用登录码登录过一次、并在“我的”里关联了账号的，可以直接用它登录。" }
            p.buttons { a.button href="/api/v1/sign-in/oidc/residents" { "用统一身份账号登录" } }
        }
        h2 { "没有登录码？" }
        p {
            "请带身份证到给您建档的卫生院、社区卫生服务中心或兑换点，工作人员核对后当场给您一个。"
            "孩子未满 14 岁的，监护人登录后就能看到孩子的积分。"
        }
        p { a href="/rules" { "先看积分办法" } " · " a href="/sign-in" { "我是工作人员" } }
    }
}

fn code_form(form: &Form, problem: Option<&Problem>) -> Markup {
    let hint = "纸条或短信上的 8 位数字，只能用一次";
    html! {
        form.big method="post" action="/sign-in/resident" {
            input type="hidden" name="to" value=(form.text("to").unwrap_or("/my"));
            (Field::new("code", "登录码", Kind::Digits).required().first().hint(hint)
                .fault(problem).show())
            button.main type="submit" { "登录" }
        }
    }
}

fn phone_form(form: &Form, problem: Option<&Problem>) -> Markup {
    html! {
        h2 { "用手机收登录码" }
        form.big method="post" action="/sign-in/resident/sms" {
            input type="hidden" name="to" value=(form.text("to").unwrap_or("/my"));
            (Field::new("phone", "手机号", Kind::Digits).required().hint("建档时登记的 11 位手机号")
                .value(form.text("phone")).fault(problem).show())
            button type="submit" { "发送登录码" }
        }
    }
}

/// What was typed, as plain digits: people leave blanks between them, and some keyboards give
/// full-width ones.
fn digits(text: &str) -> String {
    let plain = |letter: char| match letter {
        '０'..='９' => char::from_digit(u32::from(letter) - u32::from('０'), 10),
        ' ' | '　' | '-' | '－' => None,
        other => Some(other),
    };
    text.chars().filter_map(plain).collect()
}

async fn take(
    State(app): State<App>,
    guest: Guest,
    origin: Origin,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let code = digits(form.text("code").unwrap_or_default());
    let started = match code.as_str() {
        "" => Err(Problem::invalid("code", "请填写登录码")),
        _ => resident::started(&app, code, origin, &headers).await,
    };
    match started {
        Ok(started) => Ok(entered(&app, &started, form.text("to").unwrap_or("/my"))),
        Err(problem) if is_about_the_form(&problem) => {
            let problem = told(problem);
            let page = guest.page(TITLE, doors(&app, &form, Some(&problem)));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What a code that admits nobody may be.
fn told(problem: Problem) -> Problem {
    if problem.code != Code::SignInFailed {
        return problem;
    }
    let says = "登录码不对，或者已经用过、已经过期；可以到柜台再领一个";
    Problem { place: Some("code".to_owned()), ..problem.saying(says) }
}

async fn send(
    state: State<App>,
    guest: Guest,
    origin: Origin,
    form: Form,
) -> Result<Response, Problem> {
    let app = state.0.clone();
    let phone = digits(form.text("phone").unwrap_or_default());
    match resident::text(state, origin, Body(resident::CodeWanted { phone })).await {
        Ok(_) => {
            let minutes = app.config().sign_in.code_minutes;
            let body = html! {
                (parts::notice(Tone::Good, "登录码已经发出", html! {
                    p {
                        "这个号码登记过的，一会儿就能收到短信，" (minutes) " 分钟内有效。"
                        "没有收到的，号码可能没有登记，或几个人登记了同一个号码，请到柜台领取。"
                    }
                }))
                (code_form(&form, None))
            };
            Ok(guest.page(TITLE, body).into_response())
        }
        Err(problem) if is_about_the_form(&problem) => {
            let page = guest.page(TITLE, doors(&app, &form, Some(&problem)));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn blanks_and_full_width_digits_are_read() {
        assert_eq!(digits("1234 5678"), "12345678");
        assert_eq!(digits("１２３４－５６７８"), "12345678");
        assert_eq!(digits("12-34　５６78"), "12345678");
        assert_eq!(digits("abc"), "abc");
    }
}
