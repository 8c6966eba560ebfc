//! The words records and residents are described in: record kinds, resident groups, attributes.
//!
//! The kinds follow the national basic public health service items (国家基本公共卫生服务规范,
//! third edition). A deployment may declare more attributes.

use rustc_hash::FxHashMap;

/// A record kind, as its place in the [`Vocabulary`]: 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindId(pub u16);

/// A resident group, as its place in the [`Vocabulary`]: 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub u8);

/// A set of resident groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct GroupSet(pub u64);

impl GroupSet {
    /// Adds a group.
    pub fn insert(&mut self, group: GroupId) {
        self.0 |= 1 << group.0;
    }

    /// Whether the group is in the set.
    #[must_use]
    pub const fn contains(self, group: GroupId) -> bool {
        self.0 & 1 << group.0 != 0
    }

    /// Whether the two sets share a group.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every group of `other` is in this set.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What an attribute holds, with its place among the attributes of the same type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributeType {
    /// `true` or `false`; the place is a bit, 0 to 31.
    Bool(u8),
    /// A short text, such as the stage of a visit.
    Text(u8),
    /// An exact decimal number, never negative.
    Decimal(u8),
}

/// A kind, group or attribute: the word in documents and tables, and the word people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word in scheme documents and tables.
    pub id: String,
    /// The Chinese word people read.
    pub label: String,
}

/// A declared attribute of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its column name and label.
    pub word: Word,
    /// Its type.
    pub holds: AttributeType,
    /// The unit people read, such as `小时`; empty where there is none.
    pub unit: String,
}

/// Why an attribute could not be declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeclareError {
    /// The name is taken by another attribute, a resident field or a fixed column.
    #[error("`{0}` is already the name of an attribute, a resident field or a column")]
    Taken(String),
    /// The type is none of `bool`, `text`, `decimal`.
    #[error("`{0}` is not a type: use `bool`, `text` or `decimal`")]
    Type(String),
    /// More than 32 attributes of one type.
    #[error("more than 32 attributes of one type")]
    TooMany,
}

/// All words a deployment knows.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    kinds: Vec<Word>,
    groups: Vec<Word>,
    attributes: Vec<Attribute>,
    kind_ids: FxHashMap<String, KindId>,
    counts: [u8; 3],
}

const KINDS: [(&str, &str); 30] = [
    ("record.established", "建立健康档案"),
    ("record.updated", "更新健康档案"),
    ("elderly.checkup", "老年人年度体检"),
    ("elderly.tcm", "老年人中医药健康管理"),
    ("health.education", "健康教育与咨询"),
    ("lecture.attended", "健康教育讲座"),
    ("hypertension.found", "新发现高血压"),
    ("diabetes.found", "新发现糖尿病"),
    ("hypertension.followup", "高血压随访"),
    ("diabetes.followup", "糖尿病随访"),
    ("copd.followup", "慢阻肺随访"),
    ("chronic.checkup", "慢性病年度体检"),
    ("smi.followup", "严重精神障碍随访"),
    ("smi.checkup", "严重精神障碍年度体检"),
    ("tb.completed", "肺结核规范治疗完成"),
    ("child.found", "新发现0～6岁儿童"),
    ("child.checkup", "儿童健康检查"),
    ("child.tcm", "儿童中医药健康指导"),
    ("maternal.found", "新发现孕产妇"),
    ("maternal.visit", "孕产妇随访"),
    ("vaccination.given", "预防接种"),
    ("infectious.assisted", "协助管理传染病患者"),
    ("cancer.screened", "癌症筛查"),
    ("contract.signed", "签约家庭医生"),
    ("contract.contacted", "联系家庭医生"),
    ("selfmonitoring.verified", "家庭自测核实"),
    ("health.improved", "健康改善评估"),
    ("volunteer.served", "健康志愿服务"),
    ("mothersclass.attended", "妈妈课堂"),
    ("outpatient.visited", "门诊就诊"),
];

const GROUPS: [(&str, &str); 13] = [
    ("hypertension", "高血压患者"),
    ("diabetes", "糖尿病患者"),
    ("copd", "慢阻肺患者"),
    ("smi", "严重精神障碍患者"),
    ("tb", "肺结核患者"),
    ("pregnant", "孕产妇"),
    ("elderly_frail", "失能老年人"),
    ("low_income", "低收入家庭"),
    ("special_family", "计划生育特殊家庭"),
    ("poverty_registered", "脱贫登记人口"),
    ("ehr", "已建立电子健康档案"),
    ("visitor", "居住不满半年"),
    ("declined", "不参加积分"),
];

const ATTRIBUTES: [(&str, &str, &str, &str); 13] = [
    ("complete", "bool", "完成规定项目", ""),
    ("abnormal", "bool", "发现异常", ""),
    ("controlled", "bool", "控制达标", ""),
    ("standard", "bool", "符合规范", ""),
    ("improved", "bool", "明显改善", ""),
    ("stage", "text", "阶段", ""),
    ("hours", "decimal", "时长", "小时"),
    ("weight_kg", "decimal", "体重", "千克"),
    ("waist_cm", "decimal", "腰围", "厘米"),
    ("systolic", "decimal", "收缩压", "毫米汞柱"),
    ("diastolic", "decimal", "舒张压", "毫米汞柱"),
    ("glucose", "decimal", "血糖", "毫摩尔/升"),
    ("spo2", "decimal", "血氧饱和度", "%"),
];

