//! What a form changes of the front matter, key by key, as reading takes it.

use kangji_core::{Day, DayRange, Decimals, Points, Span};

use super::written::{days, keys, text};
use crate::scheme::{Expiry, Scheme};

/// What a form changes of the front matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The name residents read.
    pub title: String,
    /// The days on which activities count under the scheme.
    pub in_force: DayRange,
    /// The first day of this version, where others come before it.
    pub revised_from: Option<Day>,
    /// When points lapse; `None`: never.
    pub expiry: Option<Expiry>,
    /// The score that must be reached before anything is redeemed.
    pub redeem_minimum: Option<Points>,
}

impl Terms {
    /// Those of a scheme.
    #[must_use]
    pub fn of(scheme: &Scheme) -> Self {
        Self {
            title: scheme.title.clone(),
            in_force: DayRange { from: scheme.since, to: scheme.in_force.to },
            revised_from: scheme.revised_from(),
            expiry: scheme.expiry,
            redeem_minimum: scheme.redeem_minimum,
        }
    }
}

/// The keys of the front matter that a form changes, each with its value as TOML; `None` where
/// the key is left out.
pub(crate) fn front_keys(terms: &Terms, decimals: Decimals) -> Vec<(&'static str, Option<String>)> {
    let expiry = terms.expiry.map(|expiry| match expiry {
        Expiry::After(after) => keys([("after", Some(text(&span(after))))]),
        Expiry::YearEnd { grace } => {
            keys([("at", Some(text("year-end"))), ("grace", grace.map(|grace| text(&span(grace))))])
        }
    });
    let points = keys([
        ("decimals", Some(decimals.places().to_string())),
        ("expiry", expiry),
        ("redeem_minimum", terms.redeem_minimum.map(|least| decimals.short(least))),
    ]);
    vec![
        ("title", Some(text(&terms.title))),
        ("in_force", Some(days(terms.in_force))),
        ("revised_from", terms.revised_from.map(|day| day.to_string())),
        ("points", Some(points)),
    ]
}

fn span(span: Span) -> String {
    match span {
        Span::Days(number) => format!("{number} days"),
        Span::Months(number) => format!("{number} months"),
        Span::Years(number) => format!("{number} years"),
    }
}
