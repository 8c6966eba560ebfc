//! Progress on a terminal; silent elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use kangji_exchange::Progress;

const BAR: &str = "{msg} {wide_bar} {percent}% 还需 {eta}";

fn bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(BAR).expect("the template is valid");
    ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr()).with_style(style)
}

/// Reading of tables, by bytes.
pub(crate) struct Reading(Option<ProgressBar>);

impl Reading {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    pub(crate) fn show(&mut self, at: Progress) {
        let bar = self.0.get_or_insert_with(|| bar(at.bytes_in_all));
        bar.set_length(at.bytes_in_all);
        bar.set_position(at.bytes);
        bar.set_message(format!("读入{} {} 行", at.table.label(), at.rows));
    }

    pub(crate) fn finish(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Writing of rows.
pub(crate) struct Writing(ProgressBar);

impl Writing {
    pub(crate) fn new(rows: usize) -> Self {
        Self(bar(rows as u64).with_message("写出结果"))
    }

    pub(crate) fn rows(&self, rows: usize) {
        // Drawing is cheap but not free; a city has millions of rows.
        if rows.is_multiple_of(65_536) {
            self.0.set_position(rows as u64);
        }
    }

    pub(crate) fn finish(self) {
        self.0.finish_and_clear();
    }
}

const COUNTED: &str = "{msg} {wide_bar} {pos}/{len} 每秒 {rate} 还需 {eta}";

/// Things done one after the other, with how many a second.
pub(crate) struct Counting(ProgressBar);

impl Counting {
    pub(crate) fn new(what: &'static str, length: u64) -> Self {
        let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // Where nothing can be written, nothing is shown.
            let _ = write!(out, "{:.0}", state.per_sec());
        };
        let style = ProgressStyle::with_template(COUNTED).expect("the template is valid");
        Self(bar(length).with_style(style.with_key("rate", rate)).with_message(what))
    }

    pub(crate) fn more(&self, done: usize) {
        self.0.inc(done as u64);
    }

    pub(crate) fn finish(self) {
        self.0.finish_and_clear();
    }
}

/// Verifying, of which nobody knows beforehand how long it takes.
pub(crate) struct Verifying(ProgressBar);

impl Verifying {
    pub(crate) fn new() -> Self {
        let style = ProgressStyle::with_template("{spinner} 核验 {pos} 笔 {elapsed}");
        let style = style.expect("the template is valid");
        let target = ProgressDrawTarget::stderr();
        Self(ProgressBar::with_draw_target(None, target).with_style(style))
    }

    pub(crate) fn entries(&self, entries: u64) {
        self.0.set_position(entries);
    }

    pub(crate) fn finish(self) {
        self.0.finish_and_clear();
    }
}
