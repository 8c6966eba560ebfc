//! A scheme as residents read it: its own words, and under each clause the rule that carries it
//! out as a plain sentence, with the examples the document is checked by.

use std::{collections::BTreeSet, ops::Range};

use kangji_core::{Day, vocabulary::Vocabulary};
use kangji_rules::{
    document::{BlockKind, Document},
    scheme::{Award, Scheme},
    words::{date, holder_label, redemption_sentence, voucher_sentence},
};
use maud::{Markup, PreEscaped, html};

use super::{
    award_card::{award_anchor, award_card, source},
    catalogue,
    example_box::example_box,
    layout,
    prose::{self, Heading},
    wording::{award_points, expiry_text},
};

#[cfg(test)]
mod tests;

/// What the page of a scheme says below its title, to stand on another page: it has headings from
/// the second level on, and needs an element with the id `main` around it.
#[derive(Clone, Debug)]
pub struct SchemeBody {
    /// The title of the document.
    pub title: String,
    /// The facts, the awards, the contents and the document with its rules as sentences.
    pub html: Markup,
}

/// The page of a checked scheme. `document_text` is the text that `document` was read from.
#[must_use]
pub fn scheme_page(
    document_text: &str,
    document: &Document,
    scheme: &Scheme,
    words: &Vocabulary,
) -> String {
    let SchemeBody { title, html } = scheme_body(document_text, document, scheme, words);
    let body = html! {
        header.top {
            p.issuer { (scheme.issuer) }
            h1 { (title) }
        }
        main id="main" { (html) }
        footer {
            p { (scheme.issuer) "。版本指纹 " span.digest { (scheme.digest_text()) } }
        }
    };
    layout::page(&title, "scheme", &body)
}

/// What that page says, without the frame and the style.
#[must_use]
pub fn scheme_body(
    document_text: &str,
    document: &Document,
    scheme: &Scheme,
    words: &Vocabulary,
) -> SchemeBody {
    let blocks = Blocks { text: document_text, document, scheme, words };
    let own = ["main", "facts", "awards", "contents"].map(str::to_owned);
    let awards = scheme.awards.iter().map(|award| award_anchor(&award.id));
    let anchors = awards.chain(scheme.items.iter().map(catalogue::item_anchor));
    let taken: BTreeSet<String> = own.into_iter().chain(anchors).collect();
    let prose = prose::render(document_text, taken, &mut |range, level| blocks.draw(&range, level));
    let title = prose.title.clone().unwrap_or_else(|| scheme.title.clone());
    let html = html! {
        (facts(scheme))
        (summary(scheme, words))
        (contents(&prose.headings))
        div.prose { (PreEscaped(&prose.html)) }
    };
    SchemeBody { title, html }
}

/// The facts of the front matter.
fn facts(scheme: &Scheme) -> Markup {
    let (from, to) = (scheme.in_force.from, scheme.in_force.to);
    let digest: String = scheme.digest_text().chars().take(12).collect();
    html! {
        section aria-labelledby="facts" {
            h2 id="facts" { "这份方案" }
            table.facts {
                caption.quiet { "发布和施行" }
                tbody {
                    tr { th scope="row" { "发布机关" } td { (scheme.issuer) } }
                    tr {
                        th scope="row" { "辖区" }
                        td { "区划代码 " (scheme.division) }
                    }
                    tr {
                        th scope="row" { "施行日期" }
                        td {
                            (date(from))
                            @if to == Day::LAST { "起" } @else { " 到 " (date(to)) }
                        }
                    }
                    tr { th scope="row" { "积分有效期" } td { (expiry_text(scheme.expiry)) } }
                    @if let Some(least) = scheme.redeem_minimum {
                        tr {
                            th scope="row" { "开始兑换" }
                            td { "可兑换积分满" (scheme.decimals.short(least)) "分" }
                        }
                    }
                    tr {
                        th scope="row" { "兑换" }
                        td { (redemption_sentence(&scheme.redemption)) }
                    }
                    @if let Some(vouchers) = &scheme.vouchers {
                        tr { th scope="row" { "积分券" } td { (voucher_sentence(vouchers)) } }
                    }
                    tr {
                        th scope="row" { "版本指纹" }
                        td { span.digest { (digest) } }
                    }
                }
            }
        }
    }
}

