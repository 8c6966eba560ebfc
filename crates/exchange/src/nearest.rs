//! The known word that a mistyped one was probably meant to be.

use kangji_core::vocabulary::Word;
use rustc_hash::FxHashMap;

/// A file with more different unknown words than this has no typing errors but another vocabulary.
const WORDS_MAX: usize = 1000;

/// Finds what unknown words were meant to be, each once, so that a file with the same error in
/// every row is read as fast as any other.
pub(crate) struct Meant<'a> {
    known: &'a [Word],
    found: FxHashMap<String, Option<&'a str>>,
}

impl<'a> Meant<'a> {
    pub(crate) fn new(known: &'a [Word]) -> Self {
        Self { known, found: FxHashMap::default() }
    }

    /// The known word with this label, or else the one that is written most alike.
    pub(crate) fn find(&mut self, word: &str) -> Option<String> {
        if let Some(&meant) = self.found.get(word) {
            return meant.map(str::to_owned);
        }
        if self.found.len() == WORDS_MAX || word.len() > BYTES_MAX {
            return None;
        }
        let labelled = self.known.iter().find(|known| known.label == word);
        let ids = self.known.iter().map(|known| known.id.as_str());
        let meant = labelled.map(|known| known.id.as_str()).or_else(|| nearest(word, ids));
        self.found.insert(word.to_owned(), meant);
        meant.map(str::to_owned)
    }
}

/// Longer words are nobody's typing error and not worth comparing.
const BYTES_MAX: usize = 192;

/// The first of the `known` words with the fewest letters to change, if a third of the letters
/// or fewer. Case, spaces and the marks that join words do not count.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = letters(word);
    if word.is_empty() {
        return None;
    }
    let near = known.filter_map(|candidate| {
        let other = letters(candidate);
        let allowed = word.len().max(other.len()) / 3;
        let possible = word.len().abs_diff(other.len()) <= allowed && !other.is_empty();
        let changes = possible.then(|| changes(&word, &other))?;
        (changes <= allowed).then_some((changes, candidate))
    });
    near.min_by_key(|&(changes, _)| changes).map(|(_, candidate)| candidate)
}

fn letters(word: &str) -> Vec<char> {
    if word.len() > BYTES_MAX {
        return Vec::new();
    }
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The least number of letters to insert, remove or replace (Levenshtein).
fn changes(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (done, x) in a.iter().enumerate() {
        let (mut diagonal, mut left) = (done, done + 1);
        for (above, y) in row.iter_mut().skip(1).zip(b) {
            let here = (diagonal + usize::from(x != y)).min(left + 1).min(*above + 1);
            diagonal = *above;
            *above = here;
            left = here;
        }
    }
    let last = row.pop().unwrap_or(0);
    if b.is_empty() { a.len() } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_distant_ones_are_not() {
        let kinds = ["hypertension.found", "hypertension.followup", "tb.completed"];
        for (word, meant) in [
            ("hypertension_followup", Some("hypertension.followup")),
            ("Hypertension.Found", Some("hypertension.found")),
            ("hypertensoin.folowup", Some("hypertension.followup")),
            ("tb.complete", Some("tb.completed")),
            ("dentist", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, kinds.into_iter()), meant, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(1000), kinds.into_iter()), None);
    }

    #[test]
    fn changes_are_counted() {
        let count = |a: &str, b: &str| {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            changes(&letters(a), &letters(b))
        };
        for (a, b, expected) in
            [("kitten", "sitting", 3), ("", "ab", 2), ("ab", "", 2), ("ab", "ba", 2), ("a", "a", 0)]
        {
            assert_eq!(count(a, b), expected, "{a} {b}");
        }
    }
}
