//! The two phases of an import as long work: first every row is judged and nothing is changed, then
//! what the rows say is done. Both go through the same code, in batches; a batch is committed
//! before the place after it is told.

use std::collections::HashMap;

use kangji_core::ids::TaskId;
use kangji_exchange::{Form, Line, Sheet};
use kangji_rights::{Action, Permit};
use kangji_store::Progress;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    desk::{Desk, Rows},
    fate::{Fate, ImportCounts, ImportRow, Judged},
    figures::Figures,
    groups::Groups,
    places::{Divisions, Institutions},
    records::Records,
    residents::Residents,
    staff::Staff,
};
use crate::{
    problem::{Code, Problem},
    tasks::{Halt, Running, opened},
};

/// Rows that are judged and committed together.
const BATCH: usize = 500;

/// The uploaded file, and what becomes of its rows.
pub(super) const FILE: &str = "file";
pub(super) const FATES: &str = "fates";

/// What is asked of a preview.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PreviewAsked {
    pub(super) table: String,
    /// Columns that are not read.
    pub(super) unknown: Vec<String>,
}

/// What is asked of an application.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ApplyAsked {
    pub(super) table: String,
    /// The preview whose file it is.
    pub(super) preview: String,
}

/// How far an import is: its place.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Done {
    /// Rows that were dealt with.
    pub(super) rows: u64,
    pub(super) counts: ImportCounts,
    /// Files with refused rows so far.
    pub(super) parts: u32,
}

impl Done {
    pub(super) fn of(place: &str) -> Self {
        serde_json::from_str(place).unwrap_or_default()
    }

    fn progress(&self, total: u64) -> Result<Progress, Problem> {
        let place = serde_json::to_string(self).map_err(|_| Problem::from(Code::Internal))?;
        Ok(Progress { done: self.rows, refused: self.counts.refused, total, place })
    }
}

/// The right under which a table is imported.
pub(super) const fn action_of(form: Form) -> Action {
    match form {
        Form::Residents | Form::Groups => Action::ResidentsWrite,
        Form::Records => Action::RecordsWrite,
        Form::Metrics => Action::MetricsWrite,
        Form::Divisions | Form::Institutions => Action::InstitutionsWrite,
        Form::Staff => Action::UsersManage,
    }
}

/// A file as a sheet.
pub(super) fn open(
    bytes: &Zeroizing<Vec<u8>>,
    form: Form,
    app: &crate::app::App,
) -> Result<Sheet, Problem> {
    Sheet::open(bytes.to_vec(), form, app.store().words())
        .map_err(|fault| Problem::invalid("file", fault.chinese()))
}

/// Judges every row.
pub(crate) fn preview(running: &mut Running<'_>) -> Result<String, Halt> {
    let PreviewAsked { table, .. } = running.input()?;
    let form = form_of(&table)?;
    let bytes = running.read(FILE)?.ok_or(Code::NotFound)?;
    let sheet = open(&bytes, form, running.app())?;
    let (mut fates, mut done) = (Zeroizing::new(Vec::new()), Done::default());
    // Judging again from the first row is quick, and what was known may have changed.
    through(running, &sheet, &mut done, false, &mut |running, rows, progress, _| {
        for row in rows {
            line(&mut fates, row)?;
        }
        running.tell(progress)
    })?;
    running.write(FATES, &fates)?;
    Ok(format!("预览完成：{}。请查看后确认导入。", done.counts.chinese()))
}

/// Does what the rows say, from where it was stopped.
pub(crate) fn apply(running: &mut Running<'_>) -> Result<String, Halt> {
    let ApplyAsked { table, preview } = running.input()?;
    let form = form_of(&table)?;
    let id: TaskId = preview.parse().map_err(|_| Problem::from(Code::NotFound))?;
    let task = running.app().store().task(id)?.ok_or(Code::NotFound)?;
    let bytes = opened(running.app(), &task, FILE)?.ok_or(Code::NotFound)?;
    let sheet = open(&bytes, form, running.app())?;
    let mut done = Done::of(&running.progress().place);
    through(running, &sheet, &mut done, true, &mut |running, rows, progress, part| {
        let mut refused = Zeroizing::new(Vec::new());
        for row in rows.iter().filter(|row| row.fate == Fate::Refused) {
            line(&mut refused, row)?;
        }
        if !refused.is_empty() {
            running.write(&refused_part(part), &refused)?;
        }
        running.tell(progress)
    })?;
    Ok(format!("导入完成：{}。", done.counts.chinese()))
}

