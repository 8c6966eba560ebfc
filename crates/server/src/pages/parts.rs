//! The building blocks of pages: messages, fields, tables, figures. `/design` shows them all.

mod chart;
mod field;
mod qr;

use kangji_core::{Decimals, Points};
use maud::{Markup, html};

pub(crate) use chart::{Bar, Chart, chart, drawing};
pub(crate) use field::{Field, Kind, faults};
pub(crate) use qr::qr;

/// What a message means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// To be known.
    Plain,
    /// It is done.
    Good,
    /// To be looked at.
    Warn,
    /// It was not done.
    Bad,
}

impl Tone {
    const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A message that stands out. What went wrong is read out at once by screen readers.
pub(crate) fn notice(tone: Tone, title: &str, body: Markup) -> Markup {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    html! {
        section.notice data-tone=(tone.word()) role=(role) {
            p.title { (title) }
            (body)
        }
    }
}

/// A word that tells the state of something.
pub(crate) fn tag(tone: Tone, text: &str) -> Markup {
    html! { span.tag data-tone=(tone.word()) { (text) } }
}

/// That there is nothing, and what to do then.
pub(crate) fn empty(says: &str, way: Markup) -> Markup {
    html! { div.empty { p { (says) } (way) } }
}

/// Points as people read them.
pub(crate) fn points(units: i64, decimals: u8) -> String {
    Decimals::new(decimals).unwrap_or_default().short(Points(units))
}

/// A change of points, with its sign.
pub(crate) fn change(units: i64, decimals: u8) -> String {
    let text = points(units, decimals);
    if units > 0 { format!("+{text}") } else { text }
}

/// The figure that a page is about.
pub(crate) fn figure(label: &str, number: &str, unit: &str) -> Markup {
    html! {
        div.figure {
            span.label { (label) }
            span.number { (number) small { (unit) } }
        }
    }
}

/// Names and what they are.
pub(crate) fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in facts { div { dt { (name) } dd { (value) } } }
        }
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column {
    Text(&'static str),
    /// Numbers stand on the right.
    Number(&'static str),
}

impl Column {
    const fn name(self) -> &'static str {
        match self {
            Self::Text(name) | Self::Number(name) => name,
        }
    }

    fn class(self) -> Option<&'static str> {
        matches!(self, Self::Number(_)).then_some("number")
    }
}

/// A table; on a phone each row becomes a card with the names of the columns.
pub(crate) fn table(caption: &str, columns: &[Column], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.sheet {
            table {
                caption { (caption) }
                thead {
                    tr { @for column in columns { th scope="col" class=[column.class()] { (column.name()) } } }
                }
                tbody {
                    @for row in rows {
                        tr {
                            @for (column, cell) in columns.iter().zip(row) {
                                td class=[column.class()] data-name=(column.name()) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A chart that is a table: each line with its bar. Screen readers get the numbers.
pub(crate) fn bars(caption: &str, columns: [&str; 2], lines: &[(String, i64, String)]) -> Markup {
    let most = lines.iter().map(|(_, value, _)| *value).max().unwrap_or_default().max(1);
    html! {
        table.bars {
            caption { (caption) }
            thead {
                tr { th scope="col" { (columns[0]) } th scope="col" colspan="2" { (columns[1]) } }
            }
            tbody {
                @for (name, value, text) in lines {
                    @let width = value.saturating_mul(1000).checked_div(most).unwrap_or(0).max(0);
                    tr {
                        th scope="row" { (name) }
                        td.bar {
                            svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                                rect width="1000" height="10" class="track" {}
                                rect width=(width) height="10" class="fill" {}
                            }
                        }
                        td.number { (text) }
                    }
                }
            }
        }
    }
}

/// The way to what follows in a list, if more follows.
pub(crate) fn more(address: Option<&str>) -> Markup {
    html! { @if let Some(address) = address { p.more { a.button.quiet href=(address) rel="next" { "下一页" } } } }
}
