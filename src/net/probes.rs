//! The conflict checks under way: what is asked, what an answer means, when silence is enough. No I/O.
//!
//! An address on an attached subnet is asked for by ARP without claiming one (RFC 5227 §2.1.1), any other by ICMP
//! echo (RFC 2131 §3.1 step 2). Whatever else comes in by these protocols means nothing here.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::link::{Arp, Echo, Mac};
use crate::time::Instant;

/// How many are under way at most. Beyond that, addresses are offered unchecked: a flood of DISCOVERs must not hold
/// everybody up.
const MOST: usize = 512;
/// Silence for so long ends a check here; the endpoint has its own limit, which is mostly shorter.
const LIMIT: Duration = Duration::from_secs(1);
/// After so long it is asked again, in case the first question was lost.
const AGAIN: Duration = Duration::from_millis(150);

/// How an address is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// By ARP on the segment with this number.
    Arp(usize),
    /// By ICMP echo.
    Echo,
}

/// What is to be done when its time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Ask again.
    Ask(Ipv4Addr, By),
    /// Nobody has answered.
    Silent(Ipv4Addr),
}

/// The checks under way.
#[derive(Debug)]
pub(super) struct Probes {
    waiting: BTreeMap<Ipv4Addr, Waiting>,
    /// Comes back in an echo's data, so that only who got the question can answer it.
    token: u64,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    by: By,
    again: Option<Instant>,
    until: Instant,
}

impl Probes {
    /// None under way.
    pub(super) fn new(token: u64) -> Probes {
        Probes { waiting: BTreeMap::new(), token }
    }

    /// Starts one, anew if it is under way: who asks has forgotten the earlier one. False if there are too many.
    pub(super) fn start(&mut self, now: Instant, address: Ipv4Addr, by: By) -> bool {
        let room = self.waiting.len() < MOST || self.waiting.contains_key(&address);
        if room {
            let new = Waiting { by, again: Some(now + AGAIN), until: now + LIMIT };
            self.waiting.insert(address, new);
        }
        room
    }

    /// Forgets one that can't be asked.
    pub(super) fn forget(&mut self, address: Ipv4Addr) {
        self.waiting.remove(&address);
    }

