//! Step 7: whether the same resident has the records an award asks for.

use kangji_core::{Day, Period, PeriodKind, tables::Records};

use super::{
    condition::Case,
    evaluate::Places,
    facts::Person,
    outcome::Because,
    rule::{BoundRequirement, Rule},
};
use crate::scheme::RequirementShape;

/// The records a requirement looks at.
pub(super) struct Look<'a, 'f> {
    pub(super) person: &'a Person<'f>,
    pub(super) places: &'a [Places],
    pub(super) records: &'f Records,
    /// The day whose period counts.
    pub(super) day: Day,
    /// The candidate's own place: only records up to its day count, and not itself. `None` at
    /// the end of a period: then all records of the period count.
    pub(super) candidate: Option<usize>,
}

/// Why the requirements of a rule are not met; `None` where they are.
pub(super) fn unmet(rule: &Rule, look: &Look<'_, '_>) -> Option<Because> {
    for (place, requirement) in (0..).zip(&rule.requires) {
        let (found, met) = look.at(requirement);
        if !met {
            return Some(Because::Requires(place, u16::try_from(found).unwrap_or(u16::MAX)));
        }
    }
    let none_met = !rule.requires_any.is_empty()
        && !rule.requires_any.iter().any(|requirement| look.at(requirement).1);
    none_met.then_some(Because::RequiresAny)
}

impl Look<'_, '_> {
    /// How many records (or how long a streak) there are, and whether that is enough.
    fn at(&self, requirement: &BoundRequirement) -> (u32, bool) {
        match requirement.shape {
            RequirementShape::Times(wanted) => {
                let found = self.matching(requirement).filter(|(_, holds)| *holds).count();
                let found = u32::try_from(found).unwrap_or(u32::MAX);
                (found, found >= wanted)
            }
            RequirementShape::Streak { length, per } => {
                let longest = self.longest_streak(requirement, per);
                (longest, longest >= length)
            }
        }
    }

    /// The records of the requirement's kinds in its period, in order, each with whether the
    /// requirement's conditions hold of it.
    fn matching<'b>(
        &'b self,
        requirement: &'b BoundRequirement,
    ) -> impl Iterator<Item = (Day, bool)> + 'b {
        let days = Period::containing(requirement.within, self.day).days();
        let last = if self.candidate.is_some() { self.day.min(days.to) } else { days.to };
        let records = self.person.records;
        let first = records.partition_point(|record| record.date < days.from);
        let rows = records.iter().zip(self.places).enumerate().skip(first);
        rows.take_while(move |(_, (record, _))| record.date <= last)
            .filter(move |(at, (record, place))| {
                place.in_scope()
                    && requirement.on.contains(record.kind)
                    && Some(*at) != self.candidate
            })
            .filter_map(move |(at, (record, place))| {
                let case = Case {
                    resident: self.person.resident,
                    standing: self.person.standings.get(place.standing())?,
                    day: record.date,
                    record: Some((record, self.person.rows.start + u32::try_from(at).ok()?)),
                    records: self.records,
                };
                Some((record.date, requirement.when.hold(&case)))
            })
    }

    /// The most sub-periods in a row whose last record holds.
    fn longest_streak(&self, requirement: &BoundRequirement, per: PeriodKind) -> u32 {
        let (mut longest, mut run) = (0_u32, 0_u32);
        let mut last_good: Option<Period> = None;
        let mut current: Option<(Period, bool)> = None;
        let mut close = |sub: Option<(Period, bool)>| {
            let Some((sub, good)) = sub else { return };
            let follows = last_good.is_some_and(|before| before.is_followed_by(sub));
            run = match (good, follows) {
                (true, true) => run + 1,
                (true, false) => 1,
                (false, _) => 0,
            };
            last_good = good.then_some(sub);
            longest = longest.max(run);
        };
        for (day, holds) in self.matching(requirement) {
            let sub = Period::containing(per, day);
            if current.is_some_and(|(open, _)| open != sub) {
                close(current);
            }
            current = Some((sub, holds));
        }
        close(current);
        longest
    }
}
