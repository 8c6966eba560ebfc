//! Conditions bound to the symbols of one set of tables, ready to be asked of many records.

use kangji_core::{
    Day, Decimal, Sym, Symbols,
    tables::{Record, Records, Resident, Standing},
    vocabulary::AttributeType,
};

use crate::{
    person::{NumberRange, PersonTest, Profile},
    scheme::{Condition, FlagTest, GroupsTest},
};

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
    Person(PersonTest),
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
            && self.groups.holds(case.standing.groups)
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

impl Test {
    fn bind(condition: &Condition, symbols: &Symbols) -> Option<Self> {
        Some(match condition {
            Condition::Flag(..) => return None,
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
            about_person => Self::Person(PersonTest::bind(about_person)?),
        })
    }

    #[inline]
    fn holds(&self, case: &Case<'_>) -> bool {
        match self {
            Self::Person(test) => test.holds(&Profile::of(case.resident, case.standing, case.day)),
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

pub(super) fn slot(holds: AttributeType) -> u8 {
    match holds {
        AttributeType::Bool(slot) | AttributeType::Text(slot) | AttributeType::Decimal(slot) => {
            slot
        }
    }
}
