//! Choosing what was done: first what the person's groups and age call for and what was recorded
//! last in this browser, then everything under headings.

use axum::http::HeaderMap;
use kangji_core::vocabulary::{KindId, Section, Vocabulary, Word};
use maud::{Markup, html};

use super::may_write;
use crate::{
    input::At,
    pages::{Page, Visit},
    problem::Problem,
    residents::glance::{Glance, glance},
    signed::named_cookie,
};

/// The cookie with the kinds that were recorded last in this browser.
const COOKIE: &str = "kinds";

/// What stands between kinds in the cookie.
const BETWEEN: char = '~';

/// Of how many the browser remembers.
const REMEMBERED: usize = 4;

pub(super) async fn show(
    visit: Visit,
    At(id): At<String>,
    headers: HeaderMap,
) -> Result<Page, Problem> {
    may_write(&visit)?;
    let person = glance(&visit, &id).await?;
    let words = visit.app().store().words();
    let first = first(&person, &headers, words);
    let body = html! {
        (person.line())
        @if !first.is_empty() {
            h2 { "先看这些" }
            (choices(&person.id, &first))
        }
        @for section in Section::ALL {
            h2 { (section.label()) }
            (choices(&person.id, &of(section, words)))
        }
        p { a href=(format!("/residents/{}/records", person.id)) { "看已有的记录" } }
    };
    Ok(visit.page("登记服务", body))
}

fn choices(resident: &str, kinds: &[&Word]) -> Markup {
    html! {
        nav.choices {
            @for kind in kinds {
                a.button href=(format!("/residents/{resident}/records/new/{}", kind.id)) {
                    (kind.label)
                }
            }
        }
    }
}

/// The shortest way to what is done most often for such a person.
pub(crate) fn usual(person: &Glance, words: &Vocabulary) -> Markup {
    let first = called_for(person, words);
    html! { @if !first.is_empty() { h2 { "登记" } (choices(&person.id, &first)) } }
}

/// What is done most often for such a person, then what was recorded last in this browser.
fn first<'w>(person: &Glance, headers: &HeaderMap, words: &'w Vocabulary) -> Vec<&'w Word> {
    let mut first = called_for(person, words);
    let last = remembered(headers);
    for word in last.iter().filter_map(|id| words.kinds().iter().find(|word| word.id == *id)) {
        if !first.contains(&word) {
            first.push(word);
        }
    }
    first
}

/// What the groups and the age of a person call for.
fn called_for<'w>(person: &Glance, words: &'w Vocabulary) -> Vec<&'w Word> {
    let is_for = |kind: KindId| {
        words.form(kind).is_some_and(|form| form.people.include(person.groups, person.age))
    };
    // Follow-ups come every quarter, check-ups every year.
    let all = Section::ALL.into_iter().flat_map(|section| of(section, words));
    all.filter(|word| words.kind(&word.id).is_some_and(is_for)).collect()
}

fn of(section: Section, words: &Vocabulary) -> Vec<&Word> {
    let all = (0..).map(KindId).zip(words.kinds());
    let here =
        all.filter(|(kind, _)| words.form(*kind).is_some_and(|form| form.section == section));
    here.map(|(_, word)| word).collect()
}

fn remembered(headers: &HeaderMap) -> Vec<String> {
    let kinds = named_cookie(headers, COOKIE).unwrap_or_default();
    kinds.split(BETWEEN).map(ToOwned::to_owned).take(REMEMBERED).collect()
}

/// The cookie that remembers a kind before those it remembers already.
pub(super) fn cookie(kind: &str, headers: &HeaderMap, words: &Vocabulary) -> String {
    let mut kinds = remembered(headers);
    kinds.retain(|known| known != kind && words.kind(known).is_some());
    kinds.insert(0, kind.to_owned());
    kinds.truncate(REMEMBERED);
    let kinds = kinds.join(&BETWEEN.to_string());
    format!("{COOKIE}={kinds}; Path=/residents; Max-Age=31536000; HttpOnly; SameSite=Lax")
}
