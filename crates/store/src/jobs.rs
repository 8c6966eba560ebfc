//! What has to happen by itself: what the days bring is posted, holds whose time is over come
//! back, orders that were not fetched are called off, lots whose day has come expire (P9) or are
//! cleared at the end of the year (T17), and once a day a checkpoint is made, and the file written
//! anew if somebody was erased. The caller says which accounts expire under which article.
//!
//! # Why nothing is missed
//!
//! * **Expiry** looks at the lots of all accounts at the first run of a calendar day, instead of
//!   at entries by their day of expiry. A lot is therefore found however it came: credited late
//!   with a day of expiry that has passed, handed on, given back by a release or a restored
//!   forfeit. Whoever posts need not think of it: a lot whose day has passed cannot be spent
//!   anyway, and the next day's run writes it off. Reading a million accounts takes seconds.
//! * **Holds** are found by the index of their time, from the last run on and an hour before it,
//!   so that a hold that was being written during the last run is found by this one; and the look
//!   at all accounts finds those that came later still.
//! * A mark is set only after all that came before it is durable. A run that was killed is
//!   repeated; what it has done is not done again, since nothing is left to do: the accounts
//!   decide, not the mark.
//! * Each day of expiry is a command of its own with that day, so that a run after days off gives
//!   the same entries as a run on each of them, all but `recorded_at`, `epoch` and `hash`. Only a
//!   hold that should have come back before its lots expired, and comes back after, brings
//!   nothing back, where daily runs bring the points back and then expire them; the balances are
//!   the same.
//! * If the clock is behind a mark, the job waits until it has caught up.

mod accounts;
pub(crate) mod anew;
mod marks;
mod orders;
mod posting;
mod terms;

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use kangji_core::{Moment, ids::AccountId};
use kangji_ledger::{
    Act, Answer, Command, Refusal,
    checkpoint::Signed,
    key::{KeyError, Signer},
};

use crate::{
    sql::{Class, Connection, SqlError},
    store::{Store, StoreError},
};
use accounts::{Due, Found};

pub use terms::ExpiryTerms;

/// What there is to do by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// What the days since the last run bring is posted.
    Posting,
    /// Holds whose time is over come back.
    Holds,
    /// Orders that were not fetched in time are called off.
    Orders,
    /// Lots whose day has come expire.
    Expiry,
    /// The day's checkpoint.
    Checkpoint,
    /// The file of an SQLite database is written anew, since somebody was erased.
    Anew,
}

/// What a job has done. A job that had nothing to look at is not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRun {
    /// Which one.
    pub job: Job,
    /// How many times it wrote entries: for a hold, or for a day of an account, whose vouchers end
    /// with one each.
    pub entries: u64,
    /// The accounts that could not be dealt with. They are tried again: [`Job::Expiry`] the next
    /// day, [`Job::Holds`] with it.
    pub failed: Vec<Failed>,
    /// The checkpoint that was made. The caller appends it to the file outside the database.
    pub checkpoint: Option<Signed>,
}

/// An account that a job could not deal with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Which one.
    pub account: AccountId,
    /// Why.
    pub why: FailedWhy,
}

/// Why a job could not deal with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailedWhy {
    /// The command was refused.
    Refused(Refusal),
    /// What is stored of the account contradicts itself.
    Stored(SqlError),
}

/// Why the jobs were not finished. What was done is done; the next run goes on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JobError {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The checkpoint could not be signed.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl From<SqlError> for JobError {
    fn from(error: SqlError) -> Self {
        Self::Store(error.into())
    }
}

/// Does what is to be done at `now`, in the order of [`Job`], and blocks until it is durable. It
/// may be called as often as wished, by several servers at once, and must not be called on a
/// thread that drives an asynchronous runtime.
///
/// Accounts of a scheme that is not in `terms` do not expire. Without a signer there are no
/// checkpoints.
///
/// # Errors
/// Where the database or the signer fails; and, after the other jobs are done, where what the days
/// bring may not be posted, since it counts for a closed period.
pub fn run_jobs(
    store: &Store,
    now: Moment,
    terms: &HashMap<String, ExpiryTerms>,
    signer: Option<Arc<dyn Signer>>,
) -> Result<Vec<JobRun>, JobError> {
    let mut runs = Vec::new();
    let mut reader = store.reader()?;
    // What may not be posted without a reason keeps nothing else waiting.
    let refused = match posting::post(store, &mut reader, now) {
        Err(JobError::Store(error @ StoreError::Refused(_))) => Some(error),
        posted => {
            runs.extend(posted?);
            None
        }
    };
    runs.extend(time_out_holds(store, &mut reader, now)?);
    runs.extend(orders::call_off(store, &mut reader, now)?);
    runs.extend(expire(store, &mut reader, now, terms)?);
    if let Some(signer) = signer {
        runs.extend(checkpoint(store, now, signer)?);
    }
    runs.extend(anew::write(store, &mut reader, now)?);
    refused.map_or(Ok(runs), |error| Err(error.into()))
}

