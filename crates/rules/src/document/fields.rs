//! Reading TOML tables key by key, with every problem noted and its place kept.
//!
//! A reader asks a table for each key it knows and ends with [`Fields::finish`], which reports
//! the keys nobody asked for. Nothing here knows what a scheme is.

use std::{cell::RefCell, collections::BTreeSet, ops::Range};

use kangji_core::{Day, DayRange, Decimal, Span};
use toml::de::{DeTable, DeValue};

use super::problem::{Code, Problem, use_one_of};

/// The problems found so far, and what the readers share.
#[derive(Default)]
pub(super) struct Sink {
    problems: RefCell<Vec<Problem>>,
    /// Where the block that is being read has syntax errors, and where its tables begin.
    broken: RefCell<Broken>,
}

#[derive(Default)]
struct Broken {
    errors: Vec<usize>,
    headers: Vec<usize>,
}

impl Sink {
    pub(super) fn report(
        &self,
        code: Code,
        range: &Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (message, remedy) = (message.into(), remedy.into());
        self.problems.borrow_mut().push(Problem { code, range: range.clone(), message, remedy });
    }

    /// Notes where the block at `range` of `text` has syntax errors.
    pub(super) fn set_broken(&self, text: &str, range: &Range<usize>, errors: Vec<usize>) {
        let block = text.get(range.clone()).unwrap_or_default();
        let lines = block.split_inclusive('\n').scan(range.start, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        });
        let headers = lines.filter(|(_, line)| line.trim_start().starts_with('['));
        *self.broken.borrow_mut() =
            Broken { errors, headers: headers.map(|(start, _)| start).collect() };
    }

    /// Whether a syntax error lies in the table at `range`: then what it seems to lack may
    /// stand in the broken part.
    fn is_broken(&self, range: &Range<usize>) -> bool {
        let Broken { errors, headers } = &*self.broken.borrow();
        // The range of a table with a header is the header; its keys go on to the next one.
        let next = headers.iter().copied().find(|header| *header > range.start);
        let end = next.unwrap_or(usize::MAX).max(range.end);
        errors.iter().any(|error| (range.start..=end).contains(error))
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    pub(super) fn count(&self) -> usize {
        self.problems.borrow().len()
    }
}

/// A value with its place in the document.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a DeValue<'a>,
    pub(super) range: Range<usize>,
    base: usize,
    sink: &'a Sink,
}

/// A table whose keys are being read.
pub(super) struct Fields<'a> {
    table: &'a DeTable<'a>,
    pub(super) range: Range<usize>,
    base: usize,
    pub(super) sink: &'a Sink,
    asked: BTreeSet<&'static str>,
}

fn place(base: usize, range: &Range<usize>) -> Range<usize> {
    base + range.start..base + range.end
}

impl<'a> Fields<'a> {
    /// The whole of a block; `base` is where its text begins in the document.
    pub(super) fn new(
        table: &'a DeTable<'a>,
        range: Range<usize>,
        base: usize,
        sink: &'a Sink,
    ) -> Self {
        Self { table, range, base, sink, asked: BTreeSet::new() }
    }

