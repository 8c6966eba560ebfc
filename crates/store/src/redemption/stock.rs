//! Stock of an institution: goods are received, counted and written off, each move with its entry
//! in the transaction that makes it. What orders move is `ordering`'s.

mod read;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use kangji_core::{Day, Fen, Moment};
use kangji_redemption::{
    Batch, Movement,
    cost::Source,
    stock::{Loss, StockRefusal},
};
use serde::{Deserialize, Serialize};

use super::shelves::{Move, Place, Shelves};
use crate::{
    audit::{DONE, Done, Subject},
    facts::holders::new_id,
    ledger::{rows::number, unit::Unit},
    schema::BATCHES,
    sql::{Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

pub use read::{StockBatch, StockEntry, StockQuery, StockedGood};

/// Goods that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// To which institution.
    pub institution: String,
    /// Which good, as catalogues name it.
    pub good: String,
    /// Who supplied them (P11).
    pub supplier: String,
    /// The maker's number of the lot (P11).
    pub lot: String,
    /// The number of the certificate (P11).
    pub certificate: String,
    /// The first day on which they may no longer be handed over; `None` is never.
    pub expires_on: Option<Day>,
    /// How many pieces.
    pub pieces: u32,
    /// What a piece cost.
    pub piece: Fen,
    /// Who paid (P11).
    pub source: Source,
}

/// A batch that was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The batch.
    pub batch: [u8; 16],
    /// How many pieces the books said when it was counted.
    pub seen: u32,
    /// How many there are.
    pub counted: u32,
    /// Why they are not as many as the books say.
    pub reason: Option<String>,
}

/// Why a count is not taken, and at which of the batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCounted {
    /// Its place in the list, from 0.
    pub row: usize,
    /// Why.
    pub why: CountFault,
}

/// Why a batch is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountFault {
    /// There is no such batch of this good.
    NoBatch,
    /// There are not as many as the books say, and nobody says why.
    NoReason,
    /// More pieces than can be counted.
    Pieces,
}

/// Goods that nobody may have any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOff {
    /// At which institution.
    pub institution: String,
    /// Which good.
    pub good: String,
    /// Of which batch.
    pub batch: [u8; 16],
    /// How many pieces.
    pub pieces: u32,
    /// Why.
    pub loss: Loss,
    /// What else there is to say.
    pub note: Option<String>,
}

impl Store {
    /// Puts goods that came on the shelf, as a batch of their own; its id.
    #[must_use = "goods may be refused"]
    pub fn receive_goods(
        &self,
        receipt: Receipt,
        by: [u8; 16],
        now: Moment,
    ) -> Pending<Result<[u8; 16], StockRefusal>> {
        let id = new_id(now);
        self.once(move |unit| {
            let Receipt { institution, good, expires_on, pieces, piece, source, .. } = &receipt;
            let (expires_on, left, piece, source) = (*expires_on, *pieces, *piece, *source);
            let mut shelves = shelf_of(unit, institution, good)?;
            let batch = Batch { id, expires_on, left, piece, source };
            if let Err(refusal) = shelves.change(institution, good)?.receive(batch) {
                unit.done.push(REFUSED);
                return Ok(Err(refusal));
            }
            let place = (institution.clone(), good.clone());
            shelves.note(moved(place, id, Movement::Receipt, left.into(), (by, now)));
            unit.connection.insert(&BATCHES, &receipt.row(&id, &by, now))?;
            shelves.write(unit.connection)?;
            unit.done.push(MOVED);
            Ok(Ok(id))
        })
    }

