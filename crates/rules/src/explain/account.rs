//! What somebody reads who holds points for helping others, or for a whole community: which
//! reports were received, and a total for each month that is over. Never what came of a report.

use kangji_core::{Day, Period, PeriodKind, Points, Sym};

use super::Explainer;
use crate::{
    scheme::{HolderType, Occasion},
    score::{Outcome, OutcomeKind},
};

/// A report that was received.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receipt {
    /// The day of the report.
    pub date: Day,
    /// The award's name, or its public name.
    pub title: String,
}

/// The points of a month that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthTotal {
    /// The month's first day.
    pub month: Day,
    /// What was credited.
    pub points: Points,
}

/// The points held for helping others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelperAccount {
    /// The reports, in order of time; none for a community, which reads totals only.
    pub receipts: Vec<Receipt>,
    /// The months that are over and have reports or points, in order of time.
    pub months: Vec<MonthTotal>,
    /// From when the total of the running month can be read.
    pub next_total_on: Day,
}

/// Whether an outcome belongs into this account rather than being explained line by line.
pub(super) fn is_for_helping(outcome: &Outcome) -> bool {
    matches!(outcome.holder_type, HolderType::Worker | HolderType::Community)
}

impl Explainer<'_> {
    /// Whether a month is over on the evaluation day, so that its total may be read.
    pub(super) fn month_is_over(&self, day: Day) -> bool {
        Period::containing(PeriodKind::Month, day).days().to < self.as_of
    }

    /// The account of a helper or a community; `None` where there is nothing in it.
    ///
    /// Receipts are taken from the records and not from outcomes: a report that leaves no outcome
    /// because it was not confirmed must look like every other.
    pub(super) fn helper_account(
        &self,
        holder: Sym,
        outcomes: &[&Outcome],
    ) -> Option<HelperAccount> {
        let held = outcomes.iter().filter(|o| o.holder == holder && is_for_helping(o));
        let receipts = self.receipts(holder);
        // A community's months show that something was credited, not that something was tried.
        let credited = held.filter(|outcome| outcome.kind == OutcomeKind::Credited);
        let credited: Vec<(Day, Points)> = credited.map(|o| (o.date, o.points)).collect();
        if receipts.is_empty() && credited.is_empty() {
            return None;
        }
        let first = |day: Day| Period::containing(PeriodKind::Month, day).days().from;
        let days = receipts.iter().map(|receipt| receipt.date);
        let mut months: Vec<Day> =
            days.chain(credited.iter().map(|(day, _)| *day)).map(first).collect();
        months.sort_unstable();
        months.dedup();
        let total = |month: Day| {
            let inside = credited.iter().filter(|(day, _)| first(*day) == month);
            inside.fold(Points::ZERO, |sum, (_, points)| sum.saturating_add(*points))
        };
        let over = months.iter().filter(|month| self.month_is_over(**month));
        let months =
            over.map(|month| MonthTotal { month: *month, points: total(*month) }).collect();
        let next_total_on = Period::containing(PeriodKind::Month, self.as_of).days().to.next();
        Some(HelperAccount { receipts, months, next_total_on })
    }

    /// Everything somebody reported about others that some award for helpers takes, whatever was
    /// recorded about it later.
    fn receipts(&self, worker: Sym) -> Vec<Receipt> {
        let mine = self.facts.records().rows.iter().filter(|record| {
            record.worker == worker && record.resident != worker && record.date <= self.as_of
        });
        let mut receipts: Vec<Receipt> = mine
            .filter_map(|record| {
                let scheme = self.program.version(self.program.version_on(record.date)?)?;
                let takes = |kinds: &Occasion| match kinds {
                    Occasion::Record(kinds) => kinds.contains(&record.kind),
                    Occasion::Period(_) => false,
                };
                let mut awards = scheme.awards.iter();
                let award = awards
                    .find(|award| award.to == HolderType::Worker && takes(&award.occasion))?;
                let title = award.name_for_public().to_owned();
                Some(Receipt { date: record.date, title })
            })
            .collect();
        receipts.sort();
        receipts
    }
}
