//! The code that pays at a shop in the place of a document: eight digits and a square, good once
//! and for five minutes. It is shown only when it is asked for, and stands in no address.

use kangji_core::Moment;
use maud::{Markup, html};
use serde::Deserialize;

use super::people::{Family, address};
use crate::{
    deductions::pay_code::{PayCode, PayCodeWanted, give as api},
    input::Search,
    pages::{
        Form, Page, Visit,
        parts::{self, Tone},
    },
    problem::Problem,
};

const PATH: &str = "/my/pay-code";
const TITLE: &str = "付款码";

/// Whose points.
#[derive(Default, Deserialize)]
pub(super) struct Whose {
    person: Option<String>,
}

pub(super) async fn ask(visit: Visit, Search(whose): Search<Whose>) -> Result<Page, Problem> {
    let family = Family::of(&visit, whose.person.as_deref()).await?;
    let body = html! {
        (family.switch(PATH))
        p { "在收积分的商户付款时，给收银员看付款码，就不用出示身份证。" }
        (button(&visit, whose.person.as_deref(), "显示付款码"))
        (ways(whose.person.as_deref()))
    };
    Ok(visit.page(TITLE, body))
}

pub(super) async fn give(visit: Visit, form: Form) -> Result<Page, Problem> {
    let person = form.text("person").map(ToOwned::to_owned);
    let wanted = form.write(PayCodeWanted { person: person.clone() })?;
    let code = api(visit.state(), visit.who(), wanted).await?.0;
    let now = visit.app().now();
    let body = html! {
        @if Moment::from_millis(code.ends_at) > now { (shown(&code)) } @else {
            (parts::notice(Tone::Warn, "这个付款码已经过期", html! { p { "请换一个新的。" } }))
        }
        (button(&visit, person.as_deref(), "换一个新的"))
        (ways(person.as_deref()))
    };
    Ok(visit.page(TITLE, body))
}

fn shown(code: &PayCode) -> Markup {
    let (first, last) = code.code.split_at_checked(4).unwrap_or((&code.code, ""));
    let until = Moment::from_millis(code.ends_at).to_string();
    let until = until.rsplit_once(' ').map_or(until.as_str(), |(_, time)| time);
    html! {
        section.card.slip {
            p { "给收银员看或扫" }
            p.code { (first) " " (last) }
            figure.qr { (parts::qr(&code.code)) }
            p { strong { (until) } " 以前有效，只能用一次。" }
            p.small data-until=(code.ends_at) {}
        }
        p.small { "收银员只看到能用多少分，看不到您的姓名，也看不到积分是怎么来的。" }
    }
}

fn button(visit: &Visit, person: Option<&str>, says: &str) -> Markup {
    html! {
        form method="post" action=(PATH) {
            (visit.seal())
            @if let Some(person) = person { input type="hidden" name="person" value=(person); }
            button.main type="submit" { (says) }
        }
    }
}

fn ways(person: Option<&str>) -> Markup {
    html! {
        ul.links { li { a href=(address("/my/shops", &[("person", person)])) { "哪些商户能用积分" } } }
    }
}
