//! What a posting came to in words, for whoever caused it: what became of certain records, and
//! which points changed.

use std::collections::{BTreeMap, HashMap, HashSet};

use kangji_core::{
    Day, Moment, Points,
    ids::{HolderId, RecordId},
    vocabulary::Vocabulary,
};
use kangji_rules::{
    explain::{Explainer, Viewer},
    scheme::Award,
    score::{Because, OutOfScope, Outcome, Program, Subject},
};
use serde::{Deserialize, Serialize};

use super::{
    difference::{Amount, Purpose},
    settle::Posting,
    wanted::Scored,
};

/// What became of a record under one award, or why no scheme takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeTold {
    /// The scheme.
    pub scheme: String,
    /// Decimal places of its points.
    pub decimals: u8,
    /// The award, unless there is none or its id would name an illness to the viewer.
    pub award: Option<String>,
    /// The award's name as the viewer may read it.
    pub title: String,
    /// What became of it, by the word of an outcome; `None` where the viewer may not know.
    pub outcome: Option<String>,
    /// The points credited, in the scheme's smallest unit.
    pub points: Points,
    /// Why, for people.
    pub sentence: String,
}

/// Points that are not what they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointsChange {
    /// The scheme.
    pub scheme: String,
    /// Decimal places of its points.
    pub decimals: u8,
    /// The award, unless its id would name an illness to the viewer.
    pub award: Option<String>,
    /// The award's name as the viewer may read it.
    pub title: String,
    /// The resident's id.
    pub resident: String,
    /// The record's id, unless it is for a period.
    pub record: Option<String>,
    /// The period of a period award.
    pub period: Option<String>,
    /// The day it counts for.
    pub day: Day,
    /// The points before, in the scheme's smallest unit.
    pub before: Points,
    /// The points now.
    pub after: Points,
    /// Why, for people.
    pub sentence: String,
}

/// What became of what somebody wrote down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Effects {
    /// What became of the records asked for, by their ids.
    pub records: BTreeMap<String, Vec<OutcomeTold>>,
    /// The changed points of the residents asked for.
    pub changes: Vec<PointsChange>,
}

/// Listens to postings.
pub(crate) struct Telling<'a> {
    words: &'a Vocabulary,
    now: Moment,
    /// The residents that may be told of, and who hears it.
    viewers: HashMap<HolderId, Viewer>,
    /// The records to tell of.
    records: HashSet<RecordId>,
    /// Whether to tell of changed points.
    changes: bool,
    programs: usize,
    /// Under how many schemes a record does not count at all, and why the most telling one says.
    passed_over: HashMap<RecordId, (usize, u8, OutcomeTold)>,
    effects: Effects,
}

impl<'a> Telling<'a> {
    pub(crate) fn new(
        words: &'a Vocabulary,
        now: Moment,
        viewers: HashMap<HolderId, Viewer>,
        records: HashSet<RecordId>,
        changes: bool,
    ) -> Self {
        let passed_over = HashMap::new();
        let effects = Effects::default();
        Self { words, now, viewers, records, changes, programs: 0, passed_over, effects }
    }

    /// Hears what one scheme says.
    pub(crate) fn hear(&mut self, posting: &Posting<'_>) {
        let Posting { program, scored, difference } = posting;
        self.programs += 1;
        let explainer =
            Explainer::new(program, &scored.facts, self.words, &scored.outcomes, self.now.day());
        let speaker = Speaker { program, scored, explainer };
        for outcome in &scored.outcomes {
            let Some((record, viewer)) = self.concerned(scored, outcome) else { continue };
            let told = speaker.outcome(outcome, viewer);
            if outcome.award.is_some() {
                self.effects.records.entry(record.to_string()).or_default().push(told);
                continue;
            }
            let weight = weight(outcome);
            let held = self.passed_over.entry(record).or_insert((0, weight, told.clone()));
            held.0 += 1;
            if weight > held.1 {
                (held.1, held.2) = (weight, told);
            }
        }
        if self.changes {
            let back = difference.reverse.iter().map(|(what, _, amount)| (what, *amount, true));
            let given = difference.credit.iter().map(|(what, amount)| (what, *amount, false));
            let changed = changed(back.chain(given));
            let viewer = |purpose: &Purpose| self.viewers.get(&purpose.resident).copied();
            let told = changed.iter().filter_map(|(purpose, change)| {
                Some(speaker.change(purpose, change, viewer(purpose)?))
            });
            self.effects.changes.extend(told);
        }
    }

    /// What it heard. That a record does not count at all is told only where no scheme takes it.
    pub(crate) fn effects(self) -> Effects {
        let Self { programs, passed_over, mut effects, .. } = self;
        for (record, (times, _, told)) in passed_over {
            if times == programs {
                effects.records.entry(record.to_string()).or_default().push(told);
            }
        }
        effects
    }

