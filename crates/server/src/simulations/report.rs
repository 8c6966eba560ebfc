//! What a simulation came to, as it is kept and told. Sums about key populations name an illness, so
//! those of fewer than ten people are withheld; residents are named by id to who may see them.

use std::cmp::{Ordering, Reverse};

use kangji_core::{Decimals, DivisionPrefix, Points, ids::HolderId, vocabulary::Vocabulary};
use kangji_rights::Permit;
use kangji_rules::simulate::{AGE_BANDS, Band, Change, Effect, Line, Side, Turn};
use kangji_store::{Population, reaches};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Prepared;
use crate::{
    app::App,
    problem::{Code, Problem},
};

/// A group with fewer people on both sides is withheld.
pub(super) const FEW: u64 = 10;

/// What would have differed. Points are in the scheme's smallest unit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimulationReport {
    /// The scheme.
    pub(super) scheme: String,
    /// Its title in the draft.
    pub(super) title: String,
    /// Decimal places of points.
    pub(super) decimals: u8,
    /// The first day that was simulated.
    #[schema(format = Date)]
    pub(super) from: String,
    /// The last day.
    #[schema(format = Date)]
    pub(super) to: String,
    /// The day of force that the draft itself says.
    #[schema(format = Date)]
    pub(super) first_day: String,
    /// The first days of the published versions for which the draft stood in.
    pub(super) replaced: Vec<String>,
    /// Whether a published version was in force on the first day.
    pub(super) is_covered: bool,
    /// Names of awards of the draft whose own days lie outside those simulated: they earn nothing
    /// here.
    pub(super) idle: Vec<String>,
    /// The areas concerned, as the first digits of division codes.
    pub(super) areas: Vec<String>,
    /// How many residents were looked at.
    pub(super) residents: u64,
    /// How many records.
    pub(super) records: u64,
    /// Everything.
    pub(super) total: SimulationLine,
    /// How many candidates wait for a decision or a figure as published; they are not counted.
    pub(super) pending_before: u64,
    /// The same with the draft.
    pub(super) pending_after: u64,
    /// By award, the greatest difference first; adds up to the total.
    pub(super) awards: Vec<SimulationPart>,
    /// By the community lived in, the greatest difference first; adds up to the total.
    pub(super) communities: Vec<SimulationPart>,
    /// By age on the day; adds up to the total.
    pub(super) ages: Vec<SimulationPart>,
    /// By key population; somebody may belong to several, so these do not add up.
    pub(super) groups: Vec<SimulationPart>,
    /// How many holders change by how much, from the greatest loss to the greatest gain.
    pub(super) sizes: Vec<SimulationSize>,
    /// Who would hold more, the most first.
    pub(super) most_gained: Vec<SimulationChange>,
    /// Who would hold less, the most first.
    pub(super) most_lost: Vec<SimulationChange>,
}

/// What is credited.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimulationSide {
    pub(super) points: i64,
    /// How many outcomes.
    pub(super) credited: u64,
    /// How many people and communities hold them.
    pub(super) holders: u64,
}

/// What is credited as published and with the draft.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimulationLine {
    pub(super) before: SimulationSide,
    pub(super) after: SimulationSide,
    /// How many hold more.
    pub(super) gained: u64,
    /// How many hold less.
    pub(super) lost: u64,
    /// How many hold as much.
    pub(super) unchanged: u64,
}

/// A part of the total.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimulationPart {
    /// The award, community, first year of age or group; `null` for what is in none.
    pub(super) id: Option<String>,
    /// Its name.
    pub(super) name: String,
    /// `null` where it is about too few people to be told.
    pub(super) line: Option<SimulationLine>,
}

/// How many holders change by how much.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimulationSize {
    /// `lost`, `unchanged` or `gained`.
    #[schema(pattern = "^(lost|unchanged|gained)$")]
    pub(super) turn: String,
    /// By at least so many points, but more than none.
    pub(super) at_least: i64,
    /// By fewer than so many; `null` for the last one.
    pub(super) below: Option<i64>,
    /// How many.
    pub(super) holders: u64,
}

/// What changes for somebody.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimulationChange {
    /// The resident's id; `null` for others and for whom one may not see.
    pub(super) resident: Option<String>,
    /// The code; `null` for whom one may not see.
    pub(super) code: Option<String>,
    /// Whether it is a community's pool.
    pub(super) is_community: bool,
    pub(super) before: i64,
    pub(super) after: i64,
}

