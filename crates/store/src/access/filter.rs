//! A permit as a condition on rows, and as the decision about one resident. The two say the same
//! of every row: a test holds them together.

use kangji_core::{Day, Division, DivisionPrefix, ids::HolderId};
use kangji_rights::{Cover, Permit, Place};

use crate::{
    facts::residents::COMMUNITY,
    ledger::rows::{day, number},
    schema::{RESIDENTS, STANDINGS},
    sql::{Connection, Lock, SqlError, Value},
    store::{Store, StoreError},
};

/// A condition with its parameters, to be put into a statement.
pub(crate) struct Filter {
    /// The condition, in brackets.
    pub(crate) sql: String,
    parameters: Vec<Parameter>,
}

enum Parameter {
    Int(i64),
    Text(String),
    Id([u8; 16]),
}

impl Filter {
    /// Which rows a permit allows on a day. `resident` is the column that says whom a row is
    /// about, `institution` the one that says to which institution it belongs, if it does. The
    /// first parameter of the condition is `$first`.
    pub(crate) fn new(
        permit: &Permit,
        resident: &str,
        institution: Option<&str>,
        today: Day,
        first: usize,
    ) -> Self {
        let mut parameters = Vec::new();
        let mut place = |parameter| {
            parameters.push(parameter);
            first + parameters.len() - 1
        };
        let mut covers = Vec::with_capacity(permit.covers().len());
        for cover in permit.covers() {
            covers.push(match cover {
                Cover::Person(id) => {
                    format!("{resident} = ${}", place(Parameter::Id(*id.bytes())))
                }
                Cover::Area { area, institution: only } => {
                    let mut all = vec![inside(resident, *area, today, &mut place)];
                    if let (Some(column), Some(only)) = (institution, only) {
                        all.push(format!("{column} = ${}", place(Parameter::Text(only.clone()))));
                    }
                    all.join(" AND ")
                }
            });
        }
        Self { sql: format!("({})", covers.join(" OR ")), parameters }
    }

    /// Its parameters.
    pub(crate) fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.parameters.iter().map(|parameter| match parameter {
            Parameter::Int(number) => Value::Int(*number),
            Parameter::Text(text) => Value::Text(text),
            Parameter::Id(id) => Value::from(id),
        })
    }
}

/// That somebody lives in an area today.
fn inside(
    resident: &str,
    area: DivisionPrefix,
    today: Day,
    place: &mut impl FnMut(Parameter) -> usize,
) -> String {
    if area == DivisionPrefix::EVERYWHERE {
        return "1 = 1".to_owned();
    }
    let today = place(Parameter::Int(number(today)));
    let (low, high) = area.texts();
    let (low, high) = (place(Parameter::Text(low)), place(Parameter::Text(high)));
    format!(
        "EXISTS (SELECT 1 FROM standings lives WHERE lives.resident = {resident}
        AND lives.kind = {COMMUNITY} AND lives.value >= ${low} AND lives.value < ${high}
        AND lives.first_day <= ${today} AND lives.last_day >= ${today})"
    )
}

/// That a column holds the code of an area inside a permit's; its parameters follow `texts`.
pub(crate) fn inside_areas(permit: &Permit, column: &str, texts: &mut Vec<String>) -> String {
    let mut covers = Vec::with_capacity(permit.covers().len());
    for cover in permit.covers() {
        let Cover::Area { area, .. } = cover else { continue };
        if *area == DivisionPrefix::EVERYWHERE {
            return "1 = 1".to_owned();
        }
        let (low, high) = area.texts();
        texts.extend([low, high]);
        let place = texts.len();
        covers.push(format!("({column} >= ${} AND {column} < ${place})", place - 1));
    }
    match covers.is_empty() {
        true => "1 = 0".to_owned(),
        false => format!("({})", covers.join(" OR ")),
    }
}

impl Store {
    /// Whether a permit allows its action on what is about a resident, and belongs to an
    /// institution if it says so, on a day.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn allows(
        &self,
        permit: &Permit,
        resident: HolderId,
        institution: Option<&str>,
        today: Day,
    ) -> Result<bool, StoreError> {
        let mut reader = self.reader()?;
        Ok(allows(&mut reader, permit, resident, institution, today)?)
    }

    /// Whether there is a resident with this id.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn is_resident(&self, id: HolderId) -> Result<bool, StoreError> {
        let mut known = false;
        self.reader()?.fetch(&RESIDENTS, 1, &[Value::from(id.bytes())], Lock::None, |_| {
            known = true;
            Ok(())
        })?;
        Ok(known)
    }
}

/// [`Store::allows`] on a connection.
pub(crate) fn allows(
    connection: &mut Connection,
    permit: &Permit,
    resident: HolderId,
    institution: Option<&str>,
    today: Day,
) -> Result<bool, SqlError> {
    let mut communities = Vec::new();
    let key = [Value::from(resident.bytes())];
    connection.fetch(&STANDINGS, 1, &key, Lock::None, |row| {
        let lives = row.int(1)? == COMMUNITY && day(&row, 3)? <= today && day(&row, 4)? >= today;
        communities.extend(lives.then(|| row.text(2).ok().and_then(Division::parse)).flatten());
        Ok(())
    })?;
    let place = Place { person: Some(resident), communities: &communities, institution };
    Ok(permit.allows(place))
}
