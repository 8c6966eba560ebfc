//! Verifying a database: everything that can be derived is derived again from the entries and
//! compared, and the entries and the audit log are held against the signed checkpoints. It only
//! reads, and must not mend anything.
//!
//! # What is found, and what is not
//!
//! A change of any column of an entry or an account is found at once, by the chain of hashes or
//! because the account no longer follows from its entries. Somebody who can write to the database
//! and makes a chain anew from the changed entry on, with the account and its lots, is found by
//! the next checkpoint made before that: the tree over all accounts has another root. Somebody who
//! puts an older copy of the whole database back is found by the checkpoints kept outside.
//! An audit log that was cut off or chained anew is found by the next checkpoint made before that,
//! which says where the log ended; checkpoints of the first form say nothing of it.
//! Stock that does not follow from its entries and from the orders that wait is found as well; its
//! entries are not chained, so that who changes both is not. A voucher or deduction that is not what
//! the entries of its account say is found, too.
//! **What was written after the last checkpoint is covered by neither**: until the next one is
//! made, chains rewritten from there on, an audit log cut off after it, and a database put back to
//! a state after it, pass. One checkpoint a day makes this window one day; the report says when it
//! began. Also not found: a refusal changed or removed, an account without entries removed, the
//! mark of a pool on an account whose holder is no resident and that never handed on, facts (they
//! are not part of the ledger), and somebody who has the signing key and the file outside as well.

mod audit_ends;
mod finding;
mod lines;
mod links;
mod paper;
mod refusals;
mod replay;
mod roots;
mod stock;
mod vouchers;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
pub(crate) mod tests;

use std::{collections::HashSet, fmt};

use kangji_core::{Moment, ids::AccountId};
use kangji_ledger::{checkpoint::Signed, key::PublicKey};

pub use finding::{Finding, Found};
pub use paper::PaperFinding;

use crate::{
    audit, migrations,
    schema::MIGRATIONS,
    sql::{self, Connection, Location, Mode, SqlError},
    store::StoreError,
};
use audit_ends::AuditEnds;
use lines::Lines;
use links::Links;
use replay::Replay;
use roots::Roots;

/// Findings of accounts that are listed; the rest is only counted.
const FINDINGS_MAX: usize = 100;

/// What a verification came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many accounts there are.
    pub accounts: u64,
    /// How many entries.
    pub entries: u64,
    /// How many commands whose refusal is kept.
    pub refusals: u64,
    /// How many checkpoints.
    pub checkpoints: usize,
    /// How many lines of the audit log follow from each other.
    pub audit_lines: i64,
    /// When the last checkpoint was made, by the clock of whoever made it. What was written since
    /// is protected by the chains alone, which somebody who can write to the database can make
    /// anew.
    pub last_checkpoint: Option<Moment>,
    /// Whether there was something kept outside to compare with. Without it, a database that was
    /// put back to an older state is not found.
    pub compared: bool,
    /// The numbers of checkpoints that are not kept outside, although they should be.
    pub only_inside: Vec<u32>,
    /// What is wrong: accounts in the order of their ids, at most one finding for each and no
    /// more than a hundred; then refusals, checkpoints, the audit log and stock.
    pub findings: Vec<Found>,
    /// How many findings are not listed.
    pub more: u64,
    /// The accounts that are listed.
    listed: HashSet<AccountId>,
}

