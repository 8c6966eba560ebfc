//! Pages of schemes and their drafts, for those who publish them, and what waits for a second
//! person.

mod award;
mod fields;
mod new_award;
mod one;
mod schemes;
mod text;
pub(super) mod version;

use kangji_core::Day;
use kangji_rules::words::date;
use maud::{Markup, html};

use super::checked::{ChangeTold, DocumentProblem};
use crate::pages::{
    Pages,
    parts::{self, Column, Tone},
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/schemes", schemes::all)
        .get("/schemes/{id}", schemes::one)
        .post("/schemes/{id}/drafts", schemes::start_draft)
        .post("/schemes/{id}/notes", schemes::write_note)
        .post("/notes/{id}/withdraw", schemes::withdraw)
        .get("/drafts/{id}", one::show)
        .post("/drafts/{id}", one::take)
        .get("/drafts/{id}/terms", one::terms)
        .post("/drafts/{id}/terms", one::take_terms)
        .get("/drafts/{id}/awards/new", new_award::ask)
        .post("/drafts/{id}/awards/new", new_award::take)
        .get("/drafts/{id}/awards/{award}", award::show)
        .post("/drafts/{id}/awards/{award}", award::take)
        .post("/drafts/{id}/awards/{award}/example", award::take_example)
        .get("/drafts/{id}/text", text::show)
        .post("/drafts/{id}/text", text::take)
        .get("/drafts/{id}/preview", text::preview)
}

/// A day of the API as people read it.
fn day_words(day: &str) -> String {
    day.parse::<Day>().map_or_else(|_| day.to_owned(), date)
}

fn state_tag(state: &str) -> Markup {
    match state {
        "open" => parts::tag(Tone::Warn, "正在拟"),
        "proposed" => parts::tag(Tone::Warn, "待另一人决定"),
        "published" => parts::tag(Tone::Good, "已公布"),
        _ => parts::tag(Tone::Plain, "已放弃"),
    }
}

/// What changes for people, what takes something away first.
fn changes_table(changes: &[ChangeTold]) -> Markup {
    let columns = ["变化", "项目", "原来和现在"].map(Column::Text);
    let row = |change: &ChangeTold| {
        let tone = match change.kind {
            "gone_award" | "fewer_points" | "tighter" | "gone_item" | "dearer" => Tone::Bad,
            "new_award" | "more_points" | "looser" | "new_item" | "cheaper" => Tone::Good,
            _ => Tone::Plain,
        };
        vec![parts::tag(tone, change.label), html! { (change.name) }, html! { (change.sentence) }]
    };
    let rows: Vec<_> = changes.iter().map(row).collect();
    html! {
        @if rows.is_empty() { p { "没有不同。" } }
        @else { (parts::table("对居民来说的变化", &columns, &rows)) }
    }
}

/// What is wrong with a text, each with its line.
fn problems_table(text: &str, problems: &[DocumentProblem]) -> Markup {
    let columns = ["位置", "写的是", "问题", "怎么改"].map(Column::Text);
    let row = |problem: &DocumentProblem| {
        let line = text.lines().nth(problem.line.saturating_sub(1)).unwrap_or_default();
        vec![
            html! { "第 " (problem.line) " 行第 " (problem.column) " 个字符" },
            html! { code { (line.chars().take(80).collect::<String>()) } },
            html! { (problem.message) },
            html! { (problem.remedy) },
        ]
    };
    let shown = problems.iter().filter(|problem| !problem.advice);
    let rows: Vec<_> = shown.map(row).collect();
    let advice = problems.iter().filter(|problem| problem.advice).count();
    html! {
        @if !rows.is_empty() { (parts::table("要改的地方", &columns, &rows)) }
        @if advice > 0 {
            p.small { "另有 " (advice) " 条建议：有的项目还缺例子，不影响公布。" }
        }
    }
}
