//! Divisions by their codes: what each is called, from when to when, and which one came after it.
//! People read the names; facts and rights hold the codes.

use std::collections::HashMap;

use kangji_core::{Day, DayRange, Division, DivisionPrefix, Moment};

use crate::{
    ledger::rows::{day, number},
    schema::DIVISIONS,
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// A division as it is called on some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDivision {
    /// Its code of twelve digits.
    pub code: Division,
    /// The days on which the code means this.
    pub days: DayRange,
    /// Its name.
    pub name: String,
    /// The code that it has afterwards.
    pub successor: Option<Division>,
}

impl Store {
    /// Keeps divisions; the same code from the same day on takes the place of what was there.
    pub fn put_divisions(&self, all: Vec<NamedDivision>, now: Moment) -> Pending<()> {
        self.once(move |unit| {
            for one in &all {
                let code = one.code.to_string();
                let successor = one.successor.map(|code| code.to_string());
                let row = [
                    Value::Text(&code),
                    Value::Int(number(one.days.from)),
                    Value::Int(number(one.days.to)),
                    Value::Text(&one.name),
                    successor.as_deref().into(),
                    Value::Int(now.millis()),
                ];
                unit.connection.upsert(&DIVISIONS, &row)?;
            }
            Ok(())
        })
    }

    /// All that is known of some codes, by code and day.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn divisions_of(&self, codes: &[Division]) -> Result<Vec<NamedDivision>, StoreError> {
        Ok(of(&mut *self.reader()?, codes)?)
    }

    /// The divisions of an area whose codes follow on `after`, by code and day.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn divisions_in(
        &self,
        area: DivisionPrefix,
        after: &str,
        limit: u32,
    ) -> Result<Vec<NamedDivision>, StoreError> {
        let (low, high) = area.texts();
        let sql = "SELECT code, first_day, last_day, name, successor FROM divisions
            WHERE code >= $1 AND code < $2 AND code > $3 ORDER BY code, first_day LIMIT $4";
        let values = [Value::Text(&low), Value::Text(&high), Value::Text(after)];
        let values: Vec<Value<'_>> =
            values.into_iter().chain([Value::Int(i64::from(limit))]).collect();
        let mut found = Vec::new();
        self.reader()?.query(sql, &values, |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// What divisions are called on a day; those without a name are missing.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn division_names(
        &self,
        codes: &[Division],
        on: Day,
    ) -> Result<HashMap<Division, String>, StoreError> {
        let all = of(&mut *self.reader()?, codes)?;
        let holding = all.into_iter().filter(|one| one.days.contains(on));
        Ok(holding.map(|one| (one.code, one.name)).collect())
    }

    /// The codes that a name stands for on a day.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn divisions_named(&self, name: &str, on: Day) -> Result<Vec<Division>, StoreError> {
        let sql = "SELECT code, first_day, last_day, name, successor FROM divisions
            WHERE name = $1 AND first_day <= $2 AND last_day >= $2 ORDER BY code";
        let mut found = Vec::new();
        let values = [Value::Text(name), Value::Int(number(on))];
        self.reader()?.query(sql, &values, |row| {
            found.push(from_row(&row)?.code);
            Ok(())
        })?;
        Ok(found)
    }
}

fn of(connection: &mut Connection, codes: &[Division]) -> Result<Vec<NamedDivision>, SqlError> {
    let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
    let keys: Vec<Value<'_>> = codes.iter().map(|code| Value::Text(code)).collect();
    let mut found = Vec::new();
    connection.fetch(&DIVISIONS, 1, &keys, Lock::None, |row| {
        found.push(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

fn from_row(row: &Row<'_>) -> Result<NamedDivision, SqlError> {
    let code = |position, text| {
        Division::parse(text).ok_or_else(|| row.problem(position, "holds no division"))
    };
    Ok(NamedDivision {
        code: code(0, row.text(0)?)?,
        days: DayRange { from: day(row, 1)?, to: day(row, 2)? },
        name: row.text(3)?.to_owned(),
        successor: row.opt_text(4)?.map(|text| code(4, text)).transpose()?,
    })
}
