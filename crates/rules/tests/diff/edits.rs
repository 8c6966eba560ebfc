//! One edit for each field of awards and items, for whichever award or item.

use kangji_core::{
    Day, DayRange, Decimal, PeriodKind, Points,
    vocabulary::{GroupSet, Vocabulary},
};
use kangji_rules::scheme::{
    AttributeRef, Award, Beyond, Bound, Condition, Content, FlagTest, Given, GroupsTest,
    HolderType, Item, KeyPart, Limit, NumberTest, Occasion, Price, Requirement, RequirementShape,
    Season, TextTest, YieldsTo,
};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn attribute(name: &str) -> AttributeRef {
    let words = Vocabulary::national();
    let known = words.attribute(name).unwrap();
    AttributeRef { name: name.to_owned(), holds: known.holds }
}

fn kinds(names: &[&str]) -> Vec<kangji_core::vocabulary::KindId> {
    let words = Vocabulary::national();
    names.iter().map(|name| words.kind(name).unwrap()).collect()
}

fn asked(times: u32) -> Requirement {
    Requirement {
        on: kinds(&["lecture.attended"]),
        when: Vec::new(),
        within: PeriodKind::Year,
        shape: RequirementShape::Times(times),
    }
}

/// The part of a condition list about one field, set anew.
fn set_condition(list: &mut Vec<Condition>, condition: Condition) {
    let same = |other: &Condition| match (other, &condition) {
        (Condition::Flag(one, _), Condition::Flag(other, _))
        | (Condition::Text(one, _), Condition::Text(other, _)) => one == other,
        _ => std::mem::discriminant(other) == std::mem::discriminant(&condition),
    };
    list.retain(|other| !same(other));
    list.push(condition);
}

