//! Who holds how many offers open, so that a flood through one relay agent or port leaves something for the others.
//!
//! Only offers to strangers count: who has a lease, had one, or has a reservation is never turned away for what others
//! do. Relay agents share what is free only once there are several, and ports likewise: a network with one relay agent
//! is all its own. Everything here is bounded by the offers that are open.

use core::hash::Hash;
use core::net::Ipv4Addr;
use std::collections::HashMap;

use super::hash::ByAddress;
use crate::lease::{ClientKey, Octets};

/// The most offers to strangers that may be open on a network: with some 250 octets each they take 8 MiB.
const MOST: u64 = 1 << 15;
/// The most octets of long identifiers and port names that the open offers of a network may have together. Each is kept
/// twice. Whoever's name is of usual length has room whatever the others take.
const MOST_OCTETS: usize = 1 << 19;

/// Places of a map that are not worth giving back.
const FEW: usize = 1024;

/// Where a stranger's message comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The relay agent; 0.0.0.0 for none.
    pub relay: Ipv4Addr,
    /// The port of the relay agent, as option 82 tells it apart from the others.
    pub port: Option<Octets>,
}

/// How many offers to strangers may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// For one relay agent, or one port, where there are several: in percent of what is free or offered through it.
    pub share: u8,
    /// For one port in any case; one at least.
    pub per_port: u16,
}

/// Who holds too many open offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowded {
    /// All clients of the network together.
    Network,
    /// The relay agent's, 0.0.0.0 for those without one.
    Relay(Ipv4Addr),
    /// One port's of the relay agent.
    Port(Ipv4Addr),
}

/// The offers to strangers that are open.
#[derive(Clone, Debug, Default)]
pub(super) struct Offers {
    open: HashMap<Ipv4Addr, Open, ByAddress>,
    networks: Vec<Network>,
}

/// An offer that is open.
#[derive(Clone, Debug)]
struct Open {
    network: usize,
    source: Source,
    /// What is allocated for the names in it.
    octets: usize,
}

#[derive(Clone, Debug, Default)]
struct Network {
    open: u64,
    octets: usize,
    relays: Crowd<Ipv4Addr>,
    ports: Crowd<Source>,
}

/// Offers by who holds them.
#[derive(Clone, Debug)]
struct Crowd<K> {
    open: HashMap<K, u64>,
    /// Who came first.
    met: Option<K>,
    /// Whether another came since.
    several: bool,
}

impl<K> Default for Crowd<K> {
    fn default() -> Crowd<K> {
        Crowd { open: HashMap::new(), met: None, several: false }
    }
}

impl<K: Clone + Eq + Hash> Crowd<K> {
    fn meet(&mut self, who: &K) {
        match &self.met {
            Some(met) => self.several |= met != who,
            None => self.met = Some(who.clone()),
        }
    }

    fn open(&self, who: &K) -> u64 {
        self.open.get(who).copied().unwrap_or_default()
    }

    /// Whether somebody has his share of what is free and what he holds already: one may be open in any case.
    fn is_full(&self, who: &K, free: u64, share: u8) -> bool {
        let open = self.open(who);
        let most = open.saturating_add(free).saturating_mul(u64::from(share)) / 100;
        self.several && open >= most.max(1)
    }

    fn more(&mut self, who: &K) {
        let open = self.open(who).saturating_add(1);
        self.open.insert(who.clone(), open);
    }

    fn less(&mut self, who: &K) {
        match self.open.get_mut(who) {
            Some(open) if *open > 1 => *open = open.saturating_sub(1),
            _ => {
                self.open.remove(who);
                // What a flood has left is given back.
                if self.open.capacity() > self.open.len().saturating_mul(4).max(FEW) {
                    self.open.shrink_to(self.open.len().saturating_mul(2));
                }
            }
        }
    }
}

/// What is allocated for the names of a stranger and of its port.
fn allocated(client: &ClientKey, source: &Source) -> usize {
    client.allocated().saturating_add(source.port.as_ref().map_or(0, Octets::allocated))
}

impl Offers {
    pub(super) fn new(networks: usize) -> Offers {
        Offers { open: HashMap::default(), networks: vec![Network::default(); networks] }
    }

    /// Whether one more offer may be open for a stranger, with so many addresses of the network free.
    pub(super) fn room(
        &mut self,
        network: usize,
        (client, source): (&ClientKey, &Source),
        free: u64,
        shares: Shares,
    ) -> Result<(), Crowded> {
        let Some(network) = self.networks.get_mut(network) else { return Ok(()) };
        network.relays.meet(&source.relay);
        let octets = allocated(client, source);
        let long = octets > 0 && network.octets.saturating_add(octets) > MOST_OCTETS;
        if network.open >= MOST || long {
            return Err(Crowded::Network);
        }
        if source.port.is_some() {
            network.ports.meet(source);
            let many = network.ports.open(source) >= u64::from(shares.per_port.max(1));
            if many || network.ports.is_full(source, free, shares.share) {
                return Err(Crowded::Port(source.relay));
            }
        }
        match network.relays.is_full(&source.relay, free, shares.share) {
            true => Err(Crowded::Relay(source.relay)),
            false => Ok(()),
        }
    }

