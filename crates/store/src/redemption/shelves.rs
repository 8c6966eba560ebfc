//! Shelves and the entries that move them, loaded and written together for a group.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{Moment, ids::OrderId};
use kangji_redemption::Shelf;

use super::orders::{from_json, json};
use crate::{
    facts::holders::new_id,
    ledger::rows::natural,
    schema::{SHELVES, STOCK_ENTRIES},
    sql::{Connection, Lock, Row, SqlError, Value},
};

/// Which shelf: an institution's, of a good.
pub(super) type Place = (String, String);

/// A move of stock.
#[derive(Clone, Debug)]
pub(super) struct Move {
    /// Which shelf.
    pub(super) place: Place,
    /// Of which batch.
    pub(super) batch: [u8; 16],
    /// What it is.
    pub(super) kind: &'static str,
    /// How many pieces came; below zero, how many went.
    pub(super) pieces: i64,
    /// When.
    pub(super) at: Moment,
    /// Who answers for it.
    pub(super) by: Option<[u8; 16]>,
    /// For which order.
    pub(super) order: Option<OrderId>,
    /// Why.
    pub(super) reason: Option<String>,
}

/// The shelf of a row of `SHELVES`.
pub(super) fn shelf_from(row: &Row<'_>) -> Result<Shelf, SqlError> {
    Ok(Shelf { reserved: natural(row, 2)?, batches: from_json(row, 3)? })
}

/// Shelves of a unit of work, locked, and the moves that change them.
#[derive(Default)]
pub(super) struct Shelves {
    known: BTreeMap<Place, Shelf>,
    stored: BTreeSet<Place>,
    changed: BTreeSet<Place>,
    moves: Vec<Move>,
}

impl Shelves {
    /// Loads the shelves at these places, locked in the order of their keys.
    pub(super) fn load(
        connection: &mut Connection,
        places: BTreeSet<Place>,
    ) -> Result<Self, SqlError> {
        let texts = places.iter().flat_map(|(institution, good)| [institution, good]);
        let keys: Vec<Value<'_>> = texts.map(|text| Value::Text(text)).collect();
        let (mut known, mut stored) = (BTreeMap::new(), BTreeSet::new());
        connection.fetch(&SHELVES, 2, &keys, Lock::Rows, |row| {
            let place = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
            known.insert(place.clone(), shelf_from(&row)?);
            stored.insert(place);
            Ok(())
        })?;
        for place in places {
            known.entry(place).or_default();
        }
        Ok(Self { known, stored, changed: BTreeSet::new(), moves: Vec::new() })
    }

    /// A shelf; empty where nothing was ever there.
    pub(super) fn get(&self, institution: &str, good: &str) -> Option<&Shelf> {
        self.known.get(&(institution.to_owned(), good.to_owned()))
    }

    /// A shelf that is going to be changed.
    ///
    /// # Errors
    /// Where it was not loaded.
    pub(super) fn change(&mut self, institution: &str, good: &str) -> Result<&mut Shelf, SqlError> {
        let place = (institution.to_owned(), good.to_owned());
        self.changed.insert(place.clone());
        let none = || SqlError::other(format!("the shelf of `{good}` was not loaded"));
        self.known.get_mut(&place).ok_or_else(none)
    }

    /// Remembers a move, to be written.
    pub(super) fn note(&mut self, one: Move) {
        self.moves.push(one);
    }

    /// Writes what changed.
    pub(super) fn write(self, connection: &mut Connection) -> Result<(), SqlError> {
        let Self { known, stored, changed, moves } = self;
        let mut texts = Vec::with_capacity(changed.len());
        for place in &changed {
            let Some(shelf) = known.get(place) else { continue };
            texts.push((place, shelf.reserved, json(&shelf.batches)?));
        }
        let (mut new, mut old) = (Vec::new(), Vec::new());
        for (place, reserved, batches) in &texts {
            let rows = if stored.contains(*place) { &mut old } else { &mut new };
            rows.extend([
                Value::Text(&place.0),
                Value::Text(&place.1),
                Value::Int(i64::from(*reserved)),
                Value::Text(batches),
            ]);
        }
        connection.insert(&SHELVES, &new)?;
        connection.update(&SHELVES, &old)?;
        write_moves(connection, &moves)
    }
}

fn write_moves(connection: &mut Connection, moves: &[Move]) -> Result<(), SqlError> {
    let ids: Vec<[u8; 16]> = moves.iter().map(|one| new_id(one.at)).collect();
    let mut rows = Vec::with_capacity(moves.len() * STOCK_ENTRIES.columns.len());
    for (one, id) in moves.iter().zip(&ids) {
        rows.extend([
            Value::Text(&one.place.0),
            Value::from(id),
            Value::Text(&one.place.1),
            Value::from(&one.batch),
            Value::Text(one.kind),
            Value::Int(one.pieces),
            Value::Int(one.at.millis()),
            one.by.as_ref().into(),
            one.order.as_ref().map(OrderId::bytes).into(),
            one.reason.as_deref().into(),
        ]);
    }
    connection.insert(&STOCK_ENTRIES, &rows)
}
