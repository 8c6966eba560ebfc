//! Whether a conjunction of conditions can hold at all.
//!
//! Finds contradictions between conditions on one field, and between the two fields of age.
//! It does not prove that conditions can hold; it reports only what certainly cannot.

use kangji_core::{Decimal, DivisionPrefix, tables::Sex, vocabulary::GroupSet};

use crate::scheme::{Condition, FlagTest, GroupsTest, NumberTest, TextTest};

/// Whether conditions on one field contradict each other within a division.
type Contradicts = fn(&[&Condition], DivisionPrefix) -> bool;

/// Why `conditions` contradict each other within `division`; `None` where they need not.
pub(super) fn contradiction(
    conditions: &[&Condition],
    division: DivisionPrefix,
) -> Option<&'static str> {
    let fields: [(&str, Contradicts); 7] = [
        ("对年龄的要求互相矛盾", |all, _| ages(all)),
        ("对性别的要求互相矛盾", |all, _| sexes(all)),
        ("所写社区都不在辖区之内，或互相矛盾", communities),
        ("要求属于的人群又被排除", |all, _| groups(all)),
        ("对同一属性真假的要求互相矛盾", |all, _| flags(all)),
        ("对同一文字属性的要求互相矛盾", |all, _| texts(all)),
        ("对同一数值属性的要求互相矛盾", |all, _| numbers(all)),
    ];
    fields.iter().find(|(_, contradicts)| contradicts(conditions, division)).map(|(why, _)| *why)
}

fn empty(tests: &[&NumberTest]) -> bool {
    let low = tests.iter().map(|test| test.bounds().0).max().unwrap_or(Decimal::MIN);
    let high = tests.iter().map(|test| test.bounds().1).min().unwrap_or(Decimal::MAX);
    let mut lists = tests.iter().filter_map(|test| test.one_of.as_ref());
    let none_listed = lists.next().is_some_and(|list| {
        !list.iter().any(|number| tests.iter().all(|test| test.holds(*number)))
    });
    let absent = tests.iter().any(|test| test.recorded == Some(false));
    let present = tests.iter().any(|test| test.recorded == Some(true) || test.asks_for_a_value());
    low > high || none_listed || (absent && present)
}

fn ages(all: &[&Condition]) -> bool {
    fn pick(all: &[&Condition], get: fn(&Condition) -> Option<&NumberTest>) -> Vec<NumberTest> {
        all.iter().filter_map(|condition| get(condition)).cloned().collect()
    }
    let years = pick(all, |condition| match condition {
        Condition::Age(test) => Some(test),
        _ => None,
    });
    let months = pick(all, |condition| match condition {
        Condition::AgeMonths(test) => Some(test),
        _ => None,
    });
    // Twelve months for each year: at least the months of the least age, at most those of the
    // greatest with eleven more.
    let in_months = |years: Decimal, more: i64| {
        let months = years.multiply_floor(12).saturating_add(more);
        Decimal::from_integer(months)
    };
    let bridge = years.iter().filter(|test| test.recorded.is_none()).map(|test| {
        let (low, high) = test.bounds();
        let bounded = |bound: Decimal, edge| (bound != edge).then_some(bound);
        NumberTest {
            min: bounded(low, Decimal::MIN).and_then(|low| in_months(low, 0)),
            max: bounded(high, Decimal::MAX).and_then(|high| in_months(high, 11)),
            ..NumberTest::default()
        }
    });
    let both: Vec<NumberTest> = bridge.chain(months.iter().cloned()).collect();
    fn refs(tests: &[NumberTest]) -> Vec<&NumberTest> {
        tests.iter().collect()
    }
    empty(&refs(&years)) || empty(&refs(&months)) || (!months.is_empty() && empty(&refs(&both)))
}

