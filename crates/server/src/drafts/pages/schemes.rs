//! The published schemes as those see them who change them: versions and their days, drafts, what
//! changes between two versions, and the interpretation notes.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Day;
use kangji_rights::Action;
use kangji_store::{Store, reaches};
use maud::{Markup, html};
use serde::Deserialize;

use super::{changes_table, day_words, state_tag};
use crate::{
    drafts::{
        Between, DraftEntry, NewDraft, NoteText, Which, compare, list,
        notes::{self, NewNote},
        start,
    },
    input::{At, Order, Search},
    orders::pages::minute,
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    schemes::{self, SchemeEntry, SchemeVersion},
};

/// The schemes in the area of whoever may publish them.
async fn reached(visit: &Visit) -> Result<Vec<SchemeEntry>, Problem> {
    let permit = visit.who().permit(Action::SchemesPublish, visit.app().roles());
    let permit = permit.ok_or(Code::Forbidden)?;
    let all = schemes::entries(visit.app()).await?.into_iter();
    let within = |one: &SchemeEntry| {
        let area = kangji_core::DivisionPrefix::parse(&one.division);
        area.is_some_and(|area| reaches(&permit, area))
    };
    Ok(all.filter(within).collect())
}

pub(super) async fn all(visit: Visit) -> Result<Page, Problem> {
    let found = reached(&visit).await?;
    let drafts = list(visit.state(), visit.who(), Search(Which::default())).await?.0.items;
    let today = visit.app().now().day();
    let columns = ["积分办法", "施行的版本", "草案"].map(Column::Text);
    let row = |one: &SchemeEntry| {
        let own = drafts.iter().filter(|draft| draft.scheme == one.id);
        let open = own.filter(|draft| matches!(draft.state, "open" | "proposed"));
        vec![
            html! { a href=(format!("/schemes/{}", one.id)) { (one.title) } },
            html! {
                div {
                    @for version in &one.versions { (in_force(version, &one.versions, today)) br; }
                }
            },
            html! {
                div {
                    @for draft in open {
                        a href=(format!("/drafts/{}", draft.id)) { (minute(draft.changed_at)) "改" }
                        " " (state_tag(draft.state)) br;
                    }
                }
            },
        ]
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    let body = html! {
        p.lead { "改分值、上限、日期、条件：先拟草案，检查、试算，再由另一位同事看过后公布。" }
        p.buttons { a.button.quiet href="/proposals" { "待另一人处理的事项" } }
        @if rows.is_empty() {
            (parts::empty("您的辖区里还没有公布的积分办法。", html! {
                a.button href="/rules" { "看全部积分办法" }
            }))
        } @else {
            (parts::table("积分办法", &columns, &rows))
        }
    };
    Ok(visit.page("积分办法", body))
}

/// The days of a version, and whether it is in force.
fn in_force(version: &SchemeVersion, all: &[SchemeVersion], today: Day) -> Markup {
    let next = all.iter().find(|other| other.first_day > version.first_day);
    let today = today.to_string();
    let ended = version.last_day.as_ref().is_some_and(|last| *last < today);
    let replaced = next.is_some_and(|next| next.first_day <= today);
    let tag = match () {
        () if version.first_day > today => parts::tag(Tone::Warn, "还没有施行"),
        () if ended || replaced => parts::tag(Tone::Plain, "不再施行"),
        () => parts::tag(Tone::Good, "施行中"),
    };
    html! { span { (day_words(&version.first_day)) "起 " (tag) } }
}

/// The last day on which a version counts: its own, or the one before the next begins.
fn last_day(version: &SchemeVersion, all: &[SchemeVersion]) -> String {
    let later = all.iter().filter(|other| other.first_day > version.first_day);
    let next = later.filter_map(|other| other.first_day.parse::<Day>().ok()).min();
    let before_next = next.map(|day| day.previous().to_string());
    let last = version.last_day.clone().into_iter().chain(before_next).min();
    last.map_or_else(|| "不限".to_owned(), |day| day_words(&day))
}

/// Which versions are shown side by side.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pair {
    old: Option<String>,
    new: Option<String>,
}

