//! Awards compared, key by key.

use kangji_core::DayRange;

use super::{
    About, Change, ChangeKind, Versions, condition, direction::Direction, during, limit, matched,
    quoted, requirement,
};
use crate::{
    scheme::{Award, Beyond, Occasion, Scheme, YieldsTo},
    words,
};

/// All awards of both versions, in the order of the new one; those gone before them.
pub(super) fn compare_all(versions: &Versions<'_>, changes: &mut Vec<Change>) {
    let found = matched(&versions.old.awards, &versions.new.awards, |old, new| old.id == new.id);
    for gone in found.gone {
        let rule = words::rule_sentence(gone, versions.old, versions.words);
        let mut about = About { id: &gone.id, name: &gone.name, changes };
        about.add(ChangeKind::GoneAward, format!("取消这个得分项目，原来的规定是：{rule}"));
    }
    for new in found.new {
        let rule = words::rule_sentence(new, versions.new, versions.words);
        let mut about = About { id: &new.id, name: &new.name, changes };
        about.add(ChangeKind::NewAward, format!("新增这个得分项目：{rule}"));
    }
    for (old, new) in found.changed {
        let before = changes.len();
        let mut about = About { id: &new.id, name: &new.name, changes };
        compare(versions, old, new, &mut about);
        if about.changes.len() == before {
            about.add(ChangeKind::Wording, "规则的写法或顺序有调整，意思没有变。");
        }
    }
}

fn compare(versions: &Versions<'_>, old: &Award, new: &Award, about: &mut About<'_>) {
    points(versions, old, new, about);
    who(old, new, about);
    occasion(versions, old, new, about);
    condition::compare(versions, "条件", &old.when, &new.when, about);
    let (old_text, new_text) = (
        |limit: &_| words::limit(limit, old, versions.old.decimals, versions.words),
        |limit: &_| words::limit(limit, new, versions.new.decimals, versions.words),
    );
    limit::compare(versions, (&old.limits, &new.limits), &old_text, &new_text, about);
    yields_to(versions, &old.yields_to, &new.yields_to, about);
    requirement::compare(versions, old, new, about);
    condition::compare_given(&old.given, &new.given, about);
    beyond(old.beyond.as_ref(), new.beyond.as_ref(), about);
    counts(versions, old.counts, new.counts, about);
    about.wording((&old.name, &new.name), (&old.basis, &new.basis));
    if old.category != new.category {
        let said = |category: &Option<String>| category.clone().unwrap_or("不分类".to_owned());
        about.turn(ChangeKind::Wording, "分类", &said(&old.category), &said(&new.category));
    }
}

fn points(versions: &Versions<'_>, old: &Award, new: &Award, about: &mut About<'_>) {
    let (before, after) = (versions.old_points(old.points), versions.new_points(new.points));
    let what = match versions.points(old.points, new.points) {
        Direction::Looser => Some(ChangeKind::MorePoints),
        Direction::Tighter => Some(ChangeKind::FewerPoints),
        Direction::Same | Direction::Unclear => None,
    };
    if let Some(what) = what {
        about.add(what, format!("积分由{before}改为{after}。"));
    }
    if old.per_unit != new.per_unit {
        let said = |award: &Award| match &award.per_unit {
            None => "按次计分".to_owned(),
            Some(attribute) => {
                let known = versions.words.attribute(&attribute.name);
                let label = known.map_or(attribute.name.as_str(), |known| &known.word.label);
                format!("按{label}计分")
            }
        };
        about.turn(ChangeKind::Changed, "计分方法", &said(old), &said(new));
    }
}

