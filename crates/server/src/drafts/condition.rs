//! A condition of an award as forms have it, and back.

use kangji_core::{
    Decimal, DivisionPrefix,
    tables::Sex,
    vocabulary::{AttributeType, GroupId, GroupSet, Vocabulary},
};
use kangji_rules::scheme::{
    AttributeRef, Condition, FlagTest, GroupsTest, NumberTest, SexTest, TextTest,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// A field and what must hold of it. Which of the tests can be given follows from the field: of
/// numbers `min` to `below` and `in`, of texts `in`, of what is yes or no `is`, of groups `any`,
/// `all` and `none`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ConditionForm)]
pub(crate) struct ConditionForm {
    /// `age`, `age_months`, `sex`, `community`, `groups` or an attribute of the record.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) field: String,
    /// At least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<String>,
    /// At most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<String>,
    /// More than.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) above: Option<String>,
    /// Less than.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) below: Option<String>,
    /// One of these.
    #[serde(rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub(crate) one_of: Vec<String>,
    /// Yes or no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is: Option<bool>,
    /// Recorded at all, or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recorded: Option<bool>,
    /// In one of these groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) any: Vec<String>,
    /// In all of these groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) all: Vec<String>,
    /// In none of these groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) none: Vec<String>,
}

impl ConditionForm {
    /// A condition as its form has it.
    pub(super) fn of(condition: &Condition, words: &Vocabulary) -> Self {
        let form = |field: &str| Self { field: field.to_owned(), ..Self::default() };
        match condition {
            Condition::Age(test) => form("age").number(test),
            Condition::AgeMonths(test) => form("age_months").number(test),
            Condition::Number(attribute, test) => form(&attribute.name).number(test),
            Condition::Sex(test) => {
                let word = |sex: &Sex| if *sex == Sex::Female { "F" } else { "M" }.to_owned();
                let one_of = test.one_of.iter().flatten().map(word).collect();
                Self { one_of, recorded: test.recorded, ..form("sex") }
            }
            Condition::Community(areas) => Self {
                one_of: areas.iter().map(ToString::to_string).collect(),
                ..form("community")
            },
            Condition::Groups(test) => {
                let names = |set: GroupSet| {
                    let all = (0..).zip(words.groups());
                    let inside = all.filter(|(number, _)| set.contains(GroupId(*number)));
                    inside.map(|(_, word)| word.id.clone()).collect::<Vec<_>>()
                };
                Self {
                    any: test.any.map(names).unwrap_or_default(),
                    all: names(test.all),
                    none: names(test.none),
                    ..form("groups")
                }
            }
            Condition::Flag(attribute, test) => {
                Self { is: test.is, recorded: test.recorded, ..form(&attribute.name) }
            }
            Condition::Text(attribute, test) => Self {
                one_of: test.one_of.clone().unwrap_or_default(),
                recorded: test.recorded,
                ..form(&attribute.name)
            },
        }
    }

    fn number(self, test: &NumberTest) -> Self {
        let text = |number: Option<Decimal>| number.map(|number| number.to_string());
        Self {
            min: text(test.min),
            max: text(test.max),
            above: text(test.above),
            below: text(test.below),
            one_of: test.one_of.iter().flatten().map(ToString::to_string).collect(),
            recorded: test.recorded,
            ..self
        }
    }

    /// Whether it asks for nothing.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self { field: self.field.clone(), ..Self::default() }
    }

    /// The condition that the form says.
    pub(super) fn read(&self, words: &Vocabulary) -> Result<Condition, Problem> {
        let place = format!("when_{}", self.field);
        if self.is_empty() {
            return Err(Problem::invalid(&place, "写出要求，或去掉这个条件"));
        }
        Ok(match self.field.as_str() {
            "age" => Condition::Age(self.test(&place)?),
            "age_months" => Condition::AgeMonths(self.test(&place)?),
            "sex" => {
                let sex = |word: &String| match word.as_str() {
                    "F" => Ok(Sex::Female),
                    "M" => Ok(Sex::Male),
                    _ => Err(Problem::invalid(&place, "性别写 F 或 M")),
                };
                let one_of = self.one_of.iter().map(sex).collect::<Result<Vec<_>, _>>()?;
                let one_of = Some(one_of).filter(|all| !all.is_empty());
                Condition::Sex(SexTest { one_of, recorded: self.recorded })
            }
            "community" => {
                let area = |text: &String| {
                    let wrong = || Problem::invalid(&place, "区划代码是 2 到 12 位数字");
                    DivisionPrefix::parse(text).ok_or_else(wrong)
                };
                Condition::Community(self.one_of.iter().map(area).collect::<Result<_, _>>()?)
            }
            "groups" => self.groups(&place, words)?,
            name => self.attribute(name, &place, words)?,
        })
    }

    fn attribute(&self, name: &str, place: &str, words: &Vocabulary) -> Result<Condition, Problem> {
        let known = words.attribute(name);
        let known = known.ok_or_else(|| Problem::invalid(place, "没有这个属性"))?;
        let attribute = AttributeRef { name: name.to_owned(), holds: known.holds };
        let recorded = self.recorded;
        Ok(match known.holds {
            AttributeType::Bool(_) => {
                Condition::Flag(attribute, FlagTest { is: self.is, recorded })
            }
            AttributeType::Text(_) => {
                let one_of = Some(self.one_of.clone()).filter(|all| !all.is_empty());
                Condition::Text(attribute, TextTest { one_of, recorded })
            }
            AttributeType::Decimal(_) => Condition::Number(attribute, self.test(place)?),
        })
    }

    fn test(&self, place: &str) -> Result<NumberTest, Problem> {
        let wrong = || Problem::invalid(place, "写成数字，例如 65");
        let number = |text: &String| text.trim().parse::<Decimal>().map_err(|_| wrong());
        let bound = |text: &Option<String>| text.as_ref().map(number).transpose();
        let one_of = self.one_of.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        Ok(NumberTest {
            min: bound(&self.min)?,
            max: bound(&self.max)?,
            above: bound(&self.above)?,
            below: bound(&self.below)?,
            one_of: Some(one_of).filter(|all| !all.is_empty()),
            recorded: self.recorded,
        })
    }

    fn groups(&self, place: &str, words: &Vocabulary) -> Result<Condition, Problem> {
        let set = |names: &[String]| {
            names.iter().try_fold(GroupSet::default(), |mut set, name| {
                let unknown = || Problem::invalid(place, format!("没有 {name} 这个人群"));
                set.insert(words.group(name).ok_or_else(unknown)?);
                Ok::<_, Problem>(set)
            })
        };
        let any = Some(set(&self.any)?).filter(|_| !self.any.is_empty());
        Ok(Condition::Groups(GroupsTest { any, all: set(&self.all)?, none: set(&self.none)? }))
    }
}
