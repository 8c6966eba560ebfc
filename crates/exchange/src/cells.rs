//! Single cells as grass-roots staff fill them in: full-width digits, dates in every usual way of
//! writing, numbers of documents that a spreadsheet made shorter.

use kangji_core::{
    Day, DayRange, Decimal, Division, DivisionPrefix, Span, tables::Sex, vocabulary::Word,
};

use crate::{nearest::nearest, reason::Reason, value};

/// From the day numbers of 1900 to those of 1904.
const YEARS_1904: u16 = 1_462;

/// The zeros at the end of a document number whose last digits a spreadsheet lost.
const LOST: &str = "000";

/// A cell without what nobody meant to type: wide letters and digits become narrow, invisible
/// characters go, and so does what spreadsheets write around a number to keep it a text.
#[must_use]
pub fn tidy(cell: &str) -> String {
    let narrow = |character: char| match character {
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character)
        }
        '\u{3000}' | '\u{A0}' | '\t' | '\r' | '\n' => ' ',
        other => other,
    };
    let seen = cell.chars().map(narrow).filter(|one| !value::is_invisible(*one));
    let text: String = seen.collect();
    let text = text.trim();
    let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    text.trim_start_matches('\'').trim().to_owned()
}

/// A day, however it is written. `dates_1904`: whether day numbers count from 1904.
///
/// # Errors
/// Where it is none.
pub fn day(cell: &str, dates_1904: bool) -> Result<Day, Reason> {
    let joined = cell.replace(' ', "");
    let cell = if cell.contains(['年', '.', '/']) && !cell.contains(':') { &joined } else { cell };
    let whole = cell.split_once('.').map_or(cell, |(serial, time)| {
        let is_serial = serial.len() == 5 && time.bytes().all(|byte| byte.is_ascii_digit());
        if is_serial && is_digits(serial) { serial } else { cell }
    });
    let is_serial = whole.len() == 5 && is_digits(whole);
    match value::day(whole) {
        Err(Reason::DateForm { meant: Some(day) }) if is_serial && dates_1904 => {
            Ok(day.plus(Span::Days(YEARS_1904)))
        }
        Err(Reason::DateForm { meant: Some(day) }) => Ok(day),
        day => day,
    }
}

/// The days from one to another, each of which may be empty.
///
/// # Errors
/// Where one of them is none, or the end is before the beginning.
pub fn days(from: Option<Day>, to: Option<Day>) -> Result<DayRange, Reason> {
    let days = DayRange { from: from.unwrap_or(Day::FIRST), to: to.unwrap_or(Day::LAST) };
    if days.is_empty() { Err(Reason::EndsBeforeItBegins) } else { Ok(days) }
}

/// The number of a document. `is_text`: whether the file says that it was typed as a text, so that
/// zeros at its end are its own.
///
/// # Errors
/// Where a spreadsheet lost its digits.
pub fn document(cell: &str, is_text: bool) -> Result<String, Reason> {
    let number: String = cell.chars().filter(|one| !matches!(one, ' ' | '-')).collect();
    let cut = number.len() == 18 && is_digits(&number) && number.ends_with(LOST);
    if is_rounded(cell) || (cut && !is_text) {
        return Err(Reason::LostDigits);
    }
    Ok(number.to_ascii_uppercase())
}

/// A text in which no spreadsheet lost digits: a telephone number, a code.
///
/// # Errors
/// Where one did.
pub fn code(cell: &str) -> Result<String, Reason> {
    if is_rounded(cell) { Err(Reason::LostDigits) } else { Ok(cell.to_owned()) }
}

/// A community's code of twelve digits.
///
/// # Errors
/// Where it is none.
pub fn division(cell: &str) -> Result<Division, Reason> {
    if is_rounded(cell) {
        return Err(Reason::LostDigits);
    }
    value::division(cell)
}

/// The first two to twelve digits of the codes of an area.
///
/// # Errors
/// Where they are none.
pub fn area(cell: &str) -> Result<DivisionPrefix, Reason> {
    if is_rounded(cell) {
        return Err(Reason::LostDigits);
    }
    DivisionPrefix::parse(cell).ok_or(Reason::Area)
}

/// A year, perhaps with its word.
///
/// # Errors
/// Where it is none.
pub fn year(cell: &str) -> Result<u32, Reason> {
    value::year(cell.strip_suffix('年').unwrap_or(cell))
}

/// A decimal that is not negative.
///
/// # Errors
/// Where it is none.
pub fn decimal(cell: &str) -> Result<Decimal, Reason> {
    value::decimal(cell)
}

