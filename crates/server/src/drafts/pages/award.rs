//! An award of a draft: its form, and its worked examples with what the rules give.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use kangji_rules::{
    document::{self, Document},
    scheme::Scheme,
    words::rule_sentence,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    fields::Asked,
    one::{address, back, revision, unreadable, written},
};
use crate::{
    drafts::{
        DraftText, EditWanted, EditsWanted, ExampleForm, edit, form::AwardForm, show as read,
    },
    input::{At, Whole},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
};

/// Which award of which draft.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    id: String,
    award: String,
}

/// A draft and what its text says.
struct Opened {
    draft: DraftText,
    document: Document,
    scheme: Scheme,
}

async fn opened(visit: &Visit, id: String) -> Result<Opened, Problem> {
    let draft = read(visit.state(), visit.who(), At(id)).await?.0;
    let document = document::read(&draft.document, visit.app().store().words());
    let scheme = document.made_out.clone().ok_or_else(unreadable)?;
    Ok(Opened { draft, document, scheme })
}

impl Opened {
    fn asked<'a>(&'a self, visit: &'a Visit, id: &str) -> Result<Asked<'a>, Problem> {
        let form = self.draft.awards.iter().find(|form| form.id == id).ok_or(Code::NotFound)?;
        let award = self.scheme.award(id).ok_or(Code::NotFound)?;
        let words = visit.app().store().words();
        Ok(Asked { award, form, scheme: &self.scheme, words })
    }
}

pub(super) async fn show(visit: Visit, At(place): At<Place>) -> Result<Page, Problem> {
    let opened = opened(&visit, place.id).await?;
    let form = opened.asked(&visit, &place.award)?.filled();
    page(&visit, &opened, &place.award, &form, None)
}

fn page(
    visit: &Visit,
    opened: &Opened,
    id: &str,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let asked = opened.asked(visit, id)?;
    let draft = &opened.draft;
    let at = format!("{}/awards/{id}", address(draft));
    let body = html! {
        (back(draft))
        p.small { (asked.award.basis_line()) }
        p.lead { (rule_sentence(asked.award, &opened.scheme, asked.words)) }
        (faults(problem))
        form method="post" action=(at) {
            (visit.seal()) (revision(draft))
            button.default type="submit" name="do" value="write" tabindex="-1" aria-hidden="true" {}
            (asked.show(form, problem))
            p.buttons {
                button.main type="submit" name="do" value="write" { "写进草案" }
                button.danger type="submit" name="do" value="remove" { "取消这个项目" }
            }
            p.small { "只改动文件里有关的几行；记录种类、归谁、确认、要求等其他写法请在文本里改。" }
        }
        h2 #examples { "例子" }
        (examples(visit, opened, id, &at))
    };
    Ok(visit.page(&asked.award.name, body))
}

/// The worked examples, each with whether it comes out as it says.
fn examples(visit: &Visit, opened: &Opened, id: &str, at: &str) -> Markup {
    let document = &opened.document;
    let own = document.examples.iter().filter(|example| example.award == id);
    html! {
        @for (number, example) in own.enumerate() {
            @let block = document.blocks.iter().map(|block| &block.range)
                .find(|range| range.contains(&example.expect_range.start));
            @let wrong = document.problems.iter().filter(|problem| {
                block.is_some_and(|block| block.contains(&problem.range.start))
            });
            @let wrong: Vec<_> = wrong.collect();
            div.card {
                p.head {
                    strong { (example.title) }
                    @if wrong.is_empty() { (parts::tag(Tone::Good, "算得对")) }
                    @else { (parts::tag(Tone::Bad, "和规则算的不一样")) }
                }
                @if !wrong.is_empty() {
                    ul { @for problem in &wrong { li { (problem.message) } } }
                }
                details open[!wrong.is_empty()] {
                    summary { "改这个例子" }
                    form method="post" action=(format!("{at}/example")) {
                        (visit.seal()) (revision(&opened.draft))
                        input type="hidden" name="number" value=(number);
                        (Field::new("title", "给居民看的一句话", Kind::Line).required()
                            .among(&number.to_string()).value(Some(&example.title)).show())
                        (Field::new("as_scored", "结果改成按规则算出的", Kind::Tick)
                            .among(&number.to_string())
                            .value((!wrong.is_empty()).then_some("true")).show())
                        button type="submit" { "改好这个例子" }
                    }
                }
            }
        }
        @if !document.examples.iter().any(|example| example.award == id) {
            p { "还没有例子。在文本里的规则下面写一个得分的、一个不得分的，居民更容易明白。" }
        }
    }
}

pub(super) async fn take(
    visit: Visit,
    At(place): At<Place>,
    form: Form,
) -> Result<Response, Problem> {
    let opened = opened(&visit, place.id).await?;
    let id = &place.award;
    let wanted = || -> Result<EditWanted, Problem> {
        if form.text("do") == Some("remove") {
            return Ok(EditWanted::GoneAward(id.clone()));
        }
        let award: AwardForm = opened.asked(&visit, id)?.read(&form)?;
        Ok(EditWanted::Award(award))
    };
    let result = match wanted() {
        Ok(wanted) => written(&visit, &opened.draft, &form, Ok(wanted)).await,
        Err(problem) => Err(problem),
    };
    match result {
        Err(problem) if problem.code == Code::Invalid || is_not_written(&problem) => {
            let problem = at_field(problem);
            let page = page(&visit, &opened, id, &form, Some(&problem))?;
            Ok(page.with(problem.code.status()).into_response())
        }
        other => other,
    }
}

/// Whether a form could not be written into the text: what was typed stays to be mended.
fn is_not_written(problem: &Problem) -> bool {
    problem.code == Code::Conflict
}

/// The problem at the field of the form that it is about.
fn at_field(problem: Problem) -> Problem {
    let place = problem.place.as_deref().map(|place| match place {
        place if place.starts_with("limit_") && !place.ends_with("_number") => {
            format!("{place}_number")
        }
        place if place.starts_with("when_") => format!("{place}_min"),
        "yields_to" => "yield_award".to_owned(),
        place => place.to_owned(),
    });
    Problem { place, ..problem }
}

pub(super) async fn take_example(
    visit: Visit,
    At(place): At<Place>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::SchemesPublish)?;
    let number = form.need("number")?.parse();
    let number = number.map_err(|_| Problem::invalid("number", "不是数字"))?;
    let wanted = EditsWanted {
        revision: super::one::seen(&form)?,
        edits: vec![EditWanted::Example(ExampleForm {
            award: place.award.clone(),
            number: Whole(number),
            title: Some(form.need("title")?.to_owned()),
            as_scored: form.text("as_scored").is_some(),
        })],
    };
    let write = form.write(wanted)?;
    let draft = edit(visit.state(), visit.who(), At(place.id), write).await?.0;
    let to = format!("{}/awards/{}#examples", address(&draft), place.award);
    Ok(Redirect::to(&to).into_response())
}
