//! An account's state: balances, lots and holds, a fold of its entries.

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, HolderId},
};
use serde::{Deserialize, Serialize};

use crate::{
    entry::{Entry, EntryKind, Part, Seq},
    hash::Hash,
    history::History,
};

/// Points that came together, as far as nobody has taken them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// The entry that made it.
    pub seq: Seq,
    /// The day from which they can be spent.
    pub day: Day,
    /// The first day they are no longer valid; `None` is never.
    pub expires_on: Option<Day>,
    /// How many are left; more than zero.
    pub points: Points,
}

impl Lot {
    /// The place in the order of spending: what expires first, then what came first.
    pub(crate) fn order(&self) -> (Day, Seq) {
        (self.expires_on.unwrap_or(Day::LAST), self.seq)
    }

    /// Whether its points can be spent on `day`.
    #[must_use]
    pub fn is_valid_on(&self, day: Day) -> bool {
        self.day <= day && !self.has_expired_by(day)
    }

    /// Whether its points are no longer valid on `day`.
    #[must_use]
    pub fn has_expired_by(&self, day: Day) -> bool {
        self.expires_on.is_some_and(|expires_on| expires_on <= day)
    }
}

/// Points set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The entry that set them aside.
    pub seq: Seq,
    /// When they come back by themselves.
    pub until: Option<Moment>,
    /// From which lots.
    pub parts: Vec<Lot>,
}

impl Hold {
    /// Whether the day of its points has come: a voucher ends with it, an order does not.
    #[must_use]
    pub fn has_expired_by(&self, day: Day) -> bool {
        self.parts.iter().any(|lot| lot.has_expired_by(day))
    }
}

/// Why an entry does not follow from the entries before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Another account's entry.
    #[error("the entry is of another account")]
    Account,
    /// Not the next number.
    #[error("the entry does not have the next number")]
    Seq,
    /// Written before the entry in front of it, or under an earlier checkpoint.
    #[error("the entry is older than the one before it")]
    Order,
    /// The hash is not that of its content after the entry before.
    #[error("the hash does not fit the entry and the one before it")]
    Hash,
    /// It takes from a lot or a hold what is not there.
    #[error("the entry takes what is not there")]
    Missing,
    /// Amounts that contradict each other or its kind.
    #[error("the amounts contradict each other")]
    Amounts,
    /// A balance beyond what can be counted.
    #[error("a balance is too large")]
    TooLarge,
}

/// The id of the account that `holder` has under the scheme with the id `scheme`: it follows from
/// both, so that nobody needs to look it up (a UUID of version 8).
#[must_use]
pub fn account_of(holder: HolderId, scheme: &str) -> AccountId {
    let hash = Hash::of(&[b"kangji account", holder.bytes(), scheme.as_bytes()]);
    AccountId::from_bytes(hash.uuid())
}

/// The state of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which account.
    pub id: AccountId,
    /// Whether it is a village's pool, to be handed on.
    pub pool: bool,
    /// The last entry; 0 before the first.
    pub seq: Seq,
    /// Its hash.
    pub hash: Hash,
    /// When it was written.
    pub recorded_at: Moment,
    /// Under how many checkpoints.
    pub epoch: u32,
    /// The latest day an entry counts for.
    pub latest_day: Option<Day>,
    /// All points earned and not taken back (S7); redeeming and expiry leave it.
    pub total: Points,
    /// What is set aside.
    pub held: Points,
    /// What reversals took that no lot covers.
    pub shortfall: Points,
    /// What can be spent, in the order of spending.
    pub lots: Vec<Lot>,
    /// What is set aside, in the order of entries.
    pub holds: Vec<Hold>,
    /// What paper vouchers bear, in the order of entries; part of what is set aside.
    pub vouchers: Vec<Hold>,
    /// What happened to every lot, for decisions that look back; read when one needs it.
    pub history: Option<Box<History>>,
}

impl Account {
    /// An account without entries.
    #[must_use]
    pub fn new(id: AccountId, pool: bool) -> Self {
        Self {
            id,
            pool,
            seq: Seq(0),
            hash: Hash::NONE,
            recorded_at: Moment::from_millis(i64::MIN),
            epoch: 0,
            latest_day: None,
            total: Points::ZERO,
            held: Points::ZERO,
            shortfall: Points::ZERO,
            lots: Vec::new(),
            holds: Vec::new(),
            vouchers: Vec::new(),
            history: None,
        }
    }

    /// An account without entries that remembers all that will happen to it.
    #[must_use]
    pub fn with_history(id: AccountId, pool: bool) -> Self {
        Self { history: Some(Box::default()), ..Self::new(id, pool) }
    }

    /// What can be redeemed on `day`: valid lots less a shortfall (S7). Below zero only through
    /// a shortfall.
    #[must_use]
    pub fn redeemable(&self, day: Day) -> Points {
        let valid = self.lots.iter().filter(|lot| lot.is_valid_on(day));
        let sum: i64 = valid.map(|lot| lot.points.0).sum();
        Points(sum - self.shortfall.0)
    }

