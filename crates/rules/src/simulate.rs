//! What another version of a scheme would have meant: the same facts scored twice, by the versions
//! that are published and by them with a draft in their place on some days, and the difference
//! summed up. Names nobody but by the ids of the tables, and publishes nothing: whoever shows it
//! leaves out what is about too few people.
//!
//! The draft stands in for whatever was in force from the first of the days on, wherever its own
//! day of force lies. What was scored before them is scored as it was, so that limits of a year and
//! records of the months before count as they would have. Nothing after the last day is seen: a
//! period that ends later earns nothing on either side.

mod tally;

use std::{collections::BTreeMap, num::NonZeroUsize};

use kangji_core::{Day, DayRange, Decimals, Division, DivisionPrefix, Points, vocabulary::GroupId};

use crate::{
    scheme::{Award, Scheme},
    score::{Facts, Options, OutcomeKind, Program, ProgramError, evaluate},
};
use tally::{Cells, Sums};

/// So many of those who gain most and of those who lose most are named.
pub const MOST: usize = 20;

/// The first years of age of the bands; each ends before the next one.
pub const AGE_BANDS: [u32; 7] = [0, 7, 18, 35, 60, 65, 80];

/// The bands of changes, in whole points; the last one is open.
const CHANGE_BANDS: [i64; 6] = [0, 10, 20, 50, 100, 200];

/// Why nothing can be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulationError {
    /// The last day lies before the first.
    #[error("起止日期颠倒：结束日期不能早于开始日期")]
    Days,
    /// Points would be counted in another unit.
    #[error(
        "草案的 points.decimals 是 {draft}，已公布的版本是 {published}，积分单位不同，无法相减：请用相同的小数位"
    )]
    Decimals {
        /// The places of the published versions.
        published: u8,
        /// The places of the draft.
        draft: u8,
    },
    /// The draft does not go with the versions before it.
    #[error("草案与已公布的版本不能衔接：{0}")]
    Versions(#[from] ProgramError),
    /// A sum is larger than points can be.
    #[error("积分合计超出可表示的范围：请缩短模拟的日期")]
    Overflow,
}

/// Two ways to score the same days.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// As published; `None` where nothing of the scheme is.
    before: Option<Program>,
    /// With the draft.
    after: Program,
    draft: Scheme,
    days: DayRange,
}

/// What became of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// The points credited.
    pub points: Points,
    /// How many outcomes are credited.
    pub credited: u64,
    /// How many different people, or communities, hold them.
    pub holders: u64,
}

/// Both sides of something, and for how many it makes a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// As published.
    pub before: Side,
    /// With the draft.
    pub after: Side,
    /// How many hold more.
    pub gained: u64,
    /// How many hold less.
    pub lost: u64,
    /// How many hold as much.
    pub unchanged: u64,
}

/// In which direction somebody's points change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Less.
    Lost,
    /// As many.
    Unchanged,
    /// More.
    Gained,
}

/// How many change by how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// In which direction.
    pub turn: Turn,
    /// By more than nothing and at least so much.
    pub at_least: Points,
    /// By less than this; `None` in the last band.
    pub below: Option<Points>,
    /// How many holders.
    pub holders: u64,
}

/// What changes for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The id that the tables have.
    pub holder: String,
    /// Whether it is a community.
    pub is_community: bool,
    /// As published.
    pub before: Points,
    /// With the draft.
    pub after: Points,
}

/// The difference, summed up. An outcome belongs to its award, and to the community, the age and
/// the groups that its resident had on its day; the lines of awards, communities and ages each add
/// up to the total. A resident may be in several groups: `in_groups` counts each outcome of
/// theirs once, and with the line of those in no group adds up to the total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Everything.
    pub total: Line,
    /// By award, in the order of ids.
    pub awards: Vec<(String, Line)>,
    /// By community.
    pub communities: Vec<(Option<Division>, Line)>,
    /// By the first year of the age band; those of unknown age first.
    pub ages: Vec<(Option<u32>, Line)>,
    /// By group; those in none first.
    pub groups: Vec<(Option<GroupId>, Line)>,
    /// Those in at least one group.
    pub in_groups: Line,
    /// By how much, from the greatest loss to the greatest gain.
    pub bands: Vec<Band>,
    /// Who would hold more, the most first; at most [`MOST`].
    pub most_gained: Vec<Change>,
    /// Who would hold less, the most first; at most [`MOST`].
    pub most_lost: Vec<Change>,
    /// How many candidates wait for a figure or a decision on either side: they are not credited.
    pub pending: [u64; 2],
}

