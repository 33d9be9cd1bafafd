//! Races and forgeries: whatever others send, the lease stays with its holder.

use dhcpsim::lease::ClientKey;
use dhcpsim::options::{CLIENT_IDENTIFIER, Code, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER};
use dhcpsim::packet::{Message, MessageType};
use pretty_assertions::assert_eq;

use crate::desk::*;

/// Client 1, which is known by option 61, has .100 since second 0.
fn held() -> Desk {
    let mut desk = Desk::new(config());
    desk.says(0, &holder(MessageType::DISCOVER, |_| {}));
    desk.says(0, &holder(MessageType::REQUEST, take));
    assert_eq!(Some(key()), desk.holder(ip(100)));
    desk
}

fn key() -> ClientKey {
    ClientKey::Identifier(b"\0one".as_slice().into())
}

fn holder(kind: MessageType, more: impl FnOnce(&mut Message)) -> Vec<u8> {
    message(kind, 1, |message| {
        message.push(&CLIENT_IDENTIFIER, b"\0one");
        more(message);
    })
}

fn take(message: &mut Message) {
    message.push(&REQUESTED_IP_ADDRESS, ip(100)).push(&SERVER_IDENTIFIER, SERVER);
}

/// The message through the relay agent.
fn relayed(mut octets: Vec<u8>) -> Vec<u8> {
    octets[24..28].copy_from_slice(&RELAY.octets());
    octets
}

/// Sends a forgery, straight and through a relay agent: the holder keeps its lease, and can renew it.
fn survives(forgery: &[u8], straight: &str) {
    for octets in [forgery.to_vec(), relayed(forgery.to_vec())] {
        let mut desk = held();
        let told = desk.says(10, &octets);
        let first = told.first().map(String::as_str).unwrap_or_default();
        assert_eq!(straight, first.split(" to ").next().unwrap());
        assert_eq!(Some(key()), desk.holder(ip(100)));
        let renewal = holder(MessageType::REQUEST, |message| {
            message.set_ciaddr(ip(100));
        });
        assert_eq!(["ACK 192.0.2.100 for 3600 to client 192.0.2.100"], *desk.says(11, &renewal));
        desk.restart();
        desk.wait_until(20);
        assert_eq!(Some(key()), desk.holder(ip(100)), "in the store too");
        desk.lawful();
    }
}

#[test]
fn a_release_by_another_client() {
    survives(&release(2, ip(100)), "ignored: not-holder");
}

#[test]
fn a_release_by_the_same_chaddr_with_another_identifier() {
    let forgery = message(MessageType::RELEASE, 1, |message| {
        message.push(&CLIENT_IDENTIFIER, b"\0eve");
        message.set_ciaddr(ip(100)).push(&SERVER_IDENTIFIER, SERVER);
    });
    survives(&forgery, "ignored: not-holder");
}

#[test]
fn a_release_by_the_same_chaddr_without_an_identifier() {
    survives(&release(1, ip(100)), "ignored: not-holder");
}

#[test]
fn a_release_with_another_servers_identifier() {
    let forgery = holder(MessageType::RELEASE, |message| {
        message.set_ciaddr(ip(100)).push(&SERVER_IDENTIFIER, OTHER_SERVER);
    });
    survives(&forgery, "ignored: other-server");
}

#[test]
fn a_decline_by_another_client() {
    survives(&decline(2, ip(100)), "ignored: not-holder");
}

#[test]
fn a_decline_by_the_same_chaddr_with_another_identifier() {
    let forgery = message(MessageType::DECLINE, 1, |message| {
        message.push(&CLIENT_IDENTIFIER, b"\0eve");
        take(message);
    });
    survives(&forgery, "ignored: not-holder");
}

#[test]
fn a_decline_with_another_servers_identifier() {
    let forgery = holder(MessageType::DECLINE, |message| {
        message.push(&REQUESTED_IP_ADDRESS, ip(100)).push(&SERVER_IDENTIFIER, OTHER_SERVER);
    });
    survives(&forgery, "ignored: other-server");
}

#[test]
fn a_decline_without_a_server_identifier() {
    let forgery = holder(MessageType::DECLINE, |message| {
        message.push(&REQUESTED_IP_ADDRESS, ip(100));
    });
    survives(&forgery, "ignored: no-server-identifier");
}

#[test]
fn a_release_without_a_server_identifier() {
    let forgery = holder(MessageType::RELEASE, |message| {
        message.set_ciaddr(ip(100));
    });
    survives(&forgery, "ignored: no-server-identifier");
}

#[test]
fn a_request_by_another_client_for_the_address() {
    survives(&select(2, ip(100), SERVER), "NAK (address is not available)");
}

#[test]
fn a_request_by_the_same_chaddr_with_another_identifier() {
    let forgery = message(MessageType::REQUEST, 1, |message| {
        message.push(&CLIENT_IDENTIFIER, b"\0eve");
        take(message);
    });
    survives(&forgery, "NAK (address is not available)");
}