/// The report of an effect.
pub(super) fn of(
    words: &Vocabulary,
    draft: &Prepared,
    population: &Population,
    effect: &Effect,
) -> SimulationReport {
    let Prepared { simulation, scheme, title, first_day } = draft;
    let (replaced, is_covered) = simulation.replaced();
    let award = |id: &str| simulation.award(id).map_or(id, |award| &award.name).to_owned();
    let group = |id: &str| words.group_label(id).to_owned();
    let mut awards: Vec<SimulationPart> =
        effect.awards.iter().map(|(id, line)| part(Some(id.clone()), award(id), line)).collect();
    awards.sort_by_key(SimulationPart::by_change);
    let communities = effect.communities.iter().map(|(code, line)| {
        let code = code.map(|code| code.to_string());
        part(code.clone(), code.unwrap_or_else(|| "未登记".to_owned()), line)
    });
    let mut communities: Vec<SimulationPart> = communities.collect();
    communities.sort_by_key(SimulationPart::by_change);
    let ages = effect.ages.iter();
    let ages = ages.map(|(age, line)| part(age.map(|age| age.to_string()), ages_of(*age), line));
    let groups = effect.groups.iter().map(|(id, line)| {
        let id = id.and_then(|id| words.groups().get(usize::from(id.0))).map(|word| &word.id);
        let name = id.map_or_else(|| "不属于任何重点人群".to_owned(), |id| group(id));
        let shown = part(id.cloned(), name, line);
        let is_few = line.before.holders.max(line.after.holders) < FEW;
        if is_few { SimulationPart { line: None, ..shown } } else { shown }
    });
    let change = |change: &Change| SimulationChange::of(change, population);
    SimulationReport {
        scheme: scheme.clone(),
        title: title.clone(),
        decimals: simulation.decimals().places(),
        from: simulation.days().from.to_string(),
        to: simulation.days().to.to_string(),
        first_day: first_day.to_string(),
        replaced: replaced.iter().map(ToString::to_string).collect(),
        is_covered,
        idle: simulation.idle().map(|award| award.name.clone()).collect(),
        areas: simulation.areas().iter().map(ToString::to_string).collect(),
        residents: population.facts.tables().residents.len() as u64,
        records: population.facts.records().rows.len() as u64,
        total: (&effect.total).into(),
        pending_before: effect.pending[0],
        pending_after: effect.pending[1],
        awards,
        communities,
        ages: ages.collect(),
        groups: groups.collect(),
        sizes: effect.bands.iter().map(SimulationSize::of).collect(),
        most_gained: effect.most_gained.iter().map(change).collect(),
        most_lost: effect.most_lost.iter().map(change).collect(),
    }
}

fn part(id: Option<String>, name: String, line: &Line) -> SimulationPart {
    SimulationPart { id, name, line: Some(line.into()) }
}

impl SimulationPart {
    /// The greatest difference first.
    fn by_change(&self) -> Reverse<u64> {
        Reverse(self.line.map_or(0, |line| line.change().unsigned_abs()))
    }
}

/// The ages of the band that begins with this one.
fn ages_of(first: Option<u32>) -> String {
    let Some(first) = first else { return "年龄未登记".to_owned() };
    match AGE_BANDS.into_iter().find(|next| *next > first) {
        Some(next) => format!("{first}–{} 岁", next - 1),
        None => format!("{first} 岁及以上"),
    }
}

impl From<&Line> for SimulationLine {
    fn from(line: &Line) -> Self {
        let side = |side: Side| SimulationSide {
            points: side.points.0,
            credited: side.credited,
            holders: side.holders,
        };
        let Line { before, after, gained, lost, unchanged } = *line;
        Self { before: side(before), after: side(after), gained, lost, unchanged }
    }
}

impl SimulationLine {
    /// How many points more.
    pub(super) const fn change(&self) -> i64 {
        self.after.points.saturating_sub(self.before.points)
    }
}

