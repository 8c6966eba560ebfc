//! Seeing names and numbers whole: what, and why, before anything is shown.

use axum::response::{IntoResponse, Response};
use kangji_core::identity::DocumentKind;
use kangji_rights::Action;
use maud::{Markup, html};

use super::{at_desk, back, name};
use crate::{
    input::{At, Body},
    pages::{
        Form, Page, Visit,
        parts::{self, Field as Input, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    residents::{
        Resident,
        find::{self, Field, Reveal, Revealed},
        show as resident,
    },
};

const TITLE: &str = "查看完整信息";

/// What can be seen whole, as it is sent and as people read it.
const FIELDS: [(&str, Field, &str); 3] = [
    ("name", Field::Name, "姓名"),
    ("document", Field::Document, "证件号码"),
    ("phone", Field::Phone, "电话"),
];

pub(super) async fn ask(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    at_desk(&visit)?;
    if !visit.may(Action::ResidentsReveal) {
        return Err(Code::Forbidden.into());
    }
    let (_, known) = resident(visit.state(), visit.who(), At(id)).await?;
    Ok(visit.page(TITLE, form(&visit, &known.0, &Form::default(), None)))
}

fn form(visit: &Visit, known: &Resident, typed: &Form, problem: Option<&Problem>) -> Markup {
    let ticked = |field: &str| typed.texts("fields").any(|one| one == field);
    html! {
        (back(known))
        p.lead { "看" (name(known)) "的完整信息。谁看了谁、为什么，都记入操作日志。" }
        (faults(problem))
        form method="post" action=(format!("/residents/{}/reveal", known.id)) {
            (visit.seal())
            fieldset #f-fields {
                legend { "要看哪几项" }
                @for (word, _, label) in FIELDS {
                    label.tick {
                        input type="checkbox" name="fields" value=(word) checked[ticked(word)];
                        span { (label) }
                    }
                }
            }
            (Input::new("reason", "理由", Kind::Line).required()
                .hint("例如：与本人核对电话。不要写证件号码")
                .value(typed.text("reason")).fault(problem).show())
            button.main type="submit" { "查看" }
        }
    }
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    typed: Form,
) -> Result<Response, Problem> {
    at_desk(&visit)?;
    let (_, known) = resident(visit.state(), visit.who(), At(id.clone())).await?;
    let wanted = FIELDS.iter().filter(|(word, ..)| typed.texts("fields").any(|one| one == *word));
    let asked = Reveal {
        fields: wanted.map(|(_, field, _)| *field).collect(),
        reason: typed.text("reason").unwrap_or_default().to_owned(),
    };
    match find::reveal(visit.state(), visit.who(), At(id), Body(asked)).await {
        Ok(revealed) => Ok(visit.page(TITLE, whole(&known.0, &revealed.0)).into_response()),
        Err(problem) if problem.code == Code::Invalid => {
            let page = visit.page(TITLE, form(&visit, &known.0, &typed, Some(&problem)));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn whole(known: &Resident, revealed: &Revealed) -> Markup {
    let document = revealed.document.as_ref().map(|document| {
        format!("{} {}", DocumentKind::from(document.kind).chinese(), document.number)
    });
    let all = [("姓名", &revealed.name), ("证件", &document), ("电话", &revealed.phone)];
    let shown: Vec<(&str, Markup)> = all
        .into_iter()
        .filter_map(|(label, text)| Some((label, html! { (text.as_ref()?) })))
        .collect();
    html! {
        (back(known))
        (parts::notice(Tone::Plain, "这次查看已记入操作日志", html! { p { "离开本页后不再显示。" } }))
        @if shown.is_empty() { p { "要看的几项都没有登记。" } } @else { (parts::facts(&shown)) }
    }
}
