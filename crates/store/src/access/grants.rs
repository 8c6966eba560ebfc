//! What staff and connected systems are granted.

use kangji_core::{DivisionPrefix, Moment, ids::OfficerId};
use kangji_rights::Grant;

use crate::{
    audit::{DONE, Done, Subject},
    schema::GRANTS,
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

impl Store {
    /// What a member of staff is granted.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn grants(&self, holder: OfficerId) -> Result<Vec<Grant>, StoreError> {
        let mut grants = Vec::new();
        self.reader()?.fetch(&GRANTS, 1, &[Value::from(holder.bytes())], Lock::None, |row| {
            grants.push(grant(&row)?);
            Ok(())
        })?;
        Ok(grants)
    }

    /// Replaces what a member of staff is granted; `by` answers for it.
    pub fn set_grants(
        &self,
        holder: OfficerId,
        grants: Vec<Grant>,
        by: OfficerId,
        now: Moment,
    ) -> Pending<()> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::User(holder), result: DONE });
            Ok(replace(unit.connection, holder, &grants, by, now)?)
        })
    }
}

/// [`Store::set_grants`] in the open transaction.
pub(super) fn replace(
    connection: &mut Connection,
    holder: OfficerId,
    grants: &[Grant],
    by: OfficerId,
    now: Moment,
) -> Result<(), SqlError> {
    let all = "DELETE FROM grants WHERE holder = $1";
    connection.execute(all, &[Value::from(holder.bytes())])?;
    let areas: Vec<String> = grants.iter().map(|grant| area(grant.area)).collect();
    let mut values = Vec::new();
    for (grant, area) in grants.iter().zip(&areas) {
        values.extend([
            Value::from(holder.bytes()),
            Value::Text(&grant.role),
            Value::Text(area),
            Value::Text(grant.institution.as_deref().unwrap_or_default()),
            Value::from(by.bytes()),
            Value::Int(now.millis()),
        ]);
    }
    connection.upsert(&GRANTS, &values)
}

/// Whether a grant is limited neither to an area nor to an institution.
pub(super) fn is_everywhere(grant: &Grant) -> bool {
    grant.area == DivisionPrefix::EVERYWHERE && grant.institution.is_none()
}

/// An area as it is stored: its digits, none for everywhere.
pub(super) fn area(prefix: DivisionPrefix) -> String {
    if prefix == DivisionPrefix::EVERYWHERE { String::new() } else { prefix.to_string() }
}

/// The area of a stored text.
pub(super) fn area_of(row: &Row<'_>, position: usize) -> Result<DivisionPrefix, SqlError> {
    match row.text(position)? {
        "" => Ok(DivisionPrefix::EVERYWHERE),
        digits => DivisionPrefix::parse(digits)
            .ok_or_else(|| row.problem(position, "holds no division code")),
    }
}

/// An institution as it is stored: empty for any.
pub(super) fn institution_of(row: &Row<'_>, position: usize) -> Result<Option<String>, SqlError> {
    Ok(Some(row.text(position)?).filter(|code| !code.is_empty()).map(ToOwned::to_owned))
}

/// The grant of a row of `GRANTS`.
pub(super) fn grant(row: &Row<'_>) -> Result<Grant, SqlError> {
    Ok(Grant {
        role: row.text(1)?.to_owned(),
        area: area_of(row, 2)?,
        institution: institution_of(row, 3)?,
    })
}
