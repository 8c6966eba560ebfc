//! The pages of a shop's cashier, made for a phone and a scanner gun: one bill at a time, today's
//! deductions. They show who somebody is to nobody, and all work without script.

mod one;
mod till;
mod today;

use kangji_core::Moment;
use maud::{Markup, html};

use super::read::DeductionShown;
use crate::pages::{
    Pages,
    parts::{self, Tone},
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/shop", till::show)
        .post("/shop", till::take)
        .get("/shop/today", today::show)
        .get("/shop/deductions/{id}", one::show)
        .post("/shop/deductions/{id}/cancel", one::cancel)
}

/// An amount of money.
fn yuan(fen: i64) -> String {
    kangji_core::Fen(fen).to_string()
}

/// A moment as a time of its day, to the minute.
fn minute(millis: i64) -> String {
    let text = Moment::from_millis(millis).to_string();
    let minute = text.rsplit_once(':').map_or(text.as_str(), |(minute, _)| minute);
    minute.rsplit_once(' ').map_or(minute, |(_, time)| time).to_owned()
}

/// Where a deduction stands, as a word that stands out.
fn state(one: &DeductionShown) -> Markup {
    parts::tag(if one.state == "made" { Tone::Good } else { Tone::Plain }, one.state_says)
}

/// The answer that a cashier looks for: yes or no, and how much to collect, with when.
fn verdict(tone: Tone, says: &str, rest: Option<(&str, i64)>) -> Markup {
    let (word, role) = match tone {
        Tone::Bad => ("bad", "alert"),
        Tone::Warn => ("warn", "status"),
        _ => ("good", "status"),
    };
    html! {
        section.verdict data-tone=(word) role=(role) {
            p.says { (says) }
            @if let Some((when, rest)) = rest {
                p.rest { (when) " " strong { (yuan(rest)) } " 元" }
            }
        }
    }
}
