//! Sanctions as people look for them, and as rows.

use kangji_core::{
    Day, DayRange, Moment,
    ids::{HolderId, ProposalId},
};
use kangji_rights::Permit;

use super::Sanction;
use crate::{
    access::filter::Filter,
    ledger::rows::day,
    schema::SANCTION_CASES,
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Store, StoreError},
};

/// Which sanctions, what was decided last first.
#[derive(Clone, Debug)]
pub struct SanctionQuery {
    /// On residents on whom this allows its action.
    pub permit: Permit,
    /// Only those that stand, or only those that were lifted.
    pub lifted: Option<bool>,
    /// Only those before this one.
    pub before: Option<ProposalId>,
    /// At most so many.
    pub limit: u16,
    /// Today.
    pub today: Day,
}

impl Store {
    /// A sanction.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn sanction(&self, id: ProposalId) -> Result<Option<Sanction>, StoreError> {
        Ok(read(&mut *self.reader()?, id, Lock::None)?)
    }

    /// All sanctions on somebody, what was decided last first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn sanctions_of(&self, holder: HolderId) -> Result<Vec<Sanction>, StoreError> {
        let sql =
            format!("SELECT {} FROM sanction_cases WHERE holder = $1 ORDER BY id DESC", columns());
        self.sanctions_by(&sql, &[Value::from(holder.bytes())])
    }

    /// Sanctions on residents, what was decided last first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn sanctions(&self, query: &SanctionQuery) -> Result<Vec<Sanction>, StoreError> {
        let filter = Filter::new(&query.permit, "sanction_cases.holder", None, query.today, 2);
        let state = match query.lifted {
            None => "",
            Some(true) => "AND lifted_at IS NOT NULL",
            Some(false) => "AND lifted_at IS NULL",
        };
        let before = query.before.map_or([u8::MAX; 16], |id| *id.bytes());
        let sql = format!(
            "SELECT {} FROM sanction_cases WHERE id < $1 {state} AND {} ORDER BY id DESC LIMIT {}",
            columns(),
            filter.sql,
            query.limit
        );
        let mut values = vec![Value::from(&before)];
        values.extend(filter.values());
        self.sanctions_by(&sql, &values)
    }

    fn sanctions_by(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Sanction>, StoreError> {
        let mut found = Vec::new();
        self.reader()?.query(sql, values, |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }
}

fn columns() -> String {
    let columns: Vec<&str> = SANCTION_CASES.columns.iter().map(|column| column.name).collect();
    columns.join(", ")
}

pub(super) fn read(
    connection: &mut Connection,
    id: ProposalId,
    lock: Lock,
) -> Result<Option<Sanction>, SqlError> {
    let mut found = None;
    connection.fetch(&SANCTION_CASES, 1, &[Value::from(id.bytes())], lock, |row| {
        found = Some(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

fn from_row(row: &Row<'_>) -> Result<Sanction, SqlError> {
    let lifted = match row.opt_int(8)? {
        None => None,
        Some(at) => Some((ProposalId::from_bytes(row.array(7)?), Moment::from_millis(at))),
    };
    Ok(Sanction {
        id: ProposalId::from_bytes(row.array(0)?),
        holder: HolderId::from_bytes(row.array(1)?),
        days: DayRange { from: day(row, 2)?, to: day(row, 3)? },
        article: row.opt_text(4)?.map(ToOwned::to_owned),
        referred_to: row.opt_text(5)?.map(ToOwned::to_owned),
        decided_at: Moment::from_millis(row.int(6)?),
        lifted,
    })
}
