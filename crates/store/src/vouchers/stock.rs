//! Numbered stock (P4): vouchers are printed, go to institutions, and are counted by where they
//! stand.

use kangji_core::Moment;
use kangji_redemption::{
    Voucher, VoucherState,
    order::Step,
    voucher::{Serial, VoucherRefusal},
};
use serde::{Deserialize, Serialize};

use super::rows;
use crate::{
    redemption::catalogues::scheme_on,
    schema::VOUCHERS,
    sql::Value,
    store::{Pending, Store, StoreError},
};

/// The most vouchers that are printed at once.
const PRINTED_MAX: u32 = 10_000;

/// Vouchers that were printed together, or went to an institution together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// The first serial.
    pub first: String,
    /// The last serial.
    pub last: String,
    /// How many.
    pub count: u32,
}

/// How many vouchers of an institution stand where, and what they bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherCount {
    /// The institution; `None` for those that went nowhere yet.
    pub institution: Option<String>,
    /// Where they stand.
    pub state: VoucherState,
    /// How many.
    pub count: u64,
    /// The points on them, in the scheme's smallest unit.
    pub points: i64,
}

impl Store {
    /// Numbers the next vouchers of a scheme: at most 10,000, at least one.
    #[must_use = "it may be refused"]
    pub fn print_vouchers(
        &self,
        scheme: &str,
        count: u32,
        by: [u8; 16],
        now: Moment,
    ) -> Pending<Result<Printed, VoucherRefusal>> {
        let (scheme, count) = (scheme.to_owned(), count.clamp(1, PRINTED_MAX));
        let rulebooks = self.rulebooks();
        self.once(move |unit| {
            let rulebook = rulebooks.current(unit.connection)?;
            let found = scheme_on(&rulebook, &scheme, now.day());
            let Some(vouchers) = found.and_then(|scheme| scheme.vouchers.as_ref()) else {
                return Ok(Err(VoucherRefusal::NoVouchers));
            };
            let letters = vouchers.letters.as_str();
            // Somebody who numbers at the same time makes this a conflict.
            let sql = "SELECT MAX(serial) FROM vouchers WHERE serial > $1 AND serial < $2";
            let (above, below) = (format!("{letters}0"), format!("{letters}:"));
            let mut last = 0;
            let bounds = [Value::Text(&above), Value::Text(&below)];
            unit.connection.query(sql, &bounds, |row| {
                let serial = row.opt_text(0)?.and_then(|text| text.get(letters.len()..));
                let number = serial.and_then(|digits| digits.get(..8)?.parse().ok());
                last = number.unwrap_or(last);
                Ok(())
            })?;
            let serials: Option<Vec<Serial>> = (1..=count)
                .map(|number| Serial::numbered(letters, number.checked_add(last)?))
                .collect();
            let Some(serials) = serials else { return Ok(Err(VoucherRefusal::Unknown)) };
            let blank = |serial: &Serial| Voucher {
                serial: serial.clone(),
                scheme: scheme.clone(),
                state: VoucherState::Printed,
                printed: Step { at: now, by: Some(by) },
                institution: None,
                stocked: None,
                issue: None,
                spent: None,
                void: None,
                ended: None,
                reason: None,
                stub: None,
            };
            let printed: Vec<Voucher> = serials.iter().map(blank).collect();
            unit.connection.insert(&VOUCHERS, &rows::rows(&printed))?;
            let name = |serial: Option<&Serial>| serial.map(ToString::to_string);
            Ok(Ok(Printed {
                first: name(serials.first()).unwrap_or_default(),
                last: name(serials.last()).unwrap_or_default(),
                count,
            }))
        })
    }

    /// Gives the next printed vouchers of a scheme to an institution; what was there if there are
    /// fewer, `None` if there are none.
    #[must_use = "there may be none"]
    pub fn stock_vouchers(
        &self,
        scheme: &str,
        institution: &str,
        count: u32,
        by: [u8; 16],
        now: Moment,
    ) -> Pending<Option<Printed>> {
        let (scheme, institution) = (scheme.to_owned(), institution.to_owned());
        let count = count.clamp(1, PRINTED_MAX);
        self.once(move |unit| {
            let next = "SELECT serial FROM vouchers
                WHERE scheme = $1 AND institution IS NULL AND state = 'printed'
                ORDER BY serial LIMIT $2";
            let mut serials: Vec<String> = Vec::new();
            let which = [Value::Text(&scheme), Value::Int(i64::from(count))];
            unit.connection.query(next, &which, |row| {
                serials.push(row.text(0)?.to_owned());
                Ok(())
            })?;
            let (Some(first), Some(last)) = (serials.first(), serials.last()) else {
                return Ok(None);
            };
            let give = "UPDATE vouchers
                SET institution = $3, state = 'stocked', stocked_at = $4, stocked_by = $5
                WHERE scheme = $1 AND institution IS NULL AND state = 'printed'
                    AND serial >= $2 AND serial <= $6";
            let values = [
                Value::Text(&scheme),
                Value::Text(first),
                Value::Text(&institution),
                Value::Int(now.millis()),
                Value::from(&by),
                Value::Text(last),
            ];
            let given = unit.connection.execute(give, &values)?;
            // Another server took some of them meanwhile.
            if given != serials.len() as u64 {
                return Err(StoreError::Changed);
            }
            let (first, last) = (first.clone(), last.clone());
            Ok(Some(Printed { first, last, count: u32::try_from(given).unwrap_or(u32::MAX) }))
        })
    }

    /// How many vouchers of a scheme stand where.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn voucher_counts(&self, scheme: &str) -> Result<Vec<VoucherCount>, StoreError> {
        let mut counts = Vec::new();
        let sql = "SELECT institution, state, COUNT(*), CAST(SUM(COALESCE(points, 0)) AS BIGINT)
            FROM vouchers WHERE scheme = $1
            GROUP BY institution, state ORDER BY institution, state";
        self.reader()?.query(sql, &[Value::Text(scheme)], |row| {
            let state = VoucherState::of_word(row.text(1)?);
            counts.push(VoucherCount {
                institution: row.opt_text(0)?.map(ToOwned::to_owned),
                state: state.ok_or_else(|| row.problem(1, "holds no state"))?,
                count: row.int(2)?.unsigned_abs(),
                points: row.int(3)?,
            });
            Ok(())
        })?;
        Ok(counts)
    }
}
