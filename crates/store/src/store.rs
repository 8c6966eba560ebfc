//! The store: opening a database and asking it for something.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use kangji_core::{Moment, ids::HolderId, vocabulary::Vocabulary};
use kangji_ledger::{Command, Refusal};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{mpsc, oneshot};

use crate::{
    audit::Unlogged,
    call::Call,
    ledger::unit::{Answer, Unit},
    migrations::{self, MigrationError},
    partner::DeductionCommand,
    post::{recording::Recording, rulebook::Rulebook},
    readers::{Reader, Readers},
    redemption::{OrderCommand, catalogues::Offers},
    schema::MIGRATIONS,
    sql::{self, Class, Connection, Location, Mode, SqlError},
    turn::{Queue, asked::Asked},
    vouchers::VoucherCommand,
    writer::{self, Job, Waiting, Work},
};

/// Why the store gives no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database fails.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// The tables are not those of this program.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// What was asked would post what the ledger refuses; nothing was done.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// A measurement wants a database without accounts.
    #[error("the database has accounts already")]
    NotEmpty,
    /// Something around the database failed.
    #[error("{0}")]
    Thread(String),
    /// The idempotency key was used for another call.
    #[error("the idempotency key was used for another call")]
    KeyUsed,
    /// What was seen before was changed meanwhile; nothing was done.
    #[error("it was changed meanwhile")]
    Changed,
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// What to do about it.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Sql(error) | Self::Migration(MigrationError::Sql(error)) => error.class(),
            Self::Migration(_)
            | Self::Refused(_)
            | Self::NotEmpty
            | Self::Thread(_)
            | Self::KeyUsed
            | Self::Changed => Class::Other,
            Self::Closed => Class::Unavailable,
        }
    }
}

/// A database with its writing thread. Clones share it; when the last one goes, what waits is
/// answered first.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Readers,
    rulebooks: Rulebooks,
    words: Arc<Vocabulary>,
    unlogged: Unlogged,
    recordings: Queue<Recording>,
    offers: Offers,
    orderings: Queue<Asked<OrderCommand>>,
    voucherings: Queue<Asked<VoucherCommand>>,
    deductings: Queue<Asked<DeductionCommand>>,
    call: Option<Arc<Call>>,
}

struct Writer {
    jobs: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// An answer that will come.
pub struct Pending<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Pending<T> {
    /// A way to answer, and the answer that will come.
    pub(crate) fn new() -> (oneshot::Sender<Result<T, StoreError>>, Self) {
        let (reply, answer) = oneshot::channel();
        (reply, Self(answer))
    }

    /// Waits for the answer, without blocking other tasks of the thread.
    ///
    /// # Errors
    /// Where the database fails; whether the command was carried out is then unknown, and the
    /// same command with the same key tells.
    pub async fn answer(self) -> Result<T, StoreError> {
        self.0.await.map_err(|_| StoreError::Closed)?
    }

    /// Waits for the answer and blocks the thread.
    ///
    /// # Errors
    /// As [`Pending::answer`].
    pub fn wait(self) -> Result<T, StoreError> {
        self.0.blocking_recv().map_err(|_| StoreError::Closed)?
    }
}

impl Store {
    /// Makes the database's tables, or brings them to what this program needs. `now` is the
    /// clock.
    ///
    /// # Errors
    /// Where the database cannot be reached or its tables are another program's.
    pub fn migrate(location: &Location, now: Moment) -> Result<Vec<i64>, StoreError> {
        let mut connection = sql::open(location, Mode::Create)?;
        Ok(migrations::apply(&mut connection, MIGRATIONS, now.millis())?)
    }

    /// Opens a database whose tables are there. `words` are the record kinds, groups and
    /// attributes of the deployment.
    ///
    /// # Errors
    /// Where the database cannot be reached or has other tables.
    pub fn open(location: &Location, words: Vocabulary) -> Result<Self, StoreError> {
        let mut connection = sql::open(location, Mode::Existing)?;
        migrations::check(&mut connection, MIGRATIONS)?;
        let (jobs, thread) = writer::start(location.clone(), connection)
            .map_err(|error| StoreError::Thread(error.to_string()))?;
        let writer = Writer { jobs: Some(jobs), thread: Some(thread) };
        let shared = Arc::new(words.clone());
        let rulebooks = Rulebooks::new(words);
        Ok(Self {
            writer: Arc::new(writer),
            readers: Readers::new(location.clone()),
            rulebooks,
            words: shared,
            unlogged: Unlogged::default(),
            recordings: Queue::default(),
            offers: Offers::default(),
            orderings: Queue::default(),
            voucherings: Queue::default(),
            deductings: Queue::default(),
            call: None,
        })
    }

    /// Has a command decided and, if it is not refused, made durable. Commands that wait are
    /// committed together. `now` is the clock.
    #[must_use = "the command is answered whether or not somebody waits, but may be refused"]
    pub fn execute(&self, command: Command, now: Moment) -> Pending<Answer> {
        let (reply, pending) = Pending::new();
        let input = command.input();
        self.send(Job::Command(Box::new(Waiting { command, input, now, reply })));
        pending
    }

