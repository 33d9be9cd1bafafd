//! Exchanges in virtual time: what the server does at which second, silence included (RFC 2131 §4.3).

use std::net::Ipv4Addr;

use crate::desk::*;
use dhcpsim::options::{
    CLIENT_IDENTIFIER, Code, IP_ADDRESS_LEASE_TIME, PARAMETER_REQUEST_LIST, RELAY_AGENT_INFORMATION,
    REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER,
};
use dhcpsim::packet::{Flags, MessageType, Op, Packet};
use dhcpsim::server::LeaseTimes;
use pretty_assertions::assert_eq;

/// A desk at which client 1 has 192.0.2.100 since second 0.
pub(crate) fn bound() -> Desk {
    let mut desk = Desk::new(config());
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(0, &discover(1)));
    assert_eq!(["ACK 192.0.2.100 for 3600 to hardware"], *desk.says(0, &select(1, ip(100), SERVER)));
    desk
}

#[test]
fn a_lease_is_offered_taken_and_runs_out() {
    let mut desk = bound();
    assert_eq!(["lease of 192.0.2.100 expired"], *desk.wait_until(3600));
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(3601, &discover(1)));
    desk.lawful();
}

#[test]
fn no_ack_leaves_before_its_binding_is_stored() {
    let mut desk = Desk::new(config());
    desk.says(0, &discover(1));
    desk.mood = Mood::Waits;
    assert_eq!([""; 0], *desk.says(1, &select(1, ip(100), SERVER)));
    assert_eq!(["ignored: commit-pending"], *desk.says(5, &select(1, ip(100), SERVER)));
    assert_eq!(["NAK (address is not available) to all"], *desk.says(6, &select(2, ip(100), SERVER)));
    assert_eq!(["ACK 192.0.2.100 for 3600 to hardware"], *desk.store_answers(Ok(())));
    assert_eq!(1, desk.law.grants());
    desk.lawful();
}

#[test]
fn what_cannot_be_stored_is_not_acknowledged_and_said() {
    let mut desk = Desk::new(config());
    desk.says(0, &discover(1));
    desk.mood = Mood::Refuses;
    assert_eq!(
        ["192.0.2.100 not stored: the store has no room for more bindings"],
        *desk.says(1, &select(1, ip(100), SERVER))
    );
    // The offer stands as before, and the client that asks again gets it when the store is well.
    desk.mood = Mood::Keeps;
    assert_eq!(["ACK 192.0.2.100 for 3600 to hardware"], *desk.says(5, &select(1, ip(100), SERVER)));
    desk.lawful();
}

#[test]
fn a_renewal_that_cannot_be_stored_leaves_the_lease_as_it_was() {
    let mut desk = bound();
    desk.mood = Mood::Refuses;
    assert_eq!(1, desk.says(1800, &renew(1, ip(100))).len());
    assert_eq!(["lease of 192.0.2.100 expired"], *desk.wait_until(3600));
    desk.lawful();
}

#[test]
fn a_grant_that_is_stored_too_late_is_not_sent() {
    let mut desk = Desk::new(config());
    desk.says(0, &discover(1));
    desk.mood = Mood::Waits;
    desk.says(1, &select(1, ip(100), SERVER));
    desk.wait_until(4000);
    assert_eq!([""; 0], *desk.store_answers(Ok(())), "the lease would have ended by now");
    desk.lawful();
}

#[test]
fn offers_are_held_and_lapse() {
    let mut desk = Desk::new(config());
    for client in 1..=4 {
        let want = format!("OFFER 192.0.2.{} for 3600 to hardware", 99 + client);
        assert_eq!([want], *desk.says(0, &discover(client)));
    }
    assert_eq!(["ignored: pool-exhausted"], *desk.says(1, &discover(5)));
    // A client that asks again is offered the same again, for ten seconds more.
    assert_eq!(["OFFER 192.0.2.102 for 3600 to hardware"], *desk.says(2, &discover(3)));
    let lapsed =
        ["offer of 192.0.2.100 lapsed", "offer of 192.0.2.101 lapsed", "offer of 192.0.2.103 lapsed"];
    assert_eq!(lapsed, *desk.wait_until(10));
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(10, &discover(5)));
    assert_eq!(["offer of 192.0.2.102 lapsed"], *desk.wait_until(12));
}