/// All awards on one table, by category in the order of the document.
fn summary(scheme: &Scheme, words: &Vocabulary) -> Markup {
    let mut categories: Vec<Option<&str>> = Vec::new();
    for award in &scheme.awards {
        if !categories.contains(&award.category.as_deref()) {
            categories.push(award.category.as_deref());
        }
    }
    let row = |award: &Award| {
        html! {
            tr {
                th scope="row" {
                    a href=(format!("#{}", award_anchor(&award.id))) { (award.name) }
                }
                td.number { (award_points(award, scheme.decimals, words)) }
                td { (holder_label(award.to)) }
            }
        }
    };
    html! {
        section aria-labelledby="awards" {
            h2 id="awards" { "做什么能得分" }
            table.awards {
                caption { "全部" (scheme.awards.len()) "个得分项目，点名称看详细规定" }
                thead {
                    tr {
                        th scope="col" { "项目" }
                        th.number scope="col" { "积分" }
                        th scope="col" { "谁得" }
                    }
                }
                @for category in categories {
                    tbody {
                        @if let Some(category) = category {
                            tr.group { th colspan="3" scope="rowgroup" { (category) } }
                        }
                        @for award in &scheme.awards {
                            @if award.category.as_deref() == category { (row(award)) }
                        }
                    }
                }
            }
        }
    }
}

/// The table of contents: second-level headings with the third-level ones beneath.
fn contents(headings: &[Heading]) -> Markup {
    let mut chapters: Vec<(&Heading, Vec<&Heading>)> = Vec::new();
    for heading in headings {
        match (heading.level, chapters.last_mut()) {
            (2, _) => chapters.push((heading, Vec::new())),
            (3, Some((_, sections))) => sections.push(heading),
            _ => {}
        }
    }
    let link = |heading: &Heading| {
        html! { a href=(format!("#{}", heading.id)) { (heading.text) } }
    };
    html! {
        nav aria-labelledby="contents" {
            h2 id="contents" { "目录" }
            ul.contents {
                @for (chapter, sections) in &chapters {
                    li {
                        (link(chapter))
                        @if !sections.is_empty() {
                            ul { @for section in sections { li { (link(section)) } } }
                        }
                    }
                }
            }
        }
    }
}

/// The fenced blocks of the document.
struct Blocks<'a> {
    text: &'a str,
    document: &'a Document,
    scheme: &'a Scheme,
    words: &'a Vocabulary,
}

impl Blocks<'_> {
    /// Draws the block that lies in `range`, under a heading of `level`.
    fn draw(&self, range: &Range<usize>, level: u8) -> Option<Markup> {
        let inside = |place: &Range<usize>| range.start <= place.start && place.end <= range.end;
        let block = self.document.blocks.iter().find(|block| inside(&block.range))?;
        let text = self.text.get(block.range.clone())?;
        match block.kind {
            BlockKind::Rules => self.rules(text, level),
            BlockKind::Example => {
                let mut examples = self.document.examples.iter();
                let example = examples.find(|example| inside(&example.range))?;
                Some(example_box(example, text, self.scheme, self.words))
            }
        }
    }

    fn rules(&self, text: &str, level: u8) -> Option<Markup> {
        let table: toml::Table = text.parse().ok()?;
        let named = |key: &str| -> Vec<String> {
            let rows = table.get(key).and_then(toml::Value::as_array);
            let ids = rows.into_iter().flatten().filter_map(|row| row.get("id")?.as_str());
            ids.map(str::to_owned).collect()
        };
        fn pick<'s, T>(all: &'s [T], ids: &[String], id: impl Fn(&T) -> &str) -> Vec<&'s T> {
            all.iter().filter(|one| ids.iter().any(|wanted| wanted == id(one))).collect()
        }
        let (scheme, words) = (self.scheme, self.words);
        let awards = pick(&scheme.awards, &named("award"), |award| &award.id);
        let items = pick(&scheme.items, &named("item"), |item| &item.id);
        let benefits = pick(&scheme.benefits, &named("benefit"), |benefit| &benefit.id);
        let deductions = pick(&scheme.deductions, &named("deduction"), |row| &row.id);
        Some(html! {
            @if table.contains_key("redemption") {
                p.rule { (redemption_sentence(&scheme.redemption)) }
            }
            @if let Some(vouchers) = scheme.vouchers.as_ref().filter(|_| table.contains_key("vouchers")) {
                p.rule { (voucher_sentence(vouchers)) }
            }
            @for award in awards { (award_card(award, level + 1, scheme, words)) }
            @if !items.is_empty() { (catalogue::items(&items, level + 1, scheme, words)) }
            @if !benefits.is_empty() { (catalogue::benefits(&benefits, scheme.decimals)) }
            @for deduction in deductions { (catalogue::deduction(deduction)) }
            (source(text))
        })
    }
}
