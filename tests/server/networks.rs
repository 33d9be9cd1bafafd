//! Many networks: where a client is, what it may have there, whose settings it gets.

use std::net::{Ipv4Addr, SocketAddrV4};

use dhcpsim::endpoint::Arrived;
use dhcpsim::lease::Subnet;
use dhcpsim::options::{
    CLIENT_IDENTIFIER, Code, DOMAIN_NAME, PARAMETER_REQUEST_LIST, REQUESTED_IP_ADDRESS, ROUTER,
    SERVER_IDENTIFIER, SUBNET_MASK, SUBNET_SELECTION, VENDOR_CLASS_IDENTIFIER,
};
use dhcpsim::packet::{Message, MessageType};
use dhcpsim::server::Config;
use dhcpsim::server::config::{
    Class, Comparison, Exclusion, Network, Range, Reservation, Scope, Subject, SubnetConfig, Test, Who,
};
use pretty_assertions::assert_eq;

use crate::desk::*;

/// 10.0.`subnet`.`last`.
fn at(subnet: u8, last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, subnet, last)
}

const AGENT: Ipv4Addr = Ipv4Addr::new(172, 16, 0, 1);

/// A subnet 10.0.`subnet`.0/24 that gives from `first` to `last`, with its number as domain.
fn subnet(number: u8, first: u8, last: u8) -> SubnetConfig {
    let mut config = SubnetConfig::new(Subnet::of(at(number, 0), 24).unwrap());
    config.ranges.push(Range::new(at(number, first), at(number, last)));
    config.scope.options.push(&DOMAIN_NAME, format!("net{number}").as_bytes());
    config
}

fn reservation(who: Who, address: Ipv4Addr) -> Reservation {
    Reservation { who, address, scope: Scope::default() }
}

/// Two networks: 10.0.1.0/24 with 10.0.2.0/24 for phones on eth1, and 10.0.3.0/24.
pub(crate) fn lab() -> Config {
    let mut office = subnet(1, 10, 13);
    office.exclusions.push(Exclusion { first: at(1, 11), last: at(1, 12) });
    office.relays.push(AGENT);
    let mut phones = subnet(2, 20, 20);
    phones.ranges[0].classes.push("phones".to_owned());
    let test = Test {
        subject: Subject::Option(VENDOR_CLASS_IDENTIFIER.code),
        comparison: Comparison::StartsWith(b"phone".into()),
    };
    let mut of_phones = Scope { default_lease: Some(600), ..Scope::default() };
    of_phones.options.push_octets(Code(150), &[192, 0, 2, 150]);
    Config {
        server_identifier: Some(SERVER),
        classes: vec![Class { name: "phones".to_owned(), tests: vec![test], scope: of_phones }],
        networks: vec![
            Network {
                name: "office".to_owned(),
                interface: Some("eth1".to_owned()),
                subnets: vec![office, phones],
                ..Network::default()
            },
            Network { subnets: vec![subnet(3, 10, 12)], ..Network::default() },
        ],
        ..Config::default()
    }
}

fn desk() -> Desk {
    let mut desk = Desk::new(lab());
    desk.server.set_interfaces([(1, "eth1".to_owned()), (3, "eth3".to_owned())].into());
    desk
}

/// Broadcast on an interface.
fn on(index: u32, local: Ipv4Addr) -> Way {
    let arrived = Arrived { interface: Some(index), local };
    Way { to: Ipv4Addr::BROADCAST, arrived, ..Way::default() }
}

fn via(giaddr: Ipv4Addr) -> impl Fn(&mut Message) {
    move |message| {
        message.set_giaddr(giaddr);
    }
}

#[test]
fn the_subnet_is_that_of_the_interface_that_the_message_came_in_on() {
    for (way, want) in [
        (on(1, at(1, 1)), "OFFER 10.0.1.10 for 3600 to hardware"),
        (on(3, at(3, 1)), "OFFER 10.0.3.10 for 3600 to hardware"),
        // By the name of the interface, whatever address it has.
        (on(1, Ipv4Addr::new(192, 0, 2, 1)), "OFFER 10.0.1.10 for 3600 to hardware"),
        (on(9, Ipv4Addr::new(192, 0, 2, 1)), "ignored: unknown-link"),
    ] {
        assert_eq!([want], *desk().says_via(0, way, &discover(1)), "{way:?}");
    }
}

