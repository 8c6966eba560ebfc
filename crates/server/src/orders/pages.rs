//! The counter: scan or find, hand over, print; what somebody can have; the register.

mod desk;
mod end;
pub(crate) mod here;
mod order;
mod person;
pub(crate) mod proxy;
mod receipt;
mod register;
mod sheet;
mod wish;

use kangji_core::Moment;
use kangji_rules::words::date;
use maud::{Markup, html};

use super::told::{LineShown, OrderShown, StateName};
use crate::pages::{
    Pages,
    parts::{self, Tone},
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/counter", desk::show)
        .post("/counter", desk::take)
        .get("/counter/{resident}", person::show)
        .get("/counter/{resident}/order", wish::ask)
        .post("/counter/{resident}/order", wish::take)
        .get("/counter/{resident}/sheet", sheet::show)
        .get("/counter/orders", register::show)
        .get("/counter/orders/{id}", order::show)
        .post("/counter/orders/{id}", order::take)
        .get("/counter/orders/{id}/receipt", receipt::show)
        .get("/counter/orders/{id}/cancel", end::ask_cancel)
        .post("/counter/orders/{id}/cancel", end::take_cancel)
        .get("/counter/orders/{id}/return", end::ask_return)
        .post("/counter/orders/{id}/return", end::take_return)
}

/// How the person of an order is called.
fn called(order: &OrderShown) -> &str {
    order.name.as_deref().unwrap_or("没有登记姓名的居民")
}

/// What something costs.
fn cost(points: i64, decimals: u8) -> String {
    match points {
        0 => "不用积分".to_owned(),
        _ => format!("{} 分", parts::points(points, decimals)),
    }
}

/// A moment as people say it, to the minute.
pub(crate) fn minute(millis: i64) -> String {
    let text = Moment::from_millis(millis).to_string();
    text.rsplit_once(':').map_or(text.clone(), |(minute, _)| minute.to_owned())
}

/// Where an order stands, as a word that stands out.
fn state(order: &OrderShown) -> Markup {
    let tone = match order.state {
        StateName::Waiting => Tone::Warn,
        StateName::HandedOver => Tone::Good,
        StateName::Cancelled | StateName::TimedOut | StateName::Returned => Tone::Plain,
    };
    parts::tag(tone, order.state.chinese())
}

/// The last day on which something waits: it is called off when that is over.
fn last_day(due_at: i64) -> String {
    date(Moment::from_millis(due_at).plus_millis(-1).day())
}

/// What was ordered, line by line; its name where that says more than the lines.
fn goods(order: &OrderShown) -> Markup {
    let is_said = order.lines.len() == 1 && order.lines.iter().all(|one| one.name == order.title);
    html! {
        @if !is_said { p.title { (order.title) @if order.sets > 1 { " ×" (order.sets) } } }
        (lines(&order.lines))
    }
}

/// What is handed over, to be checked line by line.
fn lines(lines: &[LineShown]) -> Markup {
    html! {
        ul.check {
            @for line in lines {
                li {
                    span { (line.name) @if let Some(quantity) = &line.quantity { " " (quantity) } }
                    strong { "×" (line.units) }
                }
            }
        }
    }
}
