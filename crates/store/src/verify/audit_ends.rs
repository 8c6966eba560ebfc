//! Where the checkpoints say that the audit log ended, held against its lines while they pass by.
//! It must not know where lines or checkpoints come from.

use kangji_ledger::{
    Hash,
    checkpoint::{AuditEnd, Checkpoint, Signed},
};

use super::Finding;
use crate::audit::AuditReport;

/// What the checkpoints say of the log, those that say something.
#[derive(Debug)]
pub(super) struct AuditEnds {
    /// Ordered by how many lines there were.
    ends: Vec<(AuditEnd, Checkpoint)>,
    /// How many of them the lines have reached.
    reached: usize,
    misfits: Vec<Checkpoint>,
}

impl AuditEnds {
    pub(super) fn new(signed: &[Signed]) -> Self {
        let of = |signed: &Signed| Some((signed.checkpoint.audit?, signed.checkpoint));
        let mut ends: Vec<_> = signed.iter().filter_map(of).collect();
        ends.sort_by_key(|(end, checkpoint)| (end.lines, checkpoint.number));
        let mut ends = Self { ends, reached: 0, misfits: Vec::new() };
        ends.pass(0, Hash::NONE);
        ends
    }

    /// The next line that follows from those before.
    pub(super) fn pass(&mut self, line: i64, hash: Hash) {
        while let Some((end, checkpoint)) = self.ends.get(self.reached)
            && u64::try_from(line) == Ok(end.lines)
        {
            if end.hash != hash {
                self.misfits.push(*checkpoint);
            }
            self.reached += 1;
        }
    }

    /// The first checkpoint that does not fit, once all lines have passed. Where the chain of the
    /// lines is broken, that is a finding already, and nothing is said of what should follow.
    pub(super) fn finding(mut self, report: &AuditReport) -> Option<Finding> {
        if report.broken_at.is_none() {
            let beyond = self.ends.get(self.reached..).unwrap_or_default();
            self.misfits.extend(beyond.iter().map(|(_, checkpoint)| *checkpoint));
        }
        let first = self.misfits.iter().min_by_key(|checkpoint| checkpoint.number)?;
        Some(Finding::AuditEnd {
            number: first.number,
            made_at: first.made_at,
            lines: first.audit.map_or(0, |end| end.lines),
            there: report.lines,
            all: u32::try_from(self.misfits.len()).unwrap_or(u32::MAX),
        })
    }
}
