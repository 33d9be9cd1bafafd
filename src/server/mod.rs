//! The server: RFC 2131 §4.3, without I/O.
//!
//! Every message is answered, or ignored for a named reason. A DHCPACK waits until the store has kept its binding
//! (§3.1 step 4).

mod agent;
mod asks;
pub mod config;
mod handlers;
mod reply;

use core::net::{Ipv4Addr, SocketAddrV4};
use std::collections::{BTreeMap, VecDeque};

pub use asks::Asks;
pub use config::{Config, LeaseTimes};

use crate::endpoint::{
    Arrived, Destination, DropReason, Dropped, Endpoint, Event, Input, Output, Refused, Ticket, Transmit,
};
use crate::lease::{Binding, ClientKey, Commit, IdentityError, Lapse, Pool, Subnet, Table};
use crate::packet::{MessageType, Op, Packed, Packet};
use crate::time::Instant;

/// A DHCP server of one pool.
#[derive(Debug)]
pub struct Server {
    config: Config,
    table: Table,
    /// What waits for the store. At most one grant and one note an address, so bounded by the pool.
    pending: BTreeMap<Ticket, Pending>,
    next_ticket: u64,
    outputs: VecDeque<Output>,
    interfaces: BTreeMap<u32, String>,
    explaining: bool,
}

/// How the addresses of a subnet are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The name of its network, or that of the network's first subnet.
    pub network: String,
    /// The subnet.
    pub subnet: Subnet,
    /// Addresses in ranges, and reserved ones.
    pub addresses: u64,
    /// Addresses that are bound.
    pub bound: u64,
    /// Addresses that are held for an offer.
    pub offered: u64,
    /// Addresses that rest.
    pub resting: u64,
}

/// What a commit is for.
#[derive(Debug)]
enum Pending {
    /// The binding of a DHCPACK, which is sent when it is kept.
    Grant(Ipv4Addr, Transmit),
    /// A change that the client is not told of.
    Note(Binding),
}

/// A message and what was learned of it.
struct Arrival<'a> {
    now: Instant,
    from: SocketAddrV4,
    to: Ipv4Addr,
    arrived: Arrived,
    packet: &'a Packet<'a>,
    client: ClientKey,
}

impl Server {
    /// A server that finds these bindings in its store; those outside its pool are left alone.
    #[must_use]
    pub fn new(config: Config, bindings: Vec<Binding>) -> Server {
        let pool = config.subnets().next().and_then(|subnet| {
            let range = subnet.ranges.first()?;
            Pool::new(subnet.subnet, range.first, range.last).ok()
        });
        let mut table = Table::new(pool.unwrap_or_default());
        for binding in bindings {
            table.restore(binding);
        }
        Server {
            config,
            table,
            pending: BTreeMap::new(),
            next_ticket: 0,
            outputs: VecDeque::new(),
            interfaces: BTreeMap::new(),
            explaining: false,
        }
    }

    /// What it serves.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Serves something else from here on: no lease and no exchange under way is lost. The configuration should have
    /// been checked.
    pub fn reconfigure(&mut self, config: Config) {
        self.config = config;
    }

    /// Tells the server which interface has which number, so that a network can be found by the name of its interface.
    pub fn set_interfaces(&mut self, interfaces: BTreeMap<u32, String>) {
        self.interfaces = interfaces;
    }

    /// Whether to tell each step on the way to an answer ([`Event::Decided`]), which costs time.
    pub fn set_explaining(&mut self, explaining: bool) {
        self.explaining = explaining;
    }

    /// How the addresses of each subnet are used, in the order of the configuration.
    #[must_use]
    pub fn usage(&self) -> Vec<Usage> {
        Vec::new()
    }

