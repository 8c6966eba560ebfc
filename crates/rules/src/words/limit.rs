//! Limits: how often, or up to how many points, and what is counted apart.

use kangji_core::{Decimals, PeriodKind, vocabulary::Vocabulary};

use super::number::period_word;
use crate::scheme::{AttributeRef, Award, Bound, HolderType, KeyPart, Limit};

/// A limit of an award in words: `每年至多1次`, `每个孩子每个阶段只计1次`, `每年至多30分`.
#[must_use]
pub fn limit(limit: &Limit, award: &Award, decimals: Decimals, words: &Vocabulary) -> String {
    let apart = apart(limit, award.to, words);
    let anybody = award.to == HolderType::Worker && !limit.by.contains(&KeyPart::Holder);
    let anybody = if anybody { "，不论由谁上报" } else { "" };
    format!("{apart}{}{anybody}", amount(limit, decimals))
}

/// How much a limit allows, without what is counted apart: `每年至多1次`.
pub(super) fn amount(limit: &Limit, decimals: Decimals) -> String {
    let every = period_word(limit.per);
    match (limit.bound, limit.per) {
        (Bound::Times(1), PeriodKind::Life) => "只计1次".to_owned(),
        (Bound::Times(times), _) => format!("{every}至多{times}次"),
        (Bound::Points(points), _) => format!("{every}至多{}分", decimals.short(points)),
    }
}

/// A limit as a bare measure: `2次/月`, `30分/年`, `总共1次`.
#[must_use]
pub fn limit_short(limit: &Limit, decimals: Decimals) -> String {
    let amount = match limit.bound {
        Bound::Times(times) => format!("{times}次"),
        Bound::Points(points) => format!("{}分", decimals.short(points)),
    };
    let per = match limit.per {
        PeriodKind::Day => "天",
        PeriodKind::Month => "月",
        PeriodKind::Quarter => "季度",
        PeriodKind::Year => "年",
        PeriodKind::Life => return format!("总共{amount}"),
    };
    format!("{amount}/{per}")
}

/// What a limit counts apart: `每个孩子每个阶段`. Empty where it is the one who gets the points.
fn apart(limit: &Limit, to: HolderType, words: &Vocabulary) -> String {
    if limit.by.is_empty() {
        return "全体合计".to_owned();
    }
    let part = |part: &KeyPart| match (part, to) {
        (KeyPart::Holder, _) if limit.by.len() == 1 => String::new(),
        // Where people hold their own points, the holder and the resident are the same person.
        (KeyPart::Holder | KeyPart::Resident, HolderType::Resident) => String::new(),
        (KeyPart::Holder, HolderType::Guardian) => "每位监护人".to_owned(),
        (KeyPart::Holder, HolderType::Worker) => "每位上报人".to_owned(),
        (KeyPart::Holder, HolderType::Community) => "每个村（社区）".to_owned(),
        (KeyPart::Resident, HolderType::Guardian) => "每个孩子".to_owned(),
        (KeyPart::Resident, _) => "每位居民".to_owned(),
        (KeyPart::Community, _) => "每个村（社区）".to_owned(),
        (KeyPart::Attribute(attribute), _) => each(attribute, words),
    };
    limit.by.iter().map(part).collect()
}

fn each(attribute: &AttributeRef, words: &Vocabulary) -> String {
    let label = words.attribute(&attribute.name).map_or(&attribute.name, |known| &known.word.label);
    if attribute.name == "stage" { format!("每个{label}") } else { format!("每种{label}") }
}
