//! Large print for those without a phone: what they can have now, and what they are close to (A4).

use kangji_rights::Action;
use kangji_rules::words::date;
use kangji_store::Institution;
use maud::{Markup, html};

use super::{
    here::{At, Here},
    person::{offered, price, resident},
};
use crate::{
    input::{self, Search},
    orders::told::{CounterShown, Nearness, OfferShown},
    pages::{
        Page, Visit,
        parts::{self, qr},
    },
    problem::Problem,
    residents::pages::name,
};

/// So many of those that only points are missing for stand on the paper.
const CLOSE: usize = 8;

pub(super) async fn show(
    visit: Visit,
    input::At(id): input::At<String>,
    Search(At { at }): Search<At>,
) -> Result<Page, Problem> {
    let here = Here::find(&visit, Action::OrdersHandle, at).await?;
    let Some(counter) = here.counter() else {
        return Ok(here.choose(&visit, &format!("/counter/{id}/sheet")));
    };
    let resident = resident(&visit, &id).await?;
    let counters = offered(&visit, &id, counter).await?;
    let today = date(visit.app().now().day());
    let document = resident.document.as_ref().map_or("", |document| &document.number);
    let back = format!("/counter/{id}?at={}", counter.code);
    let body = html! {
        p.no-print { a href=(back) { "← 回到" (name(&resident)) } }
        article.paper {
            header.head {
                div {
                    p.scheme { "您现在能换的" }
                    p { (name(&resident)) " " (document) }
                    p { "截至" (today) }
                }
                figure.qr { (qr(&resident.id)) figcaption { "柜台扫码" } }
            }
            @for one in &counters { (of(one)) }
            @if counters.is_empty() { p { "这里现在没有可以兑换的东西。" } }
            (place(counter))
        }
        p.buttons {
            button.main type="button" data-print autofocus { "打印" }
            a.button href=(back) { "完成" }
        }
        noscript { p.no-print { "没有脚本时请用浏览器的“打印”。" } }
    };
    Ok(visit.page("能换什么", body))
}

fn of(counter: &CounterShown) -> Markup {
    let near = |near: Nearness| -> Vec<&OfferShown> {
        counter.offers.iter().filter(|offer| offer.nearness == near).collect()
    };
    let (now, close) = (near(Nearness::Now), near(Nearness::Close));
    html! {
        p.balances {
            span {
                "可兑换积分 "
                strong { (parts::points(counter.redeemable, counter.decimals)) } " 分"
            }
        }
        p.small { (counter.title) }
        h2 { "现在能换" }
        @if now.is_empty() { p { "现在的积分还换不了，继续攒就能换下面的。" } }
        (list(counter, &now))
        @if !close.is_empty() {
            h2 { "再攒一点就能换" }
            (list(counter, close.get(..CLOSE).unwrap_or(&close)))
        }
    }
}

fn list(counter: &CounterShown, offers: &[&OfferShown]) -> Markup {
    html! {
        ul.entries {
            @for offer in offers {
                li {
                    p.head {
                        strong { (offer.name) }
                        span.points { (price(offer, counter.decimals)) }
                    }
                    @if let Some(missing) = offer.refusals.iter().filter_map(|one| one.missing).max() {
                        p { "还差 " (parts::points(missing, counter.decimals)) " 分" }
                    }
                }
            }
        }
    }
}

fn place(counter: &Institution) -> Markup {
    html! {
        h2 { "到哪里换" }
        p { strong { (counter.name) } }
        p { (counter.address) }
        p { (counter.hours) "　电话 " (counter.phone) }
        p.small { "请带上身份证。自己来不了，可以让家里人代办，带上您写的委托书。库存会变，以当天柜台为准。" }
    }
}
