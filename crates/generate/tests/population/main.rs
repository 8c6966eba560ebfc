//! What a generated population must be: the same for ever, without contradictions, and with
//! everything in it that schemes ask for.

mod collected;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use collected::{Collected, Record, Resident, collect, csv};

use kangji_core::{
    Day, DayRange, Division, DivisionPrefix, Span,
    tables::{Dated, Sex},
    vocabulary::Vocabulary,
};
use kangji_generate::{Error, Id, Number, Plan, RecordId, Subject, generate};
use proptest::prelude::*;

fn day(text: &str) -> Day {
    text.parse().expect("a day of the calendar")
}

fn head(text: &str, lines: usize) -> String {
    text.lines().take(lines).collect::<Vec<_>>().join("\n")
}

/// FNV-1a: enough to notice any change, and short enough to read.
fn fingerprint(text: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

#[test]
fn the_same_plan_gives_the_same_bytes_for_ever() {
    let tables = csv(&Plan::new(200, 7));
    let shown = [
        head(&tables.residents, 30),
        head(&tables.records, 40),
        head(&tables.metrics, 5),
        head(&tables.confirmations, 5),
        head(&tables.sanctions, 3),
    ];
    insta::assert_snapshot!("first_rows", shown.join("\n\n"));
    let all = [
        &tables.residents,
        &tables.records,
        &tables.metrics,
        &tables.confirmations,
        &tables.sanctions,
    ];
    insta::assert_snapshot!("fingerprints", all.map(|text| fingerprint(text)).join("\n"));
}

#[test]
fn other_seeds_give_other_people() {
    let (one, other) = (csv(&Plan::new(50, 1)), csv(&Plan::new(50, 2)));
    assert_ne!(one.residents, other.residents);
    assert_ne!(one.records, other.records);
}

#[test]
fn more_people_change_nothing_about_the_first_ones() {
    let (few, many) = (csv(&Plan::new(300, 3)), csv(&Plan::new(900, 3)));
    // The last household of the smaller plan is cut short, which its groups may show.
    assert_eq!(head(&few.residents, 290), head(&many.residents, 290));
    let records = few.records.lines().take_while(|line| !line.contains("-0000290-")).count();
    assert!(records > 1500);
    assert_eq!(head(&few.records, records), head(&many.records, records));
}

#[test]
fn guardians_are_adults_of_the_population_one_at_a_time() {
    let all = collect(3000, 1);
    let births: HashMap<Id, Day> = all.residents.iter().map(|one| (one.id, one.birth)).collect();
    let mut changes = 0;
    for resident in &all.residents {
        let age = |on| resident.birth.age_years(day(on));
        let guarded_on = |on| {
            let held = |(_, days): &&Dated<Id>| days.contains(day(on));
            resident.guardians.iter().filter(held).count()
        };
        if age("2026-06-30").is_some_and(|age| age < 14) {
            assert_eq!(guarded_on("2026-06-30"), 1, "{}", resident.id);
        }
        if age("2025-11-30").is_some_and(|age| age >= 18) {
            assert!(resident.guardians.is_empty(), "{}", resident.id);
        }
        for (guardian, days) in &resident.guardians {
            assert_ne!(*guardian, resident.id);
            let from = days.from.max(day("2025-12-01"));
            assert!(births[guardian].age_years(from).unwrap() >= 18, "{}", resident.id);
            let grown_up = resident.birth.plus(Span::Years(18));
            assert!(days.to < grown_up || grown_up > day("2027-01-31"), "{}", resident.id);
        }
        assert_disjoint(&resident.guardians);
        changes += usize::from(resident.guardians.len() > 1);
    }
    assert!(changes > 3);
}

#[test]
fn everybody_lives_in_one_community_at_a_time() {
    let all = collect(3000, 1);
    let area = DivisionPrefix::parse("510403").unwrap();
    let (mut moved, mut outside) = (0, 0);
    for resident in &all.residents {
        assert_disjoint(&resident.communities);
        moved += usize::from(resident.communities.len() > 1);
        outside += usize::from(resident.communities.iter().all(|home| !area.contains(home.0)));
    }
    assert!((30..300).contains(&moved), "{moved}");
    assert!((1..60).contains(&outside), "{outside}");
}

fn assert_disjoint<T>(list: &[Dated<T>]) {
    assert!(list.iter().all(|(_, days)| !days.is_empty()));
    for pair in list.windows(2) {
        assert!(pair[0].1.to < pair[1].1.from);
    }
}

#[test]
fn records_fit_the_resident() {
    let all = collect(3000, 1);
    let people: HashMap<Id, &Resident> = all.residents.iter().map(|one| (one.id, one)).collect();
    let edges = DayRange { from: day("2025-12-01"), to: day("2027-01-31") };
    for record in &all.records {
        let person = people[&record.resident];
        let name = record.id.to_string();
        assert!(person.birth <= record.date, "{name} before birth");
        assert!(edges.contains(record.date) && record.date <= record.id.entered, "{name}");
        if record.void {
            continue;
        }
        let on = |group: &str| {
            let held = |(name, days): &&Dated<&str>| *name == group && days.contains(record.date);
            person.groups.iter().filter(held).count() > 0
        };
        let months = person.birth.age_months(record.date).unwrap();
        match (record.kind, record.held.stage) {
            ("child.checkup" | "child.tcm", Some("newborn")) => assert_eq!(months, 0, "{name}"),
            ("child.checkup" | "child.tcm", stage) => {
                assert_eq!(stage, Some(months.to_string().as_str()), "{name}");
            }
            ("maternal.visit", stage) => {
                assert!(stage.is_some() && on("pregnant"), "{name}");
                assert_eq!(person.sex, Sex::Female, "{name}");
            }
            ("hypertension.followup", _) => assert!(on("hypertension"), "{name}"),
            ("diabetes.followup", _) => assert!(on("diabetes"), "{name}"),
            ("copd.followup", _) => assert!(on("copd"), "{name}"),
            ("elderly.checkup", _) => assert!(months >= 59 * 12, "{name}"),
            ("mothersclass.attended", _) => assert!(months < 8 * 12, "{name}"),
            _ => {}
        }
    }
}

#[test]
fn readings_agree_with_what_the_doctor_wrote() {
    let all = collect(3000, 1);
    let mut read = [0; 3];
    for Record { kind, held, id, .. } in &all.records {
        let Some(controlled) = held.controlled else { continue };
        let (place, fits) = match *kind {
            "hypertension.followup" => {
                let systolic = held.systolic.unwrap().units();
                (0, if controlled { systolic < 150 } else { systolic >= 140 })
            }
            "diabetes.followup" => (1, controlled == (held.glucose.unwrap().units() < 70)),
            "copd.followup" => (2, controlled == (held.spo2.unwrap().units() >= 93)),
            _ => continue,
        };
        assert!(fits, "{id}");
        read[place] += 1;
    }
    assert!(read.iter().all(|&count| count > 50), "{read:?}");
}

#[test]
fn stages_of_a_pregnancy_come_in_order_and_once() {
    let all = collect(3000, 1);
    let order = ["w12", "w16", "w21", "w28", "w37", "pp7", "pp42"];
    let mut visits: BTreeMap<Id, Vec<(Day, usize)>> = BTreeMap::new();
    for record in all.records.iter().filter(|one| one.kind == "maternal.visit" && !one.void) {
        let stage = order.iter().position(|stage| Some(*stage) == record.held.stage).unwrap();
        visits.entry(record.resident).or_default().push((record.date, stage));
    }
    assert!(visits.len() > 15);
    for mut list in visits.into_values() {
        list.sort_unstable();
        assert!(list.is_sorted_by_key(|(_, stage)| *stage), "{list:?}");
    }
}

#[test]
fn every_kind_and_every_group_occurs() {
    let all = collect(3000, 1);
    let words = Vocabulary::national();
    let expected: BTreeSet<&str> = words.kinds().iter().map(|kind| kind.id.as_str()).collect();
    let kinds: BTreeSet<&str> = all.records.iter().map(|record| record.kind).collect();
    assert_eq!(kinds, expected);
    // Those who help are workers, not residents, of what is generated.
    let helpers = ["village_cadre", "social_worker", "grid_worker", "group_leader"];
    let groups = words.groups().iter().map(|group| group.id.as_str());
    let expected: BTreeSet<&str> = groups.filter(|group| !helpers.contains(group)).collect();
    let groups = all.residents.iter().flat_map(|one| one.groups.iter().map(|group| group.0));
    assert_eq!(groups.collect::<BTreeSet<&str>>(), expected);
}

#[test]
fn ages_are_those_of_a_city_district() {
    let all = collect(20_000, 5);
    let ages: Vec<(Option<u32>, Sex)> =
        all.residents.iter().map(|one| (one.birth.age_years(day("2026-07-01")), one.sex)).collect();
    let in_thousand = |wanted: &dyn Fn(u32) -> bool| {
        ages.iter().filter(|(age, _)| wanted(age.unwrap_or(0))).count() * 1000 / ages.len()
    };
    let elderly = in_thousand(&|age| age >= 65);
    let children = in_thousand(&|age| age < 15);
    assert!((155..190).contains(&elderly), "{elderly} in a thousand are 65 or older");
    assert!((120..170).contains(&children), "{children} in a thousand are children");
    let born = all.residents.iter().filter(|one| one.birth >= day("2026-01-01")).count();
    assert!((60..160).contains(&born), "{born} births");
    let very_old = ages.iter().filter(|(age, _)| age.is_some_and(|age| age >= 85));
    let (women, men): (Vec<(Option<u32>, Sex)>, Vec<_>) =
        very_old.copied().partition(|(_, sex)| *sex == Sex::Female);
    assert!(women.len() * 100 > men.len() * 130, "{} women, {} men", women.len(), men.len());
}

#[test]
fn people_have_about_ten_records_and_the_old_more() {
    let all = collect(3000, 1);
    let births: HashMap<Id, Day> = all.residents.iter().map(|one| (one.id, one.birth)).collect();
    let is_old = |id: Id| births[&id] < day("1961-07-01");
    let old = all.residents.iter().filter(|one| is_old(one.id)).count();
    let of_the_old = all.records.iter().filter(|record| is_old(record.resident)).count();
    let each = all.records.len() / all.residents.len();
    assert!((8..=12).contains(&each), "{each}");
    assert!(of_the_old / old > each * 3 / 2);
}

#[test]
fn records_are_untidy_but_their_ids_are_unique() {
    let all = collect(3000, 1);
    let texts: HashSet<String> = all.records.iter().map(|record| record.id.to_string()).collect();
    assert_eq!(texts.len(), all.records.len());
    let in_thousand = |wanted: &dyn Fn(&Record) -> bool| {
        all.records.iter().filter(|record| wanted(record)).count() * 1000 / all.records.len()
    };
    assert!((5..20).contains(&in_thousand(&|record| record.void)));
    let late = |record: &Record| record.id.entered.days_since(record.date) > 14;
    assert!((3..40).contains(&in_thousand(&late)));
    assert!((3..40).contains(&in_thousand(&|record| record.date.year() != 2026)));
    assert!(all.records.iter().any(|record| record.worker == Some(record.resident)));
    assert!(all.records.iter().any(|record| matches!(record.worker, Some(Id::Worker(_)))));
    let entered_again = |void: &&Record| {
        all.records.iter().any(|record| {
            (record.resident, record.kind) == (void.resident, void.kind)
                && !record.void
                && record.id.entered > void.id.entered
                && record.id.entered.days_since(void.id.entered) <= 12
        })
    };
    assert!(all.records.iter().filter(|record| record.void).filter(entered_again).count() > 50);
}

#[test]
fn decisions_are_about_records_and_years_that_are_there() {
    let all = collect(3000, 1);
    let records: HashMap<RecordId, &Record> = all.records.iter().map(|one| (one.id, one)).collect();
    let mut awards = BTreeSet::new();
    for row in &all.confirmations {
        awards.insert(row.award);
        match row.subject {
            Subject::Record(id) => assert!(row.date > id.entered && !records[&id].void),
            Subject::Period(_, period) => {
                assert_eq!(period.to_string(), "2026");
                assert!(row.date > day("2026-12-31"));
            }
        }
    }
    assert_eq!(awards.len(), 10, "{awards:?}");
    let accepted = all.confirmations.iter().filter(|row| row.accept).count();
    assert!(accepted * 100 > all.confirmations.len() * 88);
    assert!(accepted < all.confirmations.len());
}

#[test]
fn figures_are_those_of_the_people() {
    let all = collect(3000, 1);
    let lives_in = |one: &Resident, home| {
        one.communities.iter().any(|(code, days)| *code == home && days.contains(day("2026-07-01")))
    };
    let mut checked = 0;
    for row in all.metrics.iter().filter(|row| row.name == "elderly_residents") {
        let old = |one: &&Resident| one.birth.age_years(day("2026-07-01")) >= Some(65);
        let living = |one: &&Resident| lives_in(one, row.community);
        let count = all.residents.iter().filter(old).filter(living).count();
        assert_eq!(row.value, Number::whole(u32::try_from(count).unwrap()));
        checked += 1;
    }
    assert!(checked > 0);
    let communities: HashSet<Division> = all.metrics.iter().map(|row| row.community).collect();
    assert_eq!(communities.len(), 2, "one of three communities has sent in nothing");
    let keys: HashSet<_> = all.metrics.iter().map(|row| (row.community, row.name)).collect();
    assert_eq!(keys.len(), all.metrics.len());
    assert_eq!(all.sanctions.len(), 1);
    assert!(all.sanctions.iter().all(|row| row.until.is_none_or(|until| until > row.from)));
}

#[test]
fn any_level_of_division_and_any_number_of_people_will_do() {
    for (code, people) in [("44", 40), ("4403", 40), ("500110007", 40), ("510403001001", 40)] {
        let division = DivisionPrefix::parse(code).unwrap();
        let tables = csv(&Plan { division, ..Plan::new(people, 9) });
        assert_eq!(tables.residents.lines().count(), 41);
        assert!(tables.residents.lines().skip(1).any(|line| line.contains(&format!(",{code}"))));
    }
    for people in [1, 2, 3] {
        assert_eq!(csv(&Plan::new(people, 1)).residents.lines().count(), people as usize + 1);
    }
}

#[test]
fn plans_for_nothing_are_refused() {
    let refused = |plan| generate(&plan, &mut Collected::default()).unwrap_err();
    assert!(matches!(refused(Plan::new(0, 1)), Error::NobodyWanted));
    let division = DivisionPrefix::parse("51040").unwrap();
    assert!(matches!(refused(Plan { division, ..Plan::new(1, 1) }), Error::NotALevel(_)));
    assert!(matches!(refused(Plan { year: 26, ..Plan::new(1, 1) }), Error::Year(26)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_seed_and_no_year_contradicts_itself(seed: u64, year in 1900_u32..=2999) {
        let mut all = Collected::default();
        let counts = generate(&Plan { year, ..Plan::new(120, seed) }, &mut all).unwrap();
        prop_assert_eq!(counts.records, all.records.len() as u64);
        let people: HashMap<Id, &Resident> =
            all.residents.iter().map(|one| (one.id, one)).collect();
        prop_assert_eq!(people.len(), 120);
        for one in &all.residents {
            assert_disjoint(&one.guardians);
            assert_disjoint(&one.communities);
            prop_assert!(one.guardians.iter().all(|(guardian, _)| people.contains_key(guardian)));
            prop_assert!(one.groups.iter().all(|(_, days)| !days.is_empty()));
        }
        for record in &all.records {
            prop_assert!(people[&record.resident].birth <= record.date);
        }
        let ids: HashSet<RecordId> = all.records.iter().map(|record| record.id).collect();
        prop_assert_eq!(ids.len(), all.records.len());
    }
}
