//! What is posted for residents, what should be, and the difference.

use std::collections::{BTreeMap, HashSet};

use kangji_core::{
    Day, Points,
    ids::{AccountId, HolderId, RecordId},
};
use kangji_ledger::{EntryKind, Seq, Source, account_of};
use rustc_hash::FxHashMap;

use crate::{
    ledger::rows::{day, natural, opt_day},
    schema::{ACCOUNT_CREDITS, ACCOUNT_OWNERS, CREDITS},
    sql::{Connection, Lock, Row, SqlError, Value},
};

/// What a credit is for. There is at most one standing credit for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Purpose {
    pub(crate) account: AccountId,
    pub(crate) resident: HolderId,
    pub(crate) award: String,
    pub(crate) record: Option<RecordId>,
    pub(crate) period: Option<String>,
}

/// How much is credited for a purpose, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) points: Points,
    pub(crate) day: Day,
    pub(crate) expires_on: Option<Day>,
    /// First day of force of the version that says so.
    pub(crate) version: Day,
}

/// Standing credits.
pub(crate) type Posted = BTreeMap<Purpose, (Seq, Amount)>;

impl Purpose {
    /// What an entry of it says it was earned with.
    pub(crate) fn source(&self, version: Day) -> Source {
        Source {
            award: self.award.clone(),
            resident: self.resident,
            record: self.record,
            period: self.period.clone(),
            version,
        }
    }
}

/// The standing credits of residents under a scheme, whoever holds them.
pub(crate) fn posted(
    connection: &mut Connection,
    scheme: &str,
    residents: &[HolderId],
) -> Result<Posted, SqlError> {
    let keys: Vec<Value<'_>> = residents.iter().map(|id| Value::from(id.bytes())).collect();
    let mut standing = Standing::default();
    connection.fetch(&CREDITS, 1, &keys, Lock::None, |row| standing.read(&row, 1, 0))?;
    let found = standing.credits();
    // The ids of accounts follow from the holder's; only whose holder is somebody else is asked for.
    let own: HashSet<AccountId> = residents.iter().map(|id| account_of(*id, scheme)).collect();
    let others = found.keys().map(|(account, _)| *account).filter(|id| !own.contains(id));
    let others = of_scheme(connection, scheme, others)?;
    let kept = found
        .into_iter()
        .filter(|((account, _), _)| own.contains(account) || others.contains(account));
    Ok(kept.map(|((_, seq), (purpose, amount))| (purpose, (seq, amount))).collect())
}

/// The standing credits of accounts.
pub(crate) fn posted_to(
    connection: &mut Connection,
    accounts: &[AccountId],
) -> Result<Posted, SqlError> {
    let keys: Vec<Value<'_>> = accounts.iter().map(|id| Value::from(id.bytes())).collect();
    let mut standing = Standing::default();
    connection.fetch(&ACCOUNT_CREDITS, 1, &keys, Lock::None, |row| standing.read(&row, 0, 1))?;
    let found = standing.credits().into_iter();
    Ok(found.map(|((_, seq), (purpose, amount))| (purpose, (seq, amount))).collect())
}

/// A credit by its place.
type Found = FxHashMap<(AccountId, Seq), (Purpose, Amount)>;

/// Credits as they are read, and which of them were taken back.
#[derive(Default)]
struct Standing {
    found: Found,
    reversed: Vec<(AccountId, Seq)>,
}

impl Standing {
    /// A row of one of the two views, which differ in the places of account and resident.
    fn read(&mut self, row: &Row<'_>, account: usize, resident: usize) -> Result<(), SqlError> {
        let account = AccountId::from_bytes(row.array(account)?);
        match natural(row, 3).map(EntryKind::from_code)? {
            Some(EntryKind::Reverse) => {
                self.reversed.push((account, Seq(natural(row, 6)?)));
                return Ok(());
            }
            Some(EntryKind::Credit) => {}
            _ => return Ok(()),
        }
        let record = row.opt_bytes(9)?.map(|_| row.array(9).map(RecordId::from_bytes));
        let purpose = Purpose {
            account,
            resident: HolderId::from_bytes(row.array(resident)?),
            award: row.text(8)?.to_owned(),
            record: record.transpose()?,
            period: row.opt_text(10)?.map(ToOwned::to_owned),
        };
        let amount = Amount {
            points: Points(row.int(5)?),
            day: day(row, 4)?,
            expires_on: opt_day(row, 7)?,
            version: day(row, 11)?,
        };
        self.found.insert((account, Seq(natural(row, 2)?)), (purpose, amount));
        Ok(())
    }

    fn credits(mut self) -> Found {
        for place in &self.reversed {
            self.found.remove(place);
        }
        self.found
    }
}

/// Those of the accounts that belong to a scheme.
fn of_scheme(
    connection: &mut Connection,
    scheme: &str,
    accounts: impl Iterator<Item = AccountId>,
) -> Result<HashSet<AccountId>, SqlError> {
    let mut accounts: Vec<AccountId> = accounts.collect();
    accounts.sort_unstable();
    accounts.dedup();
    let keys: Vec<Value<'_>> = accounts.iter().map(|id| Value::from(id.bytes())).collect();
    let mut of_scheme = HashSet::new();
    connection.fetch(&ACCOUNT_OWNERS, 1, &keys, Lock::None, |row| {
        if row.text(2)? == scheme {
            of_scheme.insert(AccountId::from_bytes(row.array(0)?));
        }
        Ok(())
    })?;
    Ok(of_scheme)
}

/// What has to be done so that what is posted becomes what is wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Credits to take back.
    pub(crate) reverse: Vec<(Purpose, Seq, Amount)>,
    /// Credits to give, those of an account together and in the order of days.
    pub(crate) credit: Vec<(Purpose, Amount)>,
}

/// The difference between what is posted and what is wanted; the same for the same facts.
pub(crate) fn difference(posted: Posted, wanted: BTreeMap<Purpose, Amount>) -> Difference {
    let mut difference = Difference::default();
    for (purpose, (seq, amount)) in &posted {
        if wanted.get(purpose) != Some(amount) {
            difference.reverse.push((purpose.clone(), *seq, *amount));
        }
    }
    for (purpose, amount) in wanted {
        if posted.get(&purpose).map(|(_, posted)| posted) != Some(&amount) {
            difference.credit.push((purpose, amount));
        }
    }
    difference.credit.sort_by_key(|(purpose, amount)| (purpose.account, amount.day));
    difference
}
