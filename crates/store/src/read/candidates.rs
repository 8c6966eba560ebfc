//! Candidates that wait for somebody to confirm them, with the records they rest on.

use std::collections::HashSet;

use kangji_core::{
    Day, Points,
    ids::{HolderId, RecordId},
    tables::Record,
    vocabulary::KindId,
};
use kangji_rules::{
    explain::Viewer,
    scheme::{Award, Occasion},
    score::{Because, Outcome, OutcomeKind, Program, Subject},
};

use super::{Reading, RecordRow, accounts::may_know, records::hidden};
use crate::{
    access::filter::Filter,
    post::{
        rulebook::{Rulebook, rests_on},
        settle::scope,
        told::may_name,
        wanted::Scored,
    },
    schema::{RECORD_CODES, RECORDS},
    sql::{Connection, Lock, SqlError, Value},
    store::{Store, StoreError},
};

/// Residents that are scored together.
const BATCH: u32 = 100;
/// Residents that one call looks through at most.
const RESIDENTS_MAX: usize = 2000;

/// A candidate that waits for a confirmation.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The scheme.
    pub scheme: String,
    /// Decimal places of its points.
    pub decimals: u8,
    /// The award, unless its id would name an illness to the reader.
    pub award: Option<String>,
    /// The award's name as the reader may read it.
    pub title: String,
    /// The role that confirms.
    pub role: String,
    /// The resident.
    pub resident: HolderId,
    /// The record, unless it is for a period.
    pub record: Option<RecordId>,
    /// The period.
    pub period: Option<String>,
    /// The day it counts for.
    pub day: Day,
    /// The points each time, or for each unit, in the scheme's smallest unit.
    pub points: Points,
    /// The records it rests on.
    pub records: Vec<RecordRow>,
}

/// With which resident a page begins, without the first so many of their candidates.
pub type CandidateCursor = (HolderId, usize);

/// Which candidates.
#[derive(Clone, Debug)]
pub struct CandidateQuery {
    /// Of this award.
    pub award: Option<String>,
    /// Only what this role confirms.
    pub role: Option<&'static str>,
    /// Without those whose points this worker would hold: what came of a report is not for whoever
    /// reported (T10).
    pub reader: Option<String>,
    /// Where the page begins.
    pub after: CandidateCursor,
    /// So many at most.
    pub limit: usize,
}

impl Store {
    /// Candidates that wait, and with which resident and after how many of theirs the next ones
    /// begin, if there may be more: one call looks through a limited number of residents, so a
    /// page may be empty.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn candidates(
        &self,
        query: &CandidateQuery,
        reading: Reading<'_>,
    ) -> Result<(Vec<Candidate>, Option<CandidateCursor>), StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let (begins_with, skipped) = query.after;
        let (mut found, mut looked) = (Vec::new(), 0);
        // The resident of the cursor may have more: it is looked at again.
        let (mut after, mut first) = (begins_with, true);
        loop {
            let residents = residents(&mut connection, &rulebook, query, reading, (after, first))?;
            first = false;
            let Some(last) = residents.last().copied() else { return Ok((found, None)) };
            for resident in &residents {
                let waiting = waiting(&mut connection, &rulebook, query, reading, *resident)?;
                let shown = if *resident == begins_with { skipped } else { 0 };
                for (place, candidate) in waiting.into_iter().enumerate().skip(shown) {
                    if found.len() == query.limit {
                        return Ok((found, Some((*resident, place))));
                    }
                    found.push(candidate);
                }
            }
            after = last;
            looked += residents.len();
            if looked >= RESIDENTS_MAX {
                return Ok((found, Some((last, usize::MAX))));
            }
        }
    }
}

/// The next residents with records that awards to be confirmed rest on.
fn residents(
    connection: &mut Connection,
    rulebook: &Rulebook,
    query: &CandidateQuery,
    reading: Reading<'_>,
    (after, inclusive): (HolderId, bool),
) -> Result<Vec<HolderId>, SqlError> {
    let schemes = rulebook.programs.iter().flat_map(Program::versions);
    let awards: Vec<&Award> = schemes
        .flat_map(|scheme| &scheme.awards)
        .filter(|award| is_confirmed_by(award, query.role) && is_asked_for(query, award))
        .collect();
    let kinds = (0..).map(KindId).zip(rulebook.words.kinds());
    let kinds: Vec<&str> = kinds
        .filter(|(kind, _)| awards.iter().any(|award| rests_on(award, *kind)))
        .map(|(_, word)| word.id.as_str())
        .collect();
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (3..).take(kinds.len()).map(|place| format!("${place}")).collect();
    let filter =
        Filter::new(reading.permit, "records.resident", None, reading.today, 3 + kinds.len());
    let sql = format!(
        "SELECT DISTINCT resident FROM records WHERE resident {} $1 AND kind IN ({}) AND void = 0
        AND {} ORDER BY resident LIMIT $2",
        if inclusive { ">=" } else { ">" },
        places.join(", "),
        filter.sql
    );
    let mut values = vec![Value::from(after.bytes()), Value::Int(i64::from(BATCH))];
    values.extend(kinds.into_iter().map(Value::Text));
    values.extend(filter.values());
    let mut residents = Vec::new();
    connection.query(&sql, &values, |row| {
        residents.push(HolderId::from_bytes(row.array(0)?));
        Ok(())
    })?;
    Ok(residents)
}

