//! The statement of a resident: each point with its reason and the article it rests on.

use maud::html;
use serde::Deserialize;

use super::people::{Family, address, nowhere};
use crate::{
    input::{At, Search},
    pages::{Page, Visit},
    points::{
        pages::{
            on_vouchers,
            statement::{Context, said, statement},
        },
        statement,
    },
    problem::Problem,
};

const PATH: &str = "/my/statement";
const TITLE: &str = "积分明细";

/// Whose points, under which scheme.
#[derive(Default, Deserialize)]
pub(super) struct Which {
    person: Option<String>,
    scheme: Option<String>,
}

pub(super) async fn show(visit: Visit, Search(which): Search<Which>) -> Result<Page, Problem> {
    let family = Family::of(&visit, which.person.as_deref()).await?;
    let Some((place, places)) = family.place(&visit, which.scheme.as_deref()).await? else {
        return Ok(visit.page(TITLE, html! { (family.switch(PATH)) (nowhere()) }));
    };
    let at = At((family.member()?.id.clone(), place.scheme.clone()));
    let read = statement::read(visit.state(), visit.who(), at).await?.0;
    let wards = family.wards();
    let fields = [("person", family.person()), ("scheme", Some(&*place.scheme))];
    let body = html! {
        (family.switch(PATH))
        (family.schemes(PATH, &places, &place.scheme))
        p.lead { (read.scheme) "，截至" (said(&read.as_of)) }
        @if let Some(account) = &place.account {
            (on_vouchers(account.on_vouchers, account.decimals))
        }
        (statement(&read, Context { scheme: &place.scheme, wards: &wards }))
        p.buttons {
            a.button.main href=(address("/my/opinion", &fields)) { "哪里不对？" }
            a.button.quiet href=(address("/my/entries", &fields)) { "每月收支" }
        }
    };
    Ok(visit.page(TITLE, body))
}
