//! The published schemes as residents read them, for everybody, signed in or not.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use kangji_core::{Day, DayRange};
use kangji_pages::{SchemeBody, scheme_body};
use kangji_rules::{document, scheme::Scheme, words::date};
use kangji_store::{Actor, Store};
use maud::{Markup, html};

use super::When;
use crate::{
    app::App,
    drafts::{NoteText, standing},
    input::{At, Search},
    orders::pages::minute,
    pages::{
        Page, Pages,
        open::Open,
        parts::{self, Tone},
        visit::Guest,
    },
    problem::{Code, Problem},
};

pub(crate) fn pages() -> Pages {
    Pages::default().get("/rules", all).get("/rules/{id}", one)
}

/// Sends a page compressed, unless it holds the token of a session, as those of staff do.
pub(crate) fn sent(guest: &Guest, page: Page) -> Response {
    match guest.who().map(|who| who.principal()) {
        Some(Actor::Staff(_)) => page.into_response(),
        _ => (Extension(Open), page).into_response(),
    }
}

async fn all(State(app): State<App>, guest: Guest) -> Result<Response, Problem> {
    let today = app.now().day();
    let schemes = app.ask(Store::schemes).await?;
    let mut newest: Vec<&Scheme> =
        schemes.iter().filter_map(|versions| on(versions, today)).collect();
    newest.sort_by_key(|scheme| scheme.division.to_string());
    let body = html! {
        p.lead { "做什么得多少分、什么时候不计分、积分怎么用，都以这里公布的办法为准。" }
        ul.entries.framed {
            @for scheme in &newest {
                li {
                    p.head {
                        a href=(format!("/rules/{}", scheme.id)) { (scheme.title) }
                        (state(scheme.in_force, today))
                    }
                    p { (scheme.issuer) }
                    p.small { "区划 " (scheme.division) "，" (days(scheme.in_force)) }
                }
            }
        }
        @if newest.is_empty() {
            (parts::empty("还没有公布积分办法。", html! { a.button href="/" { "回到首页" } }))
        }
    };
    Ok(sent(&guest, guest.page("积分办法", body)))
}

/// The version in force on a day; otherwise the last one before it, otherwise the first.
fn on(versions: &[Scheme], day: Day) -> Option<&Scheme> {
    let begun = versions.iter().rfind(|scheme| scheme.in_force.from <= day);
    begun.or(versions.first())
}

/// Whether a version is in force on a day.
fn state(in_force: DayRange, day: Day) -> Markup {
    match in_force {
        days if days.contains(day) => parts::tag(Tone::Good, "施行中"),
        days if day < days.from => parts::tag(Tone::Warn, "还没有施行"),
        _ => parts::tag(Tone::Plain, "不再施行"),
    }
}

fn days(in_force: DayRange) -> String {
    match in_force.to {
        Day::LAST => format!("{}起施行", date(in_force.from)),
        last => format!("{}到{}施行", date(in_force.from), date(last)),
    }
}

/// A version as it is read, and which others there are.
struct Read {
    body: Arc<SchemeBody>,
    /// What the bureau says of how it is read (P16).
    notes: Vec<NoteText>,
    in_force: DayRange,
    /// The days on which each version is in force, the newest first.
    versions: Vec<DayRange>,
}

async fn one(
    State(app): State<App>,
    guest: Guest,
    At(id): At<String>,
    Search(When { on: day }): Search<When>,
) -> Result<Response, Problem> {
    let today = app.now().day();
    let day: Option<Day> = match day {
        Some(text) => Some(text.parse().map_err(|_| Problem::from(Code::NotFound))?),
        None => None,
    };
    let address = format!("/rules/{id}");
    let read = app.blocking(move |app| read(app, &id, day.unwrap_or(today))).await?;
    let Read { body, notes, in_force, versions } = read;
    let SchemeBody { title, html } = &*body;
    let body = html! {
        p { a href="/rules" { "全部积分办法" } }
        p { (days(in_force)) " " (state(in_force, today)) }
        @if day.is_some() && !in_force.contains(today) {
            (parts::notice(Tone::Warn, "这不是现在施行的版本", html! {
                p { a href=(address) { "看现在的版本" } }
            }))
        }
        div.scheme { (html) }
        @if !notes.is_empty() {
            h2 { "解释说明" }
            p.small { "由发布机关公布，说明条款怎么理解。" }
            ul.entries.framed {
                @for note in &notes {
                    li {
                        p.head { strong { (note.title) } span.small { (minute(note.written_at)) } }
                        @for line in note.text.lines() { p { (line) } }
                    }
                }
            }
        }
        @if versions.len() > 1 {
            h2 { "各个版本" }
            ul {
                @for days_of in &versions {
                    li {
                        a href=(format!("{address}?on={}", days_of.from)) { (days(*days_of)) }
                        " " (state(*days_of, today))
                    }
                }
            }
        }
    };
    Ok(sent(&guest, guest.page(title, body)))
}

/// Reads the version that [`on`] finds.
fn read(app: &App, id: &str, day: Day) -> Result<Read, Problem> {
    let schemes = app.store().schemes()?;
    let versions = schemes.iter().find(|versions| versions.iter().any(|scheme| scheme.id == id));
    let versions = versions.ok_or(Code::NotFound)?;
    let scheme = on(versions, day).ok_or(Code::NotFound)?;
    let body = drawn(app, scheme)?;
    let mut versions: Vec<DayRange> = versions.iter().map(|scheme| scheme.in_force).collect();
    versions.sort_unstable_by_key(|days| Reverse(days.from));
    Ok(Read { body, notes: standing(app, id)?, in_force: scheme.in_force, versions })
}

/// Versions as they were drawn, by the digest of the document.
static DRAWN: Mutex<BTreeMap<[u8; 32], Arc<SchemeBody>>> = Mutex::new(BTreeMap::new());

/// A version as it is read. What is published never changes and takes long to draw, so it is drawn
/// once.
fn drawn(app: &App, scheme: &Scheme) -> Result<Arc<SchemeBody>, Problem> {
    let known = || DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(body) = known().get(&scheme.digest) {
        return Ok(Arc::clone(body));
    }
    let text = app.store().document(&scheme.id, scheme.in_force.from)?.ok_or(Code::NotFound)?;
    let words = app.store().words();
    let document = document::read(&text, words);
    let body = Arc::new(scheme_body(&text, &document, scheme, words));
    known().insert(scheme.digest, Arc::clone(&body));
    Ok(body)
}
