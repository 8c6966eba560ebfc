//! Awards bound to one set of facts: names resolved to symbols, tests and limits worked out.

use kangji_core::{
    Day, DayRange, Decimal, DivisionPrefix, PeriodKind, Points, Sym, vocabulary::KindId,
};

use super::{
    condition::{Tests, slot},
    facts::Facts,
    meter::{KeySpec, MeterSpec},
    outcome::{AwardIx, VersionIx},
    program::Program,
};
use crate::{
    person::NumberRange,
    scheme::{Award, Bound, Expiry, HolderType, Occasion, Requirement, RequirementShape, Scheme},
};

/// A set of record kinds, a bit each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KindSet(u64);

impl KindSet {
    pub(super) fn insert(&mut self, kind: KindId) {
        self.0 |= 1_u64.wrapping_shl(u32::from(kind.0));
    }

    #[inline]
    pub(super) const fn contains(self, kind: KindId) -> bool {
        self.0 & 1_u64.wrapping_shl(kind.0 as u32) != 0
    }

    pub(super) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl FromIterator<KindId> for KindSet {
    fn from_iter<I: IntoIterator<Item = KindId>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::default(), |mut set, kind| {
            set.insert(kind);
            set
        })
    }
}

/// A bound requirement.
#[derive(Clone, Debug)]
pub(super) struct BoundRequirement {
    pub(super) on: KindSet,
    pub(super) when: Tests,
    pub(super) within: PeriodKind,
    pub(super) shape: RequirementShape,
}

/// A bound `given` figure.
#[derive(Clone, Debug)]
pub(super) struct BoundGiven {
    /// `None` where no table mentions the figure.
    pub(super) metric: Option<Sym>,
    pub(super) range: NumberRange,
}

/// A bound `beyond`.
#[derive(Clone, Debug)]
pub(super) struct BoundBeyond {
    pub(super) metric: Option<Sym>,
    pub(super) share: Decimal,
}

/// A limit with the meter that counts for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoundLimit {
    /// The meter's place among those of the award.
    pub(super) meter: usize,
    pub(super) bound: Bound,
}

/// An award of one version, ready to be evaluated.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) award: AwardIx,
    pub(super) version: VersionIx,
    /// The period, for period awards.
    pub(super) every: Option<PeriodKind>,
    /// The kinds that make a candidate, or that make a period worth a look.
    pub(super) kinds: KindSet,
    pub(super) counts: DayRange,
    pub(super) when: Tests,
    pub(super) points: Points,
    /// The decimal column that multiplies the points.
    pub(super) per_unit: Option<u8>,
    pub(super) to: HolderType,
    pub(super) given: Vec<BoundGiven>,
    pub(super) beyond: Option<BoundBeyond>,
    pub(super) requires: Vec<BoundRequirement>,
    pub(super) requires_any: Vec<BoundRequirement>,
    pub(super) needs_decision: bool,
    /// The award's id in the confirmations table; empty where no table mentions it.
    pub(super) id: Sym,
    pub(super) limits: Vec<BoundLimit>,
    pub(super) yields_to: Vec<(AwardIx, PeriodKind)>,
    pub(super) expiry: Option<Expiry>,
}

impl Rule {
    /// Whether step 7 has anything to look for.
    pub(super) const fn asks_for_records(&self) -> bool {
        !self.requires.is_empty() || !self.requires_any.is_empty()
    }

    /// The first day on which points of `date` are no longer valid.
    pub(super) fn expires_on(&self, date: Day) -> Option<Day> {
        self.expiry.map(|expiry| expiry.ends(date))
    }
}

/// A version of the scheme, ready to be evaluated.
#[derive(Clone, Debug)]
pub(super) struct BoundVersion {
    pub(super) division: DivisionPrefix,
    /// Each condition apart, so that the one that fails can be named.
    pub(super) eligible: Vec<Tests>,
    /// All of them at once, for the many who pass.
    pub(super) all_eligible: Tests,
    pub(super) rules: Vec<Rule>,
    /// For each record kind the record awards that take it, as places in `rules`.
    pub(super) by_kind: Vec<Vec<u16>>,
    /// The period awards, as places in `rules`.
    pub(super) periodic: Vec<u16>,
}

/// All versions bound to one set of facts, with the meters of each award.
pub(super) struct BoundProgram {
    pub(super) versions: Vec<BoundVersion>,
    /// For each award the meters of its limits in all versions.
    pub(super) meters: Vec<Vec<MeterSpec>>,
    /// For each award whether its limits count within one resident.
    pub(super) local: Vec<bool>,
}

