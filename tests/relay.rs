//! The relay agent: what it passes on, what it adds and takes out, what it ignores and why (RFC 1542 §4.1, RFC 3046 §2.1).
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::net::{Ipv4Addr, SocketAddrV4};

use dhcpsim::endpoint::{Arrived, Destination, Endpoint, Event, Input, Instant, Output, Transmit};
use dhcpsim::options::{DHCP_MESSAGE_TYPE, HOST_NAME, RELAY_AGENT_INFORMATION};
use dhcpsim::packet::{Flags, Message, MessageType, Op, Packet};
use dhcpsim::relay::{Agent, Config, Link, Relay, Untrusted};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

const SERVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 1), 67);
const SECOND: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 2), 67);
const GIADDR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const OTHER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
const CHADDR: [u8; 6] = [2, 0, 0, 0, 0, 1];
const CODE: u8 = RELAY_AGENT_INFORMATION.code.0;

fn link() -> Link {
    Link::new(Some(3), GIADDR)
}

fn circuit(id: &[u8]) -> Agent {
    Agent { circuit_id: Some(id.to_vec()), ..Agent::default() }
}

fn relay(change: impl FnOnce(&mut Config)) -> Relay {
    let mut config = Config::to(vec![SERVER], vec![link()]);
    change(&mut config);
    Relay::new(config)
}

/// One that says by which circuit a request came.
fn telling(change: impl FnOnce(&mut Config)) -> Relay {
    relay(|config| {
        config.links = vec![Link { agent: circuit(b"eth0"), ..link() }];
        change(config);
    })
}

fn request(change: impl FnOnce(&mut Message) -> &mut Message) -> Vec<u8> {
    let mut message = Message::new(Op::BOOTREQUEST);
    message.set_hardware(1, &CHADDR).set_xid(7).push(&DHCP_MESSAGE_TYPE, MessageType::DISCOVER.0);
    message.push(&HOST_NAME, b"alice");
    change(&mut message);
    message.end(300)
}

fn reply(change: impl FnOnce(&mut Message) -> &mut Message) -> Vec<u8> {
    let mut message = Message::new(Op::BOOTREPLY);
    message.set_hardware(1, &CHADDR).set_xid(7).set_giaddr(GIADDR).set_yiaddr(ADDRESS);
    message.push(&DHCP_MESSAGE_TYPE, MessageType::OFFER.0);
    change(&mut message);
    message.end(300)
}

/// What the agent makes of a datagram that comes in by an interface: what it sends, and what it tells.
fn hears(relay: &mut Relay, interface: u32, payload: &[u8]) -> (Vec<Transmit>, Vec<String>) {
    let from = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68);
    let arrived = Arrived { interface: Some(interface), local: GIADDR };
    relay.handle(Instant::EPOCH, Input::Datagram { from, to: Ipv4Addr::BROADCAST, arrived, payload });
    drain(relay)
}

fn drain(relay: &mut Relay) -> (Vec<Transmit>, Vec<String>) {
    let (mut sent, mut told) = (Vec::new(), Vec::new());
    while let Some(output) = relay.poll() {
        match output {
            Output::Transmit(transmit) => sent.push(transmit),
            Output::Event(Event::Dropped(dropped)) => {
                told.push(format!("{} ({})", dropped.reason.name(), dropped.reason.reference()))
            }
            Output::Event(Event::AgentLeftOut) => told.push("without 82".to_owned()),
            other => panic!("{other:?}"),
        }
    }
    (sent, told)
}

fn passed(relay: &mut Relay, payload: &[u8]) -> Vec<u8> {
    let (sent, told) = hears(relay, 3, payload);
    assert_eq!((1, Vec::<String>::new()), (sent.len(), told));
    sent[0].payload.clone()
}

fn ignored(relay: &mut Relay, payload: &[u8]) -> String {
    let (sent, told) = hears(relay, 3, payload);
    assert_eq!((0, 1), (sent.len(), told.len()), "{told:?}");
    told[0].clone()
}

/// The values of option 82, part by part, and the code of the last option.
fn agents(octets: &[u8]) -> (Vec<Vec<u8>>, u8) {
    let packet = Packet::parse(octets).unwrap();
    let parts = packet.instances().filter(|part| part.code.0 == CODE).map(|part| part.octets.to_vec());
    (parts.collect(), packet.instances().last().unwrap().code.0)
}

#[test]
fn a_request_gets_giaddr_and_a_hop_and_goes_to_each_server() {
    let mut relay = relay(|config| config.servers.push(SECOND));
    let original = request(|message| message);
    let (sent, _) = hears(&mut relay, 3, &original);
    assert_eq!(
        vec![Destination::At(SERVER), Destination::At(SECOND)],
        sent.iter().map(|sent| sent.to.clone()).collect::<Vec<_>>()
    );
    for sent in sent {
        let mut want = original.clone();
        want[3] = 1;
        want[24..28].copy_from_slice(&GIADDR.octets());
        assert_eq!(want, sent.payload, "nothing else is touched");
    }
}

