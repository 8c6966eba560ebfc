//! The books of a scheme: where every point that was ever issued is now. Two sides that know nothing
//! of each other are held together: the ledger's entries, and what was ordered, deducted and put
//! on paper.

use std::collections::BTreeMap;

use kangji_core::Points;
use kangji_ledger::EntryKind;

use crate::{
    sql::{Connection, SqlError, Value},
    store::{Store, StoreError},
};

/// Where the points of a scheme are, in its smallest unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Credited and not taken back again; of pools handed on once.
    pub issued: Points,
    /// Spent for orders that were handed over and stayed so.
    pub ordered: Points,
    /// Spent at partner shops, and not called off.
    pub deducted: Points,
    /// Set aside for orders that wait.
    pub held: Points,
    /// On vouchers with residents.
    pub on_vouchers: Points,
    /// On vouchers that were lost and whose day has not come: nobody can use them (P9).
    pub lost: Points,
    /// Expired or cleared (P9, T17), on vouchers, too; what came back too late included.
    pub expired: Points,
    /// Taken by sanctions that stand (S11).
    pub forfeited: Points,
    /// What can be redeemed, less what is short.
    pub outstanding: Points,
}

impl Books {
    /// What both sides differ by: nothing, unless something is wrong.
    #[must_use]
    pub fn difference(&self) -> Points {
        let Self { ordered, deducted, held, on_vouchers, lost, .. } = self;
        let Self { expired, forfeited, outstanding, .. } = self;
        let there = [ordered, deducted, held, on_vouchers, lost, expired, forfeited, outstanding];
        Points(there.iter().fold(self.issued.0, |left, points| left - points.0))
    }
}

/// Sums of entries of one kind.
#[derive(Clone, Copy, Default)]
struct Sums {
    redeemable: i64,
    held: i64,
}

impl Store {
    /// The books of a scheme as they are now. All entries are read.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn books(&self, scheme: &str) -> Result<Books, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let books = read(&mut connection, scheme);
        connection.rollback();
        Ok(books?)
    }
}

fn read(connection: &mut Connection, scheme: &str) -> Result<Books, SqlError> {
    let by_kind = sums(connection, scheme)?;
    let of = |kind: EntryKind| by_kind.get(&kind.code()).copied().unwrap_or_default();
    use EntryKind as Kind;
    let earned =
        [Kind::Credit, Kind::Reverse, Kind::Receive, Kind::HandOn, Kind::Adjust, Kind::WriteOff];
    let ordered = sum(connection, "orders", "state = 'handed_over'", scheme)?;
    let deducted = sum(connection, "deductions", "state = 'made'", scheme)?;
    let held = sum(connection, "orders", "state = 'waiting'", scheme)?;
    let on_vouchers = sum(connection, "vouchers", "state = 'issued'", scheme)?;
    let lost = sum(connection, "vouchers", "state = 'lost' AND void IS NULL", scheme)?;
    let captured = -of(Kind::Capture).held;
    // What was spent and is not any more came back, or it came too late for that.
    let late = captured - ordered - deducted - of(Kind::Refund).redeemable;
    let away = |kind| -of(kind).redeemable - of(kind).held;
    let expired = [Kind::Expire, Kind::Clear, Kind::Lapse, Kind::Release].map(away);
    let mut outstanding = 0;
    let all = "SELECT CAST(COALESCE(SUM(redeemable), 0) AS BIGINT) FROM accounts WHERE scheme = $1";
    connection.query(all, &[Value::Text(scheme)], |row| {
        outstanding = row.int(0)?;
        Ok(())
    })?;
    Ok(Books {
        issued: Points(earned.map(|kind| of(kind).redeemable).iter().sum()),
        ordered: Points(ordered),
        deducted: Points(deducted),
        held: Points(held),
        on_vouchers: Points(on_vouchers),
        lost: Points(lost),
        expired: Points(expired.iter().sum::<i64>() + late),
        forfeited: Points(away(Kind::Forfeit) - of(Kind::Restore).redeemable),
        outstanding: Points(outstanding),
    })
}

fn sums(connection: &mut Connection, scheme: &str) -> Result<BTreeMap<u8, Sums>, SqlError> {
    let sql = "SELECT entries.kind, CAST(SUM(entries.redeemable) AS BIGINT),
            CAST(SUM(entries.held) AS BIGINT)
        FROM entries JOIN accounts ON accounts.id = entries.account
        WHERE accounts.scheme = $1 GROUP BY entries.kind";
    let mut found = BTreeMap::new();
    connection.query(sql, &[Value::Text(scheme)], |row| {
        let kind = u8::try_from(row.int(0)?).map_err(|_| row.problem(0, "holds no kind"))?;
        found.insert(kind, Sums { redeemable: row.int(1)?, held: row.int(2)? });
        Ok(())
    })?;
    Ok(found)
}

fn sum(
    connection: &mut Connection,
    table: &str,
    condition: &str,
    scheme: &str,
) -> Result<i64, SqlError> {
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) FROM {table}
        WHERE scheme = $1 AND {condition}"
    );
    let mut found = 0;
    connection.query(&sql, &[Value::Text(scheme)], |row| {
        found = row.int(0)?;
        Ok(())
    })?;
    Ok(found)
}
