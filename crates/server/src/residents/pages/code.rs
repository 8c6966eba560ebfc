//! A code with which a resident signs in on a phone: shown large, and as a slip to take along.

use kangji_rights::Action;
use maud::{Markup, html};

use super::{at_desk, back, name};
use crate::{
    input::{At, Order},
    pages::{Form, Page, Visit},
    problem::{Code, Problem},
    residents::{Resident, show as resident},
    sign_in::resident::{GivenCode, give_code},
};

pub(super) async fn give(visit: Visit, At(id): At<String>, form: Form) -> Result<Page, Problem> {
    at_desk(&visit)?;
    if !visit.may(Action::ResidentsAdmit) {
        return Err(Code::Forbidden.into());
    }
    let (_, known) = resident(visit.state(), visit.who(), At(id.clone())).await?;
    let order = Order(form.key()?);
    let given = give_code(visit.state(), visit.who(), At(id), order).await?;
    let address = visit.app().config().server.public_url.trim_end_matches('/').to_owned();
    Ok(visit.page("登录码", slip(&known.0, &given.0, &address)))
}

/// The code in groups of four, which people read out and type without losing their place.
fn slip(known: &Resident, given: &GivenCode, address: &str) -> Markup {
    let (first, last) = given.code.split_at_checked(4).unwrap_or((&given.code, ""));
    html! {
        (back(known))
        section.paper.slip {
            p { "康积 · 居民登录码" }
            p { (name(known)) }
            p.code { (first) " " (last) }
            p { (given.minutes) "分钟内有效，只能用一次。" }
            p { "用手机打开 " strong { (address) "/sign-in/resident" } "，输入这八位数字。" }
            p.small { "登录码等于钥匙：不要告诉别人，工作人员也不会打电话来要。" }
        }
        p.buttons {
            button.main type="button" data-print { "打印" }
            a.button href=(format!("/residents/{}", known.id)) { "完成" }
        }
        noscript { p.no-print { "没有脚本时请用浏览器的“打印”。" } }
    }
}
