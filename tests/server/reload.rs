//! Another configuration while exchanges and leases are under way.

use dhcpsim::lease::{Pool, Subnet};
use dhcpsim::options::DOMAIN_NAME;
use dhcpsim::packet::Packet;
use dhcpsim::server::config::{Exclusion, Reservation, Scope, Who};
use dhcpsim::server::{Config, LeaseTimes};
use pretty_assertions::assert_eq;

use crate::desk::*;
use crate::exchanges::bound;

#[test]
fn a_reload_loses_no_lease_and_no_exchange() {
    let mut desk = bound();
    desk.says(1, &discover(2));
    desk.mood = Mood::Waits;
    desk.says(1, &select(3, ip(102), SERVER));
    let mut config = config();
    config.scope.options.push(&DOMAIN_NAME, b"new");
    desk.reconfigure(config);
    assert_eq!(["ACK 192.0.2.102 for 3600 to hardware"], *desk.store_answers(Ok(())));
    desk.mood = Mood::Keeps;
    assert_eq!(["ACK 192.0.2.101 for 3600 to hardware"], *desk.says(2, &select(2, ip(101), SERVER)));
    assert!(Packet::parse(&desk.sent[0]).unwrap().has(DOMAIN_NAME.code));
    assert_eq!(["ACK 192.0.2.100 for 3600 to client 192.0.2.100"], *desk.says(3, &renew(1, ip(100))));
    assert_eq!(["lease of 192.0.2.102 expired"], *desk.wait_until(3601));
    desk.lawful();
}

#[test]
fn a_lease_of_an_address_that_is_not_given_any_more_is_refused_at_its_renewal() {
    let mut desk = bound();
    let mut config = config();
    config.networks[0].subnets[0].exclusions.push(Exclusion { first: ip(100), last: ip(100) });
    desk.reconfigure(config);
    assert_eq!(["NAK (address is not given by this server) to all"], *desk.says(9, &renew(1, ip(100))));
    // It gets another one, and gives the old one up by taking that.
    assert_eq!(["OFFER 192.0.2.101 for 3600 to hardware"], *desk.says(10, &discover(1)));
    let told = desk.says(10, &select(1, ip(101), SERVER));
    assert_eq!(["192.0.2.100 released", "ACK 192.0.2.101 for 3600 to hardware"], *told);
    desk.lawful();
}

#[test]
fn a_lease_on_a_network_that_is_gone_is_nobody_elses_when_that_comes_back() {
    let mut desk = bound();
    let subnet = Subnet::of(std::net::Ipv4Addr::new(10, 9, 0, 0), 24).unwrap();
    let pool =
        Pool::new(subnet, std::net::Ipv4Addr::new(10, 9, 0, 10), std::net::Ipv4Addr::new(10, 9, 0, 19));
    let other = Config::simple(SERVER, &pool.unwrap(), &[], &[], LeaseTimes::new(3600).unwrap());
    desk.reconfigure(other);
    assert_eq!(["OFFER 10.9.0.10 for 3600 to hardware"], *desk.says(1, &discover(2)));
    desk.reconfigure(config());
    assert_eq!(["OFFER 192.0.2.101 for 3600 to hardware"], *desk.says(2, &discover(3)));
    assert_eq!(["ACK 192.0.2.100 for 3600 to client 192.0.2.100"], *desk.says(3, &renew(1, ip(100))));
    desk.lawful();
}

#[test]
fn a_client_moves_to_an_address_that_comes_to_be_reserved_for_it() {
    let mut desk = bound();
    let mut config = config();
    let who = Who::Hardware { htype: 1, chaddr: chaddr(1).to_vec() };
    let reservation = Reservation { who, address: ip(50), scope: Scope::default() };
    config.networks[0].subnets[0].reservations.push(reservation);
    desk.reconfigure(config);
    assert_eq!(["NAK (this client has 192.0.2.50) to all"], *desk.says(1, &renew(1, ip(100))));
    assert_eq!(["OFFER 192.0.2.50 for 3600 to hardware"], *desk.says(2, &discover(1)));
    let told = desk.says(2, &select(1, ip(50), SERVER));
    assert_eq!(["192.0.2.100 released", "ACK 192.0.2.50 for 3600 to hardware"], *told);
    desk.lawful();
}

