//! A server on its network: what comes in, what it wants done, and its store.

use core::net::{Ipv4Addr, SocketAddrV4};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::clock::Clock;
use super::dice::Dice;
use super::disk::Write;
use super::node::{Host, Node, Port, Role, SegmentId, place};
use super::peek;
use super::ports::{CLIENT_PORT, SERVER_PORT};
use super::send::Letter;
use super::world::{Due, World};
use crate::endpoint::{Destination, Endpoint, Event, Input, Output, Transmit};
use crate::lease::{Binding, BindingState, Commit, LeaseLaw};
use crate::link::Mac;
use crate::options::{REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER};
use crate::packet::{MessageType, Packet};
use crate::server::Server;
use crate::store::LeaseStore;
use crate::time::Instant;

impl World {
    /// Starts a server on what its store has; one that runs is ended first.
    pub(super) fn boot(&mut self, number: u32) {
        self.revive(number);
        self.law.restarted();
        self.tell_of(number, |observer, now, who| observer.started(now, who));
    }

    /// Starts a server, of which nobody is told.
    pub(super) fn revive(&mut self, number: u32) {
        let Some(node) = self.nodes.get_mut(place(number)) else { return };
        let addresses = node.ports.iter().map(|port| port.address).collect();
        let names = (1..).zip(&node.ports);
        let name = |port: &Port| self.segments.get(place(port.segment.0)).map(|segment| segment.name.clone());
        let interfaces: BTreeMap<u32, String> =
            names.filter_map(|(index, port)| Some((index, name(port)?))).collect();
        node.clock.restart();
        let Some(serving) = node.serving() else { return };
        serving.disk.crash();
        // A store in memory can always be read.
        let bindings = serving.disk.load().unwrap_or_default();
        let mut server = Box::new(Server::new(serving.config.clone(), bindings));
        server.set_addresses(addresses);
        server.set_interfaces(interfaces);
        serving.server = Some(server);
        self.count_bound(number);
        self.arm_node(number);
    }

    /// Ends a server at once: what is not durable is gone.
    pub(super) fn crash(&mut self, number: u32) {
        if let Some(serving) = self.nodes.get_mut(place(number)).and_then(Node::serving) {
            serving.server = None;
            serving.disk.crash();
            self.law.restarted();
        }
    }

    /// Something happens to a node.
    pub(super) fn tell_node(&mut self, number: u32, input: Input<'_>) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(place(number)) else { return };
        let shown = node.clock.show(now);
        if let Role::Relay(relay) = &mut node.role {
            relay.handle(shown, input);
            self.settle_relay(number);
            return;
        }
        let Some(mut server) = node.serving().and_then(|serving| serving.server.take()) else { return };
        let mut deaf = false;
        // A farewell counts when it is heard, too: a DHCPACK may have gone out since it was sent. And who asks for one
        // address has no other.
        if let Input::Datagram { payload, .. } = &input
            && match peek::kind(payload) {
                MessageType::RELEASE | MessageType::DECLINE => true,
                MessageType::REQUEST => peek::ciaddr(payload) == Some([0; 4]),
                _ => false,
            }
        {
            self.law.sent(now, payload);
            self.hear_decline(number, &server, payload);
            deaf = self.is_deaf(number, payload);
        }
        if !deaf {
            server.handle(shown, input);
        }
        self.settle(number, server);
    }

    /// Lets the law hear a DHCPDECLINE that has come to the server that it is for. While something is being stored of its
    /// address, the server may know better whose that is.
    fn hear_decline(&mut self, number: u32, server: &Server, payload: &[u8]) {
        if peek::kind(payload) != MessageType::DECLINE {
            return;
        }
        let Ok(packet) = Packet::parse(payload) else { return };
        let (Ok(Some(address)), Ok(Some(meant))) =
            (packet.get(&REQUESTED_IP_ADDRESS), packet.get(&SERVER_IDENTIFIER))
        else {
            return;
        };
        let Some(node) = self.nodes.get(place(number)) else { return };
        let Role::Server(serving) = &node.role else { return };
        let is_meant = node.ports.iter().any(|port| port.address == meant);
        let gives = server.table().space().locate(address).is_some();
        if is_meant && gives && !serving.rogue && !serving.disk.under_way().any(|other| other == address) {
            self.law.declined(self.now, payload);
        }
    }

