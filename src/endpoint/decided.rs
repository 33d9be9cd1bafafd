//! What a server decides on its way to an answer, with the section that rests on: for logs at debug.

use core::fmt;
use core::net::Ipv4Addr;

use crate::lease::{AddressRule, ClientKey};
use crate::options::Reference;

/// A step of a server's reasoning about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Whose message it is.
    pub client: ClientKey,
    /// What was decided, and why.
    pub rule: Rule,
}

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// On which network the client is.
    Link {
        /// Its name, or that of its first subnet.
        network: String,
        /// How it was found.
        by: LinkRule,
    },
    /// The classes that the client is in.
    Classes(Vec<String>),
    /// The reservation that the client has.
    Reserved(Ipv4Addr),
    /// The state that a DHCPREQUEST comes from (table 4), and the address it asks for.
    State(&'static str, Ipv4Addr),
    /// The address, and why this one.
    Address(Ipv4Addr, AddressRule),
    /// The lease time in seconds, and why so many.
    Lease(u32, LeaseRule),
    /// That somebody may have the address, so that it is probed first.
    Probe(Ipv4Addr),
}

/// How the network of a client is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRule {
    /// Sub-option 5 of option 82.
    LinkSelection(Ipv4Addr),
    /// Option 118.
    SubnetSelection(Ipv4Addr),
    /// Field giaddr, in a subnet.
    Giaddr(Ipv4Addr),
    /// Field giaddr, listed as a relay agent.
    Relay(Ipv4Addr),
    /// The interface that the message came in on.
    Interface(u32),
    /// The address of that interface.
    Local(Ipv4Addr),
    /// Field ciaddr, of a message that came by unicast.
    Ciaddr(Ipv4Addr),
    /// There is no other network.
    Only,
}

/// Why a lease lasts so long (RFC 2131 §4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseRule {
    /// The client did not ask.
    Default,
    /// What the client asked for.
    Asked,
    /// The client asked for less or more than allowed.
    Bounded,
    /// What is left of the client's lease.
    Left,
}

impl Decided {
    /// The section that it rests on.
    #[must_use]
    pub fn reference(&self) -> Reference {
        self.rule.reference()
    }
}

impl Rule {
    /// Its name in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Rule::Link { .. } => "network",
            Rule::Classes(_) => "classes",
            Rule::Reserved(_) => "reservation",
            Rule::State(..) => "state",
            Rule::Address(..) => "address",
            Rule::Lease(..) => "lease-time",
            Rule::Probe(_) => "probe",
        }
    }

    /// The section that it rests on.
    #[must_use]
    pub fn reference(&self) -> Reference {
        match self {
            Rule::Link { by: LinkRule::LinkSelection(_), .. } => Reference::Rfc(3527, "3"),
            Rule::Link { by: LinkRule::SubnetSelection(_), .. } => Reference::Rfc(3011, "2"),
            Rule::Link { .. } | Rule::Reserved(_) | Rule::Address(..) | Rule::Lease(..) => {
                Reference::Rfc(2131, "4.3.1")
            }
            Rule::Classes(_) => Reference::Rfc(2131, "4.3.1"),
            Rule::State(..) => Reference::Rfc(2131, "4.3.2"),
            Rule::Probe(_) => Reference::Rfc(2131, "2.2"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Link { network, by } => write!(f, "on network {network}: {by}"),
            Rule::Classes(names) if names.is_empty() => f.write_str("in no class"),
            Rule::Classes(names) => write!(f, "in {}", names.join(", ")),
            Rule::Reserved(address) => write!(f, "{address} is reserved for it"),
            Rule::State(state, address) => write!(f, "{state}, about {address}"),
            Rule::Address(address, why) => write!(f, "{address}: {why}"),
            Rule::Lease(u32::MAX, why) => write!(f, "infinite lease: {why}"),
            Rule::Lease(seconds, why) => write!(f, "lease of {seconds} s: {why}"),
            Rule::Probe(address) => write!(f, "{address} is probed before it is offered"),
        }
    }
}

impl fmt::Display for LinkRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkRule::LinkSelection(address) => write!(f, "link selection (82.5) says {address}"),
            LinkRule::SubnetSelection(address) => write!(f, "subnet selection (118) says {address}"),
            LinkRule::Giaddr(address) => write!(f, "giaddr {address} is on it"),
            LinkRule::Relay(address) => write!(f, "giaddr {address} is a relay of it"),
            LinkRule::Interface(index) => write!(f, "it came in on interface {index}"),
            LinkRule::Local(address) => write!(f, "it came in on {address}"),
            LinkRule::Ciaddr(address) => write!(f, "ciaddr {address} is on it"),
            LinkRule::Only => f.write_str("there is no other"),
        }
    }
}

impl fmt::Display for LeaseRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LeaseRule::Default => "it did not ask",
            LeaseRule::Asked => "as it asked",
            LeaseRule::Bounded => "it asked for less or more than allowed",
            LeaseRule::Left => "what is left of its lease",
        })
    }
}
