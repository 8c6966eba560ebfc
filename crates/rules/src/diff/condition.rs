//! Conditions compared: which of two lets more people or records through.

use kangji_core::{Decimal, DivisionPrefix, vocabulary::GroupSet};

use super::{About, ChangeKind, Versions, direction::Direction, matched, quoted};
use crate::{
    scheme::{Condition, FlagTest, Given, GroupsTest, NumberTest},
    words,
};

/// Conditions of a list, all of which must hold.
pub(super) fn compare(
    versions: &Versions<'_>,
    label: &str,
    old: &[Condition],
    new: &[Condition],
    about: &mut About<'_>,
) {
    let said = |condition: &Condition| words::condition(condition, versions.words);
    let found = matched(old, new, same_field);
    for (old, new) in found.changed {
        about.turn(direction(old, new), label, &said(old), &said(new));
    }
    for gone in found.gone {
        about.add(ChangeKind::Looser, format!("不再要求{label}{}。", quoted(&said(gone))));
    }
    for new in found.new {
        about.add(ChangeKind::Tighter, format!("新增{label}{}。", quoted(&said(new))));
    }
}

/// Figures of the community, all of which must hold.
pub(super) fn compare_given(old: &[Given], new: &[Given], about: &mut About<'_>) {
    let found = matched(old, new, |old, new| old.metric == new.metric);
    for (old, new) in found.changed {
        let direction = numbers(&old.test, &new.test, false);
        about.turn(direction, "村（社区）指标", &words::given(old), &words::given(new));
    }
    for gone in found.gone {
        about.add(ChangeKind::Looser, format!("不再要求村（社区）{}。", words::given(gone)));
    }
    for new in found.new {
        about.add(ChangeKind::Tighter, format!("新增要求：村（社区）{}。", words::given(new)));
    }
}

fn same_field(old: &Condition, new: &Condition) -> bool {
    match (old, new) {
        (Condition::Flag(old, _), Condition::Flag(new, _))
        | (Condition::Text(old, _), Condition::Text(new, _))
        | (Condition::Number(old, _), Condition::Number(new, _)) => old == new,
        _ => std::mem::discriminant(old) == std::mem::discriminant(new),
    }
}

/// What becomes of all conditions of a list together.
pub(super) fn direction_of_all(old: &[Condition], new: &[Condition]) -> Direction {
    let found = matched(old, new, same_field);
    let turned = found.changed.iter().map(|(old, new)| direction(old, new));
    let gone = found.gone.iter().map(|_| Direction::Looser);
    let new = found.new.iter().map(|_| Direction::Tighter);
    turned.chain(gone).chain(new).fold(Direction::Same, Direction::and)
}

/// What becomes of a condition on one field.
fn direction(old: &Condition, new: &Condition) -> Direction {
    match (old, new) {
        (Condition::Age(old), Condition::Age(new))
        | (Condition::AgeMonths(old), Condition::AgeMonths(new)) => numbers(old, new, true),
        (Condition::Number(_, old), Condition::Number(_, new)) => numbers(old, new, false),
        (Condition::Sex(old), Condition::Sex(new)) => {
            listed((old.one_of.as_deref(), old.recorded), (new.one_of.as_deref(), new.recorded))
        }
        (Condition::Text(_, old), Condition::Text(_, new)) => {
            listed((old.one_of.as_deref(), old.recorded), (new.one_of.as_deref(), new.recorded))
        }
        (Condition::Flag(_, old), Condition::Flag(_, new)) => {
            let list = |test: &FlagTest| test.is.map(|is| [is]);
            let (old_list, new_list) = (list(old), list(new));
            listed(
                (old_list.as_ref().map(<[bool; 1]>::as_slice), old.recorded),
                (new_list.as_ref().map(<[bool; 1]>::as_slice), new.recorded),
            )
        }
        (Condition::Community(old), Condition::Community(new)) => areas(old, new),
        (Condition::Groups(old), Condition::Groups(new)) => groups(old, new),
        _ => Direction::Unclear,
    }
}

/// Numbers that pass; `whole` where only whole numbers occur. A number that is not recorded
/// passes nothing but `recorded = false`, which no recorded one passes.
pub(super) fn numbers(old: &NumberTest, new: &NumberTest, whole: bool) -> Direction {
    match (old.recorded == Some(false), new.recorded == Some(false)) {
        (true, true) => return Direction::Same,
        (false, false) => {}
        _ => return Direction::Unclear,
    }
    let within = |some: &NumberTest, all: &NumberTest| {
        let ((low, high), (all_low, all_high)) = (bounds(some, whole), bounds(all, whole));
        match (&some.one_of, &all.one_of) {
            (Some(list), _) => list.iter().all(|one| !some.holds(*one) || all.holds(*one)),
            (None, None) => all_low <= low && high <= all_high,
            (None, Some(_)) => false,
        }
    };
    Direction::of(within(old, new), within(new, old))
}

