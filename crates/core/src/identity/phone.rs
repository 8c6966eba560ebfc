//! Telephone numbers of the mainland.

use std::fmt;

use super::{error::PhoneError, mask, normal};

/// A telephone number of the mainland in digits only, without the country code: 11 digits of a
/// mobile number, or the area code (from 0 on) and 7 or 8 digits of a fixed line.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(Box<str>);

impl Phone {
    /// Reads a number as people have it: with `+86`, `0086` or `86`, blanks, hyphens, brackets
    /// around the area code, full-width.
    ///
    /// # Errors
    /// [`PhoneError`] says what is wrong, with the number masked. Extensions are refused, and so
    /// are numbers of other countries.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let number = normal::number(text);
        let masked = || mask::phone(&number);
        if number.is_empty() {
            return Err(PhoneError::Empty);
        }
        if normal::is_quantity(&number) {
            return Err(PhoneError::LostDigits(masked()));
        }
        let bare = number.replace(['(', ')'], "");
        let (national, is_international) = match bare.strip_prefix("+86") {
            Some(rest) => (rest, true),
            None => bare.strip_prefix("0086").map_or((bare.as_str(), false), |rest| (rest, true)),
        };
        if !normal::digits(national.as_bytes()) {
            return Err(PhoneError::Form(masked()));
        }
        let without_code = national.strip_prefix("86").filter(|rest| is_mobile(rest));
        let national = without_code.unwrap_or(national);
        if is_mobile(national) || is_fixed(national) {
            return Ok(Self(national.into()));
        }
        let with_zero = format!("0{national}");
        if is_international && is_fixed(&with_zero) {
            return Ok(Self(with_zero.into()));
        }
        let is_local = matches!(national.len(), 7 | 8) && !national.starts_with(['0', '1']);
        Err(if is_local { PhoneError::NoAreaCode(masked()) } else { PhoneError::Form(masked()) })
    }

    /// The digits.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.0
    }

    /// Whether it is a mobile number, which receives short messages.
    #[must_use]
    pub fn is_mobile(&self) -> bool {
        self.0.starts_with('1')
    }

    /// The number as [`mask::phone`] shows it.
    #[must_use]
    pub fn masked(&self) -> String {
        mask::phone(&self.0)
    }
}

/// Masked.
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

fn is_mobile(number: &str) -> bool {
    matches!(number.as_bytes(), [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9)
}

fn is_fixed(number: &str) -> bool {
    let Some(area) = area_code_length(number) else { return false };
    let Some(line) = number.get(area..) else { return false };
    let lengths = if area == 3 { 8..=8 } else { 7..=8 };
    lengths.contains(&line.len()) && !line.starts_with(['0', '1'])
}

/// 010 and 02x have three digits, the others (03xx to 09xx) four.
pub(super) fn area_code_length(number: &str) -> Option<usize> {
    match number.as_bytes() {
        [b'0', b'1', b'0', ..] | [b'0', b'2', b'0'..=b'9', ..] => Some(3),
        [b'0', b'3'..=b'9', b'0'..=b'9', b'0'..=b'9', ..] => Some(4),
        _ => None,
    }
}
