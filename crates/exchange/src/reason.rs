//! Why a row is refused: a closed list, each with the sentence that says how to mend it.

use kangji_core::Day;

/// Why a row or one of its values is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The file ends in the middle of the row.
    Cut,
    /// Fewer or more cells than columns.
    CellCount {
        /// How many columns the header names.
        expected: usize,
        /// How many cells the row has.
        found: usize,
        /// The line where a quotation mark of the row opens that does not close on its line.
        quote_line: Option<u64>,
    },
    /// The row is longer than 1 MiB.
    RowTooLong {
        /// The line where a quotation mark of the row opens that does not close on its line.
        quote_line: Option<u64>,
    },
    /// A quotation mark opens and the file ends before it closes.
    UnclosedQuote {
        /// The line where it opens.
        line: u64,
    },
    /// A value that must be there is not.
    Empty,
    /// Another row has the same id, or for metrics the same community, year and name.
    Repeated {
        /// The line of the first other such row; for that row, of the second.
        other_line: u64,
    },
    /// Control or invisible characters inside an id or text.
    Invisible,
    /// A spreadsheet turned the digits of a code into a rounded number such as `5.10403E+11`.
    LostDigits,
    /// A date not written `YYYY-MM-DD`.
    DateForm {
        /// The day that is probably meant.
        meant: Option<Day>,
    },
    /// A date that the calendar lacks.
    NoSuchDay,
    /// An unknown record kind.
    UnknownKind {
        /// The kind that is probably meant.
        meant: Option<String>,
    },
    /// An unknown group.
    UnknownGroup {
        /// The group that is probably meant.
        meant: Option<String>,
    },
    /// Neither `M` nor `F` nor empty.
    Sex,
    /// A community that is not twelve digits.
    Community,
    /// An area that is not two to twelve digits.
    Area,
    /// A dated list not written as it must be.
    DatedForm,
    /// More than 100 items in one dated list.
    TooManyDated,
    /// Dates that end before they begin.
    EndsBeforeItBegins,
    /// Two values of which only one may hold on a day.
    Overlap {
        /// The first day on which both hold.
        day: Day,
    },
    /// Neither `true` nor `false` nor empty.
    Bool,
    /// Not a decimal number.
    DecimalForm,
    /// More than nine decimal places.
    TooPrecise,
    /// A number that does not fit.
    TooLarge,
    /// A negative number.
    Negative,
    /// Neither `valid` nor `void` nor empty.
    Status,
    /// Not a year of four digits.
    Year,
    /// Neither `accept` nor `reject`.
    Decision,
    /// `until` is not after `from`.
    NoDays,
}

