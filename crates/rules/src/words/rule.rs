//! A whole award as one sentence: who, does what, gets how much, how often, and what else holds.

use kangji_core::{PeriodKind, vocabulary::Vocabulary};

use super::{
    condition::{condition, flag, given, values},
    label::{holder_label, kind_phrase, kinds_label, metric_label, role_label},
    limit::limit,
    number::{date, percent},
    requirement::{complete, requirement, within},
};
use crate::scheme::{
    Award, Bound, Condition, HolderType, KeyPart, Occasion, Requirement, RequirementShape, Scheme,
};
use kangji_core::vocabulary::KindId;

/// The award as residents read it:
/// `65岁及以上，做老年人年度体检，完成规定项目，每次得100分，每年至多1次。`
#[must_use]
pub fn rule_sentence(award: &Award, scheme: &Scheme, words: &Vocabulary) -> String {
    let mut clauses = vec![people(award, words)];
    match &award.occasion {
        Occasion::Record(kinds) => clauses.extend(deed(award, kinds, words)),
        Occasion::Period(_) => clauses.push(achievement(award, words)),
    }
    clauses.push(gain(award, scheme, words));
    clauses.extend(award.limits.iter().map(|each| limit(each, award, scheme.decimals, words)));
    clauses.retain(|clause| !clause.is_empty());
    let mut parts = vec![clauses.join("，")];
    parts.extend(provisos(award, scheme, words));
    format!("{}。", parts.join("；"))
}

/// Who it is for.
fn people(award: &Award, words: &Vocabulary) -> String {
    let about = award.when.iter().filter(|test| test.is_about_resident());
    let said = about.map(|test| condition(test, words)).collect::<Vec<_>>().join("，");
    match award.to {
        _ if said.is_empty() => said,
        HolderType::Resident => said,
        HolderType::Guardian => format!("孩子{said}"),
        HolderType::Worker | HolderType::Community => format!("居民{said}"),
    }
}

/// What one does for an award as far as its name does not say it, and without the stages it
/// lists: `接受健康教育与咨询`, `完成规定项目`. Empty for a period award.
#[must_use]
pub fn deed_phrase(award: &Award, words: &Vocabulary) -> String {
    let Occasion::Record(kinds) = &award.occasion else { return String::new() };
    let staged = |test: &Condition| {
        matches!(test, Condition::Text(attribute, asked)
            if attribute.name == "stage" && asked.one_of.is_some())
    };
    let when = award.when.iter().filter(|test| !staged(test)).cloned().collect();
    let said = deed(&Award { when, ..award.clone() }, kinds, words);
    let name = award.name.replace(['“', '”'], "");
    let skipped = usize::from(name.contains(&kinds_label(kinds, words)));
    said.into_iter().skip(skipped).collect::<Vec<_>>().join("，")
}

/// What is done for each record: `做老年人年度体检`, `完成规定项目`.
fn deed(award: &Award, kinds: &[KindId], words: &Vocabulary) -> Vec<String> {
    let mut verbs = kinds.iter().map(|kind| kind_phrase(*kind, words).verb);
    let verb = verbs.next().filter(|first| verbs.all(|verb| verb == *first)).unwrap_or("");
    let who = match award.to {
        HolderType::Worker if verb != "上报" && !kinds_label(kinds, words).starts_with("协助") => {
            "协助"
        }
        HolderType::Guardian if people(award, words).is_empty() => "孩子",
        _ => "",
    };
    let mut stage = String::new();
    let mut flags = Vec::new();
    for test in award.when.iter().filter(|test| !test.is_about_resident()) {
        match test {
            Condition::Text(attribute, asked) if attribute.name == "stage" => match &asked.one_of {
                Some(list) => stage = format!("在{}时", values(attribute, list)),
                None => flags.push(condition(test, words)),
            },
            Condition::Flag(attribute, asked) if attribute.name == "complete" => {
                let own = complete(kinds, words).map(|said| flag(said, *asked));
                flags.push(own.unwrap_or_else(|| condition(test, words)));
            }
            _ => flags.push(condition(test, words)),
        }
    }
    let deed = format!("{who}{stage}{verb}{}", kinds_label(kinds, words));
    std::iter::once(deed).chain(flags).collect()
}

/// What is asked of a whole period: `全年高血压随访满4次并完成1次年度体检`.
fn achievement(award: &Award, words: &Vocabulary) -> String {
    let Occasion::Period(every) = award.occasion else { return String::new() };
    let mut parts: Vec<String> = Vec::new();
    for (place, asked) in award.requires.iter().enumerate() {
        // The period of the award itself is said once.
        let said = requirement(asked, words);
        let is_said = place > 0 && asked.within == every;
        parts.push(if is_said { said } else { format!("{}{said}", during(asked, true)) });
    }
    parts.extend(choice(&award.requires_any, true, words));
    parts.join("，并且")
}

