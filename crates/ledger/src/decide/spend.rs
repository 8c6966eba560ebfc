//! Points that go: set aside, spent, handed on.

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CauseId},
};

use super::{Desk, No};
use crate::{
    account::{Account, Hold, Lot},
    entry::{Answer, Entry, EntryKind, Part, Seq},
    refusal::Refusal,
};

/// Sets points aside.
pub(super) fn hold(
    desk: &Desk<'_>,
    account: &Account,
    points: Points,
    until: Option<Moment>,
) -> Result<Entry, No> {
    let parts = take(desk, account, points)?;
    let draft = desk.draft(account, EntryKind::Hold);
    let redeemable = Points(-points.0);
    Ok(Entry { redeemable, held: points, due_at: until, parts, ..draft })
}

/// Sets points of one lot aside for a voucher.
pub(super) fn bind(
    desk: &Desk<'_>,
    account: &Account,
    lot: Seq,
    points: Points,
) -> Result<Entry, No> {
    not_short(account)?;
    let (day, today) = (desk.command.day, desk.context.now.day());
    let found = account.lots.iter().find(|known| known.seq == lot);
    let valid = found.filter(|lot| lot.is_valid_on(day) && !lot.has_expired_by(today));
    let left = valid.map_or(Points::ZERO, |lot| lot.points);
    if left < points {
        return Err(Refusal::NotLeft { lot, left }.into());
    }
    there_on_later_days(desk, account, points)?;
    let draft = desk.draft(account, EntryKind::Bind);
    let parts = vec![Part { lot, points }];
    Ok(Entry { redeemable: Points(-points.0), held: points, parts, ..draft })
}

fn not_short(account: &Account) -> Result<(), No> {
    match account.shortfall {
        Points::ZERO => Ok(()),
        shortfall => Err(Refusal::Short { shortfall }.into()),
    }
}

/// The parts of the lots that expire first, if `points` can be spent on the command's day and
/// were there on every later day. What has expired by today is gone, whether or not a job has
/// cleared it yet.
fn take(desk: &Desk<'_>, account: &Account, points: Points) -> Result<Vec<Part>, No> {
    let (day, today) = (desk.command.day, desk.context.now.day());
    not_short(account)?;
    let mut left = points;
    let mut parts = Vec::new();
    let valid = |lot: &&Lot| lot.is_valid_on(day) && !lot.has_expired_by(today);
    for lot in account.lots.iter().filter(valid) {
        if left == Points::ZERO {
            break;
        }
        let points = lot.points.min(left);
        parts.push(Part { lot: lot.seq, points });
        left = Points(left.0 - points.0);
    }
    if left > Points::ZERO {
        let redeemable = Points(points.0 - left.0);
        return Err(Refusal::Insufficient { redeemable }.into());
    }
    there_on_later_days(desk, account, points)?;
    Ok(parts)
}

/// Only a spending that comes late can have been preceded by what it leaves too little for.
fn there_on_later_days(desk: &Desk<'_>, account: &Account, points: Points) -> Result<(), No> {
    let (day, today) = (desk.command.day, desk.context.now.day());
    if account.latest_day.is_some_and(|latest| day < latest) {
        let history = account.history.as_ref().ok_or(No::NeedsHistory(account.id))?;
        let lapsed = account.lots.iter().filter(|lot| lot.has_expired_by(today));
        if let Some((day, redeemable)) = history.first_below(day, points, lapsed) {
            return Err(Refusal::InsufficientOn { day, redeemable }.into());
        }
    }
    Ok(())
}

pub(super) fn open<'a>(desk: &Desk<'_>, account: &'a Account, seq: Seq) -> Result<&'a Hold, No> {
    let hold = account.hold(seq, desk.context.now.day());
    hold.ok_or(No::Refused(Refusal::HoldNotOpen { seq }))
}

pub(super) fn held(hold: &Hold) -> Points {
    Points(hold.parts.iter().map(|lot| lot.points.0).sum())
}

/// Spends what a hold set aside. An account that is short spends nothing, not even that (S12).
pub(super) fn capture(desk: &Desk<'_>, account: &Account, seq: Seq) -> Result<Entry, No> {
    let hold = open(desk, account, seq)?;
    not_short(account)?;
    let draft = desk.draft(account, EntryKind::Capture);
    Ok(Entry { held: Points(-held(hold).0), refers: Some(seq), ..draft })
}

/// Points taken away by two people.
pub(super) fn adjust(desk: &Desk<'_>, account: &Account, points: Points) -> Result<Entry, No> {
    let parts = take(desk, account, Points(-points.0))?;
    let draft = desk.draft(account, EntryKind::Adjust);
    Ok(Entry { total: points, redeemable: points, parts, ..draft })
}

/// Points of a pool to everyone on the list, in its order; each receives a lot for every day of
/// expiry among the lots it gets.
pub(super) fn hand_on(
    desk: &Desk<'_>,
    pool: &Account,
    list: &[(AccountId, Points)],
) -> Result<Vec<Entry>, No> {
    let sum = list.iter().try_fold(Points::ZERO, |sum, (_, points)| sum.checked_add(*points));
    // No pool has more than can be counted: too few points are the refusal that comes first.
    let parts = take(desk, pool, sum.unwrap_or(Points(i64::MAX)))?;
    let sum = sum.ok_or(Refusal::TooLarge)?;
    let given = Points(-sum.0);
    let draft = desk.draft(pool, EntryKind::HandOn);
    let expiry = |part: &Part| {
        let lot = pool.lots.iter().find(|lot| lot.seq == part.lot);
        (lot.and_then(|lot| lot.expires_on), part.points)
    };
    let mut lots = merged(parts.iter().map(expiry)).into_iter();
    let mut entries = vec![Entry { total: given, redeemable: given, parts, ..draft }];
    let mut rest = None;
    for (account, points) in list {
        let mut wanted = *points;
        while wanted > Points::ZERO {
            let (expires_on, there) = rest.take().or_else(|| lots.next()).ok_or(Refusal::List)?;
            let points = wanted.min(there);
            entries.push(received(desk, pool, *account, points, expires_on));
            wanted = Points(wanted.0 - points.0);
            rest = Some((expires_on, Points(there.0 - points.0)));
            rest = rest.filter(|(_, points)| *points > Points::ZERO);
        }
    }
    Ok(entries)
}

/// Lots next to each other with one day of expiry become one.
fn merged(lots: impl Iterator<Item = (Option<Day>, Points)>) -> Vec<(Option<Day>, Points)> {
    let mut merged: Vec<(Option<Day>, Points)> = Vec::new();
    for (expires_on, points) in lots {
        match merged.last_mut() {
            Some((known, sum)) if *known == expires_on => *sum = Points(sum.0 + points.0),
            _ => merged.push((expires_on, points)),
        }
    }
    merged
}

fn received(
    desk: &Desk<'_>,
    pool: &Account,
    account: AccountId,
    points: Points,
    expires_on: Option<Day>,
) -> Entry {
    let cause = Some(CauseId::from_bytes(*pool.id.bytes()));
    let draft = desk.draft(pool, EntryKind::Receive);
    Entry {
        account,
        total: points,
        redeemable: points,
        expires_on,
        answer: Answer { cause, ..draft.answer },
        ..draft
    }
}
