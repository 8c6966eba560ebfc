//! What facts were before they were corrected.

use kangji_core::{Moment, ids::ReasonId};

use super::holders::new_id;
use crate::{
    schema::SUPERSEDED,
    sql::{Connection, SqlError, Value},
};

/// Rows that were replaced.
pub(super) struct Superseded {
    fact: &'static str,
    rows: Vec<([u8; 16], String, String)>,
}

impl Superseded {
    pub(super) fn new(fact: &'static str) -> Self {
        Self { fact, rows: Vec::new() }
    }

    /// Keeps what stood under `subject` before.
    pub(super) fn keep(&mut self, subject: &str, content: String, now: Moment) {
        self.rows.push((new_id(now), subject.to_owned(), content));
    }

    pub(super) fn write(
        &self,
        connection: &mut Connection,
        now: Moment,
        reason: Option<ReasonId>,
    ) -> Result<(), SqlError> {
        let mut values = Vec::with_capacity(self.rows.len() * SUPERSEDED.columns.len());
        for (id, subject, content) in &self.rows {
            values.extend([
                Value::Text(self.fact),
                Value::Text(subject),
                Value::Int(now.millis()),
                Value::from(id),
                Value::Text(content),
                reason.as_ref().map(ReasonId::bytes).into(),
            ]);
        }
        connection.insert(&SUPERSEDED, &values)
    }
}
