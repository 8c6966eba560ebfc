//! What a resident agrees to, for themselves and the children they look after: each purpose by
//! itself, to be taken back by one button as it was given.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Moment;
use kangji_rules::words::date;
use maud::{Markup, html};

use super::people::{Family, Member};
use crate::{
    input::At,
    pages::{
        Form, Page, Visit,
        parts::{self, Tone},
    },
    problem::Problem,
    residents::consents::{self, Choice, Consents, Purpose},
};

/// A purpose in plain words: its name, what it means, and whether it is for adults only.
const PURPOSES: [(Purpose, &str, &str, bool); 3] = [
    (
        Purpose::Rank,
        "参加排名",
        "您的积分和本社区同意参加的人一起排名，名次只有您自己看得到。",
        true,
    ),
    (
        Purpose::NameList,
        "名单上写名字",
        "公示积分名单时可以写出姓名。不同意的，名单上不出现姓名。",
        false,
    ),
    (
        Purpose::InsurerQuery,
        "答复保险公司或单位",
        "保险公司或单位来查询时，只答复积分有没有达到约定的分数，不答复多少分、怎么得的。",
        false,
    ),
];

pub(super) async fn show(visit: Visit) -> Result<Page, Problem> {
    let family = Family::of(&visit, None).await?;
    let all = consents::list(visit.state(), visit.who()).await?.0;
    let body = html! {
        p.lead { "下面每一项都由您自己决定，不同意不影响积分和兑换，同意了随时可以撤回。" }
        @for (place, member) in family.members.iter().enumerate() {
            @let own = all.iter().find(|consents| consents.person == member.id);
            @if family.members.len() > 1 { h2 { (member.called) } }
            @for (purpose, name, about, adults) in PURPOSES {
                @if !adults || place == 0 {
                    (card(&visit, member, own, (purpose, name, about)))
                }
            }
        }
        p { a href="/my/account" { "回到“我的”" } }
    };
    Ok(visit.page("同意事项", body))
}

fn card(
    visit: &Visit,
    member: &Member,
    own: Option<&Consents>,
    (purpose, name, about): (Purpose, &str, &str),
) -> Markup {
    let since = own.and_then(|own| own.since(purpose));
    html! {
        div.card {
            p.head {
                strong { (name) }
                @match since {
                    Some(_) => (parts::tag(Tone::Good, "已同意")),
                    None => (parts::tag(Tone::Plain, "没有同意")),
                }
            }
            p { (about) }
            form method="post" action="/my/consents" {
                (visit.seal())
                input type="hidden" name="person" value=(member.id);
                input type="hidden" name="purpose" value=(purpose.word());
                @if let Some(since) = since {
                    p.small { (date(Moment::from_millis(since).day())) "起同意。" }
                    button.quiet name="given" value="false" type="submit" { "撤回同意" }
                } @else {
                    button name="given" value="true" type="submit" { "同意" }
                }
            }
        }
    }
}

pub(super) async fn choose(visit: Visit, form: Form) -> Result<Response, Problem> {
    let family = Family::of(&visit, form.text("person")).await?;
    let given = form.need("given")? == "true";
    let person = family.person().map(ToOwned::to_owned);
    let write = form.write(Choice { given, person })?;
    let purpose = At(form.need("purpose")?.to_owned());
    drop(consents::set(visit.state(), visit.who(), purpose, write).await?);
    Ok(Redirect::to("/my/consents").into_response())
}
