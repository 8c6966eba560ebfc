//! Pages of settlement: the statements of shops, one with what each figure is made of, the shop's
//! answer, and the sheet that both sides sign.

mod answer;
mod list;
mod one;
mod sheet;

use kangji_core::Fen;
use maud::{Markup, html};

use super::{
    sheet::about,
    shown::{LineShown, StatementEntry, StatementStage},
};
use crate::pages::{
    Pages,
    parts::{self, Column, Tone},
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/statements", list::show)
        .post("/statements", list::draw)
        .get("/statements/{id}", one::show)
        .post("/statements/{id}", one::take)
        .get("/statements/{id}/answer", answer::ask)
        .post("/statements/{id}/answer", answer::take)
        .get("/statements/{id}/sheet", sheet::show)
}

/// Where a statement stands, as a tag.
fn stage(entry: &StatementEntry) -> Markup {
    let tone = match entry.state {
        StatementStage::Drawn | StatementStage::Objected => Tone::Warn,
        StatementStage::Confirmed | StatementStage::Reviewed => Tone::Plain,
        StatementStage::Settled => Tone::Good,
    };
    parts::tag(tone, entry.state.chinese())
}

/// A month as people read it: `2026年7月`.
fn month(period: &str) -> String {
    match period.split_once('-') {
        Some((year, month)) => format!("{year}年{}月", month.trim_start_matches('0')),
        None => period.to_owned(),
    }
}

/// An amount of money that may be below zero.
fn yuan(fen: i64) -> String {
    Fen(fen).to_string()
}

/// Lines as a table; `mark` puts something before each.
fn lines(
    caption: &str,
    lines: &[&LineShown],
    decimals: u8,
    mark: Option<&dyn Fn(&LineShown) -> Markup>,
) -> Markup {
    let mut columns = vec![
        Column::Text("行号"),
        Column::Text("日期"),
        Column::Text("小票号"),
        Column::Number("应付（元）"),
        Column::Number("抵扣（元）"),
        Column::Number("积分"),
        Column::Text("说明"),
    ];
    columns.extend(mark.is_some().then_some(Column::Text("有异议")));
    let row = |line: &&LineShown| {
        let mut cells = vec![
            html! { (line.number) },
            html! { (line.day) },
            html! { (line.receipt) },
            html! { @if line.corrects.is_none() { (yuan(line.bill_fen)) } },
            html! { (yuan(line.off_fen)) },
            html! { (parts::points(line.points, decimals)) },
            html! {
                @if let Some(one) = &line.corrects {
                    a href=(format!("/statements/{}", one.statement)) { (about(line)) }
                }
            },
        ];
        cells.extend(mark.map(|mark| mark(line)));
        cells
    };
    let rows: Vec<_> = lines.iter().map(row).collect();
    parts::table(caption, &columns, &rows)
}
