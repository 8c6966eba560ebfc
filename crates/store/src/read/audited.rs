//! Accounts as whoever watches over the ledger reads them: by their id, every entry with what it
//! rests on, nobody's name and no illness.

use kangji_core::{
    Day, Decimals,
    ids::{AccountId, HolderId},
};
use kangji_ledger::{Hash, Seq};
use kangji_rights::Permit;
use kangji_rules::explain::Viewer;

use super::{Posted, accounts::page};
use crate::{
    access::filter::Filter,
    ledger::rows,
    schema::ACCOUNTS,
    sql::Value,
    store::{Store, StoreError},
};

/// An account and its state; amounts in the scheme's smallest unit.
#[derive(Clone, Debug)]
pub struct AuditedAccount {
    /// The account.
    pub id: AccountId,
    /// Whose.
    pub holder: HolderId,
    /// Under which scheme.
    pub scheme: String,
    /// Decimal places of its points.
    pub decimals: Decimals,
    /// How many entries it has.
    pub entries: Seq,
    /// The hash of the last one and of all before it.
    pub hash: Hash,
    /// All points earned and not taken back.
    pub total: i64,
    /// The sum of its lots.
    pub redeemable: i64,
    /// What is set aside.
    pub held: i64,
    /// What was taken back after it was spent.
    pub shortfall: i64,
}

impl Store {
    /// Accounts within a permit in the order of their ids, from an id on, up to a limit; those of
    /// one holder only, if one is given.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn audited_accounts(
        &self,
        holder: Option<HolderId>,
        from: AccountId,
        limit: u32,
        permit: &Permit,
        today: Day,
    ) -> Result<Vec<AuditedAccount>, StoreError> {
        let mut connection = self.reader()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let mut values = vec![Value::from(from.bytes()), Value::Int(i64::from(limit))];
        let mut condition = "id >= $1".to_owned();
        if let Some(holder) = &holder {
            values.push(Value::from(holder.bytes()));
            condition.push_str(" AND holder = $3");
        }
        let filter = Filter::new(permit, "accounts.holder", None, today, values.len() + 1);
        values.extend(filter.values());
        let columns: Vec<&str> = ACCOUNTS.columns.iter().map(|column| column.name).collect();
        let sql = format!(
            "SELECT {} FROM accounts WHERE {condition} AND {} ORDER BY id LIMIT $2",
            columns.join(", "),
            filter.sql
        );
        let mut accounts = Vec::new();
        connection.query(&sql, &values, |row| {
            let rows::Stored { account, holder, scheme } = rows::account(&row)?;
            let decimals = rulebook.program(&scheme).map(|program| program.decimals());
            accounts.push(AuditedAccount {
                id: account.id,
                holder,
                scheme: scheme.into(),
                decimals: decimals.unwrap_or_default(),
                entries: account.seq,
                hash: account.hash,
                total: account.total.0,
                redeemable: account.balance().0,
                held: account.held.0,
                shortfall: account.shortfall.0,
            });
            Ok(())
        })?;
        Ok(accounts)
    }

    /// Entries of an account within a permit, those after the one of a number, up to a limit;
    /// `None` where the permit does not reach it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn audited_entries(
        &self,
        account: AccountId,
        (after, limit): (u64, u32),
        permit: &Permit,
        today: Day,
    ) -> Result<Option<(AuditedAccount, Vec<Posted>)>, StoreError> {
        let found = self.audited_accounts(None, account, 1, permit, today)?.pop();
        let Some(found) = found.filter(|found| found.id == account) else { return Ok(None) };
        let mut connection = self.reader()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let Some(program) = rulebook.program(&found.scheme) else { return Ok(None) };
        connection.begin_read()?;
        let posted = page(&mut connection, program, account, (after, limit), Viewer::Public)?;
        connection.rollback();
        Ok(posted.map(|posted| (found, posted)))
    }
}
