//! What stands on a network: segments, servers, hosts with an address of their own, and how each is known by hardware address.

use core::net::Ipv4Addr;

use super::clock::Clock;
use super::disk::Disk;
use super::path::Quality;
use crate::link::Mac;
use crate::relay::Relay;
use crate::server::{Config, Server};
use crate::time::Instant;

/// The number of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub u32);

/// The number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// The number of a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PopulationId(pub u32);

/// Who sends or has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A node, on one of its ports.
    Node(u32, u16),
    /// A customer.
    Customer(u32),
    /// The router on a segment.
    Router(u32),
}

/// Where a node is attached, and by which address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// The segment.
    pub segment: SegmentId,
    /// The address.
    pub address: Ipv4Addr,
}

/// A broadcast domain.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) name: String,
    pub(super) quality: Quality,
    pub(super) up: bool,
    /// When all that was sent has left.
    pub(super) free: Instant,
    /// Who takes what is broadcast to port 67: nodes and their ports.
    pub(super) listeners: Vec<(u32, u16)>,
}

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) ports: Vec<Port>,
    pub(super) clock: Clock,
    /// Whether its cables are in.
    pub(super) plugged: bool,
    pub(super) role: Role,
    /// When it is woken next.
    pub(super) wake: Instant,
    pub(super) stream: u64,
    pub(super) draws: u64,
}

/// What a node does.
#[derive(Debug)]
pub(super) enum Role {
    Server(Box<Serving>),
    Relay(Box<Relay>),
    /// Has an address and answers who asks for it.
    Static,
}

/// A server with its store.
#[derive(Debug)]
pub(super) struct Serving {
    /// None while it is down.
    pub(super) server: Option<Box<Server>>,
    pub(super) config: Config,
    pub(super) disk: Disk,
    /// Whether it is one that should not be there: nobody holds it to the lease law.
    pub(super) rogue: bool,
    /// Whether something is being stored that was asked for before the last reload.
    pub(super) reloading: bool,
    /// Bindings at the last count.
    pub(super) bound: u64,
}

impl Segment {
    pub(super) fn new(name: &str, quality: Quality) -> Segment {
        Segment { name: name.to_owned(), quality, up: true, free: Instant::EPOCH, listeners: Vec::new() }
    }
}

impl Node {
    pub(super) fn serving(&mut self) -> Option<&mut Serving> {
        match &mut self.role {
            Role::Server(serving) => Some(serving),
            Role::Relay(_) | Role::Static => None,
        }
    }

    /// Whether it is a server that should not be there.
    pub(super) fn is_rogue(&self) -> bool {
        matches!(&self.role, Role::Server(serving) if serving.rogue)
    }
}

impl Host {
    /// Its hardware address, from which it is known again.
    pub(super) fn mac(self) -> Mac {
        match self {
            Host::Customer(number) => {
                let [a, b, c, d] = number.to_be_bytes();
                Mac([0x02, 0xc0, a, b, c, d])
            }
            Host::Node(number, port) => {
                let ([.., a, b], [c, d]) = (number.to_be_bytes(), port.to_be_bytes());
                Mac([0x02, 0x0d, c, d, a, b])
            }
            Host::Router(segment) => {
                let [a, b, c, d] = segment.to_be_bytes();
                Mac([0x02, 0x0f, a, b, c, d])
            }
        }
    }

    /// Whose hardware address it is.
    pub(super) fn of(mac: Mac) -> Option<Host> {
        let Mac([0x02, kind, a, b, c, d]) = mac else { return None };
        match kind {
            0xc0 => Some(Host::Customer(u32::from_be_bytes([a, b, c, d]))),
            0x0d => Some(Host::Node(u32::from_be_bytes([0, 0, c, d]), u16::from_be_bytes([a, b]))),
            0x0f => Some(Host::Router(u32::from_be_bytes([a, b, c, d]))),
            _ => None,
        }
    }
}

/// A number as a place in a list.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn hosts_are_known_by_their_hardware_address() {
        for host in [Host::Node(7, 1), Host::Node(65_535, 2), Host::Customer(1_000_000), Host::Router(3)] {
            assert_eq!(Some(host), Host::of(host.mac()));
        }
        assert_eq!(None, Host::of(Mac::BROADCAST));
    }
}
