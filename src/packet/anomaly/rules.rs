//! Tables 3 and 5 of RFC 2131, the rows of options: what must, must not and should not stand in a message.

use core::net::Ipv4Addr;

use super::{Found, Kind, Subject};
use crate::options::{
    AUTHENTICATION, CLIENT_IDENTIFIER, Code, DHCP_MESSAGE_TYPE, IP_ADDRESS_LEASE_TIME,
    MAXIMUM_DHCP_MESSAGE_SIZE, MESSAGE, OPTION_OVERLOAD, PARAMETER_REQUEST_LIST, REBINDING_TIME,
    RELAY_AGENT_INFORMATION, RENEWAL_TIME, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER, VENDOR_CLASS_IDENTIFIER,
};
use crate::packet::header::{MessageType, OPTIONS_OFFSET};
use crate::packet::view::{CodeSet, Packet};

/// What a table says of an option in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It must be there.
    Must,
    /// It may be there.
    May,
    /// It should not be there.
    ShouldNot,
    /// It must not be there.
    MustNot,
}

/// What tables 3 and 5 of RFC 2131 say of an option in this message; `None` for a message that they do not list.
#[must_use]
pub fn option_rule(packet: &Packet<'_>, code: Code) -> Option<Presence> {
    let kind = packet.message_type()?;
    (1..=8).contains(&kind.0).then(|| match code {
        code if code == DHCP_MESSAGE_TYPE.code => Presence::Must,
        code => table(packet, kind, code),
    })
}

/// Options that DHCP has and BOOTP has not (RFC 2132 §9).
const DHCP_ONLY: [Code; 9] = [
    REQUESTED_IP_ADDRESS.code,
    IP_ADDRESS_LEASE_TIME.code,
    OPTION_OVERLOAD.code,
    SERVER_IDENTIFIER.code,
    PARAMETER_REQUEST_LIST.code,
    MESSAGE.code,
    MAXIMUM_DHCP_MESSAGE_SIZE.code,
    RENEWAL_TIME.code,
    REBINDING_TIME.code,
];

/// Options that some kind of message must have.
const REQUIRED: [Code; 3] = [REQUESTED_IP_ADDRESS.code, IP_ADDRESS_LEASE_TIME.code, SERVER_IDENTIFIER.code];

pub(super) fn check(packet: &Packet<'_>, found: &mut Found) {
    if !packet.has_cookie() {
        return;
    }
    let Some(kind) = packet.message_type() else {
        no_message_type(packet, found);
        return;
    };
    let mut told = CodeSet::default();
    for part in packet.instances() {
        if told.insert(part.code) {
            continue;
        }
        let kind = match table(packet, kind, part.code) {
            Presence::MustNot => Kind::Forbidden(kind),
            Presence::ShouldNot => Kind::Discouraged(kind),
            Presence::Must | Presence::May => continue,
        };
        found.add(kind, Subject::Option(part.code), part.offset, 2 + part.octets.len());
    }
    for code in REQUIRED {
        if table(packet, kind, code) == Presence::Must && !packet.has(code) {
            found.add(Kind::Missing(kind), Subject::Option(code), OPTIONS_OFFSET, 0);
        }
    }
}

fn no_message_type(packet: &Packet<'_>, found: &mut Found) {
    if packet.has(DHCP_MESSAGE_TYPE.code) {
        return; // It is there and malformed, repeated or misplaced, which has been told.
    }
    let dhcp = packet.instances().find(|part| DHCP_ONLY.contains(&part.code));
    match dhcp {
        Some(part) => {
            let length = 2 + part.octets.len();
            found.add(Kind::MessageTypeMissing, Subject::Option(DHCP_MESSAGE_TYPE.code), part.offset, length);
        }
        None => found.add(Kind::PlainBootp, Subject::Message, OPTIONS_OFFSET, 0),
    }
}

