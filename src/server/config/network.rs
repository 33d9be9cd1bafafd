//! Networks, their subnets, and the addresses in these.

use core::net::Ipv4Addr;

use super::scope::Scope;
use crate::lease::Subnet;

/// A link and the subnets on it: a shared network if there are several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// What it is called in logs; empty for the name of its first subnet.
    pub name: String,
    /// The interface that is on it. Without one it is found by the address of the interface, if that is on one of its
    /// subnets.
    pub interface: Option<String>,
    /// Settings for its clients.
    pub scope: Scope,
    /// Its subnets; clients get an address of any, of the nearest first.
    pub subnets: Vec<SubnetConfig>,
}

/// A subnet and what is given of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetConfig {
    /// The subnet.
    pub subnet: Subnet,
    /// The addresses to give.
    pub ranges: Vec<Range>,
    /// Addresses that are not given though they are in a range.
    pub exclusions: Vec<Exclusion>,
    /// Relay agents that choose this subnet by their giaddr, beside those that have an address in it.
    pub relays: Vec<Ipv4Addr>,
    /// Settings for its clients.
    pub scope: Scope,
    /// Addresses for one client each.
    pub reservations: Vec<Reservation>,
}

impl SubnetConfig {
    /// A subnet of which nothing is given.
    #[must_use]
    pub fn new(subnet: Subnet) -> SubnetConfig {
        SubnetConfig {
            subnet,
            ranges: Vec::new(),
            exclusions: Vec::new(),
            relays: Vec::new(),
            scope: Scope::default(),
            reservations: Vec::new(),
        }
    }
}

/// Addresses to give, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub first: Ipv4Addr,
    /// The last.
    pub last: Ipv4Addr,
    /// The names of the classes whose clients get these addresses; empty for all clients.
    pub classes: Vec<String>,
}

impl Range {
    /// Addresses for all clients.
    #[must_use]
    pub fn new(first: Ipv4Addr, last: Ipv4Addr) -> Range {
        Range { first, last, classes: Vec::new() }
    }

    /// How many addresses there are; none if the ends are reversed.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::from(u32::from(self.last).saturating_add(1)).saturating_sub(u32::from(self.first).into())
    }
}

/// Addresses that are not given, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// The first.
    pub first: Ipv4Addr,
    /// The last.
    pub last: Ipv4Addr,
}

/// An address for one client, in a range or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The client.
    pub who: Who,
    /// Its address.
    pub address: Ipv4Addr,
    /// Settings for it.
    pub scope: Scope,
}

/// How the client of a reservation is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// By its hardware address, whatever its option 61 is.
    Hardware {
        /// Field htype.
        htype: u8,
        /// Field chaddr, as many octets as hlen says.
        chaddr: Vec<u8>,
    },
    /// By option 61.
    Identifier(Vec<u8>),
    /// By the port of the relay agent: sub-option 1 of option 82.
    CircuitId(Vec<u8>),
    /// By the far end of the relay agent's line: sub-option 2 of option 82.
    RemoteId(Vec<u8>),
}
