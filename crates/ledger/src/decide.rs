//! The decision: a command and the accounts it concerns give entries, or a refusal that changes
//! nothing.

mod back;
mod earn;
mod end;
mod spend;

use std::collections::{
    HashMap,
    hash_map::Entry::{Occupied, Vacant},
};

use kangji_core::{Day, Moment, Points, ids::AccountId};
use rustc_hash::FxHashMap;

use crate::{
    account::{self, Account, Broken, Lot},
    command::{Act, Command},
    entry::{Answer, Entry, EntryKind, Part, Seq},
    hash::Hash,
    refusal::Refusal,
};

/// The accounts a command concerns, as they are.
pub type Accounts = FxHashMap<AccountId, Account>;

/// When a command is decided.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The clock.
    pub now: Moment,
    /// How many checkpoints were made.
    pub epoch: u32,
}

/// What the scheme of an account allows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms {
    /// Whether two people may correct a balance by hand (S2).
    pub adjustments: bool,
    /// The last day of the periods that are closed.
    pub closed_through: Option<Day>,
}

/// Why there are no entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum No {
    /// Refused: nothing changes.
    Refused(Refusal),
    /// Whether it can be done depends on all entries of this account: replay them with
    /// [`Account::with_history`] and ask again.
    NeedsHistory(AccountId),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Broken> for No {
    fn from(broken: Broken) -> Self {
        Self::Refused(match broken {
            Broken::TooLarge => Refusal::TooLarge,
            _ => Refusal::Inconsistent,
        })
    }
}

/// Decides `command`, appends its entries to `entries` and carries them out on `accounts`. The last
/// entry of the command's own account is its answer: that one carries the key.
///
/// # Errors
/// The first refusal in the order of [`Refusal`] but [`Refusal::KeyUsed`], which only somebody who
/// knows all keys can tell; or that the history is needed. Accounts and entries are then as
/// before, except after [`Refusal::Inconsistent`], when the accounts of the command must be read
/// again.
pub fn decide(
    accounts: &mut Accounts,
    command: &Command,
    input: Hash,
    context: &Context,
    terms: &Terms,
    entries: &mut Vec<Entry>,
) -> Result<(), No> {
    let account = accounts.get(&command.account).ok_or(Refusal::NoAccount)?;
    check(accounts, account, command, context, terms)?;
    let desk = Desk { command, input, context };
    let mut drafts = match &command.act {
        Act::Credit { points, expires_on, source } => {
            let credit = desk.draft(account, EntryKind::Credit);
            vec![Entry { source: Some(source.clone()), ..earn::lot(credit, *points, *expires_on) }]
        }
        Act::Reverse { credit } => earn::reverse(&desk, account, *credit)?,
        Act::Hold { points, until } => vec![spend::hold(&desk, account, *points, *until)?],
        Act::Bind { lot, points } => vec![spend::bind(&desk, account, *lot, *points)?],
        Act::Capture { hold } => vec![spend::capture(&desk, account, *hold)?],
        Act::Release { hold } => vec![back::release(&desk, account, *hold)?],
        Act::Refund { capture } => vec![back::refund(&desk, account, *capture)?],
        Act::TimeOut { hold } => vec![back::time_out(&desk, account, *hold)?],
        Act::Expire { year_end, article } => end::expire(&desk, account, *year_end, article)?,
        Act::Forfeit { article } => vec![end::forfeit(&desk, account, article)?],
        Act::Restore { forfeit } => vec![end::restore(&desk, account, *forfeit)?],
        Act::HandOn { list } => spend::hand_on(&desk, account, list)?,
        Act::Adjust { points, expires_on } if *points > Points::ZERO => {
            let adjust = desk.draft(account, EntryKind::Adjust);
            let adjust = Entry { total: *points, ..adjust };
            vec![earn::lot(adjust, *points, *expires_on)]
        }
        Act::Adjust { points, .. } => vec![spend::adjust(&desk, account, *points)?],
        Act::WriteOff => vec![earn::write_off(&desk, account)?],
    };
    fits(accounts, &drafts)?;
    if let Some(last) = drafts.iter_mut().rfind(|draft| draft.account == command.account) {
        last.key = command.key;
    }
    let first = entries.len();
    for draft in drafts {
        let account = accounts.get_mut(&draft.account).ok_or(Broken::Account);
        match account.and_then(|account| append(account, draft)) {
            Ok(entry) => entries.push(entry),
            Err(broken) => {
                entries.truncate(first);
                return Err(broken.into());
            }
        }
    }
    Ok(())
}

/// Whether every balance can still be counted with all drafts.
fn fits(accounts: &Accounts, drafts: &[Entry]) -> Result<(), Broken> {
    let mut sums: HashMap<AccountId, [Points; 3]> = HashMap::new();
    for draft in drafts {
        let account = accounts.get(&draft.account).ok_or(Broken::Account)?;
        let now = || {
            Ok([account.total, account.held, account::add(account.balance(), account.shortfall)?])
        };
        let sum = match sums.entry(draft.account) {
            Occupied(known) => known.into_mut(),
            Vacant(new) => new.insert(now()?),
        };
        let changes = [draft.total, draft.held, draft.redeemable];
        for (sum, change) in sum.iter_mut().zip(changes) {
            *sum = account::add(*sum, change)?;
        }
    }
    Ok(())
}

