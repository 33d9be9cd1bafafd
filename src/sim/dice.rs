//! Chance, all of it from one seed: a stream of numbers for each source, so that one more node changes no other's.

use core::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Numbers for one occasion: the so many-th of a source.
pub struct Dice(ChaCha8Rng);

/// A time drawn at random.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// Always the same.
    Fixed(Duration),
    /// Anything up to this, all alike.
    Uniform(Duration),
    /// Exponential with this mean: however long it has lasted, it lasts as long again.
    Exponential(Duration),
    /// Log-normal with this median: most are short, some very long.
    Lognormal {
        /// Half of all are shorter.
        median: Duration,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
}

impl Dice {
    /// Words that an occasion may use; the next occasion's are others.
    const WORDS: u128 = 64;

    /// The numbers of an occasion.
    #[must_use]
    pub fn of(seed: u64, source: u64, occasion: u64) -> Dice {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(source);
        rng.set_word_pos(u128::from(occasion).wrapping_mul(Dice::WORDS));
        Dice(rng)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from 0 to 1, without 1.
    pub fn share(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Whether something happens that happens to this share.
    pub fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.share() < share
    }

    /// Any time up to `most`.
    pub fn up_to(&mut self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX - 1);
        Duration::from_micros(self.0.next_u64().checked_rem(most.saturating_add(1)).unwrap_or_default())
    }

    /// A time.
    pub fn span(&mut self, span: &Span) -> Duration {
        match *span {
            Span::Fixed(time) => time,
            Span::Uniform(most) => self.up_to(most),
            Span::Exponential(mean) => scaled(mean, -libm::log(1.0 - self.share())),
            Span::Lognormal { median, sigma } => scaled(median, libm::exp(sigma * self.normal())),
        }
    }

    /// A number from the normal distribution, by the way of Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.share()));
        radius * libm::cos(core::f64::consts::TAU * self.share())
    }
}

impl Span {
    /// Its mean.
    #[must_use]
    pub fn mean(&self) -> Duration {
        match *self {
            Span::Fixed(time) | Span::Exponential(time) => time,
            Span::Uniform(most) => most / 2,
            Span::Lognormal { median, sigma } => scaled(median, libm::exp(sigma * sigma / 2.0)),
        }
    }
}

/// The number of the stream of a source: of a name, and of a place among those of that name.
pub(super) fn stream(name: &str, place: u64) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A time so many times as long, to whole microseconds.
fn scaled(time: Duration, factor: f64) -> Duration {
    let scaled = Duration::try_from_secs_f64(time.as_secs_f64() * factor).unwrap_or(Duration::MAX);
    Duration::from_micros(u64::try_from(scaled.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_their_means() {
        let hour = Duration::from_secs(3600);
        let lognormal = Span::Lognormal { median: hour, sigma: 0.5 };
        for span in [Span::Fixed(hour), Span::Uniform(hour), Span::Exponential(hour), lognormal] {
            let drawn = (0..20_000).map(|occasion| Dice::of(7, 1, occasion).span(&span).as_secs_f64());
            let mean = drawn.sum::<f64>() / 20_000.0;
            let want = span.mean().as_secs_f64();
            assert!((mean - want).abs() < want * 0.02, "{span:?}: {mean} is not near {want}");
        }
    }

    #[test]
    fn sources_and_occasions_have_numbers_of_their_own() {
        let first = |seed, source, occasion| Dice::of(seed, source, occasion).number();
        let all = [first(1, 1, 0), first(1, 1, 1), first(1, 2, 0), first(2, 1, 0)];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one), "{all:?}");
        }
        assert_eq!(first(1, 1, 1), first(1, 1, 1));
        assert_ne!(stream("a", 1), stream("b", 1));
    }
}
