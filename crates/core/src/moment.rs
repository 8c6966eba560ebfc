//! Moments: when something was written down, as against the [`Day`] on which it happened.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::Day;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// Asia/Shanghai is eight hours ahead of UTC all the year.
const OFFSET: i64 = 8 * 3_600_000;

/// A moment, in milliseconds of UTC since 1970.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Moment(i64);

impl Moment {
    /// The moment so many milliseconds after the beginning of 1970, UTC.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds of UTC since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The moment at which `day` begins in Asia/Shanghai.
    #[must_use]
    pub fn start_of(day: Day) -> Self {
        Self(i64::from(day.days_since(EPOCH_DAY)) * DAY - OFFSET)
    }

    /// The calendar day in Asia/Shanghai; the first or last day there is for what lies outside.
    #[must_use]
    pub fn day(self) -> Day {
        let days = self.0.saturating_add(OFFSET).div_euclid(DAY);
        EPOCH_DAY.plus_days(days)
    }

    /// So many milliseconds later, at most at the end of time.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

const EPOCH_DAY: Day = match Day::from_number(19_700_101) {
    Some(day) => day,
    None => Day::FIRST,
};

/// `2026-07-15 09:30:00` on the clocks of Asia/Shanghai.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.saturating_add(OFFSET).rem_euclid(DAY) / 1000;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(f, "{} {hours:02}:{minutes:02}:{:02}", self.day(), seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_shanghai() {
        let day = Day::new(2026, 3, 1).unwrap();
        let start = Moment::start_of(day);
        assert_eq!(start.millis(), 1_772_294_400_000);
        assert_eq!(start.day(), day);
        assert_eq!(start.plus_millis(-1).day(), day.previous());
        assert_eq!(start.plus_millis(DAY - 1).to_string(), "2026-03-01 23:59:59");
        assert_eq!(Moment::from_millis(i64::MIN).day(), Day::FIRST);
        assert_eq!(Moment::from_millis(i64::MAX).day(), Day::LAST);
    }
}
