//! Points as checked integers of a scheme's smallest unit.

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;

/// How many decimal places a scheme's points have: 0, 1 or 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimals(u8);

impl Decimals {
    /// `None` for more than two places.
    #[must_use]
    pub fn new(places: u8) -> Option<Self> {
        (places <= 2).then_some(Self(places))
    }

    /// The number of places.
    #[must_use]
    pub const fn places(self) -> u8 {
        self.0
    }

    /// Smallest units in one whole point.
    #[must_use]
    pub const fn units_per_point(self) -> i64 {
        match self.0 {
            0 => 1,
            1 => 10,
            _ => 100,
        }
    }

    /// A decimal number of points in smallest units; `None` when it has more places than the
    /// scheme allows or does not fit.
    #[must_use]
    pub fn exact(self, number: Decimal) -> Option<Points> {
        number.to_scaled(self.0).map(Points)
    }

    /// The decimal text of `points`, always with all places: `10`, `0.00`, `283.47`.
    #[must_use]
    pub fn text(self, points: Points) -> String {
        let units = self.units_per_point();
        let sign = if points.0 < 0 { "-" } else { "" };
        let (whole, rest) = ((points.0 / units).unsigned_abs(), (points.0 % units).unsigned_abs());
        match self.0 {
            0 => format!("{sign}{whole}"),
            places => format!("{sign}{whole}.{rest:0width$}", width = usize::from(places)),
        }
    }

    /// The text for people: like [`Decimals::text`] without trailing zeros.
    #[must_use]
    pub fn short(self, points: Points) -> String {
        let text = self.text(points);
        match self.0 {
            0 => text,
            _ => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        }
    }
}

/// An amount of points in the scheme's smallest unit (0.01 points where `decimals = 2`).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Points(pub i64);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    /// The sum, `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The sum, held at the largest amount. For limits and totals shown to people; whatever
    /// becomes a balance uses [`Points::checked_add`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left of `self` after `used`, never below zero.
    #[must_use]
    pub fn left_after(self, used: Self) -> Self {
        Self(self.0.saturating_sub(used.0).max(0))
    }

    /// `self` for each whole or part unit of `quantity`, rounded down to the smallest unit; a
    /// negative quantity counts as zero, and what does not fit is held at the largest amount.
    #[must_use]
    pub fn times(self, quantity: Decimal) -> Self {
        Self(quantity.max(Decimal::ZERO).multiply_floor(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn text_has_all_places() {
        let two = Decimals::new(2).unwrap();
        assert_eq!(two.text(Points(28347)), "283.47");
        assert_eq!(two.text(Points(-5)), "-0.05");
        assert_eq!(two.short(Points(1000)), "10");
        assert_eq!(Decimals::default().text(Points(100)), "100");
        assert_eq!(Decimals::default().short(Points(100)), "100");
        assert_eq!(Decimals::new(3), None);
    }

    #[test]
    fn more_places_than_the_scheme_has_are_refused() {
        assert_eq!(Decimals::new(1).unwrap().exact(decimal("2.5")), Some(Points(25)));
        assert_eq!(Decimals::new(1).unwrap().exact(decimal("2.55")), None);
    }

    #[test]
    fn times_rounds_down_and_never_takes_points_away() {
        assert_eq!(Points(10).times(decimal("1.25")), Points(12));
        assert_eq!(Points(10).times(decimal("0.33")), Points(3));
        assert_eq!(Points(10).times(decimal("-3")), Points(0));
        assert_eq!(Points(i64::MAX).times(decimal("2")), Points(i64::MAX));
    }
}