    /// The value of `key`, if it is there.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Node<'a>> {
        self.asked.insert(key);
        self.table.get(key).map(|value| Node {
            value: value.get_ref(),
            range: place(self.base, &value.span()),
            base: self.base,
            sink: self.sink,
        })
    }

    /// The value of `key`; its absence is reported with `remedy`.
    pub(super) fn need(&mut self, key: &'static str, remedy: &str) -> Option<Node<'a>> {
        let node = self.get(key);
        if node.is_none() && !self.is_broken() {
            self.report(Code::MissingKey, format!("缺少 `{key}`"), remedy);
        }
        node
    }

    /// Whether what the table lacks may stand in a part that is no TOML.
    pub(super) fn is_broken(&self) -> bool {
        self.sink.is_broken(&self.range)
    }

    /// Reports a problem of the table as a whole.
    pub(super) fn report(&self, code: Code, message: impl Into<String>, remedy: impl Into<String>) {
        self.sink.report(code, &self.range, message, remedy);
    }

    /// All keys with their values, for tables whose keys are names of things.
    pub(super) fn entries(&self) -> Vec<(&'a str, Range<usize>, Node<'a>)> {
        let entry = |(key, value): (&'a toml::Spanned<_>, &'a toml::Spanned<DeValue<'a>>)| {
            let key: &'a toml::Spanned<std::borrow::Cow<'a, str>> = key;
            let node = Node {
                value: value.get_ref(),
                range: place(self.base, &value.span()),
                base: self.base,
                sink: self.sink,
            };
            (key.get_ref().as_ref(), place(self.base, &key.span()), node)
        };
        let mut entries: Vec<_> = self.table.iter().map(entry).collect();
        entries.sort_by_key(|(_, range, _)| range.start);
        entries
    }

    /// Reports the keys that were not asked for.
    pub(super) fn finish(self) {
        self.finish_after(&[]);
    }

    /// Like [`Fields::finish`]; for keys of earlier documents the remedy is what replaced them.
    pub(super) fn finish_after(self, former: &[(&str, &str)]) {
        for (key, range, _) in self.entries() {
            if !self.asked.contains(key) {
                let replaced = former.iter().find(|(old, _)| *old == key);
                let remedy = replaced.map_or_else(
                    || use_one_of(key, self.asked.iter().copied()),
                    |(_, remedy)| (*remedy).to_owned(),
                );
                let message = format!("这里不认识 `{key}` 这个键");
                self.sink.report(Code::UnknownKey, &range, message, remedy);
            }
        }
    }
}

impl<'a> Node<'a> {
    /// Reports a problem of this value.
    pub(super) fn report(&self, code: Code, message: impl Into<String>, remedy: impl Into<String>) {
        self.sink.report(code, &self.range, message, remedy);
    }

    /// Reports a problem of the key that has this value.
    pub(super) fn report_at(
        &self,
        key: &Range<usize>,
        code: Code,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.sink.report(code, key, message, remedy);
    }

    /// How many problems were found so far.
    pub(super) fn sink_count(&self) -> usize {
        self.sink.count()
    }

    fn wrong_type<T>(&self, wanted: &str, example: &str) -> Option<T> {
        let found = match self.value {
            DeValue::String(_) => "文字",
            DeValue::Integer(_) => "整数",
            DeValue::Float(_) => "小数",
            DeValue::Boolean(_) => "true/false",
            DeValue::Datetime(_) => "日期或时间",
            DeValue::Array(_) => "列表",
            DeValue::Table(_) => "表",
        };
        let message = format!("这里应是{wanted}，现在是{found}");
        self.report(Code::WrongType, message, format!("写成 {example}"));
        None
    }

