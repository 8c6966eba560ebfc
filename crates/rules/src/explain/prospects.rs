//! What could still earn points for somebody on a day: how much room the limits leave, what a
//! period still lacks, and when a full limit opens again.

use kangji_core::{Day, Period, PeriodKind, Points, Sym, vocabulary::KindId};

use super::{Explainer, viewer::is_guardian};
use crate::{
    scheme::{Award, Bound, Condition, HolderType, KeyPart, Limit, Occasion, Scheme},
    score::{AwardIx, Left, Outcome, OutcomeKind, Progress, Trial},
    words::{
        deed_phrase, given, group_of_kind, metric_label, percent, requirement, requirement_missing,
        role_label,
    },
};

/// An award that somebody could still get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// The award.
    pub award: AwardIx,
    /// Its id, by which it is found in the published document.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The resident whose records would earn it: the holder, or a ward of theirs.
    pub resident: Sym,
    /// What to do for it, as far as its name does not say: `做老年人年度体检，完成规定项目`.
    pub deed: String,
    /// Points each time, or for each unit.
    pub points: Points,
    /// The unit, such as `小时`, where points are counted by it.
    pub unit: Option<String>,
    /// What each limit leaves in its period that contains the evaluation day.
    pub room: Vec<Room>,
    /// The values still open, such as stages of a child's visits, where a limit counts them
    /// apart; empty where none does.
    pub open: Vec<String>,
    /// The day on which it counts again, where a limit is full on the evaluation day.
    pub again_on: Option<Day>,
    /// The day on which a period award is counted.
    pub counted_on: Option<Day>,
    /// What is still missing, in words.
    pub missing: Vec<String>,
    /// What else must hold, in words: a confirmation, a figure, another award that goes first.
    pub notes: Vec<String>,
}

/// What one limit leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its period.
    pub per: PeriodKind,
    /// How many times or points are left in it.
    pub left: Bound,
    /// How many it allows.
    pub most: Bound,
}

/// Whether somebody can still get an award.
pub(super) enum Chance {
    /// It is not for them, not now.
    No,
    /// The limits leave nothing more this year, or another award has taken its place.
    FullThisYear,
    /// The limits leave nothing more under the scheme.
    FullForGood,
    /// They can.
    Yes(Box<Prospect>),
}

/// Somebody for whom an award is looked at: who would hold the points, and for whose records.
#[derive(Clone, Copy)]
pub(super) struct Seat {
    pub(super) holder: Sym,
    pub(super) resident: Sym,
}

