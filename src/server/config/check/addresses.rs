//! Subnets, ranges, exclusions, relay agents and reservations: no address is given twice.

use core::net::Ipv4Addr;
use std::collections::BTreeMap;

use super::Check;
use crate::lease::{MAX_IDENTIFIER, Subnet};
use crate::server::config::{Fault, Path, Reservation, Step, SubnetConfig, Who};

/// The most addresses in all ranges.
const MAX_ADDRESSES: u64 = 1 << 20;
/// The most octets of chaddr.
const MAX_CHADDR: usize = 16;

/// What has been seen of all subnets.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// By their network address.
    subnets: BTreeMap<Ipv4Addr, (Subnet, Path)>,
    /// By their first address.
    ranges: BTreeMap<Ipv4Addr, (Ipv4Addr, Path)>,
    relays: BTreeMap<Ipv4Addr, Path>,
    reserved: BTreeMap<Ipv4Addr, Path>,
    /// The clients with a reservation on this network.
    clients: BTreeMap<Who, Path>,
}

impl Addresses {
    /// Forgets what holds for one network.
    pub(super) fn enter_network(&mut self) {
        self.clients.clear();
    }

    /// A subnet that has addresses in common with this one.
    fn overlapping(&self, subnet: Subnet) -> Option<(Subnet, Path)> {
        let before = self.subnets.range(..=subnet.network()).next_back();
        let inside = self.subnets.range(subnet.network()..=subnet.broadcast()).next();
        let mut found = before.into_iter().chain(inside).map(|(_, found)| found);
        found.find(|(other, _)| other.contains(subnet.network()) || subnet.contains(other.network())).cloned()
    }

    /// A range that has an address in common with this one, and that address.
    fn shared(&self, first: Ipv4Addr, last: Ipv4Addr) -> Option<(Ipv4Addr, Path)> {
        let (start, (end, at)) = self.ranges.range(..=last).next_back()?;
        (*end >= first).then(|| (first.max(*start), at.clone()))
    }
}

/// Whether a host can have the address.
pub(super) fn is_host(address: Ipv4Addr) -> bool {
    !(address.is_unspecified() || address.is_broadcast() || address.is_multicast())
}

impl Check {
    pub(super) fn subnet(&mut self, at: &Path, config: &SubnetConfig, addresses: &mut Addresses) {
        let subnet = config.subnet;
        let here = at.at(Step::Field("subnet"));
        match addresses.overlapping(subnet) {
            Some((other, path)) => self.conflict(here, path, Fault::SubnetsOverlap(subnet, other)),
            None => {
                addresses.subnets.insert(subnet.network(), (subnet, here));
            }
        }
        for (index, range) in config.ranges.iter().enumerate() {
            let at = at.at(Step::Range(index));
            if !self.span(&at, subnet, range.first, range.last, true) {
                continue;
            }
            self.left(&at, range, &config.exclusions);
            match addresses.shared(range.first, range.last) {
                Some((address, other)) => self.conflict(at, other, Fault::RangesOverlap(address)),
                None => {
                    addresses.ranges.insert(range.first, (range.last, at));
                }
            }
        }
        for (index, exclusion) in config.exclusions.iter().enumerate() {
            self.span(&at.at(Step::Exclusion(index)), subnet, exclusion.first, exclusion.last, false);
        }
        for (index, relay) in config.relays.iter().enumerate() {
            self.relay(at.at(Step::Relay(index)), *relay, addresses);
        }
        for (index, reservation) in config.reservations.iter().enumerate() {
            self.reservation(&at.at(Step::Reservation(index)), subnet, reservation, addresses);
        }
    }

    /// Whether addresses from `first` to `last` are hosts of the subnet, or parts of it.
    fn span(&mut self, at: &Path, subnet: Subnet, first: Ipv4Addr, last: Ipv4Addr, hosts: bool) -> bool {
        let before = self.errors.len();
        if first > last {
            self.fault(at.clone(), Fault::Reversed(first, last));
            return false;
        }
        for (name, address) in [("first", first), ("last", last)] {
            let at = at.at(Step::Field(name));
            match hosts {
                true => self.host(at, subnet, address),
                false if !subnet.contains(address) => self.fault(at, Fault::Outside(address, subnet)),
                false => {}
            }
        }
        self.errors.len() == before
    }

    fn host(&mut self, at: Path, subnet: Subnet, address: Ipv4Addr) {
        if !subnet.contains(address) {
            self.fault(at, Fault::Outside(address, subnet));
        } else if !is_host(address) {
            self.fault(at, Fault::NoHost(address));
        } else if subnet.prefix() < 31 && address == subnet.network() {
            self.fault(at, Fault::NetworkAddress(address, subnet));
        } else if subnet.prefix() < 31 && address == subnet.broadcast() {
            self.fault(at, Fault::BroadcastAddress(address, subnet));
        }
    }

    fn relay(&mut self, at: Path, relay: Ipv4Addr, addresses: &mut Addresses) {
        if !is_host(relay) {
            return self.fault(at, Fault::NoHost(relay));
        }
        match addresses.relays.get(&relay) {
            Some(other) => self.conflict(at, other.clone(), Fault::RelayTwice(relay)),
            None => {
                addresses.relays.insert(relay, at);
            }
        }
    }

    fn reservation(&mut self, at: &Path, subnet: Subnet, config: &Reservation, addresses: &mut Addresses) {
        let (octets, most) = match &config.who {
            Who::Hardware { chaddr, .. } => (chaddr.len(), MAX_CHADDR),
            Who::Identifier(octets) | Who::CircuitId(octets) | Who::RemoteId(octets) => {
                (octets.len(), MAX_IDENTIFIER)
            }
        };
        let who = at.at(Step::Field("who"));
        if let Who::Hardware { htype: 1, chaddr } = &config.who
            && chaddr.len() == 6
            && (chaddr.iter().all(|octet| *octet == 0) || chaddr.iter().all(|octet| *octet == 0xff))
        {
            self.fault(who.clone(), Fault::NoClient);
        }
        match octets {
            0 => self.fault(who.clone(), Fault::Empty),
            found if found > most => self.fault(who.clone(), Fault::TooLong { found, most }),
            _ => {}
        }
        if let Some(other) = addresses.clients.insert(config.who.clone(), who.clone()) {
            self.conflict(who, other, Fault::ClientTwice);
        }
        let here = at.at(Step::Field("address"));
        self.host(here.clone(), subnet, config.address);
        match addresses.reserved.get(&config.address) {
            Some(other) => self.conflict(here, other.clone(), Fault::AddressTwice(config.address)),
            None => {
                addresses.reserved.insert(config.address, here);
            }
        }
    }

    pub(super) fn size(&mut self, addresses: &Addresses) {
        let sizes = addresses.ranges.iter().map(|(first, (last, at))| {
            (u64::from(u32::from(*last) - u32::from(*first)).saturating_add(1), at)
        });
        let found: u64 = sizes.clone().map(|(size, _)| size).sum();
        if let Some((_, at)) = sizes.max_by_key(|(size, _)| *size).filter(|_| found > MAX_ADDRESSES) {
            self.fault(at.clone(), Fault::TooMany { found, most: MAX_ADDRESSES });
        }
    }
}
