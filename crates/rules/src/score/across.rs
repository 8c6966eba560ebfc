//! What takes more than one resident: ranks (step 5), limits across residents (step 10), and
//! awards that give way once those are known (step 11).

use std::ops::Range;

use kangji_core::{Day, Division, Period, PeriodKind, Points, Sym};

use super::{
    condition::Case,
    evaluate::{Evaluator, Found},
    judge::apply,
    meter::{SharedCounts, admit},
    outcome::{AwardIx, Because, Outcome, OutcomeKind, Subject, Winner},
    rule::Rule,
};

/// The first candidate of a resident that counts for a rank.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct First {
    award: AwardIx,
    community: Division,
    year: u32,
    date: Day,
    id_rank: u32,
    resident: Sym,
}

impl Evaluator<'_> {
    /// Step 5: ranks the residents of each (award, community, year) by their first candidate
    /// that passes step 3, in whichever version.
    pub(super) fn rank_residents(&mut self) {
        let rules = self.bound.versions.iter().flat_map(|version| &version.rules);
        let ranked = rules.filter(|rule| rule.beyond.is_some());
        let ranked: Vec<AwardIx> = ranked.map(|rule| rule.award).collect();
        if ranked.is_empty() {
            return;
        }
        let mut firsts: Vec<First> = Vec::new();
        for number in 0..self.facts.tables().residents.len() {
            let start = firsts.len();
            self.first_candidates(number, &ranked, |first| {
                let same = |known: &First| {
                    (known.award, known.community, known.year)
                        == (first.award, first.community, first.year)
                };
                // Records come in order, so the first one met is the first candidate.
                if !firsts.iter().skip(start).any(same) {
                    firsts.push(first);
                }
            });
        }
        firsts.sort_unstable();
        let mut rank = 0;
        let mut before = None;
        for first in &firsts {
            let key = (first.award, first.community, first.year);
            rank = if before == Some(key) { rank + 1 } else { 1 };
            before = Some(key);
            let (award, community, year) = key;
            self.known.ranks.insert((award, community, year, first.resident), rank);
        }
    }

    fn first_candidates(&self, number: usize, ranked: &[AwardIx], mut take: impl FnMut(First)) {
        let Some(person) = self.facts.person(number) else { return };
        let records = self.facts.records();
        for (row, record) in (person.rows.start..).zip(person.records) {
            let version = self.program.version_on(record.date);
            let standing = person.standings.iter().rev().find(|s| s.from <= record.date);
            if record.void || self.out_of_scope(record, version, standing).is_some() {
                continue;
            }
            let version = version.and_then(|version| self.version(version));
            let (Some(version), Some(standing)) = (version, standing) else { continue };
            let Some(community) = standing.community else { continue };
            let day = record.date;
            let case = Case {
                resident: person.resident,
                standing,
                day,
                record: Some((record, row)),
                records,
            };
            let counts = |rule: &&Rule| {
                ranked.contains(&rule.award)
                    && rule.kinds.contains(record.kind)
                    && rule.every.is_none()
                    && rule.counts.contains(day)
                    && rule.when.hold(&case)
            };
            for rule in version.rules.iter().filter(counts) {
                if self.ineligible(&case, version).is_none() {
                    take(First {
                        award: rule.award,
                        community,
                        year: day.year(),
                        date: day,
                        id_rank: self.facts.rank(record.id),
                        resident: person.resident.id,
                    });
                }
            }
        }
    }

    /// Steps 10 and 11 for what could not be settled resident by resident.
    pub(super) fn settle_across(&self, found: &mut Found) {
        let mut open = std::mem::take(&mut found.open);
        open.sort_unstable_by_key(|&at| {
            let outcome = found.outcomes.get(at as usize);
            outcome.map(|outcome| (outcome.award, self.facts.turn(outcome)))
        });
        let mut counts = SharedCounts::default();
        let mut award = None;
        for at in open {
            let Some(outcome) = found.outcomes.get_mut(at as usize) else { continue };
            if outcome.award != award {
                award = outcome.award;
                counts = SharedCounts::default();
            }
            self.admit_shared(outcome, &mut counts);
        }
        let mut start = 0;
        for end in std::mem::take(&mut found.ends) {
            self.settle_yields(start..end as usize, &mut found.outcomes);
            start = end as usize;
        }
    }

    fn admit_shared(&self, outcome: &mut Outcome, counts: &mut SharedCounts) {
        let (Some(award), Some(rule)) = (outcome.award, self.rule(outcome)) else { return };
        let meters = self.bound.meters.get(usize::from(award.0));
        let meters = meters.map(Vec::as_slice).unwrap_or_default();
        let community = self.community_of(outcome).map_or(0, Division::number);
        let facts = self.key_facts(outcome, community);
        let said = admit(counts, meters, &rule.limits, &facts, outcome.date, outcome.points);
        apply(said, outcome);
    }

    /// The rule that scored an outcome.
    pub(super) fn rule(&self, outcome: &Outcome) -> Option<&Rule> {
        let version = self.version(outcome.version?)?;
        version.rules.iter().find(|rule| Some(rule.award) == outcome.award)
    }

    pub(super) fn community_of(&self, outcome: &Outcome) -> Option<Division> {
        let resident = self.facts.resident(outcome.resident)?;
        self.facts.tables().standing_on(resident, outcome.date)?.community
    }

    /// Step 11 for the outcomes of one resident: awards give way in an order in which the
    /// winners are settled first.
    pub(super) fn settle_yields(&self, range: Range<usize>, outcomes: &mut [Outcome]) {
        let Some(outcomes) = outcomes.get_mut(range) else { return };
        for &award in self.program.yielding() {
            for at in 0..outcomes.len() {
                let Some(outcome) = outcomes.get(at) else { continue };
                if outcome.award != Some(award) || outcome.kind != OutcomeKind::Credited {
                    continue;
                }
                let Some(rule) = self.rule(outcome) else { continue };
                let date = outcome.date;
                let winner = rule.yields_to.iter().find_map(|&(winner, per)| {
                    self.winner(outcomes, winner, per, date).map(|by| (winner, by))
                });
                if let (Some((winner, by)), Some(outcome)) = (winner, outcomes.get_mut(at)) {
                    outcome.kind = OutcomeKind::Superseded;
                    outcome.points = Points::ZERO;
                    outcome.expires_on = None;
                    outcome.because = Because::Winner(winner, by);
                }
            }
        }
    }

    /// The first credited candidate of `award` in the period, in order of (date, id).
    fn winner(
        &self,
        outcomes: &[Outcome],
        award: AwardIx,
        per: PeriodKind,
        date: Day,
    ) -> Option<Winner> {
        let period = Period::containing(per, date);
        let credited = outcomes.iter().filter(|outcome| {
            outcome.award == Some(award)
                && outcome.kind == OutcomeKind::Credited
                && Period::containing(per, outcome.date) == period
        });
        // Rows of one resident are in order of (date, id).
        let order = |outcome: &&Outcome| match outcome.subject {
            Subject::Record(row) => (outcome.date, row),
            Subject::Period(_) => (outcome.date, u32::MAX),
        };
        credited.min_by_key(order).map(|outcome| match outcome.subject {
            Subject::Record(row) => Winner::Record(row),
            Subject::Period(_) => Winner::Period(outcome.date),
        })
    }
}
