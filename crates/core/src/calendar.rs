//! Calendar days in Asia/Shanghai, calendar periods and lengths of time.
//!
//! A day is a date on the wall calendar; nothing here knows an instant or a time zone.

use std::{fmt, num::NonZeroU32, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A calendar day of the years 1 to 9999, ordered in time.
///
/// Packed as year, month and day in one word, so that comparing two days and finding a day's
/// month, quarter or year takes no calendar arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct Day(NonZeroU32);

/// Why a text is no [`Day`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    /// Not written `YYYY-MM-DD`.
    #[error("not written YYYY-MM-DD")]
    Syntax,
    /// No such day in the calendar.
    #[error("no such day")]
    NoSuchDay,
}

const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl From<Day> for u32 {
    fn from(day: Day) -> Self {
        day.number()
    }
}

impl TryFrom<u32> for Day {
    type Error = DayError;

    fn try_from(number: u32) -> Result<Self, DayError> {
        Self::from_number(number).ok_or(DayError::NoSuchDay)
    }
}

impl Day {
    /// 1 January of the year 1: before every day anybody records.
    pub const FIRST: Self = Self::pack(1, 1, 1);
    /// 31 December 9999: after every day anybody records.
    pub const LAST: Self = Self::pack(9999, 12, 31);

    const fn pack(year: u32, month: u32, day: u32) -> Self {
        Self::unpack((year << 9) | (month << 5) | day)
    }

    const fn unpack(packed: u32) -> Self {
        Self(NonZeroU32::new(packed).expect("no year is 0"))
    }

    const fn packed(self) -> u32 {
        self.0.get()
    }

    /// The day as a number people can read, 20260715: the form stored in databases.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.year() * 10_000 + self.month() * 100 + self.day()
    }

    /// The day of a [`Day::number`], `None` where the calendar has no such day.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        Self::new(number / 10_000, number / 100 % 100, number % 100)
    }

    /// `None` where the calendar has no such day.
    #[must_use]
    pub const fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        let in_range = 1 <= year && year <= 9999 && 1 <= month && month <= 12;
        if in_range && 1 <= day && day <= days_in_month(year, month) {
            return Some(Self::pack(year, month, day));
        }
        None
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> u32 {
        self.packed() >> 9
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u32 {
        self.packed() >> 5 & 15
    }

    /// The day of the month, from 1.
    #[must_use]
    pub const fn day(self) -> u32 {
        self.packed() & 31
    }

    fn date(self) -> Date {
        let part = |number: u32| i8::try_from(number).unwrap_or_default();
        let year = i16::try_from(self.year()).unwrap_or_default();
        Date::new(year, part(self.month()), part(self.day())).expect("a Day is a calendar day")
    }

    fn from_date(date: Date) -> Self {
        let part = |number: i8| u32::from(number.unsigned_abs());
        let year = u32::from(date.year().unsigned_abs()).max(1);
        Self::pack(year, part(date.month()), part(date.day()))
    }

    /// The day `span` later; in a shorter month its last day. [`Day::LAST`] at the end of time.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        match span {
            Span::Days(number) => {
                let length = jiff::Span::new().try_days(number);
                let later = length.and_then(|length| self.date().checked_add(length));
                later.map_or(Self::LAST, Self::from_date)
            }
            Span::Months(number) => self.plus_months(u32::from(number)),
            Span::Years(number) => {
                let year = self.year() + u32::from(number);
                let leap_day = self.month() == 2 && self.day() == 29;
                match (year, leap_day) {
                    (10_000.., _) => Self::LAST,
                    (year, true) => Self::pack(year, 2, days_in_month(year, 2)),
                    (year, false) => Self::pack(year, self.month(), self.day()),
                }
            }
        }
    }

    fn plus_months(self, number: u32) -> Self {
        let months = self.month() - 1 + number;
        let (year, month) = (self.year() + months / 12, months % 12 + 1);
        if year > 9999 {
            return Self::LAST;
        }
        Self::pack(year, month, self.day().min(days_in_month(year, month)))
    }

    /// So many days later, or earlier; the first or last day there is for what lies outside.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let length = jiff::Span::new().try_days(days);
        let limit = if days < 0 { Self::FIRST } else { Self::LAST };
        let day = length.and_then(|length| self.date().checked_add(length));
        day.map_or(limit, |date| Self::from_date(date).max(Self::FIRST))
    }

    /// The next day.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(Span::Days(1))
    }

    /// The day before; [`Day::FIRST`] stays.
    #[must_use]
    pub fn previous(self) -> Self {
        self.date().yesterday().map_or(Self::FIRST, Self::from_date).max(Self::FIRST)
    }

    /// Days from `earlier` to this day; negative when it lies after.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i32 {
        (self.date() - earlier.date()).get_days()
    }

    /// Whole years of age on `on`, `None` before birth. Someone born on 29 February turns a year
    /// older on 1 March in common years.
    #[must_use]
    pub fn age_years(self, on: Self) -> Option<u32> {
        let birthday_is_ahead = (on.packed() & 0x1FF) < (self.packed() & 0x1FF);
        (on >= self).then(|| on.year() - self.year() - u32::from(birthday_is_ahead))
    }

    /// Whole months of age on `on`, `None` before birth.
    #[must_use]
    pub fn age_months(self, on: Self) -> Option<u32> {
        let months = |day: Self| day.year() * 12 + day.month();
        let month_is_incomplete = on.day() < self.day();
        (on >= self).then(|| months(on) - months(self) - u32::from(month_is_incomplete))
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(DayError::Syntax);
        };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0, |sum, byte| {
                byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0'))
            })
        };
        let parts = (number(&[y1, y2, y3, y4]), number(&[m1, m2]), number(&[d1, d2]));
        let (Some(year), Some(month), Some(day)) = parts else { return Err(DayError::Syntax) };
        Self::new(year, month, day).ok_or(DayError::NoSuchDay)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

