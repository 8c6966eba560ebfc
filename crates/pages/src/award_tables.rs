//! The tables of a report that go award by award.

use std::collections::BTreeSet;

use kangji_core::Points;
use kangji_rules::{
    scheme::{Award, HolderType},
    score::{
        OutcomeKind,
        summary::{AwardLine, OutcomeCounts},
    },
};
use maud::{Markup, html};

use super::{
    bars::bar,
    report_tables::{Tables, head},
    wording::{count_text, outcome_label},
};

/// The awards of a category, each with what it came to.
type Category<'a> = (Option<&'a str>, Vec<(&'a Award, AwardLine)>);

impl Tables<'_> {
    /// The lines of awards in the order of the newest document that has them, by category.
    fn by_category(&self) -> Vec<Category<'_>> {
        let mut seen = BTreeSet::new();
        let mut groups: Vec<Category<'_>> = Vec::new();
        for award in self.program.versions().iter().rev().flat_map(|scheme| &scheme.awards) {
            let Some(ix) = self.program.award_ix(&award.id).filter(|ix| seen.insert(*ix)) else {
                continue;
            };
            let mut lines = self.figures.summary.lines.iter();
            let Some(line) = lines.find(|line| line.award == ix) else { continue };
            let category = award.category.as_deref();
            match groups.iter_mut().find(|(known, _)| *known == category) {
                Some((_, lines)) => lines.push((award, *line)),
                None => groups.push((category, vec![(award, *line)])),
            }
        }
        groups
    }

    /// What each award came to.
    pub(super) fn awards(&self) -> Markup {
        let most = self.figures.summary.lines.iter().map(|line| points_of(line).0).max();
        let most = most.unwrap_or_default();
        let total = self.figures.total();
        html! {
            section aria-labelledby="by-award" {
                h2 id="by-award" { "各项目得了多少" }
                table.wide {
                    caption { "计分的笔数、得分的人（村）数和积分；横条是积分" }
                    thead { (head(&["项目", "笔数", "人数", "积分"])) }
                    @for (category, lines) in self.by_category() {
                        tbody {
                            @if let Some(category) = category { (self.category(category, &lines)) }
                            @for (award, line) in &lines {
                                tr {
                                    th scope="row" { (award.name) (bar(points_of(line).0, most)) }
                                    td.number data-unit="笔" { (count_text(line.counts.of(OutcomeKind::Credited))) }
                                    td.number data-unit=(unit(award)) { (count_text(line.holders as u64)) }
                                    td.number data-unit="分" { (self.points(points_of(line))) }
                                }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "合计（每人只数一次）" }
                            td.number data-unit="笔" { (count_text(total.credited)) }
                            td.number {
                                @let summary = &self.figures.summary;
                                (count_text((summary.people + summary.communities) as u64))
                            }
                            td.number data-unit="分" { (self.points(total.points)) }
                        }
                    }
                }
            }
        }
    }

    fn category(&self, name: &str, lines: &[(&Award, AwardLine)]) -> Markup {
        let credited: u64 = lines.iter().map(|(_, l)| l.counts.of(OutcomeKind::Credited)).sum();
        let points = lines.iter().map(|(_, line)| points_of(line));
        let points = points.fold(Points::ZERO, Points::saturating_add);
        html! {
            tr.group {
                th scope="rowgroup" { (name) }
                td.number data-unit="笔" { (count_text(credited)) }
                td {}
                td.number data-unit="分" { (self.points(points)) }
            }
        }
    }

    /// What kept outcomes from credit, award by award.
    pub(super) fn without_credit(&self) -> Markup {
        let reasons = |counts: &OutcomeCounts| {
            let counts = *counts;
            html! {
                ul.reasons {
                    @for kind in OutcomeKind::ALL {
                        @if kind != OutcomeKind::Credited && counts.of(kind) > 0 {
                            li { (outcome_label(kind)) " " b { (count_text(counts.of(kind))) } }
                        }
                    }
                }
            }
        };
        let groups = self.by_category();
        let lines = groups.iter().flat_map(|(_, lines)| lines);
        let lines = lines.filter(|(_, line)| line.counts.without_credit() > 0);
        html! {
            section aria-labelledby="no-credit" {
                h2 id="no-credit" { "没有计分的，为什么" }
                table {
                    caption { "没有计分或还在等的笔数和原因" }
                    thead { (head(&["项目和原因", "笔数"])) }
                    tbody {
                        @for (award, line) in lines {
                            tr {
                                th scope="row" { (award.name) (reasons(&line.counts)) }
                                td.number { (count_text(line.counts.without_credit())) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            @let counts = self.figures.summary.counts;
                            th scope="row" { "合计" (reasons(&counts)) }
                            td.number { (count_text(counts.without_credit())) }
                        }
                    }
                }
            }
        }
    }
}

fn points_of(line: &AwardLine) -> Points {
    line.points.unwrap_or(Points(i64::MAX))
}

/// What the holders of an award are counted in.
const fn unit(award: &Award) -> &'static str {
    match award.to {
        HolderType::Community => "个村",
        HolderType::Resident | HolderType::Guardian | HolderType::Worker => "人",
    }
}
