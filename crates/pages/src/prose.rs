//! The Markdown of a scheme document as HTML. What stands in a document cannot load, run or link
//! to anything dangerous: raw HTML is shown as text, images as their description. Fenced blocks
//! of rules are handed to whoever can draw them.

use std::{collections::BTreeSet, ops::Range};

use kangji_rules::document::markdown_options;
use maud::Markup;
use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Parser, Tag, TagEnd, html,
};

/// A heading of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// 2 for the headings below the title.
    pub(super) level: u8,
    pub(super) text: String,
    /// The anchor on the page.
    pub(super) id: String,
}

/// A rendered document.
pub(super) struct Prose {
    /// The first heading of the first level; not repeated in `html`.
    pub(super) title: Option<String>,
    pub(super) headings: Vec<Heading>,
    pub(super) html: String,
}

/// Renders a document. `draw` draws the fenced block that covers a range, under a heading of a
/// level; where it returns `None` the block is shown as code. `taken` are anchors in use.
pub(super) fn render(
    text: &str,
    taken: BTreeSet<String>,
    draw: &mut dyn FnMut(Range<usize>, u8) -> Option<Markup>,
) -> Prose {
    let prose = Prose { title: None, headings: Vec::new(), html: String::new() };
    let mut writer = Writer { taken, prose, waiting: Vec::new() };
    let mut events = Parser::new_ext(text, markdown_options()).into_offset_iter();
    while let Some((event, range)) = events.next() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let inside = until(&mut events, |end| matches!(end, TagEnd::Heading(_)));
                writer.heading(level, inside);
            }
            Event::Start(Tag::BlockQuote(kind)) => {
                let inside = until(&mut events, |end| matches!(end, TagEnd::BlockQuote(_)));
                writer.quote(kind, inside);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                let level = writer.prose.headings.last().map_or(1, |heading| heading.level);
                let inside = until(&mut events, |end| matches!(end, TagEnd::CodeBlock));
                match draw(range, level) {
                    Some(drawn) => writer.raw(drawn.into_string()),
                    None => {
                        let kind = CodeBlockKind::Fenced(CowStr::Borrowed(""));
                        writer.waiting.push(Event::Start(Tag::CodeBlock(kind)));
                        writer.waiting.extend(inside);
                        writer.waiting.push(Event::End(TagEnd::CodeBlock));
                    }
                }
            }
            Event::Start(Tag::Table(columns)) => {
                writer.raw("<div class=\"scroll\" tabindex=\"0\">".to_owned());
                writer.waiting.push(Event::Start(Tag::Table(columns)));
            }
            Event::End(TagEnd::Table) => {
                writer.waiting.push(Event::End(TagEnd::Table));
                writer.raw("</div>".to_owned());
            }
            other => writer.waiting.extend(harmless(other)),
        }
    }
    writer.flush();
    writer.prose
}

/// The events up to the matching end, without what could do harm. Of the elements asked for only
/// block quotes nest, and an inner one ends with the outer.
fn until<'t>(
    events: &mut impl Iterator<Item = (Event<'t>, Range<usize>)>,
    is_end: impl Fn(&TagEnd) -> bool,
) -> Vec<Event<'t>> {
    let mut inside = Vec::new();
    let mut depth = 0_usize;
    for (event, _) in events {
        match &event {
            Event::Start(tag) if is_end(&tag.to_end()) => depth += 1,
            Event::End(end) if is_end(end) && depth == 0 => break,
            Event::End(end) if is_end(end) => depth -= 1,
            _ => {}
        }
        inside.extend(harmless(event));
    }
    inside
}

/// An event as it may stand on the page: raw HTML becomes text, images their description, links
/// to anything but pages and mail addresses their text.
fn harmless(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = if link_type == LinkType::Email || is_safe(&dest_url) {
                dest_url
            } else {
                // A link to nowhere keeps its text, and its end has something to close.
                CowStr::Borrowed("#main")
            };
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        other => Some(other),
    }
}

fn is_safe(link: &str) -> bool {
    let link = link.to_ascii_lowercase();
    ["http://", "https://", "mailto:", "#"].iter().any(|start| link.starts_with(start))
}

struct Writer<'t> {
    taken: BTreeSet<String>,
    prose: Prose,
    /// Events that are not written yet.
    waiting: Vec<Event<'t>>,
}

impl<'t> Writer<'t> {
    fn flush(&mut self) {
        html::push_html(&mut self.prose.html, self.waiting.drain(..));
    }

