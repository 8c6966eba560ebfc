//! The registers that areas keep: what people say and what they were answered (T6), what was made
//! public, how, and how many it reached (T7, P16), which issues are to be settled by whom until
//! when (T7). What the kinds of registers ask for is the caller's business.

#[cfg(test)]
mod tests;

use kangji_core::{Day, DivisionPrefix, Moment, ids::OfficerId};
use kangji_rights::Permit;

use crate::{
    access::filter,
    ledger::rows::{self, number},
    proposals::reaches,
    schema::REGISTER_ENTRIES,
    sql::{Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// Something to be written into a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRegisterEntry {
    /// Its id.
    pub id: [u8; 16],
    /// Which register.
    pub register: String,
    /// The area whose register it is.
    pub area: DivisionPrefix,
    /// The day it is about.
    pub day: Day,
    /// What it says.
    pub content: String,
    /// By which channel something was made public or said.
    pub channel: Option<String>,
    /// How many people it reached.
    pub reached: Option<u32>,
    /// Who is to settle it.
    pub owner: Option<String>,
    /// Until when.
    pub due: Option<Day>,
    /// Who of the staff entered it.
    pub by: OfficerId,
    /// When.
    pub at: Moment,
}

/// What was answered, or how an issue was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterAnswer {
    /// What.
    pub text: String,
    /// Who of the staff wrote it down.
    pub by: OfficerId,
    /// When.
    pub at: Moment,
}

/// An entry of a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterEntry {
    /// What was entered.
    pub entry: NewRegisterEntry,
    /// What came of it.
    pub answer: Option<RegisterAnswer>,
}

/// Which entries of a register, the newest first.
#[derive(Clone, Debug)]
pub struct RegisterQuery {
    /// Which register.
    pub register: String,
    /// Of the areas that this covers.
    pub permit: Permit,
    /// Only inside this area.
    pub area: Option<DivisionPrefix>,
    /// Only those that were answered, or only the others.
    pub answered: Option<bool>,
    /// Only those entered before this one.
    pub after: Option<[u8; 16]>,
    /// At most so many.
    pub limit: u32,
}

impl Store {
    /// Writes something into a register; its id, that of the first one where the call came before.
    pub fn enter_in_register(&self, entry: NewRegisterEntry) -> Pending<[u8; 16]> {
        self.once(move |unit| {
            let area = entry.area.to_string();
            let row = [
                Value::from(&entry.id),
                Value::Text(&entry.register),
                Value::Text(&area),
                Value::Int(number(entry.day)),
                Value::Text(&entry.content),
                entry.channel.as_deref().into(),
                entry.reached.map(i64::from).into(),
                entry.owner.as_deref().into(),
                entry.due.map(number).into(),
                Value::from(entry.by.bytes()),
                Value::Int(entry.at.millis()),
                Value::Null,
                Value::Null,
                Value::Null,
            ];
            unit.connection.insert(&REGISTER_ENTRIES, &row)?;
            Ok(entry.id)
        })
    }

    /// An entry of a register.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn register_entry(&self, id: [u8; 16]) -> Result<Option<RegisterEntry>, StoreError> {
        let mut found = None;
        self.reader()?.fetch(&REGISTER_ENTRIES, 1, &[Value::from(&id)], Lock::None, |row| {
            found = Some(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Entries of a register, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn register_entries(
        &self,
        query: &RegisterQuery,
    ) -> Result<Vec<RegisterEntry>, StoreError> {
        let mut texts = vec![query.register.clone()];
        let mut conditions = vec![
            "register = $1".to_owned(),
            filter::inside_areas(&query.permit, "area", &mut texts),
        ];
        if let Some(area) = query.area {
            let (low, high) = area.texts();
            texts.extend([low, high]);
            let place = texts.len();
            conditions.push(format!("area >= ${} AND area < ${place}", place - 1));
        }
        conditions.extend(query.answered.map(|answered| {
            let not = if answered { " NOT" } else { "" };
            format!("answered_at IS{not} NULL")
        }));
        let mut values: Vec<Value<'_>> = texts.iter().map(|text| Value::Text(text)).collect();
        if let Some(after) = &query.after {
            values.push(Value::from(after));
            conditions.push(format!("id < ${}", values.len()));
        }
        let columns: Vec<&str> = REGISTER_ENTRIES.columns.iter().map(|one| one.name).collect();
        let sql = format!(
            "SELECT {} FROM register_entries WHERE {} ORDER BY id DESC LIMIT {}",
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

    /// Answers an entry, once, as far as a permit reaches; `None` where there is none to be seen,
    /// `false` where it was answered before.
    pub fn answer_in_register(
        &self,
        permit: &Permit,
        id: [u8; 16],
        answer: RegisterAnswer,
    ) -> Pending<Option<bool>> {
        let permit = permit.clone();
        self.once(move |unit| {
            let mut found = None;
            let key = [Value::from(&id)];
            unit.connection.fetch(&REGISTER_ENTRIES, 1, &key, Lock::Rows, |row| {
                found = Some(from_row(&row)?);
                Ok(())
            })?;
            let seen = found.filter(|found| reaches(&permit, found.entry.area));
            let Some(found) = seen else { return Ok(None) };
            if found.answer.is_some() {
                return Ok(Some(false));
            }
            let sql = "UPDATE register_entries SET answer = $2, answered_by = $3, answered_at = $4
                WHERE id = $1";
            let row = [
                Value::from(&id),
                Value::Text(&answer.text),
                Value::from(answer.by.bytes()),
                Value::Int(answer.at.millis()),
            ];
            unit.connection.execute(sql, &row)?;
            Ok(Some(true))
        })
    }
}

fn from_row(row: &Row<'_>) -> Result<RegisterEntry, SqlError> {
    let answer = match row.opt_int(13)? {
        None => None,
        Some(at) => Some(RegisterAnswer {
            text: row.text(11)?.to_owned(),
            by: OfficerId::from_bytes(row.array(12)?),
            at: Moment::from_millis(at),
        }),
    };
    let text = |position| Ok::<_, SqlError>(row.opt_text(position)?.map(ToOwned::to_owned));
    let entry = NewRegisterEntry {
        id: row.array(0)?,
        register: row.text(1)?.to_owned(),
        area: DivisionPrefix::parse(row.text(2)?).ok_or_else(|| row.problem(2, "is no area"))?,
        day: rows::day(row, 3)?,
        content: row.text(4)?.to_owned(),
        channel: text(5)?,
        reached: row.opt_int(6)?.and_then(|number| u32::try_from(number).ok()),
        owner: text(7)?,
        due: rows::opt_day(row, 8)?,
        by: OfficerId::from_bytes(row.array(9)?),
        at: Moment::from_millis(row.int(10)?),
    };
    Ok(RegisterEntry { entry, answer })
}
