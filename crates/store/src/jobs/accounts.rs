//! Finding the accounts in which something is due, and what. It must not change anything.

use kangji_core::{Day, Moment, ids::AccountId};
use kangji_ledger::{Account, Seq, snapshot};

use crate::sql::{Connection, Row, SqlError, Value};

/// Accounts that are read at once.
const PAGE: usize = 2000;

/// How far before the last run holds are looked for again, in milliseconds: far longer than any
/// transaction takes.
const OVERLAP: i64 = 3_600_000;

const HOLDS: &str = "SELECT accounts.id, accounts.scheme, accounts.lots, entries.seq FROM entries
    JOIN accounts ON accounts.id = entries.account
    WHERE entries.due_at > $1 AND entries.due_at <= $2 AND accounts.held > 0
    ORDER BY entries.due_at, entries.account, entries.seq";

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) account: AccountId,
    pub(super) scheme: Box<str>,
    /// The day it counts for.
    pub(super) day: Day,
    /// The hold that comes back; otherwise lots expire.
    pub(super) hold: Option<Seq>,
}

/// What was found in an account.
pub(super) enum Found {
    /// Something is due.
    Due(Due),
    /// Its lots cannot be read.
    Broken(AccountId, SqlError),
}

/// What was found in accounts with ids that follow on each other.
#[derive(Default)]
pub(super) struct Page {
    pub(super) found: Vec<Found>,
    /// The last of them, if more may follow.
    pub(super) last: Option<AccountId>,
}

/// What is due in the accounts after `after`: holds in the order of their numbers, then days of
/// expiry in their order.
pub(super) fn page(
    reader: &mut Connection,
    after: Option<AccountId>,
    now: Moment,
) -> Result<Page, SqlError> {
    let mut page = Page::default();
    let mut there = 0;
    let after = after.as_ref().map_or(&[][..], |id| id.bytes().as_slice());
    // Only accounts in which something can be due. Every id comes after no bytes.
    let text = format!(
        "SELECT id, scheme, lots FROM accounts
        WHERE id > $1 AND (redeemable + shortfall > 0 OR held > 0) ORDER BY id LIMIT {PAGE}"
    );
    reader.query(&text, &[Value::Bytes(after)], |row| {
        there += 1;
        let id = AccountId::from_bytes(row.array(0)?);
        page.last = Some(id);
        match read(id, &row) {
            Ok(account) => due(&account, row.text(1)?, now, &mut page.found),
            Err(error) => page.found.push(Found::Broken(id, error)),
        }
        Ok(())
    })?;
    if there < PAGE {
        page.last = None;
    }
    Ok(page)
}

fn due(account: &Account, scheme: &str, now: Moment, found: &mut Vec<Found>) {
    let due = |day, hold| Found::Due(Due { account: account.id, scheme: scheme.into(), day, hold });
    let over = |until: &Moment| *until <= now;
    for hold in &account.holds {
        if let Some(until) = hold.until.filter(over) {
            found.push(due(until.day(), Some(hold.seq)));
        }
    }
    let on_vouchers = account.vouchers.iter().flat_map(|voucher| &voucher.parts);
    let days = account.lots.iter().chain(on_vouchers).filter_map(|lot| lot.expires_on);
    let mut days: Vec<Day> = days.filter(|day| *day <= now.day()).collect();
    days.sort_unstable();
    days.dedup();
    found.extend(days.into_iter().map(|day| due(day, None)));
}

/// The open holds whose time ended after `mark` or shortly before it.
pub(super) fn holds_due(
    reader: &mut Connection,
    mark: Option<i64>,
    now: Moment,
) -> Result<Vec<Due>, SqlError> {
    let mut found = Vec::new();
    let from = mark.map_or(i64::MIN, |mark| mark.saturating_sub(OVERLAP));
    reader.query(HOLDS, &[Value::Int(from), Value::Int(now.millis())], |row| {
        let id = AccountId::from_bytes(row.array(0)?);
        // What cannot be read is told of by the run through all accounts.
        let Ok(account) = read(id, &row) else { return Ok(()) };
        let seq = row.int(3)?;
        let open = account.holds.iter().find(|hold| i64::try_from(hold.seq.0) == Ok(seq));
        if let Some(hold) = open
            && let Some(until) = hold.until.filter(|until| *until <= now)
        {
            let (hold, day) = (Some(hold.seq), until.day());
            found.push(Due { account: id, scheme: row.text(1)?.into(), day, hold });
        }
        Ok(())
    })?;
    Ok(found)
}

/// Only the lots and holds of an account.
fn read(id: AccountId, row: &Row<'_>) -> Result<Account, SqlError> {
    let mut account = Account::new(id, false);
    let lots = snapshot::set_lots_and_holds(&mut account, row.bytes(2)?);
    lots.map_err(|broken| SqlError::shape(format!("the lots of account `{id}`: {broken}")))?;
    Ok(account)
}
