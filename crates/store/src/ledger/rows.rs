//! Entries and accounts as rows, and back. What is read is checked, for anybody may have changed
//! a database.

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CauseId, CommandKey, HolderId, OfficerId, ReasonId, RecordId},
};
use kangji_ledger::{
    Account, Answer, Entry, EntryKind, Hash, Seq, Source,
    snapshot::{self, parts_from},
};

use crate::sql::{Row, SqlError, Value};

/// An account with what belongs to it but not to the ledger's decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) account: Account,
    pub(crate) holder: HolderId,
    pub(crate) scheme: Box<str>,
}

/// A day from its stored number.
pub(crate) fn day(row: &Row<'_>, position: usize) -> Result<Day, SqlError> {
    opt_day(row, position)?.ok_or_else(|| row.problem(position, "holds no day"))
}

/// A day or nothing from its stored number.
pub(crate) fn opt_day(row: &Row<'_>, position: usize) -> Result<Option<Day>, SqlError> {
    let Some(number) = row.opt_int(position)? else { return Ok(None) };
    let day = u32::try_from(number).ok().and_then(Day::from_number);
    day.map(Some).ok_or_else(|| row.problem(position, "holds no day"))
}

/// A number that is never negative.
pub(crate) fn natural<T: TryFrom<i64>>(row: &Row<'_>, position: usize) -> Result<T, SqlError> {
    let number = row.int(position)?;
    T::try_from(number).map_err(|_| row.problem(position, "holds a number out of range"))
}

fn seq(row: &Row<'_>, position: usize) -> Result<Seq, SqlError> {
    natural(row, position).map(Seq)
}

fn id<T>(
    row: &Row<'_>,
    position: usize,
    make: impl Fn([u8; 16]) -> T,
) -> Result<Option<T>, SqlError> {
    row.opt_bytes(position)?.map(|_| row.array(position).map(make)).transpose()
}

/// A day as it is stored.
pub(crate) fn number(day: Day) -> i64 {
    i64::from(day.number())
}

/// The entry of a row of `ENTRIES`.
pub(crate) fn entry(row: &Row<'_>) -> Result<Entry, SqlError> {
    let kind = natural(row, 3).map(EntryKind::from_code)?;
    let refers = row.opt_int(9)?.map(|_| seq(row, 9)).transpose()?;
    let parts = parts_from(row.bytes(12)?);
    let source = match row.opt_text(13)? {
        None => None,
        Some(award) => Some(Source {
            award: award.to_owned(),
            resident: HolderId::from_bytes(row.array(14)?),
            record: id(row, 15, RecordId::from_bytes)?,
            period: row.opt_text(16)?.map(ToOwned::to_owned),
            version: day(row, 17)?,
        }),
    };
    // A value where the entry's form has no place for one would not be covered by its hash.
    for position in 14..18 {
        if source.is_none() && (row.opt_int(position).is_err() || row.opt_int(position)?.is_some())
        {
            return Err(row.problem(position, "holds something without an award"));
        }
    }
    Ok(Entry {
        account: AccountId::from_bytes(row.array(0)?),
        seq: seq(row, 1)?,
        epoch: natural(row, 2)?,
        kind: kind.ok_or_else(|| row.problem(3, "holds no kind of entry"))?,
        day: day(row, 4)?,
        recorded_at: Moment::from_millis(row.int(5)?),
        total: Points(row.int(6)?),
        redeemable: Points(row.int(7)?),
        held: Points(row.int(8)?),
        refers,
        expires_on: opt_day(row, 10)?,
        due_at: row.opt_int(11)?.map(Moment::from_millis),
        parts: parts.map_err(|_| row.problem(12, "holds no list of parts"))?,
        source,
        answer: Answer {
            officer: id(row, 18, OfficerId::from_bytes)?,
            second: id(row, 19, OfficerId::from_bytes)?,
            reason: id(row, 20, ReasonId::from_bytes)?,
            cause: id(row, 21, CauseId::from_bytes)?,
        },
        article: row.opt_text(22)?.map(ToOwned::to_owned),
        key: id(row, 23, CommandKey::from_bytes)?,
        input: Hash::from_bytes(row.array(24)?),
        hash: Hash::from_bytes(row.array(25)?),
    })
}

