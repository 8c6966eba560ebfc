//! Institutions and partner shops: who hands something over, where, and when they are open.

use kangji_core::{DivisionPrefix, Moment};
use kangji_redemption::Level;
use kangji_rights::{Cover, Permit};

use super::catalogues::area;
use crate::{
    schema::INSTITUTIONS,
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// Who hands something over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Institution {
    /// The code by which grants, records and orders name it; it never changes.
    pub code: String,
    /// The name that residents read.
    pub name: String,
    /// At which level it provides (S9).
    pub level: Level,
    /// The area it is responsible for.
    pub area: DivisionPrefix,
    /// Where it is.
    pub address: String,
    /// Its telephone number.
    pub phone: String,
    /// When it is open, in words.
    pub hours: String,
    /// When this was last changed.
    pub changed_at: Moment,
    /// Since when it hands over nothing any more.
    pub closed_at: Option<Moment>,
}

impl Institution {
    /// Whether a permit covers it.
    #[must_use]
    pub fn is_under(&self, permit: &Permit) -> bool {
        permit.includes(self.area, Some(&self.code))
    }
}

impl Store {
    /// Keeps what is known of an institution; `false` where the permit does not cover it as it is
    /// or as it would be, and nothing has changed then.
    #[must_use = "it may lie outside of what somebody may change"]
    pub fn put_institution(&self, permit: &Permit, new: Institution) -> Pending<bool> {
        let permit = permit.clone();
        self.once(move |unit| {
            let known = read(unit.connection, &new.code, Lock::Rows)?;
            if !known.iter().chain([&new]).all(|one| one.is_under(&permit)) {
                return Ok(false);
            }
            let area = new.area.to_string();
            let row = [
                Value::Text(&new.code),
                Value::Text(&new.name),
                Value::Text(new.level.word()),
                Value::Text(&area),
                Value::Text(&new.address),
                Value::Text(&new.phone),
                Value::Text(&new.hours),
                Value::Int(new.changed_at.millis()),
                new.closed_at.map(Moment::millis).into(),
            ];
            unit.connection.upsert(&INSTITUTIONS, &row)?;
            Ok(true)
        })
    }

    /// The institutions of an area, or all of them, in the order of their codes.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn institutions(
        &self,
        within: Option<DivisionPrefix>,
    ) -> Result<Vec<Institution>, StoreError> {
        let (low, high) = within.unwrap_or(DivisionPrefix::EVERYWHERE).texts();
        let sql = "SELECT code, name, level, area, address, phone, hours, changed_at, closed_at
            FROM institutions WHERE area >= $1 AND area < $2 ORDER BY code";
        let mut found = Vec::new();
        self.reader()?.query(sql, &[Value::Text(&low), Value::Text(&high)], |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The institution with a code.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn institution(&self, code: &str) -> Result<Option<Institution>, StoreError> {
        Ok(read(&mut *self.reader()?, code, Lock::None)?)
    }
}

/// That a permit covers the institution or shop whose code a column holds, as a condition whose
/// parameters are added to `texts`.
pub(crate) fn covered(permit: &Permit, column: &str, texts: &mut Vec<String>) -> String {
    let mut place = |text: String| {
        texts.push(text);
        format!("${}", texts.len())
    };
    let covers = permit.covers().iter().filter_map(|cover| {
        let Cover::Area { area, institution } = cover else { return None };
        let (low, high) = area.texts();
        let inside = match *area == DivisionPrefix::EVERYWHERE {
            true => "1 = 1".to_owned(),
            false => format!(
                "EXISTS (SELECT 1 FROM institutions WHERE institutions.code = {column}
                AND institutions.area >= {} AND institutions.area < {})",
                place(low),
                place(high)
            ),
        };
        Some(match institution {
            None => format!("({inside})"),
            Some(only) => format!("({inside} AND {column} = {})", place(only.clone())),
        })
    });
    let covers: Vec<String> = covers.collect();
    match covers.is_empty() {
        true => "1 = 0".to_owned(),
        false => format!("({})", covers.join(" OR ")),
    }
}

/// The institution with a code.
pub(crate) fn read(
    connection: &mut Connection,
    code: &str,
    lock: Lock,
) -> Result<Option<Institution>, SqlError> {
    let mut found = None;
    connection.fetch(&INSTITUTIONS, 1, &[Value::Text(code)], lock, |row| {
        found = Some(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn from_row(row: &Row<'_>) -> Result<Institution, SqlError> {
    Ok(Institution {
        code: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        level: Level::of_word(row.text(2)?).ok_or_else(|| row.problem(2, "holds no level"))?,
        area: area(row.text(3)?).ok_or_else(|| row.problem(3, "holds no area"))?,
        address: row.text(4)?.to_owned(),
        phone: row.text(5)?.to_owned(),
        hours: row.text(6)?.to_owned(),
        changed_at: Moment::from_millis(row.int(7)?),
        closed_at: row.opt_int(8)?.map(Moment::from_millis),
    })
}
