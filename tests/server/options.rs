//! Options with rules of their own.

use std::net::Ipv4Addr;

use dhcpsim::endpoint::Endpoint;
use dhcpsim::options::{
    AUTO_CONFIGURE, CLIENT_FQDN, Code, DOMAIN_NAME, IPV6_ONLY_PREFERRED, PARAMETER_REQUEST_LIST, RAPID_COMMIT,
};
use dhcpsim::packet::{Message, MessageType};
use dhcpsim::server::Config;
use pretty_assertions::assert_eq;

use crate::desk::*;
use crate::exchanges::bound;

fn asking(client: u8, list: &'static [u8]) -> Vec<u8> {
    message(MessageType::DISCOVER, client, |message| {
        message.push(&PARAMETER_REQUEST_LIST, list);
    })
}

#[test]
fn option_82_comes_back_last_and_as_it_was() {
    for agent in [
        &[1, 1, 7][..],
        &[1, 0],
        &[200, 3, 1, 2, 3, 0, 1, 9, 255, 0],
        // Not even what can't be read is changed.
        &[1, 9, 7],
        &[7],
        &[],
    ] {
        let discover = message(MessageType::DISCOVER, 1, |message| {
            message.set_giaddr(RELAY).push_octets(Code(82), agent);
        });
        let mut desk = Desk::new(config());
        assert_eq!(["OFFER 192.0.2.100 for 3600 to relay 192.0.2.2"], *desk.says(0, &discover), "{agent:?}");
        assert_eq!(agent, &*desk.reply().value(Code(82)).unwrap());
        assert_eq!(Some(&82), desk.codes().last());
    }
}

#[test]
fn option_82_comes_back_in_answers_to_unicast_too() {
    let mut desk = bound();
    let renewal = message(MessageType::REQUEST, 1, |message| {
        message.set_ciaddr(ip(100)).push_octets(Code(82), &[1, 1, 7]);
    });
    assert_eq!(["ACK 192.0.2.100 for 3600 to client 192.0.2.100"], *desk.says(1, &renewal));
    assert_eq!([1, 1, 7], *desk.reply().value(Code(82)).unwrap());
}

#[test]
fn routes_take_the_place_of_routers_for_who_asks_for_them() {
    let mut config = config();
    config.scope.options.push_octets(Code(33), &[10, 0, 0, 1, 192, 0, 2, 1]);
    config.scope.options.push_octets(Code(121), &[0, 192, 0, 2, 1]);
    for (list, want) in [
        (Some(&[1, 3, 33, 121][..]), &[1, 121][..]),
        (Some(&[1, 3, 33]), &[1, 3, 33]),
        (None, &[1, 3, 6, 33, 121]),
    ] {
        let mut desk = Desk::new(config.clone());
        let discover = message(MessageType::DISCOVER, 1, |message| {
            if let Some(list) = list {
                message.push(&PARAMETER_REQUEST_LIST, list);
            }
        });
        desk.says(0, &discover);
        assert_eq!(want, &desk.codes()[5..], "{list:?}");
    }
}

#[test]
fn ipv6_only_clients_get_option_108_and_no_address_is_held_for_them() {
    let mut config = config();
    config.scope.options.push(&IPV6_ONLY_PREFERRED, 1800);
    let mut desk = Desk::new(config);
    desk.says(0, &asking(1, &[1, 108]));
    assert_eq!(Some(1800), desk.reply().get(&IPV6_ONLY_PREFERRED).unwrap());
    assert_eq!(0, desk.server.usage()[0].offered);
    assert_eq!(None, Endpoint::next_deadline(&desk.server));
    desk.says(0, &asking(2, &[1, 3]));
    assert!(!desk.reply().has(Code(108)), "only who asks is told");
    assert_eq!(1, desk.server.usage()[0].offered);
}

#[test]
fn option_116_says_what_to_do_where_there_is_no_address() {
    let asking = message(MessageType::DISCOVER, 5, |message| {
        message.push(&AUTO_CONFIGURE, &[1]);
    });
    for (configured, want) in [
        (Some([0]), "OFFER 0.0.0.0 to all"),
        (Some([1]), "OFFER 0.0.0.0 to all"),
        (None, "ignored: pool-exhausted"),
    ] {
        let mut config = config();
        if let Some(how) = &configured {
            config.scope.options.push(&AUTO_CONFIGURE, how);
        }
        let mut desk = Desk::new(config);
        for client in 1..=4 {
            desk.says(0, &discover(client));
            assert!(!desk.reply().has(Code(116)), "it has not asked");
        }
        assert_eq!([want], *desk.says(0, &asking));
        if let Some(how) = configured {
            assert_eq!(how, *desk.reply().value(Code(116)).unwrap());
            assert_eq!([53, 54, 116], *desk.codes());
        }
        assert_eq!(["ignored: pool-exhausted"], *desk.says(0, &discover(6)));
    }
}

#[test]
fn option_81_is_answered_by_a_server_that_updates_nothing() {
    let mut config = config();
    config.scope.options.push(&DOMAIN_NAME, b"lab.example");
    let mut desk = Desk::new(config);
    for (name, want) in [
        (&b"\x05\0\0\x02pc\x03lab\0"[..], Some(&b"\x0e\xff\xff\x02pc\x03lab\0"[..])),
        (b"\x04\0\0\x02pc", Some(b"\x0c\xff\xff\x02pc\x03lab\x07example\0")),
        // One that can't be read is not answered, and hides nothing else.
        (b"\x04\0\0\x3fpc", None),
    ] {
        let discover = message(MessageType::DISCOVER, 1, |message| {
            message.push_octets(CLIENT_FQDN.code, name);
        });
        desk.says(0, &discover);
        let reply = desk.reply();
        assert_eq!(want, reply.value(CLIENT_FQDN.code).as_deref(), "{name:?}");
    }
    desk.says(0, &discover(1));
    assert!(!desk.reply().has(Code(81)), "only who sent it gets it");
}

#[test]
fn rapid_commit_takes_two_messages_and_is_stored_first() {
    let rapid = message(MessageType::DISCOVER, 1, |message| {
        message.push(&RAPID_COMMIT, ());
    });
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *Desk::new(config()).says(0, &rapid), "off");
    let mut desk = Desk::new(Config { rapid_commit: true, ..config() });
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(0, &discover(2)), "not asked for");
    desk.mood = Mood::Waits;
    assert_eq!([""; 0], *desk.says(1, &rapid));
    assert_eq!(["ACK 192.0.2.101 for 3600 to hardware"], *desk.store_answers(Ok(())));
    assert!(desk.reply().has(RAPID_COMMIT.code));
    assert_eq!(Ipv4Addr::UNSPECIFIED, desk.reply().ciaddr());
    desk.lawful();
}

#[test]
fn options_that_can_not_be_read_hide_nothing_else() {
    let odd = |code: u8, value: &'static [u8]| {
        message(MessageType::DISCOVER, 1, |message: &mut Message| {
            message.push_octets(Code(code), value);
        })
    };
    for (code, value) in
        [(50, &[1, 2][..]), (51, &[1]), (55, &[]), (57, &[9]), (57, &[0, 9]), (118, &[1]), (116, &[9])]
    {
        let told = Desk::new(config()).says(0, &odd(code, value));
        assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *told, "{code}");
    }
}
