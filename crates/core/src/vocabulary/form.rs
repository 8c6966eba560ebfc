//! How people record: which fields the form of each record kind has, which numbers are usual and
//! which are possible, and whom a service is for.

use super::GroupSet;
use crate::Decimal;

/// The numbers from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The lowest.
    pub low: Decimal,
    /// The highest.
    pub high: Decimal,
}

impl Range {
    /// Whether a number lies in it.
    #[must_use]
    pub fn contains(self, number: Decimal) -> bool {
        self.low <= number && number <= self.high
    }

    /// Whether all of another range lies in it.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        self.contains(other.low) && self.contains(other.high)
    }
}

/// The heading under which people look for a record kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Visits to people with a long illness.
    FollowUp,
    /// Check-ups and screenings.
    Checkup,
    /// Pregnancy, childhood, vaccinations.
    MotherAndChild,
    /// Lectures, advice, one's own measurements, helping others.
    Learning,
    /// Health records, family doctors, visits to the outpatient department.
    Contract,
    /// Somebody is reported who was not known before. Points are for who reports.
    Report,
}

impl Section {
    /// All of them, in the order in which people look for them.
    pub const ALL: [Self; 6] = [
        Self::FollowUp,
        Self::Checkup,
        Self::MotherAndChild,
        Self::Learning,
        Self::Contract,
        Self::Report,
    ];

    /// The heading.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::FollowUp => "随访",
            Self::Checkup => "体检与筛查",
            Self::MotherAndChild => "孕产妇、儿童与接种",
            Self::Learning => "健康教育与活动",
            Self::Contract => "档案、签约与门诊",
            Self::Report => "发现与协助",
        }
    }
}

/// Whom a service is meant for first. Others may have it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct People {
    /// Who belongs to one of these groups.
    pub groups: GroupSet,
    /// Who is of these ages in years, first and last.
    pub ages: Option<(u32, u32)>,
}

impl People {
    /// Whether somebody of these groups and of this age is meant.
    #[must_use]
    pub fn include(self, groups: GroupSet, age: Option<u32>) -> bool {
        let of_age = |(first, last)| age.is_some_and(|age| (first..=last).contains(&age));
        self.groups.intersects(groups) || self.ages.is_some_and(of_age)
    }
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// The attribute.
    pub attribute: String,
    /// Whether people have to fill it in. Systems send what they have.
    pub is_required: bool,
    /// Numbers outside are pointed out and taken once somebody has looked again.
    pub usual: Option<Range>,
    /// The texts to choose from; empty where any is possible.
    pub values: Vec<String>,
}

/// The form in which people record a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindForm {
    /// The heading of the kind.
    pub section: Section,
    /// Whom the service is meant for first.
    pub people: People,
    /// Its fields, in order.
    pub fields: Vec<FormField>,
}

/// What a deployment says of an attribute beside its name, type, label and unit.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Description {
    /// Numbers outside are pointed out in forms.
    pub usual: Option<Range>,
    /// Numbers outside are refused where records come in through the server.
    pub possible: Option<Range>,
    /// The texts to choose from in forms.
    pub values: Vec<String>,
    /// The kinds whose forms have it.
    pub kinds: Vec<String>,
    /// Those of them whose forms require it.
    pub required: Vec<String>,
}
