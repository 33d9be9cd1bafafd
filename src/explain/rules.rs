//! Which rule of RFC 2131 tables 3 and 5 a field or option obeys or breaks.

use crate::options::Code;
use crate::packet::anomaly::{Presence, field_rule, option_rule};
use crate::packet::{Field, Packet};

/// What the table says of a field in this message, and whether it is so.
pub(super) fn field(packet: &Packet<'_>, field: Field) -> Option<String> {
    let kind = packet.message_type()?.with_article();
    let octets = packet.octets().get(field.range())?;
    let zero = octets.iter().all(|octet| *octet == 0);
    Some(match (field_rule(packet, field)?, zero) {
        (false, true) => format!("obeyed: it is 0 in {kind}"),
        (false, false) => format!("broken: it must be 0 in {kind}"),
        (true, false) => format!("obeyed: it is set in {kind}"),
        (true, true) => format!("broken: it must be set in {kind}"),
    })
}

/// What the table says of an option in this message.
pub(super) fn option(packet: &Packet<'_>, code: Code) -> Option<String> {
    let kind = packet.message_type()?.with_article();
    Some(match option_rule(packet, code)? {
        Presence::Must => format!("obeyed: {kind} must have it"),
        Presence::May => format!("obeyed: {kind} may have it"),
        Presence::ShouldNot => format!("broken: {kind} should not have it"),
        Presence::MustNot => format!("broken: {kind} must not have it"),
    })
}
