//! Progress on a terminal; silent elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
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
