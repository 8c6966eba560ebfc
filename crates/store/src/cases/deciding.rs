//! Cases that somebody opens by hand, and what is decided.

use kangji_core::{
    Moment,
    ids::{CaseId, DeductionId, HolderId, OfficerId},
};
use kangji_redemption::fraud::{CaseKind, CaseRefusal, Outcome, Party};

use super::reading::read;
use crate::{
    audit::{DONE, Done, Subject},
    facts::holders,
    schema::{CASES, INSTITUTIONS, RESIDENTS},
    sql::{Connection, Lock, SqlError, Table, Value},
    store::{Pending, Store, StoreError},
};

/// A case that somebody opens.
#[derive(Clone, Debug)]
pub struct NewCase {
    /// Its id.
    pub id: CaseId,
    /// What looks wrong.
    pub kind: CaseKind,
    /// Under which scheme.
    pub scheme: String,
    /// The institution or shop.
    pub place: String,
    /// The voucher, as its serial was read.
    pub serial: Option<String>,
    /// The deduction.
    pub deduction: Option<DeductionId>,
    /// What was noticed.
    pub note: String,
}

/// Where a deduction was made, and under which scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeductionPlace {
    /// The shop.
    pub shop: String,
    /// The scheme.
    pub scheme: String,
}

impl Store {
    /// Opens a case; its id, that of the first one where the call came before.
    pub fn open_case(&self, new: NewCase, by: OfficerId, now: Moment) -> Pending<String> {
        self.once(move |unit| {
            let none = || Value::from(None::<&str>);
            let row = [
                Value::from(new.id.bytes()),
                Value::Text(new.kind.word()),
                Value::Text(&new.scheme),
                new.serial.as_deref().into(),
                Value::Text(&new.place),
                none(),
                None::<i64>.into(),
                Value::Text(&new.note),
                Value::Int(now.millis()),
                Value::from(by.bytes()),
                none(),
                none(),
                None::<i64>.into(),
                none(),
                none(),
                None::<i64>.into(),
                None::<&[u8; 16]>.into(),
                new.deduction.as_ref().map(DeductionId::bytes).into(),
            ];
            unit.connection.insert(&CASES, &row)?;
            unit.done.push(Done { subject: Subject::Case(new.id), result: DONE });
            Ok(new.id.to_string())
        })
    }

    /// Where a deduction was made, for a case about it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn deduction_place(&self, id: DeductionId) -> Result<Option<DeductionPlace>, StoreError> {
        let sql = "SELECT shop, scheme FROM deductions WHERE id = $1";
        let mut found = None;
        self.reader()?.query(sql, &[Value::from(id.bytes())], |row| {
            let (shop, scheme) = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
            found = Some(DeductionPlace { shop, scheme });
            Ok(())
        })?;
        Ok(found)
    }

    /// Decides a case (P13). A resident at fault is named by id, or by a code that becomes it.
    #[must_use = "it may be refused"]
    pub fn decide_case(&self, id: CaseId, outcome: Outcome) -> Pending<Result<(), CaseRefusal>> {
        self.once(move |unit| {
            let Some(mut case) = read(unit.connection, id, Lock::Rows)? else {
                return Ok(Err(CaseRefusal::Unknown));
            };
            let subject = Subject::Case(id);
            let mut outcome = outcome.clone();
            let decided = match party(unit.connection, &outcome)? {
                Some(code) => {
                    outcome.party_code = code;
                    case.decide(outcome.clone())
                }
                None => case.decide(outcome.clone()).and(Err(CaseRefusal::UnknownParty)),
            };
            if let Err(refusal) = decided {
                unit.done.push(Done { subject, result: "refused" });
                return Ok(Err(refusal));
            }
            let sql = "UPDATE cases SET party = $2, party_name = $3, loss_fen = $4, decision = $5,
                consequence = $6, decided_at = $7, decided_by = $8 WHERE id = $1";
            let values = [
                Value::from(id.bytes()),
                Value::Text(outcome.party.word()),
                Value::Text(&outcome.party_code),
                Value::Int(outcome.loss.0),
                Value::Text(&outcome.decision),
                Value::Text(&outcome.consequence),
                Value::Int(outcome.hand.at.millis()),
                Value::from(outcome.hand.by.bytes()),
            ];
            unit.connection.execute(sql, &values)?;
            unit.done.push(Done { subject, result: DONE });
            Ok(Ok(()))
        })
    }
}

/// The code of whoever is at fault as it is kept; `None` where nobody has it.
fn party(connection: &mut Connection, outcome: &Outcome) -> Result<Option<String>, SqlError> {
    let code = outcome.party_code.trim().to_owned();
    if code.is_empty() {
        return Ok(Some(code));
    }
    match outcome.party {
        Party::Nobody => Ok(Some(code)),
        Party::Partner => {
            let is_known = there(connection, &INSTITUTIONS, Value::Text(&code))?;
            Ok(is_known.then_some(code))
        }
        Party::Staff => {
            let sql = "SELECT 1 FROM users WHERE name = $1 OR worker = $1";
            let mut is_known = false;
            connection.query(sql, &[Value::Text(&code)], |_| {
                is_known = true;
                Ok(())
            })?;
            Ok(is_known.then_some(code))
        }
        Party::Resident => {
            let id: Option<HolderId> = match code.parse() {
                Ok(id) => Some(id),
                Err(_) => holders::known(connection, [code.as_str()])?.remove(&code),
            };
            let Some(id) = id else { return Ok(None) };
            let is_known = there(connection, &RESIDENTS, Value::from(id.bytes()))?;
            Ok(is_known.then(|| id.to_string()))
        }
    }
}

fn there(connection: &mut Connection, table: &Table, key: Value<'_>) -> Result<bool, SqlError> {
    let mut is_there = false;
    connection.fetch(table, 1, &[key], Lock::None, |_| {
        is_there = true;
        Ok(())
    })?;
    Ok(is_there)
}