impl SimulationSize {
    fn of(band: &Band) -> Self {
        let turn = match band.turn {
            Turn::Lost => "lost",
            Turn::Unchanged => "unchanged",
            Turn::Gained => "gained",
        };
        Self {
            turn: turn.to_owned(),
            at_least: band.at_least.0,
            below: band.below.map(|points| points.0),
            holders: band.holders,
        }
    }
}

impl SimulationChange {
    fn of(change: &Change, population: &Population) -> Self {
        let resident = population.resident(&change.holder).filter(|_| !change.is_community);
        Self {
            resident: resident.map(|id| id.to_string()),
            code: Some(change.holder.clone()),
            is_community: change.is_community,
            before: change.before.0,
            after: change.after.0,
        }
    }

    /// What somebody may see of it.
    fn seen_by(self, app: &App, residents: Option<&Permit>) -> Result<Self, Problem> {
        if self.is_community {
            return Ok(self);
        }
        let id = self.resident.as_ref().and_then(|id| id.parse::<HolderId>().ok());
        let may_see = match (id, residents) {
            (Some(id), Some(permit)) => app.store().allows(permit, id, None, app.now().day())?,
            _ => false,
        };
        Ok(if may_see { self } else { Self { resident: None, code: None, ..self } })
    }
}

impl SimulationReport {
    /// That the areas lie within reach.
    pub(super) fn within(&self, permit: &Permit) -> Result<(), Problem> {
        let area = |text: &String| match text.as_str() {
            "" => Some(DivisionPrefix::EVERYWHERE),
            text => DivisionPrefix::parse(text),
        };
        let mut areas = self.areas.iter().map(area);
        let all = areas.all(|area| area.is_some_and(|area| reaches(permit, area)));
        if all { Ok(()) } else { Err(Code::OutOfArea.into()) }
    }

    /// The report as far as somebody may see the residents it names.
    pub(super) fn seen_by(self, app: &App, residents: Option<&Permit>) -> Result<Self, Problem> {
        let seen = |changes: Vec<SimulationChange>| -> Result<Vec<SimulationChange>, Problem> {
            changes.into_iter().map(|change| change.seen_by(app, residents)).collect()
        };
        let (most_gained, most_lost) = (seen(self.most_gained)?, seen(self.most_lost)?);
        Ok(Self { most_gained, most_lost, ..self })
    }

    /// Points as people read them.
    pub(super) fn points(&self, units: i64) -> String {
        Decimals::new(self.decimals).unwrap_or_default().short(Points(units))
    }

    /// It in one sentence.
    pub(super) fn lead(&self) -> String {
        let SimulationLine { before, after, gained, lost, unchanged } = self.total;
        let change = self.total.change();
        let (sign, share) = (if change > 0 { "+" } else { "" }, share(before.points, after.points));
        let share = share.map(|share| format!("（{share}）")).unwrap_or_default();
        format!(
            "积分总量从 {} 变为 {}，{sign}{} 分{share}；多得 {gained} 人，少得 {lost} 人，不变 {unchanged} 人",
            self.points(before.points),
            self.points(after.points),
            self.points(change),
        )
    }
}

/// By how many percent something changes, with one place; nothing where there was none.
fn share(before: i64, after: i64) -> Option<String> {
    let (before, after) = (i128::from(before), i128::from(after));
    let tenths = (after - before) * 1000 / Some(before).filter(|before| *before > 0)?;
    let sign = match after.cmp(&before) {
        Ordering::Less => "-",
        Ordering::Equal => "",
        Ordering::Greater => "+",
    };
    Some(format!("{sign}{}.{}%", tenths.abs() / 10, tenths.abs() % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_with_one_place() {
        let told = |before, after| share(before, after);
        assert_eq!(told(1000, 1012).as_deref(), Some("+1.2%"));
        assert_eq!(told(1000, 996).as_deref(), Some("-0.4%"));
        assert_eq!(told(1000, 1000).as_deref(), Some("0.0%"));
        assert_eq!(told(0, 5), None);
        assert_eq!(told(1, i64::MAX).as_deref(), Some("+922337203685477580600.0%"));
    }

    #[test]
    fn ages_have_no_gap() {
        let all: Vec<String> = AGE_BANDS.into_iter().map(|first| ages_of(Some(first))).collect();
        assert_eq!(all.join(" "), "0–6 岁 7–17 岁 18–34 岁 35–59 岁 60–64 岁 65–79 岁 80 岁及以上");
    }
}
