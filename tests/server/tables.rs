//! Tables 3 and 4 of RFC 2131, one test a row that concerns a server.

use std::net::Ipv4Addr;

use dhcpsim::options::{
    CLIENT_IDENTIFIER, Code, MAXIMUM_DHCP_MESSAGE_SIZE, PARAMETER_REQUEST_LIST, REQUESTED_IP_ADDRESS,
    SERVER_IDENTIFIER, VENDOR_CLASS_IDENTIFIER,
};
use dhcpsim::packet::{Flags, Message, MessageType, Op, Packet};
use pretty_assertions::assert_eq;

use crate::desk::*;
use crate::exchanges::bound;

const NEXT_SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 80);
const NONE: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// An offer, the acknowledgements of a request, a renewal and an inform, and a refusal, in that order, to messages
/// that have everything in them.
struct Replies(Vec<Vec<u8>>);

impl Replies {
    fn new() -> Replies {
        let mut config = config();
        config.scope.next_server = Some(NEXT_SERVER);
        config.scope.server_name = Some(b"boot".to_vec());
        config.scope.boot_file = Some(b"pxelinux.0".to_vec());
        let mut desk = Desk::new(config);
        let full = |kind, client, more: &dyn Fn(&mut Message)| {
            message(kind, client, |message| {
                message.set_secs(9).set_hops(1).set_flags(Flags(0x8000));
                more(message);
                message.push(&PARAMETER_REQUEST_LIST, &[1, 3, 6, 51, 50, 55, 57, 61]);
                message.push(&MAXIMUM_DHCP_MESSAGE_SIZE, 1500).push(&VENDOR_CLASS_IDENTIFIER, b"x");
            })
        };
        let mut replies = Vec::new();
        for request in [
            full(MessageType::DISCOVER, 1, &|message| {
                message.push(&REQUESTED_IP_ADDRESS, ip(100));
            }),
            full(MessageType::REQUEST, 1, &|message| {
                message.push(&REQUESTED_IP_ADDRESS, ip(100)).push(&SERVER_IDENTIFIER, SERVER);
            }),
            full(MessageType::REQUEST, 1, &|message| {
                message.set_ciaddr(ip(100));
            }),
            full(MessageType::INFORM, 2, &|message| {
                message.set_ciaddr(ip(200));
            }),
            full(MessageType::REQUEST, 3, &|message| {
                message.push(&REQUESTED_IP_ADDRESS, Ipv4Addr::new(10, 0, 0, 1));
            }),
        ] {
            desk.says(1, &request);
            assert_eq!(1, desk.sent.len());
            replies.push(desk.sent[0].clone());
        }
        desk.lawful();
        Replies(replies)
    }

