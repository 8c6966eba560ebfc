//! Counting for limits: how many candidates took a place under a key in a period, with how many
//! points.

use kangji_core::{
    Period, PeriodKind, Points, Sym,
    tables::{Record, Records},
    vocabulary::AttributeType,
};
use rustc_hash::FxHashMap;

use super::{outcome::AwardIx, rule::BoundLimit};
use crate::{
    document::KEY_PARTS_MAX,
    scheme::{Bound, KeyPart},
};

/// The parts of a key, resolved; [`Part::Nothing`] fills the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeySpec([Part; KEY_PARTS_MAX]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Nothing,
    Holder,
    Resident,
    Community,
    Attribute(AttributeType),
}

/// A key under which a limit counts.
pub(super) type Key = [u64; KEY_PARTS_MAX];

/// What a key is made of.
pub(super) struct KeyFacts<'f> {
    pub(super) holder: Sym,
    pub(super) resident: Sym,
    pub(super) community: u64,
    pub(super) record: Option<(&'f Record, u32)>,
    pub(super) records: &'f Records,
    /// The part for a text attribute where there is no record: before there is one, the value
    /// it might have.
    pub(super) instead: Sym,
}

impl KeySpec {
    pub(super) fn new(by: &[KeyPart]) -> Self {
        let mut parts = [Part::Nothing; KEY_PARTS_MAX];
        for (place, part) in parts.iter_mut().zip(by) {
            *place = match part {
                KeyPart::Holder => Part::Holder,
                KeyPart::Resident => Part::Resident,
                KeyPart::Community => Part::Community,
                KeyPart::Attribute(attribute) => Part::Attribute(attribute.holds),
            };
        }
        Self(parts)
    }

    pub(super) fn key(&self, facts: &KeyFacts<'_>) -> Key {
        let mut key = [0; KEY_PARTS_MAX];
        for (number, part) in key.iter_mut().zip(self.0) {
            *number = match part {
                Part::Nothing => break,
                Part::Holder => facts.holder.index() as u64,
                Part::Resident => facts.resident.index() as u64,
                Part::Community => facts.community,
                Part::Attribute(holds) => facts.attribute(holds),
            };
        }
        key
    }
}

impl KeyFacts<'_> {
    fn attribute(&self, holds: AttributeType) -> u64 {
        let Some((record, row)) = self.record else {
            return self.instead.index() as u64;
        };
        let row = row as usize;
        match holds {
            AttributeType::Text(slot) => self.records.text(slot, row).index() as u64,
            AttributeType::Decimal(slot) => self.records.decimal(slot, row).bits(),
            // 0 not recorded, 1 false, 2 true.
            AttributeType::Bool(bit) => {
                let on = |flags: u32| u64::from((flags >> bit) & 1);
                on(record.flags_recorded) + on(record.flags_true)
            }
        }
    }
}

/// One way of counting: by which key, in which period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MeterSpec {
    pub(super) by: KeySpec,
    pub(super) per: PeriodKind,
}

/// What was counted under a key in a period.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) times: u32,
    pub(super) points: Points,
}

/// Where counts are kept.
pub(super) trait Counts {
    /// The place of the count for (meter of the award, key, period).
    fn place(&mut self, meter: usize, key: Key, period: Period) -> usize;

    /// The count at a place.
    fn at(&mut self, place: usize) -> &mut Count;

    /// Where the places of the candidate at hand are noted, one for each meter of its award.
    fn noted(&mut self) -> &mut Vec<usize>;
}

/// What the limits say to a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// So many points, and the limit that left only part of them.
    Admitted(Points, Option<u8>),
    /// The limit that is full.
    Full(u8),
}

