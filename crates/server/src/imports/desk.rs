//! Where rows are judged and carried out on behalf of whoever uploaded them, and how the cells of
//! a row are read: everything that is wrong with it is told at once.

use std::{borrow::Cow, collections::HashMap};

use kangji_core::{
    Day, Division, Moment,
    identity::Document,
    ids::{HolderId, OfficerId},
};
use kangji_exchange::{Form, Line, Reason, Sheet, cells};
use kangji_rights::{Cover, Permit};
use kangji_store::Store;

use super::fate::Judged;
use crate::{
    app::App,
    people::{self, Identity},
    problem::Problem,
};

/// On whose behalf, and when.
pub(super) struct Desk<'a> {
    pub(super) app: &'a App,
    /// The store on behalf of whoever asked.
    pub(super) store: Store,
    pub(super) by: OfficerId,
    pub(super) permit: Permit,
    /// Of whose illnesses they may know.
    pub(super) care: Option<Permit>,
    pub(super) now: Moment,
}

/// A table whose rows are judged, and carried out.
pub(super) trait Rows {
    /// What a row is about: of two rows about the same the second is refused.
    fn key(&self, line: &Line<'_>) -> Option<String>;

    /// What a row is about, for people: names and numbers masked.
    fn about(&self, line: &Line<'_>) -> String;

    /// Judges rows in their order, and does what they say where `apply` is set.
    fn take(
        &mut self,
        desk: &Desk<'_>,
        lines: &[Line<'_>],
        apply: bool,
    ) -> Result<Vec<Judged>, Problem>;
}

impl Desk<'_> {
    pub(super) fn today(&self) -> Day {
        self.now.day()
    }

    /// The institution that everything they do belongs to, where it is one.
    pub(super) fn own_institution(&self) -> Option<&str> {
        let mut all = self.permit.covers().iter().map(|cover| match cover {
            Cover::Area { institution, .. } => institution.as_deref(),
            Cover::Person(_) => None,
        });
        let first = all.next()??;
        all.all(|other| other == Some(first)).then_some(first)
    }

    /// Who has which of these documents.
    pub(super) fn owners<'d>(
        &self,
        documents: impl Iterator<Item = &'d Document>,
    ) -> Result<HashMap<Document, HolderId>, Problem> {
        let mut tags = Vec::new();
        for document in documents {
            let identity = Identity { document: Some(document.clone()), ..Identity::default() };
            let found = people::searched(self.app.keys(), &identity)?;
            tags.extend(found.into_iter().map(|tag| (tag, document.clone())));
        }
        let keys: Vec<_> = tags.iter().map(|(tag, _)| *tag).collect();
        let mut owners = HashMap::new();
        let found: HashMap<_, _> = self.store.people_found_by(&keys)?.into_iter().collect();
        for (tag, document) in tags {
            if let Some(id) = found.get(&tag) {
                owners.insert(document, *id);
            }
        }
        Ok(owners)
    }

    /// The community that a cell names by its code or, where only one has it, by its name.
    pub(super) fn community(&self, cell: &str) -> Result<Division, String> {
        match cells::division(cell) {
            Ok(code) => Ok(code),
            Err(Reason::Community) if !cell.starts_with(|first: char| first.is_ascii_digit()) => {
                let found = self.store.divisions_named(cell, self.today());
                match found.map_err(|_| "区划名称暂时查不到，请填 12 位代码".to_owned())?.as_slice()
                {
                    [only] => Ok(*only),
                    [] => Err("没有登记过这个名称的区划，请填 12 位代码".to_owned()),
                    _ => Err("有几个区划叫这个名称，请填 12 位代码".to_owned()),
                }
            }
            Err(reason) => Err(reason.chinese()),
        }
    }
}

/// Reads a row and collects what is wrong with it.
pub(super) struct Reader<'a> {
    line: &'a Line<'a>,
    form: Form,
    faults: Vec<String>,
}

/// Columns whose content is not repeated, since it tells who somebody is.
const PERSONAL: [&str; 5] = ["name", "document", "phone", "guardian", "display_name"];

impl<'a> Reader<'a> {
    pub(super) fn new(line: &'a Line<'a>) -> Self {
        let faults = line.broken.iter().map(Reason::chinese).collect();
        Self { line, form: line.sheet().form(), faults }
    }

    pub(super) const fn sheet(&self) -> &'a Sheet {
        self.line.sheet()
    }

    /// What a column says, if anything.
    pub(super) fn text(&self, column: &str) -> Option<String> {
        self.line.text(column)
    }

    /// What a column says, as `read` reads it.
    pub(super) fn get<T>(
        &mut self,
        column: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let cell = self.line.text(column)?;
        match read(&cell) {
            Ok(value) => Some(value),
            Err(why) => {
                let label = self.form.label(column);
                let shown: Cow<'_, str> = match PERSONAL.contains(&column) {
                    true => "".into(),
                    false => format!("“{}”", cell.chars().take(40).collect::<String>()).into(),
                };
                self.faults.push(format!("「{label}」{shown}：{why}"));
                None
            }
        }
    }

    /// The same for a column that has to say something.
    pub(super) fn need<T>(
        &mut self,
        column: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.line.text(column).is_none() {
            self.fault(column, "没有填写。请补上。");
            return None;
        }
        self.get(column, read)
    }

    /// A day that a column says.
    pub(super) fn day(&mut self, column: &str) -> Option<Day> {
        let dates_1904 = self.sheet().dates_1904();
        self.get(column, |cell| told(cells::day(cell, dates_1904)))
    }

    /// Says what is wrong with a column.
    pub(super) fn fault(&mut self, column: &str, why: &str) {
        self.faults.push(format!("「{}」{why}", self.form.label(column)));
    }

    /// Says what is wrong with a column that is not one of the table's own.
    pub(super) fn said(&mut self, label: &str, why: &str) {
        self.faults.push(format!("「{label}」{why}"));
    }

    /// The value, if nothing is wrong with the row.
    pub(super) fn finished<T>(self, value: Option<T>) -> Result<T, String> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ if self.faults.is_empty() => Err("这一行没有填完整，请补上".to_owned()),
            _ => {
                let faults = self.faults.iter().map(|fault| fault.trim_end_matches('。'));
                Err(faults.collect::<Vec<_>>().join("；"))
            }
        }
    }
}

/// A reason in its own words.
pub(super) fn told<T>(read: Result<T, Reason>) -> Result<T, String> {
    read.map_err(|reason| reason.chinese())
}

/// A problem of the API in one sentence.
pub(super) fn said(problem: &Problem) -> String {
    problem.detail.clone().unwrap_or_else(|| {
        let (title, remedy) = (problem.code.title(), problem.code.remedy());
        format!("{title}；{remedy}")
    })
}
