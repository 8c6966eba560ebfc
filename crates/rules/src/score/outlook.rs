//! What is still open to somebody on a day: the evaluator's own conditions, limits and
//! requirements, asked before there is a record. Knows no words and no viewer.

use std::num::NonZeroUsize;

use kangji_core::{Day, Division, Period, PeriodKind, Points, Sym};

use super::{
    Options,
    condition::{Case, Tests},
    evaluate::{Evaluator, Found},
    facts::Facts,
    meter::{KeyFacts, SharedCounts, admit},
    outcome::{AwardIx, Because, Outcome, OutcomeKind},
    program::Program,
    requirement::Look,
    rule::{BoundRequirement, BoundVersion, Rule},
};
use crate::scheme::{Award, Bound, Condition, RequirementShape};

/// Facts and their outcomes, with every place that was taken in a limit.
pub(crate) struct Outlook<'a> {
    evaluator: Evaluator<'a>,
    /// For each award what was counted.
    counts: Vec<SharedCounts>,
}

/// A candidate that does not exist yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trial {
    pub(crate) award: AwardIx,
    pub(crate) holder: Sym,
    pub(crate) resident: Sym,
    pub(crate) community: Option<Division>,
    /// The value of a text attribute that a limit counts apart; empty where it does not matter.
    pub(crate) value: Sym,
}

/// What a limit still allows in the period that contains the day asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) per: PeriodKind,
    /// In the limit's own measure: times or points.
    pub(crate) bound: Bound,
}

impl Left {
    pub(crate) fn is_none(self) -> bool {
        self.bound == Bound::Times(0) || self.bound == Bound::Points(Points::ZERO)
    }
}

/// How far a requirement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) found: u32,
    pub(crate) met: bool,
    /// Whether it can still be met in its period.
    pub(crate) reachable: bool,
}

impl<'a> Outlook<'a> {
    /// `outcomes` are those of the same program, facts and day.
    pub(crate) fn new(
        program: &'a Program,
        facts: &'a Facts,
        outcomes: &[Outcome],
        as_of: Day,
    ) -> Self {
        let options = Options { as_of, all: false, threads: NonZeroUsize::MIN };
        let evaluator = Evaluator::new(program, facts, options);
        let mut counts = Vec::new();
        counts.resize_with(program.award_ids().len(), SharedCounts::default);
        let mut outlook = Self { evaluator, counts };
        outlook.replay(outcomes);
        outlook
    }

    /// Lets every candidate that came as far as the limits take its place once more.
    fn replay(&mut self, outcomes: &[Outcome]) {
        let reached = |outcome: &&Outcome| {
            use OutcomeKind::{Capped, Credited, Superseded};
            matches!(outcome.kind, Credited | Superseded | Capped)
        };
        let mut order: Vec<&Outcome> = outcomes.iter().filter(reached).collect();
        let facts = self.evaluator.facts;
        order.sort_by_key(|outcome| facts.turn(outcome));
        for outcome in order {
            let evaluator = &self.evaluator;
            let (Some(award), Some(rule)) = (outcome.award, evaluator.rule(outcome)) else {
                continue;
            };
            let award = usize::from(award.0);
            let (Some(counts), Some(meters)) =
                (self.counts.get_mut(award), evaluator.bound.meters.get(award))
            else {
                continue;
            };
            let community = evaluator.community_of(outcome).map_or(0, Division::number);
            let key = evaluator.key_facts(outcome, community);
            let points = evaluator.full_points(rule, outcome.subject);
            admit(counts, meters, &rule.limits, &key, outcome.date, points);
        }
    }

    /// The rule of an award on a day, with its version.
    fn rule_on(&self, award: AwardIx, day: Day) -> Option<(&BoundVersion, &Rule)> {
        let version = self.evaluator.version(self.evaluator.program.version_on(day)?)?;
        let rule = version.rules.iter().find(|rule| rule.award == award)?;
        rule.counts.contains(day).then_some((version, rule))
    }

    /// What each limit of the award leaves in the period of `day`; `None` where the award does
    /// not count that day.
    pub(crate) fn left(&self, trial: &Trial, day: Day) -> Option<Vec<Left>> {
        let facts = KeyFacts {
            holder: trial.holder,
            resident: trial.resident,
            community: trial.community.map_or(0, Division::number),
            record: None,
            records: self.evaluator.facts.records(),
            instead: trial.value,
        };
        self.left_under(trial.award, &facts, day)
    }

    fn left_under(&self, award: AwardIx, facts: &KeyFacts<'_>, day: Day) -> Option<Vec<Left>> {
        let (_, rule) = self.rule_on(award, day)?;
        let place = usize::from(award.0);
        let (counts, meters) = (self.counts.get(place)?, self.evaluator.bound.meters.get(place)?);
        let left = rule.limits.iter().filter_map(|limit| {
            let meter = meters.get(limit.meter)?;
            let period = Period::containing(meter.per, day);
            let taken = counts.taken(limit.meter, meter.by.key(facts), period);
            let bound = match limit.bound {
                Bound::Times(times) => Bound::Times(times.saturating_sub(taken.times)),
                Bound::Points(points) => Bound::Points(points.left_after(taken.points)),
            };
            Some(Left { per: meter.per, bound })
        });
        Some(left.collect())
    }

