//! Whether the square code of a voucher is genuine, for everybody: what it says is checked with the
//! public key, and where the voucher stands is added. Whoever has the code has the paper.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use kangji_core::{Decimals, Points};
use kangji_redemption::{Voucher, VoucherState, voucher::Face};
use kangji_rules::words::date;
use maud::{Markup, html};

use super::last_day;
use crate::{
    app::App,
    pages::{
        Form, Page,
        parts::{self, Field, Kind, Tone, faults},
        visit::Guest,
    },
    problem::Problem,
};

const TITLE: &str = "积分券验真";

pub(super) async fn ask(State(app): State<App>, guest: Guest) -> Page {
    guest.page(TITLE, page(&app, &html! {}, &Form::default(), None))
}

fn page(app: &App, found: &Markup, form: &Form, problem: Option<&Problem>) -> Markup {
    html! {
        (found)
        (faults(problem))
        @if app.voucher_key().is_none() {
            (parts::notice(Tone::Warn, "本系统的积分券没有签名", html! {
                p { "没有设置签券的密钥，二维码不能验真。请到发券机构核对编号。" }
            }))
        } @else {
            form method="post" action="/vouchers/check" {
                (Field::new("text", "用扫码工具扫券上的二维码，把读出来的文字粘贴在这里", Kind::Long)
                    .required().first().hint("以 KJ1. 开头").value(form.text("text")).fault(problem)
                    .show())
                p.buttons { button.main type="submit" { "验真" } }
            }
            details {
                summary { "不联网也能验" }
                p {
                    "二维码里的文字由本系统用 SM2 签名。下载"
                    a href="/api/v1/vouchers/key" { "公钥" }
                    "存成文件，在任何一台电脑上运行："
                }
                p { code { "kangji voucher check --key 公钥文件 '二维码里的文字'" } }
            }
        }
        p { a href="/" { "回到首页" } }
    }
}

pub(super) async fn answer(
    State(app): State<App>,
    guest: Guest,
    form: Form,
) -> Result<Response, Problem> {
    let text = match form.need("text") {
        Ok(text) => text,
        Err(problem) => {
            let status = problem.code.status();
            let page = guest.page(TITLE, page(&app, &html! {}, &form, Some(&problem)));
            return Ok(page.with(status).into_response());
        }
    };
    let key = app.voucher_key().map(|key| key.public_key());
    let face = key.and_then(|key| Face::verified(text, &key).ok());
    let found = match face {
        None => forged(),
        Some(face) => {
            let serial = face.serial.clone();
            let known = app.ask(move |store| store.voucher(&serial)).await?;
            genuine(&app, &face, known.as_ref())
        }
    };
    Ok(guest.page(TITLE, page(&app, &found, &Form::default(), None)).into_response())
}

fn forged() -> Markup {
    parts::notice(
        Tone::Bad,
        "验证不通过",
        html! {
            p { "这不是本系统签发的积分券，或者内容被改过，也可能没有扫完整。请重新扫一次；仍不通过的，不要收，请告诉发券机构或主管部门。" }
        },
    )
}

fn genuine(app: &App, face: &Face, known: Option<&Voucher>) -> Markup {
    let Face { serial, points, decimals, expires_on, issued_on, .. } = face;
    let today = app.now().day();
    let is_over = expires_on.is_some_and(|day| day <= today);
    // What was printed before it was taken back and issued anew is another voucher's face.
    let is_this = |voucher: &&Voucher| {
        voucher
            .issue
            .as_ref()
            .is_some_and(|issue| issue.points == *points && issue.day == *issued_on)
    };
    let state = known.filter(is_this).map(|voucher| voucher.state);
    let (tone, title) = match state {
        Some(VoucherState::Issued) if !is_over => {
            (Tone::Good, "签名属实，这张券可以使用".to_owned())
        }
        Some(VoucherState::Issued) => (Tone::Warn, "签名属实，但已经过期".to_owned()),
        Some(state) => (Tone::Bad, format!("签名属实，但这张券{}，不能再用", state.chinese())),
        None => (Tone::Bad, "签名属实，但系统里没有这张券".to_owned()),
    };
    let expires_on = expires_on.map(|day| day.to_string());
    parts::notice(
        tone,
        &title,
        parts::facts(&[
            ("编号", html! { (serial) }),
            ("分值", html! { (short(*decimals, *points)) " 分" }),
            ("有效期", html! { (last_day(expires_on.as_deref())) }),
            ("发放日期", html! { (date(*issued_on)) }),
        ]),
    )
}

fn short(decimals: Decimals, points: Points) -> String {
    decimals.short(points)
}
