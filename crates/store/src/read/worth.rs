//! What a record is worth under every award that looks at it, and why, scored anew from the facts.

use std::collections::{HashMap, HashSet};

use kangji_core::{Moment, ids::RecordId};
use kangji_rules::explain::Viewer;

use super::{Reading, accounts::may_know, candidates::scored, records::within};
use crate::{
    post::{
        difference::Difference,
        settle::Posting,
        told::{OutcomeTold, Telling},
    },
    store::{Store, StoreError},
};

impl Store {
    /// What became of a record, as whoever wrote it was told; `None` where the permit does not
    /// reach it. `now` is the clock.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn worth(
        &self,
        id: RecordId,
        reading: Reading<'_>,
        now: Moment,
    ) -> Result<Option<Vec<OutcomeTold>>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let found = within(&mut connection, id, reading.permit, reading.today)?.pop();
        let Some(record) = found else { return Ok(None) };
        let full = may_know(&mut connection, reading.care, record.resident, reading.today)?;
        let viewer = if full { Viewer::Staff } else { Viewer::Public };
        let viewers = HashMap::from([(record.resident, viewer)]);
        let mut telling = Telling::new(&rulebook.words, now, viewers, HashSet::from([id]), false);
        for program in &rulebook.programs {
            let resident = record.resident;
            let scored = scored(&mut connection, &rulebook, program, resident, reading.today)?;
            telling.hear(&Posting { program, scored: &scored, difference: &Difference::default() });
        }
        connection.rollback();
        Ok(Some(telling.effects().records.remove(&id.to_string()).unwrap_or_default()))
    }
}
