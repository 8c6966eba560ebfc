//! What must be stored, from the answers alone: plain maps and sums that share nothing with the
//! ledger.

use std::collections::{BTreeMap, HashSet};

use crate::ask::{ACCOUNTS, Ask, Said, What};

/// All accounts, as far as the answers tell.
pub(crate) struct Model {
    pub(crate) purses: Vec<Purse>,
}

/// One account.
#[derive(Default)]
pub(crate) struct Purse {
    /// Every accepted command by the number of its entry, with its key.
    pub(crate) entries: BTreeMap<u64, (u64, Said)>,
    /// The texts of refusals by key.
    pub(crate) refused: BTreeMap<u64, String>,
    keys: HashSet<u64>,
    /// Holds that nobody closed.
    pub(crate) open: BTreeMap<u64, i64>,
    /// Captures that nobody refunded.
    pub(crate) spent: BTreeMap<u64, i64>,
    pub(crate) credited: i64,
    pub(crate) released: i64,
}

impl Model {
    pub(crate) fn new() -> Self {
        Self { purses: (0..ACCOUNTS).map(|_| Purse::default()).collect() }
    }

    /// Takes the first answer to a command.
    pub(crate) fn hear(&mut self, ask: &Ask, answer: &str) {
        let purse = &mut self.purses[ask.account];
        assert!(purse.keys.insert(ask.key), "two first answers to {ask:?}");
        match Said::parse(answer) {
            Some(said) => purse.accept(ask, said),
            None => {
                let refusal = answer.strip_prefix("no ").expect("an answer");
                purse.refused.insert(ask.key, refusal.to_owned());
            }
        }
    }
}

impl Purse {
    fn accept(&mut self, ask: &Ask, said: Said) {
        let (kind, changes, refers) = match ask.what {
            What::Credit(points) => {
                self.credited += points;
                ("credit", [points, points, 0], 0)
            }
            What::Hold(points) => {
                self.open.insert(said.seq, points);
                ("hold", [0, -points, points], 0)
            }
            What::Capture(hold) => {
                let points = self.open.remove(&hold).expect("only an open hold is spent");
                self.spent.insert(said.seq, points);
                ("capture", [0, 0, -points], hold)
            }
            What::Release(hold) => {
                let points = self.open.remove(&hold).expect("only an open hold comes back");
                self.released += points;
                ("release", [0, points, -points], hold)
            }
            What::Refund(capture) => {
                let points = self.spent.remove(&capture).expect("only a capture comes back, once");
                ("refund", [0, points, 0], capture)
            }
        };
        assert_eq!((said.kind.as_str(), said.changes, said.refers), (kind, changes, refers));
        let seq = said.seq;
        let before = self.entries.insert(seq, (ask.key, said));
        assert!(before.is_none(), "entry {seq} of account {} is two commands'", ask.account);
    }

    /// What was earned, what can be spent, what is set aside.
    pub(crate) fn balances(&self) -> [i64; 3] {
        let held: i64 = self.open.values().sum();
        let spent: i64 = self.spent.values().sum();
        [self.credited, self.credited - held - spent, held]
    }

    /// Goes through the entries in order: no number is missing, nobody ever spent what was not
    /// there, time never went back.
    pub(crate) fn check_order(&self) {
        let (mut sums, mut at) = ([0; 3], i64::MIN);
        for ((seq, (_, said)), expected) in self.entries.iter().zip(1..) {
            assert_eq!(*seq, expected, "an entry that nobody was told of");
            sums.iter_mut().zip(said.changes).for_each(|(sum, change)| *sum += change);
            assert!(sums.iter().all(|sum| *sum >= 0), "more was spent than there was: {said:?}");
            assert!(said.recorded_at >= at, "time went back: {said:?}");
            at = said.recorded_at;
        }
        assert_eq!(sums, self.balances());
    }
}