fn table(packet: &Packet<'_>, kind: MessageType, code: Code) -> Presence {
    // Relay agents add 82 on the way (RFC 3046 §2.1), and 90 may stand anywhere (RFC 3118 §2).
    if code == RELAY_AGENT_INFORMATION.code || code == AUTHENTICATION.code || code == DHCP_MESSAGE_TYPE.code {
        return Presence::May;
    }
    match kind {
        MessageType::OFFER | MessageType::ACK => granting(packet, kind, code),
        MessageType::NAK => refusing(code),
        MessageType::DISCOVER | MessageType::INFORM => asking(kind, code),
        MessageType::REQUEST => requesting(packet, code),
        MessageType::DECLINE | MessageType::RELEASE => leaving(kind, code),
        _ => Presence::May,
    }
}

/// Table 3, columns DHCPOFFER and DHCPACK. Option 61 is allowed since RFC 6842 §3.
fn granting(packet: &Packet<'_>, kind: MessageType, code: Code) -> Presence {
    let inform = kind == MessageType::ACK
        && packet.yiaddr() == Ipv4Addr::UNSPECIFIED
        && packet.ciaddr() != Ipv4Addr::UNSPECIFIED;
    match code {
        code if code == REQUESTED_IP_ADDRESS.code => Presence::MustNot,
        code if code == PARAMETER_REQUEST_LIST.code => Presence::MustNot,
        code if code == MAXIMUM_DHCP_MESSAGE_SIZE.code => Presence::MustNot,
        code if code == IP_ADDRESS_LEASE_TIME.code && is_boot_server(packet) => Presence::May,
        code if code == IP_ADDRESS_LEASE_TIME.code && inform => Presence::MustNot,
        code if code == IP_ADDRESS_LEASE_TIME.code || code == SERVER_IDENTIFIER.code => Presence::Must,
        _ => Presence::May,
    }
}

/// Table 3, column DHCPNAK.
fn refusing(code: Code) -> Presence {
    match code {
        code if code == SERVER_IDENTIFIER.code => Presence::Must,
        code if code == MESSAGE.code => Presence::May,
        code if code == CLIENT_IDENTIFIER.code || code == VENDOR_CLASS_IDENTIFIER.code => Presence::May,
        _ => Presence::MustNot,
    }
}

/// Table 5, column DHCPDISCOVER and DHCPINFORM.
fn asking(kind: MessageType, code: Code) -> Presence {
    let inform = kind == MessageType::INFORM;
    match code {
        code if code == REQUESTED_IP_ADDRESS.code && inform => Presence::MustNot,
        code if code == IP_ADDRESS_LEASE_TIME.code && inform => Presence::MustNot,
        code if code == SERVER_IDENTIFIER.code => Presence::MustNot,
        code if code == MESSAGE.code => Presence::ShouldNot,
        _ => Presence::May,
    }
}

/// Table 5, column DHCPREQUEST: with ciaddr the client renews or rebinds, with option 54 it has chosen an offer,
/// else it comes back (RFC 2131 §4.3.2).
fn requesting(packet: &Packet<'_>, code: Code) -> Presence {
    let renewing = packet.ciaddr() != Ipv4Addr::UNSPECIFIED;
    match code {
        code if code == REQUESTED_IP_ADDRESS.code && renewing => Presence::MustNot,
        code if code == REQUESTED_IP_ADDRESS.code => Presence::Must,
        code if code == SERVER_IDENTIFIER.code && renewing => Presence::MustNot,
        code if code == MESSAGE.code => Presence::ShouldNot,
        _ => Presence::May,
    }
}

/// Table 5, column DHCPDECLINE and DHCPRELEASE.
fn leaving(kind: MessageType, code: Code) -> Presence {
    let decline = kind == MessageType::DECLINE;
    match code {
        code if code == REQUESTED_IP_ADDRESS.code && decline => Presence::Must,
        code if code == SERVER_IDENTIFIER.code => Presence::Must,
        code if code == CLIENT_IDENTIFIER.code || code == OPTION_OVERLOAD.code || code == MESSAGE.code => {
            Presence::May
        }
        _ => Presence::MustNot,
    }
}

/// A boot server that leaves addresses to others: class PXEClient and no yiaddr (PXE 2.1 §2.2).
pub(super) fn is_boot_server(packet: &Packet<'_>) -> bool {
    packet.yiaddr() == Ipv4Addr::UNSPECIFIED
        && packet.value(VENDOR_CLASS_IDENTIFIER.code).is_some_and(|class| class.starts_with(b"PXEClient"))
}
