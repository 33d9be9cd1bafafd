//! What is wrong with a configuration is named, where it stands and with what it is in conflict.

use std::net::Ipv4Addr;
use std::time::Duration;

use dhcpsim::lease::Subnet;
use dhcpsim::options::{Code, ROUTER};
use dhcpsim::server::Config;
use dhcpsim::server::config::{
    Class, Comparison, Exclusion, Network, Range, Reservation, Scope, Subject, SubnetConfig, Test, Who,
};
use pretty_assertions::assert_eq;

use crate::desk::*;

fn first(config: &mut Config) -> &mut SubnetConfig {
    &mut config.networks[0].subnets[0]
}

fn reserve(client: u8, address: Ipv4Addr) -> Reservation {
    let who = Who::Hardware { htype: 1, chaddr: chaddr(client).to_vec() };
    Reservation { who, address, scope: Scope::default() }
}

fn class(name: &str, tests: Vec<Test>) -> Class {
    Class { name: name.to_owned(), tests, scope: Scope::default() }
}

type Break = fn(&mut Config);

#[test]
fn every_fault_is_named_with_its_place() {
    let cases: &[(&str, Break)] = &[
        ("networks: there is no network, so nobody is served", |c| c.networks.clear()),
        ("networks[0]: the network has no subnet", |c| c.networks[0].subnets.clear()),
        ("networks[0].subnets[0].ranges[0].last: 192.0.3.9 is not in 192.0.2.0/24", |c| {
            first(c).ranges[0].last = Ipv4Addr::new(192, 0, 3, 9);
        }),
        (
            "networks[0].subnets[0].ranges[0]: 192.0.2.103 is behind 192.0.2.100; the first address comes first",
            |c| {
                first(c).ranges[0] = Range::new(ip(103), ip(100));
            },
        ),
        ("networks[0].subnets[0].ranges[0].first: 192.0.2.0 is the own address of 192.0.2.0/24", |c| {
            c.scope.options = Default::default();
            first(c).ranges[0].first = ip(0);
        }),
        (
            "networks[0].subnets[0].ranges[0].last: 192.0.2.255 is the broadcast address of 192.0.2.0/24",
            |c| {
                first(c).ranges[0].last = ip(255);
            },
        ),
        (
            "networks[0].subnets[0].ranges[1]: 192.0.2.102 is in another range too \
             (see networks[0].subnets[0].ranges[0])",
            |c| first(c).ranges.push(Range::new(ip(102), ip(120))),
        ),
        (
            "networks[1].subnets[0].subnet: 192.0.2.128/25 and 192.0.2.0/24 have addresses in common \
             (see networks[0].subnets[0].subnet)",
            |c| {
                c.scope.options = Default::default();
                let subnet = SubnetConfig::new(Subnet::of(ip(128), 25).unwrap());
                c.networks.push(Network { subnets: vec![subnet], ..Network::default() });
            },
        ),
        ("networks[0].subnets[0].exclusions[0].first: 10.0.0.1 is not in 192.0.2.0/24", |c| {
            first(c).exclusions.push(Exclusion { first: Ipv4Addr::new(10, 0, 0, 1), last: ip(9) });
        }),
        ("networks[0].subnets[0].reservations[0].address: 10.0.0.1 is not in 192.0.2.0/24", |c| {
            first(c).reservations.push(reserve(1, Ipv4Addr::new(10, 0, 0, 1)));
        }),
        (
            "networks[0].subnets[0].reservations[1].address: 192.0.2.50 is reserved twice \
             (see networks[0].subnets[0].reservations[0].address)",
            |c| first(c).reservations = vec![reserve(1, ip(50)), reserve(2, ip(50))],
        ),
        (
            "networks[0].subnets[0].reservations[1].who: the client has another reservation on this network \
             (see networks[0].subnets[0].reservations[0].who)",
            |c| first(c).reservations = vec![reserve(1, ip(50)), reserve(1, ip(51))],
        ),
        ("networks[0].subnets[0].reservations[0].who: at least one octet is needed", |c| {
            first(c).reservations.push(Reservation { who: Who::CircuitId(Vec::new()), ..reserve(1, ip(50)) });
        }),
        ("networks[0].subnets[0].relays[0]: no host can have address 255.255.255.255", |c| {
            first(c).relays.push(Ipv4Addr::BROADCAST);
        }),
        ("default_lease: 3 s is too short, at least 4 s are needed", |c| {
            (c.scope.min_lease, c.scope.default_lease) = (None, Some(3));
        }),
        (
            "networks[0].subnets[0].default_lease: default_lease of 7200 s does not stand before max_lease of 3600 s \
             (see max_lease)",
            |c| first(c).scope.default_lease = Some(7200),
        ),
        (
            "renewal_time: renewal_time of 3000 s does not stand before rebinding_time of 2000 s \
             (see rebinding_time)",
            |c| (c.scope.renewal_time, c.scope.rebinding_time) = (Some(3000), Some(2000)),
        ),
        (
            "rebinding_time: rebinding_time of 3600 s does not stand before default_lease of 3600 s \
             (see default_lease)",
            |c| c.scope.rebinding_time = Some(3600),
        ),
        ("offer_hold: 0 s is too short, at least 1 s are needed", |c| c.offer_hold = Duration::ZERO),
        ("decline_rest: 90000 is too much, at most 86400 is allowed", |c| {
            c.decline_rest = Duration::from_secs(90_000);
        }),
        ("probe: 10 is too much, at most 9 is allowed", |c| c.probe = Some(Duration::from_secs(10))),
        ("offers_per_relay: 101 is too much, at most 100 is allowed", |c| c.offers_per_relay = 101),
        ("most_declined: 101 is too much, at most 100 is allowed", |c| c.most_declined = 101),
        ("server_identifier: no host can have address 0.0.0.0", |c| {
            c.server_identifier = Some(Ipv4Addr::UNSPECIFIED);
        }),
        (
            "networks[0].subnets[0].ranges[0].classes[0]: there is no class \"phone\"; did you mean \"phones\"?",
            |c| {
                c.classes.push(class("phones", Vec::new()));
                first(c).ranges[0].classes.push("phone".to_owned());
            },
        ),
        ("classes[1].name: another class is called \"a\" (see classes[0])", |c| {
            c.classes = vec![class("a", Vec::new()), class("a", Vec::new())];
        }),
        ("classes[0].tests[0]: at least one octet is needed", |c| {
            let test = Test { subject: Subject::Chaddr, comparison: Comparison::Equals(Vec::new()) };
            c.classes.push(class("a", vec![test]));
        }),
        (
            "options.server-identifier: option 54 (server-identifier) is the server's or the client's own",
            |c| {
                c.scope.options.push_octets(Code(54), &[192, 0, 2, 1]);
            },
        ),
        ("networks[0].options.router: router: octet 0: expected a multiple of 4 octets, found 3", |c| {
            c.networks[0].scope.options.push_octets(ROUTER.code, &[192, 0, 2]);
        }),
        ("boot_file: there are 128 octets, at most 127 have room", |c| {
            c.scope.boot_file = Some(vec![b'x'; 128]);
        }),
        (
            "networks[1].interface: interface \"eth0\" is another network's too (see networks[0].interface)",
            |c| {
                c.networks[0].interface = Some("eth0".to_owned());
                let subnet = SubnetConfig::new(Subnet::of(Ipv4Addr::new(10, 0, 0, 0), 24).unwrap());
                let interface = Some("eth0".to_owned());
                c.networks.push(Network { interface, subnets: vec![subnet], ..Network::default() });
            },
        ),
    ];
    for (want, fault) in cases {
        let mut config = config();
        fault(&mut config);
        let told: Vec<String> = config.check().unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!([*want], *told);
    }
}

#[test]
fn what_is_right_is_not_complained_of() {
    assert_eq!(Ok(()), config().check());
    assert_eq!(Ok(()), crate::networks::lab().check());
}

#[test]
fn ranges_of_more_than_a_million_addresses_are_too_many() {
    let mut config = config();
    config.scope.options = Default::default();
    let subnet = Subnet::of(Ipv4Addr::new(10, 0, 0, 0), 8).unwrap();
    let range = Range::new(Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 255, 255, 254));
    config.networks[0].subnets[0] = SubnetConfig { ranges: vec![range], ..SubnetConfig::new(subnet) };
    let told = config.check().unwrap_err()[0].to_string();
    assert!(told.starts_with("networks[0].subnets[0].ranges[0]: there are 16777214 addresses"), "{told}");
}
