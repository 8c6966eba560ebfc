//! What a points scheme says, as checked data: the typed form of a scheme document.
//!
//! Every value here has passed the checks of [`crate::document`]; the meaning of each is fixed in
//! `docs/scheme-documents.md`. Nothing here knows records, outcomes or text positions.

mod catalogue;

use kangji_core::{
    Day, DayRange, Decimal, Decimals, DivisionPrefix, Period, PeriodKind, Points, Span,
    tables::Sex,
    vocabulary::{AttributeType, GroupSet, KindId},
};

pub use catalogue::{Benefit, Content, Deduction, Item, Price, Redemption, Season, Vouchers};

/// A checked scheme: one published version of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Stable id, the same in every version.
    pub id: String,
    /// The name residents read.
    pub title: String,
    /// Who publishes it.
    pub issuer: String,
    /// The area it governs.
    pub division: DivisionPrefix,
    /// The days on which activities count under this version.
    pub in_force: DayRange,
    /// The first day of the scheme, before which no version of it counts anything; that of a
    /// revision is earlier than its own.
    pub since: Day,
    /// Decimal places of points.
    pub decimals: Decimals,
    /// When points lapse; `None`: never.
    pub expiry: Option<Expiry>,
    /// The score that must be reached before anything is redeemed (T3).
    pub redeem_minimum: Option<Points>,
    /// Conditions on the resident for every award.
    pub eligible: Vec<Condition>,
    /// Whether two people may correct a balance by hand.
    pub adjustments: bool,
    /// The longest time in which an award's activities may count.
    pub max_window: Option<Span>,
    /// What earns points, in the order of the document.
    pub awards: Vec<Award>,
    /// What points can be redeemed for.
    pub items: Vec<Item>,
    /// How points are redeemed.
    pub redemption: Redemption,
    /// Its paper vouchers, if it has any.
    pub vouchers: Option<Vouchers>,
    /// What a high total brings without costing points.
    pub benefits: Vec<Benefit>,
    /// How points pay part of a bill in partner shops.
    pub deductions: Vec<Deduction>,
    /// SM3 digest of the document's bytes.
    pub digest: [u8; 32],
}

impl Scheme {
    /// The digest as lower-case hexadecimal text.
    #[must_use]
    pub fn digest_text(&self) -> String {
        self.digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first day of this version, where others come before it.
    #[must_use]
    pub fn revised_from(&self) -> Option<Day> {
        (self.in_force.from > self.since).then_some(self.in_force.from)
    }

    /// The award with this id.
    #[must_use]
    pub fn award(&self, id: &str) -> Option<&Award> {
        self.awards.iter().find(|award| award.id == id)
    }
}

/// When points lapse, counted from the outcome's date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// This long after the outcome's date.
    After(Span),
    /// On 1 January of the next year, or so much later.
    YearEnd {
        /// Moves the day for late confirmations and metrics.
        grace: Option<Span>,
    },
}

impl Expiry {
    /// The first day on which points of `date` are no longer valid.
    #[must_use]
    pub fn ends(self, date: Day) -> Day {
        match self {
            Self::After(span) => date.plus(span),
            Self::YearEnd { grace } => {
                let new_year = Period::containing(PeriodKind::Year, date).days().to.next();
                grace.map_or(new_year, |grace| new_year.plus(grace))
            }
        }
    }
}

/// One thing that earns points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// Stable id.
    pub id: String,
    /// The name residents read.
    pub name: String,
    /// The category residents read.
    pub category: Option<String>,
    /// The headings above the rule, outermost first: article and annex it rests on.
    pub basis: Vec<String>,
    /// What makes a candidate.
    pub occasion: Occasion,
    /// Conditions that choose the candidates.
    pub when: Vec<Condition>,
    /// Points for each candidate, or for each unit of `per_unit`.
    pub points: Points,
    /// The decimal attribute that multiplies the points.
    pub per_unit: Option<AttributeRef>,
    /// Who holds the points.
    pub to: HolderType,
    /// The name for everyone but the person, their guardian and staff on duty, where the award's
    /// own name would reveal an illness.
    pub public_name: Option<String>,
    /// How often, or up to how many points.
    pub limits: Vec<Limit>,
    /// Awards before which this one gives way.
    pub yields_to: Vec<YieldsTo>,
    /// Requirements that must all hold.
    pub requires: Vec<Requirement>,
    /// Requirements of which one must hold.
    pub requires_any: Vec<Requirement>,
    /// Figures of the community and year that must hold.
    pub given: Vec<Given>,
    /// Only what exceeds a share of a figure counts.
    pub beyond: Option<Beyond>,
    /// Role that must confirm before points are credited.
    pub confirm: Option<String>,
    /// Narrower days in which activities count.
    pub counts: Option<DayRange>,
}

impl Award {
    /// The basis as one line: `附件1 › 主动参与积分 › 参加健康教育讲座`.
    #[must_use]
    pub fn basis_line(&self) -> String {
        self.basis.join(" › ")
    }

    /// The name for somebody who may not read the award's own.
    #[must_use]
    pub fn name_for_public(&self) -> &str {
        self.public_name.as_deref().unwrap_or(&self.name)
    }
}

/// What makes a candidate for an award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A record of one of these kinds.
    Record(Vec<KindId>),
    /// The end of each period of this kind.
    Period(PeriodKind),
}

/// An attribute of records, resolved in the vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeRef {
    /// Its column name.
    pub name: String,
    /// Its type and place.
    pub holds: AttributeType,
}