    /// An offer to a stranger is open.
    pub(super) fn opened(&mut self, network: usize, address: Ipv4Addr, client: &ClientKey, source: Source) {
        self.closed(address);
        let octets = allocated(client, &source);
        if let Some(network) = self.networks.get_mut(network) {
            network.open = network.open.saturating_add(1);
            network.octets = network.octets.saturating_add(octets);
            network.relays.more(&source.relay);
            if source.port.is_some() {
                network.ports.more(&source);
            }
        }
        self.open.insert(address, Open { network, source, octets });
    }

    /// The offer of an address is open no more, if it was; where it went.
    pub(super) fn closed(&mut self, address: Ipv4Addr) -> Option<Source> {
        let Open { network, source, octets } = self.open.remove(&address)?;
        if self.open.capacity() > self.open.len().saturating_mul(4).max(FEW) {
            self.open.shrink_to(self.open.len().saturating_mul(2));
        }
        if let Some(network) = self.networks.get_mut(network) {
            network.open = network.open.saturating_sub(1);
            network.octets = network.octets.saturating_sub(octets);
            network.relays.less(&source.relay);
            if source.port.is_some() {
                network.ports.less(&source);
            }
        }
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const SHARES: Shares = Shares { share: 50, per_port: 3 };

    fn client(octets: usize) -> ClientKey {
        ClientKey::Identifier(vec![7; octets].into())
    }

    fn source(relay: u8, port: Option<u8>) -> Source {
        Source { relay: Ipv4Addr::new(192, 0, 2, relay), port: port.map(|port| [port].into()) }
    }

    /// How many offers a source opens until it is turned away, and why, with so many addresses free.
    fn flood(offers: &mut Offers, free: &mut u64, source: &Source) -> (u64, Option<Crowded>) {
        let mut count = 0;
        while *free > 0 {
            if let Err(why) = offers.room(0, (&client(7), source), *free, SHARES) {
                return (count, Some(why));
            }
            offers.opened(0, Ipv4Addr::from(u32::try_from(*free).unwrap()), &client(7), source.clone());
            *free -= 1;
            count += 1;
        }
        (count, None)
    }

    #[test]
    fn a_relay_agent_alone_has_everything_and_shares_once_there_is_another() {
        let (mut offers, mut free) = (Offers::new(1), 16);
        assert_eq!((16, None), flood(&mut offers, &mut free, &source(1, None)));
        (1..=16).for_each(|number| drop(offers.closed(Ipv4Addr::from(number))));
        assert_eq!(Ok(()), offers.room(0, (&client(7), &source(2, None)), 16, SHARES));
        let mut free = 16;
        let crowded = Some(Crowded::Relay(source(1, None).relay));
        assert_eq!((8, crowded), flood(&mut offers, &mut free, &source(1, None)));
        let crowded = Some(Crowded::Relay(source(2, None).relay));
        assert_eq!((4, crowded), flood(&mut offers, &mut free, &source(2, None)));
    }

    #[test]
    fn a_port_has_its_number_of_offers_and_no_more_than_its_share() {
        let (mut offers, mut free) = (Offers::new(1), 100);
        let crowded = Some(Crowded::Port(source(1, None).relay));
        assert_eq!((3, crowded), flood(&mut offers, &mut free, &source(1, Some(1))));
        assert_eq!((3, crowded), flood(&mut offers, &mut free, &source(1, Some(2))));
        let mut free = 3;
        assert_eq!((1, crowded), flood(&mut offers, &mut free, &source(1, Some(3))));
    }

    #[test]
    fn nothing_is_kept_of_offers_that_are_closed() {
        let mut offers = Offers::new(1);
        for number in 0..1000 {
            let from = source(1, Some(u8::try_from(number % 200).unwrap()));
            offers.opened(0, Ipv4Addr::from(number), &client(250), from.clone());
            assert_eq!(Some(from), offers.closed(Ipv4Addr::from(number)));
        }
        let network = &offers.networks[0];
        assert_eq!((0, 0), (network.open, network.octets));
        assert_eq!((0, 0), (network.relays.open.len(), network.ports.open.len()));
        assert_eq!(None, offers.closed(Ipv4Addr::from(1)));
    }

    #[test]
    fn a_network_has_a_bound_of_its_own() {
        let mut offers = Offers::new(1);
        let mut free = 1 << 20;
        assert_eq!((MOST, Some(Crowded::Network)), flood(&mut offers, &mut free, &source(1, None)));
    }
}
