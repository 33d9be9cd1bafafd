//! Whatever comes: no panic, no broken law, and every reply can be read.

use std::net::Ipv4Addr;
use std::time::Duration;

use dhcpsim::endpoint::{Arrived, InUse};
use dhcpsim::options::TABLE;
use dhcpsim::packet::{Flags, MessageType, Packet};
use dhcpsim::server::Config;
use dhcpsim::server::config::{Reservation, Scope, Who};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

use crate::desk::*;
use crate::networks::lab;

/// Everything switched on.
fn everything() -> Config {
    let mut config = Config {
        rapid_commit: true,
        subnet_selection: true,
        lease_query: true,
        bootp: true,
        probe: Some(Duration::from_secs(1)),
        ..lab()
    };
    let who = Who::Hardware { htype: 1, chaddr: chaddr(1).to_vec() };
    let reservation = Reservation { who, address: Ipv4Addr::new(10, 0, 1, 50), scope: Scope::default() };
    config.networks[0].subnets[0].reservations.push(reservation);
    config
}

fn readable(desk: &Desk) {
    for reply in &desk.sent {
        let packet = Packet::parse(reply).unwrap();
        assert!(packet.message_type().is_some() || !packet.has(dhcpsim::options::Code(53)));
        assert!(packet.octets().len() <= 1472);
    }
}

#[test]
fn every_pair_of_options_on_every_way() {
    let hex = |text: &str| hex::decode(text).unwrap();
    let kinds = [MessageType::DISCOVER, MessageType::REQUEST, MessageType::INFORM, MessageType::LEASEQUERY];
    let giaddrs = [Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(10, 0, 1, 1), Ipv4Addr::new(198, 51, 100, 1)];
    let locals = [Ipv4Addr::new(10, 0, 1, 1), Ipv4Addr::new(10, 0, 3, 1), Ipv4Addr::new(203, 0, 113, 1)];
    let mut desk = Desk::new(everything());
    let mut turn = 0usize;
    for first in TABLE {
        for second in TABLE {
            turn += 1;
            let request = message(kinds[turn % 4], u8::try_from(turn % 6).unwrap(), |message| {
                message.set_giaddr(giaddrs[turn / 4 % 3]);
                message.set_flags(Flags(if turn.is_multiple_of(5) { 0x8000 } else { 0 }));
                if turn.is_multiple_of(7) {
                    message.set_ciaddr(Ipv4Addr::new(10, 0, 1, 10));
                }
                message.push_octets(first.code, &hex(first.example));
                let octets = hex(second.example);
                message.push_octets(second.code, octets.get(turn % 2..).unwrap_or_default());
            });
            let to = if turn.is_multiple_of(2) { Ipv4Addr::BROADCAST } else { SERVER };
            let arrived = Arrived::at(locals[turn / 12 % 3]);
            desk.server.set_explaining(turn.is_multiple_of(3));
            desk.says_via(u64::try_from(turn).unwrap(), Way { to, arrived, ..Way::default() }, &request);
            readable(&desk);
        }
    }
    desk.lawful();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Messages with octets changed at random, over several networks with everything switched on.
    #[test]
    fn noise_over_many_networks(
        steps in proptest::collection::vec(
            (0u8..8, 0u8..6, 0u8..4, 9u8..60, proptest::collection::vec((0usize..330, any::<u8>()), 0..3)),
            1..60,
        ),
    ) {
        let mut desk = Desk::new(everything());
        for (second, (kind, client, subnet, last, changes)) in (0u64..).zip(steps) {
            let address = Ipv4Addr::new(10, 0, subnet, last % 24);
            let mut payload = match kind {
                0 | 1 => discover(client),
                2 => select(client, address, SERVER),
                3 => reboot(client, address),
                4 => renew(client, address),
                5 => release(client, address),
                6 => decline(client, address),
                _ => message(MessageType::LEASEQUERY, client, |message| {
                    message.set_giaddr(Ipv4Addr::new(10, 0, 1, 1));
                }),
            };
            for (at, octet) in changes {
                if let Some(place) = payload.get_mut(at) {
                    *place = octet;
                }
            }
            let arrived = Arrived::at(Ipv4Addr::new(10, 0, subnet, 1));
            desk.says_via(second * 7, Way { arrived, ..Way::default() }, &payload);
            readable(&desk);
            desk.probed(second * 7, address, if last % 2 == 0 { InUse::Yes } else { InUse::No });
            if last == 30 {
                desk.restart();
            }
            if last == 31 {
                desk.reconfigure(if subnet == 0 { lab() } else { everything() });
            }
        }
        desk.lawful();
        for usage in desk.server.usage() {
            assert!(usage.bound + usage.offered + usage.resting <= usage.addresses + 1, "{usage:?}");
        }
        assert_eq!(0, desk.server.waiting());
    }
}