fn sexes(all: &[&Condition]) -> bool {
    let tests = || {
        all.iter().filter_map(|condition| match condition {
            Condition::Sex(test) => Some(test),
            _ => None,
        })
    };
    let allowed =
        |sex: Sex| tests().all(|test| test.one_of.as_ref().is_none_or(|list| list.contains(&sex)));
    let absent = tests().any(|test| test.recorded == Some(false));
    let present = tests().any(|test| test.recorded == Some(true) || test.one_of.is_some());
    !(allowed(Sex::Female) || allowed(Sex::Male)) || (absent && present)
}

fn communities(all: &[&Condition], division: DivisionPrefix) -> bool {
    let lists: Vec<&Vec<DivisionPrefix>> = all
        .iter()
        .filter_map(|condition| match condition {
            Condition::Community(list) => Some(list),
            _ => None,
        })
        .collect();
    // Prefixes either contain each other or are apart, so a community in all lists exists iff
    // some prefix overlaps one of every list and the division.
    let meets = |prefix: &DivisionPrefix| {
        let in_all = |list: &&Vec<DivisionPrefix>| list.iter().any(|p| p.overlaps(*prefix));
        prefix.overlaps(division) && lists.iter().all(in_all)
    };
    !lists.is_empty() && !lists.iter().flat_map(|list| list.iter()).any(meets)
}

fn groups(all: &[&Condition]) -> bool {
    let tests: Vec<GroupsTest> = all
        .iter()
        .filter_map(|condition| match condition {
            Condition::Groups(test) => Some(*test),
            _ => None,
        })
        .collect();
    let together = tests.iter().fold(GroupsTest::default(), |sum, test| GroupsTest {
        any: None,
        all: GroupSet(sum.all.0 | test.all.0),
        none: GroupSet(sum.none.0 | test.none.0),
    });
    let alone = std::iter::once(None).chain(tests.iter().map(|test| test.any));
    !alone.map(|any| GroupsTest { any, ..together }).all(|test| test.can_hold())
}

/// Groups the tests on attributes by the attribute's name and looks for a name whose tests
/// contradict each other.
fn by_name<T: Copy>(tests: &[(&str, T)], contradict: impl Fn(&[T]) -> bool) -> bool {
    tests.iter().any(|(name, _)| {
        let same = tests.iter().filter(|(other, _)| other == name);
        contradict(&same.map(|(_, test)| *test).collect::<Vec<T>>())
    })
}

fn flags(all: &[&Condition]) -> bool {
    let tests: Vec<(&str, &FlagTest)> = all
        .iter()
        .filter_map(|condition| match condition {
            Condition::Flag(attribute, test) => Some((attribute.name.as_str(), test)),
            _ => None,
        })
        .collect();
    by_name(&tests, |tests| {
        let is = |value| tests.iter().any(|test| test.is == Some(value));
        let absent = tests.iter().any(|test| test.recorded == Some(false));
        (is(true) && is(false)) || (absent && (is(true) || is(false)))
    })
}

fn texts(all: &[&Condition]) -> bool {
    let tests: Vec<(&str, &TextTest)> = all
        .iter()
        .filter_map(|condition| match condition {
            Condition::Text(attribute, test) => Some((attribute.name.as_str(), test)),
            _ => None,
        })
        .collect();
    by_name(&tests, |tests| {
        let mut lists = tests.iter().filter_map(|test| test.one_of.as_ref());
        let first = lists.next();
        let nothing = first
            .is_some_and(|first| !first.iter().any(|text| lists.clone().all(|l| l.contains(text))));
        let absent = tests.iter().any(|test| test.recorded == Some(false));
        let present = tests.iter().any(|test| test.recorded == Some(true) || test.one_of.is_some());
        nothing || (absent && present)
    })
}

fn numbers(all: &[&Condition]) -> bool {
    let tests: Vec<(&str, &NumberTest)> = all
        .iter()
        .filter_map(|condition| match condition {
            Condition::Number(attribute, test) => Some((attribute.name.as_str(), test)),
            _ => None,
        })
        .collect();
    by_name(&tests, empty)
}