    fn raw(&mut self, html: String) {
        self.waiting.push(Event::Html(html.into()));
    }

    fn heading(&mut self, level: HeadingLevel, inside: Vec<Event<'t>>) {
        let text = plain(&inside);
        if level == HeadingLevel::H1 && self.prose.title.is_none() {
            self.prose.title = Some(text);
            return;
        }
        // The page has one heading of the first level, its title.
        let level = level.max(HeadingLevel::H2);
        let id = self.anchor(&text);
        let start = Tag::Heading {
            level,
            id: Some(id.clone().into()),
            classes: Vec::new(),
            attrs: Vec::new(),
        };
        self.waiting.push(Event::Start(start));
        self.waiting.extend(inside);
        self.waiting.push(Event::End(TagEnd::Heading(level)));
        self.prose.headings.push(Heading { level: level as u8, text, id });
    }

    /// A quote that begins with 待确认 is an open question and gets a badge.
    fn quote(&mut self, kind: Option<pulldown_cmark::BlockQuoteKind>, mut inside: Vec<Event<'t>>) {
        let first = inside.iter_mut().find_map(|event| match event {
            Event::Text(text) => Some(text),
            _ => None,
        });
        let question = first.and_then(|text| {
            let rest = text.strip_prefix("待确认")?.trim_start_matches(['：', ':', ' ']);
            let rest = CowStr::from(rest.to_owned());
            *text = rest;
            Some(())
        });
        if question.is_some() {
            self.raw(
                "<div class=\"open\" role=\"note\"><strong class=\"badge\">待确认</strong>".into(),
            );
            self.waiting.extend(inside);
            self.raw("</div>\n".to_owned());
        } else {
            self.waiting.push(Event::Start(Tag::BlockQuote(kind)));
            self.waiting.extend(inside);
            self.waiting.push(Event::End(TagEnd::BlockQuote(kind)));
        }
    }

    /// An anchor made of the heading's letters and digits, numbered where it is taken.
    fn anchor(&mut self, text: &str) -> String {
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let plain = if words.is_empty() { "section".to_owned() } else { words.join("-") };
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered);
        let free = free.into_iter().find(|id| !self.taken.contains(id));
        let id = free.expect("numbers do not run out");
        self.taken.insert(id.clone());
        id
    }
}

/// The text of a heading without its markup.
fn plain(events: &[Event<'_>]) -> String {
    let parts = events.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
        _ => None,
    });
    parts.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prose(text: &str) -> Prose {
        render(text, BTreeSet::from(["main".to_owned()]), &mut |_, _| None)
    }

    #[test]
    fn a_document_cannot_bring_its_own_html() {
        let text = "# 标题\n\n<script>alert(1)</script>\n\n好<b onclick=x>的</b>\n\n\
                    ![图](http://x/y.png)\n\n[点](javascript:alert(1)) [信](mailto:a@b.cn) \
                    <a@b.cn> [下](#附件1)";
        let page = prose(text);
        assert_eq!(page.title.as_deref(), Some("标题"));
        for bad in ["<script", "<b ", "<img", "javascript:", "<h1"] {
            assert!(!page.html.contains(bad), "{bad} in {}", page.html);
        }
        for good in ["&lt;script&gt;", "图", "mailto:a@b.cn", "href=\"#%E9%99%84%E4%BB%B61\""] {
            assert!(page.html.contains(good), "{good} in {}", page.html);
        }
    }

    #[test]
    fn headings_have_anchors_of_their_own() {
        let page = prose("# 题\n\n## 附件1 `目录`\n\n## 附件1 目录\n\n# main\n\n## ——\n");
        let ids: Vec<(u8, &str)> =
            page.headings.iter().map(|heading| (heading.level, heading.id.as_str())).collect();
        assert_eq!(ids, [(2, "附件1-目录"), (2, "附件1-目录-2"), (2, "main-2"), (2, "section")]);
    }

    #[test]
    fn open_questions_get_a_badge() {
        let page = prose("> 待确认：怎么算。\n\n> 别的话\n");
        assert!(page.html.contains("待确认</strong>"), "{}", page.html);
        assert!(page.html.contains("<p>怎么算。</p>"), "{}", page.html);
        assert!(page.html.contains("<blockquote>\n<p>别的话</p>"));
    }

    #[test]
    fn blocks_that_nobody_draws_are_code() {
        let page = prose("```toml\na = \"<b>\"\n```\n");
        assert!(page.html.contains("<pre><code>a = \"&lt;b&gt;\""), "{}", page.html);
    }
}