/// The sex, in words or letters.
///
/// # Errors
/// Where it is none.
pub fn sex(cell: &str) -> Result<Sex, Reason> {
    match cell.to_ascii_lowercase().as_str() {
        "男" | "男性" | "m" | "male" => Ok(Sex::Male),
        "女" | "女性" | "f" | "female" => Ok(Sex::Female),
        _ => Err(Reason::Sex),
    }
}

/// Yes or no, in words.
///
/// # Errors
/// Where it is neither.
pub fn flag(cell: &str) -> Result<bool, Reason> {
    match cell.to_ascii_lowercase().as_str() {
        "是" | "有" | "true" | "yes" | "y" | "1" | "√" => Ok(true),
        "否" | "无" | "false" | "no" | "n" | "0" | "×" => Ok(false),
        _ => Err(Reason::Bool),
    }
}

/// The kind of service that a cell names by its word or its label.
///
/// # Errors
/// Where there is none, with the one that was probably meant.
pub fn kind(words: &[Word], cell: &str) -> Result<String, Reason> {
    named(words, cell).map_err(|meant| Reason::UnknownKind { meant })
}

/// The group that a cell names by its word or its label.
///
/// # Errors
/// Where there is none, with the one that was probably meant.
pub fn group(words: &[Word], cell: &str) -> Result<String, Reason> {
    named(words, cell).map_err(|meant| Reason::UnknownGroup { meant })
}

fn named(words: &[Word], cell: &str) -> Result<String, Option<String>> {
    let found = words.iter().find(|word| word.id == cell || tidy(&word.label) == cell);
    let names = || words.iter().flat_map(|word| [word.label.as_str(), word.id.as_str()]);
    found.map(|word| word.id.clone()).ok_or_else(|| nearest(cell, names()).map(str::to_owned))
}

/// How spreadsheets show what they made shorter: `5.10403E+17`.
fn is_rounded(cell: &str) -> bool {
    let Some((number, power)) = cell.split_once(['E', 'e']) else { return false };
    let power = power.strip_prefix('+').unwrap_or(power);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    whole.len() == 1 && is_digits(whole) && is_digits(fraction) && is_digits(power)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(year: u32, month: u32, day: u32) -> Day {
        Day::new(year, month, day).unwrap()
    }

    #[test]
    fn dates_are_read_in_every_usual_way() {
        for text in [
            "2025-08-27",
            "2025.8.27",
            "2025年8月27日",
            "2025/8/27",
            "20250827",
            "45896",
            "45896.75",
            "2025-08-27 08:30:00",
            "２０２５年８月２７日",
            "2025. 8. 27",
        ] {
            let text = tidy(text);
            assert_eq!(day(&text, false), Ok(made(2025, 8, 27)), "{text}");
        }
        assert_eq!(day("44434", true), Ok(made(2025, 8, 27)), "counted from 1904");
        assert_eq!(day("2025-02-30", false), Err(Reason::NoSuchDay));
        assert_eq!(day("2025年2月30日", false), Err(Reason::NoSuchDay));
        for text in ["", "8.27", "25.8.27", "27/8/2025", "2025", "明天", "2025-08", "1e9"] {
            assert!(matches!(day(text, false), Err(Reason::DateForm { .. })), "{text}");
        }
    }

    #[test]
    fn a_document_that_lost_digits_is_told_as_such() {
        for text in ["5.10403E+17", "5.10403195001011E+17", "5.1E17", "5e+17"] {
            assert_eq!(document(text, true), Err(Reason::LostDigits), "{text}");
        }
        assert_eq!(document("510403195001011000", false), Err(Reason::LostDigits));
        assert!(document("510403195001011000", true).is_ok(), "a text keeps its zeros");
        assert_eq!(document("510403 19500101 123x", false).as_deref(), Ok("51040319500101123X"));
        assert_eq!(code("1.38E+10"), Err(Reason::LostDigits));
        assert_eq!(division("5.10403E+11"), Err(Reason::LostDigits));
    }

    #[test]
    fn cells_lose_what_nobody_meant() {
        for (cell, text) in [
            ("　５１０４０３１９５００１０１１２３Ｘ ", "51040319500101123X"),
            ("'510403", "510403"),
            ("=\"510403\"", "510403"),
            ("\u{FEFF}王\u{200B}芳\t", "王芳"),
            ("=1+1", "=1+1"),
        ] {
            assert_eq!(tidy(cell), text);
        }
    }
}
