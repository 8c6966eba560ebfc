//! What residents say is wrong with what is held about them. The texts are sealed: they name what
//! they want corrected.

use kangji_core::{
    Day, Moment,
    ids::{HolderId, OfficerId},
};
use kangji_rights::Permit;

use super::{SealedPerson, done, put_new};
use crate::{
    access::filter::{self, Filter},
    schema::CORRECTIONS,
    sql::{Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// A request to correct something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Its id.
    pub id: [u8; 16],
    /// About whom.
    pub person: HolderId,
    /// Who asked: the person or the guardian.
    pub asked_by: HolderId,
    /// What is wrong.
    pub field: String,
    /// What they say about it, sealed with the key of the person.
    pub content: Vec<u8>,
    /// When.
    pub asked_at: Moment,
    /// What came of it, if it was decided.
    pub decision: Option<CorrectionDecision>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectionDecision {
    /// Who decided.
    pub by: OfficerId,
    /// When.
    pub at: Moment,
    /// Whether it was right.
    pub accepted: bool,
    /// What they were answered, sealed with the key of the person.
    pub answer: Vec<u8>,
}

impl Store {
    /// Keeps a request. `person` is kept as well where nothing sealed was known of the resident.
    pub fn ask_correction(
        &self,
        correction: Correction,
        person: Option<SealedPerson>,
    ) -> Pending<[u8; 16]> {
        self.once(move |unit| {
            unit.done.push(done(correction.person));
            if let Some(person) = &person {
                put_new(unit.connection, person)?;
            }
            unit.connection.insert(&CORRECTIONS, &values(&correction))?;
            Ok(correction.id)
        })
    }

    /// A request, if there is one.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn correction(&self, id: [u8; 16]) -> Result<Option<Correction>, StoreError> {
        let mut found = None;
        self.reader()?.fetch(&CORRECTIONS, 1, &[Value::from(&id)], Lock::None, |row| {
            found = Some(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// All requests about a person, in order.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn corrections_of(&self, person: HolderId) -> Result<Vec<Correction>, StoreError> {
        let sql = format!("{ALL} WHERE person = $1 ORDER BY id");
        self.corrections_by(&sql, &[Value::from(person.bytes())])
    }

    /// Requests that nobody decided yet, about residents on whom a permit allows its action, or
    /// about one of them.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn corrections_under(
        &self,
        permit: &Permit,
        person: Option<HolderId>,
        after: Option<[u8; 16]>,
        limit: u32,
        today: Day,
    ) -> Result<Vec<Correction>, StoreError> {
        let first = if person.is_some() { 4 } else { 3 };
        let filter = Filter::new(permit, "corrections.person", None, today, first);
        let about = if person.is_some() { " AND person = $3" } else { "" };
        let sql = format!(
            "{ALL} WHERE id > $1 AND decided_at IS NULL{about} AND {} ORDER BY id LIMIT $2",
            filter.sql
        );
        let after = after.unwrap_or_default();
        let mut values = vec![Value::from(&after), Value::Int(i64::from(limit))];
        values.extend(person.as_ref().map(|person| Value::from(person.bytes())));
        values.extend(filter.values());
        self.corrections_by(&sql, &values)
    }

    /// Decides a request, as far as a permit reaches; `None` where there is none to be seen,
    /// `false` where it was decided before.
    pub fn decide_correction(
        &self,
        permit: &Permit,
        id: [u8; 16],
        decision: CorrectionDecision,
    ) -> Pending<Option<bool>> {
        let permit = permit.clone();
        self.once(move |unit| {
            let mut found = None;
            unit.connection.fetch(&CORRECTIONS, 1, &[Value::from(&id)], Lock::Rows, |row| {
                found = Some(from_row(&row)?);
                Ok(())
            })?;
            let Some(correction) = found else { return Ok(None) };
            let (person, today) = (correction.person, decision.at.day());
            if !filter::allows(unit.connection, &permit, person, None, today)? {
                return Ok(None);
            }
            unit.done.push(done(person));
            if correction.decision.is_some() {
                return Ok(Some(false));
            }
            let decided = Correction { decision: Some(decision.clone()), ..correction };
            unit.connection.update(&CORRECTIONS, &values(&decided))?;
            Ok(Some(true))
        })
    }

    fn corrections_by(
        &self,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<Correction>, StoreError> {
        let mut found = Vec::new();
        self.reader()?.query(sql, values, |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }
}

const ALL: &str = "SELECT id, person, asked_by, field, content, asked_at, decided_by, decided_at,
    accepted, answer FROM corrections";

fn values(correction: &Correction) -> [Value<'_>; 10] {
    let decision = correction.decision.as_ref();
    [
        Value::from(&correction.id),
        Value::from(correction.person.bytes()),
        Value::from(correction.asked_by.bytes()),
        Value::Text(&correction.field),
        Value::Bytes(&correction.content),
        Value::Int(correction.asked_at.millis()),
        decision.map(|decision| decision.by.bytes()).into(),
        decision.map(|decision| decision.at.millis()).into(),
        decision.map(|decision| i64::from(decision.accepted)).into(),
        decision.map(|decision| decision.answer.as_slice()).into(),
    ]
}

fn from_row(row: &Row<'_>) -> Result<Correction, SqlError> {
    let decision = match row.opt_int(7)? {
        None => None,
        Some(at) => Some(CorrectionDecision {
            by: OfficerId::from_bytes(row.array(6)?),
            at: Moment::from_millis(at),
            accepted: row.int(8)? != 0,
            answer: row.bytes(9)?.to_vec(),
        }),
    };
    Ok(Correction {
        id: row.array(0)?,
        person: HolderId::from_bytes(row.array(1)?),
        asked_by: HolderId::from_bytes(row.array(2)?),
        field: row.text(3)?.to_owned(),
        content: row.bytes(4)?.to_vec(),
        asked_at: Moment::from_millis(row.int(5)?),
        decision,
    })
}
