//! The evaluator: the outcomes of one resident, the same code for one person and for a city. Here
//! records are placed (step 1) and candidates found (step 2); `judge` takes them further.
//!
//! The steps are those of `docs/scoring.md`, in its order. Nothing is allocated for a record:
//! what is needed while a resident is scored lies in a [`Scratch`] that is used again.

use kangji_core::{
    Day, DayRange, Period, Points, Sym,
    tables::{Record, Standing},
    vocabulary::KindId,
};

use super::{
    condition::Case,
    facts::{Facts, Person},
    judge::Candidate,
    known::Known,
    meter::LocalCounts,
    outcome::{Because, OutOfScope, Outcome, OutcomeKind, Subject, VersionIx},
    program::Program,
    rule::{BoundProgram, BoundVersion, KindSet, Rule},
};
use crate::scheme::HolderType;

/// Where a record stands: its kind, the standing of its resident and the version of its date.
/// Small, so that looking through a resident's records for certain kinds touches little memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    standing: u32,
    kind: KindId,
    version: VersionIx,
    in_scope: bool,
}

impl Place {
    /// Whether the record is in scope and of one of `kinds`.
    #[inline]
    pub(super) const fn counts_for(self, kinds: KindSet) -> bool {
        kinds.contains(self.kind) && self.in_scope
    }

    pub(super) const fn standing(self) -> usize {
        self.standing as usize
    }
}

/// What is used again for every resident.
#[derive(Default)]
pub(super) struct Scratch {
    places: Vec<Place>,
    counts: LocalCounts,
}

/// Outcomes as they come, and what is still open about them.
#[derive(Default)]
pub(super) struct Found {
    pub(super) outcomes: Vec<Outcome>,
    /// Candidates whose limits count across residents, by place in `outcomes`.
    pub(super) open: Vec<u32>,
    /// Where each resident's outcomes end, where something is open.
    pub(super) ends: Vec<u32>,
    /// Records that are void, and out of scope by reason.
    pub(super) void: u64,
    pub(super) out_of_scope: [u64; 4],
}

/// A scheme bound to facts and a day.
pub(super) struct Evaluator<'a> {
    pub(super) program: &'a Program,
    pub(super) facts: &'a Facts,
    pub(super) bound: BoundProgram,
    pub(super) known: Known,
    pub(super) as_of: Day,
    /// Whether void and out-of-scope records get a row.
    pub(super) all: bool,
    /// Whether every resident can be settled apart.
    pub(super) resident_local: bool,
}

/// A resident whose records have been placed.
#[derive(Clone, Copy)]
pub(super) struct Visit<'c, 'f> {
    pub(super) person: &'c Person<'f>,
    pub(super) places: &'c [Place],
    pub(super) seen: Seen,
}

/// What a resident's records in scope have in common.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    /// Their kinds.
    pub(super) kinds: KindSet,
    /// The first and the last of their days; empty where there is none.
    days: DayRange,
}

impl<'a> Evaluator<'a> {
    /// Scores one resident; `number` is the place in the residents table.
    pub(super) fn resident(&self, number: usize, scratch: &mut Scratch, found: &mut Found) {
        let Some(person) = self.facts.person(number) else { return };
        let start = found.outcomes.len();
        scratch.counts.clear();
        let seen = self.place_records(&person, &mut scratch.places, found);
        let visit = Visit { person: &person, places: &scratch.places, seen };
        for (at, (record, place)) in person.records.iter().zip(&scratch.places).enumerate() {
            if !place.in_scope {
                continue;
            }
            let Some(version) = self.version(place.version) else { continue };
            let rules = version.by_kind.get(usize::from(record.kind.0));
            for &rule in rules.map(Vec::as_slice).unwrap_or_default() {
                if let Some(rule) = version.rules.get(usize::from(rule)) {
                    self.record_candidate(visit, at, version, rule, &mut scratch.counts, found);
                }
            }
        }
        self.period_candidates(visit, &mut scratch.counts, found);
        if self.resident_local {
            self.settle_yields(start..found.outcomes.len(), &mut found.outcomes);
        } else {
            found.ends.push(u32::try_from(found.outcomes.len()).expect("fewer than 2^32 outcomes"));
        }
    }

    pub(super) fn version(&self, version: VersionIx) -> Option<&BoundVersion> {
        self.bound.versions.get(usize::from(version.0))
    }

    /// Step 1 for all records of a resident.
    pub(super) fn place_records(
        &self,
        person: &Person<'_>,
        places: &mut Vec<Place>,
        found: &mut Found,
    ) -> Seen {
        places.clear();
        let days = DayRange { from: Day::LAST, to: Day::FIRST };
        let mut seen = Seen { kinds: KindSet::default(), days };
        let mut at = 0_u32;
        for (row, record) in (person.rows.start..).zip(person.records) {
            while person.standings.get(at as usize + 1).is_some_and(|s| s.from <= record.date) {
                at += 1;
            }
            let version = self.program.version_on(record.date);
            let why = if record.void {
                None
            } else {
                self.out_of_scope(record, version, person.standings.get(at as usize))
            };
            let in_scope = !record.void && why.is_none();
            if in_scope {
                seen.kinds.insert(record.kind);
                seen.days.from = seen.days.from.min(record.date);
                seen.days.to = record.date;
            } else {
                self.pass_over(record, row, version, why, found);
            }
            places.push(Place {
                standing: at,
                kind: record.kind,
                version: version.unwrap_or(VersionIx(0)),
                in_scope,
            });
        }
        seen
    }

