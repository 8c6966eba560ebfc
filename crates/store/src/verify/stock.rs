//! Stock, made again from its entries: what is left of each batch, and what is set aside for the
//! orders that wait. Only what stands on shelves now is held in memory.

use std::collections::BTreeMap;

use kangji_redemption::{Batch, Line, Shelf};

use super::Finding;
use crate::{
    ledger::rows::{natural, opt_day},
    sql::{Connection, Row, SqlError, Value},
    store::{Store, StoreError},
};

/// An institution's shelf of a good.
type Place = (Box<str>, Box<str>);

/// What entries and orders say should be there.
#[derive(Default)]
struct Books {
    /// What the entries of a batch come to, with the batch as it was received.
    batches: BTreeMap<(Place, [u8; 16]), (i64, Option<Batch>)>,
    waiting: BTreeMap<Place, u64>,
}

impl Store {
    /// Makes the stock of an institution, or of all of them, again from its entries and from the
    /// orders that wait, and tells what differs.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn verify_stock(&self, institution: Option<&str>) -> Result<Vec<Finding>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let found = differences(&mut connection, institution);
        connection.rollback();
        Ok(found?)
    }
}

/// [`Store::verify_stock`] on a connection.
pub(super) fn differences(
    connection: &mut Connection,
    institution: Option<&str>,
) -> Result<Vec<Finding>, SqlError> {
    let mut findings = Vec::new();
    let mut books = Books::read(connection, institution, &mut findings)?;
    let shelves = "SELECT institution, good, reserved, batches FROM shelves
        WHERE ($1 = '' OR institution = $1) ORDER BY institution, good";
    connection.query(shelves, &[only(institution)], |row| {
        match shelf(&row) {
            Ok((place, shelf)) => books.compare(place, &shelf, &mut findings),
            Err(why) => findings.push(unreadable(&why)),
        }
        Ok(())
    })?;
    books.tell_rest(&mut findings);
    Ok(findings)
}

fn only(institution: Option<&str>) -> Value<'_> {
    Value::Text(institution.unwrap_or_default())
}

fn unreadable(why: &impl ToString) -> Finding {
    Finding::StockUnreadable(why.to_string().into())
}

fn place(row: &Row<'_>) -> Result<Place, SqlError> {
    Ok((row.text(0)?.into(), row.text(1)?.into()))
}

fn shelf(row: &Row<'_>) -> Result<(Place, Shelf), SqlError> {
    let batches = serde_json::from_str(row.text(3)?);
    let batches = batches.map_err(|_| row.problem(3, "holds no batches"))?;
    Ok((place(row)?, Shelf { reserved: natural(row, 2)?, batches }))
}

impl Books {
    fn read(
        connection: &mut Connection,
        institution: Option<&str>,
        findings: &mut Vec<Finding>,
    ) -> Result<Self, SqlError> {
        let mut books = Self::default();
        let left = "SELECT moved.institution, moved.good, moved.batch,
            CAST(SUM(moved.pieces) AS BIGINT), received.id, received.expires_on,
            received.piece_fen, received.source
            FROM stock_entries moved LEFT JOIN batches received ON received.id = moved.batch
                AND received.institution = moved.institution AND received.good = moved.good
            WHERE ($1 = '' OR moved.institution = $1)
            GROUP BY moved.institution, moved.good, moved.batch, received.id,
                received.expires_on, received.piece_fen, received.source
            HAVING SUM(moved.pieces) <> 0";
        connection.query(left, &[only(institution)], |row| {
            match received(&row) {
                Ok(batch) => {
                    books.batches.insert((place(&row)?, row.array(2)?), (row.int(3)?, batch));
                }
                Err(why) => findings.push(unreadable(&why)),
            }
            Ok(())
        })?;
        let waiting = "SELECT institution, lines FROM orders
            WHERE state = 'waiting' AND ($1 = '' OR institution = $1)";
        connection.query(waiting, &[only(institution)], |row| {
            let institution = row.text(0)?;
            let lines: Result<Vec<Line>, _> = serde_json::from_str(row.text(1)?);
            match lines {
                Err(why) => findings.push(unreadable(&why)),
                Ok(lines) => {
                    for line in lines.iter().filter(|line| line.pieces > 0) {
                        let place = (institution.into(), line.name.as_str().into());
                        *books.waiting.entry(place).or_default() += u64::from(line.pieces);
                    }
                }
            }
            Ok(())
        })?;
        Ok(books)
    }

    /// Compares a shelf, and crosses off what it was compared with.
    fn compare(&mut self, place: Place, shelf: &Shelf, findings: &mut Vec<Finding>) {
        let (institution, good) = place.clone();
        for batch in &shelf.batches {
            let known = self.batches.remove(&(place.clone(), batch.id));
            let (entered, received) = known.unwrap_or_default();
            if entered != i64::from(batch.left) {
                findings.push(Finding::StockDiffers {
                    institution: institution.clone(),
                    good: good.clone(),
                    there: batch.left,
                    entered,
                });
            } else if received != Some(Batch { left: 0, ..batch.clone() }) {
                let (institution, good) = (institution.clone(), good.clone());
                findings.push(Finding::StockBatch { institution, good });
            }
        }
        let waiting = self.waiting.remove(&place).unwrap_or_default();
        if waiting != u64::from(shelf.reserved) {
            let reserved = shelf.reserved;
            findings.push(Finding::StockReserved { institution, good, reserved, waiting });
        }
    }

    /// What should be on shelves and is not.
    fn tell_rest(self, findings: &mut Vec<Finding>) {
        for (((institution, good), _), (entered, _)) in self.batches {
            findings.push(Finding::StockDiffers { institution, good, there: 0, entered });
        }
        for ((institution, good), waiting) in self.waiting {
            findings.push(Finding::StockReserved { institution, good, reserved: 0, waiting });
        }
    }
}

/// The batch of some entries as it was received, without its pieces.
fn received(row: &Row<'_>) -> Result<Option<Batch>, SqlError> {
    use kangji_core::Fen;
    use kangji_redemption::cost::Source;
    if row.opt_bytes(4)?.is_none() {
        return Ok(None);
    }
    let source = Source::of_word(row.text(7)?);
    Ok(Some(Batch {
        id: row.array(4)?,
        expires_on: opt_day(row, 5)?,
        left: 0,
        piece: Fen(row.int(6)?),
        source: source.ok_or_else(|| row.problem(7, "holds no source"))?,
    }))
}
