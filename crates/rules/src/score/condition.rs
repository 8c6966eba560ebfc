//! Conditions bound to the symbols of one set of tables, ready to be asked of many records.

use kangji_core::{
    Day, Decimal, DivisionPrefix, Sym, Symbols,
    tables::{Record, Records, Resident, Sex, Standing},
    vocabulary::{AttributeType, GroupSet},
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

/// One bound condition.
#[derive(Clone, Debug)]
enum Test {
    /// All flags of all boolean conditions at once: bits that must be recorded, must not be
    /// recorded, must be true, must be false.
    Flags {
        recorded: u32,
        unrecorded: u32,
        set: u32,
        unset: u32,
    },
    Age(NumberRange),
    AgeMonths(NumberRange),
    Sex {
        female: bool,
        male: bool,
        absent: bool,
    },
    Community(Vec<DivisionPrefix>),
    Groups {
        any: Option<GroupSet>,
        all: GroupSet,
        none: GroupSet,
    },
    Text {
        slot: u8,
        one_of: Option<Vec<Sym>>,
        recorded: Option<bool>,
    },
    Number {
        slot: u8,
        range: NumberRange,
    },
}

/// Conditions that must all hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Tests(Vec<Test>);

impl Tests {
    pub(super) fn bind(conditions: &[Condition], symbols: &Symbols) -> Self {
        let mut tests: Vec<Test> = Vec::new();
        for condition in conditions {
            match Test::bind(condition, symbols) {
                Test::Flags { recorded, unrecorded, set, unset } => {
                    if let Some(Test::Flags { recorded: r, unrecorded: u, set: s, unset: n }) =
                        tests.first_mut()
                    {
                        (*r, *u, *s, *n) = (*r | recorded, *u | unrecorded, *s | set, *n | unset);
                    } else {
                        tests.insert(0, Test::Flags { recorded, unrecorded, set, unset });
                    }
                }
                test => tests.push(test),
            }
        }
        Self(tests)
    }

    #[inline]
    pub(super) fn hold(&self, case: &Case<'_>) -> bool {
        self.0.iter().all(|test| test.holds(case))
    }
}

impl Test {
    fn bind(condition: &Condition, symbols: &Symbols) -> Self {
        match condition {
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
            Condition::Groups(GroupsTest { any, all, none }) => {
                Self::Groups { any: *any, all: *all, none: *none }
            }
            Condition::Flag(attribute, FlagTest { is, recorded }) => {
                let bit = match attribute.holds {
                    AttributeType::Bool(bit) => 1 << bit,
                    _ => 0,
                };
                let when = |wanted: bool| if wanted { bit } else { 0 };
                Self::Flags {
                    recorded: when(is.is_some() || *recorded == Some(true)),
                    unrecorded: when(*recorded == Some(false)),
                    set: when(*is == Some(true)),
                    unset: when(*is == Some(false)),
                }
            }
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
        }
    }

    #[inline]
    fn holds(&self, case: &Case<'_>) -> bool {
        match self {
            Self::Flags { recorded, unrecorded, set, unset } => {
                let (seen, on) = case
                    .record
                    .map_or((0, 0), |(record, _)| (record.flags_recorded, record.flags_true));
                seen & recorded == *recorded
                    && seen & unrecorded == 0
                    && on & set == *set
                    && on & unset == 0
            }
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
            Self::Groups { any, all, none } => {
                let groups = case.standing.groups;
                any.is_none_or(|any| groups.intersects(any))
                    && groups.includes(*all)
                    && !groups.intersects(*none)
            }
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
