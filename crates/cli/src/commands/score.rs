//! `kangji score`: outcomes as a table, a summary, and a report for people.

use std::{
    io::{self, Write},
    num::NonZeroUsize,
    path::Path,
};

use kangji_exchange::TableReport;
use kangji_pages::{InputLine, Report};
use kangji_rules::score::{
    Facts, Options, OutOfScope, OutcomeKind, Program, Scored, columns, score,
    summary::{AwardLine, Summary},
};
use serde_json::{Value, json};

use crate::{
    args::{Format, ScoreArgs},
    failure::{Failure, Findings},
    files, inputs,
    output::{self, Column},
    progress::Writing,
};

pub(crate) fn run(args: &ScoreArgs) -> Result<Findings, Failure> {
    let Some(ready) = inputs::load(&args.input)? else { return Ok(Findings::Some) };
    let facts = Facts::new(ready.tables);
    let available = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let as_of = args.input.as_of;
    let threads = args.threads.unwrap_or(available);
    let scored = score(&ready.program, &facts, Options { as_of, all: args.all, threads });
    files::write(&args.out, |file| outcomes(&ready.program, &facts, &scored, file))?;
    let figures = kangji_pages::figures(&ready.program, &facts, &scored, as_of);
    if let Some(path) = &args.report {
        let inputs: Vec<InputLine> = ready.reports.iter().map(input_line).collect();
        let page = kangji_pages::report_page(&Report {
            title: "积分计算报告",
            program: &ready.program,
            as_of,
            inputs: &inputs,
            figures: &figures,
        });
        files::write(path, |file| file.write_all(page.as_bytes()))?;
    }
    let summary = Shown { program: &ready.program, scored: &scored, summary: &figures.summary };
    summary.print(args.input.common.format, &args.out, args.report.as_deref())?;
    Ok(Findings::None)
}

fn input_line(report: &TableReport) -> InputLine {
    InputLine {
        name: report.table.label().to_owned(),
        accepted: report.accepted,
        refused: report.refused,
    }
}

fn outcomes(
    program: &Program,
    facts: &Facts,
    scored: &Scored,
    file: &mut impl Write,
) -> io::Result<()> {
    let progress = Writing::new(scored.outcomes.len());
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(columns::COLUMNS)?;
    for (row, outcome) in scored.outcomes.iter().enumerate() {
        csv.write_record(columns::texts(outcome, program, facts))?;
        progress.rows(row);
    }
    progress.finish();
    csv.flush()
}

/// The kinds that keep a candidate from points, in the order of the columns.
const WITHOUT_CREDIT: [(OutcomeKind, Column); 9] = [
    (OutcomeKind::NotEligible, ("not_eligible", "不参加")),
    (OutcomeKind::NotMet, ("not_met", "条件未满足")),
    (OutcomeKind::Pending, ("pending", "等待")),
    (OutcomeKind::BelowThreshold, ("below_threshold", "未超比例")),
    (OutcomeKind::NoHolder, ("no_holder", "无持有人")),
    (OutcomeKind::Sanctioned, ("sanctioned", "处罚期")),
    (OutcomeKind::Rejected, ("rejected", "审核未过")),
    (OutcomeKind::Capped, ("capped", "已达上限")),
    (OutcomeKind::Superseded, ("superseded", "不叠加")),
];

const CREDITED: [Column; 5] = [
    ("award", "编号"),
    ("name", "项目"),
    ("credited", "计分"),
    ("points", "积分"),
    ("people", "人数"),
];

/// The summary as it is printed.
struct Shown<'a> {
    program: &'a Program,
    scored: &'a Scored,
    summary: &'a Summary,
}

