//! A client's part once more: what the captured servers sent to one client comes to a client of ours, and what each of the
//! two clients sends is compared.
//!
//! Our client is what the captured one says it is: hardware address, identifier, name, options. Its xids are its own, so
//! that those of the replies are rewritten. It acts by its own clock; what a user does (release, decline, inform, another
//! start) it is told when the captured client does it. What is repeated for want of an answer is counted, not compared.

mod person;

use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;
use std::collections::VecDeque;

use super::difference::{Differs, Facet, meaning};
use super::heard::{Heard, Speaker};
use crate::client::Client;
use crate::endpoint::{Arrived, DropReason, Dropped, Endpoint, Event, Input, Output, State};
use crate::lease::Octets;
use crate::options::{
    MAXIMUM_DHCP_MESSAGE_SIZE, RELAY_AGENT_INFORMATION, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER,
};
use crate::packet::{DEFAULT_LIMIT, GIADDR, HOPS, MessageType, Packet, SECS, XID};
use crate::time::Instant;

/// How long our client may take longer than the captured one, beside a half of the time since the last reply.
const PATIENCE: Duration = Duration::from_secs(15);
/// The most deadlines of our client between two messages.
const MOST_DEADLINES: u32 = 10_000;
/// The most messages of ours that wait to be compared.
const MOST_WAITING: usize = 256;
/// The most servers that a client chooses.
const MOST_CHOSEN: usize = 64;
/// The time between messages of which no time is told.
const STEP: Duration = Duration::from_millis(1);

/// A client of ours that plays the part of a captured one.
#[derive(Debug)]
pub struct Part {
    wanted: Option<Octets>,
    /// The servers whose offers the captured client takes.
    chosen: Vec<Ipv4Addr>,
    seed: u64,
    client: Option<Client>,
    now: Instant,
    /// What ours sent and is not compared yet.
    sent: VecDeque<(Instant, Vec<u8>)>,
    /// What each has sent since the last reply.
    last: Option<Kind>,
    last_ours: Option<Kind>,
    xid: Option<[u8; 4]>,
    /// The last reply since the captured client sent something: on some interfaces each is captured twice.
    last_reply: Vec<u8>,
    replied: Instant,
    /// What was heard.
    pub counts: PartCounts,
}

/// What a repeated message has in common with the one before.
type Kind = (Option<MessageType>, Ipv4Addr);

/// What was heard besides the steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartCounts {
    /// Messages of the captured client and to it that were repeated.
    pub repeated: u64,
    /// Messages that ours repeated.
    pub repeated_here: u64,
    /// Replies that came to ours.
    pub replies: u64,
    /// Offers of servers that the captured client never takes one of, which do not come to ours.
    pub left: u64,
    /// Messages of other clients, and to them.
    pub others: u64,
}

/// A step of the two clients.
#[derive(Clone, Debug, PartialEq)]
pub enum Acted {
    /// Each sends something.
    Both(Sent, Sent, Vec<Differs>),
    /// Only the captured client sends something.
    OnlyCaptured(Sent, State),
    /// Only ours does.
    OnlyHere(Sent),
    /// Ours has no use for a reply.
    Ignored(Sent, DropReason),
}

/// A message of a client, or to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The number of its frame; 0 for ours.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// Its octets.
    pub payload: Vec<u8>,
}

impl Acted {
    /// Whether both clients do the same.
    #[must_use]
    pub fn is_alike(&self) -> bool {
        matches!(self, Acted::Both(_, _, found) if found.is_empty())
    }
}

impl Part {
    /// The part of the client with this hardware address, or of the first that is heard.
    #[must_use]
    pub fn new(chaddr: Option<&[u8]>, seed: u64) -> Part {
        Part {
            wanted: chaddr.map(Octets::from),
            chosen: Vec::new(),
            seed,
            client: None,
            now: Instant::EPOCH,
            sent: VecDeque::new(),
            last: None,
            last_ours: None,
            xid: None,
            last_reply: Vec::new(),
            replied: Instant::EPOCH,
            counts: PartCounts::default(),
        }
    }

    /// Whose part it is, once that is known.
    #[must_use]
    pub fn chaddr(&self) -> Option<&[u8]> {
        self.wanted.as_deref()
    }