#[test]
fn an_offer_that_lapsed_is_good_while_nobody_has_the_address() {
    let mut desk = Desk::new(config());
    desk.says(0, &discover(1));
    desk.says(0, &discover(2));
    let told = desk.says(60, &select(1, ip(100), SERVER));
    assert_eq!("ACK 192.0.2.100 for 3600 to hardware", told[told.len() - 1]);
    assert_eq!(["NAK (address is not available) to all"], *desk.says(61, &select(2, ip(100), SERVER)));
    desk.lawful();
}

#[test]
fn addresses_are_chosen_in_the_order_of_section_4_3_1() {
    let mut desk = bound();
    let wanting = |client, last| {
        message(MessageType::DISCOVER, client, |message| {
            message.push(&REQUESTED_IP_ADDRESS, ip(last));
        })
    };
    // Its current one, whatever it asks for.
    assert_eq!(["OFFER 192.0.2.100 for 3599 to hardware"], *desk.says(1, &wanting(1, 102)));
    // Its previous one.
    desk.says(2, &release(1, ip(100)));
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(3, &wanting(1, 102)));
    // The one it asks for, if that is free and the pool's; else one that nobody had yet.
    assert_eq!(["OFFER 192.0.2.103 for 3600 to hardware"], *desk.says(4, &wanting(2, 103)));
    assert_eq!(["OFFER 192.0.2.101 for 3600 to hardware"], *desk.says(5, &wanting(3, 103)));
    assert_eq!(["OFFER 192.0.2.102 for 3600 to hardware"], *desk.says(6, &wanting(4, 200)));
    desk.lawful();
}

#[test]
fn a_request_is_answered_by_the_state_it_comes_from() {
    // Client 1 has .100, client 2 had .101 and gave it back, client 3 is offered .102; 9 is unknown.
    let cases = [
        ("SELECTING, its own", select(1, ip(100), SERVER), SERVER, "ACK 192.0.2.100 for 3590 to hardware"),
        ("SELECTING, offered", select(3, ip(102), SERVER), SERVER, "ACK 192.0.2.102 for 3600 to hardware"),
        (
            "SELECTING, another server",
            select(3, ip(102), OTHER_SERVER),
            SERVER,
            "offer of 192.0.2.102 lapsed",
        ),
        ("SELECTING, another's", select(9, ip(100), SERVER), SERVER, "NAK (address is not available) to all"),
        (
            "SELECTING, not the pool's",
            select(9, ip(7), SERVER),
            SERVER,
            "NAK (address is not given by this server) to all",
        ),
        (
            "SELECTING, has another",
            select(1, ip(103), SERVER),
            SERVER,
            "NAK (this client has 192.0.2.100) to all",
        ),
        (
            "INIT-REBOOT, its own",
            reboot(1, ip(100)),
            Ipv4Addr::BROADCAST,
            "ACK 192.0.2.100 for 3600 to hardware",
        ),
        (
            "INIT-REBOOT, previous",
            reboot(2, ip(101)),
            Ipv4Addr::BROADCAST,
            "ACK 192.0.2.101 for 3600 to hardware",
        ),
        (
            "INIT-REBOOT, wrong",
            reboot(1, ip(101)),
            Ipv4Addr::BROADCAST,
            "NAK (this client has 192.0.2.100) to all",
        ),
        (
            "INIT-REBOOT, wrong network",
            reboot(9, Ipv4Addr::new(10, 0, 0, 1)),
            Ipv4Addr::BROADCAST,
            "NAK (address is on another network) to all",
        ),
        ("INIT-REBOOT, unknown", reboot(9, ip(103)), Ipv4Addr::BROADCAST, "ignored: unknown-client"),
        ("INIT-REBOOT, only offered", reboot(3, ip(102)), Ipv4Addr::BROADCAST, "ignored: unknown-client"),
        ("RENEWING, its own", renew(1, ip(100)), SERVER, "ACK 192.0.2.100 for 3600 to client 192.0.2.100"),
        ("RENEWING, wrong", renew(1, ip(101)), SERVER, "NAK (this client has 192.0.2.100) to all"),
        ("RENEWING, unknown", renew(9, ip(103)), SERVER, "ignored: unknown-client"),
        ("RENEWING, another's", renew(9, ip(100)), SERVER, "NAK (address is not available) to all"),
        (
            "REBINDING, its own",
            renew(1, ip(100)),
            Ipv4Addr::BROADCAST,
            "ACK 192.0.2.100 for 3600 to client 192.0.2.100",
        ),
        (
            "REBINDING, previous",
            renew(2, ip(101)),
            Ipv4Addr::BROADCAST,
            "ACK 192.0.2.101 for 3600 to client 192.0.2.101",
        ),
        ("REBINDING, unknown", renew(9, ip(7)), Ipv4Addr::BROADCAST, "ignored: unknown-client"),
    ];
    for (name, request, to, want) in cases {
        let mut desk = bound();
        desk.says(0, &discover(2));
        desk.says(0, &select(2, ip(101), SERVER));
        desk.says(1, &release(2, ip(101)));
        desk.says(9, &discover(3));
        assert_eq!(Some(want), desk.says_to(10, to, &request).first().map(String::as_str), "{name}");
        desk.lawful();
    }
}

