//! A resident's records, the latest first, with a filter.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use kangji_core::vocabulary::Vocabulary;
use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::values::{kind_label, line};
use crate::{
    input::{At, Search},
    pages::{
        Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    records::{
        Record,
        read::{self, Which},
    },
    residents::glance::glance,
};

/// Records on a page.
const PAGE: u32 = 50;

/// Which records; an empty text asks for nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wanted {
    kind: String,
    from: String,
    to: String,
    after: String,
}

impl Wanted {
    fn which(&self, resident: &str) -> Which {
        let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let days = [said(&self.from), said(&self.to)];
        Which::latest_of(resident, PAGE).within(said(&self.kind), days, said(&self.after))
    }

    fn is_open(&self) -> bool {
        [&self.kind, &self.from, &self.to].iter().all(|text| text.is_empty())
    }
}

pub(super) async fn show(
    visit: Visit,
    At(id): At<String>,
    Search(wanted): Search<Wanted>,
) -> Result<Response, Problem> {
    let person = glance(&visit, &id).await?;
    let listed = read::list(visit.state(), visit.who(), Search(wanted.which(&id))).await;
    let (records, next, problem) = match listed {
        Ok(Json(page)) => (page.items, page.next, None),
        Err(problem) if problem.code == Code::Invalid => (Vec::new(), None, Some(problem)),
        Err(problem) => return Err(problem),
    };
    let words = visit.app().store().words();
    let here = format!("/residents/{}/records", person.id);
    let can_write = visit.may(Action::RecordsWrite);
    let record_one = html! {
        @if can_write { a.button.main href=(format!("{here}/new")) { "登记服务" } }
    };
    let body = html! {
        (person.line())
        @if !records.is_empty() { p.buttons { (record_one) } }
        (faults(problem.as_ref()))
        (filter(&here, &wanted, problem.as_ref(), words))
        @if !records.is_empty() {
            (table(&records, words))
        } @else if problem.is_none() && wanted.is_open() {
            (parts::empty("还没有记录。", record_one))
        } @else if problem.is_none() {
            (parts::empty("没有符合条件的记录。", html! { a.button href=(here) { "看全部" } }))
        }
        (parts::more(next.as_deref().and_then(|next| further(&here, &wanted, next)).as_deref()))
    };
    let page = visit.page("服务记录", body);
    Ok(match &problem {
        Some(problem) => page.with(problem.code.status()).into_response(),
        None => page.into_response(),
    })
}

fn filter(here: &str, wanted: &Wanted, problem: Option<&Problem>, words: &Vocabulary) -> Markup {
    let all = (String::new(), "全部".to_owned());
    let kinds = words.kinds().iter().map(|kind| (kind.id.clone(), kind.label.clone()));
    let kinds: Vec<_> = std::iter::once(all).chain(kinds).collect();
    let day = |name, label, value| {
        Field::new(name, label, Kind::Day).unmarked().value(value).fault(problem).show()
    };
    html! {
        form.filter method="get" action=(here) {
            (Field::new("kind", "服务", Kind::Choice(&kinds)).unmarked()
                .value(Some(&wanted.kind)).show())
            (day("from", "从", Some(wanted.from.as_str())))
            (day("to", "到", Some(wanted.to.as_str())))
            button type="submit" { "查询" }
        }
    }
}

fn table(records: &[Record], words: &Vocabulary) -> Markup {
    let columns = [
        Column::Text("日期"),
        Column::Text("服务"),
        Column::Text("内容"),
        Column::Text("机构"),
        Column::Text("状态"),
    ];
    let row = |record: &Record| {
        vec![
            html! { (record.date) },
            html! { a href=(format!("/records/{}", record.id)) { (kind_label(record, words)) } },
            html! { (line(record, words)) },
            html! { (record.org) },
            html! {
                @if record.void { (parts::tag(Tone::Bad, "已作废")) }
                @else if record.version > 1 { (parts::tag(Tone::Plain, "已更正")) }
            },
        ]
    };
    let rows: Vec<_> = records.iter().map(row).collect();
    parts::table("记录，新的在前", &columns, &rows)
}

/// Where the next page is.
fn further(here: &str, wanted: &Wanted, next: &str) -> Option<String> {
    let Wanted { kind, from, to, .. } = wanted;
    let asked = [("kind", kind.as_str()), ("from", from), ("to", to), ("after", next)];
    let asked = asked.into_iter().filter(|(_, text)| !text.is_empty());
    let asked = serde_urlencoded::to_string(asked.collect::<Vec<_>>()).ok()?;
    Some(format!("{here}?{asked}"))
}
