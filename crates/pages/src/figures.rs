//! What scoring a district showed, as aggregates: no id or name of a person is in them. Pure; it
//! knows neither HTML nor words people read.

use std::collections::BTreeMap;

use kangji_core::{Day, Division, Period, PeriodKind, Points, Sym, tables::Sex};
use kangji_rules::scheme::HolderType;
use kangji_rules::score::{
    AwardIx, Because, Facts, Outcome, OutcomeKind, Program, Scored, Subject,
    summary::{Summary, summarize},
};

#[cfg(test)]
mod tests;

/// Credited outcomes of one line of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Credited outcomes, also those with 0 points.
    pub credited: u64,
    /// Their points, held at the largest amount.
    pub points: Points,
    /// How many different residents were served.
    pub people: u64,
}

/// What became of the records, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// Some award is credited for it.
    pub credited: u64,
    /// A candidate of some award, and none is credited.
    pub without_credit: u64,
    /// A candidate of no award that counts records; it may count towards one at a period's end.
    pub no_candidate: u64,
    /// Declared void.
    pub void: u64,
    /// Out of scope, in the order of `OutOfScope::ALL`.
    pub out_of_scope: [u64; 4],
}

impl Fates {
    /// All records.
    pub fn total(&self) -> u64 {
        let inside = self.credited + self.without_credit + self.no_candidate;
        inside + self.void + self.out_of_scope.iter().sum::<u64>()
    }
}

/// Whom a pending outcome waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitsFor {
    /// A decision of this role.
    Role(String),
    /// This figure of the community.
    Figure(String),
}

/// The age bands of tables: the first age of each.
pub(crate) const AGE_BANDS: [u32; 6] = [0, 7, 18, 45, 65, 75];

/// The bands of a holder's points: the least whole points of each.
pub(crate) const POINT_BANDS: [i64; 7] = [0, 1, 50, 100, 200, 500, 1000];

/// Where the tables place residents whose birth date or sex is not recorded.
pub(crate) const NOT_RECORDED: usize = usize::MAX;

/// What scoring showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Award by award.
    pub summary: Summary,
    /// How many residents were served with credit to somebody.
    pub residents_served: u64,
    /// By month of the outcome's date, from the first to the last; those between without credit
    /// are there too.
    pub months: Vec<(Day, Tally)>,
    /// By the resident's community on the outcome's date.
    pub communities: Vec<(Option<Division>, Tally)>,
    /// By the resident's age on the evaluation day, as a place in `AGE_BANDS` or
    /// `NOT_RECORDED`, and sex: women, men, not recorded.
    pub ages: Vec<((usize, usize), Tally)>,
    /// By the points one person holds, as a place in `POINT_BANDS`: people and points.
    pub holders: Vec<(usize, u64, Points)>,
    /// Points that communities hold.
    pub community_points: Points,
    /// Points by the month of their last valid day, those lapsed by the evaluation day apart;
    /// `None`: they never lapse.
    pub lapsed: Points,
    /// See `lapsed`.
    pub lapsing: Vec<(Option<Day>, Points)>,
    /// What became of the records.
    pub fates: Fates,
    /// Pending outcomes by what they wait for.
    pub waiting: Vec<((WaitsFor, AwardIx), u64)>,
}

impl Figures {
    /// The points credited, held at the largest amount.
    pub fn points(&self) -> Points {
        self.summary.total_points.unwrap_or(Points(i64::MAX))
    }

    /// Everything credited, as one line.
    pub fn total(&self) -> Tally {
        Tally {
            credited: self.summary.counts.of(OutcomeKind::Credited),
            points: self.points(),
            people: self.residents_served,
        }
    }
}

/// Adds up what scoring showed on the evaluation day `as_of`.
#[must_use]
pub fn figures(program: &Program, facts: &Facts, scored: &Scored, as_of: Day) -> Figures {
    let summary = summarize(program, &scored.outcomes);
    let is_credited =
        |outcome: &&Outcome| outcome.award.is_some() && outcome.kind == OutcomeKind::Credited;
    let credited = || scored.outcomes.iter().filter(is_credited);
    let by_month = credited().map(|o| (month(o.date), o.resident, o.points));
    let by_community = credited().map(|o| (community(facts, o), o.resident, o.points));
    let by_age = credited().map(|o| (age_and_sex(facts, o.resident, as_of), o.resident, o.points));
    let everybody = credited().map(|o| ((), o.resident, o.points));
    let (holders, community_points) = held(program, credited());
    let (lapsed, lapsing) = lapsing(credited(), as_of);
    Figures {
        summary,
        residents_served: tallies(everybody).first().map_or(0, |(_, tally)| tally.people),
        months: without_gaps(tallies(by_month)),
        communities: tallies(by_community),
        ages: tallies(by_age),
        holders,
        community_points,
        lapsed,
        lapsing,
        fates: fates(facts, scored),
        waiting: waiting(program, &scored.outcomes),
    }
}

/// Adds up rows of (line, resident, points) line by line, in the order of lines.
fn tallies<K: Ord + Copy>(rows: impl Iterator<Item = (K, Sym, Points)>) -> Vec<(K, Tally)> {
    let mut rows: Vec<(K, Sym, Points)> = rows.collect();
    rows.sort_unstable();
    let mut lines: Vec<(K, Tally)> = Vec::new();
    let mut before = None;
    for (key, resident, points) in rows {
        if lines.last().is_none_or(|(last, _)| *last != key) {
            lines.push((key, Tally::default()));
        }
        if let Some((_, tally)) = lines.last_mut() {
            tally.credited += 1;
            tally.points = tally.points.saturating_add(points);
            tally.people += u64::from(before != Some((key, resident)));
        }
        before = Some((key, resident));
    }
    lines
}

