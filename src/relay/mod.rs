//! A relay agent without I/O (RFC 1542 §4.1, RFC 3046): requests go to servers, replies back to their clients.
//!
//! What it needs to bring a reply back stands in the reply itself, in giaddr and option 82. Only where clients ask from
//! ports of their own it keeps those in mind, for a minute.

mod area;
mod askers;
mod config;

use core::net::{Ipv4Addr, SocketAddrV4};
use std::collections::VecDeque;

use askers::Askers;
pub use askers::{ASKER_LASTS, MOST_ASKERS};
pub use config::{Agent, Config, Link, Untrusted};

use crate::endpoint::{Arrived, Destination, DropReason, Dropped, Endpoint, Event, Input, Output, Transmit};
use crate::packet::{Message, Op, Packet};
use crate::time::Instant;

/// The most hops of all (RFC 1542 §4.1.1).
const MOST_HOPS: u8 = 16;
/// The headers that IP and UDP put before a message.
const HEADERS: usize = 28;

/// A relay agent.
#[derive(Debug)]
pub struct Relay {
    config: Config,
    askers: Askers,
    outputs: VecDeque<Output>,
}

/// Where a datagram came from and came in.
#[derive(Clone, Copy, Debug)]
struct Way {
    from: SocketAddrV4,
    to: Ipv4Addr,
    arrived: Arrived,
}

impl Relay {
    /// An agent with this configuration.
    #[must_use]
    pub fn new(config: Config) -> Relay {
        Relay { config, askers: Askers::default(), outputs: VecDeque::new() }
    }

