//! Replacing parts of a text, with every other byte as it was.

use std::ops::Range;

/// Parts of a text and what takes their place.
pub(super) struct Splices<'t> {
    text: &'t str,
    all: Vec<(Range<usize>, String)>,
}

impl<'t> Splices<'t> {
    pub(super) const fn of(text: &'t str) -> Self {
        Self { text, all: Vec::new() }
    }

    pub(super) fn replace(&mut self, range: Range<usize>, with: String) {
        self.all.push((range, with));
    }

    /// Takes out the lines on which a part stands.
    pub(super) fn take_lines(&mut self, part: &Range<usize>) {
        let lines = line_start(self.text, part.start)..line_end(self.text, part.end);
        self.all.push((lines, String::new()));
    }

    /// Puts a line below the one that holds a byte.
    pub(super) fn line_below(&mut self, byte: usize, line: &str) {
        let at = line_end(self.text, byte);
        self.all.push((at..at, format!("{line}{}", eol(self.text, byte))));
    }

    /// The text with all of them. What stands at one place stays in the order in which it came.
    pub(super) fn done(mut self) -> String {
        self.all.sort_by_key(|(range, _)| (range.start, range.end));
        let mut made = String::with_capacity(self.text.len());
        let mut at = 0;
        for (range, with) in &self.all {
            made.push_str(self.text.get(at..range.start).unwrap_or_default());
            made.push_str(with);
            at = at.max(range.end);
        }
        made.push_str(self.text.get(at..).unwrap_or_default());
        made
    }
}

/// Where the line of a byte begins.
pub(super) fn line_start(text: &str, byte: usize) -> usize {
    text.get(..byte).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// Where the line of a byte ends, with its line end.
pub(super) fn line_end(text: &str, byte: usize) -> usize {
    let rest = text.get(byte..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |newline| byte + newline + 1)
}

/// How lines end there.
pub(super) fn eol(text: &str, byte: usize) -> &'static str {
    let line = text.get(..line_end(text, byte)).unwrap_or_default();
    if line.ends_with("\r\n") { "\r\n" } else { "\n" }
}
