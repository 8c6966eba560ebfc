//! Chance as whole numbers: every draw of the generator goes through here.
//!
//! Sampling is our own and fixed, not a library's distributions, so that a seed means the same
//! population whatever versions the program is built with. Nothing here knows what is drawn for.

use kangji_core::{Day, Span};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// Rates in thousandths.
pub(crate) type PerMille = u32;

/// What a stream of chance is for. Streams of one seed are independent of each other, so that a
/// person does not change when others are added or drawn differently.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    /// Communities and their sizes.
    Places,
    /// Homes and families of a neighbourhood, by its number.
    Neighbourhood(u32),
    /// One person's health and services, by the person's number.
    Person(u32),
    /// Published figures of a community, by its place.
    Figures(u32),
    /// Sanctions.
    Sanctions,
}

impl Stream {
    fn number(self) -> u64 {
        let (class, number) = match self {
            Self::Places => (0, 0),
            Self::Neighbourhood(number) => (1, number),
            Self::Person(number) => (2, number),
            Self::Figures(number) => (3, number),
            Self::Sanctions => (4, 0),
        };
        class << 32 | u64::from(number)
    }
}

/// One stream of chance.
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        // The key is spelled out because a library's way of widening a seed may change.
        let mut key = *b"........kangji generated people.";
        for (place, byte) in key.iter_mut().zip(seed.to_le_bytes()) {
            *place = byte;
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream.number());
        Self(rng)
    }

    /// A number from 0 to `end` − 1; 0 where `end` is 0. Uneven by at most `end` in 2³², which
    /// nobody sees in a population.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        let product = u64::from(self.0.next_u32()) * u64::from(end);
        u32::try_from(product >> 32).expect("the upper half of a u64 fits")
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below((high + 1).saturating_sub(low))
    }

    /// Yes in `rate` of a thousand cases.
    pub(crate) fn happens(&mut self, rate: PerMille) -> bool {
        self.below(1000) < rate
    }

    /// One of `choices`, each as likely as its weight.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(T, u32)]) -> T {
        let place = self.weighted_place(choices.iter().map(|choice| choice.1));
        choices.get(place).expect("a table of choices has a choice").0
    }

    /// The place of one of `weights`, each as likely as it is heavy.
    pub(crate) fn weighted_place(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (place, weight) in weights.enumerate() {
            match left.checked_sub(weight) {
                Some(rest) => left = rest,
                None => return place,
            }
        }
        0
    }

    /// One of `choices`, all as likely.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let last = u32::try_from(choices.len()).expect("a short table");
        let place = self.below(last) as usize;
        *choices.get(place).expect("a table of choices has a choice")
    }

    /// A day from `low` to `high` days after `day`.
    pub(crate) fn days_after(&mut self, day: Day, low: u32, high: u32) -> Day {
        let days = self.between(low, high);
        if days == 0 {
            return day;
        }
        day.plus(Span::Days(u16::try_from(days).unwrap_or(u16::MAX)))
    }

    /// A day from `first` to `last`, both included.
    pub(crate) fn day_between(&mut self, first: Day, last: Day) -> Day {
        self.days_after(first, 0, u32::try_from(last.days_since(first)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn draws_never_change() {
        let mut chance = Chance::new(7, Stream::Person(1));
        let draws: Vec<u32> = (0..6).map(|_| chance.below(1000)).collect();
        insta::assert_compact_debug_snapshot!(draws, @"[430, 858, 151, 532, 162, 18]");
    }

    #[test]
    fn streams_differ() {
        let draw = |stream| Chance::new(7, stream).below(u32::MAX);
        assert_ne!(draw(Stream::Person(1)), draw(Stream::Person(2)));
        assert_ne!(draw(Stream::Person(1)), draw(Stream::Neighbourhood(1)));
    }

    #[test]
    fn weights_are_kept() {
        let mut chance = Chance::new(1, Stream::Places);
        let heavy = (0..10_000).filter(|_| chance.weighted(&[('a', 1), ('b', 0), ('c', 3)]) == 'c');
        assert!((7300..7700).contains(&heavy.count()));
        assert!((0..1000).all(|_| chance.weighted(&[('a', 1), ('b', 0)]) == 'a'));
    }

    proptest! {
        #[test]
        fn numbers_lie_between_their_bounds(seed: u64, low in 0_u32..5000, width in 0_u32..5000) {
            let mut chance = Chance::new(seed, Stream::Places);
            let number = chance.between(low, low + width);
            prop_assert!((low..=low + width).contains(&number));
            prop_assert!(!chance.happens(0) && chance.happens(1000));
        }
    }
}