#[test]
fn giaddr_of_another_agent_stays_and_no_option_is_added() {
    let original = request(|message| message.set_giaddr(OTHER).set_hops(2));
    let passed = passed(&mut telling(|_| {}), &original);
    let mut want = original;
    want[3] = 3;
    assert_eq!(want, passed);
}

#[test]
fn requests_that_must_not_go_on_are_ignored_for_a_reason() {
    let hops = |hops| request(|message| message.set_hops(hops));
    assert_eq!("too-many-hops (RFC 1542 §4.1.1)", ignored(&mut relay(|_| {}), &hops(5)));
    passed(&mut relay(|_| {}), &hops(4));
    assert_eq!(
        "too-many-hops (RFC 1542 §4.1.1)",
        ignored(&mut relay(|config| config.most_hops = 255), &hops(17))
    );
    passed(&mut relay(|config| config.most_hops = 255), &hops(16));
    let secs = |secs| request(|message| message.set_secs(secs));
    assert_eq!("too-early (RFC 1542 §4.1.1)", ignored(&mut relay(|config| config.least_secs = 3), &secs(2)));
    passed(&mut relay(|config| config.least_secs = 3), &secs(3));
    let spoofed = request(|message| message.set_giaddr(GIADDR));
    assert_eq!("spoofed-relay (RFC 3046 §2.1.1)", ignored(&mut relay(|_| {}), &spoofed));
    assert_eq!("no-header (RFC 951 §3)", ignored(&mut relay(|_| {}), &[1; 100]));
    assert_eq!("wrong-op (RFC 2131 §2)", ignored(&mut relay(|_| {}), &[9; 300]));
    let (sent, told) = hears(&mut relay(|_| {}), 9, &request(|message| message));
    assert_eq!((0, vec!["no-link (RFC 1542 §4.1.1)".to_owned()]), (sent.len(), told));
}

#[test]
fn option_82_is_the_last_and_says_what_it_is_told_to() {
    let agent = Agent {
        circuit_id: Some(b"eth0".to_vec()),
        remote_id: Some(vec![9, 9]),
        link_selection: Some(Ipv4Addr::new(192, 0, 2, 0)),
        flags: true,
    };
    let mut relay = relay(|config| {
        config.links = vec![Link { agent, ..link() }];
        config.source_port = true;
    });
    let octets = passed(&mut relay, &request(|message| message));
    let want = b"\x01\x04eth0\x02\x02\x09\x09\x05\x04\xc0\x00\x02\x00\x0a\x01\x00\x13\x00".to_vec();
    assert_eq!((vec![want], CODE), agents(&octets));
    assert_eq!(300, octets.len(), "pads make room");
    let packet = Packet::parse(&octets).unwrap();
    assert_eq!(*b"alice", *packet.value(HOST_NAME.code).unwrap());
}

#[test]
fn option_82_of_who_is_not_trusted_is_treated_as_it_is_told_to() {
    let original = request(|message| message.push_octets(RELAY_AGENT_INFORMATION.code, b"\x01\x01x"));
    let theirs = b"\x01\x01x".to_vec();
    let ours = b"\x01\x04eth0".to_vec();
    assert_eq!("untrusted-agent (RFC 3046 §2.1)", ignored(&mut telling(|_| {}), &original));
    for (policy, want) in [
        (Untrusted::Keep, theirs.clone()),
        (Untrusted::Replace, ours.clone()),
        (Untrusted::Append, theirs.clone()),
    ] {
        let octets = passed(&mut telling(|config| config.untrusted = policy), &original);
        assert_eq!(vec![want], agents(&octets).0, "{policy:?}");
        assert_eq!(GIADDR, Packet::parse(&octets).unwrap().giaddr());
    }
    let octets = passed(&mut telling(|config| config.links[0].trusted = true), &original);
    assert_eq!(vec![theirs], agents(&octets).0, "a trusted circuit's is let be");
}

#[test]
fn append_adds_the_parts_that_are_not_there_and_takes_those_out_again() {
    let agent = Agent { remote_id: Some(b"r".to_vec()), ..circuit(b"eth0") };
    let mut append = relay(|config| {
        config.links[0].agent = agent;
        config.untrusted = Untrusted::Append;
    });
    for (theirs, want) in [
        (&b"\x01\x01x"[..], &b"\x01\x01x\x02\x01r"[..]),
        (b"\x02\x01x", b"\x02\x01x\x01\x04eth0"),
        (b"\x02\x01x\x01\x01y", b"\x02\x01x\x01\x01y"),
        (b"\x06\x01x", b"\x06\x01x\x01\x04eth0\x02\x01r"),
    ] {
        let octets = passed(
            &mut append,
            &request(|message| message.push_octets(RELAY_AGENT_INFORMATION.code, theirs)),
        );
        assert_eq!(vec![want.to_vec()], agents(&octets).0);
        let echo = reply(|message| message.push_octets(RELAY_AGENT_INFORMATION.code, want));
        assert_eq!(vec![theirs.to_vec()], agents(&hears(&mut append, 9, &echo).0[0].payload).0);
    }
}

