//! What a segment does to frames: how long they take, and which are lost, doubled or held up.

use core::time::Duration;

use super::dice::Dice;
use crate::time::Instant;

/// How good a segment is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// How long a frame takes at least.
    pub latency: Duration,
    /// What comes on top at random, up to this; frames may overtake each other by it.
    pub jitter: Duration,
    /// The share of frames that are lost.
    pub loss: f64,
    /// The share of frames that come twice.
    pub duplicate: f64,
    /// The share of frames that are held up by `held_up`, so that others overtake them.
    pub reorder: f64,
    /// See `reorder`.
    pub held_up: Duration,
    /// How many bits go through a second, one frame after the other; none for any number.
    pub rate: Option<u64>,
}

/// What becomes of a frame: when it comes, and when once more. Neither: it is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// When it comes.
    pub first: Option<Instant>,
    /// When it comes once more.
    pub second: Option<Instant>,
}

impl Quality {
    /// Whether chance has a part in it.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.loss > 0.0 || self.duplicate > 0.0 || self.reorder > 0.0 || !self.jitter.is_zero()
    }

    /// What becomes of a frame of so many octets. `free` is when the segment has sent all that went before.
    pub fn carry(&self, now: Instant, octets: usize, free: &mut Instant, dice: Option<&mut Dice>) -> Fate {
        let sent = match self.rate {
            None => now,
            Some(rate) => {
                let bits = u64::try_from(octets).unwrap_or(u64::MAX).saturating_mul(8_000_000);
                let takes = Duration::from_micros(bits.checked_div(rate).unwrap_or_default());
                *free = now.max(*free) + takes;
                *free
            }
        };
        let Some(dice) = dice.filter(|_| self.is_uncertain()) else {
            return Fate { first: Some(sent + self.latency), second: None };
        };
        let way = |dice: &mut Dice| {
            let held_up = if dice.happens(self.reorder) { self.held_up } else { Duration::ZERO };
            sent + self.latency + dice.up_to(self.jitter) + held_up
        };
        let lost = dice.happens(self.loss);
        let first = way(dice);
        let second = dice.happens(self.duplicate).then(|| way(dice));
        Fate { first: Some(first).filter(|_| !lost), second }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_rate_makes_frames_wait_for_each_other() {
        let quality = Quality { rate: Some(8_000), latency: Duration::from_millis(1), ..Quality::default() };
        let mut free = Instant::EPOCH;
        let mut come = |octets| quality.carry(Instant::EPOCH, octets, &mut free, None).first;
        assert_eq!(Some(Instant::from_micros(501_000)), come(500));
        assert_eq!(Some(Instant::from_micros(1_001_000)), come(500));
    }

    #[test]
    fn shares_are_met() {
        let quality = Quality { loss: 0.1, duplicate: 0.2, ..Quality::default() };
        let fate = |occasion| {
            let mut dice = Dice::of(3, 1, occasion);
            quality.carry(Instant::EPOCH, 300, &mut Instant::EPOCH.clone(), Some(&mut dice))
        };
        let fates: Vec<Fate> = (0..10_000).map(fate).collect();
        let count = |which: fn(&Fate) -> bool| fates.iter().filter(|fate| which(fate)).count();
        assert!((900..1100).contains(&count(|fate| fate.first.is_none())));
        assert!((1850..2150).contains(&count(|fate| fate.second.is_some())));
    }
}
