//! A conversation once more: the clients' messages of a capture before a server of ours, its answers beside the captured ones.
//!
//! What must differ is told apart: a client that was given another address here goes on with that one, and who asks for
//! the captured server asks for ours. The store keeps everything at once, and nobody is probed. What is held is bounded,
//! however long the conversation: a request waits for its captured answer for half a minute at most.

mod addresses;
mod exchange;
mod rewrite;

use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;
use std::collections::{BTreeMap, HashMap, VecDeque};

use foldhash::fast::FixedState;

use super::heard::{Heard, Speaker, answers, is_lease_reply};
use crate::endpoint::{Arrived, Destination, Dropped, Endpoint, Event, Input, Output};
use crate::lease::{Binding, ClientKey, Octets};
use crate::packet::{Packet, YIADDR};
use crate::server::{Config, Server};
use crate::time::Instant;
use addresses::Addresses;
pub use exchange::{Exchange, Reply, Verdict};

/// How long a request waits for its captured answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most requests that wait.
const MOST_OPEN: usize = 4096;
/// The most requests of one client and xid that wait.
const MOST_ALIKE: usize = 64;
/// The most octets that waiting exchanges hold.
const MOST_OCTETS: usize = 16 << 20;
/// The most interfaces that are told apart.
const MOST_INTERFACES: usize = 256;
/// The time between messages of which no time is told.
const STEP: Duration = Duration::from_millis(1);
/// The time at which a conversation without times begins.
const BEGIN: Instant = Instant::from_secs(1);

/// A client's exchange: xid, chaddr.
type Key = (u32, Octets);

/// A server of ours in a captured conversation.
#[derive(Debug)]
pub struct Talk {
    server: Server,
    /// By which address the captured server is known, if one is watched.
    watched: Option<Ipv4Addr>,
    /// By which address ours is.
    identifier: Option<Ipv4Addr>,
    now: Instant,
    addresses: Addresses,
    open: VecDeque<Exchange>,
    /// The number of the first open exchange.
    first: u64,
    by_key: HashMap<Key, VecDeque<u64>, FixedState>,
    octets: usize,
    interfaces: Vec<String>,
    /// What was heard.
    pub counts: TalkCounts,
}

/// What was heard besides the exchanges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TalkCounts {
    /// Answers of the captured server to nothing that was captured, or too late.
    pub unasked: u64,
    /// Answers of other servers than the one that is watched.
    pub foreign: u64,
    /// Messages to or from PXE boot servers, or that are neither requests nor replies.
    pub passed: u64,
    /// Times that went back.
    pub back: u64,
    /// Clients' addresses that are others here.
    pub mapped: u64,
}

impl Talk {
    /// A server with these bindings, to be compared with the one known by `watched`, or with whoever answers first.
    #[must_use]
    pub fn new(config: Config, bindings: Vec<Binding>, watched: Option<Ipv4Addr>) -> Talk {
        let config = Config { probe: None, ..config };
        Talk {
            identifier: config.server_identifier.or(watched),
            server: Server::new(config, bindings),
            watched,
            now: BEGIN,
            addresses: Addresses::default(),
            open: VecDeque::new(),
            first: 0,
            by_key: HashMap::default(),
            octets: 0,
            interfaces: Vec::new(),
            counts: TalkCounts::default(),
        }
    }

    /// Hears a message; `done` is told of exchanges that are complete, in the order of their requests.
    pub fn hear(&mut self, heard: &Heard<'_>, done: &mut dyn FnMut(Exchange)) {
        self.advance(heard.time);
        while let Some(oldest) = self.open.front()
            && (oldest.at + PATIENCE < self.now || self.open.len() >= MOST_OPEN || self.octets > MOST_OCTETS)
        {
            self.close(done);
        }
        let Ok(packet) = Packet::parse(heard.payload) else {
            self.counts.passed = self.counts.passed.saturating_add(1);
            return;
        };
        match heard.speaker(&packet) {
            Speaker::Client => self.request(heard, &packet),
            Speaker::Server => self.reply(heard, &packet),
            Speaker::Other => self.counts.passed = self.counts.passed.saturating_add(1),
        }
    }

    /// The end: all exchanges are complete.
    pub fn finish(&mut self, done: &mut dyn FnMut(Exchange)) {
        while !self.open.is_empty() {
            self.close(done);
        }
    }

    fn advance(&mut self, time: Option<Instant>) {
        let time = time.unwrap_or(self.now + STEP);
        if time < self.now {
            self.counts.back = self.counts.back.saturating_add(u64::from(self.now != BEGIN));
        }
        self.now = self.now.max(time);
    }

