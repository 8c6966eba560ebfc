//! Small but nasty worlds: few people, kinds, values and days, so that everything meets
//! everything else, with all that a scheme document can say.

use kangji_core::{
    Day, DayRange, Decimal, Decimals, DivisionPrefix, Period, PeriodKind, Points, Span,
    tables::Sex, vocabulary::GroupSet,
};
use kangji_rules::scheme::{
    AttributeRef, Award, Beyond, Bound, Condition, Expiry, FlagTest, Given, GroupsTest, HolderType,
    KeyPart, Limit, NumberTest, Occasion, Redemption, Requirement, RequirementShape, Scheme,
    SexTest, TextTest, YieldsTo,
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};

use crate::world::{
    ConfirmationRow, Dated, MetricRow, RecordRow, ResidentRow, SanctionRow, Value, World, words,
};

/// A scheme's versions, a world, and the day on which it is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) world: World,
    pub(crate) as_of: Day,
}

const RESIDENTS: [&str; 6] = ["R1", "r1", "R10", "R2", "甲", "R1/2024"];
/// Not in the residents table.
const STRANGERS: [&str; 2] = ["G9", "W1"];
const KINDS: [&str; 4] =
    ["elderly.checkup", "chronic.checkup", "hypertension.followup", "lecture.attended"];
const GROUPS: [&str; 3] = ["hypertension", "smi", "declined"];
const INSIDE: [&str; 3] = ["510403001001", "510403001002", "510403002001"];
/// Inside the wider division that some versions govern.
const NEXT_DOOR: &str = "510404001001";
/// Outside every division that a version governs.
pub(crate) const FOREIGN: &str = "110101001001";
const METRICS: [&str; 2] = ["m1", "m2"];
const FLAGS: [&str; 2] = ["complete", "controlled"];
const TEXTS: [&str; 2] = ["stage", "ward"];
const NUMBERS: [&str; 2] = ["hours", "systolic"];
const TEXT_VALUES: [&str; 3] = ["a", "A", "12"];
const NUMBER_VALUES: [&str; 5] = ["0", "0.5", "1", "2.25", "3.333333333"];
const AGES: [&str; 5] = ["0", "5", "6", "64", "65"];
const MONTHS: [&str; 6] = ["0", "1", "2", "11", "12", "72"];
const METRIC_VALUES: [&str; 6] = ["0", "0.9", "1", "2", "3", "4"];
/// Each award gives way only to later ones, so that nothing goes round in circles. Those with a
/// `p` are period awards.
const AWARDS: [&str; 8] = ["b", "p-b", "a", "p-a", "a-1", "p-c", "d", "c"];
const DAYS: [&str; 26] = [
    "2023-12-31",
    "2024-01-01",
    "2024-01-31",
    "2024-02-01",
    "2024-02-28",
    "2024-02-29",
    "2024-03-01",
    "2024-03-31",
    "2024-04-01",
    "2024-05-15",
    "2024-06-30",
    "2024-07-01",
    "2024-08-31",
    "2024-09-30",
    "2024-10-01",
    "2024-11-30",
    "2024-12-30",
    "2024-12-31",
    "2025-01-01",
    "2025-02-28",
    "2025-03-01",
    "2025-03-31",
    "2025-04-01",
    "2025-06-30",
    "2025-12-31",
    "2026-01-01",
];

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

pub(crate) fn a_day() -> impl Strategy<Value = Day> {
    select(DAYS.as_slice()).prop_map(day)
}

