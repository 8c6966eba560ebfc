//! What scoring came to, award by award: counts, points and how many hold them. For whoever shows
//! a total; it names nobody and knows neither files nor words people read.

use kangji_core::{Points, Sym};

use super::{
    outcome::{AwardIx, Outcome, OutcomeKind},
    program::Program,
};
use crate::scheme::HolderType;

/// How many outcomes there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts([u64; OutcomeKind::ALL.len()]);

impl OutcomeCounts {
    /// How many of this kind.
    #[must_use]
    pub fn of(&self, kind: OutcomeKind) -> u64 {
        self.0.get(kind as usize).copied().unwrap_or_default()
    }

    /// How many of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// How many are not credited.
    #[must_use]
    pub fn without_credit(&self) -> u64 {
        self.total() - self.of(OutcomeKind::Credited)
    }

    /// Counts one more.
    pub fn add(&mut self, kind: OutcomeKind) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count += 1;
        }
    }
}

/// What became of one award.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwardLine {
    /// The award.
    pub award: AwardIx,
    /// Its outcomes; [`OutcomeKind::Credited`] counts also those with 0 points.
    pub counts: OutcomeCounts,
    /// The points credited; `None` on overflow.
    pub points: Option<Points>,
    /// How many different people (or communities, for an award that goes to the community) are
    /// credited.
    pub holders: usize,
}

/// What scoring came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// A line for every award of every version, in the byte order of ids, those without an
    /// outcome included.
    pub lines: Vec<AwardLine>,
    /// Outcomes of all awards together.
    pub counts: OutcomeCounts,
    /// The points credited; `None` on overflow.
    pub total_points: Option<Points>,
    /// How many different people are credited, whatever their role: a guardian who is also a
    /// resident is one person.
    pub people: usize,
    /// How many communities are credited.
    pub communities: usize,
}

/// Sums up the outcomes of awards; records that are void or out of scope belong to no award and
/// are left to [`super::Scored`].
#[must_use]
pub fn summarize(program: &Program, outcomes: &[Outcome]) -> Summary {
    let awards = (0..).map(AwardIx).take(program.award_ids().len());
    let mut lines: Vec<AwardLine> = awards
        .map(|award| AwardLine {
            award,
            counts: OutcomeCounts::default(),
            points: Some(Points::ZERO),
            holders: 0,
        })
        .collect();
    let mut counts = OutcomeCounts::default();
    let mut credited: Vec<(AwardIx, bool, Sym)> = Vec::new();
    for outcome in outcomes {
        let line = outcome.award.and_then(|award| lines.get_mut(usize::from(award.0)));
        let (Some(award), Some(line)) = (outcome.award, line) else { continue };
        line.counts.add(outcome.kind);
        counts.add(outcome.kind);
        if outcome.kind == OutcomeKind::Credited {
            line.points = line.points.and_then(|sum| sum.checked_add(outcome.points));
            credited.push((award, is_community(outcome), outcome.holder));
        }
    }
    credited.sort_unstable();
    credited.dedup();
    for &(award, ..) in &credited {
        if let Some(line) = lines.get_mut(usize::from(award.0)) {
            line.holders += 1;
        }
    }
    let mut holders: Vec<(bool, Sym)> =
        credited.iter().map(|&(_, is, holder)| (is, holder)).collect();
    holders.sort_unstable();
    holders.dedup();
    let people = holders.partition_point(|&(is_community, _)| !is_community);
    let total_points = lines
        .iter()
        .try_fold(Points::ZERO, |sum, line| line.points.and_then(|points| sum.checked_add(points)));
    Summary { lines, counts, total_points, people, communities: holders.len() - people }
}

fn is_community(outcome: &Outcome) -> bool {
    outcome.holder_type == HolderType::Community
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, num::NonZeroUsize, path::Path};

    use kangji_core::vocabulary::Vocabulary;

    use super::*;
    use crate::{
        document::read,
        score::{Facts, Options, score},
    };

    #[test]
    fn lines_add_up_and_nobody_is_counted_twice() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemes");
        for name in ["panzhihua-xiqu", "tonghui", "shenzhen"] {
            let text = fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
            let document = read(&text, &Vocabulary::national());
            let program = Program::new(vec![document.scheme.unwrap()]).unwrap();
            for example in document.examples {
                let facts = Facts::new(example.tables);
                let threads = NonZeroUsize::MIN;
                let options = Options { as_of: example.as_of, all: true, threads };
                let outcomes = score(&program, &facts, options).outcomes;
                let summary = summarize(&program, &outcomes);

                assert_eq!(summary.lines.len(), program.award_ids().len());
                let of_awards = outcomes.iter().filter(|outcome| outcome.award.is_some());
                assert_eq!(summary.counts.total(), of_awards.clone().count() as u64);
                let lines = summary.lines.iter();
                let points = lines.clone().map(|line| line.points.unwrap().0).sum();
                assert_eq!(summary.total_points, Some(Points(points)));
                let counted: u64 = lines.map(|line| line.counts.total()).sum();
                assert_eq!(counted, summary.counts.total());

                let credited = of_awards.filter(|o| o.kind == OutcomeKind::Credited);
                let of_line = |line: &AwardLine| {
                    let own = credited.clone().filter(|o| o.award == Some(line.award));
                    own.map(|outcome| outcome.holder).collect::<BTreeSet<Sym>>().len()
                };
                assert!(summary.lines.iter().all(|line| line.holders == of_line(line)));
                let all: BTreeSet<Sym> = credited.clone().map(|outcome| outcome.holder).collect();
                assert_eq!(summary.people + summary.communities, all.len());
            }
        }
    }
}
