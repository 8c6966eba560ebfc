//! What a resident's points can bring: where, what can be had now, what is nearly reached, and
//! what is in the way of the rest.

pub(super) mod bill;
pub(super) mod item;

use kangji_core::Points;
use kangji_redemption::Level;
use maud::{Markup, html};
use serde::Deserialize;

use super::people::{Family, address, nowhere};
use crate::{
    input::Search,
    mall::{
        offers::{self, Mall, Offer, OwnBenefit, OwnCounter, PriceKind, Standing},
        places::Place,
    },
    pages::{
        Page, Visit,
        parts::{self, Tone},
    },
    problem::{Code, Problem, Reason},
};

const PATH: &str = "/my/mall";

/// So many places, or offers that cannot be had, are seen at once; the rest is folded.
const SEEN_MAX: usize = 4;

/// Where one looks, and for whom.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Looked {
    at: Option<String>,
    person: Option<String>,
}

impl Looked {
    /// What the API answers; of a place that has closed, what the nearest open one has.
    async fn mall(&self, visit: &Visit) -> Result<Mall, Problem> {
        let ask = async |institution| {
            let which = offers::Which { institution, person: self.person.clone() };
            offers::show(visit.state(), visit.who(), Search(which)).await
        };
        match ask(self.at.clone()).await {
            Err(problem) if problem.code == Code::NotFound && self.at.is_some() => {
                Ok(ask(None).await?.0)
            }
            answer => Ok(answer?.0),
        }
    }

    /// The same page somewhere else.
    fn to(&self, path: &str, at: Option<&str>) -> String {
        address(path, &[("at", at), ("person", self.person.as_deref())])
    }
}

pub(super) async fn show(visit: Visit, Search(looked): Search<Looked>) -> Result<Page, Problem> {
    let family = Family::of(&visit, looked.person.as_deref()).await?;
    let mall = looked.mall(&visit).await?;
    let at = mall.institution.as_ref().map(|place| place.code.as_str());
    let is_bare = mall.counters.iter().all(|counter| counter.offers.is_empty());
    let orders = address("/my/orders", &[("person", looked.person.as_deref())]);
    let shops = address("/my/shops", &[("person", looked.person.as_deref())]);
    let body = html! {
        (family.switch(PATH))
        @match &mall.institution {
            Some(place) => (place_card(place, &mall.places, &looked)),
            None if mall.counters.is_empty() => (nowhere()),
            None => (parts::empty(
                "您住的地方还没有登记兑换点。",
                html! { p { "要换东西的，请问问建档的机构或村（社区）。" } a.button href="/my" { "回到积分" } },
            )),
        }
        @for counter in &mall.counters {
            (section(counter, mall.counters.len() > 1, at, &looked))
        }
        @if is_bare && mall.institution.is_some() {
            (parts::empty("这里现在没有可以换的。", html! { p { "请在上面换一个地方看看。" } }))
        }
        ul.links {
            li { a href=(orders) { "我的兑换单" } }
            li { a href=(shops) { "哪些商户能用积分，付款码" } }
            li { a href="/rules" { "积分办法和兑换目录" } }
        }
        p.small { "积分不能换现金。换东西不收任何费用，也不会影响您看病。" }
    };
    let title = if family.is_own() { "商城" } else { "商城（给孩子换）" };
    Ok(visit.page(title, body))
}

