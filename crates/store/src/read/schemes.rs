//! The published versions as they were published.

use kangji_core::Day;

use crate::{
    ledger::rows::number,
    schema::SCHEME_VERSIONS,
    sql::{Lock, Value},
    store::{Store, StoreError},
};

impl Store {
    /// The document of a version, by its first day.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn document(&self, scheme: &str, first_day: Day) -> Result<Option<String>, StoreError> {
        let mut found = None;
        let key = [Value::Text(scheme), Value::Int(number(first_day))];
        self.reader()?.fetch(&SCHEME_VERSIONS, 2, &key, Lock::None, |row| {
            found = Some(row.text(2)?.to_owned());
            Ok(())
        })?;
        Ok(found)
    }
}
