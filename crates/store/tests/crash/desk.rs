//! Serves a store: takes lines and hands out the answers as they come.

use std::{sync::mpsc, thread};

use kangji_store::{Answer, Pending, Store};

use crate::ask::{Ask, told};

/// A store that is asked by lines. When it goes, everything that waits is answered first.
pub(crate) struct Desk {
    store: Option<Store>,
    waiting: Option<mpsc::Sender<(usize, Pending<Answer>)>>,
    teller: Option<thread::JoinHandle<()>>,
}

impl Desk {
    /// Serves `store`; `out` gets a line for each answer, the client's number in front.
    pub(crate) fn new(store: Store, mut out: impl FnMut(String) + Send + 'static) -> Self {
        let (waiting, answers) = mpsc::channel::<(usize, Pending<Answer>)>();
        let teller = thread::spawn(move || {
            // The store answers in the order in which it is asked, so that nobody waits for
            // somebody else's answer.
            for (client, pending) in answers {
                out(format!("{client} {}", told(pending.wait())));
            }
        });
        Self { store: Some(store), waiting: Some(waiting), teller: Some(teller) }
    }

    /// Takes a line.
    pub(crate) fn take(&self, line: &str) {
        let (client, now, ask) = Ask::parse(line).expect("a line of the protocol");
        if let (Some(store), Some(waiting)) = (&self.store, &self.waiting) {
            let pending = store.execute(ask.command(), now);
            waiting.send((client, pending)).expect("the teller ends after this");
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.store = None;
        self.waiting = None;
        if let Some(teller) = self.teller.take() {
            let _ = teller.join();
        }
    }
}
