//! Vouchers as rows, and back.

use kangji_core::{
    Moment, Points,
    ids::{AccountId, CauseId, HolderId, RecordId},
};
use kangji_ledger::Seq;
use kangji_redemption::{
    Voucher, VoucherState,
    order::Step,
    voucher::{Issue, Serial, Spent, Stub, Void},
};

use crate::{
    ledger::rows::{natural, number, opt_day},
    schema::VOUCHERS,
    sql::{Connection, Row, SqlError, Value},
};

/// Vouchers as rows.
pub(crate) fn rows<'a>(vouchers: impl IntoIterator<Item = &'a Voucher>) -> Vec<Value<'a>> {
    let mut values = Vec::new();
    for voucher in vouchers {
        push(&mut values, voucher);
    }
    debug_assert_eq!(values.len() % VOUCHERS.columns.len(), 0, "whole rows");
    values
}

fn push<'a>(values: &mut Vec<Value<'a>>, voucher: &'a Voucher) {
    let at = |step: Option<&Step>| step.map(|step| step.at.millis()).into();
    let by = |step: Option<&'a Step>| step.and_then(|step| step.by.as_ref()).into();
    let seq = |seq: Seq| i64::try_from(seq.0).ok();
    let (issue, spent, stub) = (&voucher.issue, &voucher.spent, &voucher.stub);
    let issue = issue.as_ref();
    let spent = spent.as_ref();
    let stub = stub.as_ref();
    let issued = issue.map(|issue| &issue.step);
    let taken = spent.map(|spent| &spent.step);
    values.extend([
        Value::Text(voucher.serial.as_str()),
        Value::Text(&voucher.scheme),
        Value::Text(voucher.state.word()),
        at(Some(&voucher.printed)),
        by(Some(&voucher.printed)),
        voucher.institution.as_deref().into(),
        at(voucher.stocked.as_ref()),
        by(voucher.stocked.as_ref()),
        issue.map(|issue| issue.account.bytes()).into(),
        issue.map(|issue| issue.person.bytes()).into(),
        issue.and_then(|issue| seq(issue.lot)).into(),
        issue.and_then(|issue| seq(issue.hold)).into(),
        issue.map(|issue| issue.points.0).into(),
        issue.map(|issue| issue.award.as_str()).into(),
        issue.and_then(|issue| issue.record.as_ref().map(RecordId::bytes)).into(),
        issue.and_then(|issue| issue.expires_on.map(number)).into(),
        issue.map(|issue| number(issue.day)).into(),
        at(issued),
        by(issued),
        issue.map(|issue| issue.authority.as_str()).into(),
        issue.and_then(|issue| issue.proxy.as_deref()).into(),
        at(taken),
        by(taken),
        spent.map(|spent| spent.place.as_str()).into(),
        spent.map(|spent| spent.cause.bytes()).into(),
        spent.and_then(|spent| seq(spent.capture)).into(),
        voucher.void.map(Void::word).into(),
        at(voucher.ended.as_ref()),
        by(voucher.ended.as_ref()),
        voucher.reason.as_deref().into(),
        at(stub.map(|stub| &stub.step)),
        by(stub.map(|stub| &stub.step)),
        stub.map(|stub| stub.points.0).into(),
    ]);
}

/// The vouchers that `rest` of a statement, from its condition on, chooses.
pub(super) fn select(
    connection: &mut Connection,
    rest: &str,
    values: &[Value<'_>],
) -> Result<Vec<Voucher>, SqlError> {
    let columns: Vec<&str> = VOUCHERS.columns.iter().map(|column| column.name).collect();
    let sql = format!("SELECT {} FROM vouchers WHERE {rest}", columns.join(", "));
    let mut found = Vec::new();
    connection.query(&sql, values, |row| {
        found.push(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

/// The voucher of a row of `VOUCHERS`.
pub(crate) fn from_row(row: &Row<'_>) -> Result<Voucher, SqlError> {
    let serial = row.text(0)?.parse::<Serial>();
    let void = match row.opt_text(26)? {
        None => None,
        Some(word) => Some(Void::of_word(word).ok_or_else(|| row.problem(26, "holds no reason"))?),
    };
    let stub = match step(row, 30, 31)? {
        None => None,
        Some(step) => Some(Stub { step, points: Points(row.int(32)?) }),
    };
    Ok(Voucher {
        serial: serial.map_err(|_| row.problem(0, "holds no serial"))?,
        scheme: row.text(1)?.to_owned(),
        state: VoucherState::of_word(row.text(2)?)
            .ok_or_else(|| row.problem(2, "holds no state"))?,
        printed: step(row, 3, 4)?.ok_or_else(|| row.problem(3, "holds no moment"))?,
        institution: row.opt_text(5)?.map(ToOwned::to_owned),
        stocked: step(row, 6, 7)?,
        issue: issue(row)?,
        spent: spent(row)?,
        void,
        ended: step(row, 27, 28)?,
        reason: row.opt_text(29)?.map(ToOwned::to_owned),
        stub,
    })
}

fn issue(row: &Row<'_>) -> Result<Option<Issue>, SqlError> {
    let Some(step) = step(row, 17, 18)? else { return Ok(None) };
    let record = row.opt_bytes(14)?.map(|_| row.array(14).map(RecordId::from_bytes)).transpose()?;
    Ok(Some(Issue {
        account: AccountId::from_bytes(row.array(8)?),
        person: HolderId::from_bytes(row.array(9)?),
        lot: natural(row, 10).map(Seq)?,
        hold: natural(row, 11).map(Seq)?,
        points: Points(row.int(12)?),
        award: row.text(13)?.to_owned(),
        record,
        expires_on: opt_day(row, 15)?,
        day: opt_day(row, 16)?.ok_or_else(|| row.problem(16, "holds no day"))?,
        step,
        authority: row.text(19)?.to_owned(),
        proxy: row.opt_bytes(20)?.map(<[u8]>::to_vec),
    }))
}

fn spent(row: &Row<'_>) -> Result<Option<Spent>, SqlError> {
    let Some(step) = step(row, 21, 22)? else { return Ok(None) };
    Ok(Some(Spent {
        step,
        place: row.text(23)?.to_owned(),
        cause: CauseId::from_bytes(row.array(24)?),
        capture: natural(row, 25).map(Seq)?,
    }))
}

fn step(row: &Row<'_>, at: usize, by: usize) -> Result<Option<Step>, SqlError> {
    let Some(at) = row.opt_int(at)? else { return Ok(None) };
    let by = row.opt_bytes(by)?.map(|_| row.array(by)).transpose()?;
    Ok(Some(Step { at: Moment::from_millis(at), by }))
}
