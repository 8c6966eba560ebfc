//! What to generate, how much of it came out, and what can go wrong.

use std::io;

use kangji_core::DivisionPrefix;

/// What to generate. The same plan gives the same rows for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many residents, those born during the year included.
    pub people: u32,
    /// Another seed gives another population.
    pub seed: u64,
    /// The area they live in: a province, city, district, street or community (2, 4, 6, 9 or 12
    /// digits). A few live next door to it.
    pub division: DivisionPrefix,
    /// The year of the records; a few lie in the month before or after it.
    pub year: u32,
}

impl Plan {
    /// A population of 攀枝花市西区 (510403), where the first scheme is in force, in its first year.
    #[must_use]
    pub fn new(people: u32, seed: u64) -> Self {
        let division = DivisionPrefix::parse("510403").expect("six digits are a division");
        Self { people, seed, division, year: 2026 }
    }

    /// # Errors
    /// The first thing about the plan that nothing can be generated from.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let division = self.division.to_string();
        if self.people == 0 {
            return Err(Error::NobodyWanted);
        }
        if ![2, 4, 6, 9, 12].contains(&division.len()) {
            return Err(Error::NotALevel(division));
        }
        // People are born up to a century before, and schemes look years ahead.
        if !(1900..=2999).contains(&self.year) {
            return Err(Error::Year(self.year));
        }
        Ok(())
    }
}

/// How many rows each table got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows of `residents`.
    pub residents: u64,
    /// Rows of `records`.
    pub records: u64,
    /// Rows of `metrics`.
    pub metrics: u64,
    /// Rows of `confirmations`.
    pub confirmations: u64,
    /// Rows of `sanctions`.
    pub sanctions: u64,
}

/// Why nothing, or not everything, was generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A plan for no people.
    #[error("a population of 0 people: ask for at least 1")]
    NobodyWanted,
    /// A division prefix that ends inside a level.
    #[error(
        "`{0}` is no province, city, district, street or community: use 2, 4, 6, 9 or 12 digits"
    )]
    NotALevel(String),
    /// A year that cannot be meant.
    #[error("`{0}` is not a year from 1900 to 2999")]
    Year(u32),
    /// The sink could not take a row.
    #[error("a row could not be written")]
    Output(#[from] io::Error),
}
