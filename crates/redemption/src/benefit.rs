//! What a high total brings without costing points (S8).

use kangji_core::Points;
use kangji_rules::scheme::Benefit;

/// A benefit, and how far somebody is from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached<'s> {
    /// The benefit.
    pub benefit: &'s Benefit,
    /// How many points of the total are missing; none where it is reached.
    pub missing: Points,
}

/// All benefits, those that are reached first, then the nearest. They rest on the total, which
/// redeeming leaves (S7).
#[must_use]
pub fn reached(benefits: &[Benefit], total: Points) -> Vec<Reached<'_>> {
    let mut all: Vec<Reached<'_>> =
        benefits.iter().map(|benefit| Reached::of(benefit, total)).collect();
    all.sort_by_key(|one| one.missing);
    all
}

impl<'s> Reached<'s> {
    fn of(benefit: &'s Benefit, total: Points) -> Self {
        Self { benefit, missing: benefit.total_min.left_after(total) }
    }
}
