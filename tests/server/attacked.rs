//! Under attack: floods, crowds and stores that fail; whoever has a lease goes on, and newcomers get theirs soon after.

use std::net::Ipv4Addr;
use std::time::Duration;

use dhcpsim::endpoint::{Commit, Endpoint, Instant, Lane};
use dhcpsim::lease::{Binding, BindingState, Pool, Subnet};
use dhcpsim::options::{CLIENT_IDENTIFIER, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER};
use dhcpsim::packet::{Message, MessageType, Packet};
use dhcpsim::server::config::{Reservation, Scope, Who};
use dhcpsim::server::{Config, LeaseTimes};
use dhcpsim::store::LeaseStore;
use pretty_assertions::assert_eq;

use crate::desk::*;

const NETWORK: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 0);

/// Serves so many addresses of 10.0.0.0/16, from 10.0.1.0 on.
fn wide(addresses: u32) -> Config {
    let subnet = Subnet::of(NETWORK, 16).unwrap();
    let last = Ipv4Addr::from(0x0a00_0100 + addresses - 1);
    let pool = Pool::new(subnet, Ipv4Addr::new(10, 0, 1, 0), last).unwrap();
    Config::simple(SERVER, &pool, &[], &[], LeaseTimes::new(3600).unwrap())
}

/// 10.0.0.`last`, a relay agent.
fn relay(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, last)
}

/// A message of one of many clients through a relay agent, if there is one.
fn from(
    kind: MessageType,
    client: u32,
    giaddr: Option<Ipv4Addr>,
    more: impl FnOnce(&mut Message),
) -> Vec<u8> {
    message(kind, 0, |message| {
        let [a, b, c, d] = client.to_be_bytes();
        message.set_hardware(1, &[2, 1, a, b, c, d]).set_xid(client);
        if let Some(giaddr) = giaddr {
            message.set_giaddr(giaddr);
        }
        more(message);
    })
}

fn asks(client: u32, giaddr: Option<Ipv4Addr>) -> Vec<u8> {
    from(MessageType::DISCOVER, client, giaddr, |_| {})
}

/// Through a relay agent that names the client's port (option 82, sub-option 1).
fn on_port(client: u32, giaddr: Ipv4Addr, port: u8) -> Vec<u8> {
    from(MessageType::DISCOVER, client, Some(giaddr), |message| {
        message.push_octets(dhcpsim::options::Code(82), &[1, 1, port]);
    })
}

fn takes(client: u32, giaddr: Option<Ipv4Addr>, address: Ipv4Addr) -> Vec<u8> {
    from(MessageType::REQUEST, client, giaddr, |message| {
        message.push(&REQUESTED_IP_ADDRESS, address).push(&SERVER_IDENTIFIER, SERVER);
    })
}

/// How many of these got an offer, and what was said to the others.
fn offered(desk: &mut Desk, at: u64, messages: impl IntoIterator<Item = Vec<u8>>) -> (usize, Option<String>) {
    let (mut offers, mut other) = (0, None);
    for message in messages {
        match desk.says(at, &message).pop() {
            Some(line) if line.starts_with("OFFER") => offers += 1,
            line => other = line,
        }
    }
    (offers, other)
}

#[test]
fn a_flood_through_one_relay_agent_leaves_half_of_what_is_free_for_another() {
    let mut desk = Desk::new(wide(200));
    // As long as nobody else comes, all is its own.
    let flood = |from: u32| (from..from + 300).map(|client| asks(client, Some(relay(1))));
    assert_eq!((200, Some("ignored: pool-exhausted".to_owned())), offered(&mut desk, 0, flood(0)));
    let one = || (5000..5001).map(|client| asks(client, Some(relay(2))));
    assert_eq!((0, Some("ignored: pool-exhausted".to_owned())), offered(&mut desk, 1, one()));
    // The flood goes on, and has to share from then on: the newcomer gets its address within the hold time.
    for second in 2..20 {
        offered(&mut desk, second, flood(300 * u32::try_from(second).unwrap()));
    }
    let many = (6000..6050).map(|client| asks(client, Some(relay(2))));
    assert_eq!((50, None), offered(&mut desk, 20, many));
    let crowded = Some("ignored: relay-crowded".to_owned());
    assert_eq!(crowded, offered(&mut desk, 20, flood(50_000)).1);
    assert_eq!((1, None), offered(&mut desk, 20, [asks(9000, None)]), "nor those without a relay agent");
    desk.lawful();
}

