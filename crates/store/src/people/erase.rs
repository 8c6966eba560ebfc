//! Erasing a person: what tells who they are is destroyed, what they did and earned stays under
//! an id that says nothing, and the points stay as they are.

use std::collections::HashSet;

use kangji_core::{Day, ids::HolderId};

use super::{done, forget_keys};
use crate::{
    facts::{holders, residents::GUARDIAN},
    jobs::anew,
    ledger::{
        rows::{number, opt_day},
        unit::Unit,
    },
    post::{
        self, Entered,
        rulebook::Rulebook,
        settle::{Occasion, is_settled},
    },
    schema::{PEOPLE, RESIDENTS},
    sql::{self, Connection, Location, Lock, Mode, SqlError, Value},
    store::{Pending, Store, StoreError},
};

impl Store {
    /// Destroys what tells who somebody is; `false` where nobody has the id.
    ///
    /// The key, the sealed fields, the keyed hashes, consents, requests, sessions, tickets and
    /// what was known before corrections go. The code gives way to the system's own id wherever
    /// it stands; the person lives nowhere from tomorrow on; of the day of birth as much stays as
    /// the points need, which mostly is the year. Records and the ledger stay as they are.
    ///
    /// What the points are is posted first; `entered` has the reason that it takes where that
    /// concerns a closed period. [`Store::forget_deleted`] has to follow.
    #[must_use = "nobody is erased where points cannot be posted"]
    pub fn erase_person(&self, id: HolderId, entered: Entered) -> Pending<bool> {
        let rulebook = self.rulebook();
        self.once(move |unit| {
            let rulebook = rulebook(unit.connection)?;
            erase(unit, &rulebook, id, entered)
        })
    }

    /// Empties the write-ahead log of an SQLite database, where pages lie as they were before
    /// something was deleted; `false` where somebody reads for so long that it cannot be. What a
    /// PostgreSQL server keeps of deleted rows is its own affair.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn forget_deleted(&self) -> Result<bool, StoreError> {
        let Location::File(_) = self.location() else { return Ok(true) };
        let mut connection = sql::open(self.location(), Mode::Existing)?;
        Ok(empty_log(&mut connection)?)
    }

    /// Writes the file of an SQLite database anew and empties its log. What is deleted is
    /// overwritten, but a row that was moved to another page before may have left a copy in the
    /// unused part of the first one; now it is gone. Nobody writes meanwhile, so it is for quiet
    /// hours after an erasure; the jobs see to it ([`crate::jobs::Job::Anew`]). `false` where
    /// somebody reads for so long that the log cannot be emptied.
    ///
    /// # Errors
    /// Where the database fails, somebody writes for too long, or there is no space for a second
    /// file.
    pub fn write_anew(&self) -> Result<bool, StoreError> {
        let Location::File(_) = self.location() else { return Ok(true) };
        let mut connection = sql::open(self.location(), Mode::Existing)?;
        connection.define("VACUUM")?;
        Ok(empty_log(&mut connection)?)
    }
}

/// [`Store::erase_person`] in the open transaction.
pub(crate) fn erase(
    unit: &mut Unit<'_>,
    rulebook: &Rulebook,
    id: HolderId,
    entered: Entered,
) -> Result<bool, StoreError> {
    unit.done.push(done(id));
    let keys = [Value::from(id.bytes())];
    let mut sealed = false;
    unit.connection.fetch(&PEOPLE, 1, &keys, Lock::Rows, |_| {
        sealed = true;
        Ok(())
    })?;
    forget_keys(unit.connection, id)?;
    unit.connection.delete(&PEOPLE, &keys)?;
    for sql in TRACES {
        unit.connection.execute(sql, &keys)?;
    }
    let code = holders::codes(unit.connection, &[id])?.remove(&id);
    if sealed || code.is_some() {
        anew::remember(unit.connection, entered.now)?;
    }
    let Some(code) = code else { return Ok(sealed) };
    let touched = touched(unit, id, &code)?;
    post::post(unit, rulebook, &touched, entered)?;
    rename(unit, id, &code)?;
    end(unit, id, entered.now.day())?;
    blur(unit, rulebook, id, &touched, entered)?;
    Ok(true)
}

fn empty_log(connection: &mut Connection) -> Result<bool, SqlError> {
    let mut busy = true;
    connection.query("PRAGMA wal_checkpoint(TRUNCATE)", &[], |row| {
        busy = row.int(0)? != 0;
        Ok(())
    })?;
    Ok(!busy)
}

