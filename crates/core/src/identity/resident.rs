//! Numbers of 18 characters: GB 11643-1999, and what is built like it.
//!
//! Six digits of the division, eight of the day of birth, three in sequence, of which the last is
//! odd for men and even for women, and a check character by ISO 7064, MOD 11-2.

use super::{
    kind::DocumentKind,
    normal::{digits, value},
};
use crate::{calendar::Day, tables::Sex};

/// The first two digits of the divisions whose residents have an identity card (GB/T 2260).
const PROVINCES: [u8; 32] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71,
];

/// Nobody alive was born longer ago, in years.
const AGE_MAX: u32 = 150;

/// The parts of a number of 18 characters.
pub(super) struct Parts<'a> {
    text: &'a str,
    birth: &'a [u8],
    sequence_end: u8,
    check: u8,
}

/// What is wrong with a day of birth.
pub(super) enum BirthProblem {
    NoSuchDay,
    Ahead,
    TooEarly,
}

impl<'a> Parts<'a> {
    /// `None` unless it is 17 digits and a digit or `X`.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let (body, [check]) = text.as_bytes().split_last_chunk()?;
        let birth = body.get(6..14)?;
        let sequence_end = *body.get(16)?;
        let formed = body.len() == 17 && digits(body) && matches!(check, b'0'..=b'9' | b'X');
        formed.then_some(Self { text, birth, sequence_end, check: *check })
    }

    pub(super) fn checks(&self) -> bool {
        let body = self.text.get(..17);
        body.and_then(check_character) == Some(char::from(self.check))
    }

    /// Spreadsheets keep 15 digits and write zeros for the others.
    pub(super) fn lost_digits(&self) -> bool {
        self.text.ends_with("000") && !self.checks()
    }

    /// The kinds of documents that have such numbers; none when no division is like this.
    pub(super) fn kinds(&self) -> &'static [DocumentKind] {
        let (high, low) = self.text.as_bytes().split_at(2);
        let province = u8::try_from(value(high)).unwrap_or_default();
        match (province, low) {
            (99, _) => &[DocumentKind::ResidentCard, DocumentKind::PermanentResidenceCard],
            (90..=98, _) => &[DocumentKind::PermanentResidenceCard],
            (81..=83, [b'0', b'0', b'0', b'0', ..]) => &[DocumentKind::ResidencePermit],
            (province, _) if PROVINCES.contains(&province) => &[DocumentKind::ResidentCard],
            _ => &[],
        }
    }

    pub(super) fn birth(&self, today: Day) -> Result<Day, BirthProblem> {
        let day = Day::from_number(value(self.birth)).ok_or(BirthProblem::NoSuchDay)?;
        if day > today {
            return Err(BirthProblem::Ahead);
        }
        if day.year() + AGE_MAX < today.year() {
            return Err(BirthProblem::TooEarly);
        }
        Ok(day)
    }

    pub(super) const fn sex(&self) -> Sex {
        if self.sequence_end.is_multiple_of(2) { Sex::Female } else { Sex::Male }
    }

    /// Whether the day of birth is one of the last centuries, whenever today is.
    pub(super) fn birth_is_plausible(&self) -> bool {
        let day = Day::from_number(value(self.birth));
        day.is_some_and(|day| (1850..2100).contains(&day.year()))
    }
}

/// Whether 15 digits are a number of the first generation of identity cards: division, day of
/// birth without its century, sequence.
pub(super) fn is_first_generation(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(high), Some(birth)) = (bytes.get(..2), bytes.get(6..12)) else { return false };
    let province = u8::try_from(value(high)).unwrap_or_default();
    bytes.len() == 15
        && digits(bytes)
        && PROVINCES.contains(&province)
        && Day::from_number(19_000_000 + value(birth)).is_some()
}

/// The check character of 17 digits by GB 11643-1999 (ISO 7064, MOD 11-2): a digit or `X`; `None`
/// for anything else than 17 digits.
#[must_use]
pub fn check_character(body: &str) -> Option<char> {
    let bytes = body.as_bytes();
    if bytes.len() != 17 || !digits(bytes) {
        return None;
    }
    let remainder = bytes.iter().fold(0, |sum, byte| (sum + u32::from(byte - b'0')) * 2 % 11);
    match (12 - remainder) % 11 {
        10 => Some('X'),
        digit => char::from_digit(digit, 10),
    }
}
