//! Steps 3 to 10 of `docs/scoring.md`: what becomes of one candidate.

use kangji_core::{Division, Points, Sym};

use super::{
    condition::Case,
    evaluate::{Evaluator, Found, Visit},
    meter::{Admission, KeyFacts, LocalCounts, admit},
    outcome::{Because, Outcome, OutcomeKind, Subject},
    requirement::{Look, unmet},
    rule::{BoundVersion, Rule},
};
use crate::scheme::HolderType;

/// A candidate on its way through the steps.
pub(super) struct Candidate<'c, 'f> {
    pub(super) case: &'c Case<'f>,
    pub(super) community: Division,
    pub(super) subject: Subject,
    pub(super) visit: Visit<'c, 'f>,
    /// The record's place among the resident's; `None` at the end of a period.
    pub(super) at: Option<usize>,
}

impl<'a> Evaluator<'a> {
    /// Steps 3 to 10 for one candidate.
    pub(super) fn judge(
        &self,
        candidate: &Candidate<'_, 'a>,
        version: &BoundVersion,
        rule: &Rule,
        counts: &mut LocalCounts,
        found: &mut Found,
    ) {
        let case = candidate.case;
        let mut outcome = Outcome {
            award: Some(rule.award),
            version: Some(rule.version),
            kind: OutcomeKind::Credited,
            holder_type: rule.to,
            holder: self.holder(rule.to, case, candidate.community),
            resident: case.resident.id,
            subject: candidate.subject,
            date: case.day,
            points: Points::ZERO,
            expires_on: None,
            because: Because::Nothing,
        };
        if let Some((kind, because)) = self.refusal(candidate, version, rule, outcome.holder) {
            outcome.kind = kind;
            outcome.because = because;
            found.outcomes.push(outcome);
            return;
        }
        outcome.points = self.full_points(rule, candidate.subject);
        outcome.expires_on = rule.expires_on(case.day);
        let award = usize::from(rule.award.0);
        if self.bound.local.get(award).copied().unwrap_or(false) {
            let meters = self.bound.meters.get(award).map(Vec::as_slice).unwrap_or_default();
            if !meters.is_empty() {
                let facts = self.key_facts(&outcome, candidate.community.number());
                let mut counts = counts.of_award(rule.award);
                let points = outcome.points;
                let said = admit(&mut counts, meters, &rule.limits, &facts, case.day, points);
                apply(said, &mut outcome);
            }
        } else {
            found.open.push(u32::try_from(found.outcomes.len()).expect("fewer than 2^32 outcomes"));
        }
        found.outcomes.push(outcome);
    }

