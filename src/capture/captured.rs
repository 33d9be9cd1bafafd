//! One message out of an input, and the count of what was passed over.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddrV4;

use super::Layer;
use super::options::Options;
use crate::link::{self, Checksum, Foreign, LinkError, Macs, Vlans};

/// A DHCP or BOOTP message, and where it was found.
#[derive(Clone, Copy, Debug)]
pub struct Captured<'a> {
    /// The number of its frame, from 1, all frames counted, as Wireshark does.
    pub number: u64,
    /// Nanoseconds since 1970, where the container says.
    pub time: Option<u64>,
    /// The layer that the frame starts with.
    pub layer: Layer,
    /// The name of the interface, where the container says.
    pub interface: Option<&'a str>,
    /// Source address and port; `None` for a bare message.
    pub source: Option<SocketAddrV4>,
    /// Destination address and port; `None` for a bare message.
    pub destination: Option<SocketAddrV4>,
    /// The hardware addresses, where the link layer has them.
    pub macs: Macs,
    /// The frame as captured.
    pub frame: &'a [u8],
    /// The length of the frame on the wire.
    pub original_length: usize,
    /// The message: the payload of UDP.
    pub payload: &'a [u8],
    /// Where the message starts in the frame; `None` when it was put together from several.
    pub payload_offset: Option<usize>,
    /// How many octets of the message the capture has cut.
    pub missing: usize,
    /// The verdict on the UDP checksum.
    pub checksum: Checksum,
    pub(super) options: Options<'a>,
}

/// Which way a packet went, seen from who captured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Received.
    In,
    /// Sent.
    Out,
}

/// Why a frame gave no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skip {
    /// ARP.
    Arp,
    /// IPv6.
    Ipv6,
    /// Neither IPv4, IPv6 nor ARP.
    NotIp,
    /// IPv4, but not UDP.
    NotUdp,
    /// UDP, but neither a port of DHCP nor its cookie.
    NotDhcp,
    /// A fragment: its message comes with the one that completes it, or never.
    Fragment,
    /// A header is cut or contradicts itself.
    Damaged,
    /// A link type that is not read here.
    LinkType,
    /// A block of a pcapng file that counts as a frame and holds none.
    NoFrame,
}

/// How many frames gave no message, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    counts: [u64; Skip::ALL.len()],
    first_damaged: Option<(u64, LinkError)>,
}

impl<'a> Captured<'a> {
    /// The VLAN tags of the frame, outermost first.
    #[must_use]
    pub fn vlans(&self) -> Vlans<'a> {
        match self.layer {
            Layer::Link(link_type) => link::vlans(link_type, self.frame),
            _ => Vlans::default(),
        }
    }

    /// The comments on the packet, as they are: untrusted text.
    pub fn comments(&self) -> impl Iterator<Item = Cow<'a, str>> {
        self.options.comments()
    }

    /// Which way the packet went, where the container says.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.options.direction()
    }

    /// The endpoints as they were, where [`super::Writer`] had to write others.
    #[must_use]
    pub fn true_endpoints(&self) -> Option<(SocketAddrV4, SocketAddrV4)> {
        self.options.endpoints()
    }
}

impl Skip {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Arp,
        Self::Ipv6,
        Self::NotIp,
        Self::NotUdp,
        Self::NotDhcp,
        Self::Fragment,
        Self::Damaged,
        Self::LinkType,
        Self::NoFrame,
    ];

    pub(super) const fn of(error: LinkError) -> Self {
        match error {
            LinkError::Damaged { .. } => Self::Damaged,
            LinkError::Fragment { .. } => Self::Fragment,
            LinkError::Foreign { found, .. } => match found {
                Foreign::Arp => Self::Arp,
                Foreign::Ipv6 => Self::Ipv6,
                Foreign::Protocol(_) => Self::NotUdp,
                Foreign::LinkType(_) => Self::LinkType,
                Foreign::Pdu => Self::NotDhcp,
                _ => Self::NotIp,
            },
        }
    }
}

impl Skipped {
    /// The reasons that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Skip, u64)> {
        Skip::ALL.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }

    /// How many frames gave no message for this reason.
    #[must_use]
    pub fn count(&self, reason: Skip) -> u64 {
        self.iter().find(|(skip, _)| *skip == reason).map_or(0, |(_, count)| count)
    }

    /// How many frames gave no message.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The number of the first damaged frame, and what is wrong with it.
    #[must_use]
    pub const fn first_damaged(&self) -> Option<(u64, LinkError)> {
        self.first_damaged
    }

    pub(super) fn add(&mut self, reason: Skip) {
        let at = Skip::ALL.iter().position(|skip| *skip == reason);
        if let Some(count) = at.and_then(|at| self.counts.get_mut(at)) {
            *count += 1;
        }
    }

    pub(super) fn add_error(&mut self, number: u64, error: LinkError) {
        let reason = Skip::of(error);
        if reason == Skip::Damaged && self.first_damaged.is_none() {
            self.first_damaged = Some((number, error));
        }
        self.add(reason);
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arp => "arp",
            Self::Ipv6 => "ipv6",
            Self::NotIp => "not ip",
            Self::NotUdp => "not udp",
            Self::NotDhcp => "udp without a dhcp port or cookie",
            Self::Fragment => "ip fragment",
            Self::Damaged => "damaged header",
            Self::LinkType => "unknown link type",
            Self::NoFrame => "no frame in the block",
        })
    }
}
