//! Why a number or a name is refused: closed lists. None of the texts shows a whole value.

use std::fmt;

use super::{kind::DocumentKind, mask};

/// What an error may show of a number: the kind of document and the masked number.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    kind: DocumentKind,
    masked: String,
}

impl Shown {
    pub(super) fn new(kind: DocumentKind, number: &str) -> Self {
        Self { kind, masked: mask::document(number) }
    }

    /// The kind of document that was expected.
    #[must_use]
    pub const fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The number, masked.
    #[must_use]
    pub fn masked(&self) -> &str {
        &self.masked
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.code(), self.masked)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shown({self})")
    }
}

/// Why a text is no number of the document. The text of the error is for logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Nothing is written.
    #[error("{0}: empty; only a newborn has no number")]
    Empty(Shown),
    /// The 15 digits of the first generation of identity cards, invalid since 2013.
    #[error("{0}: 15 digits of the first generation; ask for the number of 18 characters")]
    FirstGeneration(Shown),
    /// A spreadsheet took the number for a quantity and kept 15 digits of it at most.
    #[error("{0}: a spreadsheet rounded it and lost digits; export it again as text")]
    LostDigits(Shown),
    /// Not written as numbers of this kind are.
    #[error("{0}: not {form}", form = .0.kind.form_english())]
    Form(Shown),
    /// The number of a document of another kind (1).
    #[error("{0}: a number of a {other}; choose that kind", other = .1.code())]
    OtherKind(Shown, DocumentKind),
    /// The first six digits are no division.
    #[error("{0}: characters 1 to 6 are no division; compare them with the document")]
    Division(Shown),
    /// The calendar lacks the day of birth.
    #[error("{0}: characters 7 to 14 are no day of the calendar; compare them with the document")]
    NoSuchBirthDate(Shown),
    /// The day of birth lies after today.
    #[error("{0}: characters 7 to 14 are a day ahead; compare them with the document")]
    BirthAhead(Shown),
    /// The day of birth lies more than 150 years back.
    #[error("{0}: characters 7 to 14 are more than 150 years back; compare with the document")]
    BirthTooEarly(Shown),
    /// The check character does not fit the others.
    #[error("{0}: the check character does not fit; compare all with the document")]
    Check(Shown),
}

impl DocumentError {
    /// A short word for programs, which never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty(_) => "empty",
            Self::FirstGeneration(_) => "first-generation",
            Self::LostDigits(_) => "lost-digits",
            Self::Form(_) => "form",
            Self::OtherKind(..) => "other-kind",
            Self::Division(_) => "division",
            Self::NoSuchBirthDate(_) => "no-such-birth-date",
            Self::BirthAhead(_) => "birth-ahead",
            Self::BirthTooEarly(_) => "birth-too-early",
            Self::Check(_) => "check",
        }
    }

    /// What may be shown of the number.
    #[must_use]
    pub const fn shown(&self) -> &Shown {
        match self {
            Self::Empty(shown)
            | Self::FirstGeneration(shown)
            | Self::LostDigits(shown)
            | Self::Form(shown)
            | Self::OtherKind(shown, _)
            | Self::Division(shown)
            | Self::NoSuchBirthDate(shown)
            | Self::BirthAhead(shown)
            | Self::BirthTooEarly(shown)
            | Self::Check(shown) => shown,
        }
    }

    /// For people: where, what, and what to do, as a Chinese sentence.
    #[must_use]
    pub fn chinese(&self) -> String {
        let Shown { kind, masked } = self.shown();
        let rest = match self {
            Self::Empty(_) => {
                return format!("{}号码为空：请按证件填写。", kind.chinese());
            }
            Self::FirstGeneration(_) => {
                "是第一代身份证的 15 位号码，已停用：请改填 18 位的公民身份号码。".to_owned()
            }
            Self::LostDigits(_) => {
                "被电子表格当作数值，末尾几位已丢失：请把该列设为文本格式，对照证件重填。"
                    .to_owned()
            }
            Self::Form(_) => {
                format!("写法不对，应为{}：请对照证件逐位核对。", kind.form_chinese())
            }
            Self::OtherKind(_, other) => {
                format!("是{}的号码：请改选该证件类型，或核对号码。", other.chinese())
            }
            Self::Division(_) => "第 1 至 6 位不是行政区划代码：请对照证件核对这 6 位。".to_owned(),
            Self::NoSuchBirthDate(_) => {
                "第 7 至 14 位不是日历上有的出生日期：请对照证件核对这 8 位。".to_owned()
            }
            Self::BirthAhead(_) => {
                "第 7 至 14 位的出生日期晚于今天：请对照证件核对这 8 位。".to_owned()
            }
            Self::BirthTooEarly(_) => {
                "第 7 至 14 位的出生日期早于 150 年前：请对照证件核对这 8 位。".to_owned()
            }
            Self::Check(_) => "校验码（第 18 位）与前 17 位不符：请对照证件逐位核对。".to_owned(),
        };
        format!("{}号码「{masked}」{rest}", kind.chinese())
    }
}

/// Why a text is no telephone number; with the text masked. The text of the error is for logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing is written.
    #[error("phone: empty")]
    Empty,
    /// A spreadsheet took the number for a quantity.
    #[error("phone {0}: a spreadsheet took it for a quantity; export it again as text")]
    LostDigits(String),
    /// A fixed line without its area code.
    #[error("phone {0}: a fixed line without area code; write the area code before it")]
    NoAreaCode(String),
    /// Neither a mobile number nor a fixed line of the mainland.
    #[error("phone {0}: neither 11 digits of a mobile number nor area code and 7 or 8 digits")]
    Form(String),
}

impl PhoneError {
    /// A short word for programs, which never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::LostDigits(_) => "lost-digits",
            Self::NoAreaCode(_) => "no-area-code",
            Self::Form(_) => "form",
        }
    }

    /// For people: where, what, and what to do, as a Chinese sentence.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Empty => "电话号码为空：请填写手机号码，或带区号的固定电话。".to_owned(),
            Self::LostDigits(masked) => {
                format!("电话号码「{masked}」被电子表格当作数值：请把该列设为文本格式后重填。")
            }
            Self::NoAreaCode(masked) => {
                format!("电话号码「{masked}」缺少区号：请在前面加上区号，如 0812。")
            }
            Self::Form(masked) => format!(
                "电话号码「{masked}」写法不对：应为 11 位手机号码，或区号加 7 至 8 位的固定电话，\
                 不含分机号；请核对后重填。"
            ),
        }
    }
}

/// Why a text is no name. The text of the error is for logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is written.
    #[error("name: empty")]
    Empty,
    /// More than 64 characters.
    #[error("name: more than 64 characters")]
    TooLong,
    /// Digits are no part of a name.
    #[error("name: contains digits; is it another column?")]
    Digits,
}

impl NameError {
    /// For people: where, what, and what to do, as a Chinese sentence.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Empty => "姓名为空：请按证件填写。",
            Self::TooLong => "姓名超过 64 个字：请按证件填写，不要附加说明。",
            Self::Digits => "姓名里有数字：请核对是否填错了列。",
        }
    }
}
