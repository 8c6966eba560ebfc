//! Lines about what changes nothing: a reading, a refusal, a failed sign-in. Whatever waits is
//! appended in one transaction.

use std::sync::{Arc, Mutex, PoisonError};

use kangji_core::Moment;
use tokio::sync::oneshot;

use super::{Deed, Line, Subject, append};
use crate::{
    ledger::unit::Unit,
    store::{Pending, Store, StoreError},
    writer::Work,
};

/// Lines that nobody took along yet.
pub(crate) type Unlogged = Arc<Mutex<Vec<Waiting>>>;

/// A line and who waits for it.
pub(crate) struct Waiting {
    line: Line,
    reply: oneshot::Sender<Result<(), StoreError>>,
}

impl Store {
    /// Appends a line to the audit log about something that changes nothing. It is durable once
    /// the answer is there; whoever does not wait loses it only if the process is killed within
    /// some milliseconds.
    pub fn log(&self, deed: Deed, subject: Subject, result: &str, now: Moment) -> Pending<()> {
        let (reply, pending) = Pending::new();
        let line = Waiting { line: Line::new(&deed, subject, result, now), reply };
        let mut lines = self.unlogged().lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line);
        // Somebody else's work takes the line along if it waits already.
        if lines.len() == 1 {
            let waiting = Arc::clone(self.unlogged());
            self.send_work(Box::new(Append { waiting, lines: Vec::new() }));
        }
        pending
    }

    /// How many lines wait that nobody took along yet.
    #[must_use]
    pub fn lines_waiting(&self) -> usize {
        self.unlogged().lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Appends what waits.
struct Append {
    waiting: Unlogged,
    lines: Vec<Waiting>,
}

impl Work for Append {
    fn run(&mut self, unit: &mut Unit<'_>) -> Result<(), StoreError> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.lines.append(&mut waiting);
        drop(waiting);
        if self.lines.is_empty() {
            return Ok(());
        }
        let lines = self.lines.iter().map(|waiting| waiting.line.clone()).collect();
        Ok(append(unit.connection, lines)?)
    }

    fn done(self: Box<Self>, result: Result<(), StoreError>) {
        for line in self.lines {
            // Whoever no longer waits does not need to know.
            let _ = line.reply.send(result.clone());
        }
    }
}
