//! Rows that share an id or key which must be unique. All of them are refused, so that what is
//! accepted never depends on the order of rows. Knows no values.

use kangji_core::Sym;
use rustc_hash::FxHashMap;

use crate::{
    reason::Reason,
    report::{Faults, REFUSED_ROWS_LISTED_MAX, RefusedRow},
    rows::{Lines, Rows},
};

/// How often a key was seen, in four bytes: not yet, in one row, or in several.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen(u32);

impl Seen {
    const SEVERAL: u32 = 1 << 31;

    pub(crate) const fn is_repeated(self) -> bool {
        self.0 & Self::SEVERAL != 0
    }
}

/// The rows of a table that repeat a key: the number of each, with that of another one.
#[derive(Default)]
pub(crate) struct Repeats(Vec<(u32, u32)>);

impl Repeats {
    /// Notes that row `number`, from 1 and below 2³¹, has the key that `seen` belongs to.
    pub(crate) fn note(&mut self, seen: &mut Seen, number: u32) {
        if seen.0 == 0 {
            seen.0 = number;
            return;
        }
        let first = seen.0 & !Seen::SEVERAL;
        if !seen.is_repeated() {
            self.0.push((first, number));
            seen.0 |= Seen::SEVERAL;
        }
        self.0.push((number, first));
    }

    /// Adds the repeated rows to the `refused` ones. Their lines and cells are read from `text`
    /// once more: which rows they are is known only at the end, and nothing is kept until then.
    pub(crate) fn list(self, text: &str, key: &[(&str, usize)], refused: &mut Vec<RefusedRow>) {
        let mut repeats = self.0;
        if repeats.is_empty() {
            return;
        }
        repeats.sort_unstable();
        let mut wanted = repeats.into_iter().peekable();
        let (mut rows, mut lines, mut number) = (Rows::below_header(text), Lines::new(text), 0_u32);
        let mut line_of: FxHashMap<u32, u64> = FxHashMap::default();
        let mut found: Vec<(u32, RefusedRow)> = Vec::new();
        while let Some(row) = rows.next() {
            if wanted.peek().is_none() {
                break;
            }
            number = number.saturating_add(u32::from(!row.is_blank()));
            let Some((_, other)) = wanted.next_if(|repeat| repeat.0 == number) else { continue };
            let line = lines.line_of(row.start);
            line_of.insert(number, line);
            if found.len() < REFUSED_ROWS_LISTED_MAX {
                let cells = row.cells().collect();
                found.push((other, RefusedRow { line, faults: Vec::new(), cells }));
            }
        }
        let columns: Vec<&str> = key.iter().map(|(column, _)| *column).collect();
        let column = columns.join(" ");
        for (other, row) in &mut found {
            let cells = key.iter().filter_map(|&(_, place)| row.cells.get(place));
            let value = cells.collect::<Vec<_>>().join(" ");
            let other_line = line_of.get(other).copied().unwrap_or_default();
            let mut faults = Faults::default();
            faults.add(Some(&column), &value, Reason::Repeated { other_line });
            row.faults = faults.take();
        }
        merge(refused, found.into_iter().map(|(_, row)| row));
    }
}

/// Merges rows into rows, both in the order of the file; a row in both keeps all its faults.
fn merge(refused: &mut Vec<RefusedRow>, more: impl Iterator<Item = RefusedRow>) {
    let mut rows: Vec<RefusedRow> = Vec::with_capacity(refused.len());
    let mut before = std::mem::take(refused).into_iter().peekable();
    for mut row in more {
        while let Some(earlier) = before.next_if(|earlier| earlier.line < row.line) {
            rows.push(earlier);
        }
        if let Some(same) = before.next_if(|same| same.line == row.line) {
            row.faults.extend(same.faults);
        }
        rows.push(row);
    }
    rows.extend(before);
    rows.truncate(REFUSED_ROWS_LISTED_MAX);
    *refused = rows;
}

/// Which ids of a table were seen. Symbols are dense, so a list with a place for each is smaller
/// and faster than a map.
#[derive(Default)]
pub(crate) struct Ids {
    seen: Vec<Seen>,
    repeats: Repeats,
}

impl Ids {
    /// Notes that row `number` has the id.
    pub(crate) fn note(&mut self, id: Sym, number: u32) {
        if self.seen.len() <= id.index() {
            self.seen.resize(id.index() + 1, Seen::default());
        }
        if let Some(seen) = self.seen.get_mut(id.index()) {
            self.repeats.note(seen, number);
        }
    }

    /// Whether several rows have the id.
    pub(crate) fn is_repeated(&self, id: Sym) -> bool {
        self.seen.get(id.index()).is_some_and(|seen| seen.is_repeated())
    }

    /// Whether several rows share any id at all.
    pub(crate) fn any_is_repeated(&self) -> bool {
        !self.repeats.0.is_empty()
    }

    pub(crate) fn into_repeats(self) -> Repeats {
        self.repeats
    }
}
