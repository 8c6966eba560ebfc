//! Records that an institution forged (S11): what declaring them void would change, and doing it
//! in batches. Innocent residents keep the rest of their records.

use std::collections::{BTreeMap, HashMap, HashSet};

use kangji_core::{
    Day, DayRange, Moment, Points,
    ids::{AccountId, HolderId, ReasonId, RecordId},
};

use crate::{
    audit::{DONE, Done, Subject},
    facts::{Fact, RecordFact, change, holders},
    ledger::rows::{self, number},
    post::{Entered, post, settle::foreseen},
    read::RecordRow,
    schema::{ACCOUNTS, RECORD_CODES},
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// The kind of task that declares forged records void.
pub const VOID_RECORDS: &str = "void_records";

/// Which records are forged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forged {
    /// The institution that recorded them.
    pub institution: String,
    /// The days of the services.
    pub days: DayRange,
    /// Only these kinds; none are all.
    pub kinds: Vec<String>,
}

/// What declaring records void would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForgedTold {
    /// How many records of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// How many residents they are about.
    pub residents: u64,
    /// Whose points would change, those who lose most first.
    pub changes: Vec<ForgedChange>,
}

/// How somebody's points would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgedChange {
    /// Whose.
    pub holder: HolderId,
    /// Under which scheme.
    pub scheme: String,
    /// By how much, in the scheme's smallest unit.
    pub points: Points,
    /// How many of them are spent already, so that they would be short.
    pub short: Points,
}

/// What a batch came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voided {
    /// How many records were declared void.
    pub records: u64,
    /// The last one, after which the next batch goes on; `None` where no more follow.
    pub last: Option<(HolderId, RecordId)>,
}

impl Forged {
    /// The condition on valid records that are meant, with its parameters from `$1` on.
    fn condition(&self) -> (String, Vec<Value<'_>>) {
        let days = [number(self.days.from), number(self.days.to)].map(Value::Int);
        let mut values = vec![Value::Text(&self.institution)];
        values.extend(days);
        let mut sql = "org = $1 AND void = 0 AND day BETWEEN $2 AND $3".to_owned();
        if !self.kinds.is_empty() {
            let places = (0..self.kinds.len()).map(|place| format!("${}", place + 4));
            sql.push_str(&format!(" AND kind IN ({})", places.collect::<Vec<_>>().join(", ")));
            values.extend(self.kinds.iter().map(|kind| Value::Text(kind)));
        }
        (sql, values)
    }
}

impl Store {
    /// How many valid records are meant.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn count_forged(&self, forged: &Forged) -> Result<u64, StoreError> {
        let (condition, values) = forged.condition();
        let sql = format!("SELECT COUNT(*) FROM records WHERE {condition}");
        let mut count = 0;
        self.reader()?.query(&sql, &values, |row| {
            count = row.int(0)?;
            Ok(())
        })?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// What declaring forged records void would change as of a day. Nothing is written.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn foresee_void(&self, forged: &Forged, as_of: Day) -> Result<ForgedTold, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let mut told = ForgedTold::default();
        let (mut meant, mut touched) = (HashSet::new(), HashSet::new());
        let (condition, values) = forged.condition();
        let sql = format!("SELECT resident, id, kind FROM records WHERE {condition}");
        connection.query(&sql, &values, |row| {
            touched.insert(HolderId::from_bytes(row.array(0)?));
            meant.insert(RecordId::from_bytes(row.array(1)?));
            *told.kinds.entry(row.text(2)?.to_owned()).or_default() += 1;
            Ok(())
        })?;
        told.residents = u64::try_from(touched.len()).unwrap_or(u64::MAX);
        for program in &rulebook.programs {
            let found =
                foreseen(&mut connection, &rulebook, program, &touched, as_of, &|loaded| {
                    for record in &mut loaded.tables.records.rows {
                        let id = loaded.records.get(&record.id);
                        record.void |= id.is_some_and(|id| meant.contains(id));
                    }
                })?;
            let mut accounts: HashMap<AccountId, i64> = HashMap::new();
            for (purpose, _, amount) in &found.reverse {
                *accounts.entry(purpose.account).or_default() -= amount.points.0;
            }
            for (purpose, amount) in &found.credit {
                *accounts.entry(purpose.account).or_default() += amount.points.0;
            }
            accounts.retain(|_, points| *points != 0);
            told.changes.extend(changes(&mut connection, &accounts)?);
        }
        connection.rollback();
        told.changes.sort_by_key(|change| (change.points, change.holder));
        Ok(told)
    }

    /// Declares up to `limit` forged records void that come after `after`, and posts what that
    /// changes, in one transaction. Doing it again changes nothing.
    #[must_use = "records are void only if the database takes it"]
    pub fn void_forged(
        &self,
        forged: Forged,
        after: Option<(HolderId, RecordId)>,
        limit: u32,
        (reason, now): (ReasonId, Moment),
    ) -> Pending<Voided> {
        let rulebook = self.rulebook();
        self.work(move |unit| {
            let rulebook = rulebook(unit.connection)?;
            let (rows, last) = next(unit.connection, &forged, after, limit)?;
            let facts = void(unit.connection, &rows)?;
            let entered = Entered { now, reason: Some(reason) };
            let (_, touched) = change::write(unit.connection, &facts, now, entered.reason)?;
            post(unit, &rulebook, &touched, entered)?;
            let done = |row: &RecordRow| Done { subject: Subject::Record(row.id), result: DONE };
            unit.done.extend(rows.iter().map(done));
            let records = u64::try_from(rows.len()).unwrap_or(u64::MAX);
            Ok(Voided { records, last })
        })
    }
}

