//! The facts of some residents as the tables that scoring reads.

use std::collections::BTreeSet;

use kangji_core::{
    DayRange, Division, Sym,
    ids::{HolderId, RecordId},
    tables::{Confirmation, Dated, Metric, Record, Sanction, Tables},
    vocabulary::{GroupId, Vocabulary},
};
use rustc_hash::FxHashMap;

use super::{
    attributes, holders,
    others::split,
    residents::{COMMUNITY, GUARDIAN, sex_of},
};
use crate::{
    ledger::rows::{day, natural, opt_day},
    schema::{CONFIRMATIONS, METRICS, RECORDS, RESIDENTS, SANCTIONS, STANDINGS},
    sql::{Connection, Lock, Row, SqlError, Value},
};

/// Facts and the system's own ids of what they name.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) tables: Tables,
    /// The residents asked for.
    pub(crate) residents: FxHashMap<Sym, HolderId>,
    /// Their records.
    pub(crate) records: FxHashMap<Sym, RecordId>,
}

/// The dated facts of a resident.
#[derive(Default)]
struct Dates {
    communities: Vec<Dated<Division>>,
    guardians: Vec<Dated<Sym>>,
    groups: Vec<Dated<GroupId>>,
}

/// Loads residents with everything that bears on their outcomes.
///
/// `confirmed` has a bit for every record kind that some award wants confirmed.
pub(crate) fn load(
    connection: &mut Connection,
    words: &Vocabulary,
    confirmed: u64,
    residents: &[HolderId],
) -> Result<Loaded, SqlError> {
    let mut loaded = Loaded::default();
    let codes = holders::codes(connection, residents)?;
    let mut syms = FxHashMap::default();
    for id in residents {
        if let Some(code) = codes.get(id) {
            let sym = loaded.tables.symbols.intern(code);
            syms.insert(*id, sym);
            loaded.residents.insert(sym, *id);
        }
    }
    let keys: Vec<Value<'_>> = residents.iter().map(|id| Value::from(id.bytes())).collect();
    people(connection, words, &keys, &syms, &mut loaded.tables)?;
    connection
        .fetch(&RECORDS, 1, &keys, Lock::None, |row| record(&row, words, &syms, &mut loaded))?;
    let tables = &mut loaded.tables;
    metrics(connection, tables)?;
    confirmations(connection, confirmed, tables)?;
    sanctions(connection, tables)?;
    Ok(loaded)
}

