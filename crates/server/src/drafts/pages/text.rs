//! A draft as text for those who know how documents are written, and as residents would read it.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_pages::{SchemeBody, scheme_body};
use kangji_rules::document;
use maud::{Markup, html};

use super::one::{address, back, result, revision, seen, unreadable};
use crate::{
    drafts::{
        DraftChecked, DraftText, Rewritten, TextWanted, check, check_text, rewrite, show as read,
    },
    input::{At, Body},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
};

pub(super) async fn show(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let draft = read(visit.state(), visit.who(), At(id.clone())).await?.0;
    let found = check(visit.state(), visit.who(), At(id)).await?.0;
    Ok(page(&visit, &draft, &found, None))
}

fn page(visit: &Visit, draft: &DraftText, found: &DraftChecked, problem: Option<&Problem>) -> Page {
    let at = address(draft);
    let is_open = draft.entry.state == "open";
    let body = html! {
        (back(draft))
        p.lead {
            "规则写在 ```toml 的代码块里，上面的文字给居民看。写法见“办法文件怎么写”。"
            "改的时候自动检查；没有脚本时按“检查一下”。"
        }
        (faults(problem))
        form method="post" action=(format!("{at}/text"))
            data-check=(format!("/api/v1{at}/check")) {
            (visit.seal()) (revision(draft))
            div.toml.document {
                (Field::new("document", "办法文件", Kind::Long).unmarked()
                    .value(Some(&draft.document)).fault(problem).show())
            }
            @if is_open {
                p.buttons {
                    button.main type="submit" name="do" value="write" { "保存" }
                    button type="submit" name="do" value="check" { "检查一下" }
                }
            }
        }
        section data-found="" aria-live="polite" { (result(draft, found)) }
    };
    visit.page("草案文本", body)
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    let draft = read(visit.state(), visit.who(), At(id.clone())).await?.0;
    // Browsers send lines with a carriage return; documents keep the line ends they had.
    let typed = form.whole("document").ok_or(Code::Malformed)?.replace("\r\n", "\n");
    let ends = draft.document.contains("\r\n");
    let document = if ends { typed.replace('\n', "\r\n") } else { typed };
    if form.text("do") != Some("check") {
        let wanted = Rewritten { revision: seen(&form)?, document: document.clone() };
        let write = form.write(wanted)?;
        match rewrite(visit.state(), visit.who(), At(id.clone()), write).await {
            Ok(kept) if kept.0.entry.revision == draft.entry.revision => {}
            Ok(_) => return Ok(Redirect::to(&address(&draft)).into_response()),
            Err(problem) if matches!(problem.code, Code::Invalid | Code::Conflict) => {
                let found = looked_at(&visit, &id, &document).await?;
                let draft = DraftText { document, ..draft };
                let page = page(&visit, &draft, &found, Some(&problem));
                return Ok(page.with(problem.code.status()).into_response());
            }
            Err(problem) => return Err(problem),
        }
    }
    let found = looked_at(&visit, &id, &document).await?;
    let draft = DraftText { document, ..draft };
    Ok(page(&visit, &draft, &found, None).into_response())
}

async fn looked_at(visit: &Visit, id: &str, document: &str) -> Result<DraftChecked, Problem> {
    let wanted = Body(TextWanted { document: document.to_owned() });
    Ok(check_text(visit.state(), visit.who(), At(id.to_owned()), wanted).await?.0)
}

pub(super) async fn preview(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let draft = read(visit.state(), visit.who(), At(id)).await?.0;
    let body = html! {
        (back(&draft))
        (parts::notice(Tone::Warn, "这是草案，还没有公布", html! {
            p { "公布以后，居民在“积分办法”里看到的就是这样。" }
        }))
        (as_residents_read(&visit, &draft.document)?)
    };
    Ok(visit.page("居民会看到的样子", body))
}

/// A document as residents would read it.
pub(super) fn as_residents_read(visit: &Visit, text: &str) -> Result<Markup, Problem> {
    let words = visit.app().store().words();
    let document = document::read(text, words);
    let scheme = document.made_out.as_ref().ok_or_else(unreadable)?;
    let SchemeBody { html, .. } = scheme_body(text, &document, scheme, words);
    Ok(html! { div.scheme { (html) } })
}
