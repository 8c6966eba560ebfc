//! The number of a voucher: letters of the scheme, eight digits and a check digit (ISO/IEC 7064,
//! MOD 11,10), so that a number typed wrong is noticed. Vouchers written by hand before the system
//! came keep their own numbers behind `H-`.

use std::{fmt, str::FromStr};

/// The number that stands on a voucher.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(String);

/// Why a text is no number of a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// Not letters and nine digits, nor `H-` and what was written by hand.
    #[error("not a serial")]
    Form,
    /// A digit is wrong, or two are exchanged.
    #[error("the check digit does not fit")]
    CheckDigit,
}

/// What stands before the number of a voucher that was written by hand.
const BY_HAND: &str = "H-";
const DIGITS: usize = 8;
/// The longest number written by hand.
const BY_HAND_MAX: usize = 24;

impl Serial {
    /// The serial of the voucher with this number, from 1 to 99,999,999; `None` beyond, or where
    /// `letters` are not [`Serial::are_letters`].
    #[must_use]
    pub fn numbered(letters: &str, number: u32) -> Option<Self> {
        let digits = format!("{number:08}");
        (number > 0 && digits.len() == DIGITS && Self::are_letters(letters))
            .then(|| Self(format!("{letters}{digits}{}", check_digit(&digits))))
    }

    /// The serial of a voucher with this number written by hand.
    ///
    /// # Errors
    /// [`SerialError::Form`] for nothing, or more than 24 letters, digits, `-` and Chinese signs.
    pub fn by_hand(written: &str) -> Result<Self, SerialError> {
        let plain = plain(written);
        let fits = |sign: char| sign.is_alphanumeric() || sign == '-';
        let number = plain.strip_prefix(BY_HAND).unwrap_or(&plain);
        let length = number.chars().count();
        if length == 0 || length > BY_HAND_MAX || !number.chars().all(fits) {
            return Err(SerialError::Form);
        }
        Ok(Self(format!("{BY_HAND}{number}")))
    }

    /// Whether these can stand before the numbers of a scheme: two to six capitals.
    #[must_use]
    pub fn are_letters(letters: &str) -> bool {
        (2..=6).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_uppercase())
    }

    /// Whether it was written by hand before the system came.
    #[must_use]
    pub fn is_by_hand(&self) -> bool {
        self.0.starts_with(BY_HAND)
    }

    /// As it stands in tables.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Spaces, dots and full-width signs as people type them do not matter.
impl FromStr for Serial {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, SerialError> {
        let plain = plain(text);
        if plain.starts_with(BY_HAND) {
            return Self::by_hand(&plain);
        }
        let joined: String = plain.chars().filter(|sign| *sign != '-').collect();
        let letters = joined.trim_end_matches(|sign: char| sign.is_ascii_digit());
        let digits = joined.strip_prefix(letters).unwrap_or_default();
        let split = digits.split_at_checked(DIGITS).filter(|(_, check)| check.len() == 1);
        let (number, check) = split.ok_or(SerialError::Form)?;
        if !Self::are_letters(letters) {
            return Err(SerialError::Form);
        }
        if check != check_digit(number).to_string() {
            return Err(SerialError::CheckDigit);
        }
        Ok(Self(joined))
    }
}

/// Capitals, half-width, without spaces.
fn plain(text: &str) -> String {
    let half = |sign: char| match u32::from(sign) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(sign),
        _ => sign,
    };
    let signs = text.chars().map(half).filter(|sign| !sign.is_whitespace() && *sign != '·');
    signs.map(|sign| sign.to_ascii_uppercase()).collect()
}

/// The check digit of ISO/IEC 7064, MOD 11,10.
fn check_digit(digits: &str) -> u32 {
    let product =
        digits.chars().filter_map(|digit| digit.to_digit(10)).fold(10, |product, digit| {
            let sum = (product + digit) % 10;
            (if sum == 0 { 10 } else { sum }) * 2 % 11
        });
    (11 - product) % 10
}

#[cfg(test)]
mod tests {
    use super::{Serial, SerialError, check_digit};

    #[test]
    fn a_serial_is_read_as_people_type_it() {
        let serial = Serial::numbered("XQ", 123).unwrap();
        assert_eq!(serial.as_str().len(), 11);
        let (head, tail) = serial.as_str().split_at(6);
        for typed in [
            serial.to_string(),
            serial.to_string().to_lowercase(),
            format!(" {head} {tail}"),
            format!("{head}-{tail}"),
            serial.to_string().replace("XQ", "ＸＱ"),
        ] {
            assert_eq!(typed.parse(), Ok(serial.clone()), "{typed}");
        }
        assert_eq!(Serial::by_hand("西 0012"), "h-西0012".parse());
        assert!("H-7".parse::<Serial>().unwrap().is_by_hand());
    }

    /// The example of the standard: 0794 has the check digit 5.
    #[test]
    fn the_check_digit_is_that_of_the_standard() {
        assert_eq!(check_digit("0794"), 5);
    }

    #[test]
    fn one_wrong_digit_is_always_noticed() {
        let serial = Serial::numbered("XQ", 10_203_045).unwrap().to_string();
        for at in 2..serial.len() {
            for digit in '0'..='9' {
                let mut typed: Vec<char> = serial.chars().collect();
                typed[at] = digit;
                let typed: String = typed.into_iter().collect();
                let expected = typed == serial;
                assert_eq!(typed.parse::<Serial>().is_ok(), expected, "{typed}");
            }
        }
        assert_eq!("XQ000001230".parse::<Serial>(), Err(SerialError::CheckDigit));
    }

    #[test]
    fn what_is_no_serial_is_refused() {
        for text in
            ["", "X", "XQ", "XQ1", "00000123", "xq0000012345", "H-", "H-a/b", "XQ1234567八9"]
        {
            assert_eq!(text.parse::<Serial>(), Err(SerialError::Form), "{text}");
        }
        assert_eq!(Serial::numbered("XQ", 0), None);
        assert_eq!(Serial::numbered("XQ", 100_000_000), None);
        assert_eq!(Serial::numbered("Xq", 1), None);
    }
}
