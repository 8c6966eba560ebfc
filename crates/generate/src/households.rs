//! Who lives together: families, their ages, births, guardians, homes and moves.
//!
//! A neighbourhood (居民小组) is a dozen households of one community; its first resident is the
//! group leader. Nothing here knows illness or services.

use kangji_core::{
    Day, DayRange, Span,
    tables::{Dated, Sex},
};

use crate::{
    chance::{Chance, PerMille},
    people::{Person, Pregnancy},
    places::{Community, Places},
    rows::Id,
    year::{ALL_YEAR, Year},
};

/// A kind of household. Ages are those at the end of the year before.
struct Shape {
    /// Households of this shape in a thousand.
    share: u32,
    /// Age of its oldest earner, or of the man of a couple.
    age: (u32, u32),
    /// The upper ages are rarer than the lower ones.
    thins_out: bool,
    /// Two people, or one who is a woman in so many of a thousand cases.
    adults: Adults,
    /// How likely 0, 1, 2 and 3 children are.
    children: [u32; 4],
    /// Years between the woman and her children (or grandchildren) at least.
    generation: u32,
    /// How likely 0, 1 and 2 parents of the couple are.
    parents: [u32; 3],
}

enum Adults {
    Couple,
    One { woman: PerMille },
}

/// Two adults who live by themselves.
const COUPLE: Shape = Shape {
    share: 0,
    age: (18, 18),
    thins_out: false,
    adults: Adults::Couple,
    children: [1, 0, 0, 0],
    generation: 22,
    parents: [1, 0, 0],
};

/// One adult; a woman in so many of a thousand cases.
const fn one(woman: PerMille) -> Shape {
    Shape { adults: Adults::One { woman }, ..COUPLE }
}

/// Households of a city district. The shares are set so that ages come out as in the Seventh
/// National Population Census (2020) moved on by a few years: about one in six is 65 or older,
/// one in seven a child, 2.6 people to a household.
const SHAPES: [Shape; 9] = [
    // Young people alone, young couples.
    Shape { share: 105, age: (19, 34), ..one(480) },
    Shape { share: 70, age: (23, 35), ..COUPLE },
    // Parents with children, some with the children's grandparents, some alone.
    Shape { share: 255, age: (28, 53), children: [0, 68, 30, 2], ..COUPLE },
    Shape { share: 75, age: (29, 54), children: [8, 57, 33, 2], parents: [0, 60, 40], ..COUPLE },
    Shape { share: 30, age: (28, 50), children: [0, 85, 14, 1], parents: [75, 20, 5], ..one(780) },
    // Grandparents bringing up the children of those who work elsewhere.
    Shape {
        share: 20,
        age: (52, 69),
        thins_out: true,
        children: [0, 80, 19, 1],
        generation: 44,
        ..COUPLE
    },
    // Couples whose children left, with or without a parent of theirs.
    Shape { share: 230, age: (47, 65), parents: [89, 9, 2], ..COUPLE },
    // The old: couples, then mostly widows.
    Shape { share: 97, age: (64, 88), thins_out: true, ..COUPLE },
    Shape { share: 103, age: (62, 100), thins_out: true, ..one(760) },
];

/// The oldest child that still lives with its parents.
const OLDEST_CHILD_AT_HOME: u32 = 26;

/// Couples with a birth or a pregnancy in a stretch of two and a half years, by the woman's age
/// (shape of the age-specific birth rates; the level gives about 6 births to a thousand people).
const PREGNANCIES: [(u32, PerMille); 5] = [(25, 90), (30, 200), (35, 140), (40, 50), (43, 15)];
/// The stretch: from births early last year to pregnancies found late this year.
const PREGNANCIES_WITHIN_DAYS: u32 = 940;
/// Boys in a thousand births.
const BOYS: PerMille = 520;
/// Households of a neighbourhood.
const NEIGHBOURHOOD: (u32, u32) = (8, 16);
/// Nobody has a guardian from this birthday on.
const GROWN_UP: u16 = 18;
/// Every younger child has a guardian on the list; of the older ones most do.
const GUARDIAN_CERTAIN_BEFORE: u32 = 14;
const GUARDIAN_OF_A_TEENAGER: PerMille = 850;
/// Guardians who hand over to somebody else during the year.
const GUARDIAN_CHANGES: PerMille = 45;
const GUARDIAN_IS_THE_MOTHER: PerMille = 600;

/// Where a household lives in the course of the year.
#[derive(Clone, Copy)]
enum Residence {
    Stays,
    MovesWithin,
    MovesOut,
    MovesIn,
    LivesOutside,
}

const RESIDENCES: [(Residence, u32); 5] = [
    (Residence::Stays, 955),
    (Residence::MovesWithin, 30),
    (Residence::MovesOut, 6),
    (Residence::MovesIn, 4),
    (Residence::LivesOutside, 5),
];