#[test]
fn an_option_82_that_is_too_long_is_left_out_and_told() {
    for (agent, fits) in [
        (circuit(&[b'x'; 253]), true),
        (circuit(&[b'x'; 254]), false),
        (circuit(&[b'x'; 300]), false),
        (Agent { remote_id: Some(vec![b'x'; 200]), ..circuit(&[b'x'; 100]) }, false),
    ] {
        let link = Link { agent, ..link() };
        assert_eq!(fits, link.agent_fits(false));
        let mut agent = relay(|config| config.links = vec![link]);
        let (sent, told) = hears(&mut agent, 3, &request(|message| message));
        let want = if fits { vec![] } else { vec!["without 82".to_owned()] };
        assert_eq!((want, usize::from(fits)), (told, agents(&sent[0].payload).0.len()));
    }
}

#[test]
fn what_would_grow_too_long_or_can_t_be_told_apart_goes_without() {
    let long = request(|message| message.push_octets(HOST_NAME.code, &[b'x'; 1210]));
    let unended = [&request(|message| message)[..250], &[12, 200, 1, 2]].concat();
    for original in [long, unended, request(|message| message)[..240].to_vec()] {
        let (sent, told) = hears(&mut telling(|_| {}), 3, &original);
        assert_eq!(vec!["without 82"], told);
        assert_eq!(original.len(), sent[0].payload.len());
        assert_eq!(original[28..], sent[0].payload[28..]);
    }
}

#[test]
fn a_reply_goes_to_its_client_on_its_link_without_option_82() {
    let mut telling = telling(|_| {});
    let octets = reply(|message| message.push_octets(RELAY_AGENT_INFORMATION.code, b"\x01\x04eth0"));
    let (sent, _) = hears(&mut telling, 9, &octets);
    let hardware = Destination::Hardware { yiaddr: ADDRESS, htype: 1, chaddr: CHADDR.into() };
    assert_eq!((hardware, Some(3), GIADDR), (sent[0].to.clone(), sent[0].via.interface, sent[0].via.local));
    assert_eq!(reply(|message| message), sent[0].payload, "nothing else is touched");
    let wants = |change: fn(&mut Message) -> &mut Message| reply(change);
    for octets in [
        wants(|message| message.set_flags(Flags::BROADCAST)),
        wants(|message| message.set_yiaddr(Ipv4Addr::UNSPECIFIED)),
        wants(|message| message.set_hardware(32, &[])),
    ] {
        let (sent, _) = hears(&mut telling, 9, &octets);
        assert_eq!(Destination::Broadcast, sent[0].to);
    }
}

#[test]
fn a_reply_for_another_agent_is_ignored() {
    let octets = reply(|message| message.set_giaddr(OTHER));
    assert_eq!("other-relay (RFC 1542 §4.1.2)", ignored(&mut relay(|_| {}), &octets));
    let octets = reply(|message| message.set_giaddr(Ipv4Addr::UNSPECIFIED));
    assert_eq!("other-relay (RFC 1542 §4.1.2)", ignored(&mut relay(|_| {}), &octets));
}

#[test]
fn links_that_share_an_address_are_told_apart_by_their_circuits() {
    let links = |config: &mut Config| {
        config.links = vec![
            Link { agent: circuit(b"one"), interface: Some(3), ..link() },
            Link { agent: circuit(b"two"), interface: Some(4), ..link() },
        ];
    };
    let of = |circuit: &[u8]| reply(|message| message.push_octets(RELAY_AGENT_INFORMATION.code, circuit));
    let mut relay = relay(links);
    for (circuit, interface) in [(b"\x01\x03one", 3), (b"\x01\x03two", 4)] {
        assert_eq!(Some(interface), hears(&mut relay, 9, &of(circuit)).0[0].via.interface);
    }
    assert_eq!("unknown-circuit (RFC 3046 §3.1)", ignored(&mut relay, &of(b"\x01\x03six")));
    assert_eq!("unknown-circuit (RFC 3046 §3.1)", ignored(&mut relay, &reply(|message| message)));
}

