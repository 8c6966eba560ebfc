//! What is in stock, batch by batch, and the register of every move (库存台账).

use std::collections::{BTreeSet, HashMap};

use kangji_core::{Day, Fen, Moment, ids::OrderId};
use kangji_redemption::{Batch, Movement, Shelf, cost::Source, forecast::LOOK_BACK_DAYS};

use crate::{
    ledger::rows::{natural, opt_day},
    redemption::shelves::shelf_from,
    schema::{BATCHES, SHELVES},
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Store, StoreError},
};

/// Batches of which nothing is left that are listed, the latest.
const EMPTY_LISTED: i64 = 20;

/// A good on the shelf of an institution.
#[derive(Clone, Debug)]
pub struct StockedGood {
    /// The good.
    pub good: String,
    /// The shelf.
    pub shelf: Shelf,
    /// How many pieces were handed over in the last [`LOOK_BACK_DAYS`] days and not brought back.
    pub handed_over: u32,
}

/// A batch as it was received, and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockBatch {
    /// The batch; as it was received where nobody asked what is left.
    pub batch: Batch,
    /// At which institution.
    pub institution: String,
    /// Of which good.
    pub good: String,
    /// Who supplied it.
    pub supplier: String,
    /// The maker's number.
    pub lot: String,
    /// The number of the certificate.
    pub certificate: String,
    /// How many pieces came.
    pub received: u32,
    /// Who received it.
    pub received_by: [u8; 16],
    /// When.
    pub received_at: Moment,
}

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct StockQuery {
    /// Of which institution.
    pub institution: String,
    /// Of this good only.
    pub good: Option<String>,
    /// Of this batch only.
    pub batch: Option<[u8; 16]>,
    /// Those older than this one.
    pub before: Option<[u8; 16]>,
    /// So many at most.
    pub limit: u32,
}

/// A move of stock as it stands in the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockEntry {
    /// Its id.
    pub id: [u8; 16],
    /// The good.
    pub good: String,
    /// The batch.
    pub batch: [u8; 16],
    /// The maker's number of the batch.
    pub lot: String,
    /// What moved it.
    pub movement: Movement,
    /// How many pieces came; below zero, how many went.
    pub pieces: i64,
    /// When.
    pub at: Moment,
    /// Who answers for it.
    pub by: Option<[u8; 16]>,
    /// For which order.
    pub order: Option<OrderId>,
    /// The name of what was ordered.
    pub item: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl Store {
    /// What an institution has, in the order of the goods' names.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn stock(&self, institution: &str, now: Moment) -> Result<Vec<StockedGood>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let mut handed_over = handed_over(&mut connection, institution, now)?;
        let mut found = Vec::new();
        connection.fetch(&SHELVES, 1, &[Value::Text(institution)], Lock::None, |row| {
            let good = row.text(1)?.to_owned();
            let shelf = shelf_from(&row)?;
            let handed_over = handed_over.remove(&good).unwrap_or_default();
            found.push(StockedGood { good, shelf, handed_over });
            Ok(())
        })?;
        connection.rollback();
        Ok(found)
    }

    /// The goods of what an institution hands over by the catalogues in force, in the order of
    /// their names: what it should have in stock.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn goods_on_offer(&self, institution: &str, today: Day) -> Result<Vec<String>, StoreError> {
        let mut connection = self.reader()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let catalogues = self.offers().current(&mut connection, &rulebook)?;
        let mut goods = BTreeSet::new();
        for catalogue in catalogues.in_force(today) {
            let here =
                catalogue.items.iter().filter(|item| catalogue.hands_over(item, institution));
            let contents = here.flat_map(|item| &item.contents);
            goods.extend(contents.filter(|one| one.pieces > 0).map(|one| one.name.clone()));
        }
        Ok(goods.into_iter().collect())
    }

    /// The batches of which something is left, good by good in the order in which they go. Of one
    /// good alone, the latest of those with nothing left follow.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn batches(
        &self,
        institution: &str,
        good: Option<&str>,
    ) -> Result<Vec<StockBatch>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let texts: Vec<Value<'_>> =
            [institution].into_iter().chain(good).map(Value::Text).collect();
        let mut left = Vec::new();
        connection.fetch(&SHELVES, texts.len(), &texts, Lock::None, |row| {
            left.extend(shelf_from(&row)?.batches);
            Ok(())
        })?;
        let ids: Vec<Value<'_>> = left.iter().map(|one| Value::from(&one.id)).collect();
        let mut known = HashMap::new();
        connection.fetch(&BATCHES, 1, &ids, Lock::None, |row| {
            let batch = from_row(&row)?;
            known.insert(batch.batch.id, batch);
            Ok(())
        })?;
        let on_shelf = left
            .iter()
            .filter_map(|one| Some(StockBatch { batch: one.clone(), ..known.remove(&one.id)? }));
        let mut found: Vec<StockBatch> = on_shelf.collect();
        if let Some(good) = good {
            let empty = empty(&mut connection, [institution, good], &left)?;
            found.extend(empty);
        }
        connection.rollback();
        Ok(found)
    }

    /// A batch with what is left of it, if there is one.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn batch(&self, id: [u8; 16]) -> Result<Option<StockBatch>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let mut found = None;
        connection.fetch(&BATCHES, 1, &[Value::from(&id)], Lock::None, |row| {
            found = Some(from_row(&row)?);
            Ok(())
        })?;
        if let Some(StockBatch { batch, institution, good, .. }) = &mut found {
            batch.left = shelf(&mut connection, institution, good)?.left_of(id);
        }
        connection.rollback();
        Ok(found)
    }

    /// Moves of stock, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn stock_entries(&self, query: &StockQuery) -> Result<Vec<StockEntry>, StoreError> {
        let mut values = vec![Value::Text(&query.institution), Value::Int(i64::from(query.limit))];
        let mut conditions = String::new();
        if let Some(good) = &query.good {
            values.push(Value::Text(good));
            conditions += &format!(" AND moved.good = ${}", values.len());
        }
        if let Some(batch) = &query.batch {
            values.push(Value::from(batch));
            conditions += &format!(" AND moved.batch = ${}", values.len());
        }
        if let Some(before) = &query.before {
            values.push(Value::from(before));
            conditions += &format!(" AND moved.id < ${}", values.len());
        }
        let sql = format!("{ENTRY} WHERE moved.institution = $1{conditions} {NEWEST}");
        let mut found = Vec::new();
        self.reader()?.query(&sql, &values, |row| {
            found.push(entry(&row)?);
            Ok(())
        })?;
        Ok(found)
    }
}

