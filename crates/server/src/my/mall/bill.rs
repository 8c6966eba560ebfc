//! What a choice costs, line by line, and the button that orders it; or what is in the way, and
//! what else there is.

use maud::{Markup, html};

use super::{
    Looked, PATH,
    item::{Opened, field_name, where_to},
    path, price,
};
use crate::{
    input::Body,
    mall::{
        Wanted,
        offers::{Offer, Standing},
        places::Place,
        quote::{self, BillLine, Quoted},
    },
    pages::{
        Page, Visit,
        parts::{self, Tone},
    },
    problem::{Problem, Reason},
};

/// So many other places are asked whether they have it, and so many other things are named.
const PLACES_ASKED_MAX: usize = 6;
const OTHERS_MAX: usize = 3;

/// What a choice costs. `is_late` where the order came and could no longer be placed.
pub(super) async fn page(
    visit: &Visit,
    opened: &Opened<'_>,
    wanted: &Wanted,
    quote: &Quoted,
    is_late: bool,
) -> Result<Page, Problem> {
    let ran_out = |reason: &Reason| matches!(reason.code, "out_of_stock" | "sold_out" | "not_here");
    let elsewhere = match quote.reasons.iter().any(ran_out) {
        true => places_that_have(visit, opened, wanted).await?,
        false => Vec::new(),
    };
    let title = if is_late {
        "情况变了，没有换成，积分没有动"
    } else {
        "现在还换不了"
    };
    let body = html! {
        @if !quote.can { (in_the_way(title, &quote.reasons, opened.looked)) }
        (lines(opened, quote))
        @if quote.can { (agree(visit, opened, wanted, quote)) }
        @else { (other_ways(opened, wanted, &elsewhere)) }
        (change(visit, opened, wanted))
        p { a href=(opened.looked.to(PATH, Some(opened.at()))) { "回到商城" } }
    };
    Ok(visit.page(&opened.offer.name, body))
}

/// All that is in the way, each with what to do.
pub(super) fn in_the_way(title: &str, reasons: &[Reason], looked: &Looked) -> Markup {
    let lacks_points = reasons.iter().any(|reason| reason.missing.is_some());
    let points = super::address("/my", &[("person", looked.person.as_deref())]);
    parts::notice(
        Tone::Warn,
        title,
        html! {
            ul.plain { @for reason in reasons { li { (reason.says) "。" } } }
            @if lacks_points { p { a href=(points) { "看看做什么能得分" } } }
        },
    )
}

/// The bill: each line, the sum, and what is left.
fn lines(opened: &Opened<'_>, quote: &Quoted) -> Markup {
    let Some(sum) = quote.points else { return html! {} };
    let is_priced = quote.lines.iter().any(|line| line.points != 0);
    let redeemable = opened.counter.redeemable.max(0);
    let left = redeemable.saturating_sub(sum);
    // What is left is of no interest where something other than points is in the way.
    let tells_left = sum > 0 && (quote.can || left < 0);
    html! {
        table.bill {
            caption { "算下来" }
            tbody {
                @for line in &quote.lines {
                    tr {
                        th scope="row" { (said(line)) }
                        td.number { @if is_priced { (opened.points(line.points)) " 分" } }
                    }
                }
            }
            tfoot {
                tr.sum {
                    th scope="row" { "一共" }
                    td.number {
                        @if sum == 0 { "不用积分" } @else { (opened.points(sum)) " 分" }
                    }
                }
                @if tells_left {
                    tr {
                        th scope="row" { "您现在可兑换" }
                        td.number { (opened.points(redeemable)) " 分" }
                    }
                    tr {
                        @if left >= 0 {
                            th scope="row" { "换完还剩" }
                            td.number { (opened.points(left)) " 分" }
                        } @else {
                            th scope="row" { "还差" }
                            td.number { (opened.points(left.saturating_neg())) " 分" }
                        }
                    }
                }
            }
        }
    }
}

/// A line with how much it is.
pub(in crate::my) fn said(line: &BillLine) -> String {
    let quantity = line.quantity.as_ref().map(|quantity| format!("（{quantity}）"));
    let units = (line.units > 1).then(|| format!(" × {}", line.units));
    format!("{}{}{}", line.name, quantity.unwrap_or_default(), units.unwrap_or_default())
}

