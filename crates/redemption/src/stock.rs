//! Stock: what an institution has of a good, batch by batch. What expires first goes first, and
//! what is reserved for orders is not there for others.

use kangji_core::{Day, Fen, ids::BatchId};
use serde::{Deserialize, Serialize};

use crate::cost::{Source, words};

#[cfg(test)]
mod tests;

words! {
    /// What moves stock.
    Movement {
        /// Goods were received.
        Receipt = "receipt", "入库";
        /// An order was handed over.
        HandOver = "hand_over", "兑换发放";
        /// What was handed over came back.
        Return = "return", "退回";
        /// A count found more or fewer than were thought to be there, or as many.
        Count = "count", "盘点";
        /// What nobody may have any more was taken out.
        WriteOff = "write_off", "报损";
    }
}

words! {
    /// Why goods are written off.
    Loss {
        /// They expired.
        Expired = "expired", "过期";
        /// They are damaged.
        Damaged = "damaged", "破损";
        /// The maker or the authorities take them back.
        Recalled = "recalled", "召回";
    }
}

/// Goods that were received together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its id.
    pub id: [u8; 16],
    /// The first day on which it may no longer be handed over; `None` is never.
    pub expires_on: Option<Day>,
    /// How many pieces are left.
    pub left: u32,
    /// What a piece cost.
    pub piece: Fen,
    /// Who paid for it.
    pub source: Source,
}

impl Batch {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> BatchId {
        BatchId::from_bytes(self.id)
    }

    /// Whether it may no longer be handed over on `day`.
    #[must_use]
    pub fn has_expired_by(&self, day: Day) -> bool {
        self.expires_on.is_some_and(|expires_on| expires_on <= day)
    }

    fn order(&self) -> (Day, [u8; 16]) {
        (self.expires_on.unwrap_or(Day::LAST), self.id)
    }
}

/// Pieces of a batch that left the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The batch.
    pub batch: [u8; 16],
    /// How many.
    pub pieces: u32,
    /// What a piece cost.
    pub piece: Fen,
    /// Who paid for it.
    pub source: Source,
    /// The batch's day of expiry.
    pub expires_on: Option<Day>,
}

/// The most pieces that a shelf holds, so that sums of them are never cut off.
pub const PIECES_MAX: u32 = 1_000_000_000;

/// Why stock does not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum StockRefusal {
    /// Fewer pieces are free than asked for.
    #[error("only {available} are free")]
    TooFew {
        /// How many are.
        available: u32,
    },
    /// No such batch is on the shelf.
    #[error("there is no such batch")]
    NoBatch,
    /// More pieces than can be counted, or none.
    #[error("the number of pieces cannot be counted")]
    Pieces,
}

/// What an institution has of a good.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Shelf {
    /// The batches with something left, those that expire first in front.
    pub batches: Vec<Batch>,
    /// How many pieces wait for the people who ordered them.
    pub reserved: u32,
}

impl Shelf {
    /// How many pieces may be handed over on `today`, those that are reserved included.
    #[must_use]
    pub fn valid(&self, today: Day) -> u32 {
        let valid = self.batches.iter().filter(|batch| !batch.has_expired_by(today));
        valid.fold(0, |sum, batch| sum.saturating_add(batch.left))
    }

    /// How many pieces can still be ordered on `today`.
    #[must_use]
    pub fn available(&self, today: Day) -> u32 {
        self.valid(today).saturating_sub(self.reserved)
    }

    /// Sets pieces aside for an order.
    ///
    /// # Errors
    /// Where fewer are free.
    pub fn reserve(&mut self, pieces: u32, today: Day) -> Result<(), StockRefusal> {
        let available = self.available(today);
        if pieces > available {
            return Err(StockRefusal::TooFew { available });
        }
        self.reserved += pieces;
        Ok(())
    }

    /// Gives back what was set aside.
    pub const fn release(&mut self, pieces: u32) {
        self.reserved = self.reserved.saturating_sub(pieces);
    }

