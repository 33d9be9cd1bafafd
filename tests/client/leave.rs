//! Leaving: release, stop, a link that goes down.

use dhcpsim::endpoint::{Endpoint, State};
use dhcpsim::packet::Packet;
use pretty_assertions::assert_eq;

use super::alone::{Alone, codes, config, seconds, tests};

tests! {
    fn it_gives_its_lease_back_from_each_state_that_has_one() {
        for second in [10, 1800, 3150] {
            let mut alone = Alone::bound(config(), 3600);
            alone.until(second);
            let before = Packet::parse(&alone.last).unwrap().xid();
            alone.client.release(alone.now);
            let told = alone.drain();
            assert!(told[0].ends_with("RELEASE to server") && told[1].ends_with("STOPPED"), "{told:?}");
            assert_ne!(before, Packet::parse(&alone.last).unwrap().xid());
            assert_eq!(None, alone.client.next_deadline());
            assert_eq!([""; 0], *alone.until(100_000));
        }
    }

    fn without_a_lease_there_is_nothing_to_give_back() {
        let mut alone = Alone::new(config());
        alone.until(0);
        alone.client.release(alone.now);
        assert_eq!(["0.000000 STOPPED"], *alone.drain());
        alone.client.release(alone.now);
        assert_eq!([""; 0], *alone.drain());
    }

    fn a_link_that_comes_back_makes_it_reboot() {
        let mut alone = Alone::bound(config(), 3600);
        alone.until(100);
        alone.client.link(alone.now, false);
        assert_eq!(["100.000000 STOPPED"], *alone.drain());
        assert_eq!([""; 0], *alone.until(2000));
        alone.client.link(alone.now, true);
        let told = alone.until(2000);
        assert_eq!(
            ["2000.000000 INIT-REBOOT", "2000.000000 REBOOTING", "2000.000000 REQUEST to all"],
            *told
        );
        alone.client.link(alone.now, false);
        alone.until(4000);
        alone.client.link(alone.now, true);
        let told = alone.until(4000);
        assert_eq!(
            ["2000.000000 STOPPED", "4000.000000 INIT", "4000.000000 SELECTING", "4000.000000 DISCOVER to all"],
            *[vec!["2000.000000 STOPPED".to_owned()], told].concat(),
            "the lease has ended meanwhile"
        );
    }

    fn what_comes_after_the_end_is_of_no_use() {
        let mut alone = Alone::bound(config(), 3600);
        let ack = alone.ack(3600);
        alone.client.release(alone.now);
        alone.drain();
        assert_eq!(["ignored: unexpected"], *alone.hears(&ack));
        assert_eq!(State::Stopped, alone.client.state());
        alone.client.start(alone.now);
        assert_eq!(1, seconds(&alone.until(0)).len());
        assert!(codes(&alone.last).contains(&50), "it would like the address that it had");
    }
}
