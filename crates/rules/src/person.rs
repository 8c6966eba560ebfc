//! Conditions on a person: what scoring asks of the resident a record is about, and what the
//! catalogue asks of whoever wants something. Both ask with the code of this file.

use kangji_core::{
    Day, Decimal, Division, DivisionPrefix,
    tables::{Resident, Sex, Standing},
    vocabulary::GroupSet,
};

use crate::scheme::{Condition, GroupsTest, NumberTest};

/// What is known of a person on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The day on which conditions are asked; ages are those of this day.
    pub day: Day,
    /// Day of birth, if recorded.
    pub birth_date: Option<Day>,
    /// Sex, if recorded.
    pub sex: Option<Sex>,
    /// The community lived in on that day, if any is recorded.
    pub community: Option<Division>,
    /// The groups belonged to on that day.
    pub groups: GroupSet,
}

impl Profile {
    /// A resident on a day on which `standing` holds of them.
    #[inline]
    pub(crate) const fn of(resident: &Resident, standing: &Standing, day: Day) -> Self {
        let (birth_date, sex) = (resident.birth_date, resident.sex);
        Self { day, birth_date, sex, community: standing.community, groups: standing.groups }
    }
}

/// The first of `conditions` that does not hold of the person, as scoring would judge it.
/// Conditions on a record's attributes are passed over: nobody asks them of a person.
#[must_use]
pub fn unmet<'c>(conditions: &'c [Condition], person: &Profile) -> Option<&'c Condition> {
    let fails = |test: PersonTest| !test.holds(person);
    conditions.iter().find(|condition| PersonTest::bind(condition).is_some_and(fails))
}

/// A number test with its bounds worked out.
#[derive(Clone, Debug)]
pub(crate) struct NumberRange {
    low: Decimal,
    high: Decimal,
    one_of: Option<Vec<Decimal>>,
    recorded: Option<bool>,
}

impl NumberRange {
    pub(crate) fn new(test: &NumberTest) -> Self {
        let (low, high) = test.bounds();
        // Without a bound even "not recorded" could pass, so `recorded` has the last word.
        let recorded = test.recorded.or(test.asks_for_a_value().then_some(true));
        Self { low, high, one_of: test.one_of.clone(), recorded }
    }

    pub(crate) fn holds(&self, number: Decimal) -> bool {
        if number == Decimal::NOT_RECORDED {
            return self.recorded == Some(false);
        }
        self.recorded != Some(false)
            && self.low <= number
            && number <= self.high
            && self.one_of.as_ref().is_none_or(|list| list.contains(&number))
    }
}

/// A condition on a person, ready to be asked of many.
#[derive(Clone, Debug)]
pub(crate) enum PersonTest {
    Age(NumberRange),
    AgeMonths(NumberRange),
    Sex { female: bool, male: bool, absent: bool },
    Community(Vec<DivisionPrefix>),
    Groups(GroupsTest),
}

impl PersonTest {
    /// `None` for a condition on a record's attribute.
    pub(crate) fn bind(condition: &Condition) -> Option<Self> {
        Some(match condition {
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
            Condition::Flag(..) | Condition::Text(..) | Condition::Number(..) => return None,
        })
    }

    #[inline]
    pub(crate) fn holds(&self, person: &Profile) -> bool {
        match self {
            Self::Age(range) => range.holds(age(person, Day::age_years)),
            Self::AgeMonths(range) => range.holds(age(person, Day::age_months)),
            Self::Sex { female, male, absent } => match person.sex {
                Some(Sex::Female) => *female,
                Some(Sex::Male) => *male,
                None => *absent,
            },
            Self::Community(prefixes) => person
                .community
                .is_some_and(|division| prefixes.iter().any(|prefix| prefix.contains(division))),
            Self::Groups(test) => test.holds(person.groups),
        }
    }
}

fn age(person: &Profile, measure: fn(Day, Day) -> Option<u32>) -> Decimal {
    let age = person.birth_date.and_then(|birth| measure(birth, person.day));
    age.and_then(|age| Decimal::from_integer(i64::from(age))).unwrap_or(Decimal::NOT_RECORDED)
}
