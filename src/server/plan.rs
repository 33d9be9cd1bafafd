//! A configuration made ready: what a message needs is a look-up away.

use core::net::Ipv4Addr;
use std::borrow::Cow;
use std::collections::BTreeMap;

use super::config::{Config, Network, Reservation, SubnetConfig, Who};
use crate::lease::agent::{CIRCUIT_ID, REMOTE_ID, sub_option};
use crate::lease::{ClientKey, Octets, Space};

/// By what the client of a reservation is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Client(ClientKey),
    CircuitId(Octets),
    RemoteId(Octets),
}

impl Known {
    fn by(who: &Who) -> Known {
        match who {
            Who::Hardware { htype, chaddr } => Known::hardware(*htype, chaddr),
            Who::Identifier(octets) => Known::Client(ClientKey::Identifier(octets.as_slice().into())),
            Who::CircuitId(octets) => Known::CircuitId(octets.as_slice().into()),
            Who::RemoteId(octets) => Known::RemoteId(octets.as_slice().into()),
        }
    }

    fn hardware(htype: u8, chaddr: &[u8]) -> Known {
        Known::Client(ClientKey::Hardware { htype, chaddr: chaddr.into() })
    }
}

/// A configuration and what follows from it. Total: of two items that are in conflict one counts.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) space: Space,
    /// By the number of the subnet: its network, and its place in it.
    subnets: Vec<(usize, usize)>,
    /// By the number of the range: the classes that have it; none for everybody.
    ranges: Vec<Option<Vec<usize>>>,
    /// By network: its ranges with their subnets, in order.
    ranges_of: Vec<Vec<(usize, usize)>>,
    /// By network: the ranges that everybody may have in whatever order, if these are all.
    open: Vec<Option<Vec<usize>>>,
    /// By network: its reservations, as the number of the subnet and the place in it.
    reservations: Vec<BTreeMap<Known, (usize, usize)>>,
    relays: BTreeMap<Ipv4Addr, usize>,
    interfaces: BTreeMap<String, usize>,
}

impl Plan {
    pub(super) fn new(config: Config) -> Plan {
        let mut plan = Plan::default();
        for (index, network) in config.networks.iter().enumerate() {
            plan.network(&config, index, network);
        }
        let subnets = plan.subnets.clone();
        for (number, (network, place)) in subnets.into_iter().enumerate() {
            if let Some(subnet) = config.networks.get(network).and_then(|network| network.subnets.get(place))
            {
                plan.take_out(number, subnet);
            }
        }
        Plan { config, ..plan }
    }

    fn network(&mut self, config: &Config, index: usize, network: &Network) {
        if let Some(interface) = &network.interface {
            self.interfaces.entry(interface.clone()).or_insert(index);
        }
        let (mut ranges, mut reservations) = (Vec::new(), BTreeMap::new());
        for (place, subnet) in network.subnets.iter().enumerate() {
            let number = self.space.add_subnet(index, subnet.subnet);
            self.subnets.push((index, place));
            for range in &subnet.ranges {
                ranges.push((number, self.space.add_range(number, range.first, range.last)));
                let class = |name: &String| config.classes.iter().position(|class| class.name == *name);
                let classes = range.classes.iter().filter_map(class).collect();
                self.ranges.push(Some(classes).filter(|_| !range.classes.is_empty()));
            }
            for relay in &subnet.relays {
                self.relays.entry(*relay).or_insert(number);
            }
            for (at, reservation) in subnet.reservations.iter().enumerate() {
                reservations.entry(Known::by(&reservation.who)).or_insert((number, at));
            }
        }
        let limited = |(_, range): &(usize, usize)| matches!(self.ranges.get(*range), Some(Some(_)));
        let open = network.subnets.len() == 1 && !ranges.iter().any(limited);
        self.open.push(open.then(|| ranges.iter().map(|(_, range)| *range).collect()));
        self.ranges_of.push(ranges);
        self.reservations.push(reservations);
    }

