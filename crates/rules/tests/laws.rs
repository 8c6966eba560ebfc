//! Laws of scoring, tried on random schemes and worlds. `PROPTEST_CASES` sets how many are tried.

#[path = "laws/arbitrary.rs"]
mod arbitrary;
#[path = "laws/conditions.rs"]
mod conditions;
#[path = "laws/reference.rs"]
mod reference;
#[path = "laws/simulate.rs"]
mod simulate;
#[path = "laws/world.rs"]
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
};

use kangji_core::{Day, DayRange, Division, DivisionPrefix, Period, vocabulary::GroupSet};
use kangji_rules::{
    person::{Profile, unmet},
    scheme::{Award, Bound, Condition, HolderType, KeyPart, Limit, Occasion, Scheme},
    score::{Because, Facts, Options, OutcomeKind, Program, Subject, Winner, columns, score},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use arbitrary::{Case, FOREIGN, case, person_conditions, resident_local_case};
use reference::Row;
use world::{RecordRow, World};

/// So many cases unless `PROPTEST_CASES` says otherwise.
fn cases(number: u32) -> Config {
    let told = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    Config {
        cases: told.unwrap_or(number),
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..Config::default()
    }
}

fn program(schemes: &[Scheme]) -> Program {
    Program::new(schemes.to_vec()).expect("versions of one scheme")
}

fn options(as_of: Day, all: bool, threads: usize) -> Options {
    Options { as_of, all, threads: NonZeroUsize::new(threads).expect("at least one") }
}

/// The outcome table of the evaluator, in its order.
fn rows(schemes: &[Scheme], world: &World, as_of: Day, all: bool) -> Vec<Row> {
    let (program, facts) = (program(schemes), Facts::new(world.tables()));
    let scored = score(&program, &facts, options(as_of, all, 1));
    let row = |outcome: &kangji_rules::score::Outcome| {
        let texts = columns::texts(outcome, &program, &facts);
        let [_, _, award, _, holder, resident, record, period, ..] = texts;
        let known = columns::award_of(outcome, &program);
        if let Some(known) = known {
            assert_eq!(outcome.holder_type, known.to, "the holder type of {award}");
        }
        Row {
            holder,
            date: outcome.date,
            record,
            award,
            resident,
            period,
            version: outcome.version.map(|version| usize::from(version.0)),
            holder_type: known.map_or("", |award| award.to.word()),
            kind: outcome.kind,
            points: outcome.points.0,
            expires_on: outcome.expires_on,
        }
    };
    scored.outcomes.iter().map(row).collect()
}

/// The outcome table with all its columns, as text.
fn table(schemes: &[Scheme], world: &World, as_of: Day, threads: usize) -> Vec<[String; 14]> {
    let (program, facts) = (program(schemes), Facts::new(world.tables()));
    let scored = score(&program, &facts, options(as_of, true, threads));
    scored.outcomes.iter().map(|outcome| columns::texts(outcome, &program, &facts)).collect()
}

fn check_equals_reference(case: &Case) -> Result<(), TestCaseError> {
    for all in [false, true] {
        let found = rows(&case.schemes, &case.world, case.as_of, all);
        let expected = reference::score(&case.schemes, &case.world, case.as_of, all);
        if found != expected {
            let only = |one: &[Row], other: &[Row]| -> Vec<Row> {
                one.iter().filter(|row| !other.contains(row)).cloned().collect()
            };
            prop_assert!(
                false,
                "(all: {all})\nthe evaluator alone: {:#?}\nthe reference alone: {:#?}",
                only(&found, &expected),
                only(&expected, &found)
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(700))]

    #[test]
    fn the_evaluator_equals_the_reference(case in case()) {
        check_equals_reference(&case)?;
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_person_is_judged_as_scoring_judges_a_resident(
        case in case(), when in person_conditions(),
    ) {
        check_people(case, &when)?;
    }
}

/// Scores all records with one award that asks for nothing but `when`, and asks the same of each
/// record's resident as they were on the record's day.
fn check_people(case: Case, when: &[Condition]) -> Result<(), TestCaseError> {
    let Case { mut schemes, world, as_of } = case;
    schemes.truncate(1);
    let words = world::words();
    for scheme in &mut schemes {
        (scheme.division, scheme.in_force) = (DivisionPrefix::EVERYWHERE, DayRange::ALWAYS);
        scheme.eligible.clear();
        scheme.awards.truncate(1);
        for award in &mut scheme.awards {
            let kinds = words.kinds().iter().filter_map(|kind| words.kind(&kind.id));
            *award = Award {
                occasion: Occasion::Record(kinds.collect()),
                when: when.to_vec(),
                to: HolderType::Resident,
                per_unit: None,
                limits: Vec::new(),
                yields_to: Vec::new(),
                requires: Vec::new(),
                requires_any: Vec::new(),
                given: Vec::new(),
                beyond: None,
                confirm: None,
                counts: None,
                ..award.clone()
            };
        }
    }
    let candidates: BTreeSet<String> =
        rows(&schemes, &world, as_of, false).into_iter().map(|row| row.record).collect();
    let passes = |record: &&RecordRow| {
        let Some(resident) = world.resident(&record.resident) else { return false };
        let Some(community) = resident.community(record.date) else { return false };
        let mut groups = GroupSet::default();
        let holds = resident.groups.iter().filter(|(_, days)| days.contains(record.date));
        holds.filter_map(|(group, _)| words.group(group)).for_each(|group| groups.insert(group));
        let person = Profile {
            day: record.date,
            birth_date: resident.birth_date,
            sex: resident.sex,
            community: Division::parse(community),
            groups,
        };
        unmet(when, &person).is_none()
    };
    let counted = world.records.iter().filter(|record| !record.void && record.date <= as_of);
    let passing: BTreeSet<String> = counted.filter(passes).map(|row| row.id.clone()).collect();
    prop_assert_eq!(candidates, passing);
    Ok(())
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn the_order_of_input_rows_changes_nothing(case in case(), seed in any::<u64>()) {
        let mut shuffled = case.world.clone();
        let mut chance = Chance(seed);
        chance.shuffle(&mut shuffled.residents);
        chance.shuffle(&mut shuffled.records);
        chance.shuffle(&mut shuffled.metrics);
        chance.shuffle(&mut shuffled.confirmations);
        chance.shuffle(&mut shuffled.sanctions);
        let mut schemes = case.schemes.clone();
        chance.shuffle(&mut schemes);
        prop_assert_eq!(
            table(&schemes, &shuffled, case.as_of, 1),
            table(&case.schemes, &case.world, case.as_of, 1)
        );
    }

    #[test]
    fn the_number_of_threads_changes_nothing(case in case()) {
        let (program, facts) = (program(&case.schemes), Facts::new(case.world.tables()));
        let one = score(&program, &facts, options(case.as_of, true, 1));
        for threads in [2, 3, 7] {
            prop_assert_eq!(&score(&program, &facts, options(case.as_of, true, threads)), &one);
        }
    }

    #[test]
    fn what_is_out_of_scope_changes_nothing_but_its_own_rows(case in case()) {
        let Case { schemes, world, as_of } = &case;
        let is_foreign = |id: &str| {
            let lives_elsewhere = |(code, _): &(String, _)| code == FOREIGN;
            world.resident(id).is_none_or(|r| r.communities.iter().all(lives_elsewhere))
        };
        let counts = |record: &RecordRow| !record.void && !is_foreign(&record.resident);
        let without = world.only(|resident| !is_foreign(&resident.id), counts);
        prop_assert_eq!(
            rows(schemes, world, *as_of, false),
            rows(schemes, &without, *as_of, false)
        );
        let mut with = table(schemes, world, *as_of, 1);
        let without = table(schemes, &without, *as_of, 1);
        with.retain(|row| world.record(&row[6]).is_none_or(counts));
        prop_assert_eq!(with, without);
    }

    #[test]
    fn the_columns_of_an_outcome_agree(case in case()) {
        let (program, facts) = (program(&case.schemes), Facts::new(case.world.tables()));
        let scored = score(&program, &facts, options(case.as_of, true, 1));
        for outcome in &scored.outcomes {
            let credited = outcome.kind == OutcomeKind::Credited;
            prop_assert!(outcome.points.0 >= 0);
            prop_assert!(credited || outcome.points.0 == 0);
            prop_assert!(credited || outcome.expires_on.is_none());
            prop_assert!(outcome.expires_on.is_none_or(|day| day > outcome.date));
            let expires = outcome.version.and_then(|v| program.version(v)).and_then(|s| s.expiry);
            prop_assert!(!credited || outcome.expires_on.is_some() == expires.is_some());
            prop_assert!(!credited || !outcome.holder.is_empty());
            let winner = matches!(outcome.because, Because::Winner(..));
            prop_assert_eq!(winner, outcome.kind == OutcomeKind::Superseded);
        }
        let count = |kind| scored.outcomes.iter().filter(|outcome| outcome.kind == kind).count();
        prop_assert_eq!(usize::try_from(scored.void).ok(), Some(count(OutcomeKind::Void)));
        let out_of_scope: u64 = scored.out_of_scope.iter().sum();
        prop_assert_eq!(usize::try_from(out_of_scope).ok(), Some(count(OutcomeKind::OutOfScope)));
    }

    #[test]
    fn the_winner_of_a_superseded_candidate_is_credited_in_the_same_period(case in case()) {
        let (program, facts) = (program(&case.schemes), Facts::new(case.world.tables()));
        let outcomes = score(&program, &facts, options(case.as_of, false, 1)).outcomes;
        for outcome in &outcomes {
            let Because::Winner(award, by) = outcome.because else { continue };
            let winner = outcomes.iter().find(|other| {
                let same = match (by, other.subject) {
                    (Winner::Record(row), Subject::Record(other)) => row == other,
                    (Winner::Period(day), Subject::Period(_)) => day == other.date,
                    _ => false,
                };
                same && other.award == Some(award) && other.resident == outcome.resident
            });
            let winner = winner.expect("the winner has an outcome");
            prop_assert_eq!(winner.kind, OutcomeKind::Credited);
            let own = columns::award_of(outcome, &program).expect("a superseded one has an award");
            let met = own.yields_to.iter().any(|yields| {
                let period = |day| Period::containing(yields.per, day);
                program.award_ix(&yields.award) == Some(award)
                    && period(winner.date) == period(outcome.date)
            });
            prop_assert!(met, "no yields_to names this winner in this period");
        }
    }

    #[test]
    fn no_limit_is_exceeded_and_only_full_ones_cap(
        mut case in case(), nobody_yields in any::<bool>(),
    ) {
        if nobody_yields {
            for award in case.schemes.iter_mut().flat_map(|scheme| &mut scheme.awards) {
                award.yields_to.clear();
            }
        }
        check_limits(&case)?;
    }

    #[test]
    fn residents_scored_apart_give_what_all_together_give(case in resident_local_case()) {
        let Case { schemes, world, as_of } = &case;
        prop_assert!(program(schemes).is_resident_local());
        let known = |record: &RecordRow| world.resident(&record.resident).is_some();
        let mut apart = rows(schemes, &world.only(|_| false, |r| !known(r)), *as_of, true);
        for one in &world.residents {
            let part = world.only(|other| other.id == one.id, |record| record.resident == one.id);
            apart.extend(rows(schemes, &part, *as_of, true));
        }
        apart.sort();
        prop_assert_eq!(apart, rows(schemes, world, *as_of, true));
    }

    #[test]
    fn people_with_nothing_in_common_can_be_scored_apart(mut case in case(), twin in case()) {
        case.world.add(&twin.world.renamed());
        // A limit that counts neither by person nor by community has everybody in common.
        for limit in case.schemes.iter_mut().flat_map(|s| &mut s.awards).flat_map(|a| &mut a.limits)
        {
            if limit.by.iter().all(|part| matches!(part, KeyPart::Attribute(_))) {
                limit.by.push(KeyPart::Holder);
            }
        }
        let Case { schemes, world, as_of } = &case;
        let circles = circles(world);
        let known: BTreeSet<&String> = circles.iter().flatten().collect();
        prop_assert!(circles.len() >= 2);
        let unknown = world.only(|_| false, |record| !known.contains(&record.resident));
        let mut apart = rows(schemes, &unknown, *as_of, true);
        for circle in &circles {
            let part = world.only(|r| circle.contains(&r.id), |r| circle.contains(&r.resident));
            apart.extend(rows(schemes, &part, *as_of, true));
        }
        apart.sort();
        prop_assert_eq!(apart, rows(schemes, world, *as_of, true));
    }
}

proptest! {
    #![proptest_config(cases(80))]

    #[test]
    fn scoring_day_by_day_ends_where_scoring_once_ends(
        case in resident_local_case(), delays in prop::collection::vec(0..90_u16, 1..8),
    ) {
        let diary = Diary::new(&case, &delays);
        prop_assert_eq!(diary.day_by_day(), diary.at_once());
    }
}

/// The worlds are worth trying: among a few hundred every outcome is frequent, and so is what
/// only some schemes have.
#[test]
fn every_outcome_is_frequent_among_the_worlds() {
    let mut runner = TestRunner::deterministic();
    let mut found: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..300 {
        let case = case().new_tree(&mut runner).expect("a case").current();
        let rows = rows(&case.schemes, &case.world, case.as_of, true);
        for row in &rows {
            *found.entry(row.kind.word()).or_default() += 1;
        }
        let newer = rows.iter().filter(|row| row.version.is_some_and(|version| version > 0));
        *found.entry("a newer version").or_default() += u32::try_from(newer.count()).expect("few");
        let credited = rows.iter().filter(|row| row.kind == OutcomeKind::Credited);
        let periods = credited.filter(|row| !row.period.is_empty()).count();
        *found.entry("a credited period").or_default() += u32::try_from(periods).expect("few");
    }
    for kind in OutcomeKind::ALL {
        assert!(found.get(kind.word()).is_some_and(|count| *count >= 30), "{found:?}");
    }
    for rare in ["a newer version", "a credited period"] {
        assert!(found.get(rare).is_some_and(|count| *count >= 30), "{found:?}");
    }
}

/// A small generator of numbers for shuffling (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = (self.0 | 1) ^ (self.0 << 13);
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let bound = u64::try_from(bound).expect("small");
        usize::try_from(self.0 % bound).expect("small")
    }

    fn shuffle<T>(&mut self, rows: &mut [T]) {
        for place in (1..rows.len()).rev() {
            rows.swap(place, self.below(place + 1));
        }
    }
}

/// Takes the candidates of each award in their order and counts, for each limit of the version
/// that scored them, those before that took a place under the same key in the same period.
fn check_limits(case: &Case) -> Result<(), TestCaseError> {
    let program = program(&case.schemes);
    let mut rows = rows(&case.schemes, &case.world, case.as_of, false);
    rows.sort_by(|a, b| (a.date, &a.record, &a.resident).cmp(&(b.date, &b.record, &b.resident)));
    let took_a_place =
        |row: &&Row| matches!(row.kind, OutcomeKind::Credited | OutcomeKind::Superseded);
    for (place, row) in rows.iter().enumerate() {
        let version = row.version.and_then(|version| program.versions().get(version));
        let award = version.and_then(|scheme| scheme.award(&row.award)).expect("an award");
        // What superseded candidates took of the points is not in the table.
        let mut full = false;
        let mut superseded_before = false;
        for limit in &award.limits {
            let key = |other: &Row| limit_key(limit, other, &case.world);
            let before = rows[..place].iter().filter(|other| other.award == row.award);
            let before: Vec<&Row> =
                before.filter(took_a_place).filter(|other| key(other) == key(row)).collect();
            let is_superseded = |other: &&Row| other.kind == OutcomeKind::Superseded;
            superseded_before |= before.iter().any(is_superseded);
            let credited: i64 = before.iter().map(|other| other.points).sum();
            let counted = i64::try_from(before.len()).expect("few");
            let (taken, bound, more) = match limit.bound {
                Bound::Times(times) => (counted, i64::from(times), 1),
                Bound::Points(points) => (credited, points.0, row.points),
            };
            full |= taken >= bound;
            if took_a_place(&row) {
                prop_assert!(taken < bound, "no room in {limit:?} for {row:?}");
                prop_assert!(taken + more <= bound, "too much in {limit:?} for {row:?}");
            }
        }
        if row.kind == OutcomeKind::Capped && !superseded_before {
            prop_assert!(full, "room in every limit for {row:?}");
        }
        let earns = full_points(award, case.world.record(&row.record));
        prop_assert!(row.points <= earns, "more than {earns} points for {row:?}");
        if award.limits.is_empty() && row.kind == OutcomeKind::Credited {
            prop_assert_eq!(row.points, earns);
        }
    }
    Ok(())
}

fn full_points(award: &Award, record: Option<&RecordRow>) -> i64 {
    let Some(unit) = &award.per_unit else { return award.points.0 };
    match record.and_then(|record| record.value(&unit.name)) {
        Some(world::Value::Number(number)) => award.points.times(*number).0,
        _ => 0,
    }
}

fn limit_key(limit: &Limit, row: &Row, world: &World) -> (Period, Vec<String>) {
    let resident = world.resident(&row.resident).expect("a candidate's resident is known");
    let part = |part: &KeyPart| match part {
        KeyPart::Holder => row.holder.clone(),
        KeyPart::Resident => row.resident.clone(),
        KeyPart::Community => resident.community(row.date).unwrap_or_default().to_owned(),
        KeyPart::Attribute(attribute) => {
            let value = world.record(&row.record).and_then(|r| r.value(&attribute.name));
            format!("{value:?}")
        }
    };
    (Period::containing(limit.per, row.date), limit.by.iter().map(part).collect())
}

/// The residents in circles, such that nobody shares an id that may hold points, or a community,
/// with anybody of another circle.
fn circles(world: &World) -> Vec<BTreeSet<String>> {
    let mut circles: Vec<(BTreeSet<String>, BTreeSet<String>)> = Vec::new();
    for resident in &world.residents {
        let workers = world.records.iter().filter(|record| record.resident == resident.id);
        let mut shares: BTreeSet<String> = workers.map(|record| record.worker.clone()).collect();
        let dated = resident.communities.iter().chain(&resident.guardians);
        shares.extend(dated.map(|(id, _)| id.clone()));
        shares.insert(resident.id.clone());
        shares.remove("");
        let mut people = BTreeSet::from([resident.id.clone()]);
        // Whoever joins may connect with circles looked at before.
        loop {
            let before = circles.len();
            circles.retain(|(others, shared)| {
                let apart = shared.is_disjoint(&shares);
                if !apart {
                    people.extend(others.iter().cloned());
                    shares.extend(shared.iter().cloned());
                }
                apart
            });
            if circles.len() == before {
                break;
            }
        }
        circles.push((people, shares));
    }
    circles.into_iter().map(|(people, _)| people).collect()
}

/// Records and decisions with the days on which they become known.
struct Diary<'c> {
    case: &'c Case,
    /// For each record the day on which it arrives, and the one on which it is declared void.
    arrives: Vec<(Day, Option<Day>)>,
}

