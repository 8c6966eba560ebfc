//! A resident's paper vouchers: which are still good, until when, and where they can be used. What is
//! on paper is spent with the paper.

use maud::{Markup, html};
use serde::Deserialize;

use super::people::{Family, address};
use crate::{
    input::Search,
    pages::{Page, Visit, parts},
    points::pages::statement::said,
    problem::Problem,
    vouchers::{
        own::{self as api, Mine, OwnVoucher},
        pages::{last_day, state},
        told::StateName,
    },
};

const PATH: &str = "/my/vouchers";

/// Whose vouchers, and after which one the list goes on.
#[derive(Default, Deserialize)]
pub(super) struct Which {
    person: Option<String>,
    after: Option<String>,
}

pub(super) async fn show(visit: Visit, Search(which): Search<Which>) -> Result<Page, Problem> {
    let Which { person, after } = which;
    let family = Family::of(&visit, person.as_deref()).await?;
    let mine = Mine { person: person.clone(), state: None, after, limit: Some(100) };
    let found = api::list(visit.state(), visit.who(), Search(mine)).await?.0;
    let (good, over): (Vec<_>, Vec<_>) =
        found.items.iter().partition(|voucher| voucher.state == StateName::Issued);
    let fields = |after| [("person", person.as_deref()), ("after", after)];
    let more = found.next.as_deref().map(|next| address(PATH, &fields(Some(next))));
    let body = html! {
        (family.switch(PATH))
        @if found.items.is_empty() {
            (parts::empty("还没有纸质积分券。积分在手机里和在券上一样用；想要纸质券，做完服务时请工作人员打印。", html! {
                a.button.main href=(address("/my/mall", &fields(None))) { "看看能换什么" }
            }))
        }
        @if !good.is_empty() {
            (sums(&good))
            p { "兑换时带上纸质券和身份证，整张使用，可以几张合用，不找零。只能自己用；丢了不补，请收好。" }
            p.buttons { a.button.main href=(address("/my/shops", &fields(None))) { "哪里能用" } }
            ul.entries.framed { @for voucher in &good { (line(voucher)) } }
        }
        @if !over.is_empty() {
            h2 { "以前的" }
            ul.entries.framed { @for voucher in &over { (line(voucher)) } }
        }
        (parts::more(more.as_deref()))
    };
    let title = if family.is_own() { "我的积分券" } else { "孩子的积分券" };
    Ok(visit.page(title, body))
}

/// What the vouchers that are still good bear, scheme by scheme.
fn sums(good: &[&OwnVoucher]) -> Markup {
    let mut sums: Vec<(&str, u8, i64, usize)> = Vec::new();
    for voucher in good {
        match sums.iter_mut().find(|(scheme, ..)| *scheme == voucher.scheme) {
            Some((_, _, sum, number)) => (*sum, *number) = (*sum + voucher.points, *number + 1),
            None => sums.push((&voucher.scheme, voucher.decimals, voucher.points, 1)),
        }
    }
    html! {
        div.figures {
            @for (_, decimals, sum, number) in sums {
                (parts::figure(&format!("{number} 张券上共有"), &parts::points(sum, decimals), "分"))
            }
        }
    }
}

fn line(voucher: &OwnVoucher) -> Markup {
    html! {
        li {
            p.head {
                strong { (voucher.title) }
                span.points { (parts::points(voucher.points, voucher.decimals)) " 分" }
            }
            p { (last_day(voucher.expires_on.as_deref())) " " (state(voucher.state)) }
            @if voucher.state == StateName::Void { p.small { (voucher.state_says) } }
            p.small { "编号 " (voucher.serial) "，" (said(&voucher.date)) "发" }
        }
    }
}
