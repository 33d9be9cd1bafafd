//! A server at a desk: messages are put before it at chosen seconds, and what it does is told in lines. A store that
//! can be told to wait or to refuse stands beside it, and the lease law watches everything.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::net::{Ipv4Addr, SocketAddrV4};

use dhcpsim::endpoint::{
    Arrived, Commit, Destination, Endpoint, Event, InUse, Input, Instant, Output, Refused, Ticket,
};
use dhcpsim::lease::{ClientKey, LeaseLaw, Pool, Subnet};
use dhcpsim::options::{
    CLIENT_IDENTIFIER, DHCP_MESSAGE_TYPE, IP_ADDRESS_LEASE_TIME, MESSAGE, REQUESTED_IP_ADDRESS,
    SERVER_IDENTIFIER,
};
use dhcpsim::packet::{Area, Message, MessageType, Op, Packet};
use dhcpsim::server::{Config, LeaseTimes, Server};
use dhcpsim::store::{LeaseStore, Memory};

pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const OTHER_SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);
pub(crate) const RELAY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// 192.0.2.`last`.
pub(crate) fn ip(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, last)
}

/// Serves 192.0.2.100 to 192.0.2.103 for an hour each.
pub(crate) fn config() -> Config {
    Config::simple(SERVER, &pool(), &[SERVER], &[ip(53), ip(54)], LeaseTimes::new(3600).unwrap())
}

/// 192.0.2.100 to 192.0.2.103.
pub(crate) fn pool() -> Pool {
    Pool::new(Subnet::of(ip(0), 24).unwrap(), ip(100), ip(103)).unwrap()
}

/// The chaddr of client number `client`.
pub(crate) fn chaddr(client: u8) -> [u8; 6] {
    [2, 0, 0, 0, 0, client]
}

/// A message of client number `client`, without option 61, to be completed by `more`.
pub(crate) fn message(kind: MessageType, client: u8, more: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut message = Message::new(Op::BOOTREQUEST);
    message.set_hardware(1, &chaddr(client)).set_xid(0x1000 + u32::from(client));
    message.push(&DHCP_MESSAGE_TYPE, kind.0);
    more(&mut message);
    message.end(300)
}

pub(crate) fn discover(client: u8) -> Vec<u8> {
    message(MessageType::DISCOVER, client, |_| {})
}

/// A DHCPREQUEST in state SELECTING.
pub(crate) fn select(client: u8, address: Ipv4Addr, server: Ipv4Addr) -> Vec<u8> {
    message(MessageType::REQUEST, client, |message| {
        message.push(&REQUESTED_IP_ADDRESS, address).push(&SERVER_IDENTIFIER, server);
    })
}

/// A DHCPREQUEST in state INIT-REBOOT.
pub(crate) fn reboot(client: u8, address: Ipv4Addr) -> Vec<u8> {
    message(MessageType::REQUEST, client, |message| {
        message.push(&REQUESTED_IP_ADDRESS, address);
    })
}

/// A DHCPREQUEST in state RENEWING, or REBINDING if it is sent to all.
pub(crate) fn renew(client: u8, address: Ipv4Addr) -> Vec<u8> {
    message(MessageType::REQUEST, client, |message| {
        message.set_ciaddr(address);
    })
}

pub(crate) fn release(client: u8, address: Ipv4Addr) -> Vec<u8> {
    message(MessageType::RELEASE, client, |message| {
        message.set_ciaddr(address).push(&SERVER_IDENTIFIER, SERVER);
    })
}

pub(crate) fn decline(client: u8, address: Ipv4Addr) -> Vec<u8> {
    message(MessageType::DECLINE, client, |message| {
        message.push(&REQUESTED_IP_ADDRESS, address).push(&SERVER_IDENTIFIER, SERVER);
    })
}

pub(crate) fn with_identifier(client: u8, identifier: &[u8], kind: MessageType) -> Vec<u8> {
    message(kind, client, |message| {
        message.push(&CLIENT_IDENTIFIER, identifier);
    })
}

/// How a message comes to the desk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) from: SocketAddrV4,
    pub(crate) to: Ipv4Addr,
    pub(crate) arrived: Arrived,
}