/// Adds the row of an entry; `parts` is the serialized form of its parts.
pub(crate) fn push_entry<'a>(values: &mut Vec<Value<'a>>, entry: &'a Entry, parts: &'a [u8]) {
    let source = entry.source.as_ref();
    values.extend([
        Value::from(entry.account.bytes()),
        stored_seq(entry.seq),
        Value::Int(i64::from(entry.epoch)),
        Value::Int(i64::from(entry.kind.code())),
        Value::Int(number(entry.day)),
        Value::Int(entry.recorded_at.millis()),
        Value::Int(entry.total.0),
        Value::Int(entry.redeemable.0),
        Value::Int(entry.held.0),
        entry.refers.map_or(Value::Null, stored_seq),
        entry.expires_on.map(number).into(),
        entry.due_at.map(Moment::millis).into(),
        Value::Bytes(parts),
        source.map(|source| source.award.as_str()).into(),
        source.map(|source| source.resident.bytes()).into(),
        source.and_then(|source| source.record.as_ref()).map(RecordId::bytes).into(),
        source.and_then(|source| source.period.as_deref()).into(),
        source.map(|source| number(source.version)).into(),
        entry.answer.officer.as_ref().map(OfficerId::bytes).into(),
        entry.answer.second.as_ref().map(OfficerId::bytes).into(),
        entry.answer.reason.as_ref().map(ReasonId::bytes).into(),
        entry.answer.cause.as_ref().map(CauseId::bytes).into(),
        entry.article.as_deref().into(),
        entry.key.as_ref().map(CommandKey::bytes).into(),
        Value::from(entry.input.bytes()),
        Value::from(entry.hash.bytes()),
    ]);
}

/// A number of an entry as it is stored; more than a database can count is never reached.
pub(crate) fn stored_seq(seq: Seq) -> Value<'static> {
    Value::Int(i64::try_from(seq.0).unwrap_or(i64::MAX))
}

/// The account of a row of `ACCOUNTS`.
pub(crate) fn account(row: &Row<'_>) -> Result<Stored, SqlError> {
    let mut account = Account::new(AccountId::from_bytes(row.array(0)?), row.int(3)? != 0);
    account.seq = seq(row, 4)?;
    account.hash = Hash::from_bytes(row.array(5)?);
    account.recorded_at = Moment::from_millis(row.int(6)?);
    account.epoch = natural(row, 7)?;
    account.latest_day = opt_day(row, 8)?;
    account.total = Points(row.int(9)?);
    account.held = Points(row.int(11)?);
    account.shortfall = Points(row.int(12)?);
    let lots = snapshot::set_lots_and_holds(&mut account, row.bytes(13)?);
    lots.map_err(|_| row.problem(13, "holds no lots"))?;
    if account.balance() != Points(row.int(10)?) {
        return Err(row.problem(10, "is not the sum of the lots"));
    }
    let holder = HolderId::from_bytes(row.array(1)?);
    Ok(Stored { account, holder, scheme: row.text(2)?.into() })
}

/// Adds the row of an account; `lots` is the serialized form of its lots and holds.
pub(crate) fn push_account<'a>(values: &mut Vec<Value<'a>>, stored: &'a Stored, lots: &'a [u8]) {
    let account = &stored.account;
    values.extend([
        Value::from(account.id.bytes()),
        Value::from(stored.holder.bytes()),
        Value::Text(&stored.scheme),
        Value::Int(i64::from(account.pool)),
        stored_seq(account.seq),
        Value::from(account.hash.bytes()),
        Value::Int(account.recorded_at.millis()),
        Value::Int(i64::from(account.epoch)),
        account.latest_day.map(number).into(),
        Value::Int(account.total.0),
        Value::Int(account.balance().0),
        Value::Int(account.held.0),
        Value::Int(account.shortfall.0),
        Value::Bytes(lots),
    ]);
}
