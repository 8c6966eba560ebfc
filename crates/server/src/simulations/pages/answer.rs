//! What a simulation came to, as a page that can be printed.

use kangji_core::Decimals;
use maud::{Markup, html};

use super::super::report::{
    FEW, SimulationChange, SimulationLine, SimulationPart, SimulationReport, SimulationSize,
};
use crate::pages::parts::{self, Bar, Chart, Column, Tone};

/// So many lines are drawn; the table has them all.
const DRAWN: usize = 15;

pub(super) fn sheet(report: &SimulationReport, task: &str) -> Markup {
    let SimulationLine { gained, lost, unchanged, .. } = report.total;
    let change = parts::change(report.total.change(), report.decimals);
    let file = |name: &str| format!("/tasks/{task}/files/{name}");
    html! {
        p.lead {
            "如果《" (report.title) "》的草案在 " (report.from) " 至 " (report.to) " 施行："
            (report.lead()) "。"
        }
        div.figures {
            (parts::figure("积分总量变化", &change, "分"))
            (parts::figure("多得", &gained.to_string(), "人"))
            (parts::figure("少得", &lost.to_string(), "人"))
            (parts::figure("不变", &unchanged.to_string(), "人"))
        }
        (warnings(report))
        (how(report))
        (part(report, "按项目", "项目", "各项目的积分", &report.awards))
        (part(report, "按社区", "社区", "各社区居民带来的积分", &report.communities))
        (part(report, "按年龄", "年龄", "各年龄居民带来的积分", &report.ages))
        (part(report, "按重点人群", "人群", "各重点人群带来的积分", &report.groups))
        p.small {
            "一个人可以属于几个重点人群，所以各人群相加不等于合计；不足 " (FEW) " 人的人群不列出。"
        }
        (sizes(report))
        h2 { "变化最大的人" }
        (changes(report, "多得最多", &report.most_gained))
        (changes(report, "少得最多", &report.most_lost))
        p.buttons {
            a.button href=(file("simulation.xlsx")) { "下载各表（XLSX）" }
            a.button.quiet href=(file("simulation.csv")) { "下载各表（CSV）" }
            button.quiet type="button" data-print { "打印" }
            a.button.quiet href="/simulations/new" { "再模拟一次" }
        }
        (parts::drawing())
    }
}

/// What keeps the figures from telling all.
fn warnings(report: &SimulationReport) -> Markup {
    html! {
        @if !report.is_covered {
            (parts::notice(Tone::Warn, "开始那天还没有施行的版本", html! {
                p { "没有版本施行的日子，现行一边不计分，这些日子的积分都算作草案多出来的。" }
            }))
        }
        @if !report.idle.is_empty() {
            (parts::notice(Tone::Warn, "有的项目在这段日子里不计分", html! {
                p {
                    "草案给这些项目另定了计分日期，都在模拟的日子之外，所以草案一边没有它们的积分："
                    (report.idle.join("、")) "。"
                }
            }))
        }
        @if report.pending_before > 0 || report.pending_after > 0 {
            (parts::notice(Tone::Plain, "等待确认或指标的没有计入", html! {
                p {
                    "现行一边有 " (report.pending_before) " 笔、草案一边有 " (report.pending_after)
                    " 笔还在等确认或等指标，两边都没有计入。草案新增的、要人确认的项目都属于这一类。"
                }
            }))
        }
    }
}

/// How the figures came about, in words.
fn how(report: &SimulationReport) -> Markup {
    let replaced = match report.replaced.as_slice() {
        [] => "这段日子没有已公布的版本".to_owned(),
        days => format!("代替 {} 起施行的版本", days.join("、")),
    };
    html! {
        details open {
            summary { "怎么算的" }
            ul {
                li {
                    "草案从 " (report.from) " 起按已经施行来算（" (replaced)
                    "），不看草案自己写的施行日期（" (report.first_day) "）。"
                }
                li { "这之前的记录仍按当时的版本，所以跨月、跨年的上限照样连着算。" }
                li { "两边用同样的 " (report.records) " 条记录、" (report.residents) " 名居民，" (report.to) " 以后的事都不看；周期在这以后才结束的项目，两边都不计。" }
                li { "“得分人”是积分归谁就算谁，包括监护人、报告人和村（社区）积分池；社区、年龄、人群按服务对象当天的情况分。" }
                li { "不考虑人们会因为办法变了而多做或少做什么。" }
            }
        }
    }
}