#[test]
fn the_subnet_is_that_of_giaddr_or_of_the_listed_relay_agent() {
    for (giaddr, want) in [
        (at(1, 1), "OFFER 10.0.1.10 for 3600 to relay 10.0.1.1"),
        (at(3, 1), "OFFER 10.0.3.10 for 3600 to relay 10.0.3.1"),
        (AGENT, "OFFER 10.0.1.10 for 3600 to relay 172.16.0.1"),
        (Ipv4Addr::new(172, 16, 0, 2), "ignored: unknown-relay"),
    ] {
        let discover = message(MessageType::DISCOVER, 1, via(giaddr));
        assert_eq!([want], *desk().says_via(0, on(3, at(3, 1)), &discover), "{giaddr}");
    }
}

#[test]
fn link_selection_chooses_the_subnet_and_giaddr_gets_the_reply() {
    for (selected, want) in
        [(at(3, 0), "OFFER 10.0.3.10 for 3600 to relay 172.16.0.1"), (at(9, 0), "ignored: unknown-link")]
    {
        let discover = message(MessageType::DISCOVER, 1, |message| {
            via(AGENT)(message);
            message.push_octets(Code(82), &[&[5, 4], &selected.octets()[..]].concat());
        });
        assert_eq!([want], *desk().says(0, &discover), "{selected}");
    }
    // Without a relay agent there is nobody to say it.
    let alone = message(MessageType::DISCOVER, 1, |message| {
        message.push_octets(Code(82), &[5, 4, 10, 0, 3, 0]);
    });
    assert_eq!(["OFFER 10.0.1.10 for 3600 to hardware"], *desk().says_via(0, on(1, at(1, 1)), &alone));
}

#[test]
fn subnet_selection_chooses_the_subnet_only_where_it_is_switched_on() {
    let discover = message(MessageType::DISCOVER, 1, |message| {
        via(AGENT)(message);
        message.push(&SUBNET_SELECTION, at(3, 0));
    });
    let mut off = desk();
    assert_eq!(["OFFER 10.0.1.10 for 3600 to relay 172.16.0.1"], *off.says(0, &discover));
    assert!(!off.reply().has(Code(118)));
    let mut on = Desk::new(Config { subnet_selection: true, ..lab() });
    assert_eq!(["OFFER 10.0.3.10 for 3600 to relay 172.16.0.1"], *on.says(0, &discover));
    assert_eq!(Some(at(3, 0)), on.reply().get(&SUBNET_SELECTION).unwrap());
    let both = message(MessageType::DISCOVER, 2, |message| {
        via(AGENT)(message);
        message.push(&SUBNET_SELECTION, at(3, 0)).push_octets(Code(82), &[5, 4, 10, 0, 1, 0]);
    });
    assert_eq!(["OFFER 10.0.1.10 for 3600 to relay 172.16.0.1"], *on.says(0, &both), "82.5 before 118");
}

#[test]
fn a_renewal_by_unicast_is_on_the_network_of_ciaddr() {
    let mut desk = desk();
    desk.says_via(0, on(3, at(3, 1)), &discover(1));
    desk.says_via(0, on(3, at(3, 1)), &select(1, at(3, 10), SERVER));
    let way = Way { to: SERVER, ..on(1, at(1, 1)) };
    assert_eq!(["ACK 10.0.3.10 for 3600 to client 10.0.3.10"], *desk.says_via(9, way, &renew(1, at(3, 10))));
    desk.lawful();
}

#[test]
fn a_client_is_another_one_on_another_network() {
    let mut desk = desk();
    for (way, address) in [(on(1, at(1, 1)), at(1, 10)), (on(3, at(3, 1)), at(3, 10))] {
        assert_eq!([format!("OFFER {address} for 3600 to hardware")], *desk.says_via(0, way, &discover(1)));
        assert_eq!(1, desk.says_via(0, way, &select(1, address, SERVER)).len());
    }
    assert!(desk.holder(at(1, 10)).is_some() && desk.holder(at(3, 10)).is_some());
    // One that moved asks for the address of its old network.
    assert_eq!(
        ["NAK (address is on another network) to all"],
        *desk.says_via(1, on(3, at(3, 1)), &reboot(1, at(1, 10)))
    );
    assert!(desk.holder(at(1, 10)).is_some());
    desk.lawful();
}

