//! Which groups a person belongs to, and since when. Nothing here knows services.

use kangji_core::{Day, DayRange, Span};

use crate::{
    chance::{Chance, PerMille},
    people::{ByAge, Person, at_age},
    year::{ALL_YEAR, Year},
};

/// A group that people of certain ages belong to; rates in thousandths.
struct Condition {
    group: &'static str,
    by_age: &'static ByAge,
}

/// Orders of magnitude: hypertension 27.5 % and diabetes 11.9 % of adults (national survey of
/// nutrition and chronic disease, 2020), more than half of the old with hypertension; of chronic
/// obstructive lung disease only the diagnosed part of the 13.6 % of people over 40 found by
/// spirometry; registered severe mental illness about 5 in a thousand; frailty and the
/// rest as communities report them.
const CONDITIONS: [Condition; 6] = [
    Condition {
        group: "hypertension",
        by_age: &[(18, 0), (35, 20), (45, 85), (55, 180), (65, 315), (75, 530), (120, 600)],
    },
    Condition {
        group: "diabetes",
        by_age: &[(25, 0), (35, 12), (45, 40), (55, 90), (65, 150), (75, 190), (120, 180)],
    },
    Condition { group: "copd", by_age: &[(40, 0), (55, 15), (65, 45), (120, 85)] },
    Condition { group: "smi", by_age: &[(16, 0), (120, 6)] },
    Condition { group: "elderly_frail", by_age: &[(65, 0), (75, 30), (85, 100), (120, 260)] },
    Condition { group: "declined", by_age: &[(18, 0), (120, 12)] },
];

/// Chronic illnesses, with the record that tells of a new case.
const FOUND: [(&str, &str); 2] =
    [("hypertension", "hypertension.found"), ("diabetes", "diabetes.found")];
/// Cases diagnosed during the year, of all cases.
const NEW_CASES: PerMille = 90;
/// New cases that somebody reported, so that a record of finding them exists.
const REPORTED: PerMille = 850;
/// Tuberculosis: about 0.6 in a thousand a year fall ill; those treated in a year are more.
const TUBERCULOSIS: PerMille = 1;
/// Of the adults; children and the old nearly all have a health record (about 90 % in all).
const HEALTH_RECORDS: [(u32, PerMille); 3] = [(7, 960), (60, 835), (120, 950)];
/// People without one who get it during the year.
const HEALTH_RECORDS_OPENED: PerMille = 300;

/// Draws the person's groups. Returns the cases found during the year, as record kind and day.
pub(crate) fn draw_groups(
    chance: &mut Chance,
    year: Year,
    person: &mut Person,
) -> Vec<(&'static str, Day)> {
    let age = person.age_before(year);
    let mut found = Vec::new();
    for Condition { group, by_age } in &CONDITIONS {
        if !chance.happens(at_age(by_age, age)) {
            continue;
        }
        let new_case = FOUND.iter().find(|(name, _)| name == group);
        let Some((_, kind)) = new_case.filter(|_| chance.happens(NEW_CASES)) else {
            person.join(group, DayRange::ALWAYS);
            continue;
        };
        let day = year.day_in(chance, &ALL_YEAR);
        let from = chance.days_after(day, 0, 6);
        person.join(group, DayRange { from, to: Day::LAST });
        if chance.happens(REPORTED) {
            found.push((*kind, day));
        }
    }
    tuberculosis(chance, year, person);
    pregnancy(chance, year, person);
    health_record(chance, year, person);
    found
}

/// Six to nine months of treatment, begun before the year or in it.
fn tuberculosis(chance: &mut Chance, year: Year, person: &mut Person) {
    if !person.is_adult(year) || !chance.happens(TUBERCULOSIS) {
        return;
    }
    let day = year.day_in(chance, &ALL_YEAR);
    let days = if chance.happens(500) {
        DayRange { from: Day::FIRST, to: day }
    } else {
        DayRange { from: day, to: chance.days_after(day, 180, 270) }
    };
    person.join("tb", days);
}

/// Known from about the eighth week until the last visit after the birth.
fn pregnancy(chance: &mut Chance, year: Year, person: &mut Person) {
    let Some(pregnancy) = person.pregnancy else { return };
    let known = chance.days_after(pregnancy.began, 40, 82);
    let days = DayRange { from: known, to: pregnancy.delivery.plus(Span::Days(49)) };
    if !days.intersect(year.with_edges()).is_empty() {
        person.join("pregnant", days);
    }
}

fn health_record(chance: &mut Chance, year: Year, person: &mut Person) {
    let born_this_year = person.birth >= year.first();
    let has_one = chance.happens(at_age(&HEALTH_RECORDS, person.age_before(year)));
    if born_this_year {
        // Opened at the first visit at home.
        let from = chance.days_after(person.birth, 5, 40);
        if has_one {
            person.join("ehr", DayRange { from, to: Day::LAST });
        }
    } else if has_one {
        person.join("ehr", DayRange::ALWAYS);
    } else if chance.happens(HEALTH_RECORDS_OPENED) {
        let from = year.day_in(chance, &ALL_YEAR);
        person.join("ehr", DayRange { from, to: Day::LAST });
    }
}
