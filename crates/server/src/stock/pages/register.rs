//! The stock register (库存台账) and the sheet on which a count is written down, both to be
//! printed.

use kangji_core::Moment;
use kangji_redemption::Movement;
use kangji_rights::Action;
use maud::{Markup, html};

use super::{good_at, name_of, staff_names, until};
use crate::{
    input::{At, Search},
    pages::{
        Page, Visit,
        parts::{self, Column, change},
    },
    problem::Problem,
    stock::read::{self, Batch, Entry, OfGood, Which},
};

/// So many moves stand on a page of the register.
const PAGE: u32 = 100;

pub(super) async fn show(
    visit: Visit,
    At(code): At<String>,
    Search(which): Search<Which>,
) -> Result<Page, Problem> {
    let good = which.good.clone();
    let which = Which { limit: which.limit.or(Some(PAGE)), ..which };
    let at = At(code.clone());
    let found = read::entries(visit.state(), visit.who(), at, Search(which)).await?.0;
    let of_good = good.as_ref().map(|good| ("good", good.as_str()));
    let next = found.next.as_ref().map(|next| {
        let query: Vec<_> = of_good.into_iter().chain([("after", next.as_str())]).collect();
        let query = serde_urlencoded::to_string(query).unwrap_or_default();
        format!("/stock/{code}/entries?{query}")
    });
    let name = name_of(&visit, &code).await?;
    let caption = match &good {
        Some(good) => format!("{name}，{good}（新的在前）"),
        None => format!("{name}（新的在前）"),
    };
    let body = html! {
        p { "每一次入库、发放、退回、盘点和报损都在这里，只增不改。" }
        @if found.items.is_empty() {
            (parts::empty("还没有出入库。", html! {}))
        } @else {
            (table(&visit, &code, &caption, &found.items).await?)
        }
        (parts::more(next.as_deref()))
        p.no-print { a href=(format!("/stock/{code}")) { "回到库存" } }
    };
    Ok(visit.page("库存台账", body))
}

/// Moves of stock as a table.
pub(super) async fn table(
    visit: &Visit,
    code: &str,
    caption: &str,
    entries: &[Entry],
) -> Result<Markup, Problem> {
    let names = staff_names(visit, entries.iter().filter_map(|one| one.by.as_ref())).await?;
    let columns = [
        Column::Text("时间"),
        Column::Text("物品"),
        Column::Text("批号"),
        Column::Text("类别"),
        Column::Number("件数"),
        Column::Text("经办"),
        Column::Text("说明"),
    ];
    let may_see_orders = visit.may(Action::OrdersRead);
    let row = |one: &Entry| {
        let movement = Movement::of_word(&one.movement).map_or("", Movement::chinese);
        let by = one.by.as_ref().and_then(|id| names.get(id));
        vec![
            html! { (Moment::from_millis(one.at)) },
            html! { a href=(good_at(code, &one.good)) { (one.good) } },
            html! { a href=(format!("/stock/{code}/batches/{}", one.batch)) { (one.lot) } },
            html! { (movement) },
            html! { @if one.pieces == 0 { "无差异" } @else { (change(one.pieces, 0)) } },
            html! { (by.map_or("", String::as_str)) },
            html! {
                (one.reason.as_deref().unwrap_or_default())
                @match (&one.order, may_see_orders) {
                    (Some(order), true) => {
                        a href=(format!("/counter/orders/{order}")) { (one.item.as_deref().unwrap_or("兑换单")) }
                    }
                    _ => (one.item.as_deref().unwrap_or_default()),
                }
            },
        ]
    };
    let rows: Vec<_> = entries.iter().map(row).collect();
    Ok(parts::table(caption, &columns, &rows))
}

/// The sheet that is taken to the shelf.
pub(super) async fn sheet(visit: Visit, At(code): At<String>) -> Result<Page, Problem> {
    let (state, of) = (visit.state(), OfGood::default());
    let batches = read::batches(state, visit.who(), At(code.clone()), Search(of)).await?.0;
    let columns = [
        Column::Text("物品"),
        Column::Text("批号"),
        Column::Text("有效期至"),
        Column::Number("账面数"),
        Column::Text("实盘数"),
        Column::Text("差异原因"),
    ];
    let row = |one: &Batch| {
        vec![
            html! { (one.good) },
            html! { (one.lot) },
            html! { (until(one.valid_until.as_ref())) },
            html! { (one.left) },
            html! { span.blank {} },
            html! { span.blank {} },
        ]
    };
    let rows: Vec<_> = batches.iter().map(row).collect();
    let name = name_of(&visit, &code).await?;
    let caption = format!("{name}，{} 的账面数", visit.app().now());
    let body = html! {
        p.no-print { "用浏览器打印这一页，到货架前逐批清点，回来在每种物品的页面上录入。" }
        @if rows.is_empty() {
            (parts::empty("货架上没有物品。", html! {}))
        } @else {
            (parts::table(&caption, &columns, &rows))
            p.signatures { span { "盘点人" } span { "监盘人" } span { "日期" } }
        }
        p.no-print { a href=(format!("/stock/{code}")) { "回到库存" } }
    };
    Ok(visit.page("盘点表", body))
}
