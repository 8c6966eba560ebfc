//! The columns of an outcome table: codes and references as text, the same for CSV and Parquet.

use kangji_core::Points;

use super::{
    facts::Facts,
    outcome::{Because, OutOfScope, Outcome, Subject, Winner},
    program::Program,
};
use crate::scheme::{Award, Bound, Limit, NumberTest, RequirementShape};

/// The names of the columns, in order.
pub const COLUMNS: [&str; 14] = [
    "scheme",
    "version",
    "award",
    "holder_type",
    "holder",
    "resident",
    "record",
    "period",
    "date",
    "points",
    "expires_on",
    "outcome",
    "because",
    "basis",
];

/// The texts of an outcome, in the order of [`COLUMNS`].
#[must_use]
pub fn texts(outcome: &Outcome, program: &Program, facts: &Facts) -> [String; 14] {
    let award = award_of(outcome, program);
    let (record, period) = match outcome.subject {
        Subject::Record(row) => (record_id(facts, row), String::new()),
        Subject::Period(period) => (String::new(), period.to_string()),
    };
    let decimals = program.decimals();
    [
        program.scheme_id().to_owned(),
        outcome.version.map_or(String::new(), |version| (version.0 + 1).to_string()),
        outcome.award.map_or("", |award| program.award_id(award)).to_owned(),
        award.map_or("", |award| award.to.word()).to_owned(),
        facts.text(outcome.holder).to_owned(),
        facts.text(outcome.resident).to_owned(),
        record,
        period,
        outcome.date.to_string(),
        decimals.text(outcome.points),
        outcome.expires_on.map_or(String::new(), |day| day.to_string()),
        outcome.kind.word().to_owned(),
        because(outcome, program, facts),
        award.map_or(String::new(), Award::basis_line),
    ]
}

/// The award of an outcome, as its version has it.
#[must_use]
pub fn award_of<'p>(outcome: &Outcome, program: &'p Program) -> Option<&'p Award> {
    program.award(outcome.version?, outcome.award?)
}

fn record_id(facts: &Facts, row: u32) -> String {
    facts.record(row).map_or(String::new(), |record| facts.text(record.id).to_owned())
}

/// The reason as one machine-readable word with its references: `limit 2/month`,
/// `award elderly-checkup a17`, `metric awareness_rate 0.5 min 0.9`.
#[must_use]
pub fn because(outcome: &Outcome, program: &Program, facts: &Facts) -> String {
    let award = award_of(outcome, program);
    let given = |place: u8| award.and_then(|award| award.given.get(usize::from(place)));
    let decimals = program.decimals();
    match outcome.because {
        Because::Nothing => String::new(),
        Because::Scope(why) => match why {
            OutOfScope::UnknownResident => "unknown_resident",
            OutOfScope::Later => "later",
            OutOfScope::NotInForce => "not_in_force",
            OutOfScope::OutsideDivision => "outside_division",
        }
        .to_owned(),
        Because::Ineligible(place) => format!("eligible {}", u16::from(place) + 1),
        Because::Given(place) => given(place).map_or(String::new(), |given| {
            let found = metric_value(outcome, facts, &given.metric);
            let found = found.map_or("missing".to_owned(), |value| value.to_string());
            format!("metric {} {found} {}", given.metric, bounds(&given.test))
        }),
        Because::BeyondMissing => {
            let beyond = award.and_then(|award| award.beyond.as_ref());
            beyond.map_or(String::new(), |beyond| format!("metric {} missing", beyond.of))
        }
        Because::Rank(rank) => {
            let beyond = award.and_then(|award| award.beyond.as_ref());
            beyond.map_or(String::new(), |beyond| {
                let metric = metric_value(outcome, facts, &beyond.of);
                let metric = metric.map_or(String::new(), |value| value.to_string());
                format!("rank {rank} of {} {metric} share {}", beyond.of, beyond.share)
            })
        }
        Because::Requires(place, found) => {
            let requirement = award.and_then(|award| award.requires.get(usize::from(place)));
            requirement.map_or(String::new(), |requirement| match requirement.shape {
                RequirementShape::Times(times) => {
                    format!("requires {} {found}/{times}", u16::from(place) + 1)
                }
                RequirementShape::Streak { length, .. } => {
                    format!("requires {} streak {found}/{length}", u16::from(place) + 1)
                }
            })
        }
        Because::RequiresAny => "requires_any".to_owned(),
        Because::Sanction(place) => {
            let row = facts.tables().sanctions.get(place as usize);
            row.map_or(String::new(), |row| format!("sanction from {}", row.days.from))
        }
        Because::Decision(place) => {
            let row = facts.tables().confirmations.get(place as usize);
            row.map_or(String::new(), |row| format!("by {} on {}", facts.text(row.by), row.date))
        }
        Because::NoDecision => {
            let role = award.and_then(|award| award.confirm.as_deref());
            format!("confirm {}", role.unwrap_or_default())
        }
        Because::Limit(place) => {
            let limit = award.and_then(|award| award.limits.get(usize::from(place)));
            limit.map_or(String::new(), |limit| format!("limit {}", limit_text(limit, decimals)))
        }
        Because::Winner(winner, by) => {
            let id = program.award_id(winner);
            match by {
                Winner::Record(row) => format!("award {id} {}", record_id(facts, row)),
                Winner::Period(day) => format!("award {id} {day}"),
            }
        }
    }
}

fn limit_text(limit: &Limit, decimals: kangji_core::Decimals) -> String {
    match limit.bound {
        Bound::Times(times) => format!("{times}/{}", limit.per.word()),
        Bound::Points(points) => format!("{} points/{}", decimals.short(points), limit.per.word()),
    }
}

fn bounds(test: &NumberTest) -> String {
    let part = |word: &str, bound: Option<kangji_core::Decimal>| {
        bound.map(|bound| format!("{word} {bound}"))
    };
    let listed = test.one_of.as_ref().map(|list| {
        let list: Vec<String> = list.iter().map(ToString::to_string).collect();
        format!("in {}", list.join("|"))
    });
    let parts = [
        part("min", test.min),
        part("max", test.max),
        part("below", test.below),
        part("above", test.above),
        listed,
    ];
    parts.into_iter().flatten().collect::<Vec<String>>().join(" ")
}

/// The figure that an outcome's community and year have under `name`.
#[must_use]
pub fn metric_value(outcome: &Outcome, facts: &Facts, name: &str) -> Option<kangji_core::Decimal> {
    let tables = facts.tables();
    let resident = facts.resident(outcome.resident)?;
    let community = tables.standing_on(resident, outcome.date)?.community?;
    let rows = tables.metrics.iter();
    let mut same = rows.filter(|row| {
        row.community == community
            && row.year == outcome.date.year()
            && tables.symbols.text(row.name) == name
    });
    same.next().map(|row| row.value)
}

/// The sum of points credited; `None` on overflow.
#[must_use]
pub fn total<'o>(outcomes: impl IntoIterator<Item = &'o Outcome>) -> Option<Points> {
    outcomes.into_iter().try_fold(Points::ZERO, |sum, outcome| sum.checked_add(outcome.points))
}
