//! Requirements: records that the same person must have.

use kangji_core::{PeriodKind, vocabulary::Vocabulary};

use super::{
    condition::condition,
    label::{kind_phrase, kinds_label},
    number::sub_period_word,
};
use crate::scheme::{Condition, Requirement, RequirementShape};

/// A requirement in words: `高血压、糖尿病或慢阻肺随访满4次`, `完成1次老年人年度体检（发现异常）`,
/// `连续2个季度每季度最后一次高血压随访控制达标`.
#[must_use]
pub fn requirement(requirement: &Requirement, words: &Vocabulary) -> String {
    let kinds = kinds_label(&requirement.on, words);
    let when = conditions(requirement, words);
    match requirement.shape {
        RequirementShape::Times(1) => format!("完成1次{}", requirement_subject(requirement, words)),
        RequirementShape::Times(times) => {
            format!("{}满{times}次", requirement_subject(requirement, words))
        }
        RequirementShape::Streak { length, per } => {
            let run = format!("连续{length}{}", sub_period_word(per));
            if when.is_empty() {
                format!("{run}都有{kinds}")
            } else {
                format!("{run}、每{}最后一次{kinds}{when}", each(per))
            }
        }
    }
}

/// The records a requirement counts: `老年人年度体检（发现异常）`.
#[must_use]
pub fn requirement_subject(requirement: &Requirement, words: &Vocabulary) -> String {
    let (kinds, when) = (kinds_label(&requirement.on, words), conditions(requirement, words));
    if when.is_empty() { kinds } else { format!("{kinds}（{when}）") }
}

/// What is still missing of a requirement of which `found` is there: `还需慢性病随访2次（已有2次）`.
/// `None` where nothing is.
#[must_use]
pub fn requirement_missing(
    requirement: &Requirement,
    found: u32,
    words: &Vocabulary,
) -> Option<String> {
    let (wanted, unit) = match requirement.shape {
        RequirementShape::Times(times) => (times, "次"),
        RequirementShape::Streak { length, per } => (length, sub_period_word(per)),
    };
    let missing = wanted.checked_sub(found).filter(|missing| *missing > 0)?;
    Some(match requirement.shape {
        RequirementShape::Times(_) => {
            let what = requirement_subject(requirement, words);
            let have = if found == 0 { String::new() } else { format!("（已有{found}次）") };
            format!("还需{what}{missing}{unit}{have}")
        }
        RequirementShape::Streak { .. } => {
            format!("需{}（目前最多连续{found}{unit}）", self::requirement(requirement, words))
        }
    })
}

fn conditions(requirement: &Requirement, words: &Vocabulary) -> String {
    let when = |test: &Condition| match test {
        Condition::Flag(attribute, test) if attribute.name == "complete" => {
            complete(&requirement.on, words).map_or_else(
                || condition(&Condition::Flag(attribute.clone(), *test), words),
                |said| super::condition::flag(said, *test),
            )
        }
        other => condition(other, words),
    };
    requirement.when.iter().map(when).collect::<Vec<_>>().join("、")
}

/// What `complete` means for these kinds, where they agree on something of their own.
pub(super) fn complete(
    kinds: &[kangji_core::vocabulary::KindId],
    words: &Vocabulary,
) -> Option<&'static str> {
    let mut said = kinds.iter().map(|kind| kind_phrase(*kind, words).complete);
    let first = said.next()??;
    said.all(|other| other == Some(first)).then_some(first)
}

/// The period in which requirements of a period award lie, or those of a record award.
pub(super) const fn within(kind: PeriodKind, whole: bool) -> &'static str {
    match (kind, whole) {
        (PeriodKind::Day, _) => "当天",
        (PeriodKind::Month, true) => "全月",
        (PeriodKind::Quarter, true) => "全季度",
        (PeriodKind::Year, true) => "全年",
        (PeriodKind::Month, false) => "当月",
        (PeriodKind::Quarter, false) => "当季度",
        (PeriodKind::Year, false) => "当年",
        (PeriodKind::Life, _) => "累计",
    }
}

const fn each(per: PeriodKind) -> &'static str {
    match per {
        PeriodKind::Day => "天",
        PeriodKind::Month => "月",
        PeriodKind::Quarter => "季度",
        PeriodKind::Year => "年",
        PeriodKind::Life => "段",
    }
}
