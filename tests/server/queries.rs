//! Lease queries (RFC 4388, RFC 6148).

use std::net::Ipv4Addr;

use dhcpsim::options::{
    ASSOCIATED_IP, CLIENT_IDENTIFIER, CLIENT_LAST_TRANSACTION_TIME, Code, IP_ADDRESS_LEASE_TIME,
    PARAMETER_REQUEST_LIST, REBINDING_TIME, RENEWAL_TIME,
};
use dhcpsim::packet::{Message, MessageType};
use dhcpsim::server::Config;
use pretty_assertions::assert_eq;

use crate::desk::*;

/// A query by an access concentrator, without chaddr.
fn query(more: impl FnOnce(&mut Message)) -> Vec<u8> {
    message(MessageType::LEASEQUERY, 0, |message| {
        message.set_hardware(0, &[]).set_giaddr(RELAY);
        more(message);
    })
}

fn by_address(address: Ipv4Addr) -> Vec<u8> {
    query(|message| {
        message.set_ciaddr(address);
    })
}

/// A desk at which client 1 has .100 by its chaddr, and `two` .101 through a relay agent, both since second 0.
fn desk() -> Desk {
    let mut desk = Desk::new(Config { lease_query: true, ..config() });
    desk.says(0, &discover(1));
    desk.says(0, &select(1, ip(100), SERVER));
    for kind in [MessageType::DISCOVER, MessageType::REQUEST] {
        let taken = message(kind, 2, |message| {
            message.set_giaddr(RELAY).push(&CLIENT_IDENTIFIER, b"\0two");
            if kind == MessageType::REQUEST {
                message.push(&dhcpsim::options::REQUESTED_IP_ADDRESS, ip(101));
                message.push(&dhcpsim::options::SERVER_IDENTIFIER, SERVER);
            }
            message.push_octets(Code(82), &[2, 3, 7, 7, 7]);
        });
        desk.says(0, &taken);
    }
    assert!(desk.holder(ip(100)).is_some() && desk.holder(ip(101)).is_some());
    desk
}

#[test]
fn a_query_by_address_tells_of_the_lease() {
    let mut desk = desk();
    assert_eq!(["LEASEACTIVE 0.0.0.0 for 3000 to relay 192.0.2.2"], *desk.says(600, &by_address(ip(101))));
    let reply = desk.reply();
    assert_eq!((ip(101), 1, &chaddr(2)[..]), (reply.ciaddr(), reply.htype(), reply.chaddr().0));
    assert_eq!(b"\0two", &*reply.value(Code(61)).unwrap());
    assert_eq!([2, 3, 7, 7, 7], *reply.value(Code(82)).unwrap());
    assert_eq!(Some(600), reply.get(&CLIENT_LAST_TRANSACTION_TIME).unwrap());
    assert_eq!(Some(1200), reply.get(&RENEWAL_TIME).unwrap());
    assert_eq!(Some(2550), reply.get(&REBINDING_TIME).unwrap());
    assert!(!reply.has(ASSOCIATED_IP.code));
}

#[test]
fn times_that_are_past_are_not_told() {
    let mut desk = desk();
    desk.says(1801, &by_address(ip(101)));
    let reply = desk.reply();
    assert!(!reply.has(RENEWAL_TIME.code) && reply.has(REBINDING_TIME.code));
    assert_eq!(Some(1799), reply.get(&IP_ADDRESS_LEASE_TIME).unwrap());
}

#[test]
fn a_query_for_an_address_that_is_free_is_unassigned_and_for_a_foreign_one_unknown() {
    for (address, want, ciaddr) in [
        (ip(102), "LEASEUNASSIGNED 0.0.0.0 to relay 192.0.2.2", ip(102)),
        (ip(200), "LEASEUNKNOWN 0.0.0.0 to relay 192.0.2.2", Ipv4Addr::UNSPECIFIED),
        (Ipv4Addr::new(10, 0, 0, 1), "LEASEUNKNOWN 0.0.0.0 to relay 192.0.2.2", Ipv4Addr::UNSPECIFIED),
    ] {
        let mut desk = desk();
        assert_eq!([want], *desk.says(1, &by_address(address)));
        assert_eq!(ciaddr, desk.reply().ciaddr());
        assert_eq!([53], *desk.codes(), "no other options");
    }
    let mut desk = desk();
    desk.says(1, &release(1, ip(100)));
    assert_eq!(["LEASEUNASSIGNED 0.0.0.0 to relay 192.0.2.2"], *desk.says(2, &by_address(ip(100))));
}