#[test]
fn what_is_excluded_is_not_given() {
    let mut desk = desk();
    let way = on(1, at(1, 1));
    let wanting = message(MessageType::DISCOVER, 1, |message| {
        message.push(&REQUESTED_IP_ADDRESS, at(1, 11));
    });
    assert_eq!(["OFFER 10.0.1.10 for 3600 to hardware"], *desk.says_via(0, way, &wanting));
    assert_eq!(["OFFER 10.0.1.13 for 3600 to hardware"], *desk.says_via(0, way, &discover(2)));
    assert_eq!(["ignored: pool-exhausted"], *desk.says_via(0, way, &discover(3)));
    assert_eq!(
        ["NAK (address is not given by this server) to all"],
        *desk.says_via(0, way, &select(3, at(1, 11), SERVER))
    );
}

#[test]
fn ranges_of_a_class_are_for_its_clients() {
    let mut desk = desk();
    let way = on(1, at(1, 1));
    let phone = |kind, client| {
        message(kind, client, |message| {
            message.push(&VENDOR_CLASS_IDENTIFIER, b"phone 3");
            if kind == MessageType::REQUEST {
                message.push(&REQUESTED_IP_ADDRESS, at(2, 20)).push(&SERVER_IDENTIFIER, SERVER);
            }
        })
    };
    // The nearest subnet comes first; the other one when that is used up.
    for client in [1, 2] {
        desk.says_via(0, way, &discover(client));
    }
    assert_eq!(["ignored: pool-exhausted"], *desk.says_via(0, way, &discover(3)));
    let offer = phone(MessageType::DISCOVER, 3);
    assert_eq!(["OFFER 10.0.2.20 for 600 to hardware"], *desk.says_via(0, way, &offer));
    assert_eq!(
        ["NAK (address is not given by this server) to all"],
        *desk.says_via(0, way, &select(3, at(2, 20), SERVER)),
        "it does not say what it is any more"
    );
    let taken = phone(MessageType::REQUEST, 3);
    assert_eq!(["ACK 10.0.2.20 for 600 to hardware"], *desk.says_via(0, way, &taken));
    let reply = desk.reply();
    assert_eq!(Some(Ipv4Addr::new(255, 255, 255, 0)), reply.get(&SUBNET_MASK).unwrap());
    assert_eq!(b"net2", &*reply.value(DOMAIN_NAME.code).unwrap());
    desk.lawful();
}

#[test]
fn reservations_are_by_chaddr_client_identifier_circuit_and_remote_id() {
    let mut config = lab();
    let office = &mut config.networks[0].subnets[0];
    office.reservations = vec![
        reservation(Who::Hardware { htype: 1, chaddr: chaddr(1).to_vec() }, at(1, 50)),
        reservation(Who::Identifier(b"\0two".to_vec()), at(1, 51)),
        reservation(Who::CircuitId(b"port 3".to_vec()), at(1, 52)),
        // One within a range.
        reservation(Who::RemoteId(b"house".to_vec()), at(1, 13)),
    ];
    let agent = |client, code: u8, value: &'static [u8]| {
        message(MessageType::DISCOVER, client, |message| {
            message.set_giaddr(AGENT);
            message.push_octets(Code(82), &[&[code, u8::try_from(value.len()).unwrap()], value].concat());
        })
    };
    let mut desk = Desk::new(config);
    for (request, want) in [
        (message(MessageType::DISCOVER, 1, via(AGENT)), at(1, 50)),
        (with_identifier(2, b"\0two", MessageType::DISCOVER), at(1, 51)),
        (agent(3, 1, b"port 3"), at(1, 52)),
        (agent(4, 2, b"house"), at(1, 13)),
        (agent(5, 2, b"other house"), at(1, 10)),
    ] {
        let told = desk.says_via(0, Way { arrived: Arrived::at(at(1, 1)), ..Way::default() }, &request);
        assert!(told[0].starts_with(&format!("OFFER {want} for")), "{told:?}");
    }
    // Nobody else is given what is reserved, not even on asking.
    let asking = message(MessageType::DISCOVER, 6, |message| {
        via(AGENT)(message);
        message.push(&REQUESTED_IP_ADDRESS, at(1, 50));
    });
    assert_eq!(["ignored: pool-exhausted"], *desk.says(1, &asking));
    let taking = message(MessageType::REQUEST, 6, |message| {
        via(AGENT)(message);
        message.push(&REQUESTED_IP_ADDRESS, at(1, 50)).push(&SERVER_IDENTIFIER, SERVER);
    });
    let want = ["NAK (address is not given by this server) to relay 172.16.0.1"];
    assert_eq!(want, *desk.says(1, &taking));
    desk.lawful();
}

