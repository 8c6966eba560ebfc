//! A person at the counter: what they have, what waits for them, what they can have now, what
//! they are close to, and what is in the way of the rest.

use kangji_rights::Action;
use kangji_store::Institution;
use maud::{Markup, html};

use super::{
    cost,
    desk::heading,
    here::{self, At, Here},
    minute, state,
};
use crate::{
    input::{self, Search},
    orders::{
        offers::{self, Where},
        read::{self, OfPerson},
        told::{CounterShown, Nearness, OfferShown, OrderShown, StateName},
    },
    pages::{
        Page, Visit,
        parts::{self, Column, Tone},
    },
    problem::Problem,
    residents::{self, Resident, pages::name},
};

/// So many orders are looked through for those that wait; what was handed over before is shown.
const ORDERS: u32 = 50;
/// So many of the others are shown.
const EARLIER: usize = 5;

pub(super) async fn show(
    visit: Visit,
    input::At(id): input::At<String>,
    Search(At { at }): Search<At>,
) -> Result<Page, Problem> {
    let here = Here::find(&visit, Action::OrdersHandle, at).await?;
    let Some(counter) = here.counter() else {
        return Ok(here.choose(&visit, &format!("/counter/{id}")));
    };
    let resident = resident(&visit, &id).await?;
    let (offers, orders, names) =
        tokio::join!(offered(&visit, &id, counter), orders_of(&visit, &id), here::names(&visit));
    let (offers, orders, names) = (offers?, orders?, names?);
    let body = html! {
        (heading(&here, counter, "/counter"))
        (who(&resident))
        (figures(&offers))
        (waiting(&orders, counter, &names))
        (on_offer(&id, counter, &offers))
        (earlier(&orders, counter, &names))
        p.buttons {
            a.button href=(format!("/counter/{id}/sheet?at={}", counter.code)) { "打印大字清单" }
            a.button.quiet href=(format!("/counter?at={}", counter.code)) { "下一位" }
        }
    };
    Ok(visit.page(&name(&resident), body))
}

/// A resident, if whoever looks may see them.
pub(super) async fn resident(visit: &Visit, id: &str) -> Result<Resident, Problem> {
    let at = input::At(id.to_owned());
    let (_, known) = residents::show(visit.state(), visit.who(), at).await?;
    Ok(known.0)
}

/// What somebody can have at a counter; schemes under which they have points come first.
pub(super) async fn offered(
    visit: &Visit,
    id: &str,
    counter: &Institution,
) -> Result<Vec<CounterShown>, Problem> {
    let at = Where { institution: counter.code.clone() };
    let id = input::At(id.to_owned());
    let mut all = offers::list(visit.state(), visit.who(), id, Search(at)).await?.0.items;
    all.sort_by_key(|one| one.total == 0);
    Ok(all)
}

async fn orders_of(visit: &Visit, id: &str) -> Result<Vec<OrderShown>, Problem> {
    let which = OfPerson { after: None, limit: Some(ORDERS) };
    let id = input::At(id.to_owned());
    Ok(read::of_person(visit.state(), visit.who(), id, Search(which)).await?.0.items)
}

/// What tells a person from others who are masked alike.
pub(super) fn who(resident: &Resident) -> Markup {
    let mut facts = Vec::new();
    if let Some(document) = &resident.document {
        facts.push(("证件", html! { (document.number) }));
    }
    if let Some(phone) = &resident.phone {
        facts.push(("电话", html! { (phone) }));
    }
    if let Some(born) = &resident.birth_date {
        facts.push(("出生日期", html! { (born) }));
    }
    parts::facts(&facts)
}

fn figures(counters: &[CounterShown]) -> Markup {
    html! {
        div.figures {
            @for one in counters.iter().filter(|one| one.total > 0) {
                @let redeemable = parts::points(one.redeemable, one.decimals);
                @let label = format!("可兑换积分（{}）", one.title);
                (parts::figure(&label, &redeemable, "分"))
                @if one.on_vouchers > 0 {
                    (parts::figure("在积分券上", &parts::points(one.on_vouchers, one.decimals), "分"))
                }
            }
        }
    }
}

/// What waits for the person, here first; what waits elsewhere says where.
fn waiting(orders: &[OrderShown], counter: &Institution, names: &[(String, String)]) -> Markup {
    let mut all: Vec<&OrderShown> =
        orders.iter().filter(|one| one.state == StateName::Waiting).collect();
    all.sort_by_key(|one| one.institution != counter.code);
    html! {
        @if !all.is_empty() {
            h2 { "等待领取" }
            ul.entries.framed {
                @for one in all {
                    li {
                        p.head {
                            strong { (one.title) @if one.sets > 1 { " ×" (one.sets) } }
                            span.points { (cost(one.points, one.decimals)) }
                        }
                        @if one.institution == counter.code {
                            p.buttons {
                                a.button.main href=(format!("/counter/orders/{}", one.id)) { "交付" }
                            }
                        } @else {
                            p { "在" strong { (here::name(names, &one.institution)) } "领取，这里不能办。" }
                        }
                    }
                }
            }
        }
    }
}

