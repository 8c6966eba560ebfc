//! Why a file cannot be read at all, in the words people and logs get.

use std::fmt;

use crate::{source::Encoding, table::Table};

/// A file none of whose rows could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The name of the file, as it was given.
    pub file: String,
    /// The table it should hold.
    pub table: Table,
    /// What is wrong.
    pub fault: FileFault,
}

/// A byte of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its offset from the start of the file, from 0, in bytes.
    pub offset: u64,
    /// Its line, from 1.
    pub line: u64,
}

/// A required column that a file lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    /// The column.
    pub name: String,
    /// A column of the file that may be meant to be it.
    pub near: Option<String>,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// All files together are larger than what is read at once.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The file holds no text.
    Empty,
    /// The file is of another format, recognised by its first bytes.
    OtherFormat {
        /// The format's usual name.
        format: &'static str,
    },
    /// The file is no text, or UTF-16 without a byte order mark.
    Binary,
    /// The first byte that fits none of the encodings that are read.
    UnknownByte(Place),
    /// The file ends inside a character: it was cut off.
    CutCharacter {
        /// The encoding of what is there.
        encoding: Encoding,
    },
    /// The header is longer than 1 MiB or 1,000 columns, or a quotation mark in it is not closed.
    EndlessHeader,
    /// The cells are separated by something other than commas.
    Delimiter {
        /// What separates them: `;` or a tab.
        found: char,
    },
    /// Columns are missing.
    MissingColumns {
        /// All that are missing.
        missing: Vec<MissingColumn>,
        /// All columns of the file.
        found: Vec<String>,
    },
    /// A workbook that cannot be unpacked, or is not one.
    Workbook,
    /// A workbook that unpacks to more than is read.
    Unpacked {
        /// The limit in bytes.
        limit: u64,
    },
    /// A workbook whose XML declares entities.
    Entities,
    /// A workbook with more rows than are read.
    TooManyRows {
        /// The limit.
        limit: u32,
    },
    /// A workbook with more columns than are read.
    TooManyColumns {
        /// The limit.
        limit: u32,
    },
    /// Columns that are read occur more than once.
    RepeatedColumns {
        /// Their names.
        columns: Vec<String>,
    },
}

impl FileFault {
    /// A short word for programs, which never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "file-too-large",
            Self::Empty => "file-empty",
            Self::OtherFormat { .. } => "file-other-format",
            Self::Binary => "file-binary",
            Self::UnknownByte(_) => "file-unknown-byte",
            Self::CutCharacter { .. } => "file-cut",
            Self::EndlessHeader => "header-endless",
            Self::Delimiter { .. } => "header-delimiter",
            Self::Workbook => "workbook-broken",
            Self::Unpacked { .. } => "workbook-too-large",
            Self::Entities => "workbook-entities",
            Self::TooManyRows { .. } => "workbook-rows",
            Self::TooManyColumns { .. } => "workbook-columns",
            Self::MissingColumns { .. } => "columns-missing",
            Self::RepeatedColumns { .. } => "columns-repeated",
        }
    }

    /// For people: what is wrong and what to do.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::TooLarge { limit } => {
                format!("文件合计超过 {limit} 字节，一次读不下。请按区划或年份分批导入。")
            }
            Self::Empty => "文件是空的。请重新导出，第一行应为列名。".to_owned(),
            Self::OtherFormat { format } => {
                format!("这是 {format} 文件，不是 CSV。请打开后另存为「CSV UTF-8（逗号分隔）」。")
            }
            Self::Binary => "这不是文本文件，或者是没有字节顺序标记的 UTF-16。\
                请另存为「CSV UTF-8（逗号分隔）」。"
                .to_owned(),
            Self::UnknownByte(Place { offset, line }) => format!(
                "第 {line} 行（第 {offset} 字节，从 0 数起）的字符既不是 UTF-8 也不是 GB18030。\
                 请另存为「CSV UTF-8（逗号分隔）」，或检查文件是否损坏。"
            ),
            Self::CutCharacter { encoding } => format!(
                "文件（{encoding}）在最后一个字符中间断开，内容不完整。请重新导出或重新传送。"
            ),
            Self::EndlessHeader => {
                "第一行（列名）过长（超过 1000 列），或其中的引号没有闭合。请检查列名一行的英文双引号。".to_owned()
            }
            Self::Delimiter { found } => format!(
                "各列用{}分隔，应当用英文逗号。请另存为「CSV UTF-8（逗号分隔）」。",
                if *found == '\t' { "制表符" } else { "分号" }
            ),
            Self::MissingColumns { missing, found } => {
                let missing: Vec<String> = missing.iter().map(MissingColumn::chinese).collect();
                format!(
                    "缺少列：{}。文件中的列：{}。请补上缺少的列，或改正列名。",
                    missing.join("、"),
                    found.join("、")
                )
            }
            Self::RepeatedColumns { columns } => {
                format!("列名重复：{}。请只保留正确的一列。", columns.join("、"))
            }
            Self::Workbook | Self::Unpacked { .. } | Self::Entities => self.workbook().to_owned(),
            Self::TooManyRows { limit } => format!("超过 {limit} 行。请分成几个文件导入。"),
            Self::TooManyColumns { limit } => {
                format!("超过 {limit} 列。请只保留要导入的列。")
            }
        }
    }

    const fn workbook(&self) -> &'static str {
        match self {
            Self::Unpacked { .. } => "工作簿解压后太大。请只保留要导入的工作表，另存后再上传。",
            Self::Entities => {
                "工作簿里声明了外部内容，不是表格软件保存的文件。请用表格软件打开后另存。"
            }
            _ => "工作簿已损坏或加了密码。请用表格软件打开，另存为不加密的 XLSX。",
        }
    }
}

