//! What entries are called that no award explains: the order, the voucher, the shop.

use std::collections::HashMap;

use kangji_core::ids::{AccountId, OrderId};
use kangji_ledger::EntryKind;

use super::Posted;
use crate::{
    sql::{Connection, SqlError, Value},
    vouchers::held,
};

/// Tells of entries which order, voucher or shop made them.
pub(super) fn name(
    connection: &mut Connection,
    account: AccountId,
    posted: &mut [Posted],
) -> Result<(), SqlError> {
    use EntryKind::{Bind, Capture, Hold, Lapse, Refund, Release};
    let spends =
        |posted: &&mut Posted| matches!(posted.entry.kind, Hold | Capture | Release | Refund);
    let is_on_paper =
        |posted: &&mut Posted| matches!(posted.entry.kind, Bind | Lapse | Capture | Release);
    // Most pages have nothing but credits.
    if posted.iter_mut().any(|one| is_on_paper(&one)) {
        name_vouchers(connection, account, posted.iter_mut().filter(is_on_paper))?;
    }
    if posted.iter_mut().any(|one| spends(&one)) {
        name_causes(connection, account, posted.iter_mut().filter(spends))?;
    }
    Ok(())
}

fn name_vouchers<'p>(
    connection: &mut Connection,
    account: AccountId,
    posted: impl Iterator<Item = &'p mut Posted>,
) -> Result<(), SqlError> {
    let names = held::names(connection, account)?;
    for posted in posted {
        let bound = match posted.entry.kind {
            EntryKind::Bind => Some(posted.entry.seq),
            _ => posted.entry.refers,
        };
        let Some(serial) = bound.and_then(|seq| names.get(&seq)) else { continue };
        posted.title = Some(format!("积分券 {serial}"));
        posted.voucher = Some(serial.to_string());
    }
    Ok(())
}

/// What was ordered and the shops that took something off a bill, by their ids.
fn name_causes<'p>(
    connection: &mut Connection,
    account: AccountId,
    posted: impl Iterator<Item = &'p mut Posted>,
) -> Result<(), SqlError> {
    let mut names: HashMap<[u8; 16], (bool, String)> = HashMap::new();
    let orders = "SELECT id, name FROM orders WHERE account = $1";
    connection.query(orders, &[Value::from(account.bytes())], |row| {
        names.insert(row.array(0)?, (true, row.text(1)?.to_owned()));
        Ok(())
    })?;
    let shops = "SELECT deductions.id, institutions.name FROM deductions
        JOIN institutions ON institutions.code = deductions.shop WHERE deductions.account = $1";
    connection.query(shops, &[Value::from(account.bytes())], |row| {
        names.insert(row.array(0)?, (false, format!("{}抵扣", row.text(1)?)));
        Ok(())
    })?;
    for posted in posted {
        let Some(id) = posted.entry.answer.cause.map(|cause| *cause.bytes()) else { continue };
        let Some((is_order, name)) = names.get(&id) else { continue };
        posted.order = is_order.then_some(OrderId::from_bytes(id));
        posted.title = Some(name.clone());
    }
    Ok(())
}
