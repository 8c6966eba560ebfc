//! The helper's page on a phone: own points by month, the villages' figures and tasks.

use maud::{Markup, html};

use super::{Figure, MyVillage, OwnPoints, Village, read};
use crate::{
    pages::{
        Page, Pages, Visit,
        parts::{self, Column, Tone},
    },
    problem::Problem,
};
use kangji_rights::Action;

pub(crate) fn pages() -> Pages {
    Pages::default().get("/village", show)
}

async fn show(visit: Visit) -> Result<Page, Problem> {
    let MyVillage { own, villages } = read(visit.state(), visit.who()).await?.0;
    let body = html! {
        p.buttons { a.button.main href="/report" { "上报新发现的情况" } }
        h2 { "我的积分" }
        @if own.is_empty() {
            (parts::empty("还没有可以看的月份。上报收到了没有，请看“上报”。", html! {}))
        }
        @for one in &own { (points(one)) }
        @for village in &villages { (about(&visit, village)) }
    };
    Ok(visit.page("我的村（社区）", body))
}

/// Totals of months: never what came of one report (T10).
fn points(own: &OwnPoints) -> Markup {
    let lines = own.helping.months.iter().map(|month| {
        let text = parts::points(month.points, own.decimals);
        let (name, _) = month.month.rsplit_once('-').unwrap_or((&month.month, ""));
        (name.to_owned(), month.points, text)
    });
    let lines: Vec<_> = lines.collect();
    html! {
        p { (own.scheme) }
        @if lines.is_empty() {
            p { "已收到 " (own.helping.receipts.len()) " 次上报和帮办。" }
        } @else {
            (parts::bars("每月总分", ["月份", "积分"], &lines))
        }
        p.hint { "一个月过完才看得到这个月的总分；本月的从 " (own.helping.next_total_on) " 起可以看。" }
    }
}

fn about(visit: &Visit, village: &Village) -> Markup {
    html! {
        h2 { (village.community) " " (village.year) " 年" }
        (figures(&village.figures))
        @if !village.targets.is_empty() {
            @let columns = [Column::Text("任务"), Column::Number("任务数")];
            @let rows: Vec<_> = village.targets.iter().map(|task| vec![
                html! { (kangji_rules::words::metric_label(&task.name)) },
                html! {
                    @match task.number { Some(number) => (number), None => "少于 10" }
                },
            ]).collect();
            (parts::table("上级分解的任务数", &columns, &rows))
        }
        @for pool in &village.pools {
            p {
                "积分池（" (pool.scheme) "）：" strong { (parts::points(pool.redeemable, pool.decimals)) }
                " 分"
                @if visit.may(Action::PoolsHandOn) { "，" a href="/pools" { "去分发" } }
            }
        }
    }
}

fn figures(figures: &[Figure]) -> Markup {
    let columns = [
        Column::Text("指标"),
        Column::Number("现在"),
        Column::Number("要达到"),
        Column::Text("进度"),
        Column::Text("关系到"),
    ];
    let row = |one: &Figure| {
        vec![
            html! { (one.label) },
            html! { (one.value.as_deref().unwrap_or("未公布")) },
            html! { (one.needed) },
            match one.reached {
                Some(true) => parts::tag(Tone::Good, "已达到"),
                Some(false) => parts::tag(Tone::Warn, "还没达到"),
                None => parts::tag(Tone::Plain, "等公布"),
            },
            html! { (one.what_for) },
        ]
    };
    let rows: Vec<_> = figures.iter().map(row).collect();
    html! { @if !rows.is_empty() { (parts::table("目标", &columns, &rows)) } }
}
