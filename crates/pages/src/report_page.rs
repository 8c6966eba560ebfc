//! What scoring a district showed, for the official in charge: totals, what waits for whom, and
//! the tables behind the totals. Names nobody; award names can name illnesses, so the page says
//! that it is internal.

use kangji_core::Day;
use kangji_rules::{
    score::{OutcomeKind, Program},
    words::{date, metric_label, role_label},
};
use maud::{Markup, html};

use super::{
    figures::{Figures, WaitsFor},
    layout,
    report_tables::Tables,
    wording::{count_text, points_text},
};

/// An input file and what became of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputLine {
    /// What the table is called, such as 居民.
    pub name: String,
    /// The rows that were taken.
    pub accepted: u64,
    /// The rows that were refused.
    pub refused: u64,
}

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The heading, such as 计分结果.
    pub title: &'a str,
    /// The versions that scored.
    pub program: &'a Program,
    /// The evaluation day.
    pub as_of: Day,
    /// What was read.
    pub inputs: &'a [InputLine],
    /// What came of it.
    pub figures: &'a Figures,
}

/// The page.
#[must_use]
pub fn report_page(report: &Report<'_>) -> String {
    let scheme = report.program.versions().last();
    let scheme_title = scheme.map_or("", |scheme| scheme.title.as_str());
    let tables = Tables { program: report.program, figures: report.figures };
    let body = html! {
        header.top {
            p.internal { strong { "内部资料" } " 项目名称可能涉及病情，不要公开，不要转发" }
            h1 { (report.title) }
            p.issuer { (scheme_title) }
            p.issuer { "计算到" (date(report.as_of)) "（含当天）" }
        }
        main id="main" {
            (headline(report))
            (reading())
            (waiting(report))
            (tables.awards())
            (tables.without_credit())
            (tables.months())
            (tables.communities())
            (tables.ages())
            (tables.holders())
            (tables.lapsing())
            (tables.fates())
            (inputs(report.inputs))
            (versions(report.program))
        }
        footer { p { "内部资料 · " (scheme_title) " · 计算到" (date(report.as_of)) } }
    };
    layout::page(&format!("{} · {scheme_title}", report.title), "report", &body)
}

fn headline(report: &Report<'_>) -> Markup {
    let (figures, summary) = (report.figures, &report.figures.summary);
    let decimals = report.program.decimals();
    let pending = summary.counts.of(OutcomeKind::Pending);
    let refused: u64 = report.inputs.iter().map(|line| line.refused).sum();
    let figure = |name: &str, number: String, unit: &str| {
        html! { div { dt { (name) } dd { b { (number) } " " (unit) } } }
    };
    html! {
        section aria-labelledby="headline" {
            h2 id="headline" { "总数" }
            dl.headline {
                (figure("发出积分", points_text(figures.points(), decimals), "分"))
                (figure("得分的人", count_text(summary.people as u64), "人"))
                @if summary.communities > 0 {
                    (figure("得分的村（社区）", count_text(summary.communities as u64), "个"))
                }
                (figure("计分", count_text(summary.counts.of(OutcomeKind::Credited)), "笔"))
                (figure("没有计分", count_text(summary.counts.without_credit() - pending), "笔"))
                (figure("在等确认或公布", count_text(pending), "笔"))
                (figure("收到的记录", count_text(figures.fates.total()), "条"))
                (figure("拒收的行", count_text(refused), "行"))
            }
        }
    }
}

fn reading() -> Markup {
    html! {
        section aria-labelledby="reading" {
            h2 id="reading" { "怎么读这张表" }
            ul.plain {
                li { "一“笔”是一条记录在一个项目上的结果；一条记录可以在几个项目上各有一笔。到期末才算的项目，一个人一期一笔。" }
                li { "“得分的人”每人只数一次；按项目看，同一个人会在几个项目里各数一次。" }
                li { "“服务居民”是计了分的那些笔所服务的人。积分可能归监护人、帮忙的人或村（社区），所以和“得分的人”不一样多。" }
                li { "按村（社区）和按年龄的两张表里，不足10人的写“<10”，那一行别的数不显示；有时再多遮一行，免得从合计倒推出来。" }
            }
        }
    }
}

/// What waits, and for whom: the one part of the page that asks somebody to act.
fn waiting(report: &Report<'_>) -> Markup {
    let waiting = &report.figures.waiting;
    let name = |award| {
        let award = report.program.newest_award(award);
        award.map_or(String::new(), |award| award.name.clone())
    };
    let whom = |waits_for: &WaitsFor| match waits_for {
        WaitsFor::Role(role) => format!("{}确认", role_label(role)),
        WaitsFor::Figure(metric) => format!("公布{}", metric_label(metric)),
    };
    let mut groups: Vec<(&WaitsFor, Vec<(String, u64)>)> = Vec::new();
    for ((waits_for, award), count) in waiting {
        match groups.last_mut() {
            Some((last, lines)) if *last == waits_for => lines.push((name(*award), *count)),
            _ => groups.push((waits_for, vec![(name(*award), *count)])),
        }
    }
    html! {
        section aria-labelledby="waiting" {
            h2 id="waiting" { "在等谁" }
            @if groups.is_empty() { p { "没有在等的事。" } } @else {
                table {
                    caption { "等确认或公布的，办了才能定" }
                    thead { tr { th scope="col" { "等什么" } th.number scope="col" { "笔数" } } }
                    @for (waits_for, lines) in &groups {
                        @let sum: u64 = lines.iter().map(|(_, count)| count).sum();
                        tbody {
                            tr.group {
                                th scope="rowgroup" { (whom(waits_for)) }
                                td.number { (count_text(sum)) }
                            }
                            @for (award, count) in lines {
                                tr { th scope="row" { (award) } td.number { (count_text(*count)) } }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "合计" }
                            td.number {
                                (count_text(report.figures.summary.counts.of(OutcomeKind::Pending)))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn inputs(inputs: &[InputLine]) -> Markup {
    html! {
        section aria-labelledby="inputs" {
            h2 id="inputs" { "读入的表" }
            table {
                caption { "每张表收下和拒收的行数" }
                thead {
                    tr {
                        th scope="col" { "表" }
                        th.number scope="col" { "收下" }
                        th.number scope="col" { "拒收" }
                    }
                }
                tbody {
                    @for line in inputs {
                        tr {
                            th scope="row" { (line.name) }
                            td.number { (count_text(line.accepted)) }
                            td.number { (count_text(line.refused)) }
                        }
                    }
                }
            }
        }
    }
}

fn versions(program: &Program) -> Markup {
    html! {
        section aria-labelledby="versions" {
            h2 id="versions" { "用的是哪个版本" }
            table {
                caption { "按记录日期，用当天施行的版本" }
                thead {
                    tr {
                        th scope="col" { "版本" }
                        th scope="col" { "施行日期" }
                        th scope="col" { "指纹" }
                    }
                }
                tbody {
                    @for (number, scheme) in (1..).zip(program.versions()) {
                        @let digest: String = scheme.digest_text().chars().take(12).collect();
                        tr {
                            th scope="row" { "第" (number) "版" }
                            td {
                                (date(scheme.in_force.from))
                                @if scheme.in_force.to == Day::LAST { "起" } @else {
                                    " 到 " (date(scheme.in_force.to))
                                }
                            }
                            td { span.digest { (digest) } }
                        }
                    }
                }
            }
        }
    }
}