#[test]
fn the_nearest_setting_is_heard() {
    let mut config = lab();
    config.scope.options.push(&DOMAIN_NAME, b"all").push(&ROUTER, &[at(0, 1)]);
    config.networks[0].scope.options.push(&ROUTER, &[at(1, 1)]);
    config.classes[0].scope.options.push(&DOMAIN_NAME, b"voice");
    let mut own = reservation(Who::Hardware { htype: 1, chaddr: chaddr(7).to_vec() }, at(1, 50));
    own.scope.options.push(&DOMAIN_NAME, b"mine");
    own.scope.next_server = Some(at(1, 99));
    config.networks[0].subnets[0].reservations.push(own);
    let mut desk = Desk::new(config);
    let asking = |client, vendor: Option<&'static [u8]>| {
        message(MessageType::DISCOVER, client, |message| {
            message.push(&PARAMETER_REQUEST_LIST, &[15, 3]);
            if let Some(vendor) = vendor {
                message.push(&VENDOR_CLASS_IDENTIFIER, vendor);
            }
        })
    };
    let (office, other) = (Arrived::at(at(1, 1)), Arrived::at(at(3, 1)));
    for (client, vendor, arrived, domain, router) in [
        (1, None, office, &b"net1"[..], at(1, 1)),
        (2, None, other, b"net3", at(0, 1)),
        (3, Some(&b"phone"[..]), office, b"voice", at(1, 1)),
        (7, Some(b"phone"), office, b"mine", at(1, 1)),
    ] {
        desk.says_via(0, Way { arrived, ..Way::default() }, &asking(client, vendor));
        let reply = desk.reply();
        assert_eq!(domain, &*reply.value(DOMAIN_NAME.code).unwrap(), "{client}");
        assert_eq!(router.octets(), *reply.value(ROUTER.code).unwrap(), "{client}");
        // What is a class's or a client's own comes unasked.
        assert_eq!(vendor.is_some(), reply.has(Code(150)), "{client}");
        assert_eq!(client == 7, reply.siaddr() == at(1, 99), "{client}");
    }
}

#[test]
fn the_server_identifier_is_what_the_relay_agent_says() {
    let agent = |kind, more: &dyn Fn(&mut Message)| {
        message(kind, 1, |message| {
            message.set_giaddr(AGENT);
            more(message);
            message.push_octets(Code(82), &[11, 4, 172, 16, 0, 1]);
        })
    };
    let mut desk = desk();
    desk.says(0, &agent(MessageType::DISCOVER, &|_| {}));
    assert_eq!(Some(AGENT), desk.reply().get(&SERVER_IDENTIFIER).unwrap());
    let take = agent(MessageType::REQUEST, &|message| {
        message.push(&REQUESTED_IP_ADDRESS, at(1, 10)).push(&SERVER_IDENTIFIER, AGENT);
    });
    assert_eq!(["ACK 10.0.1.10 for 3600 to relay 172.16.0.1"], *desk.says(0, &take));
    // A renewal comes through the relay agent, which the client takes for the server.
    let renewal = agent(MessageType::REQUEST, &|message| {
        message.set_ciaddr(at(1, 10));
    });
    assert_eq!(["ACK 10.0.1.10 for 3600 to relay 172.16.0.1"], *desk.says(1800, &renewal));
    let release = agent(MessageType::RELEASE, &|message| {
        message.set_ciaddr(at(1, 10)).push(&SERVER_IDENTIFIER, AGENT);
    });
    assert_eq!(["10.0.1.10 released"], *desk.says(1801, &release));
    desk.lawful();
}