    /// A text that is not blank.
    pub(super) fn text(&self) -> Option<&'a str> {
        let DeValue::String(text) = self.value else {
            return self.wrong_type("文字", "\"…\"");
        };
        if text.trim().is_empty() {
            self.report(Code::BadValue, "文字是空的", "写出内容，或删去这个键");
            return None;
        }
        Some(text.as_ref())
    }

    /// One of a closed list of words.
    pub(super) fn word<T: Copy>(&self, what: &str, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let remedy = use_one_of(text, words.iter().map(|(word, _)| *word));
            self.report(Code::UnknownWord, format!("没有 `{text}` 这种{what}"), remedy);
        }
        found
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type(" true 或 false", "true"),
        }
    }

    /// An exact decimal number, taken from the text as written.
    pub(super) fn decimal(&self) -> Option<Decimal> {
        let text = match self.value {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => return self.wrong_type("数", "10 或 0.65"),
        };
        let text = text.replace('_', "");
        let decimal = text.parse();
        if decimal.is_err() {
            let message = format!("`{text}` 不是可用的数");
            self.report(Code::BadValue, message, "写成普通小数，小数点后至多九位");
        }
        decimal.ok()
    }

    /// A whole number from 1 on.
    pub(super) fn count(&self) -> Option<u32> {
        let count = self.whole()?;
        if count == 0 {
            self.report(Code::EmptyRange, "这里不能是 0", "写 1 或更大的整数");
            return None;
        }
        Some(count)
    }

    /// A whole number from 0 on.
    pub(super) fn whole(&self) -> Option<u32> {
        let DeValue::Integer(number) = self.value else {
            return self.wrong_type("整数", "2");
        };
        let whole = number.as_str().replace('_', "").parse().ok().filter(|_| number.radix() == 10);
        if whole.is_none() {
            let message = format!("`{number}` 不是可用的整数");
            self.report(Code::BadValue, message, "写 0 到 4294967295 之间的十进制整数");
        }
        whole
    }

    pub(super) fn day(&self) -> Option<Day> {
        let text = match self.value {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(value) if value.time.is_none() => value.to_string(),
            _ => return self.wrong_type("日期", "2026-01-01"),
        };
        let day = text.parse();
        if day.is_err() {
            self.report(Code::BadValue, format!("`{text}` 不是日历上的一天"), "写成 2026-01-01");
        }
        day.ok()
    }

    pub(super) fn span(&self) -> Option<Span> {
        let text = self.text()?;
        let span = text.parse().ok();
        if span.is_none() {
            let message = format!("`{text}` 不是一段时间");
            self.report(Code::BadValue, message, "写成 \"2 years\"、\"6 months\" 或 \"31 days\"");
        }
        span
    }

    /// `{ from, to }`, both included; without `to` for ever, without `from` from the beginning.
    pub(super) fn day_range(&self) -> Option<DayRange> {
        let mut fields = self.fields("{ from = 2026-01-01, to = 2026-12-31 }")?;
        let before = fields.sink.count();
        let from = fields.need("from", "写出第一天，如 from = 2026-01-01").and_then(|n| n.day());
        let to = fields.get("to").map(|node| node.day());
        let good = fields.sink.count() == before;
        fields.finish();
        let range = DayRange { from: from?, to: to.map_or(Some(Day::LAST), |to| to)? };
        if good && range.is_empty() {
            let message = format!("{} 在 {} 之前，没有一天在其中", range.to, range.from);
            self.report(Code::EmptyRange, message, "让 to 不早于 from");
            return None;
        }
        good.then_some(range)
    }

    /// The values of a list that is not empty; a single value counts as a list of one.
    pub(super) fn one_or_more(&self) -> Vec<Node<'a>> {
        match self.value {
            DeValue::Array(_) => self.list(),
            _ => vec![self.clone()],
        }
    }

    /// The values of a list; a single value counts as a list of one.
    pub(super) fn list_or_one(&self) -> Vec<Node<'a>> {
        match self.value {
            DeValue::Array(_) => self.list_or_empty(),
            _ => vec![self.clone()],
        }
    }

    /// The values of a list that is not empty.
    pub(super) fn list(&self) -> Vec<Node<'a>> {
        let nodes = self.list_or_empty();
        if nodes.is_empty() && matches!(self.value, DeValue::Array(_)) {
            self.report(Code::EmptyRange, "列表是空的", "写出至少一项，或删去这个键");
        }
        nodes
    }

    /// The values of a list.
    pub(super) fn list_or_empty(&self) -> Vec<Node<'a>> {
        let DeValue::Array(array) = self.value else {
            return self.wrong_type("列表", "[ … ]").unwrap_or_default();
        };
        let node = |value: &'a toml::Spanned<DeValue<'a>>| Node {
            value: value.get_ref(),
            range: place(self.base, &value.span()),
            base: self.base,
            sink: self.sink,
        };
        array.iter().map(node).collect()
    }

    /// The keys of a table; `example` shows what was wanted.
    pub(super) fn fields(&self, example: &str) -> Option<Fields<'a>> {
        match self.value {
            DeValue::Table(table) => {
                Some(Fields::new(table, self.range.clone(), self.base, self.sink))
            }
            _ => self.wrong_type("表", example),
        }
    }
}
