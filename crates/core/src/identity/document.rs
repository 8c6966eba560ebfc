//! A document with its number, checked.

use std::fmt;

use super::{
    error::{DocumentError, Shown},
    kind::DocumentKind,
    normal::{self, digits},
    resident::{BirthProblem, Parts},
};
use crate::{calendar::Day, tables::Sex};

/// A document of a person: its kind and its number in one form (narrow, in capitals, without
/// blanks and hyphens). Only a newborn may be without a number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Document {
    kind: DocumentKind,
    number: Option<Box<str>>,
    birth_date: Option<Day>,
    sex: Option<Sex>,
}

impl Document {
    /// Reads a number as people have it. Full-width characters, lower case, blanks, hyphens and the
    /// brackets of Taiwan permits are accepted; a newborn's text may be empty.
    ///
    /// # Errors
    /// [`DocumentError`] says what is wrong, with the number masked. `today` decides which days of
    /// birth lie ahead (after it) or too far back (more than 150 years).
    pub fn parse(kind: DocumentKind, text: &str, today: Day) -> Result<Self, DocumentError> {
        let number = normal::number(text);
        let shown = || Shown::new(kind, &number);
        if number.is_empty() {
            return match kind {
                DocumentKind::Newborn => Ok(Self::plain(kind, None)),
                _ => Err(DocumentError::Empty(shown())),
            };
        }
        if normal::is_quantity(&number) {
            return Err(DocumentError::LostDigits(shown()));
        }
        let has_form = match kind {
            DocumentKind::ResidentCard | DocumentKind::ResidencePermit => None,
            DocumentKind::PermanentResidenceCard => {
                is_form(&number, 3..=3, &[12], 0).then(|| number.clone())
            }
            DocumentKind::HongKongMacaoPermit => {
                let letter = number.starts_with(['H', 'M']);
                (letter && is_form(&number, 1..=1, &[8, 10], 0)).then(|| number.clone())
            }
            DocumentKind::TaiwanPermit => {
                let bare = number.replace(['(', ')'], "");
                let formed = is_form(&bare, 0..=0, &[8], 0) || is_form(&bare, 0..=0, &[10], 1);
                formed.then_some(bare)
            }
            DocumentKind::Newborn => is_form(&number, 1..=1, &[9], 0).then(|| number.clone()),
        };
        if let Some(number) = has_form {
            return Ok(Self::plain(kind, Some(number)));
        }
        match kind {
            DocumentKind::ResidentCard
            | DocumentKind::ResidencePermit
            | DocumentKind::PermanentResidenceCard => Self::long(kind, &number, today),
            _ => Err(DocumentError::Form(shown())),
        }
    }

    fn plain(kind: DocumentKind, number: Option<String>) -> Self {
        let number = number.map(String::into_boxed_str);
        Self { kind, number, birth_date: None, sex: None }
    }

    /// A number of 18 characters.
    fn long(kind: DocumentKind, number: &str, today: Day) -> Result<Self, DocumentError> {
        let shown = || Shown::new(kind, number);
        let is_resident = kind == DocumentKind::ResidentCard;
        if is_resident && number.len() == 15 && digits(number.as_bytes()) {
            return Err(DocumentError::FirstGeneration(shown()));
        }
        let Some(parts) = Parts::of(number) else { return Err(DocumentError::Form(shown())) };
        if parts.lost_digits() {
            return Err(DocumentError::LostDigits(shown()));
        }
        match parts.kinds() {
            [] => return Err(DocumentError::Division(shown())),
            kinds if kinds.contains(&kind) => {}
            [other, ..] => return Err(DocumentError::OtherKind(shown(), *other)),
        }
        let birth_date = parts.birth(today).map_err(|problem| match problem {
            BirthProblem::NoSuchDay => DocumentError::NoSuchBirthDate(shown()),
            BirthProblem::Ahead => DocumentError::BirthAhead(shown()),
            BirthProblem::TooEarly => DocumentError::BirthTooEarly(shown()),
        })?;
        if !parts.checks() {
            return Err(DocumentError::Check(shown()));
        }
        // That the sequence of a permanent residence card tells the sex is not published.
        let sex = (kind != DocumentKind::PermanentResidenceCard).then(|| parts.sex());
        Ok(Self { kind, number: Some(number.into()), birth_date: Some(birth_date), sex })
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The number in one form; `None` for a newborn without one.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// The day of birth, where the number tells it.
    #[must_use]
    pub const fn birth_date(&self) -> Option<Day> {
        self.birth_date
    }

    /// The sex, where the number tells it.
    #[must_use]
    pub const fn sex(&self) -> Option<Sex> {
        self.sex
    }

    /// The number as [`mask::document`](super::mask::document) shows it; empty where there is none.
    #[must_use]
    pub fn masked(&self) -> String {
        super::mask::document(self.number.as_deref().unwrap_or_default())
    }

    /// Whether the number begins with `99`, which no division and no office that issues permanent
    /// residence cards has: numbers of invented persons begin so, that they are nobody's.
    #[must_use]
    pub fn is_invented(&self) -> bool {
        self.birth_date.is_some() && self.number().is_some_and(|number| number.starts_with("99"))
    }
}

/// Shows the kind only.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Whether it is letters, then digits (as many as one of `counts`), then at most `after` letters.
fn is_form(
    number: &str,
    letters: std::ops::RangeInclusive<usize>,
    counts: &[usize],
    after: usize,
) -> bool {
    let rest = number.trim_start_matches(|character: char| character.is_ascii_uppercase());
    let tail = rest.trim_start_matches(|character: char| character.is_ascii_digit());
    letters.contains(&(number.len() - rest.len()))
        && counts.contains(&(rest.len() - tail.len()))
        && tail.len() <= after
        && tail.bytes().all(|byte| byte.is_ascii_uppercase())
}