/// Where one looks, and where else one might.
fn place_card(place: &Place, places: &[Place], looked: &Looked) -> Markup {
    let others: Vec<&Place> = places.iter().filter(|other| other.code != place.code).collect();
    html! {
        div.card {
            p.label { "在这里兑换" }
            (place_facts(place))
            @if !others.is_empty() {
                details {
                    summary { "换一个地方（还有" (others.len()) "处）" }
                    ul.places {
                        @for other in others {
                            li {
                                a href=(looked.to(PATH, Some(&other.code))) { (other.name) }
                                p.small { (other.address) " " (other.hours) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A place: its name, where it is, when it is open, whom to call.
pub(crate) fn place_facts(place: &Place) -> Markup {
    html! {
        p { strong { (place.name) } }
        @if !place.address.is_empty() { p { (place.address) } }
        @if !place.hours.is_empty() { p { (place.hours) } }
        @if !place.phone.is_empty() {
            p { "电话 " a.call href=(format!("tel:{}", place.phone)) { (place.phone) } }
        }
    }
}

/// What a scheme's points bring here.
fn section(counter: &OwnCounter, titled: bool, at: Option<&str>, looked: &Looked) -> Markup {
    let standing = |state| counter.offers.iter().filter(move |offer| offer.state == state);
    let now: Vec<&Offer> = standing(Standing::Now).collect();
    let near: Vec<&Offer> = standing(Standing::Points).collect();
    let rest: Vec<&Offer> = standing(Standing::No).collect();
    let line = |offer: &Offer| offer_line(offer, counter, at, looked);
    html! {
        @if titled { h2 { (counter.title) } }
        div.figures {
            (parts::figure("可兑换积分", &parts::points(counter.redeemable.max(0), counter.decimals), "分"))
        }
        @if !now.is_empty() {
            h2 { "现在可以换（" (now.len()) "）" }
            ul.offers { @for offer in &now { (line(offer)) } }
        }
        @if !near.is_empty() {
            h2 { "还差一点（" (near.len()) "）" }
            (folded(&near, &line))
            p { a href=(address("/my", &[("person", looked.person.as_deref())])) { "看看做什么能得分" } }
        }
        @if !rest.is_empty() {
            h2 { "其他（" (rest.len()) "）" }
            (folded(&rest, &line))
        }
        @if !counter.offers.is_empty() { p.small { (counter.how) } }
        (benefits(&counter.benefits, counter.decimals))
    }
}

/// The first of some offers; the others when they are asked for.
fn folded(offers: &[&Offer], line: &impl Fn(&Offer) -> Markup) -> Markup {
    let (first, more) = offers.split_at(offers.len().min(SEEN_MAX));
    html! {
        ul.offers { @for offer in first { (line(offer)) } }
        @if !more.is_empty() {
            details {
                summary { "还有" (more.len()) "项" }
                ul.offers { @for offer in more { (line(offer)) } }
            }
        }
    }
}

/// Something on offer; the whole line leads to it.
fn offer_line(offer: &Offer, counter: &OwnCounter, at: Option<&str>, looked: &Looked) -> Markup {
    let missing = offer.reasons.iter().filter_map(|reason| reason.missing).max();
    let missing = missing.filter(|_| offer.state == Standing::Points);
    html! {
        li {
            a href=(looked.to(&path(&offer.catalogue, &offer.item), at)) {
                span.head {
                    span.name { (offer.name) }
                    span.points { (price(offer, counter.decimals)) }
                }
                @if offer.provider.is_some() {
                    span { (parts::tag(Tone::Plain, &format!("{}提供", level(offer.level)))) }
                }
                @if let Some(missing) = missing {
                    (progress(counter.redeemable, missing))
                    span.why { "还差 " (parts::points(missing, counter.decimals)) " 分" }
                } @else if offer.state == Standing::No {
                    span.why { (said(&offer.reasons)) }
                }
            }
        }
    }
}

/// The address of an item.
fn path(catalogue: &str, item: &str) -> String {
    format!("{PATH}/{catalogue}/{item}")
}

/// The level of a provider in one word.
fn level(word: &str) -> &'static str {
    Level::of_word(word).map_or("", Level::chinese)
}

/// The reasons as one sentence.
fn said(reasons: &[Reason]) -> String {
    let says: Vec<&str> = reasons.iter().map(|reason| reason.says.as_str()).collect();
    says.join("；")
}

/// What something costs.
fn price(offer: &Offer, decimals: u8) -> String {
    match (offer.price, offer.points) {
        (PriceKind::Points, Some(points)) => format!("{} 分", parts::points(points, decimals)),
        (PriceKind::ByContent, _) => "选几样算几样".to_owned(),
        _ => "不用积分".to_owned(),
    }
}

/// How far points have come.
fn progress(has: i64, missing: i64) -> Markup {
    let has = has.max(0);
    let share = has.saturating_mul(1000).checked_div(has.saturating_add(missing).max(1));
    html! {
        svg.progress viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            rect width="1000" height="10" class="track" {}
            rect width=(share.unwrap_or_default()) height="10" class="fill" {}
        }
    }
}

/// What the total brings without costing points (S8).
fn benefits(benefits: &[OwnBenefit], decimals: u8) -> Markup {
    let reached = |one: &OwnBenefit| one.missing == Points::ZERO.0;
    html! {
        @if !benefits.is_empty() {
            h2 { "总积分够了就有" }
            p.small { "这些不扣积分；换了东西，总积分也不会少。" }
            ul.entries.framed {
                @for one in benefits {
                    li {
                        p.head {
                            strong { (one.name) }
                            @if reached(one) { (parts::tag(Tone::Good, "已经有了")) }
                        }
                        @if !reached(one) {
                            (progress(one.total_min - one.missing, one.missing))
                            p {
                                "总积分满 " (parts::points(one.total_min, decimals)) " 分，还差 "
                                (parts::points(one.missing, decimals)) " 分"
                            }
                        }
                        @if let Some(provider) = &one.provider { p.small { "由" (provider) "办理" } }
                    }
                }
            }
        }
    }
}
