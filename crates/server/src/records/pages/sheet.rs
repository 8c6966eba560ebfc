//! The form of a record kind, made from the kind's declaration: its fields, what was typed into
//! them, what is required, and what is unusual.

use std::collections::BTreeMap;

use kangji_core::{
    Decimal,
    vocabulary::{Attribute as Declared, AttributeType, FormField, KindId, Vocabulary},
};
use maud::{Markup, html};

use super::values::{choice, is_number, label, said};
use crate::{
    pages::{
        Form,
        parts::{self, Field, Kind, Tone},
    },
    problem::Problem,
    records::{Record, input::Attribute},
};

/// The attributes' fields are sent under this and their names, as the API tells faults.
pub(crate) const PREFIX: &str = "attributes.";

/// What confirms that unusual values were looked at again: the values themselves.
const SURE: &str = "sure";

/// The form of a kind.
pub(crate) struct Sheet<'a> {
    words: &'a Vocabulary,
    kind: KindId,
    pub(crate) id: &'a str,
    pub(crate) label: &'a str,
    fields: Vec<(&'a FormField, &'a Declared)>,
}

impl<'a> Sheet<'a> {
    /// The form of a kind, if there is such a kind.
    pub(crate) fn of(words: &'a Vocabulary, id: &'a str) -> Option<Self> {
        let kind = words.kind(id)?;
        let fields = &words.form(kind)?.fields;
        let declared =
            fields.iter().filter_map(|one| Some((one, words.attribute(&one.attribute)?)));
        let fields = declared.collect();
        Some(Self { words, kind, id, label: words.kind_label(id), fields })
    }

    /// Whether the form has a field for an attribute.
    pub(crate) fn has(&self, attribute: &str) -> bool {
        self.fields.iter().any(|(field, _)| field.attribute == attribute)
    }

    /// The fields with what was typed, what was recorded the last time and what is wrong. Typing
    /// begins in the first one, or where something is wrong.
    pub(crate) fn show(&self, form: &Form, latest: &[Record], problem: Option<&Problem>) -> Markup {
        let begins = |place: usize, field: &FormField| {
            let name = format!("{PREFIX}{}", field.attribute);
            problem.map_or(place == 0, |problem| problem.place.as_deref() == Some(&name))
        };
        html! {
            div.pair {
                @for (place, (field, declared)) in self.fields.iter().enumerate() {
                    (self.field((field, declared), form, latest, problem, begins(place, field)))
                }
            }
        }
    }

    fn field(
        &self,
        (field, declared): (&FormField, &Declared),
        form: &Form,
        latest: &[Record],
        problem: Option<&Problem>,
        begins: bool,
    ) -> Markup {
        let id = &field.attribute;
        let name = format!("{PREFIX}{id}");
        let label = label(id, Some(self.kind), self.words);
        let usual = field.usual.map(|range| (range.low.to_string(), range.high.to_string()));
        let usual = usual.as_ref().map(|(low, high)| (low.as_str(), high.as_str()));
        let choices = choices(field, form.text(&name));
        let kind = match declared.holds {
            AttributeType::Bool(_) => Kind::YesNo,
            AttributeType::Decimal(_) => Kind::Number { usual },
            AttributeType::Text(_) if choices.is_empty() => Kind::Line,
            AttributeType::Text(_) => Kind::Choice(&choices),
        };
        let hint = last(id, latest).unwrap_or_default();
        let shown = Field::new(&name, &label, kind).unit(&declared.unit).hint(&hint);
        let shown = if field.is_required { shown.required() } else { shown };
        let shown = if begins { shown.first() } else { shown };
        shown.value(form.text(&name)).fault(problem).show()
    }

