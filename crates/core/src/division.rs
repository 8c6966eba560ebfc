//! Administrative division codes (GB/T 2260 for the first six digits, GB/T 10114 for streets,
//! the statistical codes for communities and villages).

use std::fmt;

/// A community or village: a division code of exactly twelve digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Division(u64);

/// The leading digits of division codes: an area with everything inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DivisionPrefix {
    digits: u8,
    low: u64,
    high: u64,
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

impl Division {
    /// `None` unless `text` is exactly twelve digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() == 12 { number(text).map(Self) } else { None }
    }
}

impl Division {
    /// The code as a number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl DivisionPrefix {
    /// Every community.
    pub const EVERYWHERE: Self = Self { digits: 0, low: 0, high: 1_000_000_000_000 };

    /// `None` unless `text` is two to twelve digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = u8::try_from(text.len()).ok().filter(|digits| (2..=12).contains(digits))?;
        let width = 10_u64.pow(12 - u32::from(digits));
        let low = number(text)? * width;
        Some(Self { digits, low, high: low + width })
    }

    /// Whether the community lies in this area.
    #[must_use]
    pub const fn contains(self, division: Division) -> bool {
        self.low <= division.0 && division.0 < self.high
    }

    /// The lowest community code that can lie in this area: its digits and then zeros.
    #[must_use]
    pub const fn first(self) -> Division {
        Division(self.low)
    }

    /// Whether all of another area lies in this one.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        self.low <= other.low && other.high <= self.high
    }

    /// The texts of its communities' codes lie from the first one on and before the second.
    #[must_use]
    pub fn texts(self) -> (String, String) {
        // The character after `9`: every code with these digits lies before it.
        (self.to_string(), format!("{self}:"))
    }

    /// Whether two areas have a community in common.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.low < other.high && other.low < self.high
    }
}

impl fmt::Display for DivisionPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = format!("{:012}", self.low);
        f.write_str(code.get(..usize::from(self.digits)).unwrap_or(&code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_codes_are_communities() {
        assert!(Division::parse("510403001001").is_some());
        for text in ["51040300100", "5104030010011", "51040300100x", "", "+51040300100"] {
            assert_eq!(Division::parse(text), None, "{text}");
        }
        assert_eq!(Division::parse("010403001001").unwrap().to_string(), "010403001001");
    }

    #[test]
    fn an_area_holds_the_codes_that_start_with_it() {
        let area = DivisionPrefix::parse("510403").unwrap();
        assert!(area.contains(Division::parse("510403999999").unwrap()));
        assert!(!area.contains(Division::parse("510404000000").unwrap()));
        assert!(!area.contains(Division::parse("510402999999").unwrap()));
        assert_eq!(area.to_string(), "510403");
        assert!(area.overlaps(DivisionPrefix::parse("5104").unwrap()));
        assert!(!area.overlaps(DivisionPrefix::parse("510402").unwrap()));
        assert_eq!(DivisionPrefix::parse("5"), None);
        assert_eq!(DivisionPrefix::parse("5104030000001"), None);
    }
}
