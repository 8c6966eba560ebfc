//! What was recorded, in words.

use kangji_core::vocabulary::{AttributeType, KindId, Vocabulary};
use kangji_rules::words::{kind_phrase, stage_label};
use serde_json::Value;

use crate::records::Record;

/// How a record of a kind is called; where the kind is hidden, that it is.
pub(crate) fn kind_label<'a>(record: &'a Record, words: &'a Vocabulary) -> &'a str {
    record.kind.as_deref().map_or("涉及病情的服务", |kind| words.kind_label(kind))
}

/// What was recorded: the names of the attributes and their values, with units, in the order of
/// the kind's form; what the form has no field for follows.
pub(crate) fn values(record: &Record, words: &Vocabulary) -> Vec<(String, String)> {
    let kind = record.kind.as_deref().and_then(|kind| words.kind(kind));
    let fields = kind.and_then(|kind| words.form(kind)).map_or(&[][..], |form| &form.fields);
    let place = |attribute: &str| {
        let place = fields.iter().position(|field| field.attribute == attribute);
        place.unwrap_or(fields.len())
    };
    let mut recorded: Vec<_> = record.attributes.iter().collect();
    recorded.sort_by_key(|(attribute, _)| place(attribute));
    let shown = |(attribute, value): (&String, &Value)| {
        let value = said(value, attribute);
        let unit = words.attribute(attribute).map_or("", |known| known.unit.as_str());
        let value = if unit.is_empty() { value } else { format!("{value} {unit}") };
        (label(attribute, kind, words), value)
    };
    recorded.into_iter().map(shown).collect()
}

/// The same in one line.
pub(crate) fn line(record: &Record, words: &Vocabulary) -> String {
    let values = values(record, words);
    let parts: Vec<String> = values.iter().map(|(name, value)| format!("{name} {value}")).collect();
    parts.join("，")
}

/// What an attribute is called in records of a kind: what `complete` says depends on it.
pub(super) fn label(attribute: &str, kind: Option<KindId>, words: &Vocabulary) -> String {
    let known = words.attribute(attribute);
    let own = kind.filter(|_| attribute == "complete");
    let own = own.and_then(|kind| kind_phrase(kind, words).complete);
    own.or(known.map(|known| known.word.label.as_str())).unwrap_or(attribute).to_owned()
}

/// A value as people read it.
pub(super) fn said(value: &Value, attribute: &str) -> String {
    match value {
        Value::Bool(true) => "是".to_owned(),
        Value::Bool(false) => "否".to_owned(),
        Value::String(text) => choice(text, attribute),
        other => other.to_string(),
    }
}

/// A text as people read it.
pub(super) fn choice(text: &str, attribute: &str) -> String {
    if attribute == "stage" { stage_label(text) } else { text.to_owned() }
}

/// Whether an attribute holds numbers.
pub(super) const fn is_number(holds: AttributeType) -> bool {
    matches!(holds, AttributeType::Decimal(_))
}