    /// What it does.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn datagram(&mut self, now: Instant, way: Way, payload: &[u8]) {
        let dropped = match Packet::parse(payload) {
            Err(error) => Dropped { message: None, xid: None, reason: DropReason::NoHeader(error) },
            Ok(packet) => {
                let result = match packet.op() {
                    Op::BOOTREQUEST => self.request(now, way, &packet),
                    Op::BOOTREPLY => self.reply(now, &packet),
                    op => Err(DropReason::WrongOp(op)),
                };
                match result {
                    Ok(()) => return,
                    Err(reason) => {
                        Dropped { message: packet.message_type(), xid: Some(packet.xid()), reason }
                    }
                }
            }
        };
        self.outputs.push_back(Output::Event(Event::Dropped(dropped)));
    }

    /// Passes a request on (RFC 1542 §4.1.1).
    fn request(&mut self, now: Instant, way: Way, packet: &Packet<'_>) -> Result<(), DropReason> {
        let most = self.config.most_hops.min(MOST_HOPS);
        if packet.hops() > most {
            return Err(DropReason::TooManyHops { hops: packet.hops(), most });
        }
        if packet.secs() < self.config.least_secs {
            return Err(DropReason::TooEarly { secs: packet.secs(), least: self.config.least_secs });
        }
        let giaddr = packet.giaddr();
        let octets = if giaddr.is_unspecified() {
            self.first_hop(now, way, packet)?
        } else if self.config.links.iter().any(|link| link.giaddr == giaddr) {
            return Err(DropReason::SpoofedRelay(giaddr));
        } else {
            packet.octets().to_vec()
        };
        let Ok(mut message) = Message::from_octets(octets) else { return Err(DropReason::NotDhcp) };
        message.set_hops(packet.hops().saturating_add(1));
        for server in &self.config.servers {
            let to = Destination::At(*server);
            let payload = message.octets().to_vec();
            let transmit = Transmit { to, answers: None, via: Arrived::default(), payload };
            self.outputs.push_back(Output::Transmit(transmit));
        }
        Ok(())
    }

    /// The octets of a request that no agent has seen yet, with giaddr and option 82.
    fn first_hop(&mut self, now: Instant, way: Way, packet: &Packet<'_>) -> Result<Vec<u8>, DropReason> {
        let link = self.link_of(way.arrived).ok_or(DropReason::NoLink(way.arrived.local))?;
        let ours = area::told(link, way.to, self.config.source_port);
        let (giaddr, own_ports) = (link.giaddr, link.own_ports);
        let before = match (area::agent(packet), self.config.untrusted) {
            (Some(_), _) if link.trusted => None,
            (Some(_), Untrusted::Drop) => return Err(DropReason::UntrustedAgent),
            (Some(_), Untrusted::Keep) => None,
            (Some(theirs), Untrusted::Append) => Some(theirs),
            (Some(_), Untrusted::Replace) => Some(Vec::new()),
            (None, _) => Some(Vec::new()).filter(|_| !ours.is_empty()),
        };
        let added = before.map(|before| self.added(packet, &before, &ours));
        let octets = added.unwrap_or_else(|| packet.octets().to_vec());
        let mut message = Message::from_octets(octets).map_err(DropReason::NoHeader)?;
        message.set_giaddr(giaddr);
        if own_ports {
            self.askers.note(now, packet, way.from);
        }
        Ok(message.octets().to_vec())
    }

    /// The octets of a request with option 82 added; as they are if it does not fit, which is told.
    fn added(&mut self, packet: &Packet<'_>, before: &[u8], ours: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let longest = self.config.longest;
        let agent = area::joined(before, ours);
        let octets = agent.and_then(|agent| area::with_agent(packet, &agent));
        octets.filter(|octets| octets.len() + HEADERS <= longest).unwrap_or_else(|| {
            self.outputs.push_back(Output::Event(Event::AgentLeftOut));
            packet.octets().to_vec()
        })
    }

    /// The link that a request came in by: its interface's, else the one that all interfaces are.
    fn link_of(&self, arrived: Arrived) -> Option<&Link> {
        let links = &self.config.links;
        let exact = links.iter().find(|link| link.interface.is_some() && link.interface == arrived.interface);
        exact.or_else(|| links.iter().find(|link| link.interface.is_none()))
    }

    /// Brings a reply back (RFC 1542 §4.1.2).
    fn reply(&mut self, now: Instant, packet: &Packet<'_>) -> Result<(), DropReason> {
        let giaddr = packet.giaddr();
        let agent = area::agent(packet);
        let link = self.link_to(giaddr, agent.as_deref())?;
        let asker = match link.own_ports {
            true => Some(self.askers.of(now, packet).ok_or(DropReason::UnknownAsker)?),
            false => None,
        };
        let payload = match &agent {
            Some(agent) if !self.leaves(link, agent) => {
                area::with_agent(packet, self.kept(link, agent)).unwrap_or(packet.octets().to_vec())
            }
            _ => packet.octets().to_vec(),
        };
        // Who asks from a port of its own is answered from where it asked, which giaddr need not be.
        let local = asker.map_or(link.giaddr, |_| Ipv4Addr::UNSPECIFIED);
        let via = Arrived { interface: link.interface, local };
        let transmit = Transmit { to: destination(packet), answers: asker, via, payload };
        self.outputs.push_back(Output::Transmit(transmit));
        Ok(())
    }

    /// The link that a reply goes to: by giaddr, and where several links have the same, by the circuit.
    fn link_to(&self, giaddr: Ipv4Addr, agent: Option<&[u8]>) -> Result<&Link, DropReason> {
        let mut links = self.config.links.iter().filter(|link| link.giaddr == giaddr);
        let first = links.next().ok_or(DropReason::OtherRelay(giaddr))?;
        if links.next().is_none() {
            return Ok(first);
        }
        let circuit = agent.and_then(area::circuit_id);
        let mut links = self.config.links.iter().filter(|link| link.giaddr == giaddr);
        links
            .find(|link| circuit.is_some() && link.agent.circuit_id.as_deref() == circuit)
            .ok_or(DropReason::UnknownCircuit)
    }

    /// Whether option 82 of a reply is somebody else's, who takes it out: a trusted element below, or whoever was let
    /// be.
    fn leaves(&self, link: &Link, agent: &[u8]) -> bool {
        let own = area::told(link, Ipv4Addr::BROADCAST, self.config.source_port);
        let others = link.trusted || self.config.untrusted == Untrusted::Keep;
        own.is_empty() || others && !starts_alike(agent, &own)
    }

    /// What of option 82 goes on to the client: what was there before the agent added its own.
    fn kept<'a>(&self, link: &Link, agent: &'a [u8]) -> &'a [u8] {
        if self.config.untrusted != Untrusted::Append {
            return &[];
        }
        let before = |to| area::before(agent, &area::told(link, to, self.config.source_port));
        before(Ipv4Addr::BROADCAST).or_else(|| before(Ipv4Addr::LOCALHOST)).unwrap_or_default()
    }
}

/// Whether option 82 begins with the first of the agent's own sub-options.
fn starts_alike(theirs: &[u8], ours: &[(u8, Vec<u8>)]) -> bool {
    let first = ours.get(..1).and_then(|first| area::joined(&[], first));
    first.is_some_and(|first| theirs.starts_with(&first))
}

/// Where a reply goes on the link of its client: to its address without ARP, unless it wants a broadcast or has none.
fn destination(packet: &Packet<'_>) -> Destination {
    let (yiaddr, chaddr) = (packet.yiaddr(), packet.chaddr().0);
    if packet.flags().broadcast() || yiaddr.is_unspecified() || chaddr.is_empty() {
        return Destination::Broadcast;
    }
    Destination::Hardware { yiaddr, htype: packet.htype(), chaddr: chaddr.into() }
}

impl Endpoint for Relay {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        if let Input::Datagram { from, to, arrived, payload } = input {
            self.datagram(now, Way { from, to, arrived }, payload);
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_deadline(&self) -> Option<Instant> {
        None
    }
}
