//! Orders as rows, and back.

use kangji_core::{
    Moment, Points,
    ids::{AccountId, CatalogueId, HolderId, OrderId},
};
use kangji_ledger::Seq;
use kangji_redemption::{
    Order, State,
    order::{Rating, Step},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ledger::rows::natural,
    schema::{ORDER_IDS, ORDERS},
    sql::{Connection, Lock, Row, SqlError, Value},
};

/// The accounts of orders.
pub(super) fn accounts_of(
    connection: &mut Connection,
    orders: &[OrderId],
) -> Result<Vec<(OrderId, AccountId)>, SqlError> {
    let keys: Vec<Value<'_>> = orders.iter().map(|id| Value::from(id.bytes())).collect();
    let mut found = Vec::with_capacity(orders.len());
    connection.fetch(&ORDER_IDS, 1, &keys, Lock::None, |row| {
        found.push((OrderId::from_bytes(row.array(0)?), AccountId::from_bytes(row.array(1)?)));
        Ok(())
    })?;
    Ok(found)
}

/// Orders by their accounts and ids, locked.
pub(super) fn locked(
    connection: &mut Connection,
    places: &[(OrderId, AccountId)],
) -> Result<Vec<Order>, SqlError> {
    let places = places.iter().flat_map(|(order, account)| [account.bytes(), order.bytes()]);
    let keys: Vec<Value<'_>> = places.map(Value::from).collect();
    let mut found = Vec::new();
    connection.fetch(&ORDERS, 2, &keys, Lock::Rows, |row| {
        found.push(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

/// A text of JSON.
pub(super) fn json(what: &impl Serialize) -> Result<String, SqlError> {
    serde_json::to_string(what).map_err(|error| SqlError::other(error.to_string()))
}

/// What a text of JSON says.
pub(super) fn from_json<T: DeserializeOwned>(
    row: &Row<'_>,
    position: usize,
) -> Result<T, SqlError> {
    serde_json::from_str(row.text(position)?).map_err(|_| row.problem(position, "cannot be read"))
}

/// Orders as rows; `texts` are those of their lines and of what was taken.
pub(super) fn rows<'a>(orders: &[&'a Order], texts: &'a [[String; 2]]) -> Vec<Value<'a>> {
    let mut values = Vec::with_capacity(orders.len() * ORDERS.columns.len());
    for (order, [lines, taken]) in orders.iter().zip(texts) {
        push(&mut values, order, lines, taken);
    }
    values
}

/// The texts of an order's lines and of what was taken.
pub(super) fn texts(order: &Order) -> Result<[String; 2], SqlError> {
    Ok([json(&order.lines)?, json(&order.taken)?])
}

fn push<'a>(values: &mut Vec<Value<'a>>, order: &'a Order, lines: &'a str, taken: &'a str) {
    let seq = |seq: Option<Seq>| seq.and_then(|seq| i64::try_from(seq.0).ok()).into();
    let at = |step: &Option<Step>| step.as_ref().map(|step| step.at.millis()).into();
    let rating = order.rating;
    values.extend([
        Value::from(order.account.bytes()),
        Value::from(order.id.bytes()),
        Value::from(order.person.bytes()),
        Value::Text(&order.scheme),
        Value::from(order.catalogue.bytes()),
        order.provider.as_deref().into(),
        Value::Text(&order.item),
        Value::Text(&order.name),
        Value::Text(&order.institution),
        Value::Int(i64::from(order.sets)),
        Value::Text(lines),
        Value::Int(order.points.0),
        seq(order.hold),
        Value::Text(&order.code),
        Value::Text(order.state.word()),
        Value::Int(order.placed.at.millis()),
        by(Some(&order.placed)),
        Value::Int(order.due_at.millis()),
        at(&order.handed_over),
        by(order.handed_over.as_ref()),
        order.proxy.as_deref().into(),
        seq(order.capture),
        Value::Text(taken),
        at(&order.ended),
        by(order.ended.as_ref()),
        order.reason.as_deref().into(),
        rating.map(|rating| i64::from(rating.stars)).into(),
        rating.map(|rating| rating.at.millis()).into(),
    ]);
}

fn by(step: Option<&Step>) -> Value<'_> {
    step.and_then(|step| step.by.as_ref()).into()
}

/// The order of a row of `ORDERS`.
pub(super) fn from_row(row: &Row<'_>) -> Result<Order, SqlError> {
    let step = |at: usize, by: usize| -> Result<Option<Step>, SqlError> {
        let Some(at) = row.opt_int(at)? else { return Ok(None) };
        let by = row.opt_bytes(by)?.map(|_| row.array(by)).transpose()?;
        Ok(Some(Step { at: Moment::from_millis(at), by }))
    };
    let seq = |position| -> Result<Option<Seq>, SqlError> {
        row.opt_int(position)?.map(|_| natural(row, position).map(Seq)).transpose()
    };
    let rating = match row.opt_int(26)? {
        None => None,
        Some(_) => Some(Rating { stars: natural(row, 26)?, at: Moment::from_millis(row.int(27)?) }),
    };
    let state = State::of_word(row.text(14)?).ok_or_else(|| row.problem(14, "holds no state"))?;
    Ok(Order {
        account: AccountId::from_bytes(row.array(0)?),
        id: OrderId::from_bytes(row.array(1)?),
        person: HolderId::from_bytes(row.array(2)?),
        scheme: row.text(3)?.to_owned(),
        catalogue: CatalogueId::from_bytes(row.array(4)?),
        provider: row.opt_text(5)?.map(ToOwned::to_owned),
        item: row.text(6)?.to_owned(),
        name: row.text(7)?.to_owned(),
        institution: row.text(8)?.to_owned(),
        sets: natural(row, 9)?,
        lines: from_json(row, 10)?,
        points: Points(row.int(11)?),
        hold: seq(12)?,
        code: row.text(13)?.to_owned(),
        state,
        placed: step(15, 16)?.ok_or_else(|| row.problem(15, "holds no moment"))?,
        due_at: Moment::from_millis(row.int(17)?),
        handed_over: step(18, 19)?,
        proxy: row.opt_bytes(20)?.map(<[u8]>::to_vec),
        capture: seq(21)?,
        taken: from_json(row, 22)?,
        ended: step(23, 24)?,
        reason: row.opt_text(25)?.map(ToOwned::to_owned),
        rating,
    })
}