impl Simulation {
    /// What is published, against the same with `draft` in force on `days`.
    ///
    /// # Errors
    /// Where the two cannot be compared, see [`SimulationError`].
    pub fn new(
        published: Vec<Scheme>,
        draft: Scheme,
        days: DayRange,
    ) -> Result<Self, SimulationError> {
        if days.is_empty() {
            return Err(SimulationError::Days);
        }
        let other = published.iter().find(|version| version.decimals != draft.decimals);
        if let Some(other) = other {
            let places = |decimals: Decimals| decimals.places();
            let (published, draft) = (places(other.decimals), places(draft.decimals));
            return Err(SimulationError::Decimals { published, draft });
        }
        let other = published.iter().find(|version| version.id != draft.id);
        if let Some(other) = other {
            let ids = (other.id.clone(), draft.id);
            return Err(ProgramError::OtherScheme(ids.0, ids.1).into());
        }
        let earlier = published.iter().filter(|version| version.in_force.from < days.from);
        // An end within the days would end periods of the draft before their time.
        let to = if draft.in_force.to < days.to { Day::LAST } else { draft.in_force.to };
        let draft = Scheme { in_force: DayRange { from: days.from, to }, ..draft };
        let after = Program::new(earlier.cloned().chain([draft.clone()]).collect())?;
        let before = if published.is_empty() { None } else { Some(Program::new(published)?) };
        Ok(Self { before, after, draft, days })
    }

    /// The days that are compared.
    #[must_use]
    pub const fn days(&self) -> DayRange {
        self.days
    }

    /// The decimal places of all points.
    #[must_use]
    pub const fn decimals(&self) -> Decimals {
        self.draft.decimals
    }

    /// The areas of all versions: nobody who never lived in one of them is concerned.
    #[must_use]
    pub fn areas(&self) -> Vec<DivisionPrefix> {
        let before = self.before.iter().flat_map(Program::versions);
        let mut areas: Vec<DivisionPrefix> = Vec::new();
        for area in before.chain([&self.draft]).map(|version| version.division) {
            if !areas.iter().any(|known| known.includes(area)) {
                areas.retain(|known| !area.includes(*known));
                areas.push(area);
            }
        }
        areas
    }

    /// The published versions for which the draft stands in, by their first days, and whether one
    /// of them was in force on the first of the days.
    #[must_use]
    pub fn replaced(&self) -> (Vec<Day>, bool) {
        let Some(before) = &self.before else { return (Vec::new(), false) };
        let governing =
            before.in_turn().filter(|(_, governs)| !governs.intersect(self.days).is_empty());
        let days = governing.map(|(version, _)| version.in_force.from).collect();
        (days, before.version_on(self.days.from).is_some())
    }

    /// The awards of the draft whose own days lie outside those compared: they earn nothing here.
    pub fn idle(&self) -> impl Iterator<Item = &Award> {
        let awards = self.draft.awards.iter();
        awards.filter(|award| {
            award.counts.is_some_and(|counts| counts.intersect(self.days).is_empty())
        })
    }

    /// An award as the draft has it, otherwise as it was published last.
    #[must_use]
    pub fn award(&self, id: &str) -> Option<&Award> {
        let before = || self.before.as_ref().and_then(|p| p.newest_award(p.award_ix(id)?));
        self.draft.award(id).or_else(before)
    }

    /// Scores both ways and sums up.
    ///
    /// # Errors
    /// Where a sum is too large for points.
    pub fn run(&self, facts: &Facts, threads: NonZeroUsize) -> Result<Effect, SimulationError> {
        let mut sums = Sums::default();
        let mut pending = [0; 2];
        let sides = self.before.iter().map(|program| (0, program)).chain([(1, &self.after)]);
        let options = Options { as_of: self.days.to, all: false, threads };
        for (side, program) in sides {
            for outcome in evaluate(program, facts, options).outcomes {
                if !self.days.contains(outcome.date) {
                    continue;
                }
                match outcome.kind {
                    OutcomeKind::Credited => sums.add(side, &outcome, program, facts),
                    OutcomeKind::Pending => {
                        pending.iter_mut().skip(side).take(1).for_each(|count| *count += 1);
                    }
                    _ => {}
                }
            }
        }
        let (bands, most_gained, most_lost) = sums.changes(facts, self.decimals())?;
        Ok(Effect {
            total: sums.total.line()?,
            awards: lines(sums.awards)?,
            communities: lines(sums.communities)?,
            ages: lines(sums.ages)?,
            groups: lines(sums.groups)?,
            in_groups: sums.in_groups.line()?,
            bands,
            most_gained,
            most_lost,
            pending,
        })
    }
}

fn lines<K: Ord>(cells: Cells<K>) -> Result<Vec<(K, Line)>, SimulationError> {
    let cells: BTreeMap<K, _> = cells.into_iter().collect();
    cells.into_iter().map(|(key, tally)| Ok((key, tally.line()?))).collect()
}