/// Who holds the points, who confirms them, and what others read.
fn who(old: &Award, new: &Award, about: &mut About<'_>) {
    if old.to != new.to {
        let (old, new) = (words::holder_label(old.to), words::holder_label(new.to));
        about.turn(ChangeKind::Changed, "得分的人", old, new);
    }
    match (
        old.confirm.as_deref().map(words::role_label),
        new.confirm.as_deref().map(words::role_label),
    ) {
        _ if old.confirm == new.confirm => {}
        (None, Some(new)) => {
            about.add(ChangeKind::Tighter, format!("计分前新增一步：要由{new}确认。"));
        }
        (Some(old), None) => {
            about.add(ChangeKind::Looser, format!("不再需要{old}确认就计分。"));
        }
        (old, new) => about.party("确认的人", old, new),
    }
    if old.public_name != new.public_name {
        let said = |award: &Award| award.name_for_public().to_owned();
        about.turn(ChangeKind::Changed, "对外显示的名称", &said(old), &said(new));
    }
}

fn occasion(versions: &Versions<'_>, old: &Award, new: &Award, about: &mut About<'_>) {
    let said = |occasion: &Occasion| match occasion {
        Occasion::Record(kinds) => words::kinds_label(kinds, versions.words),
        Occasion::Period(every) => format!("{}结算", words::period_word(*every)),
    };
    if old.occasion == new.occasion {
        return;
    }
    let direction = match (&old.occasion, &new.occasion) {
        (Occasion::Record(old), Occasion::Record(new)) => Direction::of_sets(old, new),
        _ => Direction::Unclear,
    };
    about.turn(direction, "计分的事情", &said(&old.occasion), &said(&new.occasion));
}

fn yields_to(versions: &Versions<'_>, old: &[YieldsTo], new: &[YieldsTo], about: &mut About<'_>) {
    let said = |scheme: &Scheme, winner: &YieldsTo| {
        let name = scheme.award(&winner.award).map_or(&winner.award, |award| &award.name);
        format!("{}得了{}就不再得", during(winner.per), quoted(name))
    };
    let found = matched(old, new, |old, new| old.award == new.award);
    for (old, new) in found.changed {
        // In a longer period the other award is met more often.
        let direction = Direction::of_less(&old.per, &new.per);
        let (old, new) = (said(versions.old, old), said(versions.new, new));
        about.turn(direction, "不叠加的规定", &old, &new);
    }
    for gone in found.gone {
        let sentence = format!("取消不叠加的规定：{}。", said(versions.old, gone));
        about.add(ChangeKind::Looser, sentence);
    }
    for new in found.new {
        let sentence = format!("新增不叠加的规定：{}。", said(versions.new, new));
        about.add(ChangeKind::Tighter, sentence);
    }
}

fn beyond(old: Option<&Beyond>, new: Option<&Beyond>, about: &mut About<'_>) {
    let said = |beyond: &Beyond| {
        format!("超过{}的{}", words::metric_label(&beyond.of), words::percent(beyond.share))
    };
    match (old, new) {
        (Some(old), Some(new)) if old != new => {
            let direction = if old.of == new.of {
                Direction::of_less(&old.share, &new.share)
            } else {
                Direction::Unclear
            };
            about.turn(direction, "起算的界限", &said(old), &said(new));
        }
        (None, Some(new)) => {
            about.add(ChangeKind::Tighter, format!("改为{}才计分。", said(new)));
        }
        (Some(old), None) => {
            about.add(ChangeKind::Looser, format!("不再要求{}才计分。", said(old)));
        }
        _ => {}
    }
}

/// Days of its own in which an award counts; without them it counts while the scheme is in force.
fn counts(
    versions: &Versions<'_>,
    old: Option<DayRange>,
    new: Option<DayRange>,
    about: &mut About<'_>,
) {
    if old == new {
        return;
    }
    let days = (old.unwrap_or(versions.old.in_force), new.unwrap_or(versions.new.in_force));
    let said =
        |days: Option<DayRange>| days.map_or("和方案的施行日期一样".to_owned(), words::day_range);
    about.turn(ranges(days.0, days.1), "计分的日期", &said(old), &said(new));
}

/// Days in which something counts: all of the old ones and more is looser.
pub(super) fn ranges(old: DayRange, new: DayRange) -> Direction {
    let within = |some: DayRange, all: DayRange| all.from <= some.from && some.to <= all.to;
    Direction::of(within(old, new), within(new, old))
}
