//! Names and numbers as they are sent, checked, and as they are shown.

use kangji_core::{
    Day,
    identity::{Document, DocumentKind, PersonName, Phone},
    tables::Sex,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{people::Opened, problem::Problem};

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DocumentName {
    ResidentCard,
    HkMacaoPermit,
    TaiwanPermit,
    ResidencePermit,
    PermanentResidenceCard,
    Newborn,
}

impl From<DocumentName> for DocumentKind {
    fn from(name: DocumentName) -> Self {
        match name {
            DocumentName::ResidentCard => Self::ResidentCard,
            DocumentName::HkMacaoPermit => Self::HongKongMacaoPermit,
            DocumentName::TaiwanPermit => Self::TaiwanPermit,
            DocumentName::ResidencePermit => Self::ResidencePermit,
            DocumentName::PermanentResidenceCard => Self::PermanentResidenceCard,
            DocumentName::Newborn => Self::Newborn,
        }
    }
}

impl From<DocumentKind> for DocumentName {
    fn from(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::ResidentCard => Self::ResidentCard,
            DocumentKind::HongKongMacaoPermit => Self::HkMacaoPermit,
            DocumentKind::TaiwanPermit => Self::TaiwanPermit,
            DocumentKind::ResidencePermit => Self::ResidencePermit,
            DocumentKind::PermanentResidenceCard => Self::PermanentResidenceCard,
            DocumentKind::Newborn => Self::Newborn,
        }
    }
}

/// A full name as it is sent: with something to be seen, and without digits, even wide ones.
#[derive(ToSchema)]
#[schema(
    example = "测试甲",
    min_length = 1,
    max_length = 64,
    pattern = "^[^0-9\\uff10-\\uff19\\u0000]*[^0-9\\uff10-\\uff19\\s\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff\\ufff9-\\ufffb][^0-9\\uff10-\\uff19\\u0000]*$"
)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct FullName(String);

/// A telephone number of the mainland: mobile, or with its area code.
#[derive(ToSchema)]
#[schema(pattern = "^(1[3-9][0-9]{9}|(010|02[0-9])[2-9][0-9]{7}|0[3-9][0-9]{2}[2-9][0-9]{6,7})$")]
#[expect(dead_code, reason = "only described")]
pub(crate) struct PhoneNumber(String);

/// A document as sent.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenDocument {
    pub(crate) kind: DocumentName,
    /// The number; only a newborn may be without one.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub(crate) number: String,
}

/// A document as shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MaskedDocument {
    pub(super) kind: DocumentName,
    /// The ends of the number; empty for a newborn without one.
    pub(crate) number: String,
}

impl MaskedDocument {
    pub(super) fn of(opened: &Opened) -> Option<Self> {
        let (kind, number) = (opened.document_kind()?, opened.masked_document()?);
        Some(Self { kind: kind.into(), number })
    }
}

pub(crate) fn name(text: &str) -> Result<PersonName, Problem> {
    PersonName::parse(text).map_err(|error| Problem::invalid("name", error.chinese()))
}

pub(crate) fn phone(text: &str) -> Result<Phone, Problem> {
    Phone::parse(text).map_err(|error| Problem::invalid("phone", error.chinese()))
}

pub(crate) fn document(given: &GivenDocument, today: Day) -> Result<Document, Problem> {
    Document::parse(given.kind.into(), &given.number, today)
        .map_err(|error| Problem::invalid("document.number", error.chinese()))
}

/// For so many days after birth somebody may be registered without a number of their own.
const NEWBORN_DAYS_MAX: i32 = 366;

/// The day of birth and the sex, which must be those of the document where it tells them.
pub(crate) fn agreeing(
    document: Option<&Document>,
    birth_date: Option<Day>,
    sex: Option<Sex>,
    today: Day,
) -> Result<(Option<Day>, Option<Sex>), Problem> {
    let (its_birth, its_sex) =
        (document.and_then(Document::birth_date), document.and_then(Document::sex));
    if its_birth.is_some() && birth_date.is_some() && its_birth != birth_date {
        return Err(Problem::invalid("birth_date", "与证件号码中的出生日期不一致"));
    }
    if its_sex.is_some() && sex.is_some() && its_sex != sex {
        return Err(Problem::invalid("sex", "与证件号码中的性别不一致"));
    }
    if birth_date.is_some_and(|birth| birth > today) {
        return Err(Problem::invalid("birth_date", "晚于今天"));
    }
    let newborn = document.is_some_and(|document| document.kind() == DocumentKind::Newborn);
    let born_lately = |birth: Day| today.days_since(birth) <= NEWBORN_DAYS_MAX;
    if newborn && !birth_date.is_some_and(born_lately) {
        let detail = "只有出生一年以内、尚无证件号码的婴儿可以这样登记；请填写证件号码";
        return Err(Problem::invalid("document.kind", detail));
    }
    Ok((birth_date.or(its_birth), sex.or(its_sex)))
}
