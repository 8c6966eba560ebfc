//! Outcome files, as `kangji score` writes them, read back: first all of it to find what is
//! wrong, then again holder by holder.

mod row;

use std::{collections::HashSet, fs::File, path::Path};

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use kangji_core::{Day, Points};
use kangji_rules::{scheme::Scheme, score::columns::COLUMNS};
use kangji_store::{HolderOutcomes, OutcomeRow};

use crate::failure::Failure;
use row::Row;

/// Problems that are listed; the rest is only counted.
const PROBLEMS_MAX: usize = 50;

/// What is wrong with a file.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    /// Lines with what is wrong in them, in the order of the file.
    pub(crate) listed: Vec<(u64, String)>,
    /// How many more there are.
    pub(crate) more: u64,
}

impl Problems {
    fn add(&mut self, line: u64, text: String) {
        if self.listed.len() < PROBLEMS_MAX {
            self.listed.push((line, text));
        } else {
            self.more += 1;
        }
    }

    fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

/// A file without problems.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The scheme its outcomes are of.
    pub(crate) scheme: String,
    /// Everybody it credits.
    pub(crate) holders: HashSet<String>,
    /// How many credits it has.
    pub(crate) credits: u64,
}

/// An outcome file with the schemes it may be of.
pub(crate) struct Outcomes<'a> {
    pub(crate) path: &'a Path,
    pub(crate) schemes: &'a [Vec<Scheme>],
    /// Nothing may count for a later day.
    pub(crate) today: Day,
}

impl Outcomes<'_> {
    /// Reads all of it and finds every problem.
    pub(crate) fn check(&self) -> Result<Result<Checked, Problems>, Failure> {
        let mut reader = self.reader()?;
        let mut problems = Problems::default();
        if let Some(problem) = self.header(&mut reader)? {
            problems.add(1, problem);
            return Ok(Err(problems));
        }
        let mut checking = Checking::default();
        let mut record = StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    if let Some(problem) = self.unpublished(&record, &checking.scheme) {
                        problems.add(line, problem);
                        return Ok(Err(problems));
                    }
                    let Err(found) = checking.add(line, self.row(&record, &checking.scheme)) else {
                        continue;
                    };
                    found.into_iter().for_each(|text| problems.add(line, text));
                }
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    problems.add(line, self.unread(error)?);
                }
            }
        }
        if problems.is_empty() && checking.credits == 0 {
            problems.add(1, "没有一行得分（outcome 为 credited 且积分大于 0）".to_owned());
        }
        let Checking { scheme, holders, credits, .. } = checking;
        match problems.is_empty() {
            true => Ok(Ok(Checked { scheme, holders, credits })),
            false => Ok(Err(problems)),
        }
    }

    /// Reads a checked file again and hands on what each holder is credited.
    pub(crate) fn each_holder(
        &self,
        mut each: impl FnMut(HolderOutcomes) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let changed = || Failure::Unreadable {
            path: self.path.to_owned(),
            reason: "入账时文件被改动了；请不要改动它，再运行一次，会接着做完".to_owned(),
        };
        let mut reader = self.reader()?;
        if self.header(&mut reader)?.is_some() {
            return Err(changed());
        }
        let mut checking = Checking::default();
        let mut current: Option<HolderOutcomes> = None;
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(|_| changed())? {
            let row = self.row(&record, &checking.scheme);
            let outcome = row.as_ref().ok().and_then(|row| row.outcome.clone());
            checking.add(0, row).map_err(|_| changed())?;
            let Some((holder, pool, outcome)) = outcome else { continue };
            match &mut current {
                Some(known) if known.holder == holder => known.outcomes.push(outcome),
                _ => {
                    let next = HolderOutcomes { holder, pool, outcomes: vec![outcome] };
                    current.replace(next).map_or(Ok(()), &mut each)?;
                }
            }
        }
        current.map_or(Ok(()), each)
    }

    fn reader(&self) -> Result<Reader<File>, Failure> {
        let path = self.path.to_owned();
        let file = File::open(&path);
        let is_file = |file: &File| file.metadata().is_ok_and(|known| known.is_file());
        match file {
            Ok(file) if is_file(&file) => {
                Ok(ReaderBuilder::new().flexible(true).has_headers(false).from_reader(file))
            }
            Ok(_) => {
                let reason = "不是普通文件；结果表要读两遍，请先存成文件".to_owned();
                Err(Failure::Unreadable { path, reason })
            }
            Err(error) => Err(Failure::Read { path, error }),
        }
    }

    /// Reads the header; what is wrong with it.
    fn header(&self, reader: &mut Reader<File>) -> Result<Option<String>, Failure> {
        let mut header = StringRecord::new();
        match reader.read_record(&mut header) {
            Ok(_) if header.iter().eq(COLUMNS) => Ok(None),
            Ok(false) => Ok(Some("文件是空的".to_owned())),
            Ok(true) => {
                let place =
                    (0..COLUMNS.len()).find(|&at| header.get(at) != COLUMNS.get(at).copied());
                let place = place.unwrap_or(COLUMNS.len());
                let expected = COLUMNS.get(place).copied().unwrap_or("（到此为止）");
                let found: String =
                    header.get(place).unwrap_or("（没有）").chars().take(40).collect();
                Ok(Some(format!(
                    "表头第 {} 列应为「{expected}」，现为「{found}」；请用 kangji score 写出的结果表",
                    place + 1
                )))
            }
            Err(error) => self.unread(error).map(Some),
        }
    }

    /// Whether a file begins with a scheme that nobody published: every row would say it again.
    fn unpublished(&self, record: &StringRecord, known: &str) -> Option<String> {
        let scheme = record.get(0).filter(|_| known.is_empty() && record.len() == COLUMNS.len())?;
        let published = self.schemes.iter().flatten().any(|version| version.id == scheme);
        (!published).then(|| row::unpublished(scheme))
    }

    /// What is wrong with a line that is no row of a table.
    fn unread(&self, error: csv::Error) -> Result<String, Failure> {
        match error.into_kind() {
            ErrorKind::Utf8 { .. } => {
                Ok("不是 UTF-8 文字；请用 kangji score 写出的原文件，不要另存".to_owned())
            }
            ErrorKind::Io(error) => Err(Failure::Read { path: self.path.to_owned(), error }),
            _ => Ok("读不成一行表格".to_owned()),
        }
    }

    /// A row, in a file whose first rows are of `scheme`, if there were any.
    fn row(&self, record: &StringRecord, scheme: &str) -> Result<Row, Vec<String>> {
        row::read(record, scheme, self.schemes, self.today)
    }
}

