//! Single values: texts of cells become days, numbers, codes and words, or a [`Reason`]. The
//! cell is already trimmed. Knows no table.

use kangji_core::{Day, Decimal, Division, Span, calendar::DayError, decimal::DecimalError};

use crate::reason::Reason;

/// A value that may be absent: `None` for an empty cell.
pub(crate) fn optional<'a, T>(
    cell: &'a str,
    read: impl FnOnce(&'a str) -> Result<T, Reason>,
) -> Result<Option<T>, Reason> {
    if cell.is_empty() { Ok(None) } else { read(cell).map(Some) }
}

/// A value that must be there.
pub(crate) fn required<'a, T>(
    cell: &'a str,
    read: impl FnOnce(&'a str) -> Result<T, Reason>,
) -> Result<T, Reason> {
    if cell.is_empty() { Err(Reason::Empty) } else { read(cell) }
}

/// An id or another text that is compared character by character.
pub(crate) fn text(cell: &str) -> Result<&str, Reason> {
    // Nearly every id is made of these alone: ASCII from the comma on, which leaves out `+`.
    if cell.bytes().all(|byte| (b','..=b'~').contains(&byte)) {
        Ok(cell)
    } else if cell.chars().any(is_invisible) {
        Err(Reason::Invisible)
    } else if is_scientific(cell) {
        Err(Reason::LostDigits)
    } else {
        Ok(cell)
    }
}

/// Control characters, and those that leave two different ids looking the same.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        )
}

/// How spreadsheets show long numbers: `5.10403E+11`.
fn is_scientific(cell: &str) -> bool {
    let Some((number, exponent)) = cell.split_once("E+").or_else(|| cell.split_once("e+")) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    whole.len() == 1 && digits(whole) && digits(fraction) && digits(exponent)
}

/// A community.
pub(crate) fn division(cell: &str) -> Result<Division, Reason> {
    let refused = || if is_scientific(cell) { Reason::LostDigits } else { Reason::Community };
    Division::parse(cell).ok_or_else(refused)
}

/// A day.
pub(crate) fn day(cell: &str) -> Result<Day, Reason> {
    cell.parse().map_err(|error| match error {
        DayError::NoSuchDay => Reason::NoSuchDay,
        DayError::Syntax => match meant_day(cell) {
            Some(Err(DayError::NoSuchDay)) => Reason::NoSuchDay,
            meant => Reason::DateForm { meant: meant.and_then(Result::ok) },
        },
    })
}

/// The day that `2025.8.27`, `2025/8/27`, `20250827`, `2025年8月27日`, the same in full-width
/// digits, a day and time, or a spreadsheet's day number means; `None` if it is none of these.
fn meant_day(cell: &str) -> Option<Result<Day, DayError>> {
    if cell.len() > 64 {
        return None;
    }
    let half_width = |c: char| match c {
        '\u{FF10}'..='\u{FF19}' => char::from_u32(u32::from(c) - 0xFF10 + 0x30).unwrap_or(c),
        _ => c,
    };
    let cell: String = cell.chars().map(half_width).collect();
    let date = cell.split(['T', ' ']).next().unwrap_or_default();
    let mut parts = date.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let numbers = (parts.next()?, parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = match numbers {
        (all, None, None) if all.len() == 8 => (all.get(..4)?, all.get(4..6)?, all.get(6..)?),
        (serial, None, None) if serial.len() == 5 => {
            let day_zero = Day::new(1899, 12, 30)?;
            return Some(Ok(day_zero.plus(Span::Days(serial.parse().ok()?))));
        }
        (year, Some(month), Some(day)) if year.len() == 4 => (year, month, day),
        _ => return None,
    };
    if month.len() > 2 || day.len() > 2 {
        return None;
    }
    Some(format!("{year}-{month:0>2}-{day:0>2}").parse())
}

/// A year from 1 to 9999.
pub(crate) fn year(cell: &str) -> Result<u32, Reason> {
    let digits = cell.len() == 4 && cell.bytes().all(|byte| byte.is_ascii_digit());
    let year = if digits { cell.parse().ok() } else { None };
    year.filter(|&year| year > 0).ok_or(Reason::Year)
}

/// A decimal that is not negative.
pub(crate) fn decimal(cell: &str) -> Result<Decimal, Reason> {
    let decimal: Decimal = cell.parse().map_err(|error| match error {
        DecimalError::Syntax => Reason::DecimalForm,
        DecimalError::TooPrecise => Reason::TooPrecise,
        DecimalError::TooLarge => Reason::TooLarge,
    })?;
    if decimal < Decimal::ZERO { Err(Reason::Negative) } else { Ok(decimal) }
}

/// One of two words: the first is `true`.
pub(crate) fn either(cell: &str, words: [&str; 2], refused: Reason) -> Result<bool, Reason> {
    let [yes, no] = words;
    if cell == yes {
        Ok(true)
    } else if cell == no {
        Ok(false)
    } else {
        Err(refused)
    }
}
