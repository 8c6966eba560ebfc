//! What waits takes turns in groups: one transaction for all that came by the time it begins. One
//! that spoils it for its group is found by halving, and it alone is refused.

pub(crate) mod asked;

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::mpsc;

use crate::{
    ledger::unit::Unit,
    store::StoreError,
    writer::{Job, Work, concerns_content},
};

/// Something that waits to be written with others of its kind.
pub(crate) trait Waits: Send + Sized + 'static {
    /// What writing takes.
    type Tools: Send + Sync + 'static;
    /// The answer of one.
    type Answer: Send;

    /// How many of those in front may be written together; at least one.
    fn together(waiting: &VecDeque<Self>) -> usize;

    /// Writes them in the open transaction: the answer to each. An error is none of theirs alone.
    fn write(
        unit: &mut Unit<'_>,
        tools: &Self::Tools,
        taken: &[Self],
    ) -> Result<Vec<Result<Self::Answer, StoreError>>, StoreError>;

    /// Tells whoever waits; nobody may.
    fn answer(self, answer: Result<Self::Answer, StoreError>);
}

/// What nobody has taken yet, in the order in which it came. While something is there, a turn is on
/// its way to take it.
pub(crate) type Queue<W> = Arc<Mutex<VecDeque<W>>>;

/// Lines up; whoever is first sends a turn on its way.
pub(crate) fn wait<W: Waits>(
    queue: &Queue<W>,
    jobs: Option<&mpsc::UnboundedSender<Job>>,
    tools: impl FnOnce() -> W::Tools,
    one: W,
) {
    let mut waiting = queue.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.push_back(one);
    let is_first = waiting.len() == 1;
    drop(waiting);
    if is_first && let Some(jobs) = jobs {
        let (queue, jobs, tools) = (Arc::clone(queue), jobs.clone(), Arc::new(tools()));
        Turn { queue, tools, jobs, due: true, taken: Vec::new(), answers: Vec::new() }.send();
    }
}

/// A group's turn.
struct Turn<W: Waits> {
    queue: Queue<W>,
    tools: Arc<W::Tools>,
    jobs: mpsc::UnboundedSender<Job>,
    /// Whether it is still to take what waits.
    due: bool,
    taken: Vec<W>,
    answers: Vec<Result<W::Answer, StoreError>>,
}

impl<W: Waits> Drop for Turn<W> {
    /// Without its turn whoever waits learns that the store is closed.
    fn drop(&mut self) {
        if self.due {
            self.queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

impl<W: Waits> Turn<W> {
    fn take(&mut self) {
        let mut waiting = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let number = W::together(&waiting);
        self.taken = waiting.drain(..number).collect();
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
    fn another(&self, taken: Vec<W>) -> Self {
        let (queue, tools, jobs) =
            (Arc::clone(&self.queue), Arc::clone(&self.tools), self.jobs.clone());
        Self { queue, tools, jobs, due: false, taken, answers: Vec::new() }
    }

    fn send(self) {
        let jobs = self.jobs.clone();
        // Without the thread it is dropped.
        let _ = jobs.send(Job::Work(Box::new(self)));
    }
}

impl<W: Waits> Work for Turn<W> {
    fn run(&mut self, unit: &mut Unit<'_>) -> Result<(), StoreError> {
        // Those that it took again, where the transaction is repeated.
        if self.due {
            self.take();
        }
        self.answers = W::write(unit, &self.tools, &self.taken)?;
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
