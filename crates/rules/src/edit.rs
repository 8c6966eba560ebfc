//! Changing a scheme document from forms: what a form says is written back into the lines
//! concerned, and every other byte stays as it was.
//!
//! Edits splice the text at the places where its reader found the values, so prose, comments,
//! order, spacing and line ends outside them cannot change. What was written is read again: an
//! edit that does not read back as it was meant is refused.

mod award;
mod example;
mod fit;
mod front;
mod section;
mod splice;
mod stale;

use kangji_core::vocabulary::Vocabulary;

use crate::{
    document::{self, Document, Terms},
    scheme::{Award, Condition, Scheme},
};

pub use section::{Heading, headings};
pub use stale::{Said, still_said};

/// One change of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The award with this id becomes this one; its headings stay as they are.
    Award(Box<Award>),
    /// A new award. The last heading of its basis is its own; the others must be there.
    NewAward {
        /// The award.
        award: Box<Award>,
        /// What residents read about it under its heading.
        prose: String,
    },
    /// An award is taken out, with its examples. What is written about it stays.
    GoneAward {
        /// Its id.
        award: String,
    },
    /// What holds for the whole scheme.
    Terms(Terms),
    /// A worked example of an award.
    Example {
        /// The award's id.
        award: String,
        /// Which of its examples, from 0.
        number: usize,
        /// Another sentence about it.
        title: Option<String>,
        /// Whether it expects from now on what the rules give.
        as_scored: bool,
    },
}

/// Why a change cannot be written by a form; the document is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditFault {
    /// There is no such award.
    #[error("文件里没有编号为 `{0}` 的项目，请刷新后再改")]
    NoAward(String),
    /// There is no such example.
    #[error("项目 `{0}` 没有这个例子，请刷新后再改")]
    NoExample(String),
    /// There is no such heading.
    #[error("文件里没有标题「{0}」，请另选一个标题")]
    NoHeading(String),
    /// An award with the id is there.
    #[error("编号 `{0}` 已经用过，请换一个编号")]
    Taken(String),
    /// The document or the block concerned cannot be read.
    #[error("这一部分的写法有误，表单读不懂，请先在文本里改好")]
    Broken,
    /// A value is written in a way that forms do not write.
    #[error("`{0}` 的写法比较特殊，表单不能改，请在文本里改")]
    Unusual(String),
    /// What was written does not read as it was meant.
    #[error("这样改写不进文件：{0}")]
    NotKept(String),
}

/// The document with all edits, one after another.
///
/// # Errors
/// Where one of them cannot be written; see [`EditFault`].
pub fn apply(text: &str, edits: &[Edit], words: &Vocabulary) -> Result<String, EditFault> {
    let mut text = text.to_owned();
    let mut document = document::read(&text, words);
    for edit in edits {
        let before = Before { text: &text, document: &document, words };
        let after = before.edited(edit)?;
        if after != text {
            document = document::read(&after, words);
            text = after;
        }
        check(edit, &document)?;
    }
    Ok(text)
}

/// A document before an edit.
struct Before<'a> {
    text: &'a str,
    document: &'a Document,
    words: &'a Vocabulary,
}

impl Before<'_> {
    fn edited(&self, edit: &Edit) -> Result<String, EditFault> {
        match edit {
            Edit::Award(target) => award::edited(self, target),
            Edit::NewAward { award, prose } => section::with(self, award, prose),
            Edit::GoneAward { award } => section::without(self, award),
            Edit::Terms(terms) => front::edited(self, terms),
            Edit::Example { award, number, title, as_scored } => {
                example::edited(self, (award, *number), title.as_deref(), *as_scored)
            }
        }
    }

    fn scheme(&self) -> Result<&Scheme, EditFault> {
        self.document.made_out.as_ref().ok_or(EditFault::Broken)
    }

    fn award(&self, id: &str) -> Result<&Award, EditFault> {
        self.scheme()?.award(id).ok_or_else(|| EditFault::NoAward(id.to_owned()))
    }
}

/// Whether a document reads as an edit meant it.
fn check(edit: &Edit, document: &Document) -> Result<(), EditFault> {
    let scheme = document.made_out.as_ref().ok_or(EditFault::Broken)?;
    let kept = match edit {
        Edit::Award(target) => {
            let found = scheme.award(&target.id);
            found.is_some_and(|found| {
                let basis = found.basis.clone();
                in_order(found) == in_order(&Award { basis, ..(**target).clone() })
            })
        }
        Edit::NewAward { award, .. } => {
            scheme.award(&award.id).is_some_and(|found| in_order(found) == in_order(award))
        }
        Edit::GoneAward { award } => scheme.award(award).is_none(),
        Edit::Terms(terms) => Terms::of(scheme) == *terms,
        Edit::Example { .. } => true,
    };
    if kept {
        return Ok(());
    }
    let worst = document.problems.iter().find(|problem| !problem.code.is_advice());
    let why = worst.map_or_else(
        || "改后的内容读出来不一样".to_owned(),
        |problem| format!("{}；{}", problem.message, problem.remedy),
    );
    Err(EditFault::NotKept(why))
}

/// An award with its conditions in one order, since theirs means nothing.
fn in_order(award: &Award) -> Award {
    let mut award = award.clone();
    award.when.sort_by(|one, other| field(one).cmp(field(other)));
    award
}

/// The field a condition is about.
fn field(condition: &Condition) -> &str {
    match condition {
        Condition::Age(_) => "age",
        Condition::AgeMonths(_) => "age_months",
        Condition::Sex(_) => "sex",
        Condition::Community(_) => "community",
        Condition::Groups(_) => "groups",
        Condition::Flag(attribute, _)
        | Condition::Text(attribute, _)
        | Condition::Number(attribute, _) => &attribute.name,
    }
}
