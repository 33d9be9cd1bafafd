//! Where addresses are: networks, their subnets, and the addresses of these that are given.
//!
//! Every look-up is logarithmic in the number of subnets, ranges and reservations, whatever their size.

use core::net::Ipv4Addr;
use core::ops::RangeInclusive;
use std::collections::BTreeMap;

use super::pool::Subnet;

/// The place of an address that is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its network.
    pub network: usize,
    /// Its subnet.
    pub subnet: usize,
    /// Its range; none if it is reserved for one client.
    pub range: Option<usize>,
}

/// A subnet of a network.
#[derive(Clone, Debug)]
struct Entry {
    network: usize,
    subnet: Subnet,
    /// Addresses that are given.
    size: u64,
}

/// All addresses that are given. Built once, before use: networks and ranges first, then what is taken out of them,
/// then what is reserved.
#[derive(Clone, Debug, Default)]
pub struct Space {
    subnets: Vec<Entry>,
    /// The subnets' first addresses in order, and their numbers.
    by_first: Vec<(Ipv4Addr, usize)>,
    /// The subnet of each range, and its first address.
    ranges: Vec<(usize, Ipv4Addr)>,
    /// By their first address, the last and the range; they have no address in common.
    segments: BTreeMap<Ipv4Addr, (Ipv4Addr, usize)>,
    reserved: BTreeMap<Ipv4Addr, usize>,
}

impl Space {
    /// Adds a subnet to a network, and gives its number: subnets are numbered in the order of the calls.
    pub fn add_subnet(&mut self, network: usize, subnet: Subnet) -> usize {
        let number = self.subnets.len();
        self.subnets.push(Entry { network, subnet, size: 0 });
        let first = subnet.network();
        match self.by_first.binary_search_by_key(&first, |(first, _)| *first) {
            Ok(at) => {
                if let Some(entry) = self.by_first.get_mut(at) {
                    entry.1 = number;
                }
            }
            Err(at) => self.by_first.insert(at, (first, number)),
        }
        number
    }

    /// Adds addresses to give, both ends included, and gives the number of the range.
    pub fn add_range(&mut self, subnet: usize, first: Ipv4Addr, last: Ipv4Addr) -> usize {
        let number = self.ranges.len();
        self.ranges.push((subnet, first));
        if first <= last {
            self.exclude(first, last);
            self.segments.insert(first, (last, number));
            self.resize(subnet, size(first, last), 0);
        }
        number
    }

    /// Takes addresses out of all ranges, both ends included.
    pub fn exclude(&mut self, first: Ipv4Addr, last: Ipv4Addr) {
        while let Some((&start, &(end, range))) =
            self.segments.range(..=last).next_back().filter(|(_, (end, _))| *end >= first)
        {
            self.segments.remove(&start);
            if start < first {
                self.segments.insert(start, (before(first), range));
            }
            if end > last {
                self.segments.insert(after(last), (end, range));
            }
            let subnet = self.ranges.get(range).map_or(0, |(subnet, _)| *subnet);
            self.resize(subnet, 0, size(start.max(first), end.min(last)));
        }
    }

    /// Keeps an address of a subnet for one client.
    pub fn reserve(&mut self, subnet: usize, address: Ipv4Addr) {
        self.exclude(address, address);
        if self.reserved.insert(address, subnet).is_none() {
            self.resize(subnet, 1, 0);
        }
    }

    /// Where an address is, if it is given.
    #[must_use]
    pub fn place(&self, address: Ipv4Addr) -> Option<Place> {
        let (subnet, range) = match self.reserved.get(&address) {
            Some(subnet) => (*subnet, None),
            None => {
                let (_, (_, range)) =
                    self.segments.range(..=address).next_back().filter(|(_, (last, _))| *last >= address)?;
                (self.ranges.get(*range)?.0, Some(*range))
            }
        };
        Some(Place { network: self.subnets.get(subnet)?.network, subnet, range })
    }

    /// The subnet that an address is in, given or not, and its network.
    #[must_use]
    pub fn locate(&self, address: Ipv4Addr) -> Option<(usize, usize)> {
        let behind = self.by_first.partition_point(|(first, _)| *first <= address);
        let (_, number) = self.by_first.get(behind.checked_sub(1)?)?;
        let entry = self.subnets.get(*number).filter(|entry| entry.subnet.contains(address))?;
        Some((*number, entry.network))
    }

    /// A subnet by its number.
    #[must_use]
    pub fn subnet(&self, number: usize) -> Option<Subnet> {
        self.subnets.get(number).map(|entry| entry.subnet)
    }

