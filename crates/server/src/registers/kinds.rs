//! Which registers there are, what each asks for, and how it is called.

/// A register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Register {
    /// What people of the village say and what they are answered (T6).
    Opinions,
    /// What was made public (T7, P16).
    Publicity,
    /// What the street has to settle (T7).
    Issues,
}

impl Register {
    pub(super) const ALL: [Self; 3] = [Self::Opinions, Self::Publicity, Self::Issues];

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|register| register.word() == word)
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Opinions => "opinions",
            Self::Publicity => "publicity",
            Self::Issues => "issues",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Opinions => "意见建议登记簿",
            Self::Publicity => "宣传登记簿",
            Self::Issues => "问题协调登记簿",
        }
    }

    /// The question to which the entry is the answer.
    pub(super) const fn asks(self) -> &'static str {
        match self {
            Self::Opinions => "说了什么",
            Self::Publicity => "宣传了什么",
            Self::Issues => "什么问题",
        }
    }

    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Opinions => "例如：希望体检安排在周末。不写姓名和号码",
            Self::Publicity => "例如：在村务公开栏张贴积分办法",
            Self::Issues => "例如：两个村的体检车撞了日子。不写姓名和号码",
        }
    }

    /// What an answer is called.
    pub(super) const fn answer(self) -> &'static str {
        match self {
            Self::Issues => "怎么解决的",
            _ => "答复",
        }
    }

    /// Whether somebody answers it.
    pub(super) const fn is_answered(self) -> bool {
        !matches!(self, Self::Publicity)
    }

    /// Whether it is asked by which channel it came or went out.
    pub(super) const fn asks_channel(self) -> bool {
        !matches!(self, Self::Issues)
    }

    pub(super) const fn asks_reached(self) -> bool {
        matches!(self, Self::Publicity)
    }

    /// Whether it is asked who settles it until when.
    pub(super) const fn asks_owner(self) -> bool {
        matches!(self, Self::Issues)
    }

    /// Channels to choose from.
    pub(super) const fn channels(self) -> &'static [&'static str] {
        match self {
            Self::Opinions => &["当面", "入户", "电话", "意见箱", "会议"],
            Self::Publicity => &["公开栏", "广播", "微信群", "入户", "会议", "宣传单"],
            Self::Issues => &[],
        }
    }
}
