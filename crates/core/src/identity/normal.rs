//! One way to write what people write in many.

/// Full-width forms as their narrow ones.
pub(super) fn narrow(character: char) -> char {
    match character {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => {
            let code = u32::from(character) - 0xFEE0;
            char::from_u32(code).unwrap_or(character)
        }
        other => other,
    }
}

/// Control characters and those that nobody sees.
pub(super) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
                | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        )
}

fn is_dash(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}')
}

/// A number: narrow, in capitals, without blanks, hyphens, what nobody sees and the apostrophe that
/// makes spreadsheets keep a text.
pub(super) fn number(text: &str) -> String {
    let kept = text.chars().filter(|character| !is_invisible(*character)).map(narrow);
    let kept = kept.filter(|character| !character.is_whitespace() && !is_dash(*character));
    let kept: String = kept.map(|character| character.to_ascii_uppercase()).collect();
    kept.trim_start_matches(['\'', '\u{2018}', '\u{2019}', '`']).to_owned()
}

/// Whether a spreadsheet or program took a number for a quantity: `5.10403E+17`, `510403.0`.
pub(super) fn is_quantity(number: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = number.split_once('E').map_or((number, None), |(left, right)| {
        (left, Some(right.strip_prefix('+').unwrap_or(right)))
    });
    let (whole, fraction) =
        mantissa.split_once('.').map_or((mantissa, None), |(left, right)| (left, Some(right)));
    is_digits(whole)
        && fraction.is_none_or(is_digits)
        && match exponent {
            Some(exponent) => is_digits(exponent) && exponent.len() <= 3,
            None => fraction.is_some_and(|fraction| fraction.bytes().all(|byte| byte == b'0')),
        }
}

/// Whether all are digits, however few.
pub(super) fn digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

/// The value of a few digits.
pub(super) fn value(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |sum: u32, byte| {
        sum.saturating_mul(10).saturating_add(u32::from(byte.wrapping_sub(b'0')))
    })
}