    /// The network of a subnet.
    #[must_use]
    pub fn network(&self, subnet: usize) -> Option<usize> {
        self.subnets.get(subnet).map(|entry| entry.network)
    }

    /// How many addresses of a subnet are given.
    #[must_use]
    pub fn size(&self, subnet: usize) -> u64 {
        self.subnets.get(subnet).map_or(0, |entry| entry.size)
    }

    /// How many subnets there are.
    #[must_use]
    pub fn subnets(&self) -> usize {
        self.subnets.len()
    }

    /// How many networks there are.
    #[must_use]
    pub fn networks(&self) -> usize {
        self.subnets.iter().map(|entry| entry.network.saturating_add(1)).max().unwrap_or(0)
    }

    /// How many ranges there are.
    #[must_use]
    pub fn ranges(&self) -> usize {
        self.ranges.len()
    }

    /// The addresses that are given, in runs.
    pub fn runs(&self) -> impl Iterator<Item = RangeInclusive<Ipv4Addr>> {
        let reserved = self.reserved.keys().map(|address| *address..=*address);
        self.segments.iter().map(|(first, (last, _))| *first..=*last).chain(reserved)
    }

    /// The first address of a range.
    #[must_use]
    pub(super) fn first(&self, range: usize) -> Option<Ipv4Addr> {
        let (_, first) = self.ranges.get(range)?;
        self.from(range, *first)
    }

    /// The address of a range that comes behind another.
    #[must_use]
    pub(super) fn next(&self, range: usize, address: Ipv4Addr) -> Option<Ipv4Addr> {
        if address.is_broadcast() { None } else { self.from(range, after(address)) }
    }

    /// The first address of a range that is not before `least`.
    fn from(&self, range: usize, least: Ipv4Addr) -> Option<Ipv4Addr> {
        let inside = self.segments.range(..=least).next_back();
        if inside.is_some_and(|(_, (last, of))| *of == range && *last >= least) {
            return Some(least);
        }
        self.segments.range(least..).next().filter(|(_, (_, of))| *of == range).map(|(first, _)| *first)
    }

    fn resize(&mut self, subnet: usize, more: u64, less: u64) {
        if let Some(entry) = self.subnets.get_mut(subnet) {
            entry.size = entry.size.saturating_add(more).saturating_sub(less);
        }
    }
}

fn size(first: Ipv4Addr, last: Ipv4Addr) -> u64 {
    u64::from(u32::from(last).saturating_sub(u32::from(first))).saturating_add(1)
}

fn after(address: Ipv4Addr) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(address).saturating_add(1))
}

fn before(address: Ipv4Addr) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(address).saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn ip(last: u8) -> Ipv4Addr {
        Ipv4Addr::new(192, 0, 2, last)
    }

    #[test]
    fn ranges_without_what_is_excluded_and_reserved() {
        let mut space = Space::default();
        let low = space.add_subnet(0, Subnet::of(ip(0), 25).unwrap());
        let high = space.add_subnet(0, Subnet::of(ip(128), 25).unwrap());
        let (one, two) = (space.add_range(low, ip(10), ip(20)), space.add_range(low, ip(21), ip(25)));
        space.add_range(high, ip(200), ip(209));
        space.exclude(ip(12), ip(13));
        space.exclude(ip(20), ip(22));
        space.reserve(low, ip(15));
        space.reserve(high, ip(150));
        let runs: Vec<String> = space.runs().map(|run| format!("{}-{}", run.start(), run.end())).collect();
        assert_eq!(
            "192.0.2.10-192.0.2.11 192.0.2.14-192.0.2.14 192.0.2.16-192.0.2.19 192.0.2.23-192.0.2.25 \
             192.0.2.200-192.0.2.209 192.0.2.15-192.0.2.15 192.0.2.150-192.0.2.150",
            runs.join(" ")
        );
        assert_eq!((11, 11), (space.size(low), space.size(high)));
        let walk = |range| {
            core::iter::successors(space.first(range), |address| space.next(range, *address))
                .collect::<Vec<_>>()
        };
        assert_eq!([10, 11, 14, 16, 17, 18, 19].map(ip), *walk(one));
        assert_eq!([23, 24, 25].map(ip), *walk(two));
        assert_eq!(Some(Place { network: 0, subnet: low, range: Some(two) }), space.place(ip(24)));
        assert_eq!(Some(Place { network: 0, subnet: high, range: None }), space.place(ip(150)));
        assert_eq!((None, None), (space.place(ip(12)), space.place(ip(151))));
        assert_eq!(Some((high, 0)), space.locate(ip(151)));
        assert_eq!(None, space.locate(Ipv4Addr::new(10, 0, 0, 1)));
    }
}
