//! The thread of a server that does long work, one task at a time.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use kangji_store::{Store, StoreError, Task, TaskState, new_id};

use super::{
    kinds::Kind,
    running::{Halt, Running},
};
use crate::{app::App, problem::Problem};

/// How often a server looks for work that another one was asked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// For how long what ended is kept, in milliseconds: 30 days.
const KEPT_MILLIS: i64 = 30 * 86_400_000;

/// Tells a server's own thread that there may be work.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    heard: Condvar,
}

impl Bell {
    /// There may be work.
    pub(crate) fn nudge(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.heard.notify_all();
    }

    /// Until there may be work, or some time is over.
    fn wait(&self) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.heard.wait_timeout_while(rung, LOOK_EVERY, |rung| !*rung);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

/// Does all work that waits, and gives how many tasks it was at.
///
/// # Errors
/// Where the database fails.
pub fn attend_all(app: &App) -> Result<usize, StoreError> {
    let mut count = 0;
    while attend(app, &|| false)? {
        count += 1;
    }
    Ok(count)
}

/// Does the work that has waited longest; `false` where none waits.
fn attend(app: &App, leaving: &dyn Fn() -> bool) -> Result<bool, StoreError> {
    let runner = new_id(app.now());
    let Some(task) = app.store().take_task(runner, app.now()).wait()? else { return Ok(false) };
    let id = task.id;
    let (state, message) = done(app, task, runner, leaving);
    app.store().end_task((id, runner), state, message, app.now()).wait()?;
    Ok(true)
}

/// Does a task as far as it goes.
fn done(
    app: &App,
    task: Task,
    runner: [u8; 16],
    leaving: &dyn Fn() -> bool,
) -> (TaskState, String) {
    let Some(kind) = Kind::of_word(&task.kind) else {
        return (TaskState::Failed, "这个程序不认识这种任务，请升级后继续".to_owned());
    };
    let id = task.id;
    let mut running = Running::new(app, task, runner, leaving);
    let run = catch_unwind(AssertUnwindSafe(|| {
        let message = kind.run(&mut running)?;
        running.tell_now()?;
        Ok(message)
    }));
    match run {
        Ok(Ok(message)) => (TaskState::Done, message),
        Ok(Err(Halt::Stopped)) => (TaskState::Stopped, String::new()),
        Ok(Err(Halt::Leaving)) => (TaskState::Waiting, String::new()),
        Ok(Err(Halt::Problem(problem))) => {
            tracing::warn!(task = %id, code = problem.code.word(), "a task failed");
            (TaskState::Failed, said(&problem))
        }
        Err(_) => {
            tracing::error!(task = %id, "a task failed inside the program");
            (TaskState::Failed, format!("系统内部错误，请把任务编号告诉管理员：{id}"))
        }
    }
}

/// A problem in one sentence.
fn said(problem: &Problem) -> String {
    let what = problem.detail.as_deref().unwrap_or_else(|| problem.code.title());
    format!("{what}；{}", problem.code.remedy())
}

/// The thread, until it is stopped.
pub(crate) struct Attending {
    app: App,
    leaving: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Attending {
    /// Starts it.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(crate) fn start(app: &App) -> std::io::Result<Self> {
        let leaving = Arc::new(AtomicBool::new(false));
        let (own, told) = (app.clone(), Arc::clone(&leaving));
        let thread = thread::Builder::new().name("kangji-tasks".to_owned());
        let thread = thread.spawn(move || attend_until(&own, &told))?;
        Ok(Self { app: app.clone(), leaving, thread })
    }

    /// Has the work under way given back, and stops.
    pub(crate) fn stop(self) {
        self.leaving.store(true, Ordering::Relaxed);
        self.app.tasks().nudge();
        // If it panicked, that stands in the log.
        let _ = self.thread.join();
    }
}

fn attend_until(app: &App, leaving: &AtomicBool) {
    let leaves = || leaving.load(Ordering::Relaxed);
    while !leaves() {
        match attend(app, &leaves) {
            Ok(true) => {}
            Ok(false) => app.tasks().wait(),
            Err(error) => {
                tracing::error!(%error, "no work can be looked for");
                app.tasks().wait();
            }
        }
    }
}

/// Removes what ended long ago.
pub(crate) fn sweep(store: &Store, now: kangji_core::Moment) -> Result<(), StoreError> {
    store.sweep_tasks(now.plus_millis(-KEPT_MILLIS)).wait()
}