/// Step 10 for one candidate: all limits must have room; then it takes a place in every meter of
/// its award, otherwise in none.
pub(super) fn admit(
    counts: &mut impl Counts,
    meters: &[MeterSpec],
    limits: &[BoundLimit],
    facts: &KeyFacts<'_>,
    day: kangji_core::Day,
    points: Points,
) -> Admission {
    counts.noted().clear();
    for (number, spec) in meters.iter().enumerate() {
        let place = counts.place(number, spec.by.key(facts), Period::containing(spec.per, day));
        counts.noted().push(place);
    }
    let (mut allowed, mut short) = (points, None);
    for (number, limit) in (0..).zip(limits) {
        let Some(&place) = counts.noted().get(limit.meter) else { continue };
        let count = *counts.at(place);
        match limit.bound {
            Bound::Times(times) if count.times >= times => return Admission::Full(number),
            Bound::Times(_) => {}
            Bound::Points(most) => {
                let left = most.left_after(count.points);
                if left == Points::ZERO {
                    return Admission::Full(number);
                }
                if left < allowed {
                    (allowed, short) = (left, Some(number));
                }
            }
        }
    }
    for number in 0..meters.len() {
        let Some(&place) = counts.noted().get(number) else { continue };
        let count = counts.at(place);
        count.times = count.times.saturating_add(1);
        count.points = count.points.saturating_add(allowed);
    }
    Admission::Admitted(allowed, short)
}

/// Counts of awards that count within one resident, kept while that resident is scored.
///
/// Candidates of an award come in order of time, so a key needs only the count of its newest
/// period; and a resident has few keys, so looking through them beats hashing.
#[derive(Default)]
pub(super) struct LocalCounts {
    slots: Vec<LocalSlot>,
    noted: Vec<usize>,
}

struct LocalSlot {
    award: AwardIx,
    meter: usize,
    key: Key,
    period: u32,
    count: Count,
}

impl LocalCounts {
    pub(super) fn clear(&mut self) {
        self.slots.clear();
    }

    pub(super) fn of_award(&mut self, award: AwardIx) -> LocalCountsOf<'_> {
        LocalCountsOf { counts: self, award }
    }
}

/// The counts of one award.
pub(super) struct LocalCountsOf<'c> {
    counts: &'c mut LocalCounts,
    award: AwardIx,
}

impl Counts for LocalCountsOf<'_> {
    fn place(&mut self, meter: usize, key: Key, period: Period) -> usize {
        let (award, period) = (self.award, period.number());
        let slots = &mut self.counts.slots;
        let mut found = slots.iter_mut().enumerate();
        let found =
            found.find(|(_, slot)| slot.award == award && slot.meter == meter && slot.key == key);
        if let Some((place, slot)) = found {
            if slot.period != period {
                slot.period = period;
                slot.count = Count::default();
            }
            return place;
        }
        slots.push(LocalSlot { award, meter, key, period, count: Count::default() });
        slots.len() - 1
    }

    fn at(&mut self, place: usize) -> &mut Count {
        &mut self.counts.slots.get_mut(place).expect("`place` gave it").count
    }

    fn noted(&mut self) -> &mut Vec<usize> {
        &mut self.counts.noted
    }
}

/// Counts of one award across residents.
#[derive(Default)]
pub(super) struct SharedCounts {
    places: FxHashMap<(usize, Key, u32), usize>,
    counts: Vec<Count>,
    noted: Vec<usize>,
}

impl SharedCounts {
    /// What was counted; nothing where no candidate took a place.
    pub(super) fn taken(&self, meter: usize, key: Key, period: Period) -> Count {
        let place = self.places.get(&(meter, key, period.number()));
        place.and_then(|place| self.counts.get(*place)).copied().unwrap_or_default()
    }
}

impl Counts for SharedCounts {
    fn place(&mut self, meter: usize, key: Key, period: Period) -> usize {
        let next = self.counts.len();
        let place = *self.places.entry((meter, key, period.number())).or_insert(next);
        if place == next {
            self.counts.push(Count::default());
        }
        place
    }

    fn at(&mut self, place: usize) -> &mut Count {
        self.counts.get_mut(place).expect("`place` gave it")
    }

    fn noted(&mut self) -> &mut Vec<usize> {
        &mut self.noted
    }
}
