//! The ids under which the system knows people and communities, and the codes others know them
//! by.

use std::collections::{HashMap, HashSet};

use kangji_core::{Moment, ids::HolderId};
use uuid::{NoContext, Timestamp, Uuid};

use crate::{
    schema::{HOLDER_CODES, HOLDERS},
    sql::{Connection, Lock, SqlError, Value},
};

/// The bytes of a new id, ordered by time (UUIDv7).
#[must_use]
pub fn new_id(now: Moment) -> [u8; 16] {
    let millis = u64::try_from(now.millis()).unwrap_or_default();
    let nanos = u32::try_from(millis % 1000).unwrap_or_default() * 1_000_000;
    let time = Timestamp::from_unix(NoContext, millis / 1000, nanos);
    Uuid::new_v7(time).into_bytes()
}

/// The ids of codes that are known.
pub(crate) fn known<'a>(
    connection: &mut Connection,
    codes: impl IntoIterator<Item = &'a str>,
) -> Result<HashMap<String, HolderId>, SqlError> {
    let codes: HashSet<&str> = codes.into_iter().collect();
    let keys: Vec<Value<'_>> = codes.into_iter().map(Value::Text).collect();
    let mut ids = HashMap::with_capacity(keys.len());
    connection.fetch(&HOLDER_CODES, 1, &keys, Lock::None, |row| {
        ids.insert(row.text(0)?.to_owned(), HolderId::from_bytes(row.array(1)?));
        Ok(())
    })?;
    Ok(ids)
}

/// The ids of codes; codes nobody knew get one.
pub(crate) fn ids<'a>(
    connection: &mut Connection,
    codes: impl IntoIterator<Item = &'a str>,
    now: Moment,
) -> Result<HashMap<String, HolderId>, SqlError> {
    let codes: HashSet<&str> = codes.into_iter().collect();
    let mut ids = known(connection, codes.iter().copied())?;
    let mut new: Vec<&str> = codes.into_iter().filter(|code| !ids.contains_key(*code)).collect();
    new.sort_unstable();
    let made: Vec<[u8; 16]> = new.iter().map(|_| new_id(now)).collect();
    let pairs = made.iter().zip(&new);
    let values: Vec<Value<'_>> =
        pairs.flat_map(|(id, code)| [Value::from(id), Value::Text(code)]).collect();
    connection.insert(&HOLDERS, &values)?;
    ids.extend(
        new.iter().zip(&made).map(|(code, id)| ((*code).to_owned(), HolderId::from_bytes(*id))),
    );
    Ok(ids)
}

/// The codes of ids.
pub(crate) fn codes(
    connection: &mut Connection,
    ids: &[HolderId],
) -> Result<HashMap<HolderId, String>, SqlError> {
    let keys: Vec<Value<'_>> = ids.iter().map(|id| Value::from(id.bytes())).collect();
    let mut codes = HashMap::with_capacity(ids.len());
    connection.fetch(&HOLDERS, 1, &keys, Lock::None, |row| {
        codes.insert(HolderId::from_bytes(row.array(0)?), row.text(1)?.to_owned());
        Ok(())
    })?;
    Ok(codes)
}
