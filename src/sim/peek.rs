//! A look at what a message or frame is about, without reading all of it: for counting and for delivery.

use crate::link::Mac;
use crate::packet::{MessageType, Packet};

/// The option area's start with the magic cookie and, as almost always, option 53 first.
const AREA: usize = 236;
/// Where ciaddr stands in a message.
const CIADDR: usize = 12;
/// Where chaddr stands in a frame: behind Ethernet (14), IPv4 (20), UDP (8) and 28 octets of header.
const CHADDR: usize = 14 + 20 + 8 + 28;

/// The type of a message; 0 if it has none.
pub(super) fn kind(payload: &[u8]) -> MessageType {
    match payload.get(AREA..AREA + 7) {
        Some([99, 130, 83, 99, 53, 1, kind]) => MessageType(*kind),
        _ => Packet::parse(payload).ok().and_then(|packet| packet.message_type()).unwrap_or(MessageType(0)),
    }
}

/// Field ciaddr of a message: the address that its sender has.
pub(super) fn ciaddr(payload: &[u8]) -> Option<[u8; 4]> {
    payload.get(CIADDR..)?.first_chunk().copied()
}

/// The first six octets of field chaddr in a frame that holds a message.
pub(super) fn chaddr(frame: &[u8]) -> Option<Mac> {
    frame.get(CHADDR..)?.first_chunk::<6>().map(|octets| Mac(*octets))
}
