//! pcapng blocks as [`super::Writer`] makes them: little-endian, one section, one interface, nanoseconds.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::options::Options;
use super::pcapng::{ENHANCED_PACKET, INTERFACE, SECTION};
use super::{Direction, WriterOptions};
use crate::link::LinkType;

const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const NAME_RESOLUTION: u32 = 4;
const IPV4_RECORD: u16 = 1;
const NANOSECONDS: u8 = 9;
const LONGEST: usize = 65_535;

/// Section header, interface, and names if there are any.
pub(super) fn head(to: &mut Vec<u8>, about: &WriterOptions, link_type: LinkType) {
    block(to, SECTION, |body| {
        word(body, BYTE_ORDER);
        half(body, 1);
        half(body, 0);
        body.extend_from_slice(&[0xff; 8]);
        for comment in &about.comments {
            option(body, Options::COMMENT, comment.as_bytes());
        }
        option(body, Options::APPLICATION, concat!("dhcpsim ", env!("CARGO_PKG_VERSION")).as_bytes());
        end_of_options(body);
    });
    block(to, INTERFACE, |body| {
        half(body, link_type.number());
        half(body, 0);
        word(body, 0);
        let name = if about.interface.is_empty() { "dhcpsim" } else { &about.interface };
        option(body, Options::NAME, name.as_bytes());
        if !about.description.is_empty() {
            option(body, Options::DESCRIPTION, about.description.as_bytes());
        }
        option(body, Options::RESOLUTION, &[NANOSECONDS]);
        end_of_options(body);
    });
    if !about.names.is_empty() {
        names(to, &about.names);
    }
}

/// An enhanced packet block.
pub(super) fn packet(
    to: &mut Vec<u8>,
    time: u64,
    frame: &[u8],
    direction: Option<Direction>,
    comments: &[&str],
    endpoints: Option<(SocketAddrV4, SocketAddrV4)>,
) {
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    let [a, b, c, d, high @ ..] = time.to_le_bytes();
    block(to, ENHANCED_PACKET, |body| {
        word(body, 0);
        body.extend_from_slice(&high);
        body.extend_from_slice(&[a, b, c, d]);
        word(body, length);
        word(body, length);
        padded(body, frame);
        for comment in comments {
            option(body, Options::COMMENT, comment.as_bytes());
        }
        if let Some(direction) = direction {
            let flags: u32 = match direction {
                Direction::In => 1,
                Direction::Out => 2,
            };
            option(body, Options::FLAGS, &flags.to_le_bytes());
        }
        if let Some((from, to)) = endpoints {
            let mut note = Options::ENTERPRISE.to_le_bytes().to_vec();
            note.extend_from_slice(format!("{}{from} > {to}", Options::ENDPOINTS).as_bytes());
            option(body, Options::CUSTOM, &note);
        }
        end_of_options(body);
    });
}

fn names(to: &mut Vec<u8>, names: &[(Ipv4Addr, String)]) {
    block(to, NAME_RESOLUTION, |body| {
        for (address, name) in names {
            let mut record = address.octets().to_vec();
            record.extend(name.bytes().filter(|octet| *octet != 0).take(255));
            record.push(0);
            option(body, IPV4_RECORD, &record);
        }
        word(body, 0);
    });
}

/// A block: type, length, body, length again.
fn block(to: &mut Vec<u8>, kind: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    fill(&mut body);
    let length = u32::try_from(body.len() + 12).unwrap_or(u32::MAX);
    word(to, kind);
    word(to, length);
    to.append(&mut body);
    word(to, length);
}

/// An option; a value longer than its length field can say is cut at a character.
fn option(to: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = value.get(..LONGEST).map_or(value, |cut| {
        let end = cut.iter().rposition(|octet| !matches!(octet, 0x80..=0xbf)).unwrap_or(0);
        cut.get(..end).unwrap_or_default()
    });
    half(to, code);
    half(to, u16::try_from(value.len()).unwrap_or(u16::MAX));
    padded(to, value);
}

fn end_of_options(to: &mut Vec<u8>) {
    word(to, 0);
}

fn padded(to: &mut Vec<u8>, octets: &[u8]) {
    to.extend_from_slice(octets);
    to.resize(to.len().next_multiple_of(4), 0);
}

fn word(to: &mut Vec<u8>, number: u32) {
    to.extend_from_slice(&number.to_le_bytes());
}

fn half(to: &mut Vec<u8>, number: u16) {
    to.extend_from_slice(&number.to_le_bytes());
}