    /// The sum of the entries' changes of what can be redeemed: all lots, expired ones that no
    /// job has cleared yet included, less a shortfall.
    #[must_use]
    pub fn balance(&self) -> Points {
        let sum: i64 = self.lots.iter().map(|lot| lot.points.0).sum();
        Points(sum - self.shortfall.0)
    }

    /// What paper vouchers bear.
    #[must_use]
    pub fn on_vouchers(&self) -> Points {
        let parts = self.vouchers.iter().flat_map(|voucher| &voucher.parts);
        Points(parts.map(|lot| lot.points.0).sum())
    }

    /// Carries out an entry that follows the ones before it.
    ///
    /// # Errors
    /// The first thing that does not fit; the account is then no longer to be used.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Broken> {
        if entry.account != self.id {
            return Err(Broken::Account);
        }
        if self.seq.0.checked_add(1) != Some(entry.seq.0) {
            return Err(Broken::Seq);
        }
        if entry.recorded_at < self.recorded_at || entry.epoch < self.epoch {
            return Err(Broken::Order);
        }
        self.total = add(self.total, entry.total)?;
        let closed = self.carry_out(entry)?;
        if let Some(history) = &mut self.history {
            history.apply(entry, closed)?;
        }
        self.seq = entry.seq;
        self.hash = entry.hash;
        self.recorded_at = entry.recorded_at;
        self.epoch = entry.epoch;
        self.latest_day = self.latest_day.max(Some(entry.day));
        Ok(())
    }

    /// Carries out an entry and checks that its hash continues the chain.
    ///
    /// # Errors
    /// As [`Account::apply`], and [`Broken::Hash`].
    pub fn follow(&mut self, entry: &Entry) -> Result<(), Broken> {
        if entry.chained(self.hash) != entry.hash {
            return Err(Broken::Hash);
        }
        self.apply(entry)
    }

    /// Moves points between lots, holds and shortfall as the entry says; the holds it closed, or
    /// of a refund the hold that was spent.
    fn carry_out(&mut self, entry: &Entry) -> Result<Vec<Hold>, Broken> {
        use EntryKind as Kind;
        let mut closed = Vec::new();
        match entry.kind {
            Kind::Credit | Kind::Receive => self.give(new_lot(entry))?,
            Kind::Adjust if entry.redeemable > Points::ZERO => self.give(new_lot(entry))?,
            Kind::Reverse => {
                let taken = sum(&self.take(&entry.parts)?)?;
                let uncovered = add(Points(-entry.redeemable.0), Points(-taken.0))?;
                self.shortfall = add(self.shortfall, at_least_zero(uncovered)?)?;
            }
            Kind::Hold | Kind::Bind => {
                let parts = self.take(&entry.parts)?;
                expect(sum(&parts)?, entry.held)?;
                expect(entry.held, Points(-entry.redeemable.0))?;
                let hold = Hold { seq: entry.seq, until: entry.due_at, parts };
                let is_voucher = entry.kind == Kind::Bind;
                if is_voucher { &mut self.vouchers } else { &mut self.holds }.push(hold);
            }
            Kind::Capture | Kind::Lapse => {
                closed.push(self.close(entry)?);
                expect(Points::ZERO, entry.redeemable)?;
            }
            Kind::Release => {
                let hold = self.close(entry)?;
                self.give_back(&hold, entry)?;
                closed.push(hold);
            }
            Kind::Refund => {
                let history = self.history.as_mut().ok_or(Broken::Missing)?;
                let hold = entry.refers.and_then(|capture| history.refund(capture));
                let hold = hold.ok_or(Broken::Missing)?;
                expect(Points::ZERO, entry.held)?;
                self.give_back(&hold, entry)?;
                closed.push(hold);
            }
            Kind::Expire | Kind::Clear | Kind::HandOn | Kind::Adjust => {
                let taken = sum(&self.take(&entry.parts)?)?;
                expect(taken, Points(-entry.redeemable.0))?;
            }
            Kind::Restore => self.restore(entry)?,
            Kind::Forfeit => {
                let taken = sum(&self.take(&entry.parts)?)?;
                let filled = at_least_zero(add(taken, entry.redeemable)?)?;
                self.shortfall = at_least_zero(add(self.shortfall, Points(-filled.0))?)?;
                closed = std::mem::take(&mut self.holds);
                closed.append(&mut self.vouchers);
            }
            Kind::WriteOff => {
                self.shortfall = at_least_zero(add(self.shortfall, Points(-entry.redeemable.0))?)?;
            }
        }
        self.held = at_least_zero(add(self.held, entry.held)?)?;
        Ok(closed)
    }

    /// Takes points out of lots; what was taken, in the order of `parts`.
    fn take(&mut self, parts: &[Part]) -> Result<Vec<Lot>, Broken> {
        let mut taken = Vec::with_capacity(parts.len());
        let mut next = 0;
        for part in parts {
            let rest = self.lots.iter().enumerate().skip(next);
            let found = rest.chain(self.lots.iter().enumerate().take(next));
            let place = found.into_iter().find(|(_, lot)| lot.seq == part.lot).map(|(at, _)| at);
            let place = place.ok_or(Broken::Missing)?;
            let lot = self.lots.get_mut(place).ok_or(Broken::Missing)?;
            if part.points <= Points::ZERO || part.points > lot.points {
                return Err(Broken::Missing);
            }
            lot.points = Points(lot.points.0 - part.points.0);
            taken.push(Lot { points: part.points, ..*lot });
            next = place;
        }
        self.lots.retain(|lot| lot.points > Points::ZERO);
        Ok(taken)
    }

    /// Adds points to spend; they fill a shortfall first.
    fn give(&mut self, lot: Lot) -> Result<(), Broken> {
        let points = at_least_zero(lot.points)?;
        // No sum of lots may be beyond what can be counted.
        let balance = add(self.balance(), self.shortfall)?;
        add(balance, points)?;
        let fills = points.min(self.shortfall);
        self.shortfall = Points(self.shortfall.0 - fills.0);
        let left = Points(points.0 - fills.0);
        if left == Points::ZERO {
            return Ok(());
        }
        let place = self.lots.partition_point(|known| known.order() < lot.order());
        match self.lots.get_mut(place) {
            Some(known) if known.seq == lot.seq => known.points = add(known.points, left)?,
            _ => self.lots.insert(place, Lot { points: left, ..lot }),
        }
        Ok(())
    }

    /// Gives back what the entry says of a hold.
    fn give_back(&mut self, hold: &Hold, entry: &Entry) -> Result<(), Broken> {
        let mut held = hold.parts.clone();
        let mut back = Points::ZERO;
        for part in &entry.parts {
            let points = at_least_zero(part.points)?;
            let lot = held.iter_mut().find(|lot| lot.seq == part.lot).ok_or(Broken::Missing)?;
            lot.points = at_least_zero(Points(lot.points.0 - points.0))?;
            self.give(Lot { points, ..*lot })?;
            back = add(back, points)?;
        }
        expect(back, entry.redeemable)
    }

    /// Gives back to the lots themselves, which only the history still knows.
    fn restore(&mut self, entry: &Entry) -> Result<(), Broken> {
        let history = self.history.as_ref().ok_or(Broken::Missing)?;
        let lots: Option<Vec<Lot>> = entry.parts.iter().map(|part| history.lot(*part)).collect();
        let lots = lots.ok_or(Broken::Missing)?;
        expect(sum(&lots)?, entry.redeemable)?;
        lots.into_iter().try_for_each(|lot| self.give(lot))
    }

    /// The open hold of that entry: of an order, or of a voucher that is valid on `today`. One whose
    /// day has come is gone, whether or not a job has ended it yet.
    #[must_use]
    pub fn hold(&self, seq: Seq, today: Day) -> Option<&Hold> {
        let valid = self.vouchers.iter().filter(|voucher| !voucher.has_expired_by(today));
        self.holds.iter().chain(valid).find(|hold| hold.seq == seq)
    }

    /// Ends the hold or the voucher that the entry names, as a whole. Only a voucher lapses.
    fn close(&mut self, entry: &Entry) -> Result<Hold, Broken> {
        let orders = (entry.kind != EntryKind::Lapse).then_some(&mut self.holds);
        for holds in orders.into_iter().chain([&mut self.vouchers]) {
            if let Some(place) = holds.iter().position(|hold| Some(hold.seq) == entry.refers) {
                let hold = holds.remove(place);
                expect(Points(-sum(&hold.parts)?.0), entry.held)?;
                return Ok(hold);
            }
        }
        Err(Broken::Missing)
    }
}

fn new_lot(entry: &Entry) -> Lot {
    Lot { seq: entry.seq, day: entry.day, expires_on: entry.expires_on, points: entry.redeemable }
}

/// The sum of two amounts.
pub(crate) fn add(one: Points, other: Points) -> Result<Points, Broken> {
    one.checked_add(other).ok_or(Broken::TooLarge)
}

/// The points of several lots.
pub(crate) fn sum(lots: &[Lot]) -> Result<Points, Broken> {
    lots.iter().try_fold(Points::ZERO, |sum, lot| add(sum, lot.points))
}

fn at_least_zero(points: Points) -> Result<Points, Broken> {
    if points < Points::ZERO { Err(Broken::Amounts) } else { Ok(points) }
}

fn expect(found: Points, stated: Points) -> Result<(), Broken> {
    if found == stated { Ok(()) } else { Err(Broken::Amounts) }
}