fn any_range() -> impl Strategy<Value = DayRange> {
    (a_day(), a_day()).prop_map(|(a, b)| DayRange { from: a.min(b), to: a.max(b) })
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

/// `strategy` with this chance.
fn rarely<S: Strategy>(chance: f64, strategy: S) -> impl Strategy<Value = Option<S::Value>> {
    option::weighted(chance, strategy)
}

fn attribute(name: &str) -> AttributeRef {
    let holds = words().attribute(name).expect("a declared attribute").holds;
    AttributeRef { name: name.to_owned(), holds }
}

fn period_kind() -> impl Strategy<Value = PeriodKind> {
    select(PeriodKind::ALL.as_slice())
}

// Conditions.

fn number_test(values: &'static [&'static str]) -> BoxedStrategy<NumberTest> {
    let value = || select(values).prop_map(decimal);
    let none = NumberTest::default;
    prop_oneof![
        value().prop_map(move |n| NumberTest { min: Some(n), ..none() }),
        value().prop_map(move |n| NumberTest { max: Some(n), ..none() }),
        value().prop_map(move |n| NumberTest { below: Some(n), ..none() }),
        value().prop_map(move |n| NumberTest { above: Some(n), ..none() }),
        (value(), value()).prop_map(move |(a, b)| NumberTest {
            min: Some(a.min(b)),
            max: Some(a.max(b)),
            recorded: Some(true),
            ..none()
        }),
        (value(), value()).prop_map(move |(a, b)| NumberTest {
            above: Some(a.min(b)),
            below: Some(a.max(b)),
            ..none()
        }),
        vec(value(), 1..4).prop_map(move |list| NumberTest { one_of: Some(list), ..none() }),
        any::<bool>().prop_map(move |is| NumberTest { recorded: Some(is), ..none() }),
    ]
    .boxed()
}

fn group_set() -> impl Strategy<Value = GroupSet> {
    subsequence(GROUPS.as_slice(), 0..=2).prop_map(|names| {
        let mut set = GroupSet::default();
        names.iter().for_each(|name| set.insert(words().group(name).expect("a national group")));
        set
    })
}

fn resident_condition() -> BoxedStrategy<Condition> {
    let groups = prop_oneof![
        group_set().prop_map(|any| GroupsTest { any: Some(any), ..GroupsTest::default() }),
        group_set().prop_map(|all| GroupsTest { all, ..GroupsTest::default() }),
        group_set().prop_map(|none| GroupsTest { none, ..GroupsTest::default() }),
        (option::of(group_set()), group_set(), group_set())
            .prop_map(|(any, all, none)| GroupsTest { any, all, none }),
    ];
    let sex = prop_oneof![
        select(vec![Sex::Female, Sex::Male])
            .prop_map(|sex| SexTest { one_of: Some(vec![sex]), recorded: None }),
        any::<bool>().prop_map(|is| SexTest { one_of: None, recorded: Some(is) }),
    ];
    let prefix = select(vec!["51", "510403", "510403001", INSIDE[0], INSIDE[1], NEXT_DOOR]);
    let prefix = prefix.prop_map(|text| DivisionPrefix::parse(text).expect("a prefix"));
    prop_oneof![
        number_test(&AGES).prop_map(Condition::Age),
        number_test(&MONTHS).prop_map(Condition::AgeMonths),
        sex.prop_map(Condition::Sex),
        vec(prefix, 1..3).prop_map(Condition::Community),
        groups.prop_map(Condition::Groups),
    ]
    .boxed()
}

fn record_condition() -> BoxedStrategy<Condition> {
    let flag = prop_oneof![
        any::<bool>().prop_map(|is| FlagTest { is: Some(is), recorded: None }),
        any::<bool>().prop_map(|is| FlagTest { is: None, recorded: Some(is) }),
    ];
    let text = prop_oneof![
        vec(select(TEXT_VALUES.as_slice()), 1..3).prop_map(|list| TextTest {
            one_of: Some(list.into_iter().map(str::to_owned).collect()),
            recorded: None,
        }),
        any::<bool>().prop_map(|is| TextTest { one_of: None, recorded: Some(is) }),
    ];
    prop_oneof![
        (select(FLAGS.as_slice()), flag)
            .prop_map(|(name, test)| Condition::Flag(attribute(name), test)),
        (select(TEXTS.as_slice()), text)
            .prop_map(|(name, test)| Condition::Text(attribute(name), test)),
        (select(NUMBERS.as_slice()), number_test(&NUMBER_VALUES))
            .prop_map(|(name, test)| Condition::Number(attribute(name), test)),
    ]
    .boxed()
}

/// Conditions on a person, of which some fields may come twice.
pub(crate) fn person_conditions() -> impl Strategy<Value = Vec<Condition>> {
    vec(resident_condition(), 1..=3)
}

