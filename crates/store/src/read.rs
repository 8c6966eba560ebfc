//! What people and other parts of the program read of the ledger.

mod accounts;
mod audited;
pub(crate) mod candidates;
mod communities;
mod metrics;
mod named;
pub(crate) mod people;
mod rank;
mod records;
pub(crate) mod residents;
mod schemes;
mod statement;
mod worth;

pub use accounts::{Balance, Entries, Lapsing, Posted};
pub(crate) use accounts::{is_helping, this_month};
pub use audited::AuditedAccount;
pub use candidates::{Candidate, CandidateCursor, CandidateQuery};
pub use metrics::MetricRow;
pub use rank::{RANKED_MIN, Ranking};
pub use records::{Reading, RecordQuery, RecordRow};
pub use residents::{HeldRecord, KnownResident, ResidentQuery};
pub use statement::Explained;

use kangji_core::ids::{AccountId, HolderId};
use kangji_ledger::{Account, Entry};
use kangji_rules::scheme::Scheme;

use crate::{
    facts::holders,
    ledger::rows,
    schema::{ACCOUNT_ENTRIES, ACCOUNTS},
    sql::{Connection, Lock, SqlError, Value},
    store::{Store, StoreError},
};

/// An account of a holder with all its entries.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The scheme.
    pub scheme: String,
    /// The state.
    pub account: Account,
    /// The entries, in order.
    pub entries: Vec<Entry>,
}

impl Store {
    /// The accounts of the holder with this code, by scheme; `None` if nobody has the code.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn statements(&self, holder: &str) -> Result<Option<Vec<Statement>>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let known = holders::known(&mut connection, [holder])?;
        let statements = match known.get(holder) {
            None => None,
            Some(id) => Some(statements(&mut connection, *id)?),
        };
        connection.rollback();
        Ok(statements)
    }

    /// The versions of every published scheme, schemes in the order of their ids and the versions
    /// of each in the order of their first days.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn schemes(&self) -> Result<Vec<Vec<Scheme>>, StoreError> {
        let rulebook = self.rulebook()(&mut *self.reader()?)?;
        Ok(rulebook.programs.iter().map(|program| program.versions().to_vec()).collect())
    }

    /// The codes of people and communities by their ids; ids nobody has are left out.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn codes(&self, ids: &[HolderId]) -> Result<Vec<(HolderId, String)>, StoreError> {
        Ok(holders::codes(&mut *self.reader()?, ids)?.into_iter().collect())
    }

    /// The state of an account, if it is open.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let mut found = None;
        let key = [Value::from(id.bytes())];
        self.reader()?.fetch(&ACCOUNTS, 1, &key, Lock::None, |row| {
            found = Some(rows::account(&row)?.account);
            Ok(())
        })?;
        Ok(found)
    }
}

fn statements(connection: &mut Connection, holder: HolderId) -> Result<Vec<Statement>, SqlError> {
    let mut ids = Vec::new();
    let own = "SELECT id FROM accounts WHERE holder = $1 ORDER BY scheme";
    connection.query(own, &[Value::from(holder.bytes())], |row| {
        ids.push(AccountId::from_bytes(row.array(0)?));
        Ok(())
    })?;
    let mut statements = Vec::with_capacity(ids.len());
    for id in ids {
        let key = [Value::from(id.bytes())];
        let mut stored = None;
        connection.fetch(&ACCOUNTS, 1, &key, Lock::None, |row| {
            stored = Some(rows::account(&row)?);
            Ok(())
        })?;
        let mut entries = Vec::new();
        connection.fetch(&ACCOUNT_ENTRIES, 1, &key, Lock::None, |row| {
            entries.push(rows::entry(&row)?);
            Ok(())
        })?;
        if let Some(stored) = stored {
            let scheme = stored.scheme.into();
            statements.push(Statement { scheme, account: stored.account, entries });
        }
    }
    Ok(statements)
}