    /// Whether the client was heard.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.client.is_some()
    }

    /// Looks which of several servers the client chooses, before anything is heard: that is its own affair, and our client is
    /// to choose alike.
    pub fn look(&mut self, heard: &Heard<'_>) {
        let Ok(packet) = Packet::parse(heard.payload) else { return };
        let speaker = heard.speaker(&packet);
        self.want(&packet, speaker);
        let own = speaker == Speaker::Client && self.wanted.as_deref() == Some(packet.chaddr().0);
        if own
            && packet.message_type() == Some(MessageType::REQUEST)
            && let Ok(Some(server)) = packet.get(&SERVER_IDENTIFIER)
            && !self.chosen.contains(&server)
            && self.chosen.len() < MOST_CHOSEN
        {
            self.chosen.push(server);
        }
    }

    /// Takes the first client for the one whose part it is, if nobody said whose.
    fn want(&mut self, packet: &Packet<'_>, speaker: Speaker) {
        let known = packet.message_type().is_some() && !packet.chaddr().0.is_empty();
        if self.wanted.is_none() && speaker == Speaker::Client && known {
            self.wanted = Some(packet.chaddr().0.into());
        }
    }

    /// Hears a message; `done` is told of steps, in their order.
    pub fn hear(&mut self, heard: &Heard<'_>, done: &mut dyn FnMut(Acted)) {
        let time = heard.time.unwrap_or(self.now + STEP);
        let Ok(packet) = Packet::parse(heard.payload) else { return };
        let speaker = heard.speaker(&packet);
        self.want(&packet, speaker);
        let offer = packet.message_type() == Some(MessageType::OFFER);
        let chosen = |server| self.chosen.is_empty() || self.chosen.contains(&server);
        match speaker {
            Speaker::Server if offer && !heard.server(&packet).is_none_or(chosen) => {
                self.counts.left = self.counts.left.saturating_add(1);
            }
            _ if self.wanted.as_deref() != Some(packet.chaddr().0) || packet.message_type().is_none() => {
                self.counts.others = self.counts.others.saturating_add(1);
            }
            Speaker::Client => self.captured(heard, &packet, time, done),
            Speaker::Server => self.reply(heard, time, done),
            Speaker::Other => self.counts.others = self.counts.others.saturating_add(1),
        }
    }

    /// The end: what ours has sent and nobody else has.
    pub fn finish(&mut self, done: &mut dyn FnMut(Acted)) {
        while let Some((at, payload)) = self.sent.pop_front() {
            done(Acted::OnlyHere(Sent { number: 0, at, payload }));
        }
    }

    /// The captured client sends something: what does ours?
    fn captured(
        &mut self,
        heard: &Heard<'_>,
        packet: &Packet<'_>,
        time: Instant,
        done: &mut dyn FnMut(Acted),
    ) {
        let kind = (packet.message_type(), packet.ciaddr());
        self.advance(time, heard, done);
        if self.client.is_none() {
            self.now = self.now.max(time);
            self.replied = self.now;
            self.client = Some(person::client(packet, self.seed, self.now));
            self.drain(heard, done);
        } else if self.last == Some(kind) {
            self.counts.repeated = self.counts.repeated.saturating_add(1);
            return;
        }
        self.last = Some(kind);
        self.last_reply.clear();
        if !self.has_sent(packet.message_type()) {
            self.tell(packet, heard, done);
        }
        if !self.has_sent(packet.message_type()) {
            let waited = self.now.since(self.replied);
            let until = self.now + PATIENCE + waited / 2;
            self.wait(until, packet.message_type(), heard, done);
        }
        let captured = Sent { number: heard.number, at: time, payload: heard.payload.to_vec() };
        self.compare(captured, packet, done);
    }

    fn compare(&mut self, captured: Sent, packet: &Packet<'_>, done: &mut dyn FnMut(Acted)) {
        if self.has_sent(packet.message_type()) {
            while let Some((at, payload)) = self.sent.pop_front() {
                if kind_of(&payload) == packet.message_type() {
                    let found = differences(packet, &payload);
                    return done(Acted::Both(captured, Sent { number: 0, at, payload }, found));
                }
                done(Acted::OnlyHere(Sent { number: 0, at, payload }));
            }
        }
        let state = self.client.as_ref().map_or(State::Stopped, Client::state);
        match self.sent.pop_front() {
            Some((at, payload)) => {
                let found = differences(packet, &payload);
                done(Acted::Both(captured, Sent { number: 0, at, payload }, found));
            }
            None => done(Acted::OnlyCaptured(captured, state)),
        }
    }

    fn has_sent(&self, kind: Option<MessageType>) -> bool {
        self.sent.iter().any(|(_, payload)| kind_of(payload) == kind)
    }

    /// Does what a user or the system had the captured client do.
    fn tell(&mut self, packet: &Packet<'_>, heard: &Heard<'_>, done: &mut dyn FnMut(Acted)) {
        let (now, seed) = (self.now, self.seed);
        let Some(client) = &mut self.client else { return };
        let requested = packet.get(&REQUESTED_IP_ADDRESS).ok().flatten();
        let chosen = packet.has(SERVER_IDENTIFIER.code);
        let leased = client.lease().is_some();
        match packet.message_type() {
            Some(MessageType::RELEASE) if leased => client.release(now),
            Some(MessageType::DECLINE) if leased => client.decline(now),
            Some(MessageType::INFORM) => {
                client.halt();
                client.inform(now, packet.ciaddr());
            }
            Some(MessageType::REQUEST) if !packet.ciaddr().is_unspecified() => client.renew(now),
            Some(MessageType::REQUEST) if !chosen => {
                if let Some(address) = requested {
                    client.halt();
                    client.start(now);
                    if client.state() != State::InitReboot && client.state() != State::Rebooting {
                        client.halt();
                        client.reboot(now, address, None);
                    }
                }
            }
            // One that was further on was started anew.
            Some(MessageType::DISCOVER) if !matches!(client.state(), State::Init | State::Selecting) => {
                *client = person::client(packet, seed, now);
            }
            _ => {}
        }
        self.drain(heard, done);
    }

    /// Lets our client's time go by until it sends a message of this type.
    fn wait(
        &mut self,
        until: Instant,
        kind: Option<MessageType>,
        heard: &Heard<'_>,
        done: &mut dyn FnMut(Acted),
    ) {
        for _ in 0..MOST_DEADLINES {
            let deadline = self.client.as_ref().and_then(Client::next_deadline);
            let Some(deadline) = deadline.filter(|deadline| *deadline <= until) else { return };
            self.handle(deadline, Input::Deadline, heard, done);
            if self.has_sent(kind) {
                return;
            }
        }
    }

    /// Lets time go by.
    fn advance(&mut self, time: Instant, heard: &Heard<'_>, done: &mut dyn FnMut(Acted)) {
        for _ in 0..MOST_DEADLINES {
            let deadline = self.client.as_ref().and_then(Client::next_deadline);
            match deadline.filter(|deadline| *deadline <= time) {
                Some(deadline) => self.handle(deadline, Input::Deadline, heard, done),
                None => break,
            }
        }
        self.now = self.now.max(time);
    }

    fn handle(&mut self, at: Instant, input: Input<'_>, heard: &Heard<'_>, done: &mut dyn FnMut(Acted)) {
        self.now = self.now.max(at);
        if let Some(client) = &mut self.client {
            client.handle(self.now, input);
        }
        self.drain(heard, done);
    }

    /// A server says something to the client.
    fn reply(&mut self, heard: &Heard<'_>, time: Instant, done: &mut dyn FnMut(Acted)) {
        self.advance(time, heard, done);
        if self.last_reply == heard.payload {
            self.counts.repeated = self.counts.repeated.saturating_add(1);
            return;
        }
        self.last_reply = heard.payload.to_vec();
        let (Some(xid), true) = (self.xid, self.client.is_some()) else { return };
        let mut payload = heard.payload.to_vec();
        if let Some(field) = payload.get_mut(XID.range()) {
            field.copy_from_slice(&xid);
        }
        self.counts.replies = self.counts.replies.saturating_add(1);
        (self.last, self.last_ours) = (None, None);
        self.replied = self.now;
        let at = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
        let from = heard.from.unwrap_or(at);
        let to = heard.to.map_or(Ipv4Addr::UNSPECIFIED, |to| *to.ip());
        let input = Input::Datagram { from, to, arrived: Arrived::default(), payload: &payload };
        self.handle(self.now, input, heard, done);
    }

    /// Takes what our client wants.
    fn drain(&mut self, heard: &Heard<'_>, done: &mut dyn FnMut(Acted)) {
        let Some(client) = &mut self.client else { return };
        while let Some(output) = client.poll() {
            match output {
                Output::Transmit(transmit) => {
                    let Ok(packet) = Packet::parse(&transmit.payload) else { continue };
                    let kind = (packet.message_type(), packet.ciaddr());
                    self.xid = Some(packet.xid().to_be_bytes());
                    if self.last_ours == Some(kind) {
                        self.counts.repeated_here = self.counts.repeated_here.saturating_add(1);
                        continue;
                    }
                    self.last_ours = Some(kind);
                    if self.sent.len() >= MOST_WAITING {
                        self.sent.pop_front();
                    }
                    self.sent.push_back((self.now, transmit.payload));
                }
                Output::Event(Event::Dropped(Dropped { reason, .. })) => {
                    let sent = Sent { number: heard.number, at: self.now, payload: heard.payload.to_vec() };
                    done(Acted::Ignored(sent, reason));
                }
                Output::Event(_) | Output::Commit(..) | Output::Probe(_) => {}
            }
        }
    }
}

