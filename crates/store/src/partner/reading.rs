//! The deductions of a shop: day by day, one by one, and what they come to.

use kangji_core::{Day, Decimals, Fen, Points, ids::DeductionId};
use kangji_redemption::{Deduction, partner::DeductionState};

use super::deductions;
use crate::{
    ledger::rows::number,
    redemption::catalogues::scheme_on,
    sql::{Lock, Value},
    store::{Store, StoreError},
};

/// Which deductions.
#[derive(Clone, Debug)]
pub struct DeductionQuery {
    /// The shop.
    pub shop: String,
    /// The day.
    pub day: Day,
    /// Only those before this one.
    pub after: Option<DeductionId>,
    /// At most so many.
    pub limit: u16,
}

/// What one cashier deducted on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayTotal {
    /// The cashier, if somebody is known.
    pub by: Option<[u8; 16]>,
    /// How many hold.
    pub count: u64,
    /// The points of those, vouchers included.
    pub points: Points,
    /// What they took off bills.
    pub off: Fen,
    /// How many were called off, which count nowhere else.
    pub cancelled: u64,
}

impl Store {
    /// The deductions of a shop on a day, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn deductions(&self, query: &DeductionQuery) -> Result<Vec<Deduction>, StoreError> {
        let mut values = vec![Value::Text(&query.shop), Value::Int(number(query.day))];
        let mut before = "";
        if let Some(after) = &query.after {
            values.push(Value::from(after.bytes()));
            before = "AND id < $3";
        }
        let limit = query.limit;
        let rest = format!("shop = $1 AND day = $2 {before} ORDER BY id DESC LIMIT {limit}");
        Ok(deductions::select(&mut *self.reader()?, &rest, &values)?)
    }

    /// A deduction.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn deduction(&self, id: DeductionId) -> Result<Option<Deduction>, StoreError> {
        let mut connection = self.reader()?;
        let receipts = deductions::receipts_of(&mut connection, &[id])?;
        Ok(deductions::read(&mut connection, &receipts, Lock::None)?.pop())
    }

    /// The decimal places of a scheme's points, as of a day; none where there is no such scheme.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn decimals(&self, scheme: &str, day: Day) -> Result<Decimals, StoreError> {
        let rulebook = self.rulebook()(&mut *self.reader()?)?;
        Ok(scheme_on(&rulebook, scheme, day).map(|scheme| scheme.decimals).unwrap_or_default())
    }

    /// The deduction under a shop's receipt.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn deduction_of(&self, shop: &str, receipt: &str) -> Result<Option<Deduction>, StoreError> {
        let key = [(shop.to_owned(), receipt.to_owned())];
        Ok(deductions::read(&mut *self.reader()?, &key, Lock::None)?.pop())
    }

    /// What the cashiers of a shop deducted on a day.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn deduction_totals(&self, shop: &str, day: Day) -> Result<Vec<DayTotal>, StoreError> {
        let sql = "SELECT made_by, state, COUNT(*), CAST(SUM(points) AS BIGINT),
                CAST(SUM(off_fen) AS BIGINT)
            FROM deductions WHERE shop = $1 AND day = $2
            GROUP BY made_by, state ORDER BY made_by, state";
        let values = [Value::Text(shop), Value::Int(number(day))];
        let mut totals: Vec<DayTotal> = Vec::new();
        self.reader()?.query(sql, &values, |row| {
            let by = row.opt_bytes(0)?.map(|_| row.array(0)).transpose()?;
            if totals.last().is_none_or(|total| total.by != by) {
                totals.push(DayTotal { by, ..DayTotal::default() });
            }
            let Some(total) = totals.last_mut() else { return Ok(()) };
            let count = row.int(2)?.unsigned_abs();
            if row.text(1)? == DeductionState::Made.word() {
                (total.count, total.points) = (count, Points(row.int(3)?));
                total.off = Fen(row.int(4)?);
            } else {
                total.cancelled = count;
            }
            Ok(())
        })?;
        Ok(totals)
    }
}