fn month(day: Day) -> Day {
    Period::containing(PeriodKind::Month, day).days().from
}

/// Puts in the months without credit, unless a stray date would make the list absurdly long.
fn without_gaps(lines: Vec<(Day, Tally)>) -> Vec<(Day, Tally)> {
    const MONTHS_MAX: usize = 60;
    let (Some((first, _)), Some((last, _))) = (lines.first(), lines.last()) else { return lines };
    let next = |day: &Day| Some(day.plus(kangji_core::Span::Months(1)));
    let months = std::iter::successors(Some(*first), next).take_while(|day| day <= last);
    let months: Vec<Day> = months.take(MONTHS_MAX + 1).collect();
    if months.len() > MONTHS_MAX {
        return lines;
    }
    let known: BTreeMap<Day, Tally> = lines.into_iter().collect();
    months.into_iter().map(|day| (day, known.get(&day).copied().unwrap_or_default())).collect()
}

fn community(facts: &Facts, outcome: &Outcome) -> Option<Division> {
    let resident = facts.resident(outcome.resident)?;
    facts.tables().standing_on(resident, outcome.date)?.community
}

fn age_and_sex(facts: &Facts, resident: Sym, as_of: Day) -> (usize, usize) {
    let resident = facts.resident(resident);
    let age = resident.and_then(|resident| resident.birth_date?.age_years(as_of));
    let band = age.and_then(|age| AGE_BANDS.iter().rposition(|first| *first <= age));
    let sex = match resident.and_then(|resident| resident.sex) {
        Some(Sex::Female) => 0,
        Some(Sex::Male) => 1,
        None => 2,
    };
    (band.unwrap_or(NOT_RECORDED), sex)
}

/// How many people hold how many points, and what communities hold.
fn held<'o>(
    program: &Program,
    credited: impl Iterator<Item = &'o Outcome>,
) -> (Vec<(usize, u64, Points)>, Points) {
    let units = program.decimals().units_per_point();
    let mut sums: BTreeMap<Sym, Points> = BTreeMap::new();
    let mut communities = Points::ZERO;
    for outcome in credited {
        let sum = match outcome.holder_type {
            HolderType::Community => &mut communities,
            _ => sums.entry(outcome.holder).or_default(),
        };
        *sum = sum.saturating_add(outcome.points);
    }
    let mut bands: BTreeMap<usize, (u64, Points)> = BTreeMap::new();
    for points in sums.into_values() {
        let reaches = |least: &i64| least.saturating_mul(units) <= points.0;
        let band = POINT_BANDS.iter().rposition(reaches).unwrap_or_default();
        // A fraction of a point is more than none.
        let band = if points > Points::ZERO { band.max(1) } else { band };
        let (people, sum) = bands.entry(band).or_default();
        (*people, *sum) = (*people + 1, sum.saturating_add(points));
    }
    let bands = bands.into_iter().map(|(band, (people, sum))| (band, people, sum)).collect();
    (bands, communities)
}

type Lapsing = Vec<(Option<Day>, Points)>;

fn lapsing<'o>(credited: impl Iterator<Item = &'o Outcome>, as_of: Day) -> (Points, Lapsing) {
    let mut lapsed = Points::ZERO;
    let mut months: BTreeMap<Day, Points> = BTreeMap::new();
    let mut never = None;
    for outcome in credited {
        let sum = match outcome.expires_on {
            None => never.get_or_insert_default(),
            Some(day) if day <= as_of => &mut lapsed,
            Some(day) => months.entry(month(day.previous())).or_default(),
        };
        *sum = sum.saturating_add(outcome.points);
    }
    let months = months.into_iter().map(|(day, points)| (Some(day), points));
    (lapsed, months.chain(never.map(|points| (None, points))).collect())
}

fn fates(facts: &Facts, scored: &Scored) -> Fates {
    let mut best = vec![0_u8; facts.records().rows.len()];
    for outcome in scored.outcomes.iter().filter(|outcome| outcome.award.is_some()) {
        let Subject::Record(row) = outcome.subject else { continue };
        if let Some(best) = best.get_mut(row as usize) {
            *best = (*best).max(if outcome.kind == OutcomeKind::Credited { 2 } else { 1 });
        }
    }
    let count = |wanted: u8| best.iter().map(|found| u64::from(*found == wanted)).sum::<u64>();
    let mut fates = Fates {
        credited: count(2),
        without_credit: count(1),
        no_candidate: 0,
        void: scored.void,
        out_of_scope: scored.out_of_scope,
    };
    let records = u64::try_from(best.len()).unwrap_or(u64::MAX);
    fates.no_candidate = records.saturating_sub(fates.total());
    fates
}

fn waiting(program: &Program, outcomes: &[Outcome]) -> Vec<((WaitsFor, AwardIx), u64)> {
    let mut counts: BTreeMap<(WaitsFor, AwardIx), u64> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.kind == OutcomeKind::Pending) {
        let (Some(version), Some(ix)) = (outcome.version, outcome.award) else { continue };
        let Some(award) = program.award(version, ix) else { continue };
        let given = |place: u8| award.given.get(usize::from(place)).map(|given| &given.metric);
        let waits_for = match outcome.because {
            Because::Given(place) => given(place).cloned().map(WaitsFor::Figure),
            Because::BeyondMissing => {
                award.beyond.as_ref().map(|beyond| WaitsFor::Figure(beyond.of.clone()))
            }
            _ => award.confirm.clone().map(WaitsFor::Role),
        };
        if let Some(waits_for) = waits_for {
            *counts.entry((waits_for, ix)).or_default() += 1;
        }
    }
    counts.into_iter().collect()
}
