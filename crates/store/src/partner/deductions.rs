//! Deductions as rows, and back.

use kangji_core::{
    Fen, Moment, Points,
    ids::{AccountId, AgreementId, DeductionId, HolderId},
};
use kangji_ledger::Seq;
use kangji_redemption::{Deduction, order::Step, partner::DeductionState, voucher::Serial};

use crate::{
    ledger::rows::{natural, number},
    schema::{DEDUCTION_IDS, DEDUCTIONS},
    sql::{Connection, Lock, Row, SqlError, Value},
};

/// A shop and the number of its receipt.
pub(super) type Receipt = (String, String);

/// The shops and receipts of deductions.
pub(super) fn receipts_of(
    connection: &mut Connection,
    ids: &[DeductionId],
) -> Result<Vec<Receipt>, SqlError> {
    let keys: Vec<Value<'_>> = ids.iter().map(|id| Value::from(id.bytes())).collect();
    let mut found = Vec::with_capacity(ids.len());
    connection.fetch(&DEDUCTION_IDS, 1, &keys, Lock::None, |row| {
        found.push((row.text(1)?.to_owned(), row.text(2)?.to_owned()));
        Ok(())
    })?;
    Ok(found)
}

/// Deductions by shop and receipt.
pub(super) fn read<'k>(
    connection: &mut Connection,
    receipts: impl IntoIterator<Item = &'k Receipt>,
    lock: Lock,
) -> Result<Vec<Deduction>, SqlError> {
    let keys = receipts.into_iter().flat_map(|(shop, receipt)| [shop, receipt]);
    let keys: Vec<Value<'_>> = keys.map(|text| Value::Text(text)).collect();
    let mut found = Vec::new();
    connection.fetch(&DEDUCTIONS, 2, &keys, lock, |row| {
        found.push(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

/// The deductions that `rest` of a statement, from its condition on, chooses.
pub(super) fn select(
    connection: &mut Connection,
    rest: &str,
    values: &[Value<'_>],
) -> Result<Vec<Deduction>, SqlError> {
    let columns: Vec<&str> = DEDUCTIONS.columns.iter().map(|column| column.name).collect();
    let sql = format!("SELECT {} FROM deductions WHERE {rest}", columns.join(", "));
    let mut found = Vec::new();
    connection.query(&sql, values, |row| {
        found.push(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

/// The text of a deduction's vouchers.
pub(super) fn text(deduction: &Deduction) -> Result<String, SqlError> {
    let serials: Vec<&str> = deduction.vouchers.iter().map(Serial::as_str).collect();
    serde_json::to_string(&serials).map_err(|error| SqlError::other(error.to_string()))
}

/// Deductions as rows; `texts` are those of their vouchers.
pub(super) fn rows<'a>(deductions: &[&'a Deduction], texts: &'a [String]) -> Vec<Value<'a>> {
    let mut values = Vec::with_capacity(deductions.len() * DEDUCTIONS.columns.len());
    for (one, text) in deductions.iter().zip(texts) {
        let cancelled = one.cancelled.as_ref();
        values.extend([
            Value::Text(&one.shop),
            Value::Text(&one.receipt),
            Value::from(one.id.bytes()),
            Value::Text(&one.scheme),
            Value::from(one.agreement.bytes()),
            Value::from(one.person.bytes()),
            Value::from(one.account.bytes()),
            Value::Int(number(one.made.at.day())),
            Value::Int(one.bill.0),
            Value::Int(one.off.0),
            Value::Int(one.points.0),
            Value::Int(one.electronic.0),
            one.capture.and_then(|seq| i64::try_from(seq.0).ok()).into(),
            Value::Text(text),
            Value::Text(one.state.word()),
            Value::Int(one.made.at.millis()),
            one.made.by.as_ref().into(),
            cancelled.map(|step| step.at.millis()).into(),
            cancelled.and_then(|step| step.by.as_ref()).into(),
            one.reason.as_deref().into(),
        ]);
    }
    values
}

/// The deduction of a row of `DEDUCTIONS`.
pub(super) fn from_row(row: &Row<'_>) -> Result<Deduction, SqlError> {
    let step = |at: usize, by: usize| -> Result<Option<Step>, SqlError> {
        let Some(at) = row.opt_int(at)? else { return Ok(None) };
        let by = row.opt_bytes(by)?.map(|_| row.array(by)).transpose()?;
        Ok(Some(Step { at: Moment::from_millis(at), by }))
    };
    let vouchers: Option<Vec<String>> = serde_json::from_str(row.text(13)?).ok();
    let vouchers: Option<Vec<Serial>> =
        vouchers.and_then(|list| list.iter().map(|text| text.parse().ok()).collect());
    let capture = row.opt_int(12)?.map(|_| natural(row, 12).map(Seq)).transpose()?;
    Ok(Deduction {
        shop: row.text(0)?.to_owned(),
        receipt: row.text(1)?.to_owned(),
        id: DeductionId::from_bytes(row.array(2)?),
        scheme: row.text(3)?.to_owned(),
        agreement: AgreementId::from_bytes(row.array(4)?),
        person: HolderId::from_bytes(row.array(5)?),
        account: AccountId::from_bytes(row.array(6)?),
        bill: Fen(row.int(8)?),
        off: Fen(row.int(9)?),
        points: Points(row.int(10)?),
        electronic: Points(row.int(11)?),
        capture,
        vouchers: vouchers.ok_or_else(|| row.problem(13, "holds no serials"))?,
        state: DeductionState::of_word(row.text(14)?)
            .ok_or_else(|| row.problem(14, "holds no state"))?,
        made: step(15, 16)?.ok_or_else(|| row.problem(15, "holds no moment"))?,
        cancelled: step(17, 18)?,
        reason: row.opt_text(19)?.map(ToOwned::to_owned),
    })
}
