//! Constructing and sending messages (RFC 2131 §4.1), and what they hold.

use std::net::{Ipv4Addr, SocketAddrV4};

use dhcpsim::endpoint::Arrived;
use dhcpsim::options::{
    CLIENT_IDENTIFIER, Code, MAXIMUM_DHCP_MESSAGE_SIZE, PARAMETER_REQUEST_LIST, REQUESTED_IP_ADDRESS,
    SERVER_IDENTIFIER,
};
use dhcpsim::packet::{Flags, Message, MessageType, Packet};
use dhcpsim::server::Config;
use pretty_assertions::assert_eq;

use crate::desk::*;
use crate::exchanges::bound;

const NONE: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

fn at(message: &mut Message, giaddr: Ipv4Addr, ciaddr: Ipv4Addr, flags: Flags) {
    message.set_giaddr(giaddr).set_ciaddr(ciaddr).set_flags(flags);
}

/// As many octets of options as asked for, of an unassigned code in parts of 100.
fn stuffed(octets: usize) -> Config {
    let mut config = config();
    for (code, part) in (224u8..).zip(vec![7; octets].chunks(100)) {
        config.scope.options.push_octets(Code(code), part);
    }
    config
}

#[test]
fn replies_go_to_giaddr_then_ciaddr_then_by_the_broadcast_flag() {
    for (giaddr, ciaddr, flags, want) in [
        (RELAY, ip(100), Flags::BROADCAST, "relay 192.0.2.2"),
        (RELAY, NONE, Flags::default(), "relay 192.0.2.2"),
        (NONE, ip(100), Flags::BROADCAST, "client 192.0.2.100"),
        (NONE, ip(100), Flags::default(), "client 192.0.2.100"),
        (NONE, NONE, Flags::BROADCAST, "all"),
        (NONE, NONE, Flags::default(), "hardware"),
    ] {
        let discover = message(MessageType::DISCOVER, 1, |message| at(message, giaddr, ciaddr, flags));
        let told = Desk::new(config()).says(0, &discover);
        assert_eq!([format!("OFFER 192.0.2.100 for 3600 to {want}")], *told);
        let request = message(MessageType::REQUEST, 1, |message| {
            at(message, giaddr, ciaddr, flags);
            message.push(&REQUESTED_IP_ADDRESS, ip(100)).push(&SERVER_IDENTIFIER, SERVER);
        });
        let told = Desk::new(config()).says(0, &request);
        assert_eq!([format!("ACK 192.0.2.100 for 3600 to {want}")], *told);
    }
}

#[test]
fn a_nak_is_broadcast_wherever_the_client_says_it_is() {
    for (giaddr, ciaddr, flags, want) in [
        (NONE, ip(101), Flags::default(), "all"),
        (NONE, NONE, Flags::default(), "all"),
        (RELAY, NONE, Flags::default(), "relay 192.0.2.2"),
    ] {
        let request = message(MessageType::REQUEST, 9, |message| {
            at(message, giaddr, ciaddr, flags);
            message.push(&REQUESTED_IP_ADDRESS, ip(100)).push(&SERVER_IDENTIFIER, SERVER);
        });
        let mut desk = bound();
        assert_eq!([format!("NAK (address is not available) to {want}")], *desk.says(1, &request));
        assert_eq!(giaddr == RELAY, desk.reply().flags().broadcast(), "the bit is set for the relay agent");
    }
}

#[test]
fn nothing_is_sent_to_a_giaddr_or_ciaddr_that_is_not_served() {
    let foreign = Ipv4Addr::new(198, 51, 100, 1);
    let relayed = message(MessageType::DISCOVER, 1, |message| at(message, foreign, NONE, Flags::default()));
    assert_eq!(["ignored: unknown-relay"], *Desk::new(config()).says(0, &relayed));
    let claimed = message(MessageType::DISCOVER, 1, |message| at(message, NONE, foreign, Flags::default()));
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *Desk::new(config()).says(0, &claimed));
    let inform = message(MessageType::INFORM, 1, |message| at(message, NONE, foreign, Flags::default()));
    assert_eq!(["ignored: other-network"], *Desk::new(config()).says(0, &inform));
}

