//! The services one person had in the year, in the untidy way they are put on record: late,
//! twice, void and corrected. Then their ids, helpers and institutions.

use kangji_core::{Day, DayRange, tables::Dated};

use crate::{
    chance::{Chance, PerMille},
    households::Household,
    kinds::habit,
    people::Person,
    places::Community,
    rows::{Attributes, Id, RecordId, RecordRow},
    year::{Season, Year},
};

/// Records made void; most of them were entered wrongly and entered again (a void rate of 1 % is
/// what reviews of such registers find).
const VOID: PerMille = 10;
const VOID_ENTERED_AGAIN: PerMille = 650;
/// The same service entered a second time on the same day.
const TWICE: PerMille = 5;
/// Days from the service to its entry: mostly none, some in the following days, a few weeks.
const ENTRY_DELAYS: [((u32, u32), u32); 4] =
    [((0, 0), 780), ((1, 3), 180), ((4, 14), 30), ((15, 70), 10)];

/// A service that took place.
#[derive(Clone, Copy)]
pub(crate) struct Service {
    pub(crate) kind: &'static str,
    pub(crate) date: Day,
    pub(crate) attributes: Attributes,
    entered: Day,
    void: bool,
}

impl Service {
    /// Whether the record stands.
    pub(crate) const fn is_valid(&self) -> bool {
        !self.void
    }
}

/// One person's services, as they are drawn.
pub(crate) struct Diary<'a> {
    pub(crate) chance: Chance,
    pub(crate) year: Year,
    pub(crate) person: &'a Person,
    pub(crate) homes: &'a [Dated<&'a Community>],
    services: Vec<Service>,
}

impl<'a> Diary<'a> {
    pub(crate) const fn new(
        chance: Chance,
        year: Year,
        person: &'a Person,
        homes: &'a [Dated<&'a Community>],
    ) -> Self {
        Self { chance, year, person, homes, services: Vec::new() }
    }

    /// Puts down a service, unless the person was not born or the year is not the generated one.
    pub(crate) fn add(&mut self, kind: &'static str, date: Day, attributes: Attributes) {
        if date >= self.person.birth && self.year.with_edges().contains(date) {
            self.services.push(Service { kind, date, attributes, entered: date, void: false });
        }
    }

    /// [`Chance::happens`].
    pub(crate) fn happens(&mut self, rate: PerMille) -> bool {
        self.chance.happens(rate)
    }

    /// A yes or no that is recorded nearly always.
    pub(crate) fn yes(&mut self, rate: PerMille) -> Option<bool> {
        let yes = self.happens(rate);
        self.happens(985).then_some(yes)
    }

    /// A day of the season.
    pub(crate) fn day_in(&mut self, season: &Season) -> Day {
        self.year.day_in(&mut self.chance, season)
    }

    /// The services so far.
    pub(crate) fn services(&self) -> &[Service] {
        &self.services
    }

    /// Age at the middle of the year.
    pub(crate) fn age(&self) -> u32 {
        self.person.age(self.year.middle())
    }

    /// The community on a day.
    pub(crate) fn home_on(&self, day: Day) -> &'a Community {
        let held = |(_, days): &&Dated<&Community>| days.contains(day);
        self.homes.iter().find(held).expect("somebody lives somewhere on every day").0
    }

    /// The part of the generated year and its edges on which the person is in the group.
    pub(crate) fn days_in(&self, group: &str) -> Option<DayRange> {
        let days = self.person.days_in(group)?.intersect(self.year.with_edges());
        (!days.is_empty()).then_some(days)
    }

    /// Puts the services on record: some late, some twice, some void and entered again; then in
    /// the order of entry.
    fn enter(&mut self) {
        for place in 0..self.services.len() {
            let chance = &mut self.chance;
            let Some(service) = self.services.get_mut(place) else { break };
            let (low, high) = chance.weighted(&ENTRY_DELAYS);
            service.entered = chance.days_after(service.date, low, high);
            let intended = *service;
            if chance.happens(TWICE) {
                self.services.push(intended);
            } else if chance.happens(VOID) {
                service.void = true;
                if chance.happens(300) {
                    service.date = chance.days_after(service.date, 0, 9).min(service.entered);
                } else {
                    service.attributes.complete = intended.attributes.complete.map(|_| false);
                }
                if chance.happens(VOID_ENTERED_AGAIN) {
                    let entered = chance.days_after(intended.entered, 1, 12);
                    self.services.push(Service { entered, ..intended });
                }
            }
        }
        self.services.sort_by_key(|service| service.entered);
    }

    /// Hands over the records, numbered in the order of entry, each with the community it is of.
    ///
    /// # Errors
    /// If `take` has one.
    pub(crate) fn hand_over<E>(
        mut self,
        household: &Household<'_>,
        mut take: impl FnMut(&RecordRow<'_>, &Community, &mut Chance) -> Result<(), E>,
    ) -> Result<Self, E> {
        self.enter();
        let services = std::mem::take(&mut self.services);
        for (number, service) in (1..).zip(&services) {
            let Service { kind, date, ref attributes, entered, void } = *service;
            let home = self.home_on(date);
            let habit = habit(kind);
            let helped = self.happens(habit.helped);
            let row = RecordRow {
                id: RecordId { entered, resident: self.person.number, number },
                resident: self.person.id(),
                kind,
                date,
                org: if habit.at_the_centre { home.centre() } else { home.station() },
                worker: helped.then(|| helper(&mut self.chance, home, household)),
                void,
                attributes,
            };
            take(&row, home, &mut self.chance)?;
        }
        self.services = services;
        Ok(self)
    }
}

/// Who brings, organises or reports. The leader of the residents' group is a resident too, and
/// sometimes the one served; so is whoever does it within the family.
#[derive(Clone, Copy)]
enum Helper {
    Cadre,
    GridWorker,
    Leader,
    Family,
}

const HELPERS: [(Helper, u32); 4] =
    [(Helper::Cadre, 380), (Helper::GridWorker, 400), (Helper::Leader, 190), (Helper::Family, 30)];

fn helper(chance: &mut Chance, home: &Community, household: &Household<'_>) -> Id {
    match chance.weighted(&HELPERS) {
        Helper::Cadre => home.cadre(),
        Helper::GridWorker => home.grid_worker(chance),
        Helper::Leader => household.leader,
        Helper::Family => household.members.first().map_or(household.leader, Person::id),
    }
}
