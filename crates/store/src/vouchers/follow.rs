//! A voucher ends where the ledger ends what bound its points: its day came (P9), its credit was
//! taken back, a sanction took the points (S11). This writes it in the same transaction. A lost
//! voucher stays lost; why its points are gone is written beside it.

use kangji_ledger::{Entry, EntryKind, Seq};
use kangji_redemption::{VoucherState, voucher::Void};

use crate::sql::{Connection, SqlError, Value};

const END: &str = "UPDATE vouchers SET
        void = CASE WHEN state = 'lost' THEN $5 ELSE $4 END,
        ended_at = CASE WHEN state = 'lost' THEN ended_at ELSE $6 END,
        ended_by = CASE WHEN state = 'lost' THEN ended_by ELSE $7 END,
        state = CASE WHEN state = 'lost' THEN state ELSE $3 END
    WHERE account = $1 AND state IN ('issued', 'lost') AND void IS NULL AND ";

/// Ends the vouchers whose points these entries took away. Whoever hands one in or spends it has
/// written so before.
pub(crate) fn follow(connection: &mut Connection, entries: &[Entry]) -> Result<(), SqlError> {
    for entry in entries {
        match entry.kind {
            EntryKind::Release => end(connection, entry, VoucherState::Void, Void::Recalled)?,
            EntryKind::Lapse => end(connection, entry, VoucherState::Expired, Void::Expired)?,
            EntryKind::Forfeit => end(connection, entry, VoucherState::Void, Void::Forfeited)?,
            _ => {}
        }
    }
    Ok(())
}

fn end(
    connection: &mut Connection,
    entry: &Entry,
    state: VoucherState,
    why: Void,
) -> Result<(), SqlError> {
    let officer = entry.answer.officer.as_ref().map(|officer| officer.bytes());
    // What has expired says so by its state.
    let void = (state == VoucherState::Void).then(|| why.word());
    // A forfeit takes all that the account has on paper.
    let (which, hold) = match entry.refers {
        Some(Seq(seq)) => ("hold = $2", i64::try_from(seq).unwrap_or_default()),
        None => ("hold > $2", 0),
    };
    let values = [
        Value::from(entry.account.bytes()),
        Value::Int(hold),
        Value::Text(state.word()),
        void.into(),
        Value::Text(why.word()),
        Value::Int(entry.recorded_at.millis()),
        officer.into(),
    ];
    connection.execute(&format!("{END}{which}"), &values)?;
    Ok(())
}
