//! Counting for limits: how many candidates took a place under a key in a period, with how many
//! points.

use kangji_core::{
    Period, PeriodKind, Points, Sym,
    tables::{Record, Records},
    vocabulary::AttributeType,
};
use rustc_hash::FxHashMap;

use super::rule::BoundLimit;
use crate::{
    document::KEY_PARTS_MAX,
    scheme::{Bound, KeyPart},
};

/// The parts of a key, resolved. Parts beyond [`KEY_PARTS_MAX`] do not pass the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeySpec([Option<Part>; KEY_PARTS_MAX]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
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
}

impl KeySpec {
    pub(super) fn new(by: &[KeyPart]) -> Self {
        let mut parts = [None; KEY_PARTS_MAX];
        for (place, part) in parts.iter_mut().zip(by) {
            *place = Some(match part {
                KeyPart::Holder => Part::Holder,
                KeyPart::Resident => Part::Resident,
                KeyPart::Community => Part::Community,
                KeyPart::Attribute(attribute) => Part::Attribute(attribute.holds),
            });
        }
        Self(parts)
    }

    fn key(&self, facts: &KeyFacts<'_>) -> Key {
        self.0.map(|part| match part {
            None => 0,
            Some(Part::Holder) => facts.holder.index() as u64,
            Some(Part::Resident) => facts.resident.index() as u64,
            Some(Part::Community) => facts.community,
            Some(Part::Attribute(holds)) => {
                let Some((record, row)) = facts.record else { return 0 };
                let row = row as usize;
                match holds {
                    AttributeType::Text(slot) => facts.records.text(slot, row).index() as u64,
                    AttributeType::Decimal(slot) => facts.records.decimal(slot, row).bits(),
                    // 0 not recorded, 1 false, 2 true.
                    AttributeType::Bool(bit) => {
                        let on = |flags: u32| u64::from(flags >> bit & 1);
                        on(record.flags_recorded) + on(record.flags_true)
                    }
                }
            }
        })
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
    times: u32,
    points: Points,
}

/// Where counts are kept: a place for (meter of the award, key, period).
pub(super) trait Counts {
    fn count(&mut self, meter: usize, key: Key, period: Period) -> &mut Count;
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
    let place = |spec: &MeterSpec| (spec.by.key(facts), Period::containing(spec.per, day));
    let (mut allowed, mut short) = (points, None);
    for (number, limit) in (0..).zip(limits) {
        let Some(spec) = meters.get(limit.meter) else { continue };
        let (key, period) = place(spec);
        let count = counts.count(limit.meter, key, period);
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
    for (number, spec) in meters.iter().enumerate() {
        let (key, period) = place(spec);
        let count = counts.count(number, key, period);
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
}

struct LocalSlot {
    award: u16,
    meter: usize,
    key: Key,
    period: u32,
    count: Count,
}

impl LocalCounts {
    pub(super) fn clear(&mut self) {
        self.slots.clear();
    }

    pub(super) fn of_award(&mut self, award: u16) -> LocalCountsOf<'_> {
        LocalCountsOf { counts: self, award }
    }
}

/// The counts of one award.
pub(super) struct LocalCountsOf<'c> {
    counts: &'c mut LocalCounts,
    award: u16,
}

impl Counts for LocalCountsOf<'_> {
    fn count(&mut self, meter: usize, key: Key, period: Period) -> &mut Count {
        let award = self.award;
        let slots = &mut self.counts.slots;
        let found = slots
            .iter()
            .position(|slot| slot.award == award && slot.meter == meter && slot.key == key);
        let at = found.unwrap_or(slots.len());
        if found.is_none() {
            let count = Count::default();
            slots.push(LocalSlot { award, meter, key, period: period.number(), count });
        }
        let slot = slots.get_mut(at).expect("found or just pushed");
        if slot.period != period.number() {
            slot.period = period.number();
            slot.count = Count::default();
        }
        &mut slot.count
    }
}

/// Counts of one award across residents.
#[derive(Default)]
pub(super) struct SharedCounts(FxHashMap<(usize, Key, u32), Count>);

impl Counts for SharedCounts {
    fn count(&mut self, meter: usize, key: Key, period: Period) -> &mut Count {
        self.0.entry((meter, key, period.number())).or_default()
    }
}
