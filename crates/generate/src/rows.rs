//! The rows of the five tables, typed and borrowed, and the [`Sink`] that takes them.
//!
//! Rows know how their ids and numbers are written, not in which file format.

use std::{fmt, io};

use kangji_core::{
    Day, Division, Period,
    tables::{Dated, Sex},
};

/// Whoever or whatever an id names. None of them exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id {
    /// A resident, `G0000123`.
    Resident(u32),
    /// A village cadre or grid worker, `W000012`.
    Worker(u32),
    /// A family doctor, `D00012`.
    Doctor(u32),
    /// The second person who checks a village's records, `C001`.
    Checker(u32),
    /// A health service centre (last three digits zero) or one of its stations, `ORG001002`.
    Org(u32),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resident(number) => write!(f, "G{number:07}"),
            Self::Worker(number) => write!(f, "W{number:06}"),
            Self::Doctor(number) => write!(f, "D{number:05}"),
            Self::Checker(number) => write!(f, "C{number:03}"),
            Self::Org(number) => write!(f, "ORG{number:06}"),
        }
    }
}

/// The id of a record, `R20260412-0000123-07`: the day it was entered, the resident's number and
/// a running number. Ids sort in the order of entry, so a late record shows by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId {
    /// The day the record was entered; not before the service.
    pub entered: Day,
    /// The number of the resident.
    pub resident: u32,
    /// Which of the resident's records, from 1.
    pub number: u32,
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.entered.year(), self.entered.month(), self.entered.day());
        let date = (year * 100 + month) * 100 + day;
        write!(f, "R{date:08}-{:07}-{:02}", self.resident, self.number)
    }
}

/// A number with a fixed count of decimal places: 68 with one place is written `6.8`, 140 with
/// one place `14`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    units: u32,
    places: u8,
}

impl Number {
    /// A whole number.
    #[must_use]
    pub const fn whole(units: u32) -> Self {
        Self { units, places: 0 }
    }

    /// A number of tenths.
    #[must_use]
    pub const fn tenths(units: u32) -> Self {
        Self { units, places: 1 }
    }

    /// The number in units of its last place.
    #[must_use]
    pub const fn units(self) -> u32 {
        self.units
    }

    /// How many decimal places it has: 0, 1 or 3.
    #[must_use]
    pub const fn places(self) -> u8 {
        self.places
    }

    /// A number of thousandths.
    #[must_use]
    pub const fn thousandths(units: u32) -> Self {
        Self { units, places: 3 }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut units, mut places) = (self.units, self.places);
        while places > 0 && units % 10 == 0 {
            (units, places) = (units / 10, places - 1);
        }
        let one = 10_u32.pow(u32::from(places));
        match usize::from(places) {
            0 => write!(f, "{units}"),
            width => write!(f, "{}.{:0width$}", units / one, units % one),
        }
    }
}

/// A row of `residents`.
#[derive(Clone, Copy, Debug)]
pub struct ResidentRow<'a> {
    /// The resident.
    pub id: Id,
    /// Day of birth.
    pub birth_date: Day,
    /// Sex.
    pub sex: Sex,
    /// Where the resident lives; one community on each day.
    pub communities: &'a [Dated<Division>],
    /// Guardians; at most one on each day.
    pub guardians: &'a [Dated<Id>],
    /// Groups, in words of the vocabulary.
    pub groups: &'a [Dated<&'static str>],
}

/// The attributes of a record; `None` is "not recorded".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// All prescribed items were done.
    pub complete: Option<bool>,
    /// Something abnormal was found.
    pub abnormal: Option<bool>,
    /// The illness is under control.
    pub controlled: Option<bool>,
    /// Done as the national norm says.
    pub standard: Option<bool>,
    /// Clearly better than before.
    pub improved: Option<bool>,
    /// Which visit of a schedule.
    pub stage: Option<&'static str>,
    /// Hours served.
    pub hours: Option<Number>,
    /// Weight in kilograms.
    pub weight_kg: Option<Number>,
    /// Waist in centimetres.
    pub waist_cm: Option<Number>,
    /// Systolic blood pressure in mmHg.
    pub systolic: Option<Number>,
    /// Diastolic blood pressure in mmHg.
    pub diastolic: Option<Number>,
    /// Fasting blood glucose in mmol/L.
    pub glucose: Option<Number>,
    /// Oxygen saturation in per cent.
    pub spo2: Option<Number>,
}

