//! An item as the TOML that [`super::read_items`] reads back, for forms and for taking an item
//! over from the scheme into a provider's own catalogue.

use kangji_core::{
    Day, DayRange, Decimals,
    tables::Sex,
    vocabulary::{GroupId, GroupSet, Vocabulary},
};
use toml_writer::{ToTomlKey, ToTomlValue, TomlStringBuilder};

use crate::scheme::{
    Bound, Condition, Content, Given, GroupsTest, Item, Limit, NumberTest, Price, Scheme, Season,
    SexTest,
};

/// The item as one `[[item]]` table. Reading it gives the same item, with the heading it is read
/// under as its basis. Conditions on a record's attributes, which no item has, are left out.
#[must_use]
pub fn item_text(item: &Item, scheme: &Scheme, words: &Vocabulary) -> String {
    let decimals = scheme.decimals;
    let amount = |points| decimals.short(points);
    let is_service = item.contents.iter().all(|content| content.pieces == 0);
    let is_service = is_service && !item.contents.is_empty();
    let contents = item.contents.iter().map(|each| content(each, is_service, decimals));
    let when = item.when.iter().filter_map(|each| condition(each, words));
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

fn yes() -> String {
    true.to_string()
}

/// A text on one line, whatever it holds.
fn text(text: &str) -> String {
    TomlStringBuilder::new(text).as_basic().to_toml_value()
}

/// A list on one line; none where it is empty.
fn list(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| format!("[{}]", parts.join(", ")))
}

/// A list with a line for each part; none where it is empty.
fn lines_of(parts: Vec<String>) -> Option<String> {
    let lines: String = parts.iter().map(|part| format!("  {part},\n")).collect();
    (!parts.is_empty()).then(|| format!("[\n{lines}]"))
}

/// A table on one line, from its `key = value` parts.
fn table(parts: Vec<String>) -> String {
    format!("{{ {} }}", parts.join(", "))
}

fn filled(parts: Vec<String>) -> Option<String> {
    (!parts.is_empty()).then(|| table(parts))
}

/// A table of those keys that have a value.
fn keys<const N: usize>(parts: [(&str, Option<String>); N]) -> String {
    let parts = parts.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}", value?)));
    table(parts.collect())
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

fn limit(limit: &Limit, decimals: Decimals) -> String {
    let bound = match limit.bound {
        Bound::Times(times) => ("times", Some(times.to_string())),
        Bound::Points(points) => ("points", Some(decimals.short(points))),
    };
    keys([bound, ("per", Some(text(limit.per.word())))])
}

fn given(given: &Given) -> String {
    format!("{} = {}", given.metric.to_toml_key(), number(&given.test))
}

fn season(season: &Season) -> String {
    let day = |(month, day): (u32, u32)| Some(text(&format!("{month:02}-{day:02}")));
    keys([("name", Some(text(&season.name))), ("from", day(season.from)), ("to", day(season.to))])
}

fn days(days: DayRange) -> String {
    let to = (days.to != Day::LAST).then(|| days.to.to_string());
    keys([("from", Some(days.from.to_string())), ("to", to)])
}

/// A condition on a person as `key = value`.
fn condition(condition: &Condition, words: &Vocabulary) -> Option<String> {
    let (field, value) = match condition {
        Condition::Age(test) => ("age", number(test)),
        Condition::AgeMonths(test) => ("age_months", number(test)),
        Condition::Sex(test) => ("sex", sex(test)),
        Condition::Community(areas) => {
            ("community", list(areas.iter().map(|area| text(&area.to_string())))?)
        }
        Condition::Groups(test) => ("groups", groups(test, words)),
        Condition::Flag(..) | Condition::Text(..) | Condition::Number(..) => return None,
    };
    Some(format!("{field} = {value}"))
}

fn number(test: &NumberTest) -> String {
    let bound = |bound: Option<kangji_core::Decimal>| bound.map(|bound| bound.to_string());
    keys([
        ("min", bound(test.min)),
        ("max", bound(test.max)),
        ("above", bound(test.above)),
        ("below", bound(test.below)),
        ("in", test.one_of.iter().find_map(|all| list(all.iter().map(ToString::to_string)))),
        ("recorded", test.recorded.map(|recorded| recorded.to_string())),
    ])
}

fn sex(test: &SexTest) -> String {
    let word = |sex: &Sex| match sex {
        Sex::Female => text("F"),
        Sex::Male => text("M"),
    };
    keys([
        ("in", test.one_of.iter().find_map(|all| list(all.iter().map(word)))),
        ("recorded", test.recorded.map(|recorded| recorded.to_string())),
    ])
}

fn groups(test: &GroupsTest, words: &Vocabulary) -> String {
    let names = |set: GroupSet| {
        let all = (0..).zip(words.groups());
        let inside = all.filter(move |(number, _)| set.contains(GroupId(*number)));
        list(inside.map(|(_, word)| text(&word.id)))
    };
    keys([("any", test.any.and_then(names)), ("all", names(test.all)), ("none", names(test.none))])
}
