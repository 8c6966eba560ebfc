//! The kept answers to commands that were refused. No chain covers them: whoever changes a
//! refusal into another one, or removes it, is not found.

use kangji_core::ids::AccountId;
use kangji_ledger::{Refusal, Seq};

use super::{Finding, Found, Report};
use crate::{
    schema::REFUSALS,
    sql::{Connection, Row, SqlError, Value},
};

/// With the entry that the same command made, and the account.
const ALL: &str = "SELECT refusals.account, refusals.command, refusals.input, refusals.answer, \
    refusals.refused_at, commands.seq, accounts.id FROM refusals \
    LEFT JOIN commands ON commands.command = refusals.command \
        AND commands.account = refusals.account \
    LEFT JOIN accounts ON accounts.id = refusals.account \
    ORDER BY refusals.account, refusals.command";

/// Checks all refusals.
pub(super) fn check(connection: &mut Connection, report: &mut Report) -> Result<(), SqlError> {
    connection.query(ALL, &[], |row| {
        let row = row.of(REFUSALS.name);
        report.refusals += 1;
        let account = row.array(0).ok().map(AccountId::from_bytes);
        let (seq, finding) = match read(&row) {
            Err(why) => (None, Finding::RefusalUnreadable(why.into())),
            Ok(Some(seq)) => (Some(seq), Finding::RefusedAndEntered),
            Ok(None) if row.value(6)? == Value::Null => (None, Finding::RefusalWithoutAccount),
            Ok(None) => return Ok(()),
        };
        report.add(Found { account, seq, finding });
        Ok(())
    })
}

/// The entry that the command also made.
fn read(row: &Row<'_>) -> Result<Option<Seq>, String> {
    let told = |error: SqlError| error.to_string();
    row.array::<16>(0).map_err(told)?;
    row.array::<16>(1).map_err(told)?;
    row.array::<32>(2).map_err(told)?;
    let refusal: Refusal =
        serde_json::from_str(row.text(3).map_err(told)?).map_err(|error| error.to_string())?;
    row.int(4).map_err(told)?;
    if matches!(refusal, Refusal::KeyUsed | Refusal::NoAccount | Refusal::Inconsistent) {
        return Err(format!("`{}` is never kept", refusal.code()));
    }
    let seq = row.opt_int(5).map_err(told)?;
    Ok(seq.map(|seq| Seq(u64::try_from(seq).unwrap_or_default())))
}
