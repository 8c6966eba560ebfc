//! A statement as people read it: what counted, what did not and why, what waits, what earns
//! next. The same for residents and for staff; what the reader may not know is not in it.

use kangji_core::Day;
use kangji_rules::words::date;
use maud::{Markup, html};

use crate::{
    pages::parts::{self, Tone},
    points::statement::{Counted, Helping, Line, Prospect, Statement},
};

/// What is needed beside a statement to show it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The scheme's id, for the way to the published document.
    pub(crate) scheme: &'a str,
    /// How the wards are called to the reader, by their ids.
    pub(crate) wards: &'a [(String, String)],
}

/// The whole statement.
pub(crate) fn statement(statement: &Statement, context: Context<'_>) -> Markup {
    let decimals = statement.decimals;
    html! {
        (notices(statement))
        div.figures {
            (parts::figure("累计得分", &parts::points(statement.credited, decimals), "分"))
            (parts::figure("其中有效", &parts::points(statement.valid, decimals), "分"))
        }
        (expiring(statement))
        @if !statement.not_counted.is_empty() {
            h2 #not-counted { "没有计分的" }
            (lines(&statement.not_counted, Tone::Warn, "未计分", context))
        }
        @if !statement.waiting.is_empty() {
            h2 #waiting { "正在等待的" }
            (lines(&statement.waiting, Tone::Plain, "待处理", context))
        }
        @if !statement.counted.is_empty() {
            h2 #counted { "已经计分的" }
            @for award in &statement.counted { (counted(award, decimals, context)) }
        }
        @if let Some(helping) = &statement.helping { (helped(helping, decimals)) }
        (ahead(statement, context))
    }
}

/// What must be said first.
pub(crate) fn notices(statement: &Statement) -> Markup {
    html! {
        @for notice in &statement.notices {
            (parts::notice(Tone::Plain, notice, html! {}))
        }
    }
}

/// What lapses soon.
pub(crate) fn expiring(statement: &Statement) -> Markup {
    html! {
        @if !statement.expiring.is_empty() {
            (parts::notice(Tone::Warn, "90 天内到期", html! {
                ul.plain {
                    @for lapse in &statement.expiring {
                        li {
                            (parts::points(lapse.points, statement.decimals)) "分，"
                            (said(&lapse.date)) "起失效"
                        }
                    }
                }
            }))
        }
    }
}

/// What earns points from now on, and what gives no more.
pub(crate) fn ahead(statement: &Statement, context: Context<'_>) -> Markup {
    html! {
        @if !statement.prospects.is_empty() {
            h2 #next { "接下来可以得分" }
            (prospects(&statement.prospects, statement.decimals, context))
        }
        @if !statement.ways.is_empty() {
            h2 #ways { "怎样得分" }
            ul { @for way in &statement.ways { li { (way) } } }
        }
        @let full = [
            ("今年已经得满", &statement.full_this_year),
            ("只计一次，已经得过", &statement.full_for_good),
        ];
        @for (says, titles) in full {
            @if !titles.is_empty() { p { strong { (says) "：" } (titles.join("、")) "。" } }
        }
    }
}

/// What earns points next, one after another.
pub(crate) fn prospects(list: &[Prospect], decimals: u8, context: Context<'_>) -> Markup {
    html! {
        ul.entries {
            @for prospect in list {
                li {
                    p.head {
                        a href=(place(context.scheme, Some(&prospect.award))) {
                            (whose(prospect.ward.as_deref(), context)) (prospect.title)
                        }
                        span.points {
                            (parts::change(prospect.points, decimals)) "分"
                            @if let Some(unit) = &prospect.unit { "/" (unit) }
                        }
                    }
                    @let says = conditions(prospect);
                    @if !says.is_empty() { p { (says.join("；")) "。" } }
                }
            }
        }
    }
}

/// What to do for it, and what else must hold.
fn conditions(prospect: &Prospect) -> Vec<String> {
    let deed = Some(&prospect.deed).filter(|deed| !deed.is_empty()).cloned();
    let again = prospect.again_on.as_deref().map(|day| format!("{}起可再次获得", said(day)));
    let counted = prospect.counted_on.as_deref().map(|day| format!("{}统一计算", said(day)));
    let parts = deed.into_iter().chain(again).chain(prospect.missing.iter().cloned());
    parts.chain(prospect.notes.iter().cloned()).chain(counted).collect()
}

/// An award that counted, with each time.
fn counted(award: &Counted, decimals: u8, context: Context<'_>) -> Markup {
    let link = place(context.scheme, award.award.as_deref());
    html! {
        div.card {
            p.head {
                strong { (award.title) }
                span.points { (parts::change(award.points, decimals)) "分" }
            }
            @if let Some(article) = &award.article { p { "依据：" a href=(link) { (article) } } }
            ul.entries {
                @for line in &award.lines {
                    li {
                        p.head {
                            span { (said(&line.date)) (of_ward(line, context)) }
                            span.points { (parts::change(line.points, decimals)) "分" }
                        }
                        p.small { (line.reason) }
                    }
                }
            }
        }
    }
}

/// What did not count, or waits: each with its reason and the way to the article.
fn lines(lines: &[Line], tone: Tone, state: &str, context: Context<'_>) -> Markup {
    html! {
        ul.entries.framed {
            @for line in lines {
                li {
                    p.head {
                        span { (said(&line.date)) " " strong { (line.title) } (of_ward(line, context)) }
                        (parts::tag(tone, state))
                    }
                    p { (line.reason) }
                    p { a href=(place(context.scheme, line.award.as_deref())) { "看规则原文" } }
                }
            }
        }
    }
}

/// Points for helping others: what was received, and months that are over.
fn helped(helping: &Helping, decimals: u8) -> Markup {
    html! {
        h2 #helping { "帮助他人的积分" }
        ul.entries.framed {
            @for month in &helping.months {
                li {
                    p.head {
                        span { (year_month(&month.month)) "合计" }
                        span.points { (parts::change(month.points, decimals)) "分" }
                    }
                }
            }
            @for receipt in &helping.receipts {
                li {
                    p.head {
                        span { (said(&receipt.date)) " " strong { (receipt.title) } }
                        (parts::tag(Tone::Plain, "已收到"))
                    }
                }
            }
        }
        p.small { "本月的合计从" (said(&helping.next_total_on)) "起可查。" }
    }
}

fn of_ward(line: &Line, context: Context<'_>) -> Markup {
    html! {
        @if let Some(ward) = &line.ward { " " (parts::tag(Tone::Plain, called(ward, context))) }
    }
}

fn whose(ward: Option<&str>, context: Context<'_>) -> String {
    ward.map(|ward| format!("{}：", called(ward, context))).unwrap_or_default()
}

fn called<'a>(ward: &str, context: Context<'a>) -> &'a str {
    let known = context.wards.iter().find(|(id, _)| id == ward);
    known.map_or("被监护人", |(_, name)| name)
}

/// The place of an award in the published document.
fn place(scheme: &str, award: Option<&str>) -> String {
    let anchor = award.map(|award| format!("#{}", kangji_pages::award_anchor(award)));
    format!("/rules/{scheme}{}", anchor.unwrap_or_default())
}

/// A day of the API as people say it.
pub(crate) fn said(day: &str) -> String {
    day.parse::<Day>().map_or_else(|_| day.to_owned(), date)
}

fn year_month(day: &str) -> String {
    day.parse::<Day>().map_or_else(|_| day.to_owned(), kangji_rules::words::year_month)
}
