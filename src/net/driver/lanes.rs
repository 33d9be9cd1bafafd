//! Who waits when more datagrams come than can be handled: strangers, a queue for each relay agent.
//!
//! Known clients never wait here. The queues have one bound together, and each relay agent has a turn: when there is no
//! room, whoever has the most in it gives way. A datagram that has waited too long is dropped, for its client has
//! sent another by then (RFC 2131 §4.1). Nothing is allocated for what finds no room.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::net::wire::Came;
use crate::time::Instant;

/// The most datagrams that wait.
const MOST: usize = 1024;
/// The most octets that wait.
const MOST_OCTETS: usize = 1 << 20;
/// The longest that a datagram may wait.
const STALE: Duration = Duration::from_secs(1);
/// Buffers larger than this are not kept for the next datagram.
const USUAL: usize = 2048;
/// The most buffers that are kept when nothing waits.
const FEW: usize = 32;

/// Datagrams that were not looked at, since this was told last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Of clients without a relay agent, for which there was no room.
    pub direct_full: u64,
    /// Of clients without a relay agent, which had waited too long.
    pub direct_stale: u64,
    /// Of clients behind relay agents, for which there was no room.
    pub relayed_full: u64,
    /// Of clients behind relay agents, which had waited too long.
    pub relayed_stale: u64,
}

impl Skipped {
    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.direct_full + self.direct_stale + self.relayed_full + self.relayed_stale
    }

    fn count(&mut self, relay: Ipv4Addr, stale: bool) {
        let counter = match (relay.is_unspecified(), stale) {
            (true, false) => &mut self.direct_full,
            (true, true) => &mut self.direct_stale,
            (false, false) => &mut self.relayed_full,
            (false, true) => &mut self.relayed_stale,
        };
        *counter += 1;
    }
}

/// A datagram that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    since: Instant,
    pub(super) came: Came,
    pub(super) payload: Vec<u8>,
}

/// The queues.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// The queue of each relay agent that has one; none is empty.
    queues: BTreeMap<Ipv4Addr, VecDeque<Waiting>>,
    /// Whose turn it is, in order; each that has a queue stands here once.
    turns: VecDeque<Ipv4Addr>,
    /// Buffers for the next datagrams.
    spare: Vec<Vec<u8>>,
    waiting: usize,
    octets: usize,
    skipped: Skipped,
}

impl Lanes {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Lets a datagram wait in the queue of a relay agent, if there is room for it or somebody with more gives way.
    pub(super) fn push(&mut self, now: Instant, relay: Ipv4Addr, came: Came, payload: &[u8]) {
        while self.waiting >= MOST || self.octets + payload.len() > MOST_OCTETS {
            match self.longest(relay) {
                Some(longest) => self.give_way(longest),
                None => return self.skipped.count(relay, false),
            }
        }
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.extend_from_slice(payload);
        self.waiting += 1;
        self.octets += buffer.len();
        let queue = self.queues.entry(relay).or_default();
        if queue.is_empty() {
            self.turns.push_back(relay);
        }
        queue.push_back(Waiting { since: now, came, payload: buffer });
    }

