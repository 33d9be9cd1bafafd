//! A client alone with the test, which plays all servers: what it does at which second.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4};

use dhcpsim::client::{Client, Config, Habits, Transition};
use dhcpsim::endpoint::{Arrived, Destination, Endpoint, Event, InUse, Input, Instant, Moved, Output, Pause};
use dhcpsim::options::{DHCP_MESSAGE_TYPE, IP_ADDRESS_LEASE_TIME, SERVER_IDENTIFIER};
use dhcpsim::packet::{Message, MessageType, Op, Packet};

pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const OTHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);
pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
pub(crate) const CHADDR: [u8; 6] = [2, 0, 0, 0, 0, 1];

thread_local! {
    /// Every move of every client in this thread.
    pub(crate) static MOVES: RefCell<BTreeSet<Moved>> = const { RefCell::new(BTreeSet::new()) };
}

fn record(moved: Moved) {
    assert!(Transition::of(moved).is_some(), "{moved:?} stands in no row of TRANSITIONS");
    MOVES.with_borrow_mut(|moves| moves.insert(moved));
}

/// A client, and the time.
pub(crate) struct Alone {
    pub(crate) client: Client,
    pub(crate) now: Instant,
    /// The message that was sent last.
    pub(crate) last: Vec<u8>,
    /// Why it waited without a message, each time.
    pub(crate) pauses: Vec<Pause>,
    /// The address that it asked for last, if it has got no answer.
    probing: Option<Ipv4Addr>,
}

pub(crate) fn config() -> Config {
    Config::ethernet(CHADDR, 7)
}

impl Alone {
    /// One that begins at 0.
    pub(crate) fn new(config: Config) -> Alone {
        let mut alone = Alone::idle(config);
        alone.client.start(Instant::EPOCH);
        alone.drain();
        alone
    }

    /// One that has not begun.
    pub(crate) fn idle(config: Config) -> Alone {
        let client = Client::idle(config.behaving(|habits| habits.explain = true));
        Alone { client, now: Instant::EPOCH, last: Vec::new(), pauses: Vec::new(), probing: None }
    }

    /// One with a lease of so many seconds since second 0.
    pub(crate) fn bound(config: Config, lease: u32) -> Alone {
        let mut alone = Alone::new(config);
        alone.until(0);
        alone.hears(&alone.offer());
        alone.hears(&alone.ack(lease));
        alone
    }

    pub(crate) fn with(change: impl FnOnce(&mut Habits)) -> Alone {
        Alone::new(config().behaving(change))
    }

    pub(crate) fn drain(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(output) = self.client.poll() {
            let now = self.now;
            match output {
                Output::Transmit(transmit) => {
                    let packet = Packet::parse(&transmit.payload).unwrap();
                    let to = match transmit.to {
                        Destination::AllServers => "all".to_owned(),
                        Destination::Server(SERVER) => "server".to_owned(),
                        Destination::Server(other) => other.to_string(),
                        other => panic!("{other:?}"),
                    };
                    told.push(format!("{now} {} to {to}", packet.message_type().unwrap()));
                    self.last = transmit.payload;
                }
                Output::Event(event) => told.extend(self.event(&event)),
                Output::Probe(address) => {
                    self.probing = Some(address);
                    told.push(format!("{now} who has {address}?"));
                }
                Output::Commit(..) => panic!("a client stores nothing"),
            }
        }
        told
    }

    fn event(&mut self, event: &Event) -> Option<String> {
        let now = self.now;
        match event {
            Event::Entered(state) => Some(format!("{now} {state}")),
            Event::Moved(moved) => {
                record(*moved);
                None
            }
            Event::Dropped(dropped) => Some(format!("ignored: {}", dropped.reason.name())),
            Event::Paused { why, .. } => {
                self.pauses.push(*why);
                None
            }
            Event::Nak { .. } => Some(format!("{now} refused")),
            Event::LeaseEnded(_) => Some(format!("{now} lease ended")),
            Event::Taken(address) => Some(format!("{now} {address} is taken")),
            _ => None,
        }
    }

