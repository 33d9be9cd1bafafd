//! Option 82 in the octets of a message: put in as the last option, taken out, and nothing else touched (RFC 3046 §2.1).

use core::net::{Ipv4Addr, SocketAddrV4};

use super::config::Link;
use crate::options::{Code, RELAY_AGENT_INFORMATION, Segment, Segments};
use crate::packet::{Area, MIN_REPLY_SIZE, OPTIONS_OFFSET, Packet};

const CIRCUIT_ID: u8 = 1;
const REMOTE_ID: u8 = 2;
const LINK_SELECTION: u8 = 5;
const FLAGS: u8 = 10;
const SOURCE_PORT: u8 = 19;
/// The bit of sub-option 10 that says that the request was unicast.
const UNICAST: u8 = 0x80;

/// What the agent tells of a request that came by a link; empty if it tells nothing.
pub(super) fn told(link: &Link, from: SocketAddrV4, to: Ipv4Addr, source_port: bool) -> Vec<u8> {
    let agent = &link.agent;
    let asker = agent.asker.then(|| from.to_string().into_bytes());
    let mut octets = Vec::new();
    let mut put = |code: u8, value: Option<&[u8]>| {
        // A value of more than 255 octets does not fit, and is left out.
        if let Some((value, length)) = value.and_then(|value| Some((value, u8::try_from(value.len()).ok()?)))
        {
            octets.extend_from_slice(&[code, length]);
            octets.extend_from_slice(value);
        }
    };
    put(CIRCUIT_ID, asker.as_deref().or(agent.circuit_id.as_deref()));
    put(REMOTE_ID, agent.remote_id.as_deref());
    put(LINK_SELECTION, agent.link_selection.map(|subnet| subnet.octets()).as_ref().map(<[u8; 4]>::as_slice));
    let unicast = !to.is_broadcast() && !to.is_unspecified();
    put(FLAGS, agent.flags.then_some(if unicast { &[UNICAST] } else { &[0] }));
    put(SOURCE_PORT, source_port.then_some(&[]));
    octets
}

/// The value of a sub-option of option 82.
pub(super) fn circuit_id(agent: &[u8]) -> Option<&[u8]> {
    let mut rest = agent;
    while let [code, length, behind @ ..] = rest {
        let (value, next) = behind.split_at_checked(usize::from(*length))?;
        if *code == CIRCUIT_ID {
            return Some(value);
        }
        rest = next;
    }
    None
}

/// Option 82 of the options area, its parts joined. Those in sname and file are nobody's business (§2.1).
pub(super) fn agent(packet: &Packet<'_>) -> Option<Vec<u8>> {
    let parts: Vec<&[u8]> = options(packet)
        .filter_map(|(_, segment)| match segment {
            Segment::Option(code, value) if code == RELAY_AGENT_INFORMATION.code => Some(value),
            _ => None,
        })
        .collect();
    (!parts.is_empty()).then(|| parts.concat())
}

/// The message with these octets as its option 82, or without any. None if its options can't be told apart, or if
/// they do not end: then it is best left as it is.
pub(super) fn with_agent(packet: &Packet<'_>, agent: &[u8]) -> Option<Vec<u8>> {
    let octets = packet.octets();
    let mut changed = octets.get(..OPTIONS_OFFSET).filter(|_| packet.has_cookie())?.to_vec();
    let mut ended = false;
    for (at, segment) in options(packet) {
        match segment {
            Segment::Truncated(..) => return None,
            Segment::Option(code, _) if code == RELAY_AGENT_INFORMATION.code => {}
            Segment::End => {
                append(&mut changed, agent);
                changed.push(Code::END.0);
                ended = true;
            }
            // Pads behind the end make room.
            Segment::Rest(rest) if ended && rest.iter().all(|octet| *octet == 0) => {}
            segment => changed.extend_from_slice(octets.get(at..at + segment.size())?),
        }
    }
    if !ended {
        return None;
    }
    let size = octets.len().min(MIN_REPLY_SIZE);
    changed.resize(changed.len().max(size), 0);
    Some(changed)
}

fn append(octets: &mut Vec<u8>, agent: &[u8]) {
    for part in agent.chunks(255) {
        octets.extend_from_slice(&[
            RELAY_AGENT_INFORMATION.code.0,
            u8::try_from(part.len()).unwrap_or(u8::MAX),
        ]);
        octets.extend_from_slice(part);
    }
}

/// The segments of the options area, with their offsets in the message.
fn options<'a>(packet: &Packet<'a>) -> impl Iterator<Item = (usize, Segment<'a>)> + use<'a> {
    let area = packet.areas().find(|(area, _)| *area == Area::Options).map_or(&[][..], |(_, octets)| octets);
    Segments::new(area).map(|(at, segment)| (OPTIONS_OFFSET + at, segment))
}
