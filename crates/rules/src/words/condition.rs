//! Conditions on residents, records and community figures.

use kangji_core::{Decimal, tables::Sex, vocabulary::Vocabulary};

use super::{
    label::{group_labels, is_share, metric_label, stage_label},
    list::{joined, one_of},
    number::percent,
};
use crate::scheme::{
    AttributeRef, Condition, FlagTest, Given, GroupsTest, NumberTest, SexTest, TextTest,
};

/// A condition in words: `65岁及以上`, `高血压或糖尿病患者`, `控制达标`, `收缩压低于140毫米汞柱`.
#[must_use]
pub fn condition(condition: &Condition, words: &Vocabulary) -> String {
    match condition {
        Condition::Age(test) => age(test, "岁", "未满"),
        Condition::AgeMonths(test) => age(test, "个月龄", "未满"),
        Condition::Sex(test) => sex(test),
        Condition::Community(areas) => {
            let codes: Vec<String> = areas.iter().map(ToString::to_string).collect();
            format!("住在区划代码以{}开头的村（社区）", one_of(&codes))
        }
        Condition::Groups(test) => groups(test, words),
        Condition::Flag(attribute, test) => flag(label(attribute, words), *test),
        Condition::Text(attribute, test) => text(attribute, test, words),
        Condition::Number(attribute, test) => {
            let unit = words.attribute(&attribute.name).map_or("", |known| known.unit.as_str());
            let said = bounds(test, &|number| format!("{number}{unit}"));
            said.iter()
                .map(|part| format!("{}{part}", label(attribute, words)))
                .collect::<Vec<_>>()
                .join("、")
        }
    }
}

/// A figure of the community and year: `档案知晓率达到90%`.
#[must_use]
pub fn given(given: &Given) -> String {
    let name = metric_label(&given.metric);
    let parts = bounds(&given.test, &|number| metric_number(&given.metric, number));
    format!("{name}{}", parts.join("且"))
}

/// A value of a figure as people read it: shares as percentages.
#[must_use]
pub fn metric_number(metric: &str, number: Decimal) -> String {
    if is_share(metric) { percent(number) } else { number.to_string() }
}

fn label<'w>(attribute: &'w AttributeRef, words: &'w Vocabulary) -> &'w str {
    words.attribute(&attribute.name).map_or(&attribute.name, |known| &known.word.label)
}

/// What is asked of a number, a part for each bound.
fn bounds(test: &NumberTest, show: &dyn Fn(Decimal) -> String) -> Vec<String> {
    let part =
        |word: &str, bound: Option<Decimal>| bound.map(|bound| format!("{word}{}", show(bound)));
    let listed = test.one_of.as_ref().map(|list| {
        let list: Vec<String> = list.iter().copied().map(show).collect();
        format!("为{}", one_of(&list))
    });
    let parts = [
        part("达到", test.min),
        part("高于", test.above),
        part("不超过", test.max),
        part("低于", test.below),
        listed,
        recorded(test.recorded).map(str::to_owned),
    ];
    parts.into_iter().flatten().collect()
}

const fn recorded(recorded: Option<bool>) -> Option<&'static str> {
    match recorded {
        Some(true) => Some("已登记"),
        Some(false) => Some("没有登记"),
        None => None,
    }
}

fn age(test: &NumberTest, unit: &str, under: &str) -> String {
    let listed = test.one_of.as_ref().map(|list| {
        let list: Vec<String> = list.iter().map(|age| format!("{age}{unit}")).collect();
        one_of(&list)
    });
    let range = match (test.min, test.max) {
        (Some(min), Some(max)) => Some(format!("{min}到{max}{unit}")),
        (Some(min), None) => Some(format!("{min}{unit}及以上")),
        (None, Some(max)) => Some(format!("{max}{unit}及以下")),
        (None, None) => None,
    };
    let parts = [
        range,
        test.above.map(|above| format!("超过{above}{unit}")),
        test.below.map(|below| format!("{under}{below}{unit}")),
        listed,
        recorded(test.recorded).map(|word| format!("{word}出生日期")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("、")
}

fn sex(test: &SexTest) -> String {
    let names = |sex: &Sex| match sex {
        Sex::Female => "女性",
        Sex::Male => "男性",
    };
    let listed =
        test.one_of.as_ref().map(|list| one_of(&list.iter().map(names).collect::<Vec<_>>()));
    let parts = [listed, recorded(test.recorded).map(|word| format!("{word}性别"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join("、")
}

fn groups(test: &GroupsTest, words: &Vocabulary) -> String {
    let (all, none) = (group_labels(test.all, words), group_labels(test.none, words));
    let any = test.any.map(|any| one_of(&group_labels(any, words)));
    let parts = [
        any,
        (!all.is_empty()).then(|| joined(&all, "并且")),
        (!none.is_empty()).then(|| format!("{}除外", joined(&none, "和"))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("，")
}

/// What a boolean attribute must say; also for labels that fit one kind of record better.
pub(super) fn flag(label: &str, test: FlagTest) -> String {
    let parts = [
        test.is.map(|is| if is { label.to_owned() } else { format!("未{label}") }),
        recorded(test.recorded).map(|word| format!("{word}“{label}”一栏")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("、")
}

fn text(attribute: &AttributeRef, test: &TextTest, words: &Vocabulary) -> String {
    let label = label(attribute, words);
    let listed = test.one_of.as_ref().map(|list| format!("{label}为{}", values(attribute, list)));
    let parts = [listed, recorded(test.recorded).map(|word| format!("{word}{label}"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join("、")
}

/// One of the values of a text attribute; stages have words of their own.
pub(super) fn values(attribute: &AttributeRef, list: &[String]) -> String {
    if attribute.name == "stage" {
        let stages: Vec<String> = list.iter().map(|stage| stage_label(stage)).collect();
        one_of(&stages)
    } else {
        one_of(list)
    }
}
