//! Conditions on residents and records: `when`, `eligible`, and the tests inside them.

use std::ops::Range;

use kangji_core::{
    Decimal, DivisionPrefix,
    tables::Sex,
    vocabulary::{AttributeType, GroupSet, RESIDENT_FIELDS, Vocabulary},
};

use super::{
    fields::{Fields, Node},
    problem::{Code, use_one_of},
};
use crate::scheme::{AttributeRef, Condition, FlagTest, GroupsTest, NumberTest, SexTest, TextTest};

/// Reads a table of field → condition; conditions that are wrong are reported and left out.
pub(super) fn conditions(node: &Node<'_>, words: &Vocabulary) -> Vec<Condition> {
    let of_record = |name: &str, place: &Range<usize>, node: &Node<'_>| {
        let Some(known) = words.attribute(name) else {
            let attributes = words.attributes().iter().map(|known| known.word.id.as_str());
            let remedy = use_one_of(name, RESIDENT_FIELDS.into_iter().chain(attributes));
            let message = format!("没有 `{name}` 这个属性");
            node.report_at(place, Code::UnknownWord, message, remedy);
            return None;
        };
        let attribute = AttributeRef { name: name.to_owned(), holds: known.holds };
        match known.holds {
            AttributeType::Bool(_) => flag(node).map(|test| Condition::Flag(attribute, test)),
            AttributeType::Text(_) => text(node).map(|test| Condition::Text(attribute, test)),
            AttributeType::Decimal(_) => {
                number(node).map(|test| Condition::Number(attribute, test))
            }
        }
    };
    read(node, words, &of_record)
}

/// Reads conditions on a person alone; one on a record's attribute is reported with `remedy`.
pub(super) fn person_conditions(
    node: &Node<'_>,
    words: &Vocabulary,
    remedy: &str,
) -> Vec<Condition> {
    read(node, words, &|name, place, node| {
        if words.attribute(name).is_some() {
            let message = format!("`{name}` 是记录的属性，这里的条件只能针对人");
            node.report_at(place, Code::Misplaced, message, remedy);
        } else {
            let message = format!("没有 `{name}` 这个属性");
            node.report_at(place, Code::UnknownWord, message, use_one_of(name, RESIDENT_FIELDS));
        }
        None
    })
}

