//! Link types: the number in a capture file that says how its frames begin.

/// How a frame begins (the LINKTYPE numbers of pcap and pcapng).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkType {
    /// BSD loopback (0): an address family in the byte order of the machine that captured.
    Null,
    /// Ethernet (1).
    Ethernet,
    /// Raw IP (101; 12 and 14 on some BSDs): IPv4 or IPv6 by its version field.
    Raw,
    /// OpenBSD loopback (108): an address family in network byte order.
    Loop,
    /// Linux cooked v1 (113).
    LinuxSll,
    /// Raw IPv4 (228).
    Ipv4,
    /// A PDU exported by Wireshark (252).
    ExportedPdu,
    /// Linux cooked v2 (276).
    LinuxSll2,
    /// Any other number.
    Other(u16),
}

impl LinkType {
    /// The link type with this number.
    #[must_use]
    pub const fn from_number(number: u16) -> Self {
        match number {
            0 => Self::Null,
            1 => Self::Ethernet,
            12 | 14 | 101 => Self::Raw,
            108 => Self::Loop,
            113 => Self::LinuxSll,
            228 => Self::Ipv4,
            252 => Self::ExportedPdu,
            276 => Self::LinuxSll2,
            other => Self::Other(other),
        }
    }

    /// The number that capture files use.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Null => 0,
            Self::Ethernet => 1,
            Self::Raw => 101,
            Self::Loop => 108,
            Self::LinuxSll => 113,
            Self::Ipv4 => 228,
            Self::ExportedPdu => 252,
            Self::LinuxSll2 => 276,
            Self::Other(number) => number,
        }
    }
}
