//! Cases that helpers report (T9, T10). A report is a service record from the beginning, of the day
//! on which it was received and of whoever reported; it says nothing yet that an award asks for.
//! The person is found or registered in the same transaction, and whoever reports is not told
//! which.

use std::collections::{HashMap, HashSet};

use kangji_core::{
    Day, Moment,
    ids::{HolderId, OfficerId, RecordId},
};
use kangji_rights::Permit;
use serde::{Deserialize, Serialize};

use crate::{
    access::filter,
    audit::{DONE, Done, Subject},
    facts::{Fact, RecordFact, ResidentFact, change, holders, records::record_of, residents},
    ledger::{
        rows::{self, number},
        unit::Unit,
    },
    people::{self, PersonKey, Registration},
    post::{self, Entered},
    schema::{HOLDERS, RECORD_AUTHORS, REPORTS},
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// A case that somebody reports.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// The code of the record, which is the number that whoever reports is given.
    pub code: String,
    /// What was found, as in the vocabulary.
    pub kind: String,
    /// The community it is reported from.
    pub community: String,
    /// Who reports.
    pub officer: OfficerId,
    /// The code others know them by.
    pub worker: String,
    /// Whether the person agreed, where the law asks for it.
    pub agreed: bool,
    /// The person, to be registered if nobody has the document.
    pub person: Registration,
    /// By what somebody is found who has no number yet: the name, beside the day of birth and the
    /// community. Empty for everybody else.
    pub name: Vec<PersonKey>,
    /// So many reports of one person are taken on a day.
    pub per_day: u32,
    /// The clock.
    pub now: Moment,
}

/// The answer to a report, the same whoever the person is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportReceived {
    /// It was received under this number.
    Number(String),
    /// Whoever reports has reported as often today as they may.
    TooMany,
}

/// A report, with the record it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its number, the record's code.
    pub code: String,
    /// Who reported.
    pub officer: OfficerId,
    /// From where.
    pub community: String,
    /// The day on which it was received.
    pub day: Day,
    /// Whether the person agreed, where the law asks for it.
    pub agreed: bool,
    /// The record.
    pub record: RecordId,
    /// Whom it is about.
    pub resident: HolderId,
    /// What was found.
    pub kind: String,
    /// Whether nobody has looked at it yet.
    pub waits: bool,
}

impl Store {
    /// Takes a report: finds or registers the person, writes the record.
    #[must_use = "it may be one too many"]
    pub fn report(&self, report: NewReport) -> Pending<ReportReceived> {
        let rulebook = self.rulebook();
        self.once(move |unit| {
            let (day, subject) = (report.now.day(), Subject::Record(record_of(&report.code)));
            if made_on(unit.connection, report.officer, day)? >= i64::from(report.per_day) {
                unit.done.push(Done { subject, result: "refused" });
                return Ok(ReportReceived::TooMany);
            }
            unit.done.push(Done { subject, result: DONE });
            let mut facts = Vec::with_capacity(2);
            let resident = match known(unit.connection, &report)? {
                Some(code) => code,
                None => {
                    facts.push(Fact::Resident(register(unit, &report.person)?));
                    report.person.fact.code.clone()
                }
            };
            facts.push(Fact::Record(record(&report, resident)));
            keep(unit.connection, &report)?;
            let entered = Entered { now: report.now, reason: None };
            let (_, touched) = change::write(unit.connection, &facts, report.now, None)?;
            let rulebook = rulebook(unit.connection)?;
            post::post(unit, &rulebook, &touched, entered)?;
            Ok(ReportReceived::Number(report.code.clone()))
        })
    }

    /// The latest reports of somebody: number and day, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn reports_made(
        &self,
        officer: OfficerId,
        limit: u32,
    ) -> Result<Vec<(String, Day)>, StoreError> {
        let sql = "SELECT code, received_day FROM reports WHERE officer = $1
            ORDER BY received_at DESC, code DESC LIMIT $2";
        let values = [Value::from(officer.bytes()), Value::Int(i64::from(limit))];
        let mut found = Vec::new();
        self.reader()?.query(sql, &values, |row| {
            found.push((row.text(0)?.to_owned(), rows::day(&row, 1)?));
            Ok(())
        })?;
        Ok(found)
    }

    /// Reports from the communities of a permit that nobody has looked at yet, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn reports_waiting(
        &self,
        permit: &Permit,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Report>, StoreError> {
        let mut texts = vec![after.unwrap_or_default().to_owned()];
        let areas = filter::inside_areas(permit, "reports.community", &mut texts);
        let sql = format!(
            "{ALL} WHERE reports.code > $1 AND {areas} AND records.version = 1 AND records.void = 0
            ORDER BY reports.code LIMIT {limit}"
        );
        let values: Vec<Value<'_>> = texts.iter().map(|text| Value::Text(text)).collect();
        Ok(select(&mut *self.reader()?, &sql, &values)?)
    }

    /// A report.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn report_of(&self, code: &str) -> Result<Option<Report>, StoreError> {
        let sql = format!("{ALL} WHERE reports.code = $1");
        Ok(select(&mut *self.reader()?, &sql, &[Value::Text(code)])?.pop())
    }
}

