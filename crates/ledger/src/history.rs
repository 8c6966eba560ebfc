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
    /// The forfeit that took it out of the total, while it stands.
    pub forfeited_by: Option<Seq>,
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
    /// The holds that captures spent, by capture, until it is refunded.
    captures: BTreeMap<Seq, Hold>,
    /// Wider than points: days are not in the order in which balances were checked.
    days: BTreeMap<Day, i128>,
}

impl History {
    /// Remembers an entry that closed these holds, or gave back what was spent of them.
    pub(crate) fn apply(&mut self, entry: &Entry, closed: Vec<Hold>) -> Result<(), Broken> {
        use EntryKind as Kind;
        *self.days.entry(entry.day).or_default() += i128::from(entry.redeemable.0);
        match entry.kind {
            Kind::Credit => self.credit(entry)?,
            Kind::Reverse => {
                let credit = entry.refers.and_then(|seq| self.credits.get_mut(&seq));
                credit.ok_or(Broken::Missing)?.reversed_by = Some(entry.seq);
            }
            Kind::Capture => self.captures.extend(closed.into_iter().map(|hold| (entry.seq, hold))),
            Kind::Release | Kind::Lapse => self.lose_all(&away(entry, &closed))?,
            Kind::Refund => {
                let away = away(entry, &closed);
                self.lose_all(&away)?;
                // What it kept from coming back is its own, and comes back if it is undone.
                let forfeit = entry.refers.and_then(|capture| self.forfeit_after(capture));
                let forfeit = forfeit.and_then(|seq| self.forfeits.get_mut(&seq));
                forfeit.into_iter().for_each(|forfeit| forfeit.parts.extend(&away));
            }
            Kind::Expire | Kind::Clear => self.lose_all(&entry.parts)?,
            Kind::Forfeit => self.forfeited(entry, &closed)?,
            Kind::Restore => {
                let forfeit = entry.refers.and_then(|seq| self.forfeits.get_mut(&seq));
                forfeit.ok_or(Broken::Missing)?.restored = true;
                let credits = self.credits.values_mut();
                for credit in credits.filter(|credit| credit.forfeited_by == entry.refers) {
                    credit.forfeited_by = None;
                }
                for part in &entry.parts {
                    self.lose(part.lot, Points(-part.points.0))?;
                }
            }
            Kind::Hold | Kind::Bind | Kind::HandOn | Kind::WriteOff => {}
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
            forfeited_by: None,
        };
        self.credits.insert(entry.seq, credit);
        Ok(())
    }

    /// What filled a shortfall on the way was taken by a reversal, not by the forfeit.
    fn forfeited(&mut self, entry: &Entry, closed: &[Hold]) -> Result<(), Broken> {
        let mut parts = entry.parts.clone();
        let mut filled = parts.iter().fold(entry.redeemable.0, |sum, part| sum + part.points.0);
        let held = closed.iter().flat_map(|hold| hold.parts.iter().map(|lot| (hold.seq, lot)));
        for (hold, held) in held {
            let reversed = self.is_reversed_after(held.seq, hold);
            let fills = if reversed { held.points.0.min(filled) } else { 0 };
            filled -= fills;
            parts.push(Part { lot: held.seq, points: Points(held.points.0 - fills) });
        }
        parts.retain(|part| part.points > Points::ZERO);
        self.lose_all(&parts)?;
        let stands =
            |credit: &&mut Credit| credit.reversed_by.is_none() && credit.forfeited_by.is_none();
        for credit in self.credits.values_mut().filter(stands) {
            credit.forfeited_by = Some(entry.seq);
        }
        let forfeit = Forfeit { total: entry.total, parts, restored: false };
        self.forfeits.insert(entry.seq, forfeit);
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

    /// The first forfeit after a capture that stands.
    pub(crate) fn forfeit_after(&self, capture: Seq) -> Option<Seq> {
        let mut later = self.forfeits.range(capture..);
        later.find(|(_, forfeit)| !forfeit.restored).map(|(seq, _)| *seq)
    }

    /// What a capture spent, unless it was refunded.
    pub(crate) fn captured(&self, capture: Seq) -> Option<&Hold> {
        self.captures.get(&capture)
    }

    /// The same, as it is refunded.
    pub(crate) fn refund(&mut self, capture: Seq) -> Option<Hold> {
        self.captures.remove(&capture)
    }

    /// The points of a hold whose credit was taken back after they were set aside.
    pub(crate) fn reversed_of(&self, hold: &Hold) -> Points {
        let reversed = hold.parts.iter().filter(|lot| self.is_reversed_after(lot.seq, hold.seq));
        Points(reversed.map(|lot| lot.points.0).sum())
    }

    /// Whether `seq` is a credit that was taken back after the entry `after`.
    pub(crate) fn is_reversed_after(&self, seq: Seq, after: Seq) -> bool {
        let by = self.credit_at(seq).and_then(|credit| credit.reversed_by);
        by.is_some_and(|by| by > after)
    }

    /// The points of the credits that `forfeit` took out of the total and that were taken back
    /// after it.
    pub(crate) fn reversed_since(&self, forfeit: Seq) -> i64 {
        let taken = self.credits.values().filter(|credit| credit.forfeited_by == Some(forfeit));
        let since = taken.filter(|credit| credit.reversed_by.is_some());
        since.map(|credit| credit.points.0).sum()
    }

    /// The first day from `day` on whose balance is below `points`, and that balance. `lapsed`
    /// are lots whose day has come but which no job has cleared yet.
    pub(crate) fn first_below<'l>(
        &self,
        day: Day,
        points: Points,
        lapsed: impl Iterator<Item = &'l Lot>,
    ) -> Option<(Day, Points)> {
        let mut days = self.days.clone();
        for lot in lapsed {
            *days.entry(lot.expires_on.unwrap_or(Day::LAST)).or_default() -=
                i128::from(lot.points.0);
        }
        let until: i128 = days.range(..=day).map(|(_, change)| change).sum();
        let later = days.range(day.next()..);
        let balances = later.scan(until, |balance, (at, change)| {
            *balance += change;
            Some((*at, *balance))
        });
        let mut balances = std::iter::once((day, until)).chain(balances);
        let low = balances.find(|(_, balance)| *balance < i128::from(points.0));
        low.map(|(at, balance)| (at, Points(i64::try_from(balance).unwrap_or(i64::MIN))))
    }
}

/// What an entry did not give back of the holds it is about.
fn away(entry: &Entry, holds: &[Hold]) -> Vec<Part> {
    let left = |held: &Lot| {
        let back = entry.parts.iter().filter(|part| part.lot == held.seq);
        let points = back.fold(held.points, |left, part| left.left_after(part.points));
        Part { lot: held.seq, points }
    };
    let parts = holds.iter().flat_map(|hold| &hold.parts).map(left);
    parts.filter(|part| part.points > Points::ZERO).collect()
}
