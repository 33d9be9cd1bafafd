//! BOOTP clients (RFC 1534 §2).

use dhcpsim::options::{CLIENT_IDENTIFIER, Code, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER};
use dhcpsim::packet::{Flags, Message, MessageType, Op, Packet};
use dhcpsim::server::Config;
use dhcpsim::server::config::{Reservation, Scope, Who};
use pretty_assertions::assert_eq;

use crate::desk::*;

fn serving(bootp: bool) -> Config {
    let mut config = Config { bootp, ..config() };
    let scope =
        Scope { boot_file: Some(b"boot.img".to_vec()), next_server: Some(ip(80)), ..Scope::default() };
    let who = Who::Hardware { htype: 1, chaddr: chaddr(1).to_vec() };
    config.networks[0].subnets[0].reservations.push(Reservation { who, address: ip(50), scope });
    config
}

fn request(client: u8) -> Vec<u8> {
    let mut message = Message::new(Op::BOOTREQUEST);
    message.set_hardware(1, &chaddr(client)).set_xid(7).set_flags(Flags::BROADCAST);
    message.end(300)
}

#[test]
fn a_bootp_client_gets_its_reserved_address_for_ever_and_no_message_type() {
    let mut desk = Desk::new(serving(true));
    assert_eq!(["BOOTP 192.0.2.50 to all"], *desk.says(0, &request(1)));
    let reply = desk.reply();
    assert_eq!((Op::BOOTREPLY, ip(50), ip(80)), (reply.op(), reply.yiaddr(), reply.siaddr()));
    assert!(reply.file().starts_with(b"boot.img\0"));
    assert_eq!([1, 3, 6], *desk.codes());
    assert_eq!([""; 0], *desk.wait_until(1_000_000));
}

#[test]
fn a_bootp_client_without_a_reservation_gets_nothing() {
    assert_eq!(["ignored: no-reservation"], *Desk::new(serving(true)).says(0, &request(2)));
}

#[test]
fn bootp_is_off_unless_it_is_switched_on() {
    assert_eq!(["ignored: not-dhcp"], *Desk::new(serving(false)).says(0, &request(1)));
}

#[test]
fn a_bootp_reply_has_300_octets_and_no_option_outside_of_its_area() {
    let mut config = serving(true);
    config.networks[0].subnets[0].reservations[0].scope.boot_file = None;
    for code in 224..230 {
        config.scope.options.push_octets(Code(code), &[1; 20]);
    }
    let mut desk = Desk::new(config);
    let told = desk.says(0, &request(1));
    assert_eq!("BOOTP 192.0.2.50 to all", told[1]);
    let reply = desk.reply();
    assert_eq!(300, reply.octets().len());
    assert!(reply.file().iter().chain(reply.sname()).all(|octet| *octet == 0));
    assert!(!reply.has(Code(52)));
}

#[test]
fn a_message_whose_type_can_not_be_read_is_no_bootp() {
    let mut message = Message::new(Op::BOOTREQUEST);
    message.set_hardware(1, &chaddr(1)).push_octets(Code(53), &[1, 1]);
    assert_eq!(["ignored: not-dhcp"], *Desk::new(serving(true)).says(0, &message.end(300)));
}

#[test]
fn the_same_machine_may_go_on_with_dhcp_and_another_may_not() {
    let mut desk = Desk::new(serving(true));
    desk.says(0, &request(1));
    let take = message(MessageType::REQUEST, 1, |message| {
        message.push(&CLIENT_IDENTIFIER, b"\0os").push(&REQUESTED_IP_ADDRESS, ip(50));
        message.push(&SERVER_IDENTIFIER, SERVER);
    });
    assert_eq!(["ACK 192.0.2.50 for 3600 to hardware"], *desk.says(1, &take));
    assert_eq!(["BOOTP 192.0.2.50 to all"], *desk.says(2, &request(1)), "booting anew");
    assert_eq!(300, Packet::parse(&desk.sent[0]).unwrap().octets().len());
    desk.lawful();
}