    /// Hands over pieces that were set aside, from what expires first.
    ///
    /// # Errors
    /// Where too few are left that have not expired; the shelf is then as it was.
    pub fn hand_over(&mut self, pieces: u32, today: Day) -> Result<Vec<Taken>, StockRefusal> {
        let valid = self.valid(today);
        if pieces > valid {
            return Err(StockRefusal::TooFew { available: valid });
        }
        let (mut left, mut taken) = (pieces, Vec::new());
        for batch in self.batches.iter_mut().filter(|batch| !batch.has_expired_by(today)) {
            let pieces = batch.left.min(left);
            if pieces > 0 {
                (batch.left, left) = (batch.left - pieces, left - pieces);
                taken.push(batch.taken(pieces));
            }
        }
        self.batches.retain(|batch| batch.left > 0);
        self.release(pieces);
        Ok(taken)
    }

    /// Puts a batch on the shelf, or more of one that is there.
    ///
    /// # Errors
    /// Where nothing came, or more than can be counted.
    pub fn receive(&mut self, batch: Batch) -> Result<(), StockRefusal> {
        if batch.left == 0 {
            return Err(StockRefusal::Pieces);
        }
        Self::must_count(self.all() + u64::from(batch.left))?;
        let place = self.batches.partition_point(|known| known.order() < batch.order());
        match self.batches.get_mut(place) {
            Some(known) if known.id == batch.id => known.left += batch.left,
            _ => self.batches.insert(place, batch),
        }
        Ok(())
    }

    /// Puts back what an order took.
    ///
    /// # Errors
    /// Where there would be more than can be counted; the shelf is then as it was.
    pub fn put_back(&mut self, taken: &[Taken]) -> Result<(), StockRefusal> {
        let back: u64 = taken.iter().map(|one| u64::from(one.pieces)).sum();
        Self::must_count(self.all() + back)?;
        for &Taken { batch: id, pieces: left, piece, source, expires_on } in taken {
            self.receive(Batch { id, expires_on, left, piece, source })?;
        }
        Ok(())
    }

    /// Sets what is left of a batch to what was counted; how many more or fewer there are. `known`
    /// is the batch as it was received, for one of which nothing was thought to be left.
    ///
    /// # Errors
    /// Where there would be more than can be counted; the shelf is then as it was.
    pub fn count(&mut self, known: &Batch, counted: u32) -> Result<i64, StockRefusal> {
        let before = self.left_of(known.id);
        Self::must_count(self.all() - u64::from(before) + u64::from(counted))?;
        self.batches.retain(|batch| batch.id != known.id);
        if counted > 0 {
            self.receive(Batch { left: counted, ..known.clone() })?;
        }
        Ok(i64::from(counted) - i64::from(before))
    }

    /// Takes pieces of a batch off the shelf that nobody may have any more: they expired or are
    /// damaged.
    ///
    /// # Errors
    /// Where no piece is named, or fewer are left of the batch; the shelf is then as it was.
    pub fn write_off(&mut self, batch: [u8; 16], pieces: u32) -> Result<(), StockRefusal> {
        let known = self.batches.iter_mut().find(|known| known.id == batch);
        let known = known.ok_or(StockRefusal::NoBatch)?;
        if pieces == 0 {
            return Err(StockRefusal::Pieces);
        }
        let left = known.left.checked_sub(pieces);
        known.left = left.ok_or(StockRefusal::TooFew { available: known.left })?;
        self.batches.retain(|batch| batch.left > 0);
        Ok(())
    }

    /// How many pieces are left of a batch.
    #[must_use]
    pub fn left_of(&self, batch: [u8; 16]) -> u32 {
        self.batches.iter().find(|known| known.id == batch).map_or(0, |known| known.left)
    }

    fn all(&self) -> u64 {
        self.batches.iter().map(|batch| u64::from(batch.left)).sum()
    }

    fn must_count(pieces: u64) -> Result<(), StockRefusal> {
        if pieces > u64::from(PIECES_MAX) { Err(StockRefusal::Pieces) } else { Ok(()) }
    }

    /// How many of the reserved pieces are no longer there to be handed over: a count found fewer,
    /// or they expired.
    #[must_use]
    pub fn missing(&self, today: Day) -> u32 {
        self.reserved.saturating_sub(self.valid(today))
    }
}

impl Batch {
    const fn taken(&self, pieces: u32) -> Taken {
        let Self { id, piece, source, expires_on, .. } = *self;
        Taken { batch: id, pieces, piece, source, expires_on }
    }
}
