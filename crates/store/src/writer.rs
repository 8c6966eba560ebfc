//! The one thread of a process that writes: whatever waits is decided and committed together
//! (group commit), each with its own answer.
//!
//! * **Lock order** (PostgreSQL): accounts in the order of their ids, in one statement for all
//!   commands of a group; work that posts first locks its scheme. Commands and work are never in
//!   one transaction, so that neither waits for the other while holding what it needs.
//! * **Somebody came first** (a serialization failure, a deadlock, a key taken meanwhile): the
//!   whole group is read and decided again.
//! * **A poisonous command** (an error that trying again does not mend): the group is split until
//!   the command is alone; it alone gets the error.
//! * **The database is gone**: the thread connects again and repeats the group; keys and states
//!   tell what was committed. After [`PATIENCE`] everybody gets the error.
//! * Nothing is remembered from one group to the next, since other servers write, too.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use kangji_core::Moment;
use kangji_ledger::{Command, Hash};
use tokio::sync::{mpsc, oneshot};

use crate::{
    ledger::unit::{Answer, Unit},
    sql::{self, Class, Connection, Location, Mode, SqlError},
    store::StoreError,
};

/// The most commands of one group.
const GROUP_MAX: usize = 4096;
/// The longest wait for a group to fill.
const GATHERING: Duration = Duration::from_millis(2);
/// How often a group is decided again because somebody came first.
const CONFLICTS_MAX: u32 = 20;
/// How long the thread tries to reach a database that is gone.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Work other than commands, done in a transaction; it may be repeated after a conflict, so all it
/// changes but the database must be set anew each time.
pub(crate) trait Work: Send {
    /// Does the work.
    fn run(&mut self, unit: &mut Unit<'_>) -> Result<(), StoreError>;

    /// Tells whoever waits.
    fn done(self: Box<Self>, result: Result<(), StoreError>);
}

/// What waits to be written.
pub(crate) enum Job {
    /// A command to the ledger.
    Command(Box<Waiting>),
    /// Other work.
    Work(Box<dyn Work>),
}

/// A command and who waits for its answer.
pub(crate) struct Waiting {
    pub(crate) command: Command,
    pub(crate) input: Hash,
    pub(crate) now: Moment,
    pub(crate) reply: oneshot::Sender<Result<Answer, StoreError>>,
}

/// Starts the thread. It ends when every sender is gone, after all that waits is answered.
pub(crate) fn start(
    location: Location,
    connection: Connection,
) -> io::Result<(mpsc::UnboundedSender<Job>, thread::JoinHandle<()>)> {
    let (sender, jobs) = mpsc::unbounded_channel();
    let writer = Writer { location, connection: Some(connection), gone_since: None };
    let thread = thread::Builder::new().name("kangji-writer".to_owned());
    let handle = thread.spawn(move || writer.run(jobs))?;
    Ok((sender, handle))
}

/// Waits a moment for those who were answered last to ask again, as long as more of them come: a
/// larger group costs hardly more than a small one. Gives the size of this group. A single client
/// never waits.
fn gather(jobs: &mut mpsc::UnboundedReceiver<Job>, group: &mut Vec<Job>, expected: usize) -> usize {
    let start = Instant::now();
    while group.len() < expected.min(GROUP_MAX) && start.elapsed() < GATHERING {
        let before = group.len();
        thread::sleep(GATHERING / 8);
        while group.len() < GROUP_MAX
            && let Ok(job) = jobs.try_recv()
        {
            group.push(job);
        }
        if group.len() == before {
            break;
        }
    }
    group.len()
}

struct Writer {
    location: Location,
    connection: Option<Connection>,
    /// Since when the database has not answered.
    gone_since: Option<Instant>,
}

impl Writer {
    fn run(mut self, mut jobs: mpsc::UnboundedReceiver<Job>) {
        let mut group = Vec::with_capacity(GROUP_MAX);
        let mut expected = 0;
        while jobs.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
            expected = gather(&mut jobs, &mut group, expected);
            let mut commands = Vec::with_capacity(group.len());
            let mut work = Vec::new();
            for job in group.drain(..) {
                match job {
                    Job::Command(waiting) => commands.push(*waiting),
                    Job::Work(one) => work.push(one),
                }
            }
            self.commands(commands);
            self.work(work);
        }
    }

    /// Decides commands together, or halves of them where one spoils it for all.
    fn commands(&mut self, mut group: Vec<Waiting>) {
        if group.is_empty() {
            return;
        }
        // Keys are looked up only if some command came before: the unique index tells.
        let mut look_up = false;
        let answered = self.transact(|connection| {
            let answers = answer_all(connection, &group, look_up);
            look_up = true;
            Ok(answers?)
        });
        match answered {
            Ok(answers) => {
                for (waiting, answer) in group.into_iter().zip(answers) {
                    // Whoever no longer waits can ask again with the same key.
                    let _ = waiting.reply.send(Ok(answer));
                }
            }
            Err(error) if group.len() > 1 && concerns_content(&error) => {
                let rest = group.split_off(group.len() / 2);
                self.commands(group);
                self.commands(rest);
            }
            Err(error) => {
                for waiting in group {
                    let _ = waiting.reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn work(&mut self, mut group: Vec<Box<dyn Work>>) {
        if group.is_empty() {
            return;
        }
        let result = self.transact(|connection| {
            for one in &mut group {
                let mut unit = Unit::new(connection);
                one.run(&mut unit)?;
                unit.write()?;
            }
            Ok(())
        });
        match result {
            Err(error) if group.len() > 1 && concerns_content(&error) => {
                let rest = group.split_off(group.len() / 2);
                self.work(group);
                self.work(rest);
            }
            result => group.into_iter().for_each(|one| one.done(result.clone())),
        }
    }

    /// Runs a transaction until it is committed or an error is final.
    fn transact<T>(
        &mut self,
        mut run: impl FnMut(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut conflicts = 0;
        loop {
            let error = match self.once(&mut run) {
                Ok(done) => {
                    self.gone_since = None;
                    return Ok(done);
                }
                Err(error) => error,
            };
            match error.class() {
                Class::Conflict if conflicts < CONFLICTS_MAX => conflicts += 1,
                Class::Busy | Class::Unavailable => {
                    if error.class() == Class::Unavailable {
                        self.connection = None;
                    }
                    if self.gone_since.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                        return Err(error);
                    }
                    thread::sleep(Duration::from_millis(50));
                }
                _ => return Err(error),
            }
        }
    }

    fn once<T>(
        &mut self,
        run: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(sql::open(&self.location, Mode::Existing)?),
        };
        connection.begin()?;
        let done = run(connection).inspect_err(|_| connection.rollback())?;
        connection.commit()?;
        Ok(done)
    }
}

/// Whether the error may come from what one command of a group asks for.
pub(crate) fn concerns_content(error: &StoreError) -> bool {
    matches!(error.class(), Class::Shape | Class::Other | Class::Conflict)
}

fn answer_all(
    connection: &mut Connection,
    group: &[Waiting],
    look_up: bool,
) -> Result<Vec<Answer>, SqlError> {
    let mut unit = Unit::new(connection);
    unit.load(group.iter().flat_map(|waiting| waiting.command.accounts()))?;
    unit.look_up(group.iter().map(|waiting| &waiting.command), look_up)?;
    let mut answers = Vec::with_capacity(group.len());
    for Waiting { command, input, now, .. } in group {
        answers.push(unit.answer(command, *input, *now)?);
    }
    if !look_up && unit.refuses_what_was_accepted()? {
        return Err(SqlError::new(Class::Conflict, "a command came before"));
    }
    unit.write()?;
    Ok(answers)
}
