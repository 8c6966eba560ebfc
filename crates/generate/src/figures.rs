//! What a community publishes about the year, counted from the people generated for it.

use kangji_core::Day;

use crate::{
    chance::{Chance, PerMille, Stream},
    diary::Diary,
    places::{Community, Places},
    plan::Plan,
    rows::{MetricRow, Number},
    year::Year,
};

/// Share of people asked who know about their health record, in thousandths: from below to above
/// the 90 % at which one scheme begins to pay.
const AWARENESS: (u32, u32) = (850, 970);
/// Figures that are not there yet.
const NOT_YET: PerMille = 40;

/// People counted in one community.
#[derive(Clone, Copy, Default)]
struct Count {
    elderly: u32,
    elderly_checked: u32,
    women: u32,
    women_screened: u32,
}

/// The counts of all communities of the division.
pub(crate) struct Figures {
    counts: Vec<Count>,
    middle: Day,
}

impl Figures {
    pub(crate) fn new(places: &Places, year: Year) -> Self {
        Self { counts: vec![Count::default(); places.inside().len()], middle: year.middle() }
    }

    /// Counts a person where they live at the middle of the year.
    pub(crate) fn count(&mut self, diary: &Diary<'_>) {
        let home = diary.home_on(self.middle).place as usize;
        let Some(count) = self.counts.get_mut(home) else { return };
        let (person, age) = (diary.person, diary.person.age(self.middle));
        let year = self.middle.year();
        let had = |kind: &str| {
            let counted = |date: Day| date.year() == year;
            let mut services = diary.services().iter();
            services
                .any(|service| service.kind == kind && service.is_valid() && counted(service.date))
        };
        if age >= 65 {
            count.elderly += 1;
            count.elderly_checked += u32::from(had("elderly.checkup"));
        } else if age >= 35 && person.is_woman() {
            count.women += 1;
            count.women_screened += u32::from(had("cancer.screened"));
        }
    }

    /// The figures of all communities. The last community has not sent in any yet, others lack
    /// one here and there.
    pub(crate) fn publish<E>(
        &self,
        plan: &Plan,
        places: &Places,
        mut take: impl FnMut(&MetricRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let sent = match self.counts.len() {
            few @ ..=2 => few,
            many => many - 1,
        };
        for (Community { code, place, .. }, count) in
            places.inside().iter().zip(&self.counts).take(sent)
        {
            let mut chance = Chance::new(plan.seed, Stream::Figures(*place));
            let awareness = chance.between(AWARENESS.0, AWARENESS.1);
            for (name, value) in [
                ("awareness_rate", Number::thousandths(awareness)),
                ("elderly_residents", Number::whole(count.elderly)),
                ("elderly_checkup_rate", share(count.elderly_checked, count.elderly)),
                ("two_cancer_screening_rate", share(count.women_screened, count.women)),
            ] {
                if !chance.happens(NOT_YET) {
                    take(&MetricRow { community: *code, year: plan.year, name, value })?;
                }
            }
        }
        Ok(())
    }
}

fn share(part: u32, whole: u32) -> Number {
    Number::thousandths(part * 1000 / whole.max(1))
}