    /// Sets batches of a good to what was counted; how many more or fewer there are of each. Every
    /// batch counted gets its entry, one without a difference too: that it was looked at is worth
    /// knowing. [`StoreError::Changed`] where pieces came or went since the books were looked at.
    #[must_use = "a count may be refused"]
    pub fn count_stock(
        &self,
        institution: &str,
        good: &str,
        counted: Vec<Counted>,
        by: [u8; 16],
        now: Moment,
    ) -> Pending<Result<Vec<i64>, NotCounted>> {
        let (institution, good) = (institution.to_owned(), good.to_owned());
        self.once(move |unit| {
            let mut shelves = shelf_of(unit, &institution, &good)?;
            let mut differences = Vec::with_capacity(counted.len());
            for (row, one) in counted.iter().enumerate() {
                let shelf = shelves.change(&institution, &good)?;
                let known = batch_of(unit, &institution, &good, one.batch)?;
                let difference = match known {
                    None => Err(CountFault::NoBatch),
                    Some(_) if one.seen != shelf.left_of(one.batch) => {
                        return Err(StoreError::Changed);
                    }
                    Some(_) if one.seen != one.counted && one.reason.is_none() => {
                        Err(CountFault::NoReason)
                    }
                    Some(known) => shelf.count(&known, one.counted).map_err(|_| CountFault::Pieces),
                };
                let difference = match difference {
                    Ok(difference) => difference,
                    Err(why) => {
                        unit.done.push(REFUSED);
                        return Ok(Err(NotCounted { row, why }));
                    }
                };
                differences.push(difference);
                let place = (institution.clone(), good.clone());
                let moved = moved(place, one.batch, Movement::Count, difference, (by, now));
                let reason = one.reason.clone().filter(|_| difference != 0);
                shelves.note(Move { reason, ..moved });
            }
            shelves.write(unit.connection)?;
            unit.done.push(MOVED);
            Ok(Ok(differences))
        })
    }

    /// Takes goods off the shelf that nobody may have any more.
    #[must_use = "a write-off may be refused"]
    pub fn write_off(
        &self,
        gone: WriteOff,
        by: [u8; 16],
        now: Moment,
    ) -> Pending<Result<(), StockRefusal>> {
        self.once(move |unit| {
            let WriteOff { institution, good, batch, pieces, loss, note } = &gone;
            let mut shelves = shelf_of(unit, institution, good)?;
            if let Err(refusal) = shelves.change(institution, good)?.write_off(*batch, *pieces) {
                unit.done.push(REFUSED);
                return Ok(Err(refusal));
            }
            let note = note.as_ref().map(|note| format!("：{note}")).unwrap_or_default();
            let (place, pieces) = ((institution.clone(), good.clone()), -i64::from(*pieces));
            let moved = moved(place, *batch, Movement::WriteOff, pieces, (by, now));
            shelves.note(Move { reason: Some(format!("{}{note}", loss.chinese())), ..moved });
            shelves.write(unit.connection)?;
            unit.done.push(MOVED);
            Ok(Ok(()))
        })
    }
}

/// What the audit log says of moves of stock; the entries tell the rest.
const MOVED: Done = Done { subject: Subject::None, result: DONE };
const REFUSED: Done = Done { subject: Subject::None, result: "refused" };

impl Receipt {
    fn row<'a>(&'a self, id: &'a [u8; 16], by: &'a [u8; 16], now: Moment) -> [Value<'a>; 12] {
        [
            Value::from(id),
            Value::Text(&self.institution),
            Value::Text(&self.good),
            Value::Text(&self.supplier),
            Value::Text(&self.lot),
            Value::Text(&self.certificate),
            self.expires_on.map(number).into(),
            Value::Int(i64::from(self.pieces)),
            Value::Int(self.piece.0),
            Value::Text(self.source.word()),
            Value::from(by),
            Value::Int(now.millis()),
        ]
    }
}

/// A move that somebody made and that is about no order.
fn moved(
    place: Place,
    batch: [u8; 16],
    movement: Movement,
    pieces: i64,
    (by, at): ([u8; 16], Moment),
) -> Move {
    let (kind, by) = (movement.word(), Some(by));
    Move { place, batch, kind, pieces, at, by, order: None, reason: None }
}

/// One shelf, locked.
fn shelf_of(unit: &mut Unit<'_>, institution: &str, good: &str) -> Result<Shelves, SqlError> {
    let place = (institution.to_owned(), good.to_owned());
    Shelves::load(unit.connection, BTreeSet::from([place]))
}

/// A batch of a good as it was received.
fn batch_of(
    unit: &mut Unit<'_>,
    institution: &str,
    good: &str,
    id: [u8; 16],
) -> Result<Option<Batch>, SqlError> {
    let mut found = None;
    unit.connection.fetch(&BATCHES, 1, &[Value::from(&id)], Lock::None, |row| {
        let known = read::from_row(&row)?;
        found = Some(known).filter(|known| known.institution == institution && known.good == good);
        Ok(())
    })?;
    Ok(found.map(|known| known.batch))
}
