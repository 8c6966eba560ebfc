//! Cases as people look for them, and as rows.

use kangji_core::{
    Fen, Moment,
    ids::{CaseId, DeductionId, OfficerId},
};
use kangji_redemption::{
    fraud::{Case, CaseKind, Outcome, Party},
    order::Step,
    partner::Bears,
    settlement::Hand,
};
use kangji_rights::Permit;

use crate::{
    partner::agreements,
    redemption::covered,
    schema::CASES,
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Store, StoreError},
};

/// Which cases, what was opened last first.
#[derive(Clone, Debug)]
pub struct CaseQuery {
    /// Of the places that this covers.
    pub permit: Permit,
    /// Only those that wait for a decision, or only the others.
    pub open: Option<bool>,
    /// Only those opened before this one: when, and its id.
    pub before: Option<(Moment, CaseId)>,
    /// At most so many.
    pub limit: u32,
}

impl Store {
    /// A case.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn case(&self, id: CaseId) -> Result<Option<Case>, StoreError> {
        Ok(read(&mut *self.reader()?, id, Lock::None)?)
    }

    /// Cases, what was opened last first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn cases(&self, query: &CaseQuery) -> Result<Vec<Case>, StoreError> {
        let mut texts = Vec::new();
        let mut conditions = vec![covered(&query.permit, "place", &mut texts)];
        conditions.extend(query.open.map(|open| {
            let not = if open { "" } else { " NOT" };
            format!("decided_at IS{not} NULL")
        }));
        let mut values: Vec<Value<'_>> = texts.iter().map(|text| Value::Text(text)).collect();
        // An id of what the program noticed follows from the voucher: it is in no order.
        if let Some((at, id)) = &query.before {
            values.extend([Value::Int(at.millis()), Value::from(id.bytes())]);
            let (at, id) = (values.len() - 1, values.len());
            conditions.push(format!("(opened_at < ${at} OR (opened_at = ${at} AND id < ${id}))"));
        }
        let columns: Vec<&str> = CASES.columns.iter().map(|column| column.name).collect();
        let sql = format!(
            "SELECT {} FROM cases WHERE {} ORDER BY opened_at DESC, id DESC LIMIT {}",
            columns.join(", "),
            conditions.join(" AND "),
            query.limit
        );
        let mut found = Vec::new();
        self.reader()?.query(&sql, &values, |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Who bears what a case comes to, by the agreement that the shop had on the day; `None` where
    /// it had none, or the place is no shop.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn bears(&self, case: &Case) -> Result<Option<Bears>, StoreError> {
        let day = case.opened.at.day();
        let found = agreements::in_force(&mut *self.reader()?, &[&case.place], day)?;
        let own = found.into_iter().find(|agreement| agreement.scheme == case.scheme);
        Ok(own.map(|agreement| agreement.bears))
    }
}

pub(super) fn read(
    connection: &mut Connection,
    id: CaseId,
    lock: Lock,
) -> Result<Option<Case>, SqlError> {
    let mut found = None;
    connection.fetch(&CASES, 1, &[Value::from(id.bytes())], lock, |row| {
        found = Some(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

fn from_row(row: &Row<'_>) -> Result<Case, SqlError> {
    let first = match row.opt_text(5)? {
        Some(place) => Some((place.to_owned(), Moment::from_millis(row.int(6)?))),
        None => None,
    };
    let by = row.opt_bytes(9)?.map(|_| row.array(9)).transpose()?;
    let deduction = row.opt_bytes(17)?.map(|_| row.array(17)).transpose()?;
    let outcome = match row.opt_int(15)? {
        None => None,
        Some(at) => Some(Outcome {
            party: Party::of_word(row.text(10)?)
                .ok_or_else(|| row.problem(10, "says not who is at fault"))?,
            party_code: row.opt_text(11)?.unwrap_or_default().to_owned(),
            loss: Fen(row.int(12)?),
            decision: row.text(13)?.to_owned(),
            consequence: row.opt_text(14)?.unwrap_or_default().to_owned(),
            hand: Hand { by: OfficerId::from_bytes(row.array(16)?), at: Moment::from_millis(at) },
        }),
    };
    Ok(Case {
        id: CaseId::from_bytes(row.array(0)?),
        kind: CaseKind::of_word(row.text(1)?).ok_or_else(|| row.problem(1, "holds no kind"))?,
        scheme: row.text(2)?.to_owned(),
        serial: row.opt_text(3)?.map(ToOwned::to_owned),
        deduction: deduction.map(DeductionId::from_bytes),
        place: row.text(4)?.to_owned(),
        first,
        note: row.text(7)?.to_owned(),
        opened: Step { at: Moment::from_millis(row.int(8)?), by },
        outcome,
    })
}