/// Fields of a resident that conditions can name.
pub const RESIDENT_FIELDS: [&str; 5] = ["age", "age_months", "sex", "community", "groups"];

/// Columns of the records table that are no attributes.
pub const RECORD_COLUMNS: [&str; 7] = ["id", "resident", "kind", "date", "org", "worker", "status"];

impl Vocabulary {
    /// The kinds, groups and attributes of the shipped schemes.
    #[must_use]
    pub fn national() -> Self {
        let word = |&(id, label): &(&str, &str)| Word { id: id.into(), label: label.into() };
        let kinds: Vec<Word> = KINDS.iter().map(word).collect();
        let mut vocabulary = Self {
            kind_ids: (0..).zip(&kinds).map(|(id, kind)| (kind.id.clone(), KindId(id))).collect(),
            kinds,
            groups: GROUPS.iter().map(word).collect(),
            attributes: Vec::new(),
            counts: [0; 3],
        };
        for (id, holds, label, unit) in ATTRIBUTES {
            vocabulary.declare(id, holds, label, unit).expect("shipped attributes are distinct");
        }
        vocabulary
    }

    /// Declares one more attribute of records. `holds` is `bool`, `text` or `decimal`.
    ///
    /// # Errors
    /// If the name is taken, the type unknown, or 32 attributes of the type exist.
    pub fn declare(
        &mut self,
        id: &str,
        holds: &str,
        label: &str,
        unit: &str,
    ) -> Result<(), DeclareError> {
        let taken = self.attribute(id).is_some()
            || RESIDENT_FIELDS.contains(&id)
            || RECORD_COLUMNS.contains(&id)
            || ["holder", ""].contains(&id);
        if taken {
            return Err(DeclareError::Taken(id.to_owned()));
        }
        type Make = fn(u8) -> AttributeType;
        let (class, make): (usize, Make) = match holds {
            "bool" => (0, AttributeType::Bool),
            "text" => (1, AttributeType::Text),
            "decimal" => (2, AttributeType::Decimal),
            other => return Err(DeclareError::Type(other.to_owned())),
        };
        let count = self.counts.get_mut(class).filter(|count| **count < 32);
        let count = count.ok_or(DeclareError::TooMany)?;
        let word = Word { id: id.to_owned(), label: label.to_owned() };
        self.attributes.push(Attribute { word, holds: make(*count), unit: unit.to_owned() });
        *count += 1;
        Ok(())
    }

    /// The kind with this word.
    #[must_use]
    pub fn kind(&self, id: &str) -> Option<KindId> {
        self.kind_ids.get(id).copied()
    }

    /// The group with this word.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<GroupId> {
        (0..).zip(&self.groups).find(|(_, group)| group.id == id).map(|(number, _)| GroupId(number))
    }

    /// The attribute with this name.
    #[must_use]
    pub fn attribute(&self, id: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.word.id == id)
    }

    /// All kinds; the place of each is its [`KindId`].
    #[must_use]
    pub fn kinds(&self) -> &[Word] {
        &self.kinds
    }

    /// All groups; the place of each is its [`GroupId`].
    #[must_use]
    pub fn groups(&self) -> &[Word] {
        &self.groups
    }

    /// All attributes.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The Chinese word for a kind; its id where there is none.
    #[must_use]
    pub fn kind_label<'a>(&'a self, id: &'a str) -> &'a str {
        let kind = self.kind(id).and_then(|kind| self.kinds.get(usize::from(kind.0)));
        kind.map_or(id, |kind| &kind.label)
    }

    /// The Chinese word for a group; its id where there is none.
    #[must_use]
    pub fn group_label<'a>(&'a self, id: &'a str) -> &'a str {
        let group = self.groups.iter().find(|group| group.id == id);
        group.map_or(id, |group| &group.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_declared_once() {
        let mut words = Vocabulary::national();
        assert_eq!(words.declare("pulse", "decimal", "脉搏", "次/分"), Ok(()));
        let pulse = words.attribute("pulse").unwrap();
        assert_eq!((pulse.holds, pulse.unit.as_str()), (AttributeType::Decimal(7), "次/分"));
        for name in ["pulse", "hours", "age", "worker", "holder", ""] {
            let refused = words.declare(name, "bool", "", "");
            assert_eq!(refused, Err(DeclareError::Taken(name.into())));
        }
        let refused = words.declare("colour", "float", "", "");
        assert_eq!(refused, Err(DeclareError::Type("float".into())));
        let declared =
            (0..).take_while(|n| words.declare(&format!("b{n}"), "bool", "", "").is_ok());
        assert_eq!(declared.count(), 27);
    }

    #[test]
    fn group_sets_compare_as_sets() {
        let words = Vocabulary::national();
        let mut both = GroupSet::default();
        both.insert(words.group("hypertension").unwrap());
        both.insert(words.group("declined").unwrap());
        let mut one = GroupSet::default();
        one.insert(words.group("declined").unwrap());
        assert!(both.includes(one) && both.intersects(one) && !one.includes(both));
        assert!(one.includes(GroupSet::default()) && !one.intersects(GroupSet::default()));
        assert!(both.contains(words.group("hypertension").unwrap()));
        assert_eq!(words.group("tall"), None);
        assert_eq!(words.kind_label("tb.completed"), "肺结核规范治疗完成");
    }
}
