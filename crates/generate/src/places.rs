//! Communities of the area, with their institutions, doctors and helpers.
//!
//! Codes are made up below the plan's division; that a real community has the same code is chance.

use kangji_core::{Division, DivisionPrefix};

use crate::{
    chance::{Chance, PerMille, Stream},
    plan::Plan,
    rows::Id,
};

/// A community has two to three thousand people (the usual size in the statistics of streets).
const PEOPLE_PER_COMMUNITY: u32 = 2500;
/// With fewer, nothing that compares communities could be tried out.
const COMMUNITIES_AT_LEAST: u32 = 3;
/// Communities of a street, streets of a district, districts of a city, cities of a province.
const FAN_OUT: [u32; 4] = [8, 10, 10, 20];
/// Digits a code has at each level, and how many units fit into the digits of the next one.
const LEVELS: [(usize, u32); 4] = [(9, 999), (6, 999), (4, 99), (2, 99)];
/// The largest community is about four times the smallest.
const SIZES: (u32, u32) = (100, 400);
/// Share of residents aged 65 and over who come to the yearly check-up. The national target is
/// about 70 %; one scheme rewards what exceeds 65 %, so communities lie on both sides.
const TURNOUT: (PerMille, PerMille) = (520, 860);

/// A community or village.
pub(crate) struct Community {
    pub(crate) code: Division,
    /// Its place among all communities.
    pub(crate) place: u32,
    /// Its street, from 1.
    street: u32,
    /// Its number in the street, from 1.
    number: u32,
    size: u32,
    /// How many of its elderly come to the check-up.
    pub(crate) turnout: PerMille,
}

impl Community {
    /// The street's health service centre.
    pub(crate) fn centre(&self) -> Id {
        Id::Org(self.street * 1000)
    }

    /// The community's own station.
    pub(crate) fn station(&self) -> Id {
        Id::Org(self.street * 1000 + self.number)
    }

    /// The village cadre in charge of health.
    pub(crate) fn cadre(&self) -> Id {
        Id::Worker(self.place * 10 + 1)
    }

    /// One of the four grid workers.
    pub(crate) fn grid_worker(&self, chance: &mut Chance) -> Id {
        Id::Worker(self.place * 10 + chance.between(2, 5))
    }

    /// One of the two family doctors.
    pub(crate) fn doctor(&self, chance: &mut Chance) -> Id {
        Id::Doctor(self.place * 10 + chance.between(1, 2))
    }

    /// The street's checker.
    pub(crate) fn checker(&self) -> Id {
        Id::Checker(self.street)
    }
}

/// All communities: those inside the plan's division, and after them two next door.
pub(crate) struct Places {
    all: Vec<Community>,
    inside: usize,
}

impl Places {
    pub(crate) fn new(plan: &Plan) -> Self {
        let wanted = (plan.people / PEOPLE_PER_COMMUNITY).max(COMMUNITIES_AT_LEAST);
        let mut chance = Chance::new(plan.seed, Stream::Places);
        let mut all: Vec<Community> = communities(plan.division, wanted).collect();
        let inside = all.len();
        all.extend(communities(next_door(plan.division), 2));
        for (place, community) in (0..).zip(&mut all) {
            community.place = place;
            community.size = chance.between(SIZES.0, SIZES.1);
            community.turnout = chance.between(TURNOUT.0, TURNOUT.1);
        }
        Self { all, inside }
    }

    /// The communities inside the plan's division.
    pub(crate) fn inside(&self) -> &[Community] {
        self.all.get(..self.inside).unwrap_or_default()
    }

    /// A community inside, the larger the likelier.
    pub(crate) fn draw_inside(&self, chance: &mut Chance) -> &Community {
        let place = chance.weighted_place(self.inside().iter().map(|community| community.size));
        self.get(place)
    }

