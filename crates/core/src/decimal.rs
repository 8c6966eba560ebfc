//! Exact decimal numbers for measured values, hours and metrics. No floats.

use std::{fmt, str::FromStr};

const PLACES: u8 = 9;
const ONE: i64 = 1_000_000_000;

/// An exact decimal with up to nine places, between about −9.2 and 9.2 thousand million: enough
/// for readings, hours, rates and head counts, and eight bytes wide in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i64);

/// Why a text is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Something other than an optional sign, digits and one point.
    #[error("not a decimal number")]
    Syntax,
    /// More than nine places after the point.
    #[error("more than nine decimal places")]
    TooPrecise,
    /// Does not fit.
    #[error("number too large")]
    TooLarge,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// The smallest distance between two decimals.
    pub const STEP: Self = Self(1);
    /// The largest decimal.
    pub const MAX: Self = Self(i64::MAX);
    /// The smallest decimal that a column can hold; the one below it stands for "not recorded".
    pub const MIN: Self = Self(i64::MIN + 1);
    /// Stands for "not recorded" in a column; no text parses to it.
    pub const NOT_RECORDED: Self = Self(i64::MIN);

    /// A whole number, `None` when it does not fit.
    #[must_use]
    pub fn from_integer(number: i64) -> Option<Self> {
        number.checked_mul(ONE).map(Self)
    }

    /// The number as raw bits: equal for equal numbers, for use as part of a key.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0.cast_unsigned()
    }

    /// The sum, held at the bounds.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0)).max(Self::MIN)
    }

    /// The difference, held at the bounds.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0)).max(Self::MIN)
    }

    /// The number as an integer of 10⁻ᵖ units; `None` when that is not exact or `places > 9`.
    #[must_use]
    pub fn to_scaled(self, places: u8) -> Option<i64> {
        let unit = 10_i64.pow(u32::from(PLACES.checked_sub(places)?));
        (self.0 % unit == 0).then_some(self.0 / unit)
    }

    /// ⌊`self` × `number`⌋, held at the bounds of `i64`.
    #[must_use]
    pub fn multiply_floor(self, number: i64) -> i64 {
        let product = i128::from(self.0) * i128::from(number);
        let floor = product.div_euclid(i128::from(ONE));
        i64::try_from(floor).unwrap_or(if floor < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whether `count > self × other`, compared exactly.
    #[must_use]
    pub fn product_is_below(self, other: Self, count: u32) -> bool {
        let ones = i128::from(ONE) * i128::from(ONE);
        i128::from(count) * ones > i128::from(self.0) * i128::from(other.0)
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut parts = digits.splitn(2, |&byte| byte == b'.');
        let whole = parts.next().unwrap_or_default();
        let fraction = parts.next();
        if whole.is_empty() || fraction.is_some_and(<[u8]>::is_empty) {
            return Err(DecimalError::Syntax);
        }
        let mut value: i64 = 0;
        let push = |value: i64, byte: u8| -> Result<i64, DecimalError> {
            if !byte.is_ascii_digit() {
                return Err(DecimalError::Syntax);
            }
            value
                .checked_mul(10)
                .and_then(|value| value.checked_add(i64::from(byte - b'0')))
                .ok_or(DecimalError::TooLarge)
        };
        for &byte in whole {
            value = push(value, byte)?;
        }
        let mut fraction = fraction.unwrap_or_default();
        while let [rest @ .., b'0'] = fraction {
            fraction = rest;
        }
        if fraction.len() > usize::from(PLACES) {
            let digits = fraction.iter().all(u8::is_ascii_digit);
            return Err(if digits { DecimalError::TooPrecise } else { DecimalError::Syntax });
        }
        for place in 0..usize::from(PLACES) {
            value = push(value, fraction.get(place).copied().unwrap_or(b'0'))?;
        }
        Ok(Self(if negative { -value } else { value }))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let one = ONE.unsigned_abs();
        let (whole, rest) = (self.0.unsigned_abs() / one, self.0.unsigned_abs() % one);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let fraction = format!("{rest:09}");
        write!(f, "{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bad_texts_are_told_apart() {
        for text in ["", "-", ".", "1.", ".5", "1,5", "1e3", "½", "1.2.3", " 1", "0x1"] {
            assert_eq!(text.parse::<Decimal>(), Err(DecimalError::Syntax), "{text}");
        }
        assert_eq!("0.1234567891".parse::<Decimal>(), Err(DecimalError::TooPrecise));
        assert_eq!("0.12345678x1".parse::<Decimal>(), Err(DecimalError::Syntax));
        assert_eq!("9300000000".parse::<Decimal>(), Err(DecimalError::TooLarge));
        assert_eq!("0.1000000000000".parse::<Decimal>().unwrap().to_string(), "0.1");
        assert_eq!("+3".parse::<Decimal>().unwrap(), Decimal::from_integer(3).unwrap());
    }

    #[test]
    fn shares_are_compared_exactly() {
        let share: Decimal = "0.65".parse().unwrap();
        let people: Decimal = "20".parse().unwrap();
        assert!(!share.product_is_below(people, 13));
        assert!(share.product_is_below(people, 14));
    }

    proptest! {
        #[test]
        fn text_round_trips(units in i64::MIN + 1..=i64::MAX) {
            let decimal = Decimal(units);
            prop_assert_eq!(decimal.to_string().parse::<Decimal>(), Ok(decimal));
        }

        #[test]
        fn any_text_parses_or_is_refused(text in "[-+.0-9x]{0,24}") {
            if let Ok(decimal) = text.parse::<Decimal>() {
                prop_assert_eq!(decimal.to_string().parse::<Decimal>(), Ok(decimal));
            }
        }
    }
}
