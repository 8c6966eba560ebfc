//! The pages of staff about themselves: who they are, what they may do, their password, their
//! second factor.

mod second_factor;

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Me, NewPassword};
use crate::{
    input::Search,
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    signed::HalfSigned,
    users::Granted,
};

const TITLE: &str = "我的账号";

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/account", show)
        .post("/account/password", take_password)
        .get("/account/second-factor", second_factor::ask)
        .post("/account/second-factor", second_factor::begin)
        .post("/account/second-factor/confirm", second_factor::confirm)
        .post("/account/second-factor/end", second_factor::end)
}

/// What was just done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Done {
    done: Option<String>,
}

async fn show(visit: Visit, Search(Done { done }): Search<Done>) -> Result<Response, Problem> {
    if visit.is_resident() {
        return Ok(Redirect::to("/my/account").into_response());
    }
    let me = super::who_am_i(visit.state(), HalfSigned(visit.who())).await?.0;
    let said = match done.as_deref() {
        Some("password") => "密码已更换，其他地方的登录都已结束。",
        Some("second-factor-ended") => "动态验证码已停用。",
        _ => "",
    };
    let body = html! {
        @if !said.is_empty() { (parts::notice(Tone::Good, said, html! {})) }
        (about(&visit, &me))
    };
    Ok(visit.page(TITLE, body).into_response())
}

fn about(visit: &Visit, me: &Me) -> Markup {
    let name = me.display_name.as_deref().or(me.name.as_deref()).unwrap_or_default();
    html! {
        (parts::facts(&[
            ("姓名", html! { strong { (name) } }),
            ("用户名", html! { (me.name.as_deref().unwrap_or_default()) }),
        ]))
        h2 { "角色和辖区" }
        @if me.roles.is_empty() { p { "还没有角色。请向安全管理员申请。" } }
        ul { @for grant in &me.roles { li { (granted(visit, grant)) } } }
        (actions(&me.actions))
        h2 { "动态验证码" }
        (second_factor::state(visit, me.second_factor))
        h2 { "更换密码" }
        (password_form(visit, None))
    }
}

/// A role and where it holds, in words.
fn granted(visit: &Visit, grant: &Granted) -> String {
    let role = visit.app().roles().get(&grant.role);
    let role = role.map_or(grant.role.as_str(), |role| &role.name);
    let area = match grant.area.as_str() {
        "" => "全部区划".to_owned(),
        area => format!("区划 {area}"),
    };
    let only = grant.institution.as_ref().map(|one| format!("，限机构 {one}")).unwrap_or_default();
    format!("{role}（{area}{only}）")
}

fn actions(actions: &[Action]) -> Markup {
    html! {
        @if !actions.is_empty() {
            details {
                summary { "可以做的事（" (actions.len()) "项）" }
                ul { @for action in actions { li { (action.chinese()) } } }
            }
        }
    }
}

fn password_form(visit: &Visit, problem: Option<&Problem>) -> Markup {
    let least = visit.app().config().sign_in.password_min;
    let hint = format!("至少 {least} 个字符，不要用容易猜到的");
    html! {
        (faults(problem))
        form method="post" action="/account/password" {
            (visit.seal())
            (Field::new("old", "现在的密码", Kind::Password { new: false }).required().fault(problem).show())
            (Field::new("new", "新密码", Kind::Password { new: true }).required().hint(&hint).fault(problem).show())
            (Field::new("again", "再输一次新密码", Kind::Password { new: true }).required().fault(problem).show())
            button.main type="submit" { "更换密码" }
        }
    }
}

async fn take_password(visit: Visit, form: Form) -> Result<Response, Problem> {
    // Blanks around a password belong to it.
    let typed = |name: &str| form.whole(name).unwrap_or_default().to_owned();
    let password = NewPassword { old: typed("old"), new: typed("new") };
    let changed = if password.new == typed("again") {
        super::with_password(visit.app(), visit.who(), password).await
    } else {
        Err(Problem::invalid("again", "两次输入的新密码不一样"))
    };
    match changed {
        Ok(started) => {
            let to = Redirect::to("/account?done=password");
            Ok((started.cookie(visit.app()), to).into_response())
        }
        Err(problem) if is_about_the_form(&problem) => {
            let problem = match problem.code {
                Code::SignInFailed => Problem::invalid("old", "现在的密码不对"),
                _ => problem,
            };
            let page: Page = visit.page(TITLE, password_form(&visit, Some(&problem)));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Whether trying again with something else typed may help.
const fn is_about_the_form(problem: &Problem) -> bool {
    matches!(problem.code, Code::SignInFailed | Code::TooManyAttempts | Code::Invalid)
}
