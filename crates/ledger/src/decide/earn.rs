//! Points that come and credits that are taken back.

use std::borrow::Cow;

use kangji_core::{Day, Points};

use super::{Desk, No, append, back};
use crate::{
    account::{Account, Hold, Lot},
    entry::{Entry, EntryKind, Part, Seq},
    refusal::Refusal,
};

/// A new lot.
pub(super) fn lot(draft: Entry, points: Points, expires_on: Option<Day>) -> Entry {
    Entry { total: points, redeemable: points, expires_on, ..draft }
}

/// A credit taken back. Vouchers that bear its points are recalled first, so that a voucher whose
/// reason is gone buys nothing.
pub(super) fn reverse(desk: &Desk<'_>, account: &Account, seq: Seq) -> Result<Vec<Entry>, No> {
    let bears = |voucher: &&Hold| voucher.parts.iter().any(|part| part.seq == seq);
    let mut after = Cow::Borrowed(account);
    let mut drafts = Vec::new();
    for voucher in account.vouchers.iter().filter(bears) {
        let recall = back::give_back(desk, &after, voucher)?;
        append(after.to_mut(), recall.clone())?;
        drafts.push(recall);
    }
    drafts.push(take_back(desk, &after, seq)?);
    Ok(drafts)
}

/// What is left of the credit's own lot goes first, then valid points of the other lots in the order
/// of spending; the rest is a shortfall. What its lot lost to expiry or to a forfeit is gone
/// already; what a forfeit took from the total, too.
fn take_back(desk: &Desk<'_>, account: &Account, seq: Seq) -> Result<Entry, No> {
    let history = account.history.as_ref().ok_or(No::NeedsHistory(account.id))?;
    let credit = history.credit_at(seq).ok_or(Refusal::NoSuchCredit { seq })?;
    if let Some(by) = credit.reversed_by {
        return Err(Refusal::Reversed { by }.into());
    }
    let total = if credit.forfeited_by.is_some() { Points::ZERO } else { credit.points };
    let owed = Points(credit.points.0 - history.lost(seq).0);
    let draft = desk.draft(account, EntryKind::Reverse);
    Ok(Entry {
        total: Points(-total.0),
        redeemable: Points(-owed.0),
        refers: Some(seq),
        parts: cover(account, seq, owed, desk.context.now.day()),
        source: Some(credit.source.clone()),
        ..draft
    })
}

/// As much of `owed` as lots cover: the lot itself, whatever its day, then those valid today.
fn cover(account: &Account, own: Seq, owed: Points, today: Day) -> Vec<Part> {
    let itself = account.lots.iter().filter(|lot| lot.seq == own);
    let valid = |lot: &&Lot| lot.seq != own && !lot.has_expired_by(today);
    let mut left = owed;
    let mut parts = Vec::new();
    for lot in itself.chain(account.lots.iter().filter(valid)) {
        let points = lot.points.min(left);
        if points <= Points::ZERO {
            break;
        }
        parts.push(Part { lot: lot.seq, points });
        left = Points(left.0 - points.0);
    }
    parts
}

/// The whole shortfall is borne by an institution (S12).
pub(super) fn write_off(desk: &Desk<'_>, account: &Account) -> Result<Entry, No> {
    if account.shortfall == Points::ZERO {
        return Err(Refusal::NothingToDo.into());
    }
    let draft = desk.draft(account, EntryKind::WriteOff);
    Ok(Entry { redeemable: account.shortfall, ..draft })
}
