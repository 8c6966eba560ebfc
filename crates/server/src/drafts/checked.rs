//! What a draft comes to: its problems, its examples, its rules as sentences, what changes for
//! people, and from which day.

use kangji_core::{Day, vocabulary::Vocabulary};
use kangji_rules::{
    diff::{Change, diff},
    document::{self, Document},
    edit,
    scheme::Scheme,
    words::date,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, problem::Problem, schemes::SchemeText};

/// What a text comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftChecked {
    /// Whether it can be proposed as it is.
    pub(crate) publishable: bool,
    /// Why its version does not go with those that are published.
    pub(crate) obstacle: Option<String>,
    /// What is wrong with the text, in its order.
    pub(crate) problems: Vec<DocumentProblem>,
    /// How many worked examples could be run.
    pub(crate) examples: usize,
    /// The scheme as data, with its rules as sentences, as far as it could be made out.
    pub(crate) scheme: Option<SchemeText>,
    /// The first day of the version that it is compared with: the one before it.
    pub(crate) before: Option<String>,
    /// What changes for people against that version.
    pub(crate) changes: Vec<ChangeTold>,
    /// What taking force means, in sentences.
    pub(crate) force: Vec<String>,
    /// Prose that still says numbers of the version before.
    pub(crate) still_said: Vec<StillSaid>,
}

/// A problem of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentProblem {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The character in the line, from 1.
    pub(crate) column: usize,
    /// What kind of problem.
    pub(crate) code: &'static str,
    /// Whether it can be published all the same.
    pub(crate) advice: bool,
    /// What is wrong.
    pub(crate) message: String,
    /// How to mend it.
    pub(crate) remedy: String,
}

/// A change for people.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeTold {
    /// What it means: `fewer_points`, `looser` and so on.
    pub(crate) kind: &'static str,
    /// The same as a word.
    pub(crate) label: &'static str,
    /// The award, item or scheme.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What changes, with the old and the new value.
    pub(crate) sentence: String,
}

/// Prose that says a number which the rule below it says no longer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StillSaid {
    /// The award.
    pub(crate) award: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The line itself.
    pub(crate) text: String,
    /// The number.
    pub(crate) number: String,
}

impl From<Change> for ChangeTold {
    fn from(change: Change) -> Self {
        let Change { what, id, name, sentence } = change;
        Self { kind: what.word(), label: what.label(), id, name, sentence }
    }
}

/// The versions of a scheme, in the order of their first days.
pub(super) fn versions(app: &App, id: &str) -> Result<Vec<Scheme>, Problem> {
    let mut all = app.store().schemes()?.into_iter();
    Ok(all.find(|all| all.first().is_some_and(|one| one.id == id)).unwrap_or_default())
}

/// The changes between two versions.
pub(super) fn changes(old: &Scheme, new: &Scheme, words: &Vocabulary) -> Vec<ChangeTold> {
    diff(old, new, words).into_iter().map(ChangeTold::from).collect()
}

/// Checks a text that is a version of the scheme with an id.
pub(crate) fn checked(app: &App, scheme: &str, text: &str) -> Result<DraftChecked, Problem> {
    let words = app.store().words();
    let read = document::read(text, words);
    let published = versions(app, scheme)?;
    let made_out = read.made_out.as_ref();
    let before = made_out.and_then(|new| {
        let earlier = published.iter().rfind(|old| old.in_force.from < new.in_force.from);
        earlier.or(published.last())
    });
    let obstacle = obstacle(app, scheme, text, &read)?;
    let both = before.zip(made_out);
    let still_said = match before.zip(made_out) {
        Some((old, new)) => still_said(text, &read, old, new),
        None => Vec::new(),
    };
    Ok(DraftChecked {
        publishable: read.scheme.is_some() && obstacle.is_none(),
        obstacle,
        problems: problems(text, &read),
        examples: read.examples.len(),
        before: before.map(|old| old.in_force.from.to_string()),
        changes: both.map(|(old, new)| changes(old, new, words)).unwrap_or_default(),
        force: made_out.map(|new| force(new, &published, app.now().day())).unwrap_or_default(),
        scheme: made_out.map(|scheme| SchemeText::of(scheme, words)),
        still_said,
    })
}

/// Why a text that can be read does not go with the published versions.
fn obstacle(
    app: &App,
    scheme: &str,
    text: &str,
    read: &Document,
) -> Result<Option<String>, Problem> {
    let Some(new) = &read.scheme else { return Ok(None) };
    if new.id != scheme {
        let says = format!("文件开头的 id 写成了 `{}`，这份草案是办法 `{scheme}` 的新版本", new.id);
        return Ok(Some(says));
    }
    Ok(match app.store().publishable(text)? {
        Ok(true) => None,
        Ok(false) => Some("内容和已公布的版本完全一样，没有要公布的".to_owned()),
        Err(error) => Some(error.chinese()),
    })
}

fn problems(text: &str, read: &Document) -> Vec<DocumentProblem> {
    let problem = |problem: &document::Problem| {
        let (line, column) = document::line_and_column(text, problem.range.start);
        DocumentProblem {
            line,
            column,
            code: problem.code.word(),
            advice: problem.code.is_advice(),
            message: problem.message.clone(),
            remedy: problem.remedy.clone(),
        }
    };
    read.problems.iter().map(problem).collect()
}

fn still_said(text: &str, read: &Document, old: &Scheme, new: &Scheme) -> Vec<StillSaid> {
    let pairs = new.awards.iter().filter_map(|award| Some((old.award(&award.id)?, award)));
    let lines = pairs.flat_map(|(was, is)| {
        let said = edit::still_said(text, read, (was, is), new.decimals).into_iter();
        said.map(|said| StillSaid {
            award: is.id.clone(),
            line: said.line,
            text: said.text,
            number: said.number,
        })
    });
    lines.collect()
}

/// What taking force means: from which day, what was before, what comes after (S12).
fn force(new: &Scheme, published: &[Scheme], today: Day) -> Vec<String> {
    let (first, last) = (new.in_force.from, new.in_force.to);
    let day = date(first);
    let mut says = Vec::new();
    let before = published.iter().rfind(|old| old.in_force.from < first);
    match before {
        Some(old) if old.in_force.to.next() < first => {
            let gap = (date(old.in_force.to.next()), date(first.previous()));
            says.push(format!(
                "从{day}起按新办法计分；{}到{}没有办法施行，这些天的服务不计分。",
                gap.0, gap.1
            ));
        }
        Some(_) => says.push(format!(
            "从{day}起的服务按新办法计分；{}及以前的服务按原来的办法，以后才补登或更正的也一样。",
            date(first.previous())
        )),
        None => says.push(format!("从{day}起的服务按这份办法计分，以前的服务不计分。")),
    }
    if last < Day::LAST {
        says.push(format!("这一版到{}为止。", date(last)));
    }
    if first <= today && before.is_some() {
        says.push(format!(
            "施行的第一天不晚于今天：{day}以来已经得的积分会按新办法重新计算，多退少补。"
        ));
    }
    if let Some(next) = published.iter().find(|other| other.in_force.from > first) {
        says.push(format!("{}起已经公布了另一版，到那天由它接替。", date(next.in_force.from)));
    }
    says
}
