//! Requirements compared: which of two asks for more.

use kangji_core::PeriodKind;

use super::{
    About, ChangeKind, Versions, condition::direction_of_all, direction::Direction, during,
    matched, quoted,
};
use crate::{
    scheme::{Award, Requirement, RequirementShape},
    words,
};

/// What must all be met, and of what one must be met.
pub(super) fn compare(versions: &Versions<'_>, old: &Award, new: &Award, about: &mut About<'_>) {
    let said = |asked: &Requirement| {
        format!("{}{}", during(asked.within), words::requirement(asked, versions.words))
    };
    let all = matched(&old.requires, &new.requires, same_kinds);
    for (old, new) in all.changed {
        about.turn(direction(old, new), "要求", &said(old), &said(new));
    }
    for gone in all.gone {
        about.add(ChangeKind::Looser, format!("不再要求{}。", quoted(&said(gone))));
    }
    for new in all.new {
        about.add(ChangeKind::Tighter, format!("新增要求{}。", quoted(&said(new))));
    }

    let list = |any: &[Requirement]| any.iter().map(said).collect::<Vec<_>>().join("；或");
    match (old.requires_any.is_empty(), new.requires_any.is_empty()) {
        (true, true) => return,
        (true, false) => {
            let sentence =
                format!("新增要求，做到一样即可：{}。", quoted(&list(&new.requires_any)));
            return about.add(ChangeKind::Tighter, sentence);
        }
        (false, true) => {
            let sentence = format!("不再要求做到其中一样：{}。", quoted(&list(&old.requires_any)));
            return about.add(ChangeKind::Looser, sentence);
        }
        (false, false) => {}
    }
    let any = matched(&old.requires_any, &new.requires_any, same_kinds);
    for (old, new) in any.changed {
        about.turn(direction(old, new), "可选的要求", &said(old), &said(new));
    }
    for gone in any.gone {
        about.add(ChangeKind::Tighter, format!("可选的要求少了{}。", quoted(&said(gone))));
    }
    for new in any.new {
        about.add(ChangeKind::Looser, format!("可选的要求多了{}。", quoted(&said(new))));
    }
}

/// Whether two requirements speak of the same thing: some kind is in both.
fn same_kinds(old: &Requirement, new: &Requirement) -> bool {
    old.on.iter().any(|kind| new.on.contains(kind))
}

fn direction(old: &Requirement, new: &Requirement) -> Direction {
    // In a streak the last record of each sub-period decides, whichever kind it is of: with more
    // kinds, or more records, another one may come last.
    let (shape, in_streak) = match (old.shape, new.shape) {
        (RequirementShape::Times(old), RequirementShape::Times(new)) => {
            (Direction::of_less(&old, &new), false)
        }
        (
            RequirementShape::Streak { length: old, per: old_per },
            RequirementShape::Streak { length: new, per: new_per },
        ) if old_per == new_per => (Direction::of_less(&old, &new), true),
        _ => return Direction::Unclear,
    };
    let kinds = match Direction::of_sets(&old.on, &new.on) {
        Direction::Looser | Direction::Tighter if in_streak => Direction::Unclear,
        other => other,
    };
    let within = longer(old.within, new.within);
    shape.and(kinds).and(within).and(direction_of_all(&old.when, &new.when))
}

/// Each kind of period lies inside the next longer one, so more records lie in a longer one.
fn longer(old: PeriodKind, new: PeriodKind) -> Direction {
    Direction::of_more(&old, &new)
}