#[test]
fn a_flood_from_one_port_leaves_the_other_ports_alone() {
    let mut desk = Desk::new(Config { offers_per_port: 8, ..wide(200) });
    let flood = (0..100).map(|client| on_port(client, relay(1), 1));
    assert_eq!((8, Some("ignored: port-crowded".to_owned())), offered(&mut desk, 0, flood));
    let others = (200..208).map(|client| on_port(client, relay(1), u8::try_from(client).unwrap()));
    assert_eq!((8, None), offered(&mut desk, 0, others));
    desk.lawful();
}

#[test]
fn a_port_that_has_its_share_still_serves_who_has_a_lease_or_a_reservation() {
    let who = Who::Hardware { htype: 1, chaddr: vec![2, 1, 0, 0, 0, 77] };
    let mut config = Config { offers_per_port: 2, ..wide(200) };
    let address = Ipv4Addr::new(10, 0, 0, 77);
    config.networks[0].subnets[0].reservations.push(Reservation { who, address, scope: Scope::default() });
    let mut desk = Desk::new(config);
    desk.says(0, &on_port(1, relay(1), 1));
    desk.says(0, &takes(1, Some(relay(1)), Ipv4Addr::new(10, 0, 1, 0)));
    desk.wait_until(4000);
    let flood = (10..20).map(|client| on_port(client, relay(1), 1));
    assert_eq!((2, Some("ignored: port-crowded".to_owned())), offered(&mut desk, 4001, flood));
    let known = [on_port(1, relay(1), 1), on_port(77, relay(1), 1)];
    assert_eq!(
        (2, None),
        offered(&mut desk, 4001, known),
        "the holder of a lease that ended, and of a reservation"
    );
    desk.lawful();
}

#[test]
fn a_flood_keeps_no_more_than_4096_messages_for_probes() {
    let mut desk = Desk::new(Config { probe: Some(Duration::from_secs(1)), ..wide(5000) });
    let mut told = Vec::new();
    for client in 0..4200 {
        told.extend(desk.says(0, &asks(client, None)));
    }
    let of = |start: &str| told.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!((4096, 104), (of("probe of"), of("ignored: network-crowded")));
    let told = desk.wait_until(1);
    assert_eq!(4096, told.iter().filter(|line| line.starts_with("OFFER")).count());
    assert_eq!(["probe of 10.0.17.0"], *desk.says(1, &asks(9999, None)));
    desk.lawful();
}

#[test]
fn long_identifiers_take_no_more_memory_than_short_ones() {
    let mut desk = Desk::new(wide(40_000));
    let long = |client: u32| {
        from(MessageType::DISCOVER, client, None, |message| {
            let mut identifier = [7; 250];
            identifier[..4].copy_from_slice(&client.to_be_bytes());
            message.push(&CLIENT_IDENTIFIER, &identifier);
        })
    };
    let crowded = Some("ignored: network-crowded".to_owned());
    let (open, other) = offered(&mut desk, 0, (0..5000).map(long));
    assert_eq!(((1 << 19) / 250, crowded), (open, other), "half a MiB of identifiers is open");
    let usual = (10_000..10_100).map(|client| asks(client, None));
    assert_eq!((100, None), offered(&mut desk, 1, usual), "who has a usual identifier has room");
    assert_eq!(
        (100, None),
        offered(&mut desk, 11, (6000..6100).map(long)),
        "and all have after the hold time"
    );
    desk.lawful();
}

#[test]
fn long_messages_are_kept_for_fewer_probes() {
    let mut desk = Desk::new(Config { probe: Some(Duration::from_secs(1)), ..wide(5000) });
    let mut told = Vec::new();
    for client in 0..3000 {
        let mut message = asks(client, None);
        message.resize(1400, 0);
        told.extend(desk.says(0, &message));
    }
    let probes = told.iter().filter(|line| line.starts_with("probe of")).count();
    assert_eq!((4096 * 576usize).div_ceil(1400), probes);
}

#[test]
fn newcomers_are_served_within_ten_seconds_after_a_flood() {
    let mut desk = Desk::new(wide(500));
    for second in 0..10 {
        let from = second * 1000;
        let flood = (0..1000).map(|client| asks(u32::try_from(from).unwrap() + client, None));
        offered(&mut desk, second, flood);
    }
    let newcomers = (100_000..100_100).map(|client| asks(client, None));
    assert_eq!(100, offered(&mut desk, 19, newcomers).0);
    desk.lawful();
}

