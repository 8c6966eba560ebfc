//! The structure of a scheme document: front matter, headings, fenced blocks and their basis.

use std::ops::Range;

use pulldown_cmark::{
    CodeBlockKind, Event, HeadingLevel, MetadataBlockKind, Options, Parser, Tag, TagEnd,
};

use super::{
    fields::Sink,
    problem::{Code, use_one_of},
};

/// The Markdown features of scheme documents, for whoever renders one.
#[must_use]
pub fn markdown_options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
}

/// What a fenced block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// Awards, items, benefits, deductions.
    Rules,
    /// A worked example.
    Example,
}

/// A fenced block that Kangji reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it holds.
    pub kind: BlockKind,
    /// The bytes between the fences.
    pub range: Range<usize>,
    /// The headings above, outermost first.
    pub basis: Vec<String>,
}

pub(super) struct Structure {
    /// The bytes between the `+++` lines.
    pub(super) front: Option<Range<usize>>,
    pub(super) blocks: Vec<Block>,
}

/// Finds the parts of a document. The first-level heading is the document's title and no part of
/// any basis.
pub(super) fn structure(text: &str, sink: &Sink) -> Structure {
    let mut found = Structure { front: None, blocks: Vec::new() };
    let mut headings: Vec<(HeadingLevel, String)> = Vec::new();
    let mut heading: Option<(HeadingLevel, String)> = None;
    let mut block: Option<(BlockKind, Range<usize>, Option<Range<usize>>)> = None;
    let mut in_front = false;
    let mut nesting = 0_usize;

    for (event, range) in Parser::new_ext(text, markdown_options()).into_offset_iter() {
        match event {
            Event::Start(Tag::MetadataBlock(MetadataBlockKind::PlusesStyle)) => in_front = true,
            Event::End(TagEnd::MetadataBlock(_)) => in_front = false,
            Event::Text(_) if in_front => found.front = Some(joined(found.front.as_ref(), range)),
            Event::Start(Tag::Heading { level, .. }) => heading = Some((level, String::new())),
            Event::End(TagEnd::Heading(_)) => {
                if let Some((level, title)) = heading.take() {
                    headings.retain(|(above, _)| *above < level);
                    headings.push((level, title.trim().to_owned()));
                }
            }
            Event::Text(part) | Event::Code(part) if heading.is_some() => {
                if let Some((_, title)) = &mut heading {
                    title.push_str(&part);
                }
            }
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => nesting += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => {
                nesting = nesting.saturating_sub(1);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                block = block_kind(&info, &range, nesting, sink).map(|kind| (kind, range, None));
            }
            Event::Text(_) => {
                if let Some((_, _, content)) = &mut block {
                    *content = Some(joined(content.as_ref(), range));
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((kind, whole, content)) = block.take() {
                    report_if_open(text, &whole, content.as_ref(), sink);
                    let range = content.unwrap_or(whole.end..whole.end);
                    let basis = headings.iter().map(|(_, title)| title.clone());
                    let below_title =
                        headings.first().is_some_and(|(level, _)| *level == HeadingLevel::H1);
                    let basis = basis.skip(usize::from(below_title)).collect();
                    found.blocks.push(Block { kind, range, basis });
                }
            }
            _ => {}
        }
    }
    found
}

fn joined(before: Option<&Range<usize>>, more: Range<usize>) -> Range<usize> {
    before.map_or(more.start, |before| before.start)..more.end
}

fn block_kind(info: &str, range: &Range<usize>, nesting: usize, sink: &Sink) -> Option<BlockKind> {
    let words: Vec<&str> = info.split_whitespace().collect();
    let kind = match words.as_slice() {
        ["toml"] => BlockKind::Rules,
        ["toml", "example"] => BlockKind::Example,
        [first, rest @ ..] if first.eq_ignore_ascii_case("toml") => {
            let rest = rest.join(" ");
            let place = range.start..range.start + 3 + info.len();
            let message = format!("不认识的代码块标记 `{info}`");
            let remedy = match rest.as_str() {
                "" => "写成小写的 `toml`".to_owned(),
                other => use_one_of(other, ["example"]),
            };
            sink.report(Code::Structure, &place, message, remedy);
            return None;
        }
        _ => return None,
    };
    if nesting > 0 {
        let place = range.start..range.start + 3 + info.len();
        let remedy = "把代码块移到引用或列表之外，顶格书写";
        sink.report(Code::Structure, &place, "规则写在了引用或列表里面", remedy);
        return None;
    }
    Some(kind)
}

fn report_if_open(text: &str, whole: &Range<usize>, content: Option<&Range<usize>>, sink: &Sink) {
    let after = content.map_or(whole.start + 3, |content| content.end);
    let tail = text.get(after..whole.end).unwrap_or_default();
    let fence = text.get(whole.clone()).and_then(|text| text.chars().next()).unwrap_or('`');
    if !tail.contains(fence) {
        let place = whole.start..text.len().min(whole.start + 3);
        sink.report(Code::Structure, &place, "代码块没有结束", "在规则后面另起一行写 ```");
    }
}