#[test]
fn a_query_by_chaddr_finds_its_leases() {
    let by = |client: u8| {
        query(|message| {
            message.set_hardware(1, &chaddr(client));
        })
    };
    let mut desk = desk();
    assert_eq!(["LEASEACTIVE 0.0.0.0 for 3599 to relay 192.0.2.2"], *desk.says(1, &by(1)));
    assert_eq!(ip(100), desk.reply().ciaddr());
    assert_eq!(["LEASEUNKNOWN 0.0.0.0 to relay 192.0.2.2"], *desk.says(1, &by(9)));
    // A second lease of the same hardware: the latest is told of, all are listed.
    desk.says(2, &with_identifier(2, b"\0other", MessageType::DISCOVER));
    let take = message(MessageType::REQUEST, 2, |message| {
        message.push(&CLIENT_IDENTIFIER, b"\0other");
        message.push(&dhcpsim::options::REQUESTED_IP_ADDRESS, ip(102));
        message.push(&dhcpsim::options::SERVER_IDENTIFIER, SERVER);
    });
    desk.says(2, &take);
    desk.says(3, &by(2));
    let reply = desk.reply();
    assert_eq!(ip(102), reply.ciaddr());
    assert_eq!([192, 0, 2, 101, 192, 0, 2, 102], *reply.value(ASSOCIATED_IP.code).unwrap());
}

#[test]
fn a_query_by_client_identifier_finds_its_lease() {
    let by = |id: &'static [u8]| {
        query(|message| {
            message.push(&CLIENT_IDENTIFIER, id);
        })
    };
    let mut desk = desk();
    assert_eq!(["LEASEACTIVE 0.0.0.0 for 3599 to relay 192.0.2.2"], *desk.says(1, &by(b"\0two")));
    assert_eq!(ip(101), desk.reply().ciaddr());
    assert_eq!(["LEASEUNKNOWN 0.0.0.0 to relay 192.0.2.2"], *desk.says(1, &by(b"\0three")));
}

#[test]
fn a_query_by_remote_id_finds_its_lease_and_gets_the_remote_id_back() {
    let by = |octet: u8| {
        query(|message| {
            message.push_octets(Code(82), &[2, 3, octet, octet, octet]);
        })
    };
    let mut desk = desk();
    assert_eq!(["LEASEACTIVE 0.0.0.0 for 3599 to relay 192.0.2.2"], *desk.says(1, &by(7)));
    assert_eq!(ip(101), desk.reply().ciaddr());
    assert_eq!(["LEASEUNKNOWN 0.0.0.0 to relay 192.0.2.2"], *desk.says(1, &by(8)));
    assert_eq!([53, 82], *desk.codes());
}

#[test]
fn a_query_tells_what_is_asked_for() {
    let asking = query(|message| {
        message.set_ciaddr(ip(101)).push(&PARAMETER_REQUEST_LIST, &[1, 51, 15]);
    });
    let mut desk = desk();
    desk.says(1, &asking);
    assert_eq!([53, 54, 51, 1], *desk.codes());
}

#[test]
fn a_query_needs_giaddr_one_key_and_to_be_switched_on() {
    let lost = message(MessageType::LEASEQUERY, 1, |message| {
        message.set_hardware(0, &[]).set_ciaddr(ip(100));
    });
    let both = message(MessageType::LEASEQUERY, 1, |message| {
        message.set_giaddr(RELAY).set_ciaddr(ip(100));
    });
    let none = query(|_| {});
    let stranger = query(|message| {
        message.set_giaddr(Ipv4Addr::new(198, 51, 100, 1)).set_ciaddr(ip(100));
    });
    for (request, want) in
        [(lost, "bad-query"), (both, "bad-query"), (none, "bad-query"), (stranger, "unknown-relay")]
    {
        assert_eq!([format!("ignored: {want}")], *desk().says(1, &request));
    }
    assert_eq!(["ignored: wrong-type"], *Desk::new(config()).says(0, &by_address(ip(100))));
}