/// A dimension, drawn and listed.
fn part(
    report: &SimulationReport,
    title: &str,
    head: &str,
    caption: &str,
    all: &[SimulationPart],
) -> Markup {
    let chart = Chart {
        caption,
        head,
        series: &["现行", "草案"],
        columns: &["变化", "多得人数", "少得人数"],
    };
    let bar = |part: &SimulationPart| {
        let Some(line) = part.line else {
            let cells = [html! { "不足 " (FEW) " 人" }, html! { "—" }, html! { "—" }];
            let cells = cells.into_iter().chain([html! { "—" }, html! { "—" }]).collect();
            return Bar { name: html! { (part.name) }, values: Vec::new(), cells };
        };
        let value = |points: i64| (points, report.points(points));
        Bar {
            name: html! { (part.name) },
            values: vec![value(line.before.points), value(line.after.points)],
            cells: vec![
                html! { (parts::change(line.change(), report.decimals)) },
                html! { (line.gained) },
                html! { (line.lost) },
            ],
        }
    };
    let bars: Vec<Bar> = all.iter().map(bar).collect();
    html! {
        h2 { (title) }
        @if bars.is_empty() {
            (parts::empty("这段日子两边都没有积分。", html! {}))
        } @else {
            (parts::chart(&chart, &bars))
            @if bars.len() > DRAWN { p.small { "图中为变化最大的 " (DRAWN) " 个，表中为全部。" } }
        }
    }
}

/// How many change by how much.
fn sizes(report: &SimulationReport) -> Markup {
    let chart =
        Chart { caption: "每人变化多少", head: "变化", series: &["人数"], columns: &[] };
    let bar = |size: &SimulationSize| Bar {
        name: html! { (size_name(size, report.decimals)) },
        values: vec![(i64::try_from(size.holders).unwrap_or(i64::MAX), size.holders.to_string())],
        cells: Vec::new(),
    };
    let bars: Vec<Bar> = report.sizes.iter().map(bar).collect();
    html! { h2 { "变化的分布" } (parts::chart(&chart, &bars)) }
}

fn size_name(size: &SimulationSize, decimals: u8) -> String {
    let turn = match size.turn.as_str() {
        "lost" => "少得",
        "gained" => "多得",
        _ => return "不变".to_owned(),
    };
    let points = |units| parts::points(units, decimals);
    let whole = Decimals::new(decimals).unwrap_or_default().units_per_point();
    match (size.at_least, size.below) {
        (0, Some(below)) => format!("{turn}不到 {} 分", points(below)),
        (least, Some(below)) if decimals == 0 => {
            format!("{turn} {}–{} 分", points(least), points(below.saturating_sub(whole)))
        }
        (least, Some(below)) => {
            format!("{turn} {} 分以上、不到 {} 分", points(least), points(below))
        }
        (least, None) => format!("{turn} {} 分及以上", points(least)),
    }
}

/// Whose points change most, without names.
fn changes(report: &SimulationReport, caption: &str, changes: &[SimulationChange]) -> Markup {
    let columns = [
        Column::Text("得分人"),
        Column::Number("现行"),
        Column::Number("草案"),
        Column::Number("变化"),
    ];
    let row = |change: &SimulationChange| {
        let by = change.after.saturating_sub(change.before);
        vec![
            who(change),
            html! { (report.points(change.before)) },
            html! { (report.points(change.after)) },
            html! { (parts::change(by, report.decimals)) },
        ]
    };
    let rows: Vec<_> = changes.iter().map(row).collect();
    html! {
        @if rows.is_empty() { p { (caption) "：没有。" } }
        @else { (parts::table(caption, &columns, &rows)) }
    }
}

fn who(change: &SimulationChange) -> Markup {
    match (&change.resident, &change.code) {
        (_, Some(code)) if change.is_community => html! { "积分池 " (code) },
        (Some(id), Some(code)) => html! { a href=(format!("/residents/{id}")) { (code) } },
        _ => html! { "（不在您可以查看的范围内）" },
    }
}