fn time_out_holds(
    store: &Store,
    reader: &mut Connection,
    now: Moment,
) -> Result<Option<JobRun>, JobError> {
    let mark = marks::read(reader, marks::HOLDS)?;
    if mark.is_some_and(|mark| now.millis() <= mark) {
        return Ok(None);
    }
    let mut run = JobRun::new(Job::Holds);
    let found = accounts::holds_due(reader, mark, now)?;
    run.carry_out(store, now, found.iter().map(|due| due.command(None)))?;
    marks::advance(store, vec![marks::HOLDS.to_owned()], now.millis(), now)?;
    Ok(Some(run))
}

/// Goes through all accounts if a scheme was not dealt with today.
fn expire(
    store: &Store,
    reader: &mut Connection,
    now: Moment,
    terms: &HashMap<String, ExpiryTerms>,
) -> Result<Option<JobRun>, JobError> {
    let today = i64::from(now.day().number());
    let mut schemes = HashSet::new();
    for scheme in terms.keys() {
        if marks::read(reader, &marks::expiry(scheme))?.is_none_or(|mark| mark < today) {
            schemes.insert(scheme.as_str());
        }
    }
    if schemes.is_empty() {
        return Ok(None);
    }
    let mut run = JobRun::new(Job::Expiry);
    let mut after = None;
    loop {
        let page = accounts::page(reader, after, now)?;
        let commands = page.found.iter().filter_map(|found| match found {
            Found::Due(due) if due.hold.is_some() => Some(due.command(None)),
            Found::Due(due) if schemes.contains(&*due.scheme) => {
                Some(due.command(terms.get(&*due.scheme)))
            }
            Found::Due(_) | Found::Broken(..) => None,
        });
        run.carry_out(store, now, commands)?;
        run.failed.extend(page.found.iter().filter_map(Found::failed));
        after = page.last;
        if after.is_none() {
            break;
        }
    }
    let marks = schemes.into_iter().map(marks::expiry).collect();
    marks::advance(store, marks, today, now)?;
    Ok(Some(run))
}

fn checkpoint(
    store: &Store,
    now: Moment,
    signer: Arc<dyn Signer>,
) -> Result<Option<JobRun>, JobError> {
    if store.last_checkpoint_day()?.is_some_and(|day| day >= now.day()) {
        return Ok(None);
    }
    let made = store.daily_checkpoint(signer, now).wait()??;
    let run = |signed| JobRun { checkpoint: Some(signed), ..JobRun::new(Job::Checkpoint) };
    Ok(made.map(run))
}

impl Due {
    /// The command that does what is due. It has no key: the account tells whether it is done.
    fn command(&self, terms: Option<&ExpiryTerms>) -> Command {
        let act = match self.hold {
            Some(hold) => Act::TimeOut { hold },
            None => Act::Expire {
                year_end: terms.is_some_and(|terms| terms.year_end),
                article: terms.map(|terms| terms.article.clone()).unwrap_or_default(),
            },
        };
        let (account, day) = (self.account, self.day);
        Command { key: None, account, day, act, answer: Answer::default() }
    }
}

impl JobRun {
    fn new(job: Job) -> Self {
        Self { job, entries: 0, failed: Vec::new(), checkpoint: None }
    }

    /// Has commands carried out together and waits for all of them.
    fn carry_out(
        &mut self,
        store: &Store,
        now: Moment,
        commands: impl Iterator<Item = Command>,
    ) -> Result<(), JobError> {
        let waiting: Vec<_> =
            commands.map(|command| (command.account, store.execute(command, now))).collect();
        for (account, pending) in waiting {
            let why = match pending.wait() {
                Ok(Ok(_)) => {
                    self.entries += 1;
                    continue;
                }
                // Somebody else was quicker.
                Ok(Err(Refusal::NothingToDo | Refusal::HoldNotOpen { .. })) => continue,
                Ok(Err(refusal)) => FailedWhy::Refused(refusal),
                Err(StoreError::Sql(error)) if error.class() == Class::Shape => {
                    FailedWhy::Stored(error)
                }
                Err(error) => return Err(error.into()),
            };
            self.failed.push(Failed { account, why });
        }
        Ok(())
    }
}

impl Found {
    fn failed(&self) -> Option<Failed> {
        match self {
            Self::Due(_) => None,
            Self::Broken(account, error) => {
                Some(Failed { account: *account, why: FailedWhy::Stored(error.clone()) })
            }
        }
    }
}
