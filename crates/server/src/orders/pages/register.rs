//! The orders of a counter by day: the redemption register, what waits, and all of them.

use axum::http::StatusCode;
use kangji_rights::Action;
use kangji_store::Institution;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{called, cost, desk::heading, here::Here, minute, state};
use crate::{
    input::Search,
    orders::{
        read::{self, Dated, Orders, Which},
        told::{OrderShown, StateName},
    },
    pages::{
        Page, Visit,
        parts::{self, Column, Field, Kind, faults},
    },
    points::pages::statement::said,
    problem::{Code, Problem},
};

/// So many orders stand on a page of the register.
const ROWS: u32 = 100;

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum View {
    /// What was handed over on some days.
    #[default]
    Register,
    /// What waits.
    Waiting,
    /// What was ordered on some days.
    All,
}

impl View {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Register, "register", "交付登记"),
        (Self::Waiting, "waiting", "等待领取"),
        (Self::All, "all", "所有兑换单"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(view, ..)| *view == self).map_or("", |(_, word, _)| word)
    }
}

/// The address of a list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    at: Option<String>,
    #[serde(default)]
    view: View,
    state: Option<String>,
    from: Option<String>,
    to: Option<String>,
    after: Option<String>,
}

impl Asked {
    /// The question to the API: the register is of today unless days are told.
    fn which(&self, counter: &Institution, today: &str) -> Which {
        let day = |given: &Option<String>| {
            let given = given.clone().filter(|day| !day.is_empty());
            given.or_else(|| (self.view == View::Register).then(|| today.to_owned()))
        };
        let word = self.state.as_deref().filter(|_| self.view == View::All);
        let waiting = self.view == View::Waiting;
        Which {
            institution: counter.code.clone(),
            code: None,
            state: if waiting {
                Some(StateName::Waiting)
            } else {
                word.and_then(StateName::of_word)
            },
            dated: Some(if self.view == View::Register {
                Dated::HandedOver
            } else {
                Dated::Placed
            }),
            from: day(&self.from).filter(|_| !waiting),
            to: day(&self.to).filter(|_| !waiting),
            after: self.after.clone(),
            limit: Some(ROWS),
        }
    }
}

pub(super) async fn show(visit: Visit, Search(asked): Search<Asked>) -> Result<Page, Problem> {
    let here = Here::find(&visit, Action::OrdersRead, asked.at.clone()).await?;
    let Some(counter) = here.counter() else { return Ok(here.choose(&visit, "/counter/orders")) };
    let today = visit.app().now().day().to_string();
    let which = asked.which(counter, &today);
    let found = read::list(visit.state(), visit.who(), Search(which.clone())).await;
    let (found, problem) = match found {
        Ok(found) => (Some(found.0), None),
        Err(problem) if problem.code == Code::Invalid => (None, Some(problem)),
        Err(problem) => return Err(problem),
    };
    let body = html! {
        div.no-print {
            (heading(&here, counter, "/counter/orders"))
            (faults(problem.as_ref()))
            (views(&asked, counter))
            @if asked.view != View::Waiting { (filter(&asked, &which, problem.as_ref())) }
        }
        @if let Some(found) = &found { (listed(&visit, &asked, counter, &which, found)) }
    };
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    Ok(visit.page("兑换登记簿", body).with(status))
}

fn views(asked: &Asked, counter: &Institution) -> Markup {
    html! {
        nav.switch aria-label="看哪些" {
            @for (view, word, says) in View::ALL {
                a href=(format!("/counter/orders?at={}&view={word}", counter.code))
                    aria-current=[(asked.view == view).then_some("true")] { (says) }
            }
        }
    }
}

fn filter(asked: &Asked, which: &Which, problem: Option<&Problem>) -> Markup {
    let states = StateName::ALL.map(|(state, word)| (word.to_owned(), state.chinese().to_owned()));
    let any = [(String::new(), "全部".to_owned())];
    let states: Vec<_> = any.into_iter().chain(states).collect();
    let day = |name, label, value: &Option<String>| {
        Field::new(name, label, Kind::Day).unmarked().value(value.as_deref()).fault(problem).show()
    };
    html! {
        form.filter method="get" action="/counter/orders" {
            input type="hidden" name="at" value=(which.institution);
            input type="hidden" name="view" value=(asked.view.word());
            (day("from", "从哪天", &which.from))
            (day("to", "到哪天", &which.to))
            @if asked.view == View::All {
                (Field::new("state", "状态", Kind::Choice(&states)).unmarked()
                    .value(Some(asked.state.as_deref().unwrap_or_default())).show())
            }
            button type="submit" { "筛选" }
        }
    }
}

