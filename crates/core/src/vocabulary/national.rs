//! The words of the shipped schemes, after the national basic public health service items
//! (国家基本公共卫生服务规范, third edition).

use super::{
    FormField, GroupSet, KindForm, KindId, People, Range, Section,
    Section::{Checkup, Contract, FollowUp, Learning, MotherAndChild, Report},
    Vocabulary, Word,
};

/// A record kind as it is declared here.
struct Kind {
    id: &'static str,
    label: &'static str,
    section: Section,
    fields: &'static [Field],
    groups: &'static [&'static str],
    ages: Option<(u32, u32)>,
}

/// A field of its form.
struct Field {
    attribute: &'static str,
    is_required: bool,
    /// Where another range is usual than in general.
    usual: Option<[&'static str; 2]>,
    values: &'static [&'static str],
}

const fn kind(
    id: &'static str,
    label: &'static str,
    section: Section,
    fields: &'static [Field],
) -> Kind {
    Kind { id, label, section, fields, groups: &[], ages: None }
}

impl Kind {
    /// Meant for people of these groups.
    const fn of(self, groups: &'static [&'static str]) -> Self {
        Self { groups, ..self }
    }

    /// Meant for people of these ages in years.
    const fn aged(self, first: u32, last: u32) -> Self {
        Self { ages: Some((first, last)), ..self }
    }
}

/// A field that people fill in.
const fn need(attribute: &'static str) -> Field {
    Field { is_required: true, ..may(attribute) }
}

/// A field that may stay empty.
const fn may(attribute: &'static str) -> Field {
    Field { attribute, is_required: false, usual: None, values: &[] }
}

/// The stage of a visit, one of these.
const fn stage(values: &'static [&'static str]) -> Field {
    Field { values, ..need("stage") }
}

/// The weight of a child in kg.
const CHILD_WEIGHT: Field = Field { usual: Some(["2", "35"]), ..may("weight_kg") };

/// The visit after birth, then months of age (child health management, 2.1 to 2.4).
const CHILD: [&str; 13] =
    ["newborn", "1", "3", "6", "8", "12", "18", "24", "30", "36", "48", "60", "72"];
/// Months of age (Chinese medicine for children).
const CHILD_TCM: [&str; 6] = ["6", "12", "18", "24", "30", "36"];
/// Weeks of pregnancy and days after the birth (maternal health management).
const MATERNAL: [&str; 7] = ["w12", "w16", "w21", "w28", "w37", "pp7", "pp42"];

#[rustfmt::skip]
const KINDS: [Kind; 30] = [
    kind("record.established", "建立健康档案", Contract, &[need("standard")]),
    kind("record.updated", "更新健康档案", Contract, &[]),
    kind("elderly.checkup", "老年人年度体检", Checkup, &[
        need("complete"), may("abnormal"), may("systolic"), may("diastolic"), may("glucose"),
        may("weight_kg"), may("waist_cm"),
    ]).aged(65, 150),
    kind("elderly.tcm", "老年人中医药健康管理", Checkup, &[may("complete")]).aged(65, 150),
    kind("health.education", "健康教育与咨询", Learning, &[]),
    kind("lecture.attended", "健康教育讲座", Learning, &[]),
    kind("hypertension.found", "新发现高血压", Report, &[
        need("complete"), may("systolic"), may("diastolic"),
    ]),
    kind("diabetes.found", "新发现糖尿病", Report, &[need("complete"), may("glucose")]),
    kind("hypertension.followup", "高血压随访", FollowUp, &[
        need("systolic"), need("diastolic"), need("controlled"), may("weight_kg"), may("waist_cm"),
    ]).of(&["hypertension"]),
    kind("diabetes.followup", "糖尿病随访", FollowUp, &[
        need("glucose"), need("controlled"), may("systolic"), may("diastolic"), may("weight_kg"),
        may("waist_cm"),
    ]).of(&["diabetes"]),
    kind("copd.followup", "慢阻肺随访", FollowUp, &[
        need("spo2"), need("controlled"), may("weight_kg"),
    ]).of(&["copd"]),
    kind("chronic.checkup", "慢性病年度体检", Checkup, &[
        need("complete"), may("abnormal"), may("systolic"), may("diastolic"), may("glucose"),
        may("weight_kg"), may("waist_cm"),
    ]).of(&["hypertension", "diabetes", "copd"]),
    kind("smi.followup", "严重精神障碍随访", FollowUp, &[may("controlled"), may("weight_kg")])
        .of(&["smi"]),
    kind("smi.checkup", "严重精神障碍年度体检", Checkup, &[
        need("complete"), may("abnormal"), may("systolic"), may("diastolic"), may("glucose"),
        may("weight_kg"),
    ]).of(&["smi"]),
    kind("tb.completed", "肺结核规范治疗完成", FollowUp, &[need("complete"), may("weight_kg")])
        .of(&["tb"]),
    kind("child.found", "新发现0～6岁儿童", Report, &[need("complete")]),
    kind("child.checkup", "儿童健康检查", MotherAndChild, &[
        stage(&CHILD), need("complete"), may("abnormal"), CHILD_WEIGHT,
    ]).aged(0, 6),
    kind("child.tcm", "儿童中医药健康指导", MotherAndChild, &[stage(&CHILD_TCM), may("standard")])
        .aged(0, 3),
    kind("maternal.found", "新发现孕产妇", Report, &[need("complete")]),
    kind("maternal.visit", "孕产妇随访", MotherAndChild, &[
        stage(&MATERNAL), need("complete"), may("abnormal"), may("systolic"), may("diastolic"),
        may("weight_kg"),
    ]).of(&["pregnant"]),
    kind("vaccination.given", "预防接种", MotherAndChild, &[need("standard")]).aged(0, 6),
    kind("infectious.assisted", "协助管理传染病患者", Report, &[need("complete")]),
    kind("cancer.screened", "癌症筛查", Checkup, &[may("complete"), may("abnormal")]),
    kind("contract.signed", "签约家庭医生", Contract, &[may("complete")]),
    kind("contract.contacted", "联系家庭医生", Contract, &[]),
    kind("selfmonitoring.verified", "家庭自测核实", Learning, &[
        may("standard"), may("systolic"), may("diastolic"), may("glucose"),
    ]).of(&["hypertension", "diabetes"]),
    kind("health.improved", "健康改善评估", Checkup, &[
        need("improved"), may("weight_kg"), may("waist_cm"),
    ]),
    kind("volunteer.served", "健康志愿服务", Learning, &[need("hours")]),
    kind("mothersclass.attended", "妈妈课堂", MotherAndChild, &[]).of(&["pregnant"]),
    kind("outpatient.visited", "门诊就诊", Contract, &[]),
];

