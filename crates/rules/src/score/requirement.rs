//! Step 7: whether the same resident has the records an award asks for.

use kangji_core::{Day, Period, PeriodKind, tables::Records};

use super::{
    condition::Case,
    evaluate::Place,
    facts::Person,
    outcome::Because,
    rule::{BoundRequirement, KindSet, Rule},
};
use crate::scheme::RequirementShape;

/// The records a requirement looks at.
pub(super) struct Look<'a, 'f> {
    pub(super) person: &'a Person<'f>,
    pub(super) places: &'a [Place],
    /// The kinds of the records in scope.
    pub(super) seen: KindSet,
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
    pub(super) fn at(&self, requirement: &BoundRequirement) -> (u32, bool) {
        if !requirement.on.intersects(self.seen) {
            return (0, false);
        }
        match requirement.shape {
            RequirementShape::Times(wanted) => {
                let mut found = 0;
                self.each_match(requirement, |_, holds| {
                    found += u32::from(holds);
                    found < wanted
                });
                (found, found >= wanted)
            }
            RequirementShape::Streak { length, per } => {
                let longest = self.longest_streak(requirement, per);
                (longest, longest >= length)
            }
        }
    }

    /// Goes through the records of the requirement's kinds in its period, in order, telling of
    /// each its day and whether the requirement's conditions hold, until `go_on` says no.
    pub(super) fn each_match(
        &self,
        requirement: &BoundRequirement,
        mut go_on: impl FnMut(Day, bool) -> bool,
    ) {
        let days = Period::containing(requirement.within, self.day).days();
        let last = if self.candidate.is_some() { self.day.min(days.to) } else { days.to };
        for (at, (place, record)) in self.places.iter().zip(self.person.records).enumerate() {
            if !place.counts_for(requirement.on)
                || record.date < days.from
                || Some(at) == self.candidate
            {
                continue;
            }
            if record.date > last {
                break;
            }
            let Some(standing) = self.person.standings.get(place.standing()) else { continue };
            let row = self.person.rows.start + u32::try_from(at).unwrap_or_default();
            let case = Case {
                resident: self.person.resident,
                standing,
                day: record.date,
                record: Some((record, row)),
                records: self.records,
            };
            if !go_on(record.date, requirement.when.hold(&case)) {
                break;
            }
        }
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
        self.each_match(requirement, |day, holds| {
            let sub = Period::containing(per, day);
            if current.is_some_and(|(open, _)| open != sub) {
                close(current);
            }
            current = Some((sub, holds));
            true
        });
        close(current);
        longest
    }
}
