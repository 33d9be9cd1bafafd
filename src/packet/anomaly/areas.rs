//! Anomalies of the option areas: cut options, missing ends, pads, repeated and split options.

use super::{Found, Kind, Subject};
use crate::options::{DHCP_MESSAGE_TYPE, OPTION_OVERLOAD, Segment, Segments};
use crate::packet::header::HEADER_SIZE;
use crate::packet::view::{Area, CodeSet, Instance, Packet};

pub(super) fn check(packet: &Packet<'_>, found: &mut Found) {
    if !packet.has_cookie() {
        found.add(Kind::NoCookie, Subject::Message, HEADER_SIZE, packet.tail().len().min(4));
        return;
    }
    for (area, octets) in packet.areas() {
        segments(area, octets, found);
    }
    repeated(packet, found);
}

fn segments(area: Area, octets: &[u8], found: &mut Found) {
    let subject = Subject::Area(area);
    let (mut ended, mut pads) = (false, None);
    for (at, segment) in Segments::new(octets) {
        let offset = area.offset() + at;
        match segment {
            Segment::Pad(run) => pads = Some((offset, run.len())),
            Segment::Option(code, _) => {
                if let Some((offset, length)) = pads.take() {
                    found.add(Kind::PadInside, subject, offset, length);
                }
                if code == OPTION_OVERLOAD.code && area != Area::Options {
                    found.add(Kind::OverloadInside(area), Subject::Option(code), offset, 3);
                }
            }
            Segment::Truncated(code, claimed, value) => {
                let kind = Kind::Overrun { claimed, left: value.len() };
                found.add(kind, Subject::Option(code), offset, segment.size());
            }
            Segment::End => ended = true,
            Segment::Rest(rest) if !ended => found.add(Kind::LengthMissing, subject, offset, rest.len()),
            Segment::Rest(rest) => {
                if let Some(first) = rest.iter().position(|octet| *octet != 0) {
                    found.add(Kind::AfterEnd, subject, offset + first, rest.len() - first);
                }
            }
        }
    }
    if !ended {
        found.add(Kind::EndMissing, subject, area.offset() + octets.len(), 0);
    }
}

fn repeated(packet: &Packet<'_>, found: &mut Found) {
    let mut told = CodeSet::default();
    let all = packet.parts();
    for instance in packet.instances() {
        let code = instance.code;
        if !packet.is_repeated(code) || told.insert(code) {
            continue;
        }
        let parts = all.of(code);
        let second = parts.get(1).unwrap_or(&instance);
        let kind = match code {
            code if code == DHCP_MESSAGE_TYPE.code => Kind::MessageTypeRepeated,
            _ if is_split(parts) => Kind::Split(parts.len()),
            _ => Kind::Repeated(parts.len()),
        };
        found.add(kind, Subject::Option(code), second.offset, 2 + second.octets.len());
    }
}

/// Whether the parts of an option look split and not repeated: each but the last is full, or it ends its area.
fn is_split(parts: &[Instance<'_>]) -> bool {
    let Some((last, others)) = parts.split_last() else { return false };
    others.iter().all(|part| part.octets.len() == 255 || last.area != part.area)
}