/// Verifies a database as it is at this moment, whatever others write meanwhile, in memory that
/// does not grow with it. `outside` is what was kept outside of it, `trusted` the key that signs;
/// without the key, checkpoints that somebody else made anew pass. `progress` is told how many
/// entries were read.
///
/// Every checkpoint's root is made again: the time grows with accounts × checkpoints.
///
/// # Errors
/// Where the database cannot be read or its tables are not those of this program. What is wrong
/// with what it holds is no error, but in the report.
pub fn verify(
    location: &Location,
    outside: Option<&[Signed]>,
    trusted: Option<&PublicKey>,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, StoreError> {
    let mut connection = sql::open(location, Mode::ReadOnly)?;
    migrations::check(&mut connection, MIGRATIONS)?;
    connection.begin_read()?;
    let report = read(&mut connection, outside, trusted, progress);
    connection.rollback();
    Ok(report?)
}

fn read(
    connection: &mut Connection,
    outside: Option<&[Signed]>,
    trusted: Option<&PublicKey>,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, SqlError> {
    let mut lines = Lines::read(connection, trusted)?;
    let mut report = Report {
        checkpoints: lines.signed.len(),
        last_checkpoint: lines.signed.last().map(|last| last.checkpoint.made_at),
        compared: outside.is_some(),
        ..Report::default()
    };
    let mut roots = Roots::new(&lines.signed);
    let made = lines.counted;
    let links = Links::read(connection)?;
    let linked = links.are_whole();
    Replay { made, linked, roots: &mut roots, report: &mut report, progress }.run(connection)?;
    links.tell(&mut report);
    refusals::check(connection, &mut report)?;
    if let Some(outside) = outside {
        report.only_inside = lines.compare(outside, trusted);
    }
    let mut ends = AuditEnds::new(&lines.signed);
    let audit = audit::verify(connection, &mut |line, hash| ends.pass(line, hash))?;
    report.audit_lines = audit.lines;
    let broken = audit.broken_at.map(|line| Finding::AuditBroken { line });
    let of_audit = ends.finding(&audit).into_iter().chain(broken);
    let of_stock = stock::differences(connection, None)?;
    let findings = lines.findings.into_iter().chain(roots.finding()).chain(of_audit);
    // Of an account that is broken anyway, bound points say nothing more.
    let listed = report.listed.clone();
    let is_new = |finding: &Finding| match finding {
        Finding::Paper(PaperFinding::BoundToNothing { account, .. }) => !listed.contains(account),
        _ => true,
    };
    let of_vouchers = vouchers::differences(connection)?.into_iter().filter(is_new);
    for finding in findings.chain(of_stock).chain(of_vouchers).take(FINDINGS_MAX) {
        report.findings.push(Found { account: None, seq: None, finding });
    }
    Ok(report)
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty() && self.more == 0
    }

    /// Adds a finding, unless the account has one; beyond the limit it is only counted.
    fn add(&mut self, found: Found) {
        if found.account.is_some_and(|account| self.listed.contains(&account)) {
            return;
        }
        if self.findings.len() < FINDINGS_MAX {
            self.listed.extend(found.account);
            self.findings.push(found);
        } else {
            self.more += 1;
        }
    }

    /// The report for people, with what it cannot say.
    #[must_use]
    pub fn chinese(&self) -> String {
        let Self { accounts, entries, checkpoints, audit_lines, .. } = self;
        let mut text = format!(
            "核验了 {accounts} 个账户、{entries} 笔分录、{checkpoints} 个检查点、\
             {audit_lines} 行审计日志"
        );
        if self.is_sound() {
            text.push_str("，未发现问题。\n");
        } else {
            text.push_str("，发现问题：\n");
            for found in &self.findings {
                text.push_str(&format!("- {}\n", found.chinese()));
            }
            if self.more > 0 {
                text.push_str(&format!("- 另有 {} 处未列出\n", self.more));
            }
        }
        if !self.only_inside.is_empty() {
            let numbers: Vec<String> = self.only_inside.iter().map(u32::to_string).collect();
            text.push_str(&format!("库外没有第 {} 个检查点，请补存。\n", numbers.join("、")));
        }
        text.push_str(&match self.last_checkpoint {
            Some(last) => format!(
                "最近一个检查点做于 {last}。此后写入的分录如被人连同整条哈希链一起改写，\
                 此后的审计日志如被截去或改写，或数据库被换回此后的某个旧状态，\
                 要到下一个检查点做出之后才能防住，本次核验查不出。\n"
            ),
            None => {
                "还没有检查点：如有人连同整条哈希链一起改写，或截去审计日志，本次核验查不出。\n"
                    .to_owned()
            }
        });
        if !self.compared {
            text.push_str("没有与库外保存的检查点比对：数据库被换回旧状态查不出。\n");
        }
        text
    }
}

/// The report for logs.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accounts, entries, checkpoints, audit_lines, more, .. } = self;
        write!(f, "`{accounts}` accounts, `{entries}` entries, `{checkpoints}` checkpoints, ")?;
        write!(f, "`{audit_lines}` lines of the audit log")?;
        self.findings.iter().try_for_each(|found| write!(f, "; {found}"))?;
        if *more > 0 { write!(f, "; and `{more}` more") } else { Ok(()) }
    }
}
