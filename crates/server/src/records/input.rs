//! Records as they are sent, and what can be seen to be wrong with one by itself.

use std::{collections::BTreeMap, fmt};

use kangji_core::{
    Day, Decimal, Period,
    identity::looks_like_identity_number,
    vocabulary::{AttributeType, Vocabulary},
};
use kangji_store::{AttributeValue, Service};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Number;
use utoipa::ToSchema;

use crate::problem::Problem;

/// The most characters of a code.
const CODE_MAX: usize = 128;

/// A service record.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordUpload)]
pub(crate) struct Record {
    /// The sender's own id: the same code is the same record.
    #[schema(min_length = 1, max_length = 128)]
    pub(crate) code: String,
    /// The resident's id, or the code others know them by.
    #[schema(min_length = 1, max_length = 128)]
    pub(crate) resident: String,
    /// What was done, such as `lecture.attended`.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) kind: String,
    /// The day of the service, not after today: `2026-07-15`.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// The institution.
    #[serde(default)]
    #[schema(max_length = 128)]
    pub(crate) org: String,
    /// Who assisted, organised or reported, by the code others know them by.
    #[serde(default)]
    #[schema(max_length = 128)]
    pub(crate) worker: String,
    /// What was recorded: booleans, texts and numbers, as the vocabulary says.
    #[serde(default)]
    pub(crate) attributes: BTreeMap<String, Attribute>,
}

/// A value of an attribute. A number may be sent as a text, to keep it exact.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Attribute {
    Flag(bool),
    #[schema(value_type = f64)]
    Number(Number),
    Text(String),
}

/// One record, or several of them.
#[derive(Clone, Debug, ToSchema)]
#[schema(as = RecordUploads)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(Box<Record>),
    Many(Vec<Record>),
}

impl<'de> Deserialize<'de> for OneOrMany {
    /// By the first character, so that a fault is told with its place.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record or a list of records")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany, A::Error> {
                let record = Record::deserialize(MapAccessDeserializer::new(map))?;
                Ok(OneOrMany::One(Box::new(record)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<OneOrMany, A::Error> {
                let mut records = Vec::new();
                while let Some(record) = all.next_element()? {
                    records.push(record);
                }
                Ok(OneOrMany::Many(records))
            }
        }

        from.deserialize_any(Either)
    }
}

impl Record {
    /// The record as a service; `place` is put before the names of its fields.
    ///
    /// # Errors
    /// The first thing that cannot be.
    pub(crate) fn service(
        self,
        place: &str,
        words: &Vocabulary,
        today: Day,
    ) -> Result<Service, Problem> {
        is_code(&self.code, &format!("{place}code"))?;
        if let Some((_, end)) = self.code.rsplit_once('/')
            && Period::parse(end).is_some()
        {
            let detail = "编号不能以“/年份”“/季度”或“/月份”结尾，会与按周期确认的编号混淆";
            return Err(Problem::invalid(&format!("{place}code"), detail));
        }
        let at = |field: &str| format!("{place}{field}");
        is_code(&self.resident, &at("resident"))?;
        for (field, text) in [("org", &self.org), ("worker", &self.worker)] {
            if !text.is_empty() {
                is_code(text, &at(field))?;
            }
        }
        if words.kind(&self.kind).is_none() {
            let detail = "没有这种服务，请使用接口说明“服务种类”一节列出的词";
            return Err(Problem::invalid(&at("kind"), detail));
        }
        let day: Day = self.date.parse().map_err(|_| {
            Problem::invalid(&at("date"), "日期要写成 2026-07-15 的样子，且确有这一天")
        })?;
        if day > today {
            return Err(Problem::invalid(&at("date"), "服务日期不能晚于今天"));
        }
        let attributes = recorded(self.attributes, place, words)?;
        let Self { code, resident, kind, org, worker, .. } = self;
        Ok(Service { code, resident, kind, day, org, worker, attributes })
    }
}

/// What was recorded, as the vocabulary wants it; `place` is put before the names of the fields.
///
/// # Errors
/// The first thing that cannot be.
pub(crate) fn recorded(
    attributes: BTreeMap<String, Attribute>,
    place: &str,
    words: &Vocabulary,
) -> Result<Vec<(String, AttributeValue)>, Problem> {
    let mut held = Vec::with_capacity(attributes.len());
    for (name, value) in attributes {
        let place = format!("{place}attributes.{name}");
        held.extend(attribute(&name, value, &place, words)?.map(|value| (name, value)));
    }
    Ok(held)
}

/// Refuses what is no code: empty, too long, with invisible characters, or somebody's identity
/// number, which belongs under the keys of personal data.
pub(crate) fn is_code(text: &str, place: &str) -> Result<(), Problem> {
    let length = text.chars().count();
    if length == 0 || length > CODE_MAX {
        return Err(Problem::invalid(place, "编号是 1 到 128 个字符"));
    }
    if text.trim() != text || text.chars().any(is_invisible) {
        return Err(Problem::invalid(place, "编号的首尾不能有空格，其中不能有看不见的字符"));
    }
    if looks_like_identity_number(text) {
        return Err(Problem::invalid(
            place,
            "看起来是身份证号码；请使用系统里的编号，不要用证件号码",
        ));
    }
    Ok(())
}

/// Control characters, and those that leave two different codes looking the same.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        )
}

/// A value as the vocabulary wants it; an empty text is not recorded.
fn attribute(
    name: &str,
    value: Attribute,
    place: &str,
    words: &Vocabulary,
) -> Result<Option<AttributeValue>, Problem> {
    let unknown = || Problem::invalid(place, "没有这个字段，请使用接口说明“记录字段”一节列出的词");
    let declared = words.attribute(name).ok_or_else(unknown)?;
    let number = |text: &str| -> Result<Option<AttributeValue>, Problem> {
        let number: Decimal = text
            .parse()
            .map_err(|_| Problem::invalid(place, "不是数字，或小数超过九位；例如 120 或 36.5"))?;
        if number < Decimal::ZERO {
            return Err(Problem::invalid(place, "不能是负数"));
        }
        if let Some(range) = declared.possible.filter(|range| !range.contains(number)) {
            let (label, unit) = (&declared.word.label, &declared.unit);
            let (low, high) = (range.low, range.high);
            let detail = format!(
                "{label} {number} {unit}不可能出现，应在 {low}～{high} 之间，请核对数值和单位"
            );
            return Err(Problem::invalid(place, detail));
        }
        Ok(Some(AttributeValue::Decimal(number)))
    };
    match (declared.holds, value) {
        (_, Attribute::Text(text)) if text.is_empty() => Ok(None),
        (AttributeType::Bool(_), Attribute::Flag(value)) => Ok(Some(AttributeValue::Bool(value))),
        (AttributeType::Decimal(_), Attribute::Number(value)) => number(&value.to_string()),
        (AttributeType::Decimal(_), Attribute::Text(text)) => number(&text),
        (AttributeType::Text(_), Attribute::Text(text)) => {
            is_code(&text, place)?;
            Ok(Some(AttributeValue::Text(text)))
        }
        (AttributeType::Bool(_), _) => Err(Problem::invalid(place, "要写 true 或 false")),
        (AttributeType::Decimal(_), _) => Err(Problem::invalid(place, "要写数字")),
        (AttributeType::Text(_), _) => Err(Problem::invalid(place, "要写文字")),
    }
}
