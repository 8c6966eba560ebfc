//! Records that wait to be written take turns in groups.

#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};

use super::{
    recording::{self, Manner, Recording, WrittenServices},
    services::CheckedService,
};
use crate::{
    ledger::unit::Unit,
    store::{Pending, Rulebooks, Store, StoreError},
    turn::{self, Waits},
};

/// The most records that are written together; a recording of more is written by itself.
const TOGETHER_MAX: usize = 256;

impl Store {
    /// Writes records and posts what they change, in one transaction, perhaps together with others
    /// that wait at the same time.
    ///
    /// The answer is [`StoreError::Changed`] where somebody wrote one of them after the check.
    #[must_use = "nothing is written without an answer"]
    pub fn record_services(
        &self,
        services: Vec<CheckedService>,
        manner: Manner,
    ) -> Pending<WrittenServices> {
        let (reply, pending) = Pending::new();
        let recording = Recording { services, manner, call: self.call(), reply };
        turn::wait(self.recordings(), self.jobs(), || self.rulebooks(), recording);
        pending
    }
}

impl Waits for Recording {
    type Tools = Rulebooks;
    type Answer = WrittenServices;

    /// The first recordings that may be written together: for the same day, naming nothing in
    /// common. One with a reason, or whose sender wants to hear which points changed, is written
    /// by itself.
    fn together(waiting: &VecDeque<Self>) -> usize {
        let mut named = HashSet::new();
        let (mut number, mut records) = (0, 0);
        let day = waiting.front().map(|first| first.manner.now.day());
        for recording in waiting {
            let Manner { now, reason, changes } = &recording.manner;
            let apart = reason.is_some() || *changes || Some(now.day()) != day;
            let marks = recording.marks();
            records += recording.services.len();
            if number > 0 && (apart || records > TOGETHER_MAX || !named.is_disjoint(&marks)) {
                break;
            }
            number += 1;
            if apart {
                break;
            }
            named.extend(marks);
        }
        number
    }

    fn write(
        unit: &mut Unit<'_>,
        rulebooks: &Rulebooks,
        taken: &[Self],
    ) -> Result<Vec<Result<WrittenServices, StoreError>>, StoreError> {
        recording::write(unit, rulebooks, taken)
    }

    fn answer(self, answer: Result<WrittenServices, StoreError>) {
        let _ = self.reply.send(answer);
    }
}
