//! Prose that still says what a rule said before it was changed.

use kangji_core::{Decimals, Points};

use super::headings;
use crate::{
    document::{BlockKind, Document},
    scheme::{Award, Bound, Condition, NumberTest},
};

/// A line of prose that says a number which the rule says no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The line in the document, from 1.
    pub line: usize,
    /// The line itself.
    pub text: String,
    /// The number as it stands there, such as `2次`.
    pub number: String,
}

/// The lines below the award's own heading that say a number of the old rule which the new one
/// does not have. What they mean is for people to judge.
#[must_use]
pub fn still_said(
    text: &str,
    document: &Document,
    (old, new): (&Award, &Award),
    decimals: Decimals,
) -> Vec<Said> {
    let is = numbers(new, decimals);
    let gone: Vec<String> =
        numbers(old, decimals).into_iter().filter(|number| !is.contains(number)).collect();
    let all = headings(text);
    let Some(at) = all.iter().position(|heading| heading.path == new.basis) else {
        return Vec::new();
    };
    let start = all.get(at).map_or(0, |heading| heading.start);
    let end = all.get(at + 1).map_or(text.len(), |heading| heading.start);
    let is_rule = |byte: usize| {
        let mut blocks = document.blocks.iter().filter(|block| block.range.contains(&byte));
        blocks.any(|block| block.kind == BlockKind::Rules)
    };
    let mut found = Vec::new();
    let mut byte = 0;
    for (line, content) in (1..).zip(text.split_inclusive('\n')) {
        let here = byte;
        byte += content.len();
        // Of examples only the sentence is prose.
        let in_block = document.blocks.iter().any(|block| block.range.contains(&here));
        let is_prose = !is_rule(here) && (!in_block || content.starts_with("title"));
        if here < start || here >= end || !is_prose {
            continue;
        }
        let said = gone.iter().find(|number| says(content, number));
        found.extend(said.map(|number| Said {
            line,
            text: content.trim().to_owned(),
            number: number.clone(),
        }));
    }
    found
}

/// The numbers of a rule as prose says them, in digits and in characters.
fn numbers(award: &Award, decimals: Decimals) -> Vec<String> {
    let amount = |points: Points| decimals.short(points);
    let mut all = said(&amount(award.points), "分");
    for limit in &award.limits {
        all.extend(match limit.bound {
            Bound::Times(times) => said(&times.to_string(), "次"),
            Bound::Points(points) => said(&amount(points), "分"),
        });
    }
    let ages = award.when.iter().filter_map(|condition| match condition {
        Condition::Age(test) => Some((test, "岁")),
        Condition::AgeMonths(test) => Some((test, "个月")),
        _ => None,
    });
    for (NumberTest { min, max, below, above, .. }, unit) in ages {
        let bounds = [min, max, below, above].into_iter().flatten();
        all.extend(bounds.flat_map(|bound| said(&bound.to_string(), unit)));
    }
    all
}

fn said(number: &str, unit: &str) -> Vec<String> {
    const DIGITS: [&str; 11] = ["零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十"];
    let small = number.parse::<usize>().ok().and_then(|number| DIGITS.get(number));
    let mut all = vec![format!("{number}{unit}"), format!("{number} {unit}")];
    all.extend(small.map(|digit| format!("{digit}{unit}")));
    all.extend((number == "2").then(|| format!("二{unit}")));
    all
}

/// Whether a line says a number, not as the end of a longer one.
fn says(line: &str, number: &str) -> bool {
    line.match_indices(number).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let longer = |c: char| c.is_ascii_digit() || matches!(c, '.' | '十' | '百' | '第');
        !before.is_some_and(longer)
    })
}
