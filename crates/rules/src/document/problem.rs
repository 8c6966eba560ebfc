//! What is wrong with a scheme document: each problem with its place, what it is, how to mend it.

use std::ops::Range;

/// The kinds of problem, in the order in which they are worth mending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// No front matter, or a block that is not closed.
    Structure,
    /// Not TOML.
    Syntax,
    /// A key that means nothing here.
    UnknownKey,
    /// A key that must be there.
    MissingKey,
    /// A value of another type than the key takes.
    WrongType,
    /// A value of the right type that the key cannot take.
    BadValue,
    /// A record kind, group, attribute, role or period that nobody declared.
    UnknownWord,
    /// The same id, kind or key twice.
    Duplicate,
    /// A reference to an award that does not exist.
    Dangling,
    /// A range or list that nothing can be in.
    EmptyRange,
    /// An award or condition that can never match.
    NeverMatches,
    /// Awards that give way to each other in a circle.
    Cycle,
    /// Activities count for longer than the scheme allows.
    WindowTooLong,
    /// A key that contradicts another one, or belongs elsewhere.
    Misplaced,
    /// A worked example whose outcome is another one.
    ExampleFails,
    /// An award without an example that earns and one that does not.
    NoExample,
}

impl Code {
    /// The code in machine-readable output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Syntax => "syntax",
            Self::UnknownKey => "unknown-key",
            Self::MissingKey => "missing-key",
            Self::WrongType => "wrong-type",
            Self::BadValue => "bad-value",
            Self::UnknownWord => "unknown-word",
            Self::Duplicate => "duplicate",
            Self::Dangling => "dangling-reference",
            Self::EmptyRange => "empty-range",
            Self::NeverMatches => "never-matches",
            Self::Cycle => "cycle",
            Self::WindowTooLong => "window-too-long",
            Self::Misplaced => "misplaced",
            Self::ExampleFails => "example-fails",
            Self::NoExample => "no-example",
        }
    }

    /// Whether the document can still be published. Only missing examples are advice.
    #[must_use]
    pub const fn is_advice(self) -> bool {
        matches!(self, Self::NoExample)
    }
}

/// One problem of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem.
    pub code: Code,
    /// Where, in bytes of the document; never cuts a character in two.
    pub range: Range<usize>,
    /// What is wrong, with the value concerned. Chinese.
    pub message: String,
    /// How to mend it. Chinese.
    pub remedy: String,
}

/// The line and column of a byte of the document, both from 1; columns count characters.
#[must_use]
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..text.floor_char_boundary(byte)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

/// The word of `known` that is nearest to `wrong`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = wrong.chars().count() / 3 + 1;
    let distances = known.into_iter().map(|word| (distance(wrong, word), word));
    distances.min().filter(|(distance, _)| *distance <= limit).map(|(_, word)| word)
}

/// A remedy for an unknown word: the nearest known one, or all of them.
pub(crate) fn use_one_of<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    match nearest(wrong, known.clone()) {
        Some(word) => format!("是否要写 `{word}`？"),
        None => {
            let all: Vec<&str> = known.into_iter().collect();
            format!("可用的有：{}", all.join("、"))
        }
    }
}

/// The number of characters to insert, delete or replace to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((to, above_left), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or_default();
            let replaced = above_left + usize::from(from != *to);
            next.push(replaced.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let text = "一二\n三四五\n";
        assert_eq!(line_and_column(text, 0), (1, 1));
        assert_eq!(line_and_column(text, text.find('四').unwrap()), (2, 2));
        assert_eq!(line_and_column(text, text.find('四').unwrap() + 1), (2, 2));
        assert_eq!(line_and_column(text, 999), (3, 1));
    }

    #[test]
    fn the_nearest_word_is_suggested_only_if_near() {
        let words = ["lecture.attended", "elderly.checkup"];
        assert_eq!(nearest("lectrue.attended", words), Some("lecture.attended"));
        assert_eq!(nearest("swimming", words), None);
        assert_eq!(distance("abc", ""), 3);
        assert!(use_one_of("swimming", words).contains("elderly.checkup"));
    }
}
