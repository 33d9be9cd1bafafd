//! The client in virtual time: what it sends at which second, silence included (RFC 2131 §4.1, §4.4).
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use dhcpsim::client::{Client, Config};
use dhcpsim::endpoint::{Arrived, Destination, Endpoint, Event, Input, Instant, Output, State};
use dhcpsim::options::{
    CLIENT_IDENTIFIER, DHCP_MESSAGE_TYPE, IP_ADDRESS_LEASE_TIME, MESSAGE, REBINDING_TIME, RENEWAL_TIME,
    REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER,
};
use dhcpsim::packet::{Message, MessageType, Op, Packet};
use pretty_assertions::assert_eq;

const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const OTHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
const CHADDR: [u8; 6] = [2, 0, 0, 0, 0, 1];

/// A client, and the time.
struct Alone {
    client: Client,
    now: Instant,
    /// The message that was sent last.
    last: Vec<u8>,
}

impl Alone {
    fn new(config: Config) -> Alone {
        let mut alone =
            Alone { client: Client::new(config, Instant::EPOCH), now: Instant::EPOCH, last: Vec::new() };
        alone.drain();
        alone
    }

    fn drain(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(output) = self.client.poll() {
            match output {
                Output::Transmit(transmit) => {
                    let packet = Packet::parse(&transmit.payload).unwrap();
                    let to = match transmit.to {
                        Destination::AllServers => "all",
                        Destination::Server(SERVER) => "server",
                        other => panic!("{other:?}"),
                    };
                    told.push(format!("{} {} to {to}", self.now, packet.message_type().unwrap()));
                    self.last = transmit.payload;
                }
                Output::Event(Event::Entered(state)) => told.push(format!("{} {state}", self.now)),
                Output::Event(Event::Dropped(dropped)) => {
                    told.push(format!("ignored: {}", dropped.reason.name()))
                }
                Output::Event(Event::Nak { .. }) => told.push(format!("{} refused", self.now)),
                Output::Event(Event::LeaseEnded(_)) => told.push(format!("{} lease ended", self.now)),
                Output::Event(_) => {}
                Output::Commit(..) | Output::Probe(_) => panic!("a client stores nothing"),
            }
        }
        told
    }

    /// What happens until a second, each deadline at its own time.
    fn until(&mut self, second: u64) -> Vec<String> {
        let mut told = Vec::new();
        let end = Instant::from_secs(second);
        while let Some(at) = self.client.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.client.handle(self.now, Input::Deadline);
            told.extend(self.drain());
        }
        self.now = self.now.max(end);
        told
    }

    fn hears(&mut self, payload: &[u8]) -> Vec<String> {
        let from = SocketAddrV4::new(SERVER, 67);
        self.client
            .handle(self.now, Input::Datagram { from, to: ADDRESS, arrived: Arrived::at(ADDRESS), payload });
        self.drain()
    }

    /// A reply to the message that was sent last, to be completed by `more`.
    fn reply(&self, kind: MessageType, server: Option<Ipv4Addr>, more: impl FnOnce(&mut Message)) -> Vec<u8> {
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

    fn offer(&self) -> Vec<u8> {
        self.reply(MessageType::OFFER, Some(SERVER), |_| {})
    }

    fn ack(&self, lease: u32) -> Vec<u8> {
        self.reply(MessageType::ACK, Some(SERVER), |message| {
            message.push(&IP_ADDRESS_LEASE_TIME, lease);
        })
    }
}

fn config() -> Config {
    Config::ethernet(CHADDR, 7)
}