    /// Takes out of the ranges what a subnet excludes and reserves.
    fn take_out(&mut self, number: usize, subnet: &SubnetConfig) {
        for exclusion in &subnet.exclusions {
            self.space.exclude(exclusion.first, exclusion.last);
        }
        for reservation in &subnet.reservations {
            if subnet.subnet.contains(reservation.address) {
                self.space.reserve(number, reservation.address);
            }
        }
    }

    /// A network by its number.
    pub(super) fn network_at(&self, index: usize) -> Option<&Network> {
        self.config.networks.get(index)
    }

    /// A subnet by its number.
    pub(super) fn subnet(&self, number: usize) -> Option<&SubnetConfig> {
        let (network, place) = self.subnets.get(number)?;
        self.network_at(*network)?.subnets.get(*place)
    }

    /// The network of a subnet.
    pub(super) fn network_of(&self, subnet: usize) -> Option<usize> {
        self.subnets.get(subnet).map(|(network, _)| *network)
    }

    /// The subnet that a relay agent outside of it chooses.
    pub(super) fn relay(&self, giaddr: Ipv4Addr) -> Option<usize> {
        self.relays.get(&giaddr).copied()
    }

    /// The network on an interface.
    pub(super) fn interface(&self, name: &str) -> Option<usize> {
        self.interfaces.get(name).copied()
    }

    /// The one network there is, if no interface is named for it.
    pub(super) fn only_network(&self) -> Option<usize> {
        match self.config.networks.as_slice() {
            [only] if only.interface.is_none() => Some(0),
            _ => None,
        }
    }

    /// What a network is called.
    pub(super) fn name(&self, network: usize) -> String {
        let Some(network) = self.network_at(network) else { return String::new() };
        match (network.name.as_str(), network.subnets.first()) {
            ("", Some(subnet)) => subnet.subnet.to_string(),
            (name, _) => name.to_owned(),
        }
    }

    /// Whether any client has a reservation.
    pub(super) fn has_reservations(&self) -> bool {
        self.reservations.iter().any(|reservations| !reservations.is_empty())
    }

    /// The reservation of a client on a network: by option 61 before htype and chaddr before the relay agent's words.
    pub(super) fn reservation_of(
        &self,
        network: usize,
        client: &ClientKey,
        (htype, chaddr): (u8, &[u8]),
        agent: Option<&[u8]>,
    ) -> Option<&Reservation> {
        let reservations = self.reservations.get(network).filter(|reservations| !reservations.is_empty())?;
        let identifier = matches!(client, ClientKey::Identifier(_)).then(|| Known::Client(client.clone()));
        let sub = |code| agent.and_then(|agent| sub_option(agent, code)).map(Octets::from);
        let known = [
            identifier,
            Some(Known::hardware(htype, chaddr)),
            sub(CIRCUIT_ID).map(Known::CircuitId),
            sub(REMOTE_ID).map(Known::RemoteId),
        ];
        let (subnet, place) = *known.iter().flatten().find_map(|who| reservations.get(who))?;
        self.subnet(subnet)?.reservations.get(place)
    }

    /// The ranges of a network that a client in these classes may have: those of subnet `near` first.
    pub(super) fn ranges(&self, network: usize, near: Option<usize>, classes: &[usize]) -> Cow<'_, [usize]> {
        if let Some(Some(open)) = self.open.get(network) {
            return Cow::Borrowed(open);
        }
        let Some(all) = self.ranges_of.get(network) else { return Cow::default() };
        let allowed = |(_, range): &&(usize, usize)| match self.ranges.get(*range) {
            Some(Some(limited)) => limited.iter().any(|class| classes.contains(class)),
            Some(None) => true,
            None => false,
        };
        let (first, rest): (Vec<_>, Vec<_>) =
            all.iter().filter(allowed).partition(|(subnet, _)| Some(*subnet) == near);
        first.into_iter().chain(rest).map(|&(_, range)| range).collect()
    }
}
