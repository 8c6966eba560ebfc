//! The steps of a catalogue, and which versions there are.

use kangji_core::{Day, ids::CatalogueId};
use kangji_redemption::{Catalogue, Signature, catalogue::CatalogueRefusal};
use kangji_rights::{Cover, Permit};
use kangji_rules::scheme::Scheme;

use super::{COLUMNS, ProposedCatalogue, from_row, scheme_on};
use crate::{
    audit::{DONE, Done, Subject},
    ledger::rows::number,
    post::rulebook::Rulebook,
    schema::CATALOGUES,
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// What somebody decides on a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was reviewed (区卫健委审核).
    Review,
    /// It was filed (备案).
    File,
    /// It is given back.
    Return,
}

/// How far a version has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogueState {
    /// It waits for the review.
    Proposed,
    /// It was reviewed and waits to be filed.
    Reviewed,
    /// It was filed.
    Filed,
    /// It was given back.
    Returned,
}

impl CatalogueState {
    /// How far a catalogue has come.
    #[must_use]
    pub const fn of(catalogue: &Catalogue) -> Self {
        match (&catalogue.returned, &catalogue.filed, &catalogue.reviewed) {
            (Some(_), ..) => Self::Returned,
            (None, Some(_), _) => Self::Filed,
            (None, None, Some(_)) => Self::Reviewed,
            (None, None, None) => Self::Proposed,
        }
    }

    const fn condition(self) -> &'static str {
        match self {
            Self::Returned => "returned_on IS NOT NULL",
            Self::Filed => "returned_on IS NULL AND filed_on IS NOT NULL",
            Self::Reviewed => {
                "returned_on IS NULL AND filed_on IS NULL AND reviewed_on IS NOT NULL"
            }
            Self::Proposed => "returned_on IS NULL AND reviewed_on IS NULL",
        }
    }
}

/// Which versions, the newest first.
#[derive(Clone, Debug)]
pub struct CatalogueQuery {
    /// Only those under one of these.
    pub permits: Vec<Permit>,
    /// Only those of a scheme.
    pub scheme: Option<String>,
    /// Only those of a provider; an empty text: the schemes' own.
    pub provider: Option<String>,
    /// Only those that have come so far.
    pub state: Option<CatalogueState>,
    /// Only those before this one.
    pub after: Option<CatalogueId>,
    /// At most so many.
    pub limit: u16,
}

impl ProposedCatalogue {
    /// Whether a permit covers whom it is for.
    #[must_use]
    pub fn is_under(&self, permit: &Permit) -> bool {
        permit.includes(self.catalogue.area, self.catalogue.provider.as_deref())
    }
}

