//! What changes for people between two versions of a scheme, rule by rule, each change with the
//! old and the new value in a sentence.
//!
//! Compares what rules say and scores nobody: a change counts as looser or tighter where that
//! follows from the award or item by itself, whoever it is applied to, and as changed where it
//! does not.

mod award;
mod condition;
mod direction;
mod item;
mod limit;
mod matched;
mod requirement;
mod scheme;

use kangji_core::{Decimals, PeriodKind, Points, vocabulary::Vocabulary};

use crate::scheme::Scheme;
use direction::Direction;
use matched::matched;

/// What a change means for people; what takes something away comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// An award is gone.
    GoneAward,
    /// An award brings fewer points.
    FewerPoints,
    /// A condition, limit or period leaves less than before.
    Tighter,
    /// Something to redeem points for is gone.
    GoneItem,
    /// An item costs more points.
    Dearer,
    /// A new award.
    NewAward,
    /// An award brings more points.
    MorePoints,
    /// A condition, limit or period leaves more than before.
    Looser,
    /// Something new to redeem points for.
    NewItem,
    /// An item costs fewer points.
    Cheaper,
    /// A rule is another; for some it may be better, for others worse.
    Changed,
    /// Names, references or another way to write the same rule.
    Wording,
}

impl ChangeKind {
    /// The word in tables that programs read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::GoneAward => "gone_award",
            Self::FewerPoints => "fewer_points",
            Self::Tighter => "tighter",
            Self::GoneItem => "gone_item",
            Self::Dearer => "dearer",
            Self::NewAward => "new_award",
            Self::MorePoints => "more_points",
            Self::Looser => "looser",
            Self::NewItem => "new_item",
            Self::Cheaper => "cheaper",
            Self::Changed => "changed",
            Self::Wording => "wording",
        }
    }

    /// The Chinese word people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::GoneAward => "取消项目",
            Self::FewerPoints => "分值降低",
            Self::Tighter => "收紧",
            Self::GoneItem => "取消兑换",
            Self::Dearer => "兑换涨分",
            Self::NewAward => "新增项目",
            Self::MorePoints => "分值提高",
            Self::Looser => "放宽",
            Self::NewItem => "新增兑换",
            Self::Cheaper => "兑换降分",
            Self::Changed => "改变",
            Self::Wording => "文字",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it means for people.
    pub what: ChangeKind,
    /// The award, item, benefit or deduction; the scheme's id where it concerns all of them.
    pub id: String,
    /// Its name as people read it, in the newer version that has it.
    pub name: String,
    /// What changes, with the old and the new value.
    pub sentence: String,
}

/// All changes from `old` to `new`, those that matter most to people first. Empty only where the
/// two are equal.
#[must_use]
pub fn diff(old: &Scheme, new: &Scheme, words: &Vocabulary) -> Vec<Change> {
    let versions = Versions { old, new, words };
    let mut changes = Vec::new();
    scheme::compare(&versions, &mut changes);
    award::compare_all(&versions, &mut changes);
    item::compare_all(&versions, &mut changes);
    if changes.is_empty() && old != new {
        let mut about = About { id: &new.id, name: &new.title, changes: &mut changes };
        about.add(ChangeKind::Wording, "条款的文字或顺序有改动，规则没有变。");
    }
    // Stable: what concerns all comes first, then the order of the document.
    changes.sort_by_key(|change| change.what);
    changes
}

/// The two versions and the words to speak of them.
struct Versions<'a> {
    old: &'a Scheme,
    new: &'a Scheme,
    words: &'a Vocabulary,
}

impl Versions<'_> {
    /// Points of the old version and of the new, compared as people see them even where the
    /// versions count in different units: more is looser.
    fn points(&self, old: Points, new: Points) -> Direction {
        let value = |points: Points, other: Decimals| {
            i128::from(points.0) * i128::from(other.units_per_point())
        };
        let old = value(old, self.new.decimals);
        let new = value(new, self.old.decimals);
        Direction::of_more(&old, &new)
    }

    fn old_points(&self, points: Points) -> String {
        format!("{}分", self.old.decimals.short(points))
    }

    fn new_points(&self, points: Points) -> String {
        format!("{}分", self.new.decimals.short(points))
    }
}

/// What changes are about, and where they are gathered.
struct About<'a> {
    id: &'a str,
    name: &'a str,
    changes: &'a mut Vec<Change>,
}

impl About<'_> {
    fn add(&mut self, what: ChangeKind, sentence: impl Into<String>) {
        let (id, name) = (self.id.to_owned(), self.name.to_owned());
        self.changes.push(Change { what, id, name, sentence: sentence.into() });
    }

    /// Another value of something: from `old` to `new`.
    fn turn(&mut self, what: impl Into<ChangeKind>, label: &str, old: &str, new: &str) {
        // Two ways to write one rule can read the same.
        if old == new {
            self.add(what.into(), format!("{label}的写法有调整，仍为{}。", quoted(new)));
        } else {
            self.add(what.into(), format!("{label}由{}改为{}。", quoted(old), quoted(new)));
        }
    }

    /// The name and the headings above, which change no rule.
    fn wording(&mut self, names: (&str, &str), bases: (&[String], &[String])) {
        if names.0 != names.1 {
            self.turn(ChangeKind::Wording, "名称", names.0, names.1);
        }
        if bases.0 != bases.1 {
            let (old, new) = (bases.0.join(" › "), bases.1.join(" › "));
            self.turn(ChangeKind::Wording, "依据", &old, &new);
        }
    }

    /// The headings above something else than an award or item; none are 未写明.
    fn headings(&mut self, label: &str, old: &[String], new: &[String]) {
        if old != new {
            let said = |basis: &[String]| match basis {
                [] => "未写明".to_owned(),
                basis => basis.join(" › "),
            };
            self.turn(ChangeKind::Wording, label, &said(old), &said(new));
        }
    }

    /// Who does or offers something; nobody is 未写明.
    fn party(&mut self, label: &str, old: Option<&str>, new: Option<&str>) {
        if old != new {
            let said = |party: Option<&str>| party.unwrap_or("未写明").to_owned();
            self.turn(ChangeKind::Changed, label, &said(old), &said(new));
        }
    }
}

/// A text in quotes; those within it become single ones.
fn quoted(text: &str) -> String {
    format!("“{}”", text.replace('“', "‘").replace('”', "’"))
}

/// When something must happen, for a period that contains a day.
const fn during(per: PeriodKind) -> &'static str {
    match per {
        PeriodKind::Day => "当天",
        PeriodKind::Month => "当月",
        PeriodKind::Quarter => "当季度",
        PeriodKind::Year => "当年",
        PeriodKind::Life => "方案期间",
    }
}
