//! The pages of registers: a register with its form, printable, and one entry with its answer.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::{Action, Cover};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Entry, NewEntry, Register, Reply, Which, answer, enter, list, show as read};
use crate::{
    input::{At, Search, Whole},
    orders::pages::minute,
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    stock::staff_names,
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/registers/{register}", all)
        .post("/registers/{register}", take)
        .get("/registers/{register}/{id}", one)
        .post("/registers/{register}/{id}", reply)
}

/// What is asked for, as it is typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    area: String,
    after: String,
}

impl Asked {
    fn which(&self) -> Which {
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Which { area: said(&self.area), answered: None, after: said(&self.after), limit: None }
    }
}

async fn all(
    visit: Visit,
    At(register): At<String>,
    Search(asked): Search<Asked>,
) -> Result<Page, Problem> {
    page(&visit, named(&visit, &register)?, &asked, &Form::default(), None).await
}

/// The register of an address; whoever may not keep one is not told which there are.
fn named(visit: &Visit, word: &str) -> Result<Register, Problem> {
    visit.need(Action::RegistersKeep)?;
    Register::of_word(word).ok_or_else(|| Code::NotFound.into())
}

async fn page(
    visit: &Visit,
    register: Register,
    asked: &Asked,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let word = register.word();
    let found =
        list(visit.state(), visit.who(), At(word.to_owned()), Search(asked.which())).await?.0;
    let next = found.next.as_ref().map(|next| match asked.area.as_str() {
        "" => format!("/registers/{word}?after={next}"),
        area => format!("/registers/{word}?area={area}&after={next}"),
    });
    let body = html! {
        nav.buttons.no-print aria-label="登记簿" {
            @for other in Register::ALL {
                @let here = (other == register).then_some("page");
                a.button.quiet href=(format!("/registers/{}", other.word())) aria-current=[here] {
                    (other.title())
                }
            }
        }
        (sheet(visit, register, form, problem))
        form.filter method="get" action=(format!("/registers/{word}")) {
            (Field::new("area", "区划代码", Kind::Digits).among("filter").unmarked()
                .value(Some(&asked.area)).show())
            button type="submit" { "查询" }
        }
        (table(register, &found.items))
        (parts::more(next.as_deref()))
        @if !found.items.is_empty() {
            p.buttons { button type="button" data-print { "打印这一页" } }
        }
    };
    Ok(visit.page(register.title(), body))
}

fn sheet(visit: &Visit, register: Register, form: &Form, problem: Option<&Problem>) -> Markup {
    let today = visit.app().now().day().to_string();
    let own = own_area(visit);
    let channels: Vec<String> = register.channels().iter().map(ToString::to_string).collect();
    let field = |name, label, kind| {
        Field::new(name, label, kind).required().value(form.text(name)).fault(problem)
    };
    let is_open = problem.is_some();
    html! {
        (faults(problem))
        details.no-print open[is_open] {
            summary.button { "登记一条" }
            form method="post" action=(format!("/registers/{}", register.word())) {
                (visit.seal())
                (field("content", register.asks(), Kind::Long).hint(register.example()).show())
                (field("day", "日期", Kind::Day).value(form.text("day").or(Some(&today))).show())
                @if register.asks_channel() {
                    (field("channel", "渠道", Kind::Line).offering(&channels).show())
                }
                @if register.asks_reached() {
                    (field("reached", "覆盖人数", Kind::Digits).show())
                }
                @if register.asks_owner() {
                    (field("owner", "由谁解决", Kind::Line).hint("写单位或科室").show())
                    (field("due", "什么时候解决", Kind::Day).show())
                }
                (field("area", "村（社区）或街道", Kind::Digits)
                    .value(form.text("area").or(own.as_deref())).hint("区划代码").show())
                button.main type="submit" { "登记" }
            }
        }
    }
}

/// The widest area whose registers somebody keeps, if it is not everywhere.
fn own_area(visit: &Visit) -> Option<String> {
    let permit = visit.who().permit(Action::RegistersKeep, visit.app().roles())?;
    let areas = permit.covers().iter().filter_map(|cover| match cover {
        Cover::Area { area, .. } => Some(area.to_string()),
        Cover::Person(_) => None,
    });
    areas.min_by_key(String::len).filter(|area| !area.is_empty())
}