#[test]
fn each_step_of_a_decision_is_told_with_its_section() {
    let mut desk = desk();
    desk.server.set_explaining(true);
    let discover = message(MessageType::DISCOVER, 1, |message| {
        message.push(&VENDOR_CLASS_IDENTIFIER, b"phone").push(&CLIENT_IDENTIFIER, b"\0p");
    });
    assert_eq!(
        [
            "on network office: it came in on interface 1 (RFC 2131 §4.3.1)",
            "in phones (RFC 2131 §4.3.1)",
            "10.0.1.10: one that nobody had yet (RFC 2131 §4.3.1)",
            "lease of 600 s: it did not ask (RFC 2131 §4.3.1)",
            "OFFER 10.0.1.10 for 600 to hardware",
        ],
        *desk.says_via(0, on(1, at(1, 1)), &discover)
    );
}

#[test]
fn how_each_subnet_is_used_can_be_asked() {
    let mut desk = desk();
    desk.says_via(0, on(1, at(1, 1)), &discover(1));
    desk.says_via(0, on(3, at(3, 1)), &discover(2));
    desk.says_via(0, on(3, at(3, 1)), &select(2, at(3, 10), SERVER));
    desk.says_via(0, on(3, at(3, 1)), &discover(3));
    desk.says_via(0, on(3, at(3, 1)), &decline(3, at(3, 11)));
    let told: Vec<String> = desk
        .server
        .usage()
        .iter()
        .map(|of| {
            format!(
                "{} {} {}: {} {} {}",
                of.network, of.subnet, of.addresses, of.bound, of.offered, of.resting
            )
        })
        .collect();
    assert_eq!(
        ["office 10.0.1.0/24 2: 0 1 0", "office 10.0.2.0/24 1: 0 0 0", "10.0.3.0/24 10.0.3.0/24 3: 1 0 1"],
        *told
    );
    assert_eq!(0, desk.server.waiting());
    let from = SocketAddrV4::new(at(3, 10), 68);
    let way = Way { from, ..on(3, at(3, 1)) };
    desk.mood = Mood::Waits;
    desk.says_via(1, way, &renew(2, at(3, 10)));
    assert_eq!(1, desk.server.waiting());
    assert_eq!(1, desk.server.usage()[2].bound, "a renewal under way is bound");
}

#[test]
fn a_renewal_by_unicast_keeps_what_the_relay_agent_said_of_the_client() {
    let mut config = lab();
    config.networks[0].subnets[0].reservations =
        vec![reservation(Who::CircuitId(b"port 3".to_vec()), at(1, 52))];
    let test = Test { subject: Subject::Relay(1), comparison: Comparison::StartsWith(b"port".to_vec()) };
    let scope = Scope { default_lease: Some(900), ..Scope::default() };
    config.classes.push(Class { name: "ports".to_owned(), tests: vec![test], scope });
    let mut desk = Desk::new(config);
    for kind in [MessageType::DISCOVER, MessageType::REQUEST] {
        let through = message(kind, 1, |message| {
            via(AGENT)(message);
            if kind == MessageType::REQUEST {
                message.push(&REQUESTED_IP_ADDRESS, at(1, 52)).push(&SERVER_IDENTIFIER, SERVER);
            }
            message.push_octets(Code(12), b"alice");
            message.push_octets(Code(82), b"\x01\x06port 3");
        });
        desk.says(0, &through);
    }
    for second in [1, 2] {
        let told = desk.says(second, &renew(1, at(1, 52)));
        assert_eq!(["ACK 10.0.1.52 for 900 to client 10.0.1.52"], *told);
        assert!(!desk.reply().has(Code(82)), "nobody sent it, so nobody gets it back");
    }
    let binding = desk.server.table().binding(at(1, 52)).unwrap();
    assert_eq!(Some(&b"\x01\x06port 3"[..]), binding.relay.as_deref());
    assert_eq!(Some(&b"alice"[..]), binding.host_name.as_deref(), "it was not said again, and stays");
    desk.lawful();
}
