//! Scoring as the specification says it, step by step and with no regard for speed: lists are
//! scanned, texts are compared as texts, nothing is remembered between candidates.
//!
//! Written from the specification alone, to be compared with the evaluator.

use kangji_core::{Day, DayRange, Decimal, Period, vocabulary::KindId};
use kangji_rules::{
    scheme::{
        Award, Bound, Expiry, Given, HolderType, KeyPart, Occasion, Requirement, RequirementShape,
        Scheme,
    },
    score::OutcomeKind,
};

use crate::{
    conditions::{all_hold, number, number_holds},
    world::{RecordRow, ResidentRow, World, words},
};

/// A row of the outcome table. The first six fields are the order of the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) holder: String,
    pub(crate) date: Day,
    pub(crate) record: String,
    pub(crate) award: String,
    pub(crate) resident: String,
    pub(crate) period: String,
    pub(crate) version: Option<usize>,
    pub(crate) holder_type: &'static str,
    pub(crate) kind: OutcomeKind,
    pub(crate) points: i64,
    pub(crate) expires_on: Option<Day>,
}

/// A record, or the end of a period, that one award looks at.
#[derive(Clone)]
struct Candidate<'w> {
    award: &'w Award,
    version: usize,
    resident: &'w ResidentRow,
    record: Option<&'w RecordRow>,
    period: Option<Period>,
    date: Day,
    holder: Option<String>,
    points: i64,
    /// `None` until a step decides.
    kind: Option<OutcomeKind>,
}

struct Scene<'w> {
    /// In the order of their first days.
    versions: Vec<&'w Scheme>,
    world: &'w World,
    /// Where an award does not say on which days it counts.
    span: DayRange,
    as_of: Day,
}

/// The outcome table of a world.
pub(crate) fn score(schemes: &[Scheme], world: &World, as_of: Day, all: bool) -> Vec<Row> {
    let scene = Scene { versions: in_order(schemes), world, span: whole_span(schemes), as_of };
    let mut candidates = scene.record_candidates();
    candidates.extend(scene.period_candidates());
    for place in 0..candidates.len() {
        let decided = scene.steps_3_to_9(&candidates[place], &candidates).err();
        candidates[place].kind = decided;
    }
    step_10_limits(&mut candidates);
    step_11_yields_to(&mut candidates);
    let mut rows: Vec<Row> = candidates.iter().map(|candidate| scene.row(candidate)).collect();
    if all {
        rows.extend(world.records.iter().filter_map(|record| scene.row_out_of_scope(record)));
    }
    rows.sort();
    rows
}

/// Versions in the order of their first days.
fn in_order(schemes: &[Scheme]) -> Vec<&Scheme> {
    let mut versions: Vec<&Scheme> = schemes.iter().collect();
    versions.sort_by_key(|scheme| scheme.in_force.from);
    versions
}

/// The days on which an award counts where it does not say: from the first day of the first
/// version to the last governed day of all. (The newest version's, since others end before.)
pub(crate) fn whole_span(schemes: &[Scheme]) -> DayRange {
    let versions = in_order(schemes);
    DayRange { from: versions[0].in_force.from, to: versions[versions.len() - 1].in_force.to }
}

impl<'w> Scene<'w> {
    /// The version that governs a day: the newest that had begun, if it has not ended.
    fn version_on(&self, day: Day) -> Option<usize> {
        let newest = self.versions.iter().rposition(|scheme| scheme.in_force.from <= day)?;
        (day <= self.versions[newest].in_force.to).then_some(newest)
    }

    fn counts(&self, award: &Award) -> DayRange {
        award.counts.unwrap_or(self.span)
    }

    fn lives_inside(&self, resident: &ResidentRow, version: usize, day: Day) -> bool {
        let division = self.versions[version].division.to_string();
        resident.community(day).is_some_and(|community| community.starts_with(&division))
    }

    /// Step 1: what a record must be for anything to look at it.
    fn in_scope(&self, record: &RecordRow) -> Option<(usize, &'w ResidentRow)> {
        if record.void || record.date > self.as_of {
            return None;
        }
        let version = self.version_on(record.date)?;
        let resident = self.world.resident(&record.resident)?;
        self.lives_inside(resident, version, record.date).then_some((version, resident))
    }

