//! Dated lists: `;`-separated items `value`, `value@from`, `value@..to` or `value@from..to`, both
//! days included. One `;` at the end is tolerated, because exports write it. Knows no column.

use kangji_core::{Day, DayRange, tables::Dated};

use crate::{reason::Reason, rows::trim, value};

/// More items than anybody has; a bound for what one row can cost.
const ITEMS_MAX: usize = 100;

/// A refused item, or the whole list.
pub(crate) type Refused<'a> = (&'a str, Reason);

/// Reads a list into `into`, which is emptied first. `read` reads the value of an item.
pub(crate) fn read<'a, T>(
    cell: &'a str,
    into: &mut Vec<Dated<T>>,
    mut read: impl FnMut(&'a str) -> Result<T, Reason>,
) -> Result<(), Refused<'a>> {
    into.clear();
    if cell.is_empty() {
        return Ok(());
    }
    for item in cell.strip_suffix(';').unwrap_or(cell).split(';') {
        if into.len() == ITEMS_MAX {
            return Err((cell, Reason::TooManyDated));
        }
        let item = trim(item);
        let dated = dated(item, &mut read).map_err(|reason| (item, reason))?;
        into.push(dated);
    }
    Ok(())
}

fn dated<'a, T>(
    item: &'a str,
    read: &mut impl FnMut(&'a str) -> Result<T, Reason>,
) -> Result<Dated<T>, Reason> {
    // Full-width signs would otherwise make the rest of the list part of a word.
    if item.contains(['；', '＠']) {
        return Err(Reason::DatedForm);
    }
    let (word, dates) = match item.split_once('@') {
        None => (item, None),
        Some((word, dates)) => (trim(word), Some(trim(dates))),
    };
    if word.is_empty() {
        return Err(Reason::DatedForm);
    }
    let days = dates.map_or(Ok(DayRange::ALWAYS), range)?;
    Ok((read(word)?, days))
}

fn range(dates: &str) -> Result<DayRange, Reason> {
    let (from, to) = match dates.split_once("..") {
        None => (value::required(dates, value::day), Ok(Day::LAST)),
        Some((from, to)) => (
            value::optional(trim(from), value::day).map(|from| from.unwrap_or(Day::FIRST)),
            value::required(trim(to), value::day),
        ),
    };
    let form = |reason| if reason == Reason::Empty { Reason::DatedForm } else { reason };
    let days = DayRange { from: from.map_err(form)?, to: to.map_err(form)? };
    if days.is_empty() { Err(Reason::EndsBeforeItBegins) } else { Ok(days) }
}

/// The first day on which two items hold.
pub(crate) fn first_overlap<T>(list: &[Dated<T>]) -> Option<Day> {
    let mut ranges: Vec<DayRange> = list.iter().map(|dated| dated.1).collect();
    ranges.sort_unstable_by_key(|days| days.from);
    let next = ranges.iter().skip(1);
    ranges.iter().zip(next).find(|(days, next)| days.contains(next.from)).map(|(_, next)| next.from)
}