#[test]
fn what_was_kept_or_appended_to_comes_back_to_who_put_it_there() {
    let theirs = b"\x01\x01x".to_vec();
    let echo = |octets: &[u8]| reply(|message| message.push_octets(RELAY_AGENT_INFORMATION.code, octets));
    let mut append = telling(|config| config.untrusted = Untrusted::Append);
    let both = echo(&theirs);
    assert_eq!(vec![theirs.clone()], agents(&hears(&mut append, 9, &both).0[0].payload).0);
    for mut agent in [
        telling(|config| config.untrusted = Untrusted::Keep),
        telling(|config| config.links[0].trusted = true),
    ] {
        assert_eq!(vec![theirs.clone()], agents(&hears(&mut agent, 9, &echo(&theirs)).0[0].payload).0);
        let ours = echo(b"\x01\x04eth0");
        assert_eq!(Vec::<Vec<u8>>::new(), agents(&hears(&mut agent, 9, &ours).0[0].payload).0);
    }
    let mut silent = relay(|_| {});
    assert_eq!(
        vec![theirs.clone()],
        agents(&hears(&mut silent, 9, &echo(&theirs)).0[0].payload).0,
        "it adds none"
    );
}

/// A request with option 82, as a trusted element below adds it, comes from a port of its own.
fn asks_from(relay: &mut Relay, at: u64, from: SocketAddrV4, payload: &[u8]) -> Vec<Transmit> {
    let (to, arrived) = (Ipv4Addr::LOCALHOST, Arrived::default());
    relay.handle(Instant::from_secs(at), Input::Datagram { from, to, arrived, payload });
    drain(relay).0
}

#[test]
fn clients_on_ports_of_their_own_get_their_replies_whatever_option_82_says() {
    let asker = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 40_000);
    let below = request(|message| message.push_octets(RELAY_AGENT_INFORMATION.code, b"\x01\x01x"));
    let plain = request(|message| message);
    for (untrusted, trusted, request, circuit) in [
        (Untrusted::Drop, false, &plain, "\x01\x04eth0"),
        (Untrusted::Keep, false, &below, "\x01\x01x"),
        (Untrusted::Append, false, &below, "\x01\x01x"),
        (Untrusted::Replace, false, &below, "\x01\x04eth0"),
        (Untrusted::Drop, true, &below, "\x01\x01x"),
    ] {
        let mut agent = telling(|config| {
            config.untrusted = untrusted;
            config.links[0] = Link { interface: None, own_ports: true, trusted, ..config.links[0].clone() };
        });
        let sent = asks_from(&mut agent, 0, asker, request);
        let told = agents(&sent[0].payload).0.concat();
        assert_eq!(circuit.as_bytes(), told, "{untrusted:?}");
        let octets = reply(|message| message.push_octets(RELAY_AGENT_INFORMATION.code, &told));
        let (sent, _) = hears(&mut agent, 9, &octets);
        assert_eq!((Some(asker), Ipv4Addr::UNSPECIFIED), (sent[0].answers, sent[0].via.local));
    }
}

#[test]
fn a_reply_that_nobody_asked_for_in_the_last_minute_is_ignored_where_clients_have_ports_of_their_own() {
    let mut agent = relay(|config| config.links[0] = Link { interface: None, own_ports: true, ..link() });
    assert_eq!("unknown-asker (RFC 1542 §4.1.2)", ignored(&mut agent, &reply(|message| message)));
    let asker = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 40_000);
    asks_from(&mut agent, 0, asker, &request(|message| message));
    let octets = reply(|message| message);
    assert_eq!(Some(asker), hears(&mut agent, 9, &octets).0[0].answers);
    asks_from(&mut agent, 60, asker, &request(|message| message.set_xid(8)));
    assert_eq!("unknown-asker (RFC 1542 §4.1.2)", ignored(&mut agent, &octets));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Noise, and messages with octets changed, never make it panic, and never more than one datagram a server.
    #[test]
    fn noise_breaks_nothing(
        noise in proptest::collection::vec(any::<u8>(), 0..700),
        changes in proptest::collection::vec((0usize..320, any::<u8>()), 0..20),
        policy in 0usize..4,
    ) {
        let policies = [Untrusted::Drop, Untrusted::Keep, Untrusted::Replace, Untrusted::Append];
        let mut agent = telling(|config| config.untrusted = policies[policy]);
        fn echo(message: &mut Message) -> &mut Message {
            message.push_octets(RELAY_AGENT_INFORMATION.code, b"\x01\x04eth0")
        }
        for mut payload in [request(echo), reply(echo), noise] {
            for (at, octet) in &changes {
                if let Some(place) = payload.get_mut(*at) {
                    *place = *octet;
                }
            }
            let (sent, told) = hears(&mut agent, 3, &payload);
            prop_assert!(sent.len() <= 1 && sent.len() + told.len() >= 1);
        }
    }
}
