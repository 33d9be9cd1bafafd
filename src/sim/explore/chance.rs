//! What a random scenario is drawn with.

use core::time::Duration;

use crate::sim::dice::{Dice, stream};

/// Numbers for one part of a scenario, from its seed.
pub(super) struct Chance(Dice);

impl Chance {
    /// The numbers of a part.
    pub(super) fn of(seed: u64, part: &str) -> Chance {
        Chance(Dice::of(seed, stream("explored", stream(part, 0)), 0))
    }

    /// Whether something happens that happens to so many in a hundred.
    pub(super) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// A number from `least` to `most`.
    pub(super) fn within(&mut self, least: u64, most: u64) -> u64 {
        least.saturating_add(self.below(most.saturating_sub(least).saturating_add(1)))
    }

    /// A time from `least` to `most` percent of another, in whole seconds, at least one.
    pub(super) fn part(&mut self, whole: Duration, least: u64, most: u64) -> Duration {
        let seconds = whole.as_secs().saturating_mul(self.within(least, most)) / 100;
        Duration::from_secs(seconds.max(1))
    }

    /// One of some.
    pub(super) fn pick<T: Copy>(&mut self, first: T, others: &[T]) -> T {
        let others_and_one = u64::try_from(others.len()).unwrap_or(u64::MAX).saturating_add(1);
        let place = usize::try_from(self.below(others_and_one)).unwrap_or_default();
        place.checked_sub(1).and_then(|place| others.get(place)).copied().unwrap_or(first)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0.number().checked_rem(limit).unwrap_or_default()
    }
}