/// A row of `records`.
#[derive(Clone, Copy, Debug)]
pub struct RecordRow<'a> {
    /// The record.
    pub id: RecordId,
    /// The resident served.
    pub resident: Id,
    /// The record kind, a word of the vocabulary.
    pub kind: &'static str,
    /// The day of the service.
    pub date: Day,
    /// The institution.
    pub org: Id,
    /// Who assisted, organised or reported.
    pub worker: Option<Id>,
    /// Whether the record was declared void.
    pub void: bool,
    /// What was recorded.
    pub attributes: &'a Attributes,
}

/// A row of `metrics`.
#[derive(Clone, Copy, Debug)]
pub struct MetricRow {
    /// The community.
    pub community: Division,
    /// The year.
    pub year: u32,
    /// The metric's name.
    pub name: &'static str,
    /// Its value.
    pub value: Number,
}

/// What a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A record.
    Record(RecordId),
    /// A resident's award for a period.
    Period(Id, Period),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(id) => write!(f, "{id}"),
            Self::Period(resident, period) => write!(f, "{resident}/{period}"),
        }
    }
}

/// A row of `confirmations`.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmationRow {
    /// The award's id.
    pub award: &'static str,
    /// What was decided about.
    pub subject: Subject,
    /// Accepted or rejected.
    pub accept: bool,
    /// Who decided.
    pub by: Id,
    /// The day of the decision.
    pub date: Day,
}

/// A row of `sanctions`.
#[derive(Clone, Copy, Debug)]
pub struct SanctionRow {
    /// Whose points are hit.
    pub holder: Id,
    /// The first day.
    pub from: Day,
    /// The first day after it; `None` while open.
    pub until: Option<Day>,
}

/// Takes the rows as they are generated: a resident, the resident's records, the decisions about
/// them, then the next resident; metrics and sanctions at the end.
pub trait Sink {
    /// Takes a resident.
    ///
    /// # Errors
    /// If the row cannot be written; so in all methods.
    fn resident(&mut self, row: &ResidentRow<'_>) -> io::Result<()>;
    /// Takes a record.
    ///
    /// # Errors
    /// If the row cannot be written.
    fn record(&mut self, row: &RecordRow<'_>) -> io::Result<()>;
    /// Takes a metric.
    ///
    /// # Errors
    /// If the row cannot be written.
    fn metric(&mut self, row: &MetricRow) -> io::Result<()>;
    /// Takes a confirmation.
    ///
    /// # Errors
    /// If the row cannot be written.
    fn confirmation(&mut self, row: &ConfirmationRow) -> io::Result<()>;
    /// Takes a sanction.
    ///
    /// # Errors
    /// If the row cannot be written.
    fn sanction(&mut self, row: &SanctionRow) -> io::Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_numbers_are_written_plainly() {
        let entered = Day::new(2026, 4, 2).unwrap();
        let id = RecordId { entered, resident: 123, number: 7 };
        assert_eq!(id.to_string(), "R20260402-0000123-07");
        assert_eq!(Id::Resident(12_345_678).to_string(), "G12345678");
        assert_eq!(Number::tenths(68).to_string(), "6.8");
        assert_eq!(Number::tenths(140).to_string(), "14");
        assert_eq!(Number::thousandths(905).to_string(), "0.905");
        assert_eq!(Number::thousandths(50).to_string(), "0.05");
        assert_eq!(Number::whole(140).to_string(), "140");
        assert_eq!(Number::tenths(0).to_string(), "0");
    }
}
