//! Commands that wait are decided together and answered one by one: an order, a voucher, a
//! deduction. What a command is told is kept under its call's idempotency key, and stands in the
//! audit log, in the transaction that does it.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use kangji_core::{Moment, ids::HolderId};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::oneshot;

use super::{Queue, Waits, wait};
use crate::{
    audit::{self, DONE, Done, Subject},
    call::{self, Call, REPEATED},
    ledger::unit::Unit,
    store::{Pending, Store, StoreError},
};

/// The most commands that are decided together.
const TOGETHER_MAX: usize = 1024;

/// What only one command of a group may name.
#[derive(PartialEq, Eq, Hash)]
pub(crate) enum Mark<'a> {
    /// What it is about.
    Id([u8; 16]),
    /// What it is about, by two names.
    Names(&'a str, &'a str),
    /// A caller's idempotency key.
    Key([u8; 16], &'a str),
}

/// The answer to a command, and about whom it was.
pub(crate) type Outcome<C> = (Answer<C>, Option<HolderId>);

/// A command that can be decided together with others of its kind.
pub(crate) trait Decided: Send + Sized + 'static {
    /// What deciding takes.
    type Tools: Send + Sync + 'static;
    /// What is told of what was done.
    type Told: Serialize + DeserializeOwned + Send + 'static;
    /// Why nothing was done.
    type Not: Serialize + DeserializeOwned + Send + 'static;

    /// The clock; a group is of one day.
    fn now(&self) -> Moment;

    /// What no other command of the group may name.
    fn marks(&self) -> Vec<Mark<'_>>;

    /// Decides commands one after the other and writes what they change.
    fn decide(
        unit: &mut Unit<'_>,
        tools: &Self::Tools,
        commands: &[&Self],
    ) -> Result<Vec<Outcome<Self>>, StoreError>;
}

/// What a command is told.
type Answer<C> = Result<<C as Decided>::Told, <C as Decided>::Not>;

/// A command, and who waits for its answer.
pub(crate) struct Asked<C: Decided> {
    command: C,
    call: Option<Arc<Call>>,
    reply: oneshot::Sender<Result<Answer<C>, StoreError>>,
}

/// Lines a command up; whoever is first sends a turn on its way.
pub(crate) fn ask<C: Decided>(
    store: &Store,
    queue: &Queue<Asked<C>>,
    tools: impl FnOnce() -> C::Tools,
    command: C,
) -> Pending<Answer<C>> {
    let (reply, pending) = Pending::new();
    let one = Asked { command, call: store.call(), reply };
    wait(queue, store.jobs(), tools, one);
    pending
}

impl<C: Decided> Asked<C> {
    fn call(&self) -> Option<&Call> {
        self.call.as_deref()
    }

    fn marks(&self) -> impl Iterator<Item = Mark<'_>> {
        let key = self.call().and_then(Call::place).map(|(caller, key)| Mark::Key(caller, key));
        self.command.marks().into_iter().chain(key)
    }
}

impl<C: Decided> Waits for Asked<C> {
    type Tools = C::Tools;
    type Answer = Answer<C>;

    fn together(waiting: &VecDeque<Self>) -> usize {
        let mut named = HashSet::new();
        let day = waiting.front().map(|first| first.command.now().day());
        let apart = |one: &Self, named: &mut HashSet<_>| {
            Some(one.command.now().day()) != day || one.marks().any(|mark| named.contains(&mark))
        };
        let mut number = 0;
        for one in waiting.iter().take(TOGETHER_MAX) {
            if apart(one, &mut named) {
                break;
            }
            named.extend(one.marks());
            number += 1;
        }
        number
    }

    fn write(
        unit: &mut Unit<'_>,
        tools: &C::Tools,
        taken: &[Self],
    ) -> Result<Vec<Result<Self::Answer, StoreError>>, StoreError> {
        let calls: Vec<Option<&Call>> = taken.iter().map(Self::call).collect();
        let early = call::first_answers(unit.connection, &calls)?;
        let is_new: Vec<bool> = early.iter().map(Option::is_none).collect();
        let new = taken.iter().zip(&is_new).filter_map(|(one, new)| new.then_some(&one.command));
        let new: Vec<&C> = new.collect();
        let decided = if new.is_empty() { Vec::new() } else { C::decide(unit, tools, &new)? };
        let mut decided = decided.into_iter();
        let mut answers = Vec::with_capacity(taken.len());
        let (mut first, mut lines, mut people) = (Vec::new(), Vec::new(), Vec::new());
        for early in early {
            let (answer, person) = match early {
                Some(early) => (early, None),
                None => {
                    let (answer, person) = decided.next().ok_or(StoreError::Closed)?;
                    (Ok(answer), person)
                }
            };
            answers.push(answer);
            people.push(person);
        }
        for (((one, answer), person), is_new) in taken.iter().zip(&answers).zip(people).zip(is_new)
        {
            let (Some(call), Ok(answer)) = (one.call(), answer) else { continue };
            let result = if answer.is_ok() { DONE } else { "refused" };
            let subject = person.map_or(Subject::None, Subject::Resident);
            let done = if is_new { Done { subject, result } } else { REPEATED };
            lines.extend(call.lines(vec![done]));
            first.extend(is_new.then_some((call, answer)));
        }
        call::keep(unit.connection, &first)?;
        if !lines.is_empty() {
            audit::append(unit.connection, lines)?;
        }
        Ok(answers)
    }

    fn answer(self, answer: Result<Self::Answer, StoreError>) {
        let _ = self.reply.send(answer);
    }
}
