//! What the players remember, apart from the database: how many vouchers went which way, what was
//! ordered and deducted.

use std::collections::BTreeMap;

use kangji_core::{Points, ids::HolderId};
use kangji_redemption::{VoucherState, voucher::Serial};
use kangji_store::Fact;

use crate::district::{District, SCHEME};

/// A voucher in somebody's hand.
#[derive(Clone)]
pub(crate) struct Paper {
    pub(crate) person: HolderId,
    pub(crate) points: Points,
}

/// A deduction that stands.
#[derive(Clone)]
pub(crate) struct Deducted {
    pub(crate) points: Points,
    pub(crate) fen: i64,
    pub(crate) month: u32,
}

/// What was done.
#[derive(Default)]
pub(crate) struct Diary {
    pub(crate) facts: Vec<Fact>,
    pub(crate) printed: u64,
    pub(crate) papers: BTreeMap<Serial, Paper>,
    pub(crate) redeemed: Vec<(Serial, HolderId)>,
    pub(crate) lost: Vec<(Serial, HolderId)>,
    pub(crate) spoiled: u64,
    pub(crate) taken_back: u64,
    pub(crate) ordered: i64,
    pub(crate) deductions: Vec<Deducted>,
    /// The last month whose statements were drawn.
    pub(crate) settled: u32,
    /// What objections that were upheld come to.
    pub(crate) upheld_fen: i64,
}

impl District {
    /// Every point is where the two sides of the books say.
    pub(crate) fn check_books(&self) {
        let books = self.store.books(SCHEME).unwrap();
        assert_eq!(books.difference(), Points::ZERO, "{books:?}");
        assert_eq!(books.ordered.0, self.diary.ordered, "{books:?}");
        let deducted: i64 = self.diary.deductions.iter().map(|one| one.points.0).sum();
        assert_eq!(books.deducted.0, deducted, "{books:?}");
    }

    /// P4: vouchers printed = all states added up, and those that the players remember.
    pub(crate) fn check_vouchers(&self) {
        let counts = self.store.voucher_counts(SCHEME).unwrap();
        let all: u64 = counts.iter().map(|count| count.count).sum();
        assert_eq!(all, self.diary.printed);
        let of = |state: VoucherState| -> u64 {
            counts.iter().filter(|count| count.state == state).map(|count| count.count).sum()
        };
        assert_eq!(of(VoucherState::Redeemed), self.diary.redeemed.len() as u64);
        assert_eq!(of(VoucherState::Lost), self.diary.lost.len() as u64);
        // What corrections and sanctions recalled, and what has expired, nobody handed in.
        let gone = of(VoucherState::Void) + of(VoucherState::Expired) + of(VoucherState::Issued);
        let handed_in = self.diary.spoiled + self.diary.taken_back;
        assert_eq!(gone, handed_in + self.diary.papers.len() as u64);
    }
}