/// The smallest and the largest number that the bounds let through.
fn bounds(test: &NumberTest, whole: bool) -> (Decimal, Decimal) {
    let (low, high) = test.bounds();
    if !whole {
        return (low, high);
    }
    let floor = |number: Decimal| Decimal::from_integer(number.multiply_floor(1));
    let floor_low = floor(low).filter(|floor| *floor == low);
    let one = Decimal::from_integer(1).unwrap_or_default();
    let up = floor(low.saturating_add(one)).unwrap_or(low);
    (floor_low.unwrap_or(up), floor(high).unwrap_or(high))
}

type Listed<'a, T> = (Option<&'a [T]>, Option<bool>);

/// Values that pass: those of a list, or all; or only what is not recorded.
fn listed<T: PartialEq>(old: Listed<'_, T>, new: Listed<'_, T>) -> Direction {
    match (old.1 == Some(false), new.1 == Some(false)) {
        (true, true) => return Direction::Same,
        (false, false) => {}
        _ => return Direction::Unclear,
    }
    match (old.0, new.0) {
        (None, None) => Direction::Same,
        (None, Some(_)) => Direction::Tighter,
        (Some(_), None) => Direction::Looser,
        (Some(old), Some(new)) => Direction::of_sets(old, new),
    }
}

/// Areas, of which one must hold the community.
fn areas(old: &[DivisionPrefix], new: &[DivisionPrefix]) -> Direction {
    let within = |some: &[DivisionPrefix], all: &[DivisionPrefix]| {
        some.iter().all(|one| all.iter().any(|other| lies_in(*one, *other)))
    };
    Direction::of(within(old, new), within(new, old))
}

/// Whether one area lies in another.
pub(super) fn lies_in(one: DivisionPrefix, other: DivisionPrefix) -> bool {
    one.to_string().starts_with(&other.to_string())
}

fn groups(old: &GroupsTest, new: &GroupsTest) -> Direction {
    let asks_more =
        |old: GroupSet, new: GroupSet| Direction::of(old.includes(new), new.includes(old));
    let any = match (old.any, new.any) {
        (None, None) => Direction::Same,
        (None, Some(_)) => Direction::Tighter,
        (Some(_), None) => Direction::Looser,
        (Some(old), Some(new)) => Direction::of(new.includes(old), old.includes(new)),
    };
    any.and(asks_more(old.all, new.all)).and(asks_more(old.none, new.none))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn ranges_that_let_the_same_ages_through_are_the_same() {
        let min = NumberTest { min: Some(decimal("65")), ..NumberTest::default() };
        let above = NumberTest { above: Some(decimal("64")), ..NumberTest::default() };
        let half = NumberTest { min: Some(decimal("64.5")), ..NumberTest::default() };
        assert_eq!(numbers(&min, &above, true), Direction::Same);
        assert_eq!(numbers(&min, &half, true), Direction::Same);
        assert_eq!(numbers(&min, &above, false), Direction::Looser);
        let up_to =
            NumberTest { min: Some(decimal("65")), below: Some(decimal("70")), ..min.clone() };
        assert_eq!(numbers(&min, &up_to, true), Direction::Tighter);
        let list = NumberTest {
            one_of: Some(vec![decimal("66"), decimal("90")]),
            ..NumberTest::default()
        };
        assert_eq!(numbers(&list, &min, true), Direction::Looser);
        assert_eq!(numbers(&up_to, &list, true), Direction::Unclear);
        let missing = NumberTest { recorded: Some(false), ..NumberTest::default() };
        assert_eq!(numbers(&missing, &min, true), Direction::Unclear);
    }

    #[test]
    fn groups_are_compared_part_by_part() {
        let set = |bits| GroupSet(bits);
        let plain = GroupsTest { any: Some(set(3)), all: set(0), none: set(8) };
        let more = GroupsTest { any: Some(set(7)), ..plain };
        assert_eq!(groups(&plain, &more), Direction::Looser);
        let fewer_out = GroupsTest { none: set(0), ..more };
        assert_eq!(groups(&plain, &fewer_out), Direction::Looser);
        let mixed = GroupsTest { none: set(24), ..more };
        assert_eq!(groups(&plain, &mixed), Direction::Unclear);
        assert_eq!(groups(&GroupsTest { any: None, ..plain }, &plain), Direction::Tighter);
    }
}