const ALL: &str = "SELECT reports.code, officer, community, received_day, agreed, records.id,
    records.resident, records.kind, records.version, records.void
    FROM reports JOIN records ON records.code = reports.code";

fn select(
    connection: &mut Connection,
    sql: &str,
    values: &[Value<'_>],
) -> Result<Vec<Report>, SqlError> {
    let mut found = Vec::new();
    connection.query(sql, values, |row| {
        found.push(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

fn from_row(row: &Row<'_>) -> Result<Report, SqlError> {
    Ok(Report {
        code: row.text(0)?.to_owned(),
        officer: OfficerId::from_bytes(row.array(1)?),
        community: row.text(2)?.to_owned(),
        day: rows::day(row, 3)?,
        agreed: row.int(4)? != 0,
        record: RecordId::from_bytes(row.array(5)?),
        resident: HolderId::from_bytes(row.array(6)?),
        kind: row.text(7)?.to_owned(),
        waits: row.int(8)? == 1 && row.int(9)? == 0,
    })
}

/// Which of some records are reports.
pub(crate) fn among<'a>(
    connection: &mut Connection,
    codes: impl Iterator<Item = &'a str>,
) -> Result<HashSet<String>, SqlError> {
    let keys: Vec<Value<'_>> = codes.map(Value::Text).collect();
    let mut found = HashSet::new();
    if !keys.is_empty() {
        connection.fetch(&REPORTS, 1, &keys, Lock::None, |row| {
            found.insert(row.text(0)?.to_owned());
            Ok(())
        })?;
    }
    Ok(found)
}

fn made_on(connection: &mut Connection, officer: OfficerId, day: Day) -> Result<i64, SqlError> {
    let sql = "SELECT COUNT(*) FROM reports WHERE officer = $1 AND received_day = $2";
    let mut made = 0;
    connection.query(sql, &[Value::from(officer.bytes()), Value::Int(number(day))], |row| {
        made = row.int(0)?;
        Ok(())
    })?;
    Ok(made)
}

/// The code of the person a report is about, if they are known already.
fn known(connection: &mut Connection, report: &NewReport) -> Result<Option<String>, SqlError> {
    let of_document = all_found(connection, &report.person.document)?;
    let of_name = all_found(connection, &report.name)?;
    let born = report.person.fact.birth_date;
    let known = residents::known(connection, &of_name)?;
    let alike = of_name.into_iter().filter(|id| {
        known.get(id).is_some_and(|(fact, _)| {
            let mut lives = fact.communities.iter();
            fact.birth_date == born && lives.any(|(community, _)| *community == report.community)
        })
    });
    let ids: Vec<HolderId> = of_document.into_iter().chain(alike).collect();
    let codes: HashMap<HolderId, String> = holders::codes(connection, &ids)?;
    Ok(ids.iter().find_map(|id| codes.get(id)).cloned())
}

fn all_found(connection: &mut Connection, keys: &[PersonKey]) -> Result<Vec<HolderId>, SqlError> {
    let mut ids = Vec::new();
    for key in keys {
        ids.extend(people::found(connection, *key)?);
    }
    Ok(ids)
}

/// Registers somebody who is new.
fn register(unit: &mut Unit<'_>, new: &Registration) -> Result<ResidentFact, SqlError> {
    let row = [Value::from(new.person.id.bytes()), Value::Text(&new.fact.code)];
    unit.connection.insert(&HOLDERS, &row)?;
    people::put(unit.connection, &new.person, &new.keys)?;
    Ok(new.fact.clone())
}

fn record(report: &NewReport, resident: String) -> RecordFact {
    RecordFact {
        code: report.code.clone(),
        resident,
        kind: report.kind.clone(),
        day: report.now.day(),
        org: String::new(),
        worker: report.worker.clone(),
        void: false,
        attributes: Vec::new(),
    }
}

/// Keeps who reported, so that they do not confirm it (A2).
fn keep(connection: &mut Connection, report: &NewReport) -> Result<(), SqlError> {
    let (record, officer) = (record_of(&report.code), Value::from(report.officer.bytes()));
    connection.insert(&RECORD_AUTHORS, &[Value::from(record.bytes()), officer])?;
    let row = [
        Value::Text(&report.code),
        officer,
        Value::Text(&report.community),
        Value::Int(number(report.now.day())),
        Value::Int(report.now.millis()),
        Value::Int(i64::from(report.agreed)),
    ];
    connection.insert(&REPORTS, &row)
}