impl BoundProgram {
    pub(super) fn new(program: &Program, facts: &Facts) -> Self {
        let mut binder =
            Binder { program, facts, meters: vec![Vec::new(); program.award_ids().len()] };
        let versions = (0..).zip(program.versions());
        let versions =
            versions.map(|(number, scheme)| binder.version(VersionIx(number), scheme)).collect();
        let ids = program.award_ids().iter();
        let local = ids.map(|id| program.counts_within_resident(id)).collect();
        Self { versions, meters: binder.meters, local }
    }
}

struct Binder<'a> {
    program: &'a Program,
    facts: &'a Facts,
    meters: Vec<Vec<MeterSpec>>,
}

impl Binder<'_> {
    fn version(&mut self, version: VersionIx, scheme: &Scheme) -> BoundVersion {
        let symbols = &self.facts.tables().symbols;
        let one = |condition| Tests::bind(std::slice::from_ref(condition), symbols);
        let eligible = scheme.eligible.iter().map(one).collect();
        let mut bound = BoundVersion {
            division: scheme.division,
            eligible,
            all_eligible: Tests::bind(&scheme.eligible, symbols),
            rules: Vec::new(),
            by_kind: Vec::new(),
            periodic: Vec::new(),
        };
        for (place, award) in (0..).zip(&scheme.awards) {
            bound.rules.push(self.rule(version, scheme, award));
            match &award.occasion {
                Occasion::Period(_) => bound.periodic.push(place),
                Occasion::Record(kinds) => {
                    for kind in kinds {
                        let kind = usize::from(kind.0);
                        if bound.by_kind.len() <= kind {
                            bound.by_kind.resize(kind + 1, Vec::new());
                        }
                        if let Some(places) = bound.by_kind.get_mut(kind) {
                            places.push(place);
                        }
                    }
                }
            }
        }
        bound
    }

    fn rule(&mut self, version: VersionIx, scheme: &Scheme, award: &Award) -> Rule {
        let symbols = &self.facts.tables().symbols;
        let bind = |list: &[Requirement]| -> Vec<BoundRequirement> {
            let bind = |requirement: &Requirement| BoundRequirement {
                on: requirement.on.iter().copied().collect(),
                when: Tests::bind(&requirement.when, symbols),
                within: requirement.within,
                shape: requirement.shape,
            };
            list.iter().map(bind).collect()
        };
        let asked = || award.requires.iter().chain(&award.requires_any);
        let ix = self.program.award_ix(&award.id).expect("the program knows its awards");
        let winners = award.yields_to.iter();
        let winners =
            winners.filter_map(|winner| Some((self.program.award_ix(&winner.award)?, winner.per)));
        Rule {
            award: ix,
            version,
            every: match award.occasion {
                Occasion::Period(every) => Some(every),
                Occasion::Record(_) => None,
            },
            kinds: match &award.occasion {
                Occasion::Record(kinds) => kinds.iter().copied().collect(),
                Occasion::Period(_) => {
                    asked().flat_map(|requirement| &requirement.on).copied().collect()
                }
            },
            counts: award.counts.unwrap_or_else(|| self.program.in_force()),
            when: Tests::bind(&award.when, symbols),
            points: award.points,
            per_unit: award.per_unit.as_ref().map(|attribute| slot(attribute.holds)),
            to: award.to,
            given: award
                .given
                .iter()
                .map(|given| BoundGiven {
                    metric: symbols.get(&given.metric),
                    range: NumberRange::new(&given.test),
                })
                .collect(),
            beyond: award
                .beyond
                .as_ref()
                .map(|beyond| BoundBeyond { metric: symbols.get(&beyond.of), share: beyond.share }),
            requires: bind(&award.requires),
            requires_any: bind(&award.requires_any),
            needs_decision: award.confirm.is_some(),
            id: symbols.get(&award.id).unwrap_or(Sym::EMPTY),
            yields_to: winners.collect(),
            expiry: scheme.expiry,
            limits: self.limits(ix, award),
        }
    }

    /// Finds or makes the meter of each limit, so that versions count together.
    fn limits(&mut self, ix: AwardIx, award: &Award) -> Vec<BoundLimit> {
        let Some(meters) = self.meters.get_mut(usize::from(ix.0)) else { return Vec::new() };
        let mut meter = |spec: MeterSpec| match meters.iter().position(|known| *known == spec) {
            Some(place) => place,
            None => {
                meters.push(spec);
                meters.len() - 1
            }
        };
        let limits = award.limits.iter().map(|limit| BoundLimit {
            meter: meter(MeterSpec { by: KeySpec::new(&limit.by), per: limit.per }),
            bound: limit.bound,
        });
        limits.collect()
    }
}
