//! 「哪里不对？」: what a resident says is wrong with their points, and what they were answered.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Moment;
use kangji_rules::words::date;
use maud::{Markup, html};
use serde::Deserialize;

use super::people::{Family, Place, address};
use crate::{
    input::{At, Search},
    opinions::{self, NewOpinion, Voiced},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    points::{
        entries::{self, Entry},
        pages::statement::said,
        statement,
    },
    problem::{Code, Problem},
};

const PATH: &str = "/my/opinion";

/// About whose points, and about which entry of them.
#[derive(Default, Deserialize)]
pub(super) struct About {
    person: Option<String>,
    scheme: Option<String>,
    entry: Option<u32>,
    /// A sanction against which it is an appeal.
    sanction: Option<String>,
}

pub(super) async fn show(visit: Visit, Search(about): Search<About>) -> Result<Page, Problem> {
    let family = Family::of(&visit, about.person.as_deref()).await?;
    let entry = match (about.scheme.as_deref(), about.entry) {
        (Some(scheme), Some(number)) => entry(&visit, &family, scheme, number).await?,
        _ => None,
    };
    let mut form = Form::default();
    if let Some(entry) = entry {
        form = form.with("about", telling(&entry));
        form = form.with("award", entry.award.unwrap_or_default());
        form = form.with("record", entry.record.unwrap_or_default());
    }
    if let Some(sanction) = about.sanction {
        form = form.with("about", "对处理决定的申诉").with("sanction", sanction);
    }
    page(&visit, &family, &form, None).await
}

/// The entry of an account with a number.
async fn entry(
    visit: &Visit,
    family: &Family,
    scheme: &str,
    number: u32,
) -> Result<Option<Entry>, Problem> {
    let at = At((family.member()?.id.clone(), scheme.to_owned()));
    let which = Search(entries::Which { after: number.checked_sub(1), limit: Some(1) });
    Ok(entries::list(visit.state(), visit.who(), at, which).await?.0.items.pop())
}

/// An entry in a few words.
fn telling(entry: &Entry) -> String {
    format!("{} {}", said(&entry.date), entry.title.as_deref().unwrap_or(&entry.label))
}

async fn page(
    visit: &Visit,
    family: &Family,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let given = opinions::mine(visit.state(), visit.who()).await?.0;
    let choices = awards(visit, family).await?;
    let body = html! {
        (faults(problem))
        (family.switch(PATH))
        p.lead { "觉得积分算错了、漏记了，或者办法有什么不合适，都可以写在这里。工作人员看了会答复您。" }
        (blank(visit, family, form, problem, &choices))
        (all(family, &given))
    };
    Ok(visit.page("哪里不对？", body))
}

/// The form.
fn blank(
    visit: &Visit,
    family: &Family,
    form: &Form,
    problem: Option<&Problem>,
    choices: &[(String, String)],
) -> Markup {
    html! {
        form method="post" action=(PATH) {
            (visit.seal())
            @if let Some(person) = family.person() {
                input type="hidden" name="person" value=(person);
            }
            @if let Some(about) = form.text("about") {
                p { "关于：" strong { (about) } }
                @for name in ["about", "record", "award", "sanction"] {
                    @if let Some(value) = form.text(name) {
                        input type="hidden" name=(name) value=(value);
                    }
                }
            } @else if !choices.is_empty() {
                (Field::new("award", "关于哪个得分项目", Kind::Choice(choices))
                    .value(form.text("award")).fault(problem).show())
            }
            (Field::new("text", "哪里不对", Kind::Long).required().value(form.text("text"))
                .hint("写明哪一天、做了什么、您觉得应该怎样；不要写证件号码")
                .fault(problem).show())
            button.main type="submit" { "提交意见" }
        }
    }
}

/// The awards on the person's statements: what an opinion may be about.
async fn awards(visit: &Visit, family: &Family) -> Result<Vec<(String, String)>, Problem> {
    let mut awards = BTreeMap::new();
    for Place { scheme, .. } in family.places(visit).await? {
        let at = At((family.member()?.id.clone(), scheme));
        let read = statement::read(visit.state(), visit.who(), at).await?.0;
        let counted = read.counted.into_iter().map(|one| (one.award, one.title));
        let others = read.not_counted.into_iter().chain(read.waiting);
        let others = others.map(|line| (line.award, line.title));
        let known = counted.chain(others).filter_map(|(award, title)| Some((award?, title)));
        awards.extend(known);
    }
    Ok(awards.into_iter().collect())
}

/// What was said before, and what was answered.
fn all(family: &Family, given: &[Voiced]) -> Markup {
    let given = given.iter().filter(|one| !family.called(&one.person).is_empty());
    let given: Vec<_> = given.collect();
    html! {
        @if !given.is_empty() {
            h2 #given { "提过的意见" }
            ul.entries.framed {
                @for one in given {
                    li {
                        p.head {
                            span {
                                (date(Moment::from_millis(one.written_at).day()))
                                @if family.members.len() > 1 { " " (family.called(&one.person)) }
                                @if let Some(title) = &one.title { " " strong { (title) } }
                            }
                            (state(one))
                        }
                        p.typed { (one.text) }
                        @if let Some(answer) = &one.answer {
                            p.typed { strong { "答复：" } (answer) }
                        }
                    }
                }
            }
        }
    }
}

fn state(one: &Voiced) -> Markup {
    match one.answered_at {
        Some(_) => parts::tag(Tone::Good, "已答复"),
        None => parts::tag(Tone::Warn, "等待答复"),
    }
}

/// Takes an opinion; a form that is not complete comes back as it was typed.
pub(super) async fn give(visit: Visit, form: Form) -> Result<Response, Problem> {
    let family = Family::of(&visit, form.text("person")).await?;
    match giving(&visit, &family, &form).await {
        Ok(()) => {
            let to = address(PATH, &[("person", family.person())]);
            Ok(Redirect::to(&format!("{to}#given")).into_response())
        }
        Err(problem) if problem.code == Code::Invalid => {
            let page = page(&visit, &family, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn giving(visit: &Visit, family: &Family, form: &Form) -> Result<(), Problem> {
    let text = |name| form.text(name).map(ToOwned::to_owned);
    let opinion = NewOpinion {
        text: form.need("text")?.to_owned(),
        record: text("record"),
        award: text("award"),
        sanction: text("sanction"),
        person: family.person().map(ToOwned::to_owned),
    };
    drop(opinions::give(visit.state(), visit.who(), form.write(opinion)?).await?);
    Ok(())
}
