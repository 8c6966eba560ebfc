//! The words for what a scheme names by code: record kinds, figures, roles, stages, holders.

use kangji_core::vocabulary::{GroupId, GroupSet, KindId, Vocabulary};

use super::list::one_of;
use crate::scheme::HolderType;

/// What people do for a record of a kind, and what its `complete` means for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindPhrase {
    /// The verb before the kind's label: `参加` before 健康教育讲座. Empty where the label is
    /// itself something one does.
    pub verb: &'static str,
    /// What `complete` says of such a record, where `完成规定项目` would not fit.
    pub complete: Option<&'static str>,
}

const fn verb(verb: &'static str) -> KindPhrase {
    KindPhrase { verb, complete: None }
}

const fn says(verb: &'static str, complete: &'static str) -> KindPhrase {
    KindPhrase { verb, complete: Some(complete) }
}

/// Kinds that are not listed need no verb.
const KIND_PHRASES: [(&str, KindPhrase); 26] = [
    ("elderly.checkup", verb("做")),
    ("elderly.tcm", verb("接受")),
    ("health.education", verb("接受")),
    ("lecture.attended", verb("参加")),
    ("hypertension.found", says("上报", "已纳入管理")),
    ("diabetes.found", says("上报", "已纳入管理")),
    ("hypertension.followup", verb("接受")),
    ("diabetes.followup", verb("接受")),
    ("copd.followup", verb("接受")),
    ("chronic.checkup", verb("做")),
    ("smi.followup", verb("接受")),
    ("smi.checkup", verb("做")),
    ("tb.completed", says("", "走完整个疗程")),
    ("child.found", says("上报", "已纳入管理")),
    ("child.checkup", verb("做")),
    ("child.tcm", verb("接受")),
    ("maternal.found", says("上报", "已纳入管理")),
    ("maternal.visit", says("接受", "资料齐全")),
    ("vaccination.given", verb("接受")),
    ("infectious.assisted", says("", "管理规范")),
    ("cancer.screened", verb("做")),
    ("contract.signed", says("", "做完健康评估")),
    ("selfmonitoring.verified", verb("通过")),
    ("health.improved", verb("做")),
    ("volunteer.served", verb("参加")),
    ("mothersclass.attended", verb("参加")),
];

/// Record kinds that are for the people of one group only.
const KIND_GROUPS: [(&str, &str); 7] = [
    ("hypertension.followup", "hypertension"),
    ("diabetes.followup", "diabetes"),
    ("copd.followup", "copd"),
    ("smi.followup", "smi"),
    ("smi.checkup", "smi"),
    ("tb.completed", "tb"),
    ("maternal.visit", "pregnant"),
];

/// Figures: their label, and whether they are shares.
const METRICS: [(&str, &str, bool); 4] = [
    ("awareness_rate", "档案知晓率", true),
    ("elderly_residents", "65岁以上常住人数", false),
    ("elderly_checkup_rate", "65岁以上常住老人体检率", true),
    ("two_cancer_screening_rate", "两癌筛查完成率", true),
];

/// Who confirms before points are credited.
const ROLES: [(&str, &str); 2] = [("family-doctor", "家庭医生"), ("checker", "核对人")];

fn look_up<T: Copy>(table: &[(&str, T)], key: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
}

/// The phrase of a record kind; neutral where none is known.
#[must_use]
pub fn kind_phrase(kind: KindId, words: &Vocabulary) -> KindPhrase {
    let word = words.kinds().get(usize::from(kind.0));
    word.and_then(|word| look_up(&KIND_PHRASES, &word.id)).unwrap_or(verb(""))
}

/// One of these record kinds, without a verb: `高血压、糖尿病或慢阻肺随访`.
#[must_use]
pub fn kinds_label(kinds: &[KindId], words: &Vocabulary) -> String {
    let word = |kind: &KindId| words.kinds().get(usize::from(kind.0));
    let labels: Vec<&str> = kinds.iter().filter_map(word).map(|word| word.label.as_str()).collect();
    one_of(&labels)
}

/// The group that records of a kind are for, where they are for one only.
pub(crate) fn group_of_kind(kind: KindId, words: &Vocabulary) -> Option<GroupId> {
    let word = words.kinds().get(usize::from(kind.0))?;
    words.group(look_up(&KIND_GROUPS, &word.id)?)
}

/// The labels of a set of groups.
pub(crate) fn group_labels(groups: GroupSet, words: &Vocabulary) -> Vec<&str> {
    let all = (0..).zip(words.groups());
    let inside = all.filter(|(number, _)| groups.contains(GroupId(*number)));
    inside.map(|(_, word)| word.label.as_str()).collect()
}

/// The name of a community figure; its code where none is known.
#[must_use]
pub fn metric_label(metric: &str) -> &str {
    METRICS.iter().find(|(known, ..)| *known == metric).map_or(metric, |(_, label, _)| label)
}

/// Whether a community figure is a share, to be read as a percentage.
pub(super) fn is_share(metric: &str) -> bool {
    METRICS.iter().any(|(known, _, share)| *known == metric && *share)
}

/// The name of a role; its code where none is known.
#[must_use]
pub fn role_label(role: &str) -> &str {
    ROLES.iter().find(|(known, _)| *known == role).map_or(role, |(_, label)| label)
}

/// A stage of child or maternal care: `newborn` is 新生儿, `12` is 12月龄, `w12` is 孕12周, `pp7`
/// is 产后7天; anything else stays as it is.
#[must_use]
pub fn stage_label(stage: &str) -> String {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let after = |prefix: &str| stage.strip_prefix(prefix).filter(|rest| number(rest));
    if stage == "newborn" {
        "新生儿".to_owned()
    } else if let Some(months) = after("") {
        format!("{months}月龄")
    } else if let Some(weeks) = after("w") {
        format!("孕{weeks}周")
    } else if let Some(days) = after("pp") {
        format!("产后{days}天")
    } else {
        stage.to_owned()
    }
}

/// Who gets the points.
#[must_use]
pub const fn holder_label(holder: HolderType) -> &'static str {
    match holder {
        HolderType::Resident => "本人",
        HolderType::Guardian => "监护人",
        HolderType::Worker => "上报或协助的人",
        HolderType::Community => "村（社区）",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_belongs_to_a_kind() {
        let words = Vocabulary::national();
        for (id, _) in KIND_PHRASES {
            assert!(words.kind(id).is_some(), "{id}");
        }
        for (kind, group) in KIND_GROUPS {
            assert!(words.kind(kind).is_some() && words.group(group).is_some(), "{kind}");
        }
    }

    #[test]
    fn stages_have_words() {
        let said = ["newborn", "36", "w12", "pp42", "w", "other"].map(stage_label);
        assert_eq!(said, ["新生儿", "36月龄", "孕12周", "产后42天", "w", "other"]);
    }
}