/// The name of a file with refused rows.
pub(super) fn refused_part(part: u32) -> String {
    format!("refused-{part}")
}

fn form_of(table: &str) -> Result<Form, Problem> {
    Form::of_word(table).ok_or_else(|| Code::Internal.into())
}

fn line(into: &mut Vec<u8>, row: &ImportRow) -> Result<(), Problem> {
    serde_json::to_writer(&mut *into, row).map_err(|_| Problem::from(Code::Internal))?;
    into.push(b'\n');
    Ok(())
}

/// What is done after each batch: with its rows, how far the work is then, and the number that
/// the next file with refused rows has.
type After<'a> = dyn FnMut(&mut Running<'_>, &[ImportRow], Progress, u32) -> Result<(), Halt> + 'a;

/// Takes the rows of a sheet in batches, from `done` on.
fn through(
    running: &mut Running<'_>,
    sheet: &Sheet,
    done: &mut Done,
    apply: bool,
    after: &mut After<'_>,
) -> Result<(), Halt> {
    let (total, skip) = (sheet.count(), done.rows);
    let mut table = rows_of(sheet.form());
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut batch: Vec<(Line<'_>, Option<u64>)> = Vec::with_capacity(BATCH);
    let mut lines = sheet.lines();
    let mut number = 0;
    loop {
        let line = lines.next();
        let is_last = line.is_none();
        if let Some(line) = line {
            number += 1;
            let first = twin(&*table, &line, &mut seen);
            if number > skip {
                batch.push((line, first));
            }
        }
        if batch.len() == BATCH || (is_last && !batch.is_empty()) {
            let desk = desk(running)?;
            let rows = taken(&mut *table, &desk, std::mem::take(&mut batch), apply)?;
            done.rows += u64::try_from(rows.len()).unwrap_or_default();
            rows.iter().for_each(|row| done.counts.count(row.fate));
            let part = done.parts;
            done.parts += u32::from(rows.iter().any(|row| row.fate == Fate::Refused));
            after(running, &rows, done.progress(total)?, part)?;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// The line of the first row that is about the same as this one.
fn twin(table: &dyn Rows, line: &Line<'_>, seen: &mut HashMap<String, u64>) -> Option<u64> {
    let key = table.key(line)?;
    let first = *seen.entry(key).or_insert(line.number);
    (first != line.number).then_some(first)
}

fn taken(
    table: &mut dyn Rows,
    desk: &Desk<'_>,
    batch: Vec<(Line<'_>, Option<u64>)>,
    apply: bool,
) -> Result<Vec<ImportRow>, Problem> {
    let (mut alone, mut twins) = (Vec::new(), Vec::new());
    for (line, first) in batch {
        match first {
            Some(first) => twins.push((line, first)),
            None => alone.push(line),
        }
    }
    let judged = table.take(desk, &alone, apply)?;
    let row = |line: &Line<'_>, judged: Judged| ImportRow {
        line: line.number,
        fate: judged.fate,
        about: table.about(line),
        says: judged.says,
    };
    let mut rows: Vec<ImportRow> =
        alone.iter().zip(judged).map(|(line, judged)| row(line, judged)).collect();
    rows.extend(twins.iter().map(|(line, first)| {
        let why = format!("与第 {first} 行说的是同一件事，只采用第 {first} 行。请删去多余的一行");
        row(line, Judged::refused(why))
    }));
    rows.sort_unstable_by_key(|row| row.line);
    Ok(rows)
}

fn rows_of(form: Form) -> Box<dyn Rows> {
    match form {
        Form::Residents => Box::new(Residents),
        Form::Groups => Box::new(Groups),
        Form::Records => Box::new(Records),
        Form::Metrics => Box::new(Figures::default()),
        Form::Divisions => Box::new(Divisions),
        Form::Institutions => Box::new(Institutions),
        Form::Staff => Box::new(Staff),
    }
}

/// On behalf of whoever asked, as far as they may at this moment.
fn desk<'a>(running: &Running<'a>) -> Result<Desk<'a>, Problem> {
    let app = running.app();
    let permit = running.permit()?;
    let grants = app.store().grants(running.asked_by())?;
    let care = Permit::of(Action::PointsCare, &grants, app.roles());
    let (store, by, now) = (running.store(), running.asked_by(), app.now());
    Ok(Desk { app, store, by, permit, care, now })
}
