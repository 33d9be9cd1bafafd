//! What changes with time, in a fixed number of bins: when they are used up, each two become one.

use core::time::Duration;

use crate::link::{self, LinkType, Mac};
use crate::packet::{MessageType, Packet};
use crate::sim::estimate::real;
use crate::sim::measure::Measures;
use crate::time::Instant;

/// The most bins; they are at least half as many once they have merged.
const MOST: usize = 1024;
/// How many bins the likely duration should take.
const WANTED: u64 = 720;
/// Message types have numbers below this (RFC 4388, RFC 6926 and RFC 7724 define the last).
const TYPES: usize = 19;

/// Widths of bins in milliseconds at which people like to look.
const WIDTHS: &[u64] = &[
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000,
    300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000,
    86_400_000,
];

/// Bins from time 0 on.
#[derive(Clone, Debug)]
pub struct Series {
    width: u64,
    bins: Vec<Bin>,
}

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// Addresses that were bound.
    pub bound: Range,
    /// Customers with an address.
    pub online: Range,
    /// What was counted.
    pub counts: Counts,
}

/// A number over a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The least that it was.
    pub least: u64,
    /// The most that it was.
    pub most: u64,
    /// The number times the microseconds that it was so.
    area: u128,
    /// Microseconds.
    span: u64,
    seen: bool,
}

/// Things that are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    messages: [u64; TYPES],
    /// Customers that came and asked.
    pub asked: u64,
    /// Customers that went without an address.
    pub refused: u64,
    /// DHCPREQUESTs from RENEWING: to the server that granted the lease.
    pub renewals: u64,
    /// DHCPREQUESTs from REBINDING: to all servers.
    pub rebindings: u64,
}

impl Series {
    /// Empty, with bins that are right for such a duration.
    pub(super) fn for_duration(duration: Duration) -> Series {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).div_ceil(WANTED);
        let width = WIDTHS.iter().find(|width| **width >= millis).or(WIDTHS.last());
        Series { width: width.copied().unwrap_or(1).saturating_mul(1000), bins: Vec::new() }
    }

    /// How long each bin is.
    #[must_use]
    pub fn width(&self) -> Duration {
        Duration::from_micros(self.width)
    }

    /// All bins so far.
    #[must_use]
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// How many times as wide bins must be for at most so many to be left; people like the width, if it can be.
    #[must_use]
    pub fn times(&self, most: usize) -> usize {
        let least = self.bins.len().div_ceil(most.max(1)).max(1);
        let wide = self.width.saturating_mul(u64::try_from(least).unwrap_or(u64::MAX));
        let liked = WIDTHS.iter().map(|width| width.saturating_mul(1000));
        let found =
            liked.filter(|width| *width >= wide).find(|width| width.is_multiple_of(self.width.max(1)));
        let times = found.and_then(|width| width.checked_div(self.width));
        times.and_then(|times| usize::try_from(times).ok()).unwrap_or(least)
    }

    /// Bins that are so many times as wide; the last may be of fewer.
    #[must_use]
    pub fn coarser(&self, times: usize) -> Vec<Bin> {
        let merge =
            |few: &[Bin]| few.iter().skip(1).fold(few.first().copied().unwrap_or_default(), Bin::with);
        self.bins.chunks(times.max(1)).map(merge).collect()
    }

    /// Changes the bin of a time.
    pub(super) fn change(&mut self, at: Instant, change: impl FnOnce(&mut Bin)) {
        let place = self.reach(at);
        if let Some(bin) = self.bins.get_mut(place) {
            change(bin);
        }
    }

    /// The place of a time's bin, which is there then; bins merge for it if need be.
    fn reach(&mut self, at: Instant) -> usize {
        let mut place = self.place(at);
        while place >= MOST {
            self.bins = self.coarser(2);
            self.width = self.width.saturating_mul(2);
            place = self.place(at);
        }
        if self.bins.len() <= place {
            self.bins.resize_with(place.saturating_add(1), Bin::default);
        }
        place
    }

    fn place(&self, at: Instant) -> usize {
        usize::try_from(at.as_micros().checked_div(self.width).unwrap_or_default()).unwrap_or(usize::MAX)
    }

    /// Counts what came on top.
    pub(super) fn count(&mut self, at: Instant, counts: &Counts, before: &Counts) {
        if counts != before {
            self.change(at, |bin| bin.counts.add_difference(counts, before));
        }
    }

    /// The levels were these from one time to another.
    pub(super) fn level(&mut self, from: Instant, to: Instant, bound: u64, online: u64) {
        let mut at = from;
        // The bin of the last moment first: bins may merge for it.
        self.reach(to);
        loop {
            let width = self.width.max(1);
            let next = Instant::from_micros((at.as_micros() / width).saturating_add(1).saturating_mul(width));
            let until = next.min(to);
            let span = until.as_micros().saturating_sub(at.as_micros());
            self.change(at, |bin| {
                bin.bound.add(bound, span);
                bin.online.add(online, span);
            });
            if next >= to {
                return;
            }
            at = next;
        }
    }
}

impl Bin {
    /// Both together.
    fn with(self, other: &Bin) -> Bin {
        let mut counts = self.counts;
        counts.add_difference(&other.counts, &Counts::default());
        Bin { bound: self.bound.with(other.bound), online: self.online.with(other.online), counts }
    }
}