/// Few, so that much is left over.
fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let one = || prop_oneof![resident_condition(), record_condition()];
    prop_oneof![10 => Just(Vec::new()), 4 => vec(one(), 1..=1), 1 => vec(one(), 2..=2)]
}

/// Whether a condition can hold without a record.
fn holds_without_record(condition: &Condition) -> bool {
    match condition {
        Condition::Flag(_, test) => test.recorded == Some(false),
        Condition::Text(_, test) => test.recorded == Some(false),
        Condition::Number(_, test) => test.recorded == Some(false),
        _ => true,
    }
}

// Awards.

fn kinds() -> impl Strategy<Value = Vec<kangji_core::vocabulary::KindId>> {
    subsequence(KINDS.as_slice(), 1..=4).prop_map(|names| {
        names.iter().map(|name| words().kind(name).expect("a national kind")).collect()
    })
}

fn requirement() -> impl Strategy<Value = Requirement> {
    let streaks: Vec<(PeriodKind, PeriodKind)> = PeriodKind::ALL
        .into_iter()
        .flat_map(|per| PeriodKind::ALL.map(|within| (per, within)))
        .filter(|(per, within)| per < within)
        .collect();
    let shape = prop_oneof![
        (1..=3_u32, period_kind())
            .prop_map(|(times, within)| (RequirementShape::Times(times), within)),
        (1..=3_u32, select(streaks)).prop_map(|(length, (per, within))| {
            (RequirementShape::Streak { length, per }, within)
        }),
    ];
    (kinds(), conditions(), shape).prop_map(|(on, when, (shape, within))| Requirement {
        on,
        when,
        within,
        shape,
    })
}

fn key_part() -> impl Strategy<Value = KeyPart> {
    prop_oneof![
        2 => Just(KeyPart::Holder),
        2 => Just(KeyPart::Resident),
        2 => Just(KeyPart::Community),
        1 => select(FLAGS.as_slice()).prop_map(|name| KeyPart::Attribute(attribute(name))),
        1 => select(TEXTS.as_slice()).prop_map(|name| KeyPart::Attribute(attribute(name))),
        1 => select(NUMBERS.as_slice()).prop_map(|name| KeyPart::Attribute(attribute(name))),
    ]
}

fn limit() -> impl Strategy<Value = Limit> {
    let bound = prop_oneof![
        (1..=3_u32).prop_map(Bound::Times),
        (1..=40_i64).prop_map(|points| Bound::Points(Points(points))),
    ];
    let by = prop_oneof![
        1 => Just(vec![KeyPart::Holder]),
        2 => vec(key_part(), 1..=3).prop_map(|parts| {
            let mut distinct = Vec::new();
            for part in parts {
                if !distinct.contains(&part) {
                    distinct.push(part);
                }
            }
            distinct
        }),
    ];
    (bound, period_kind(), by).prop_map(|(bound, per, by)| Limit { bound, per, by })
}

/// An award that is still a record award with any id.
fn award() -> impl Strategy<Value = Award> {
    let basics = (
        kinds(),
        conditions(),
        prop_oneof![1 => Just(0), 6 => 1..=20_i64],
        rarely(0.25, select(NUMBERS.as_slice())),
        select(vec![
            HolderType::Resident,
            HolderType::Resident,
            HolderType::Guardian,
            HolderType::Worker,
            HolderType::Community,
        ]),
        prop_oneof![2 => vec(limit(), 0..=0), 3 => vec(limit(), 1..=1), 2 => vec(limit(), 2..=3)],
    );
    let per_to = vec((select(AWARDS.as_slice()), period_kind()), 1..=5);
    let given = (select(METRICS.as_slice()), number_test(&METRIC_VALUES));
    let beyond = (select(vec!["0", "0.5", "0.65", "1"]), select(METRICS.as_slice()));
    let more = (
        prop_oneof![6 => vec(requirement(), 0..=0), 1 => vec(requirement(), 1..=2)],
        prop_oneof![7 => vec(requirement(), 0..=0), 1 => vec(requirement(), 1..=2)],
        rarely(0.6, per_to),
        rarely(0.12, vec(given, 1..=2)),
        rarely(0.2, beyond),
        rarely(0.25, Just("checker".to_owned())),
        rarely(0.12, any_range()),
    );
    (basics, more).prop_map(|((on, when, points, per_unit, to, limits), more)| {
        let (requires, requires_any, yields_to, given, beyond, confirm, counts) = more;
        Award {
            id: String::new(),
            name: String::new(),
            category: None,
            basis: Vec::new(),
            occasion: Occasion::Record(on),
            when,
            points: Points(points),
            per_unit: per_unit.map(attribute),
            to,
            public_name: None,
            limits,
            yields_to: yields_to
                .into_iter()
                .flatten()
                .map(|(award, per)| YieldsTo { award: award.to_owned(), per })
                .collect(),
            requires,
            requires_any,
            given: given
                .into_iter()
                .flatten()
                .map(|(metric, test)| Given { metric: metric.to_owned(), test })
                .collect(),
            beyond: beyond.map(|(share, of)| Beyond { share: decimal(share), of: of.to_owned() }),
            confirm,
            counts,
        }
    })
}

