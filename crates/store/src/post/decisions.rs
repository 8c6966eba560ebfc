//! Decisions about candidates that need confirmation (P6, T6): by somebody who neither recorded
//! them nor earns by them (A2), once, posted at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use kangji_core::{
    Day, Moment,
    ids::{HolderId, OfficerId, RecordId},
};
use kangji_rights::{Permit, Place};
use kangji_rules::explain::Viewer;
use serde::{Deserialize, Serialize};

use super::{
    rulebook::Rulebook,
    services::{communities, reason},
    settle::{Occasion, settle},
    told::{PointsChange, Telling},
};
use crate::{
    access::filter::allows,
    audit::{DONE, Done, Subject},
    facts::{Fact, change, holders, others::split, residents::GUARDIAN},
    ledger::rows::number,
    read::candidates::{is_confirmed_by, is_waiting, rests_of, scored, subject},
    schema::{CONFIRMATIONS, RECORD_AUTHORS, STANDINGS},
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// What is decided about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecisionSubject {
    /// A record.
    Record(RecordId),
    /// A resident's period, as in `2026-Q3`.
    Period(HolderId, String),
}

/// Somebody's decision.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The award.
    pub award: String,
    /// What it is about.
    pub subject: DecisionSubject,
    /// Accepted or rejected.
    pub accept: bool,
    /// Only what this role confirms may be decided.
    pub role: Option<&'static str>,
    /// Who decides.
    pub officer: OfficerId,
    /// The code others know them by.
    pub worker: String,
    /// Why.
    pub reason: Option<String>,
    /// The clock.
    pub now: Moment,
}

/// Why a decision is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionFault {
    /// Nothing waits there, or nothing that the permit reaches.
    NothingWaits,
    /// Who decides recorded it.
    Recorded,
    /// Who decides earns by it, or is close to who does.
    Earns,
    /// Somebody decided otherwise.
    DecidedOtherwise,
}

/// What a decision came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Decided {
    /// Whether it had been decided so before.
    pub again: bool,
    /// The resident's points that changed.
    pub changes: Vec<PointsChange>,
}

/// A decision that may be written.
#[derive(Clone, Debug)]
pub struct CheckedDecision {
    decision: Decision,
    resident: HolderId,
    /// A record's code, or `RESIDENT/PERIOD`.
    subject: String,
    viewer: Viewer,
}

