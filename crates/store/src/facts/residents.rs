//! Residents and their dated facts as rows.

use std::collections::{BTreeSet, HashMap, HashSet};

use kangji_core::{
    Day, DayRange, Moment,
    ids::{HolderId, ReasonId},
    tables::{Resident, Sex, Standing, Tables},
    vocabulary::{GroupId, Vocabulary},
};
use serde_json::json;

use super::{DatedText, ResidentFact, holders, others::residents_by, superseded::Superseded};
use crate::{
    ledger::rows::{number, opt_day},
    schema::{RESIDENTS, STANDINGS},
    sql::{Connection, Lock, SqlError, Value},
};

/// What a standing says, as stored.
pub(crate) const COMMUNITY: i64 = 1;
pub(crate) const GUARDIAN: i64 = 2;
pub(crate) const GROUP: i64 = 3;

/// A dated fact as stored: kind, value, first and last day.
type StandingRow = (i64, String, i64, i64);

/// A resident as stored.
#[derive(Default, PartialEq)]
struct Row {
    birth_day: Option<i64>,
    sex: Option<&'static str>,
    standings: BTreeSet<StandingRow>,
}

/// A resident of the tables as a fact.
pub(super) fn fact_of(tables: &Tables, resident: &Resident, words: &Vocabulary) -> ResidentFact {
    let text = |sym| tables.symbols.text(sym).to_owned();
    let standings = tables.standings(resident);
    let community = |standing: &Standing| standing.community.map(|code| code.to_string());
    let guardian = |standing: &Standing| Some(text(standing.guardian)).filter(|id| !id.is_empty());
    let groups = (0..).zip(words.groups()).flat_map(|(place, word)| {
        let member = |standing: &Standing| standing.groups.contains(GroupId(place));
        stretches(standings, |standing| member(standing).then(|| word.id.clone()))
    });
    ResidentFact {
        code: text(resident.id),
        birth_date: resident.birth_date,
        sex: resident.sex,
        communities: stretches(standings, community),
        guardians: stretches(standings, guardian),
        groups: groups.collect(),
    }
}

/// The stretches of days over which something stays the same.
fn stretches(
    standings: &[Standing],
    value: impl Fn(&Standing) -> Option<String>,
) -> Vec<DatedText> {
    let mut found: Vec<DatedText> = Vec::new();
    let ends = standings.iter().skip(1).map(|next| next.from.previous());
    for (standing, to) in standings.iter().zip(ends.chain([Day::LAST])) {
        let Some(value) = value(standing) else { continue };
        match found.last_mut() {
            Some((known, days)) if *known == value && days.to.next() == standing.from => {
                days.to = to;
            }
            _ => found.push((value, DayRange { from: standing.from, to })),
        }
    }
    found
}

/// Residents as they are known, with a text that changes whenever what is known does; ids that are
/// no residents are left out.
pub(crate) fn known(
    connection: &mut Connection,
    ids: &[HolderId],
) -> Result<HashMap<HolderId, (ResidentFact, String)>, SqlError> {
    let codes = holders::codes(connection, ids)?;
    let rows = stored(connection, ids)?;
    let mut known = HashMap::with_capacity(rows.len());
    for (id, row) in rows {
        let of = |kind| {
            let dates = |(_, value, from, to): &StandingRow| {
                let day = |number: i64| u32::try_from(number).ok().and_then(Day::from_number);
                Some((value.clone(), DayRange { from: day(*from)?, to: day(*to)? }))
            };
            row.standings.iter().filter(|row| row.0 == kind).filter_map(dates).collect()
        };
        let birth_day = row.birth_day.and_then(|number| u32::try_from(number).ok());
        let fact = ResidentFact {
            code: codes.get(&id).cloned().unwrap_or_default(),
            birth_date: birth_day.and_then(Day::from_number),
            sex: row.sex.and_then(sex_of),
            communities: of(COMMUNITY),
            guardians: of(GUARDIAN),
            groups: of(GROUP),
        };
        known.insert(id, (fact, content(&row)));
    }
    Ok(known)
}

fn row_of(fact: &ResidentFact) -> Row {
    let list = |kind: i64, list: &[DatedText]| {
        let row =
            |(value, days): &DatedText| (kind, value.clone(), number(days.from), number(days.to));
        list.iter().map(row).collect::<Vec<StandingRow>>()
    };
    let communities = list(COMMUNITY, &fact.communities);
    let guardians = list(GUARDIAN, &fact.guardians);
    let standings = communities.into_iter().chain(guardians).chain(list(GROUP, &fact.groups));
    Row {
        birth_day: fact.birth_date.map(number),
        sex: fact.sex.map(word),
        standings: standings.collect(),
    }
}