    /// Something of each reply.
    fn each<T>(&self, of: impl Fn(&Packet<'_>) -> T) -> Vec<T> {
        self.0.iter().map(|octets| of(&Packet::parse(octets).unwrap())).collect()
    }

    fn has(&self, code: u8) -> Vec<bool> {
        self.each(|packet| packet.has(Code(code)))
    }
}

const ALL: [bool; 5] = [true; 5];
const NOBODY: [bool; 5] = [false; 5];

#[test]
fn table_3_op_is_bootreply() {
    assert_eq!([Op::BOOTREPLY; 5], *Replies::new().each(|packet| packet.op()));
}

#[test]
fn table_3_htype_and_hlen_are_the_clients() {
    assert_eq!([(1, 6); 5], *Replies::new().each(|packet| (packet.htype(), packet.hlen())));
}

#[test]
fn table_3_hops_is_zero() {
    assert_eq!([0; 5], *Replies::new().each(|packet| packet.hops()));
}

#[test]
fn table_3_xid_is_the_clients() {
    assert_eq!([0x1001, 0x1001, 0x1001, 0x1002, 0x1003], *Replies::new().each(|packet| packet.xid()));
}

#[test]
fn table_3_secs_is_zero() {
    assert_eq!([0; 5], *Replies::new().each(|packet| packet.secs()));
}

#[test]
fn table_3_ciaddr_is_zero_but_in_an_ack() {
    assert_eq!([NONE, NONE, ip(100), ip(200), NONE], *Replies::new().each(|packet| packet.ciaddr()));
}

#[test]
fn table_3_yiaddr_is_the_address_in_offer_and_ack() {
    assert_eq!([ip(100), ip(100), ip(100), NONE, NONE], *Replies::new().each(|packet| packet.yiaddr()));
}

#[test]
fn table_3_siaddr_is_the_next_server_but_in_a_nak() {
    let next = NEXT_SERVER;
    assert_eq!([next, next, next, next, NONE], *Replies::new().each(|packet| packet.siaddr()));
}

#[test]
fn table_3_flags_are_the_clients() {
    assert_eq!([Flags::BROADCAST; 5], *Replies::new().each(|packet| packet.flags()));
}

#[test]
fn table_3_giaddr_is_the_clients() {
    let mut desk = Desk::new(config());
    for (request, want) in [(discover(1), NONE), (message(MessageType::DISCOVER, 2, relayed), RELAY)] {
        desk.says(0, &request);
        assert_eq!(want, desk.reply().giaddr());
    }
    let refused = message(MessageType::REQUEST, 3, |message| {
        relayed(message);
        message.push(&REQUESTED_IP_ADDRESS, Ipv4Addr::new(10, 0, 0, 1));
    });
    desk.says(1, &refused);
    assert_eq!(RELAY, desk.reply().giaddr());
}

fn relayed(message: &mut Message) {
    message.set_giaddr(RELAY);
}

#[test]
fn table_3_chaddr_is_the_clients() {
    let want: Vec<Vec<u8>> = [1, 1, 1, 2, 3].map(|client| chaddr(client).to_vec()).into();
    assert_eq!(want, Replies::new().each(|packet| packet.chaddr().0.to_vec()));
}

#[test]
fn table_3_sname_and_file_are_names_or_options_and_unused_in_a_nak() {
    let names = |packet: &Packet<'_>| {
        (packet.sname().starts_with(b"boot\0"), packet.file().starts_with(b"pxelinux.0\0"))
    };
    let replies = Replies::new();
    assert_eq!(
        [(true, true), (true, true), (true, true), (true, true), (false, false)],
        *replies.each(names)
    );
    let zeros = |packet: &Packet<'_>| packet.sname().iter().chain(packet.file()).all(|octet| *octet == 0);
    assert!(replies.each(zeros)[4], "a NAK uses neither field");
    assert_eq!(NOBODY, *replies.has(52));
}

#[test]
fn table_3_requested_address_is_in_no_reply() {
    assert_eq!(NOBODY, *Replies::new().has(50));
}

#[test]
fn table_3_lease_time_is_in_offer_and_ack_but_not_for_inform_or_in_a_nak() {
    assert_eq!([true, true, true, false, false], *Replies::new().has(51));
    assert_eq!([true, true, true, false, false], *Replies::new().has(58));
    assert_eq!([true, true, true, false, false], *Replies::new().has(59));
}

#[test]
fn table_3_message_type_is_that_of_the_reply() {
    let want = [MessageType::OFFER, MessageType::ACK, MessageType::ACK, MessageType::ACK, MessageType::NAK];
    assert_eq!(want.map(Some), *Replies::new().each(|packet| packet.message_type()));
}

#[test]
fn table_3_parameter_request_list_is_in_no_reply() {
    assert_eq!(NOBODY, *Replies::new().has(55));
}

#[test]
fn table_3_message_says_why_in_a_nak() {
    assert_eq!([false, false, false, false, true], *Replies::new().has(56));
}

