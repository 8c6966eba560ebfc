//! Setting one-time codes up: a picture for the device, its first code, recovery codes on paper.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::is_about_the_form;
use crate::{
    app::App,
    me::second_factor::{self as api, ForDevice},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
        visit::Guest,
    },
    problem::{Code, Problem},
    signed::HalfSigned,
};

const TITLE: &str = "设置动态验证码";

/// Whether it is set up, and the ways from there.
pub(super) fn state(visit: &Visit, is_set_up: bool) -> Markup {
    let is_asked = visit.app().config().sign_in.second_factor;
    html! {
        @if is_set_up {
            p { (parts::tag(Tone::Good, "已启用")) "登录时要输入验证器上的六位数字。" }
            div.buttons {
                a.button href="/account/second-factor" { "换一台设备" }
                @if !is_asked {
                    form.inline method="post" action="/account/second-factor/end" {
                        (visit.seal())
                        button.danger type="submit" { "停用" }
                    }
                }
            }
        } @else {
            p { (parts::tag(Tone::Warn, "未启用")) "启用后，只知道密码的人进不来。" }
            p.buttons { a.button href="/account/second-factor" { "启用" } }
        }
    }
}

pub(super) async fn ask(guest: Guest, HalfSigned(half): HalfSigned) -> Page {
    let body = html! {
        p.lead { "登录时除了密码，还要手机验证器上每 30 秒换一次的六位数字。" }
        ol {
            li { "在手机上装一个验证器应用（支持 TOTP 的都可以）。" }
            li { "点“开始设置”，用验证器扫屏幕上的二维码。" }
            li { "输入验证器显示的六位数字，再把恢复码打印或抄下来。" }
        }
        form method="post" action="/account/second-factor" {
            (seal(half.csrf().as_deref()))
            button.main type="submit" { "开始设置" }
        }
        p { "已经设置过的设备会停用。" }
    };
    guest.page(TITLE, body)
}

pub(super) async fn begin(
    state: State<App>,
    guest: Guest,
    half: HalfSigned,
) -> Result<Page, Problem> {
    let csrf = half.0.csrf();
    let device = api::begin(state, half).await?.0;
    let body = html! { (picture(&device)) (code_form(csrf.as_deref(), None)) };
    Ok(guest.page(TITLE, body))
}

fn picture(device: &ForDevice) -> Markup {
    // In groups of four, as people type it.
    let letters: Vec<char> = device.secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    html! {
        p { "用验证器扫这个二维码，十分钟内有效。" }
        figure.qr { (parts::qr(&device.address)) }
        details { summary { "扫不了？手动输入密钥" } p.code { (groups.join(" ")) } }
    }
}

fn code_form(csrf: Option<&str>, problem: Option<&Problem>) -> Markup {
    html! {
        (faults(problem))
        form method="post" action="/account/second-factor/confirm" {
            (seal(csrf))
            (Field::new("code", "验证器上的六位数字", Kind::Digits).required().first()
                .fault(problem).show())
            button.main type="submit" { "确认启用" }
        }
    }
}

/// Whoever still owes a second factor sends forms before they have a visit.
fn seal(csrf: Option<&str>) -> Markup {
    html! { input type="hidden" name="csrf" value=(csrf.unwrap_or_default()); }
}

pub(super) async fn confirm(
    State(app): State<App>,
    guest: Guest,
    HalfSigned(half): HalfSigned,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let csrf = half.csrf();
    let code = form.text("code").unwrap_or_default().to_owned();
    match api::confirmed(&app, half, code).await {
        Ok((started, codes)) => {
            // The old session is over, and with it what the forms of its pages hold.
            let guest = Guest::unknown(&app, &headers, guest.path());
            let page = guest.page("动态验证码已启用", recovery(&codes));
            Ok((started.cookie(&app), page).into_response())
        }
        Err(problem) if is_about_the_form(&problem) => {
            let problem = match problem.code {
                Code::SignInFailed => Problem::invalid("code", "验证码不对，请输入当前的六位数字"),
                _ => problem,
            };
            let body = html! {
                (code_form(csrf.as_deref(), Some(&problem)))
                p { a href="/account/second-factor" { "重新扫码" } }
            };
            Ok(guest.page(TITLE, body).with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// The recovery codes, shown this once.
fn recovery(codes: &[String]) -> Markup {
    html! {
        (parts::notice(Tone::Warn, "请现在打印或抄下恢复码", html! {
            p { "手机丢失时，用其中一个代替动态验证码，每个只能用一次。离开本页后不再显示。" }
        }))
        ol.paper.codes { @for code in codes { li { (code) } } }
        p.buttons {
            a.button.main href="/" { "已保存，进入系统" }
            button type="button" data-print { "打印" }
        }
        noscript { p.no-print { "没有脚本时请用浏览器的“打印”。" } }
    }
}

pub(super) async fn end(visit: Visit) -> Result<Response, Problem> {
    let started = api::ended(visit.app(), visit.who()).await?;
    let to = Redirect::to("/account?done=second-factor-ended");
    Ok((started.cookie(visit.app()), to).into_response())
}