/// A record's place in the order in which they are declared void.
type Place = (HolderId, RecordId);

/// The next records that are meant, and the last of them where more may follow.
fn next(
    connection: &mut Connection,
    forged: &Forged,
    after: Option<Place>,
    limit: u32,
) -> Result<(Vec<RecordRow>, Option<Place>), SqlError> {
    let (condition, mut values) = forged.condition();
    let after = after.map_or(([0; 16], [0; 16]), |(one, other)| (*one.bytes(), *other.bytes()));
    values.extend([Value::from(&after.0), Value::from(&after.1)]);
    let (resident, id) = (values.len() - 1, values.len());
    let columns: Vec<&str> = RECORD_CODES.columns.iter().map(|column| column.name).collect();
    let sql = format!(
        "SELECT {} FROM records WHERE {condition}
        AND resident >= ${resident} AND (resident > ${resident} OR id > ${id})
        ORDER BY resident, id LIMIT {limit}",
        columns.join(", ")
    );
    let mut rows = Vec::new();
    connection.query(&sql, &values, |row| {
        rows.push(RecordRow::of_code(&row)?);
        Ok(())
    })?;
    let full = u32::try_from(rows.len()) == Ok(limit);
    let last = rows.last().filter(|_| full).map(|row| (row.resident, row.id));
    Ok((rows, last))
}

fn void(connection: &mut Connection, rows: &[RecordRow]) -> Result<Vec<Fact>, SqlError> {
    let residents: Vec<HolderId> = rows.iter().map(|row| row.resident).collect();
    let codes = holders::codes(connection, &residents)?;
    let fact = |row: &RecordRow| {
        let resident = codes.get(&row.resident).cloned().unwrap_or_default();
        Fact::Record(RecordFact { resident, void: true, ..row.fact() })
    };
    Ok(rows.iter().map(fact).collect())
}

fn changes(
    connection: &mut Connection,
    accounts: &HashMap<AccountId, i64>,
) -> Result<Vec<ForgedChange>, SqlError> {
    let mut ids: Vec<&AccountId> = accounts.keys().collect();
    ids.sort_unstable();
    let keys: Vec<Value<'_>> = ids.into_iter().map(|id| Value::from(id.bytes())).collect();
    let mut found = Vec::new();
    connection.fetch(&ACCOUNTS, 1, &keys, Lock::None, |row| {
        let stored = rows::account(&row)?;
        let points = accounts.get(&stored.account.id).copied().unwrap_or_default();
        let left: i64 = stored.account.lots.iter().map(|lot| lot.points.0).sum();
        let short = Points((-points - left).max(0));
        found.push(ForgedChange {
            holder: stored.holder,
            scheme: stored.scheme.into(),
            points: Points(points),
            short,
        });
        Ok(())
    })?;
    Ok(found)
}
