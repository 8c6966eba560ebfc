//! What scoring looks up beside records: figures, sanctions, ranks.

use kangji_core::{Day, Decimal, Division, Sym, tables::Tables};
use rustc_hash::FxHashMap;

use super::outcome::AwardIx;

/// Tables made ready for look-up.
#[derive(Default)]
pub(super) struct Known {
    metrics: FxHashMap<(Division, u32, Sym), Decimal>,
    sanctions: FxHashMap<Sym, Vec<u32>>,
    /// For each (award, community, year, resident) the rank among those that `beyond` counts.
    pub(super) ranks: FxHashMap<(AwardIx, Division, u32, Sym), u32>,
}

impl Known {
    pub(super) fn new(tables: &Tables) -> Self {
        let mut known = Self::default();
        for metric in &tables.metrics {
            known.metrics.insert((metric.community, metric.year, metric.name), metric.value);
        }
        for (place, sanction) in (0..).zip(&tables.sanctions) {
            known.sanctions.entry(sanction.holder).or_default().push(place);
        }
        known
    }

    pub(super) fn metric(
        &self,
        community: Division,
        year: u32,
        name: Option<Sym>,
    ) -> Option<Decimal> {
        self.metrics.get(&(community, year, name?)).copied()
    }

    /// The sanction that is on the holder that day; of several the one that began first, so that
    /// the order of rows changes nothing.
    pub(super) fn sanction(&self, tables: &Tables, holder: Sym, day: Day) -> Option<u32> {
        if self.sanctions.is_empty() {
            return None;
        }
        let on_day = |place: &u32| {
            let days = tables.sanctions.get(*place as usize)?.days;
            days.contains(day).then_some((days.from, days.to, *place))
        };
        let first = self.sanctions.get(&holder)?.iter().filter_map(on_day).min();
        first.map(|(_, _, place)| place)
    }
}