#[test]
fn a_record_goes_when_its_address_is_anothers() {
    let mut desk = bound();
    desk.says(1, &release(1, ip(100)));
    for client in 2..=5 {
        desk.says(2, &discover(client));
        desk.says(2, &select(client, ip(99 + client - if client == 5 { 4 } else { 0 }), SERVER));
    }
    desk.says(3, &select(5, ip(100), SERVER));
    assert_eq!(["ignored: unknown-client"], *desk.says(4, &reboot(1, ip(100))));
    desk.lawful();
}

#[test]
fn a_nak_has_nothing_but_table_3() {
    let mut desk = bound();
    let request = message(MessageType::REQUEST, 9, |message| {
        message.set_giaddr(RELAY);
        message.push(&REQUESTED_IP_ADDRESS, Ipv4Addr::new(10, 0, 0, 1)).push(&CLIENT_IDENTIFIER, b"\x00nine");
        message.push_octets(RELAY_AGENT_INFORMATION.code, &[1, 1, 7]);
    });
    assert_eq!(["NAK (address is on another network) to relay 192.0.2.2"], *desk.says(1, &request));
    let nak = Packet::parse(&desk.sent[0]).unwrap();
    assert_eq!(Flags::BROADCAST, nak.flags(), "so that the relay agent broadcasts it");
    assert_eq!(
        (Ipv4Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED, RELAY),
        (nak.ciaddr(), nak.yiaddr(), nak.giaddr())
    );
    let codes: Vec<u8> = nak.instances().map(|instance| instance.code.0).collect();
    assert_eq!([53, 54, 61, 56, 82], *codes);
}

#[test]
fn releases_free_and_are_remembered() {
    let mut desk = bound();
    assert_eq!(["ignored: not-holder"], *desk.says(1, &release(2, ip(100))), "by somebody else");
    assert_eq!(["ignored: not-holder"], *desk.says(1, &release(1, ip(101))), "of another address");
    let elsewhere = message(MessageType::RELEASE, 1, |message| {
        message.set_ciaddr(ip(100)).push(&SERVER_IDENTIFIER, OTHER_SERVER);
    });
    assert_eq!(["ignored: other-server"], *desk.says(1, &elsewhere));
    assert_eq!(["192.0.2.100 released"], *desk.says(2, &release(1, ip(100))));
    assert_eq!(["ignored: not-holder"], *desk.says(3, &release(1, ip(100))), "twice");
    desk.restart();
    assert_eq!(
        ["OFFER 192.0.2.100 for 3600 to hardware"],
        *desk.says(4, &discover(1)),
        "after a restart too"
    );
}

#[test]
fn declined_addresses_rest() {
    let mut desk = bound();
    assert_eq!(["ignored: not-holder"], *desk.says(1, &decline(2, ip(100))));
    assert_eq!(["192.0.2.100 declined"], *desk.says(2, &decline(1, ip(100))));
    desk.restart();
    assert_eq!(["OFFER 192.0.2.101 for 3600 to hardware"], *desk.says(3, &discover(1)));
    assert_eq!(["NAK (address is not available) to all"], *desk.says(4, &select(1, ip(100), SERVER)));
    assert_eq!(["offer of 192.0.2.101 lapsed", "192.0.2.100 rested"], *desk.wait_until(602));
    desk.lawful();
}

#[test]
fn only_a_tenth_of_the_pool_rests() {
    let mut desk = bound();
    desk.says(1, &decline(1, ip(100)));
    desk.says(2, &discover(1));
    desk.says(2, &select(1, ip(101), SERVER));
    assert_eq!(["192.0.2.101 declined", "192.0.2.100 rested"], *desk.says(3, &decline(1, ip(101))));
}

#[test]
fn the_offer_is_withdrawn_when_another_server_is_chosen() {
    let mut desk = Desk::new(config());
    desk.says(0, &discover(1));
    assert_eq!(
        ["offer of 192.0.2.100 lapsed", "ignored: other-server"],
        *desk.says(1, &select(1, ip(100), OTHER_SERVER))
    );
}

