//! What work in progress has at hand: what was asked, its files, and how it tells how far it is.

use std::time::{Duration, Instant};

use kangji_core::ids::{OfficerId, TaskId, TraceId};
use kangji_rights::Permit;
use kangji_store::{Actor, Call, Deed, Progress, Store, StoreError, Task, TaskFile};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::{
    app::App,
    problem::{Code, Problem},
    staff_seal,
};

/// The most bytes of a part of a file.
const PART_MAX: usize = 1 << 20;

/// How often the database hears how far the work is.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Why work does not go on.
#[derive(Debug)]
pub(crate) enum Halt {
    /// Somebody asked it to stop, or another server has it.
    Stopped,
    /// This server ends; another one goes on.
    Leaving,
    /// It cannot go on.
    Problem(Problem),
}

impl<P: Into<Problem>> From<P> for Halt {
    fn from(problem: P) -> Self {
        Self::Problem(problem.into())
    }
}

/// Work in progress.
pub(crate) struct Running<'a> {
    app: &'a App,
    task: Task,
    runner: [u8; 16],
    leaving: &'a dyn Fn() -> bool,
    output: Vec<TaskFile>,
    told: Option<Instant>,
}

impl<'a> Running<'a> {
    pub(super) fn new(
        app: &'a App,
        task: Task,
        runner: [u8; 16],
        leaving: &'a dyn Fn() -> bool,
    ) -> Self {
        Self { app, task, runner, leaving, output: Vec::new(), told: None }
    }

    pub(crate) const fn app(&self) -> &'a App {
        self.app
    }

    /// Who asked.
    pub(crate) const fn asked_by(&self) -> OfficerId {
        self.task.asked_by
    }

    /// What exactly was asked.
    pub(crate) fn input<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_str(&self.task.input).map_err(|_| Code::Internal.into())
    }

    /// Where to go on.
    pub(crate) const fn progress(&self) -> &Progress {
        &self.task.progress
    }

    /// What whoever asked may do now: a right that was taken away ends the work.
    pub(crate) fn permit(&self) -> Result<Permit, Problem> {
        let store = self.app.store();
        let user = store.user(self.task.asked_by)?;
        user.filter(|user| user.disabled_at.is_none()).ok_or(Code::Forbidden)?;
        let grants = store.grants(self.task.asked_by)?;
        Permit::of(self.task.action, &grants, self.app.roles()).ok_or(Code::Forbidden.into())
    }

    /// The store, on behalf of whoever asked: what is done stands in the audit log as theirs.
    pub(crate) fn store(&self) -> Store {
        let deed = Deed {
            actor: Actor::Staff(self.task.asked_by),
            action: self.task.action.code().to_owned(),
            origin: "task".to_owned(),
            trace: TraceId::from_bytes(*self.task.id.bytes()),
        };
        self.app.store().on_behalf(Call { deed, now: self.app.now(), key: None })
    }

    /// A file that the task reads, or gave before it was stopped.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Problem> {
        opened(self.app, &self.task, name)
    }

    /// Gives a file: it is kept with the next word of how far the work is.
    pub(crate) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        self.output.extend(sealed(self.app, &self.task, name, bytes)?);
        Ok(())
    }

    /// Tells how far the work is, as often as somebody could want to see it. What was done up to
    /// `progress.place` has to be done for good.
    pub(crate) fn tell(&mut self, progress: Progress) -> Result<(), Halt> {
        self.task.progress = progress;
        if self.told.is_some_and(|told| told.elapsed() < TELL_EVERY) {
            return Ok(());
        }
        self.tell_now()
    }

    /// Tells it at once.
    pub(crate) fn tell_now(&mut self) -> Result<(), Halt> {
        let (task, output) = ((self.task.id, self.runner), std::mem::take(&mut self.output));
        let progress = self.task.progress.clone();
        let store = self.app.store();
        let on = store.report_task(task, progress, output, self.app.now()).wait();
        self.told = Some(Instant::now());
        match on.map_err(Problem::from)? {
            false => Err(Halt::Stopped),
            true if (self.leaving)() => Err(Halt::Leaving),
            true => Ok(()),
        }
    }
}

/// A file as the database keeps it.
pub(super) fn sealed(
    app: &App,
    task: &Task,
    name: &str,
    bytes: &[u8],
) -> Result<Vec<TaskFile>, Problem> {
    let parts = if bytes.is_empty() { vec![bytes] } else { bytes.chunks(PART_MAX).collect() };
    let part = |(part, bytes): (u32, &[u8])| {
        let field = field_of(task.id, name, part);
        let bytes = staff_seal::seal(app, task.asked_by, &field, bytes, app.now())?;
        Ok(TaskFile { name: name.to_owned(), part, bytes })
    };
    (0..).zip(parts).map(part).collect()
}

/// The bytes of a file, if it is there.
pub(crate) fn opened(
    app: &App,
    task: &Task,
    name: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, Problem> {
    let mut all = None;
    for part in 0.. {
        let read: Result<_, StoreError> = app.store().task_file(task.id, name, part);
        let Some(sealed) = read? else { break };
        let field = field_of(task.id, name, part);
        let bytes = staff_seal::open(app, task.asked_by, &field, &sealed)?;
        all.get_or_insert_with(|| Zeroizing::new(Vec::new())).extend_from_slice(&bytes);
    }
    Ok(all)
}

/// What a part is sealed as, so that none is taken for another.
fn field_of(task: TaskId, name: &str, part: u32) -> String {
    format!("task {task} {name} {part}")
}