fn table(register: Register, entries: &[Entry]) -> Markup {
    let mut columns = vec![Column::Text("日期"), Column::Text("区划"), Column::Text("内容")];
    if register.asks_channel() {
        columns.push(Column::Text("渠道"));
    }
    if register.asks_reached() {
        columns.push(Column::Number("覆盖人数"));
    }
    if register.asks_owner() {
        columns.extend([Column::Text("由谁解决"), Column::Text("期限")]);
    }
    if register.is_answered() {
        columns.push(Column::Text(register.answer()));
    }
    let row = |one: &Entry| {
        let here = format!("/registers/{}/{}", register.word(), one.id);
        let text = |text: &Option<String>| html! { (text.as_deref().unwrap_or("—")) };
        let mut cells = vec![
            html! { a href=(here) { (one.day) } },
            html! { (one.area) },
            html! { (one.content) },
        ];
        if register.asks_channel() {
            cells.push(text(&one.channel));
        }
        if register.asks_reached() {
            cells.push(html! { (one.reached.unwrap_or_default()) });
        }
        if register.asks_owner() {
            cells.extend([text(&one.owner), text(&one.due)]);
        }
        if register.is_answered() {
            cells.push(state(one));
        }
        cells
    };
    let rows: Vec<_> = entries.iter().map(row).collect();
    html! {
        @if rows.is_empty() { (parts::empty("还没有登记。", html! {})) }
        @else { (parts::table("新的在前", &columns, &rows)) }
    }
}

/// What came of an entry.
fn state(entry: &Entry) -> Markup {
    match &entry.answer {
        Some(answer) => html! { (answer.text) },
        None if entry.overdue => parts::tag(Tone::Bad, "已过期限"),
        None => parts::tag(Tone::Warn, "待答复"),
    }
}

async fn take(visit: Visit, At(register): At<String>, form: Form) -> Result<Response, Problem> {
    let register = named(&visit, &register)?;
    let word = register.word().to_owned();
    let entered = match new_entry(&form) {
        Ok(entry) => enter(visit.state(), visit.who(), At(word.clone()), form.write(entry)?).await,
        Err(problem) => Err(problem),
    };
    match entered {
        Ok(_) => Ok(Redirect::to(&format!("/registers/{word}")).into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::OutOfArea) => {
            let page = page(&visit, register, &Asked::default(), &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn new_entry(form: &Form) -> Result<NewEntry, Problem> {
    let text = |name: &str| form.text(name).map(ToOwned::to_owned);
    let reached = form
        .text("reached")
        .map(|text| text.parse().map(Whole).map_err(|_| Problem::invalid("reached", "请填写整数")));
    Ok(NewEntry {
        area: form.need("area")?.to_owned(),
        day: form.need("day")?.to_owned(),
        content: form.need("content")?.to_owned(),
        channel: text("channel"),
        reached: reached.transpose()?,
        owner: text("owner"),
        due: text("due"),
    })
}

async fn one(visit: Visit, At((register, id)): At<(String, String)>) -> Result<Page, Problem> {
    paper(&visit, named(&visit, &register)?, id, &Form::default(), None).await
}

/// An entry, and the form of its answer.
async fn paper(
    visit: &Visit,
    register: Register,
    id: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let word = register.word();
    let entry = read(visit.state(), visit.who(), At((word.to_owned(), id))).await?.0;
    let by = entry.answer.as_ref().map(|answer| &answer.by);
    let names = staff_names(visit, [&entry.entered_by].into_iter().chain(by)).await?;
    let named = |id: &String| names.get(id).map_or("", String::as_str).to_owned();
    let text = |text: &Option<String>| html! { (text.as_deref().unwrap_or("—")) };
    let body = html! {
        (faults(problem))
        p.typed { (entry.content) }
        (parts::facts(&[
            ("日期", html! { (entry.day) }),
            ("区划", html! { (entry.area) }),
            ("渠道", text(&entry.channel)),
            ("由谁解决", text(&entry.owner)),
            ("期限", text(&entry.due)),
            ("登记人", html! { (named(&entry.entered_by)) }),
        ]))
        @if let Some(answer) = &entry.answer {
            h2 { (register.answer()) }
            p.typed { (answer.text) }
            p.small { (minute(answer.at)) "，" (named(&answer.by)) }
        } @else if register.is_answered() {
            form method="post" action=(format!("/registers/{word}/{}", entry.id)) {
                (visit.seal())
                (Field::new("answer", register.answer(), Kind::Long).required()
                    .value(form.text("answer")).fault(problem).show())
                button.main type="submit" { "保存" }
            }
        }
        p { a href=(format!("/registers/{word}")) { "← " (register.title()) } }
    };
    Ok(visit.page(register.title(), body))
}

async fn reply(
    visit: Visit,
    At((register, id)): At<(String, String)>,
    form: Form,
) -> Result<Response, Problem> {
    let register = named(&visit, &register)?;
    let word = register.word().to_owned();
    match replied(&visit, &word, &id, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/registers/{word}/{id}")).into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::Conflict) => {
            let page = paper(&visit, register, id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn replied(visit: &Visit, word: &str, id: &str, form: &Form) -> Result<(), Problem> {
    let wanted = form.write(Reply { answer: form.need("answer")?.to_owned() })?;
    let place = (word.to_owned(), id.to_owned());
    answer(visit.state(), visit.who(), At(place), wanted).await.map(drop)
}
