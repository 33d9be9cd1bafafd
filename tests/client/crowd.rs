//! Many clients behind one endpoint.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use dhcpsim::client::{Client, Config, Crowd, Habits};
use dhcpsim::endpoint::{Arrived, Endpoint, Input, Instant, Output, State};
use dhcpsim::options::{DHCP_MESSAGE_TYPE, IP_ADDRESS_LEASE_TIME, SERVER_IDENTIFIER};
use dhcpsim::packet::{Message, MessageType, Op, Packet};
use pretty_assertions::assert_eq;

use super::alone::SERVER;

fn chaddr(number: u32) -> [u8; 6] {
    let [a, b, c, d] = number.to_be_bytes();
    [2, 1, a, b, c, d]
}

fn crowd(number: u32, habits: &Arc<Habits>) -> Crowd {
    let mut crowd = Crowd::new();
    for place in 0..number {
        let config = Config::with(chaddr(place), u64::from(place), Arc::clone(habits));
        crowd.join(Client::new(config, Instant::EPOCH)).unwrap();
    }
    crowd
}

/// Answers everything at once; gives the number of messages that were sent.
fn serve(crowd: &mut Crowd, now: Instant, lease: u32) -> u32 {
    let mut sent = 0;
    while let Some(output) = crowd.poll() {
        let Output::Transmit(transmit) = output else { continue };
        sent += 1;
        let packet = Packet::parse(&transmit.payload).unwrap();
        let mut reply = Message::new(Op::BOOTREPLY);
        let chaddr = packet.chaddr().0;
        reply.set_hardware(1, chaddr).set_xid(packet.xid());
        reply.set_yiaddr(Ipv4Addr::new(10, chaddr[3], chaddr[4], chaddr[5]));
        let kind = match packet.message_type().unwrap() {
            MessageType::DISCOVER => MessageType::OFFER,
            MessageType::REQUEST => MessageType::ACK,
            _ => continue,
        };
        reply.push(&DHCP_MESSAGE_TYPE, kind.0).push(&SERVER_IDENTIFIER, SERVER);
        reply.push(&IP_ADDRESS_LEASE_TIME, lease);
        let payload = reply.end(300);
        let from = SocketAddrV4::new(SERVER, 67);
        let arrived = Arrived::default();
        crowd.handle(now, Input::Datagram { from, to: Ipv4Addr::BROADCAST, arrived, payload: &payload });
    }
    sent
}

fn run(crowd: &mut Crowd, end: u64, lease: u32) -> u32 {
    let mut sent = 0;
    while let Some(at) = crowd.next_deadline().filter(|at| *at <= Instant::from_secs(end)) {
        crowd.handle(at, Input::Deadline);
        sent += serve(crowd, at, lease);
    }
    sent
}

#[test]
fn each_gets_its_lease_and_keeps_it() {
    let mut crowd = crowd(1000, &Arc::new(Habits { desynchronise: true, ..Habits::default() }));
    run(&mut crowd, 11, 3600);
    assert_eq!((1000, 1000), (crowd.count(State::Bound), crowd.holding()));
    let sent = run(&mut crowd, 24 * 3600, 3600);
    assert_eq!(1000, crowd.holding());
    // A renewal each 27 to 30 minutes.
    assert!((47_000..54_000).contains(&sent), "{sent} messages in a day");
    let tally = crowd.tally();
    assert_eq!((0, 0, 0, 0), (tally.naks, tally.ended, tally.again, tally.dropped), "{tally:?}");
    for (place, client) in crowd.clients().iter().enumerate() {
        let [_, a, b, c] = u32::try_from(place).unwrap().to_be_bytes();
        assert_eq!(Ipv4Addr::new(10, a, b, c), client.lease().unwrap().address);
    }
}

#[test]
fn without_a_server_all_go_on_asking_and_none_is_forgotten() {
    let mut crowd = crowd(100, &Arc::new(Habits::default()));
    let mut sent = 0;
    while let Some(at) = crowd.next_deadline().filter(|at| *at <= Instant::from_secs(3600)) {
        crowd.handle(at, Input::Deadline);
        while let Some(output) = crowd.poll() {
            sent += u32::from(matches!(output, Output::Transmit(_)));
        }
    }
    assert_eq!(100, crowd.count(State::Selecting));
    assert!((5900..6100).contains(&sent), "{sent}: each at 0, 4, 12, 28, 60, and every 64 s");
}

#[test]
fn all_give_their_leases_back() {
    let mut crowd = crowd(100, &Arc::new(Habits::default()));
    run(&mut crowd, 1, 600);
    for place in 0..crowd.len() {
        crowd.tell(place, |client| client.release(Instant::from_secs(1)));
    }
    assert_eq!((100, 0), (crowd.count(State::Stopped), crowd.holding()));
    assert_eq!(100, serve(&mut crowd, Instant::from_secs(1), 600));
}

#[test]
fn an_address_joins_once_and_strangers_are_turned_away() {
    let habits = Arc::new(Habits::default());
    let mut crowd = crowd(2, &habits);
    let again = Client::idle(Config::with(chaddr(1), 9, habits));
    assert_eq!(None, crowd.join(again));
    let mut told = Vec::new();
    for payload in [&[0; 20][..], &[2; 300]] {
        let from = SocketAddrV4::new(SERVER, 67);
        let arrived = Arrived::default();
        crowd.handle(Instant::EPOCH, Input::Datagram { from, to: SERVER, arrived, payload });
    }
    while let Some(output) = crowd.poll() {
        if let Output::Event(event) = output {
            told.push(format!("{event:?}"));
        }
    }
    assert_eq!(2, told.len(), "{told:?}");
    assert_eq!(2, crowd.tally().dropped);
}

#[test]
fn an_idle_client_is_small() {
    assert!(size_of::<Client>() <= 400, "{} octets", size_of::<Client>());
}