type Edits<T> = [(&'static str, fn(&mut T))];

/// Edits of an award; a field that is new must get one here.
pub(crate) const AWARD_EDITS: &Edits<Award> = &[
    ("everything is named", |award| {
        let Award {
            id: _,
            name,
            category: _,
            basis: _,
            occasion: _,
            when: _,
            points: _,
            per_unit: _,
            to: _,
            public_name: _,
            limits: _,
            yields_to: _,
            requires: _,
            requires_any: _,
            given: _,
            beyond: _,
            confirm: _,
            counts: _,
        } = award;
        name.push_str("（新）");
    }),
    ("id", |award| award.id.push_str("-new")),
    ("category", |award| award.category = Some("另一类".to_owned())),
    ("no category", |award| award.category = Some(String::from("其他"))),
    ("basis", |award| award.basis.push("附则".to_owned())),
    ("kinds or period", |award| match &mut award.occasion {
        Occasion::Record(list) => list.extend(kinds(&["tb.completed", "smi.checkup"])),
        Occasion::Period(every) => *every = PeriodKind::Month,
    }),
    ("occasion", |award| {
        award.occasion = match award.occasion {
            Occasion::Record(_) => Occasion::Period(PeriodKind::Quarter),
            Occasion::Period(_) => Occasion::Record(kinds(&["tb.completed"])),
        };
    }),
    ("age", |award| {
        let test = NumberTest { min: Some(decimal("3")), ..NumberTest::default() };
        set_condition(&mut award.when, Condition::Age(test));
    }),
    ("groups", |award| {
        let test = GroupsTest { any: Some(GroupSet(32)), ..GroupsTest::default() };
        set_condition(&mut award.when, Condition::Groups(test));
    }),
    ("flag", |award| {
        let test = FlagTest { is: Some(false), recorded: None };
        set_condition(&mut award.when, Condition::Flag(attribute("complete"), test));
    }),
    ("stage", |award| {
        let test = TextTest { one_of: Some(vec!["w40".to_owned()]), recorded: None };
        set_condition(&mut award.when, Condition::Text(attribute("stage"), test));
    }),
    ("more points", |award| award.points = Points(award.points.0 * 2)),
    ("fewer points", |award| award.points = Points(0)),
    ("per_unit", |award| award.per_unit = Some(attribute("weight_kg"))),
    ("to", |award| {
        let worker = award.to == HolderType::Worker;
        award.to = if worker { HolderType::Community } else { HolderType::Worker };
    }),
    ("public_name", |award| award.public_name = Some("另一个名称".to_owned())),
    ("limit added", |award| {
        let bound = Bound::Times(40);
        award.limits.push(Limit { bound, per: PeriodKind::Quarter, by: vec![KeyPart::Holder] });
    }),
    ("limit bound or first limit", |award| match award.limits.first_mut() {
        Some(limit) => {
            limit.bound = match limit.bound {
                Bound::Times(times) => Bound::Times(times + 1),
                Bound::Points(points) => Bound::Points(Points(points.0 + 1)),
            }
        }
        None => award.limits.push(Limit {
            bound: Bound::Points(Points(1000)),
            per: PeriodKind::Life,
            by: vec![KeyPart::Resident],
        }),
    }),
    ("limit key", |award| match award.limits.first_mut() {
        Some(limit) => limit.by = vec![KeyPart::Community, KeyPart::Attribute(attribute("stage"))],
        None => award.limits.push(Limit {
            bound: Bound::Times(3),
            per: PeriodKind::Day,
            by: Vec::new(),
        }),
    }),
    ("yields_to", |award| {
        award.yields_to.push(YieldsTo { award: "another".to_owned(), per: PeriodKind::Month });
    }),
    ("yields_to period", |award| match award.yields_to.first_mut() {
        Some(winner) => winner.per = PeriodKind::Life,
        None => {
            award.yields_to.push(YieldsTo { award: "other".to_owned(), per: PeriodKind::Day });
        }
    }),
    ("requires", |award| award.requires.push(asked(3))),
    ("requires more", |award| match award.requires.first_mut() {
        Some(first) => {
            first.shape = match first.shape {
                RequirementShape::Times(times) => RequirementShape::Times(times + 1),
                RequirementShape::Streak { length, per } => {
                    RequirementShape::Streak { length: length + 1, per }
                }
            }
        }
        None => award.requires.push(asked(1)),
    }),
    ("requires within", |award| match award.requires.first_mut() {
        Some(first) => first.within = PeriodKind::Life,
        None => award.requires.push(asked(2)),
    }),
    ("requires kinds", |award| match award.requires.first_mut() {
        Some(first) => first.on.extend(kinds(&["vaccination.given"])),
        None => award.requires.push(Requirement { on: kinds(&["tb.completed"]), ..asked(2) }),
    }),
    ("requires when", |award| {
        let test = FlagTest { is: None, recorded: Some(false) };
        let when = vec![Condition::Flag(attribute("improved"), test)];
        match award.requires.first_mut() {
            Some(first) => first.when = when,
            None => award.requires.push(Requirement { when, ..asked(2) }),
        }
    }),
    ("requires_any", |award| award.requires_any.push(asked(5))),
    ("requires_any shape", |award| match award.requires_any.first_mut() {
        Some(first) => {
            first.shape = RequirementShape::Streak { length: 9, per: PeriodKind::Month };
        }
        None => award.requires_any.push(asked(6)),
    }),
    ("given", |award| {
        let test = NumberTest { below: Some(decimal("0.5")), ..NumberTest::default() };
        award.given = vec![Given { metric: "awareness_rate".to_owned(), test }];
    }),
    ("beyond", |award| {
        award.beyond = Some(Beyond { share: decimal("0.8"), of: "elderly_residents".to_owned() });
    }),
    ("confirm", |award| award.confirm = Some("director".to_owned())),
    ("counts", |award| {
        let (from, to) = (Day::new(2026, 3, 1).unwrap(), Day::new(2026, 4, 30).unwrap());
        award.counts = Some(DayRange { from, to });
    }),
];

/// Edits of an item; a field that is new must get one here.
pub(crate) const ITEM_EDITS: &Edits<Item> = &[
    ("everything is named", |item| {
        let Item {
            id: _,
            name,
            basis: _,
            price: _,
            contents: _,
            face_value: _,
            limits: _,
            given: _,
            when: _,
            signed: _,
            season: _,
            offered: _,
            at: _,
            quantity: _,
            balance_min: _,
            provider: _,
        } = item;
        name.push_str("（新）");
    }),
    ("id", |item| item.id.push_str("-new")),
    ("basis", |item| item.basis.push("附则".to_owned())),
    ("price", |item| item.price = Price::Points(Points(99_999))),
    ("price by content", |item| {
        let free = item.price == Price::ByContent;
        item.price = if free { Price::Free } else { Price::ByContent };
    }),
    ("content added", |item| {
        item.contents.push(Content {
            name: "另一样".to_owned(),
            quantity: None,
            points: None,
            includes: 1,
            each_further: None,
            pieces: 1,
        });
    }),
    ("content gone", |item| drop(item.contents.remove(0))),
    ("content price", |item| item.contents[0].points = Some(Points(7))),
    ("content quantity", |item| item.contents[0].quantity = Some("9 组".to_owned())),
    ("content includes", |item| item.contents[0].includes += 1),
    ("content further", |item| item.contents[0].each_further = Some(Points(3))),
    ("face_value", |item| item.face_value = Some(Points(1))),
    ("limits", |item| {
        let bound = Bound::Times(2);
        item.limits.push(Limit { bound, per: PeriodKind::Life, by: vec![KeyPart::Holder] });
    }),
    ("given", |item| {
        let test = NumberTest { min: Some(decimal("0.1")), ..NumberTest::default() };
        item.given = vec![Given { metric: "elderly_checkup_rate".to_owned(), test }];
    }),
    ("content service", |item| item.contents[0].pieces = 1 - item.contents[0].pieces),
    ("content pieces", |item| item.contents[0].pieces += 2),
    ("when", |item| {
        let test = NumberTest { min: Some(decimal("65")), ..NumberTest::default() };
        set_condition(&mut item.when, Condition::Age(test));
    }),
    ("when groups", |item| {
        let any = Vocabulary::national().group("ehr").unwrap();
        let mut test = GroupsTest::default();
        test.any.get_or_insert_default().insert(any);
        set_condition(&mut item.when, Condition::Groups(test));
    }),
    ("signed", |item| item.signed = true),
    ("offered", |item| {
        let (from, to) = (Day::new(2026, 3, 1).unwrap(), Day::new(2026, 4, 30).unwrap());
        item.offered = Some(DayRange { from, to });
    }),
    ("at", |item| item.at.push("M2".to_owned())),
    ("quantity", |item| item.quantity = Some(100)),
    ("balance_min", |item| item.balance_min = Some(Points(50))),
    ("season", |item| {
        item.season = Some(Season { name: "冬天".to_owned(), from: (11, 1), to: (2, 28) });
    }),
    ("provider", |item| item.provider = Some("别处".to_owned())),
];
