//! Why no datagram can be read from a frame.

use core::fmt;

/// A header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// The link layer as a whole.
    Link,
    /// Ethernet, its tags included.
    Ethernet,
    /// Linux cooked, v1 or v2.
    Cooked,
    /// BSD loopback.
    Loopback,
    /// The tags of an exported PDU.
    ExportedPdu,
    /// IPv4.
    Ipv4,
    /// UDP.
    Udp,
}

/// Why no datagram can be read from a frame.
///
/// Shown as: `ipv4 at offset 14: expected 20 octets, found 6`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// The frame carries something else than UDP over IPv4; nothing is wrong with it.
    Foreign {
        /// The layer that names its content.
        layer: Layer,
        /// Where it does, from the start of the frame.
        offset: usize,
        /// What it names.
        found: Foreign,
    },
    /// A header is cut or contradicts itself.
    Damaged {
        /// The damaged layer.
        layer: Layer,
        /// Where, from the start of the frame.
        offset: usize,
        /// What is wrong.
        fault: Fault,
    },
    /// The frame holds one fragment of a packet, not a datagram.
    Fragment {
        /// Where the data of the fragment starts in the frame.
        offset: usize,
        /// Where the data belongs in the whole packet.
        fragment_offset: usize,
        /// True for all fragments but the last.
        more: bool,
    },
}

/// What a frame carries instead of UDP over IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// A link type that is not read here.
    LinkType(u16),
    /// ARP.
    Arp,
    /// IPv6.
    Ipv6,
    /// Another EtherType.
    EtherType(u16),
    /// An 802.3 length in place of an EtherType: LLC, as spanning tree uses.
    Llc(u16),
    /// Another address family on a loopback interface.
    Family(u32),
    /// Another IPv4 protocol.
    Protocol(u8),
    /// An exported PDU of another protocol.
    Pdu,
}

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Fewer octets than the header needs.
    Cut {
        /// Octets needed.
        expected: usize,
        /// Octets there.
        found: usize,
    },
    /// An IP version other than 4 and 6.
    Version(u8),
    /// A length field below the least that its header can say.
    Length {
        /// The least value.
        expected: usize,
        /// The value found.
        found: usize,
    },
    /// A fragment, not the last, whose length is no multiple of 8 (RFC 791 §3.2).
    FragmentLength(usize),
    /// A fragment that ends beyond octet 65,535 of its packet.
    FragmentEnd(usize),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { layer, offset, found } => {
                write!(f, "{layer} at offset {offset}: expected udp over ipv4, found {found}")
            }
            Self::Damaged { layer, offset, fault } => write!(f, "{layer} at offset {offset}: {fault}"),
            Self::Fragment { offset, fragment_offset, more } => {
                let which = if *more { "a fragment" } else { "the last fragment" };
                write!(
                    f,
                    "ipv4 at offset {offset}: expected a whole packet, found {which} from octet {fragment_offset}"
                )
            }
        }
    }
}

impl core::error::Error for LinkError {}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "link layer",
            Self::Ethernet => "ethernet",
            Self::Cooked => "linux cooked header",
            Self::Loopback => "loopback header",
            Self::ExportedPdu => "exported pdu",
            Self::Ipv4 => "ipv4",
            Self::Udp => "udp",
        })
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LinkType(number) => write!(f, "link type {number}"),
            Self::Arp => f.write_str("arp"),
            Self::Ipv6 => f.write_str("ipv6"),
            Self::EtherType(number) => write!(f, "ethertype {number:#06x}"),
            Self::Llc(length) => write!(f, "llc of {length} octets"),
            Self::Family(number) => write!(f, "address family {number}"),
            Self::Protocol(1) => f.write_str("icmp"),
            Self::Protocol(6) => f.write_str("tcp"),
            Self::Protocol(number) => write!(f, "ip protocol {number}"),
            Self::Pdu => f.write_str("a pdu of another protocol"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { expected, found } => write!(f, "expected {expected} octets, found {found}"),
            Self::Version(version) => write!(f, "expected ip version 4, found {version}"),
            Self::Length { expected, found } => {
                write!(f, "expected a length of at least {expected}, found {found}")
            }
            Self::FragmentLength(len) => {
                write!(f, "expected a fragment of a multiple of 8 octets, found {len}")
            }
            Self::FragmentEnd(end) => write!(f, "expected a fragment that ends by octet 65535, found {end}"),
        }
    }
}