fn people(
    connection: &mut Connection,
    words: &Vocabulary,
    keys: &[Value<'_>],
    syms: &FxHashMap<HolderId, Sym>,
    tables: &mut Tables,
) -> Result<(), SqlError> {
    let mut dates: FxHashMap<HolderId, Dates> = FxHashMap::default();
    connection.fetch(&STANDINGS, 1, keys, Lock::None, |row| {
        let days = DayRange { from: day(&row, 3)?, to: day(&row, 4)? };
        let dates = dates.entry(HolderId::from_bytes(row.array(0)?)).or_default();
        let value = row.text(2)?;
        match row.int(1)? {
            COMMUNITY => {
                let code = Division::parse(value);
                let code = code.ok_or_else(|| row.problem(2, "holds no division code"))?;
                dates.communities.push((code, days));
            }
            GUARDIAN => dates.guardians.push((tables.symbols.intern(value), days)),
            _ => {
                if let Some(group) = words.group(value) {
                    dates.groups.push((group, days));
                }
            }
        }
        Ok(())
    })?;
    connection.fetch(&RESIDENTS, 1, keys, Lock::None, |row| {
        let id = HolderId::from_bytes(row.array(0)?);
        let Some(sym) = syms.get(&id) else { return Ok(()) };
        let Dates { communities, guardians, groups } = dates.remove(&id).unwrap_or_default();
        let (birth, sex) = (opt_day(&row, 1)?, row.opt_text(2)?.and_then(sex_of));
        tables.add_resident(*sym, birth, sex, &communities, &guardians, &groups);
        Ok(())
    })
}

fn record(
    row: &Row<'_>,
    words: &Vocabulary,
    syms: &FxHashMap<HolderId, Sym>,
    loaded: &mut Loaded,
) -> Result<(), SqlError> {
    let Some(resident) = syms.get(&HolderId::from_bytes(row.array(0)?)) else { return Ok(()) };
    let symbols = &mut loaded.tables.symbols;
    let id = symbols.intern(row.text(2)?);
    let worker = symbols.intern(row.text(7)?);
    // A kind the vocabulary no longer has earns nothing; the record stays in the database.
    let Some(kind) = words.kind(row.text(4)?) else { return Ok(()) };
    loaded.records.insert(id, RecordId::from_bytes(row.array(1)?));
    let place = loaded.tables.records.rows.len();
    loaded.tables.records.rows.push(Record {
        id,
        resident: *resident,
        // No award looks at the institution.
        org: Sym::EMPTY,
        worker,
        date: day(row, 5)?,
        kind,
        void: row.int(8)? != 0,
        flags_recorded: 0,
        flags_true: 0,
    });
    let read = attributes::read(row.text(9)?, &mut loaded.tables, place, words);
    read.map_err(|error| row.problem(9, &format!("holds no attributes: {error}")))
}

/// The codes of all communities lived in.
fn communities(tables: &Tables) -> BTreeSet<String> {
    let standings = tables.residents.iter().flat_map(|resident| tables.standings(resident));
    standings.filter_map(|standing| standing.community).map(|code| code.to_string()).collect()
}

fn metrics(connection: &mut Connection, tables: &mut Tables) -> Result<(), SqlError> {
    let communities = communities(tables);
    let keys: Vec<Value<'_>> = communities.iter().map(|code| Value::Text(code)).collect();
    connection.fetch(&METRICS, 1, &keys, Lock::None, |row| {
        let community = Division::parse(row.text(0)?);
        let value = row.text(3)?.parse();
        tables.metrics.push(Metric {
            community: community.ok_or_else(|| row.problem(0, "holds no division code"))?,
            year: natural(&row, 1)?,
            name: tables.symbols.intern(row.text(2)?),
            value: value.map_err(|_| row.problem(3, "holds no number"))?,
        });
        Ok(())
    })
}

/// Decisions about records and about periods of residents.
fn confirmations(
    connection: &mut Connection,
    confirmed: u64,
    tables: &mut Tables,
) -> Result<(), SqlError> {
    let records = tables.records.rows.iter().filter(|record| confirmed >> record.kind.0 & 1 == 1);
    let records = records.map(|record| record.id);
    let subjects = tables.residents.iter().map(|resident| resident.id).chain(records);
    let stems: BTreeSet<String> =
        subjects.map(|sym| split(tables.symbols.text(sym)).0.to_owned()).collect();
    let keys: Vec<Value<'_>> = stems.iter().map(|stem| Value::Text(stem)).collect();
    connection.fetch(&CONFIRMATIONS, 1, &keys, Lock::None, |row| {
        let subject = match (row.text(0)?, row.text(1)?) {
            (record, "") => record.to_owned(),
            (resident, period) => format!("{resident}/{period}"),
        };
        tables.confirmations.push(Confirmation {
            award: tables.symbols.intern(row.text(2)?),
            subject: tables.symbols.intern(&subject),
            accept: row.int(5)? != 0,
            by: tables.symbols.intern(row.text(4)?),
            date: day(&row, 3)?,
        });
        Ok(())
    })
}

/// Sanctions of whoever may hold the points.
fn sanctions(connection: &mut Connection, tables: &mut Tables) -> Result<(), SqlError> {
    let workers = tables.records.rows.iter().map(|record| record.worker);
    let standings = tables.residents.iter().flat_map(|resident| tables.standings(resident));
    let guardians = standings.map(|standing| standing.guardian);
    let people = tables.residents.iter().map(|resident| resident.id);
    let syms: BTreeSet<Sym> = workers.chain(guardians).chain(people).collect();
    let codes = syms.into_iter().map(|sym| tables.symbols.text(sym).to_owned());
    let codes: BTreeSet<String> =
        codes.filter(|code| !code.is_empty()).chain(communities(tables)).collect();
    let keys: Vec<Value<'_>> = codes.iter().map(|code| Value::Text(code)).collect();
    connection.fetch(&SANCTIONS, 1, &keys, Lock::None, |row| {
        let days = DayRange { from: day(&row, 1)?, to: day(&row, 2)? };
        tables.sanctions.push(Sanction { holder: tables.symbols.intern(row.text(0)?), days });
        Ok(())
    })
}
