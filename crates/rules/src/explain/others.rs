//! What those read who are neither the person, nor their guardian, nor staff: public names and
//! public rules, and nothing about the person.

use super::{Explainer, Explanation, Reason, Standpoint};
use crate::{
    scheme::{Award, Scheme},
    score::{Because, Outcome, OutcomeKind},
};

impl Explainer<'_> {
    pub(super) fn for_others(
        &self,
        outcome: &Outcome,
        scheme: &Scheme,
        award: &Award,
        standpoint: Standpoint,
    ) -> Explanation {
        let (kind, reason) = match standpoint {
            Standpoint::Reporter => {
                let reason = Reason::new("已收到").next("积分按月合计，次月可查");
                (None, reason)
            }
            Standpoint::Community => (None, Reason::new("计入村（社区）的按月合计")),
            _ => (Some(outcome.kind), self.public_reason(outcome, scheme, award)),
        };
        let title = award.name_for_public().to_owned();
        let basis = basis_for_public(award, scheme);
        let id = award.public_name.is_none().then(|| award.id.clone());
        Explanation { award: id, ..self.explanation(outcome, kind, title, basis, reason) }
    }

    /// Only what the published rules and figures say; what depends on the person stays general.
    fn public_reason(&self, outcome: &Outcome, scheme: &Scheme, award: &Award) -> Reason {
        let verdict = Reason::new(match outcome.kind {
            OutcomeKind::Credited => "已计分",
            OutcomeKind::Pending => "已收到，还没有结果",
            _ => "没有计分",
        });
        let is_about_rules = matches!(
            outcome.because,
            Because::Limit(_) | Because::Given(_) | Because::BeyondMissing | Because::Winner(..)
        );
        if award.public_name.is_some() || !is_about_rules {
            return verdict;
        }
        let why = match outcome.because {
            Because::Winner(winner, _) => {
                let winner = scheme.award(self.program.award_id(winner));
                winner.map(|winner| format!("与“{}”只计一份", winner.name_for_public()))
            }
            Because::Limit(place) => self.limit_reached(outcome, scheme, award, place),
            _ => self.figure(outcome, award),
        };
        Reason { why, ..verdict }
    }
}

/// The headings others may read: of an award that would reveal an illness only the first, and
/// that only where awards that reveal nothing stand under it too.
fn basis_for_public(award: &Award, scheme: &Scheme) -> Vec<String> {
    if award.public_name.is_none() {
        return award.basis.clone();
    }
    let [first, _, ..] = award.basis.as_slice() else { return Vec::new() };
    let harmless =
        |other: &Award| other.public_name.is_none() && other.basis.first() == Some(first);
    if scheme.awards.iter().any(harmless) { vec![first.clone()] } else { Vec::new() }
}
