//! One generated person: what is known of somebody before any service.

use kangji_core::{
    Day, DayRange,
    tables::{Dated, Sex},
};

use crate::{rows::Id, year::Year};

/// A pregnancy, by its first day (of the last period, as weeks are counted) and its end.
#[derive(Clone, Copy)]
pub(crate) struct Pregnancy {
    pub(crate) began: Day,
    pub(crate) delivery: Day,
}

/// A person. Not a real one.
pub(crate) struct Person {
    pub(crate) number: u32,
    pub(crate) birth: Day,
    pub(crate) sex: Sex,
    pub(crate) pregnancy: Option<Pregnancy>,
    /// One guardian on each day, or none.
    pub(crate) guardians: Vec<Dated<Id>>,
    /// Groups of the vocabulary, the household's among them.
    pub(crate) groups: Vec<Dated<&'static str>>,
}

impl Person {
    pub(crate) fn new(number: u32, birth: Day, sex: Sex) -> Self {
        let (guardians, groups) = (Vec::new(), Vec::new());
        Self { number, birth, sex, pregnancy: None, guardians, groups }
    }

    pub(crate) const fn id(&self) -> Id {
        Id::Resident(self.number)
    }

    /// Age on a day; 0 before birth.
    pub(crate) fn age(&self, day: Day) -> u32 {
        self.birth.age_years(day).unwrap_or(0)
    }

    /// Age on the last day of the year before.
    pub(crate) fn age_before(&self, year: Year) -> u32 {
        self.age(year.first().previous())
    }

    /// Whether of age all the year.
    pub(crate) fn is_adult(&self, year: Year) -> bool {
        self.age_before(year) >= 18
    }

    pub(crate) fn is_woman(&self) -> bool {
        self.sex == Sex::Female
    }

    pub(crate) fn join(&mut self, group: &'static str, days: DayRange) {
        self.groups.push((group, days));
    }

    /// On which days the person belongs to the group.
    pub(crate) fn days_in(&self, group: &str) -> Option<DayRange> {
        self.groups.iter().find(|(name, _)| *name == group).map(|(_, days)| *days)
    }
}

/// A rate for each band of ages: the first band that ends above the age, 0 above all.
pub(crate) type ByAge = [(u32, u32)];

pub(crate) fn at_age(table: &ByAge, age: u32) -> u32 {
    table.iter().find(|(below, _)| age < *below).map_or(0, |(_, rate)| *rate)
}
