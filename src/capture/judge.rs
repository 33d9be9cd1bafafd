//! Is it DHCP, and what layer does it start with?
//!
//! A text or raw input does not say what its octets are. They are taken for a frame only when the structure is
//! right: an IPv4 version, and lengths that agree with each other or a header checksum that adds up.

use crate::link::{self, Datagram, LinkType};

use super::Layer;

const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];
const COOKIE_OFFSET: usize = 236;
const PORTS: [u16; 5] = [67, 68, 4011, 6767, 6768];
/// ARP for IPv4 over Ethernet (RFC 826).
const ARP: [u8; 6] = [0, 1, 8, 0, 6, 4];
const UDP_HEADER: usize = 8;

/// True for a datagram of a capture that holds DHCP: by its port, its cookie, or because the frame says so.
pub(super) fn is_dhcp(datagram: &Datagram<'_>) -> bool {
    let port = |port: u16| PORTS.contains(&port);
    datagram.named_dhcp
        || port(datagram.destination.port())
        || port(datagram.source.port())
        || has_cookie(datagram.payload)
}

/// True for an opcode of BOOTP, which is enough where a user gives one datagram to be read.
pub(super) fn has_op(payload: &[u8]) -> bool {
    matches!(payload.first(), Some(1 | 2))
}

/// The layer that octets without a container start with; the bare message unless there is better evidence.
pub(super) fn layer(octets: &[u8]) -> Layer {
    frame_layer(octets).unwrap_or(Layer::Message)
}

/// True if octets are a whole frame or message by themselves, so that another may follow on the next line.
pub(super) fn is_evident(octets: &[u8]) -> bool {
    let bootp = matches!(octets, [1 | 2, 0..=0x25, 0..=16, ..]) && octets.len() >= COOKIE_OFFSET;
    bootp || frame_layer(octets).is_some()
}

/// True for the body of an ARP frame, as `tcpdump -x` prints it without its Ethernet header.
pub(super) fn is_arp(octets: &[u8]) -> bool {
    octets.starts_with(&ARP) && octets.len() >= 28
}

fn has_cookie(payload: &[u8]) -> bool {
    has_op(payload) && payload.get(COOKIE_OFFSET..).is_some_and(|rest| rest.starts_with(&COOKIE))
}

fn frame_layer(octets: &[u8]) -> Option<Layer> {
    if has_cookie(octets) {
        return None;
    }
    // `02 01 06` may begin a hardware address; then both checks must hold, which no message meets by chance.
    let strict = matches!(octets, [1 | 2, 1, 6, ..]);
    let link_types =
        [LinkType::Ethernet, LinkType::LinuxSll, LinkType::LinuxSll2, LinkType::Null, LinkType::Raw];
    let link = link_types.into_iter().find(|link_type| begins(*link_type, octets, strict));
    link.map(Layer::Link).or_else(|| is_udp(octets).then_some(Layer::Udp))
}

/// True if octets are structured as a frame of this link type.
fn begins(link_type: LinkType, octets: &[u8], strict: bool) -> bool {
    let rest = |at: usize| octets.get(at..).unwrap_or_default();
    match link_type {
        LinkType::Ethernet => match link::ethertype(octets) {
            Some((ethertype, at)) => {
                is_network(ethertype, rest(at), strict) || (!strict && is_bridging(octets))
            }
            None => false,
        },
        LinkType::LinuxSll => match octets {
            [0, 0..=4, ..] => {
                number_at(octets, 14).is_some_and(|protocol| is_network(protocol, rest(16), strict))
            }
            _ => false,
        },
        LinkType::LinuxSll2 => {
            number_at(octets, 0).is_some_and(|protocol| is_network(protocol, rest(20), strict))
        }
        LinkType::Null => match octets {
            [2, 0, 0, 0, packet @ ..] | [0, 0, 0, 2, packet @ ..] => is_ipv4(packet, strict),
            _ => false,
        },
        _ => is_ipv4(octets, strict) || is_ipv6(octets),
    }
}

fn is_network(ethertype: u16, packet: &[u8], strict: bool) -> bool {
    match ethertype {
        0x0800 => is_ipv4(packet, strict),
        0x0806 => packet.starts_with(&ARP),
        0x86dd => is_ipv6(packet),
        _ => false,
    }
}

/// Spanning tree, LLDP and the like: frames to the addresses reserved by IEEE 802.1D.
fn is_bridging(octets: &[u8]) -> bool {
    octets.starts_with(&[0x01, 0x80, 0xc2, 0, 0]) && octets.len() >= 17
}

fn is_ipv4(packet: &[u8], strict: bool) -> bool {
    let (Some(first), Some(total)) = (packet.first(), number_at(packet, 2)) else {
        return false;
    };
    let header = usize::from(first & 0x0f) * 4;
    let total = usize::from(total);
    if first >> 4 != 4 || header < 20 || total < header {
        return false;
    }
    let sums = packet.get(..header).is_some_and(link::adds_up);
    let udp_length = number_at(packet, header + 4).map(usize::from);
    let lengths = packet.get(9) == Some(&17) && udp_length == Some(total - header);
    if strict { sums && lengths && total <= packet.len() } else { sums || lengths }
}

fn is_ipv6(packet: &[u8]) -> bool {
    let length = number_at(packet, 4).map(usize::from);
    packet.first().is_some_and(|first| first >> 4 == 6)
        && length.is_some_and(|length| length + 40 == packet.len())
}

fn is_udp(octets: &[u8]) -> bool {
    let (Some(from), Some(to), Some(length)) =
        (number_at(octets, 0), number_at(octets, 2), number_at(octets, 4))
    else {
        return false;
    };
    let length = usize::from(length);
    let payload = octets.get(UDP_HEADER..).unwrap_or_default();
    let ports = [from, to].map(|port| PORTS.contains(&port));
    let whole = length == octets.len() && (ports.contains(&true) || has_cookie(payload));
    let cut = length > octets.len() && ports == [true, true];
    octets.len() >= UDP_HEADER && (whole || cut)
}

fn number_at(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..)?.first_chunk().map(|two| u16::from_be_bytes(*two))
}
