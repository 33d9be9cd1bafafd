//! INIT-REBOOT and REBOOTING: a client that comes back.

use std::time::Duration;

use dhcpsim::endpoint::{InUse, Instant, Lease, State};
use dhcpsim::options::REQUESTED_IP_ADDRESS;
use dhcpsim::packet::Packet;
use pretty_assertions::assert_eq;

use super::alone::{ADDRESS, Alone, OTHER, SERVER, codes, config, seconds, tests};

/// A lease until second 3600.
fn lease() -> Box<Lease> {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    Box::new(Lease {
        address: ADDRESS,
        server: SERVER,
        start: Instant::EPOCH,
        time: seconds(3600),
        t1: seconds(1800),
        t2: seconds(3150),
        ack: Vec::new(),
    })
}

fn rebooted(lease: Option<Box<Lease>>, second: u64) -> Alone {
    let mut alone = Alone::idle(config());
    alone.now = Instant::from_secs(second);
    alone.client.reboot(alone.now, ADDRESS, lease);
    alone
}

tests! {
    fn an_address_that_is_still_right_is_kept() {
        let mut alone = rebooted(None, 100);
        assert_eq!(
            ["100.000000 INIT-REBOOT", "100.000000 REBOOTING", "100.000000 REQUEST to all"],
            *alone.until(100)
        );
        assert_eq!([53, 61, 50, 57, 55], *codes(&alone.last), "table 5: no server identifier");
        let request = Packet::parse(&alone.last).unwrap();
        assert_eq!(Ok(Some(ADDRESS)), request.get(&REQUESTED_IP_ADDRESS));
        assert!(request.ciaddr().is_unspecified());
        assert_eq!(["100.000000 BOUND"], *alone.hears(&alone.ack_of(OTHER, 600)), "from any server");
        assert_eq!(OTHER, alone.client.lease().unwrap().server);
    }

    fn a_nak_sends_it_to_init() {
        let mut alone = rebooted(Some(lease()), 100);
        alone.until(100);
        let nak = alone.nak_of(OTHER);
        assert_eq!(["100.000000 refused", "100.000000 INIT"], *alone.hears(&nak));
        alone.until(110);
        assert_eq!(State::Selecting, alone.client.state());
        assert!(!codes(&alone.last).contains(&50));
    }

    fn without_an_answer_a_lease_that_lasts_is_used() {
        let mut alone = rebooted(Some(lease()), 100);
        let told = alone.until(200);
        assert_eq!(4, seconds(&told).len(), "{told:?}");
        assert!(told.last().unwrap().ends_with("BOUND"), "{told:?}");
        assert_eq!(["1800.000000 RENEWING", "1800.000000 REQUEST to server"], *alone.until(1800));
    }

    fn without_an_answer_t2_that_has_passed_is_heeded_at_once() {
        let mut alone = rebooted(Some(lease()), 3200);
        let told = alone.until(3300);
        let names: Vec<&str> = told.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
        assert_eq!(["BOUND", "REBINDING", "REQUEST"], names[names.len() - 3..], "{told:?}");
    }

    fn without_an_answer_or_a_lease_it_begins_anew() {
        for known in [None, Some(Box::new(Lease { time: Some(Duration::from_secs(110)), ..*lease() }))] {
            let mut alone = rebooted(known, 100);
            let told = alone.until(200);
            assert!(told.iter().any(|line| line.ends_with("INIT")), "{told:?}");
            assert!(told.last().unwrap().ends_with("DISCOVER to all"), "{told:?}");
            assert!(codes(&alone.last).contains(&50), "it would still like that address");
        }
    }

    fn an_address_that_somebody_has_by_now_is_declined() {
        let mut alone = Alone::idle(config().behaving(|habits| habits.probe = Some(Duration::from_secs(1))));
        alone.client.reboot(alone.now, ADDRESS, None);
        alone.until(0);
        assert_eq!(["0.000000 who has 192.0.2.100?"], *alone.hears(&alone.ack(600)));
        assert_eq!(State::Rebooting, alone.client.state());
        assert_eq!(
            ["0.000000 192.0.2.100 is taken", "0.000000 DECLINE to all", "0.000000 INIT"],
            *alone.learns(InUse::Yes)
        );
    }

    fn only_who_has_stopped_can_begin() {
        let mut alone = Alone::bound(config(), 3600);
        alone.client.reboot(alone.now, OTHER, None);
        alone.client.start(alone.now);
        alone.client.inform(alone.now, OTHER);
        assert_eq!([""; 0], *alone.drain());
        assert_eq!(State::Bound, alone.client.state());
    }
}
