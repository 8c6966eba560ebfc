//! Every table of a report comes to the headline.

use std::{fs, path::Path};

use kangji_core::vocabulary::Vocabulary;
use kangji_rules::{
    document::read,
    score::{Options, OutOfScope, score},
};

use super::*;
use crate::{InputLine, Report, report_page};

/// The examples of a shipped document, each scored and shown by itself.
fn shown(name: &str, mut check: impl FnMut(&Program, &Facts, &Scored, &Figures, Day)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemes");
    let text = fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
    let document = read(&text, &Vocabulary::national());
    let program = Program::new(vec![document.scheme.unwrap()]).unwrap();
    for example in document.examples {
        let facts = Facts::new(example.tables);
        for all in [false, true] {
            let threads = std::num::NonZeroUsize::MIN;
            let options = Options { as_of: example.as_of, all, threads };
            let scored = score(&program, &facts, options);
            let figures = figures(&program, &facts, &scored, example.as_of);
            check(&program, &facts, &scored, &figures, example.as_of);
        }
    }
}

fn sum<K>(lines: &[(K, Tally)]) -> (u64, Points) {
    let add = |(credited, points): (u64, Points), (_, tally): &(K, Tally)| {
        (credited + tally.credited, points.saturating_add(tally.points))
    };
    lines.iter().fold((0, Points::ZERO), add)
}

fn points(amounts: impl Iterator<Item = Points>) -> Points {
    amounts.fold(Points::ZERO, Points::saturating_add)
}

#[test]
fn every_table_comes_to_the_headline() {
    for name in ["panzhihua-xiqu", "tonghui", "shenzhen"] {
        shown(name, |_, facts, scored, figures, _| {
            let total = figures.total();
            let outcomes = scored.outcomes.iter().filter(|outcome| outcome.award.is_some());
            let kinds = outcomes.clone().map(|outcome| outcome.kind);
            assert_eq!(figures.summary.counts.total(), kinds.count() as u64);
            assert_eq!(total.points, points(outcomes.map(|outcome| outcome.points)));

            let lines = figures.summary.lines.iter();
            assert_eq!(points(lines.clone().map(|line| line.points.unwrap())), total.points);
            let credited = lines.clone().map(|line| line.counts.of(OutcomeKind::Credited));
            assert_eq!(credited.sum::<u64>(), total.credited);
            for kind in OutcomeKind::ALL {
                let of_kind: u64 = lines.clone().map(|line| line.counts.of(kind)).sum();
                assert_eq!(of_kind, figures.summary.counts.of(kind));
            }

            let whole = (total.credited, total.points);
            assert_eq!(sum(&figures.months), whole);
            assert_eq!(sum(&figures.communities), whole);
            assert_eq!(sum(&figures.ages), whole);
            let people: u64 = figures.ages.iter().map(|(_, tally)| tally.people).sum();
            assert_eq!(people, total.people);

            let held = figures.holders.iter();
            assert_eq!(held.clone().map(|line| line.1).sum::<u64>(), figures.summary.people as u64);
            let held = points(held.map(|line| line.2)).saturating_add(figures.community_points);
            assert_eq!(held, total.points);
            let lapsing = points(figures.lapsing.iter().map(|line| line.1));
            assert_eq!(lapsing.saturating_add(figures.lapsed), total.points);

            assert_eq!(figures.fates.total(), facts.records().rows.len() as u64);
            let waiting: u64 = figures.waiting.iter().map(|(_, count)| count).sum();
            assert_eq!(waiting, figures.summary.counts.of(OutcomeKind::Pending));
        });
    }
}

#[test]
fn a_report_names_nobody() {
    shown("panzhihua-xiqu", |program, facts, scored, figures, as_of| {
        let inputs = [InputLine { name: "居民".to_owned(), accepted: 1, refused: 0 }];
        let page =
            report_page(&Report {
                title: "计分结果", program, as_of, inputs: &inputs, figures
            });
        for outcome in &scored.outcomes {
            let (resident, holder) = (facts.text(outcome.resident), facts.text(outcome.holder));
            assert!(!page.contains(resident), "{resident}");
            assert!(holder.is_empty() || !page.contains(holder), "{holder}");
        }
        assert!(!page.contains("<script") && !page.contains("://"));
        assert!(page.contains("内部资料"));
    });
}

#[test]
fn a_tally_counts_a_person_once_in_a_line() {
    let mut symbols = kangji_core::Symbols::default();
    let (a, b) = (symbols.intern("a"), symbols.intern("b"));
    let rows = [(2, a, Points(5)), (1, b, Points(1)), (2, b, Points(0)), (2, a, Points(7))];
    let lines = tallies(rows.into_iter());
    let line = |credited, points, people| Tally { credited, points: Points(points), people };
    assert_eq!(lines, [(1, line(1, 1, 1)), (2, line(3, 12, 2))]);
}

#[test]
fn months_without_credit_are_there_too() {
    let day = |text: &str| text.parse::<Day>().unwrap();
    let some = Tally { credited: 1, points: Points(1), people: 1 };
    let lines = without_gaps(vec![(day("2025-11-01"), some), (day("2026-02-01"), some)]);
    let months: Vec<(String, u64)> =
        lines.iter().map(|(day, tally)| (day.to_string(), tally.credited)).collect();
    let expected = [("2025-11-01", 1), ("2025-12-01", 0), ("2026-01-01", 0), ("2026-02-01", 1)];
    assert_eq!(months, expected.map(|(day, count)| (day.to_owned(), count)));
    let stray = vec![(day("1026-01-01"), some), (day("2026-01-01"), some)];
    assert_eq!(without_gaps(stray).len(), 2);
    assert!(without_gaps(Vec::new()).is_empty());
    assert_eq!(OutOfScope::ALL.len(), Fates::default().out_of_scope.len());
}