    /// What was typed, as the API takes it.
    ///
    /// # Errors
    /// Where a required field is empty, or a choice is none of those that were offered or is
    /// recorded already.
    pub(crate) fn attributes(
        &self,
        form: &Form,
        known: Option<&Record>,
    ) -> Result<BTreeMap<String, Attribute>, Problem> {
        let mut attributes = BTreeMap::new();
        for (field, declared) in &self.fields {
            let (id, name) = (&field.attribute, format!("{PREFIX}{}", field.attribute));
            let Some(text) = form.text(&name) else {
                if field.is_required {
                    let label = label(id, Some(self.kind), self.words);
                    return Err(Problem::invalid(&name, format!("请填写“{label}”")));
                }
                continue;
            };
            let recorded = known.and_then(|record| record.attributes.get(id));
            let is_known = recorded.and_then(|value| value.as_str()) == Some(text);
            let is_offered = field.values.is_empty() || field.values.iter().any(|one| one == text);
            if !is_offered && !is_known {
                return Err(Problem::invalid(&name, "请从列出的选项里选一个"));
            }
            let value = match declared.holds {
                AttributeType::Bool(_) if text == "true" => Attribute::Flag(true),
                AttributeType::Bool(_) if text == "false" => Attribute::Flag(false),
                AttributeType::Decimal(_) => Attribute::Text(narrow(text)),
                _ => Attribute::Text(text.to_owned()),
            };
            attributes.insert(id.clone(), value);
        }
        Ok(attributes)
    }

    /// What is outside the usual range and was not looked at again yet: said once more, with a
    /// tick that stands for exactly these values.
    pub(crate) fn asks_again(&self, form: &Form) -> Option<Markup> {
        let unusual: Vec<_> = self
            .fields
            .iter()
            .filter_map(|(field, declared)| unusual(field, declared, form))
            .collect();
        let values: Vec<&str> = unusual.iter().map(|(value, _)| value.as_str()).collect();
        let values = values.join(" ");
        if unusual.is_empty() || form.text(SURE) == Some(values.as_str()) {
            return None;
        }
        let title = "有的数值不常见";
        Some(parts::notice(
            Tone::Warn,
            title,
            html! {
                @for (_, says) in &unusual { p { (says) } }
                div.field {
                    label.tick for="f-sure" {
                        input #f-sure name=(SURE) type="checkbox" value=(values);
                        span { "已经核对，数值无误" }
                    }
                }
            },
        ))
    }
}

/// A value outside the usual range: how it is confirmed, and how it is said.
fn unusual(field: &FormField, declared: &Declared, form: &Form) -> Option<(String, String)> {
    let id = &field.attribute;
    let typed = form.text(&format!("{PREFIX}{id}")).filter(|_| is_number(declared.holds))?;
    let number: Decimal = narrow(typed).parse().ok()?;
    let range = field.usual.filter(|range| !range.contains(number))?;
    let (label, unit) = (&declared.word.label, &declared.unit);
    let (low, high) = (range.low, range.high);
    let says = format!("{label} {number} 不在常见范围（{low}～{high} {unit}），请核对后再次保存。");
    Some((format!("{id}={number}"), says))
}

/// The choices of a field; what is recorded already can stay.
fn choices(field: &FormField, recorded: Option<&str>) -> Vec<(String, String)> {
    let said = |value: &str| (value.to_owned(), choice(value, &field.attribute));
    let mut choices: Vec<_> = field.values.iter().map(|value| said(value)).collect();
    if choices.is_empty() {
        return choices;
    }
    if !field.is_required {
        choices.insert(0, (String::new(), "未记录".to_owned()));
    }
    let other = recorded.filter(|value| !field.values.iter().any(|one| one == value));
    choices.extend(other.map(said));
    choices
}

/// What was recorded of an attribute the last time: `上次 128（2026-06-01）`.
fn last(attribute: &str, latest: &[Record]) -> Option<String> {
    let held = |record: &&Record| !record.void && record.attributes.contains_key(attribute);
    let record = latest.iter().find(held)?;
    let value = said(record.attributes.get(attribute)?, attribute);
    Some(format!("上次 {value}（{}）", record.date))
}

/// Digits and points as a Chinese keyboard may send them, in the width that numbers are read in.
fn narrow(text: &str) -> String {
    let narrow = |character| match character {
        '０'..='９' => char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character),
        '．' | '。' => '.',
        other => other,
    };
    text.chars().map(narrow).collect()
}