    fn close(&mut self, done: &mut dyn FnMut(Exchange)) {
        let Some(exchange) = self.open.pop_front() else { return };
        self.octets = self.octets.saturating_sub(exchange.size());
        if let Ok(packet) = Packet::parse(&exchange.request) {
            let key = key(&packet);
            let waiting = self.by_key.get_mut(&key);
            let left = waiting.map_or(0, |waiting| {
                waiting.retain(|number| *number != self.first);
                waiting.len()
            });
            if left == 0 {
                self.by_key.remove(&key);
            }
        }
        self.first = self.first.saturating_add(1);
        done(exchange);
    }

    fn request(&mut self, heard: &Heard<'_>, packet: &Packet<'_>) {
        let mut exchange = Exchange {
            number: heard.number,
            at: self.now,
            request: heard.payload.to_vec(),
            captured: None,
            ours: None,
            others: 0,
            dropped: None,
            refused: None,
            omitted: Vec::new(),
            mapped: None,
        };
        self.put(heard, packet, &mut exchange);
        self.octets = self.octets.saturating_add(exchange.size());
        let number = self.first.saturating_add(u64::try_from(self.open.len()).unwrap_or(u64::MAX));
        self.open.push_back(exchange);
        let waiting = self.by_key.entry(key(packet)).or_default();
        if waiting.len() >= MOST_ALIKE {
            waiting.pop_front();
        }
        waiting.push_back(number);
    }