#[test]
fn the_server_identifier_is_the_address_that_the_message_came_to() {
    let mut config = config();
    config.server_identifier = None;
    let mut desk = Desk::new(config.clone());
    for (to, arrived) in [(Ipv4Addr::BROADCAST, SERVER), (SERVER, NONE)] {
        desk.says_via(0, Way { to, arrived: Arrived::at(arrived), ..Way::default() }, &discover(1));
        assert_eq!(Some(SERVER), desk.reply().get(&SERVER_IDENTIFIER).unwrap());
    }
    let nowhere = Way { to: Ipv4Addr::BROADCAST, arrived: Arrived::default(), ..Way::default() };
    assert_eq!(["ignored: no-server-address"], *Desk::new(config).says_via(0, nowhere, &discover(1)));
}

#[test]
fn any_of_its_addresses_identifies_the_server() {
    let mut desk = bound();
    let told = desk.says(1, &select(1, ip(100), OTHER_SERVER));
    assert_eq!(["ignored: other-server"], *told);
    desk.server.set_addresses([OTHER_SERVER].into());
    assert_eq!(["ACK 192.0.2.100 for 3599 to hardware"], *desk.says(1, &select(1, ip(100), OTHER_SERVER)));
    let way = Way { arrived: Arrived::at(ip(3)), ..Way::default() };
    assert_eq!(["ACK 192.0.2.100 for 3599 to hardware"], *desk.says_via(1, way, &select(1, ip(100), ip(3))));
}

#[test]
fn a_reply_leaves_where_its_request_came_in() {
    let arrived = Arrived { interface: Some(7), local: SERVER };
    let mut desk = Desk::new(config());
    desk.says_via(0, Way { arrived, ..Way::default() }, &discover(1));
    assert_eq!(Some(arrived), desk.via);
}

/// The codes of an area, checked to end with option 255 and zeros.
fn ended(octets: &[u8]) -> Vec<u8> {
    let mut codes = Vec::new();
    let mut at = 0;
    while octets[at] != 255 {
        codes.push(octets[at]);
        at += 2 + usize::from(octets[at + 1]);
        assert!(at < octets.len(), "an option reaches over the end of its area");
    }
    assert!(octets[at + 1..].iter().all(|octet| *octet == 0), "pads follow the end");
    codes
}

#[test]
fn every_area_ends_with_option_255_and_is_filled_up_with_pads() {
    for octets in 0..600 {
        let mut desk = Desk::new(stuffed(octets));
        desk.says(0, &discover(1));
        let offer = desk.reply();
        ended(&offer.tail()[4..]);
        let overload = offer.value(Code(52)).map_or(0, |value| value[0]);
        for (bit, field) in [(1, offer.file()), (2, offer.sname())] {
            match overload & bit {
                0 => assert!(field.iter().all(|octet| *octet == 0)),
                _ => assert!(!ended(field).is_empty()),
            }
        }
    }
}

#[test]
fn a_reply_has_at_most_576_octets_or_what_option_57_says() {
    for (size, want) in [(None, 548), (Some(576), 548), (Some(1500), 1472)] {
        for octets in [0, 200, 310, 320, 500, 900, 1400] {
            let discover = message(MessageType::DISCOVER, 1, |message| {
                message.push_octets(Code(82), &[1, 30].into_iter().chain([8; 30]).collect::<Vec<_>>());
                if let Some(size) = size {
                    message.push(&MAXIMUM_DHCP_MESSAGE_SIZE, size);
                }
            });
            let mut desk = Desk::new(stuffed(octets));
            desk.says(0, &discover);
            let offer = desk.reply();
            assert!((300..=want).contains(&offer.octets().len()), "{size:?} {octets}");
            assert_eq!(Some(&82), desk.codes_of_area().last(), "{size:?} {octets}");
        }
    }
}

#[test]
fn what_has_no_room_is_left_out_and_said() {
    let mut desk = Desk::new(stuffed(900));
    let told = desk.says(0, &discover(1));
    assert!(told[0].starts_with("no room for [Code(2"), "{told:?}");
    let mut desk = Desk::new(config());
    let agent = message(MessageType::DISCOVER, 1, |message| {
        message.push_octets(Code(82), &[[1, 250].as_slice(), &[9; 250]].concat());
        message.push_octets(Code(82), &[[2, 250].as_slice(), &[9; 250]].concat());
    });
    let told = desk.says(0, &agent);
    assert_eq!(["no room for [Code(82)]", "OFFER 192.0.2.100 for 3600 to hardware"], *told);
}

