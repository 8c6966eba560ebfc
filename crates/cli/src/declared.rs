//! The attributes that a deployment declares: `[[attribute]]` in a file of its own.

use kangji_core::{
    Decimal,
    vocabulary::{Description, Range, Vocabulary},
};
use serde::Deserialize;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    #[serde(default)]
    attribute: Vec<Attribute>,
}

/// An attribute, and what forms make of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attribute {
    name: String,
    #[serde(rename = "type")]
    holds: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    unit: String,
    usual: Option<[toml::Value; 2]>,
    possible: Option<[toml::Value; 2]>,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    required: Vec<String>,
}

/// The national vocabulary with what a text declares, or what is wrong with the text.
pub(crate) fn read(text: &str) -> Result<Vocabulary, String> {
    let declared: Declared = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut words = Vocabulary::national();
    for (number, attribute) in (1..).zip(declared.attribute) {
        declare(&mut words, attribute).map_err(|error| format!("第 {number} 个属性：{error}"))?;
    }
    Ok(words)
}

fn declare(words: &mut Vocabulary, attribute: Attribute) -> Result<(), String> {
    let Attribute { name, holds, label, unit, values, kinds, required, .. } = attribute;
    words.declare(&name, &holds, &label, &unit).map_err(|error| error.to_string())?;
    let says = Description {
        usual: attribute.usual.map(range).transpose()?,
        possible: attribute.possible.map(range).transpose()?,
        values,
        kinds,
        required,
    };
    words.describe(&name, says).map_err(|error| error.to_string())
}

fn range([low, high]: [toml::Value; 2]) -> Result<Range, String> {
    Ok(Range { low: number(&low)?, high: number(&high)? })
}

/// A number, also written as a text to keep it exact.
fn number(value: &toml::Value) -> Result<Decimal, String> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        _ => return Err("范围写成两个数字：`[20, 300]`".to_owned()),
    };
    text.parse().map_err(|_| format!("`{text}` 不是数字，或小数超过九位"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PULSE: &str = r#"
        [[attribute]]
        name = "pulse"
        type = "decimal"
        label = "脉搏"
        unit = "次/分"
        usual = [60, 100.5]
        possible = ["20", 300]
        kinds = ["hypertension.followup", "elderly.checkup"]
        required = ["hypertension.followup"]
    "#;

    #[test]
    fn a_file_declares_where_an_attribute_stands() {
        let words = read(PULSE).unwrap();
        let pulse = words.attribute("pulse").unwrap();
        let range = |low: &str, high: &str| Range {
            low: low.parse().unwrap(),
            high: high.parse().unwrap(),
        };
        assert_eq!(pulse.usual, Some(range("60", "100.5")));
        assert_eq!(pulse.possible, Some(range("20", "300")));
        let required = |kind: &str| {
            let form = words.form(words.kind(kind).unwrap()).unwrap();
            form.fields.iter().find(|field| field.attribute == "pulse").map(|one| one.is_required)
        };
        assert_eq!(required("hypertension.followup"), Some(true));
        assert_eq!(required("elderly.checkup"), Some(false));
        assert_eq!(required("lecture.attended"), None);
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let wrong = |from: &str, to: &str| read(&PULSE.replace(from, to)).unwrap_err();
        assert!(wrong("possible", "posible").contains("posible"));
        assert!(wrong("[60, 100.5]", "[60, \"high\"]").contains("第 1 个属性：`high` 不是数字"));
        assert!(wrong("[60, 100.5]", "[10, 100]").contains("what is usual must be possible"));
        assert!(wrong("\"elderly.checkup\"", "\"sleep\"").contains("`sleep`"));
        assert!(wrong("\"pulse\"", "\"systolic\"").contains("already the name"));
        assert!(wrong("[[attribute]]", "[[kind]]").contains("kind"));
    }
}