impl Default for Way {
    fn default() -> Way {
        let from = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68);
        Way { from, to: SERVER, arrived: Arrived::at(SERVER) }
    }
}

/// What the store does with what it is asked to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Keeps,
    Waits,
    Refuses,
}

pub(crate) struct Desk {
    pub(crate) server: Server,
    pub(crate) store: Memory,
    pub(crate) mood: Mood,
    pub(crate) law: LeaseLaw,
    /// The datagrams that were sent last.
    pub(crate) sent: Vec<Vec<u8>>,
    /// Where the last of them leaves.
    pub(crate) via: Option<Arrived>,
    waiting: Vec<(Ticket, Commit)>,
    now: Instant,
}

impl Desk {
    pub(crate) fn new(config: Config) -> Desk {
        assert_eq!(Ok(()), config.check());
        let server = Server::new(config, Vec::new());
        let law = LeaseLaw::over(server.table().space().runs());
        Desk {
            server,
            store: Memory::new(),
            mood: Mood::Keeps,
            law,
            sent: Vec::new(),
            via: None,
            waiting: Vec::new(),
            now: Instant::EPOCH,
        }
    }

    /// Ends the server and starts another on the same store.
    pub(crate) fn restart(&mut self) {
        let config = self.server.config().clone();
        self.server = Server::new(config, self.store.load().unwrap());
        self.law.restarted();
    }

    /// Lets time pass to second `at`, then puts a message before the server that was sent to it alone.
    pub(crate) fn says(&mut self, at: u64, payload: &[u8]) -> Vec<String> {
        self.says_to(at, SERVER, payload)
    }

    /// As [`Desk::says`], sent to any address.
    pub(crate) fn says_to(&mut self, at: u64, to: Ipv4Addr, payload: &[u8]) -> Vec<String> {
        self.says_via(at, Way { to, ..Way::default() }, payload)
    }

    /// As [`Desk::says`], on any way.
    pub(crate) fn says_via(&mut self, at: u64, way: Way, payload: &[u8]) -> Vec<String> {
        let mut told = self.wait_until(at);
        self.law.sent(self.now, payload);
        let Way { from, to, arrived } = way;
        self.server.handle(self.now, Input::Datagram { from, to, arrived, payload });
        told.extend(self.drain());
        told
    }

    /// A probe has ended.
    pub(crate) fn probed(&mut self, at: u64, address: Ipv4Addr, found: InUse) -> Vec<String> {
        let mut told = self.wait_until(at);
        self.server.handle(self.now, Input::Probed(address, found));
        told.extend(self.drain());
        told
    }

    /// The configuration is another from here on.
    pub(crate) fn reconfigure(&mut self, config: Config) {
        assert_eq!(Ok(()), config.check());
        self.server.reconfigure(config);
        self.law.give(self.server.table().space().runs());
    }

