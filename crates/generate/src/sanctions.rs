//! Who may not hold points for a while, after a forged record.

use kangji_core::Span;

use crate::{
    chance::{Chance, PerMille, Stream},
    places::Places,
    plan::Plan,
    rows::{Id, SanctionRow},
    year::{ALL_YEAR, Year},
};

/// One sanction for so many people, and at least one.
const PEOPLE_PER_SANCTION: u32 = 3000;
/// Sanctions that hit a helper, and those whose end is open.
const HITS_A_WORKER: PerMille = 300;
const OPEN: PerMille = 100;

/// Draws the sanctions of the year: a year long, as one scheme has it.
pub(crate) fn sanctions<E>(
    plan: &Plan,
    places: &Places,
    mut take: impl FnMut(&SanctionRow) -> Result<(), E>,
) -> Result<(), E> {
    let mut chance = Chance::new(plan.seed, Stream::Sanctions);
    for _ in 0..(plan.people / PEOPLE_PER_SANCTION).max(1) {
        let from = Year(plan.year).day_in(&mut chance, &ALL_YEAR);
        let holder = if chance.happens(HITS_A_WORKER) {
            places.draw_inside(&mut chance).grid_worker(&mut chance)
        } else {
            Id::Resident(chance.between(1, plan.people))
        };
        let until = (!chance.happens(OPEN)).then(|| from.plus(Span::Years(1)));
        take(&SanctionRow { holder, from, until })?;
    }
    Ok(())
}
