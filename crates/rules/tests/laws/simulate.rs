//! Laws of simulation: what is summed up equals scoring both ways and subtracting.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{Day, DayRange, Points};
use kangji_rules::{
    scheme::Scheme,
    score::{Facts, OutcomeKind},
    simulate::{AGE_BANDS, Effect, Line, MOST, Simulation, Turn},
};
use proptest::prelude::*;

use crate::{
    arbitrary::{Case, a_day, case},
    cases,
    reference::Row,
    rows,
    world::{World, words},
};

fn days() -> impl Strategy<Value = DayRange> {
    (a_day(), a_day())
        .prop_map(|(one, other)| DayRange { from: one.min(other), to: one.max(other) })
}

/// What is credited on the days, on both sides.
struct Credited([Vec<Row>; 2]);

impl Credited {
    fn new(published: &[Scheme], draft: &Scheme, world: &World, days: DayRange) -> Self {
        let earlier = published.iter().filter(|version| version.in_force.from < days.from);
        let mut draft = draft.clone();
        draft.in_force.from = days.from;
        if draft.in_force.to < days.to {
            draft.in_force.to = Day::LAST;
        }
        let after: Vec<Scheme> = earlier.cloned().chain([draft]).collect();
        let credited = |schemes: &[Scheme]| {
            let all =
                if schemes.is_empty() { Vec::new() } else { rows(schemes, world, days.to, false) };
            let on = |row: &Row| row.kind == OutcomeKind::Credited && days.contains(row.date);
            all.into_iter().filter(on).collect()
        };
        Self([credited(published), credited(&after)])
    }

    /// The line of the outcomes that belong somewhere.
    fn line(&self, belongs: impl Fn(&Row) -> bool) -> Line {
        let mut line = Line::default();
        let mut changes: BTreeMap<(bool, String), i64> = BTreeMap::new();
        for (rows, sign, side) in
            [(&self.0[0], -1, &mut line.before), (&self.0[1], 1, &mut line.after)]
        {
            let mut holders = BTreeSet::new();
            for row in rows.iter().filter(|row| belongs(row)) {
                let holder = (row.holder_type == "community", row.holder.clone());
                holders.insert(holder.clone());
                *changes.entry(holder).or_default() += sign * row.points;
                side.points = Points(side.points.0 + row.points);
                side.credited += 1;
            }
            side.holders = holders.len() as u64;
        }
        for change in changes.values() {
            match change {
                0 => line.unchanged += 1,
                1.. => line.gained += 1,
                _ => line.lost += 1,
            }
        }
        line
    }
}

fn adds_up<'l>(total: &Line, lines: impl Iterator<Item = &'l Line>) -> bool {
    let mut sums = [(0, 0); 2];
    for line in lines {
        for (sum, side) in sums.iter_mut().zip([line.before, line.after]) {
            *sum = (sum.0 + side.points.0, sum.1 + side.credited);
        }
    }
    [total.before, total.after].map(|side| (side.points.0, side.credited)) == sums
}

fn check(effect: &Effect, credited: &Credited, world: &World) -> Result<(), TestCaseError> {
    let words = words();
    prop_assert_eq!(effect.total, credited.line(|_| true));
    for (award, line) in &effect.awards {
        prop_assert_eq!(*line, credited.line(|row| row.award == *award), "{}", award);
    }
    for (community, line) in &effect.communities {
        let code = community.map(|code| code.to_string());
        let lives = |row: &Row| {
            let resident = world.resident(&row.resident);
            resident.and_then(|one| one.community(row.date)).map(ToOwned::to_owned)
        };
        prop_assert_eq!(*line, credited.line(|row| lives(row) == code));
    }
    for (band, line) in &effect.ages {
        let belongs = |row: &Row| {
            let birth = world.resident(&row.resident).and_then(|one| one.birth_date);
            let age = birth.and_then(|birth| birth.age_years(row.date));
            age.and_then(|age| AGE_BANDS.into_iter().filter(|first| *first <= age).max()) == *band
        };
        prop_assert_eq!(*line, credited.line(belongs), "{:?}", band);
    }
    let groups = |row: &Row| -> Vec<&str> {
        let all =
            world.resident(&row.resident).map(|one| one.groups.as_slice()).unwrap_or_default();
        let on_day = all.iter().filter(|(_, days)| days.contains(row.date));
        on_day.map(|(group, _)| group.as_str()).collect()
    };
    let mut none = Line::default();
    for (group, line) in &effect.groups {
        let belongs = |row: &Row| match group {
            Some(group) => groups(row).contains(&words.groups()[usize::from(group.0)].id.as_str()),
            None => groups(row).is_empty(),
        };
        prop_assert_eq!(*line, credited.line(belongs), "{:?}", group);
        none = if group.is_none() { *line } else { none };
    }
    prop_assert_eq!(effect.in_groups, credited.line(|row| !groups(row).is_empty()));
    prop_assert!(adds_up(&effect.total, effect.awards.iter().map(|(_, line)| line)));
    prop_assert!(adds_up(&effect.total, effect.communities.iter().map(|(_, line)| line)));
    prop_assert!(adds_up(&effect.total, effect.ages.iter().map(|(_, line)| line)));
    prop_assert!(adds_up(&effect.total, [none, effect.in_groups].iter()));
    check_people(effect, credited)
}

