//! Points that come back: a hold released or timed out, a capture refunded.

use kangji_core::Points;

use super::{
    Desk, No, parts,
    spend::{held, open},
    sum,
};
use crate::{
    account::{Account, Hold, Lot},
    entry::{Entry, EntryKind, Part, Seq},
    refusal::Refusal,
};

/// Gives back what a hold set aside.
pub(super) fn release(desk: &Desk<'_>, account: &Account, seq: Seq) -> Result<Entry, No> {
    give_back(desk, account, open(desk, account, seq)?)
}

/// The same of an open hold or of a voucher, even one whose day has come.
pub(super) fn give_back(desk: &Desk<'_>, account: &Account, hold: &Hold) -> Result<Entry, No> {
    let today = desk.context.now.day();
    let parts = back(account, hold, |lot| lot.has_expired_by(today))?;
    let draft = desk.draft(account, EntryKind::Release);
    let held = Points(-held(hold).0);
    Ok(Entry { redeemable: sum(&parts), held, refers: Some(hold.seq), parts, ..draft })
}

/// Gives back what a hold set aside, if its time is over.
pub(super) fn time_out(desk: &Desk<'_>, account: &Account, seq: Seq) -> Result<Entry, No> {
    let until = open(desk, account, seq)?.until;
    if until.is_none_or(|until| until > desk.context.now) {
        return Err(Refusal::HoldNotDue { until }.into());
    }
    release(desk, account, seq)
}

/// Gives back what a capture spent. A forfeit after it that stands took these points as well (S11),
/// but none of a credit taken back after the forfeit: that reversal charged what was spent.
pub(super) fn refund(desk: &Desk<'_>, account: &Account, seq: Seq) -> Result<Entry, No> {
    let history = account.history.as_ref().ok_or(No::NeedsHistory(account.id))?;
    let spent = history.captured(seq).ok_or(Refusal::NoSuchCapture { seq })?;
    let forfeit = history.forfeit_after(seq);
    let forfeited =
        |lot: &Lot| forfeit.is_some_and(|forfeit| !history.is_reversed_after(lot.seq, forfeit));
    let today = desk.context.now.day();
    let parts = back(account, spent, |lot| lot.has_expired_by(today) || forfeited(lot))?;
    let draft = desk.draft(account, EntryKind::Refund);
    Ok(Entry { redeemable: sum(&parts), refers: Some(seq), parts, ..draft })
}

/// What comes back of a hold. What is `lost` does not, except to a shortfall where its credit was
/// taken back after it was set aside: that reversal took it already, and takes it once.
fn back(account: &Account, hold: &Hold, lost: impl Fn(&Lot) -> bool) -> Result<Vec<Part>, No> {
    let (lost, valid): (Vec<&Lot>, Vec<&Lot>) = hold.parts.iter().partition(|lot| lost(lot));
    let mut parts = parts(valid);
    let mut short = account.shortfall.left_after(sum(&parts));
    if short > Points::ZERO && !lost.is_empty() {
        let history = account.history.as_ref().ok_or(No::NeedsHistory(account.id))?;
        for lot in lost.into_iter().filter(|lot| history.is_reversed_after(lot.seq, hold.seq)) {
            let points = lot.points.min(short);
            parts.push(Part { lot: lot.seq, points });
            short = Points(short.0 - points.0);
        }
        parts.retain(|part| part.points > Points::ZERO);
    }
    Ok(parts)
}
