//! Records that wait to be written take turns in groups. A recording that spoils it for its group
//! is found by halving, and it alone is refused.

#[cfg(test)]
mod tests;

use std::{
    collections::{HashSet, VecDeque},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::mpsc;

use super::{
    recording::{self, Manner, Recording, Written, WrittenServices},
    rulebook::Rulebook,
    services::CheckedService,
};
use crate::{
    ledger::unit::Unit,
    sql::{Connection, SqlError},
    store::{Pending, Store, StoreError},
    writer::{Job, Work, concerns_content},
};

/// The most records that are written together; a recording of more is written by itself.
const TOGETHER_MAX: usize = 256;

/// What nobody has taken yet, in the order in which it came. While something is there, a turn is on
/// its way to take it.
pub(crate) type Recordings = Arc<Mutex<VecDeque<Recording>>>;

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
        let mut waiting = self.recordings().lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_back(recording);
        let is_first = waiting.len() == 1;
        drop(waiting);
        if is_first && let Some(jobs) = self.jobs() {
            let (waiting, jobs) = (Arc::clone(self.recordings()), jobs.clone());
            let (rulebook, taken, answers) = (self.rulebook(), Vec::new(), Vec::new());
            Turn { waiting, rulebook, jobs, due: true, taken, answers }.send();
        }
        pending
    }
}

/// The first recordings that may be written together: for the same day, naming nothing in common.
/// One with a reason, or whose sender wants to hear which points changed, is written by itself.
fn take(waiting: &mut VecDeque<Recording>) -> Vec<Recording> {
    let mut named = HashSet::new();
    let (mut number, mut records) = (0, 0);
    let day = waiting.front().map(|first| first.manner.now.day());
    for recording in waiting.iter() {
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
    drop(named);
    waiting.drain(..number).collect()
}

/// A group's turn.
struct Turn<R> {
    waiting: Recordings,
    rulebook: R,
    jobs: mpsc::UnboundedSender<Job>,
    /// Whether it is still to take what waits.
    due: bool,
    taken: Vec<Recording>,
    answers: Vec<Written>,
}

impl<R> Drop for Turn<R> {
    /// Without its turn whoever waits learns that the store is closed.
    fn drop(&mut self) {
        if self.due {
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

impl<R> Turn<R>
where
    R: Fn(&mut Connection) -> Result<Arc<Rulebook>, SqlError> + Clone + Send + 'static,
{
    fn take(&mut self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.taken = take(&mut waiting);
        self.due = false;
        let more = !waiting.is_empty();
        drop(waiting);
        if more {
            let mut next = self.another(Vec::new());
            next.due = true;
            next.send();
        }
    }

    /// A turn for some of those that were taken.
    fn another(&self, taken: Vec<Recording>) -> Self {
        let (waiting, rulebook) = (Arc::clone(&self.waiting), self.rulebook.clone());
        let jobs = self.jobs.clone();
        Self { waiting, rulebook, jobs, due: false, taken, answers: Vec::new() }
    }

    fn send(self) {
        let jobs = self.jobs.clone();
        // Without the thread it is dropped.
        let _ = jobs.send(Job::Work(Box::new(self)));
    }
}

impl<R> Work for Turn<R>
where
    R: Fn(&mut Connection) -> Result<Arc<Rulebook>, SqlError> + Clone + Send + 'static,
{
    fn run(&mut self, unit: &mut Unit<'_>) -> Result<(), StoreError> {
        // Those that it took again, where the transaction is repeated.
        if self.due {
            self.take();
        }
        self.answers = recording::write(unit, &self.rulebook, &self.taken)?;
        Ok(())
    }

    fn done(mut self: Box<Self>, result: Result<(), StoreError>) {
        let mut taken = mem::take(&mut self.taken);
        match result {
            Err(error) if taken.len() > 1 && concerns_content(&error) => {
                let rest = taken.split_off(taken.len() / 2);
                self.another(taken).send();
                self.another(rest).send();
            }
            Err(error) => taken.into_iter().for_each(|one| one.answer(Err(error.clone()))),
            Ok(()) => {
                let answers = mem::take(&mut self.answers);
                taken.into_iter().zip(answers).for_each(|(one, answer)| one.answer(answer));
            }
        }
    }
}
