//! The checkpoints' trees, all grown at once while the entries pass by. It must not know where
//! entries or checkpoints come from.

use kangji_core::ids::AccountId;
use kangji_ledger::{
    Entry, Hash,
    checkpoint::{Checkpoint, Head, Signed},
    merkle::Merkle,
};

use super::Finding;

/// The heads of one account: the last entry under each number of checkpoints.
#[derive(Debug, Default)]
pub(super) struct Heads(Vec<(u32, Head)>);

impl Heads {
    /// The next entry, of this hash and epoch; it need not fit.
    pub(super) fn push(&mut self, account: AccountId, entry: &Entry) {
        let head = Head { account, entries: entry.seq.0, hash: entry.hash };
        match self.0.last_mut() {
            Some((epoch, last)) if entry.epoch <= *epoch => *last = head,
            _ => self.0.push((entry.epoch, head)),
        }
    }
}

/// A tree for every checkpoint.
#[derive(Debug)]
pub(super) struct Roots(Vec<(Checkpoint, Merkle)>);

impl Roots {
    pub(super) fn new(signed: &[Signed]) -> Self {
        let mut trees: Vec<(Checkpoint, Merkle)> =
            signed.iter().map(|signed| (signed.checkpoint, Merkle::new())).collect();
        trees.sort_by_key(|(checkpoint, _)| checkpoint.number);
        Self(trees)
    }

    /// Adds the account that comes next. Checkpoint `n` covers the entries of epochs below `n`.
    pub(super) fn add(&mut self, heads: &Heads) {
        let mut rest = heads.0.iter().peekable();
        let mut leaf: Option<Hash> = None;
        for (checkpoint, tree) in &mut self.0 {
            while let Some((_, head)) = rest.next_if(|(epoch, _)| *epoch < checkpoint.number) {
                leaf = Some(Merkle::leaf(&head.leaf()));
            }
            if let Some(leaf) = leaf {
                tree.push_hashed(leaf);
            }
        }
    }

    /// The first checkpoint that does not fit.
    pub(super) fn finding(&self) -> Option<Finding> {
        let misfit = |(checkpoint, tree): &&(Checkpoint, Merkle)| {
            (checkpoint.root, checkpoint.accounts) != (tree.root(), tree.count())
        };
        let misfits: Vec<&(Checkpoint, Merkle)> = self.0.iter().filter(misfit).collect();
        let (checkpoint, tree) = misfits.first()?;
        Some(Finding::Root {
            number: checkpoint.number,
            made_at: checkpoint.made_at,
            accounts: checkpoint.accounts,
            there: tree.count(),
            all: u32::try_from(misfits.len()).unwrap_or(u32::MAX),
        })
    }
}
