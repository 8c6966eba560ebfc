//! Making and reading checkpoints: signed statements of what all accounts held and where the audit
//! log ended. Where the lines are kept outside the database is the caller's business; it must not
//! know who signs.

use std::sync::Arc;

use kangji_core::{Day, Moment, ids::AccountId};
use kangji_ledger::{
    Hash,
    checkpoint::{AuditEnd, Checkpoint, Head, Signed},
    key::{KeyError, Signer},
    merkle::Merkle,
};

use crate::{
    audit,
    ledger::rows,
    schema::{ACCOUNTS, CHECKPOINTS, LEDGER},
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

impl Store {
    /// Signs what all accounts hold and the audit log has now, and keeps the line. The caller appends it to a file
    /// outside the database ([`crate::outside::append`]): only there can a database be found out
    /// that was put back to an older state. `now` is the clock.
    ///
    /// Nobody writes to accounts meanwhile; an entry's epoch is therefore the number of
    /// checkpoints that do not cover it.
    pub fn checkpoint(
        &self,
        signer: Arc<dyn Signer>,
        now: Moment,
    ) -> Pending<Result<Signed, KeyError>> {
        self.work(move |unit| {
            let made = make(unit.connection, &*signer, now)?;
            Ok(made)
        })
    }

    /// As [`Store::checkpoint`], unless there is one of today or a later day.
    pub(crate) fn daily_checkpoint(
        &self,
        signer: Arc<dyn Signer>,
        now: Moment,
    ) -> Pending<Result<Option<Signed>, KeyError>> {
        self.work(move |unit| {
            unit.connection.lock_table(&ACCOUNTS)?;
            let last = last(unit.connection)?;
            if last.is_some_and(|last| last.checkpoint.made_at.day() >= now.day()) {
                return Ok(Ok(None));
            }
            Ok(make(unit.connection, &*signer, now)?.map(Some))
        })
    }

    /// Every checkpoint, the first one first.
    ///
    /// # Errors
    /// Where the database fails or a line is not one of a checkpoint.
    pub fn checkpoints(&self) -> Result<Vec<Signed>, StoreError> {
        let mut all = Vec::new();
        let lines = "SELECT line FROM checkpoints ORDER BY number";
        self.reader()?.query(lines, &[], |row| {
            all.push(read_line(row.text(0)?)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Up to `limit` checkpoints after one of a number, the first one first.
    ///
    /// # Errors
    /// Where the database fails or a line is not one of a checkpoint.
    pub fn checkpoints_after(&self, number: u32, limit: u16) -> Result<Vec<Signed>, StoreError> {
        let mut found = Vec::new();
        let lines =
            format!("SELECT line FROM checkpoints WHERE number > $1 ORDER BY number LIMIT {limit}");
        self.reader()?.query(&lines, &[Value::Int(i64::from(number))], |row| {
            found.push(read_line(row.text(0)?)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// When the newest checkpoint was made.
    pub(crate) fn last_checkpoint_day(&self) -> Result<Option<Day>, StoreError> {
        let last = last(&mut *self.reader()?)?;
        Ok(last.map(|last| last.checkpoint.made_at.day()))
    }
}

fn read_line(line: &str) -> Result<Signed, SqlError> {
    line.parse().map_err(|error| SqlError::shape(format!("a checkpoint's line: {error}")))
}

fn last(connection: &mut Connection) -> Result<Option<Signed>, SqlError> {
    let mut last = None;
    let line = "SELECT line FROM checkpoints ORDER BY number DESC LIMIT 1";
    connection.query(line, &[], |row| {
        last = Some(read_line(row.text(0)?)?);
        Ok(())
    })?;
    Ok(last)
}

/// Makes a checkpoint in the open transaction; nothing is written if the signer fails.
fn make(
    connection: &mut Connection,
    signer: &dyn Signer,
    now: Moment,
) -> Result<Result<Signed, KeyError>, SqlError> {
    connection.lock_table(&ACCOUNTS)?;
    let checkpoint = next(connection, now)?;
    let signed = match Signed::make(checkpoint, signer) {
        Ok(signed) => signed,
        Err(error) => return Ok(Err(error)),
    };
    let accounts = i64::try_from(checkpoint.accounts)
        .map_err(|_| SqlError::other("more accounts than can be counted"))?;
    let (number, line) = (i64::from(checkpoint.number), signed.to_string());
    let made_at = Value::Int(now.millis());
    let row = [Value::Int(number), made_at, Value::Int(accounts), Value::Text(&line)];
    connection.insert(&CHECKPOINTS, &row)?;
    connection.update(&LEDGER, &[Value::Int(1), Value::Int(number)])?;
    Ok(Ok(signed))
}

/// The checkpoint that comes next, over the accounts as they are.
fn next(connection: &mut Connection, now: Moment) -> Result<Checkpoint, SqlError> {
    let mut epoch: u32 = 0;
    connection.fetch(&LEDGER, 1, &[Value::Int(1)], Lock::None, |row| {
        epoch = rows::natural(&row, 1)?;
        Ok(())
    })?;
    let last = last(connection)?.map(|signed| signed.checkpoint);
    let made = last.map_or(0, |last| last.number);
    if made != epoch {
        let text = format!("`{epoch}` checkpoints are counted, and the last one is `{made}`");
        return Err(SqlError::shape(text));
    }
    let mut tree = Merkle::new();
    let heads = "SELECT id, seq, hash FROM accounts WHERE seq > 0 ORDER BY id";
    connection.query(heads, &[], |row| {
        let head = Head {
            account: AccountId::from_bytes(row.array(0)?),
            entries: rows::natural(&row, 1)?,
            hash: Hash::from_bytes(row.array(2)?),
        };
        tree.push(&head.leaf());
        Ok(())
    })?;
    let (lines, hash) = audit::end(connection, Lock::None)?.unwrap_or((0, Hash::NONE));
    let lines = u64::try_from(lines)
        .map_err(|_| SqlError::shape(format!("the audit log ends with line `{lines}`")))?;
    Ok(Checkpoint {
        number: epoch.checked_add(1).ok_or_else(|| SqlError::other("too many checkpoints"))?,
        made_at: now,
        accounts: tree.count(),
        root: tree.root(),
        previous: last.map_or(Hash::NONE, |last| last.hash()),
        audit: Some(AuditEnd { lines, hash }),
    })
}
