//! A new version of a scheme as the second person reads it: what changes, from when, the document.

use kangji_rules::document;
use maud::{Markup, html};

use super::{changes_table, one::force, text::as_residents_read};
use crate::{
    drafts::checked::checked,
    pages::{
        Visit,
        parts::{self, Tone},
    },
    problem::{Code, Problem},
};

/// What the document says; `waits` where it is not decided yet.
pub(crate) async fn version(visit: &Visit, text: &str, waits: bool) -> Result<Markup, Problem> {
    let read = text.to_owned();
    let told = visit.app().looking(move |app| {
        let scheme = document::read(&read, app.store().words()).made_out;
        let id = scheme.ok_or(Code::Internal)?.id;
        checked(app, &id, &read)
    });
    let told = told.await?;
    Ok(html! {
        (force(&told))
        @if let Some(obstacle) = told.obstacle.as_ref().filter(|_| waits) {
            (parts::notice(Tone::Bad, "现在不能公布", html! { p { (obstacle) "。" } }))
        }
        h2 { "和现在的版本相比" }
        (changes_table(&told.changes))
        details {
            summary { "居民会看到的全文" }
            (as_residents_read(visit, text)?)
        }
        details {
            summary { "文件文本" }
            pre.toml { (text) }
        }
    })
}
