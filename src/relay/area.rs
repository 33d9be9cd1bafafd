//! Option 82 in the octets of a message: put in as the last option, taken out, and nothing else touched (RFC 3046 §2.1).

use core::net::Ipv4Addr;

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

/// The most octets of option 82 (RFC 3046 §2.0).
pub(super) const MOST_OCTETS: usize = 255;

/// The sub-options that the agent adds to a request that came by a link, in order.
pub(super) fn told(link: &Link, to: Ipv4Addr, source_port: bool) -> Vec<(u8, Vec<u8>)> {
    let agent = &link.agent;
    let subnet = agent.link_selection.map(|subnet| subnet.octets().to_vec());
    let unicast = !to.is_broadcast() && !to.is_unspecified();
    let flags = vec![if unicast { UNICAST } else { 0 }];
    let all = [
        (CIRCUIT_ID, agent.circuit_id.clone()),
        (REMOTE_ID, agent.remote_id.clone()),
        (LINK_SELECTION, subnet),
        (FLAGS, agent.flags.then_some(flags)),
        (SOURCE_PORT, source_port.then(Vec::new)),
    ];
    all.into_iter().filter_map(|(code, value)| Some((code, value?))).collect()
}

/// Option 82 with these sub-options behind those that it has, if any; none if that is too long. It has each but once: a
/// sub-option that is there already is not added.
pub(super) fn joined(before: &[u8], told: &[(u8, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut octets = before.to_vec();
    for (code, value) in told {
        if sub_options(before).all(|(_, there, _)| there != *code) {
            octets.extend_from_slice(&[*code, u8::try_from(value.len()).ok()?]);
            octets.extend_from_slice(value);
        }
    }
    (octets.len() <= MOST_OCTETS).then_some(octets)
}

/// What option 82 had before these sub-options were [`joined`] to it; nothing if they were not.
pub(super) fn before<'a>(agent: &'a [u8], told: &[(u8, Vec<u8>)]) -> Option<&'a [u8]> {
    let ends = core::iter::once(0).chain(sub_options(agent).map(|(_, _, end)| end));
    let mut starts = ends.filter_map(|end| agent.get(..end));
    starts.find(|start| joined(start, told).as_deref() == Some(agent))
}

/// The value of the circuit id in option 82.
pub(super) fn circuit_id(agent: &[u8]) -> Option<&[u8]> {
    let (value, ..) = sub_options(agent).find(|(_, code, _)| *code == CIRCUIT_ID)?;
    Some(value)
}

/// The sub-options of option 82 up to one that is cut short: value, code, and where the next begins.
fn sub_options(agent: &[u8]) -> impl Iterator<Item = (&[u8], u8, usize)> {
    let mut rest = agent;
    core::iter::from_fn(move || {
        let [code, length, behind @ ..] = rest else { return None };
        let (value, next) = behind.split_at_checked(usize::from(*length))?;
        rest = next;
        Some((value, *code, agent.len().saturating_sub(next.len())))
    })
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
