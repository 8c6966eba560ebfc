//! The attributes of a record as one text: a JSON object in the order of names, numbers written as
//! texts so that they stay exact.

use std::{borrow::Cow, fmt};

use kangji_core::{tables::Tables, vocabulary::AttributeType, vocabulary::Vocabulary};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::AttributeValue;

/// The text of attributes.
pub(super) fn text(attributes: &[(String, AttributeValue)]) -> String {
    Value::Object(object(attributes)).to_string()
}

/// Attributes as that object.
pub(crate) fn object(attributes: &[(String, AttributeValue)]) -> Map<String, Value> {
    let value = |value: &AttributeValue| match value {
        AttributeValue::Bool(value) => Value::Bool(*value),
        AttributeValue::Text(text) => Value::String(text.clone()),
        AttributeValue::Decimal(number) => Value::String(number.to_string()),
    };
    attributes.iter().map(|(name, held)| (name.clone(), value(held))).collect()
}

/// Reads a text of attributes into a row of the tables. Attributes the vocabulary no longer
/// declares are passed over.
pub(super) fn read(
    text: &str,
    tables: &mut Tables,
    row: usize,
    words: &Vocabulary,
) -> Result<(), serde_json::Error> {
    let mut parser = serde_json::Deserializer::from_str(text);
    Row { tables, row, words }.deserialize(&mut parser)
}

struct Row<'t> {
    tables: &'t mut Tables,
    row: usize,
    words: &'t Vocabulary,
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<(), D::Error> {
        parser.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the attributes of a record")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match self.words.attribute(&name).map(|known| known.holds) {
                Some(AttributeType::Bool(bit)) => self.set_flag(bit, map.next_value()?),
                Some(AttributeType::Text(slot)) => {
                    let text = self.tables.symbols.intern(&map.next_value::<Cow<'de, str>>()?);
                    self.tables.records.set_text(slot, self.row, text);
                }
                Some(AttributeType::Decimal(slot)) => {
                    let text = map.next_value::<Cow<'de, str>>()?;
                    let number = text.parse().map_err(M::Error::custom)?;
                    self.tables.records.set_decimal(slot, self.row, number);
                }
                None => {
                    map.next_value::<serde::de::IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

impl Row<'_> {
    fn set_flag(&mut self, bit: u8, value: bool) {
        if let Some(record) = self.tables.records.rows.get_mut(self.row) {
            record.flags_recorded |= 1 << bit;
            record.flags_true |= u32::from(value) << bit;
        }
    }
}
