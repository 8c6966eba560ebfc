//! Random edits of an award, such as a form makes.

use kangji_core::{
    Day, DayRange, Decimal, PeriodKind, Points,
    vocabulary::{GroupId, GroupSet, Vocabulary},
};
use kangji_rules::scheme::{
    AttributeRef, Award, Bound, Condition, FlagTest, Given, GroupsTest, KeyPart, Limit, NumberTest,
    Occasion, RequirementShape, Scheme, TextTest, YieldsTo,
};
use proptest::prelude::*;

/// One change of an award.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Name(String),
    Category(Option<String>),
    Points(u16),
    PerUnit(bool),
    PublicName(Option<String>),
    Limits(Vec<Limit>),
    Age(Option<(u8, Option<u8>)>),
    Groups(Option<(u8, u8, u8)>),
    Flag(Option<bool>),
    Stage(Option<Vec<String>>),
    Number(Option<u8>),
    Counts(Option<(u16, Option<u16>)>),
    YieldsTo(bool, PeriodKind),
    Times(u32),
    Confirm(Option<String>),
    Given(Option<u8>),
}

fn attribute(name: &str) -> AttributeRef {
    let words = Vocabulary::national();
    AttributeRef { name: name.to_owned(), holds: words.attribute(name).unwrap().holds }
}

fn decimal(number: impl ToString) -> Decimal {
    number.to_string().parse().unwrap()
}

fn period() -> impl Strategy<Value = PeriodKind> {
    prop::sample::select(PeriodKind::ALL.to_vec())
}

fn limit() -> impl Strategy<Value = Limit> {
    let bound = prop_oneof![
        (1..40_u32).prop_map(Bound::Times),
        (1..900_i64).prop_map(|points| Bound::Points(Points(points))),
    ];
    let by = prop_oneof![
        Just(vec![KeyPart::Holder]),
        Just(vec![KeyPart::Resident]),
        Just(vec![KeyPart::Community, KeyPart::Resident]),
    ];
    (bound, period(), by).prop_map(|(bound, per, by)| Limit { bound, per, by })
}

pub(crate) fn change() -> impl Strategy<Value = Change> {
    let text = || "[一-龥]{1,6}[\"\\\\#']?[a-z]{0,2}";
    let group = || 0..4_u8;
    prop_oneof![
        text().prop_map(Change::Name),
        prop::option::of(text()).prop_map(Change::Category),
        (0..9999_u16).prop_map(Change::Points),
        any::<bool>().prop_map(Change::PerUnit),
        prop::option::of(text()).prop_map(Change::PublicName),
        prop::collection::vec(limit(), 0..4).prop_map(Change::Limits),
        prop::option::of((0..60_u8, prop::option::of(60..120_u8))).prop_map(Change::Age),
        prop::option::of((group(), group(), group())).prop_map(Change::Groups),
        prop::option::of(any::<bool>()).prop_map(Change::Flag),
        prop::option::of(prop::collection::vec("[a-z]{1,3}", 1..4)).prop_map(Change::Stage),
        prop::option::of(any::<u8>()).prop_map(Change::Number),
        prop::option::of((0..300_u16, prop::option::of(300..700_u16))).prop_map(Change::Counts),
        (any::<bool>(), period()).prop_map(|(is, per)| Change::YieldsTo(is, per)),
        (1..12_u32).prop_map(Change::Times),
        prop::option::of("[a-z]{1,8}").prop_map(Change::Confirm),
        prop::option::of(any::<u8>()).prop_map(Change::Given),
    ]
}

/// The conditions with another one about a field, or none.
fn set(award: &mut Award, is_about: impl Fn(&Condition) -> bool, condition: Option<Condition>) {
    match (award.when.iter().position(is_about), condition) {
        (Some(at), Some(condition)) => award.when[at] = condition,
        (Some(at), None) => drop(award.when.remove(at)),
        (None, Some(condition)) => award.when.push(condition),
        (None, None) => {}
    }
}