    /// How many commits wait for the store.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pending.len()
    }

    fn identifier(&self) -> Ipv4Addr {
        self.config.server_identifier.unwrap_or(Ipv4Addr::UNSPECIFIED)
    }

    /// Its leases.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn transmit(&mut self, transmit: Transmit) {
        self.outputs.push_back(Output::Transmit(transmit));
    }

    /// Makes a datagram of a reply, and tells of options for which there was no room.
    fn reply(&mut self, arrival: &Arrival<'_>, to: Destination, packed: Packed) -> Transmit {
        if !packed.omitted.is_empty() {
            self.event(Event::Omitted(packed.omitted));
        }
        Transmit { to, answers: Some(arrival.from), via: arrival.arrived, payload: packed.octets }
    }

    fn commit(&mut self, binding: Binding, pending: Pending) {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket = self.next_ticket.wrapping_add(1);
        self.pending.insert(ticket, pending);
        self.outputs.push_back(Output::Commit(ticket, Commit { binding }));
    }

    fn lapse(&mut self, now: Instant) {
        while let Some(lapse) = self.table.lapse(now) {
            self.event(match lapse {
                Lapse::Offer(address, client) => Event::OfferLapsed { client, address },
                Lapse::Lease(binding) => Event::Expired(binding),
                Lapse::Rest(address) => Event::Rested(address),
            });
        }
    }

    fn committed(&mut self, now: Instant, ticket: Ticket, result: Result<(), Refused>) {
        match (self.pending.remove(&ticket), result) {
            (Some(Pending::Grant(address, transmit)), result) => {
                let Some(binding) = self.table.finish(address, result.is_ok()) else { return };
                match result {
                    Ok(()) if binding.expires > now => {
                        self.event(Event::Bound(binding));
                        self.transmit(transmit);
                    }
                    Ok(()) => {}
                    Err(why) => self.event(Event::NotStored(binding, why)),
                }
            }
            (Some(Pending::Note(binding)), Err(why)) => self.event(Event::NotStored(binding, why)),
            (Some(Pending::Note(_)), Ok(())) | (None, _) => {}
        }
    }

    fn datagram(&mut self, now: Instant, from: SocketAddrV4, to: Ipv4Addr, arrived: Arrived, payload: &[u8]) {
        let dropped = match Packet::parse(payload) {
            Err(error) => Dropped { message: None, xid: None, reason: DropReason::NoHeader(error) },
            Ok(packet) => match self.message(now, from, to, arrived, &packet) {
                Ok(()) => return,
                Err(reason) => Dropped { message: packet.message_type(), xid: Some(packet.xid()), reason },
            },
        };
        self.event(Event::Dropped(dropped));
    }

    fn message(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        to: Ipv4Addr,
        arrived: Arrived,
        packet: &Packet<'_>,
    ) -> Result<(), DropReason> {
        if packet.op() != Op::BOOTREQUEST {
            return Err(DropReason::WrongOp(packet.op()));
        }
        let kind = packet.message_type().ok_or(DropReason::NotDhcp)?;
        let giaddr = packet.giaddr();
        if !giaddr.is_unspecified() && !self.table.pool().subnet().contains(giaddr) {
            return Err(DropReason::UnknownRelay(giaddr));
        }
        let client = ClientKey::of(packet).map_err(|error| match error {
            IdentityError::None => DropReason::NoIdentity,
            IdentityError::TooLong(octets) => DropReason::LongIdentity(octets),
            IdentityError::Malformed(error) => DropReason::Malformed(error),
        })?;
        let arrival = Arrival { now, from, to, arrived, packet, client };
        match kind {
            MessageType::DISCOVER => self.discover(&arrival),
            MessageType::REQUEST => self.request(&arrival),
            MessageType::DECLINE => self.decline(&arrival),
            MessageType::RELEASE => self.release(&arrival),
            MessageType::INFORM => self.inform(&arrival),
            other => Err(DropReason::WrongType(other)),
        }
    }
}

impl Endpoint for Server {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.lapse(now);
        match input {
            Input::Datagram { from, to, arrived, payload } => self.datagram(now, from, to, arrived, payload),
            Input::Committed(ticket, result) => self.committed(now, ticket, result),
            Input::Deadline | Input::Probed(..) => {}
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.table.next_deadline()
    }
}