fn kind_of(payload: &[u8]) -> Option<MessageType> {
    Packet::parse(payload).ok()?.message_type()
}

/// Where two clients' messages differ: xid is each client's own, secs is by its clock, and what a relay agent has put into
/// the captured one is not the client's.
fn differences(captured: &Packet<'_>, ours: &[u8]) -> Vec<Differs> {
    let Ok(now) = Packet::parse(ours) else { return Vec::new() };
    let relayed = !captured.giaddr().is_unspecified();
    let mut found = meaning(captured, &now);
    found.retain(|differs| match differs.facet {
        Facet::Order => false,
        Facet::Field(name) if name == XID.name || name == SECS.name => false,
        Facet::Field(name) if name == GIADDR.name || name == HOPS.name => !relayed,
        // Who does not say how long a message may be takes that many octets.
        Facet::Option(code) if code == MAXIMUM_DHCP_MESSAGE_SIZE.code && differs.before.is_none() => {
            now.get(&MAXIMUM_DHCP_MESSAGE_SIZE) != Ok(Some(DEFAULT_LIMIT))
        }
        Facet::Option(code) if code == RELAY_AGENT_INFORMATION.code => !relayed,
        _ => true,
    });
    if captured.message_type() != now.message_type() {
        found.retain(|differs| differs.facet == Facet::Type);
    }
    found
}
