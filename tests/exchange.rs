//! Clients and a server on a bad network, in virtual time: loss, duplication, a store that fails. The lease law holds
//! over all of it, and over noise.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/desk.rs"]
mod desk;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use desk::{SERVER, chaddr, config};
use dhcpsim::client::{Client, Config};
use dhcpsim::endpoint::{Arrived, Endpoint, Event, Input, Instant, Output, Refused};
use dhcpsim::lease::LeaseLaw;
use dhcpsim::packet::{HardwareAddress, Packet};
use dhcpsim::server::Server;
use dhcpsim::store::{LeaseStore, Memory};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

/// A datagram under way: to a client, or to the server.
#[derive(Clone)]
struct Underway {
    to: Option<usize>,
    payload: Vec<u8>,
}

struct World {
    now: Instant,
    server: Server,
    store: Memory,
    law: LeaseLaw,
    clients: Vec<Client>,
    underway: BTreeMap<(Instant, u64), Underway>,
    sent: u64,
    commits: u64,
    trace: Vec<String>,
    /// Of ten thousand datagrams, how many are lost, how many come twice.
    lost: u64,
    doubled: u64,
    /// Every so many-th commit is refused; 0 for none.
    refused: u64,
}

/// A number that looks random and follows from another (splitmix64).
fn mix(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

impl World {
    fn new(clients: u8, seed: u64) -> World {
        let config = config();
        let make = |client: u8| {
            let config = Config::ethernet(chaddr(client), seed + u64::from(client));
            Client::new(config.behaving(|habits| habits.desynchronise = true), Instant::EPOCH)
        };
        World {
            now: Instant::EPOCH,
            law: LeaseLaw::over([desk::pool().range()]),
            server: Server::new(config, Vec::new()),
            store: Memory::new(),
            clients: (0..clients).map(make).collect(),
            underway: BTreeMap::new(),
            sent: seed << 32,
            commits: 0,
            trace: Vec::new(),
            lost: 0,
            doubled: 0,
            refused: 0,
        }
    }

    fn send(&mut self, to: Option<usize>, payload: Vec<u8>) {
        self.law.sent(self.now, &payload);
        let kind = Packet::parse(&payload).unwrap().message_type().unwrap();
        self.trace.push(format!("{} {kind} {}", self.now, HardwareAddress(&payload[28..34])));
        self.sent += 1;
        let chance = mix(self.sent);
        if chance % 10_000 < self.lost {
            return;
        }
        let copies = if chance / 10_000 % 10_000 < self.doubled { 2 } else { 1 };
        for copy in 0..copies {
            let delay = Duration::from_micros(500 + mix(chance + copy) % 50_000);
            self.underway
                .insert((self.now + delay, self.sent * 2 + copy), Underway { to, payload: payload.clone() });
        }
    }

    fn drain(&mut self) {
        for client in 0..self.clients.len() {
            while let Some(output) = self.clients[client].poll() {
                if let Output::Transmit(transmit) = output {
                    self.send(None, transmit.payload);
                }
            }
        }
        while let Some(output) = self.server.poll() {
            match output {
                Output::Transmit(transmit) => {
                    let to = usize::from(transmit.payload[33]);
                    self.send(Some(to), transmit.payload);
                }
                Output::Commit(ticket, commit) => {
                    self.commits += 1;
                    let refuse = self.refused > 0 && self.commits.is_multiple_of(self.refused);
                    let result = if refuse { Err(Refused::Full) } else { Ok(()) };
                    if !refuse {
                        self.store.commit(std::slice::from_ref(&commit));
                        self.law.stored(&commit);
                    }
                    self.server.handle(self.now, Input::Committed(ticket, result));
                }
                Output::Event(Event::Offered { client, address, until }) => {
                    self.law.offered(self.now, &client, address, until);
                }
                Output::Event(Event::OfferLapsed { address, .. }) => self.law.withdrawn(address),
                Output::Event(_) | Output::Probe(_) => {}
            }
        }
    }

    fn run_until(&mut self, second: u64) {
        let end = Instant::from_secs(second);
        loop {
            self.drain();
            let clients = self.clients.iter().filter_map(Endpoint::next_deadline);
            let deadlines = clients.chain(self.server.next_deadline());
            let next = deadlines.chain(self.underway.keys().next().map(|(at, _)| *at)).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            match self.underway.first_entry().filter(|entry| entry.key().0 <= self.now) {
                Some(entry) => {
                    let Underway { to, payload } = entry.remove();
                    let from = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68);
                    let input =
                        Input::Datagram { from, to: SERVER, arrived: Arrived::at(SERVER), payload: &payload };
                    match to {
                        Some(client) => self.clients[client].handle(self.now, input),
                        None => self.server.handle(self.now, input),
                    }
                }
                None => {
                    for client in &mut self.clients {
                        client.handle(self.now, Input::Deadline);
                    }
                    self.server.handle(self.now, Input::Deadline);
                }
            }
        }
        self.now = end;
    }

    fn bound(&self) -> usize {
        self.clients.iter().filter(|client| client.state().has_address()).count()
    }

    fn lawful(&self) {
        assert_eq!(
            Vec::<String>::new(),
            self.law.violations().iter().map(ToString::to_string).collect::<Vec<_>>()
        );
    }
}