/// Makes it a period award, which cannot ask for what only a record has.
fn make_period(award: &mut Award, every: PeriodKind, asks: Requirement) {
    award.occasion = Occasion::Period(every);
    award.when.retain(holds_without_record);
    award.per_unit = None;
    award.beyond = None;
    if award.to == HolderType::Worker {
        award.to = HolderType::Guardian;
    }
    for limit in &mut award.limits {
        limit.by.retain(|part| !matches!(part, KeyPart::Attribute(_)));
        if limit.by.is_empty() {
            limit.by.push(KeyPart::Holder);
        }
    }
    if award.requires.is_empty() && award.requires_any.is_empty() {
        award.requires_any.push(asks);
    }
}

fn place_of(id: &str) -> usize {
    AWARDS.iter().take_while(|other| **other != id).count()
}

fn awards() -> impl Strategy<Value = Vec<Award>> {
    let every = select(vec![PeriodKind::Month, PeriodKind::Quarter, PeriodKind::Year]);
    let ids = prop_oneof![1 => 1..=3_usize, 3 => 4..=6_usize]
        .prop_flat_map(|count| subsequence(AWARDS.as_slice(), count).prop_shuffle());
    (ids, vec((award(), every, requirement()), 6)).prop_map(|(ids, made)| {
        let mut awards: Vec<Award> = Vec::new();
        for (id, (mut award, every, asks)) in ids.iter().zip(made) {
            award.id = (*id).to_owned();
            if id.starts_with('p') {
                make_period(&mut award, every, asks);
            }
            award.yields_to.retain(|yields| {
                place_of(&yields.award) > place_of(id) && ids.contains(&yields.award.as_str())
            });
            awards.push(award);
        }
        awards
    })
}

// Schemes.

fn expiry() -> impl Strategy<Value = Option<Expiry>> {
    let spans = [Span::Years(2), Span::Years(1), Span::Months(1), Span::Days(31), Span::Days(1)];
    let span = || select(spans.to_vec());
    option::of(prop_oneof![
        span().prop_map(Expiry::After),
        option::of(span()).prop_map(|grace| Expiry::YearEnd { grace }),
    ])
}

/// Makes some awards of the newer version what they were in the older, but for a few changes: the
/// way in which a scheme is amended.
fn amend(older: &Scheme, newer: &mut Scheme, which: [bool; 8]) {
    for award in &mut newer.awards {
        let before = older.award(&award.id).filter(|_| which[place_of(&award.id)]);
        if let Some(before) = before {
            let new = award.clone();
            *award = Award {
                points: new.points,
                limits: new.limits,
                yields_to: new.yields_to,
                given: new.given,
                beyond: new.beyond,
                counts: new.counts,
                ..before.clone()
            };
        }
    }
}

