//! Money as checked whole fen. No money moves through the platform (P1); what goods cost and what
//! points are worth is only told.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of money in fen, 0.01 yuan.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Fen(pub i64);

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum, `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// So many times the amount, `None` on overflow.
    #[must_use]
    pub fn checked_mul(self, times: u32) -> Option<Self> {
        self.0.checked_mul(i64::from(times)).map(Self)
    }

    /// Reads yuan with at most two decimal places: `12`, `12.5`, `12.50`; `None` for anything else
    /// and for amounts below zero.
    #[must_use]
    pub fn parse_yuan(text: &str) -> Option<Self> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(rest) || rest.len() > 2 {
            return None;
        }
        let fen: i64 = format!("{rest:0<2}").parse().ok()?;
        whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(fen).map(Self)
    }
}

/// Yuan with two decimal places: `12.50`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::Fen;

    #[test]
    fn yuan_are_read_and_written_exactly() {
        for (text, fen) in [("12", 1200), ("12.5", 1250), ("0.05", 5), ("12.50", 1250)] {
            assert_eq!(Fen::parse_yuan(text), Some(Fen(fen)), "{text}");
        }
        for text in ["", ".", "1.", ".5", "1.234", "-1", "1,2", "99999999999999999999"] {
            assert_eq!(Fen::parse_yuan(text), None, "{text}");
        }
        assert_eq!(Fen(1205).to_string(), "12.05");
        assert_eq!(Fen(-5).to_string(), "-0.05");
    }
}