/// The sex as stored.
pub(super) fn word(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "F",
        Sex::Male => "M",
    }
}

/// The sex of a stored word.
pub(super) fn sex_of(word: &str) -> Option<Sex> {
    [Sex::Female, Sex::Male].into_iter().find(|sex| self::word(*sex) == word)
}

/// Writes residents that are new or known otherwise; those ids, and how many were there before.
/// Whoever shares a community or guardian that a correction takes away is touched as well.
pub(super) fn write(
    connection: &mut Connection,
    facts: &[(HolderId, &ResidentFact)],
    now: Moment,
    reason: Option<ReasonId>,
) -> Result<(HashSet<HolderId>, usize, usize), SqlError> {
    let ids: Vec<HolderId> = facts.iter().map(|(id, _)| *id).collect();
    let stored = stored(connection, &ids)?;
    let mut superseded = Superseded::new("resident");
    let mut touched = HashSet::new();
    let mut corrected = 0;
    let (mut rows, mut gone, mut standings) = (Vec::new(), Vec::new(), Vec::new());
    for (id, fact) in facts {
        let row = row_of(fact);
        match stored.get(id) {
            Some(known) if *known == row => continue,
            Some(known) => {
                corrected += 1;
                superseded.keep(&fact.code, content(known), now);
                let lost = known.standings.difference(&row.standings).cloned();
                gone.extend(lost.map(|one| (*id, one)));
                let new = row.standings.difference(&known.standings).cloned();
                standings.extend(new.map(|one| (*id, one)));
            }
            None => standings.extend(row.standings.iter().cloned().map(|one| (*id, one))),
        }
        touched.insert(*id);
        rows.push((*id, row));
    }
    superseded.write(connection, now, reason)?;
    let values = rows
        .iter()
        .flat_map(|(id, row)| [Value::from(id.bytes()), row.birth_day.into(), row.sex.into()]);
    connection.upsert(&RESIDENTS, &values.collect::<Vec<_>>())?;
    let changed = touched.len();
    for kind in [COMMUNITY, GUARDIAN] {
        let lost: BTreeSet<&str> =
            gone.iter().filter(|(_, one)| one.0 == kind).map(|(_, one)| one.1.as_str()).collect();
        residents_by(connection, kind, lost, &mut touched)?;
    }
    let gone: Vec<Value<'_>> = gone.iter().flat_map(|(id, one)| values_of(id, one)).collect();
    connection.delete(&STANDINGS, &gone)?;
    let new: Vec<Value<'_>> = standings.iter().flat_map(|(id, one)| values_of(id, one)).collect();
    connection.insert(&STANDINGS, &new)?;
    Ok((touched, changed - corrected, corrected))
}

fn values_of<'a>(id: &'a HolderId, (kind, value, first, last): &'a StandingRow) -> [Value<'a>; 5] {
    [
        Value::from(id.bytes()),
        Value::Int(*kind),
        Value::Text(value),
        Value::Int(*first),
        Value::Int(*last),
    ]
}

fn content(row: &Row) -> String {
    json!({ "birth_day": row.birth_day, "sex": row.sex, "standings": row.standings }).to_string()
}

fn stored(
    connection: &mut Connection,
    ids: &[HolderId],
) -> Result<HashMap<HolderId, Row>, SqlError> {
    let keys: Vec<Value<'_>> = ids.iter().map(|id| Value::from(id.bytes())).collect();
    let mut known: HashMap<HolderId, Row> = HashMap::new();
    connection.fetch(&RESIDENTS, 1, &keys, Lock::None, |row| {
        let birth_day = opt_day(&row, 1)?.map(number);
        let sex = row.opt_text(2)?.and_then(sex_of).map(word);
        let standings = BTreeSet::new();
        known.insert(HolderId::from_bytes(row.array(0)?), Row { birth_day, sex, standings });
        Ok(())
    })?;
    connection.fetch(&STANDINGS, 1, &keys, Lock::None, |row| {
        if let Some(resident) = known.get_mut(&HolderId::from_bytes(row.array(0)?)) {
            let standing = (row.int(1)?, row.text(2)?.to_owned(), row.int(3)?, row.int(4)?);
            resident.standings.insert(standing);
        }
        Ok(())
    })?;
    Ok(known)
}
