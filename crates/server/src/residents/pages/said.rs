//! What was typed into the field that finds a person, told by its form: a number of a document, a
//! telephone number, the code of a card, or a name.

use kangji_core::{
    Day,
    identity::{Document, DocumentKind, Phone},
    ids::HolderId,
};

use crate::residents::{
    facts,
    find::Sought,
    identity::{DocumentName, GivenDocument},
};

/// What a text can be, the likeliest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Document(DocumentKind),
    Phone,
    Code,
    Name,
}

impl Said {
    /// As what to look for it.
    pub(super) fn all(text: &str, today: Day) -> Vec<Self> {
        if text.parse::<HolderId>().is_ok() {
            return vec![Self::Code];
        }
        if let Some(kind) = document(text, today) {
            return vec![Self::Document(kind)];
        }
        if Phone::parse(text).is_ok() {
            return vec![Self::Phone];
        }
        match facts::code(text) {
            Ok(()) => vec![Self::Code, Self::Name],
            Err(_) => vec![Self::Name],
        }
    }

    /// The question to the API.
    pub(super) fn sought(self, text: &str) -> Sought {
        let text = text.to_owned();
        match self {
            Self::Document(kind) => {
                let given = GivenDocument { kind: DocumentName::from(kind), number: text };
                Sought { document: Some(given), ..Sought::default() }
            }
            Self::Phone => Sought { phone: Some(text), ..Sought::default() },
            Self::Code => Sought { code: Some(text), ..Sought::default() },
            Self::Name => Sought { name: Some(text), ..Sought::default() },
        }
    }

    /// The field of the registration form that it goes into.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Document(_) => "document.number",
            Self::Phone => "phone",
            Self::Code => "code",
            Self::Name => "name",
        }
    }
}

/// The kind of document whose number this is, as far as the number tells. What is as long as a
/// number and is none, such as one with a wrong digit, is taken for an id card's, which says what
/// is wrong with it.
fn document(text: &str, today: Day) -> Option<DocumentKind> {
    let kinds = [
        DocumentKind::ResidentCard,
        DocumentKind::ResidencePermit,
        DocumentKind::PermanentResidenceCard,
    ];
    let fits = |kind: &DocumentKind| Document::parse(*kind, text, today).is_ok();
    let length = text.chars().filter(|one| one.is_ascii_alphanumeric()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let looks = (length == 18 || length == 15) && digits >= length - 1;
    kinds.into_iter().find(fits).or(looks.then_some(DocumentKind::ResidentCard))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_told_by_its_form() {
        let today = Day::new(2026, 9, 21).unwrap();
        let all = |text: &str| Said::all(text, today);
        assert_eq!(all("11010519491231002X"), [Said::Document(DocumentKind::ResidentCard)]);
        assert_eq!(all("１１０１０５ 19491231 002x"), [Said::Document(DocumentKind::ResidentCard)]);
        // A wrong last digit: an id card that is told to be wrong, and no code.
        assert_eq!(all("110105194912310021"), [Said::Document(DocumentKind::ResidentCard)]);
        assert_eq!(all("810000199408230021"), [Said::Document(DocumentKind::ResidencePermit)]);
        assert_eq!(all("13912345678"), [Said::Phone]);
        assert_eq!(all("139 1234 5678"), [Said::Phone]);
        assert_eq!(all("019a2b3c-0000-7000-8000-000000000001"), [Said::Code]);
        assert_eq!(all("G0000001"), [Said::Code, Said::Name]);
        assert_eq!(all("测试甲"), [Said::Name]);
        assert_eq!(all("<script>alert(1)</script>"), [Said::Name]);
    }
}