#[test]
fn table_3_client_identifier_is_there_if_the_client_sent_one() {
    assert_eq!(NOBODY, *Replies::new().has(61));
    let mut desk = bound();
    for (kind, address) in
        [(MessageType::DISCOVER, NONE), (MessageType::REQUEST, ip(101)), (MessageType::INFORM, ip(200))]
    {
        let request = message(kind, 2, |message| {
            message.push(&CLIENT_IDENTIFIER, b"\0two");
            match kind {
                MessageType::REQUEST => {
                    message.push(&REQUESTED_IP_ADDRESS, address).push(&SERVER_IDENTIFIER, SERVER)
                }
                _ => message.set_ciaddr(address),
            };
        });
        desk.says(1, &request);
        assert_eq!(b"\0two", &*desk.reply().value(Code(61)).unwrap(), "{kind}");
    }
    let refused = message(MessageType::REQUEST, 3, |message| {
        message.push(&CLIENT_IDENTIFIER, b"\0three");
        message.push(&REQUESTED_IP_ADDRESS, ip(100)).push(&SERVER_IDENTIFIER, SERVER);
    });
    assert_eq!(["NAK (address is not available) to all"], *desk.says(2, &refused));
    assert_eq!(b"\0three", &*desk.reply().value(Code(61)).unwrap());
}

#[test]
fn table_3_vendor_class_is_there_where_it_is_configured() {
    assert_eq!(NOBODY, *Replies::new().has(60));
    let mut config = config();
    config.scope.options.push(&VENDOR_CLASS_IDENTIFIER, b"PXEClient");
    let mut desk = Desk::new(config);
    desk.says(0, &discover(1));
    assert_eq!(b"PXEClient", &*desk.reply().value(Code(60)).unwrap());
}

#[test]
fn table_3_server_identifier_is_in_every_reply() {
    assert_eq!(ALL, *Replies::new().has(54));
    assert_eq!([Some(SERVER); 5], *Replies::new().each(|packet| packet.get(&SERVER_IDENTIFIER).unwrap()));
}

#[test]
fn table_3_maximum_message_size_is_in_no_reply() {
    assert_eq!(NOBODY, *Replies::new().has(57));
}

#[test]
fn table_3_all_others_are_not_in_a_nak() {
    assert_eq!([true, true, true, true, false], *Replies::new().has(3));
    let codes: Vec<Vec<u8>> =
        Replies::new().each(|packet| packet.instances().map(|instance| instance.code.0).collect());
    assert_eq!([53, 54, 56], *codes[4]);
}

#[test]
fn table_4_broadcast_or_unicast_tells_rebinding_from_renewing() {
    // Both are answered alike where the server knows the client; the explanation tells which it was.
    for (to, want) in [(SERVER, "RENEWING"), (Ipv4Addr::BROADCAST, "REBINDING")] {
        let mut desk = bound();
        desk.server.set_explaining(true);
        let told = desk.says_to(1, to, &renew(1, ip(100)));
        assert!(told.iter().any(|line| line.starts_with(want)), "{told:?}");
    }
}

#[test]
fn table_4_server_identifier_means_selecting() {
    let mut desk = bound();
    desk.server.set_explaining(true);
    for (request, want) in
        [(select(1, ip(100), SERVER), "SELECTING, about"), (reboot(1, ip(100)), "INIT-REBOOT, about")]
    {
        let told = desk.says_to(1, Ipv4Addr::BROADCAST, &request);
        assert!(told.iter().any(|line| line.starts_with(want)), "{told:?}");
    }
}

#[test]
fn table_4_requested_address_must_be_there_in_selecting() {
    let selecting = message(MessageType::REQUEST, 1, |message| {
        message.push(&SERVER_IDENTIFIER, SERVER);
    });
    assert_eq!(["ignored: no-address"], *bound().says(1, &selecting));
}

#[test]
fn table_4_ciaddr_is_the_address_in_renewing_and_rebinding() {
    let mut desk = bound();
    assert_eq!(["ACK 192.0.2.100 for 3600 to client 192.0.2.100"], *desk.says(1, &renew(1, ip(100))));
    assert_eq!(["NAK (this client has 192.0.2.100) to all"], *desk.says(1, &renew(1, ip(101))));
    assert_eq!(["ignored: no-address"], *desk.says(1, &renew(1, NONE)));
}