fn versions() -> impl Strategy<Value = Vec<Scheme>> {
    let starts = vec!["2023-12-31", "2024-01-01", "2024-02-29", "2024-07-01", "2025-01-01"];
    let division = select(vec!["510403", "510403", "51", "51", "510403001"]);
    let to = prop_oneof![
        9 => Just(Day::LAST),
        1 => Just(day("2024-06-30")),
        2 => Just(day("2024-12-31")),
        1 => Just(day("2025-03-30")),
    ];
    let eligible = prop_oneof![3 => vec(resident_condition(), 0..=0),
                               1 => vec(resident_condition(), 1..=1)];
    let version = (division, to, expiry(), eligible, awards());
    let count = prop_oneof![3 => Just(1_usize), 3 => Just(2), 1 => Just(3)];
    let first =
        prop_oneof![5 => subsequence(starts[..2].to_vec(), 1), 1 => subsequence(starts.clone(), 1)];
    (
        count,
        first,
        subsequence(starts[2..].to_vec(), 2),
        0..=2_u8,
        vec(version, 3),
        any::<(bool, [bool; 8])>(),
    )
        .prop_map(|(count, first, later, places, versions, (newest_first, amended))| {
            let mut starts: Vec<Day> = first.into_iter().chain(later).map(day).collect();
            starts.sort_unstable();
            starts.dedup();
            let versions = starts.into_iter().take(count).zip(versions);
            let mut schemes: Vec<Scheme> = versions
                .map(|(from, (division, to, expiry, eligible, awards))| Scheme {
                    id: "s".to_owned(),
                    title: String::new(),
                    issuer: String::new(),
                    division: DivisionPrefix::parse(division).expect("a prefix"),
                    in_force: DayRange { from, to: to.max(from) },
                    since: from,
                    decimals: Decimals::new(places).expect("at most two"),
                    expiry,
                    redeem_minimum: None,
                    eligible,
                    adjustments: false,
                    max_window: None,
                    awards,
                    items: Vec::new(),
                    redemption: Redemption::default(),
                    vouchers: None,
                    benefits: Vec::new(),
                    deductions: Vec::new(),
                    digest: [0; 32],
                })
                .collect();
            for newer in 1..schemes.len() {
                let (older, newer) = schemes.split_at_mut(newer);
                if let (Some(older), Some(newer)) = (older.last(), newer.first_mut()) {
                    amend(older, newer, amended);
                }
            }
            if newest_first {
                schemes.reverse();
            }
            schemes
        })
}

// Worlds.

/// A value always, from a day on, or one until a day and another after it.
fn dated(values: Vec<&'static str>) -> BoxedStrategy<Vec<Dated>> {
    let value = || select(values.clone()).prop_map(str::to_owned);
    prop_oneof![
        8 => value().prop_map(|value| vec![(value, DayRange::ALWAYS)]),
        1 => (value(), a_day())
            .prop_map(|(value, from)| vec![(value, DayRange { from, to: Day::LAST })]),
        1 => (value(), any_range()).prop_map(|(value, days)| vec![(value, days)]),
        4 => (value(), value(), a_day()).prop_map(|(old, new, to)| vec![
            (new, DayRange { from: to.next(), to: Day::LAST }),
            (old, DayRange { from: Day::FIRST, to }),
        ]),
    ]
    .boxed()
}

fn resident() -> impl Strategy<Value = ResidentRow> {
    let births =
        ["1959-03-01", "1960-02-29", "1985-06-30", "2018-01-31", "2023-12-31", "2024-02-29"];
    let communities = vec![INSIDE[0], INSIDE[0], INSIDE[1], INSIDE[2], NEXT_DOOR];
    let guardians: Vec<&str> = RESIDENTS.into_iter().chain(STRANGERS).collect();
    let group = (
        select(GROUPS.as_slice()).prop_map(str::to_owned),
        prop_oneof![
            Just(DayRange::ALWAYS),
            any_range(),
            a_day().prop_map(|from| DayRange { from, to: Day::LAST }),
        ],
    );
    (
        option::weighted(0.9, select(births.to_vec()).prop_map(day)),
        option::weighted(0.8, select(vec![Sex::Female, Sex::Male])),
        prop_oneof![
            24 => dated(communities),
            1 => Just(vec![(FOREIGN.to_owned(), DayRange::ALWAYS)]),
            1 => Just(Vec::new()),
        ],
        prop_oneof![3 => dated(guardians), 1 => Just(Vec::new())],
        prop_oneof![2 => vec(group.clone(), 0..=0), 3 => vec(group, 1..=3)],
    )
        .prop_map(|(birth_date, sex, communities, guardians, groups)| ResidentRow {
            id: String::new(),
            birth_date,
            sex,
            communities,
            guardians,
            groups,
        })
}

