//! Figures about few people are not told apart, so that nobody can be recognised.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::figures::Tally;

/// Fewer people than this are not told apart.
const PEOPLE_MIN: u64 = 10;

/// The cells of a line whose figures are about few people.
pub(super) fn few(people: u64) -> Markup {
    html! {
        td.number { "–" }
        td.number { @if people < PEOPLE_MIN { "<" (PEOPLE_MIN) } @else { "不单列" } }
        td.number { "–" }
    }
}

/// The lines that must not be shown: those about few people, and as many of the next smallest as
/// it takes so that the total does not give the hidden ones away.
pub(super) fn hidden<K: Copy + Ord>(lines: &[(K, Tally)]) -> BTreeSet<K> {
    let mut by_size: Vec<(u64, K)> =
        lines.iter().map(|(key, tally)| (tally.people, *key)).collect();
    by_size.sort_unstable();
    let (mut hidden, mut people) = (BTreeSet::new(), 0);
    for (size, key) in by_size {
        let gives_away = !hidden.is_empty() && (people < PEOPLE_MIN || hidden.len() < 2);
        if size >= PEOPLE_MIN && !gives_away {
            break;
        }
        hidden.insert(key);
        people += size;
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(people: u64) -> Tally {
        Tally { people, ..Tally::default() }
    }

    #[test]
    fn few_people_cannot_be_worked_out_from_the_total() {
        let all = hidden(&[(1, of(40)), (2, of(3)), (3, of(25)), (4, of(90))]);
        assert_eq!(all, BTreeSet::from([2, 3]));
        let all = hidden(&[(1, of(4)), (2, of(3)), (3, of(25)), (4, of(90))]);
        assert_eq!(all, BTreeSet::from([1, 2, 3]));
        let all = hidden(&[(1, of(9)), (2, of(8)), (3, of(25))]);
        assert_eq!(all, BTreeSet::from([1, 2]));
        assert!(hidden(&[(1, of(10)), (2, of(11))]).is_empty());
    }
}
