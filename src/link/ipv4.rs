//! IPv4 (RFC 791) and UDP (RFC 768) headers.

use core::net::{Ipv4Addr, SocketAddrV4};

use super::checksum::Sum;
use super::cursor::Cursor;
use super::lower::Lower;
use super::{Checksum, Content, Datagram, Fault, Foreign, Fragment, FragmentKey, Layer, LinkError};

const HEADER: usize = 20;
const UDP_HEADER: u16 = 8;
const UDP: u8 = 17;
const MORE_FRAGMENTS: u16 = 0x2000;
const FRAGMENT_OFFSET: u16 = 0x1fff;
const LARGEST: usize = 65_535;

/// The fields of an IPv4 header that matter here.
struct Header {
    key: FragmentKey,
    protocol: u8,
    more: bool,
    fragment_offset: usize,
    /// The length of the data after the header; `None` when the sender left it to the network card.
    data_length: Option<usize>,
}

pub(super) fn read<'a>(mut cursor: Cursor<'a>, lower: Lower<'a>) -> Result<Content<'a>, LinkError> {
    let start = cursor.offset;
    let header = header(&mut cursor)?;
    let data_length = header.data_length.unwrap_or(cursor.rest.len());
    let there = data_length.min(cursor.rest.len());
    let data_offset = cursor.offset;
    let data = cursor.slice(Layer::Ipv4, there)?;
    if header.protocol != UDP {
        let found = Foreign::Protocol(header.protocol);
        return Err(LinkError::Foreign { layer: Layer::Ipv4, offset: start + 9, found });
    }
    if header.more || header.fragment_offset > 0 {
        let piece = Fragment {
            key: header.key,
            offset: header.fragment_offset,
            more: header.more,
            data,
            data_offset,
            missing: data_length - there,
            lower,
        };
        return check(piece, data_length, start).map(Content::Fragment);
    }
    let addresses = (header.key.source, header.key.destination);
    udp(Cursor { rest: data, offset: data_offset }, addresses, lower).map(Content::Datagram)
}

/// Reads a UDP header and its payload. A length beyond the octets there means that they are cut.
pub(super) fn udp<'a>(
    mut cursor: Cursor<'a>,
    (source, destination): (Ipv4Addr, Ipv4Addr),
    lower: Lower<'a>,
) -> Result<Datagram<'a>, LinkError> {
    let start = cursor.offset;
    let head: &[u8; 8] = cursor.take(Layer::Udp)?;
    let [s, t, d, e, l, m, c, k] = *head;
    let length = u16::from_be_bytes([l, m]);
    let Some(promised) = length.checked_sub(UDP_HEADER).map(usize::from) else {
        let fault = Fault::Length { expected: UDP_HEADER.into(), found: length.into() };
        return Err(LinkError::Damaged { layer: Layer::Udp, offset: start + 4, fault });
    };
    let payload_offset = cursor.offset;
    let payload = cursor.slice(Layer::Udp, promised.min(cursor.rest.len()))?;
    let missing = promised - payload.len();
    let pseudo = Sum::default().pseudo_header(source, destination, length);
    Ok(Datagram {
        source: SocketAddrV4::new(source, u16::from_be_bytes([s, t])),
        destination: SocketAddrV4::new(destination, u16::from_be_bytes([d, e])),
        macs: lower.macs,
        vlans: lower.vlans,
        payload,
        payload_offset,
        missing,
        checksum: verdict(pseudo, head, payload, missing, u16::from_be_bytes([c, k])),
        named_dhcp: false,
    })
}

fn header(cursor: &mut Cursor<'_>) -> Result<Header, LinkError> {
    let start = cursor.offset;
    let damaged = |offset, fault| LinkError::Damaged { layer: Layer::Ipv4, offset: start + offset, fault };
    match cursor.rest.first().map(|octet| octet >> 4) {
        Some(4) | None => {}
        Some(6) => {
            return Err(LinkError::Foreign { layer: Layer::Ipv4, offset: start, found: Foreign::Ipv6 });
        }
        Some(version) => return Err(damaged(0, Fault::Version(version))),
    }
    let head: &[u8; HEADER] = cursor.take(Layer::Ipv4)?;
    let [v, _, t, u, i, j, f, g, _, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *head;
    let length = usize::from(v & 0x0f) * 4;
    let Some(options) = length.checked_sub(HEADER) else {
        return Err(damaged(0, Fault::Length { expected: HEADER, found: length }));
    };
    cursor.slice(Layer::Ipv4, options)?;
    let total = usize::from(u16::from_be_bytes([t, u]));
    let data_length = total.checked_sub(length);
    if data_length.is_none() && total != 0 {
        return Err(damaged(2, Fault::Length { expected: length, found: total }));
    }
    let flags = u16::from_be_bytes([f, g]);
    let key = FragmentKey {
        source: Ipv4Addr::new(s0, s1, s2, s3),
        destination: Ipv4Addr::new(d0, d1, d2, d3),
        id: u16::from_be_bytes([i, j]),
    };
    Ok(Header {
        key,
        protocol,
        more: flags & MORE_FRAGMENTS != 0,
        fragment_offset: usize::from(flags & FRAGMENT_OFFSET) * 8,
        data_length,
    })
}

/// Fragments must end where the next can start, and within the largest packet.
fn check(piece: Fragment<'_>, length: usize, start: usize) -> Result<Fragment<'_>, LinkError> {
    let damaged = |offset, fault| LinkError::Damaged { layer: Layer::Ipv4, offset: start + offset, fault };
    let end = piece.offset + length;
    if piece.more && !length.is_multiple_of(8) {
        return Err(damaged(2, Fault::FragmentLength(length)));
    }
    if end + HEADER > LARGEST {
        return Err(damaged(6, Fault::FragmentEnd(end)));
    }
    Ok(piece)
}

fn verdict(pseudo: Sum, head: &[u8; 8], payload: &[u8], missing: usize, found: u16) -> Checksum {
    let [s, t, d, e, l, m, ..] = *head;
    if found == 0 {
        return Checksum::Absent;
    }
    if missing > 0 {
        return Checksum::Unknown;
    }
    let expected = match pseudo.add(&[s, t, d, e, l, m, 0, 0]).add(payload).checksum() {
        0 => u16::MAX,
        sum => sum,
    };
    if found == expected {
        Checksum::Right
    } else if found == pseudo.folded() {
        Checksum::Offloaded
    } else {
        Checksum::Wrong { expected, found }
    }
}