#[test]
fn everybody_gets_a_lease_on_a_good_network() {
    let mut world = World::new(4, 1);
    world.run_until(12);
    assert_eq!(4, world.bound());
    assert_eq!(16, world.trace.len(), "four messages each: {:#?}", world.trace);
    world.lawful();
}

#[test]
fn half_of_all_datagrams_lost_costs_time_and_nothing_else() {
    for seed in 1..20 {
        let mut world = World::new(4, seed);
        world.lost = 5000;
        world.doubled = 1000;
        world.run_until(3000);
        assert_eq!(4, world.bound(), "seed {seed}");
        world.lawful();
    }
}

#[test]
fn of_more_clients_than_addresses_none_shares() {
    for seed in 1..10 {
        let mut world = World::new(9, seed);
        (world.lost, world.doubled, world.refused) = (1000, 1000, 3);
        // Leases last an hour: who has one renews it, the others go on asking.
        world.run_until(4 * 3600);
        assert!(world.law.grants() >= 12, "seed {seed}: {}", world.law.grants());
        world.lawful();
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let trace = |seed| {
        let mut world = World::new(6, seed);
        (world.lost, world.doubled, world.refused) = (2000, 500, 5);
        world.run_until(600);
        world.trace
    };
    assert_eq!(trace(3), trace(3));
    assert_ne!(trace(3), trace(4));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Octets changed at random, and noise, break neither the law nor the endpoints.
    #[test]
    fn noise_breaks_nothing(
        changes in proptest::collection::vec((0usize..320, any::<u8>(), 0u8..6, 1u8..5), 1..40),
        noise in proptest::collection::vec(any::<u8>(), 0..700),
    ) {
        let mut desk = desk::Desk::new(config());
        desk.says(0, &desk::discover(1));
        desk.says(0, &desk::select(1, desk::ip(100), SERVER));
        let mut client = Client::new(Config::ethernet(chaddr(1), 1), Instant::EPOCH);
        client.handle(Instant::EPOCH, Input::Deadline);
        desk.says(1, &noise);
        for (second, (at, octet, kind, number)) in (2u64..).zip(changes) {
            let address = desk::ip(99 + number);
            let mut payload = match kind {
                0 => desk::discover(number),
                1 => desk::select(number, address, SERVER),
                2 => desk::reboot(number, address),
                3 => desk::renew(number, address),
                4 => desk::release(number, address),
                _ => desk::decline(number, address),
            };
            if let Some(place) = payload.get_mut(at) {
                *place = octet;
            }
            desk.says(second, &payload);
            let from = SocketAddrV4::new(SERVER, 67);
            for reply in desk.sent.iter().chain([&payload, &noise]) {
                client.handle(Instant::from_secs(second), Input::Datagram { from, to: SERVER, arrived: Arrived::at(SERVER), payload: reply });
            }
        }
        while client.poll().is_some() {}
        desk.lawful();
    }
}
