//! What is counted in a run. Nothing is kept for each client or frame, so that a long run is as light as a short one.

use core::time::Duration;
use std::collections::BTreeMap;

use super::estimate::real;
use crate::packet::MessageType;
use crate::time::Instant;

/// What a run has come to.
#[derive(Clone, Debug, Default)]
pub struct Measures {
    /// When counting began.
    pub since: Instant,
    /// Frames that were put on a segment; those that a router forwards count again.
    pub frames: u64,
    /// Their octets.
    pub octets: u64,
    /// Frames that a segment lost.
    pub lost: u64,
    /// Frames that a segment doubled.
    pub doubled: u64,
    /// Messages for an address that nobody has or no router leads to.
    pub unreachable: u64,
    /// DHCP messages sent, by type.
    pub messages: BTreeMap<u8, u64>,
    /// Times that a customer came and asked.
    pub asked: u64,
    /// Of those, how many got an address.
    pub served: u64,
    /// Of those, how many went without.
    pub refused: u64,
    /// Times that a customer left of its own will.
    pub left: u64,
    /// Leases that ran out while their customer wanted them.
    pub lost_leases: u64,
    /// Times that two customers used one address at once.
    pub shared: u64,
    /// DHCPACKs that went to a customer by a server that should not serve.
    pub misled: u64,
    /// DHCPNAKs by reason.
    pub naks: BTreeMap<&'static str, u64>,
    /// Messages that were ignored, by who ignored them and why.
    pub ignored: BTreeMap<(&'static str, &'static str), u64>,
    /// Bindings that a store did not keep.
    pub not_stored: u64,
    /// Addresses found in use, by a client or by a server's probe.
    pub in_use: u64,
    /// How long customers waited for their address.
    pub first: Histogram,
    /// Addresses that are bound, over time.
    pub bound: Level,
    /// Customers with an address, over time.
    pub online: Level,
    /// Addresses that there are to give.
    pub addresses: u64,
    /// Samples at equal distances, if they are wanted.
    pub series: Vec<Sample>,
}

/// The state of a network at a time, and what has happened since the sample before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: Instant,
    /// Addresses that are bound.
    pub bound: u64,
    /// Customers with an address.
    pub online: u64,
    /// Messages sent.
    pub messages: u64,
    /// DHCPACKs sent.
    pub acks: u64,
    /// Customers that went without.
    pub refused: u64,
}

/// A number that changes with time: its mean and its most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    now: u64,
    most: u64,
    changed: Instant,
    /// The number times the microseconds that it was so.
    area: u128,
    since: Instant,
}

impl Level {
    /// It is another number from now on.
    pub fn set(&mut self, now: Instant, number: u64) {
        self.area += u128::from(self.now) * (now - self.changed).as_micros();
        (self.changed, self.now) = (now, number);
        self.most = self.most.max(number);
    }

    /// Counting begins.
    pub fn restart(&mut self, now: Instant) {
        *self = Level { now: self.now, most: self.now, changed: now, area: 0, since: now };
    }

    /// The number.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The greatest that it was.
    #[must_use]
    pub fn most(&self) -> u64 {
        self.most
    }

    /// Its mean over time.
    #[must_use]
    pub fn mean(&self, now: Instant) -> f64 {
        let area = self.area + u128::from(self.now) * (now - self.changed).as_micros();
        let span = (now - self.since).as_micros();
        let parts = |number: u128| real(u64::try_from(number).unwrap_or(u64::MAX));
        if span == 0 { parts(self.now.into()) } else { parts(area) / parts(span) }
    }
}

/// Times in classes that are a thousandth wide or a microsecond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: BTreeMap<u32, u64>,
    count: u64,
}

/// Classes to each doubling, as a power of two.
const FINE: u32 = 10;

impl Histogram {
    /// Counts a time.
    pub fn add(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        *self.counts.entry(class(micros)).or_default() += 1;
        self.count += 1;
    }

