//! From INIT to BOUND.

use std::net::Ipv4Addr;
use std::time::Duration;

use dhcpsim::client::Config;
use dhcpsim::endpoint::{InUse, Instant, Pause, State};
use dhcpsim::options::{
    CLIENT_IDENTIFIER, IP_ADDRESS_LEASE_TIME, MESSAGE, NTP_SERVERS, RAPID_COMMIT, REBINDING_TIME,
    RENEWAL_TIME, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER,
};
use dhcpsim::packet::{MessageType, Op, Packet};
use pretty_assertions::assert_eq;

use super::alone::{ADDRESS, Alone, CHADDR, OTHER, SERVER, codes, config, seconds, tests};

const WAIT: Duration = Duration::from_secs(1);

tests! {
    fn it_discovers_requests_and_is_bound() {
        let mut alone = Alone::new(config());
        assert_eq!(["0.000000 SELECTING", "0.000000 DISCOVER to all"], *alone.until(0));
        alone.until(1);
        let offer = alone.offer();
        assert_eq!(["1.000000 REQUESTING", "1.000000 REQUEST to all"], *alone.hears(&offer));
        alone.until(2);
        let ack = alone.ack(3600);
        assert_eq!(["2.000000 BOUND"], *alone.hears(&ack));
        let lease = alone.client.lease().unwrap();
        assert_eq!((ADDRESS, SERVER), (lease.address, lease.server));
        assert_eq!(Instant::from_secs(1), lease.start, "a lease counts from when its request was sent");
        assert_eq!((Some(Duration::from_secs(1800)), Some(Duration::from_secs(3150))), (lease.t1, lease.t2));
        assert_eq!([""; 0], *alone.until(1800), "silence until T1");
    }

    fn without_an_answer_it_discovers_again_ever_more_slowly() {
        let mut alone = Alone::new(config());
        let times = seconds(&alone.until(4 * 3600));
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.len() >= 220, "{} in four hours", gaps.len());
        let wanted = [4.0, 8.0, 16.0, 32.0].into_iter().chain(std::iter::repeat(64.0));
        for (gap, want) in gaps.iter().zip(wanted) {
            assert!((gap - want).abs() <= 1.0, "{gaps:?}");
        }
        let secs = Packet::parse(&alone.last).unwrap().secs();
        assert_eq!(times.last().unwrap().floor() as u16, secs, "seconds since it began");
    }

    fn the_same_seed_gives_the_same_trace() {
        let trace = |seed| {
            let config = Config { seed, ..config() };
            let mut alone = Alone::new(config.behaving(|habits| habits.desynchronise = true));
            let mut told = alone.until(100);
            told.extend(alone.hears(&alone.offer()));
            told.extend(alone.hears(&alone.ack(600)));
            told.extend(alone.until(2 * 3600));
            told.push(format!("{:?}", alone.last));
            told
        };
        assert_eq!(trace(1), trace(1));
        assert_ne!(trace(1), trace(2));
    }

    fn it_may_wait_one_to_ten_seconds_before_it_begins() {
        for seed in 0..50 {
            let config = Config { seed, ..config() };
            let first =
                seconds(&Alone::new(config.behaving(|habits| habits.desynchronise = true)).until(10))[0];
            assert!((1.0..=10.0).contains(&first), "{first}");
        }
    }

    fn the_pause_before_the_request_is_kept() {
        let mut alone = Alone::with(|habits| habits.request_delay = Duration::from_secs(3));
        alone.until(1);
        let offer = alone.offer();
        assert_eq!([""; 0], *alone.hears(&offer));
        assert_eq!(["ignored: late-offer"], *alone.hears(&offer));
        assert_eq!(["4.000000 REQUESTING", "4.000000 REQUEST to all"], *alone.until(4));
    }

    fn the_best_of_the_offers_collected_is_taken() {
        let best = Ipv4Addr::new(192, 0, 2, 8);
        let mut alone = Alone::with(|habits| {
            habits.collect = Duration::from_secs(2);
            habits.prefer = vec![best, OTHER];
        });
        alone.until(0);
        assert_eq!([""; 0], *alone.hears(&alone.offer_of(SERVER, 101)));
        alone.until(1);
        alone.hears(&alone.offer_of(OTHER, 102));
        alone.hears(&alone.offer_of(SERVER, 103));
        assert_eq!(["2.000000 REQUESTING", "2.000000 REQUEST to all"], *alone.until(2));
        let request = Packet::parse(&alone.last).unwrap();
        assert_eq!(Ok(Some(OTHER)), request.get(&SERVER_IDENTIFIER), "the better of those that came");
        assert_eq!(Ok(Some(Ipv4Addr::new(192, 0, 2, 102))), request.get(&REQUESTED_IP_ADDRESS));
    }

    fn without_a_preference_the_first_of_the_offers_collected_is_taken() {
        let mut alone = Alone::with(|habits| habits.collect = Duration::from_secs(2));
        alone.until(0);
        alone.hears(&alone.offer_of(SERVER, 101));
        alone.hears(&alone.offer_of(OTHER, 102));
        alone.until(2);
        assert_eq!(Ok(Some(SERVER)), Packet::parse(&alone.last).unwrap().get(&SERVER_IDENTIFIER));
    }

    fn an_offer_without_a_required_option_is_not_taken() {
        let mut alone = Alone::with(|habits| habits.require = vec![NTP_SERVERS.code]);
        alone.until(0);
        assert_eq!(["ignored: lacks-option"], *alone.hears(&alone.offer()));
        let offer = alone.reply(MessageType::OFFER, Some(OTHER), |message| {
            message.push(&IP_ADDRESS_LEASE_TIME, 600).push_octets(NTP_SERVERS.code, &[192, 0, 2, 5]);
        });
        assert_eq!(["0.000000 REQUESTING", "0.000000 REQUEST to all"], *alone.hears(&offer));
    }

    fn who_sends_no_identifier_takes_no_reply_with_one() {
        let mut alone = Alone::new(Config { client_identifier: None, ..config() });
        alone.until(0);
        let offer = alone.reply(MessageType::OFFER, Some(SERVER), |message| {
            message.push(&IP_ADDRESS_LEASE_TIME, 600).push(&CLIENT_IDENTIFIER, &[1, 2, 3]);
        });
        assert_eq!(["ignored: other-client-identifier"], *alone.hears(&offer), "RFC 6842 §3");
        alone.hears(&alone.offer());
        assert_eq!(State::Requesting, alone.client.state());
    }

    fn a_server_that_does_not_keep_its_offers_is_the_last_choice() {
        for refuses in [false, true] {
            let mut alone = Alone::new(config());
            alone.until(0);
            alone.hears(&alone.offer());
            if refuses {
                alone.hears(&alone.nak_of(SERVER));
            }
            while alone.client.state() != State::Selecting {
                alone.until(alone.now.as_secs() + 1);
            }
            assert_eq!([""; 0], *alone.hears(&alone.offer()), "others may do better");
            alone.hears(&alone.offer_of(OTHER, 102));
            assert_eq!(Ok(Some(OTHER)), Packet::parse(&alone.last).unwrap().get(&SERVER_IDENTIFIER));
        }
    }

    fn a_server_that_has_failed_is_asked_again_where_there_is_no_other() {
        let mut alone = Alone::new(config());
        alone.until(0);
        alone.hears(&alone.offer());
        alone.hears(&alone.nak_of(SERVER));
        while alone.client.state() != State::Selecting {
            alone.until(alone.now.as_secs() + 1);
        }
        alone.hears(&alone.offer());
        assert_eq!(1, seconds(&alone.until(alone.now.as_secs() + 2)).len());
        assert_eq!(State::Requesting, alone.client.state());
        alone.hears(&alone.ack(600));
        assert_eq!(State::Bound, alone.client.state());
    }

    fn waits_differ_by_up_to_a_second_at_random() {
        for (number, want) in [4.0, 8.0, 16.0, 32.0, 64.0].into_iter().enumerate() {
            let gap = |seed| {
                let times = seconds(&Alone::new(Config { seed, ..config() }).until(140));
                times[number + 1] - times[number] - want
            };
            let mut gaps: Vec<f64> = (0..200).map(gap).collect();
            gaps.sort_by(f64::total_cmp);
            assert!(gaps[0] >= -1.0 && gaps[199] <= 1.0, "{gaps:?}");
            assert!(gaps[0] < -0.9 && gaps[199] > 0.9, "most of the two seconds: {gaps:?}");
            gaps.dedup();
            assert!(gaps.len() > 190, "each seed has its own: {gaps:?}");
        }
    }

    fn it_says_that_it_waits_and_why() {
        let mut alone = Alone::with(|habits| {
            habits.desynchronise = true;
            habits.request_delay = Duration::from_secs(3);
            habits.probe = Some(WAIT);
        });
        let mut told: Vec<Pause> = alone.pauses.drain(..).collect();
        alone.until(10);
        alone.hears(&alone.offer());
        told.append(&mut alone.pauses);
        alone.until(13);
        alone.hears(&alone.nak_of(SERVER));
        told.append(&mut alone.pauses);
        alone.until(20);
        alone.hears(&alone.offer());
        alone.until(25);
        alone.hears(&alone.ack(600));
        alone.pauses.clear();
        alone.learns(InUse::Yes);
        told.append(&mut alone.pauses);
        assert_eq!([Pause::Desynchronised, Pause::BeforeRequest, Pause::BackOff, Pause::Declined], *told);
    }

    fn with_rapid_commit_two_messages_are_enough() {
        let mut alone = Alone::with(|habits| habits.rapid_commit = true);
        alone.until(0);
        assert!(codes(&alone.last).contains(&RAPID_COMMIT.code.0));
        alone.until(1);
        assert_eq!(["ignored: not-rapid"], *alone.hears(&alone.ack(3600)));
        let ack = alone.reply(MessageType::ACK, Some(SERVER), |message| {
            message.push(&IP_ADDRESS_LEASE_TIME, 3600).push(&RAPID_COMMIT, ());
        });
        assert_eq!(["1.000000 BOUND"], *alone.hears(&ack));
        assert_eq!(Instant::EPOCH, alone.client.lease().unwrap().start, "from the DHCPDISCOVER");
    }

    fn who_does_not_ask_for_rapid_commit_gets_none() {
        let mut alone = Alone::new(config());
        alone.until(0);
        let ack = alone.reply(MessageType::ACK, Some(SERVER), |message| {
            message.push(&IP_ADDRESS_LEASE_TIME, 3600).push(&RAPID_COMMIT, ());
        });
        assert_eq!(["ignored: unexpected"], *alone.hears(&ack));
    }

    fn an_address_of_a_rapid_commit_is_checked_too() {
        let mut alone = Alone::with(|habits| {
            habits.rapid_commit = true;
            habits.probe = Some(WAIT);
        });
        alone.until(0);
        let ack = alone.reply(MessageType::ACK, Some(SERVER), |message| {
            message.push(&IP_ADDRESS_LEASE_TIME, 3600).push(&RAPID_COMMIT, ());
        });
        assert_eq!(["0.000000 who has 192.0.2.100?"], *alone.hears(&ack));
        assert_eq!(
            ["0.000000 192.0.2.100 is taken", "0.000000 DECLINE to all", "0.000000 INIT"],
            *alone.learns(InUse::Yes)
        );
    }

    fn requests_are_sent_four_times_and_then_it_begins_anew() {
        let mut alone = Alone::new(config());
        alone.until(0);
        let offer = alone.offer();
        let mut told = alone.hears(&offer);
        told.extend(alone.until(70));
        let names: Vec<&str> = told.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
        let want =
            ["REQUESTING", "REQUEST", "REQUEST", "REQUEST", "REQUEST", "INIT", "SELECTING", "DISCOVER"];
        assert_eq!(want, *names, "{told:?}");
        let restart: f64 = told[5].split(' ').next().unwrap().parse().unwrap();
        assert!((restart - 60.0).abs() <= 4.0, "{restart}");
    }

    fn an_address_that_nobody_has_is_used_after_some_silence() {
        let mut alone = Alone::with(|habits| habits.probe = Some(WAIT));
        alone.until(0);
        alone.hears(&alone.offer());
        alone.until(1);
        assert_eq!(["1.000000 who has 192.0.2.100?"], *alone.hears(&alone.ack(3600)));
        assert_eq!((State::Requesting, None), (alone.client.state(), alone.client.lease()));
        assert_eq!(["2.000000 BOUND"], *alone.until(2));
        assert_eq!(Instant::EPOCH, alone.client.lease().unwrap().start);
    }

    fn an_answer_that_nobody_has_it_is_awaited_no_longer() {
        let mut alone = Alone::with(|habits| habits.probe = Some(WAIT));
        alone.until(0);
        alone.hears(&alone.offer());
        alone.hears(&alone.ack(3600));
        assert_eq!(["0.000000 BOUND"], *alone.learns(InUse::No));
    }

    fn an_address_that_somebody_has_is_declined() {
        let mut alone = Alone::with(|habits| habits.probe = Some(WAIT));
        alone.until(0);
        alone.hears(&alone.offer());
        assert_eq!(["0.000000 who has 192.0.2.100?"], *alone.hears(&alone.ack(3600)));
        assert_eq!(
            ["0.000000 192.0.2.100 is taken", "0.000000 DECLINE to all", "0.000000 INIT"],
            *alone.learns(InUse::Yes)
        );
        let decline = Packet::parse(&alone.last).unwrap();
        assert_eq!([53, 61, 50, 54, 56], *codes(&alone.last), "table 5");
        assert_eq!((Ipv4Addr::UNSPECIFIED, 0, 0), (decline.ciaddr(), decline.secs(), decline.flags().0));
        assert_eq!(Ok(Some(ADDRESS)), decline.get(&REQUESTED_IP_ADDRESS));
        assert_eq!(Ok(Some(SERVER)), decline.get(&SERVER_IDENTIFIER));
        assert_eq!(["10.000000 SELECTING", "10.000000 DISCOVER to all"], *alone.until(10), "§3.1 step 5");
        assert!(!codes(&alone.last).contains(&50), "it does not ask for that address again");
    }

    fn messages_have_the_fields_and_options_of_table_5() {
        let config = Config { requested_address: Some(ADDRESS), ..config() };
        let config = config.behaving(|habits| {
            habits.lease_time = Some(600);
            habits.options = vec![(dhcpsim::options::VENDOR_CLASS_IDENTIFIER.code, b"dhcpsim".to_vec())];
        });
        let mut alone = Alone::new(config);
        alone.until(5);
        let discover = alone.last.clone();
        let discover = Packet::parse(&discover).unwrap();
        assert_eq!((Op::BOOTREQUEST, Ipv4Addr::UNSPECIFIED), (discover.op(), discover.ciaddr()));
        assert_eq!([53, 61, 50, 51, 57, 60, 55], *codes(&alone.last));
        assert!(discover.secs() >= 3, "seconds since it began");
        alone.until(6);
        alone.hears(&alone.offer());
        let request = alone.last.clone();
        let request = Packet::parse(&request).unwrap();
        assert_eq!([53, 61, 50, 54, 51, 57, 60, 55], *codes(&alone.last));
        assert_eq!(
            (discover.xid(), discover.secs()),
            (request.xid(), request.secs()),
            "§4.4.1: as in the DHCPDISCOVER"
        );
        assert_eq!(Ok(Some(ADDRESS)), request.get(&REQUESTED_IP_ADDRESS));
        alone.hears(&alone.ack(3600));
        alone.client.release(alone.now);
        assert_eq!(["6.000000 RELEASE to server", "6.000000 STOPPED"], *alone.drain());
        let release = Packet::parse(&alone.last).unwrap();
        assert_eq!([53, 61, 54, 56], *codes(&alone.last));
        assert_eq!((ADDRESS, 0), (release.ciaddr(), release.secs()));
        assert_ne!(request.xid(), release.xid());
    }

    fn replies_that_are_not_for_it_are_ignored_for_a_reason() {
        let mut alone = Alone::new(config());
        alone.until(0);
        let offer = alone.offer();
        let changed = |at: usize| {
            let mut octets = offer.clone();
            octets[at] ^= 0xff;
            octets
        };
        let with_address = |address| {
            alone.reply(MessageType::OFFER, Some(SERVER), |message| {
                message.set_yiaddr(address);
            })
        };
        let lasting = |lease| {
            alone.reply(MessageType::OFFER, Some(SERVER), |message| {
                message.push(&IP_ADDRESS_LEASE_TIME, lease);
            })
        };
        let others = alone.reply(MessageType::OFFER, Some(SERVER), |message| {
            message.push(&CLIENT_IDENTIFIER, &[1, 2, 3]);
        });
        let cases = [
            (offer[..100].to_vec(), "no-header"),
            (changed(0), "wrong-op"),
            (changed(4), "other-xid"),
            (changed(28), "other-client"),
            (others, "other-client-identifier"),
            (changed(236), "not-dhcp"),
            (alone.reply(MessageType::OFFER, None, |_| {}), "no-server-identifier"),
            (alone.ack(3600), "unexpected"),
            (alone.reply(MessageType::OFFER, Some(SERVER), |_| {}), "no-lease-time"),
            (lasting(0), "no-lease-time"),
            (lasting(1), "short-lease"),
            (with_address(Ipv4Addr::UNSPECIFIED), "bad-address"),
            (with_address(Ipv4Addr::LOCALHOST), "bad-address"),
            (with_address(Ipv4Addr::BROADCAST), "bad-address"),
            (with_address(Ipv4Addr::new(224, 0, 0, 1)), "bad-address"),
        ];
        for (payload, want) in cases {
            assert_eq!([format!("ignored: {want}")], *alone.hears(&payload));
        }
        alone.hears(&offer);
        let other_address = alone.reply(MessageType::ACK, Some(SERVER), |message| {
            message.set_yiaddr(OTHER).push(&IP_ADDRESS_LEASE_TIME, 3600);
        });
        let no_time = alone.reply(MessageType::ACK, Some(SERVER), |_| {});
        for (payload, want) in [
            (no_time, "no-lease-time"),
            (other_address, "other-address"),
            (alone.ack(0), "no-lease-time"),
            (alone.ack(4), "short-lease"),
            (alone.ack_of(OTHER, 3600), "other-server"),
            (alone.nak_of(OTHER), "other-server"),
            (offer.clone(), "unexpected"),
        ] {
            assert_eq!([format!("ignored: {want}")], *alone.hears(&payload));
        }
        let ack = alone.ack(3600);
        alone.hears(&ack);
        for payload in [ack, offer, alone.nak_of(SERVER)] {
            assert_eq!(["ignored: unexpected"], *alone.hears(&payload), "BOUND discards what comes again");
        }
    }

    fn after_a_nak_it_waits_and_begins_anew() {
        let mut alone = Alone::new(config());
        alone.until(0);
        alone.hears(&alone.offer());
        let nak = alone.reply(MessageType::NAK, Some(SERVER), |message| {
            message.push(&MESSAGE, b"no\x1b[31m");
        });
        assert_eq!(["0.000000 refused", "0.000000 INIT"], *alone.hears(&nak));
        let told = alone.until(5);
        assert_eq!(2, told.len(), "{told:?}");
        assert!((3.0..=5.0).contains(&seconds(&told)[0]));
    }

    fn a_server_that_goes_on_refusing_is_not_flooded() {
        let mut alone = Alone::new(config());
        let mut sent = seconds(&alone.until(0)).len();
        while alone.now < Instant::from_secs(3600) {
            if alone.client.state() == State::Selecting {
                sent += seconds(&alone.hears(&alone.offer())).len();
            }
            if alone.client.state() == State::Requesting {
                alone.hears(&alone.nak_of(SERVER));
            }
            let next = alone.now.as_secs() + 1;
            sent += seconds(&alone.until(next)).len();
        }
        assert!((100..130).contains(&sent), "{sent} messages in an hour: two a minute");
    }

    fn t1_and_t2_are_taken_if_they_are_in_order() {
        let seconds = |seconds: f64| Some(Duration::from_secs_f64(seconds));
        for (lease, t1, t2, want) in [
            (1000, None, None, (seconds(500.0), seconds(875.0))),
            (1000, Some(100), Some(200), (seconds(100.0), seconds(200.0))),
            (1000, Some(300), Some(200), (seconds(500.0), seconds(875.0))),
            (1000, Some(100), Some(1000), (seconds(500.0), seconds(875.0))),
            (1000, Some(0), Some(875), (seconds(60.0), seconds(875.0))),
            (20, Some(1), Some(17), (seconds(10.0), seconds(17.0))),
            (5, None, None, (seconds(2.5), seconds(4.375))),
            (u32::MAX, Some(100), Some(200), (None, None)),
        ] {
            let mut alone = Alone::new(config());
            alone.until(0);
            alone.hears(&alone.offer());
            let ack = alone.reply(MessageType::ACK, Some(SERVER), |message| {
                message.push(&IP_ADDRESS_LEASE_TIME, lease);
                t1.map(|t1| message.push(&RENEWAL_TIME, t1).octets().len());
                t2.map(|t2| message.push(&REBINDING_TIME, t2).octets().len());
            });
            alone.hears(&ack);
            let got = alone.client.lease().unwrap();
            assert_eq!(want, (got.t1, got.t2), "{lease} {t1:?} {t2:?}");
        }
    }

    fn a_lease_beyond_the_longest_is_used_for_so_long_only() {
        let mut alone = Alone::with(|habits| habits.longest_lease = 86_400);
        alone.until(0);
        alone.hears(&alone.offer());
        alone.hears(&alone.ack(u32::MAX - 1));
        let lease = alone.client.lease().unwrap();
        assert_eq!(Some(Duration::from_secs(86_400)), lease.time);
        assert_eq!(Some(Duration::from_secs(43_200)), lease.t1);
    }

    fn its_identity_is_the_same_in_all_messages() {
        let mut alone = Alone::new(Config { client_identifier: Some(b"\0me".into()), ..config() });
        for step in 0..3 {
            match step {
                0 => drop(alone.until(0)),
                1 => drop(alone.hears(&alone.offer())),
                _ => {
                    alone.hears(&alone.ack(60));
                    alone.client.release(alone.now);
                    alone.drain();
                }
            }
            let packet = Packet::parse(&alone.last).unwrap();
            assert_eq!(*b"\0me", *packet.value(CLIENT_IDENTIFIER.code).unwrap());
            assert_eq!(CHADDR, *packet.chaddr().0);
        }
        assert_eq!(State::Stopped, alone.client.state());
    }

    fn who_plays_a_relay_agent_says_so() {
        let mut alone = Alone::with(|habits| habits.giaddr = Some(OTHER));
        alone.until(0);
        let discover = Packet::parse(&alone.last).unwrap();
        assert_eq!((OTHER, 1), (discover.giaddr(), discover.hops()));
    }
}