/// The seconds at which messages were sent.
fn seconds(told: &[String]) -> Vec<f64> {
    told.iter()
        .filter(|line| line.contains(" to "))
        .map(|line| line.split(' ').next().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn it_discovers_requests_and_is_bound() {
    let mut alone = Alone::new(config());
    assert_eq!(["0.000000 SELECTING", "0.000000 DISCOVER to all"], *alone.until(0));
    alone.until(1);
    let offer = alone.offer();
    assert_eq!(["1.000000 REQUESTING", "1.000000 REQUEST to all"], *alone.hears(&offer));
    alone.until(2);
    let ack = alone.ack(3600);
    assert_eq!(["2.000000 BOUND"], *alone.hears(&ack));
    let lease = alone.client.lease().unwrap();
    assert_eq!((ADDRESS, SERVER), (lease.address, lease.server));
    assert_eq!(Instant::from_secs(1), lease.start, "a lease counts from when its request was sent");
    assert_eq!((Some(Duration::from_secs(1800)), Some(Duration::from_secs(3150))), (lease.t1, lease.t2));
    assert_eq!(
        [
            "3601.000000 lease ended",
            "3601.000000 INIT",
            "3601.000000 SELECTING",
            "3601.000000 DISCOVER to all"
        ],
        *alone.until(3601)
    );
}

#[test]
fn without_an_answer_it_discovers_again_ever_more_slowly() {
    let times = seconds(&Alone::new(config()).until(400));
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() >= 7, "{gaps:?}");
    for (gap, want) in gaps.iter().zip([4.0, 8.0, 16.0, 32.0].into_iter().chain(std::iter::repeat(64.0))) {
        assert!((gap - want).abs() <= 1.0, "{gaps:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let trace = |seed| {
        let mut alone = Alone::new(Config { seed, desynchronise: true, ..config() });
        let mut told = alone.until(100);
        told.push(format!("{:?}", alone.last));
        told
    };
    assert_eq!(trace(1), trace(1));
    assert_ne!(trace(1), trace(2));
}

#[test]
fn it_may_wait_one_to_ten_seconds_before_it_begins() {
    for seed in 0..50 {
        let first = seconds(&Alone::new(Config { seed, desynchronise: true, ..config() }).until(10))[0];
        assert!((1.0..=10.0).contains(&first), "{first}");
    }
}

#[test]
fn the_pause_before_the_request_is_kept() {
    let mut alone = Alone::new(Config { request_delay: Duration::from_secs(3), ..config() });
    alone.until(1);
    let offer = alone.offer();
    assert_eq!([""; 0], *alone.hears(&offer));
    assert_eq!(["ignored: late-offer"], *alone.hears(&offer));
    assert_eq!(["4.000000 REQUESTING", "4.000000 REQUEST to all"], *alone.until(4));
}

#[test]
fn requests_are_sent_four_times_and_then_it_begins_anew() {
    let mut alone = Alone::new(config());
    alone.until(0);
    let offer = alone.offer();
    let mut told = alone.hears(&offer);
    told.extend(alone.until(70));
    let names: Vec<&str> = told.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
    let want = ["REQUESTING", "REQUEST", "REQUEST", "REQUEST", "REQUEST", "INIT", "SELECTING", "DISCOVER"];
    assert_eq!(want, *names, "{told:?}");
    let restart: f64 = told[5].split(' ').next().unwrap().parse().unwrap();
    assert!((restart - 60.0).abs() <= 4.0, "{restart}");
}

#[test]
fn messages_have_the_fields_and_options_of_table_5() {
    let mut alone = Alone::new(Config { requested_address: Some(ADDRESS), ..config() });
    alone.until(5);
    let discover = alone.last.clone();
    let discover = Packet::parse(&discover).unwrap();
    assert_eq!((Op::BOOTREQUEST, Ipv4Addr::UNSPECIFIED), (discover.op(), discover.ciaddr()));
    let codes = |packet: &Packet<'_>| packet.instances().map(|instance| instance.code.0).collect::<Vec<u8>>();
    assert_eq!([53, 61, 50, 57, 55], *codes(&discover));
    assert!(discover.secs() >= 3, "seconds since it began");
    alone.until(6);
    let offer = alone.offer();
    alone.hears(&offer);
    let request = alone.last.clone();
    let request = Packet::parse(&request).unwrap();
    assert_eq!([53, 61, 50, 54, 57, 55], *codes(&request));
    assert_eq!(
        (discover.xid(), discover.secs()),
        (request.xid(), request.secs()),
        "§4.4.1: as in the DHCPDISCOVER"
    );
    assert_eq!(Ok(Some(ADDRESS)), request.get(&REQUESTED_IP_ADDRESS));
    let ack = alone.ack(3600);
    alone.hears(&ack);
    alone.client.release();
    assert_eq!(["6.000000 RELEASE to server", "6.000000 STOPPED"], *alone.drain());
    let release = Packet::parse(&alone.last).unwrap();
    assert_eq!([53, 61, 54], *codes(&release));
    assert_eq!((ADDRESS, 0), (release.ciaddr(), release.secs()));
    assert_ne!(request.xid(), release.xid());
    assert_eq!(None, alone.client.next_deadline());
}

#[test]
fn replies_that_are_not_for_it_are_ignored_for_a_reason() {
    let mut alone = Alone::new(config());
    alone.until(0);
    let offer = alone.offer();
    let changed = |at: usize| {
        let mut octets = offer.clone();
        octets[at] ^= 0xff;
        octets
    };
    let with_address = |address| {
        alone.reply(MessageType::OFFER, Some(SERVER), |message| {
            message.set_yiaddr(address);
        })
    };
    let cases = [
        (offer[..100].to_vec(), "no-header"),
        (changed(0), "wrong-op"),
        (changed(4), "other-xid"),
        (changed(28), "other-client"),
        (changed(236), "not-dhcp"),
        (alone.reply(MessageType::OFFER, None, |_| {}), "no-server-identifier"),
        (alone.ack(3600), "unexpected"),
        (with_address(Ipv4Addr::UNSPECIFIED), "bad-address"),
        (with_address(Ipv4Addr::LOCALHOST), "bad-address"),
        (with_address(Ipv4Addr::BROADCAST), "bad-address"),
        (with_address(Ipv4Addr::new(224, 0, 0, 1)), "bad-address"),
    ];
    for (payload, want) in cases {
        assert_eq!([format!("ignored: {want}")], *alone.hears(&payload));
    }
    alone.hears(&offer);
    let no_time = alone.reply(MessageType::ACK, Some(SERVER), |_| {});
    let other_server = alone.reply(MessageType::ACK, Some(OTHER), |_| {});
    let forged = alone.reply(MessageType::NAK, Some(OTHER), |_| {});
    for (payload, want) in [
        (no_time, "no-lease-time"),
        (alone.ack(0), "no-lease-time"),
        (other_server, "other-server"),
        (forged, "other-server"),
        (offer, "unexpected"),
    ] {
        assert_eq!([format!("ignored: {want}")], *alone.hears(&payload));
    }
    let ack = alone.ack(3600);
    alone.hears(&ack);
    assert_eq!(["ignored: unexpected"], *alone.hears(&ack), "BOUND discards what comes again");
}

#[test]
fn after_a_nak_it_waits_and_begins_anew() {
    let mut alone = Alone::new(config());
    alone.until(0);
    let offer = alone.offer();
    alone.hears(&offer);
    let nak = alone.reply(MessageType::NAK, Some(SERVER), |message| {
        message.push(&MESSAGE, b"no\x1b[31m");
    });
    assert_eq!(["0.000000 refused", "0.000000 INIT"], *alone.hears(&nak));
    let told = alone.until(5);
    assert_eq!(2, told.len(), "{told:?}");
    assert!((3.0..=5.0).contains(&seconds(&told)[0]));
}

#[test]
fn t1_and_t2_are_taken_if_they_are_in_order() {
    let seconds = |seconds: f64| Some(Duration::from_secs_f64(seconds));
    for (lease, t1, t2, want) in [
        (1000, None, None, (seconds(500.0), seconds(875.0))),
        (1000, Some(100), Some(200), (seconds(100.0), seconds(200.0))),
        (1000, Some(300), Some(200), (seconds(500.0), seconds(875.0))),
        (1000, Some(100), Some(1000), (seconds(500.0), seconds(875.0))),
        (1, None, None, (seconds(0.5), seconds(0.875))),
        (u32::MAX, Some(100), Some(200), (None, None)),
    ] {
        let mut alone = Alone::new(config());
        alone.until(0);
        let offer = alone.offer();
        alone.hears(&offer);
        let ack = alone.reply(MessageType::ACK, Some(SERVER), |message| {
            message.push(&IP_ADDRESS_LEASE_TIME, lease);
            t1.map(|t1| message.push(&RENEWAL_TIME, t1).octets().len());
            t2.map(|t2| message.push(&REBINDING_TIME, t2).octets().len());
        });
        alone.hears(&ack);
        let got = alone.client.lease().unwrap();
        assert_eq!(want, (got.t1, got.t2), "{lease} {t1:?} {t2:?}");
    }
}

#[test]
fn its_identity_is_the_same_in_all_messages() {
    let mut alone = Alone::new(Config { client_identifier: Some(b"\0me".to_vec()), ..config() });
    for step in 0..3 {
        match step {
            0 => drop(alone.until(0)),
            1 => drop(alone.hears(&alone.offer())),
            _ => {
                alone.hears(&alone.ack(60));
                alone.client.release();
                alone.drain();
            }
        }
        let packet = Packet::parse(&alone.last).unwrap();
        assert_eq!(*b"\0me", *packet.value(CLIENT_IDENTIFIER.code).unwrap());
        assert_eq!(CHADDR, *packet.chaddr().0);
    }
    assert_eq!(State::Stopped, alone.client.state());
}
