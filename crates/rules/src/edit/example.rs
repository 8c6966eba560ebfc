//! Bringing a worked example up to what the rules give.

use toml::de::DeTable;

use super::{Before, EditFault, fit::entry, fit::fit, splice::Splices};
use crate::{document::Example, examples};

/// The document with another sentence of an example, or with the outcomes that the rules give.
pub(super) fn edited(
    before: &Before<'_>,
    (award, number): (&str, usize),
    title: Option<&str>,
    as_scored: bool,
) -> Result<String, EditFault> {
    let missing = || EditFault::NoExample(award.to_owned());
    let mut about = before.document.examples.iter().filter(|example| example.award == award);
    let example = about.nth(number).ok_or_else(missing)?;
    let blocks = before.document.blocks.iter();
    let mut around = blocks.filter(|block| block.range.contains(&example.expect_range.start));
    let range = around.next().ok_or_else(missing)?.range.clone();
    let block = before.text.get(range.clone()).unwrap_or_default();
    let (table, _) = DeTable::parse_recoverable(block);
    let table = table.into_inner();
    let mut splices = Splices::of(before.text);
    let mut set = |key: &str, wanted: &str| {
        let (_, value) = entry(&table, key).ok_or(EditFault::Broken)?;
        fit((block, range.start), (key, value), wanted, &mut splices)
    };
    if let Some(title) = title.filter(|title| *title != example.title) {
        set("title", &crate::document::toml_text(title))?;
    }
    if as_scored {
        set("expect", &expected(before, example)?)?;
    }
    Ok(splices.done())
}

fn expected(before: &Before<'_>, example: &Example) -> Result<String, EditFault> {
    let rows = examples::given(before.scheme()?, example).map_err(EditFault::NotKept)?;
    Ok(format!("[{}]", rows.join(", ")))
}
