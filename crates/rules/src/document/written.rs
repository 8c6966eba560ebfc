//! Values of rules as TOML on one line each, which reading gives back as they were.

use kangji_core::{
    Day, DayRange, Decimal, Decimals,
    tables::Sex,
    vocabulary::{GroupId, GroupSet, KindId, Vocabulary},
};
use toml_writer::{ToTomlKey, ToTomlValue, TomlStringBuilder};

use crate::scheme::{
    Bound, Condition, FlagTest, Given, GroupsTest, KeyPart, Limit, NumberTest, Requirement,
    RequirementShape, SexTest, TextTest,
};

pub(super) fn yes() -> String {
    true.to_string()
}

/// A text on one line, whatever it holds.
pub(crate) fn text(text: &str) -> String {
    TomlStringBuilder::new(text).as_basic().to_toml_value()
}

/// A list on one line; none where it is empty.
pub(super) fn list(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| format!("[{}]", parts.join(", ")))
}

/// A list with a line for each part; none where it is empty.
pub(super) fn lines_of(parts: Vec<String>) -> Option<String> {
    let lines: String = parts.iter().map(|part| format!("  {part},\n")).collect();
    (!parts.is_empty()).then(|| format!("[\n{lines}]"))
}

/// A table on one line, from its `key = value` parts.
pub(super) fn table(parts: Vec<String>) -> String {
    format!("{{ {} }}", parts.join(", "))
}

pub(super) fn filled(parts: Vec<String>) -> Option<String> {
    (!parts.is_empty()).then(|| table(parts))
}

/// A table of those keys that have a value.
pub(super) fn keys<const N: usize>(parts: [(&str, Option<String>); N]) -> String {
    let parts = parts.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}", value?)));
    table(parts.collect())
}

/// A limit; what is counted apart is left out where it is the holder, as limits have it who say
/// nothing.
pub(super) fn limit(limit: &Limit, decimals: Decimals) -> String {
    let bound = match limit.bound {
        Bound::Times(times) => ("times", Some(times.to_string())),
        Bound::Points(points) => ("points", Some(decimals.short(points))),
    };
    let by = limit.by.iter().map(|part| match part {
        KeyPart::Holder => text("holder"),
        KeyPart::Resident => text("resident"),
        KeyPart::Community => text("community"),
        KeyPart::Attribute(attribute) => text(&attribute.name),
    });
    let by = list(by).filter(|_| limit.by != [KeyPart::Holder]);
    keys([bound, ("per", Some(text(limit.per.word()))), ("by", by)])
}

/// What records a rule asks for beside its own.
pub(super) fn requirement(asked: &Requirement, words: &Vocabulary) -> String {
    let shape = match asked.shape {
        RequirementShape::Times(times) => [("times", Some(times.to_string())), ("per", None)],
        RequirementShape::Streak { length, per } => {
            [("streak", Some(length.to_string())), ("per", Some(text(per.word())))]
        }
    };
    let [first, second] = shape;
    keys([
        ("on", Some(kinds(&asked.on, words))),
        ("when", conditions(&asked.when, words)),
        first,
        second,
        ("within", Some(text(asked.within.word()))),
    ])
}

/// One kind of record, or a list of several.
pub(super) fn kinds(kinds: &[KindId], words: &Vocabulary) -> String {
    let known = |kind: &KindId| words.kinds().get(usize::from(kind.0));
    let mut names: Vec<String> =
        kinds.iter().filter_map(known).map(|word| text(&word.id)).collect();
    if names.len() == 1 { names.remove(0) } else { format!("[{}]", names.join(", ")) }
}

/// Conditions as a table; none where there is none.
pub(super) fn conditions(all: &[Condition], words: &Vocabulary) -> Option<String> {
    filled(all.iter().map(|one| condition(one, words)).collect())
}

/// A condition as `key = value`.
pub(super) fn condition(condition: &Condition, words: &Vocabulary) -> String {
    let (field, value) = match condition {
        Condition::Age(test) => ("age", number(test)),
        Condition::AgeMonths(test) => ("age_months", number(test)),
        Condition::Sex(test) => ("sex", sex(test)),
        Condition::Community(areas) => {
            let areas = list(areas.iter().map(|area| text(&area.to_string())));
            ("community", areas.unwrap_or_else(|| "[]".to_owned()))
        }
        Condition::Groups(test) => ("groups", groups(test, words)),
        Condition::Flag(attribute, test) => (attribute.name.as_str(), flag(*test)),
        Condition::Text(attribute, test) => (attribute.name.as_str(), one_of(test)),
        Condition::Number(attribute, test) => (attribute.name.as_str(), number(test)),
    };
    format!("{} = {value}", field.to_toml_key())
}

fn flag(test: FlagTest) -> String {
    match test {
        FlagTest { is: Some(is), recorded: None } => is.to_string(),
        FlagTest { is, recorded } => keys([
            ("is", is.map(|is| is.to_string())),
            ("recorded", recorded.map(|recorded| recorded.to_string())),
        ]),
    }
}

fn one_of(test: &TextTest) -> String {
    let (is, within) = match test.one_of.as_deref() {
        Some([one]) => (Some(text(one)), None),
        Some(several) => (None, list(several.iter().map(|each| text(each)))),
        None => (None, None),
    };
    keys([
        ("is", is),
        ("in", within),
        ("recorded", test.recorded.map(|recorded| recorded.to_string())),
    ])
}

pub(super) fn given(given: &Given) -> String {
    format!("{} = {}", given.metric.to_toml_key(), number(&given.test))
}

pub(super) fn days(days: DayRange) -> String {
    let to = (days.to != Day::LAST).then(|| days.to.to_string());
    keys([("from", Some(days.from.to_string())), ("to", to)])
}

pub(super) fn number(test: &NumberTest) -> String {
    let bound = |bound: Option<Decimal>| bound.map(|bound| bound.to_string());
    keys([
        ("min", bound(test.min)),
        ("max", bound(test.max)),
        ("above", bound(test.above)),
        ("below", bound(test.below)),
        ("in", test.one_of.iter().find_map(|all| list(all.iter().map(ToString::to_string)))),
        ("recorded", test.recorded.map(|recorded| recorded.to_string())),
    ])
}

pub(super) fn sex(test: &SexTest) -> String {
    let word = |sex: &Sex| match sex {
        Sex::Female => text("F"),
        Sex::Male => text("M"),
    };
    keys([
        ("in", test.one_of.iter().find_map(|all| list(all.iter().map(word)))),
        ("recorded", test.recorded.map(|recorded| recorded.to_string())),
    ])
}

pub(super) fn groups(test: &GroupsTest, words: &Vocabulary) -> String {
    let names = |set: GroupSet| {
        let all = (0..).zip(words.groups());
        let inside = all.filter(move |(number, _)| set.contains(GroupId(*number)));
        list(inside.map(|(_, word)| text(&word.id)))
    };
    keys([("any", test.any.and_then(names)), ("all", names(test.all)), ("none", names(test.none))])
}
