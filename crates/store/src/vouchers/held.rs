//! Vouchers beside what else is told: those that an order was paid with, and what the entries of an
//! account call them.

use std::collections::HashMap;

use kangji_core::{
    Points,
    ids::{AccountId, CauseId, OrderId},
};
use kangji_ledger::{EntryKind, Seq};
use kangji_redemption::{Voucher, VoucherState, voucher::Serial};

use super::{deciding::cause_of, rows};
use crate::{
    ledger::rows::natural,
    sql::{Connection, SqlError, Value},
    store::{Store, StoreError},
};

impl Store {
    /// The vouchers that an order was paid with, with what they bore, in the order of their
    /// serials.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn order_vouchers(&self, order: OrderId) -> Result<Vec<(Serial, Points)>, StoreError> {
        let mut connection = self.reader()?;
        let key = [Value::from(order.bytes())];
        let spent = rows::select(&mut connection, "spent_for = $1 ORDER BY serial", &key)?;
        let points =
            |voucher: &Voucher| voucher.issue.as_ref().map_or(Points::ZERO, |issue| issue.points);
        Ok(spent.into_iter().map(|voucher| (voucher.serial.clone(), points(&voucher))).collect())
    }
}

/// The vouchers whose points an account's entries bound, by those entries. One that came back from
/// a shop rests on another entry than the one it was issued with; both are its own.
pub(crate) fn names(
    connection: &mut Connection,
    account: AccountId,
) -> Result<HashMap<Seq, Serial>, SqlError> {
    let all = rows::select(connection, "account = $1", &[Value::from(account.bytes())])?;
    let issued = all.iter().filter_map(|one| Some((one.issue.as_ref()?.hold, &one.serial)));
    let mut names: HashMap<Seq, Serial> = issued.map(|(hold, one)| (hold, one.clone())).collect();
    let causes: HashMap<CauseId, &Serial> =
        all.iter().map(|one| (cause_of(&one.serial), &one.serial)).collect();
    let sql = "SELECT seq, cause FROM account_entries WHERE account = $1 AND kind = $2";
    let bound = i64::from(EntryKind::Bind.code());
    connection.query(sql, &[Value::from(account.bytes()), Value::Int(bound)], |row| {
        if row.opt_bytes(1)?.is_some()
            && let Some(serial) = causes.get(&CauseId::from_bytes(row.array(1)?))
        {
            names.insert(natural(&row, 0).map(Seq)?, (*serial).clone());
        }
        Ok(())
    })?;
    Ok(names)
}

/// The entries that bound the points of an account's lost vouchers: nobody can use them (P9).
pub(crate) fn lost(connection: &mut Connection, account: AccountId) -> Result<Vec<Seq>, SqlError> {
    let sql = "SELECT hold FROM vouchers WHERE account = $1 AND state = $2 AND hold IS NOT NULL";
    let state = Value::Text(VoucherState::Lost.word());
    let mut holds = Vec::new();
    connection.query(sql, &[Value::from(account.bytes()), state], |row| {
        holds.push(natural(&row, 0).map(Seq)?);
        Ok(())
    })?;
    Ok(holds)
}
