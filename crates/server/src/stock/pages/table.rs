//! What an institution has in stock, what expires next, and what should be ordered.

use kangji_rights::Action;
use maud::{Markup, html};

use super::{choose, good_at, reached};
use crate::{
    input::At,
    pages::{
        Page, Visit,
        parts::{self, Column, Tone},
    },
    problem::Problem,
    stock::read::{self, Good, Stock},
};

/// The stock of one's own institution; of several, one is chosen first.
pub(super) async fn mine(visit: Visit) -> Result<Page, Problem> {
    let all = reached(&visit, Action::StockRead).await?;
    match all.as_slice() {
        [one] => page(&visit, one.code.clone()).await,
        _ => Ok(visit.page("库存", choose(&all, "/stock"))),
    }
}

pub(super) async fn show(visit: Visit, At(code): At<String>) -> Result<Page, Problem> {
    page(&visit, code).await
}

async fn page(visit: &Visit, code: String) -> Result<Page, Problem> {
    let stock = read::list(visit.state(), visit.who(), At(code)).await?.0;
    let code = &stock.institution;
    let columns = [
        Column::Text("物品"),
        Column::Number("可兑换"),
        Column::Number("已预留"),
        Column::Text("最先到期"),
        Column::Number("近期发放"),
        Column::Text("预计可用"),
        Column::Text("提醒"),
    ];
    let rows: Vec<_> = stock.goods.iter().map(|good| row(code, good)).collect();
    let caption = format!("{}的库存（近期发放为近 {} 天）", stock.name, stock.look_back_days);
    let may_write = visit.may(Action::StockWrite);
    let body = html! {
        (to_order(&stock))
        p.buttons {
            @if may_write { a.button.main href=(format!("/stock/{code}/receive")) { "物品入库" } }
            a.button href=(format!("/stock/{code}/sheet")) { "打印盘点表" }
            a.button.quiet href=(format!("/stock/{code}/entries")) { "库存台账" }
        }
        @if rows.is_empty() {
            (parts::empty("还没有物品入库，兑换目录里也没有物品。", html! {}))
        } @else {
            (parts::table(&caption, &columns, &rows))
        }
    };
    Ok(visit.page("库存", body))
}

/// What is running out, at a glance.
fn to_order(stock: &Stock) -> Markup {
    let low: Vec<&Good> = stock.goods.iter().filter(|good| good.low && good.offered).collect();
    let (wanted, never): (Vec<&Good>, Vec<&Good>) = low.iter().partition(|good| good.wanted > 0);
    let never: Vec<&str> = never.iter().map(|good| good.good.as_str()).collect();
    html! {
        @if !low.is_empty() {
            (parts::notice(Tone::Warn, &format!("{} 种物品需要补货", low.len()), html! {
                @for good in wanted {
                    p {
                        (good.good) "：剩 " (good.free) " 件，再补 " (good.wanted) " 件够用 "
                        (stock.look_back_days) " 天"
                    }
                }
                @if !never.is_empty() { p { "无货或偏低，近期没有发放：" (never.join("、")) } }
            }))
        }
    }
}

fn row(code: &str, good: &Good) -> Vec<Markup> {
    vec![
        html! { a href=(good_at(code, &good.good)) { (good.good) } },
        html! { (good.free) },
        html! { (good.reserved) },
        html! { (good.next_valid_until.as_deref().unwrap_or("—")) },
        html! { (good.handed_over) },
        html! {
            @match good.lasts_days {
                Some(days) => { "约 " (days) " 天" }
                None => { "近期没有发放" }
            }
        },
        warnings(good),
    ]
}

pub(super) fn warnings(good: &Good) -> Markup {
    html! {
        @if good.missing > 0 {
            (parts::tag(Tone::Bad, &format!("预留的缺 {} 件", good.missing)))
        }
        @if good.free == 0 && good.offered {
            (parts::tag(Tone::Bad, "无货"))
        } @else if good.low && good.offered {
            (parts::tag(Tone::Warn, "偏低"))
        }
        @if good.expired > 0 {
            (parts::tag(Tone::Warn, &format!("过期 {} 件待报损", good.expired)))
        }
        @if !good.offered { (parts::tag(Tone::Plain, "目录里没有")) }
    }
}
