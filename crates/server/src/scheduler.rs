//! What has to happen by itself: a thread that looks every few seconds, on one of the servers of a
//! database. Which one is told by a lease; that two do it at once costs work and harms nothing,
//! since the accounts decide what is left to do.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use kangji_core::Moment;
use kangji_ledger::key::Signer;
use kangji_store::{
    Lease, StoreError,
    jobs::{ExpiryTerms, Job, JobError, JobRun, run_jobs},
    new_id,
    outside::{self, KeepError},
};

use crate::{app::App, tasks::attend};

/// The least time of a lease, in milliseconds: longer than a commit may wait for its database.
const LEASE_MILLIS_MIN: i64 = 60_000;

/// Between two removals of what is over, in milliseconds.
const SWEEP_MILLIS: i64 = 3_600_000;

/// Why a turn was not finished. What was done is done; the next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A job fails.
    #[error(transparent)]
    Job(#[from] JobError),
    /// A checkpoint is not kept outside the database.
    #[error("checkpoints are not kept outside the database: {0}")]
    Outside(#[from] KeepError),
}

/// Does the jobs of a database.
pub struct Scheduler {
    app: App,
    signer: Option<Arc<dyn Signer>>,
    outside: Option<PathBuf>,
    lease: Lease,
    swept_at: Option<Moment>,
}

impl Scheduler {
    /// A scheduler that signs checkpoints with `signer`, if there is one, and keeps them in the
    /// file `outside`.
    #[must_use]
    pub fn new(app: App, signer: Option<Arc<dyn Signer>>, outside: Option<PathBuf>) -> Self {
        let seconds = i64::try_from(app.config().jobs.seconds).unwrap_or(i64::MAX);
        let millis = seconds.saturating_mul(4_000).max(LEASE_MILLIS_MIN);
        let lease = Lease { name: "jobs", holder: new_id(app.now()), millis };
        Self { app, signer, outside, lease, swept_at: None }
    }

    /// Does what is to be done now, unless another server is at it: then `None`.
    ///
    /// # Errors
    /// Where the database, the signer or the file fails.
    pub fn turn(&mut self) -> Result<Option<Vec<JobRun>>, TurnError> {
        let store = self.app.store();
        if !store.take_lease(&self.lease, self.app.now()).wait()? {
            return Ok(None);
        }
        let runs = self.kept(|| {
            let terms = ExpiryTerms::of_schemes(&store.schemes()?);
            run_jobs(store, self.app.now(), &terms, self.signer.clone())
        });
        // A job that fails keeps neither of these waiting.
        if let Some(path) = self.outside_of(&runs) {
            outside::keep(store, path)?;
        }
        self.sweep()?;
        Ok(Some(runs?))
    }

    /// Runs something long while the lease is renewed.
    fn kept<T: Send>(&self, run: impl FnOnce() -> T) -> T {
        let (done, ended) = mpsc::channel::<()>();
        let third = u64::try_from(self.lease.millis / 3).unwrap_or_default();
        thread::scope(|scope| {
            scope.spawn(move || {
                let over = || ended.recv_timeout(Duration::from_millis(third));
                while over() == Err(mpsc::RecvTimeoutError::Timeout) {
                    // Whoever cannot renew it now tries again, or loses it to somebody who can.
                    drop(self.app.store().take_lease(&self.lease, self.app.now()));
                }
            });
            let result = run();
            drop(done);
            result
        })
    }

    /// The file to complete: where a checkpoint may have been made, and once in the beginning,
    /// since somebody may have been stopped between making one and keeping it.
    fn outside_of(&self, runs: &Result<Vec<JobRun>, JobError>) -> Option<&Path> {
        let made = |runs: &Vec<JobRun>| runs.iter().any(|run| run.checkpoint.is_some());
        let wanted = self.swept_at.is_none() || runs.as_ref().map_or(true, made);
        self.outside.as_deref().filter(|_| wanted)
    }

    /// Removes sessions, codes, attempts and first answers whose time is over.
    fn sweep(&mut self) -> Result<(), StoreError> {
        let now = self.app.now();
        let since = self.swept_at.map(|swept| now.millis().saturating_sub(swept.millis()).abs());
        if since.is_some_and(|since| since < SWEEP_MILLIS) {
            return Ok(());
        }
        // A resident's session is the longest that may lie unused.
        let days = i64::from(self.app.config().sign_in.resident_days.max(1));
        self.app.store().sweep(now, now.plus_millis(-days * 86_400_000)).wait()?;
        attend::sweep(self.app.store(), now)?;
        self.swept_at = Some(now);
        Ok(())
    }

    /// Gives up the lease, so that another server need not wait for its end.
    pub fn end(self) {
        drop(self.app.store().end_lease(&self.lease).wait());
    }
}

/// A scheduler on a thread of its own, until it is stopped.
pub struct Running {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Running {
    /// Starts it.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(scheduler: Scheduler, every: Duration) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().name("kangji-scheduler".to_owned());
        let thread = thread.spawn(move || attend(scheduler, every, &stopped))?;
        Ok(Self { stop, thread })
    }

    /// Waits for the turn under way, and stops it.
    pub fn stop(self) {
        drop(self.stop);
        // If it panicked, that stands in the log.
        let _ = self.thread.join();
    }
}

fn attend(mut scheduler: Scheduler, every: Duration, stopped: &mpsc::Receiver<()>) {
    loop {
        match scheduler.turn() {
            Ok(runs) => runs.iter().flatten().for_each(tell),
            Err(error) => {
                metrics::counter!("kangji_job_failures_total").increment(1);
                tracing::error!(%error, "the jobs were not finished");
            }
        }
        if stopped.recv_timeout(every) != Err(mpsc::RecvTimeoutError::Timeout) {
            return scheduler.end();
        }
    }
}

fn tell(run: &JobRun) {
    let (job, entries, failed) = (run.job, run.entries, run.failed.len());
    if failed > 0 {
        tracing::warn!(?job, entries, failed, "a job could not deal with some accounts");
    } else if entries > 0 || run.checkpoint.is_some() || run.job == Job::Anew {
        tracing::info!(?job, entries, "a job was done");
    }
}