impl Range {
    /// Its mean over time; none where no time has passed.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let area = real(u64::try_from(self.area).unwrap_or(u64::MAX));
        (self.span > 0).then(|| area / real(self.span))
    }

    fn add(&mut self, number: u64, span: u64) {
        let one = Range {
            least: number,
            most: number,
            area: u128::from(number) * u128::from(span),
            span,
            seen: true,
        };
        *self = self.with(one);
    }

    fn with(self, other: Range) -> Range {
        match (self.seen, other.seen) {
            (false, _) => other,
            (_, false) => self,
            _ => Range {
                least: self.least.min(other.least),
                most: self.most.max(other.most),
                area: self.area + other.area,
                span: self.span.saturating_add(other.span),
                seen: true,
            },
        }
    }
}

impl Counts {
    /// What was counted so far.
    #[must_use]
    pub(super) fn of(measures: &Measures) -> Counts {
        let mut counts = Counts { asked: measures.asked, refused: measures.refused, ..Counts::default() };
        for (kind, count) in &measures.messages {
            if let Some(there) = counts.messages.get_mut(usize::from(*kind)) {
                *there = *count;
            }
        }
        counts
    }

    /// Messages of a type.
    #[must_use]
    pub fn sent(&self, kind: MessageType) -> u64 {
        self.messages.get(usize::from(kind.0)).copied().unwrap_or_default()
    }

    /// The types of which there are messages.
    pub fn types(&self) -> impl Iterator<Item = MessageType> {
        (0..).zip(&self.messages).filter(|(_, count)| **count > 0).map(|(kind, _)| MessageType(kind))
    }

    /// Adds what the second has less than the first.
    fn add_difference(&mut self, counts: &Counts, before: &Counts) {
        let all = self.messages.iter_mut().zip(counts.messages.iter().zip(&before.messages));
        for (sum, (count, before)) in all {
            *sum = sum.saturating_add(count.saturating_sub(*before));
        }
        let add = |sum: &mut u64, count: u64, before: u64| {
            *sum = sum.saturating_add(count.saturating_sub(before));
        };
        add(&mut self.asked, counts.asked, before.asked);
        add(&mut self.refused, counts.refused, before.refused);
        add(&mut self.renewals, counts.renewals, before.renewals);
        add(&mut self.rebindings, counts.rebindings, before.rebindings);
    }

    /// The sum over some bins.
    #[must_use]
    pub fn sum<'b>(bins: impl IntoIterator<Item = &'b Bin>) -> Counts {
        let mut sum = Counts::default();
        for bin in bins {
            sum.add_difference(&bin.counts, &Counts::default());
        }
        sum
    }
}

/// Whether a frame is a client's own DHCPREQUEST for more time (RFC 2131 §4.3.2): true to one server, false to all. What
/// a router or relay agent passes on is not counted again.
pub(super) fn renews(frame: &[u8]) -> Option<bool> {
    let datagram = link::datagram(LinkType::Ethernet, frame).ok()?;
    let packet = Packet::parse(datagram.payload).ok()?;
    let extends = packet.message_type() == Some(MessageType::REQUEST) && !packet.ciaddr().is_unspecified();
    let source = frame.get(6..).and_then(<[u8]>::first_chunk::<6>).map(|octets| Mac(*octets));
    let own = packet.chaddr().0.first_chunk::<6>().map(|octets| Mac(*octets));
    (extends && source == own).then(|| !datagram.destination.ip().is_broadcast())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_year_has_no_more_bins_than_a_minute() {
        let mut series = Series::for_duration(Duration::from_secs(60));
        assert_eq!(Duration::from_millis(100), series.width());
        let mut total = 0;
        for day in 0..365 {
            let at = Instant::from_secs(day * 86_400);
            let counts = Counts { refused: day, ..Counts::default() };
            series.count(at, &counts, &Counts::default());
            series.level(at, Instant::from_secs((day + 1) * 86_400), day, 1);
            total += day;
            assert!(series.bins().len() <= MOST);
        }
        assert_eq!(total, Counts::sum(series.bins()).refused);
        let means: Vec<f64> = series.bins().iter().filter_map(|bin| bin.bound.mean()).collect();
        let mean = means.iter().sum::<f64>() / real(u64::try_from(means.len()).unwrap());
        assert!((mean - 182.0).abs() < 1.0, "{mean}");
        assert!(series.bins().iter().all(|bin| bin.online.least == 1 || bin.online.mean().is_none()));
    }

    #[test]
    fn a_level_is_shared_out_over_the_bins_it_lasts() {
        let mut series = Series::for_duration(Duration::from_secs(720));
        let at = Instant::from_secs;
        series.level(at(0), Instant::from_micros(1_500_000), 4, 0);
        series.level(Instant::from_micros(1_500_000), at(3), 8, 0);
        let means: Vec<_> = series.bins().iter().map(|bin| bin.bound.mean()).collect();
        assert_eq!(vec![Some(4.0), Some(6.0), Some(8.0), None], means);
        assert_eq!((4, 8), series.bins().get(1).map(|bin| (bin.bound.least, bin.bound.most)).unwrap());
    }
}