fn on_offer(id: &str, counter: &Institution, counters: &[CounterShown]) -> Markup {
    let of = |one: &CounterShown, near: Nearness| -> Vec<OfferShown> {
        one.offers.iter().filter(|offer| offer.nearness == near).cloned().collect()
    };
    let many = counters.len() > 1;
    html! {
        @if counters.iter().all(|one| one.offers.is_empty()) {
            (parts::empty(
                "这个兑换点现在没有可以兑换的东西。目录备案以后才会显示在这里。",
                html! { a.button href=(format!("/counter?at={}", counter.code)) { "回到柜台" } },
            ))
        }
        @for one in counters {
            @let (now, close, not) =
                (of(one, Nearness::Now), of(one, Nearness::Close), of(one, Nearness::Not));
            @if many && !one.offers.is_empty() { p.lead { (one.title) } }
            @if !one.offers.is_empty() {
                h2 { "现在能换" }
                @if now.is_empty() { p { "现在没有能换的。" } }
                @if let Some(warning) = one.warning.as_ref().filter(|_| now.iter().any(|one| one.discouraged)) {
                    (parts::notice(Tone::Warn, warning, html! {}))
                }
                (can_have(id, counter, one, &now))
            }
            @if !close.is_empty() {
                h2 { "还差一点积分" }
                (cannot_have(id, counter, one, &close))
            }
            @if !not.is_empty() {
                details {
                    summary { "暂时不能换的（" (not.len()) " 项）" }
                    (cannot_have(id, counter, one, &not))
                }
            }
            (benefits(one))
        }
    }
}

/// What one set costs, in words.
pub(super) fn price(offer: &OfferShown, decimals: u8) -> String {
    offer.points.map_or_else(|| "按所选项目计分".to_owned(), |points| cost(points, decimals))
}

fn can_have(
    id: &str,
    counter: &Institution,
    scheme: &CounterShown,
    offers: &[OfferShown],
) -> Markup {
    let columns = [Column::Text("物品或服务"), Column::Number("积分"), Column::Text("办理")];
    let row = |offer: &OfferShown| {
        vec![
            html! {
                (offer.name)
                @if offer.discouraged { " " (parts::tag(Tone::Warn, "实物，不鼓励")) }
            },
            html! { (price(offer, scheme.decimals)) },
            html! { a.button href=(way(id, counter, offer)) { "兑换" } },
        ]
    };
    let rows: Vec<_> = offers.iter().map(row).collect();
    html! { @if !rows.is_empty() { (parts::table("按现在的积分和库存", &columns, &rows)) } }
}

/// Where something is ordered.
fn way(id: &str, counter: &Institution, offer: &OfferShown) -> String {
    let way = [("at", &counter.code), ("catalogue", &offer.catalogue), ("item", &offer.item)];
    format!("/counter/{id}/order?{}", serde_urlencoded::to_string(way).unwrap_or_default())
}

/// Whether what is missing stands on paper vouchers.
fn is_on_vouchers(scheme: &CounterShown, offer: &OfferShown) -> bool {
    let missing = offer.refusals.iter().filter_map(|reason| reason.missing).max();
    offer.nearness == Nearness::Close
        && missing.is_some_and(|missing| missing <= scheme.on_vouchers)
}

fn cannot_have(
    id: &str,
    counter: &Institution,
    scheme: &CounterShown,
    offers: &[OfferShown],
) -> Markup {
    html! {
        ul.entries {
            @for offer in offers {
                li {
                    p.head {
                        strong { (offer.name) }
                        span.points { (price(offer, scheme.decimals)) }
                    }
                    @for reason in &offer.refusals { p { (reason.says) "。" } }
                    @if is_on_vouchers(scheme, offer) {
                        p.buttons { a.button href=(way(id, counter, offer)) { "用积分券兑换" } }
                    }
                }
            }
        }
    }
}

/// What the total brings besides.
fn benefits(scheme: &CounterShown) -> Markup {
    let reached = scheme.benefits.iter().filter(|one| one.missing == 0);
    let reached: Vec<&str> = reached.map(|one| one.name.as_str()).collect();
    html! {
        @if !reached.is_empty() {
            p { "总积分已经达到，可以享受：" strong { (reached.join("、")) } "（不扣积分）。" }
        }
    }
}

fn earlier(orders: &[OrderShown], counter: &Institution, names: &[(String, String)]) -> Markup {
    let columns = ["时间", "物品", "积分", "状态", "兑换点"].map(Column::Text);
    let row = |one: &OrderShown| {
        let at = one.handed_over_at.or(one.ended_at).unwrap_or(one.placed_at);
        let is_here = one.institution == counter.code;
        vec![
            html! { (minute(at)) },
            html! {
                @if is_here { a href=(format!("/counter/orders/{}", one.id)) { (one.title) } }
                @else { (one.title) }
            },
            html! { (cost(one.points, one.decimals)) },
            state(one),
            html! { (here::name(names, &one.institution)) },
        ]
    };
    let all = orders.iter().filter(|one| one.state != StateName::Waiting).take(EARLIER);
    let rows: Vec<_> = all.map(row).collect();
    html! { @if !rows.is_empty() { h2 { "最近的兑换" } (parts::table("要退回的从这里找", &columns, &rows)) } }
}
