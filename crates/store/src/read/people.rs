//! Who looks after whom.

use kangji_core::{Day, ids::HolderId};

use crate::{
    facts::{holders, residents::GUARDIAN},
    ledger::rows::number,
    sql::Value,
    store::{Store, StoreError},
};

impl Store {
    /// The residents whose registered guardian somebody is on a day (P15).
    ///
    /// # Errors
    /// Where the database fails.
    pub fn wards(&self, guardian: HolderId, day: Day) -> Result<Vec<HolderId>, StoreError> {
        let mut reader = self.reader()?;
        let codes = holders::codes(&mut reader, &[guardian])?;
        let Some(code) = codes.get(&guardian) else { return Ok(Vec::new()) };
        let mut wards = Vec::new();
        let sql = "SELECT resident FROM standings WHERE kind = $1 AND value = $2
            AND first_day <= $3 AND last_day >= $3 ORDER BY resident";
        let values = [Value::Int(GUARDIAN), Value::Text(code), Value::Int(number(day))];
        reader.query(sql, &values, |row| {
            wards.push(HolderId::from_bytes(row.array(0)?));
            Ok(())
        })?;
        Ok(wards)
    }
}
