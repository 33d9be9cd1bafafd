//! DHCPFORCERENEW (RFC 3203), and the nonce by which it proves who sent it (RFC 6704).

use std::net::Ipv4Addr;

use dhcpsim::client::ForceRenew;
use dhcpsim::endpoint::State;
use dhcpsim::options::{AUTHENTICATION, FORCERENEW_NONCE_CAPABLE, IP_ADDRESS_LEASE_TIME};
use dhcpsim::packet::{MessageType, Packet};
use pretty_assertions::assert_eq;

use super::alone::{ADDRESS, Alone, SERVER, codes, tests};

/// Sixteen octets of 0x0b.
const NONCE: [u8; 16] = [0x0b; 16];

/// Option 90 with a replay detection value, a type and a value.
fn authentication(replay: u64, kind: u8, value: &[u8]) -> Vec<u8> {
    [&[3, 1, 0], &replay.to_be_bytes()[..], &[kind], value].concat()
}

/// A client that checks, with a lease whose ACK gave the nonce.
fn checking() -> Alone {
    let mut alone = Alone::with(|habits| habits.force_renew = ForceRenew::Authenticated);
    alone.until(0);
    assert!(codes(&alone.last).contains(&FORCERENEW_NONCE_CAPABLE.code.0));
    alone.hears(&alone.offer());
    let ack = alone.reply(MessageType::ACK, Some(SERVER), |message| {
        message.push(&IP_ADDRESS_LEASE_TIME, 3600);
        message.push_octets(AUTHENTICATION.code, &authentication(1, 1, &NONCE));
    });
    alone.hears(&ack);
    assert_eq!(State::Bound, alone.client.state());
    alone
}

/// A DHCPFORCERENEW with a digest of zeros, to be filled in.
fn unsigned(alone: &Alone, replay: u64) -> Vec<u8> {
    alone.reply(MessageType::FORCERENEW, Some(SERVER), |message| {
        message.push_octets(AUTHENTICATION.code, &authentication(replay, 2, &[0; 16]));
    })
}

/// HMAC (RFC 2104) over MD5 as the system's tool has it would do; here the definition, over the crate's MD5.
fn digest(key: &[u8; 16], message: &[u8]) -> Vec<u8> {
    use md5::{Digest, Md5};
    let block = |pad: u8| -> Vec<u8> {
        let mut block = key.to_vec();
        block.resize(64, 0);
        block.iter().map(|octet| octet ^ pad).collect()
    };
    let inner = Md5::digest([block(0x36), message.to_vec()].concat());
    Md5::digest([block(0x5c), inner.to_vec()].concat()).to_vec()
}

fn signed(alone: &Alone, replay: u64) -> Vec<u8> {
    let mut octets = unsigned(alone, replay);
    let digest = digest(&NONCE, &octets);
    let at = Packet::parse(&octets).unwrap().first(AUTHENTICATION.code).unwrap().value_offset() + 12;
    octets[at..at + 16].copy_from_slice(&digest);
    octets
}

tests! {
    fn the_digest_is_that_of_rfc_2104() {
        let want = "9294727a3638bb1c13f48ef8158bfc9d";
        assert_eq!(want, hex::encode(digest(&NONCE, b"Hi There")));
    }

    fn one_that_proves_itself_is_heeded_once() {
        let mut alone = checking();
        alone.until(10);
        let forced = signed(&alone, 2);
        assert_eq!(["10.000000 RENEWING", "10.000000 REQUEST to server"], *alone.hears(&forced));
        assert!(codes(&alone.last).contains(&FORCERENEW_NONCE_CAPABLE.code.0));
        alone.hears(&alone.ack(3600));
        assert_eq!(["ignored: not-authenticated"], *alone.hears(&forced), "it can't be sent again");
        let next = signed(&alone, 3);
        assert_eq!(["10.000000 RENEWING", "10.000000 REQUEST to server"], *alone.hears(&next));
    }

    fn one_that_a_relay_agent_passed_on_proves_itself_too() {
        let mut alone = checking();
        let mut forced = signed(&alone, 2);
        forced[3] = 1;
        forced[24..28].copy_from_slice(&[192, 0, 2, 3]);
        alone.hears(&forced);
        assert_eq!(State::Renewing, alone.client.state());
    }

    fn one_that_proves_nothing_is_ignored() {
        let mut alone = checking();
        let mut wrong = signed(&alone, 2);
        wrong[10] ^= 1;
        let plain = alone.reply(MessageType::FORCERENEW, Some(SERVER), |_| {});
        let nonce = alone.reply(MessageType::FORCERENEW, Some(SERVER), |message| {
            message.push_octets(AUTHENTICATION.code, &authentication(2, 1, &NONCE));
        });
        for forced in [wrong, plain, nonce, unsigned(&alone, 2), signed(&alone, 1)] {
            assert_eq!(["ignored: not-authenticated"], *alone.hears(&forced));
        }
        let forced = signed(&alone, 2);
        assert_eq!(["ignored: not-authenticated"], *alone.hears_at(&forced, Ipv4Addr::BROADCAST));
        assert_eq!(State::Bound, alone.client.state());
    }

    fn without_a_nonce_there_is_nothing_to_check_with() {
        let mut alone = Alone::with(|habits| habits.force_renew = ForceRenew::Authenticated);
        alone.until(0);
        alone.hears(&alone.offer());
        alone.hears(&alone.ack(3600));
        assert_eq!(["ignored: not-authenticated"], *alone.hears(&signed(&alone, 2)));
    }

    fn by_default_none_is_heeded_and_where_that_is_wanted_all_are() {
        let mut alone = Alone::bound(super::alone::config(), 3600);
        assert!(!codes(&alone.last).contains(&FORCERENEW_NONCE_CAPABLE.code.0));
        let forced = alone.reply(MessageType::FORCERENEW, Some(SERVER), |_| {});
        assert_eq!(["ignored: not-authenticated"], *alone.hears(&forced));
        let mut alone = Alone::with(|habits| habits.force_renew = ForceRenew::Always);
        alone.until(0);
        assert_eq!(["ignored: unexpected"], *alone.hears(&forced), "only BOUND heeds it");
        alone.hears(&alone.offer());
        alone.hears(&alone.ack(3600));
        let forced = alone.reply(MessageType::FORCERENEW, Some(SERVER), |_| {});
        alone.hears_at(&forced, ADDRESS);
        assert_eq!(State::Renewing, alone.client.state());
    }
}
