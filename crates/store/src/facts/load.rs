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
    attributes,
    others::split,
    residents::{COMMUNITY, GUARDIAN, sex_of},
};
use crate::{
    ledger::rows::{day, natural, opt_day},
    schema::{CONFIRMATIONS, HOLDERS, METRICS, RECORDS, RESIDENTS, SANCTIONS, STANDINGS},
    sql::{Connection, Fetch, Row, SqlError, Value},
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
    let mut people = People::new(words);
    let keys: Vec<Value<'_>> = residents.iter().map(|id| Value::from(id.bytes())).collect();
    let of = |table| Fetch { table, prefix: 1, keys: &keys };
    let tables = [of(&HOLDERS), of(&STANDINGS), of(&RESIDENTS), of(&RECORDS)];
    connection.fetch_all(&tables, |place, row| match place {
        0 => people.code(&row),
        1 => people.standing(&row),
        2 => people.resident(&row),
        _ => people.record(&row),
    })?;
    let mut loaded = people.loaded;
    others(connection, confirmed, &mut loaded.tables)?;
    Ok(loaded)
}

/// What belongs to residents themselves, as it is read: whole rows of the tables, codes first, then
/// standings, residents, records.
pub(super) struct People<'w> {
    words: &'w Vocabulary,
    pub(super) loaded: Loaded,
    syms: FxHashMap<HolderId, Sym>,
    dates: FxHashMap<HolderId, Dates>,
}

impl<'w> People<'w> {
    pub(super) fn new(words: &'w Vocabulary) -> Self {
        let (syms, dates) = (FxHashMap::default(), FxHashMap::default());
        Self { words, loaded: Loaded::default(), syms, dates }
    }

    pub(super) fn code(&mut self, row: &Row<'_>) -> Result<(), SqlError> {
        let id = HolderId::from_bytes(row.array(0)?);
        let sym = self.loaded.tables.symbols.intern(row.text(1)?);
        self.syms.insert(id, sym);
        self.loaded.residents.insert(sym, id);
        Ok(())
    }

    pub(super) fn standing(&mut self, row: &Row<'_>) -> Result<(), SqlError> {
        let days = DayRange { from: day(row, 3)?, to: day(row, 4)? };
        let dates = self.dates.entry(HolderId::from_bytes(row.array(0)?)).or_default();
        let value = row.text(2)?;
        match row.int(1)? {
            COMMUNITY => {
                let code = Division::parse(value);
                let code = code.ok_or_else(|| row.problem(2, "holds no division code"))?;
                dates.communities.push((code, days));
            }
            GUARDIAN => {
                dates.guardians.push((self.loaded.tables.symbols.intern(value), days));
            }
            _ => {
                if let Some(group) = self.words.group(value) {
                    dates.groups.push((group, days));
                }
            }
        }
        Ok(())
    }

    pub(super) fn resident(&mut self, row: &Row<'_>) -> Result<(), SqlError> {
        let id = HolderId::from_bytes(row.array(0)?);
        let Some(sym) = self.syms.get(&id) else { return Ok(()) };
        let Dates { communities, guardians, groups } = self.dates.remove(&id).unwrap_or_default();
        let (birth, sex) = (opt_day(row, 1)?, row.opt_text(2)?.and_then(sex_of));
        self.loaded.tables.add_resident(*sym, birth, sex, &communities, &guardians, &groups);
        Ok(())
    }

