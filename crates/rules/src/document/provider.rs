//! A provider's own catalogue: `[[item]]` tables alone, in the language of scheme documents.

use kangji_core::vocabulary::Vocabulary;

use super::{
    award::Context,
    check,
    fields::{Fields, Sink},
    in_order, item, parse,
    problem::Problem,
    tables, without_echoes,
};
use crate::scheme::{Item, Scheme};

/// Reads the items of a provider under `scheme`; each rests on `heading` alone. The places of
/// problems are those in `text`, in its order. Where there is a problem, the items are only what
/// could be made out and not to be offered to anybody.
#[must_use]
pub fn read_items(
    text: &str,
    heading: &str,
    scheme: &Scheme,
    words: &Vocabulary,
) -> (Vec<Item>, Vec<Problem>) {
    let sink = Sink::default();
    let whole = 0..text.len();
    let table = parse(text, &whole, &sink);
    let mut fields = Fields::new(&table, whole.clone(), 0, &sink);
    let context = Context { words, decimals: scheme.decimals, block: whole };
    let basis = [heading.to_owned()];
    let read = tables(&mut fields, "item").into_iter().filter_map(|table| {
        let place = table.range.clone();
        Some((item::item(table, &basis, &context)?, place))
    });
    let read: Vec<_> = read.collect();
    fields.finish();
    check::duplicate_ids(read.iter().map(|(item, place)| (item.id.as_str(), place)), &sink);
    let items = read.into_iter().map(|(item, _)| item).collect();
    (items, in_order(text, without_echoes(sink.into_problems())))
}