    /// Puts a request before our server.
    fn put(&mut self, heard: &Heard<'_>, packet: &Packet<'_>, exchange: &mut Exchange) {
        let mut payload = heard.payload.to_vec();
        let unspecified = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68);
        let mut from = heard.from.unwrap_or(unspecified);
        if let Ok(client) = ClientKey::of(packet) {
            // One pair at a time: an address may stand on both sides.
            let named = [packet.ciaddr(), *from.ip()].into_iter().chain(requested(packet));
            if let Some((captured, ours)) =
                named.filter_map(|named| Some((named, self.addresses.ours(&client, named)?))).next()
            {
                rewrite::request(&mut payload, captured, ours);
                if *from.ip() == captured {
                    from.set_ip(ours);
                }
            }
        }
        if let (Some(watched), Some(identifier)) = (self.watched, self.identifier) {
            rewrite::server(&mut payload, watched, identifier);
        }
        let local = self.local(heard);
        let to = match heard.to.map(|to| *to.ip()) {
            Some(to) if Some(to) == self.watched => local,
            Some(to) => to,
            None => Ipv4Addr::UNSPECIFIED,
        };
        let arrived = Arrived { interface: self.interface(heard), local };
        self.server.handle(self.now, Input::Datagram { from, to, arrived, payload: &payload });
        self.outputs(exchange);
    }

    /// The address at which our server is asked.
    fn local(&self, heard: &Heard<'_>) -> Ipv4Addr {
        let to = heard.to.map(|to| *to.ip()).filter(|to| !to.is_broadcast());
        self.identifier.or(to).unwrap_or(Ipv4Addr::UNSPECIFIED)
    }

    /// The number of an interface whose name the configuration has.
    fn interface(&mut self, heard: &Heard<'_>) -> Option<u32> {
        let name = heard.interface?;
        let known = |networks: &[crate::server::config::Network]| {
            networks.iter().any(|network| network.interface.as_deref() == Some(name))
        };
        if !known(&self.server.config().networks) {
            return None;
        }
        if !self.interfaces.iter().any(|known| known == name) && self.interfaces.len() < MOST_INTERFACES {
            self.interfaces.push(name.to_owned());
            let names: BTreeMap<u32, String> = (1..).zip(self.interfaces.iter().cloned()).collect();
            self.server.set_interfaces(names);
        }
        (1..).zip(&self.interfaces).find(|(_, known)| *known == name).map(|(number, _)| number)
    }

    /// Does what our server wants, and keeps its answer.
    fn outputs(&mut self, exchange: &mut Exchange) {
        while let Some(output) = self.server.poll() {
            match output {
                Output::Commit(ticket, _) => self.server.handle(self.now, Input::Committed(ticket, Ok(()))),
                Output::Transmit(transmit) => {
                    let to = destination(&transmit.to);
                    let reply = Reply { number: 0, at: self.now, to, payload: transmit.payload };
                    exchange.ours.get_or_insert(reply);
                }
                Output::Event(Event::Dropped(Dropped { reason, .. })) => exchange.dropped = Some(reason),
                Output::Event(Event::Refused { why, .. }) => exchange.refused = Some(why),
                Output::Event(Event::Omitted(codes)) => exchange.omitted = codes,
                Output::Event(_) | Output::Probe(_) => {}
            }
        }
    }

    fn reply(&mut self, heard: &Heard<'_>, packet: &Packet<'_>) {
        let server = heard.server(packet);
        let watched = self.watched.is_none() || server == self.watched || server.is_none();
        let to_relay = heard.to.is_some_and(|to| *to.ip() == packet.giaddr());
        let Some(place) = self.asked(packet, watched, to_relay) else {
            let count = if watched { &mut self.counts.unasked } else { &mut self.counts.foreign };
            *count = count.saturating_add(1);
            return;
        };
        let now = self.now;
        let Some(exchange) = self.open.get_mut(place) else { return };
        if !watched || exchange.captured.is_some() {
            exchange.others = exchange.others.saturating_add(1);
            self.counts.foreign = self.counts.foreign.saturating_add(u64::from(!watched));
            return;
        }
        let to = heard.to.map(|to| *to.ip());
        exchange.captured =
            Some(Reply { number: heard.number, at: now, to, payload: heard.payload.to_vec() });
        self.octets = self.octets.saturating_add(heard.payload.len());
        self.translate(place, packet);
    }

    /// The open exchange that a reply belongs to: the last without an answer, by the same relay agent if there is one.
    /// A server answers at once or not at all, so that what is asked again was not answered before. What goes to a relay
    /// agent answers what came from one.
    fn asked(&self, packet: &Packet<'_>, watched: bool, to_relay: bool) -> Option<usize> {
        let query = packet.message_type().is_some_and(is_lease_reply);
        let nobody = || query.then(|| self.by_key.get(&(packet.xid(), Octets::from([])))).flatten();
        let waiting = self.by_key.get(&key(packet)).or_else(nobody)?;
        let place = |number: &u64| usize::try_from(number.checked_sub(self.first)?).ok();
        let fits: Vec<(usize, bool, bool)> = waiting
            .iter()
            .filter_map(|number| {
                let place = place(number)?;
                let exchange = self.open.get(place)?;
                let request = Packet::parse(&exchange.request).ok()?;
                let near = request.giaddr() == packet.giaddr();
                let fits = answers(request.message_type(), packet) && (near || !to_relay);
                fits.then_some((place, exchange.captured.is_none(), near))
            })
            .collect();
        let open = |near: bool| fits.iter().rev().find(|(_, open, same)| *open && (*same || !near));
        let last = fits.iter().rev().find(|(_, _, near)| *near).or(fits.last());
        let found = if watched { open(true).or_else(|| open(false)).or(last) } else { last };
        found.map(|(place, ..)| *place)
    }

    /// Learns which address stands for which, and puts our answer into the captured server's terms.
    fn translate(&mut self, place: usize, captured: &Packet<'_>) {
        let Some(Exchange { ours: Some(ours), request, mapped, .. }) = self.open.get_mut(place) else {
            return;
        };
        let Ok(packet) = Packet::parse(&ours.payload) else { return };
        let alike = packet.message_type() == captured.message_type();
        let (theirs, given) = (captured.yiaddr(), packet.yiaddr());
        let Some(client) = Packet::parse(request).ok().and_then(|request| ClientKey::of(&request).ok())
        else {
            return;
        };
        if alike && !theirs.is_unspecified() && !given.is_unspecified() {
            *mapped = Some(given).filter(|given| *given != theirs);
            let new = self.addresses.learn(&client, theirs, given);
            self.counts.mapped = self.counts.mapped.saturating_add(u64::from(new));
        }
        let pairs: Vec<(Ipv4Addr, Ipv4Addr)> = self.addresses.pairs(&client).collect();
        let octets = |field: crate::packet::Field| ours.payload.get(field.range()).map(<[u8]>::to_vec);
        let named = [octets(YIADDR), octets(crate::packet::CIADDR)];
        let pair =
            |(_, to): &&(Ipv4Addr, Ipv4Addr)| named.iter().flatten().any(|octets| *octets == to.octets());
        if let Some((theirs, given)) = pairs.iter().find(pair) {
            rewrite::reply(&mut ours.payload, *given, *theirs);
            ours.to = ours.to.map(|to| if to == *given { *theirs } else { to });
        }
        if let (Some(watched), Some(identifier)) = (self.watched, self.identifier) {
            rewrite::server(&mut ours.payload, identifier, watched);
        }
    }
}

fn key(packet: &Packet<'_>) -> Key {
    (packet.xid(), packet.chaddr().0.into())
}

/// The address in option 50.
fn requested(packet: &Packet<'_>) -> Option<Ipv4Addr> {
    packet.get(&crate::options::REQUESTED_IP_ADDRESS).ok().flatten()
}

/// The address that a datagram is sent to.
#[must_use]
pub fn destination(to: &Destination) -> Option<Ipv4Addr> {
    Some(match to {
        Destination::Relay { giaddr, .. } => *giaddr,
        Destination::Client(address) | Destination::Server(address) => *address,
        Destination::Broadcast | Destination::AllServers => Ipv4Addr::BROADCAST,
        Destination::Hardware { yiaddr, .. } => *yiaddr,
        Destination::At(address) => *address.ip(),
    })
}