impl Store {
    /// A version, with the text it was proposed as.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn catalogue(&self, id: CatalogueId) -> Result<Option<ProposedCatalogue>, StoreError> {
        let mut connection = self.reader()?;
        let rulebook = self.rulebook()(&mut connection)?;
        Ok(read(&mut connection, &rulebook, id, Lock::None)?)
    }

    /// Versions, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn catalogues(&self, query: &CatalogueQuery) -> Result<Vec<ProposedCatalogue>, StoreError> {
        let mut texts = Vec::new();
        let mut place = |text: String| {
            texts.push(text);
            format!("${}", texts.len())
        };
        let covers = query.permits.iter().flat_map(Permit::covers).filter_map(|cover| {
            let Cover::Area { area, institution } = cover else { return None };
            let (low, high) = area.texts();
            let inside = format!("area >= {} AND area < {}", place(low), place(high));
            Some(match institution {
                None => format!("({inside})"),
                Some(only) => format!("({inside} AND provider = {})", place(only.clone())),
            })
        });
        let covers: Vec<String> = covers.collect();
        if covers.is_empty() {
            return Ok(Vec::new());
        }
        let mut conditions = vec![format!("({})", covers.join(" OR "))];
        conditions.extend(query.scheme.clone().map(|id| format!("scheme = {}", place(id))));
        conditions.extend(query.provider.clone().map(|code| match code.as_str() {
            "" => "provider IS NULL".to_owned(),
            _ => format!("provider = {}", place(code)),
        }));
        conditions.extend(query.state.map(|state| state.condition().to_owned()));
        let mut values: Vec<Value<'_>> = texts.iter().map(|text| Value::Text(text)).collect();
        if let Some(after) = &query.after {
            values.push(Value::from(after.bytes()));
            conditions.push(format!("id < ${}", values.len()));
        }
        let (conditions, limit) = (conditions.join(" AND "), query.limit);
        let sql = format!(
            "SELECT {COLUMNS} FROM catalogues WHERE {conditions} ORDER BY id DESC LIMIT {limit}"
        );
        let mut connection = self.reader()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let mut found = Vec::new();
        connection.query(&sql, &values, |row| {
            found.push(from_row(&row, &rulebook)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The catalogues in force on a day (P1).
    ///
    /// # Errors
    /// Where the database fails.
    pub fn catalogues_in_force(&self, day: Day) -> Result<Vec<Catalogue>, StoreError> {
        let mut connection = self.reader()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let all = self.offers().current(&mut connection, &rulebook)?;
        Ok(all.in_force(day).cloned().collect())
    }

    /// A scheme as it is on a day; as it was last after its last version ended.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn scheme_on(&self, id: &str, day: Day) -> Result<Option<Scheme>, StoreError> {
        let rulebook = self.rulebook()(&mut *self.reader()?)?;
        Ok(scheme_on(&rulebook, id, day).cloned())
    }

    /// Takes a step with a version; `None` where there is none that the permit covers.
    #[must_use = "a step may be refused"]
    pub fn decide_catalogue(
        &self,
        permit: &Permit,
        id: CatalogueId,
        step: Step,
        signature: Signature,
        today: Day,
    ) -> Pending<Option<Result<(), CatalogueRefusal>>> {
        let (permit, rulebook) = (permit.clone(), self.rulebook());
        self.once(move |unit| {
            let rulebook = rulebook(unit.connection)?;
            let found = read(unit.connection, &rulebook, id, Lock::Rows)?;
            let Some(mut found) = found.filter(|found| found.is_under(&permit)) else {
                return Ok(None);
            };
            let (subject, signature) = (Subject::Catalogue(id), signature.clone());
            let done = match step {
                Step::Review => found.catalogue.review(signature, today),
                Step::File => found.catalogue.file(signature, today),
                Step::Return => found.catalogue.give_back(signature, today),
            };
            if let Err(why) = done {
                unit.done.push(Done { subject, result: "refused" });
                return Ok(Some(Err(why)));
            }
            unit.done.push(Done { subject, result: DONE });
            write_steps(unit.connection, &found.catalogue)?;
            Ok(Some(Ok(())))
        })
    }
}

fn read(
    connection: &mut Connection,
    rulebook: &Rulebook,
    id: CatalogueId,
    lock: Lock,
) -> Result<Option<ProposedCatalogue>, SqlError> {
    let mut found = None;
    connection.fetch(&CATALOGUES, 1, &[Value::from(id.bytes())], lock, |row| {
        found = Some(from_row(&row, rulebook)?);
        Ok(())
    })?;
    Ok(found)
}

fn write_steps(connection: &mut Connection, catalogue: &Catalogue) -> Result<(), SqlError> {
    let sql = "UPDATE catalogues SET reviewed_by = $2, reviewed_on = $3, reviewed_as = $4,
        filed_by = $5, filed_on = $6, filed_as = $7, returned_by = $8, returned_on = $9,
        returned_as = $10 WHERE id = $1";
    let mut values = vec![Value::from(catalogue.id.bytes())];
    for step in [&catalogue.reviewed, &catalogue.filed, &catalogue.returned] {
        let by = step.as_ref().map(|signature| signature.by.bytes());
        let row: [Value<'_>; 3] = [
            by.into(),
            step.as_ref().map(|signature| number(signature.day)).into(),
            step.as_ref().map(|signature| signature.document.as_str()).into(),
        ];
        values.extend(row);
    }
    connection.execute(sql, &values)?;
    Ok(())
}
