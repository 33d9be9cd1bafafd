//! Probes of addresses before they are offered (RFC 2131 §2.2, §3.1 step 2).

use std::time::Duration;

use dhcpsim::endpoint::InUse;
use dhcpsim::options::RAPID_COMMIT;
use dhcpsim::packet::MessageType;
use dhcpsim::server::Config;
use pretty_assertions::assert_eq;

use crate::desk::*;

fn probing() -> Config {
    Config { probe: Some(Duration::from_secs(1)), ..config() }
}

#[test]
fn an_address_is_probed_before_it_is_offered() {
    let mut desk = Desk::new(probing());
    assert_eq!(["probe of 192.0.2.100"], *desk.says(0, &discover(1)));
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.probed(0, ip(100), InUse::No));
    assert_eq!(["ACK 192.0.2.100 for 3600 to hardware"], *desk.says(1, &select(1, ip(100), SERVER)));
    desk.lawful();
}

#[test]
fn nobody_answering_in_time_means_that_the_address_is_free() {
    let mut desk = Desk::new(probing());
    desk.says(0, &discover(1));
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.wait_until(1));
    assert_eq!([""; 0], *desk.probed(2, ip(100), InUse::Yes), "too late");
}

#[test]
fn an_address_that_answers_rests_and_the_client_gets_another() {
    let mut desk = Desk::new(probing());
    desk.says(0, &discover(1));
    assert_eq!(["192.0.2.100 is in use", "probe of 192.0.2.101"], *desk.probed(0, ip(100), InUse::Yes));
    assert_eq!(["OFFER 192.0.2.101 for 3600 to hardware"], *desk.wait_until(1));
    desk.restart();
    let told = desk.says(2, &select(2, ip(100), SERVER));
    assert_eq!(["NAK (address is not available) to all"], *told, "after a restart too");
    assert_eq!(["192.0.2.100 rested"], *desk.wait_until(600));
}

#[test]
fn a_discover_is_given_up_after_so_many_addresses_in_use() {
    let mut desk = Desk::new(probing());
    let probe = |told: Vec<String>| Some(told.last()?.strip_prefix("probe of ")?.parse().unwrap());
    let mut asked = probe(desk.says(0, &discover(1)));
    // Somebody is on each address, and one at a time may rest: without an end this would go round and round.
    let mut found = 0;
    while let Some(address) = asked {
        found += 1;
        assert!(found <= 8, "{address} is asked for");
        asked = probe(desk.probed(0, address, InUse::Yes));
    }
    assert_eq!(8, found);
    assert!(probe(desk.says(4, &discover(1))).is_some(), "until it asks again");
}

#[test]
fn a_client_that_asks_again_during_the_probe_gets_one_answer() {
    let mut desk = Desk::new(probing());
    desk.says(0, &discover(1));
    assert_eq!(["ignored: probe-pending"], *desk.says(0, &discover(1)));
    assert_eq!(["probe of 192.0.2.101"], *desk.says(0, &discover(2)), "another client, another address");
    let told = ["OFFER 192.0.2.100 for 3600 to hardware", "OFFER 192.0.2.101 for 3600 to hardware"];
    assert_eq!(told, *desk.wait_until(1));
}

#[test]
fn what_a_client_has_or_had_is_not_probed() {
    let mut desk = Desk::new(probing());
    desk.says(0, &discover(1));
    desk.wait_until(1);
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(1, &discover(1)), "held");
    desk.says(1, &select(1, ip(100), SERVER));
    assert_eq!(["OFFER 192.0.2.100 for 3599 to hardware"], *desk.says(2, &discover(1)), "bound");
    desk.says(3, &release(1, ip(100)));
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(4, &discover(1)), "previous");
}

#[test]
fn rapid_commit_waits_for_the_probe() {
    let mut desk = Desk::new(Config { rapid_commit: true, ..probing() });
    let rapid = message(MessageType::DISCOVER, 1, |message| {
        message.push(&RAPID_COMMIT, ());
    });
    assert_eq!(["probe of 192.0.2.100"], *desk.says(0, &rapid));
    assert_eq!(["ACK 192.0.2.100 for 3600 to hardware"], *desk.wait_until(1));
    desk.lawful();
}

#[test]
fn a_probe_ends_when_the_client_takes_another_offer() {
    let mut desk = Desk::new(probing());
    desk.says(0, &discover(1));
    let told = desk.says(0, &select(1, ip(7), OTHER_SERVER));
    assert_eq!(["offer of 192.0.2.100 lapsed", "ignored: other-server"], *told);
    assert_eq!([""; 0], *desk.wait_until(5));
}

#[test]
fn probes_are_bounded_by_the_addresses() {
    let mut desk = Desk::new(probing());
    for client in 1..=4 {
        assert_eq!([format!("probe of 192.0.2.{}", 99 + client)], *desk.says(0, &discover(client)));
    }
    assert_eq!(["ignored: pool-exhausted"], *desk.says(0, &discover(5)));
}