    /// Opens the accounts of holders under a scheme, where they are not open yet; `true` marks a
    /// village's pool (T2).
    pub fn open_accounts(&self, scheme: &str, holders: Vec<(HolderId, bool)>) -> Pending<()> {
        let scheme = scheme.to_owned();
        self.work(move |unit| Ok(unit.open(holders.iter().copied(), &scheme)?))
    }

    /// Where the database is.
    #[must_use]
    pub fn location(&self) -> &Location {
        self.readers.location()
    }

    /// The same store for one call: what is done through it stands in the audit log, and is done
    /// once under the call's idempotency key.
    #[must_use]
    pub fn on_behalf(&self, call: Call) -> Self {
        Self { call: Some(Arc::new(call)), ..self.clone() }
    }

    /// Does work in a transaction that writes; it may be repeated.
    pub(crate) fn work<T: Send + 'static>(
        &self,
        mut run: impl FnMut(&mut Unit<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        let (reply, pending) = Pending::new();
        let call = self.call.clone();
        let run = move |unit: &mut Unit<'_>| {
            let done = run(unit)?;
            call.iter().try_for_each(|call| call.log(unit))?;
            Ok(done)
        };
        self.send_work(Box::new(Closure { run, result: None, reply }));
        pending
    }

    /// Does work once: a call that comes again with its idempotency key gets the first answer.
    pub(crate) fn once<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        mut run: impl FnMut(&mut Unit<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        let call = self.call.clone();
        self.work(move |unit| match &call {
            Some(call) => call.once(unit, &mut run),
            None => run(unit),
        })
    }

    /// The call on whose behalf something is done.
    pub(crate) fn call(&self) -> Option<Arc<Call>> {
        self.call.clone()
    }

    /// The record kinds, groups and attributes of the deployment.
    #[must_use]
    pub fn words(&self) -> &Vocabulary {
        &self.words
    }

    /// Lines of the audit log that wait.
    pub(crate) fn unlogged(&self) -> &Unlogged {
        &self.unlogged
    }

    /// Records that wait to be written.
    pub(crate) fn recordings(&self) -> &Queue<Recording> {
        &self.recordings
    }

    /// Orders that wait to be decided.
    pub(crate) fn orderings(&self) -> &Queue<Asked<OrderCommand>> {
        &self.orderings
    }

    /// What is asked of vouchers and waits to be decided.
    pub(crate) fn voucherings(&self) -> &Queue<Asked<VoucherCommand>> {
        &self.voucherings
    }

    /// Deductions that wait to be decided.
    pub(crate) fn deductings(&self) -> &Queue<Asked<DeductionCommand>> {
        &self.deductings
    }

    /// What is offered for points.
    pub(crate) fn offers(&self) -> Offers {
        self.offers.clone()
    }

    /// The way to the thread that writes, unless the store is being closed.
    pub(crate) fn jobs(&self) -> Option<&mpsc::UnboundedSender<Job>> {
        self.writer.jobs.as_ref()
    }

    pub(crate) fn send_work(&self, work: Box<dyn Work>) {
        self.send(Job::Work(work));
    }

    /// The way to the rulebook as the database has it now.
    pub(crate) fn rulebook(
        &self,
    ) -> impl Fn(&mut Connection) -> Result<Arc<Rulebook>, SqlError> + Clone + Send + use<> {
        let rulebooks = self.rulebooks();
        move |connection| rulebooks.current(connection)
    }

    /// All rulebooks there will be.
    pub(crate) fn rulebooks(&self) -> Rulebooks {
        self.rulebooks.clone()
    }

    /// The rulebook as it was when somebody last asked the database.
    pub(crate) fn known_rulebook(&self) -> Arc<Rulebook> {
        self.rulebooks.known()
    }

    /// A connection to read by.
    pub(crate) fn reader(&self) -> Result<Reader, SqlError> {
        self.readers.take()
    }

    fn send(&self, job: Job) {
        // Without the thread the job is dropped, and whoever waits learns that it is closed.
        if let Some(jobs) = &self.writer.jobs {
            let _ = jobs.send(job);
        }
    }
}

/// The rulebook, read anew only when somebody published.
#[derive(Clone)]
pub(crate) struct Rulebooks(Arc<Mutex<Arc<Rulebook>>>);

impl Rulebooks {
    fn new(words: Vocabulary) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(Rulebook::new(words)))))
    }

    /// The rulebook as it was when somebody last asked the database.
    fn known(&self) -> Arc<Rulebook> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The rulebook as the database has it now.
    pub(crate) fn current(&self, connection: &mut Connection) -> Result<Arc<Rulebook>, SqlError> {
        let current = Rulebook::current(&self.known(), connection)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&current);
        Ok(current)
    }
}

/// Work given as a function.
struct Closure<T, F> {
    run: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Work for Closure<T, F>
where
    T: Send,
    F: FnMut(&mut Unit<'_>) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, unit: &mut Unit<'_>) -> Result<(), StoreError> {
        self.result = Some((self.run)(unit)?);
        Ok(())
    }

    fn done(self: Box<Self>, result: Result<(), StoreError>) {
        let Self { result: made, reply, .. } = *self;
        let nothing = || StoreError::from(SqlError::other("the work was not done"));
        let _ = reply.send(result.and_then(|()| made.ok_or_else(nothing)));
    }
}
