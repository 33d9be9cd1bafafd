//! What lies below IPv4: Ethernet, Linux cooked, BSD loopback, or nothing.

use super::cursor::Cursor;
use super::ethernet::{self, Mac, Macs, Vlans};
use super::exported_pdu;
use super::ipv4;
use super::{Content, Foreign, Layer, LinkError, LinkType};

/// What the layers below IPv4 said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lower<'a> {
    pub(super) macs: Macs,
    pub(super) vlans: Vlans<'a>,
}

const AF_INET: u32 = 2;
/// AF_INET6 of Linux, FreeBSD, NetBSD with OpenBSD, and macOS.
const AF_INET6: [u32; 4] = [10, 28, 24, 30];
const ARPHRD_ETHER: u16 = 1;

pub(super) fn read(link_type: LinkType, cursor: Cursor<'_>) -> Result<Content<'_>, LinkError> {
    match link_type {
        LinkType::Ethernet => ethernet::read(cursor),
        LinkType::LinuxSll => cooked_v1(cursor),
        LinkType::LinuxSll2 => cooked_v2(cursor),
        LinkType::Null | LinkType::Loop => loopback(cursor),
        LinkType::Raw | LinkType::Ipv4 => ipv4::read(cursor, Lower::default()),
        LinkType::ExportedPdu => exported_pdu::read(cursor),
        LinkType::Other(number) => {
            Err(LinkError::Foreign { layer: Layer::Link, offset: 0, found: Foreign::LinkType(number) })
        }
    }
}

/// Goes on with IPv4, or names what is there instead.
pub(super) fn by_ethertype<'a>(
    layer: Layer,
    offset: usize,
    ethertype: u16,
    cursor: Cursor<'a>,
    lower: Lower<'a>,
) -> Result<Content<'a>, LinkError> {
    let found = match ethertype {
        0x0800 => return ipv4::read(cursor, lower),
        0x0806 => Foreign::Arp,
        0x86dd => Foreign::Ipv6,
        other => Foreign::EtherType(other),
    };
    Err(LinkError::Foreign { layer, offset, found })
}

/// Packet type, hardware type, address length, address (8), protocol: 16 octets.
fn cooked_v1(mut cursor: Cursor<'_>) -> Result<Content<'_>, LinkError> {
    let _packet_type = cursor.u16(Layer::Cooked)?;
    let hardware = cursor.u16(Layer::Cooked)?;
    let length = cursor.u16(Layer::Cooked)?;
    let address: &[u8; 8] = cursor.take(Layer::Cooked)?;
    let offset = cursor.offset;
    let protocol = cursor.u16(Layer::Cooked)?;
    let lower = Lower { macs: sender(hardware, length, address), ..Lower::default() };
    by_ethertype(Layer::Cooked, offset, protocol, cursor, lower)
}

/// Protocol, reserved, interface (4), hardware type, packet type, address length, address (8): 20 octets.
fn cooked_v2(mut cursor: Cursor<'_>) -> Result<Content<'_>, LinkError> {
    let offset = cursor.offset;
    let protocol = cursor.u16(Layer::Cooked)?;
    let [_, _, _, _, _, _, h, i, _, length] = *cursor.take::<10>(Layer::Cooked)?;
    let address: &[u8; 8] = cursor.take(Layer::Cooked)?;
    let macs = sender(u16::from_be_bytes([h, i]), length.into(), address);
    by_ethertype(Layer::Cooked, offset, protocol, cursor, Lower { macs, ..Lower::default() })
}

fn sender(hardware: u16, length: u16, address: &[u8; 8]) -> Macs {
    let known = hardware == ARPHRD_ETHER && length == 6;
    Macs { source: address.first_chunk().filter(|_| known).map(|six| Mac(*six)), destination: None }
}

/// The address family in either byte order: a capture may come from another machine.
fn loopback(mut cursor: Cursor<'_>) -> Result<Content<'_>, LinkError> {
    let offset = cursor.offset;
    let family: [u8; 4] = *cursor.take(Layer::Loopback)?;
    let family = u32::from_be_bytes(family).min(u32::from_le_bytes(family));
    let found = match family {
        AF_INET => return ipv4::read(cursor, Lower::default()),
        other if AF_INET6.contains(&other) => Foreign::Ipv6,
        other => Foreign::Family(other),
    };
    Err(LinkError::Foreign { layer: Layer::Loopback, offset, found })
}