#[test]
fn inform_is_answered_without_a_lease() {
    let mut desk = Desk::new(config());
    let inform = |address| {
        message(MessageType::INFORM, 1, |message| {
            message.set_ciaddr(address).push(&PARAMETER_REQUEST_LIST, &[6, 51]);
        })
    };
    assert_eq!(["ACK 0.0.0.0 to client 192.0.2.200"], *desk.says(0, &inform(ip(200))));
    let codes: Vec<u8> =
        Packet::parse(&desk.sent[0]).unwrap().instances().map(|instance| instance.code.0).collect();
    assert_eq!([53, 54, 6], *codes);
    assert_eq!(["ignored: other-network"], *desk.says(0, &inform(Ipv4Addr::new(10, 0, 0, 1))));
    assert_eq!(["ignored: no-address"], *desk.says(0, &inform(Ipv4Addr::UNSPECIFIED)));
}

#[test]
fn parameters_come_as_the_client_lists_them() {
    let cases: [(Option<&[u8]>, &[u8]); 6] = [
        // T1 and T2 stand where the list has them (RFC 2132 §9.8).
        (Some(&[6, 59, 3, 58]), &[53, 54, 61, 51, 6, 59, 3, 58, 82]),
        (None, &[53, 54, 61, 51, 58, 59, 1, 3, 6, 82]),
        (Some(&[6, 3]), &[53, 54, 61, 51, 58, 59, 6, 3, 82]),
        // The mask stands before the router whatever the list says (RFC 2132 §3.3).
        (Some(&[3, 1]), &[53, 54, 61, 51, 58, 59, 1, 3, 82]),
        // Nothing twice, nothing unknown, and nothing that a server must not return.
        (Some(&[6, 6, 224, 50, 57, 55, 61]), &[53, 54, 61, 51, 58, 59, 6, 82]),
        (Some(&[224]), &[53, 54, 61, 51, 58, 59, 82]),
    ];
    for (list, want) in cases {
        let mut desk = Desk::new(config());
        let discover = message(MessageType::DISCOVER, 1, |message| {
            message.push(&CLIENT_IDENTIFIER, &[0, 1, 2]);
            message.push_octets(RELAY_AGENT_INFORMATION.code, &[1, 1, 7, 200, 0]);
            if let Some(list) = list {
                message.push(&PARAMETER_REQUEST_LIST, list);
            }
        });
        desk.says(0, &discover);
        let offer = Packet::parse(&desk.sent[0]).unwrap();
        let codes: Vec<u8> = offer.instances().map(|instance| instance.code.0).collect();
        assert_eq!(want, codes, "{list:?}");
        assert_eq!([0, 1, 2], *offer.value(Code(61)).unwrap());
        assert_eq!([1, 1, 7, 200, 0], *offer.value(Code(82)).unwrap());
    }
}

#[test]
fn a_reply_has_the_fields_of_table_3() {
    let mut desk = Desk::new(config());
    let discover = message(MessageType::DISCOVER, 1, |message| {
        message.set_giaddr(RELAY).set_flags(Flags::BROADCAST).set_secs(7).set_hops(1);
    });
    assert_eq!(["OFFER 192.0.2.100 for 3600 to relay 192.0.2.2"], *desk.says(0, &discover));
    let offer = Packet::parse(&desk.sent[0]).unwrap();
    assert_eq!((Op::BOOTREPLY, 1, 6, 0), (offer.op(), offer.htype(), offer.hlen(), offer.hops()));
    assert_eq!((0x1001, 0, Flags::BROADCAST), (offer.xid(), offer.secs(), offer.flags()));
    assert_eq!((Ipv4Addr::UNSPECIFIED, RELAY), (offer.ciaddr(), offer.giaddr()));
    assert_eq!(chaddr(1), *offer.chaddr().0);
    assert_eq!(300, offer.octets().len());
}

#[test]
fn replies_go_where_section_4_1_says() {
    let at = |giaddr, ciaddr, flags| {
        message(MessageType::DISCOVER, 1, |message| {
            message.set_giaddr(giaddr).set_ciaddr(ciaddr).set_flags(flags);
        })
    };
    let none = Ipv4Addr::UNSPECIFIED;
    for (discover, want) in [
        (at(RELAY, ip(100), Flags::BROADCAST), "relay 192.0.2.2"),
        (at(none, ip(100), Flags::BROADCAST), "client 192.0.2.100"),
        (at(none, none, Flags::BROADCAST), "all"),
        (at(none, none, Flags::default()), "hardware"),
    ] {
        let told = Desk::new(config()).says(0, &discover);
        assert_eq!([format!("OFFER 192.0.2.100 for 3600 to {want}")], *told);
    }
    assert_eq!(
        ["ignored: unknown-relay"],
        *Desk::new(config()).says(0, &at(Ipv4Addr::new(10, 0, 0, 1), none, Flags::default()))
    );
}