#[test]
fn offers_to_strangers_are_held_for_less_when_addresses_run_short() {
    let mut desk = Desk::new(wide(100));
    offered(&mut desk, 0, (0..100).map(|client| asks(client, None)));
    let held = |desk: &Desk| desk.server.usage()[0].offered;
    assert_eq!(100, held(&desk));
    desk.wait_until(3);
    assert_eq!(100, held(&desk), "nobody has less than three seconds");
    desk.wait_until(4);
    assert!((91..100).contains(&held(&desk)), "the last ones have hardly more: {}", held(&desk));
    desk.wait_until(9);
    assert_eq!(92, held(&desk), "those who came while a tenth was free have ten, the next nine and a bit");
    desk.wait_until(10);
    assert_eq!(0, held(&desk));
}

#[test]
fn nothing_is_left_of_offers_that_nobody_took() {
    let mut desk = Desk::new(wide(4000));
    for second in 0..40 {
        let flood = (0..1000).map(|client| asks(second * 1000 + client, None));
        offered(&mut desk, u64::from(second), flood);
    }
    desk.wait_until(60);
    let usage = &desk.server.usage()[0];
    assert_eq!((0, 0), (usage.offered, usage.bound));
    assert_eq!(None, desk.server.next_deadline());
    for client in [0, 39_999] {
        let back = from(MessageType::REQUEST, client, None, |message| {
            message.push(&REQUESTED_IP_ADDRESS, Ipv4Addr::new(10, 0, 1, 0));
        });
        assert_eq!(Lane::Stranger(Ipv4Addr::UNSPECIFIED), desk.server.lane(&back), "its key is forgotten");
    }
}

#[test]
fn known_clients_wait_in_a_lane_before_strangers() {
    let who = Who::Hardware { htype: 1, chaddr: chaddr(9).to_vec() };
    let mut config = config();
    config.networks[0].subnets[0].reservations.push(Reservation {
        who,
        address: ip(50),
        scope: Scope::default(),
    });
    let mut desk = Desk::new(config);
    let stranger = Lane::Stranger(Ipv4Addr::UNSPECIFIED);
    let named = |kind| with_identifier(1, b"\0one", kind);
    let request = |message: Vec<u8>| {
        let mut octets = message;
        octets[242] = MessageType::REQUEST.0;
        octets
    };
    assert_eq!(stranger, desk.server.lane(&named(MessageType::DISCOVER)));
    desk.says(0, &named(MessageType::DISCOVER));
    assert_eq!(stranger, desk.server.lane(&named(MessageType::DISCOVER)), "an offer makes nobody known");
    assert_eq!(
        Lane::Known,
        desk.server.lane(&named(MessageType::REQUEST)),
        "but who may take one comes first"
    );
    assert_eq!(stranger, desk.server.lane(&select(1, ip(100), SERVER)), "the same chaddr is another client");
    let take = message(MessageType::REQUEST, 1, |message| {
        message.push(&CLIENT_IDENTIFIER, b"\0one");
        message.push(&REQUESTED_IP_ADDRESS, ip(100)).push(&SERVER_IDENTIFIER, SERVER);
    });
    desk.says(0, &take);
    for kind in [MessageType::DISCOVER, MessageType::REQUEST, MessageType::RELEASE] {
        assert_eq!(Lane::Known, desk.server.lane(&named(kind)));
        assert_eq!(stranger, desk.server.lane(&message(kind, 1, |_| {})));
    }
    desk.wait_until(5000);
    assert_eq!(Lane::Known, desk.server.lane(&named(MessageType::DISCOVER)), "who had a lease is known too");
    assert_eq!(Lane::Known, desk.server.lane(&discover(9)), "and who has a reservation");
    let through = |giaddr: Ipv4Addr| {
        let mut octets = request(discover(3));
        octets[24..28].copy_from_slice(&giaddr.octets());
        desk.server.lane(&octets)
    };
    assert_eq!(Lane::Stranger(RELAY), through(RELAY));
    assert_eq!(stranger, through(Ipv4Addr::new(203, 0, 113, 1)), "a relay agent of nobody's has no lane");
    assert_eq!(stranger, desk.server.lane(&[0; 20]));
}

