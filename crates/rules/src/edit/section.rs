//! New awards under a heading, and awards that go with their examples.

use kangji_core::vocabulary::Vocabulary;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use toml::de::DeTable;

use super::{
    Before, EditFault, award,
    splice::{Splices, line_end, line_start},
};
use crate::{
    document::{Block, BlockKind, award_keys, markdown_options},
    scheme::{Award, Scheme},
};

/// A heading of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Its level, from 1.
    pub level: u8,
    /// It and those above it, outermost first, as they are the basis of what stands below.
    pub path: Vec<String>,
    /// The first byte of its line.
    pub start: usize,
}

/// The headings of a document below its title, in the order of the text.
#[must_use]
pub fn headings(text: &str) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let mut above: Vec<(u8, String)> = Vec::new();
    let mut open: Option<(u8, usize, String)> = None;
    for (event, range) in Parser::new_ext(text, markdown_options()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                open = Some((level as u8, range.start, String::new()));
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, _, title)) = &mut open {
                    title.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let Some((level, start, title)) = open.take() else { continue };
                above.retain(|(of, _)| *of < level);
                above.push((level, title.trim().to_owned()));
                let below_title = above.first().is_some_and(|(level, _)| *level == 1);
                let path = above.iter().skip(usize::from(below_title));
                let path: Vec<String> = path.map(|(_, title)| title.clone()).collect();
                if !path.is_empty() {
                    found.push(Heading { level, path, start });
                }
            }
            _ => {}
        }
    }
    found
}

/// The document with a new award at the end of the section it belongs to.
pub(super) fn with(before: &Before<'_>, award: &Award, prose: &str) -> Result<String, EditFault> {
    let scheme = before.scheme()?;
    if scheme.award(&award.id).is_some() {
        return Err(EditFault::Taken(award.id.clone()));
    }
    let (own, parent) = award.basis.split_last().ok_or(EditFault::Broken)?;
    let all = headings(before.text);
    let missing = || EditFault::NoHeading(parent.join(" › "));
    let at = all.iter().position(|heading| heading.path == parent).ok_or_else(missing)?;
    let level = all.get(at).map(|heading| heading.level).ok_or_else(missing)?;
    let after = all.get(at + 1..).unwrap_or_default();
    let end = after.iter().position(|heading| heading.level <= level).unwrap_or(after.len());
    let place = after.get(end).map_or(before.text.len(), |heading| heading.start);
    let child = after.get(..end).unwrap_or_default().first().map(|heading| heading.level);
    let hashes = "#".repeat(usize::from(child.unwrap_or(level + 1).min(6)));
    let rule = rule_text(award, scheme, before.words);
    let mut section = format!("{hashes} {own}\n\n{}\n\n{rule}\n", prose.trim());
    let so_far = before.text.get(..place).unwrap_or_default();
    let breaks = so_far.chars().rev().take_while(|c| matches!(c, '\n' | '\r'));
    let breaks = breaks.filter(|c| *c == '\n').count();
    section.insert_str(0, ["\n\n", "\n", ""].get(breaks.min(2)).copied().unwrap_or_default());
    if before.text.contains("\r\n") {
        section = section.replace('\n', "\r\n");
    }
    let mut splices = Splices::of(before.text);
    splices.replace(place..place, section);
    Ok(splices.done())
}

/// The award as a block of rules.
fn rule_text(award: &Award, scheme: &Scheme, words: &Vocabulary) -> String {
    let keys = award_keys(award, scheme.decimals, words).into_iter();
    let lines = keys.filter_map(|(key, value)| Some(format!("{key} = {}\n", value?)));
    format!("```toml\n[[award]]\n{}```\n", lines.collect::<String>())
}

/// The document without an award and its examples.
pub(super) fn without(before: &Before<'_>, id: &str) -> Result<String, EditFault> {
    let text = before.text;
    let placed = award::find(before, id)?;
    let mut splices = Splices::of(text);
    for block in &before.document.blocks {
        let source = text.get(block.range.clone()).unwrap_or_default();
        let is_own = match block.kind {
            BlockKind::Rules => block.range.start == placed.base && is_alone(&placed),
            BlockKind::Example => is_about(source, id),
        };
        if is_own {
            splices.replace(fenced(text, block), String::new());
        }
    }
    if !is_alone(&placed) {
        let end = placed.base + award::end(&placed.table);
        splices.take_lines(&(placed.header.start..end));
    }
    Ok(splices.done())
}

/// Whether a block holds nothing but the award.
fn is_alone(placed: &award::Placed<'_>) -> bool {
    let (whole, _) = DeTable::parse_recoverable(placed.block);
    placed.among == 1 && whole.get_ref().len() == 1
}

fn is_about(source: &str, id: &str) -> bool {
    let (table, _) = DeTable::parse_recoverable(source);
    table.get_ref().get("award").and_then(|award| award.get_ref().as_str()) == Some(id)
}

/// A block with its fences, and the empty line below it.
fn fenced(text: &str, block: &Block) -> std::ops::Range<usize> {
    let start = line_start(text, block.range.start.saturating_sub(1));
    let end = line_end(text, block.range.end);
    let next = line_end(text, end);
    let is_empty = text.get(end..next).is_some_and(|line| line.trim().is_empty());
    start..if is_empty { next } else { end }
}