/// Reads a condition on what is no field of a person: its name, the name's place, its value.
type ReadOther<'r> = &'r dyn Fn(&str, &Range<usize>, &Node<'_>) -> Option<Condition>;

fn read(node: &Node<'_>, words: &Vocabulary, other: ReadOther<'_>) -> Vec<Condition> {
    let Some(fields) = node.fields("{ age = { min = 65 } }") else { return Vec::new() };
    let one = |(name, place, node): (&str, Range<usize>, Node<'_>)| match name {
        "age" => number(&node).map(Condition::Age),
        "age_months" => number(&node).map(Condition::AgeMonths),
        "sex" => sex(&node).map(Condition::Sex),
        "community" => community(&node).map(Condition::Community),
        "groups" => groups(&node, words).map(Condition::Groups),
        _ => other(name, &place, &node),
    };
    fields.entries().into_iter().filter_map(one).collect()
}

/// Finishes a test's table and refuses one that asks for nothing or contradicts itself, unless
/// something else was found wrong with it since there were `before` problems.
fn finish<T>(
    node: &Node<'_>,
    before: usize,
    fields: Fields<'_>,
    recorded: Option<bool>,
    asks: bool,
    test: T,
) -> Option<T> {
    fields.finish();
    if node.sink_count() > before {
        return None;
    }
    if !asks && recorded.is_none() {
        node.report(Code::EmptyRange, "条件是空的", "写出要求，如 { min = 65 }，或删去这个键");
        return None;
    }
    if asks && recorded == Some(false) {
        let message = "既要求没有记录，又要求记录的值，永远不会成立";
        node.report(Code::NeverMatches, message, "只留其中一个");
        return None;
    }
    Some(test)
}

/// The values of `is` and `in` together: what both let through.
fn one_of<T: PartialEq>(
    fields: &mut Fields<'_>,
    read: impl Fn(&Node<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let is = fields.get("is").map(|node| read(&node).into_iter().collect::<Vec<T>>());
    let within =
        fields.get("in").map(|node| node.list().iter().filter_map(&read).collect::<Vec<T>>());
    match (is, within) {
        (Some(is), Some(within)) => {
            Some(is.into_iter().filter(|value| within.contains(value)).collect())
        }
        (is, within) => is.or(within),
    }
}

fn empty<T>(list: Option<&Vec<T>>) -> bool {
    list.is_some_and(Vec::is_empty)
}

pub(super) fn number(node: &Node<'_>) -> Option<NumberTest> {
    let before = node.sink_count();
    let mut fields = node.fields("{ min = 65 }")?;
    let mut bound = |key| fields.get(key).map(|node| node.decimal());
    let (min, max, below, above) = (bound("min"), bound("max"), bound("below"), bound("above"));
    let one_of = one_of(&mut fields, |node| node.decimal());
    let recorded = fields.get("recorded").map(|node| node.boolean());
    let test = NumberTest {
        min: min.flatten(),
        max: max.flatten(),
        below: below.flatten(),
        above: above.flatten(),
        one_of,
        recorded: recorded.flatten(),
    };
    let asks = test.asks_for_a_value();
    let test = finish(node, before, fields, test.recorded, asks, test)?;
    if node.sink_count() > before {
        return None;
    }
    let (low, high) = test.bounds();
    let listed = test.one_of.as_ref();
    if low > high || listed.is_some_and(|list| !list.iter().any(|number| test.holds(*number))) {
        node.report(Code::EmptyRange, "没有一个数能满足这个条件", "检查上下限是否写反");
        return None;
    }
    Some(test)
}

fn text(node: &Node<'_>) -> Option<TextTest> {
    let before = node.sink_count();
    let mut fields = node.fields("{ in = [\"12\", \"18\"] }")?;
    let one_of = one_of(&mut fields, |node| node.text().map(str::to_owned));
    let recorded = fields.get("recorded").and_then(|node| node.boolean());
    let test = TextTest { one_of, recorded };
    let test = finish(node, before, fields, recorded, test.one_of.is_some(), test)?;
    listed(node, before, empty(test.one_of.as_ref()), test)
}

/// Refuses a test whose list lets nothing through, unless something else was wrong with it.
fn listed<T>(node: &Node<'_>, before: usize, nothing: bool, test: T) -> Option<T> {
    if node.sink_count() > before {
        return None;
    }
    if nothing {
        node.report(Code::EmptyRange, "没有一个值能满足这个条件", "检查 is 与 in 是否矛盾");
        return None;
    }
    Some(test)
}

fn flag(node: &Node<'_>) -> Option<FlagTest> {
    if let toml::de::DeValue::Table(_) = node.value {
        let before = node.sink_count();
        let mut fields = node.fields("true")?;
        let one_of = one_of(&mut fields, |node| node.boolean());
        let recorded = fields.get("recorded").and_then(|node| node.boolean());
        let asks = one_of.is_some();
        let one_of = finish(node, before, fields, recorded, asks, one_of)?;
        let one_of = listed(node, before, empty(one_of.as_ref()), one_of)?.unwrap_or_default();
        // Both values allowed means no more than that one was recorded.
        return Some(match one_of.as_slice() {
            [is] => FlagTest { is: Some(*is), recorded },
            [] => FlagTest { is: None, recorded },
            [first, rest @ ..] if rest.iter().all(|value| value == first) => {
                FlagTest { is: Some(*first), recorded }
            }
            _ => FlagTest { is: None, recorded: Some(true) },
        });
    }
    node.boolean().map(|is| FlagTest { is: Some(is), recorded: None })
}

fn sex(node: &Node<'_>) -> Option<SexTest> {
    let read = |node: &Node<'_>| node.word("性别", &[("F", Sex::Female), ("M", Sex::Male)]);
    let before = node.sink_count();
    let mut fields = node.fields("{ is = \"F\" }")?;
    let one_of = one_of(&mut fields, read);
    let recorded = fields.get("recorded").and_then(|node| node.boolean());
    let test = SexTest { one_of, recorded };
    let test = finish(node, before, fields, recorded, test.one_of.is_some(), test)?;
    listed(node, before, empty(test.one_of.as_ref()), test)
}

pub(super) fn prefix(node: &Node<'_>) -> Option<DivisionPrefix> {
    let text = node.text()?;
    let prefix = DivisionPrefix::parse(text);
    if prefix.is_none() {
        let message = format!("`{text}` 不是区划代码");
        node.report(Code::BadValue, message, "写 2 到 12 位数字，如 \"510403\"");
    }
    prefix
}

fn community(node: &Node<'_>) -> Option<Vec<DivisionPrefix>> {
    let before = node.sink_count();
    let prefixes: Vec<DivisionPrefix> = match node.value {
        toml::de::DeValue::Table(_) => {
            let mut fields = node.fields("[\"510403001\"]")?;
            let list = one_of(&mut fields, prefix);
            finish(node, before, fields, None, list.is_some(), list)?.unwrap_or_default()
        }
        _ => node.one_or_more().iter().filter_map(prefix).collect(),
    };
    listed(node, before, prefixes.is_empty(), prefixes)
}

fn groups(node: &Node<'_>, words: &Vocabulary) -> Option<GroupsTest> {
    let before = node.sink_count();
    let mut fields = node.fields("{ any = [\"hypertension\"] }")?;
    let mut set = |key| {
        fields.get(key).map(|node| {
            let mut set = GroupSet::default();
            for item in node.list() {
                let Some(name) = item.text() else { continue };
                match words.group(name) {
                    Some(group) if set.contains(group) => {
                        let message = format!("`{name}` 写了两次");
                        item.report(Code::Duplicate, message, "删去一个");
                    }
                    Some(group) => set.insert(group),
                    None => {
                        let known = words.groups().iter().map(|group| group.id.as_str());
                        let message = format!("没有 `{name}` 这个人群");
                        item.report(Code::UnknownWord, message, use_one_of(name, known));
                    }
                }
            }
            set
        })
    };
    let (any, all, none) = (set("any"), set("all"), set("none"));
    let asks = any.is_some() || all.is_some() || none.is_some();
    let test = GroupsTest { any, all: all.unwrap_or_default(), none: none.unwrap_or_default() };
    let test = finish(node, before, fields, None, asks, test)?;
    if node.sink_count() > before {
        return None;
    }
    if test.can_hold() {
        return Some(test);
    }
    node.report(Code::NeverMatches, "要求属于的人群又被排除，永远不会成立", "检查 none 里的人群");
    None
}

impl GroupsTest {
    /// Whether any set of groups satisfies the test.
    pub(super) const fn can_hold(&self) -> bool {
        let any_is_excluded = match self.any {
            Some(any) => any.0 & !self.none.0 == 0,
            None => false,
        };
        !any_is_excluded && !self.all.intersects(self.none)
    }
}

/// A share from 0 to 1.
pub(super) fn share(node: &Node<'_>) -> Option<Decimal> {
    let share = node.decimal()?;
    let one = Decimal::from_integer(1)?;
    if share < Decimal::ZERO || share > one {
        let message = format!("比例 {share} 不在 0 到 1 之间");
        node.report(Code::BadValue, message, "65% 写成 0.65");
        return None;
    }
    Some(share)
}
