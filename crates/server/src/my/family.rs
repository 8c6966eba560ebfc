//! Whom a resident looks after, and what they may do for them.

use maud::{Markup, html};

use super::people::{Family, Member, address};
use crate::{
    pages::{Page, Visit, parts},
    points::pages::statement::said,
    problem::Problem,
};

pub(super) async fn show(visit: Visit) -> Result<Page, Problem> {
    let family = Family::of(&visit, None).await?;
    let wards = family.members.get(1..).unwrap_or_default();
    let body = html! {
        @if wards.is_empty() {
            (parts::empty(
                "没有登记由您监护的 14 岁以下的孩子。",
                html! {
                    p { "孩子建档时登记了监护人，监护人就能在这里看到孩子的积分。要补登记的，请带户口簿到建档的机构办理。" }
                    a.button href="/my" { "回到我的积分" }
                },
            ))
        } @else {
            p.lead { "您可以替他们看积分、提意见、申请更正和决定同意事项。" }
            @for ward in wards { (card(ward)) }
        }
        p { "孩子满 14 岁起由本人登录办理，监护人不再看得到（《个人信息保护法》第三十一条）。" }
    };
    Ok(visit.page("家人", body))
}

fn card(ward: &Member) -> Markup {
    let to = |path| address(path, &[("person", Some(&*ward.id))]);
    html! {
        div.card {
            h2 { (ward.called) }
            @if let Some(born) = &ward.known.birth_date { p { "生日：" (said(born)) } }
            ul.links {
                li { a href=(to("/my")) { "孩子的积分" } }
                li { a href=(to("/my/statement")) { "积分明细和原因" } }
                li { a href=(to("/my/opinion")) { "哪里不对？提意见" } }
                li { a href=(to("/my/data")) { "登记的信息和更正" } }
                li { a href="/my/consents" { "同意事项" } }
            }
        }
    }
}