#[test]
fn an_address_that_comes_to_be_reserved_stays_its_holders_until_the_lease_ends() {
    let mut desk = bound();
    let mut config = config();
    let who = Who::Hardware { htype: 1, chaddr: chaddr(2).to_vec() };
    let reservation = Reservation { who, address: ip(100), scope: Scope::default() };
    config.networks[0].subnets[0].reservations.push(reservation);
    desk.reconfigure(config);
    assert_eq!(["OFFER 192.0.2.101 for 3600 to hardware"], *desk.says(1, &discover(2)), "not yet");
    assert_eq!(["NAK (address is not given by this server) to all"], *desk.says(2, &renew(1, ip(100))));
    desk.wait_until(3600);
    assert_eq!(["OFFER 192.0.2.100 for 3600 to hardware"], *desk.says(3600, &discover(2)));
    desk.lawful();
}

#[test]
fn an_address_is_kept_for_as_long_as_its_client_was_ever_promised() {
    let mut desk = bound();
    let mut shorter = config();
    shorter.scope.set_lease(LeaseTimes::new(600).unwrap());
    desk.reconfigure(shorter);
    // Whether the client ever sees that is not known: it may go on with the hour that it was promised first.
    assert_eq!(["ACK 192.0.2.100 for 600 to client 192.0.2.100"], *desk.says(1800, &renew(1, ip(100))));
    desk.restart();
    for (second, client) in [(2401, 2), (2402, 3), (2403, 4), (2404, 5)] {
        let told = desk.says(second, &discover(client));
        assert!(!told.iter().any(|line| line.contains("192.0.2.100")), "{told:?}");
    }
    assert_eq!("ACK 192.0.2.100 for 600 to client 192.0.2.100", desk.says(3599, &renew(1, ip(100)))[3]);
    assert_eq!(["lease of 192.0.2.100 expired"], *desk.wait_until(4199));
    desk.lawful();
}

#[test]
fn what_is_left_of_a_promise_is_not_granted_anew_beyond_the_longest_lease() {
    for before in [3600, u32::MAX] {
        let mut longer = config();
        longer.scope.set_lease(LeaseTimes::new(before).unwrap());
        let mut desk = Desk::new(longer);
        desk.says(0, &discover(1));
        desk.says(0, &select(1, ip(100), SERVER));
        let mut shorter = config();
        shorter.scope.set_lease(LeaseTimes::new(600).unwrap());
        desk.reconfigure(shorter);
        assert_eq!(["OFFER 192.0.2.100 for 600 to hardware"], *desk.says(100, &discover(1)), "{before}");
        assert_eq!(["ACK 192.0.2.100 for 600 to hardware"], *desk.says(101, &select(1, ip(100), SERVER)));
        desk.lawful();
    }
}

#[test]
fn a_short_lease_that_is_stored_too_late_is_not_sent_though_its_address_is_kept() {
    let mut desk = bound();
    let mut shorter = config();
    shorter.scope.set_lease(LeaseTimes::new(600).unwrap());
    desk.reconfigure(shorter);
    desk.mood = Mood::Waits;
    desk.says(1800, &renew(1, ip(100)));
    desk.wait_until(2401);
    assert_eq!([""; 0], *desk.store_answers(Ok(())));
    assert_eq!(["lease of 192.0.2.100 expired"], *desk.wait_until(3600));
    desk.lawful();
}

#[test]
fn an_authoritative_server_refuses_what_it_has_no_record_of() {
    let mut desk = Desk::new(Config { authoritative: true, ..config() });
    let want = ["NAK (there is no record of that lease) to all"];
    assert_eq!(want, *desk.says(0, &reboot(1, ip(100))));
    assert_eq!(want, *desk.says(0, &renew(1, ip(100))));
    let mut other = Desk::new(config());
    assert_eq!(["ignored: unknown-client"], *other.says(0, &reboot(1, ip(100))));
    assert_eq!(["ignored: unknown-client"], *other.says(0, &renew(1, ip(100))));
}