#[test]
fn a_request_that_names_another_server() {
    let forgery = holder(MessageType::REQUEST, |message| {
        message.push(&REQUESTED_IP_ADDRESS, ip(100)).push(&SERVER_IDENTIFIER, OTHER_SERVER);
    });
    survives(&forgery, "ignored: other-server");
}

#[test]
fn a_renewal_by_another_client() {
    survives(&renew(2, ip(100)), "NAK (address is not available)");
}

#[test]
fn a_rebinding_by_the_same_chaddr_without_an_identifier() {
    survives(&renew(1, ip(100)), "NAK (address is not available)");
}

#[test]
fn a_reboot_by_another_client() {
    survives(&reboot(2, ip(100)), "ignored: unknown-client");
}

#[test]
fn a_discover_by_another_client_for_the_address() {
    let forgery = message(MessageType::DISCOVER, 2, |message| {
        message.push(&REQUESTED_IP_ADDRESS, ip(100));
    });
    survives(&forgery, "OFFER 192.0.2.101 for 3600");
}

#[test]
fn a_discover_by_the_same_chaddr_with_another_identifier() {
    survives(&with_identifier(1, b"\0eve", MessageType::DISCOVER), "OFFER 192.0.2.101 for 3600");
}

#[test]
fn a_stale_copy_of_the_discover() {
    survives(&holder(MessageType::DISCOVER, |_| {}), "OFFER 192.0.2.100 for 3590");
}

#[test]
fn a_stale_copy_of_the_request() {
    survives(&holder(MessageType::REQUEST, take), "ACK 192.0.2.100 for 3590");
}

#[test]
fn a_stale_request_for_an_address_that_was_offered_once() {
    let stale = holder(MessageType::REQUEST, |message| {
        message.push(&REQUESTED_IP_ADDRESS, ip(101)).push(&SERVER_IDENTIFIER, SERVER);
    });
    survives(&stale, "NAK (this client has 192.0.2.100)");
}

#[test]
fn an_inform_with_the_holders_address() {
    let inform = message(MessageType::INFORM, 2, |message| {
        message.set_ciaddr(ip(100));
    });
    survives(&inform, "ACK 0.0.0.0");
}

#[test]
fn a_release_and_a_decline_of_an_offer_by_others() {
    let mut desk = Desk::new(config());
    desk.says(0, &discover(1));
    assert_eq!(["ignored: not-holder"], *desk.says(1, &release(1, ip(100))), "nothing is bound yet");
    assert_eq!(["ignored: not-holder"], *desk.says(1, &decline(2, ip(100))));
    assert_eq!(["ACK 192.0.2.100 for 3600 to hardware"], *desk.says(2, &select(1, ip(100), SERVER)));
    desk.lawful();
}

#[test]
fn a_stale_copy_of_the_request_after_the_address_went_to_another() {
    let mut desk = held();
    desk.says(
        1,
        &holder(MessageType::RELEASE, |message| {
            message.set_ciaddr(ip(100)).push(&SERVER_IDENTIFIER, SERVER);
        }),
    );
    let wanting = message(MessageType::DISCOVER, 2, |message| {
        message.push(&REQUESTED_IP_ADDRESS, ip(100));
    });
    desk.says(2, &wanting);
    desk.says(2, &select(2, ip(100), SERVER));
    let stale = holder(MessageType::REQUEST, take);
    assert_eq!(["NAK (address is not available) to all"], *desk.says(3, &stale));
    assert_eq!(
        ["ignored: not-holder"],
        *desk.says(
            3,
            &holder(MessageType::RELEASE, |message| {
                message.set_ciaddr(ip(100)).push(&SERVER_IDENTIFIER, SERVER);
            })
        )
    );
    assert!(matches!(desk.holder(ip(100)), Some(ClientKey::Hardware { .. })));
    desk.lawful();
}

#[test]
fn two_clients_that_want_one_address_at_once() {
    let mut desk = Desk::new(config());
    desk.mood = Mood::Waits;
    desk.says(0, &select(1, ip(100), SERVER));
    assert_eq!(["NAK (address is not available) to all"], *desk.says(0, &select(2, ip(100), SERVER)));
    assert_eq!(["ACK 192.0.2.100 for 3600 to hardware"], *desk.store_answers(Ok(())));
    desk.lawful();
}

#[test]
fn a_flood_of_invented_clients_leaves_the_known_ones_alone() {
    let mut desk = held();
    for client in 0..=255u8 {
        let invented = message(MessageType::DISCOVER, 9, |message| {
            message.set_hardware(1, &[6, 6, 6, 6, 6, client]).push_octets(Code(12), b"x");
        });
        desk.says(1, &invented);
    }
    let usage = &desk.server.usage()[0];
    assert_eq!((4, 1, 3), (usage.addresses, usage.bound, usage.offered));
    let renewal = holder(MessageType::REQUEST, |message| {
        message.set_ciaddr(ip(100));
    });
    assert_eq!(["ACK 192.0.2.100 for 3600 to client 192.0.2.100"], *desk.says(2, &renewal));
    desk.wait_until(11);
    assert_eq!(["OFFER 192.0.2.101 for 3600 to hardware"], *desk.says(11, &discover(7)), "offers lapse");
}
