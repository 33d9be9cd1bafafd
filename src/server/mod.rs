//! The server: RFC 2131 §4.3, without I/O.
//!
//! Every message is answered, or ignored for a named reason. A DHCPACK waits until the store has kept its binding
//! (§3.1 step 4). `docs/server.md` lists what it does in each situation, with the section and the test.

mod arrival;
mod asks;
pub mod config;
mod defaults;
mod destination;
mod discover;
mod fqdn;
mod lane;
mod link;
mod others;
mod parameters;
mod plan;
mod probe;
mod query;
mod reply;
mod request;

use core::net::Ipv4Addr;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use arrival::{Arrival, Origin};
pub use asks::Asks;
pub use config::{Config, LeaseTimes};
use plan::Plan;
use probe::Probes;

use crate::endpoint::{
    Decided, Destination, DropReason, Dropped, Endpoint, Event, Input, Lane, Output, Refused, Rule, Ticket,
    Transmit,
};
use crate::lease::{Binding, ClientKey, Commit, IdentityError, Lapse, Octets, Subnet, Table};
use crate::options::{DHCP_MESSAGE_TYPE, RELAY_AGENT_INFORMATION};
use crate::packet::{MessageType, Op, Packed, Packet};
use crate::time::Instant;

/// A DHCP server.
#[derive(Debug)]
pub struct Server {
    plan: Arc<Plan>,
    table: Table,
    probes: Probes,
    /// What waits for the store. At most one grant and one note an address, so bounded by the addresses.
    pending: HashMap<Ticket, Pending, foldhash::fast::RandomState>,
    next_ticket: u64,
    outputs: VecDeque<Output>,
    interfaces: BTreeMap<u32, String>,
    addresses: BTreeSet<Ipv4Addr>,
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
    /// The binding of a DHCPACK, which is sent when it is kept, unless the lease in it has ended by then.
    Grant { address: Ipv4Addr, ends: Instant, transmit: Transmit },
    /// A change that the client is not told of.
    Note(Arc<Binding>),
}

impl Server {
    /// A server that finds these bindings in its store; those that it does not serve are left alone. The configuration
    /// should have been checked ([`Config::check`]): of two items in conflict one counts.
    #[must_use]
    pub fn new(config: Config, bindings: Vec<Binding>) -> Server {
        let plan = Plan::new(config);
        let mut table = Table::new(plan.space.clone(), plan.config.lease_query);
        let changed = others::restore(&mut table, &plan.config, bindings);
        let mut server = Server {
            plan: Arc::new(plan),
            table,
            probes: Probes::default(),
            pending: HashMap::default(),
            next_ticket: 0,
            outputs: VecDeque::new(),
            interfaces: BTreeMap::new(),
            addresses: BTreeSet::new(),
            explaining: false,
        };
        changed.into_iter().for_each(|binding| server.commit(Arc::clone(&binding), Pending::Note(binding)));
        server
    }

    /// Serves something else from here on: no lease and no exchange under way is lost. The configuration should have
    /// been checked.
    pub fn reconfigure(&mut self, config: Config) {
        let plan = Plan::new(config);
        self.table.rebuild(plan.space.clone(), plan.config.lease_query);
        self.plan = Arc::new(plan);
    }

    /// Tells the server which interface has which number, so that a network can be found by the name of its interface.
    pub fn set_interfaces(&mut self, interfaces: BTreeMap<u32, String>) {
        self.interfaces = interfaces;
    }

    /// Tells the server the addresses of its host, by each of which clients may know it (RFC 2131 §4.1).
    pub fn set_addresses(&mut self, addresses: BTreeSet<Ipv4Addr>) {
        self.addresses = addresses;
    }

    /// Whether to tell each step on the way to an answer ([`Event::Decided`]), which costs time.
    pub fn set_explaining(&mut self, explaining: bool) {
        self.explaining = explaining;
    }