impl Unreadable {
    /// For people: the file, what is wrong and what to do.
    #[must_use]
    pub fn chinese(&self) -> String {
        let what = self.fault.chinese();
        format!("{}（{}）：{what}", self.file, self.table.label())
    }

    /// For logs: the file, what is wrong and what to do.
    #[must_use]
    pub fn english(&self) -> String {
        let what = match &self.fault {
            FileFault::TooLarge { limit } => {
                format!("files of more than {limit} bytes in all; import them in parts")
            }
            FileFault::Empty => {
                "the file is empty; its first line must name the columns".to_owned()
            }
            FileFault::OtherFormat { format } => {
                format!("this is a {format} file; save it as CSV in UTF-8")
            }
            FileFault::Binary => {
                "neither text nor UTF-16 with a byte order mark; save it as CSV in UTF-8".to_owned()
            }
            FileFault::UnknownByte(Place { offset, line }) => format!(
                "the byte at offset {offset} (line {line}) fits neither UTF-8 nor GB18030; \
                 save the file as CSV in UTF-8"
            ),
            FileFault::CutCharacter { encoding } => {
                format!("the {encoding} file is cut off inside its last character; get it again")
            }
            FileFault::EndlessHeader => {
                "the header has over 1000 columns or an unclosed quotation mark; correct it"
                    .to_owned()
            }
            FileFault::Delimiter { found } => {
                format!("the columns are separated by {found:?}; separate them by commas")
            }
            FileFault::Workbook => "the workbook is broken or locked; save it again".to_owned(),
            FileFault::Unpacked { limit } => format!("unpacks to more than {limit} bytes"),
            FileFault::Entities => "the workbook declares entities; save it again".to_owned(),
            FileFault::TooManyRows { limit } => format!("more than {limit} rows; split it"),
            FileFault::TooManyColumns { limit } => format!("more than {limit} columns"),
            FileFault::MissingColumns { missing, found } => {
                let missing: Vec<String> = missing.iter().map(MissingColumn::english).collect();
                let found: Vec<String> = found.iter().map(|name| format!("`{name}`")).collect();
                format!("missing columns {}; found {}", missing.join(", "), found.join(", "))
            }
            FileFault::RepeatedColumns { columns } => {
                format!("columns that occur twice: `{}`; keep one of each", columns.join("`, `"))
            }
        };
        format!("{} ({}): {what}", self.file, self.table)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

impl std::error::Error for Unreadable {}

impl MissingColumn {
    fn chinese(&self) -> String {
        let Self { name, near } = self;
        near.as_ref()
            .map_or(format!("「{name}」"), |near| format!("「{name}」（是否写成了「{near}」？）"))
    }

    fn english(&self) -> String {
        let Self { name, near } = self;
        near.as_ref().map_or(format!("`{name}`"), |near| format!("`{name}` (is it `{near}`?)"))
    }
}
