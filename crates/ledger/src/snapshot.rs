//! The stored form of lots, holds and parts. Not hashed: all of it follows from the entries, and
//! whoever verifies compares. What is hashed is `canonical`.

use kangji_core::Points;

use crate::{
    account::{Account, Broken, Hold, Lot},
    entry::{Part, Seq},
};

/// The lots and holds of an account as bytes, and what vouchers bear behind them, if anything.
#[must_use]
pub fn lots_and_holds(account: &Account) -> Vec<u8> {
    let bytes = postcard::to_allocvec(&(&account.lots, &account.holds));
    let bytes = bytes.expect("lots and holds always have a serialized form");
    if account.vouchers.is_empty() {
        return bytes;
    }
    postcard::to_extend(&account.vouchers, bytes).expect("vouchers always have a serialized form")
}

/// Gives an account the lots and holds of [`lots_and_holds`].
///
/// # Errors
/// [`Broken::Missing`] for other bytes, [`Broken::Amounts`] where lots are out of order or empty.
pub fn set_lots_and_holds(account: &mut Account, bytes: &[u8]) -> Result<(), Broken> {
    type Read = (Vec<Lot>, Vec<Hold>);
    let ((lots, holds), rest): (Read, _) =
        postcard::take_from_bytes(bytes).map_err(|_| Broken::Missing)?;
    let vouchers: Vec<Hold> = match rest {
        [] => Vec::new(),
        rest => postcard::from_bytes(rest).map_err(|_| Broken::Missing)?,
    };
    let has_points = |lots: &[Lot]| lots.iter().all(|lot| lot.points > Points::ZERO);
    let in_order = lots.is_sorted_by_key(Lot::order);
    if !in_order
        || !has_points(&lots)
        || !holds.iter().chain(&vouchers).all(|hold| has_points(&hold.parts))
    {
        return Err(Broken::Amounts);
    }
    account.lots = lots;
    account.holds = holds;
    account.vouchers = vouchers;
    Ok(())
}

/// The parts of an entry as bytes.
#[must_use]
pub fn parts(parts: &[Part]) -> Vec<u8> {
    let pairs: Vec<(u64, i64)> = parts.iter().map(|part| (part.lot.0, part.points.0)).collect();
    postcard::to_allocvec(&pairs).expect("numbers always have a serialized form")
}

/// The parts of [`parts`].
///
/// # Errors
/// [`Broken::Missing`] for other bytes.
pub fn parts_from(bytes: &[u8]) -> Result<Vec<Part>, Broken> {
    let pairs: Vec<(u64, i64)> = postcard::from_bytes(bytes).map_err(|_| Broken::Missing)?;
    // One list has one form: bytes that only read the same are not the same.
    let list: Vec<Part> = pairs
        .into_iter()
        .map(|(lot, points)| Part { lot: Seq(lot), points: Points(points) })
        .collect();
    if parts(&list) == bytes { Ok(list) } else { Err(Broken::Missing) }
}
