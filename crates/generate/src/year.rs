//! The generated year and its seasons.

use kangji_core::{Day, DayRange, Period, PeriodKind};

use crate::chance::{Chance, PerMille};

/// How the work of a year is spread over its months, January first.
pub(crate) struct Season([u32; 12]);

/// Everyday work. February is short and holds the Spring Festival.
pub(crate) const ALL_YEAR: Season = Season([9, 4, 9, 9, 9, 9, 9, 9, 9, 9, 9, 8]);
/// Check-ups of the elderly, when the teams tour the communities: mostly April to October.
pub(crate) const CHECKUPS: Season = Season([1, 1, 5, 14, 16, 15, 11, 9, 13, 10, 4, 1]);
/// Vaccination against influenza: before the winter.
pub(crate) const INFLUENZA: Season = Season([1, 0, 0, 0, 0, 0, 0, 0, 10, 30, 22, 8]);
/// What is looked at when the year is nearly over.
pub(crate) const YEAR_END: Season = Season([0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 5, 5]);

/// Work that lies in the December before or the January after, because it was entered with this
/// year's or because the year's borders are blurred in practice.
const OUTSIDE_THE_YEAR: PerMille = 8;

/// The year the records are of.
#[derive(Clone, Copy)]
pub(crate) struct Year(pub(crate) u32);

impl Year {
    /// A day of this year, or, with negative `years`, of an earlier or later one.
    fn day(self, years: i32, month: u32, day: u32) -> Day {
        let year = self.0.saturating_add_signed(years);
        Day::new(year, month, day).expect("a plan's year is far from the calendar's ends")
    }

    /// 1 January.
    pub(crate) fn first(self) -> Day {
        self.day(0, 1, 1)
    }

    /// 1 July.
    pub(crate) fn middle(self) -> Day {
        self.day(0, 7, 1)
    }

    /// 31 December.
    pub(crate) fn last(self) -> Day {
        self.day(0, 12, 31)
    }

    /// The days any record lies in: with the December before and the January after.
    pub(crate) fn with_edges(self) -> DayRange {
        DayRange { from: self.day(-1, 12, 1), to: self.day(1, 1, 31) }
    }

    /// 27 March two years before: a pregnancy that began then ends about the start of last year.
    pub(crate) fn earliest_conception(self) -> Day {
        self.day(-2, 3, 27)
    }

    /// The year as a period.
    pub(crate) fn period(self) -> Period {
        Period::containing(PeriodKind::Year, self.first())
    }

    /// Any day of the year in which somebody turned `age` who has that age on the last day of
    /// the year before.
    pub(crate) fn birthday(self, chance: &mut Chance, age: u32) -> Day {
        let month = chance.between(1, 12);
        Self(self.0 - 1 - age).day_of_month(chance, month)
    }

    /// Any day of the month.
    fn day_of_month(self, chance: &mut Chance, month: u32) -> Day {
        let first = self.day(0, month, 1);
        let length = Period::containing(PeriodKind::Month, first).days().to.day();
        self.day(0, month, chance.between(1, length))
    }

    /// A day of the season, seldom one just before or after the year.
    pub(crate) fn day_in(self, chance: &mut Chance, season: &Season) -> Day {
        if chance.happens(OUTSIDE_THE_YEAR) {
            let DayRange { from, to } = self.with_edges();
            let before = chance.happens(500);
            let (from, to) = if before { (from, self.first()) } else { (self.last(), to) };
            return chance.day_between(from, to);
        }
        let month = chance.weighted_place(season.0.iter().copied());
        self.day_of_month(chance, u32::try_from(month).unwrap_or(0) + 1)
    }

    /// The days of `times` visits spread evenly over the year, each somewhere in its share of it.
    pub(crate) fn spread(self, chance: &mut Chance, times: u32) -> Vec<Day> {
        let share = 365 / times.max(1);
        let first = self.first();
        (0..times)
            .map(|visit| chance.days_after(first, visit * share, (visit + 1) * share - 1))
            .collect()
    }
}
