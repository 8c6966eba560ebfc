//! The checkpoints themselves: those of the database, their counter, and those kept outside.

use std::collections::BTreeMap;

use kangji_ledger::{
    checkpoint::{Signed, check_sequence},
    key::PublicKey,
};

use super::Finding;
use crate::{
    schema::CHECKPOINTS,
    sql::{Connection, Row, SqlError},
};

/// The checkpoints of the database and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// How many are counted; nothing where the counter is spoilt.
    pub(super) counted: Option<u32>,
    pub(super) signed: Vec<Signed>,
    pub(super) findings: Vec<Finding>,
}

impl Lines {
    /// Reads and checks the checkpoints of the database.
    pub(super) fn read(
        connection: &mut Connection,
        trusted: Option<&PublicKey>,
    ) -> Result<Self, SqlError> {
        let mut lines = Self::default();
        lines.read_counter(connection)?;
        let mut there: u32 = 0;
        let all = "SELECT number, made_at, accounts, line FROM checkpoints ORDER BY number";
        connection.query(all, &[], |row| {
            there = there.saturating_add(1);
            match line(&row.of(CHECKPOINTS.name)) {
                Ok((signed, same)) => {
                    if !same {
                        let number = signed.checkpoint.number;
                        lines.findings.push(Finding::CheckpointDiffers { number });
                    }
                    lines.signed.push(signed);
                }
                Err(why) => {
                    let (number, why) = (row.int(0).unwrap_or_default(), why.into());
                    lines.findings.push(Finding::CheckpointUnreadable { number, why });
                }
            }
            Ok(())
        })?;
        if let Err(fault) = check_sequence(&lines.signed, trusted) {
            lines.findings.push(Finding::Sequence(fault));
        }
        if let Some(counted) = lines.counted.filter(|counted| *counted != there) {
            lines.findings.push(Finding::Count { counted, there });
        }
        Ok(lines)
    }

    fn read_counter(&mut self, connection: &mut Connection) -> Result<(), SqlError> {
        let mut rows = Vec::new();
        connection.query("SELECT id, epoch FROM ledger", &[], |row| {
            rows.push((row.int(0), row.int(1)));
            Ok(())
        })?;
        let why = match rows.as_slice() {
            [(Ok(1), Ok(epoch))] => match u32::try_from(*epoch) {
                Ok(epoch) => {
                    self.counted = Some(epoch);
                    return Ok(());
                }
                Err(error) => error.to_string(),
            },
            [(_, Err(error)) | (Err(error), _)] => error.to_string(),
            rows => format!("`{}` rows, or one with another id", rows.len()),
        };
        self.findings.push(Finding::Counter(why.into()));
        Ok(())
    }

    /// Compares with the checkpoints kept outside; the numbers of those that only the database
    /// has.
    pub(super) fn compare(&mut self, outside: &[Signed], trusted: Option<&PublicKey>) -> Vec<u32> {
        let known: BTreeMap<u32, &Signed> =
            self.signed.iter().map(|signed| (signed.checkpoint.number, signed)).collect();
        let mut kept = BTreeMap::new();
        for signed in outside {
            let number = signed.checkpoint.number;
            let other_key = trusted.is_some_and(|trusted| *trusted != signed.key);
            if other_key || !signed.verify() {
                self.findings.push(Finding::OutsideForged { number });
            }
            if known.get(&number).is_some_and(|known| *known != signed) {
                self.findings.push(Finding::OutsideDiffers { number });
            }
            kept.insert(number, signed);
        }
        let missing = || kept.iter().filter(|(number, _)| !known.contains_key(number));
        if let Some((number, signed)) = missing().next() {
            self.findings.push(Finding::RolledBack {
                number: *number,
                made_at: signed.checkpoint.made_at,
                missing: u32::try_from(missing().count()).unwrap_or(u32::MAX),
            });
        }
        known.keys().copied().filter(|number| !kept.contains_key(number)).collect()
    }
}

/// The checkpoint of a row, and whether the other columns say the same as its line.
fn line(row: &Row<'_>) -> Result<(Signed, bool), String> {
    let told = |error: SqlError| error.to_string();
    let signed: Signed =
        row.text(3).map_err(told)?.parse().map_err(|error| format!("its line: {error}"))?;
    let checkpoint = &signed.checkpoint;
    let same = row.int(0) == Ok(i64::from(checkpoint.number))
        && row.int(1) == Ok(checkpoint.made_at.millis())
        && row.int(2).map(u64::try_from) == Ok(Ok(checkpoint.accounts));
    Ok((signed, same))
}