    /// The reply that was sent last.
    pub(crate) fn reply(&self) -> Packet<'_> {
        Packet::parse(self.sent.last().expect("a reply")).unwrap()
    }

    /// The codes of its options, in order.
    pub(crate) fn codes(&self) -> Vec<u8> {
        self.reply().instances().map(|instance| instance.code.0).collect()
    }

    /// The codes in its options area, in order.
    pub(crate) fn codes_of_area(&self) -> Vec<u8> {
        let reply = self.reply();
        let inside = reply.instances().filter(|instance| instance.area == Area::Options);
        inside.map(|instance| instance.code.0).collect()
    }

    /// Who has an address.
    pub(crate) fn holder(&self, address: Ipv4Addr) -> Option<ClientKey> {
        self.server.table().binding(address).map(|binding| binding.client.clone())
    }

    /// Lets time pass to second `at`: each deadline at its own time.
    pub(crate) fn wait_until(&mut self, at: u64) -> Vec<String> {
        let mut told = Vec::new();
        let until = Instant::from_secs(at);
        while let Some(deadline) = self.server.next_deadline().filter(|deadline| *deadline <= until) {
            self.now = self.now.max(deadline);
            self.server.handle(self.now, Input::Deadline);
            told.extend(self.drain());
        }
        self.now = self.now.max(until);
        told
    }

    /// The store answers everything that waits.
    pub(crate) fn store_answers(&mut self, result: Result<(), Refused>) -> Vec<String> {
        for (ticket, commit) in std::mem::take(&mut self.waiting) {
            if result.is_ok() {
                self.store.commit(std::slice::from_ref(&commit));
                self.law.stored(&commit);
            }
            self.server.handle(self.now, Input::Committed(ticket, result));
        }
        self.drain()
    }

    /// Nothing broke the law.
    pub(crate) fn lawful(&self) {
        assert_eq!(
            Vec::<String>::new(),
            self.law.violations().iter().map(ToString::to_string).collect::<Vec<_>>()
        );
    }

    fn drain(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        self.sent.clear();
        loop {
            while let Some(output) = self.server.poll() {
                match output {
                    Output::Transmit(transmit) => {
                        self.law.sent(self.now, &transmit.payload);
                        told.push(line(&transmit.payload, &transmit.to));
                        self.via = Some(transmit.via);
                        self.sent.push(transmit.payload);
                    }
                    Output::Commit(ticket, commit) => self.waiting.push((ticket, commit)),
                    Output::Probe(address) => told.push(format!("probe of {address}")),
                    Output::Event(event) => {
                        match &event {
                            Event::Offered { client, address, until } => {
                                self.law.offered(self.now, client, *address, *until);
                            }
                            Event::OfferLapsed { address, .. } => self.law.withdrawn(*address),
                            _ => {}
                        }
                        told.extend(event_line(&event));
                    }
                }
            }
            let result = match self.mood {
                Mood::Waits => return told,
                Mood::Keeps => Ok(()),
                Mood::Refuses => Err(Refused::Full),
            };
            if self.waiting.is_empty() {
                return told;
            }
            for (ticket, commit) in std::mem::take(&mut self.waiting) {
                if result.is_ok() {
                    self.store.commit(std::slice::from_ref(&commit));
                    self.law.stored(&commit);
                }
                self.server.handle(self.now, Input::Committed(ticket, result));
            }
        }
    }
}

/// `ACK 192.0.2.100 for 3600 to hardware`.
fn line(payload: &[u8], to: &Destination) -> String {
    let packet = Packet::parse(payload).unwrap();
    let lease = packet.get(&IP_ADDRESS_LEASE_TIME).unwrap();
    let lease = lease.map_or(String::new(), |lease| format!(" for {lease}"));
    let why = packet
        .value(MESSAGE.code)
        .map_or(String::new(), |text| format!(" ({})", String::from_utf8_lossy(&text)));
    let to = match to {
        Destination::Relay { giaddr, port: None } => format!("relay {giaddr}"),
        Destination::Relay { giaddr, port: Some(port) } => format!("relay {giaddr} port {port}"),
        Destination::Client(address) => format!("client {address}"),
        Destination::Broadcast => "all".to_owned(),
        Destination::Hardware { .. } => "hardware".to_owned(),
        other => format!("{other:?}"),
    };
    match packet.message_type() {
        Some(MessageType::NAK) => format!("NAK{why} to {to}"),
        Some(kind) => format!("{kind} {}{lease} to {to}", packet.yiaddr()),
        None => format!("BOOTP {}{lease} to {to}", packet.yiaddr()),
    }
}

fn event_line(event: &Event) -> Option<String> {
    match event {
        Event::Dropped(dropped) => Some(format!("ignored: {}", dropped.reason.name())),
        Event::NotStored(binding, why) => Some(format!("{} not stored: {why}", binding.address)),
        Event::OfferLapsed { address, .. } => Some(format!("offer of {address} lapsed")),
        Event::Expired(binding) => Some(format!("lease of {} expired", binding.address)),
        Event::Released(binding) => Some(format!("{} released", binding.address)),
        Event::Declined { address, .. } => Some(format!("{address} declined")),
        Event::Rested(address) => Some(format!("{address} rested")),
        Event::InUse { address, .. } => Some(format!("{address} is in use")),
        Event::Omitted(codes) => Some(format!("no room for {codes:?}")),
        Event::Decided(decided) => Some(format!("{} ({})", decided.rule, decided.reference())),
        _ => None,
    }
}
