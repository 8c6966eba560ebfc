//! Who looks after whom.

use kangji_core::{Day, ids::HolderId};

use crate::{
    facts::{holders, residents::GUARDIAN},
    ledger::rows::number,
    sql::{Connection, SqlError, Value},
    store::{Store, StoreError},
};

impl Store {
    /// The residents under 14 whose registered guardian somebody is on a day (P15): from then on
    /// they act for themselves (PIPL, article 31).
    ///
    /// # Errors
    /// Where the database fails.
    pub fn wards(&self, guardian: HolderId, day: Day) -> Result<Vec<HolderId>, StoreError> {
        Ok(wards(&mut *self.reader()?, guardian, day)?)
    }
}

/// [`Store::wards`] on a connection.
pub(crate) fn wards(
    connection: &mut Connection,
    guardian: HolderId,
    day: Day,
) -> Result<Vec<HolderId>, SqlError> {
    let codes = holders::codes(connection, &[guardian])?;
    let Some(code) = codes.get(&guardian) else { return Ok(Vec::new()) };
    let mut wards = Vec::new();
    let sql = "SELECT standings.resident FROM standings
        JOIN residents ON residents.id = standings.resident
        WHERE kind = $1 AND value = $2 AND first_day <= $3 AND last_day >= $3
        AND birth_day > $4 ORDER BY standings.resident";
    // Days are numbers such as 20260921, so that 14 years are a difference.
    let grown = number(day) - 140_000;
    let values =
        [Value::Int(GUARDIAN), Value::Text(code), Value::Int(number(day)), Value::Int(grown)];
    connection.query(sql, &values, |row| {
        wards.push(HolderId::from_bytes(row.array(0)?));
        Ok(())
    })?;
    Ok(wards)
}