/// Households counted poor (低保), registered as lifted out of poverty, bereft of their only child.
const LOW_INCOME: PerMille = 25;
const POVERTY_REGISTERED: PerMille = 15;
const SPECIAL_FAMILY: PerMille = 9;
/// Not yet half a year here; some pass the half year during the year.
const VISITORS: PerMille = 32;
const VISITORS_WHO_STAY: PerMille = 450;

/// People who live together.
pub(crate) struct Household<'a> {
    /// Where they live, one community on each day.
    pub(crate) homes: Vec<Dated<&'a Community>>,
    /// Groups they all belong to.
    pub(crate) groups: Vec<Dated<&'static str>>,
    /// Its people, adults first.
    pub(crate) members: Vec<Person>,
    /// Who leads the residents' group.
    pub(crate) leader: Id,
}

/// All households of the next neighbourhood, whose first resident has the number `first`.
pub(crate) fn neighbourhood<'a>(
    chance: &mut Chance,
    year: Year,
    places: &'a Places,
    first: u32,
) -> Vec<Household<'a>> {
    let home = places.draw_inside(chance);
    let mut next = first;
    let households = chance.between(NEIGHBOURHOOD.0, NEIGHBOURHOOD.1);
    (0..households)
        .map(|_| {
            let members = members(chance, year, next);
            next += u32::try_from(members.len()).expect("a household is small");
            Household {
                homes: homes(chance, year, places, home),
                groups: shared_groups(chance, year, &members),
                members,
                leader: Id::Resident(first),
            }
        })
        .collect()
}

fn homes<'a>(
    chance: &mut Chance,
    year: Year,
    places: &'a Places,
    home: &'a Community,
) -> Vec<Dated<&'a Community>> {
    let (other, outside) = (places.draw_inside(chance), places.draw_outside(chance));
    let (before, after) = match chance.weighted(&RESIDENCES) {
        Residence::Stays => (home, home),
        Residence::MovesWithin => (home, other),
        Residence::MovesOut => (home, outside),
        Residence::MovesIn => (outside, home),
        Residence::LivesOutside => (outside, outside),
    };
    let moved = year.day_in(chance, &ALL_YEAR);
    if before.place == after.place {
        return vec![(before, DayRange::ALWAYS)];
    }
    vec![
        (before, DayRange { from: Day::FIRST, to: moved.previous() }),
        (after, DayRange { from: moved, to: Day::LAST }),
    ]
}

fn shared_groups(chance: &mut Chance, year: Year, members: &[Person]) -> Vec<Dated<&'static str>> {
    let mut groups = Vec::new();
    let settled = members.first().is_some_and(|person| person.age_before(year) >= 49);
    for (group, rate) in [
        ("low_income", LOW_INCOME),
        ("poverty_registered", POVERTY_REGISTERED),
        ("special_family", if settled && members.len() <= 2 { SPECIAL_FAMILY } else { 0 }),
    ] {
        if chance.happens(rate) {
            groups.push((group, DayRange::ALWAYS));
        }
    }
    if chance.happens(VISITORS) {
        let half_year = year.day_in(chance, &ALL_YEAR);
        let to = if chance.happens(VISITORS_WHO_STAY) { half_year } else { Day::LAST };
        groups.push(("visitor", DayRange { from: Day::FIRST, to }));
    }
    groups
}

/// The people of one household, numbered from `first`: the couple, their parents, the children.
fn members(chance: &mut Chance, year: Year, first: u32) -> Vec<Person> {
    let place = chance.weighted_place(SHAPES.iter().map(|shape| shape.share));
    let shape = SHAPES.get(place).expect("a place in the table");
    let (youngest, oldest) = shape.age;
    let mut age = chance.between(youngest, oldest);
    if shape.thins_out {
        age = age.min(chance.between(youngest, oldest));
    }

    let mut people: Vec<(u32, Sex)> = Vec::with_capacity(8);
    let mut mother_age = age;
    match shape.adults {
        Adults::One { woman } => people.push((age, sex(chance, 1000 - woman))),
        Adults::Couple => {
            // The man is older by two years on average.
            mother_age = (age + 1).saturating_sub(chance.below(7)).max(20);
            people.push((age, Sex::Male));
            people.push((mother_age, Sex::Female));
        }
    }
    let couple = people.len();
    people.extend(parents(chance, shape, age));

    let mut household: Vec<Person> = (first..)
        .zip(people)
        .map(|(number, (age, sex))| Person::new(number, year.birthday(chance, age), sex))
        .collect();
    let ages = children(chance, shape, mother_age);
    let births = ages.into_iter().map(|age| year.birthday(chance, age)).collect();
    let births = with_pregnancy(chance, year, household.get_mut(1).filter(|_| couple == 2), births);
    for birth in births {
        let number = household.last().map_or(first, |person| person.number + 1);
        let mut child = Person::new(number, birth, sex(chance, BOYS));
        child.guardians =
            guardians(chance, year, birth, household.get(..couple), household.get(couple));
        household.push(child);
    }
    household
}

