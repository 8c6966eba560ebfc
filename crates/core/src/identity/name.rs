//! Full names.

use std::fmt;

use super::{error::NameError, mask, normal};

/// The longest a name may be, in characters.
const LENGTH_MAX: usize = 64;

/// A person's full name in one form: narrow, with `·` for every middle dot, blanks only between
/// words in Latin letters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(Box<str>);

impl PersonName {
    /// Reads a name as people have it.
    ///
    /// # Errors
    /// [`NameError`] for nothing, for more than 64 characters and for digits.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = normalize(text);
        if name.is_empty() {
            Err(NameError::Empty)
        } else if name.chars().count() > LENGTH_MAX {
            Err(NameError::TooLong)
        } else if name.bytes().any(|byte| byte.is_ascii_digit()) {
            Err(NameError::Digits)
        } else {
            Ok(Self(name.into()))
        }
    }

    /// The whole name.
    #[must_use]
    pub fn full(&self) -> &str {
        &self.0
    }

    /// The name as [`mask::name`] shows it.
    #[must_use]
    pub fn masked(&self) -> String {
        mask::name(&self.0)
    }
}

/// Masked.
impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonName({})", self.masked())
    }
}

/// Whether a blank stands between words of this character: those of alphabets, not of Chinese.
fn has_words(character: char) -> bool {
    character.is_alphabetic() && u32::from(character) < 0x2E80 || matches!(character, '.' | '\'')
}

fn normalize(text: &str) -> String {
    let is_seen = |character: &char| character.is_whitespace() || !normal::is_invisible(*character);
    let seen = text.chars().filter(is_seen);
    let narrow: String = seen.map(|character| dot(normal::narrow(character))).collect();
    let mut name = String::with_capacity(narrow.len());
    for word in narrow.split_whitespace() {
        let joins = |word: &str| word.chars().next().is_some_and(has_words);
        if name.chars().next_back().is_some_and(has_words) && joins(word) {
            name.push(' ');
        }
        name.push_str(word);
    }
    // A full stop between two Chinese characters is a middle dot typed in haste.
    let before = std::iter::once(None).chain(name.chars().map(Some));
    let after = name.chars().skip(1).map(Some).chain(std::iter::once(None));
    let is_other = |character: Option<char>| character.is_some_and(|it| u32::from(it) >= 0x2E80);
    let characters = name.chars().zip(before.zip(after));
    characters
        .map(
            |(character, (before, after))| {
                if character == '.' && is_other(before) && is_other(after) {
                    '·'
                } else {
                    character
                }
            },
        )
        .collect()
}

fn dot(character: char) -> char {
    match character {
        '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' | '\u{30FB}' | '\u{FF65}' => '·',
        other => other,
    }
}