    /// A resident's records that pass step 1.
    fn records_of(&self, resident: &ResidentRow) -> impl Iterator<Item = &'w RecordRow> {
        let own = self.world.records.iter().filter(move |record| record.resident == resident.id);
        own.filter(|record| self.in_scope(record).is_some())
    }

    /// Step 2: `on`, `counts` and `when` choose the candidates.
    fn record_candidates(&self) -> Vec<Candidate<'w>> {
        let mut candidates = Vec::new();
        for record in &self.world.records {
            let Some((version, resident)) = self.in_scope(record) else { continue };
            for award in &self.versions[version].awards {
                let Occasion::Record(on) = &award.occasion else { continue };
                let date = record.date;
                let chosen = is_of(record, on)
                    && self.counts(award).contains(date)
                    && all_hold(&award.when, resident, Some(record), date);
                if !chosen {
                    continue;
                }
                let units = award.per_unit.as_ref().map(|unit| number(record, &unit.name));
                let points = match units {
                    None => award.points.0,
                    Some(units) => product_floor(units.unwrap_or_default(), award.points.0),
                };
                candidates.push(Candidate {
                    award,
                    version,
                    resident,
                    record: Some(record),
                    period: None,
                    date,
                    holder: holder(award, resident, Some(record), date),
                    points,
                    kind: None,
                });
            }
        }
        candidates
    }

    /// 3.4: the periods that ended in which a resident has a record that an award asks for.
    fn period_candidates(&self) -> Vec<Candidate<'w>> {
        let mut candidates = Vec::new();
        for (version, scheme) in self.versions.iter().enumerate() {
            for award in &scheme.awards {
                let Occasion::Period(every) = award.occasion else { continue };
                for resident in &self.world.residents {
                    let records = self.records_of(resident);
                    let mut periods: Vec<Period> =
                        records.map(|record| Period::containing(every, record.date)).collect();
                    periods.sort_by_key(|period| period.number());
                    periods.dedup();
                    let ended = |period| self.period_candidate(award, version, resident, period);
                    candidates.extend(periods.into_iter().filter_map(ended));
                }
            }
        }
        candidates
    }

    fn period_candidate(
        &self,
        award: &'w Award,
        version: usize,
        resident: &'w ResidentRow,
        period: Period,
    ) -> Option<Candidate<'w>> {
        let days = period.days().intersect(self.counts(award));
        let date = days.to;
        let is_named = |record: &RecordRow| {
            let mut entries = award.requires.iter().chain(&award.requires_any);
            entries.any(|entry| is_of(record, &entry.on))
        };
        let mut records = self.records_of(resident);
        let chosen = !days.is_empty()
            && date <= self.as_of
            && self.version_on(date) == Some(version)
            && records.any(|record| days.contains(record.date) && is_named(record))
            && self.lives_inside(resident, version, date)
            && all_hold(&award.when, resident, None, date);
        chosen.then(|| Candidate {
            award,
            version,
            resident,
            record: None,
            period: Some(period),
            date,
            holder: holder(award, resident, None, date),
            points: award.points.0,
            kind: None,
        })
    }

    fn steps_3_to_9(&self, one: &Candidate<'w>, all: &[Candidate<'w>]) -> Result<(), OutcomeKind> {
        let award = one.award;
        // 3
        if !self.is_eligible(one) {
            return Err(OutcomeKind::NotEligible);
        }
        // 4
        let metric = |name: &str| self.metric(one, name);
        let fails = |given: &Given| {
            metric(&given.metric).is_some_and(|value| !number_holds(&given.test, Some(value)))
        };
        if award.given.iter().any(fails) {
            return Err(OutcomeKind::NotMet);
        }
        let asked = award.given.iter().map(|given| &given.metric);
        if asked.chain(award.beyond.iter().map(|beyond| &beyond.of)).any(|m| metric(m).is_none()) {
            return Err(OutcomeKind::Pending);
        }
        // 5
        if let Some(beyond) = &award.beyond {
            let metric = metric(&beyond.of).expect("passed step 4");
            let product = units(beyond.share) * units(metric);
            if self.rank(one, all) * 10_i128.pow(18) <= product {
                return Err(OutcomeKind::BelowThreshold);
            }
        }
        // 6
        let Some(holder) = &one.holder else { return Err(OutcomeKind::NoHolder) };
        // 7
        let met = |requirement: &Requirement| self.is_met(requirement, one);
        let any = award.requires_any.is_empty() || award.requires_any.iter().any(met);
        if !award.requires.iter().all(met) || !any {
            return Err(OutcomeKind::NotMet);
        }
        // 8
        let hit = self.world.sanctions.iter().any(|sanction| {
            sanction.holder == *holder
                && sanction.from <= one.date
                && sanction.until.is_none_or(|until| one.date < until)
        });
        if hit {
            return Err(OutcomeKind::Sanctioned);
        }
        // 9
        if award.confirm.is_some() {
            let decisions = self.world.confirmations.iter().filter(|decision| {
                decision.award == award.id
                    && decision.subject == subject(one)
                    && decision.date <= self.as_of
            });
            // The latest counts; on one day the rejection does.
            match decisions.max_by_key(|decision| (decision.date, !decision.accept)) {
                None => return Err(OutcomeKind::Pending),
                Some(decision) if !decision.accept => return Err(OutcomeKind::Rejected),
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn is_eligible(&self, one: &Candidate<'w>) -> bool {
        all_hold(&self.versions[one.version].eligible, one.resident, None, one.date)
    }

    fn metric(&self, one: &Candidate<'w>, name: &str) -> Option<Decimal> {
        let community = one.resident.community(one.date)?;
        let mut rows = self.world.metrics.iter();
        let same = rows.find(|row| {
            row.community == community && row.year == one.date.year() && row.name == name
        });
        same.map(|row| row.value)
    }

    /// Step 5: the place of the candidate's resident among those of the same award, community
    /// and year, by the first candidate of each that passed step 3.
    fn rank(&self, one: &Candidate<'w>, all: &[Candidate<'w>]) -> i128 {
        let place = |other: &Candidate<'w>| {
            (other.award.id.clone(), other.resident.community(other.date), other.date.year())
        };
        let mut peers: Vec<&Candidate<'w>> = all
            .iter()
            .filter(|other| place(other) == place(one) && self.is_eligible(other))
            .collect();
        peers.sort_by_key(|other| (other.date, other.record.map(|record| &record.id)));
        let mut residents: Vec<&str> = Vec::new();
        for other in peers {
            if !residents.contains(&other.resident.id.as_str()) {
                residents.push(&other.resident.id);
            }
        }
        let before = residents.iter().take_while(|id| **id != one.resident.id).count();
        i128::try_from(before + 1).expect("few residents")
    }

    /// Step 7 and 3.3.
    fn is_met(&self, requirement: &Requirement, one: &Candidate<'w>) -> bool {
        let within = |day: Day| Period::containing(requirement.within, day);
        let mut records: Vec<&RecordRow> = self
            .records_of(one.resident)
            .filter(|record| is_of(record, &requirement.on))
            .filter(|record| within(record.date) == within(one.date))
            .filter(|record| {
                one.record.is_none_or(|own| record.date <= own.date && record.id != own.id)
            })
            .collect();
        records.sort_by_key(|record| (record.date, &record.id));
        let satisfies = |record: &RecordRow| {
            all_hold(&requirement.when, one.resident, Some(record), record.date)
        };
        match requirement.shape {
            RequirementShape::Times(times) => {
                let count = records.iter().filter(|record| satisfies(record)).count();
                count >= usize::try_from(times).expect("small")
            }
            RequirementShape::Streak { length, per } => {
                // Each sub-period with what its last record says.
                let mut judged: Vec<(Period, bool)> = Vec::new();
                for record in records {
                    let sub = Period::containing(per, record.date);
                    judged.retain(|(other, _)| *other != sub);
                    judged.push((sub, satisfies(record)));
                }
                judged.windows(usize::try_from(length).expect("small")).any(|row| {
                    row.iter().all(|(_, holds)| *holds)
                        && row.windows(2).all(|pair| pair[0].0.is_followed_by(pair[1].0))
                })
            }
        }
    }

    /// Section 4: zero points and no expiry unless credited.
    fn row(&self, one: &Candidate<'w>) -> Row {
        let kind = one.kind.expect("step 12 leaves none undecided");
        let credited = kind == OutcomeKind::Credited;
        // 3.5
        let expiry = self.versions[one.version].expiry.filter(|_| credited);
        let expires_on = expiry.map(|expiry| match expiry {
            Expiry::After(span) => one.date.plus(span),
            Expiry::YearEnd { grace } => {
                let january = Day::new(one.date.year() + 1, 1, 1).expect("a day");
                grace.map_or(january, |grace| january.plus(grace))
            }
        });
        Row {
            holder: one.holder.clone().unwrap_or_default(),
            date: one.date,
            record: one.record.map_or(String::new(), |record| record.id.clone()),
            award: one.award.id.clone(),
            resident: one.resident.id.clone(),
            period: one.period.map_or(String::new(), |period| period.to_string()),
            version: Some(one.version),
            holder_type: one.award.to.word(),
            kind,
            points: if credited { one.points } else { 0 },
            expires_on,
        }
    }

    fn row_out_of_scope(&self, record: &RecordRow) -> Option<Row> {
        let kind = if record.void { OutcomeKind::Void } else { OutcomeKind::OutOfScope };
        self.in_scope(record).is_none().then(|| Row {
            holder: String::new(),
            date: record.date,
            record: record.id.clone(),
            award: String::new(),
            resident: record.resident.clone(),
            period: String::new(),
            version: self.version_on(record.date),
            holder_type: "",
            kind,
            points: 0,
            expires_on: None,
        })
    }
}