pub(super) async fn one(
    visit: Visit,
    At(id): At<String>,
    Search(pair): Search<Pair>,
) -> Result<Page, Problem> {
    page(&visit, &id, pair, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    id: &str,
    pair: Pair,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let found = reached(visit).await?.into_iter().find(|one| one.id == id);
    let scheme = found.ok_or(Code::NotFound)?;
    let which = Which { scheme: Some(id.to_owned()), ..Which::default() };
    let drafts = list(visit.state(), visit.who(), Search(which)).await?.0.items;
    let notes = notes::list(visit.state(), At(id.to_owned())).await?.0;
    let awards = awards(visit, id).await?;
    let compared = compared(visit, &scheme, pair).await?;
    let today = visit.app().now().day();
    let body = html! {
        p { a href="/schemes" { "← 回到积分办法" } }
        (faults(problem))
        h2 { "版本" }
        (versions(&scheme, today))
        (compared)
        h2 { "新版本的草案" }
        @if drafts.is_empty() { p { "还没有草案。" } }
        @else { (drafts_table(&drafts)) }
        (new_draft(visit, &scheme, form, problem))
        h2 #notes { "解释说明" }
        (notes_part(visit, &scheme, (&notes, &awards), form, problem))
    };
    Ok(visit.page(&scheme.title, body))
}

/// The awards of the newest version, by id and name.
async fn awards(visit: &Visit, id: &str) -> Result<Vec<(String, String)>, Problem> {
    let schemes = visit.app().ask(Store::schemes).await?;
    let newest = schemes.into_iter().filter_map(|mut versions| versions.pop());
    let own = newest.filter(|scheme| scheme.id == id).flat_map(|scheme| scheme.awards);
    Ok(own.map(|award| (award.id, award.name)).collect())
}

fn versions(scheme: &SchemeEntry, today: Day) -> Markup {
    let columns = ["施行", "最后一天", "文件"].map(Column::Text);
    let row = |version: &SchemeVersion| {
        vec![
            in_force(version, &scheme.versions, today),
            html! { (last_day(version, &scheme.versions)) },
            html! {
                a href=(format!("/rules/{}?on={}", scheme.id, version.first_day)) { "居民看到的样子" }
            },
        ]
    };
    let rows: Vec<_> = scheme.versions.iter().rev().map(row).collect();
    parts::table("已公布的版本（新的在前）", &columns, &rows)
}

/// What changes from one version to another, the two newest unless told.
async fn compared(visit: &Visit, scheme: &SchemeEntry, pair: Pair) -> Result<Markup, Problem> {
    let [.., before, newest] = scheme.versions.as_slice() else { return Ok(html! {}) };
    let old = pair.old.unwrap_or_else(|| before.first_day.clone());
    let new = pair.new.unwrap_or_else(|| newest.first_day.clone());
    let between = Search(Between { old: old.clone(), new: new.clone() });
    let changes = compare(visit.state(), At(scheme.id.clone()), between).await?.0;
    let choice = |version: &SchemeVersion| {
        (version.first_day.clone(), format!("{}起的版本", day_words(&version.first_day)))
    };
    let choices: Vec<_> = scheme.versions.iter().map(choice).collect();
    let field = |name, label, day| {
        Field::new(name, label, Kind::Choice(&choices)).unmarked().value(Some(day)).show()
    };
    Ok(html! {
        h2 #changes { "两个版本有什么不同" }
        form.filter method="get" action=(format!("/schemes/{}#changes", scheme.id)) {
            (field("old", "从", &old)) (field("new", "到", &new))
            button type="submit" { "比较" }
        }
        (changes_table(&changes))
    })
}

fn drafts_table(drafts: &[DraftEntry]) -> Markup {
    let columns = ["开始时间", "最近修改", "状态"].map(Column::Text);
    let row = |draft: &DraftEntry| {
        vec![
            html! { a href=(format!("/drafts/{}", draft.id)) { (minute(draft.started_at)) } },
            html! { (minute(draft.changed_at)) },
            state_tag(draft.state),
        ]
    };
    let rows: Vec<_> = drafts.iter().map(row).collect();
    parts::table("草案", &columns, &rows)
}

fn new_draft(
    visit: &Visit,
    scheme: &SchemeEntry,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let newest = scheme.versions.last();
    let last = newest.and_then(|version| version.last_day.as_deref());
    html! {
        form.card method="post" action=(format!("/schemes/{}/drafts", scheme.id)) {
            (visit.seal())
            h3 { "拟一个新版本" }
            p {
                "从最新的版本开始改。新版本施行的前一天，原来的版本自动结束；以前的服务仍按原来的办法计分。"
            }
            div.pair {
                (Field::new("first_day", "新版本从哪天起施行", Kind::Day).required()
                    .value(form.text("first_day")).fault(problem).show())
                (Field::new("last_day", "到哪天为止", Kind::Day)
                    .hint("不填就和原来的版本一样").value(form.text("last_day").or(last))
                    .fault(problem).show())
            }
            button.main type="submit" { "开始拟草案" }
        }
    }
}

fn notes_part(
    visit: &Visit,
    scheme: &SchemeEntry,
    (notes, awards): (&[NoteText], &[(String, String)]),
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let field = |name, label, kind| {
        Field::new(name, label, kind).required().value(form.whole(name)).fault(problem)
    };
    let whole = (String::new(), "整个办法".to_owned());
    let choices: Vec<_> = std::iter::once(whole).chain(awards.iter().cloned()).collect();
    let about = |note: &NoteText| {
        let known = awards.iter().find(|(id, _)| note.award.as_ref() == Some(id));
        known.map(|(_, name)| name.clone())
    };
    html! {
        p { "条款怎么理解，由发布机关说明。公布后居民在积分办法的页面下方看到；撤下后不再显示，仍留底。" }
        @for note in notes {
            div.card {
                p.head { strong { (note.title) } span.small { (minute(note.written_at)) } }
                @if let Some(name) = about(note) { p.small { "关于：" (name) } }
                @for line in note.text.lines() { p { (line) } }
                form method="post" action=(format!("/notes/{}/withdraw", note.id)) {
                    (visit.seal())
                    button.quiet type="submit" { "撤下" }
                }
            }
        }
        details open[problem.and_then(|one| one.place.as_deref()).is_some_and(|place| {
            matches!(place, "title" | "text")
        })] {
            summary { "写一条说明" }
            form method="post" action=(format!("/schemes/{}/notes", scheme.id)) {
                (visit.seal())
                (Field::new("award", "关于哪一项", Kind::Choice(&choices)).unmarked()
                    .value(Some(form.text("award").unwrap_or_default())).fault(problem).show())
                (field("title", "说明什么", Kind::Line).show())
                (field("text", "怎么理解", Kind::Long).hint("写明依据第几条").show())
                button type="submit" { "公布这条说明" }
            }
        }
    }
}

pub(super) async fn start_draft(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::SchemesPublish)?;
    let begin = async || {
        let wanted = NewDraft {
            scheme: id.clone(),
            first_day: form.need("first_day")?.to_owned(),
            last_day: form.text("last_day").map(ToOwned::to_owned),
        };
        start(visit.state(), visit.who(), form.write(wanted)?).await
    };
    match begin().await {
        Ok((_, draft)) => {
            Ok(Redirect::to(&format!("/drafts/{}", draft.0.entry.id)).into_response())
        }
        Err(problem) => again(&visit, &id, &form, problem).await,
    }
}

pub(super) async fn write_note(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::SchemesPublish)?;
    let write = async || {
        let title = form.need("title")?.to_owned();
        let text = form.need("text")?.replace("\r\n", "\n");
        let award = form.text("award").map(ToOwned::to_owned);
        let wanted = NewNote { award, title, text };
        notes::write(visit.state(), visit.who(), At(id.clone()), form.write(wanted)?).await
    };
    match write().await {
        Ok(_) => Ok(Redirect::to(&format!("/schemes/{id}#notes")).into_response()),
        Err(problem) => again(&visit, &id, &form, problem).await,
    }
}

/// The page once more, with what is wrong at its field.
async fn again(
    visit: &Visit,
    id: &str,
    form: &Form,
    problem: Problem,
) -> Result<Response, Problem> {
    if problem.code != Code::Invalid {
        return Err(problem);
    }
    let page = page(visit, id, Pair::default(), form, Some(&problem)).await?;
    Ok(page.with(problem.code.status()).into_response())
}

pub(super) async fn withdraw(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    let key = Order(form.key()?);
    let note = notes::withdraw(visit.state(), visit.who(), At(id), key).await?.0;
    Ok(Redirect::to(&format!("/schemes/{}#notes", note.scheme)).into_response())
}