    /// The first day from `day` on which every limit has room; `None` if there is none under the
    /// scheme.
    pub(crate) fn open_from(&self, trial: &Trial, day: Day) -> Option<Day> {
        first_open(day, |day| self.left(trial, day))
    }

    /// The first day, from the evaluation day or a later outcome's date on, on which the same
    /// would count again.
    pub(crate) fn again_on(&self, outcome: &Outcome) -> Option<Day> {
        let community = self.evaluator.community_of(outcome).map_or(0, Division::number);
        let facts = self.evaluator.key_facts(outcome, community);
        first_open(outcome.date.max(self.evaluator.as_of), |day| {
            self.left_under(outcome.award?, &facts, day)
        })
    }

    /// Whether a record of this resident on `day` could count for the award, as far as that
    /// depends on the resident, the community and published figures.
    pub(crate) fn may_count(&self, award: &Award, ix: AwardIx, resident: Sym, day: Day) -> bool {
        let (Some((version, rule)), Some(standing)) =
            (self.rule_on(ix, day), self.evaluator.facts.resident(resident))
        else {
            return false;
        };
        let facts = self.evaluator.facts;
        let (resident, standing) = (standing, facts.tables().standing_on(standing, day));
        let Some(standing) = standing else { return false };
        let Some(community) = standing.community.filter(|c| version.division.contains(*c)) else {
            return false;
        };
        let case = Case { resident, standing, day, record: None, records: facts.records() };
        let about: Vec<Condition> =
            award.when.iter().filter(|test| test.is_about_resident()).cloned().collect();
        let fails = |given: &super::rule::BoundGiven| {
            let value = self.evaluator.known.metric(community, day.year(), given.metric);
            value.is_some_and(|value| !given.range.holds(value))
        };
        Tests::bind(&about, &facts.tables().symbols).hold(&case)
            && self.evaluator.ineligible(&case, version).is_none()
            && !rule.given.iter().any(fails)
    }

    /// The scheme's condition that keeps the resident out on `day`.
    pub(crate) fn ineligible(&self, resident: Sym, day: Day) -> Option<Because> {
        let facts = self.evaluator.facts;
        let resident = facts.resident(resident)?;
        let standing = facts.tables().standing_on(resident, day)?;
        let version = self.evaluator.version(self.evaluator.program.version_on(day)?)?;
        let case = Case { resident, standing, day, record: None, records: facts.records() };
        self.evaluator.ineligible(&case, version)
    }

    /// How far `requires` and `requires_any` of an award are met in their periods that contain
    /// `day`, seen from the evaluation day.
    pub(crate) fn progress(
        &self,
        award: AwardIx,
        resident: Sym,
        day: Day,
    ) -> Option<(Vec<Progress>, Vec<Progress>)> {
        let (_, rule) = self.rule_on(award, day)?;
        let facts = self.evaluator.facts;
        let person = facts.person(facts.number(resident)?)?;
        let mut places = Vec::new();
        let seen = self.evaluator.place_records(&person, &mut places, &mut Found::default()).kinds;
        let records = facts.records();
        let look = Look { person: &person, places: &places, seen, records, day, candidate: None };
        let progress = |asked: &BoundRequirement| {
            let (found, met) = look.at(asked);
            let reachable = met || self.is_reachable(asked, &look);
            Progress { found, met, reachable }
        };
        let all = rule.requires.iter().map(progress).collect();
        Some((all, rule.requires_any.iter().map(progress).collect()))
    }

    /// Whether a streak can still be had if every sub-period that has not ended turns out well.
    fn is_reachable(&self, asked: &BoundRequirement, look: &Look<'_, '_>) -> bool {
        let RequirementShape::Streak { length, per } = asked.shape else { return true };
        if asked.within == PeriodKind::Life || per == PeriodKind::Life {
            return true;
        }
        let days = Period::containing(asked.within, look.day).days();
        let mut judged: Vec<(Day, bool)> = Vec::new();
        look.each_match(asked, |day, holds| {
            judged.push((day, holds));
            true
        });
        let mut sub = Period::containing(per, days.from);
        let (mut run, mut longest) = (0, 0);
        while sub.days().from <= days.to {
            let mut inside = judged.iter().rev().filter(|(day, _)| sub.days().contains(*day));
            let is_open = sub.days().to >= self.evaluator.as_of;
            let good = is_open || inside.next().is_some_and(|(_, good)| *good);
            run = if good { run + 1 } else { 0 };
            longest = longest.max(run);
            sub = Period::containing(per, sub.days().to.next());
        }
        longest >= length
    }
}

/// Goes from one full period to the next until nothing is full.
fn first_open(from: Day, left: impl Fn(Day) -> Option<Vec<Left>>) -> Option<Day> {
    let mut day = from;
    loop {
        let left = left(day)?;
        let full = left.iter().filter(|left| left.is_none());
        let Some(per) = full.map(|left| left.per).max() else { return Some(day) };
        if per == PeriodKind::Life {
            return None;
        }
        day = Period::containing(per, day).days().to.next();
    }
}
