//! Adding up what is credited on both sides, whole and by what an outcome belongs to.

use std::cmp::Reverse;

use kangji_core::{Decimals, Division, Points, Sym, vocabulary::GroupId};
use rustc_hash::FxHashMap;

use super::{AGE_BANDS, Band, CHANGE_BANDS, Change, Line, MOST, Side, SimulationError, Turn};
use crate::{
    scheme::HolderType,
    score::{Facts, Outcome, Program},
};

/// Sums by what an outcome belongs to.
pub(super) type Cells<K> = FxHashMap<K, Tally>;

/// Who holds points: whether it is a community, and its id.
type Holder = (bool, Sym);

/// All sums.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) total: Tally,
    pub(super) awards: Cells<String>,
    pub(super) communities: Cells<Option<Division>>,
    pub(super) ages: Cells<Option<u32>>,
    pub(super) groups: Cells<Option<GroupId>>,
    pub(super) in_groups: Tally,
}

/// What is credited in a part of the outcomes: of each holder on both sides. `None` is a side on
/// which they are credited nothing, not even 0 points.
#[derive(Default)]
pub(super) struct Tally {
    credited: [u64; 2],
    holders: FxHashMap<Holder, [Option<i128>; 2]>,
}

impl Sums {
    /// Counts an outcome that is credited on one side: 0 is as published, 1 with the draft.
    pub(super) fn add(&mut self, side: usize, outcome: &Outcome, program: &Program, facts: &Facts) {
        self.total.add(side, outcome);
        if let Some(award) = outcome.award {
            let id = program.award_id(award).to_owned();
            self.awards.entry(id).or_default().add(side, outcome);
        }
        let resident = facts.resident(outcome.resident);
        let standing = resident.and_then(|one| facts.tables().standing_on(one, outcome.date));
        let community = standing.and_then(|standing| standing.community);
        self.communities.entry(community).or_default().add(side, outcome);

        let birth = resident.and_then(|resident| resident.birth_date);
        let age = birth.and_then(|birth| birth.age_years(outcome.date));
        let band = age.and_then(|age| AGE_BANDS.into_iter().rfind(|first| *first <= age));
        self.ages.entry(band).or_default().add(side, outcome);

        let groups = standing.map(|standing| standing.groups).unwrap_or_default();
        if groups.0 == 0 {
            self.groups.entry(None).or_default().add(side, outcome);
            return;
        }
        self.in_groups.add(side, outcome);
        for group in (0..64).map(GroupId).filter(|group| groups.contains(*group)) {
            self.groups.entry(Some(group)).or_default().add(side, outcome);
        }
    }

    /// By how much holders change, and whose points change most.
    pub(super) fn changes(
        &self,
        facts: &Facts,
        decimals: Decimals,
    ) -> Result<Changes, SimulationError> {
        let mut bands = bands(decimals);
        let (mut gained, mut lost) = (Vec::new(), Vec::new());
        for (&holder, &sides) in &self.total.holders {
            let change = change(sides);
            if let Some(band) = bands.iter_mut().find(|band| band.holds(change)) {
                band.holders += 1;
            }
            match change {
                0 => {}
                1.. => gained.push((Reverse(change), facts.rank(holder.1), holder, sides)),
                _ => lost.push((Reverse(-change), facts.rank(holder.1), holder, sides)),
            }
        }
        Ok((bands, most(gained, facts)?, most(lost, facts)?))
    }
}

/// How many holders change by how much; those who gain most, and those who lose most.
type Changes = (Vec<Band>, Vec<Change>, Vec<Change>);

impl Tally {
    fn add(&mut self, side: usize, outcome: &Outcome) {
        let holder = (outcome.holder_type == HolderType::Community, outcome.holder);
        let sums = self.holders.entry(holder).or_default();
        if let (Some(sum), Some(count)) = (sums.get_mut(side), self.credited.get_mut(side)) {
            *sum = Some(sum.unwrap_or_default() + i128::from(outcome.points.0));
            *count += 1;
        }
    }

    /// The sums as they are told.
    pub(super) fn line(&self) -> Result<Line, SimulationError> {
        let mut points = [0_i128; 2];
        let mut line = Line::default();
        for sides in self.holders.values() {
            let [before, after] = *sides;
            points = [points[0] + before.unwrap_or(0), points[1] + after.unwrap_or(0)];
            line.before.holders += u64::from(before.is_some());
            line.after.holders += u64::from(after.is_some());
            let count = match change(*sides) {
                0 => &mut line.unchanged,
                1.. => &mut line.gained,
                _ => &mut line.lost,
            };
            *count += 1;
        }
        let side = |side: Side, points, credited| -> Result<Side, SimulationError> {
            Ok(Side { points: exact(points)?, credited, ..side })
        };
        line.before = side(line.before, points[0], self.credited[0])?;
        line.after = side(line.after, points[1], self.credited[1])?;
        Ok(line)
    }
}

fn change([before, after]: [Option<i128>; 2]) -> i128 {
    after.unwrap_or(0) - before.unwrap_or(0)
}

fn exact(sum: i128) -> Result<Points, SimulationError> {
    i64::try_from(sum).map(Points).map_err(|_| SimulationError::Overflow)
}

/// A holder by the size of the change and the id, and both sides.
type Sized = (Reverse<i128>, u32, Holder, [Option<i128>; 2]);

/// Those whose points change most.
fn most(mut all: Vec<Sized>, facts: &Facts) -> Result<Vec<Change>, SimulationError> {
    all.sort_unstable();
    let change = |(_, _, (is_community, holder), [before, after]): Sized| {
        Ok(Change {
            holder: facts.text(holder).to_owned(),
            is_community,
            before: exact(before.unwrap_or(0))?,
            after: exact(after.unwrap_or(0))?,
        })
    };
    all.into_iter().take(MOST).map(change).collect()
}

/// All bands, empty, from the greatest loss to the greatest gain.
fn bands(decimals: Decimals) -> Vec<Band> {
    let units = decimals.units_per_point();
    let bounds = CHANGE_BANDS.map(|points| Points(points * units));
    let band = |turn: Turn| {
        let below = bounds.into_iter().skip(1).map(Some).chain([None]);
        let bands = bounds.into_iter().zip(below);
        bands.map(move |(at_least, below)| Band { turn, at_least, below, holders: 0 })
    };
    let same = Band { turn: Turn::Unchanged, at_least: Points::ZERO, below: None, holders: 0 };
    let mut all: Vec<Band> = band(Turn::Lost).collect();
    all.reverse();
    all.push(same);
    all.extend(band(Turn::Gained));
    all
}

impl Band {
    fn holds(&self, change: i128) -> bool {
        let size = match (self.turn, change) {
            (Turn::Unchanged, 0) => return true,
            (Turn::Gained, 1..) => change,
            (Turn::Lost, ..0) => -change,
            _ => return false,
        };
        i128::from(self.at_least.0) <= size
            && self.below.is_none_or(|below| size < i128::from(below.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_in_one_band() {
        for places in 0..=2 {
            let bands = bands(Decimals::new(places).unwrap());
            for change in (-25_000..=25_000).chain([i128::MAX, i128::MIN + 1]) {
                assert_eq!(bands.iter().filter(|band| band.holds(change)).count(), 1, "{change}");
            }
        }
        let of = |change| bands(Decimals::default()).iter().position(|band| band.holds(change));
        assert_eq!([-200, -1, 0, 1, 10, 200].map(of), [0, 5, 6, 7, 8, 12].map(Some));
    }
}
