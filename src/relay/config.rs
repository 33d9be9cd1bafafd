//! What a relay agent serves, and what it adds.

use core::net::{Ipv4Addr, SocketAddrV4};

/// What a relay agent does.
#[derive(Clone, Debug)]
pub struct Config {
    /// The servers that each request goes to.
    pub servers: Vec<SocketAddrV4>,
    /// The links whose clients it listens to. What comes in elsewhere is a reply, or comes from another relay agent.
    pub links: Vec<Link>,
    /// Requests that have come over so many relay agents go no further; 16 at most (RFC 1542 §4.1.1).
    pub most_hops: u8,
    /// Requests with a smaller field secs are left to others (RFC 1542 §4.1.1).
    pub least_secs: u16,
    /// What to do with option 82 of who should have none.
    pub untrusted: Untrusted,
    /// The longest datagram that option 82 may make, in octets with IP and UDP headers; longer ones go without it (RFC 3046 §2.1).
    pub longest: usize,
    /// Whether to say that replies must come to the port that requests come from (RFC 8357 §5.1).
    pub source_port: bool,
}

/// A link with clients on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The system's number of the interface; none for all.
    pub interface: Option<u32>,
    /// The agent's address there, which tells servers the subnet and where to reply.
    pub giaddr: Ipv4Addr,
    /// Whether who adds option 82 there may do so (RFC 3046 §2.1).
    pub trusted: bool,
    /// Whether clients there ask from ports of their own, as programs on loopback do: then the agent keeps in mind where
    /// each request came from, [`ASKER_LASTS`](super::ASKER_LASTS) long and
    /// [`MOST_ASKERS`](super::MOST_ASKERS) of them.
    pub own_ports: bool,
    /// What option 82 tells of the link.
    pub agent: Agent,
}

/// The sub-options of option 82 that the agent adds; without any it adds no option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// Sub-option 1: by which circuit the request came.
    pub circuit_id: Option<Vec<u8>>,
    /// Sub-option 2: who is at the other end of the circuit.
    pub remote_id: Option<Vec<u8>>,
    /// Sub-option 5: the subnet, where giaddr is another's (RFC 3527).
    pub link_selection: Option<Ipv4Addr>,
    /// Sub-option 10: whether the request was unicast (RFC 5010).
    pub flags: bool,
}

/// What to do with option 82 of a request that came straight from a client (RFC 3046 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Untrusted {
    /// Ignore the request, as the RFC has it.
    #[default]
    Drop,
    /// Pass it on as it is.
    Keep,
    /// Put the agent's own in its place.
    Replace,
    /// Add those of the agent's own sub-options that it does not have, behind those that it has.
    Append,
}

impl Config {
    /// One that passes requests on to servers and adds nothing.
    #[must_use]
    pub fn to(servers: Vec<SocketAddrV4>, links: Vec<Link>) -> Config {
        Config {
            servers,
            links,
            most_hops: 4,
            least_secs: 0,
            untrusted: Untrusted::Drop,
            longest: 1500,
            source_port: false,
        }
    }
}

impl Link {
    /// Whether what the agent tells of the link fits into option 82, with sub-option 19 or without.
    #[must_use]
    pub fn agent_fits(&self, source_port: bool) -> bool {
        super::area::joined(&[], &super::area::told(self, Ipv4Addr::BROADCAST, source_port)).is_some()
    }

    /// A link that is told by its interface, without option 82.
    #[must_use]
    pub fn new(interface: Option<u32>, giaddr: Ipv4Addr) -> Link {
        Link { interface, giaddr, trusted: false, own_ports: false, agent: Agent::default() }
    }
}
