//! Lines of one kind that come too fast are counted and not written, so that a flood can't fill a disk.

use std::collections::BTreeMap;

use crate::time::Instant;

/// How many seconds' worth of lines may come at once.
const BURST: u64 = 10;
const SECOND: u64 = 1_000_000;

/// So many lines of a kind a second, after a burst of ten times as many. What kinds there are must be bounded.
#[derive(Clone, Debug)]
pub struct Limiter<K> {
    /// Microseconds that a line costs; 0 is no limit.
    cost: u64,
    kinds: BTreeMap<K, Bucket>,
    suppressed: u64,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Microseconds saved up.
    credit: u64,
    at: Instant,
    suppressed: u64,
}

impl<K: Ord + Clone> Limiter<K> {
    /// So many lines of a kind a second; 0 is no limit.
    #[must_use]
    pub fn new(rate: u32) -> Limiter<K> {
        let cost = SECOND.checked_div(u64::from(rate)).unwrap_or_default();
        Limiter { cost, kinds: BTreeMap::new(), suppressed: 0 }
    }

    /// Whether a line may be written. If not, it is counted.
    pub fn admits(&mut self, now: Instant, kind: &K) -> bool {
        if self.cost == 0 {
            return true;
        }
        let full = BURST * SECOND;
        let bucket = match self.kinds.get_mut(kind) {
            Some(bucket) => bucket,
            None => self.kinds.entry(kind.clone()).or_insert(Bucket { credit: full, at: now, suppressed: 0 }),
        };
        let saved = u64::try_from(now.since(bucket.at).as_micros()).unwrap_or(u64::MAX);
        bucket.credit = bucket.credit.saturating_add(saved).min(full);
        bucket.at = now;
        match bucket.credit.checked_sub(self.cost) {
            Some(credit) => {
                bucket.credit = credit;
                true
            }
            None => {
                bucket.suppressed += 1;
                self.suppressed += 1;
                false
            }
        }
    }

    /// How many lines of each kind were not written since this was asked last.
    pub fn take_suppressed(&mut self) -> Vec<(K, u64)> {
        let held = self.kinds.iter_mut().filter(|(_, bucket)| bucket.suppressed > 0);
        held.map(|(kind, bucket)| (kind.clone(), std::mem::take(&mut bucket.suppressed))).collect()
    }

    /// How many lines were not written since the start.
    #[must_use]
    pub fn suppressed(&self) -> u64 {
        self.suppressed
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_burst_passes_and_a_flood_is_counted() {
        let mut limiter = Limiter::new(10);
        let mut passed = 0;
        for millis in 0..10_000 {
            passed += u32::from(limiter.admits(Instant::from_micros(millis * 1000), &"flood"));
        }
        // A burst of a hundred, then ten a second for ten seconds.
        assert_eq!(199, passed);
        assert!(limiter.admits(Instant::from_secs(10), &"other"));
        assert_eq!(vec![("flood", 9801)], limiter.take_suppressed());
        assert_eq!(Vec::<(&str, u64)>::new(), limiter.take_suppressed());
        assert_eq!(9801, limiter.suppressed());
    }

    #[test]
    fn no_limit_is_none() {
        let mut limiter = Limiter::new(0);
        assert!((0..100_000).all(|_| limiter.admits(Instant::EPOCH, &())));
        assert_eq!(0, limiter.suppressed());
    }
}