#[test]
fn declined_addresses_are_a_share_of_the_subnet_at_most() {
    let mut desk = Desk::new(wide(100));
    for client in 0..60 {
        desk.says(1, &asks(client, None));
        let address = Packet::parse(desk.sent.last().unwrap()).unwrap().yiaddr();
        let declined = from(MessageType::DECLINE, client, None, |message| {
            message.push(&REQUESTED_IP_ADDRESS, address).push(&SERVER_IDENTIFIER, SERVER);
        });
        desk.says(1, &declined);
        assert!(desk.server.usage()[0].resting <= 10);
    }
    assert_eq!((10, 0), (desk.server.usage()[0].resting, desk.server.usage()[0].offered));
    desk.wait_until(601);
    assert_eq!(0, desk.server.usage()[0].resting, "and rest for ten minutes at most");
}

/// One client takes and declines an address as often as that.
fn declines(desk: &mut Desk, second: u64, times: u32) {
    for _ in 0..times {
        desk.says(second, &asks(1, None));
        let address = desk.reply().yiaddr();
        desk.says(second, &takes(1, None, address));
        let declined = from(MessageType::DECLINE, 1, None, |message| {
            message.push(&REQUESTED_IP_ADDRESS, address).push(&SERVER_IDENTIFIER, SERVER);
        });
        desk.says(second, &declined);
    }
}

#[test]
fn a_restart_finds_no_more_addresses_at_rest_than_there_were() {
    let mut desk = Desk::new(wide(40));
    declines(&mut desk, 1, 400);
    let resting = |desk: &Desk| desk.server.usage()[0].resting;
    assert_eq!(4, resting(&desk));
    let stored = desk.store.load().unwrap().into_iter();
    let at_rest = |binding: &Binding| {
        binding.state == BindingState::Declined && binding.expires > Instant::from_secs(1)
    };
    assert_eq!(4, stored.filter(at_rest).count(), "the store knows which rested early");
    desk.restart();
    assert_eq!(4, resting(&desk));
    assert_eq!((36, None), offered(&mut desk, 2, (100..136).map(|client| asks(client, None))));
    desk.lawful();
}

#[test]
fn what_a_store_has_at_rest_is_bounded_in_number_and_time() {
    let mut desk = Desk::new(wide(40));
    declines(&mut desk, 1, 4);
    // As another server or another configuration may have left it: all of them, and for a day.
    let one = desk.store.load().unwrap().remove(0);
    for number in 0..40u32 {
        let address = Ipv4Addr::from(0x0a00_0100 + number);
        let since = Instant::from_secs(1 + u64::from(number));
        let expires = since + Duration::from_secs(86_400);
        let binding = Binding { address, since, expires, ..Binding::clone(&one) };
        desk.store.commit(&[Commit { binding: binding.into() }]);
    }
    desk.restart();
    assert_eq!(4, desk.server.usage()[0].resting);
    let told = desk.wait_until(640);
    assert_eq!(
        ["10.0.1.36 rested", "10.0.1.37 rested", "10.0.1.38 rested", "10.0.1.39 rested"],
        *told,
        "those that rested longest were freed, and the others rest for ten minutes"
    );
    let stored = desk.store.load().unwrap();
    let rests = |least: u64| {
        let longer = |binding: &&Binding| binding.expires > binding.since + Duration::from_secs(least);
        stored.iter().filter(longer).count()
    };
    assert_eq!((4, 0), (rests(0), rests(600)), "which the store is told");
}