impl Shown<'_> {
    fn print(&self, format: Format, out: &Path, report: Option<&Path>) -> io::Result<()> {
        let mut screen = io::stdout().lock();
        if format != Format::Table {
            let columns: Vec<Column> =
                CREDITED.into_iter().chain(WITHOUT_CREDIT.map(|(_, column)| column)).collect();
            let rows: Vec<Vec<Value>> =
                self.summary.lines.iter().map(|line| self.row(line)).collect();
            return output::rows(format, &columns, &rows, &mut screen);
        }
        // Columns in which nothing happened would only make the table hard to read.
        let used = WITHOUT_CREDIT.iter().filter(|(kind, _)| self.summary.counts.of(*kind) > 0);
        let used: Vec<usize> = (0..)
            .zip(WITHOUT_CREDIT)
            .filter(|(_, (kind, _))| used.clone().any(|(known, _)| known == kind))
            .map(|(place, _)| CREDITED.len() + place)
            .collect();
        let keep = |place: usize| (1..CREDITED.len()).contains(&place) || used.contains(&place);
        let columns = CREDITED.into_iter().chain(WITHOUT_CREDIT.map(|(_, column)| column));
        let columns: Vec<Column> =
            columns.enumerate().filter(|(place, _)| keep(*place)).map(|(_, c)| c).collect();
        let rows = self.in_document_order().into_iter().map(|line| {
            let row = self.row(line).into_iter().enumerate();
            row.filter(|(place, _)| keep(*place)).map(|(_, value)| value).collect()
        });
        let rows: Vec<Vec<Value>> = rows.collect();
        output::rows(format, &columns, &rows, &mut screen)?;
        self.closing(&mut screen)?;
        writeln!(screen, "结果表：{}", out.display())?;
        if let Some(report) = report {
            writeln!(screen, "报告：{}（用浏览器打开）", report.display())?;
        }
        Ok(())
    }

    /// The lines as people know the awards: in the order of the newest document, and then those
    /// that only older versions have.
    fn in_document_order(&self) -> Vec<&AwardLine> {
        let newest = self.program.versions().last();
        let place = |line: &&AwardLine| {
            let id = self.program.award_id(line.award);
            let awards = newest.map(|scheme| scheme.awards.as_slice()).unwrap_or_default();
            awards.iter().position(|award| award.id == id).unwrap_or(awards.len())
        };
        let mut lines: Vec<&AwardLine> = self.summary.lines.iter().collect();
        lines.sort_by_key(place);
        lines
    }

    fn row(&self, line: &AwardLine) -> Vec<Value> {
        let id = self.program.award_id(line.award);
        let name = self.program.newest_award(line.award).map_or(id, |award| &award.name);
        let points = line.points.map(|points| self.program.decimals().text(points));
        let credited = line.counts.of(OutcomeKind::Credited);
        let mut row =
            vec![json!(id), json!(name), json!(credited), json!(points), json!(line.holders)];
        row.extend(WITHOUT_CREDIT.iter().map(|(kind, _)| json!(line.counts.of(*kind))));
        row
    }

    fn closing(&self, screen: &mut impl Write) -> io::Result<()> {
        let summary = self.summary;
        let points = summary.total_points.map(|points| self.program.decimals().text(points));
        writeln!(
            screen,
            "合计：计分 {} 条，积分 {}，得分 {} 人{}。",
            summary.counts.of(OutcomeKind::Credited),
            points.unwrap_or_else(|| "超出可表示的范围".to_owned()),
            summary.people,
            match summary.communities {
                0 => String::new(),
                number => format!("、{number} 个社区"),
            }
        )?;
        let words = [
            (OutOfScope::UnknownResident, "居民表中没有"),
            (OutOfScope::Later, "晚于计算日"),
            (OutOfScope::NotInForce, "不在施行期内"),
            (OutOfScope::OutsideDivision, "当时不住辖区"),
        ];
        let count = |why: OutOfScope| {
            self.scored.out_of_scope.get(why as usize).copied().unwrap_or_default()
        };
        let parts = words.iter().filter(|(why, _)| count(*why) > 0);
        let parts: Vec<String> =
            parts.map(|(why, word)| format!("{word} {}", count(*why))).collect();
        let sum: u64 = self.scored.out_of_scope.iter().sum();
        let detail =
            if parts.is_empty() { String::new() } else { format!("（{}）", parts.join("，")) };
        writeln!(screen, "作废的记录 {} 条；不在范围内的记录 {sum} 条{detail}。", self.scored.void)
    }
}
