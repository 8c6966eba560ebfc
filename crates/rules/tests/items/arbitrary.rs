//! Items with all that an `[[item]]` table can say, none of it wrong.

use std::collections::BTreeSet;

use kangji_core::{
    Day, DayRange, Decimal, DivisionPrefix, PeriodKind, Points,
    tables::Sex,
    vocabulary::{GroupId, GroupSet, Vocabulary},
};
use kangji_rules::scheme::{
    Bound, Condition, Content, Given, GroupsTest, Item, KeyPart, Limit, NumberTest, Price, Season,
    SexTest,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// A text that is not blank, with whatever makes TOML difficult.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[ a-zA-Z0-9\"'\\\\#\\[\\]{}=,.\t\n\u{7f}\u{1}]{1,8}",
        3 => "[一-龥（）“”\u{2028}😀]{1,6}",
        1 => any::<String>(),
        1 => Just("\"\"\"'''".to_owned()),
    ]
    .prop_filter("texts are not blank", |text| !text.trim().is_empty())
}

fn texts(most: usize) -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..=most).prop_map(|texts| {
        let mut seen = BTreeSet::new();
        texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
    })
}

/// In hundredths of a point; the largest that a document can say is near.
fn points() -> impl Strategy<Value = Points> {
    prop_oneof![0..=3_i64, 0..=100_000_i64, Just(900_000_000_000_i64)].prop_map(Points)
}

fn decimal() -> impl Strategy<Value = Decimal> {
    let written = "[0-9]{1,3}(\\.[0-9]{1,9})?";
    written.prop_map(|text| text.parse().expect("a decimal"))
}

fn number_test(may_miss: bool) -> BoxedStrategy<NumberTest> {
    let test = NumberTest::default;
    let listed = vec(decimal(), 1..4)
        .prop_map(move |list| NumberTest { one_of: Some(list), ..NumberTest::default() });
    let ranged = (decimal(), decimal()).prop_filter_map("an empty range", move |(a, b)| {
        let (low, high) = (a.min(b), a.max(b));
        (low < high).then(|| NumberTest { above: Some(low), max: Some(high), ..test() })
    });
    let whole = prop_oneof![
        decimal().prop_map(move |min| NumberTest { min: Some(min), ..test() }),
        decimal().prop_map(move |below| NumberTest { below: Some(below), ..test() }),
        ranged,
        listed,
    ];
    if !may_miss {
        return whole.boxed();
    }
    prop_oneof![
        3 => (whole, any::<bool>()).prop_map(|(test, is_asked)| NumberTest {
            recorded: is_asked.then_some(true),
            ..test
        }),
        1 => any::<bool>().prop_map(move |is| NumberTest { recorded: Some(is), ..test() }),
    ]
    .boxed()
}

/// Any, all and none of groups that do not get into each other's way.
fn groups() -> impl Strategy<Value = GroupsTest> {
    let count = u8::try_from(Vocabulary::national().groups().len()).expect("few groups");
    vec(0..4_u8, usize::from(count)).prop_filter_map("asks for something", move |parts| {
        let set = |part: u8| {
            let mut set = GroupSet::default();
            let inside = (0..count).zip(&parts).filter(|(_, other)| **other == part);
            inside.for_each(|(group, _)| set.insert(GroupId(group)));
            set
        };
        let any = Some(set(1)).filter(|set| set.0 != 0);
        let test = GroupsTest { any, all: set(2), none: set(3) };
        (test != GroupsTest::default()).then_some(test)
    })
}

/// Conditions on a person, each field once and in any order; of the ages at most one, so that
/// they do not contradict each other.
fn when() -> impl Strategy<Value = Vec<Condition>> {
    let sexes = vec![vec![Sex::Female], vec![Sex::Male], vec![Sex::Male, Sex::Female]];
    let sex = prop_oneof![
        select(sexes).prop_map(|sexes| SexTest { one_of: Some(sexes), recorded: None }),
        any::<bool>().prop_map(|is| SexTest { one_of: None, recorded: Some(is) }),
    ];
    let area = "[0-9]{2,12}".prop_map(|code| DivisionPrefix::parse(&code).expect("a prefix"));
    let age = prop_oneof![
        number_test(true).prop_map(Condition::Age),
        number_test(true).prop_map(Condition::AgeMonths),
    ];
    let fields = (
        option::of(age),
        option::of(sex.prop_map(Condition::Sex)),
        option::of(vec(area, 1..4).prop_map(Condition::Community)),
        option::of(groups().prop_map(Condition::Groups)),
    );
    let list = fields.prop_map(|(age, sex, area, groups)| {
        [age, sex, area, groups].into_iter().flatten().collect::<Vec<Condition>>()
    });
    list.prop_shuffle()
}