fn listed(
    visit: &Visit,
    asked: &Asked,
    counter: &Institution,
    which: &Which,
    found: &Orders,
) -> Markup {
    let days = match (&which.from, &which.to) {
        (Some(from), Some(to)) if from == to => said(from),
        (Some(from), Some(to)) => format!("{}到{}", said(from), said(to)),
        (Some(from), None) => format!("{}起", said(from)),
        (None, Some(to)) => format!("到{}为止", said(to)),
        (None, None) => String::new(),
    };
    let view = View::ALL.iter().find(|(view, ..)| *view == asked.view);
    let view = view.map_or("", |(.., says)| says);
    html! {
        @if found.items.is_empty() {
            (parts::empty("没有兑换单。", html! {
                @if visit.may(Action::OrdersHandle) {
                    a.button href=(format!("/counter?at={}", counter.code)) { "到柜台" }
                } @else {
                    a.button href="/figures" { "经费和统计" }
                }
            }))
        } @else {
            p.only-print { strong { "积分兑换登记簿（" (view) "）" } " " (counter.name) " " (days) }
            (parts::table(&format!("{view}　{days}"), &columns(), &rows(asked.view, &found.items)))
            @if found.next.is_none() && asked.after.is_none() { (sums(&found.items)) }
            (parts::more(next(asked, which, found).as_deref()))
            p.buttons { button type="button" data-print { "打印登记簿" } }
            p.only-print { "经办人签名：＿＿＿＿＿＿＿＿　审核人签名：＿＿＿＿＿＿＿＿" }
        }
    }
}

fn columns() -> [Column; 6] {
    [
        Column::Text("时间"),
        Column::Text("居民"),
        Column::Text("物品或服务"),
        Column::Number("积分"),
        Column::Text("领取"),
        Column::Text("状态"),
    ]
}

fn rows(view: View, orders: &[OrderShown]) -> Vec<Vec<Markup>> {
    let row = |one: &OrderShown| {
        let at = one.handed_over_at.filter(|_| view == View::Register).unwrap_or(one.placed_at);
        vec![
            html! { (minute(at)) },
            html! { a href=(format!("/counter/orders/{}", one.id)) { (called(one)) } },
            html! { (one.title) @if one.sets > 1 { " ×" (one.sets) } },
            html! { (cost(one.points, one.decimals)) },
            html! {
                @if one.handed_over_at.is_some() { @if one.by_proxy { "代办" } @else { "本人" } }
            },
            state(one),
        ]
    };
    orders.iter().map(row).collect()
}

/// How many orders, and the points of each scheme: what came back is not counted.
fn sums(orders: &[OrderShown]) -> Markup {
    let spent = orders.iter().filter(|one| one.state == StateName::HandedOver);
    let mut sums: Vec<(&str, u8, i64)> = Vec::new();
    for one in spent {
        match sums.iter_mut().find(|(scheme, ..)| *scheme == one.scheme) {
            Some((.., sum)) => *sum = sum.saturating_add(one.points),
            None => sums.push((&one.scheme, one.decimals, one.points)),
        }
    }
    html! {
        p {
            "共 " (orders.len()) " 单"
            @for (_, decimals, sum) in &sums {
                "，交付后未退的用去 " strong { (parts::points(*sum, *decimals)) " 分" }
            }
            "。"
        }
    }
}

/// The address of what follows.
fn next(asked: &Asked, which: &Which, found: &Orders) -> Option<String> {
    let after = found.next.as_deref()?;
    let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let query = [
        ("at", which.institution.clone()),
        ("view", asked.view.word().to_owned()),
        ("state", text(&asked.state)),
        ("from", text(&which.from)),
        ("to", text(&which.to)),
        ("after", after.to_owned()),
    ];
    let query = query.into_iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>();
    Some(format!("/counter/orders?{}", serde_urlencoded::to_string(query).ok()?))
}