/// A length of time such as `2 years`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Days.
    Days(u16),
    /// Calendar months.
    Months(u16),
    /// Calendar years.
    Years(u16),
}

impl FromStr for Span {
    type Err = ();

    /// `2 years`, `1 month`, `31 days`; a number from 1 to 9999.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (number, unit) = text.split_once(' ').ok_or(())?;
        let number = number.parse().ok().filter(|number| (1..=9999).contains(number)).ok_or(())?;
        match unit {
            "day" | "days" => Ok(Self::Days(number)),
            "month" | "months" => Ok(Self::Months(number)),
            "year" | "years" => Ok(Self::Years(number)),
            _ => Err(()),
        }
    }
}

/// Days from `from` to `to`, both included; without `to` for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl DayRange {
    /// All days.
    pub const ALWAYS: Self = Self { from: Day::FIRST, to: Day::LAST };

    /// Reads `from`, `from..to` or `..to`: the part after the `@` of a dated value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = match text.split_once("..") {
            None => (text.parse().ok()?, Day::LAST),
            Some(("", to)) => (Day::FIRST, to.parse().ok()?),
            Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
        };
        Some(Self { from, to })
    }

    /// Reads an item of a dated list: `value` (always), `value@from`, `value@..to` or
    /// `value@from..to`. The days may be empty; whoever reads decides what to say.
    #[must_use]
    pub fn parse_dated(text: &str) -> Option<(&str, Self)> {
        match text.split_once('@') {
            None => Some((text, Self::ALWAYS)),
            Some((value, days)) => Some((value, Self::parse(days)?)),
        }
    }

    /// Whether `day` is one of them.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether there is no such day.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.to < self.from
    }

    /// The days in both.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }
}

/// The kinds of calendar period over which limits and requirements count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodKind {
    /// One day.
    Day,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
    /// All time under the scheme.
    Life,
}

impl PeriodKind {
    /// All kinds, the shortest first.
    pub const ALL: [Self; 5] = [Self::Day, Self::Month, Self::Quarter, Self::Year, Self::Life];

    /// The word in scheme documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Life => "life",
        }
    }
}

/// One period: a day, a month, a quarter, a year, or all time.
///
/// Packed like [`Day`], with the day (and for longer periods the month, for years the quarter)
/// left out; periods of one kind are ordered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    kind: PeriodKind,
    packed: u32,
}

impl Period {
    /// The period of `kind` that contains `day`.
    #[must_use]
    pub const fn containing(kind: PeriodKind, day: Day) -> Self {
        let packed = match kind {
            PeriodKind::Day => day.packed(),
            PeriodKind::Month => day.packed() >> 5,
            PeriodKind::Quarter => (day.year() << 2) | ((day.month() - 1) / 3),
            PeriodKind::Year => day.year(),
            PeriodKind::Life => 0,
        };
        Self { kind, packed }
    }

    /// The kind.
    #[must_use]
    pub const fn kind(self) -> PeriodKind {
        self.kind
    }

    /// A number that is different for every period of one kind and grows with time.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.packed
    }

    /// Its first and last day.
    #[must_use]
    pub fn days(self) -> DayRange {
        let packed = self.packed;
        let months = |year: u32, first: u32, last: u32| DayRange {
            from: Day::pack(year, first, 1),
            to: Day::pack(year, last, days_in_month(year, last)),
        };
        match self.kind {
            PeriodKind::Day => {
                let day = Day::unpack(packed);
                DayRange { from: day, to: day }
            }
            PeriodKind::Month => months(packed >> 4, packed & 15, packed & 15),
            PeriodKind::Quarter => {
                let quarter = packed & 3;
                months(packed >> 2, quarter * 3 + 1, quarter * 3 + 3)
            }
            PeriodKind::Year => months(packed, 1, 12),
            PeriodKind::Life => DayRange::ALWAYS,
        }
    }

    /// Whether `later` is the very next period of the same kind. Nothing follows a whole life.
    #[must_use]
    pub fn is_followed_by(self, later: Self) -> bool {
        self.kind == later.kind
            && self.kind != PeriodKind::Life
            && self.days().to.next() == later.days().from
    }

    /// Reads what [`Period`]'s text writes: `2026`, `2026-Q3`, `2026-07`, `2026-07-31`, `life`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let first_day = |text: &str| text.parse::<Day>().ok();
        let (kind, day) = match text.as_bytes() {
            b"life" => (PeriodKind::Life, Day::FIRST),
            [_, _, _, _] => (PeriodKind::Year, first_day(&format!("{text}-01-01"))?),
            [_, _, _, _, b'-', b'Q', quarter @ b'1'..=b'4'] => {
                let month = (quarter - b'1') * 3 + 1;
                (PeriodKind::Quarter, first_day(&format!("{}-{month:02}-01", text.get(..4)?))?)
            }
            [_, _, _, _, b'-', _, _] => (PeriodKind::Month, first_day(&format!("{text}-01"))?),
            _ => (PeriodKind::Day, first_day(text)?),
        };
        Some(Self::containing(kind, day))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.days().from;
        match self.kind {
            PeriodKind::Day => write!(f, "{first}"),
            PeriodKind::Month => write!(f, "{:04}-{:02}", first.year(), first.month()),
            PeriodKind::Quarter => {
                write!(f, "{:04}-Q{}", first.year(), (first.month() - 1) / 3 + 1)
            }
            PeriodKind::Year => write!(f, "{:04}", first.year()),
            PeriodKind::Life => f.write_str("life"),
        }
    }
}

#[cfg(test)]
mod tests;
