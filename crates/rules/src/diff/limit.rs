//! Limits compared.

use super::{About, ChangeKind, Versions, direction::Direction, matched, quoted};
use crate::scheme::{Bound, Limit};

/// The limits of an award or item; `old_text` and `new_text` say a limit of each version.
pub(super) fn compare(
    versions: &Versions<'_>,
    limits: (&[Limit], &[Limit]),
    old_text: &dyn Fn(&Limit) -> String,
    new_text: &dyn Fn(&Limit) -> String,
    about: &mut About<'_>,
) {
    let kin = |old: &Limit, new: &Limit| {
        let same_bound = std::mem::discriminant(&old.bound) == std::mem::discriminant(&new.bound);
        same_bound && old.per == new.per
    };
    let found = matched(limits.0, limits.1, kin);
    for (old, new) in found.changed {
        // Another key counts otherwise, for some more and for others less.
        let keys = match Direction::of_sets(&old.by, &new.by) {
            Direction::Same => Direction::Same,
            _ => Direction::Unclear,
        };
        let direction = bounds(versions, old.bound, new.bound).and(keys);
        if direction != Direction::Same || old.by != new.by {
            about.turn(direction, "上限", &old_text(old), &new_text(new));
        }
    }
    for gone in found.gone {
        about.add(ChangeKind::Looser, format!("取消上限{}。", quoted(&old_text(gone))));
    }
    for new in found.new {
        about.add(ChangeKind::Tighter, format!("新增上限{}。", quoted(&new_text(new))));
    }
}

fn bounds(versions: &Versions<'_>, old: Bound, new: Bound) -> Direction {
    match (old, new) {
        (Bound::Times(old), Bound::Times(new)) => Direction::of_more(&old, &new),
        (Bound::Points(old), Bound::Points(new)) => versions.points(old, new),
        _ => Direction::Unclear,
    }
}
