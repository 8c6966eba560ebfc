//! What a record brought, and which points changed: each with its reason and the way to the
//! article.

use std::collections::BTreeSet;

use axum::Json;
use kangji_rights::Action;
use maud::{Markup, html};

use crate::{
    input::At,
    pages::{
        Visit,
        parts::{self, Column, Tone},
    },
    points::{
        pages::statement::{Context, prospects},
        statement,
    },
    problem::Problem,
    records::answer::{Change, Worth},
};

/// What a page shows at most of what else would earn points.
const PROSPECTS_MAX: usize = 6;

/// What became of a record under each award: what counted first, then what waits, then the rest.
pub(crate) fn points(worths: &[Worth]) -> Markup {
    let state = |worth: &Worth| match worth.outcome.as_deref() {
        Some("credited") => (0, Tone::Good, "已计分"),
        Some("pending") => (1, Tone::Warn, "待处理"),
        Some("void") => (2, Tone::Bad, "已作废"),
        Some(_) => (2, Tone::Plain, "未计分"),
        None => (2, Tone::Plain, "已收到"),
    };
    let mut all: Vec<_> = worths.iter().map(|worth| (state(worth), worth)).collect();
    all.sort_by_key(|((rank, ..), _)| *rank);
    html! {
        @if all.is_empty() { p { "现在没有积分项目看这条记录；它已经存好，也会用来判断其他项目。" } }
        ul.entries.framed {
            @for ((_, tone, says), worth) in all {
                li {
                    p.head {
                        span { (parts::tag(tone, says)) strong { (worth.title) } }
                        @if worth.points != 0 {
                            span.points { (parts::change(worth.points, worth.decimals)) " 分" }
                        }
                    }
                    p { (worth.reason) }
                    p { (article(&worth.scheme, worth.award.as_deref())) }
                }
            }
        }
    }
}

/// The way to the place of an award in the published document.
fn article(scheme: &str, award: Option<&str>) -> Markup {
    let anchor = award.map(|award| format!("#{}", kangji_pages::award_anchor(award)));
    html! { a href=(format!("/rules/{scheme}{}", anchor.unwrap_or_default())) { "看规则原文" } }
}

/// What a record brought in all, as one says it: `得 10 分`.
pub(super) fn total(worths: &[Worth]) -> String {
    let schemes: BTreeSet<&str> = worths.iter().map(|worth| worth.scheme.as_str()).collect();
    let sums = schemes.into_iter().filter_map(|scheme| {
        let of = || worths.iter().filter(move |worth| worth.scheme == scheme);
        let sum = of().map(|worth| worth.points).sum::<i64>();
        (sum > 0).then(|| parts::points(sum, of().next().map_or(0, |worth| worth.decimals)))
    });
    let sums: Vec<String> = sums.collect();
    let waits = worths.iter().any(|worth| worth.outcome.as_deref() == Some("pending"));
    match (sums.is_empty(), waits) {
        (false, _) => format!("得 {} 分", sums.join("＋")),
        (true, true) => "积分待处理".to_owned(),
        (true, false) => "这次不计分".to_owned(),
    }
}

/// Which points changed: before, after, and why.
pub(crate) fn changes(changes: &[Change]) -> Markup {
    if changes.is_empty() {
        return html! { p { "没有积分因此改变。" } };
    }
    let columns = [
        Column::Text("计分日期"),
        Column::Text("项目"),
        Column::Number("原来"),
        Column::Number("现在"),
        Column::Text("为什么"),
    ];
    let row = |change: &Change| {
        vec![
            html! { (change.period.as_deref().unwrap_or(&change.date)) },
            html! { (change.title) },
            html! { (parts::points(change.before, change.decimals)) },
            html! { (parts::points(change.after, change.decimals)) },
            html! { (change.reason) " " (article(&change.scheme, change.award.as_deref())) },
        ]
    };
    let rows: Vec<_> = changes.iter().map(row).collect();
    parts::table("变了的积分", &columns, &rows)
}

/// What the resident's next services would earn under the schemes that looked at a record.
pub(super) async fn next(
    visit: &Visit,
    resident: &str,
    worths: &[Worth],
) -> Result<Markup, Problem> {
    let counts = |worth: &&Worth| worth.outcome.as_deref() != Some("out_of_scope");
    let schemes: BTreeSet<&str> =
        worths.iter().filter(counts).map(|worth| worth.scheme.as_str()).collect();
    let mut all = Vec::new();
    for scheme in schemes.into_iter().filter(|_| visit.may(Action::PointsRead)) {
        let at = At((resident.to_owned(), scheme.to_owned()));
        let Json(statement) = statement::read(visit.state(), visit.who(), at).await?;
        let context = Context { scheme, wards: &[] };
        let shown = statement.prospects.len().min(PROSPECTS_MAX);
        let list = statement.prospects.get(..shown).unwrap_or_default();
        if !list.is_empty() {
            all.push(prospects(list, statement.decimals, context));
        }
    }
    Ok(html! {
        @if !all.is_empty() { h2 { "接下来可以得分" } @for list in &all { (list) } }
    })
}