fn values() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let flag = || rarely(0.6, any::<bool>().prop_map(Value::Flag));
    let text = || {
        let value = select(TEXT_VALUES.as_slice());
        rarely(0.6, value.prop_map(|text| Value::Text(text.to_owned())))
    };
    let number = || {
        let value = select(NUMBER_VALUES.as_slice());
        rarely(0.6, value.prop_map(|text| Value::Number(decimal(text))))
    };
    (flag(), flag(), text(), text(), number(), number()).prop_map(|(a, b, c, d, e, f)| {
        let names = FLAGS.into_iter().chain(TEXTS).chain(NUMBERS);
        names.zip([a, b, c, d, e, f]).filter_map(|(name, value)| Some((name, value?))).collect()
    })
}

/// Ids whose byte order is neither that of their numbers nor that of a dictionary, and some that
/// look like the subject of a period award.
fn record_id() -> impl Strategy<Value = String> {
    let start = select(vec!["a", "A", "b", "B", "甲", "R1/2024", "R1/2024-Q", "a/"]);
    (start, 0..12_u8).prop_map(|(start, number)| match (start, number) {
        ("R1/2024", 0) => start.to_owned(),
        _ => format!("{start}{number}"),
    })
}

fn record() -> impl Strategy<Value = RecordRow> {
    let workers = vec!["", "W1", "W2", "R1", "r1", "R2", "甲"];
    (
        record_id(),
        prop_oneof![15 => select(RESIDENTS.as_slice()), 1 => select(STRANGERS.as_slice())],
        select(KINDS.as_slice()),
        a_day(),
        select(workers),
        rarely(0.1, Just(())),
        values(),
    )
        .prop_map(|(id, resident, kind, date, worker, void, values)| RecordRow {
            id,
            resident: resident.to_owned(),
            kind,
            date,
            worker: worker.to_owned(),
            void: void.is_some(),
            values,
        })
}

/// Records on a few days only, each id once.
fn records() -> impl Strategy<Value = Vec<RecordRow>> {
    let days = prop_oneof![subsequence(DAYS.as_slice(), 1..=6), subsequence(DAYS.as_slice(), 26)];
    let count = prop_oneof![1 => 0..=3_usize, 4 => 4..=40_usize];
    let records = count.prop_flat_map(|count| vec((record(), any::<prop::sample::Index>()), count));
    (days, records).prop_map(|(days, records)| {
        let mut distinct: Vec<RecordRow> = Vec::new();
        for (mut record, place) in records {
            record.date = day(place.get::<&str>(&days));
            if !distinct.iter().any(|other| other.id == record.id) {
                distinct.push(record);
            }
        }
        distinct
    })
}

