//! Anomalies of the header's fields.

use core::net::Ipv4Addr;

use super::{Found, Kind};
use crate::options::OPTION_OVERLOAD;
use crate::packet::header::{
    CHADDR, CHADDR_SIZE, CIADDR, FILE, FLAGS, Field, HLEN, HOPS, MIN_REPLY_SIZE, MessageType, OP, Op, SIADDR,
    SNAME, YIADDR,
};
use crate::packet::view::{Area, Packet};

/// The most relay agents that a message may pass (RFC 1542 §4.1.1).
const MAX_HOPS: u8 = 16;

pub(super) fn check(packet: &Packet<'_>, found: &mut Found) {
    op(packet, found);
    hardware(packet, found);
    if packet.hops() > MAX_HOPS {
        found.field(Kind::HopsTooMany(packet.hops()), HOPS);
    }
    if packet.flags().reserved() != 0 {
        found.field(Kind::ReservedFlags(packet.flags().reserved()), FLAGS);
    }
    names(packet, found);
    addresses(packet, found);
    if packet.octets().len() < MIN_REPLY_SIZE {
        let end = packet.octets().len();
        found.add(Kind::Short(end), super::Subject::Message, end, 0);
    }
}

fn op(packet: &Packet<'_>, found: &mut Found) {
    let op = packet.op();
    if op != Op::BOOTREQUEST && op != Op::BOOTREPLY {
        found.field(Kind::UnknownOp(op.0), OP);
        return;
    }
    let Some(kind) = packet.message_type() else { return };
    let expected = match kind.0 {
        1 | 3 | 4 | 7 | 8 | 10 | 14 | 16 => Op::BOOTREQUEST,
        2 | 5 | 6 | 9 | 11..=13 | 15 | 17 => Op::BOOTREPLY,
        _ => return,
    };
    if op != expected {
        found.field(Kind::WrongDirection(kind), OP);
    }
}

fn hardware(packet: &Packet<'_>, found: &mut Found) {
    let (htype, hlen) = (packet.htype(), packet.hlen());
    if usize::from(hlen) > CHADDR_SIZE {
        found.field(Kind::HlenTooLong(hlen), HLEN);
        return;
    }
    let expected = match htype {
        // Ethernet and IEEE 802; IEEE 1394 (RFC 2855 §3); EUI-64; InfiniBand (RFC 4390 §2.1).
        1 | 6 => Some(6),
        24 | 32 => Some(0),
        27 => Some(8),
        _ => None,
    };
    if let Some(expected) = expected.filter(|&expected| expected != hlen) {
        found.field(Kind::HlenMismatch { htype, hlen, expected }, HLEN);
    }
    let after = packet.chaddr_field().get(usize::from(hlen)..).unwrap_or_default();
    // An address under an hlen of 0 is a mismatch and has been told.
    if hlen > 0 && after.iter().any(|octet| *octet != 0) {
        let offset = CHADDR.offset + usize::from(hlen);
        found.add(Kind::ChaddrNotZeroFilled, super::Subject::Field(CHADDR.name), offset, after.len());
    }
}

fn names(packet: &Packet<'_>, found: &mut Found) {
    let overloaded = |area| packet.areas().any(|(there, _)| there == area);
    for (field, octets, area) in [(SNAME, packet.sname(), Area::Sname), (FILE, packet.file(), Area::File)] {
        let unclear = packet.has(OPTION_OVERLOAD.code);
        if packet.message_type() == Some(MessageType::NAK) && octets.iter().any(|octet| *octet != 0) {
            found.field(Kind::FieldNotZero(MessageType::NAK), field);
        }
        if !unclear && !overloaded(area) && !octets.contains(&0) {
            found.field(Kind::NotTerminated, field);
        }
    }
}

/// Tables 3 and 5 of RFC 2131, the rows of fields.
fn addresses(packet: &Packet<'_>, found: &mut Found) {
    let Some(kind) = packet.message_type() else { return };
    let fields = [(CIADDR, packet.ciaddr()), (YIADDR, packet.yiaddr()), (SIADDR, packet.siaddr())];
    for (field, address) in fields {
        match (wanted(packet, kind, field), address == Ipv4Addr::UNSPECIFIED) {
            (Some(false), false) => found.field(Kind::FieldNotZero(kind), field),
            (Some(true), true) => found.field(Kind::FieldZero(kind), field),
            _ => {}
        }
    }
}

/// What tables 3 and 5 of RFC 2131 say of a field in this message: it must be set (true) or zero (false).
#[must_use]
pub fn field_rule(packet: &Packet<'_>, field: Field) -> Option<bool> {
    wanted(packet, packet.message_type()?, field)
}

/// Whether an address must be there (true) or must not (false) in a message of that kind.
fn wanted(packet: &Packet<'_>, kind: MessageType, field: Field) -> Option<bool> {
    let inform_ack = packet.yiaddr() == Ipv4Addr::UNSPECIFIED && packet.ciaddr() != Ipv4Addr::UNSPECIFIED;
    match (kind, field) {
        (MessageType::DISCOVER | MessageType::DECLINE, CIADDR) => Some(false),
        (MessageType::RELEASE | MessageType::INFORM, CIADDR) => Some(true),
        (MessageType::OFFER | MessageType::NAK, CIADDR) => Some(false),
        (MessageType::OFFER, YIADDR) => (!super::rules::is_boot_server(packet)).then_some(true),
        (MessageType::ACK, YIADDR) if inform_ack || super::rules::is_boot_server(packet) => None,
        (MessageType::ACK, YIADDR) => Some(true),
        (MessageType::NAK, YIADDR | SIADDR) => Some(false),
        (
            MessageType::DISCOVER
            | MessageType::REQUEST
            | MessageType::DECLINE
            | MessageType::RELEASE
            | MessageType::INFORM,
            YIADDR | SIADDR,
        ) => Some(false),
        _ => None,
    }
}
