//! A chart that is a table: names, a bar for each series, and their numbers. Where script runs, it
//! draws the chart from the table and leaves the numbers where they are; screen readers and paper get
//! the table.

use maud::{Markup, html};

use super::super::assets;

/// What a chart shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chart<'a> {
    pub(crate) caption: &'a str,
    /// What the names are.
    pub(crate) head: &'a str,
    /// What is drawn: each line has a bar for each.
    pub(crate) series: &'a [&'a str],
    /// What is told besides.
    pub(crate) columns: &'a [&'a str],
}

/// A line of a chart.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) name: Markup,
    /// For each series how long its bar is, and how its number is written; nothing where it is not
    /// told.
    pub(crate) values: Vec<(i64, String)>,
    pub(crate) cells: Vec<Markup>,
}

/// The chart.
pub(crate) fn chart(chart: &Chart<'_>, bars: &[Bar]) -> Markup {
    let values = bars.iter().flat_map(|bar| &bar.values);
    let most = values.map(|(value, _)| *value).max().unwrap_or_default().max(1);
    let columns = || chart.series.iter().chain(chart.columns);
    html! {
        div.sheet.chart {
            table data-chart=(chart.series.len()) {
                caption { (chart.caption) }
                thead {
                    tr {
                        th scope="col" { (chart.head) }
                        td.bar {}
                        @for column in columns() { th.number scope="col" { (column) } }
                    }
                }
                tbody {
                    @for bar in bars {
                        tr {
                            th scope="row" { (bar.name) }
                            td.bar aria-hidden="true" { (drawn(&bar.values, most)) }
                            @for (column, (value, text)) in chart.series.iter().zip(&bar.values) {
                                td.number data-name=(column) data-value=(value) { (text) }
                            }
                            @let columns = columns().skip(bar.values.len());
                            @for (column, cell) in columns.zip(&bar.cells) {
                                td.number data-name=(column) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A bar for each series, one below the other.
fn drawn(values: &[(i64, String)], most: i64) -> Markup {
    let width =
        |value: i64| value.saturating_mul(1000).checked_div(most).unwrap_or_default().max(0);
    html! {
        @for (value, _) in values {
            svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                rect.track width="1000" height="10" {}
                rect.fill width=(width(*value)) height="10" {}
            }
        }
    }
}

/// What draws charts; once on a page that has some.
pub(crate) fn drawing() -> Markup {
    html! { script defer src=(assets::charts()) {} }
}
