//! Figures of communities.

use kangji_core::DivisionPrefix;

use crate::{
    ledger::rows::natural,
    sql::Value,
    store::{Store, StoreError},
};

/// A figure of a community and year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricRow {
    /// The division code.
    pub community: String,
    /// The year.
    pub year: u32,
    /// The figure's name.
    pub name: String,
    /// The figure.
    pub value: String,
}

impl Store {
    /// The figures of an area and year, communities in order.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn metrics_in(
        &self,
        area: DivisionPrefix,
        year: u32,
    ) -> Result<Vec<MetricRow>, StoreError> {
        let mut rows = Vec::new();
        let sql = "SELECT community, year, name, value FROM metrics
            WHERE community >= $1 AND community < $2 AND year = $3 ORDER BY community, name";
        let (low, high) = area.texts();
        let values = [Value::Text(&low), Value::Text(&high), Value::Int(i64::from(year))];
        self.reader()?.query(sql, &values, |row| {
            rows.push(MetricRow {
                community: row.text(0)?.to_owned(),
                year: natural(&row, 1)?,
                name: row.text(2)?.to_owned(),
                value: row.text(3)?.to_owned(),
            });
            Ok(())
        })?;
        Ok(rows)
    }
}