/// What was read so far.
#[derive(Default)]
struct Checking {
    scheme: String,
    holders: HashSet<String>,
    credits: u64,
    last: Option<Holder>,
}

/// The holder whose rows are being read.
struct Holder {
    code: String,
    pool: bool,
    points: Points,
    seen: HashSet<[String; 4]>,
}

impl Checking {
    /// Adds a row; what is wrong with it, on its own or after those before it.
    fn add(&mut self, line: u64, row: Result<Row, Vec<String>>) -> Result<(), Vec<String>> {
        let row = row?;
        if self.scheme.is_empty() {
            self.scheme = row.scheme;
        }
        let Some((code, pool, outcome)) = row.outcome else { return Ok(()) };
        self.credits += 1;
        let last = match self.last.take() {
            Some(last) if last.code == code => self.last.insert(last),
            _ if !self.holders.insert(code.clone()) => {
                let text = format!(
                    "持有人「{code}」的行没有排在一起；结果表按持有人排列，请用没有重新排序的原文件"
                );
                return Err(vec![text]);
            }
            _ => {
                let (points, seen) = (Points::ZERO, HashSet::new());
                self.last.insert(Holder { code, pool, points, seen })
            }
        };
        last.add(line, pool, &outcome)
    }
}

impl Holder {
    fn add(&mut self, line: u64, pool: bool, outcome: &OutcomeRow) -> Result<(), Vec<String>> {
        let OutcomeRow { award, resident, record, period, .. } = outcome;
        let code = &self.code;
        let purpose = [award, resident, record, period].map(Clone::clone);
        if !self.seen.insert(purpose) {
            return Err(vec![format!(
                "与前面一行重复：持有人「{code}」、居民「{resident}」、项目「{award}」、「{record}{period}」"
            )]);
        }
        if pool != self.pool {
            let text =
                format!("持有人「{code}」在前面的行里{}社区", if pool { "不是" } else { "是" });
            return Err(vec![text]);
        }
        match self.points.checked_add(outcome.points) {
            Some(points) => {
                self.points = points;
                Ok(())
            }
            None => {
                Err(vec![format!("到第 {line} 行，持有人「{code}」的积分之和超出可记录的范围")])
            }
        }
    }
}
