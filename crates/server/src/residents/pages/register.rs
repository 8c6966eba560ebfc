//! Registering a person: what is needed first, the rest folded.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{at_desk, document_kind, document_kinds, find};
use crate::{
    pages::{
        Form, Page, Visit,
        parts::{Field, Kind, faults},
    },
    problem::{Code, Problem},
    residents::{
        communities,
        facts::{Dated, SexName},
        identity::GivenDocument,
        register::{self, NewResident},
    },
};

const TITLE: &str = "登记居民";

/// Fields that stand in the fold; it is open where one of them is filled in or wrong.
const FOLDED: [&str; 6] = ["birth_date", "sex", "guardian", "groups", "code", "reason"];

/// The empty form.
pub(super) async fn ask(visit: Visit) -> Result<Page, Problem> {
    at_desk(&visit)?;
    visit.need(Action::ResidentsWrite)?;
    let form = form(&visit, &Form::default(), None).await?;
    Ok(visit.page(TITLE, form))
}

/// The form with what was typed.
pub(super) async fn form(
    visit: &Visit,
    typed: &Form,
    problem: Option<&Problem>,
) -> Result<Markup, Problem> {
    let communities = communities::list(visit.state(), visit.who()).await?.0;
    // Whoever works in one community need not say which.
    let only = communities.first().filter(|_| communities.len() == 1).map(String::as_str);
    let kinds = document_kinds();
    let wrong = |field: &str| problem.and_then(|problem| problem.place.as_deref()) == Some(field);
    let folded = FOLDED.iter().any(|field| typed.text(field).is_some() || wrong(field));
    let first = if typed.text("document.number").is_some() { "name" } else { "document.number" };
    let line = |name: &'static str, label, kind| {
        let field = Field::new(name, label, kind).value(typed.text(name)).fault(problem);
        if name == first && problem.is_none() { field.first() } else { field }
    };
    let kind = typed.text("document.kind").unwrap_or("resident-card");
    Ok(html! {
        (faults(problem))
        form method="post" action="/residents/new" {
            (visit.seal())
            (line("document.number", "证件号码", Kind::Line).unmarked()
                .hint("居民身份证号码里有出生日期和性别，不用另填；新生儿没有证明时留空").show())
            (Field::new("document.kind", "证件种类", Kind::Choice(&kinds)).required()
                .value(Some(kind)).fault(problem).show())
            (line("name", "姓名（与证件一致）", Kind::Line).required().show())
            (line("phone", "电话", Kind::Digits).show())
            (Field::new("community", "居住社区（12 位区划代码）", Kind::Digits).required()
                .value(typed.text("community").or(only)).offering(&communities)
                .fault(problem).show())
            details open[folded] {
                summary { "更多：新生儿和其他证件的出生日期、性别，监护人，人群" }
                (more(visit, typed, problem))
            }
            button.main type="submit" { "登记" }
        }
    })
}

/// What only some need.
fn more(visit: &Visit, typed: &Form, problem: Option<&Problem>) -> Markup {
    let sexes = [("female", "女"), ("male", "男")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let line = |name: &'static str, label, kind| {
        Field::new(name, label, kind).value(typed.text(name)).fault(problem)
    };
    html! {
        (line("birth_date", "出生日期", Kind::Day).show())
        (line("sex", "性别", Kind::Choice(&sexes)).show())
        (line("guardian", "监护人（未满 14 岁要填）", Kind::Line).unmarked()
            .hint("监护人的身份证号、电话或居民编号；监护人要先登记").show())
        (line("reason", "没有监护人的原因", Kind::Line).show())
        @if visit.may(Action::PointsCare) { (groups(visit, &|group| ticked(typed, group), problem)) }
        (line("code", "居民编号", Kind::Line).hint("其他系统里的编号；留空由系统编号").show())
    }
}

fn ticked(typed: &Form, group: &str) -> bool {
    typed.texts("groups").any(|one| one == group)
}