    /// When something is due next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.waiting.values().map(|waiting| waiting.again.unwrap_or(waiting.until).min(waiting.until)).min()
    }

    /// What is due.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Due> {
        let mut due = Vec::new();
        self.waiting.retain(|address, waiting| {
            let over = waiting.until <= now;
            if over {
                due.push(Due::Silent(*address));
            } else if waiting.again.is_some_and(|again| again <= now) {
                waiting.again = None;
                due.push(Due::Ask(*address, waiting.by));
            }
            !over
        });
        due
    }

    /// The address that a frame on a segment shows to be in use, if it was asked for there. `own` is what this
    /// machine sends from.
    pub(super) fn frame(&mut self, segment: usize, own: Mac, frame: &[u8]) -> Option<Ipv4Addr> {
        let arp = Arp::read(frame)?;
        let asked = |address: &&Ipv4Addr| {
            self.waiting.get(address).is_some_and(|waiting| waiting.by == By::Arp(segment))
                && arp.shows_use_of(**address, own)
        };
        let address = *[&arp.sender, &arp.target].into_iter().find(asked)?;
        self.waiting.remove(&address);
        Some(address)
    }

    /// The address that an ICMP message shows to be in use, if it was asked for.
    pub(super) fn echo(&mut self, from: Ipv4Addr, message: &Echo<'_>) -> Option<Ipv4Addr> {
        let asked = self.waiting.get(&from).is_some_and(|waiting| waiting.by == By::Echo);
        if !(asked && message.reply && message.data == self.data(from)) {
            return None;
        }
        self.waiting.remove(&from);
        Some(from)
    }

    /// The echo that asks for an address. Some sockets put an id of their own into it, so that its data alone tells.
    pub(super) fn question(&self, address: Ipv4Addr) -> Vec<u8> {
        let [.., a, b] = self.token.to_be_bytes();
        let id = u16::from_be_bytes([a, b]);
        Echo { reply: false, id, sequence: 1, data: &self.data(address) }.icmp()
    }

    fn data(&self, address: Ipv4Addr) -> Vec<u8> {
        [&b"dhcpsim "[..], &self.token.to_be_bytes(), &address.octets()].concat()
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const OWN: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const OTHER: Mac = Mac([2, 0, 0, 0, 0, 2]);
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);

    fn at(millis: u64) -> Instant {
        Instant::from_secs(1000) + Duration::from_millis(millis)
    }

    fn answer(sender: Ipv4Addr) -> Vec<u8> {
        let arp =
            Arp { operation: 2, sender_mac: OTHER, sender, target_mac: OWN, target: Ipv4Addr::UNSPECIFIED };
        arp.ethernet(OWN)
    }

    #[test]
    fn silence_is_asked_twice_and_ends_the_check() {
        let mut probes = Probes::new(7);
        assert_eq!(None, probes.next());
        assert!(probes.start(at(0), ADDRESS, By::Echo));
        let mut timeline = Vec::new();
        while let Some(next) = probes.next() {
            timeline.push((next, probes.due(next)));
        }
        let want = vec![(at(150), vec![Due::Ask(ADDRESS, By::Echo)]), (at(1000), vec![Due::Silent(ADDRESS)])];
        assert_eq!(want, timeline);
    }

    #[test]
    fn a_check_that_is_asked_for_anew_is_not_over_when_the_earlier_one_would_be() {
        let mut probes = Probes::new(7);
        assert!(probes.start(at(0), ADDRESS, By::Echo));
        assert!(probes.start(at(900), ADDRESS, By::Echo));
        assert_eq!(Vec::<Due>::new(), probes.due(at(1000)));
        assert_eq!(vec![Due::Silent(ADDRESS)], probes.due(at(1900)));
    }

    #[test]
    fn an_answer_counts_once_and_only_on_the_segment_that_was_asked() {
        let mut probes = Probes::new(7);
        assert_eq!(None, probes.frame(0, OWN, &answer(ADDRESS)), "not asked for");
        assert!(probes.start(at(0), ADDRESS, By::Arp(0)));
        assert_eq!(None, probes.frame(1, OWN, &answer(ADDRESS)), "another segment");
        let probe = Arp::probe(OWN, ADDRESS).ethernet(Mac::BROADCAST);
        assert_eq!(None, probes.frame(0, OWN, &probe), "our own question");
        assert_eq!(None, probes.frame(0, OWN, &answer(Ipv4Addr::new(192, 0, 2, 8))), "somebody else");
        for length in 0..42 {
            assert_eq!(None, probes.frame(0, OWN, &answer(ADDRESS)[..length]), "{length} octets");
        }
        assert_eq!(Some(ADDRESS), probes.frame(0, OWN, &answer(ADDRESS)));
        assert_eq!(None, probes.frame(0, OWN, &answer(ADDRESS)), "twice");
        assert_eq!(None, probes.next());
    }

    #[test]
    fn an_echo_counts_from_the_address_asked_for_with_the_data_that_was_sent() {
        let mut probes = Probes::new(7);
        assert!(probes.start(at(0), ADDRESS, By::Echo));
        let question = probes.question(ADDRESS);
        let question = Echo::read(&question).unwrap();
        let reply = Echo { reply: true, id: 9, ..question };
        assert_eq!(None, probes.echo(ADDRESS, &question), "the question itself");
        assert_eq!(None, probes.echo(ADDRESS, &Echo { data: b"dhcpsim", ..reply }), "other data");
        assert_eq!(None, probes.echo(Ipv4Addr::new(192, 0, 2, 8), &reply), "from elsewhere");
        assert_eq!(Some(ADDRESS), probes.echo(ADDRESS, &reply));
    }

    #[test]
    fn many_are_under_way_at_once_but_not_any_number() {
        let mut probes = Probes::new(7);
        let most = u32::try_from(MOST).unwrap();
        let address = |number: u32| Ipv4Addr::from(0x0a00_0000 + number);
        for number in 0..most {
            assert!(probes.start(at(0), address(number), By::Arp(0)));
        }
        assert!(!probes.start(at(0), address(most), By::Arp(0)));
        assert!(probes.start(at(0), address(0), By::Arp(0)), "under way already");
        assert_eq!(Some(address(3)), probes.frame(0, OWN, &answer(address(3))));
        assert!(probes.start(at(1), address(most), By::Arp(0)));
        assert_eq!(MOST, probes.due(at(1001)).len());
    }
}
