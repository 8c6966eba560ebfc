//! Service records, as far as a permit reaches.

use std::collections::{HashMap, HashSet};

use kangji_core::{
    Day,
    ids::{HolderId, RecordId},
};
use kangji_rights::{Permit, Place};
use serde_json::{Map, Value as Json};

use crate::{
    access::filter::Filter,
    facts::{AttributeValue, RecordFact, attributes},
    ledger::rows::{day, number},
    post::{
        rulebook::Rulebook,
        services::{Service, communities},
    },
    schema::RECORD_CODES,
    sql::{Connection, Row, SqlError, Value},
    store::{Store, StoreError},
};

/// A service record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordRow {
    /// The system's id.
    pub id: RecordId,
    /// The sender's id.
    pub code: String,
    /// The resident.
    pub resident: HolderId,
    /// How often it was written.
    pub version: i64,
    /// What was done; `None` where it would name an illness to the reader.
    pub kind: Option<String>,
    /// The day of the service.
    pub day: Day,
    /// The institution.
    pub org: String,
    /// Who assisted, organised or reported; empty where nobody did.
    pub worker: String,
    /// Whether it was declared void.
    pub void: bool,
    /// What was recorded; numbers as texts, so that they stay exact.
    pub attributes: Map<String, Json>,
}

/// Which records.
#[derive(Clone, Debug)]
pub struct RecordQuery {
    /// Of this resident.
    pub resident: Option<HolderId>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this institution.
    pub org: Option<String>,
    /// From this day on.
    pub from: Day,
    /// Until this day.
    pub to: Day,
    /// Those after this one.
    pub after: Option<(Day, RecordId)>,
    /// The latest day first, instead of the earliest.
    pub latest_first: bool,
    /// So many at most.
    pub limit: u32,
}

/// Who reads: what they may read, and of whom they may know illnesses.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// What they may read.
    pub permit: &'a Permit,
    /// Of whom they may know illnesses.
    pub care: Option<&'a Permit>,
    /// The resident who reads about themselves or those they look after; `None` for others.
    pub own: Option<HolderId>,
    /// The day.
    pub today: Day,
}

impl RecordRow {
    /// A row of `RECORD_CODES`.
    pub(crate) fn of_code(row: &Row<'_>) -> Result<Self, SqlError> {
        let attributes: Result<Map<String, Json>, _> = serde_json::from_str(row.text(9)?);
        Ok(Self {
            code: row.text(0)?.to_owned(),
            resident: HolderId::from_bytes(row.array(1)?),
            id: RecordId::from_bytes(row.array(2)?),
            version: row.int(3)?,
            kind: Some(row.text(4)?.to_owned()),
            day: day(row, 5)?,
            org: row.text(6)?.to_owned(),
            worker: row.text(7)?.to_owned(),
            void: row.int(8)? != 0,
            attributes: attributes.map_err(|_| row.problem(9, "holds no attributes"))?,
        })
    }

    /// Whether it says what a fact says, whoever it is about.
    pub(crate) fn says(&self, fact: &RecordFact) -> bool {
        let Self { kind, day, org, worker, void, .. } = self;
        kind.as_ref() == Some(&fact.kind)
            && (*day, *void) == (fact.day, fact.void)
            && (org, worker) == (&fact.org, &fact.worker)
            && self.attributes == attributes::object(&fact.attributes)
    }

    /// What was recorded, as a sender would tell it.
    fn values(&self) -> Vec<(String, AttributeValue)> {
        let value = |value: &Json| match value {
            Json::Bool(value) => Some(AttributeValue::Bool(*value)),
            // A number's text is written back as the text it is.
            Json::String(text) => Some(AttributeValue::Text(text.clone())),
            _ => None,
        };
        let all = self.attributes.iter();
        all.filter_map(|(name, held)| Some((name.clone(), value(held)?))).collect()
    }

    /// The record as a fact, without the code of its resident.
    pub(crate) fn fact(&self) -> RecordFact {
        RecordFact {
            code: self.code.clone(),
            resident: String::new(),
            kind: self.kind.clone().unwrap_or_default(),
            day: self.day,
            org: self.org.clone(),
            worker: self.worker.clone(),
            void: self.void,
            attributes: self.values(),
        }
    }

    /// Leaves nothing that names an illness.
    fn hide(&mut self) {
        self.kind = None;
        self.attributes.clear();
    }
}

/// The columns of `RECORD_CODES`, from the records themselves.
fn selected() -> String {
    let names: Vec<&str> = RECORD_CODES.columns.iter().map(|column| column.name).collect();
    format!("SELECT {} FROM records", names.join(", "))
}

