//! What is known of a resident or a child of theirs, as it is held; what they want corrected, and
//! what became of that.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::{Moment, identity::DocumentKind, vocabulary::Vocabulary};
use kangji_rules::words::date;
use maud::{Markup, html};
use serde::Deserialize;

use super::people::{Family, address};
use crate::{
    input::Search,
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    points::pages::statement::said,
    problem::{Code, Problem},
    residents::{
        corrections::{self, Asked, NewCorrection},
        facts::{Dated, SexName},
        own::{self, Held, OwnRecord},
    },
};

const PATH: &str = "/my/data";
/// So many records are shown; the file has all.
const RECORDS: usize = 30;

/// Of whom.
#[derive(Default, Deserialize)]
pub(super) struct Whose {
    person: Option<String>,
}

pub(super) async fn show(visit: Visit, Search(whose): Search<Whose>) -> Result<Page, Problem> {
    let family = Family::of(&visit, whose.person.as_deref()).await?;
    page(&visit, &family, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    family: &Family,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let people = own::data(visit.state(), visit.who()).await?.0.people;
    let id = &family.member()?.id;
    let held = people.iter().find(|held| held.id == *id).ok_or(Code::NotFound)?;
    let words = visit.app().store().words();
    let body = html! {
        (faults(problem))
        (family.switch(PATH))
        (known(held, words))
        p.buttons {
            a.button href="/api/v1/me/data/export" download="" { "下载全部信息" }
            a.button.quiet href="/my/consents" { "同意事项" }
        }
        h2 #correct { "有写错的？" }
        (correction(visit, family, form, problem))
        (asked(&held.corrections))
        (records(&held.records, words))
        p.small {
            "积分和每笔收支在" a href=(address("/my/entries", &[("person", family.person())])) { "每月收支" }
            "；下载的文件里有全部服务记录和收支（JSON 格式）。"
        }
    };
    let title = if family.is_own() { "我的信息" } else { "孩子的信息" };
    Ok(visit.page(title, body))
}

/// Names, numbers and dated facts.
fn known(held: &Held, words: &Vocabulary) -> Markup {
    let text = |text: Option<&str>| match text {
        Some(text) if !text.is_empty() => html! { (text) },
        _ => html! { "没有登记" },
    };
    let document = held.document.as_ref().map(|document| {
        format!("{} {}", DocumentKind::from(document.kind).chinese(), document.number)
    });
    let sex = held.sex.map(|sex| match sex {
        SexName::Female => "女",
        SexName::Male => "男",
    });
    let born = held.birth_date.as_deref().map(said);
    let groups = |group: &str| words.group_label(group).to_owned();
    parts::facts(&[
        ("姓名", text(held.name.as_deref())),
        ("证件", text(document.as_deref())),
        ("手机", text(held.phone.as_deref())),
        ("生日", text(born.as_deref())),
        ("性别", text(sex)),
        ("社区", dated(&held.communities, ToOwned::to_owned)),
        ("监护人", dated(&held.guardians, ToOwned::to_owned)),
        ("人群", dated(&held.groups, groups)),
        ("编号", html! { (held.code) }),
    ])
}

/// Facts that hold for some time.
fn dated(list: &[Dated], called: impl Fn(&str) -> String) -> Markup {
    html! {
        @if list.is_empty() { "没有登记" }
        @for fact in list {
            div {
                (called(&fact.value))
                @if let Some(from) = &fact.from { " " (said(from)) "起" }
                @if let Some(to) = &fact.to { " 到" (said(to)) }
            }
        }
    }
}

/// What may be wrong, as the API names it, and for people.
const FIELDS: [(&str, &str); 10] = [
    ("name", "姓名"),
    ("document", "证件"),
    ("phone", "手机"),
    ("birth_date", "生日"),
    ("sex", "性别"),
    ("communities", "社区"),
    ("guardians", "监护人"),
    ("groups", "人群"),
    ("records", "服务记录"),
    ("other", "其他"),
];

fn correction(visit: &Visit, family: &Family, form: &Form, problem: Option<&Problem>) -> Markup {
    let choices = FIELDS.map(|(word, name)| (word.to_owned(), name.to_owned()));
    let hint = "写明哪里错了、应该是什么；工作人员会核对证件后更正";
    html! {
        form method="post" action=(PATH) {
            (visit.seal())
            @if let Some(person) = family.person() {
                input type="hidden" name="person" value=(person);
            }
            (Field::new("field", "哪一项", Kind::Choice(&choices)).required()
                .value(form.text("field")).fault(problem).show())
            (Field::new("text", "怎么改", Kind::Long).required().hint(hint)
                .value(form.text("text")).fault(problem).show())
            button.main type="submit" { "申请更正" }
        }
    }
}

/// What was asked to be corrected, the newest first.
fn asked(corrections: &[Asked]) -> Markup {
    html! {
        @if !corrections.is_empty() {
            h2 { "申请过的更正" }
            ul.entries.framed {
                @for one in corrections.iter().rev() {
                    @let name = FIELDS.iter().find(|(word, _)| *word == one.field);
                    li {
                        p.head {
                            span {
                                (date(Moment::from_millis(one.asked_at).day())) " "
                                strong { (name.map_or("其他", |(_, name)| name)) }
                            }
                            @match one.accepted {
                                None => (parts::tag(Tone::Warn, "处理中")),
                                Some(true) => (parts::tag(Tone::Good, "已采纳")),
                                Some(false) => (parts::tag(Tone::Plain, "没有采纳")),
                            }
                        }
                        p { (one.text) }
                        @if let Some(answer) = &one.answer { p { "答复：" (answer) } }
                    }
                }
            }
        }
    }
}

/// The newest service records.
fn records(records: &[OwnRecord], words: &Vocabulary) -> Markup {
    let row = |record: &OwnRecord| {
        let state = if record.void { "（已作废）" } else { "" };
        vec![
            html! { (said(&record.day)) },
            html! { (words.kind_label(&record.kind)) (state) },
            html! { (record.org) },
        ]
    };
    let rows: Vec<_> = records.iter().rev().take(RECORDS).map(row).collect();
    let caption = match records.len() {
        all if all > RECORDS => format!("最近 {RECORDS} 条，一共 {all} 条"),
        all => format!("一共 {all} 条"),
    };
    let columns = ["日期", "服务", "机构"].map(Column::Text);
    html! {
        @if !rows.is_empty() {
            h2 { "服务记录" }
            (parts::table(&caption, &columns, &rows))
        }
    }
}

/// Takes a wish for a correction; a form that is not complete comes back as it was typed.
pub(super) async fn ask(visit: Visit, form: Form) -> Result<Response, Problem> {
    let family = Family::of(&visit, form.text("person")).await?;
    match asking(&visit, &family, &form).await {
        Ok(()) => {
            let to = address(PATH, &[("person", family.person())]);
            Ok(Redirect::to(&format!("{to}#correct")).into_response())
        }
        Err(problem) if problem.code == Code::Invalid => {
            let page = page(&visit, &family, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn asking(visit: &Visit, family: &Family, form: &Form) -> Result<(), Problem> {
    let field = serde_json::from_value(form.need("field")?.into());
    let field = field.map_err(|_| Problem::invalid("field", "请选择哪一项"))?;
    let text = form.need("text")?.to_owned();
    let person = family.person().map(ToOwned::to_owned);
    let write = form.write(NewCorrection { field, text, person })?;
    drop(corrections::ask(visit.state(), visit.who(), write).await?);
    Ok(())
}