/// Where it is fetched, and the button that orders it.
fn agree(visit: &Visit, opened: &Opened<'_>, wanted: &Wanted, quote: &Quoted) -> Markup {
    let asks = if quote.points == Some(0) { "免费领，留给我" } else { "兑换" };
    html! {
        @if let Some(place) = &opened.mall.institution {
            h2 { (where_to(quote.lines.iter().all(|line| line.service))) }
            div.card { (super::place_facts(place)) }
        }
        p { (opened.counter.how) "没来领的自动取消，积分退回。" }
        form method="post" action="/my/orders" {
            (opened.held(visit))
            input type="hidden" name="catalogue" value=(wanted.catalogue);
            input type="hidden" name="item" value=(wanted.item);
            @if let Some(sets) = wanted.sets { input type="hidden" name="sets" value=(sets.0); }
            @for one in &wanted.chosen {
                input type="hidden" name="content" value=(one.content);
                input type="hidden" name="units" value=(one.units.0);
            }
            button.main type="submit" { (asks) }
        }
    }
}

/// Back to the form, as it was filled in.
fn change(visit: &Visit, opened: &Opened<'_>, wanted: &Wanted) -> Markup {
    let offer = opened.offer;
    let place = |content: &str| offer.contents.iter().position(|one| one.name == content);
    let is_tick = |place: usize| offer.contents.get(place).is_some_and(|one| one.units_max == 1);
    html! {
        @if !wanted.chosen.is_empty() || wanted.sets.is_some() {
            form method="post" action=(path(&offer.catalogue, &offer.item)) {
                (opened.held(visit))
                @if let Some(sets) = wanted.sets {
                    input type="hidden" name="sets" value=(sets.0);
                }
                @for one in &wanted.chosen {
                    @if let Some(place) = place(&one.content) {
                        @let units = one.units.0.to_string();
                        @let value = if is_tick(place) { "true" } else { &units };
                        input type="hidden" name=(field_name(place)) value=(value);
                    }
                }
                button.quiet name="step" value="change" type="submit" { "改一改" }
            }
        }
    }
}

/// The nearest places that have it now.
async fn places_that_have<'m>(
    visit: &Visit,
    opened: &Opened<'m>,
    wanted: &Wanted,
) -> Result<Vec<&'m Place>, Problem> {
    let others = opened.mall.places.iter().filter(|place| place.code != wanted.institution);
    let mut found = Vec::new();
    for place in others.take(PLACES_ASKED_MAX) {
        let wanted = Wanted { institution: place.code.clone(), ..wanted.clone() };
        if quote::ask(visit.state(), visit.who(), Body(wanted)).await?.0.can {
            found.push(place);
        }
    }
    Ok(found)
}

/// Other places that have it, and other things that can be had here.
fn other_ways(opened: &Opened<'_>, wanted: &Wanted, elsewhere: &[&Place]) -> Markup {
    let item = path(&wanted.catalogue, &wanted.item);
    let is_other = |offer: &&Offer| {
        offer.state == Standing::Now
            && (&offer.catalogue, &offer.item) != (&wanted.catalogue, &wanted.item)
    };
    let mut others: Vec<&Offer> = opened.counter.offers.iter().filter(is_other).collect();
    let price_wanted = opened.offer.points.unwrap_or_default();
    others.sort_by_key(|offer| offer.points.unwrap_or_default().abs_diff(price_wanted));
    others.truncate(OTHERS_MAX);
    html! {
        @if !elsewhere.is_empty() {
            h2 { "这些地方现在有" }
            ul.places {
                @for place in elsewhere {
                    li {
                        a href=(opened.looked.to(&item, Some(&place.code))) { (place.name) }
                        p.small { (place.address) " " (place.hours) }
                    }
                }
            }
        }
        @if !others.is_empty() {
            h2 { "这里现在可以换的" }
            ul.offers {
                @for offer in others {
                    @let to = path(&offer.catalogue, &offer.item);
                    li {
                        a href=(opened.looked.to(&to, Some(opened.at()))) {
                            span.head {
                                span.name { (offer.name) }
                                span.points { (price(offer, opened.counter.decimals)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