const BATCH: &str = "SELECT id, institution, good, supplier, lot, certificate, expires_on, pieces,
    piece_fen, source, received_by, received_at FROM batches";

/// Ids begin with the time.
const ENTRY: &str = "SELECT moved.id, moved.good, moved.batch, batches.lot, moved.kind,
    moved.pieces, moved.entered_at, moved.entered_by, moved.for_order, orders.name, moved.reason
    FROM stock_entries moved JOIN batches ON batches.id = moved.batch
    LEFT JOIN orders ON orders.id = moved.for_order";
const NEWEST: &str = "ORDER BY moved.id DESC LIMIT $2";

/// The latest batches of which nothing is left: a count may find some of them again.
fn empty(
    connection: &mut Connection,
    [institution, good]: [&str; 2],
    left: &[Batch],
) -> Result<Vec<StockBatch>, SqlError> {
    let latest = format!(
        "{BATCH} WHERE institution = $1 AND good = $2 ORDER BY received_at DESC, id LIMIT $3"
    );
    let most = EMPTY_LISTED + i64::try_from(left.len()).unwrap_or_default();
    let values = [Value::Text(institution), Value::Text(good), Value::Int(most)];
    let mut empty = Vec::new();
    connection.query(&latest, &values, |row| {
        let mut one = from_row(&row)?;
        if left.iter().all(|batch| batch.id != one.batch.id) {
            one.batch.left = 0;
            empty.push(one);
        }
        Ok(())
    })?;
    Ok(empty)
}

/// How many pieces of each good were handed over lately and not brought back.
fn handed_over(
    connection: &mut Connection,
    institution: &str,
    now: Moment,
) -> Result<HashMap<String, u32>, SqlError> {
    let since = Moment::start_of(now.day().plus_days(-i64::from(LOOK_BACK_DAYS)));
    let sql = "SELECT good, CAST(SUM(-pieces) AS BIGINT) FROM stock_entries
        WHERE institution = $1 AND entered_at >= $2 AND kind IN ('hand_over', 'return')
        GROUP BY good";
    let mut found = HashMap::new();
    connection.query(sql, &[Value::Text(institution), Value::Int(since.millis())], |row| {
        // What was handed over earlier may have been brought back lately.
        found.insert(row.text(0)?.to_owned(), u32::try_from(row.int(1)?).unwrap_or_default());
        Ok(())
    })?;
    Ok(found)
}

fn shelf(connection: &mut Connection, institution: &str, good: &str) -> Result<Shelf, SqlError> {
    let mut found = Shelf::default();
    let key = [Value::Text(institution), Value::Text(good)];
    connection.fetch(&SHELVES, 2, &key, Lock::None, |row| {
        found = shelf_from(&row)?;
        Ok(())
    })?;
    Ok(found)
}

/// The batch of a row of `BATCHES`, as it was received.
pub(super) fn from_row(row: &Row<'_>) -> Result<StockBatch, SqlError> {
    let source = Source::of_word(row.text(9)?);
    let received = natural(row, 7)?;
    Ok(StockBatch {
        batch: Batch {
            id: row.array(0)?,
            expires_on: opt_day(row, 6)?,
            left: received,
            piece: Fen(row.int(8)?),
            source: source.ok_or_else(|| row.problem(9, "holds no source"))?,
        },
        institution: row.text(1)?.to_owned(),
        good: row.text(2)?.to_owned(),
        supplier: row.text(3)?.to_owned(),
        lot: row.text(4)?.to_owned(),
        certificate: row.text(5)?.to_owned(),
        received,
        received_by: row.array(10)?,
        received_at: Moment::from_millis(row.int(11)?),
    })
}

fn entry(row: &Row<'_>) -> Result<StockEntry, SqlError> {
    let id = |position| row.opt_bytes(position)?.map(|_| row.array(position)).transpose();
    let movement = Movement::of_word(row.text(4)?);
    Ok(StockEntry {
        id: row.array(0)?,
        good: row.text(1)?.to_owned(),
        batch: row.array(2)?,
        lot: row.text(3)?.to_owned(),
        movement: movement.ok_or_else(|| row.problem(4, "holds no movement"))?,
        pieces: row.int(5)?,
        at: Moment::from_millis(row.int(6)?),
        by: id(7)?,
        order: id(8)?.map(OrderId::from_bytes),
        item: row.opt_text(9)?.map(ToOwned::to_owned),
        reason: row.opt_text(10)?.map(ToOwned::to_owned),
    })
}
