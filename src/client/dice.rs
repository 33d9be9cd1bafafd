//! What a client chooses at random: xid and the back-off of RFC 2131 §4.1. All of it follows from a seed.

use core::array;
use core::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Words that are kept ready.
const READY: usize = 6;

/// The stream of random numbers that follows from a seed. The generator is made anew when the words that it gave are
/// used up, because it would be the largest part of a client, of which there may be a million.
#[derive(Clone, Debug)]
pub(super) struct Dice {
    seed: u64,
    /// How many words of the stream are used up.
    used: u64,
    /// The words from the last multiple of [`READY`] on.
    ready: [u32; READY],
}

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice { seed, used: 0, ready: [0; READY] }
    }

    fn word(&mut self) -> u32 {
        let place = usize::try_from(self.used).unwrap_or_default() % READY;
        if place == 0 {
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
            rng.set_word_pos(self.used.into());
            self.ready = array::from_fn(|_| rng.next_u32());
        }
        self.used = self.used.wrapping_add(1);
        self.ready.get(place).copied().unwrap_or_default()
    }

    /// A new xid.
    pub(super) fn xid(&mut self) -> u32 {
        self.word()
    }

    /// How long to wait for a reply to the so many-th sending, which is 1 for the first: 4, 8, 16, 32, then 64
    /// seconds, each with up to a second more or less at random.
    pub(super) fn delay(&mut self, attempt: u32) -> Duration {
        let seconds = 4u64 << attempt.saturating_sub(1).min(4);
        Duration::from_micros(seconds * 1_000_000 - 1_000_000 + self.below(2_000_001))
    }

    /// One to ten seconds (§4.4.1).
    pub(super) fn desynchronised(&mut self) -> Duration {
        Duration::from_micros(1_000_000 + self.below(9_000_001))
    }

    /// Up to a tenth of a time less than it is.
    pub(super) fn earlier(&mut self, time: Duration) -> Duration {
        let tenth = u64::try_from(time.as_micros() / 10).unwrap_or(u64::MAX - 1);
        time.saturating_sub(Duration::from_micros(self.below(tenth + 1)))
    }

    /// A number below `end`, which is small beside 2⁶⁴, so that the bias of the remainder does not matter.
    fn below(&mut self, end: u64) -> u64 {
        let (low, high) = (u64::from(self.word()), u64::from(self.word()));
        (high << 32 | low).checked_rem(end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_64_seconds_and_differ_by_a_second_at_most() {
        let mut dice = Dice::new(1);
        for round in 0..100 {
            for (attempt, want) in
                [(1, 4.0), (2, 8.0), (3, 16.0), (4, 32.0), (5, 64.0), (6, 64.0), (u32::MAX, 64.0)]
            {
                let found = dice.delay(attempt).as_secs_f64();
                assert!((found - want).abs() <= 1.0, "round {round}, attempt {attempt}: {found}");
            }
        }
    }

    #[test]
    fn delays_use_most_of_the_second_more_or_less() {
        for (attempt, want) in [(1, 4.0), (3, 16.0), (5, 64.0)] {
            let off = |seed| Dice::new(seed).delay(attempt).as_secs_f64() - want;
            let mut found: Vec<f64> = (0..200).map(off).collect();
            found.sort_by(f64::total_cmp);
            let (least, most) = (found[0], found[199]);
            assert!((-1.0..-0.9).contains(&least) && most > 0.9 && most <= 1.0, "{attempt}: {found:?}");
            found.dedup();
            assert!(found.len() > 190, "each seed has its own: {found:?}");
        }
    }

    #[test]
    fn numbers_are_those_of_one_stream() {
        let mut whole = ChaCha8Rng::seed_from_u64(7);
        let mut dice = Dice::new(7);
        for _ in 0..50 {
            assert_eq!(whole.next_u32(), dice.xid());
            assert_eq!(whole.next_u64() % 1000, dice.below(1000));
        }
    }

    #[test]
    fn renewing_is_early_by_a_tenth_at_most() {
        let mut dice = Dice::new(1);
        for _ in 0..100 {
            let found = dice.earlier(Duration::from_secs(100)).as_secs_f64();
            assert!((90.0..=100.0).contains(&found), "{found}");
        }
    }
}