fn groups((any, all, none): (u8, u8, u8)) -> GroupsTest {
    // Three parts of the known groups, so that none contradicts another.
    let set = |first: u8, many: u8| {
        let mut set = GroupSet::default();
        (first..first + many).for_each(|group| set.insert(GroupId(group)));
        set
    };
    GroupsTest {
        any: (any > 0).then(|| set(0, any)),
        all: set(4, all),
        none: set(8, none.max(u8::from(any == 0 && all == 0))),
    }
}

impl Change {
    /// Makes the change; nothing where it would be nonsense for this award.
    #[expect(clippy::too_many_lines, reason = "an arm for each kind of change")]
    pub(crate) fn make(self, award: &mut Award, scheme: &Scheme) {
        let is_record = matches!(award.occasion, Occasion::Record(_));
        let named = |name: &'static str| {
            move |one: &Condition| match one {
                Condition::Flag(attribute, _)
                | Condition::Text(attribute, _)
                | Condition::Number(attribute, _) => attribute.name == name,
                _ => false,
            }
        };
        match self {
            Self::Name(name) => award.name = name,
            Self::Category(category) => award.category = category,
            Self::Points(points) => award.points = Points(i64::from(points)),
            Self::PerUnit(is) => {
                award.per_unit = (is && is_record).then(|| attribute("hours"));
            }
            Self::PublicName(name) => {
                award.public_name = name.map(|name| format!("{name}服务"));
            }
            Self::Limits(limits) => award.limits = limits,
            Self::Age(age) => {
                let test = age.map(|(min, max)| NumberTest {
                    min: Some(decimal(min)),
                    max: max.map(decimal),
                    ..NumberTest::default()
                });
                set(award, |one| matches!(one, Condition::Age(_)), test.map(Condition::Age));
            }
            Self::Groups(parts) => {
                let test = parts.map(groups).map(Condition::Groups);
                set(award, |one| matches!(one, Condition::Groups(_)), test);
            }
            Self::Flag(is) => {
                let test = is.map(|is| FlagTest { is: Some(is), recorded: None });
                let test = test.map(|test| Condition::Flag(attribute("complete"), test));
                set(award, named("complete"), test);
            }
            Self::Stage(stages) => {
                let test = stages.map(|one_of| TextTest { one_of: Some(one_of), recorded: None });
                set(
                    award,
                    named("stage"),
                    test.map(|test| Condition::Text(attribute("stage"), test)),
                );
            }
            Self::Number(above) => {
                let test = above.map(|above| NumberTest {
                    above: Some(decimal(format!("{above}.5"))),
                    ..NumberTest::default()
                });
                let test = test.map(|test| Condition::Number(attribute("systolic"), test));
                set(award, named("systolic"), test);
            }
            Self::Counts(days) => {
                let day = |days: u16| scheme.since.plus_days(i64::from(days));
                award.counts = days
                    .map(|(from, to)| DayRange { from: day(from), to: to.map_or(Day::LAST, day) });
            }
            Self::YieldsTo(is, per) => {
                let other = scheme.awards.iter().find(|other| other.id != award.id).unwrap();
                let winner = YieldsTo { award: other.id.clone(), per };
                award.yields_to = if is { vec![winner] } else { Vec::new() };
            }
            Self::Times(times) => {
                if let Some(first) = award.requires.first_mut()
                    && let RequirementShape::Times(_) = first.shape
                {
                    first.shape = RequirementShape::Times(times);
                }
            }
            Self::Confirm(role) => award.confirm = role,
            Self::Given(least) => {
                let test = |least: u8| NumberTest {
                    min: Some(decimal(format!("0.{least}"))),
                    ..NumberTest::default()
                };
                award.given = least
                    .map(|least| Given { metric: "awareness_rate".to_owned(), test: test(least) })
                    .into_iter()
                    .collect();
            }
        }
    }
}
