//! A lease that is kept: BOUND, RENEWING, REBINDING, and its end.

use std::net::Ipv4Addr;
use std::time::Duration;

use dhcpsim::endpoint::{Instant, State};
use dhcpsim::options::IP_ADDRESS_LEASE_TIME;
use dhcpsim::packet::{MessageType, Packet};
use pretty_assertions::assert_eq;

use super::alone::{ADDRESS, Alone, OTHER, SERVER, codes, config, seconds, tests};

tests! {
    fn it_renews_at_t1_from_its_server() {
        let mut alone = Alone::bound(config(), 3600);
        let first = Packet::parse(&alone.last).unwrap().xid();
        assert_eq!(["1800.000000 RENEWING", "1800.000000 REQUEST to server"], *alone.until(1800));
        let request = Packet::parse(&alone.last).unwrap();
        assert_eq!([53, 61, 57, 55], *codes(&alone.last), "table 5: neither address nor server");
        assert_eq!((ADDRESS, 0), (request.ciaddr(), request.secs()));
        assert_ne!(first, request.xid());
        assert!(alone.client.lease().is_some(), "the address may be used meanwhile");
        alone.until(1801);
        assert_eq!(["1801.000000 BOUND"], *alone.hears(&alone.ack(3600)));
        let lease = alone.client.lease().unwrap();
        assert_eq!(Instant::from_secs(1800), lease.start);
        assert_eq!(["3600.000000 RENEWING", "3600.000000 REQUEST to server"], *alone.until(3600));
    }

    fn for_days_it_sends_a_message_each_half_of_a_lease_and_is_silent_else() {
        let mut alone = Alone::bound(config(), 3600);
        let mut sent = Vec::new();
        for half in 1..=96 {
            let told = alone.until(half * 1800);
            sent.extend(seconds(&told));
            alone.hears(&alone.ack(3600));
        }
        let want: Vec<f64> = (1..=96).map(|half| f64::from(half) * 1800.0).collect();
        assert_eq!(want, sent);
    }

    fn without_an_answer_it_asks_ever_more_often_then_everybody_then_begins_anew() {
        let mut alone = Alone::bound(config(), 3600);
        let told = alone.until(3600);
        // T1 1800, T2 3150: half of what is left each time, not under a minute (§4.4.5).
        assert_eq!(
            [
                "1800.000000 RENEWING",
                "1800.000000 REQUEST to server",
                "2475.000000 REQUEST to server",
                "2812.500000 REQUEST to server",
                "2981.250000 REQUEST to server",
                "3065.625000 REQUEST to server",
                "3125.625000 REQUEST to server",
                "3150.000000 REBINDING",
                "3150.000000 REQUEST to all",
                "3375.000000 REQUEST to all",
                "3487.500000 REQUEST to all",
                "3547.500000 REQUEST to all",
                "3600.000000 lease ended",
                "3600.000000 INIT",
                "3600.000000 SELECTING",
                "3600.000000 DISCOVER to all",
            ],
            *told
        );
        assert_eq!(None, alone.client.lease());
        assert!(codes(&alone.last).contains(&50), "it would like the address that it had");
        assert_eq!(0, Packet::parse(&alone.last).unwrap().secs(), "counted from the beginning anew");
    }

    fn what_is_unicast_asks_for_no_broadcast_reply() {
        let mut alone = Alone::bound(config().behaving(|habits| habits.broadcast = true), 3600);
        assert!(Packet::parse(&alone.last).unwrap().flags().broadcast());
        alone.until(1800);
        assert!(!Packet::parse(&alone.last).unwrap().flags().broadcast(), "RENEWING");
        alone.until(3150);
        assert!(Packet::parse(&alone.last).unwrap().flags().broadcast(), "REBINDING");
    }

    fn a_rebinding_tells_how_long_it_has_tried() {
        let mut alone = Alone::bound(config(), 3600);
        alone.until(3150);
        let request = Packet::parse(&alone.last).unwrap();
        assert_eq!((1350, ADDRESS), (request.secs(), request.ciaddr()));
        assert_eq!([53, 61, 57, 55], *codes(&alone.last));
    }

    fn each_sending_has_its_xid_and_only_the_last_is_answered() {
        let mut alone = Alone::bound(config(), 3600);
        alone.until(1800);
        let early = alone.ack(3600);
        alone.until(2475);
        assert_eq!(["ignored: other-xid"], *alone.hears(&early));
        assert_eq!(["2475.000000 BOUND"], *alone.hears(&alone.ack(3600)));
        assert_eq!(Instant::from_secs(2475), alone.client.lease().unwrap().start);
    }

    fn it_renews_earlier_when_told_to() {
        let mut alone = Alone::bound(config(), 3600);
        alone.until(100);
        alone.client.renew(alone.now);
        assert_eq!(["100.000000 RENEWING", "100.000000 REQUEST to server"], *alone.drain());
        alone.client.renew(alone.now);
        assert_eq!([""; 0], *alone.drain(), "once");
        assert_eq!(["100.000000 BOUND"], *alone.hears(&alone.ack(3600)));
    }

    fn another_server_may_extend_it_after_t2() {
        let mut alone = Alone::bound(config(), 3600);
        alone.until(1800);
        assert_eq!(["ignored: other-server"], *alone.hears(&alone.ack_of(OTHER, 3600)));
        alone.until(3150);
        assert_eq!(["3150.000000 BOUND"], *alone.hears(&alone.ack_of(OTHER, 3600)));
        assert_eq!(OTHER, alone.client.lease().unwrap().server);
        alone.until(3150 + 1800);
        assert_eq!(State::Renewing, alone.client.state());
    }

    fn a_grant_of_another_address_extends_nothing() {
        let mut alone = Alone::bound(config(), 3600);
        alone.until(1800);
        let other = alone.reply(MessageType::ACK, Some(SERVER), |message| {
            message.set_yiaddr(Ipv4Addr::new(192, 0, 2, 101)).push(&IP_ADDRESS_LEASE_TIME, 3600);
        });
        assert_eq!(["ignored: other-address"], *alone.hears(&other));
    }

    fn a_nak_ends_the_lease() {
        for (second, server, state) in [(1800, SERVER, State::Renewing), (3150, OTHER, State::Rebinding)] {
            let mut alone = Alone::bound(config(), 3600);
            alone.until(second);
            assert_eq!(state, alone.client.state());
            let nak = alone.nak_of(server);
            let told = alone.hears(&nak);
            assert_eq!(3, told.len(), "{told:?}");
            assert!(told[1].ends_with("lease ended") && told[2].ends_with("INIT"), "{told:?}");
            assert_eq!(None, alone.client.lease());
            alone.until(second + 5);
            assert!(!codes(&alone.last).contains(&50), "it does not ask for that address again");
        }
        let mut alone = Alone::bound(config(), 3600);
        alone.until(1800);
        assert_eq!(["ignored: other-server"], *alone.hears(&alone.nak_of(OTHER)));
    }

    fn who_sleeps_through_t1_or_t2_does_what_is_due_then() {
        let mut alone = Alone::bound(config(), 3600);
        assert_eq!(["3200.000000 REBINDING", "3200.000000 REQUEST to all"], *alone.sleeps_until(3200));
        let mut alone = Alone::bound(config(), 3600);
        let ended = [
            "9999.000000 lease ended",
            "9999.000000 INIT",
            "9999.000000 SELECTING",
            "9999.000000 DISCOVER to all",
        ];
        assert_eq!(ended, *alone.sleeps_until(9999));
        let mut alone = Alone::bound(config(), 3600);
        alone.until(1800);
        assert_eq!(ended, *alone.sleeps_until(9999));
    }

    fn an_answer_that_comes_after_the_end_saves_nothing() {
        let mut alone = Alone::bound(config(), 3600);
        alone.until(3150);
        let ack = alone.ack(3600);
        alone.now = Instant::from_secs(3600);
        let told = alone.hears(&ack);
        assert_eq!("3600.000000 lease ended", told[0], "{told:?}");
        assert_eq!(None, alone.client.lease());
    }

    fn it_declines_when_told_to() {
        for second in [10, 1800, 3150] {
            let mut alone = Alone::bound(config(), 3600);
            alone.until(second);
            alone.client.decline(alone.now);
            let told = alone.drain();
            assert!(told[0].ends_with("DECLINE to all") && told[1].ends_with("INIT"), "{told:?}");
            let at = seconds(&alone.until(second + 10));
            assert_eq!(vec![Instant::from_secs(second + 10).as_micros() as f64 / 1e6], at);
        }
    }

    fn half_of_all_replies_lost_costs_messages_and_no_lease() {
        let mut alone = Alone::bound(config(), 3600);
        let mut lost = 0;
        while alone.now < Instant::from_secs(48 * 3600) {
            let next = alone.now.as_secs() + 1;
            let sent = seconds(&alone.until(next)).len();
            assert!(alone.client.state().has_address(), "at {}", alone.now);
            for _ in 0..sent {
                lost += 1;
                if lost % 2 == 0 {
                    alone.hears(&alone.ack(3600));
                }
            }
        }
        // Two messages each 2475 s: T1, and half of the rest until T2.
        assert!((135..145).contains(&lost), "{lost} messages in two days");
    }

    fn an_infinite_lease_is_never_renewed() {
        let mut alone = Alone::bound(config(), u32::MAX);
        assert_eq!([""; 0], *alone.until(10 * 365 * 86_400));
        assert_eq!(None, alone.client.lease().unwrap().time);
        alone.client.renew(alone.now);
        assert_eq!(1, seconds(&alone.drain()).len(), "unless told to");
    }

    fn it_may_renew_up_to_a_tenth_earlier() {
        for seed in 0..50 {
            let config = dhcpsim::client::Config { seed, ..config() };
            let mut alone = Alone::new(config.behaving(|habits| habits.desynchronise = true));
            alone.until(11);
            alone.hears(&alone.offer());
            alone.hears(&alone.ack(3600));
            let t1 = alone.client.lease().unwrap().t1.unwrap();
            assert!((Duration::from_secs(1620)..=Duration::from_secs(1800)).contains(&t1), "{t1:?}");
        }
    }
}