#[test]
fn lease_times_are_granted_within_bounds() {
    let asking = |seconds| {
        message(MessageType::DISCOVER, 1, |message| {
            message.push(&IP_ADDRESS_LEASE_TIME, seconds);
        })
    };
    for (seconds, want) in [(600, 600), (0, 60), (7200, 3600), (u32::MAX, 3600)] {
        let told = Desk::new(config()).says(0, &asking(seconds));
        assert_eq!([format!("OFFER 192.0.2.100 for {want} to hardware")], *told);
    }
    // A client with a lease is told what is left of it, unless that is under a minute or it asks for more.
    let mut desk = bound();
    assert_eq!(["OFFER 192.0.2.100 for 2600 to hardware"], *desk.says(1000, &discover(1)));
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(1000, &asking(3600)));
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(3550, &discover(1)));
    desk.says(3551, &select(1, ip(100), SERVER));
    assert_eq!([""; 0], *desk.wait_until(7000), "the lease that was acknowledged is the one that counts");
    desk.lawful();
}

#[test]
fn an_infinite_lease_has_no_t1_and_no_end() {
    let mut config = config();
    config.scope.set_lease(LeaseTimes::new(u32::MAX).unwrap());
    let mut desk = Desk::new(config);
    desk.says(0, &discover(1));
    assert_eq!(["ACK 192.0.2.100 for 4294967295 to hardware"], *desk.says(0, &select(1, ip(100), SERVER)));
    let ack = Packet::parse(&desk.sent[0]).unwrap();
    assert!(!ack.has(Code(58)) && !ack.has(Code(59)));
    assert_eq!([""; 0], *desk.wait_until(u64::from(u32::MAX) * 2));
    desk.lawful();
}

#[test]
fn two_identifiers_on_one_chaddr_are_two_clients() {
    let mut desk = Desk::new(config());
    let first = with_identifier(1, &[0, 1], MessageType::DISCOVER);
    let second = with_identifier(1, &[0, 2], MessageType::DISCOVER);
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(0, &first));
    assert_eq!(["OFFER 192.0.2.101 for 3600 to hardware"], *desk.says(0, &second));
    assert_eq!(["OFFER 192.0.2.102 for 3600 to hardware"], *desk.says(0, &discover(1)));
}

#[test]
fn leases_outlive_a_restart() {
    let mut desk = bound();
    desk.restart();
    assert_eq!(["OFFER 192.0.2.101 for 3600 to hardware"], *desk.says(10, &discover(2)));
    desk.wait_until(100);
    assert_eq!(["ACK 192.0.2.100 for 3600 to client 192.0.2.100"], *desk.says(1800, &renew(1, ip(100))));
    desk.lawful();
}

#[test]
fn every_message_that_is_not_answered_has_a_reason() {
    let mut reply = message(MessageType::DISCOVER, 1, |_| {});
    reply[0] = 2;
    let mut nobody = message(MessageType::DISCOVER, 1, |_| {});
    nobody[2] = 0;
    let mut giant = message(MessageType::DISCOVER, 1, |_| {});
    giant[2] = 17;
    let mut bootp = message(MessageType::DISCOVER, 1, |_| {});
    bootp[236] = 0;
    let mut cut = message(MessageType::REQUEST, 1, |_| {});
    cut.truncate(243);
    cut.extend_from_slice(&[50, 4, 192, 0]);
    let long = [0; 300];
    for (payload, want) in [
        (vec![1; 100], "no-header"),
        (reply, "wrong-op"),
        (bootp, "not-dhcp"),
        (nobody, "no-identity"),
        (giant, "no-identity"),
        (cut, "malformed"),
        (message(MessageType::OFFER, 1, |_| {}), "wrong-type"),
        (message(MessageType::LEASEQUERY, 1, |_| {}), "wrong-type"),
        (message(MessageType::REQUEST, 1, |_| {}), "no-address"),
        (message(MessageType::DECLINE, 1, |_| {}), "no-server-identifier"),
        (message(MessageType::RELEASE, 1, |_| {}), "no-server-identifier"),
        (with_identifier(1, &long, MessageType::DISCOVER), "long-identity"),
    ] {
        assert_eq!([format!("ignored: {want}")], *Desk::new(config()).says(0, &payload));
    }
}