    /// The next in turn. What has waited too long is dropped on the way.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Waiting> {
        loop {
            let relay = self.turns.pop_front()?;
            let queue = self.queues.get_mut(&relay)?;
            let waiting = queue.pop_front()?;
            if queue.is_empty() {
                self.queues.remove(&relay);
            } else {
                self.turns.push_back(relay);
            }
            self.waiting -= 1;
            self.octets -= waiting.payload.len();
            if self.is_empty() {
                self.spare.truncate(FEW);
            }
            if now.since(waiting.since) <= STALE {
                return Some(waiting);
            }
            self.skipped.count(relay, true);
            self.done(waiting);
        }
    }

    /// Takes back the buffer of a datagram that was handled.
    pub(super) fn done(&mut self, Waiting { mut payload, .. }: Waiting) {
        if payload.capacity() <= USUAL {
            payload.clear();
            self.spare.push(payload);
        }
    }

    /// What was not looked at since this was asked last.
    pub(super) fn take_skipped(&mut self) -> Option<Skipped> {
        let skipped = std::mem::take(&mut self.skipped);
        (skipped.total() > 0).then_some(skipped)
    }

    /// Who has the most waiting, if that is more than this relay agent has.
    fn longest(&self, relay: Ipv4Addr) -> Option<Ipv4Addr> {
        let own = self.queues.get(&relay).map_or(0, VecDeque::len);
        // Whoever has its share or more can't displace anybody but itself, and is told so at once.
        if own > 0 && own * self.queues.len() >= self.waiting {
            return None;
        }
        let (longest, queue) = self.queues.iter().max_by_key(|(_, queue)| queue.len())?;
        (queue.len() > own + 1 || own == 0 && queue.len() > own).then_some(*longest)
    }

    /// Drops the newest datagram of a queue: the oldest has waited, and is answered first.
    fn give_way(&mut self, relay: Ipv4Addr) {
        let Some(queue) = self.queues.get_mut(&relay) else { return };
        if let Some(waiting) = queue.pop_back() {
            self.waiting -= 1;
            self.octets -= waiting.payload.len();
            self.skipped.count(relay, false);
            self.done(waiting);
        }
        if self.queues.get(&relay).is_some_and(VecDeque::is_empty) {
            self.queues.remove(&relay);
            self.turns.retain(|turn| *turn != relay);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddrV4;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::endpoint::Arrived;

    const NOW: Instant = Instant::from_secs(1000);
    const DIRECT: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
    const ONE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    const TWO: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

    fn came() -> Came {
        let at = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 67);
        Came { from: at, to: at, arrived: Arrived::default() }
    }

    fn popped(lanes: &mut Lanes, now: Instant) -> Option<Vec<u8>> {
        let waiting = lanes.pop(now)?;
        let payload = waiting.payload.clone();
        lanes.done(waiting);
        Some(payload)
    }

    #[test]
    fn relay_agents_have_their_turn_one_after_the_other() {
        let mut lanes = Lanes::default();
        for (relay, text) in [(DIRECT, "a"), (DIRECT, "b"), (DIRECT, "c"), (ONE, "d"), (TWO, "e"), (ONE, "f")]
        {
            lanes.push(NOW, relay, came(), text.as_bytes());
        }
        let order: Vec<u8> = std::iter::from_fn(|| popped(&mut lanes, NOW)).flatten().collect();
        assert_eq!("adebfc", String::from_utf8(order).unwrap());
        assert!(lanes.is_empty());
    }

    #[test]
    fn a_flood_behind_one_relay_agent_leaves_room_for_others_and_is_counted() {
        let mut lanes = Lanes::default();
        for number in 0..5000u16 {
            lanes.push(NOW, ONE, came(), &number.to_be_bytes());
        }
        for number in 0..600u16 {
            lanes.push(NOW, TWO, came(), &number.to_be_bytes());
        }
        lanes.push(NOW, DIRECT, came(), b"alone");
        assert_eq!(MOST, lanes.waiting);
        let [one, two] = [ONE, TWO].map(|relay| lanes.queues[&relay].len());
        assert!(two.abs_diff(one) <= 2, "{one} and {two}");
        let skipped = lanes.take_skipped().unwrap();
        assert_eq!((5601 - u64::try_from(MOST).unwrap(), 0), (skipped.relayed_full, skipped.direct_full));
        assert_eq!(None, lanes.take_skipped());
        // The oldest are the ones that are kept.
        assert_eq!(Some(vec![0, 0]), popped(&mut lanes, NOW));
    }

    #[test]
    fn strangers_that_pretend_to_be_many_relay_agents_do_not_make_it_grow() {
        let mut lanes = Lanes::default();
        for number in 0..10_000 {
            lanes.push(NOW, Ipv4Addr::from(number), came(), &[0; 300]);
        }
        assert_eq!((MOST, MOST, MOST), (lanes.waiting, lanes.queues.len(), lanes.turns.len()));
    }

    #[test]
    fn what_has_waited_too_long_is_dropped() {
        let mut lanes = Lanes::default();
        lanes.push(NOW, DIRECT, came(), b"old");
        lanes.push(NOW + STALE, DIRECT, came(), b"new");
        let later = NOW + STALE + Duration::from_micros(1);
        assert_eq!(Some(b"new".to_vec()), popped(&mut lanes, later));
        assert_eq!(Some(1), lanes.take_skipped().map(|skipped| skipped.direct_stale));
    }

    #[test]
    fn octets_have_a_bound_and_large_buffers_are_not_kept() {
        let mut lanes = Lanes::default();
        for _ in 0..100 {
            lanes.push(NOW, DIRECT, came(), &[0; 60_000]);
        }
        assert!(lanes.octets <= MOST_OCTETS && lanes.waiting == MOST_OCTETS / 60_000, "{}", lanes.waiting);
        while popped(&mut lanes, NOW).is_some() {}
        assert_eq!((0, 0), (lanes.octets, lanes.spare.len()));
    }
}