    /// What happens until a second, each deadline at its own time.
    pub(crate) fn until(&mut self, second: u64) -> Vec<String> {
        let mut told = self.drain();
        let end = Instant::from_secs(second);
        while let Some(at) = self.client.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.client.handle(self.now, Input::Deadline);
            told.extend(self.drain());
        }
        self.now = self.now.max(end);
        told
    }

    /// What happens when the machine sleeps until a second.
    pub(crate) fn sleeps_until(&mut self, second: u64) -> Vec<String> {
        self.now = Instant::from_secs(second);
        self.client.handle(self.now, Input::Deadline);
        self.drain()
    }

    pub(crate) fn hears(&mut self, payload: &[u8]) -> Vec<String> {
        self.hears_at(payload, ADDRESS)
    }

    pub(crate) fn hears_at(&mut self, payload: &[u8], to: Ipv4Addr) -> Vec<String> {
        let from = SocketAddrV4::new(SERVER, 67);
        self.client.handle(self.now, Input::Datagram { from, to, arrived: Arrived::at(ADDRESS), payload });
        self.drain()
    }

    /// The answer to its question who has an address.
    pub(crate) fn learns(&mut self, in_use: InUse) -> Vec<String> {
        let address = self.probing.take().expect("it asked for no address");
        self.client.handle(self.now, Input::Probed(address, in_use));
        self.drain()
    }

    /// A reply to the message that was sent last, to be completed by `more`.
    pub(crate) fn reply(
        &self,
        kind: MessageType,
        server: Option<Ipv4Addr>,
        more: impl FnOnce(&mut Message),
    ) -> Vec<u8> {
        let mut message = Message::new(Op::BOOTREPLY);
        message.set_hardware(1, &CHADDR).set_xid(Packet::parse(&self.last).unwrap().xid());
        message.push(&DHCP_MESSAGE_TYPE, kind.0);
        if let Some(server) = server {
            message.push(&SERVER_IDENTIFIER, server);
        }
        if kind != MessageType::NAK {
            message.set_yiaddr(ADDRESS);
        }
        more(&mut message);
        message.end(300)
    }

    pub(crate) fn offer(&self) -> Vec<u8> {
        self.offer_of(SERVER, 100)
    }

    pub(crate) fn offer_of(&self, server: Ipv4Addr, host: u8) -> Vec<u8> {
        self.reply(MessageType::OFFER, Some(server), |message| {
            message.set_yiaddr(Ipv4Addr::new(192, 0, 2, host)).push(&IP_ADDRESS_LEASE_TIME, 3600);
        })
    }

    pub(crate) fn ack(&self, lease: u32) -> Vec<u8> {
        self.ack_of(SERVER, lease)
    }

    pub(crate) fn ack_of(&self, server: Ipv4Addr, lease: u32) -> Vec<u8> {
        self.reply(MessageType::ACK, Some(server), |message| {
            message.push(&IP_ADDRESS_LEASE_TIME, lease);
        })
    }

    pub(crate) fn nak_of(&self, server: Ipv4Addr) -> Vec<u8> {
        self.reply(MessageType::NAK, Some(server), |_| {})
    }
}

/// The seconds at which messages were sent.
pub(crate) fn seconds(told: &[String]) -> Vec<f64> {
    told.iter()
        .filter(|line| line.contains(" to "))
        .map(|line| line.split(' ').next().unwrap().parse().unwrap())
        .collect()
}

/// The codes of a message's options, in their order.
pub(crate) fn codes(octets: &[u8]) -> Vec<u8> {
    Packet::parse(octets).unwrap().instances().map(|instance| instance.code.0).collect()
}

/// Declares the tests of a module, so that they can be run by name too.
macro_rules! tests {
    ($($(#[$doc:meta])* fn $name:ident() $body:block)+) => {
        $($(#[$doc])* #[test] fn $name() $body)+

        pub(crate) const TESTS: &[(&str, fn())] = &[$((stringify!($name), $name as fn())),+];
    };
}
pub(crate) use tests;
