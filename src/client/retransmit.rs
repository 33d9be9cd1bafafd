//! When to send again: the back-off of RFC 2131 §4.1.

use core::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// How long to wait for a reply to the so many-th sending, which is 1 for the first: 4, 8, 16, 32, then 64 seconds,
/// each with up to a second more or less at random.
pub(super) fn delay(rng: &mut ChaCha8Rng, attempt: u32) -> Duration {
    let seconds = 4u64 << attempt.saturating_sub(1).min(4);
    Duration::from_micros(seconds * 1_000_000 - 1_000_000 + below(rng, 2_000_001))
}

/// A number below `end`, which is small beside 2⁶⁴, so that the bias of the remainder does not matter.
pub(super) fn below(rng: &mut ChaCha8Rng, end: u64) -> u64 {
    rng.next_u64().checked_rem(end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn delays_double_up_to_64_seconds_and_differ_by_a_second_at_most() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for round in 0..100 {
            for (attempt, want) in
                [(1, 4.0), (2, 8.0), (3, 16.0), (4, 32.0), (5, 64.0), (6, 64.0), (u32::MAX, 64.0)]
            {
                let found = delay(&mut rng, attempt).as_secs_f64();
                assert!((found - want).abs() <= 1.0, "round {round}, attempt {attempt}: {found}");
            }
        }
    }
}