    /// Step 1 for a record that is not void: why it is passed over.
    pub(super) fn out_of_scope(
        &self,
        record: &Record,
        version: Option<VersionIx>,
        standing: Option<&Standing>,
    ) -> Option<OutOfScope> {
        if record.date > self.as_of {
            return Some(OutOfScope::Later);
        }
        let Some(version) = version.and_then(|version| self.version(version)) else {
            return Some(OutOfScope::NotInForce);
        };
        let community = standing.and_then(|standing| standing.community);
        let inside = community.is_some_and(|community| version.division.contains(community));
        (!inside).then_some(OutOfScope::OutsideDivision)
    }

    /// Counts a void record (`why` is `None`) or one out of scope, and reports it if asked to.
    pub(super) fn pass_over(
        &self,
        record: &Record,
        row: u32,
        version: Option<VersionIx>,
        why: Option<OutOfScope>,
        found: &mut Found,
    ) {
        match why {
            None => found.void += 1,
            Some(why) => {
                if let Some(count) = found.out_of_scope.get_mut(why as usize) {
                    *count += 1;
                }
            }
        }
        if self.all {
            found.outcomes.push(Outcome {
                award: None,
                version,
                kind: if why.is_none() { OutcomeKind::Void } else { OutcomeKind::OutOfScope },
                holder_type: HolderType::Resident,
                holder: Sym::EMPTY,
                resident: record.resident,
                subject: Subject::Record(row),
                date: record.date,
                points: Points::ZERO,
                expires_on: None,
                because: why.map_or(Because::Nothing, Because::Scope),
            });
        }
    }

    fn record_candidate(
        &self,
        visit: Visit<'_, 'a>,
        at: usize,
        version: &BoundVersion,
        rule: &Rule,
        counts: &mut LocalCounts,
        found: &mut Found,
    ) {
        let Visit { person, places, .. } = visit;
        let (Some(record), Some(place)) = (person.records.get(at), places.get(at)) else { return };
        let Some(standing) = person.standings.get(place.standing()) else { return };
        let Some(community) = standing.community else { return };
        let row = person.rows.start + u32::try_from(at).unwrap_or_default();
        let (records, day) = (self.facts.records(), record.date);
        let resident = person.resident;
        let case = Case { resident, standing, day, record: Some((record, row)), records };
        if !rule.counts.contains(day) || !rule.when.hold(&case) {
            return;
        }
        let subject = Subject::Record(row);
        let candidate = Candidate { case: &case, community, subject, visit, at: Some(at) };
        self.judge(&candidate, version, rule, counts, found);
    }

    /// Period awards: each period that ends by the evaluation day and in which the resident has
    /// a record of a kind that the award asks for.
    fn period_candidates(&self, visit: Visit<'_, 'a>, counts: &mut LocalCounts, found: &mut Found) {
        for (number, version) in (0..).zip(&self.bound.versions) {
            for &rule in &version.periodic {
                let Some(rule) = version.rules.get(usize::from(rule)) else { continue };
                let Some(every) = rule.every.filter(|_| rule.kinds.intersects(visit.seen.kinds))
                else {
                    continue;
                };
                let mut end = |period: Period| {
                    let last = period.days().intersect(rule.counts).to;
                    let governed = self.program.version_on(last) == Some(VersionIx(number));
                    if governed && last <= self.as_of {
                        self.period_candidate(visit, (period, last), version, rule, counts, found);
                    }
                };
                let DayRange { from, to } = visit.seen.days;
                let first = Period::containing(every, from);
                let all_count = rule.counts.contains(from) && rule.counts.contains(to);
                if all_count && first == Period::containing(every, to) {
                    end(first);
                    continue;
                }
                let mut done: Option<Period> = None;
                for (record, place) in visit.person.records.iter().zip(visit.places) {
                    if !place.counts_for(rule.kinds) || !rule.counts.contains(record.date) {
                        continue;
                    }
                    let period = Period::containing(every, record.date);
                    if done.replace(period) != Some(period) {
                        end(period);
                    }
                }
            }
        }
    }

    fn period_candidate(
        &self,
        visit: Visit<'_, 'a>,
        (period, day): (Period, Day),
        version: &BoundVersion,
        rule: &Rule,
        counts: &mut LocalCounts,
        found: &mut Found,
    ) {
        let person = visit.person;
        let standing = person.standings.iter().rev().find(|standing| standing.from <= day);
        let Some(standing) = standing else { return };
        let Some(community) = standing.community.filter(|c| version.division.contains(*c)) else {
            return;
        };
        let records = self.facts.records();
        let case = Case { resident: person.resident, standing, day, record: None, records };
        if !rule.when.hold(&case) {
            return;
        }
        let subject = Subject::Period(period);
        let candidate = Candidate { case: &case, community, subject, visit, at: None };
        self.judge(&candidate, version, rule, counts, found);
    }
}