    /// A community next door to the plan's division.
    pub(crate) fn draw_outside(&self, chance: &mut Chance) -> &Community {
        let outside = self.all.get(self.inside..).unwrap_or_default();
        self.get(
            self.inside + chance.weighted_place(outside.iter().map(|community| community.size)),
        )
    }

    fn get(&self, place: usize) -> &Community {
        self.all.get(place).expect("a place that was drawn from the list")
    }
}

/// The first `wanted` communities of an area, fewer where its code leaves no room for them.
fn communities(area: DivisionPrefix, wanted: u32) -> impl Iterator<Item = Community> {
    let prefix = area.to_string();
    (0..wanted).map_while(move |place| {
        let (code, street) = code_below(&prefix, place)?;
        let number = code.get(9..)?.parse().ok()?;
        let code = Division::parse(&code)?;
        Some(Community { code, place, street: street + 1, number, size: 0, turnout: 0 })
    })
}

/// The code of community `place` below a prefix, and the place of its street. `None` once the
/// prefix is full.
fn code_below(prefix: &str, place: u32) -> Option<(String, u32)> {
    let mut tail = String::new();
    let (mut rest, mut street) = (place, 0);
    for ((digits, capacity), fan_out) in LEVELS.into_iter().zip(FAN_OUT) {
        if prefix.len() > digits {
            break;
        }
        // The level just below the prefix holds whatever the levels below it do not.
        let outermost = prefix.len() == digits;
        let unit = if outermost { rest } else { rest % fan_out };
        if unit >= capacity {
            return None;
        }
        rest = if outermost { 0 } else { rest / fan_out };
        let width = if digits >= 6 { 3 } else { 2 };
        tail = format!("{:0width$}{tail}", unit + 1);
        if digits == 9 {
            street = rest;
        }
    }
    // A prefix of twelve digits is its own only community.
    let full = prefix.len() == 12 && place > 0;
    (!full).then(|| (format!("{prefix}{tail}"), street))
}

/// An area of the same level that is not this one.
fn next_door(area: DivisionPrefix) -> DivisionPrefix {
    let code = area.to_string();
    let width = code.len();
    let number: u64 = code.parse().unwrap_or_default();
    let other = if number % 100 < 99 { number + 1 } else { number - 1 };
    DivisionPrefix::parse(&format!("{other:0width$}")).expect("as many digits as before")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn codes(prefix: &str, wanted: u32) -> Vec<String> {
        let area = DivisionPrefix::parse(prefix).unwrap();
        communities(area, wanted).map(|community| community.code.to_string()).collect()
    }

    #[test]
    fn codes_fill_the_levels_below_the_division() {
        assert_eq!(codes("500110007", 2), ["500110007001", "500110007002"]);
        assert_eq!(codes("510403", 9)[8], "510403002001");
        assert_eq!(codes("4403", 81)[80], "440302001001");
        assert_eq!(codes("44", 801)[800], "440201001001");
        assert_eq!(codes("510403001001", 3), ["510403001001"]);
        for prefix in ["44", "4403", "510403", "500110007"] {
            let codes = codes(prefix, 900);
            assert_eq!(codes.iter().collect::<HashSet<_>>().len(), 900, "{prefix}");
        }
        assert_eq!(codes("500110007", 5000).len(), 999);
    }

    #[test]
    fn next_door_is_elsewhere() {
        for prefix in ["44", "99", "510403", "510499", "500110007", "510403001001"] {
            let area = DivisionPrefix::parse(prefix).unwrap();
            assert!(!area.overlaps(next_door(area)), "{prefix}");
        }
    }

    #[test]
    fn streets_have_their_own_centre() {
        let area = DivisionPrefix::parse("510403").unwrap();
        let all: Vec<Community> = communities(area, 9).collect();
        assert_eq!(all[0].centre().to_string(), "ORG001000");
        assert_eq!(all[7].station().to_string(), "ORG001008");
        assert_eq!(all[8].centre().to_string(), "ORG002000");
    }
}