impl<'c> Diary<'c> {
    /// Records arrive some days after their date; void ones were first thought valid.
    fn new(case: &'c Case, delays: &[u16]) -> Self {
        let later = |day: Day, place: usize| {
            day.plus(kangji_core::Span::Days(delays[place % delays.len()]))
        };
        let arrives = case.world.records.iter().enumerate().map(|(place, record)| {
            let arrives = later(record.date, place);
            (arrives, record.void.then(|| later(arrives, place + 1)))
        });
        Self { case, arrives: arrives.collect() }
    }

    fn records(&self) -> impl Iterator<Item = (&RecordRow, Day, Option<Day>)> {
        let both = self.case.world.records.iter().zip(&self.arrives);
        both.map(|(record, (arrives, void))| (record, *arrives, *void))
    }

    /// What is known on a day.
    fn known_on(&self, day: Day) -> World {
        let records = self.records().filter(|(_, arrives, _)| *arrives <= day);
        let records = records.map(|(record, _, void)| RecordRow {
            void: void.is_some_and(|void| void <= day),
            ..record.clone()
        });
        let mut world = World { records: records.collect(), ..self.case.world.clone() };
        world.confirmations.retain(|decision| decision.date <= day);
        world
    }

    /// The days on which something about a resident happens: a record arrives or is declared
    /// void, somebody decides, or a period ends.
    fn days_of(&self, resident: &str) -> BTreeSet<Day> {
        let mut days = BTreeSet::new();
        let span = reference::whole_span(&self.case.schemes);
        for (record, arrives, void) in self.records().filter(|(r, ..)| r.resident == resident) {
            days.insert(arrives);
            days.extend(void);
            for award in self.case.schemes.iter().flat_map(|scheme| &scheme.awards) {
                if let Occasion::Period(kind) = award.occasion {
                    let period = Period::containing(kind, record.date).days();
                    days.insert(period.intersect(award.counts.unwrap_or(span)).to);
                }
            }
        }
        let start = format!("{resident}/");
        for decision in &self.case.world.confirmations {
            let record = self.case.world.record(&decision.subject);
            let about_record = record.is_some_and(|record| record.resident == resident);
            if about_record || decision.subject.starts_with(&start) {
                days.insert(decision.date);
            }
        }
        days.retain(|day| *day <= self.case.as_of);
        days
    }

    /// Recomputes a resident on each of their days and keeps what was found last.
    fn day_by_day(&self) -> Vec<Row> {
        let schemes = &self.case.schemes;
        let mut found: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
        for resident in &self.case.world.residents {
            for day in self.days_of(&resident.id) {
                let known = self.known_on(day);
                let part = known.only(|r| r.id == resident.id, |r| r.resident == resident.id);
                found.insert(&resident.id, rows(schemes, &part, day, false));
            }
        }
        let mut rows: Vec<Row> = found.into_values().flatten().collect();
        rows.sort();
        rows
    }

    fn at_once(&self) -> Vec<Row> {
        let as_of = self.case.as_of;
        rows(&self.case.schemes, &self.known_on(as_of), as_of, false)
    }
}