/// One of several requirements; those that differ only in the kind of record are said together.
/// With `whole` the period is said as that of a period award.
#[must_use]
pub fn choice(list: &[Requirement], whole: bool, words: &Vocabulary) -> Option<String> {
    let first = list.first()?;
    let alike = list.iter().all(|other| {
        (&other.when, other.within, other.shape) == (&first.when, first.within, first.shape)
            && other.on.len() == 1
    });
    let during_first = during(first, whole);
    if alike && list.len() > 1 {
        let kinds: Vec<KindId> = list.iter().flat_map(|other| other.on.iter().copied()).collect();
        let together = Requirement { on: kinds.clone(), ..first.clone() };
        let said = requirement(&together, words);
        return Some(format!("{during_first}{said}（其中一种做到即可）"));
    }
    let said =
        |asked: &Requirement| format!("{}{}", during(asked, whole), requirement(asked, words));
    Some(list.iter().map(said).collect::<Vec<_>>().join("，或者"))
}

/// When a requirement must be met; `全年` goes with a number of times, not with a streak.
const fn during(asked: &Requirement, whole: bool) -> &'static str {
    within(asked.within, whole && matches!(asked.shape, RequirementShape::Times(_)))
}

/// How much, and who gets it.
fn gain(award: &Award, scheme: &Scheme, words: &Vocabulary) -> String {
    let points = scheme.decimals.short(award.points);
    let who = match award.to {
        HolderType::Resident => "",
        other => holder_label(other),
    };
    if let Some(attribute) = &award.per_unit {
        let known = words.attribute(&attribute.name);
        let unit = known.map_or("", |known| known.unit.as_str());
        let label = known.map_or(attribute.name.as_str(), |known| known.word.label.as_str());
        return match unit {
            "" => format!("{who}按{label}每1得{points}分"),
            unit => format!("{who}每{unit}得{points}分，零头按比例算"),
        };
    }
    match award.occasion {
        Occasion::Record(_) if is_once(award) => format!("{who}得{points}分"),
        Occasion::Record(_) => format!("{who}每次得{points}分"),
        Occasion::Period(every) => format!("{}{who}得{points}分", end_of(every)),
    }
}

/// Whether one person gets the award once and never again.
fn is_once(award: &Award) -> bool {
    award.limits.iter().any(|limit| {
        limit.by == [KeyPart::Holder]
            && limit.bound == Bound::Times(1)
            && limit.per == PeriodKind::Life
    })
}

const fn end_of(every: PeriodKind) -> &'static str {
    match every {
        PeriodKind::Year => "年末",
        PeriodKind::Quarter => "季末",
        PeriodKind::Month => "月末",
        PeriodKind::Day => "当天结束时",
        PeriodKind::Life => "方案结束时",
    }
}

/// What else holds, each a clause of its own.
fn provisos(award: &Award, scheme: &Scheme, words: &Vocabulary) -> Vec<String> {
    let mut parts = Vec::new();
    if let Occasion::Record(_) = award.occasion {
        let first = |asked: &Requirement| {
            format!("{}须先{}", within(asked.within, false), requirement(asked, words))
        };
        parts.extend(award.requires.iter().map(first));
        parts.extend(choice(&award.requires_any, false, words).map(|said| format!("须先{said}")));
    }
    parts.extend(
        award.given.iter().map(|asked| format!("所在村（社区）当年{}才计分", given(asked))),
    );
    parts.extend(award.beyond.as_ref().map(|beyond| {
        let (label, share) = (metric_label(&beyond.of), percent(beyond.share));
        format!("当年人数超出{label}的{share}以后，超出的部分才计分")
    }));
    parts.extend(award.yields_to.iter().map(|winner| {
        let name = scheme.award(&winner.award).map_or(winner.award.as_str(), |award| &award.name);
        let same = match winner.per {
            PeriodKind::Day => "同一天",
            PeriodKind::Month => "同月",
            PeriodKind::Quarter => "同季度",
            PeriodKind::Year => "同年",
            PeriodKind::Life => "",
        };
        format!("与“{name}”{same}不叠加，以后者为准")
    }));
    parts.extend(award.confirm.as_ref().map(|role| format!("经{}确认后计分", role_label(role))));
    let counts = award.counts.filter(|days| *days != scheme.in_force);
    parts.extend(counts.map(|days| format!("限{}至{}的活动", date(days.from), date(days.to))));
    parts.extend(award.public_name.as_ref().map(|name| format!("对外只显示“{name}”")));
    parts
}