#[test]
fn an_option_that_fits_no_area_whole_is_split() {
    let mut config = config();
    config.scope.options.push_octets(Code(224), &[5; 330]);
    let mut desk = Desk::new(config);
    desk.says(0, &discover(1));
    let offer = desk.reply();
    assert_eq!([5; 330], *offer.value(Code(224)).unwrap());
    assert_eq!(Some(1), offer.value(Code(52)).map(|value| value[0]), "file alone has room for the rest");
}

#[test]
fn names_in_file_and_sname_are_not_overwritten_by_options() {
    let mut config = stuffed(400);
    config.scope.boot_file = Some(b"boot.img".to_vec());
    let mut desk = Desk::new(config);
    desk.says(0, &discover(1));
    assert!(desk.reply().file().starts_with(b"boot.img\0"));
    assert_eq!(Some(2), desk.reply().value(Code(52)).map(|value| value[0]));
}

#[test]
fn a_parameter_comes_once() {
    let mut desk = Desk::new(config());
    let discover = message(MessageType::DISCOVER, 1, |message| {
        message.push(&PARAMETER_REQUEST_LIST, &[6, 6, 3, 1, 6]);
    });
    desk.says(0, &discover);
    assert_eq!([53, 54, 51, 58, 59, 6, 1, 3], *desk.codes());
}

#[test]
fn defaults_of_the_host_requirements_are_told_to_who_asks() {
    let mut config = config();
    config.scope.options.push_octets(Code(23), &[32]);
    let mut desk = Desk::new(config);
    let discover = message(MessageType::DISCOVER, 1, |message| {
        message.push(&PARAMETER_REQUEST_LIST, &[19, 23, 37, 26, 42]);
    });
    desk.says(0, &discover);
    assert_eq!([53, 54, 51, 58, 59, 19, 23, 37], *desk.codes());
    assert_eq!([32], *desk.reply().value(Code(23)).unwrap(), "what is configured comes first");
    assert_eq!([64], *desk.reply().value(Code(37)).unwrap());
}

#[test]
fn option_61_identifies_a_client_else_htype_and_chaddr() {
    let mut desk = Desk::new(config());
    let of = |htype: u8, chaddr: &[u8], id: Option<&[u8]>| {
        message(MessageType::DISCOVER, 1, |message| {
            message.set_hardware(htype, chaddr);
            if let Some(id) = id {
                message.push(&CLIENT_IDENTIFIER, id);
            }
        })
    };
    for (request, want) in [
        (of(1, &chaddr(1), None), 100),
        (of(6, &chaddr(1), None), 101),
        (of(1, &chaddr(1), Some(b"\0a")), 102),
        (of(1, &chaddr(2), Some(b"\0a")), 102),
        (of(1, &chaddr(1), Some(b"\0a\0")), 103),
    ] {
        assert_eq!([format!("OFFER 192.0.2.{want} for 3600 to hardware")], *desk.says(0, &request));
    }
}

#[test]
fn relay_agents_are_answered_on_the_port_they_ask_on_if_they_say_so() {
    let from = SocketAddrV4::new(RELAY, 6700);
    let way = Way { from, ..Way::default() };
    for (agent, want) in [(&[19, 0][..], "relay 192.0.2.2 port 6700"), (&[1, 1, 7], "relay 192.0.2.2")] {
        let discover = message(MessageType::DISCOVER, 1, |message| {
            message.set_giaddr(RELAY).push_octets(Code(82), agent);
        });
        let mut desk = Desk::new(config());
        assert_eq!([format!("OFFER 192.0.2.100 for 3600 to {want}")], *desk.says_via(0, way, &discover));
        assert_eq!(agent, &*desk.reply().value(Code(82)).unwrap());
    }
}

#[test]
fn every_reply_reads_without_anomaly() {
    let mut desk = bound();
    for request in [discover(2), select(2, ip(101), SERVER), renew(1, ip(100)), reboot(3, ip(100))] {
        desk.says(1, &request);
        for reply in &desk.sent {
            let packet = Packet::parse(reply).unwrap();
            let found: Vec<String> =
                dhcpsim::packet::anomaly::anomalies(&packet).iter().map(ToString::to_string).collect();
            assert_eq!(Vec::<String>::new(), found);
        }
    }
}
