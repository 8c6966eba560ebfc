//! Writing what holds for the whole scheme back into the front matter.

use toml::de::DeTable;

use super::{Before, EditFault, award, splice::Splices};
use crate::document::{Terms, front_keys};

/// The document with these terms.
pub(super) fn edited(before: &Before<'_>, terms: &Terms) -> Result<String, EditFault> {
    let scheme = before.scheme()?;
    let range = before.document.front.clone().ok_or(EditFault::Broken)?;
    let block = before.text.get(range.clone()).unwrap_or_default();
    let (table, errors) = DeTable::parse_recoverable(block);
    if !errors.is_empty() {
        return Err(EditFault::Broken);
    }
    let table = table.into_inner();
    let placed = award::Placed {
        block,
        base: range.start,
        table,
        header: range.start..range.start,
        among: 1,
    };
    let old = front_keys(&Terms::of(scheme), scheme.decimals);
    let new = front_keys(terms, scheme.decimals);
    let keys = old.into_iter().zip(new).map(|((key, was), (_, is))| (key, was != is, is));
    let mut splices = Splices::of(before.text);
    award::write(&placed, keys.collect(), &mut splices)?;
    Ok(splices.done())
}