const GROUPS: [(&str, &str); 17] = [
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
    // Those who help with public health, of whom the notice of Tonghui speaks (T2).
    ("village_cadre", "村（社区）干部"),
    ("social_worker", "社会工作者"),
    ("grid_worker", "网格员"),
    ("group_leader", "村（居）民小组长"),
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

/// What is usual and what is possible at all. Pressure and glucose leave the usual range where the
/// national norms of follow-up ask for a referral (收缩压≥180、舒张压≥110，血糖≥16.7 或 ≤3.9); the
/// possible range is what an instrument can show of a living person.
const RANGES: [(&str, [&str; 2], [&str; 2]); 7] = [
    ("hours", ["0.25", "8"], ["0", "24"]),
    ("weight_kg", ["30", "150"], ["0.3", "400"]),
    ("waist_cm", ["50", "130"], ["20", "250"]),
    ("systolic", ["90", "179"], ["40", "300"]),
    ("diastolic", ["60", "109"], ["20", "200"]),
    ("glucose", ["4", "16.6"], ["0.5", "70"]),
    ("spo2", ["90", "100"], ["30", "100"]),
];

/// The kinds, groups and attributes of the shipped schemes.
pub(super) fn vocabulary() -> Vocabulary {
    let word = |id: &str, label: &str| Word { id: id.to_owned(), label: label.to_owned() };
    let mut words = Vocabulary {
        kind_ids: (0..).zip(&KINDS).map(|(id, kind)| (kind.id.to_owned(), KindId(id))).collect(),
        kinds: KINDS.iter().map(|kind| word(kind.id, kind.label)).collect(),
        groups: GROUPS.iter().map(|(id, label)| word(id, label)).collect(),
        forms: Vec::with_capacity(KINDS.len()),
        attributes: Vec::new(),
        counts: [0; 3],
    };
    for (id, holds, label, unit) in ATTRIBUTES {
        words.declare(id, holds, label, unit).expect("shipped attributes are distinct");
    }
    for attribute in &mut words.attributes {
        let known = RANGES.iter().find(|(id, ..)| *id == attribute.word.id);
        attribute.usual = known.and_then(|(_, usual, _)| range(*usual));
        attribute.possible = known.and_then(|(.., possible)| range(*possible));
    }
    words.forms = KINDS.iter().map(|kind| form(kind, &words)).collect();
    words
}

fn form(kind: &Kind, words: &Vocabulary) -> KindForm {
    let mut groups = GroupSet::default();
    kind.groups.iter().filter_map(|id| words.group(id)).for_each(|group| groups.insert(group));
    let field = |field: &Field| {
        let general = words.attribute(field.attribute).and_then(|attribute| attribute.usual);
        FormField {
            attribute: field.attribute.to_owned(),
            is_required: field.is_required,
            usual: field.usual.map_or(general, range),
            values: field.values.iter().map(|value| (*value).to_owned()).collect(),
        }
    };
    let fields = kind.fields.iter().map(field).collect();
    KindForm { section: kind.section, people: People { groups, ages: kind.ages }, fields }
}

fn range([low, high]: [&str; 2]) -> Option<Range> {
    Some(Range { low: low.parse().ok()?, high: high.parse().ok()? })
}
