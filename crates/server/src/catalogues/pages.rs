//! Redemption catalogues for people: versions in a table, one of them with its decisions, the form
//! for a new one, and what is in force for everybody.

mod draft;
mod goods;
mod one;
mod open;

use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Which, list,
    shown::{CatalogueEntry, State, StepTaken, provided_by},
};
use crate::{
    input::Search,
    institutions,
    pages::{
        Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone},
    },
    points::pages::statement::said,
    problem::Problem,
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/catalogues", all)
        .get("/catalogues/new", draft::ask)
        .post("/catalogues/new", draft::take)
        .get("/catalogues/{id}", one::show_one)
        .post("/catalogues/{id}", one::take)
        .get("/mall/catalogue", open::catalogue)
}

/// What the table is narrowed to, as it is typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    scheme: String,
    provider: String,
    state: String,
    after: Option<String>,
}

impl Filter {
    fn which(&self) -> Which {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let state = State::ALL.iter().find(|(_, word, _)| *word == self.state);
        Which {
            scheme: given(&self.scheme),
            provider: given(&self.provider),
            state: state.map(|(state, ..)| *state),
            after: self.after.clone(),
            limit: None,
        }
    }

    fn after(&self, id: &str) -> String {
        let Self { scheme, provider, state, .. } = self;
        let fields =
            [("scheme", scheme.as_str()), ("provider", provider), ("state", state), ("after", id)];
        let fields = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let query = serde_urlencoded::to_string(fields.collect::<Vec<_>>()).unwrap_or_default();
        format!("/catalogues?{query}")
    }
}

async fn all(visit: Visit, Search(filter): Search<Filter>) -> Result<Page, Problem> {
    let found = list(visit.state(), visit.who(), Search(filter.which())).await?.0;
    let columns = [
        Column::Text("目录"),
        Column::Text("积分办法"),
        Column::Text("施行"),
        Column::Text("状态"),
        Column::Text("拟定"),
        Column::Text("审核"),
        Column::Text("备案"),
    ];
    let rows: Vec<_> = found.items.iter().map(row).collect();
    let more = found.next.as_deref().map(|next| filter.after(next));
    let body = html! {
        p { "一版目录经审核、备案后，从施行的第一天起生效，接替同一单位的上一版；每年拟定一版新的。" }
        p.buttons {
            @if visit.may(Action::CataloguesPropose) {
                a.button.main href="/catalogues/new" { "拟定目录" }
            }
            a.button href="/mall/catalogue" { "看现在能换什么" }
        }
        (narrow(&visit, &filter).await?)
        @if rows.is_empty() {
            (parts::empty("没有符合条件的目录。", html! { a.button href="/catalogues" { "看全部" } }))
        } @else {
            (parts::table("各版目录（新的在前）", &columns, &rows))
        }
        (parts::more(more.as_deref()))
    };
    Ok(visit.page("兑换目录", body))
}

async fn narrow(visit: &Visit, filter: &Filter) -> Result<Markup, Problem> {
    let schemes = visit.app().ask(kangji_store::Store::schemes).await?;
    let newest = schemes.iter().filter_map(|versions| versions.last());
    let all = || (String::new(), "全部".to_owned());
    let schemes: Vec<_> = std::iter::once(all())
        .chain(newest.map(|scheme| (scheme.id.clone(), scheme.title.clone())))
        .collect();
    let which = institutions::Which::default();
    let known = institutions::list(visit.state(), visit.who(), Search(which)).await?.0;
    let providers: Vec<_> = [all(), ("-".to_owned(), "统一目录".to_owned())]
        .into_iter()
        .chain(known.into_iter().map(|one| (one.code, one.name)))
        .collect();
    let states = State::ALL.iter().map(|(_, word, says)| ((*word).to_owned(), (*says).to_owned()));
    let states: Vec<_> = std::iter::once(all()).chain(states).collect();
    let field = |name, label, choices, value| {
        Field::new(name, label, Kind::Choice(choices)).unmarked().value(Some(value)).show()
    };
    Ok(html! {
        form.filter method="get" action="/catalogues" {
            (field("scheme", "积分办法", &schemes, &filter.scheme))
            (field("provider", "提供单位", &providers, &filter.provider))
            (field("state", "状态", &states, &filter.state))
            button type="submit" { "查询" }
        }
    })
}

fn row(one: &CatalogueEntry) -> Vec<Markup> {
    vec![
        html! { a href=(format!("/catalogues/{}", one.head.id)) { (provided_by(&one.head)) } },
        html! { (one.head.title) },
        html! { (days(&one.head.first_day, one.head.last_day.as_deref())) },
        state(one),
        html! {
            (one.proposed_by_name) " "
            (said(&kangji_core::Moment::from_millis(one.proposed_at).day().to_string()))
        },
        step(one.reviewed.as_ref()),
        step(one.filed.as_ref()),
    ]
}

fn step(step: Option<&StepTaken>) -> Markup {
    html! {
        @if let Some(step) = step {
            span { (step.paper.document) " " small { (step.name) " " (said(&step.paper.day)) } }
        }
    }
}

fn days(first: &str, last: Option<&str>) -> String {
    match last {
        Some(last) => format!("{}到{}", said(first), said(last)),
        None => format!("{}起", said(first)),
    }
}

/// How far it has come, and what to do about it.
fn state(one: &CatalogueEntry) -> Markup {
    let known = State::ALL.iter().find(|(state, ..)| *state == one.state);
    let says = known.map_or("", |(_, _, says)| *says);
    let tone = match one.state {
        State::Proposed | State::Reviewed => Tone::Warn,
        State::Filed => Tone::Good,
        State::Returned => Tone::Bad,
    };
    html! {
        span {
            (parts::tag(tone, says))
            @if one.in_force { (parts::tag(Tone::Good, "施行中")) }
            @if one.due { (parts::tag(Tone::Warn, "满一年，请拟定新版本")) }
        }
    }
}
