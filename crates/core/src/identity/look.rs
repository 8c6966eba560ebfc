//! Identity numbers where none belong.

use super::{
    normal,
    resident::{Parts, is_first_generation},
};

/// Whether a text that should be a plain code (of a resident, an officer, an order) holds an
/// identity number: 18 characters with a day of birth at its place, or the 15 digits of the first
/// generation; also amidst other characters, full-width, or divided by blanks and hyphens.
///
/// Longer runs of digits are left alone. Of codes of 18 random digits one in a thousand looks like
/// an identity number.
#[must_use]
pub fn looks_like_identity_number(text: &str) -> bool {
    let narrow: String = text.chars().map(normal::narrow).collect();
    let capitals = narrow.to_ascii_uppercase();
    holds_one(&capitals) || holds_one(&normal::number(text))
}

fn holds_one(text: &str) -> bool {
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let run = rest.get(start..).unwrap_or_default();
        let end = run.find(|character: char| !character.is_ascii_digit()).unwrap_or(run.len());
        let (digits, after) = run.split_at(end);
        let with_x = (digits.len() == 17).then(|| run.get(..18)).flatten();
        let number = with_x.unwrap_or(digits);
        if Parts::of(number).is_some_and(|parts| parts.birth_is_plausible())
            || is_first_generation(digits)
        {
            return true;
        }
        rest = after;
    }
    false
}