/// What is kept beside the facts. First answers to calls hold ids only.
const TRACES: [&str; 6] = [
    "DELETE FROM consents WHERE person = $1",
    "DELETE FROM corrections WHERE person = $1",
    // That there was a case, and whether it was answered, is still counted.
    "UPDATE opinions SET content = NULL, answer = NULL WHERE person = $1",
    "DELETE FROM sessions WHERE principal = $1",
    "DELETE FROM tickets WHERE principal = $1",
    "DELETE FROM identities WHERE resident = $1",
];

/// The person and those whose points hang on theirs by name: wards, and residents they helped.
fn touched(unit: &mut Unit<'_>, id: HolderId, code: &str) -> Result<HashSet<HolderId>, SqlError> {
    let mut touched = HashSet::from([id]);
    let named = "SELECT resident FROM standings WHERE kind = $1 AND value = $2
        UNION SELECT resident FROM records WHERE worker = $2";
    let values = [Value::Int(GUARDIAN), Value::Text(code)];
    unit.connection.query(named, &values, |row| {
        touched.insert(HolderId::from_bytes(row.array(0)?));
        Ok(())
    })?;
    Ok(touched)
}

/// Puts the system's own id wherever the code stands.
fn rename(unit: &mut Unit<'_>, id: HolderId, code: &str) -> Result<(), SqlError> {
    // What was known before a correction has the whole day of birth.
    let before = "DELETE FROM superseded WHERE fact = 'resident' AND subject = $1";
    unit.connection.execute(before, &[Value::Text(code)])?;
    let name = id.to_string();
    if name == code {
        return Ok(());
    }
    // What was known of others before names the code as a JSON text.
    let [old, new] = [code, &name].map(|text| serde_json::Value::from(text).to_string());
    let kept = "UPDATE superseded SET content = REPLACE(content, $1, $2)
        WHERE REPLACE(content, $1, $2) <> content";
    unit.connection.execute(kept, &[Value::Text(&old), Value::Text(&new)])?;
    let values = [Value::Text(&name), Value::Text(code)];
    for sql in [
        "UPDATE holders SET code = $1 WHERE code = $2",
        "UPDATE records SET worker = $1 WHERE worker = $2",
        "UPDATE confirmations SET subject = $1 WHERE subject = $2 AND period <> ''",
        "UPDATE sanctions SET holder = $1 WHERE holder = $2",
    ] {
        unit.connection.execute(sql, &values)?;
    }
    let guardian = "UPDATE standings SET value = $1 WHERE value = $2 AND kind = $3";
    let values = [values[0], values[1], Value::Int(GUARDIAN)];
    unit.connection.execute(guardian, &values).map(drop)
}

/// Ends what holds beyond a day.
fn end(unit: &mut Unit<'_>, id: HolderId, today: Day) -> Result<(), SqlError> {
    let values = [Value::from(id.bytes()), Value::Int(number(today))];
    for sql in [
        "DELETE FROM standings WHERE resident = $1 AND first_day > $2",
        // One of two that differ in their last day only.
        "DELETE FROM standings WHERE resident = $1 AND last_day > $2 AND EXISTS (
            SELECT 1 FROM standings other WHERE other.resident = standings.resident
            AND other.kind = standings.kind AND other.value = standings.value
            AND other.first_day = standings.first_day AND other.last_day >= $2
            AND other.last_day < standings.last_day)",
        "UPDATE standings SET last_day = $2 WHERE resident = $1 AND last_day > $2",
    ] {
        unit.connection.execute(sql, &values)?;
    }
    Ok(())
}

/// Keeps as little of the day of birth as leaves the points what they are.
fn blur(
    unit: &mut Unit<'_>,
    rulebook: &Rulebook,
    id: HolderId,
    touched: &HashSet<HolderId>,
    entered: Entered,
) -> Result<(), StoreError> {
    let Entered { now, reason } = entered;
    let occasion = Occasion { as_of: now.day(), now, reason };
    let mut known = None;
    let key = [Value::from(id.bytes())];
    unit.connection.fetch(&RESIDENTS, 1, &key, Lock::None, |row| {
        known = Some((opt_day(&row, 1)?, row.opt_text(2)?.map(str::to_owned)));
        Ok(())
    })?;
    if let Some((Some(birth), sex)) = known {
        let of_year = |month, day| Day::new(birth.year(), month, day);
        let blurred =
            [of_year(1, 1), of_year(7, 1), of_year(12, 31), of_year(birth.month(), 1), Some(birth)];
        for day in blurred.into_iter().flatten() {
            let row = [key[0], Value::Int(number(day)), sex.as_deref().into()];
            unit.connection.update(&RESIDENTS, &row)?;
            if is_settled(unit, rulebook, touched, occasion)? {
                return Ok(());
            }
        }
    }
    // Where awards are shared out in the order of codes, another code may change whose they are.
    post::post(unit, rulebook, touched, entered).map(drop)
}