/// A seed for what happens to datagrams; the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// 500 clients want 400 addresses for two minutes each, until there were so many acknowledgements. Of the datagrams 10 %
/// are lost, 10 % come twice, and some later than others.
fn crowd(acks: u64) -> (u64, u64) {
    let mut config = wide(400);
    config.scope.set_lease(LeaseTimes::new(120).unwrap());
    let mut desk = Desk::new(config);
    let mut chance = Chance(7);
    // By second, what arrives then: by far the most comes at once, some a few seconds later.
    let mut way: Vec<Vec<Vec<u8>>> = vec![Vec::new(); 8];
    let mut clients: Vec<Option<(Ipv4Addr, u64)>> = vec![None; 500];
    let (mut second, mut duplicates) = (0, 0);
    while desk.law.grants() < acks {
        second += 1;
        for (number, client) in (0u32..).zip(clients.iter_mut()) {
            let sent = match *client {
                Some((_, until)) if second >= until => {
                    *client = None;
                    continue;
                }
                Some((address, until)) if second + 60 >= until && chance.below(8) == 0 => {
                    from(MessageType::REQUEST, number, None, |message| {
                        message.set_ciaddr(address);
                    })
                }
                None if chance.below(8) == 0 => asks(number, None),
                _ => continue,
            };
            for _ in 0..1 + u64::from(chance.below(10) == 0) {
                let later = if chance.below(4) == 0 { 1 + chance.below(6) } else { 0 };
                way[usize::try_from(later).unwrap()].push(sent.clone());
            }
        }
        let arrived = way.remove(0);
        way.push(Vec::new());
        for octets in arrived {
            if chance.below(10) == 0 {
                continue;
            }
            desk.says(second, &octets);
            let Some(reply) = desk.sent.first().cloned().filter(|_| chance.below(10) != 0) else { continue };
            let reply = Packet::parse(&reply).unwrap();
            let (number, address) = (reply.xid(), reply.yiaddr());
            match reply.message_type() {
                Some(MessageType::OFFER) => {
                    let later = usize::try_from(chance.below(3)).unwrap();
                    let take = takes(number, None, address);
                    way[later].push(take.clone());
                    if chance.below(10) == 0 {
                        duplicates += 1;
                        way[later + 4].push(take);
                    }
                }
                Some(MessageType::ACK) => {
                    clients[usize::try_from(number).unwrap()] = Some((address, second + 119));
                }
                _ => clients[usize::try_from(number).unwrap()] = None,
            }
        }
        // Some leave without a word, and find themselves anew later.
        let gone = usize::try_from(chance.below(500)).unwrap();
        clients[gone] = None;
    }
    desk.lawful();
    (desk.law.grants(), duplicates)
}

#[test]
fn a_crowd_over_a_bad_network_is_neither_granted_nor_offered_anything_twice() {
    let (grants, duplicates) = crowd(20_000);
    assert!(grants >= 20_000 && duplicates > 100, "{grants} {duplicates}");
}

#[test]
#[ignore = "takes long in a debug build: cargo test --release --test server -- --ignored"]
fn a_large_crowd_over_a_bad_network_is_neither_granted_nor_offered_anything_twice() {
    assert!(crowd(100_000).0 >= 100_000);
}

#[test]
fn an_address_that_is_offered_to_its_holder_is_held_beyond_the_end_of_the_lease() {
    let mut config = wide(2);
    config.scope.set_lease(LeaseTimes::new(4).unwrap());
    let mut desk = Desk::new(config);
    let first = Ipv4Addr::new(10, 0, 1, 0);
    desk.says(0, &asks(1, None));
    desk.says(0, &takes(1, None, first));
    desk.says(3, &asks(1, None));
    let wants = from(MessageType::DISCOVER, 2, None, |message| {
        message.push(&REQUESTED_IP_ADDRESS, first);
    });
    let told = desk.says(5, &wants);
    assert_eq!(["lease of 10.0.1.0 expired", "OFFER 10.0.1.1 for 4 to hardware"], *told);
    assert_eq!(["ACK 10.0.1.0 for 4 to hardware"], *desk.says(6, &takes(1, None, first)));
    desk.lawful();
}

#[test]
fn holders_are_never_refused_for_what_the_store_does() {
    let mut desk = Desk::new(config());
    desk.says(0, &discover(1));
    desk.says(0, &select(1, ip(100), SERVER));
    desk.mood = Mood::Refuses;
    for at in [1800, 1900, 2000] {
        let told = desk.says(at, &renew(1, ip(100)));
        assert_eq!(["192.0.2.100 not stored: the store has no room for more bindings"], *told);
        let told = desk.says(at, &reboot(1, ip(100)));
        assert_eq!(["192.0.2.100 not stored: the store has no room for more bindings"], *told);
        assert!(desk.holder(ip(100)).is_some());
    }
    desk.mood = Mood::Waits;
    assert_eq!(Vec::<String>::new(), desk.says(2100, &renew(1, ip(100))));
    assert_eq!(["ignored: commit-pending"], *desk.says(2101, &renew(1, ip(100))));
    desk.store_answers(Err(dhcpsim::endpoint::Refused::Unwritable(std::io::ErrorKind::StorageFull)));
    desk.mood = Mood::Keeps;
    assert_eq!(["ACK 192.0.2.100 for 3600 to client 192.0.2.100"], *desk.says(2102, &renew(1, ip(100))));
    desk.lawful();
}