impl Store {
    /// Whether a decision may be written. `care` is the permit to see what names an illness.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn check_decision(
        &self,
        decision: Decision,
        permit: &Permit,
        care: Option<&Permit>,
    ) -> Result<Result<CheckedDecision, DecisionFault>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let today = decision.now.day();
        let Some((resident, code)) = named(&mut connection, &decision.subject, permit, today)?
        else {
            return Ok(Err(DecisionFault::NothingWaits));
        };
        let earlier = earlier(&mut connection, &decision.award, &code)?;
        if let Some(fault) = fault(&mut connection, &rulebook, &decision, resident, earlier)? {
            return Ok(Err(fault));
        }
        let full = match care {
            Some(care) => allows(&mut connection, care, resident, None, today)?,
            None => false,
        };
        connection.rollback();
        let viewer = if full { Viewer::Staff } else { Viewer::Public };
        Ok(Ok(CheckedDecision { decision, resident, subject: code, viewer }))
    }

    /// Whether somebody recorded, corrected or reported a record.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn is_own_record(
        &self,
        record: RecordId,
        officer: OfficerId,
        worker: &str,
    ) -> Result<bool, StoreError> {
        let mut connection = self.reader()?;
        let mut own = is_author(&mut connection, &[record], officer)?;
        let sql = "SELECT worker FROM records WHERE id = $1";
        connection.query(sql, &[Value::from(record.bytes())], |row| {
            own |= row.text(0)? == worker;
            Ok(())
        })?;
        Ok(own)
    }

    /// The award that waits on a record, or was decided, if its name would name an illness: who
    /// may not know it decides by the record alone.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn withheld_award(
        &self,
        record: RecordId,
        permit: &Permit,
        today: Day,
    ) -> Result<Option<String>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let wanted = DecisionSubject::Record(record);
        let Some((resident, code)) = named(&mut connection, &wanted, permit, today)? else {
            return Ok(None);
        };
        let mut decided = None;
        for program in &rulebook.programs {
            let scored = scored(&mut connection, &rulebook, program, resident, today)?;
            let about = scored.outcomes.iter();
            for outcome in about.filter(|one| subject(&scored, one) == (Some(record), None)) {
                let Some(award) = outcome.award.and_then(|award| program.newest_award(award))
                else {
                    continue;
                };
                if award.confirm.is_none() || award.public_name.is_none() {
                    continue;
                }
                if is_waiting(outcome) {
                    return Ok(Some(award.id.clone()));
                }
                if earlier(&mut connection, &award.id, &code)?.is_some() {
                    decided = Some(award.id.clone());
                }
            }
        }
        connection.rollback();
        Ok(decided)
    }

    /// Writes a decision and posts what it changes.
    ///
    /// The answer is [`StoreError::Changed`] where somebody decided otherwise after the check.
    #[must_use = "nothing is decided without an answer"]
    pub fn decide(&self, checked: CheckedDecision) -> Pending<Decided> {
        let rulebook = self.rulebook();
        self.once(move |unit| {
            let CheckedDecision { decision, resident, subject, viewer } = &checked;
            let Decision { now, accept, award, .. } = decision;
            let about = match decision.subject {
                DecisionSubject::Record(id) => Subject::Record(id),
                DecisionSubject::Period(..) => Subject::Resident(*resident),
            };
            unit.done.push(Done { subject: about, result: DONE });
            match earlier(unit.connection, award, subject)? {
                Some(decided) if decided == *accept => {
                    return Ok(Decided { again: true, changes: Vec::new() });
                }
                Some(_) => return Err(StoreError::Changed),
                None => {}
            }
            let reason = reason(unit.connection, decision.reason.as_deref(), *now)?;
            let fact = Fact::Confirmation {
                award: award.clone(),
                subject: subject.clone(),
                accept: *accept,
                by: decision.worker.clone(),
                day: now.day(),
            };
            let (_, touched) = change::write(unit.connection, &[fact], *now, reason)?;
            let rulebook = rulebook(unit.connection)?;
            let occasion = Occasion { as_of: now.day(), now: *now, reason };
            let viewers = HashMap::from([(*resident, *viewer)]);
            let mut telling = Telling::new(&rulebook.words, *now, viewers, HashSet::new(), true);
            settle(unit, &rulebook, &touched, occasion, &mut |posting| telling.hear(&posting))?;
            Ok(Decided { again: false, changes: telling.effects().changes })
        })
    }
}

/// The resident that a subject names and its text, if the permit reaches it.
fn named(
    connection: &mut Connection,
    subject: &DecisionSubject,
    permit: &Permit,
    today: Day,
) -> Result<Option<(HolderId, String)>, SqlError> {
    match subject {
        DecisionSubject::Record(id) => {
            let mut found = None;
            let sql = "SELECT resident, code, org FROM records WHERE id = $1";
            connection.query(sql, &[Value::from(id.bytes())], |row| {
                let resident = HolderId::from_bytes(row.array(0)?);
                found = Some((resident, row.text(1)?.to_owned(), row.text(2)?.to_owned()));
                Ok(())
            })?;
            let Some((resident, code, org)) = found else { return Ok(None) };
            let lives = communities(connection, std::iter::once(resident), today)?;
            let communities = lives.get(&resident).map_or(&[][..], Vec::as_slice);
            let place = Place { person: Some(resident), communities, institution: Some(&org) };
            Ok(permit.allows(place).then_some((resident, code)))
        }
        DecisionSubject::Period(resident, period) => {
            let codes = holders::codes(connection, &[*resident])?;
            let allowed = allows(connection, permit, *resident, None, today)?;
            let code = codes.get(resident).filter(|_| allowed);
            Ok(code.map(|code| (*resident, format!("{code}/{period}"))))
        }
    }
}

/// What was decided before: the latest decision, on one day a rejection.
fn earlier(
    connection: &mut Connection,
    award: &str,
    subject: &str,
) -> Result<Option<bool>, SqlError> {
    let (stem, period) = split(subject);
    let key = [Value::Text(stem), Value::Text(period), Value::Text(award)];
    let mut latest: Option<(i64, bool)> = None;
    connection.fetch(&CONFIRMATIONS, 3, &key, Lock::None, |row| {
        let (day, accept) = (row.int(3)?, row.int(5)? != 0);
        latest = match latest {
            Some((known, decided)) if known == day => Some((day, decided && accept)),
            Some(known) if known.0 > day => Some(known),
            _ => Some((day, accept)),
        };
        Ok(())
    })?;
    Ok(latest.map(|(_, accept)| accept))
}