    fn concerned(&self, scored: &Scored, outcome: &Outcome) -> Option<(RecordId, Viewer)> {
        let Subject::Record(row) = outcome.subject else { return None };
        let record = scored.facts.record(row)?;
        let id = scored.records.get(&record.id).filter(|id| self.records.contains(*id))?;
        let viewer = self.viewers.get(scored.residents.get(&outcome.resident)?)?;
        Some((*id, *viewer))
    }
}

/// How much a reason for which a record does not count says: of schemes of other areas, nothing.
const fn weight(outcome: &Outcome) -> u8 {
    match outcome.because {
        Because::Scope(OutOfScope::OutsideDivision) => 0,
        Because::Scope(OutOfScope::NotInForce) => 1,
        _ => 2,
    }
}

/// Before and after, and the day.
struct Change {
    day: Day,
    before: Points,
    after: Points,
}

/// What was taken back and given anew for one purpose is one change; what stayed the same is none.
fn changed<'p>(
    postings: impl Iterator<Item = (&'p Purpose, Amount, bool)>,
) -> Vec<(&'p Purpose, Change)> {
    let mut changes: BTreeMap<&Purpose, Change> = BTreeMap::new();
    for (purpose, amount, back) in postings {
        let none = Change { day: amount.day, before: Points::ZERO, after: Points::ZERO };
        let change = changes.entry(purpose).or_insert(none);
        if back {
            change.before = amount.points;
        } else {
            (change.after, change.day) = (amount.points, amount.day);
        }
    }
    changes.into_iter().filter(|(_, change)| change.before != change.after).collect()
}

/// Puts one scheme's outcomes into words.
struct Speaker<'s> {
    program: &'s Program,
    scored: &'s Scored,
    explainer: Explainer<'s>,
}

impl Speaker<'_> {
    fn outcome(&self, outcome: &Outcome, viewer: Viewer) -> OutcomeTold {
        let explanation = self.explainer.explain(outcome, viewer);
        let award = outcome.award.and_then(|award| self.program.newest_award(award));
        OutcomeTold {
            scheme: self.program.scheme_id().to_owned(),
            decimals: self.program.decimals().places(),
            award: award.filter(|award| may_name(award, viewer)).map(|award| award.id.clone()),
            sentence: explanation.sentence(),
            outcome: explanation.kind.map(|kind| kind.word().to_owned()),
            title: explanation.title,
            points: outcome.points,
        }
    }

    fn change(&self, purpose: &Purpose, change: &Change, viewer: Viewer) -> PointsChange {
        let award = self.program.award_ix(&purpose.award);
        let award = award.and_then(|award| self.program.newest_award(award));
        let open = award.filter(|award| may_name(award, viewer));
        let title = open.map(|award| award.name.as_str());
        let title = title.or(award.map(Award::name_for_public)).unwrap_or_default();
        let sentence = self.why(purpose, viewer);
        PointsChange {
            scheme: self.program.scheme_id().to_owned(),
            decimals: self.program.decimals().places(),
            award: open.map(|award| award.id.clone()),
            title: title.to_owned(),
            resident: purpose.resident.to_string(),
            record: purpose.record.map(|id| id.to_string()),
            period: purpose.period.clone(),
            day: change.day,
            before: change.before,
            after: change.after,
            sentence: sentence.unwrap_or_else(|| "这项积分的条件不再成立，已冲回。".to_owned()),
        }
    }

    /// What the scheme says of a purpose now.
    fn why(&self, purpose: &Purpose, viewer: Viewer) -> Option<String> {
        let award = self.program.award_ix(&purpose.award);
        let is_it = |outcome: &&Outcome| {
            self.scored.residents.get(&outcome.resident) == Some(&purpose.resident)
                && (outcome.award == award || outcome.award.is_none())
                && self.subject(outcome) == (purpose.record, purpose.period.clone())
        };
        let found = self.scored.outcomes.iter().find(is_it)?;
        Some(self.explainer.explain(found, viewer).sentence())
    }

    fn subject(&self, outcome: &Outcome) -> (Option<RecordId>, Option<String>) {
        match outcome.subject {
            Subject::Record(row) => {
                let record = self.scored.facts.record(row);
                (record.and_then(|record| self.scored.records.get(&record.id)).copied(), None)
            }
            Subject::Period(period) => (None, Some(period.to_string())),
        }
    }
}

/// Whether a viewer may read an award's own name: staff whose duty needs it always, others where
/// it does not name an illness.
pub(crate) fn may_name(award: &Award, viewer: Viewer) -> bool {
    award.public_name.is_none() || viewer == Viewer::Staff
}