impl Reason {
    /// A short word for programs, which never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::CellCount { found, expected, .. } if *found < *expected => "too-few-cells",
            Self::CellCount { .. } => "too-many-cells",
            Self::RowTooLong { .. } => "row-too-long",
            Self::UnclosedQuote { .. } => "unclosed-quote",
            Self::Empty => "empty",
            Self::Repeated { .. } => "repeated",
            Self::Invisible => "invisible",
            Self::LostDigits => "lost-digits",
            Self::DateForm { .. } => "date-form",
            Self::NoSuchDay => "no-such-day",
            Self::UnknownKind { .. } => "unknown-kind",
            Self::UnknownGroup { .. } => "unknown-group",
            Self::Sex => "sex",
            Self::Community => "community",
            Self::Area => "area",
            Self::DatedForm => "dated-form",
            Self::TooManyDated => "too-many-dated",
            Self::EndsBeforeItBegins => "ends-before-it-begins",
            Self::Overlap { .. } => "overlap",
            Self::Bool => "bool",
            Self::DecimalForm => "decimal-form",
            Self::TooPrecise => "too-precise",
            Self::TooLarge => "too-large",
            Self::Negative => "negative",
            Self::Status => "status",
            Self::Year => "year",
            Self::Decision => "decision",
            Self::NoDays => "no-days",
        }
    }

    /// For people: what is wrong and what to do, as Chinese sentences.
    #[must_use]
    pub fn chinese(&self) -> String {
        let detail = match self {
            Self::CellCount { expected, found, quote_line } => {
                format!("应有 {expected} 格，实有 {found} 格。{}", quote_chinese(*quote_line))
            }
            Self::RowTooLong { quote_line } => quote_chinese(*quote_line),
            Self::UnclosedQuote { line } => format!("引号在第 {line} 行。"),
            Self::Repeated { other_line } => format!("另见第 {other_line} 行。"),
            Self::DateForm { meant: Some(day) } => format!("是否应为「{day}」？"),
            Self::UnknownKind { meant: Some(word) } | Self::UnknownGroup { meant: Some(word) } => {
                format!("是否应为「{word}」？")
            }
            Self::Overlap { day } => format!("重叠始于 {day}。"),
            _ => String::new(),
        };
        format!("{}{detail}", self.chinese_in_general())
    }

    /// For logs: what is wrong and what to do.
    #[must_use]
    pub fn english(&self) -> String {
        let detail = match self {
            Self::CellCount { expected, found, quote_line } => {
                format!("; {found} instead of {expected}{}", quote_english(*quote_line))
            }
            Self::RowTooLong { quote_line } => quote_english(*quote_line),
            Self::UnclosedQuote { line } => format!("; it opens on line {line}"),
            Self::Repeated { other_line } => format!("; the other is on line {other_line}"),
            Self::DateForm { meant: Some(day) } => format!("; is it `{day}`?"),
            Self::UnknownKind { meant: Some(word) } | Self::UnknownGroup { meant: Some(word) } => {
                format!("; is it `{word}`?")
            }
            Self::Overlap { day } => format!("; both hold on {day}"),
            _ => String::new(),
        };
        format!("{}{detail}", self.english_in_general())
    }

    const fn chinese_in_general(&self) -> &'static str {
        match self {
            Self::Cut => "文件在这一行中间断开。请重新导出或重新传送文件。",
            Self::CellCount { found, expected, .. } if *found < *expected => {
                "格数少于列数。请补齐缺少的格。"
            }
            Self::CellCount { .. } => {
                "格数多于列数。请删去多余的逗号；内容里有逗号的，用英文双引号括起来。"
            }
            Self::RowTooLong { .. } => "这一行超过 1 MiB，内容不再列出。请检查原文件的这一行。",
            Self::UnclosedQuote { .. } => {
                "引号没有闭合，此后到文件末尾都被当作一格。请补上或删去英文双引号，再重新导入。"
            }
            Self::Empty => "此格不能为空。请填写。",
            Self::Repeated { .. } => "与别的行重复，重复的各行都不采用。请只保留正确的一行。",
            Self::Invisible => "含有看不见的字符。请删去后重新录入。",
            Self::LostDigits => {
                "表格软件把编号变成了科学记数，末尾的数字已经丢失。\
                 请把该列设为文本格式，从原系统重新导出。"
            }
            Self::DateForm { .. } => "日期写法不对。请写成四位年-两位月-两位日，例如 2026-08-27。",
            Self::NoSuchDay => "日历上没有这一天。请核对后改正。",
            Self::UnknownKind { .. } => "没有这种记录类型。请按类型表填写。",
            Self::UnknownGroup { .. } => "没有这个人群。请按人群表填写。",
            Self::Sex => "性别应为 M（男）或 F（女），不详则留空。",
            Self::Community => "社区（村）应为 12 位数字的区划代码。请补全。",
            Self::Area => "区划代码是 2 到 12 位数字。请补全。",
            Self::DatedForm => {
                "写法不对。各项用英文分号「;」隔开，每项写成「值」「值@起始日」「值@..终止日」\
                 或「值@起始日..终止日」，例如 smi@2026-04-01..2026-12-31。"
            }
            Self::TooManyDated => "超过 100 项。请核对，只保留有效的各项。",
            Self::EndsBeforeItBegins => "终止日早于起始日。请核对后改正。",
            Self::Overlap { .. } => "同一天有两个值，只能有一个。请改正起止日期。",
            Self::Bool => "应为 true（是）或 false（否），未记录则留空。",
            Self::DecimalForm => {
                "不是数字。请只写数字和小数点，例如 0.9；不写单位、百分号和千位逗号。"
            }
            Self::TooPrecise => "小数超过 9 位。请四舍五入后填写。",
            Self::TooLarge => "数字太大，应小于 92 亿。请核对。",
            Self::Negative => "不能为负数。请核对。",
            Self::Status => "状态应为 valid（有效）或 void（作废），留空为有效。",
            Self::Year => "年份应为四位数字，例如 2026。",
            Self::Decision => "决定应为 accept（同意）或 reject（不同意）。",
            Self::NoDays => "处罚到 until 的前一天为止，until 应晚于 from。请改正，无期限则留空。",
        }
    }

    const fn english_in_general(&self) -> &'static str {
        match self {
            Self::Cut => "the file is cut off in the middle of this row; get it again",
            Self::CellCount { found, expected, .. } if *found < *expected => {
                "too few cells; fill in what is missing"
            }
            Self::CellCount { .. } => {
                "too many cells; remove commas or put cells with commas in quotation marks"
            }
            Self::RowTooLong { .. } => "longer than 1 MiB and not listed; look at it in the file",
            Self::UnclosedQuote { .. } => {
                "a quotation mark is not closed before the file ends; close or remove it"
            }
            Self::Empty => "must not be empty; fill it in",
            Self::Repeated { .. } => "repeated, and none of the rows is taken; keep the right one",
            Self::Invisible => "contains control or invisible characters; remove them",
            Self::LostDigits => {
                "a spreadsheet rounded this code and lost digits; export it again as text"
            }
            Self::DateForm { .. } => "a date is written YYYY-MM-DD, such as 2026-08-27",
            Self::NoSuchDay => "the calendar has no such day; correct it",
            Self::UnknownKind { .. } => "unknown record kind; use one of the list",
            Self::UnknownGroup { .. } => "unknown group; use one of the list",
            Self::Sex => "write `M` or `F`, or leave it empty",
            Self::Community => "a community is a division code of 12 digits; complete it",
            Self::Area => "an area is 2 to 12 digits of a division code; complete it",
            Self::DatedForm => {
                "write `value`, `value@from`, `value@..to` or `value@from..to`, separated by `;`"
            }
            Self::TooManyDated => "more than 100 items; keep those that hold",
            Self::EndsBeforeItBegins => "ends before it begins; correct the dates",
            Self::Overlap { .. } => "two values on one day where one may hold; correct the dates",
            Self::Bool => "write `true` or `false`, or leave it empty",
            Self::DecimalForm => "not a decimal number; write digits and a point only, such as 0.9",
            Self::TooPrecise => "more than nine decimal places; round it",
            Self::TooLarge => "must be below 9.2 thousand million; check it",
            Self::Negative => "must not be negative; check it",
            Self::Status => "write `valid` or `void`, or leave it empty",
            Self::Year => "a year has four digits, such as 2026",
            Self::Decision => "write `accept` or `reject`",
            Self::NoDays => "`until` must be after `from`; leave it empty if there is no end",
        }
    }
}

fn quote_chinese(line: Option<u64>) -> String {
    line.map_or(String::new(), |line| {
        format!("第 {line} 行开始的引号跨了行，可能没有闭合，请先检查那里的英文双引号。")
    })
}

fn quote_english(line: Option<u64>) -> String {
    line.map_or(String::new(), |line| {
        format!("; a quotation mark opened on line {line} runs over its end, is it closed?")
    })
}