fn sex(chance: &mut Chance, men: PerMille) -> Sex {
    if chance.happens(men) { Sex::Male } else { Sex::Female }
}

fn parents(chance: &mut Chance, shape: &Shape, age: u32) -> Vec<(u32, Sex)> {
    let parents = chance.weighted_place(shape.parents.into_iter());
    let father = age + chance.between(24, 34);
    let mother = father.saturating_sub(chance.between(0, 4));
    match parents {
        0 => Vec::new(),
        1 if chance.happens(320) => vec![(father.min(97), Sex::Male)],
        1 => vec![(mother.min(101), Sex::Female)],
        _ => vec![(father.min(94), Sex::Male), (mother.min(94), Sex::Female)],
    }
}

/// Ages of the children, the oldest first. Those under one come from [`with_pregnancy`].
fn children(chance: &mut Chance, shape: &Shape, mother_age: u32) -> Vec<u32> {
    let oldest_possible = mother_age.saturating_sub(shape.generation).min(OLDEST_CHILD_AT_HOME);
    let wanted = chance.weighted_place(shape.children.into_iter());
    // The later of two draws: couples had their children when they were young.
    let mut age =
        chance.between(1, oldest_possible.max(1)).max(chance.between(1, oldest_possible.max(1)));
    let mut ages = Vec::new();
    while ages.len() < wanted && age >= 1 && age <= oldest_possible {
        ages.push(age);
        age = age.saturating_sub(chance.between(2, 6));
    }
    ages
}

/// Adds a pregnancy of about now to the mother, and the child if it is born by the year's end.
fn with_pregnancy(
    chance: &mut Chance,
    year: Year,
    mother: Option<&mut Person>,
    mut births: Vec<Day>,
) -> Vec<Day> {
    let Some(mother) = mother else { return births };
    let age = mother.age_before(year);
    let band = PREGNANCIES.iter().find(|(below, _)| age < *below);
    if !chance.happens(band.map_or(0, |band| band.1)) {
        return births;
    }
    let began = chance.days_after(year.earliest_conception(), 0, PREGNANCIES_WITHIN_DAYS);
    let pregnancy = Pregnancy { began, delivery: chance.days_after(began, 266, 287) };
    let year_and_a_half_before = |birth: &Day| birth.plus(Span::Days(540)) > pregnancy.delivery;
    if births.iter().any(year_and_a_half_before) {
        return births;
    }
    mother.pregnancy = Some(pregnancy);
    if pregnancy.delivery <= year.last() {
        births.push(pregnancy.delivery);
    }
    births
}

/// Who is guardian of a child when: one of the couple, sometimes the other one or a grandparent
/// from some day of the year on, nobody from the eighteenth birthday on.
fn guardians(
    chance: &mut Chance,
    year: Year,
    birth: Day,
    couple: Option<&[Person]>,
    grandparent: Option<&Person>,
) -> Vec<Dated<Id>> {
    let couple = couple.unwrap_or_default();
    let mother_first = chance.happens(GUARDIAN_IS_THE_MOTHER);
    let (one, other) = if mother_first {
        (couple.last(), couple.first())
    } else {
        (couple.first(), couple.last())
    };
    let alone = couple.len() < 2;
    let other = if alone { grandparent.filter(|person| person.is_adult(year)) } else { other };
    let changes = chance.happens(GUARDIAN_CHANGES);
    let changed = year.day_in(chance, &ALL_YEAR);
    let teenager = birth.age_years(year.first()).is_some_and(|age| age >= GUARDIAN_CERTAIN_BEFORE);
    let has_one = chance.happens(GUARDIAN_OF_A_TEENAGER) || !teenager;

    let grown_up = birth.plus(Span::Years(GROWN_UP));
    let has_one = has_one && grown_up > year.with_edges().from;
    let to = if grown_up <= year.with_edges().to { grown_up.previous() } else { Day::LAST };
    match (one.filter(|_| has_one), other) {
        (None, _) => Vec::new(),
        (Some(one), Some(other)) if changes && birth < changed && changed <= to => vec![
            (one.id(), DayRange { from: Day::FIRST, to: changed.previous() }),
            (other.id(), DayRange { from: changed, to }),
        ],
        (Some(one), _) => vec![(one.id(), DayRange { from: Day::FIRST, to })],
    }
}