fn metrics() -> impl Strategy<Value = Vec<MetricRow>> {
    vec(rarely(0.80, select(METRIC_VALUES.as_slice())), 16).prop_map(|values| {
        let communities = INSIDE.into_iter().chain([NEXT_DOOR]);
        let keys = communities.flat_map(|community| {
            METRICS
                .into_iter()
                .flat_map(move |name| [2024, 2025].map(|year| (community, name, year)))
        });
        let row = |((community, name, year), value): ((&str, &'static str, u32), Option<&str>)| {
            let value = decimal(value?);
            Some(MetricRow { community: community.to_owned(), year, name, value })
        };
        keys.zip(values).filter_map(row).collect()
    })
}

/// What one or two people decided on one day about an award: about every third record or period each.
#[derive(Clone, Debug)]
struct Sitting {
    award: &'static str,
    thirds: Vec<usize>,
    accept: bool,
    by: Vec<&'static str>,
    date: Day,
}

fn sitting() -> impl Strategy<Value = Sitting> {
    (
        select(AWARDS.as_slice()),
        subsequence(vec![0, 1, 2], 1..=3),
        prop_oneof![3 => Just(true), 2 => Just(false)],
        subsequence(vec!["D1", "D2"], 1..=2),
        // Often on the same day as another's.
        prop_oneof![2 => select(vec![day("2024-03-31"), day("2024-12-31")]), 1 => a_day()],
    )
        .prop_map(|(award, thirds, accept, by, date)| Sitting {
            award,
            thirds,
            accept,
            by,
            date,
        })
}

impl Sitting {
    fn decisions(&self, records: &[RecordRow]) -> Vec<ConfirmationRow> {
        let mut subjects: Vec<String> = Vec::new();
        for record in records {
            if self.award.starts_with('p') {
                for kind in [PeriodKind::Month, PeriodKind::Quarter, PeriodKind::Year] {
                    let period = Period::containing(kind, record.date);
                    subjects.push(format!("{}/{period}", record.resident));
                }
            } else {
                subjects.push(record.id.clone());
            }
        }
        subjects.sort_unstable();
        subjects.dedup();
        subjects.push("nothing".to_owned());
        let chosen = subjects.iter().enumerate();
        let chosen = chosen.filter(|(place, _)| self.thirds.contains(&(place % 3)));
        let row = |subject: &String, by| ConfirmationRow {
            award: self.award.to_owned(),
            subject: subject.clone(),
            accept: self.accept,
            by,
            date: self.date,
        };
        chosen.flat_map(|(_, subject)| self.by.iter().map(move |by| row(subject, by))).collect()
    }
}

/// A sanction, often with another on the same holder.
fn sanctions() -> impl Strategy<Value = Vec<SanctionRow>> {
    let often = ["R1", "r1", "R10", "W1", INSIDE[0]];
    let holders: Vec<&str> =
        RESIDENTS.into_iter().chain(STRANGERS).chain(["W2", INSIDE[2]]).chain(often).collect();
    let days = || (a_day(), option::of(a_day()));
    (select(holders), days(), rarely(0.5, days())).prop_map(|(holder, first, second)| {
        let days = std::iter::once(first).chain(second);
        days.map(|(from, until)| SanctionRow { holder: holder.to_owned(), from, until }).collect()
    })
}

fn world() -> impl Strategy<Value = World> {
    (
        vec(resident(), 2..=6),
        records(),
        metrics(),
        vec(sitting(), 0..=14),
        prop_oneof![1 => vec(sanctions(), 0..=0), 1 => vec(sanctions(), 1..=8)],
    )
        .prop_map(|(mut residents, mut records, metrics, sittings, sanctions)| {
            for (resident, id) in residents.iter_mut().zip(RESIDENTS) {
                resident.id = id.to_owned();
            }
            // Nobody but strangers is unknown.
            for record in &mut records {
                let place = RESIDENTS.iter().position(|id| *id == record.resident);
                if let Some(place) = place {
                    record.resident = residents[place % residents.len()].id.clone();
                }
            }
            let confirmations =
                sittings.iter().flat_map(|sitting| sitting.decisions(&records)).collect();
            let sanctions = sanctions.concat();
            World { residents, records, metrics, confirmations, sanctions }
        })
}

/// Any scheme and any world.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    let as_of = prop_oneof![3 => Just(day("2026-01-01")), 1 => a_day()];
    (versions(), world(), as_of).prop_map(|(schemes, world, as_of)| Case { schemes, world, as_of })
}

/// A scheme in which every resident can be scored apart: nobody is ranked, and every limit counts
/// within one resident.
pub(crate) fn resident_local_case() -> impl Strategy<Value = Case> {
    case().prop_map(|mut case| {
        let holds_self = |schemes: &[Scheme], id: &str| {
            let mut same = schemes.iter().filter_map(|scheme| scheme.award(id));
            same.all(|award| award.to == HolderType::Resident)
        };
        let schemes = case.schemes.clone();
        for award in case.schemes.iter_mut().flat_map(|scheme| &mut scheme.awards) {
            award.beyond = None;
            for limit in &mut award.limits {
                let own = holds_self(&schemes, &award.id) && limit.by.contains(&KeyPart::Holder);
                if !own && !limit.by.contains(&KeyPart::Resident) {
                    limit.by.push(KeyPart::Resident);
                }
            }
        }
        case
    })
}
