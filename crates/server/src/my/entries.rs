//! Everything that ever happened to a resident's account, a year at a time, by month.

use std::collections::BTreeMap;

use kangji_core::Day;
use kangji_ledger::EntryKind;
use kangji_rules::words::{month_day, year_month};
use maud::{Markup, html};
use serde::Deserialize;

use super::people::{Family, Place, address, nowhere};
use crate::{
    input::{At, Search},
    pages::{
        Page, Visit,
        parts::{self, Tone},
    },
    points::entries::{self, Entry},
    problem::{Code, Problem},
};

const PATH: &str = "/my/entries";
const TITLE: &str = "每月收支";
/// So many pages of entries are read at most.
const PAGES_MAX: usize = 50;

/// Whose account, under which scheme, and which year of it.
#[derive(Default, Deserialize)]
pub(super) struct Which {
    person: Option<String>,
    scheme: Option<String>,
    year: Option<u32>,
}

/// All entries of an account, and the decimal places of its points.
struct Book {
    decimals: u8,
    entries: Vec<(Day, Entry)>,
}

pub(super) async fn show(visit: Visit, Search(which): Search<Which>) -> Result<Page, Problem> {
    let family = Family::of(&visit, which.person.as_deref()).await?;
    let Some((place, places)) = family.place(&visit, which.scheme.as_deref()).await? else {
        return Ok(visit.page(TITLE, html! { (family.switch(PATH)) (nowhere()) }));
    };
    let shown = match book(&visit, &family, &place).await {
        Ok(book) => account(&family, &place, &book, which.year),
        // Points for helping others are told as totals of months, in the statement.
        Err(problem) if problem.code == Code::Forbidden => {
            let says = problem.detail.unwrap_or_default();
            parts::notice(Tone::Plain, "这里不逐笔列出", html! { p { (says) "。" } })
        }
        Err(problem) => return Err(problem),
    };
    let fields = [("person", family.person()), ("scheme", Some(&*place.scheme))];
    let body = html! {
        (family.switch(PATH))
        (family.schemes(PATH, &places, &place.scheme))
        (shown)
        p.buttons { a.button.main href=(address("/my/statement", &fields)) { "看明细和原因" } }
    };
    Ok(visit.page(TITLE, body))
}

async fn book(visit: &Visit, family: &Family, place: &Place) -> Result<Book, Problem> {
    let mut book = Book { decimals: 0, entries: Vec::new() };
    if place.account.is_none() {
        return Ok(book);
    }
    let mut after = None;
    for _ in 0..PAGES_MAX {
        let at = At((family.member()?.id.clone(), place.scheme.clone()));
        let which = Search(entries::Which { after, limit: Some(200) });
        let page = entries::list(visit.state(), visit.who(), at, which).await?.0;
        book.decimals = page.decimals;
        let dated =
            page.items.into_iter().filter_map(|entry| Some((entry.date.parse().ok()?, entry)));
        book.entries.extend(dated);
        after = page.next.and_then(|next| u32::try_from(next).ok());
        if after.is_none() {
            break;
        }
    }
    Ok(book)
}

fn account(family: &Family, place: &Place, book: &Book, year: Option<u32>) -> Markup {
    let mut years: Vec<u32> = book.entries.iter().map(|(day, _)| day.year()).collect();
    years.sort_unstable();
    years.dedup();
    let Some(newest) = years.last() else {
        return parts::empty(
            "还没有收支。",
            html! { a.button href="/rules" { "看看做什么能得分" } },
        );
    };
    let year = year.unwrap_or(*newest);
    let mut months: BTreeMap<u32, Vec<&(Day, Entry)>> = BTreeMap::new();
    for entry in book.entries.iter().filter(|(day, _)| day.year() == year) {
        months.entry(entry.0.month()).or_default().push(entry);
    }
    let lines: Vec<_> = months.values().filter_map(|month| line(month, book.decimals)).collect();
    let scheme = Some(&*place.scheme);
    html! {
        @if years.len() > 1 {
            nav.switch aria-label="看哪一年的" {
                @for other in years.iter().rev() {
                    @let text = other.to_string();
                    @let year_field = ("year", Some(&*text));
                    @let fields = [("person", family.person()), ("scheme", scheme), year_field];
                    a href=(address(PATH, &fields))
                        aria-current=[(*other == year).then_some("true")] { (other) "年" }
                }
            }
        }
        @if lines.is_empty() { p { (year) "年没有收支。" } }
        @else { (parts::bars("每月得分", ["月份", "得分"], &lines)) }
        @for (place_in_year, month) in months.values().rev().enumerate() {
            (folded(family, place, month, book.decimals, place_in_year == 0))
        }
    }
}