/// The groups somebody may belong to, with boxes.
pub(super) fn groups(
    visit: &Visit,
    ticked: &dyn Fn(&str) -> bool,
    problem: Option<&Problem>,
) -> Markup {
    let wrong = problem.filter(|problem| problem.place.as_deref() == Some("groups"));
    html! {
        fieldset.ticks #f-groups {
            legend { "人群" }
            @if let Some(detail) = wrong.and_then(|problem| problem.detail.as_deref()) {
                p.fault { (detail) }
            }
            @for word in visit.app().store().words().groups() {
                label.tick {
                    input type="checkbox" name="groups" value=(word.id) checked[ticked(&word.id)];
                    span { (word.label) }
                }
            }
        }
    }
}

/// Registers, and goes on to the person.
pub(super) async fn take(visit: Visit, typed: Form) -> Result<Response, Problem> {
    at_desk(&visit)?;
    visit.need(Action::ResidentsWrite)?;
    match added(&visit, &typed).await {
        Ok(id) => Ok(Redirect::to(&format!("/residents/{id}?done=registered")).into_response()),
        Err(problem) if is_about_the_form(&problem) => {
            let problem = placed(problem);
            let form = form(&visit, &typed, Some(&problem)).await?;
            Ok(visit.page(TITLE, form).with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn added(visit: &Visit, typed: &Form) -> Result<String, Problem> {
    let text = |name: &str| typed.text(name).map(ToOwned::to_owned);
    let since = |value: String| Dated { value, from: None, to: None };
    let guardian = match typed.text("guardian") {
        Some(shown) => vec![since(guardian(visit, shown).await?)],
        None => Vec::new(),
    };
    let kind = document_kind("document.kind", typed.need("document.kind")?)?;
    let number = text("document.number").unwrap_or_default();
    let body = NewResident {
        code: text("code"),
        name: typed.need("name")?.to_owned(),
        document: GivenDocument { kind, number },
        phone: text("phone"),
        birth_date: text("birth_date"),
        sex: sex(typed)?,
        communities: vec![since(typed.need("community")?.to_owned())],
        guardians: guardian,
        groups: typed.texts("groups").map(|group| since(group.to_owned())).collect(),
        reason: text("reason"),
    };
    let (_, added) = register::add(visit.state(), visit.who(), typed.write(body)?).await?;
    Ok(added.0.id)
}

/// The code of a guardian, by whatever of theirs was typed.
pub(super) async fn guardian(visit: &Visit, shown: &str) -> Result<String, Problem> {
    let wrong = |detail: &str| Problem::invalid("guardian", detail);
    let found = find::fitting(visit, shown).await;
    let (_, mut found) =
        found.map_err(|problem| Problem { place: Some("guardian".to_owned()), ..problem })?;
    match (found.pop(), found.is_empty()) {
        (Some(guardian), true) => Ok(guardian.code),
        (Some(_), false) => Err(wrong("有几个人符合；请填写监护人的证件号码")),
        (None, _) => Err(wrong("没有登记过这位监护人；请先登记监护人")),
    }
}

fn sex(typed: &Form) -> Result<Option<SexName>, Problem> {
    match typed.text("sex") {
        None => Ok(None),
        Some("female") => Ok(Some(SexName::Female)),
        Some("male") => Ok(Some(SexName::Male)),
        Some(_) => Err(Problem::invalid("sex", "请从列表中选择")),
    }
}

/// Whether the same form with something else typed may help.
pub(super) const fn is_about_the_form(problem: &Problem) -> bool {
    matches!(problem.code, Code::Invalid | Code::OutOfArea | Code::Conflict)
}

/// A fault of the API's input at the field of the form.
pub(super) fn placed(problem: Problem) -> Problem {
    let place = problem.place.as_deref().map(|place| {
        let lists = [("communities", "community"), ("guardians", "guardian"), ("groups", "groups")];
        let list = lists.iter().find(|(list, _)| place.starts_with(list));
        list.map_or(place, |(_, field)| field).to_owned()
    });
    let outside = (problem.code == Code::OutOfArea).then(|| "community".to_owned());
    let detail = problem.detail.or_else(|| {
        let says = "这个社区不在您的辖区内，请核对区划代码";
        (problem.code == Code::OutOfArea).then(|| says.to_owned())
    });
    Problem { place: place.or(outside), detail, ..problem }
}
