//! The kinds of documents persons have.

/// A kind of document that says who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// 居民身份证: 18 characters by GB 11643-1999.
    ResidentCard,
    /// 港澳居民来往内地通行证: `H` or `M` and 8 digits, in the form of 1999 and 10.
    HongKongMacaoPermit,
    /// 台湾居民来往大陆通行证: 8 digits, in the older form 10 and perhaps a letter.
    TaiwanPermit,
    /// 港澳台居民居住证: 18 characters by GB 11643-1999 in the division 810000 (Hong Kong), 820000
    /// (Macao) or 830000 (Taiwan).
    ResidencePermit,
    /// 外国人永久居留身份证: 18 characters of which the first is `9` (since December 2023), or 3
    /// letters and 12 digits (before).
    PermanentResidenceCard,
    /// A newborn who has no number yet; perhaps with a 出生医学证明: a letter and 9 digits.
    Newborn,
}

impl DocumentKind {
    /// All kinds, in the order of forms.
    pub const ALL: [Self; 6] = [
        Self::ResidentCard,
        Self::HongKongMacaoPermit,
        Self::TaiwanPermit,
        Self::ResidencePermit,
        Self::PermanentResidenceCard,
        Self::Newborn,
    ];

    /// A short word for programs and databases, which never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ResidentCard => "resident-card",
            Self::HongKongMacaoPermit => "hk-macao-permit",
            Self::TaiwanPermit => "taiwan-permit",
            Self::ResidencePermit => "residence-permit",
            Self::PermanentResidenceCard => "permanent-residence-card",
            Self::Newborn => "newborn",
        }
    }

    /// The kind with this [`code`](Self::code).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The name people know.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::ResidentCard => "居民身份证",
            Self::HongKongMacaoPermit => "港澳居民来往内地通行证",
            Self::TaiwanPermit => "台湾居民来往大陆通行证",
            Self::ResidencePermit => "港澳台居民居住证",
            Self::PermanentResidenceCard => "外国人永久居留身份证",
            Self::Newborn => "出生医学证明",
        }
    }

    /// How its numbers are written, as part of a Chinese sentence.
    pub(super) const fn form_chinese(self) -> &'static str {
        match self {
            Self::ResidentCard | Self::ResidencePermit => "17 位数字加 1 位校验码（数字或 X）",
            Self::HongKongMacaoPermit => "字母 H 或 M 加 8 位数字（旧版 10 位数字）",
            Self::TaiwanPermit => "8 位数字（旧版 10 位数字，可带 1 个字母），开头的 0 也要写上",
            Self::PermanentResidenceCard => "以 9 开头的 18 位号码，或旧版 3 个字母加 12 位数字",
            Self::Newborn => "1 个字母加 9 位数字，没有证明时留空",
        }
    }

    /// How its numbers are written.
    pub(super) const fn form_english(self) -> &'static str {
        match self {
            Self::ResidentCard | Self::ResidencePermit => "17 digits and a digit or X",
            Self::HongKongMacaoPermit => "H or M and 8 digits, or 10 in the older form",
            Self::TaiwanPermit => "8 digits, or 10 and perhaps a letter in the older form",
            Self::PermanentResidenceCard => "18 characters from 9 on, or 3 letters and 12 digits",
            Self::Newborn => "a letter and 9 digits, or nothing",
        }
    }
}
