//! A voucher is taken back, called lost, or put aside because the form was spoiled.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use maud::html;

use super::{called, is_about_it, one::story};
use crate::{
    input::At,
    orders::pages::here,
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    vouchers::{
        acts::{self, Why},
        read,
    },
};

/// What can be done: the word of the address, the title, what to know, and the button.
const ACTS: [(&str, &str, &str, &str); 3] = [
    (
        "take-back",
        "收回积分券",
        "正券要交回来。积分退回电子余额，有效期不变；这张券作废。",
        "收回，积分存回账户",
    ),
    (
        "lose",
        "积分券挂失",
        "遗失不补：挂失以后不再发新券，券上的积分也不能用了。请先请居民再找一找。",
        "确认挂失",
    ),
    ("spoil", "空白券作废", "只有还没发出去的空白券能这样作废。坏券请留存备查。", "作废这张空白券"),
];

/// The page of a voucher after something was done.
pub(super) fn at(serial: &str, done: &str) -> String {
    let query = serde_urlencoded::to_string([("done", done)]).unwrap_or_default();
    format!("/vouchers/{serial}?{query}")
}

pub(super) async fn ask(
    visit: Visit,
    At((serial, act)): At<(String, String)>,
) -> Result<Page, Problem> {
    visit.need(Action::VouchersIssue)?;
    page(&visit, &serial, &act, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    serial: &str,
    act: &str,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let known = ACTS.iter().find(|(word, ..)| *word == act).ok_or(Code::NotFound)?;
    let (_, title, says, button) = *known;
    let voucher = read::show(visit.state(), visit.who(), At(serial.to_owned())).await?.0;
    let names = here::names(visit).await?;
    let here = format!("/vouchers/{}", voucher.serial);
    let body = html! {
        p.lead { (voucher.serial) @if voucher.issue.is_some() { " · " (called(&voucher)) } }
        (faults(problem))
        (parts::notice(Tone::Warn, says, html! {}))
        (story(visit, &voucher, &names))
        form method="post" action=(format!("{here}/{act}")) {
            (visit.seal())
            (Field::new("reason", "原因", Kind::Long).required().first()
                .hint("不要写姓名和号码").value(form.text("reason")).fault(problem).show())
            p.buttons {
                button.danger type="submit" { (button) }
                a.button.quiet href=(here) { "不办了" }
            }
        }
    };
    Ok(visit.page(title, body))
}

pub(super) async fn take(
    visit: Visit,
    At((serial, act)): At<(String, String)>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::VouchersIssue)?;
    match ended(&visit, &serial, &act, &form).await {
        Ok(serial) => Ok(Redirect::to(&at(&serial, &act)).into_response()),
        Err(problem) if is_about_it(&problem) => {
            let page = page(&visit, &serial, &act, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn ended(visit: &Visit, serial: &str, act: &str, form: &Form) -> Result<String, Problem> {
    let write = form.write(Why { reason: form.need("reason")?.to_owned() })?;
    let (state, who, serial) = (visit.state(), visit.who(), At(serial.to_owned()));
    let told = match act {
        "take-back" => acts::take_back(state, who, serial, write).await?,
        "lose" => acts::lose(state, who, serial, write).await?,
        "spoil" => acts::spoil(state, who, serial, write).await?,
        _ => return Err(Code::NotFound.into()),
    };
    Ok(told.0.serial)
}