    pub(super) fn record(&mut self, row: &Row<'_>) -> Result<(), SqlError> {
        let resident = self.syms.get(&HolderId::from_bytes(row.array(0)?));
        let Some(resident) = resident else { return Ok(()) };
        let Loaded { tables, records, .. } = &mut self.loaded;
        let id = tables.symbols.intern(row.text(2)?);
        let worker = tables.symbols.intern(row.text(7)?);
        // A kind the vocabulary no longer has earns nothing; the record stays in the database.
        let Some(kind) = self.words.kind(row.text(4)?) else { return Ok(()) };
        records.insert(id, RecordId::from_bytes(row.array(1)?));
        let place = tables.records.rows.len();
        tables.records.rows.push(Record {
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
        let read = attributes::read(row.text(9)?, tables, place, self.words);
        read.map_err(|error| row.problem(9, &format!("holds no attributes: {error}")))
    }
}

/// Metrics of the communities lived in, decisions about records and periods, and sanctions.
fn others(
    connection: &mut Connection,
    confirmed: u64,
    tables: &mut Tables,
) -> Result<(), SqlError> {
    let (communities, stems) = (communities(tables), stems(tables, confirmed));
    let holders = holders(tables, &communities);
    let keys = |texts| -> Vec<Value<'_>> {
        let texts: &BTreeSet<String> = texts;
        texts.iter().map(|text| Value::Text(text)).collect()
    };
    let (communities, stems, holders) = (keys(&communities), keys(&stems), keys(&holders));
    let of = |table, keys| Fetch { table, prefix: 1, keys };
    let fetches =
        [of(&METRICS, &communities), of(&CONFIRMATIONS, &stems), of(&SANCTIONS, &holders)];
    connection.fetch_all(&fetches, |place, row| match place {
        0 => metric(&row, tables),
        1 => confirmation(&row, tables),
        _ => sanction(&row, tables),
    })
}

/// The codes of all communities lived in.
fn communities(tables: &Tables) -> BTreeSet<String> {
    let standings = tables.residents.iter().flat_map(|resident| tables.standings(resident));
    standings.filter_map(|standing| standing.community).map(|code| code.to_string()).collect()
}

pub(super) fn metric(row: &Row<'_>, tables: &mut Tables) -> Result<(), SqlError> {
    let community = Division::parse(row.text(0)?);
    let value = row.text(3)?.parse();
    tables.metrics.push(Metric {
        community: community.ok_or_else(|| row.problem(0, "holds no division code"))?,
        year: natural(row, 1)?,
        name: tables.symbols.intern(row.text(2)?),
        value: value.map_err(|_| row.problem(3, "holds no number"))?,
    });
    Ok(())
}

/// What decisions about records and about periods of residents are kept under.
fn stems(tables: &Tables, confirmed: u64) -> BTreeSet<String> {
    let records = tables.records.rows.iter().filter(|record| confirmed >> record.kind.0 & 1 == 1);
    let records = records.map(|record| record.id);
    let subjects = tables.residents.iter().map(|resident| resident.id).chain(records);
    subjects.map(|sym| split(tables.symbols.text(sym)).0.to_owned()).collect()
}

pub(super) fn confirmation(row: &Row<'_>, tables: &mut Tables) -> Result<(), SqlError> {
    let subject = match (row.text(0)?, row.text(1)?) {
        (record, "") => record.to_owned(),
        (resident, period) => format!("{resident}/{period}"),
    };
    tables.confirmations.push(Confirmation {
        award: tables.symbols.intern(row.text(2)?),
        subject: tables.symbols.intern(&subject),
        accept: row.int(5)? != 0,
        by: tables.symbols.intern(row.text(4)?),
        date: day(row, 3)?,
    });
    Ok(())
}

/// Whoever may hold the points.
fn holders(tables: &Tables, communities: &BTreeSet<String>) -> BTreeSet<String> {
    let workers = tables.records.rows.iter().map(|record| record.worker);
    let standings = tables.residents.iter().flat_map(|resident| tables.standings(resident));
    let guardians = standings.map(|standing| standing.guardian);
    let people = tables.residents.iter().map(|resident| resident.id);
    let syms: BTreeSet<Sym> = workers.chain(guardians).chain(people).collect();
    let codes = syms.into_iter().map(|sym| tables.symbols.text(sym).to_owned());
    codes.filter(|code| !code.is_empty()).chain(communities.iter().cloned()).collect()
}

pub(super) fn sanction(row: &Row<'_>, tables: &mut Tables) -> Result<(), SqlError> {
    let days = DayRange { from: day(row, 1)?, to: day(row, 2)? };
    tables.sanctions.push(Sanction { holder: tables.symbols.intern(row.text(0)?), days });
    Ok(())
}