/// Why a decision is refused, the gravest reason first.
fn fault(
    connection: &mut Connection,
    rulebook: &Rulebook,
    decision: &Decision,
    resident: HolderId,
    earlier: Option<bool>,
) -> Result<Option<DecisionFault>, SqlError> {
    match earlier {
        Some(accept) if accept == decision.accept => return Ok(None),
        Some(_) => return Ok(Some(DecisionFault::DecidedOtherwise)),
        None => {}
    }
    let wanted = match &decision.subject {
        DecisionSubject::Record(id) => (Some(*id), None),
        DecisionSubject::Period(_, period) => (None, Some(period.clone())),
    };
    for program in &rulebook.programs {
        let Some(award) = program.award_ix(&decision.award) else { continue };
        let scored = scored(connection, rulebook, program, resident, decision.now.day())?;
        let confirms = program.newest_award(award);
        if !confirms.is_some_and(|award| is_confirmed_by(award, decision.role)) {
            continue;
        }
        let mut waiting = scored.outcomes.iter().filter(|outcome| {
            outcome.award == Some(award)
                && is_waiting(outcome)
                && scored.residents.get(&outcome.resident) == Some(&resident)
                && subject(&scored, outcome) == wanted
        });
        let Some(outcome) = waiting.next() else { continue };
        let rests: Vec<_> = rests_of(&scored, program, outcome).collect();
        let helped = rests.iter().any(|(_, record)| {
            !decision.worker.is_empty() && scored.facts.text(record.worker) == decision.worker
        });
        let rests: Vec<RecordId> = rests.into_iter().map(|(id, _)| id).collect();
        if helped || is_author(connection, &rests, decision.officer)? {
            return Ok(Some(DecisionFault::Recorded));
        }
        let earning = [outcome.resident, outcome.holder].map(|sym| scored.facts.text(sym));
        let close = is_close(connection, &decision.worker, &earning, decision.now.day())?;
        return Ok(close.then_some(DecisionFault::Earns));
    }
    Ok(Some(DecisionFault::NothingWaits))
}

/// Whether somebody recorded or corrected one of the records.
fn is_author(
    connection: &mut Connection,
    records: &[RecordId],
    officer: OfficerId,
) -> Result<bool, SqlError> {
    let keys: Vec<Value<'_>> =
        records.iter().flat_map(|id| [id.bytes(), officer.bytes()]).map(Value::from).collect();
    let mut found = false;
    connection.fetch(&RECORD_AUTHORS, 2, &keys, Lock::None, |_| {
        found = true;
        Ok(())
    })?;
    Ok(found)
}

/// Whether somebody is one of those who earn, or their guardian, or in their care, or has a
/// guardian in common with them on a day: the relatives that the system knows of (A2).
fn is_close(
    connection: &mut Connection,
    worker: &str,
    earning: &[&str],
    day: Day,
) -> Result<bool, SqlError> {
    if worker.is_empty() || earning.contains(&worker) {
        return Ok(!worker.is_empty());
    }
    let own = guardians(connection, &[worker], day)?;
    let theirs = guardians(connection, earning, day)?;
    Ok(theirs.contains(worker)
        || earning.iter().any(|code| own.contains(*code))
        || own.intersection(&theirs).next().is_some())
}

/// The codes of people's guardians on a day.
fn guardians(
    connection: &mut Connection,
    people: &[&str],
    day: Day,
) -> Result<BTreeSet<String>, SqlError> {
    let ids = holders::known(connection, people.iter().copied())?;
    let keys: Vec<Value<'_>> =
        ids.values().flat_map(|id| [Value::from(id.bytes()), Value::Int(GUARDIAN)]).collect();
    let mut guardians = BTreeSet::new();
    connection.fetch(&STANDINGS, 2, &keys, Lock::None, |row| {
        if row.int(3)? <= number(day) && row.int(4)? >= number(day) {
            guardians.insert(row.text(2)?.to_owned());
        }
        Ok(())
    })?;
    Ok(guardians)
}