/// A month on the chart.
fn line(month: &[&(Day, Entry)], decimals: u8) -> Option<(String, i64, String)> {
    let (day, _) = month.first()?;
    let earned = month.iter().fold(0_i64, |sum, (_, entry)| sum.saturating_add(entry.total));
    Some((year_month(*day), earned, parts::points(earned, decimals)))
}

/// The entries of a month, the newest first; the newest month is open.
fn folded(
    family: &Family,
    place: &Place,
    month: &[&(Day, Entry)],
    decimals: u8,
    is_newest: bool,
) -> Markup {
    let title = month.first().map(|(day, _)| year_month(*day)).unwrap_or_default();
    html! {
        details.month open[is_newest] {
            summary { (title) "，" (month.len()) "笔" }
            ul.entries.framed {
                @for (day, entry) in month.iter().rev().copied() {
                    (shown(family, place, *day, entry, decimals))
                }
            }
        }
    }
}

fn shown(family: &Family, place: &Place, day: Day, entry: &Entry, decimals: u8) -> Markup {
    let number = entry.number.to_string();
    let opinion =
        [("person", family.person()), ("scheme", Some(&*place.scheme)), ("entry", Some(&*number))];
    let rule = entry
        .award
        .as_ref()
        .map(|award| format!("/rules/{}#{}", place.scheme, kangji_pages::award_anchor(award)));
    let order = entry.order.as_ref().map(|order| format!("/my/orders/{order}"));
    let title = entry.title.as_deref().unwrap_or(&entry.label);
    html! {
        li {
            p.head {
                span {
                    (month_day(day)) " "
                    @match rule.or(order) {
                        Some(more) => { a href=(more) { (title) } }
                        None => { strong { (title) } }
                    }
                }
                @if let Some(moved) = moved(entry) {
                    span.points { (parts::change(moved, decimals)) "分" }
                }
            }
            p.small {
                @match on_paper(entry, decimals) {
                    Some(says) => { (says) "；" }
                    None => { @if entry.title.is_some() { (entry.label) "；" } }
                }
                @if is_empty_refund(entry) { "这些积分已过期或已清零，没有退回；" }
                "之后可兑换" (parts::points(entry.redeemable_after, decimals)) "分"
                @if let Some(article) = &entry.article { "；依据" (article) }
                "。" a href=(address("/my/opinion", &opinion)) { "哪里不对？" }
            }
        }
    }
}

/// What became of points on a paper voucher, in words.
fn on_paper(entry: &Entry, decimals: u8) -> Option<String> {
    let serial = entry.voucher.as_ref()?;
    let points = parts::points(entry.held.saturating_abs(), decimals);
    let back = parts::points(entry.redeemable, decimals);
    let is = |kind: EntryKind| entry.kind == kind.word();
    Some(match () {
        () if is(EntryKind::Bind) => format!("制券：{points}分已印在积分券上"),
        () if is(EntryKind::Capture) => format!("用积分券 {serial} 付了{points}分"),
        () if is(EntryKind::Lapse) => format!("券上的{points}分到期作废"),
        () if entry.redeemable == 0 => format!("券上的{points}分已过期或已收回，没有退到账户"),
        () => format!("券上的{back}分已回到账户"),
    })
}

/// Whether it closed a returned order but brought nothing back.
fn is_empty_refund(entry: &Entry) -> bool {
    entry.kind == EntryKind::Refund.word() && entry.redeemable == 0
}

/// What an entry changes, as people mean it: what can be redeemed, otherwise the total. What was
/// set aside is gone already when it is spent.
fn moved(entry: &Entry) -> Option<i64> {
    [entry.redeemable, entry.total].into_iter().find(|change| *change != 0)
}
