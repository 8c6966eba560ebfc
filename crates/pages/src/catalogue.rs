//! What points are good for: items, benefits of a high total, deductions in shops.

use kangji_core::{Decimals, vocabulary::Vocabulary};
use kangji_rules::{
    scheme::{Benefit, Content, Deduction, Item, Price, Scheme},
    words::{item_sentence, item_terms, percent},
};
use maud::{Markup, html};

use super::award_card::heading;

/// The items of a block: one as a card whose name is a heading of `level`, several as a table.
pub(super) fn items(items: &[&Item], level: u8, scheme: &Scheme, words: &Vocabulary) -> Markup {
    let about = |item: &Item| {
        let terms = item_terms(item, scheme, words);
        html! {
            // What can be chosen is told by the list, which is easier to read than a sentence.
            @if item.price == Price::ByContent {
                p.rule { "选哪样算哪样" @for term in &terms { "；" (term) } "。" }
                (priced(&item.contents, scheme.decimals))
            } @else if !terms.is_empty() || !is_named_after(item) {
                p.rule { (item_sentence(item, scheme, words)) }
            }
        }
    };
    if let [item] = items {
        let anchor = item_anchor(item);
        let name_id = format!("{anchor}-name");
        return html! {
            article.award id=(anchor) aria-labelledby=(name_id) {
                div.award-head {
                    (heading(level, &name_id, &item.name))
                    p.points { (price(item, scheme.decimals)) }
                }
                (about(item))
            }
        };
    }
    html! {
        table.catalogue {
            caption { "可以兑换（" (items.len()) "项）" }
            thead { tr { th scope="col" { "兑换什么" } th.number scope="col" { "需要积分" } } }
            tbody {
                @for item in items {
                    tr id=(item_anchor(item)) {
                        th scope="row" { (item.name) (about(item)) }
                        td.number { (price(item, scheme.decimals)) }
                    }
                }
            }
        }
    }
}

/// Whether the name of an item tells all that is handed over.
fn is_named_after(item: &Item) -> bool {
    item.contents.iter().all(|content| {
        item.name.contains(&content.name) && content.quantity.is_none() && content.pieces == 1
    })
}

/// The anchor of an item on the page.
pub(super) fn item_anchor(item: &Item) -> String {
    format!("item-{}", item.id)
}

fn price(item: &Item, decimals: Decimals) -> String {
    match item.price {
        Price::Points(points) => format!("{}分", decimals.short(points)),
        Price::Free => "不用积分".to_owned(),
        Price::ByContent => "按项算".to_owned(),
    }
}

/// What can be chosen, with the price of each.
fn priced(contents: &[Content], decimals: Decimals) -> Markup {
    // Where all are services, the sentence above says so once.
    let marks_services = contents.iter().any(|content| content.pieces > 0);
    html! {
        ul.contents {
            @for content in contents {
                li {
                    (content.name)
                    @if let Some(quantity) = &content.quantity { "（" (quantity) "）" }
                    @if content.pieces == 0 && marks_services { "（服务）" }
                    @if content.pieces > 1 { "（" (content.pieces) "件）" }
                    @if let Some(points) = content.points { " " b { (decimals.short(points)) "分" } }
                    @if content.includes > 1 { "，含" (content.includes) "个" }
                    @if let Some(further) = content.each_further {
                        "，每多1个加" (decimals.short(further)) "分"
                    }
                }
            }
        }
    }
}

/// What a high total brings.
pub(super) fn benefits(benefits: &[&Benefit], decimals: Decimals) -> Markup {
    html! {
        table.catalogue {
            caption { "总积分够了就有（不扣分）" }
            thead { tr { th scope="col" { "好处" } th.number scope="col" { "总积分至少" } } }
            tbody {
                @for benefit in benefits {
                    tr {
                        th scope="row" {
                            (benefit.name)
                            @if let Some(provider) = &benefit.provider {
                                p.rule { "由" (provider) "办理。" }
                            }
                        }
                        td.number { (decimals.short(benefit.total_min)) "分" }
                    }
                }
            }
        }
    }
}

/// How points pay part of a bill.
pub(super) fn deduction(deduction: &Deduction) -> Markup {
    let (yuan, fen) = (deduction.fen_per_point / 100, deduction.fen_per_point % 100);
    html! {
        article.award {
            p.rule {
                strong { (deduction.name) "：" }
                "每1分抵" (yuan) "." (format!("{fen:02}")) "元，最多抵货款的"
                (percent(deduction.share_max)) "。"
            }
        }
    }
}