/// Whether a record is of one of these kinds.
fn is_of(record: &RecordRow, kinds: &[KindId]) -> bool {
    kinds.iter().any(|kind| words().kinds()[usize::from(kind.0)].id == record.kind)
}

/// Step 6.
fn holder(
    award: &Award,
    resident: &ResidentRow,
    record: Option<&RecordRow>,
    day: Day,
) -> Option<String> {
    let holder = match award.to {
        HolderType::Resident => Some(resident.id.as_str()),
        HolderType::Guardian => resident.guardian(day),
        HolderType::Worker => record
            .map(|record| record.worker.as_str())
            .filter(|worker| !worker.is_empty() && *worker != resident.id),
        HolderType::Community => resident.community(day),
    };
    holder.map(str::to_owned)
}

/// What a decision names: the record, or `RESIDENT/PERIOD`.
fn subject(one: &Candidate<'_>) -> String {
    match (one.record, one.period) {
        (Some(record), _) => record.id.clone(),
        (None, Some(period)) => format!("{}/{period}", one.resident.id),
        (None, None) => String::new(),
    }
}

/// The values under which a limit counts; an attribute that was not recorded is a value too.
fn key(by: &[KeyPart], one: &Candidate<'_>) -> Vec<String> {
    let text = |part: &KeyPart| match part {
        KeyPart::Holder => one.holder.clone().expect("passed step 6"),
        KeyPart::Resident => one.resident.id.clone(),
        KeyPart::Community => format!("{:?}", one.resident.community(one.date)),
        KeyPart::Attribute(attribute) => {
            format!("{:?}", one.record.map(|record| record.value(&attribute.name)))
        }
    };
    by.iter().map(text).collect()
}