    pub(super) fn wake_node(&mut self, number: u32) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(place(number)).filter(|node| node.wake == now) else { return };
        node.wake = Instant::NEVER;
        let clock = node.clock;
        let deadline = node.serving().and_then(|serving| serving.server.as_ref()?.next_deadline());
        match deadline.is_some_and(|deadline| clock.when(deadline) <= now) {
            true => self.tell_node(number, Input::Deadline),
            false => self.arm_node(number),
        }
    }

    /// The store of a server has something to answer.
    pub(super) fn answered(&mut self, number: u32) {
        let now = self.now;
        while let Some(node) = self.nodes.get_mut(place(number)) {
            let shown = node.clock.show(now);
            let Some(serving) = node.serving() else { return };
            let Some(write) = serving.disk.done(now) else { return };
            let Some(mut server) = serving.server.take() else { return };
            if !self.write(number, &mut server, shown, write) {
                return;
            }
            self.settle(number, server);
            self.reloaded(number);
        }
    }

    /// Once everything is stored that was asked for before a reload, only what is given since then may be granted.
    fn reloaded(&mut self, number: u32) {
        let Some(serving) = self.nodes.get_mut(place(number)).and_then(Node::serving) else { return };
        if serving.reloading && serving.disk.is_idle() {
            serving.reloading = false;
            self.give();
        }
    }

    /// Does what a server wants until it wants nothing more.
    fn settle(&mut self, number: u32, mut server: Box<Server>) {
        let mut changed = false;
        loop {
            while let Some(output) = server.poll() {
                match output {
                    Output::Transmit(transmit) => self.reply(number, &transmit),
                    Output::Commit(ticket, commit) => self.commits.push((ticket, commit)),
                    Output::Probe(address) => self.probe(number, address),
                    Output::Event(event) => {
                        changed |= self.served(number, "server", &event);
                        self.may_forget(number, &event);
                    }
                }
            }
            if self.commits.is_empty() {
                break;
            }
            changed = true;
            if !self.store(number, &mut server) {
                return;
            }
        }
        if let Some(serving) = self.nodes.get_mut(place(number)).and_then(Node::serving) {
            serving.server = Some(server);
        }
        self.forget(number);
        if changed {
            self.count_bound(number);
        }
        self.arm_node(number);
    }

    /// Does what a relay agent wants until it wants nothing more.
    fn settle_relay(&mut self, number: u32) {
        while let Some(node) = self.nodes.get_mut(place(number)) {
            let Role::Relay(relay) = &mut node.role else { return };
            match relay.poll() {
                Some(Output::Transmit(transmit)) => self.reply(number, &transmit),
                Some(Output::Event(event)) => {
                    self.served(number, "relay", &event);
                }
                Some(Output::Commit(..) | Output::Probe(_)) => {}
                None => return,
            }
        }
    }

    /// Hands commits to the store; whether the server still runs.
    fn store(&mut self, number: u32, server: &mut Server) -> bool {
        let (now, seed) = (self.now, self.seed);
        let mut commits = core::mem::take(&mut self.commits);
        let Some(node) = self.nodes.get_mut(place(number)) else { return false };
        let shown = node.clock.show(now);
        let (stream, draws) = (node.stream, &mut node.draws);
        let Role::Server(serving) = &mut node.role else { return false };
        let temper = serving.disk.temper;
        let (done, begins) = serving.disk.accept(now);
        let mut refuses = || {
            *draws = draws.wrapping_add(1);
            Dice::of(seed, stream, *draws).happens(temper.refuse)
        };
        let mut alive = true;
        let mut at_once = Vec::new();
        for (ticket, commit) in commits.drain(..) {
            let refused = temper.refuse > 0.0 && refuses();
            let write = Write { done, ticket, commit, refused };
            match done > now {
                true if serving.disk.is_hasty() => {
                    serving.disk.wait(write);
                    server.handle(shown, Input::Committed(ticket, Ok(())));
                }
                true => serving.disk.wait(write),
                false => at_once.push(write),
            }
        }
        self.commits = commits;
        if begins {
            self.queue.push(done, Due::Store(number));
        }
        for write in at_once {
            alive = alive && self.write(number, server, shown, write);
        }
        alive
    }

    /// Makes a commit durable and answers; whether the server still runs.
    fn write(&mut self, number: u32, server: &mut Server, shown: Instant, write: Write) -> bool {
        let Some(node) = self.nodes.get_mut(place(number)) else { return false };
        let clock = node.clock;
        let Some(serving) = node.serving() else { return false };
        let result = serving.disk.accepts(&write.commit, write.refused);
        let (rogue, crashes) = (serving.rogue, serving.disk.crash_on_write);
        // An address may be at rest no longer, whether or not the store can note that.
        let rested =
            write.commit.binding.state == BindingState::Declined && write.commit.binding.expires <= shown;
        if (result.is_ok() || rested) && !rogue {
            show_stored(&mut self.law, &write.commit, clock, [shown, self.now]);
        }
        if result.is_err() && !rested && !rogue {
            self.law.refused(&write.commit);
        }
        if result.is_ok() {
            serving.disk.keep(write.commit);
        }
        if result.is_ok() && crashes {
            self.crash(number);
            self.tell_of(number, |observer, now, who| observer.crashed(now, who, true));
            self.note(|world| {
                format!("{} crashes between write and answer", world.name(Host::Node(number, 0)))
            });
            return false;
        }
        server.handle(shown, Input::Committed(write.ticket, result));
        true
    }

    /// Wakes a node at its deadline, unless it is woken before; then it looks again.
    pub(super) fn arm_node(&mut self, number: u32) {
        let Some(node) = self.nodes.get_mut(place(number)) else { return };
        let clock = node.clock;
        let deadline = node.serving().and_then(|serving| serving.server.as_ref()?.next_deadline());
        let Some(at) = deadline.map(|deadline| clock.when(deadline).max(self.now)) else { return };
        if at < node.wake && !at.is_never() {
            node.wake = at;
            self.queue.push(at, Due::Node(number));
        }
    }

    /// Sends what a server answers, where RFC 2131 §4.1 wants it.
    fn reply(&mut self, number: u32, transmit: &Transmit) {
        let Some(node) = self.nodes.get(place(number)) else { return };
        // What a relay agent passes on was granted by a server before.
        let lawful = matches!(&node.role, Role::Server(serving) if !serving.rogue);
        let at = SocketAddrV4::new;
        let (destination, mac) = match &transmit.to {
            Destination::Relay { giaddr, port } => (at(*giaddr, port.unwrap_or(SERVER_PORT)), None),
            Destination::Client(ciaddr) => (at(*ciaddr, CLIENT_PORT), None),
            Destination::Broadcast => (at(Ipv4Addr::BROADCAST, CLIENT_PORT), None),
            Destination::Hardware { yiaddr, chaddr, .. } => {
                let mac = chaddr.first_chunk::<6>().map_or(Mac::BROADCAST, |octets| Mac(*octets));
                (at(*yiaddr, CLIENT_PORT), Some(mac))
            }
            Destination::Server(address) => (at(*address, SERVER_PORT), None),
            Destination::AllServers => (at(Ipv4Addr::BROADCAST, SERVER_PORT), None),
            Destination::At(address) => (*address, None),
        };
        let interface = transmit.via.interface;
        let Some((index, port)) = self.way_out(number, interface, *destination.ip()) else { return };
        let letter = Letter {
            from: Host::Node(number, index),
            segment: port.segment,
            source: at(port.address, SERVER_PORT),
            destination,
            mac,
            payload: &transmit.payload,
        };
        self.send(&letter, lawful);
    }

    /// The port that a message leaves by: where it belongs, else the one that leads to its destination, else the last.
    fn way_out(&self, number: u32, interface: Option<u32>, to: Ipv4Addr) -> Option<(u16, Port)> {
        let node = self.nodes.get(place(number))?;
        let ports = (0_u16..).zip(node.ports.iter().copied());
        let mut all = ports.clone();
        if let [only] = node.ports.as_slice() {
            return Some((0, *only));
        }
        if let Some(interface) = interface {
            return all.find(|(index, _)| u32::from(*index).saturating_add(1) == interface);
        }
        let segment = self.locate(to).map(|(_, segment)| segment);
        let near = all.find(|(_, port)| Some(port.segment) == segment);
        near.or_else(|| ports.last())
    }

    /// Asks who has an address, on the segment where it would be.
    fn probe(&mut self, number: u32, address: Ipv4Addr) {
        let Some(node) = self.nodes.get(place(number)) else { return };
        let near =
            |port: &Port| port.address.octets().first_chunk::<3>() == address.octets().first_chunk::<3>();
        let mut ports = (0..).zip(node.ports.iter().copied());
        let first = ports.clone().next();
        let Some((index, port)) = ports.find(|(_, port)| near(port)).or(first) else { return };
        let segment: SegmentId = port.segment;
        self.ask_who_has(Host::Node(number, index), segment, address);
    }

    /// Counts what a server tells; whether it may have changed how many addresses are bound.
    fn served(&mut self, number: u32, who: &'static str, event: &Event) -> bool {
        match event {
            Event::Dropped(dropped) => {
                *self.measures.ignored.entry((who, dropped.reason.name())).or_default() += 1;
            }
            Event::Refused { why, .. } => *self.measures.naks.entry(why.name()).or_default() += 1,
            Event::NotStored(..) => self.measures.not_stored += 1,
            Event::InUse { .. } | Event::Declined { .. } => self.measures.in_use += 1,
            _ => {}
        }
        if self.observer.is_some() {
            let who = self.name(Host::Node(number, 0));
            if let Some(observer) = &mut self.observer {
                observer.event(self.now, &who, event);
            }
        }
        matches!(event, Event::Bound(_) | Event::Released(_) | Event::Expired(_) | Event::Declined { .. })
    }

    fn count_bound(&mut self, number: u32) {
        let Some(serving) = self.nodes.get_mut(place(number)).and_then(Node::serving) else { return };
        let Some(bound) = serving.server.as_ref().map(|server| server.table().bound()) else { return };
        if serving.rogue || bound == serving.bound {
            return;
        }
        let others = self.measures.bound.now().saturating_sub(serving.bound);
        serving.bound = bound;
        self.measures.bound.set(self.now, others.saturating_add(bound));
    }
}

/// Shows the law what is stored, in true time: when the clock showed `shown` it was `now`.
fn show_stored(law: &mut LeaseLaw, commit: &Commit, clock: Clock, [shown, now]: [Instant; 2]) {
    if clock.is_right() {
        law.stored(commit);
        return;
    }
    let binding = &*commit.binding;
    // A clock that was set back stands still: what it shows it will show again, but that was now.
    let since = clock.when(binding.since).min(now);
    let expires = match binding.expires {
        over if over <= shown => now,
        expires => clock.when(expires),
    };
    law.stored(&Commit { binding: Arc::new(Binding { since, expires, ..binding.clone() }) });
}