    pub(super) fn key_facts(&self, outcome: &Outcome, community: u64) -> KeyFacts<'a> {
        let record = match outcome.subject {
            Subject::Record(row) => self.facts.record(row).map(|record| (record, row)),
            Subject::Period(_) => None,
        };
        KeyFacts {
            holder: outcome.holder,
            resident: outcome.resident,
            community,
            record,
            records: self.facts.records(),
            instead: Sym::EMPTY,
        }
    }

    /// What a candidate brings before any limit.
    pub(super) fn full_points(&self, rule: &Rule, subject: Subject) -> Points {
        match (rule.per_unit, subject) {
            (Some(slot), Subject::Record(row)) => {
                rule.points.times(self.facts.records().decimal(slot, row as usize))
            }
            _ => rule.points,
        }
    }

    /// Step 6.
    fn holder(&self, to: HolderType, case: &Case<'_>, community: Division) -> Sym {
        match to {
            HolderType::Resident => case.resident.id,
            HolderType::Guardian => case.standing.guardian,
            HolderType::Worker => {
                let worker = case.record.map_or(Sym::EMPTY, |(record, _)| record.worker);
                if worker == case.resident.id { Sym::EMPTY } else { worker }
            }
            HolderType::Community => self.facts.community(community),
        }
    }

    /// Step 3: the first condition of the scheme that fails.
    pub(super) fn ineligible(&self, case: &Case<'_>, version: &BoundVersion) -> Option<Because> {
        if version.all_eligible.hold(case) {
            return None;
        }
        let fails = version.eligible.iter().position(|tests| !tests.hold(case))?;
        Some(Because::Ineligible(u8::try_from(fails).unwrap_or(u8::MAX)))
    }

    /// Steps 3 to 9: why the candidate gets no further.
    fn refusal(
        &self,
        candidate: &Candidate<'_, 'a>,
        version: &BoundVersion,
        rule: &Rule,
        holder: Sym,
    ) -> Option<(OutcomeKind, Because)> {
        let case = candidate.case;
        if let Some(because) = self.ineligible(case, version) {
            return Some((OutcomeKind::NotEligible, because));
        }
        if let Some(refusal) = self.figures(rule, candidate.community, case) {
            return Some(refusal);
        }
        if holder.is_empty() {
            return Some((OutcomeKind::NoHolder, Because::Nothing));
        }
        if rule.asks_for_records() {
            let Visit { person, places, seen } = candidate.visit;
            let seen = seen.kinds;
            let (records, day) = (case.records, case.day);
            let look = Look { person, places, seen, records, day, candidate: candidate.at };
            if let Some(because) = unmet(rule, &look) {
                return Some((OutcomeKind::NotMet, because));
            }
        }
        if let Some(place) = self.known.sanction(self.facts.tables(), holder, case.day) {
            return Some((OutcomeKind::Sanctioned, Because::Sanction(place)));
        }
        if !rule.needs_decision {
            return None;
        }
        let decisions = self.facts.decisions();
        let decision = match candidate.subject {
            Subject::Record(row) => decisions.on_record(row, rule.id, self.as_of),
            Subject::Period(period) => {
                let number = candidate.visit.person.number;
                decisions.on_period(number, rule.id, period, self.as_of)
            }
        };
        match decision {
            None => Some((OutcomeKind::Pending, Because::NoDecision)),
            Some(decision) if decision.accept => None,
            Some(decision) => Some((OutcomeKind::Rejected, Because::Decision(decision.place))),
        }
    }

    /// Steps 4 and 5: a figure that fails comes before one that is missing.
    fn figures(
        &self,
        rule: &Rule,
        community: Division,
        case: &Case<'_>,
    ) -> Option<(OutcomeKind, Because)> {
        if rule.given.is_empty() && rule.beyond.is_none() {
            return None;
        }
        let year = case.day.year();
        let mut missing = None;
        for (place, given) in (0..).zip(&rule.given) {
            match self.known.metric(community, year, given.metric) {
                Some(value) if !given.range.holds(value) => {
                    return Some((OutcomeKind::NotMet, Because::Given(place)));
                }
                Some(_) => {}
                None => {
                    missing.get_or_insert((OutcomeKind::Pending, Because::Given(place)));
                }
            }
        }
        let Some(beyond) = &rule.beyond else { return missing };
        let Some(metric) = self.known.metric(community, year, beyond.metric) else {
            return missing.or(Some((OutcomeKind::Pending, Because::BeyondMissing)));
        };
        if missing.is_some() {
            return missing;
        }
        let key = (rule.award, community, year, case.resident.id);
        let rank = self.known.ranks.get(&key).copied().unwrap_or_default();
        let counts = beyond.share.product_is_below(metric, rank);
        (!counts).then_some((OutcomeKind::BelowThreshold, Because::Rank(rank)))
    }
}

/// Writes what the limits said into the outcome.
pub(super) fn apply(said: Admission, outcome: &mut Outcome) {
    match said {
        Admission::Admitted(points, short) => {
            outcome.points = points;
            outcome.because = short.map_or(Because::Nothing, Because::Limit);
        }
        Admission::Full(limit) => {
            outcome.kind = OutcomeKind::Capped;
            outcome.points = Points::ZERO;
            outcome.expires_on = None;
            outcome.because = Because::Limit(limit);
        }
    }
}
