//! Where a resident's points and vouchers take something off a bill: the shops that serve where
//! they live, each with its ratio in plain words (P7).

use kangji_core::DivisionPrefix;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    mall::place_facts,
    people::{Family, address, homes},
};
use crate::{
    agreements::{ShopInForce, in_force},
    input::Search,
    pages::{Page, Visit, parts},
    problem::Problem,
};

const PATH: &str = "/my/shops";

/// Whose points.
#[derive(Default, Deserialize)]
pub(super) struct Whose {
    person: Option<String>,
}

pub(super) async fn show(visit: Visit, Search(whose): Search<Whose>) -> Result<Page, Problem> {
    let family = Family::of(&visit, whose.person.as_deref()).await?;
    let homes = homes(&family.member()?.known, visit.app().now().day());
    let mut all = in_force(visit.state()).await?.0;
    all.retain(|one| {
        let area = DivisionPrefix::parse(&one.area);
        area.is_some_and(|area| homes.iter().any(|home| area.contains(*home)))
    });
    let person = whose.person.as_deref();
    let body = html! {
        (family.switch(PATH))
        @if all.is_empty() {
            (parts::empty(
                "您住的片区现在没有收积分的商户。",
                html! { a.button href=(address("/my/mall", &[("person", person)])) { "看看能换什么" } },
            ))
        } @else {
            p { "带上身份证或付款码；有积分券的也带上，券要整张用。其余的钱由商户自己收。" }
            p.buttons {
                a.button.main href=(address("/my/pay-code", &[("person", person)])) { "打开付款码" }
            }
            @for one in &all { (shop(one)) }
        }
        p.small { "积分只能抵扣一部分货款，不能换现金，也不能给别人用。" }
    };
    Ok(visit.page("能用积分的商户", body))
}

/// A shop, with its ratio and the document that published it.
pub(crate) fn shop(one: &ShopInForce) -> Markup {
    html! {
        section.card {
            (place_facts(&one.place))
            p.ratio { strong { (one.says) } }
            p.small { "依据：" (one.document) }
        }
    }
}