/// Whether somebody confirms an award; if a role is named, whoever has that one.
pub(crate) fn is_confirmed_by(award: &Award, role: Option<&str>) -> bool {
    award.confirm.as_deref().is_some_and(|confirms| role.is_none_or(|role| role == confirms))
}

fn is_asked_for(query: &CandidateQuery, award: &Award) -> bool {
    query.award.as_ref().is_none_or(|id| *id == award.id)
}

/// The candidates of a resident that wait, in an order that stays the same.
fn waiting(
    connection: &mut Connection,
    rulebook: &Rulebook,
    query: &CandidateQuery,
    reading: Reading<'_>,
    resident: HolderId,
) -> Result<Vec<Candidate>, SqlError> {
    let full = may_know(connection, reading.care, resident, reading.today)?;
    let viewer = if full { Viewer::Staff } else { Viewer::Public };
    let mut found = Vec::new();
    for program in &rulebook.programs {
        let scored = scored(connection, rulebook, program, resident, reading.today)?;
        let pending = scored.outcomes.iter().filter(|outcome| {
            is_waiting(outcome) && scored.residents.get(&outcome.resident) == Some(&resident)
        });
        for outcome in pending {
            let Some(award) = outcome.award.and_then(|award| program.newest_award(award)) else {
                continue;
            };
            // Whoever may not know of an illness does not find it by asking for its award either.
            let named = may_name(award, viewer);
            if !is_asked_for(query, award) || (query.award.is_some() && !named) {
                continue;
            }
            let holder = scored.facts.text(outcome.holder);
            if !is_confirmed_by(award, query.role) || query.reader.as_deref() == Some(holder) {
                continue;
            }
            let rests: HashSet<RecordId> =
                rests_of(&scored, program, outcome).map(|(id, _)| id).collect();
            let records = rows(connection, rulebook, reading, resident, &rests)?;
            let (record, period) = subject(&scored, outcome);
            found.push(Candidate {
                scheme: program.scheme_id().to_owned(),
                decimals: program.decimals().places(),
                award: named.then(|| award.id.clone()),
                title: if named { &award.name } else { award.name_for_public() }.to_owned(),
                role: award.confirm.clone().unwrap_or_default(),
                resident,
                record,
                period,
                day: outcome.date,
                points: award.points,
                records,
            });
        }
    }
    found.sort_by(|one, other| {
        (one.day, &one.title, one.record).cmp(&(other.day, &other.title, other.record))
    });
    Ok(found)
}

/// What a scheme says of a resident on a day.
pub(crate) fn scored(
    connection: &mut Connection,
    rulebook: &Rulebook,
    program: &Program,
    resident: HolderId,
    today: Day,
) -> Result<Scored, SqlError> {
    let scope = scope(connection, rulebook, program, &HashSet::from([resident]))?;
    let mut residents: Vec<HolderId> = scope.residents.into_iter().collect();
    residents.sort_unstable();
    Scored::of(connection, rulebook, program, &residents, today)
}

/// Whether an outcome waits for a decision.
pub(crate) fn is_waiting(outcome: &Outcome) -> bool {
    outcome.kind == OutcomeKind::Pending && outcome.because == Because::NoDecision
}

/// What an outcome is about.
pub(crate) fn subject(scored: &Scored, outcome: &Outcome) -> (Option<RecordId>, Option<String>) {
    match outcome.subject {
        Subject::Record(row) => {
            let record = scored.facts.record(row);
            (record.and_then(|record| scored.records.get(&record.id)).copied(), None)
        }
        Subject::Period(period) => (None, Some(period.to_string())),
    }
}

/// The records an outcome rests on: its own, or those of the period that its award looks at.
pub(crate) fn rests_of<'s>(
    scored: &'s Scored,
    program: &'s Program,
    outcome: &'s Outcome,
) -> impl Iterator<Item = (RecordId, &'s Record)> {
    let award = outcome.version.zip(outcome.award);
    let award = award.and_then(|(version, award)| program.award(version, award));
    let rests = move |row: u32, record: &Record| match (outcome.subject, award) {
        (Subject::Record(own), _) => own == row,
        (Subject::Period(period), Some(Award { occasion: Occasion::Period(_), .. })) => {
            !record.void
                && record.resident == outcome.resident
                && period.days().contains(record.date)
                && award.is_some_and(|award| rests_on(award, record.kind))
        }
        _ => false,
    };
    let rows = (0_u32..).zip(&scored.facts.records().rows);
    rows.filter(move |(row, record)| rests(*row, record))
        .filter_map(|(_, record)| Some((*scored.records.get(&record.id)?, record)))
}

fn rows(
    connection: &mut Connection,
    rulebook: &Rulebook,
    reading: Reading<'_>,
    resident: HolderId,
    wanted: &HashSet<RecordId>,
) -> Result<Vec<RecordRow>, SqlError> {
    let mut codes = Vec::new();
    connection.fetch(&RECORDS, 1, &[Value::from(resident.bytes())], Lock::None, |row| {
        if wanted.contains(&RecordId::from_bytes(row.array(1)?)) {
            codes.push(row.text(2)?.to_owned());
        }
        Ok(())
    })?;
    let keys: Vec<Value<'_>> = codes.iter().map(|code| Value::Text(code)).collect();
    let mut rows = Vec::with_capacity(codes.len());
    connection.fetch(&RECORD_CODES, 1, &keys, Lock::None, |row| {
        rows.push(RecordRow::of_code(&row)?);
        Ok(())
    })?;
    rows.sort_by_key(|row| (row.day, row.id));
    hidden(connection, rulebook, reading, rows)
}
