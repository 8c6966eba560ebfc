//! An item as the TOML that [`super::read_items`] reads back, for forms and for taking an item
//! over from the scheme into a provider's own catalogue.

use kangji_core::{Decimals, vocabulary::Vocabulary};

use super::written::{condition, days, filled, given, keys, limit, lines_of, list, text, yes};
use crate::scheme::{Content, Item, Price, Scheme, Season};

/// The item as one `[[item]]` table. Reading it gives the same item, with the heading it is read
/// under as its basis. Conditions on a record's attributes, which no item has, are left out.
#[must_use]
pub fn item_text(item: &Item, scheme: &Scheme, words: &Vocabulary) -> String {
    let decimals = scheme.decimals;
    let amount = |points| decimals.short(points);
    let is_service = item.contents.iter().all(|content| content.pieces == 0);
    let is_service = is_service && !item.contents.is_empty();
    let contents = item.contents.iter().map(|each| content(each, is_service, decimals));
    let when = item.when.iter().filter(|each| each.is_about_resident());
    let when = when.map(|each| condition(each, words));
    let (price, worth) = match item.price {
        Price::Points(points) => ("points", amount(points)),
        Price::Free => ("free", yes()),
        Price::ByContent => ("by_content", yes()),
    };
    let lines = [
        ("id", Some(text(&item.id))),
        ("name", Some(text(&item.name))),
        (price, Some(worth)),
        ("service", is_service.then(yes)),
        ("contents", lines_of(contents.collect())),
        ("face_value", item.face_value.map(amount)),
        ("limit", list(item.limits.iter().map(|each| limit(each, decimals)))),
        ("given", filled(item.given.iter().map(given).collect())),
        ("when", filled(when.collect())),
        ("signed", item.signed.then(yes)),
        ("season", item.season.as_ref().map(season)),
        ("offered", item.offered.map(days)),
        ("at", list(item.at.iter().map(|code| text(code)))),
        ("quantity", item.quantity.map(|quantity| quantity.to_string())),
        ("balance_min", item.balance_min.map(amount)),
        ("provider", item.provider.as_deref().map(text)),
    ];
    let lines = lines.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}\n", value?)));
    format!("[[item]]\n{}", lines.collect::<String>())
}

fn content(content: &Content, is_service: bool, decimals: Decimals) -> String {
    let amount = |points| decimals.short(points);
    let many = |number: u32| (number > 1).then(|| number.to_string());
    keys([
        ("name", Some(text(&content.name))),
        ("quantity", content.quantity.as_deref().map(text)),
        ("points", content.points.map(amount)),
        ("includes", many(content.includes)),
        ("each_further", content.each_further.map(amount)),
        ("pieces", many(content.pieces)),
        ("service", (content.pieces == 0 && !is_service).then(yes)),
    ])
}

fn season(season: &Season) -> String {
    let day = |(month, day): (u32, u32)| Some(text(&format!("{month:02}-{day:02}")));
    keys([("name", Some(text(&season.name))), ("from", day(season.from)), ("to", day(season.to))])
}