impl Store {
    /// Records in the order of days, or against it, up to the limit.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn records(
        &self,
        query: &RecordQuery,
        reading: Reading<'_>,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let mut connection = self.reader()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let RecordQuery { resident, kind, org, from, to, after, latest_first, limit } = query;
        let begins = if *latest_first { (i64::MAX, [u8::MAX; 16]) } else { (0, [0; 16]) };
        let (after_day, after_id) = after.map_or(begins, |(day, id)| (number(day), *id.bytes()));
        let (further, order) = if *latest_first { ("<", " DESC") } else { (">", "") };
        let mut values = vec![
            Value::Int(number(*from)),
            Value::Int(number(*to)),
            Value::Int(after_day),
            Value::from(&after_id),
            Value::Int(i64::from(*limit)),
        ];
        let mut conditions = format!(
            "day >= $1 AND day <= $2 AND day {further}= $3 AND (day {further} $3 OR id {further} $4)"
        );
        let mut also = |column: &str, value| {
            values.push(value);
            conditions.push_str(&format!(" AND {column} = ${}", values.len()));
        };
        resident.iter().for_each(|id| also("resident", Value::from(id.bytes())));
        kind.iter().for_each(|kind| also("kind", Value::Text(kind)));
        org.iter().for_each(|org| also("org", Value::Text(org)));
        // Whoever may not know of an illness does not find it by asking for its records either.
        let secret = kind.as_ref().is_some_and(|kind| rulebook.is_secret(kind));
        let permits = match (secret, reading.care) {
            (false, _) => vec![reading.permit],
            (true, Some(care)) => vec![reading.permit, care],
            (true, None) => return Ok(Vec::new()),
        };
        let mut filters = Vec::with_capacity(permits.len());
        let mut first = values.len() + 1;
        for permit in permits {
            let filter =
                Filter::new(permit, "records.resident", Some("records.org"), reading.today, first);
            first += filter.values().count();
            conditions.push_str(&format!(" AND {}", filter.sql));
            filters.push(filter);
        }
        values.extend(filters.iter().flat_map(Filter::values));
        let order = format!("ORDER BY day{order}, id{order} LIMIT $5");
        let sql = format!("{} WHERE {conditions} {order}", selected());
        let mut rows = Vec::new();
        connection.query(&sql, &values, |row| {
            rows.push(RecordRow::of_code(&row)?);
            Ok(())
        })?;
        Ok(hidden(&mut connection, &rulebook, reading, rows)?)
    }

    /// A record, if the permit reaches it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn record_by_id(
        &self,
        id: RecordId,
        reading: Reading<'_>,
    ) -> Result<Option<RecordRow>, StoreError> {
        let mut connection = self.reader()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let found = within(&mut connection, id, reading.permit, reading.today)?;
        Ok(hidden(&mut connection, &rulebook, reading, found)?.pop())
    }

    /// A record as its sender would tell it again, if the permit reaches it: to correct it or to
    /// declare it void, not to show it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn service(
        &self,
        id: RecordId,
        permit: &Permit,
        today: Day,
    ) -> Result<Option<Service>, StoreError> {
        let found = within(&mut *self.reader()?, id, permit, today)?.pop();
        Ok(found.map(|row| Service {
            attributes: row.values(),
            code: row.code,
            resident: row.resident.to_string(),
            kind: row.kind.unwrap_or_default(),
            day: row.day,
            org: row.org,
            worker: row.worker,
        }))
    }
}

/// The record with an id, where a permit reaches it.
pub(super) fn within(
    connection: &mut Connection,
    id: RecordId,
    permit: &Permit,
    today: Day,
) -> Result<Vec<RecordRow>, SqlError> {
    let mut found = Vec::new();
    let sql = format!("{} WHERE id = $1", selected());
    connection.query(&sql, &[Value::from(id.bytes())], |row| {
        found.push(RecordRow::of_code(&row)?);
        Ok(())
    })?;
    let lives = communities(connection, found.iter().map(|record| record.resident), today)?;
    found.retain(|record| {
        let communities = lives.get(&record.resident).map_or(&[][..], Vec::as_slice);
        let person = Some(record.resident);
        permit.allows(Place { person, communities, institution: Some(&record.org) })
    });
    Ok(found)
}

/// Hides what names an illness from who need not know it.
pub(crate) fn hidden(
    connection: &mut Connection,
    rulebook: &Rulebook,
    reading: Reading<'_>,
    mut rows: Vec<RecordRow>,
) -> Result<Vec<RecordRow>, SqlError> {
    let secret = |row: &RecordRow| row.kind.as_ref().is_none_or(|kind| rulebook.is_secret(kind));
    let about: HashSet<HolderId> =
        rows.iter().filter(|row| secret(row)).map(|row| row.resident).collect();
    let lives = match reading.care {
        Some(_) => communities(connection, about.into_iter(), reading.today)?,
        None => HashMap::new(),
    };
    for row in rows.iter_mut().filter(|row| secret(row)) {
        let communities = lives.get(&row.resident).map_or(&[][..], Vec::as_slice);
        let place = Place { person: Some(row.resident), communities, institution: None };
        if !reading.care.is_some_and(|care| care.allows(place)) {
            row.hide();
        }
    }
    Ok(rows)
}
