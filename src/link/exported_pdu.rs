//! PDUs exported by Wireshark (link type 252): tags that say what the octets after them are.

use core::net::{Ipv4Addr, SocketAddrV4};

use super::cursor::Cursor;
use super::ipv4;
use super::lower::Lower;
use super::{Checksum, Content, Datagram, Foreign, Layer, LinkError, Macs, Vlans};

const END: u16 = 0;
const DISSECTOR_NAME: u16 = 12;
const TABLE_NAME: u16 = 14;
const IPV4_SOURCE: u16 = 20;
const IPV4_DESTINATION: u16 = 21;
const PORT_TYPE: u16 = 24;
const SOURCE_PORT: u16 = 25;
const DESTINATION_PORT: u16 = 26;
const PORT_TYPE_UDP: u32 = 3;

/// What the tags said.
#[derive(Default)]
struct Tags<'a> {
    dissector: Option<&'a [u8]>,
    udp: bool,
    source: Option<Ipv4Addr>,
    destination: Option<Ipv4Addr>,
    source_port: u16,
    destination_port: u16,
}

pub(super) fn read(mut cursor: Cursor<'_>) -> Result<Content<'_>, LinkError> {
    let start = cursor.offset;
    let tags = tags(&mut cursor)?;
    let foreign = LinkError::Foreign { layer: Layer::ExportedPdu, offset: start, found: Foreign::Pdu };
    let named_dhcp = match tags.dissector {
        Some(b"dhcp" | b"bootp") => true,
        Some(b"ip") => return ipv4::read(cursor, Lower::default()),
        Some(b"udp") => return bare_udp(&tags, cursor),
        None if tags.udp => false,
        _ => return Err(foreign),
    };
    let (source, destination) = tags.addresses();
    Ok(Content::Datagram(Datagram {
        source: SocketAddrV4::new(source, tags.source_port),
        destination: SocketAddrV4::new(destination, tags.destination_port),
        macs: Macs::default(),
        vlans: Vlans::default(),
        payload: cursor.rest,
        payload_offset: cursor.offset,
        missing: 0,
        checksum: Checksum::Absent,
        named_dhcp,
    }))
}

/// A message as an exported PDU that Wireshark dissects as DHCP with its true ports and no setting.
#[must_use]
pub fn exported_pdu(source: SocketAddrV4, destination: SocketAddrV4, payload: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(payload.len() + 64);
    let mut tag = |code: u16, value: &[u8; 4]| {
        octets.extend_from_slice(&code.to_be_bytes());
        octets.extend_from_slice(&[0, 4]);
        octets.extend_from_slice(value);
    };
    tag(DISSECTOR_NAME, b"dhcp");
    tag(IPV4_SOURCE, &source.ip().octets());
    tag(IPV4_DESTINATION, &destination.ip().octets());
    tag(PORT_TYPE, &PORT_TYPE_UDP.to_be_bytes());
    tag(SOURCE_PORT, &u32::from(source.port()).to_be_bytes());
    tag(DESTINATION_PORT, &u32::from(destination.port()).to_be_bytes());
    octets.extend_from_slice(&[0; 4]);
    octets.extend_from_slice(payload);
    octets
}

impl Tags<'_> {
    fn addresses(&self) -> (Ipv4Addr, Ipv4Addr) {
        let or_unknown = |address: Option<Ipv4Addr>| address.unwrap_or(Ipv4Addr::UNSPECIFIED);
        (or_unknown(self.source), or_unknown(self.destination))
    }
}

fn tags<'a>(cursor: &mut Cursor<'a>) -> Result<Tags<'a>, LinkError> {
    let mut tags = Tags::default();
    loop {
        let code = cursor.u16(Layer::ExportedPdu)?;
        let length = cursor.u16(Layer::ExportedPdu)?;
        let value = cursor.slice(Layer::ExportedPdu, length.into())?;
        let number = value.first_chunk().map(|four| u32::from_be_bytes(*four));
        let address = number.map(Ipv4Addr::from);
        let port = number.and_then(|number| u16::try_from(number).ok()).unwrap_or(0);
        match code {
            END => return Ok(tags),
            DISSECTOR_NAME => tags.dissector = Some(name(value)),
            TABLE_NAME => tags.udp |= name(value) == b"udp.port",
            IPV4_SOURCE => tags.source = address,
            IPV4_DESTINATION => tags.destination = address,
            PORT_TYPE => tags.udp |= number == Some(PORT_TYPE_UDP),
            SOURCE_PORT => tags.source_port = port,
            DESTINATION_PORT => tags.destination_port = port,
            _ => {}
        }
    }
}

fn bare_udp<'a>(tags: &Tags<'a>, cursor: Cursor<'a>) -> Result<Content<'a>, LinkError> {
    ipv4::udp(cursor, tags.addresses(), Lower::default()).map(Content::Datagram)
}

/// Names are padded with zeros to a multiple of 4.
fn name(value: &[u8]) -> &[u8] {
    value.split(|octet| *octet == 0).next().unwrap_or_default()
}
