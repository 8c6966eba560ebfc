//! Conditions as the specification says them (section 3.1).

use kangji_core::{Day, Decimal, tables::Sex};
use kangji_rules::scheme::{Condition, NumberTest};

use crate::world::{RecordRow, ResidentRow, Value, words};

/// Whether all conditions hold of a resident on a day, and of a record of that day.
pub(crate) fn all_hold(
    conditions: &[Condition],
    resident: &ResidentRow,
    record: Option<&RecordRow>,
    day: Day,
) -> bool {
    let value = |name: &str| record.and_then(|record| record.value(name));
    let whole = |years: u32| Decimal::from_integer(i64::from(years));
    conditions.iter().all(|condition| match condition {
        Condition::Age(test) => {
            let age = resident.birth_date.and_then(|birth| birth.age_years(day));
            number_holds(test, age.and_then(whole))
        }
        Condition::AgeMonths(test) => {
            let age = resident.birth_date.and_then(|birth| birth.age_months(day));
            number_holds(test, age.and_then(whole))
        }
        Condition::Sex(test) => {
            let listed = |sex: &Sex| test.one_of.as_ref().is_none_or(|all| all.contains(sex));
            recorded_or(test.recorded, resident.sex.as_ref(), listed)
        }
        Condition::Community(prefixes) => resident.community(day).is_some_and(|community| {
            prefixes.iter().any(|prefix| community.starts_with(&prefix.to_string()))
        }),
        Condition::Groups(test) => {
            let belongs = |name: &str| {
                let mut groups = resident.groups.iter();
                groups.any(|(group, days)| group == name && days.contains(day))
            };
            (0..).zip(words().groups()).all(|(bit, group)| {
                let asked = |set: u64| set & (1 << bit) != 0;
                (!asked(test.all.0) || belongs(&group.id))
                    && (!asked(test.none.0) || !belongs(&group.id))
            }) && test.any.is_none_or(|any| {
                let mut groups = (0..).zip(words().groups());
                groups.any(|(bit, group)| any.0 & (1 << bit) != 0 && belongs(&group.id))
            })
        }
        Condition::Flag(attribute, test) => {
            let is = |value: &Value| test.is.is_none_or(|is| *value == Value::Flag(is));
            recorded_or(test.recorded, value(&attribute.name), is)
        }
        Condition::Text(attribute, test) => {
            let listed = |value: &Value| {
                let mut list = test.one_of.iter().flatten();
                test.one_of.is_none() || list.any(|text| *value == Value::Text(text.clone()))
            };
            recorded_or(test.recorded, value(&attribute.name), listed)
        }
        Condition::Number(attribute, test) => {
            number_holds(test, record.and_then(|record| number(record, &attribute.name)))
        }
    })
}

/// A field that was not recorded fails every condition but `{ recorded = false }`.
fn recorded_or<T>(recorded: Option<bool>, value: Option<T>, holds: impl Fn(T) -> bool) -> bool {
    match value {
        None => recorded == Some(false),
        Some(value) => recorded != Some(false) && holds(value),
    }
}

pub(crate) fn number_holds(test: &NumberTest, number: Option<Decimal>) -> bool {
    recorded_or(test.recorded, number, |number| {
        test.min.is_none_or(|min| number >= min)
            && test.max.is_none_or(|max| number <= max)
            && test.below.is_none_or(|below| number < below)
            && test.above.is_none_or(|above| number > above)
            && test.one_of.as_ref().is_none_or(|list| list.contains(&number))
    })
}

/// The decimal that a record has under an attribute.
pub(crate) fn number(record: &RecordRow, attribute: &str) -> Option<Decimal> {
    match record.value(attribute) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    }
}
