//! Writing an award back, key by key.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Before, EditFault,
    fit::{entries, entry, fit, is_inline},
    splice::Splices,
};
use crate::{
    document::{Block, BlockKind, award_keys},
    scheme::Award,
};

/// A table of a document with the block it stands in.
pub(super) struct Placed<'t> {
    /// The block's text.
    pub(super) block: &'t str,
    /// Where it begins in the document.
    pub(super) base: usize,
    /// The table.
    pub(super) table: DeTable<'t>,
    /// Its header in the document.
    pub(super) header: Range<usize>,
    /// How many awards the block holds.
    pub(super) among: usize,
}

/// The document with the award as the target has it.
pub(super) fn edited(before: &Before<'_>, target: &Award) -> Result<String, EditFault> {
    let decimals = before.scheme()?.decimals;
    let old = award_keys(before.award(&target.id)?, decimals, before.words);
    let new = award_keys(target, decimals, before.words);
    let placed = find(before, &target.id)?;
    let mut splices = Splices::of(before.text);
    let keys = old.into_iter().zip(new).map(|((key, was), (_, is))| (key, was != is, is));
    write(&placed, keys.collect(), &mut splices)?;
    Ok(splices.done())
}

/// The award's own table.
pub(super) fn find<'t>(before: &Before<'t>, id: &str) -> Result<Placed<'t>, EditFault> {
    let rules = before.document.blocks.iter().filter(|block| block.kind == BlockKind::Rules);
    for block in rules {
        if let Some(placed) = within(before.text, block, id)? {
            return Ok(placed);
        }
    }
    Err(EditFault::NoAward(id.to_owned()))
}

fn within<'t>(text: &'t str, block: &Block, id: &str) -> Result<Option<Placed<'t>>, EditFault> {
    let source = text.get(block.range.clone()).unwrap_or_default();
    let (whole, errors) = DeTable::parse_recoverable(source);
    let mut whole = whole.into_inner();
    let Some(awards) = whole.get_mut("award").and_then(|all| match all.get_mut() {
        DeValue::Array(awards) => Some(std::mem::replace(awards, toml::de::DeArray::new())),
        _ => None,
    }) else {
        return Ok(None);
    };
    let among = awards.len();
    let has_id = |award: &Spanned<DeValue<'_>>| match award.get_ref() {
        DeValue::Table(table) => table.get("id").and_then(|id| id.get_ref().as_str()) == Some(id),
        _ => false,
    };
    let Some(found) = awards.into_iter().find(has_id) else { return Ok(None) };
    if !errors.is_empty() {
        return Err(EditFault::Broken);
    }
    let (base, span) = (block.range.start, found.span());
    let DeValue::Table(table) = found.into_inner() else { return Ok(None) };
    if !source.get(span.clone()).is_some_and(|header| header.starts_with("[[")) {
        return Err(EditFault::Unusual("award".to_owned()));
    }
    let header = base + span.start..base + span.end;
    Ok(Some(Placed { block: source, base, table, header, among }))
}

/// Writes the keys that differ, of all keys in their order.
pub(super) fn write(
    placed: &Placed<'_>,
    keys: Vec<(&'static str, bool, Option<String>)>,
    splices: &mut Splices<'_>,
) -> Result<(), EditFault> {
    let Placed { block, base, table, header, .. } = placed;
    // Where a key goes that was not there: below the nearest of those that stand before it.
    let mut above = header.end;
    for (key, differs, wanted) in keys {
        let old = entry(table, key);
        let inline = old.is_none_or(|(_, value)| is_inline(block, value));
        match (old, wanted) {
            (None, Some(wanted)) if differs => {
                splices.line_below(above, &format!("{key} = {wanted}"));
            }
            (Some(_), None) if differs && !inline => {
                return Err(EditFault::Unusual(key.to_owned()));
            }
            (Some((name, value)), None) if differs => {
                splices.take_lines(&(base + name.span().start..base + value.span().end));
            }
            (Some((_, value)), Some(wanted)) if differs => {
                fit((block, *base), (key, value), &wanted, splices)?;
            }
            _ => {}
        }
        if let Some((_, value)) = old.filter(|_| inline) {
            above = base + value.span().end;
        }
    }
    Ok(())
}

/// Where the last part of a table ends, in the block.
pub(super) fn end(table: &DeTable<'_>) -> usize {
    let ends = entries(table).into_iter().map(|(_, value)| match value.get_ref() {
        DeValue::Table(table) => value.span().end.max(end(table)),
        DeValue::Array(list) => {
            let inner = list.iter().filter_map(|each| match each.get_ref() {
                DeValue::Table(table) => Some(end(table)),
                _ => None,
            });
            inner.fold(value.span().end, usize::max)
        }
        _ => value.span().end,
    });
    ends.fold(0, usize::max)
}