    /// Counts what another has counted.
    pub fn merge(&mut self, other: &Histogram) {
        for (class, count) in &other.counts {
            *self.counts.entry(*class).or_default() += count;
        }
        self.count += other.count;
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The time than which this share is not longer, 0 for the least; none of nothing.
    #[must_use]
    pub fn at(&self, share: f64) -> Option<Duration> {
        let rank = libm::ceil(share.clamp(0.0, 1.0) * real(self.count)).max(1.0);
        let mut seen = 0;
        for (class, count) in &self.counts {
            seen += count;
            if real(seen) >= rank {
                return Some(Duration::from_micros(floor(*class)));
            }
        }
        None
    }

    /// The classes that hold something: their least time, and how many.
    pub fn classes(&self) -> impl Iterator<Item = (Duration, u64)> {
        self.counts.iter().map(|(class, count)| (Duration::from_micros(floor(*class)), *count))
    }
}

/// The class of a time: exact below 2¹⁰ µs, then 2¹⁰ classes to a doubling.
fn class(micros: u64) -> u32 {
    let doublings = u64::BITS.saturating_sub(micros.leading_zeros()).saturating_sub(FINE + 1);
    let fine = u32::try_from(micros >> doublings).unwrap_or(u32::MAX);
    (doublings << FINE).saturating_add(fine)
}

/// The least time of a class.
fn floor(class: u32) -> u64 {
    let doublings = (class >> FINE).saturating_sub(1);
    u64::from(class.saturating_sub(doublings << FINE)) << doublings.min(u64::BITS - FINE - 1)
}

impl Measures {
    /// Counts from now on. What is the case stays the case.
    pub fn restart(&mut self, now: Instant) {
        let (mut bound, mut online) = (self.bound, self.online);
        bound.restart(now);
        online.restart(now);
        let series = core::mem::take(&mut self.series);
        *self =
            Measures { since: now, bound, online, series, addresses: self.addresses, ..Measures::default() };
    }

    /// How many messages of a type were sent.
    #[must_use]
    pub fn sent(&self, kind: MessageType) -> u64 {
        self.messages.get(&kind.0).copied().unwrap_or_default()
    }

    /// Takes a sample.
    pub(super) fn sample(&mut self, now: Instant, before: &mut Sample) {
        let total = Sample {
            at: now,
            bound: self.bound.now(),
            online: self.online.now(),
            messages: self.messages.values().sum(),
            acks: self.sent(MessageType::ACK),
            refused: self.refused,
        };
        self.series.push(Sample {
            messages: total.messages.saturating_sub(before.messages),
            acks: total.acks.saturating_sub(before.acks),
            refused: total.refused.saturating_sub(before.refused),
            ..total
        });
        *before = total;
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn classes_are_a_thousandth_wide() {
        for micros in [0, 1, 1023, 1024, 1025, 2047, 2048, 2050, 4_000_000, 86_400_000_000, u64::MAX] {
            let least = floor(class(micros));
            assert!(least <= micros && micros - least <= micros >> FINE, "{micros}: {least}");
            assert_eq!(class(least), class(micros), "{micros}");
        }
    }

    #[test]
    fn percentiles_are_ranks() {
        let mut times = Histogram::default();
        assert_eq!(None, times.at(0.5));
        (1..=100).for_each(|micros| times.add(Duration::from_micros(micros)));
        for (share, want) in [(0.0, 1), (0.5, 50), (0.95, 95), (1.0, 100)] {
            assert_eq!(Some(Duration::from_micros(want)), times.at(share), "{share}");
        }
    }

    #[test]
    fn a_level_has_a_mean_over_time() {
        let at = Instant::from_secs;
        let mut level = Level::default();
        level.set(at(1), 4);
        level.set(at(3), 0);
        assert!((level.mean(at(4)) - 2.0).abs() < 1e-12);
        assert_eq!(4, level.most());
        level.set(at(4), 6);
        level.restart(at(8));
        assert!((level.mean(at(9)) - 6.0).abs() < 1e-12);
    }
}
