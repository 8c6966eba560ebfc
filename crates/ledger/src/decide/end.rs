//! Points that end without being spent: expired, cleared, forfeited; and forfeits undone.

use kangji_core::{Day, Points};

use super::{Desk, No, parts, spend::held, sum};
use crate::{
    account::{Account, Hold, Lot},
    entry::{Entry, EntryKind, Part, Seq},
    refusal::Refusal,
};

/// Lots whose day has come, an entry for each day, counted for that day: a job that was off for
/// a week writes what it would have written day by day. What is set aside for orders stays set
/// aside; each voucher ends with the lot it bears.
pub(super) fn expire(
    desk: &Desk<'_>,
    account: &Account,
    year_end: bool,
    article: &str,
) -> Result<Vec<Entry>, No> {
    let kind = if year_end { EntryKind::Clear } else { EntryKind::Expire };
    let until = desk.command.day;
    let expired: Vec<Lot> =
        account.lots.iter().filter(|lot| lot.has_expired_by(until)).copied().collect();
    let day_of = |lot: &Lot| lot.expires_on.unwrap_or(Day::LAST);
    let by_day = expired.chunk_by(|one, other| day_of(one) == day_of(other));
    let entry = |lots: &[Lot]| {
        let parts = parts(lots);
        let draft = desk.draft(account, kind);
        Entry {
            day: lots.first().map_or(until, day_of),
            redeemable: Points(-sum(&parts).0),
            parts,
            article: Some(article.to_owned()),
            ..draft
        }
    };
    let mut entries: Vec<Entry> = by_day.map(entry).collect();
    let lapse = |voucher: &Hold| Entry {
        day: voucher.parts.first().map_or(until, day_of),
        held: Points(-held(voucher).0),
        refers: Some(voucher.seq),
        article: Some(article.to_owned()),
        ..desk.draft(account, EntryKind::Lapse)
    };
    let vouchers = account.vouchers.iter().filter(|voucher| voucher.has_expired_by(until));
    entries.extend(vouchers.map(lapse));
    if entries.is_empty() {
        return Err(Refusal::NothingToDo.into());
    }
    entries.sort_by_key(|entry| entry.day);
    Ok(entries)
}

/// Both balances to zero (S11), what is set aside included. A shortfall stays, as it was spent,
/// except for points set aside from a credit that was taken back since: that reversal took them
/// already.
pub(super) fn forfeit(desk: &Desk<'_>, account: &Account, article: &str) -> Result<Entry, No> {
    let parts = parts(&account.lots);
    if parts.is_empty() && account.held == Points::ZERO && account.total == Points::ZERO {
        return Err(Refusal::NothingToDo.into());
    }
    let mut filled = Points::ZERO;
    if account.shortfall > Points::ZERO && account.held > Points::ZERO {
        let history = account.history.as_ref().ok_or(No::NeedsHistory(account.id))?;
        // No voucher outlives the reversal of its credit.
        let reversed = account.holds.iter().map(|hold| history.reversed_of(hold).0);
        filled = Points(reversed.sum()).min(account.shortfall);
    }
    let draft = desk.draft(account, EntryKind::Forfeit);
    Ok(Entry {
        total: Points(-account.total.0),
        redeemable: Points(filled.0 - sum(&parts).0),
        held: Points(-account.held.0),
        parts,
        article: Some(article.to_owned()),
        ..draft
    })
}

/// Gives back what a forfeit took. What was reversed since stays away, from both balances; what
/// would have expired since comes back to the total only.
pub(super) fn restore(desk: &Desk<'_>, account: &Account, seq: Seq) -> Result<Entry, No> {
    let history = account.history.as_ref().ok_or(No::NeedsHistory(account.id))?;
    let forfeit = history.forfeit(seq).filter(|forfeit| !forfeit.restored);
    let forfeit = forfeit.ok_or(Refusal::NoSuchForfeit { seq })?;
    let today = desk.context.now.day();
    let stands = |part: &&Part| {
        // What was reversed before the forfeit was paid for by other points.
        let reversed = history.is_reversed_after(part.lot, seq);
        let expired = history.lot(**part).is_none_or(|lot| lot.has_expired_by(today));
        !reversed && !expired
    };
    let parts: Vec<Part> = forfeit.parts.iter().filter(stands).copied().collect();
    let draft = desk.draft(account, EntryKind::Restore);
    Ok(Entry {
        total: Points(-forfeit.total.0 - history.reversed_since(seq)),
        redeemable: sum(&parts),
        refers: Some(seq),
        parts,
        ..draft
    })
}
