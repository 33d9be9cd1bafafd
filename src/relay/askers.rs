//! Who asked from where, for replies to clients on ports of their own, which have no place for it: by xid and chaddr.

use core::net::SocketAddrV4;
use core::time::Duration;
use std::collections::BTreeMap;

use crate::packet::Packet;
use crate::time::Instant;

/// The most requests that are kept in mind; the oldest gives way.
pub const MOST_ASKERS: usize = 4096;
/// How long a request is kept in mind: longer than a client waits for a reply before it tries again (RFC 2131 §4.1).
pub const ASKER_LASTS: Duration = Duration::from_secs(60);

/// What a reply has in common with its request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    xid: u32,
    htype: u8,
    chaddr: Box<[u8]>,
}

/// When a request came, and the so many-th of all it was.
type Place = (Instant, u64);

/// The askers of the last minute.
#[derive(Debug, Default)]
pub(super) struct Askers {
    known: BTreeMap<Key, (SocketAddrV4, Place)>,
    /// The same requests, the oldest first.
    order: BTreeMap<Place, Key>,
    count: u64,
}

impl Askers {
    /// Keeps in mind where a request came from.
    pub(super) fn note(&mut self, now: Instant, request: &Packet<'_>, from: SocketAddrV4) {
        self.forget(now);
        self.count = self.count.wrapping_add(1);
        let (key, place) = (key(request), (now, self.count));
        if let Some((_, before)) = self.known.insert(key.clone(), (from, place)) {
            self.order.remove(&before);
        }
        self.order.insert(place, key);
        if self.known.len() > MOST_ASKERS {
            self.drop_oldest();
        }
    }

    /// Where the request of a reply came from. Several servers may reply to one, so it stays.
    pub(super) fn of(&self, now: Instant, reply: &Packet<'_>) -> Option<SocketAddrV4> {
        let (asker, (came, _)) = self.known.get(&key(reply))?;
        (now.since(*came) < ASKER_LASTS).then_some(*asker)
    }

    fn forget(&mut self, now: Instant) {
        while self.order.first_key_value().is_some_and(|((came, _), _)| now.since(*came) >= ASKER_LASTS) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_first() {
            self.known.remove(&key);
        }
    }
}

fn key(packet: &Packet<'_>) -> Key {
    Key { xid: packet.xid(), htype: packet.htype(), chaddr: packet.chaddr().0.into() }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::packet::{Message, Op};

    fn request(xid: u32, chaddr: u8) -> Vec<u8> {
        let mut message = Message::new(Op::BOOTREQUEST);
        message.set_xid(xid).set_hardware(1, &[2, 0, 0, 0, 0, chaddr]);
        message.end(300)
    }

    fn at(port: u16) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
    }

    fn note(askers: &mut Askers, secs: u64, xid: u32, chaddr: u8, port: u16) {
        let octets = request(xid, chaddr);
        askers.note(Instant::from_secs(secs), &Packet::parse(&octets).unwrap(), at(port));
        assert_eq!(askers.known.len(), askers.order.len());
    }

    fn of(askers: &Askers, secs: u64, xid: u32, chaddr: u8) -> Option<u16> {
        let octets = request(xid, chaddr);
        let asker = askers.of(Instant::from_secs(secs), &Packet::parse(&octets).unwrap());
        asker.map(|asker| asker.port())
    }

    #[test]
    fn an_asker_is_known_by_xid_and_chaddr_for_a_minute_after_its_last_request() {
        let mut askers = Askers::default();
        note(&mut askers, 0, 7, 1, 1001);
        note(&mut askers, 0, 7, 2, 1002);
        note(&mut askers, 30, 7, 2, 1003);
        assert_eq!((Some(1001), Some(1003)), (of(&askers, 59, 7, 1), of(&askers, 59, 7, 2)));
        assert_eq!(None, of(&askers, 59, 8, 1));
        assert_eq!((None, Some(1003)), (of(&askers, 60, 7, 1), of(&askers, 89, 7, 2)));
        assert_eq!(None, of(&askers, 90, 7, 2));
        note(&mut askers, 90, 9, 9, 1004);
        assert_eq!((1, 1), (askers.known.len(), askers.order.len()));
    }

    #[test]
    fn a_flood_does_not_make_it_grow_and_the_oldest_gives_way() {
        let mut askers = Askers::default();
        for xid in 0..10_000 {
            note(&mut askers, 0, xid, 1, 1001);
            note(&mut askers, 0, 20_000, 1, 1002);
        }
        assert_eq!(MOST_ASKERS, askers.known.len());
        // The request that is repeated is not old.
        assert_eq!(Some(1002), of(&askers, 1, 20_000, 1));
        assert_eq!((Some(1001), None), (of(&askers, 1, 9_999, 1), of(&askers, 1, 5_000, 1)));
    }
}