    /// What it serves.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.plan.config
    }

    /// Its leases.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// How the addresses of each subnet are used, in the order of the configuration.
    #[must_use]
    pub fn usage(&self) -> Vec<Usage> {
        let space = self.table.space();
        let usage = |number| {
            let tally = self.table.tally(number);
            Some(Usage {
                network: self.plan.name(self.plan.network_of(number)?),
                subnet: space.subnet(number)?,
                addresses: space.size(number),
                bound: tally.bound,
                offered: tally.offered,
                resting: tally.resting,
            })
        };
        (0..space.subnets()).filter_map(usage).collect()
    }

    /// How many commits wait for the store.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pending.len()
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Tells a step on the way to an answer, where that is wanted.
    fn explain(&mut self, arrival: &Arrival<'_>, rule: impl FnOnce() -> Rule) {
        if self.explaining {
            let decided = Decided { client: arrival.client.clone(), rule: rule() };
            self.event(Event::Decided(Box::new(decided)));
        }
    }

    fn transmit(&mut self, transmit: Transmit) {
        self.outputs.push_back(Output::Transmit(transmit));
    }

    /// The number of the subnet that an address is in.
    fn subnet_of(&self, address: Ipv4Addr) -> Option<usize> {
        self.table.space().locate(address).map(|(subnet, _)| subnet)
    }

    /// Makes a datagram of a reply, and tells of options for which there was no room.
    fn reply(&mut self, arrival: &Arrival<'_>, to: Destination, packed: Packed) -> Transmit {
        if !packed.omitted.is_empty() {
            self.event(Event::Omitted(packed.omitted));
        }
        let origin = arrival.origin;
        Transmit { to, answers: Some(origin.from), via: origin.arrived, payload: packed.octets }
    }

    fn commit(&mut self, binding: Arc<Binding>, pending: Pending) {
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
            (Some(Pending::Grant { address, ends, transmit }), result) => {
                let Some(binding) = self.table.finish(address, result.is_ok()) else { return };
                match result {
                    Ok(()) if ends > now => {
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

    fn datagram(&mut self, origin: Origin, payload: &[u8]) {
        let dropped = match Packet::parse(payload) {
            Err(error) => Dropped { message: None, xid: None, reason: DropReason::NoHeader(error) },
            Ok(packet) => match self.message(origin, &packet) {
                Ok(()) => return,
                Err(reason) => Dropped { message: packet.message_type(), xid: Some(packet.xid()), reason },
            },
        };
        self.event(Event::Dropped(dropped));
    }

    fn message(&mut self, origin: Origin, packet: &Packet<'_>) -> Result<(), DropReason> {
        if packet.op() != Op::BOOTREQUEST {
            return Err(DropReason::WrongOp(packet.op()));
        }
        let plan = Arc::clone(&self.plan);
        let kind = packet.message_type();
        if kind.is_none() && (packet.has(DHCP_MESSAGE_TYPE.code) || !plan.config.bootp) {
            return Err(DropReason::NotDhcp);
        }
        if kind == Some(MessageType::LEASEQUERY) {
            return self.query(&plan, origin, packet);
        }
        let link = self.link(&plan, &origin, packet)?;
        let client = identify(packet)?;
        let kept_agent = self.kept_agent(packet, link.network, &client);
        let arrival = Arrival::new(&plan, origin, packet, client, link, kept_agent);
        if arrival.identifier().is_unspecified() {
            return Err(DropReason::NoServerAddress);
        }
        if self.explaining {
            self.explain_client(&arrival);
        }
        match kind {
            None => self.bootp(&arrival),
            Some(MessageType::DISCOVER) => self.discover(&arrival),
            Some(MessageType::REQUEST) => self.request(&arrival),
            Some(MessageType::DECLINE) => self.decline(&arrival),
            Some(MessageType::RELEASE) => self.release(&arrival),
            Some(MessageType::INFORM) => self.inform(&arrival),
            Some(other) => Err(DropReason::WrongType(other)),
        }
    }

    /// Option 82 that came with the client's lease, if the message has none.
    fn kept_agent(&self, packet: &Packet<'_>, network: usize, client: &ClientKey) -> Option<Octets> {
        if packet.has(RELAY_AGENT_INFORMATION.code) {
            return None;
        }
        let binding = self.table.binding(self.table.held(network, client).has?)?;
        binding.relay.clone().filter(|_| binding.client == *client)
    }

    /// Tells where a client is and what is configured for it.
    fn explain_client(&mut self, arrival: &Arrival<'_>) {
        let network = arrival.plan.name(arrival.link.network);
        self.explain(arrival, || Rule::Link { network, by: arrival.link.by });
        if !arrival.plan.config.classes.is_empty() {
            let classes = arrival.classes.iter().filter_map(|class| arrival.plan.config.classes.get(*class));
            let names = classes.map(|class| class.name.clone()).collect();
            self.explain(arrival, || Rule::Classes(names));
        }
        if let Some(reservation) = arrival.reservation {
            self.explain(arrival, || Rule::Reserved(reservation.address));
        }
    }
}

/// Who sent a message.
fn identify(packet: &Packet<'_>) -> Result<ClientKey, DropReason> {
    ClientKey::of(packet).map_err(|error| match error {
        IdentityError::None => DropReason::NoIdentity,
        IdentityError::TooLong(octets) => DropReason::LongIdentity(octets),
        IdentityError::Malformed(error) => DropReason::Malformed(error),
    })
}

/// The end of so many seconds from `start`.
fn end(start: Instant, seconds: u32) -> Instant {
    match seconds {
        u32::MAX => Instant::NEVER,
        seconds => start + Duration::from_secs(seconds.into()),
    }
}

impl Endpoint for Server {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.end_probes(now);
        self.lapse(now);
        match input {
            Input::Datagram { from, to, arrived, payload } => {
                self.datagram(Origin { now, from, to, arrived, probed: false, found: 0 }, payload);
            }
            Input::Committed(ticket, result) => self.committed(now, ticket, result),
            Input::Probed(address, found) => self.probed(now, address, found),
            Input::Deadline => {}
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.table.next_deadline().into_iter().chain(self.probes.next_deadline()).min()
    }

    fn lane(&self, payload: &[u8]) -> Lane {
        self.lane_of(payload)
    }
}