/// Step 10: in the order (date, record id), for period awards (date, resident).
fn step_10_limits<'w>(candidates: &mut [Candidate<'w>]) {
    let mut order: Vec<usize> =
        (0..candidates.len()).filter(|place| candidates[*place].kind.is_none()).collect();
    order.sort_by_key(|place| {
        let one = &candidates[*place];
        (one.date, one.record.map_or(&one.resident.id, |record| &record.id))
    });
    // Those that took a place, with what was credited.
    let mut taken: Vec<Candidate<'w>> = Vec::new();
    for place in order {
        let one = &mut candidates[place];
        for limit in &one.award.limits {
            let key = |other: &Candidate<'w>| {
                let period = Period::containing(limit.per, other.date);
                (other.award.id.clone(), key(&limit.by, other), period)
            };
            let before = taken.iter().filter(|other| key(other) == key(one));
            match limit.bound {
                Bound::Times(times) => {
                    if before.count() >= usize::try_from(times).expect("small") {
                        one.kind = Some(OutcomeKind::Capped);
                    }
                }
                Bound::Points(points) => {
                    let left = points.0 - before.map(|other| other.points).sum::<i64>();
                    if left <= 0 {
                        one.kind = Some(OutcomeKind::Capped);
                    }
                    one.points = one.points.min(left);
                }
            }
        }
        if one.kind.is_none() {
            one.kind = Some(OutcomeKind::Credited);
            taken.push(one.clone());
        }
    }
}

/// Step 11: whoever gives way to a credited candidate is superseded, and supersedes nobody. The
/// awards form no circle, so as many rounds as there are candidates settle everything.
fn step_11_yields_to(candidates: &mut [Candidate<'_>]) {
    let passed: Vec<bool> =
        candidates.iter().map(|one| one.kind == Some(OutcomeKind::Credited)).collect();
    for _ in 0..=candidates.len() {
        let before = candidates.to_vec();
        for (one, passed) in candidates.iter_mut().zip(&passed) {
            let gives_way = one.award.yields_to.iter().any(|yields| {
                let period = |day: Day| Period::containing(yields.per, day);
                before.iter().any(|winner| {
                    winner.award.id == yields.award
                        && winner.resident.id == one.resident.id
                        && period(winner.date) == period(one.date)
                        && winner.kind == Some(OutcomeKind::Credited)
                })
            });
            if *passed {
                let superseded = Some(OutcomeKind::Superseded);
                one.kind = if gives_way { superseded } else { Some(OutcomeKind::Credited) };
            }
        }
        let same = candidates.iter().zip(&before).all(|(now, then)| now.kind == then.kind);
        if same {
            return;
        }
    }
}

/// A decimal in units of 10⁻⁹.
fn units(number: Decimal) -> i128 {
    i128::from(number.to_scaled(9).expect("nine places hold every decimal"))
}

fn product_floor(number: Decimal, points: i64) -> i64 {
    let product = units(number) * i128::from(points);
    i64::try_from(product.div_euclid(10_i128.pow(9))).expect("small numbers")
}