impl Explainer<'_> {
    /// The people whose records can earn points for `holder`: themselves, then their wards.
    pub(super) fn seats(&self, holder: Sym) -> Vec<Seat> {
        let residents = self.facts.tables().residents.iter().map(|resident| resident.id);
        let wards = residents.filter(|id| is_guardian(holder, *id, self.facts, self.as_of));
        let own = self.facts.resident(holder).map(|_| holder);
        own.into_iter().chain(wards).map(|resident| Seat { holder, resident }).collect()
    }

    /// Whether and how `seat` can still get an award.
    pub(super) fn chance(
        &self,
        award: &Award,
        scheme: &Scheme,
        seat: Seat,
        outcomes: &[&Outcome],
    ) -> Chance {
        let is_theirs = match award.to {
            HolderType::Resident => seat.holder == seat.resident,
            HolderType::Guardian => seat.holder != seat.resident,
            HolderType::Worker | HolderType::Community => false,
        };
        let (Some(ix), Some(day)) = (self.program.award_ix(&award.id), self.counting_day(award))
        else {
            return Chance::No;
        };
        let is_open = is_theirs && self.outlook.may_count(award, ix, seat.resident, day);
        if !is_open || !self.concerns(award, seat.resident) {
            return Chance::No;
        }
        if self.gives_way(award, seat, day, outcomes) {
            return Chance::FullThisYear;
        }
        let Some((requires, any)) = self.outlook.progress(ix, seat.resident, day) else {
            return Chance::No;
        };
        let out_of_reach = requires.iter().any(|one| !one.reachable)
            || (!any.is_empty() && !any.iter().any(|one| one.reachable));
        if out_of_reach {
            return Chance::No;
        }
        let missing = self.missing(award, &requires, &any);
        self.with_room(award, ix, scheme, seat, day, missing)
    }

    /// Whether an award is for people like this resident, where its own conditions do not say:
    /// nobody is told of visits in a pregnancy or for an illness they do not have. Whoever has
    /// had such a record before is.
    fn concerns(&self, award: &Award, resident: Sym) -> bool {
        let standing = self.facts.resident(resident);
        let standing = standing.and_then(|r| self.facts.tables().standing_on(r, self.as_of));
        let groups = standing.map(|standing| standing.groups).unwrap_or_default();
        let person = self.facts.number(resident).and_then(|number| self.facts.person(number));
        let records = person.map_or([].as_slice(), |person| person.records);
        let had = |kind: KindId| {
            let mut seen = records.iter().filter(|record| record.kind == kind);
            seen.any(|record| !record.void && record.date <= self.as_of)
        };
        let fits = |kind: &KindId| {
            let group = group_of_kind(*kind, self.words);
            group.is_none_or(|group| groups.contains(group)) || had(*kind)
        };
        let some = |kinds: &[KindId]| kinds.is_empty() || kinds.iter().any(fits);
        let any: Vec<KindId> = award.requires_any.iter().flat_map(|one| one.on.clone()).collect();
        let on = match &award.occasion {
            Occasion::Record(kinds) => kinds.as_slice(),
            Occasion::Period(_) => &[],
        };
        some(on) && some(&any) && award.requires.iter().all(|asked| some(&asked.on))
    }

    /// The day that decides: today, or for a period award the period's last day, if still ahead.
    fn counting_day(&self, award: &Award) -> Option<Day> {
        let Occasion::Period(every) = award.occasion else { return Some(self.as_of) };
        let counts = award.counts.unwrap_or_else(|| self.program.in_force());
        let last = Period::containing(every, self.as_of).days().intersect(counts).to;
        (last > self.as_of).then_some(last)
    }

    /// Whether an award that goes first is credited already.
    fn gives_way(&self, award: &Award, seat: Seat, day: Day, outcomes: &[&Outcome]) -> bool {
        award.yields_to.iter().any(|winner| {
            let period = Period::containing(winner.per, day);
            let ix = self.program.award_ix(&winner.award);
            outcomes.iter().any(|outcome| {
                outcome.award == ix
                    && outcome.kind == OutcomeKind::Credited
                    && outcome.resident == seat.resident
                    && Period::containing(winner.per, outcome.date) == period
            })
        })
    }

    fn missing(&self, award: &Award, requires: &[Progress], any: &[Progress]) -> Vec<String> {
        let each = award.requires.iter().zip(requires);
        let each =
            each.filter_map(|(asked, so_far)| requirement_missing(asked, so_far.found, self.words));
        let mut missing: Vec<String> = each.collect();
        if !any.is_empty() && !any.iter().any(|one| one.met) {
            let open = award.requires_any.iter().zip(any).filter(|(_, one)| one.reachable);
            // Whoever has begun with one of them hears of that one; others hear of all.
            let most = open.clone().map(|(_, one)| one.found).max().unwrap_or_default();
            let nearest = open.filter(|(_, one)| one.found == most);
            let said: Vec<String> =
                nearest.map(|(asked, _)| requirement(asked, self.words)).collect();
            missing.push(format!("需{}", said.join("，或者")));
        }
        missing
    }

    fn with_room(
        &self,
        award: &Award,
        ix: AwardIx,
        scheme: &Scheme,
        seat: Seat,
        day: Day,
        missing: Vec<String>,
    ) -> Chance {
        let resident = self.facts.resident(seat.resident);
        let standing = resident.and_then(|found| self.facts.tables().standing_on(found, day));
        let community = standing.and_then(|standing| standing.community);
        let Seat { holder, resident } = seat;
        let trial = Trial { award: ix, holder, resident, community, value: Sym::EMPTY };
        let values = counted_apart(award).map(|values| self.of_age(values, seat.resident));
        let (open, trials) = match values {
            None => (Vec::new(), vec![trial]),
            Some(values) if values.is_empty() => return Chance::No,
            Some(values) => {
                let symbols = &self.facts.tables().symbols;
                // A value that no record has was never counted, like no value at all.
                let value = |value: &str| symbols.get(value).unwrap_or(Sym::EMPTY);
                let of = |text: &&String| Trial { value: value(text), ..trial };
                let is_open = |text: &&&String| {
                    let left = self.outlook.left(&of(text), day);
                    left.is_some_and(|left| !left.iter().any(|limit| limit.is_none()))
                };
                let open = values.iter().filter(is_open).map(|text| text.to_string()).collect();
                (open, values.iter().map(of).collect::<Vec<Trial>>())
            }
        };
        let from = trials
            .iter()
            .filter_map(|trial| self.outlook.open_from(trial, day).map(|from| (from, *trial)));
        let Some((from, trial)) = from.min_by_key(|(from, _)| *from) else {
            let for_good = |left: &Left| left.is_none() && left.per == PeriodKind::Life;
            let left = trials.first().and_then(|trial| self.outlook.left(trial, day));
            let is_for_good = left.unwrap_or_default().iter().any(for_good);
            return if is_for_good { Chance::FullForGood } else { Chance::FullThisYear };
        };
        if from.year() > self.as_of.year() {
            return Chance::FullThisYear;
        }
        let left = self.outlook.left(&trial, day).unwrap_or_default();
        let unit = award.per_unit.as_ref().and_then(|unit| self.words.attribute(&unit.name));
        Chance::Yes(Box::new(Prospect {
            award: ix,
            id: award.id.clone(),
            title: award.name.clone(),
            deed: deed_phrase(award, self.words),
            resident: seat.resident,
            points: award.points,
            unit: unit.map(|unit| unit.unit.clone()),
            room: room(award, &left),
            open,
            again_on: (from > day).then_some(from),
            counted_on: (day > self.as_of).then_some(day),
            missing,
            notes: self.notes(award, scheme),
        }))
    }

    /// The values without the ages in months that a child has left behind: a visit can be made
    /// until the next one is due.
    fn of_age<'v>(&self, values: &'v [String], resident: Sym) -> Vec<&'v String> {
        let birth = self.facts.resident(resident).and_then(|resident| resident.birth_date);
        let age = birth.and_then(|birth| birth.age_months(self.as_of));
        let months = |value: &str| if value == "newborn" { Some(0) } else { value.parse().ok() };
        let next = |value: &str| {
            let value: u32 = months(value)?;
            values.iter().filter_map(|other| months(other)).filter(|other| *other > value).min()
        };
        let is_ahead = |value: &&String| match (age, next(value)) {
            (Some(age), Some(next)) => age < next,
            _ => true,
        };
        values.iter().filter(is_ahead).collect()
    }

    fn notes(&self, award: &Award, scheme: &Scheme) -> Vec<String> {
        let figures =
            award.given.iter().map(|asked| format!("所在村（社区）当年{}才计分", given(asked)));
        let beyond = award.beyond.iter().map(|beyond| {
            format!("人数超出{}的{}以后才计分", metric_label(&beyond.of), percent(beyond.share))
        });
        let winners = award.yields_to.iter().filter_map(|winner| {
            let winner = scheme.award(&winner.award)?;
            Some(format!("与“{}”只计一份", winner.name))
        });
        let confirm = award.confirm.iter().map(|role| format!("要{}确认", role_label(role)));
        figures.chain(beyond).chain(winners).chain(confirm).collect()
    }
}

fn room(award: &Award, left: &[Left]) -> Vec<Room> {
    let limits = award.limits.iter().zip(left);
    limits
        .map(|(limit, left)| Room { per: left.per, left: left.bound, most: limit.bound })
        .collect()
}

/// The values of a text attribute that a limit counts apart, where the award lists them.
fn counted_apart(award: &Award) -> Option<&[String]> {
    let parts = award.limits.iter().flat_map(|Limit { by, .. }| by);
    let mut names = parts.filter_map(|part| match part {
        KeyPart::Attribute(attribute) => Some(&attribute.name),
        _ => None,
    });
    let name = names.next()?;
    award.when.iter().find_map(|test| match test {
        Condition::Text(attribute, asked) if attribute.name == *name => asked.one_of.as_deref(),
        _ => None,
    })
}
