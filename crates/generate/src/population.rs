//! The whole population, one neighbourhood after another, into a [`Sink`].

use std::io;

use kangji_core::{Division, tables::Dated};

use crate::{
    chance::{Chance, Stream},
    chronic::chronic,
    confirmations::{decide_record, decide_year},
    diary::Diary,
    elderly::elderly,
    everyday::everyday,
    families::{early_childhood, maternity},
    figures::Figures,
    health::draw_groups,
    households::{Household, neighbourhood},
    people::Person,
    places::{Community, Places},
    plan::{Counts, Error, Plan},
    rows::{ConfirmationRow, MetricRow, RecordRow, ResidentRow, SanctionRow, Sink},
    sanctions::sanctions,
    year::Year,
};

/// Generates what `plan` asks for. Residents come first, each followed by their records and the
/// decisions about them; then the figures of the communities, then the sanctions.
///
/// # Errors
/// If nothing can be generated from the plan, or the sink does not take a row.
pub fn generate(plan: &Plan, out: &mut dyn Sink) -> Result<Counts, Error> {
    plan.check()?;
    let (year, places) = (Year(plan.year), Places::new(plan));
    let mut figures = Figures::new(&places, year);
    let mut out = Counting { out, counts: Counts::default() };

    let (mut written, mut number) = (0, 0);
    while written < plan.people {
        let mut chance = Chance::new(plan.seed, Stream::Neighbourhood(number));
        for mut household in neighbourhood(&mut chance, year, &places, written + 1) {
            // The last household is cut short; adults come first, so children keep guardians.
            household.members.truncate((plan.people - written) as usize);
            written += u32::try_from(household.members.len()).expect("a household is small");
            write_household(plan, &mut household, &mut figures, &mut out)?;
        }
        number += 1;
    }
    figures.publish(plan, &places, |row| out.metric(row))?;
    sanctions(plan, &places, |row| out.sanction(row))?;
    Ok(out.counts)
}

fn write_household(
    plan: &Plan,
    household: &mut Household<'_>,
    figures: &mut Figures,
    out: &mut Counting<'_>,
) -> io::Result<()> {
    let year = Year(plan.year);
    let Household { members, groups, .. } = household;
    // Health is drawn for the whole household before anybody is served: a helper may be any of
    // its members.
    let mut drawn = Vec::with_capacity(members.len());
    for person in members {
        let mut chance = Chance::new(plan.seed, Stream::Person(person.number));
        let found = draw_groups(&mut chance, year, person);
        person.groups.extend_from_slice(groups);
        drawn.push((chance, found));
    }
    let in_code = |&(home, days): &Dated<&Community>| (home.code, days);
    let communities: Vec<Dated<Division>> = household.homes.iter().map(in_code).collect();
    for (person, (chance, found)) in household.members.iter().zip(drawn) {
        let Person { birth, sex, guardians, groups, .. } = person;
        out.resident(&ResidentRow {
            id: person.id(),
            birth_date: *birth,
            sex: *sex,
            communities: &communities,
            guardians,
            groups,
        })?;
        let mut diary = Diary::new(chance, year, person, &household.homes);
        chronic(&mut diary, &found);
        elderly(&mut diary);
        maternity(&mut diary);
        early_childhood(&mut diary);
        everyday(&mut diary);
        let mut diary = diary.hand_over(household, |row, home, chance| {
            out.record(row)?;
            decide_record(chance, row, person, home, |row| out.confirmation(row))
        })?;
        decide_year(&mut diary, |row| out.confirmation(row))?;
        figures.count(&diary);
    }
    Ok(())
}

/// Counts the rows on their way.
struct Counting<'a> {
    out: &'a mut dyn Sink,
    counts: Counts,
}

impl Sink for Counting<'_> {
    fn resident(&mut self, row: &ResidentRow<'_>) -> io::Result<()> {
        self.counts.residents += 1;
        self.out.resident(row)
    }

    fn record(&mut self, row: &RecordRow<'_>) -> io::Result<()> {
        self.counts.records += 1;
        self.out.record(row)
    }

    fn metric(&mut self, row: &MetricRow) -> io::Result<()> {
        self.counts.metrics += 1;
        self.out.metric(row)
    }

    fn confirmation(&mut self, row: &ConfirmationRow) -> io::Result<()> {
        self.counts.confirmations += 1;
        self.out.confirmation(row)
    }

    fn sanction(&mut self, row: &SanctionRow) -> io::Result<()> {
        self.counts.sanctions += 1;
        self.out.sanction(row)
    }
}
