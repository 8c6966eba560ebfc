//! Conditions bound to the symbols of one set of tables, ready to be asked of many records.

use kangji_core::{
    Day, Decimal, DivisionPrefix, Sym, Symbols,
    tables::{Record, Records, Resident, Sex, Standing},
    vocabulary::AttributeType,
};

use crate::scheme::{Condition, FlagTest, GroupsTest, NumberTest};

/// What conditions are asked of: a resident on a day, and perhaps a record of that day.
#[derive(Clone, Copy)]
pub(super) struct Case<'f> {
    pub(super) resident: &'f Resident,
    pub(super) standing: &'f Standing,
    pub(super) day: Day,
    /// The record with its row; `None` at the end of a period.
    pub(super) record: Option<(&'f Record, u32)>,
    pub(super) records: &'f Records,
}

/// A number test with its bounds worked out.
#[derive(Clone, Debug)]
pub(super) struct NumberRange {
    low: Decimal,
    high: Decimal,
    one_of: Option<Vec<Decimal>>,
    recorded: Option<bool>,
}

impl NumberRange {
    pub(super) fn new(test: &NumberTest) -> Self {
        let (low, high) = test.bounds();
        // Without a bound even "not recorded" could pass, so `recorded` has the last word.
        let recorded = test.recorded.or(test.asks_for_a_value().then_some(true));
        Self { low, high, one_of: test.one_of.clone(), recorded }
    }

    pub(super) fn holds(&self, number: Decimal) -> bool {
        if number == Decimal::NOT_RECORDED {
            return self.recorded == Some(false);
        }
        self.recorded != Some(false)
            && self.low <= number
            && number <= self.high
            && self.one_of.as_ref().is_none_or(|list| list.contains(&number))
    }
}

/// Conditions that must all hold. Flags and groups, which nearly every award asks about, are
/// masks; a document names each field once, so there is one test of each at most.
#[derive(Clone, Debug, Default)]
pub(super) struct Tests {
    flags: Flags,
    groups: GroupsTest,
    others: Vec<Test>,
}

/// Bits of boolean attributes that must be recorded, not recorded, true, false.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    recorded: u32,
    unrecorded: u32,
    set: u32,
    unset: u32,
}

/// One bound condition on another field.
#[derive(Clone, Debug)]
enum Test {
    Age(NumberRange),
    AgeMonths(NumberRange),
    Sex { female: bool, male: bool, absent: bool },
    Community(Vec<DivisionPrefix>),
    Groups(GroupsTest),
    Text { slot: u8, one_of: Option<Vec<Sym>>, recorded: Option<bool> },
    Number { slot: u8, range: NumberRange },
}

impl Tests {
    pub(super) fn bind(conditions: &[Condition], symbols: &Symbols) -> Self {
        let mut tests = Self::default();
        for condition in conditions {
            match condition {
                Condition::Flag(attribute, test) => tests.flags.ask(attribute.holds, *test),
                Condition::Groups(test) if tests.groups == GroupsTest::default() => {
                    tests.groups = *test;
                }
                other => tests.others.extend(Test::bind(other, symbols)),
            }
        }
        tests
    }

    #[inline]
    pub(super) fn hold(&self, case: &Case<'_>) -> bool {
        self.flags.hold(case)
            && groups_hold(&self.groups, case)
            && (self.others.is_empty() || self.others.iter().all(|test| test.holds(case)))
    }
}

impl Flags {
    fn ask(&mut self, holds: AttributeType, test: FlagTest) {
        let bit = match holds {
            AttributeType::Bool(bit) => 1 << bit,
            AttributeType::Text(_) | AttributeType::Decimal(_) => 0,
        };
        let when = |wanted: bool| if wanted { bit } else { 0 };
        self.recorded |= when(test.is.is_some() || test.recorded == Some(true));
        self.unrecorded |= when(test.recorded == Some(false));
        self.set |= when(test.is == Some(true));
        self.unset |= when(test.is == Some(false));
    }

    #[inline]
    fn hold(&self, case: &Case<'_>) -> bool {
        let (seen, on) =
            case.record.map_or((0, 0), |(record, _)| (record.flags_recorded, record.flags_true));
        seen & self.recorded == self.recorded
            && seen & self.unrecorded == 0
            && on & self.set == self.set
            && on & self.unset == 0
    }
}

#[inline]
fn groups_hold(test: &GroupsTest, case: &Case<'_>) -> bool {
    let groups = case.standing.groups;
    test.any.is_none_or(|any| groups.intersects(any))
        && groups.includes(test.all)
        && !groups.intersects(test.none)
}

impl Test {
    fn bind(condition: &Condition, symbols: &Symbols) -> Option<Self> {
        Some(match condition {
            Condition::Flag(..) => return None,
            Condition::Age(test) => Self::Age(NumberRange::new(test)),
            Condition::AgeMonths(test) => Self::AgeMonths(NumberRange::new(test)),
            Condition::Sex(test) => {
                let listed = |sex| test.one_of.as_ref().is_none_or(|list| list.contains(&sex));
                let may_be = test.recorded != Some(false);
                Self::Sex {
                    female: may_be && listed(Sex::Female),
                    male: may_be && listed(Sex::Male),
                    absent: test.recorded == Some(false),
                }
            }
            Condition::Community(prefixes) => Self::Community(prefixes.clone()),
            Condition::Groups(test) => Self::Groups(*test),
            Condition::Text(attribute, test) => Self::Text {
                slot: slot(attribute.holds),
                one_of: test.one_of.as_ref().map(|list| {
                    // A text that no record has matches none.
                    list.iter().filter_map(|text| symbols.get(text)).collect()
                }),
                recorded: test.recorded,
            },
            Condition::Number(attribute, test) => {
                Self::Number { slot: slot(attribute.holds), range: NumberRange::new(test) }
            }
        })
    }

    #[inline]
    fn holds(&self, case: &Case<'_>) -> bool {
        match self {
            Self::Groups(test) => groups_hold(test, case),
            Self::Age(range) => range.holds(age(case, Day::age_years)),
            Self::AgeMonths(range) => range.holds(age(case, Day::age_months)),
            Self::Sex { female, male, absent } => match case.resident.sex {
                Some(Sex::Female) => *female,
                Some(Sex::Male) => *male,
                None => *absent,
            },
            Self::Community(prefixes) => case
                .standing
                .community
                .is_some_and(|division| prefixes.iter().any(|prefix| prefix.contains(division))),
            Self::Text { slot, one_of, recorded } => {
                let text = case
                    .record
                    .map_or(Sym::EMPTY, |(_, row)| case.records.text(*slot, row as usize));
                if text.is_empty() {
                    return *recorded == Some(false);
                }
                *recorded != Some(false) && one_of.as_ref().is_none_or(|list| list.contains(&text))
            }
            Self::Number { slot, range } => {
                let number = case.record.map_or(Decimal::NOT_RECORDED, |(_, row)| {
                    case.records.decimal(*slot, row as usize)
                });
                range.holds(number)
            }
        }
    }
}

fn age(case: &Case<'_>, measure: fn(Day, Day) -> Option<u32>) -> Decimal {
    let age = case.resident.birth_date.and_then(|birth| measure(birth, case.day));
    age.and_then(|age| Decimal::from_integer(i64::from(age))).unwrap_or(Decimal::NOT_RECORDED)
}

pub(super) fn slot(holds: AttributeType) -> u8 {
    match holds {
        AttributeType::Bool(slot) | AttributeType::Text(slot) | AttributeType::Decimal(slot) => {
            slot
        }
    }
}
