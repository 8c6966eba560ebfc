//! What happened to every lot of an account, and its balance by day: what only decisions that
//! look back need, and only a reading of all entries gives.

use std::collections::BTreeMap;

use kangji_core::{Day, Points};

use crate::{
    account::{Broken, Hold, Lot, add},
    entry::{Entry, EntryKind, Part, Seq, Source},
};

/// A credit and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// How many points were credited.
    pub points: Points,
    /// The day it counts for.
    pub day: Day,
    /// First day they are no longer valid.
    pub expires_on: Option<Day>,
    /// What they were earned with.
    pub source: Source,
    /// The entry that took it back.
    pub reversed_by: Option<Seq>,
}

/// A forfeit and what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Forfeit {
    pub(crate) total: Points,
    pub(crate) parts: Vec<Part>,
    pub(crate) restored: bool,
}

/// What happened so far.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct History {
    credits: BTreeMap<Seq, Credit>,
    /// The first day of every lot and the first day it is no longer valid.
    lots: BTreeMap<Seq, (Day, Option<Day>)>,
    /// What expired or was forfeited, and was not restored: nobody spent it.
    lost: BTreeMap<Seq, Points>,
    forfeits: BTreeMap<Seq, Forfeit>,
    days: BTreeMap<Day, i64>,
}

impl History {
    pub(crate) fn apply(&mut self, entry: &Entry, closed: &[Hold]) -> Result<(), Broken> {
        use EntryKind as Kind;
        let change = self.days.entry(entry.day).or_default();
        *change = change.checked_add(entry.redeemable.0).ok_or(Broken::TooLarge)?;
        match entry.kind {
            Kind::Credit => self.credit(entry)?,
            Kind::Reverse => {
                let credit = entry.refers.and_then(|seq| self.credits.get_mut(&seq));
                credit.ok_or(Broken::Missing)?.reversed_by = Some(entry.seq);
            }
            Kind::Release => {
                for part in closed.iter().flat_map(|hold| &hold.parts) {
                    if !entry.parts.iter().any(|back| back.lot == part.seq) {
                        self.lose(part.seq, part.points)?;
                    }
                }
            }
            Kind::Expire | Kind::Clear => self.lose_all(&entry.parts)?,
            Kind::Forfeit => {
                let held = closed.iter().flat_map(|hold| &hold.parts);
                let held = held.map(|lot| Part { lot: lot.seq, points: lot.points });
                let parts: Vec<Part> = entry.parts.iter().copied().chain(held).collect();
                self.lose_all(&parts)?;
                let forfeit = Forfeit { total: entry.total, parts, restored: false };
                self.forfeits.insert(entry.seq, forfeit);
            }
            Kind::Restore => {
                let forfeit = entry.refers.and_then(|seq| self.forfeits.get_mut(&seq));
                forfeit.ok_or(Broken::Missing)?.restored = true;
                for part in &entry.parts {
                    self.lose(part.lot, Points(-part.points.0))?;
                }
            }
            Kind::Hold | Kind::Capture | Kind::HandOn | Kind::WriteOff => {}
            Kind::Receive | Kind::Adjust => {}
        }
        let makes_a_lot = matches!(entry.kind, Kind::Credit | Kind::Receive | Kind::Adjust);
        if makes_a_lot && entry.redeemable > Points::ZERO {
            self.lots.insert(entry.seq, (entry.day, entry.expires_on));
        }
        Ok(())
    }

    fn credit(&mut self, entry: &Entry) -> Result<(), Broken> {
        let source = entry.source.clone().ok_or(Broken::Missing)?;
        let credit = Credit {
            points: entry.redeemable,
            day: entry.day,
            expires_on: entry.expires_on,
            source,
            reversed_by: None,
        };
        self.credits.insert(entry.seq, credit);
        Ok(())
    }

    fn lose(&mut self, lot: Seq, points: Points) -> Result<(), Broken> {
        let lost = self.lost.entry(lot).or_default();
        *lost = add(*lost, points)?;
        Ok(())
    }

    fn lose_all(&mut self, parts: &[Part]) -> Result<(), Broken> {
        parts.iter().try_for_each(|part| self.lose(part.lot, part.points))
    }

    /// Every credit that was not taken back.
    pub fn credits(&self) -> impl Iterator<Item = (Seq, &Credit)> {
        let standing = self.credits.iter().filter(|(_, credit)| credit.reversed_by.is_none());
        standing.map(|(seq, credit)| (*seq, credit))
    }

    /// A credit, whether taken back or not.
    #[must_use]
    pub fn credit_at(&self, seq: Seq) -> Option<&Credit> {
        self.credits.get(&seq)
    }

    pub(crate) fn lost(&self, lot: Seq) -> Points {
        self.lost.get(&lot).copied().unwrap_or_default()
    }

    /// The part of a lot as it can be given back.
    pub(crate) fn lot(&self, part: Part) -> Option<Lot> {
        let (day, expires_on) = *self.lots.get(&part.lot)?;
        Some(Lot { seq: part.lot, day, expires_on, points: part.points })
    }

    pub(crate) fn forfeit(&self, seq: Seq) -> Option<&Forfeit> {
        self.forfeits.get(&seq)
    }

    /// Whether a forfeit that still stands took away what was earned by `seq`.
    pub(crate) fn is_forfeited(&self, seq: Seq) -> bool {
        self.forfeits.iter().any(|(later, forfeit)| *later > seq && !forfeit.restored)
    }

    /// The points of credits before `forfeit` that were taken back after it.
    pub(crate) fn reversed_since(&self, forfeit: Seq) -> i64 {
        let before = self.credits.range(..forfeit).map(|(_, credit)| credit);
        let since = before.filter(|credit| credit.reversed_by.is_some_and(|by| by > forfeit));
        since.map(|credit| credit.points.0).sum()
    }

    /// The first day from `day` on whose balance is below `points`, and that balance.
    pub(crate) fn first_below(&self, day: Day, points: Points) -> Option<(Day, Points)> {
        let until: i64 = self.days.range(..=day).map(|(_, change)| change).sum();
        let later = self.days.range(day.next()..);
        let balances = later.scan(until, |balance, (at, change)| {
            *balance = balance.saturating_add(*change);
            Some((*at, *balance))
        });
        let mut balances = std::iter::once((day, until)).chain(balances);
        let low = balances.find(|(_, balance)| *balance < points.0);
        low.map(|(at, balance)| (at, Points(balance)))
    }
}