/// Who holds the points of an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HolderType {
    /// The resident served.
    Resident,
    /// The resident's guardian on that day.
    Guardian,
    /// The record's worker, unless that is the resident.
    Worker,
    /// The resident's community on that day.
    Community,
}

impl HolderType {
    /// The word in documents and outcomes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Guardian => "guardian",
            Self::Worker => "worker",
            Self::Community => "community",
        }
    }
}

/// One field and what must hold of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Whole years of age.
    Age(NumberTest),
    /// Whole months of age.
    AgeMonths(NumberTest),
    /// Sex.
    Sex(SexTest),
    /// The community lived in lies in one of these areas.
    Community(Vec<DivisionPrefix>),
    /// The groups belonged to.
    Groups(GroupsTest),
    /// A boolean attribute of the record.
    Flag(AttributeRef, FlagTest),
    /// A text attribute of the record.
    Text(AttributeRef, TextTest),
    /// A decimal attribute of the record.
    Number(AttributeRef, NumberTest),
}

impl Condition {
    /// Whether the condition looks at the resident alone, not at a record.
    #[must_use]
    pub const fn is_about_resident(&self) -> bool {
        !matches!(self, Self::Flag(..) | Self::Text(..) | Self::Number(..))
    }
}

/// What must hold of a number; all that is given must.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct NumberTest {
    /// At least.
    pub min: Option<Decimal>,
    /// At most.
    pub max: Option<Decimal>,
    /// Less than.
    pub below: Option<Decimal>,
    /// More than.
    pub above: Option<Decimal>,
    /// One of these.
    pub one_of: Option<Vec<Decimal>>,
    /// Recorded at all, or not.
    pub recorded: Option<bool>,
}

impl NumberTest {
    /// The smallest and the largest number that the bounds let through.
    #[must_use]
    pub fn bounds(&self) -> (Decimal, Decimal) {
        let above = self.above.map(|number| number.saturating_add(Decimal::STEP));
        let below = self.below.map(|number| number.saturating_sub(Decimal::STEP));
        let low = self.min.max(above).unwrap_or(Decimal::MIN);
        let high = [self.max, below].into_iter().flatten().min().unwrap_or(Decimal::MAX);
        (low, high)
    }

    /// Whether a recorded number passes.
    #[must_use]
    pub fn holds(&self, number: Decimal) -> bool {
        let (low, high) = self.bounds();
        let listed = self.one_of.as_ref().is_none_or(|list| list.contains(&number));
        self.recorded != Some(false) && low <= number && number <= high && listed
    }

    /// Whether anything is asked of the number itself.
    #[must_use]
    pub const fn asks_for_a_value(&self) -> bool {
        self.min.is_some()
            || self.max.is_some()
            || self.below.is_some()
            || self.above.is_some()
            || self.one_of.is_some()
    }
}

/// What must hold of a text attribute.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TextTest {
    /// One of these.
    pub one_of: Option<Vec<String>>,
    /// Recorded at all, or not.
    pub recorded: Option<bool>,
}

/// What must hold of a boolean attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FlagTest {
    /// The value.
    pub is: Option<bool>,
    /// Recorded at all, or not.
    pub recorded: Option<bool>,
}

/// What must hold of the sex.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SexTest {
    /// One of these.
    pub one_of: Option<Vec<Sex>>,
    /// Recorded at all, or not.
    pub recorded: Option<bool>,
}

/// What must hold of the groups; all that is given must.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct GroupsTest {
    /// At least one of these.
    pub any: Option<GroupSet>,
    /// All of these.
    pub all: GroupSet,
    /// None of these.
    pub none: GroupSet,
}

impl GroupsTest {
    /// Whether somebody who belongs to `groups` passes.
    #[inline]
    #[must_use]
    pub fn holds(&self, groups: GroupSet) -> bool {
        self.any.is_none_or(|any| groups.intersects(any))
            && groups.includes(self.all)
            && !groups.intersects(self.none)
    }
}

/// How often an award is credited, or up to how many points, in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The bound.
    pub bound: Bound,
    /// The period.
    pub per: PeriodKind,
    /// What is counted apart; the holder where the document says nothing.
    pub by: Vec<KeyPart>,
}

/// The bound of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// So many times.
    Times(u32),
    /// So many points, in smallest units.
    Points(Points),
}

/// A part of the key under which a limit counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPart {
    /// Who holds the points.
    Holder,
    /// The resident served.
    Resident,
    /// The resident's community.
    Community,
    /// An attribute of the record.
    Attribute(AttributeRef),
}

/// An award before which this one gives way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YieldsTo {
    /// The id of the award that wins.
    pub award: String,
    /// The period in which both would count.
    pub per: PeriodKind,
}

/// Records that the same resident must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Their kinds.
    pub on: Vec<KindId>,
    /// Conditions on each, as of its own date.
    pub when: Vec<Condition>,
    /// The period in which they must lie.
    pub within: PeriodKind,
    /// How many, or in which pattern.
    pub shape: RequirementShape,
}

/// How many records a requirement asks for, or in which pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequirementShape {
    /// At least so many.
    Times(u32),
    /// So many sub-periods in a row whose last record satisfies the conditions.
    Streak {
        /// How many in a row.
        length: u32,
        /// The kind of sub-period.
        per: PeriodKind,
    },
}

/// A figure of the community and year that must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The figure's name.
    pub metric: String,
    /// What must hold of it.
    pub test: NumberTest,
}

/// Only what exceeds a share of a figure counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// The share, from 0 to 1.
    pub share: Decimal,
    /// The figure's name.
    pub of: String,
}