fn limit() -> impl Strategy<Value = Limit> {
    let bound = prop_oneof![
        (1..=u32::MAX).prop_map(Bound::Times),
        (1..=10_000_i64).prop_map(|points| Bound::Points(Points(points))),
    ];
    (bound, select(PeriodKind::ALL.as_slice())).prop_map(|(bound, per)| Limit {
        bound,
        per,
        by: vec![KeyPart::Holder],
    })
}

fn given() -> impl Strategy<Value = Vec<Given>> {
    (texts(2), number_test(false), number_test(false)).prop_map(|(metrics, first, second)| {
        let tests = [first, second].into_iter();
        metrics.into_iter().zip(tests).map(|(metric, test)| Given { metric, test }).collect()
    })
}

fn day() -> impl Strategy<Value = Day> {
    prop_oneof![
        4 => (1..=9999_u32, 1..=12_u32, 1..=31_u32)
            .prop_filter_map("no such day", |(year, month, day)| Day::new(year, month, day)),
        1 => select(vec![Day::FIRST, Day::LAST]),
    ]
}

fn season() -> impl Strategy<Value = Season> {
    let month_day = || {
        (1..=12_u32, 1..=31_u32)
            .prop_filter("no such day", |(month, day)| Day::new(2000, *month, *day).is_some())
    };
    (text(), month_day(), month_day()).prop_map(|(name, from, to)| Season { name, from, to })
}

/// Contents with distinct names, priced where the item is priced by content.
fn contents(by_content: bool) -> impl Strategy<Value = Vec<Content>> {
    let one = (
        option::of(text()),
        points(),
        prop_oneof![3 => Just(1_u32), 1 => 1..=u32::MAX],
        option::of(points()),
        prop_oneof![2 => Just(0_u32), 2 => Just(1_u32), 1 => 0..=u32::MAX],
    );
    let one = one.prop_map(move |(quantity, points, includes, each_further, pieces)| Content {
        name: String::new(),
        quantity,
        points: by_content.then_some(points),
        includes: if by_content { includes } else { 1 },
        each_further: each_further.filter(|_| by_content),
        pieces,
    });
    let names =
        texts(4).prop_filter("something to choose", move |names| !(by_content && names.is_empty()));
    (names, vec(one, 4)).prop_map(|(names, contents)| {
        let named = names.into_iter().zip(contents);
        named.map(|(name, content)| Content { name, ..content }).collect()
    })
}

/// An item of a scheme with two decimal places.
pub(crate) fn item() -> impl Strategy<Value = Item> {
    let price =
        prop_oneof![points().prop_map(Price::Points), Just(Price::Free), Just(Price::ByContent),];
    let priced = price.prop_flat_map(|price| (Just(price), contents(price == Price::ByContent)));
    let named = ("[a-z0-9-]{1,9}", text(), text(), priced, option::of(points()));
    let asked = (vec(limit(), 0..3), given(), when(), any::<bool>());
    let days = (day(), day()).prop_map(|(a, b)| DayRange { from: a.min(b), to: a.max(b) });
    let had = (
        option::of(season()),
        option::of(days),
        texts(3),
        option::of(1..=u32::MAX),
        option::of(points()),
        option::of(text()),
    );
    (named, asked, had).prop_map(|(named, asked, had)| {
        let (id, name, heading, (price, contents), face_value) = named;
        let (limits, given, when, signed) = asked;
        let (season, offered, at, quantity, balance_min, provider) = had;
        let basis = vec![heading];
        Item {
            id,
            name,
            basis,
            price,
            contents,
            face_value,
            limits,
            given,
            when,
            signed,
            season,
            offered,
            at,
            quantity,
            balance_min,
            provider,
        }
    })
}
