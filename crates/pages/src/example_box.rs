//! A worked example as a box that residents read: who did what, and what came of it.

use kangji_core::{Decimals, tables::Tables, vocabulary::Vocabulary};
use kangji_rules::{
    document::{Example, Expected},
    scheme::Scheme,
    score::OutcomeKind,
    words::date,
};
use maud::{Markup, html};

use super::wording::{outcome_label, period_text};

/// The example with its source folded beneath.
pub(super) fn example_box(
    example: &Example,
    source: &str,
    scheme: &Scheme,
    words: &Vocabulary,
) -> Markup {
    let telling = Telling { example, scheme, words };
    html! {
        div.example {
            p.example-title { strong.tag { "举例" } (example.title) }
            @if example.expect.is_empty() {
                p.outcome.none { "这里没有可以计分的记录，得0分。" }
            } @else {
                ul {
                    @for expected in &example.expect { (telling.line(expected)) }
                }
            }
            details { summary { "查看例子原文" } pre { code { (source) } } }
        }
    }
}

struct Telling<'a> {
    example: &'a Example,
    scheme: &'a Scheme,
    words: &'a Vocabulary,
}

impl Telling<'_> {
    fn line(&self, expected: &Expected) -> Markup {
        let credited = expected.outcome == OutcomeKind::Credited;
        let class = if credited { "outcome got" } else { "outcome none" };
        html! {
            li class=(class) {
                span.what { (self.subject(expected)) "：" }
                @if credited {
                    strong { "得" (points(expected, self.scheme.decimals)) "分" }
                    @if let Some(holder) = self.other_holder(expected) { "，记给" (holder) }
                    @if let Some(day) = expected.expires_on {
                        "，用到" (date(day.previous())) "为止"
                    }
                } @else if expected.outcome == OutcomeKind::Pending {
                    strong { (outcome_label(expected.outcome)) } "，暂不计分"
                } @else {
                    strong { "不计分" } "，" (outcome_label(expected.outcome))
                }
            }
        }
    }

    /// When, who and what: as much as tells the line from its neighbours.
    fn subject(&self, expected: &Expected) -> String {
        let tables = &self.example.tables;
        let several = tables.residents.len() > 1;
        let record = expected.record.as_deref().and_then(|id| {
            let id = tables.symbols.get(id)?;
            tables.records.rows.iter().find(|record| record.id == id)
        });
        let (when, what, resident) = match (record, expected.period) {
            (Some(record), _) => {
                let kind = self.words.kinds().get(usize::from(record.kind.0));
                let what = kind.map_or("", |kind| kind.label.as_str());
                (date(record.date), what.to_owned(), Some(tables.symbols.text(record.resident)))
            }
            (None, Some(period)) => (period_text(period), String::new(), None),
            (None, None) => (String::new(), String::new(), None),
        };
        let resident = expected.resident.as_deref().or(resident).filter(|_| several);
        let other = expected.award != self.example.award;
        let award = self.scheme.award(&expected.award).filter(|_| other || what.is_empty());
        let award = award.map_or("", |award| award.name.as_str());
        let award = if award == what { "" } else { award };
        let parts = [when.as_str(), resident.unwrap_or_default(), &what, award];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("，")
    }

    /// The holder, where it is not the only resident of the example.
    fn other_holder<'e>(&self, expected: &'e Expected) -> Option<&'e str> {
        let holder = expected.holder.as_deref()?;
        (!is_resident(&self.example.tables, holder)).then_some(holder)
    }
}

fn is_resident(tables: &Tables, id: &str) -> bool {
    let sym = tables.symbols.get(id);
    tables.residents.iter().any(|resident| Some(resident.id) == sym)
}

fn points(expected: &Expected, decimals: Decimals) -> String {
    decimals.short(expected.points)
}