/// Gives a draft its place in the chain and carries it out.
fn append(account: &mut Account, mut entry: Entry) -> Result<Entry, Broken> {
    entry.seq = Seq(account.seq.0.checked_add(1).ok_or(Broken::TooLarge)?);
    entry.recorded_at = entry.recorded_at.max(account.recorded_at);
    entry.epoch = entry.epoch.max(account.epoch);
    entry.hash = entry.chained(account.hash);
    account.apply(&entry)?;
    Ok(entry)
}

/// What can be said before looking at lots: the amount, the day, the people, the period.
fn check(
    accounts: &Accounts,
    account: &Account,
    command: &Command,
    context: &Context,
    terms: &Terms,
) -> Result<(), Refusal> {
    let Command { act, answer, day, .. } = command;
    match act {
        Act::HandOn { list } => check_list(accounts, command.account, list)?,
        Act::Credit { points, .. } | Act::Hold { points, .. } | Act::Bind { points, .. }
            if *points <= Points::ZERO =>
        {
            return Err(Refusal::NotPositive);
        }
        Act::Adjust { points, .. } if points.0 == 0 || points.0 == i64::MIN => {
            return Err(Refusal::NotPositive);
        }
        _ => {}
    }
    let today = context.now.day();
    if *day > today {
        return Err(Refusal::FutureDay { today });
    }
    if matches!(act, Act::Adjust { .. }) && !terms.adjustments {
        return Err(Refusal::NoAdjustments);
    }
    if matches!(act, Act::HandOn { .. }) && !account.pool {
        return Err(Refusal::NotAPool);
    }
    let needs_two = matches!(act, Act::Adjust { .. } | Act::HandOn { .. } | Act::WriteOff);
    if needs_two && !has_two(answer) {
        return Err(Refusal::OnePerson);
    }
    let needs_reason = matches!(act, Act::Adjust { .. });
    if needs_reason && answer.reason.is_none() {
        return Err(Refusal::NoReason);
    }
    let needs_cause = matches!(act, Act::Forfeit { .. } | Act::WriteOff);
    if needs_cause && answer.cause.is_none() {
        return Err(Refusal::NoCause);
    }
    match terms.closed_through {
        Some(through) if *day <= through && answer.reason.is_none() && !act.is_by_itself() => {
            Err(Refusal::PeriodClosed { through })
        }
        _ => Ok(()),
    }
}

fn has_two(answer: &Answer) -> bool {
    answer.officer.is_some() && answer.second.is_some() && answer.officer != answer.second
}

fn check_list(
    accounts: &Accounts,
    pool: AccountId,
    list: &[(AccountId, Points)],
) -> Result<(), Refusal> {
    if list.iter().any(|(account, _)| !accounts.contains_key(account)) {
        return Err(Refusal::NoAccount);
    }
    if list.iter().any(|(_, points)| *points <= Points::ZERO) {
        return Err(Refusal::NotPositive);
    }
    let mut named: Vec<AccountId> = list.iter().map(|(account, _)| *account).collect();
    named.sort_unstable();
    named.dedup();
    if list.is_empty() || named.len() < list.len() || named.contains(&pool) {
        return Err(Refusal::List);
    }
    Ok(())
}

impl Act {
    /// Whether a job does it, on a day that is not the job's choice.
    fn is_by_itself(&self) -> bool {
        matches!(self, Self::Expire { .. } | Self::TimeOut { .. })
    }
}

fn parts<'a>(lots: impl IntoIterator<Item = &'a Lot>) -> Vec<Part> {
    lots.into_iter().map(|lot| Part { lot: lot.seq, points: lot.points }).collect()
}

fn sum(parts: &[Part]) -> Points {
    Points(parts.iter().map(|part| part.points.0).sum())
}

/// What every draft of a command has in common.
struct Desk<'a> {
    command: &'a Command,
    input: Hash,
    context: &'a Context,
}

impl Desk<'_> {
    /// An entry of that kind that changes nothing yet.
    fn draft(&self, account: &Account, kind: EntryKind) -> Entry {
        Entry {
            account: account.id,
            seq: Seq(0),
            epoch: self.context.epoch,
            kind,
            day: self.command.day,
            recorded_at: self.context.now,
            total: Points::ZERO,
            redeemable: Points::ZERO,
            held: Points::ZERO,
            refers: None,
            expires_on: None,
            due_at: None,
            parts: Vec::new(),
            source: None,
            answer: self.command.answer,
            article: None,
            key: None,
            input: self.input,
            hash: Hash::NONE,
        }
    }
}
