//! The links by which SQLite finds the entries of an account. They are no part of the chain of
//! hashes, so they are looked at by themselves, before anything is read by them.

use kangji_core::ids::AccountId;
use kangji_ledger::Seq;

use super::{FINDINGS_MAX, Finding, Found, Report};
use crate::sql::{Connection, SqlError};

/// What is wrong with the links.
pub(super) struct Links {
    /// Entries that they do not lead over, as far as they can be listed.
    loose: Vec<(Option<AccountId>, Option<Seq>)>,
    /// Whether there are as many entries as the accounts say.
    counted: bool,
}

impl Links {
    /// Looks at the links of all entries.
    pub(super) fn read(connection: &mut Connection) -> Result<Self, SqlError> {
        let mut links = Self { loose: Vec::new(), counted: false };
        let loose = format!("SELECT account, seq FROM loose_entries LIMIT {FINDINGS_MAX}");
        connection.query(&loose, &[], |row| {
            let account = row.array(0).ok().map(AccountId::from_bytes);
            let seq = row.int(1).ok().and_then(|seq| u64::try_from(seq).ok()).map(Seq);
            links.loose.push((account, seq));
            Ok(())
        })?;
        let (mut there, mut named) = (0, 0_i128);
        connection.query("SELECT COUNT(*) FROM entries", &[], |row| {
            there = row.int(0)?.into();
            Ok(())
        })?;
        connection.query("SELECT seq FROM accounts", &[], |row| {
            named += row.int(0).map_or(0, i128::from);
            Ok(())
        })?;
        links.counted = there == named;
        Ok(links)
    }

    /// Whether they lead over every entry once, each account from its last to its first.
    pub(super) fn are_whole(&self) -> bool {
        self.counted && self.loose.is_empty()
    }

    /// Adds what is wrong, unless worse was found of the account.
    pub(super) fn tell(self, report: &mut Report) {
        for (account, seq) in self.loose {
            report.add(Found { account, seq, finding: Finding::EntryLoose });
        }
    }
}