fn check_people(effect: &Effect, credited: &Credited) -> Result<(), TestCaseError> {
    let turned = |turn| -> u64 {
        effect.bands.iter().filter(|band| band.turn == turn).map(|band| band.holders).sum()
    };
    let Line { gained, lost, unchanged, .. } = effect.total;
    prop_assert_eq!(turned(Turn::Gained), gained);
    prop_assert_eq!(turned(Turn::Lost), lost);
    prop_assert_eq!(turned(Turn::Unchanged), unchanged);
    for (most, count, sign) in [(&effect.most_gained, gained, 1), (&effect.most_lost, lost, -1)] {
        prop_assert_eq!(most.len() as u64, count.min(MOST as u64));
        let size = |place: usize| sign * (most[place].after.0 - most[place].before.0);
        for (place, change) in most.iter().enumerate() {
            prop_assert!(size(place) > 0 && (place == 0 || size(place - 1) >= size(place)));
            let own = credited.line(|row| {
                row.holder == change.holder
                    && (row.holder_type == "community") == change.is_community
            });
            prop_assert_eq!((own.before.points, own.after.points), (change.before, change.after));
        }
    }
    Ok(())
}

/// The last version as a draft, the ones before it as published.
fn parted(case: &Case) -> (Vec<Scheme>, Scheme) {
    let mut versions = case.schemes.clone();
    versions.sort_by_key(|version| version.in_force.from);
    let draft = versions.pop().expect("at least one version");
    (versions, draft)
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_sums_equal_scoring_both_ways_and_subtracting(case in case(), days in days()) {
        let (published, draft) = parted(&case);
        let simulation = Simulation::new(published.clone(), draft.clone(), days);
        let simulation = simulation.expect("versions of one scheme");
        let facts = Facts::new(case.world.tables());
        let effect = simulation.run(&facts, std::num::NonZeroUsize::MIN).expect("small sums");
        let credited = Credited::new(&published, &draft, &case.world, days);
        check(&effect, &credited, &case.world)?;
    }

    #[test]
    fn a_draft_that_says_what_is_in_force_changes_nothing(case in case(), days in days()) {
        let (_, mut version) = parted(&case);
        version.in_force = DayRange { from: days.from.min(version.in_force.from), to: Day::LAST };
        let simulation = Simulation::new(vec![version.clone()], version, days);
        let facts = Facts::new(case.world.tables());
        let effect = simulation.expect("one version").run(&facts, std::num::NonZeroUsize::MIN);
        let effect = effect.expect("small sums");
        prop_assert_eq!(effect.total.before, effect.total.after);
        prop_assert_eq!((effect.total.gained, effect.total.lost), (0, 0));
        prop_assert_eq!(effect.pending[0], effect.pending[1]);
    }
}

#[test]
fn what_cannot_be_subtracted_is_refused() {
    use kangji_core::Decimals;
    use kangji_rules::{score::ProgramError, simulate::SimulationError};
    use proptest::{strategy::ValueTree, test_runner::TestRunner};

    let tree = case().new_tree(&mut TestRunner::deterministic()).expect("a case");
    let (_, version) = parted(&tree.current());
    let days = DayRange { from: version.in_force.from, to: version.in_force.from };
    let refused = |draft: Scheme, days| Simulation::new(vec![version.clone()], draft, days).err();

    let places = version.decimals.places();
    let other = Decimals::new((places + 1) % 3).expect("at most two");
    let draft = Scheme { decimals: other, ..version.clone() };
    let why = SimulationError::Decimals { published: places, draft: other.places() };
    assert_eq!(refused(draft, days), Some(why));

    let draft = Scheme { id: "other".to_owned(), ..version.clone() };
    let why = ProgramError::OtherScheme("s".to_owned(), "other".to_owned());
    assert_eq!(refused(draft, days), Some(SimulationError::Versions(why)));

    let turned = DayRange { from: days.from.next(), to: days.from };
    assert_eq!(refused(version.clone(), turned), Some(SimulationError::Days));
    assert_eq!(refused(version.clone(), days), None);
}
