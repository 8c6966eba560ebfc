//! The first page of a resident: what there is, what lapses soon, what earns next.

use maud::{Markup, html};
use serde::Deserialize;

use super::{
    orders,
    people::{Family, Place, address, nowhere},
};
use crate::{
    input::{At, Search},
    pages::{
        Page, Visit,
        parts::{self, Tone},
    },
    points::{
        accounts::Account,
        pages::{
            of_these_on_vouchers, on_vouchers,
            statement::{Context, notices, prospects, said},
        },
        statement::{self, Statement},
    },
    problem::Problem,
    sanctions,
};

/// So many of what earns next are seen at once; the rest is folded.
const AHEAD: usize = 5;

/// Whose points.
#[derive(Default, Deserialize)]
pub(super) struct Whose {
    person: Option<String>,
}

pub(super) async fn show(visit: Visit, Search(whose): Search<Whose>) -> Result<Page, Problem> {
    let family = Family::of(&visit, whose.person.as_deref()).await?;
    let places = family.places(&visit).await?;
    let mut parts = Vec::with_capacity(places.len());
    for place in &places {
        let at = At((family.member()?.id.clone(), place.scheme.clone()));
        let statement = statement::read(visit.state(), visit.who(), at).await?.0;
        parts.push(section(&family, place, places.len() > 1, &statement));
    }
    let sanctions = sanctions::mine(visit.state(), visit.who()).await?.0;
    let stands = sanctions.iter().any(|one| one.lifted_at.is_none());
    let waiting = orders::waiting(&visit, family.person()).await?;
    let title = if family.is_own() { "我的积分" } else { "孩子的积分" };
    let body = html! {
        (family.switch("/my"))
        @if stands {
            (parts::notice(Tone::Warn, "有一个处理决定", html! {
                p { a href="/my/sanctions" { "看决定和申诉的办法" } }
            }))
        }
        (waiting)
        @for part in parts { (part) }
        @if places.is_empty() { (nowhere()) }
        (ways(&family))
    };
    Ok(visit.page(title, body))
}

/// What somebody has under a scheme, and what earns next there.
fn section(family: &Family, place: &Place, titled: bool, statement: &Statement) -> Markup {
    let fields = [("person", family.person()), ("scheme", Some(&*place.scheme))];
    let wards = family.wards();
    let context = Context { scheme: &place.scheme, wards: &wards };
    let (next, later) = statement.prospects.split_at(statement.prospects.len().min(AHEAD));
    html! {
        @if titled { h2 { (place.title) } }
        @if let Some(account) = &place.account { (balance(account)) }
        (notices(statement))
        @if place.account.is_some() {
            p.buttons { a.button.main href=(address("/my/statement", &fields)) { "看每一分怎么来的" } }
        }
        @if !next.is_empty() {
            h2 { "接下来做什么能得分" }
            (prospects(next, statement.decimals, context))
            @if !later.is_empty() {
                details {
                    summary { "还有" (later.len()) "项" }
                    (prospects(later, statement.decimals, context))
                }
            }
        }
        @if !statement.ways.is_empty() {
            h2 { "做什么能得分" }
            ul { @for way in &statement.ways { li { (way) } } }
        }
    }
}

/// What an account holds, in figures and where need be in words.
fn balance(account: &Account) -> Markup {
    let points = |units| parts::points(units, account.decimals);
    html! {
        div.figures {
            (parts::figure("总积分", &points(account.total), "分"))
            (parts::figure("可兑换", &points(account.redeemable.max(0)), "分"))
        }
        (on_vouchers(account.on_vouchers, account.decimals))
        @if account.held > 0 {
            p { "另有" strong { (points(account.held)) "分" } "留给了还没完成的兑换。" }
        }
        @if account.shortfall > 0 {
            (parts::notice(Tone::Warn, "有积分要先补上", html! {
                p {
                    "有" (points(account.shortfall)) "分在用掉之后被收回了。以后得的分先补上这些，"
                    "补完才能再兑换。"
                }
            }))
        }
        @if !account.expiring.is_empty() {
            (parts::notice(Tone::Warn, "快到期", html! {
                ul.plain {
                    @for lapse in &account.expiring {
                        li {
                            strong { (points(lapse.points)) "分" }
                            (of_these_on_vouchers(lapse, account.decimals))
                            "从" (said(&lapse.date)) "起作废，请在这之前兑换。"
                        }
                    }
                }
            }))
        }
    }
}

/// Where to go from here.
fn ways(family: &Family) -> Markup {
    let person = family.person();
    let to = |path| address(path, &[("person", person)]);
    html! {
        h2 { "更多" }
        ul.links {
            li { a href=(to("/my/statement")) { "积分明细和原因" } }
            li { a href=(to("/my/entries")) { "每月收支" } }
            li { a href=(to("/my/orders")) { "兑换单" } }
            li { a href=(to("/my/vouchers")) { "纸质积分券" } }
            li { a href=(to("/my/opinion")) { "哪里不对？提意见" } }
            @if family.is_own() { li { a href="/my/rank" { "排名" } } }
            li { a href="/my/family" { "家人" } }
            li { a href="/rules" { "积分办法" } }
        }
    }
}
