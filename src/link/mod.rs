//! Ethernet, IPv4 and UDP around a message.
//!
//! [`read`] finds the UDP datagram in a frame of any link type listed in [`LinkType`], copying nothing;
//! [`Reassembly`] joins IPv4 fragments in bounded memory; [`Envelope`] writes the headers around a payload;
//! [`Arp`] and [`Echo`] are what a conflict check asks with.
//! What is not IPv4 and UDP at all ([`LinkError::Foreign`]) is told apart from what is damaged
//! ([`LinkError::Damaged`]). Offsets count from the start of the frame.

mod arp;
mod build;
mod checksum;
mod cursor;
mod error;
mod ethernet;
mod exported_pdu;
mod icmp;
mod ipv4;
mod link_type;
mod lower;
mod reassembly;

use core::net::{Ipv4Addr, SocketAddrV4};

pub use arp::Arp;
pub use build::{Envelope, MAX_PAYLOAD, TooLong};
pub use checksum::adds_up;
pub use error::{Fault, Foreign, Layer, LinkError};
pub use ethernet::{Mac, Macs, Vlan, Vlans, ethertype, vlans};
pub use exported_pdu::exported_pdu;
pub use icmp::Echo;
pub use link_type::LinkType;
pub use reassembly::{MAX_PENDING, Reassembly, TIMEOUT_NS};

use cursor::Cursor;
use lower::Lower;

/// What a frame carries: a UDP datagram, or a piece of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A UDP datagram, whole or cut by the capture.
    Datagram(Datagram<'a>),
    /// One fragment of an IPv4 packet (RFC 791 §3.2) that carries UDP.
    Fragment(Fragment<'a>),
}

/// A UDP datagram in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// Source address and port; `0.0.0.0:0` when an exported PDU does not say.
    pub source: SocketAddrV4,
    /// Destination address and port; `0.0.0.0:0` when an exported PDU does not say.
    pub destination: SocketAddrV4,
    /// The hardware addresses, where the link layer has them.
    pub macs: Macs,
    /// The 802.1Q and 802.1ad tags, outermost first.
    pub vlans: Vlans<'a>,
    /// The octets of the datagram that are there, without the UDP header.
    pub payload: &'a [u8],
    /// Where `payload` starts in the frame.
    pub payload_offset: usize,
    /// How many octets of the payload the UDP length promises beyond those that are there.
    pub missing: usize,
    /// The verdict on the UDP checksum (RFC 768).
    pub checksum: Checksum,
    /// True when the frame itself names DHCP as its content (an exported PDU's dissector name).
    pub named_dhcp: bool,
}

/// One fragment of an IPv4 packet that carries UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// Which packet it belongs to.
    pub key: FragmentKey,
    /// Where its data starts in the data of the whole packet, in octets.
    pub offset: usize,
    /// True for all fragments but the last.
    pub more: bool,
    /// The data that is there.
    pub data: &'a [u8],
    /// Where `data` starts in the frame.
    pub data_offset: usize,
    /// How many octets of the data the capture has cut.
    pub missing: usize,
    lower: Lower<'a>,
}

/// What the fragments of one packet have in common (RFC 791 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentKey {
    /// Source address.
    pub source: Ipv4Addr,
    /// Destination address.
    pub destination: Ipv4Addr,
    /// The identification field.
    pub id: u16,
}

/// The verdict on a UDP checksum (RFC 768).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// The sender made none: the field is 0, or there is no UDP header.
    Absent,
    /// It fits the datagram.
    Right,
    /// It does not fit.
    Wrong {
        /// What the datagram adds up to.
        expected: u16,
        /// What the field says.
        found: u16,
    },
    /// Only the pseudo-header is summed: the frame was captured before the network card finished it.
    Offloaded,
    /// It cannot be checked, because octets are missing.
    Unknown,
}

/// Reads a frame down to the UDP payload.
///
/// # Errors
///
/// [`LinkError::Foreign`] if it carries something else than UDP over IPv4; [`LinkError::Damaged`] if a header
/// is cut or contradicts itself.
pub fn read(link_type: LinkType, frame: &[u8]) -> Result<Content<'_>, LinkError> {
    lower::read(link_type, Cursor::new(frame))
}

/// Reads a frame that must hold a whole datagram.
///
/// # Errors
///
/// As [`read`], and [`LinkError::Fragment`] for a piece of a fragmented packet.
pub fn datagram(link_type: LinkType, frame: &[u8]) -> Result<Datagram<'_>, LinkError> {
    match read(link_type, frame)? {
        Content::Datagram(datagram) => Ok(datagram),
        Content::Fragment(piece) => Err(LinkError::Fragment {
            offset: piece.data_offset,
            fragment_offset: piece.offset,
            more: piece.more,
        }),
    }
}

/// Reads a UDP header and its payload that have no IPv4 header around them; the addresses are `0.0.0.0`.
///
/// The checksum cannot be judged without the addresses.
///
/// # Errors
///
/// [`LinkError::Damaged`] if the header is cut or its length is under 8.
pub fn udp(octets: &[u8]) -> Result<Datagram<'_>, LinkError> {
    let unknown = (Ipv4Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED);
    let mut datagram = ipv4::udp(Cursor::new(octets), unknown, Lower::default())?;
    if datagram.checksum != Checksum::Absent {
        datagram.checksum = Checksum::Unknown;
    }
    Ok(datagram)
}

impl<'a> Fragment<'a> {
    /// The datagram in a reassembled packet, of which this is the fragment that completed it.
    ///
    /// `payload_offset` then counts in `whole`; hardware addresses and tags are those of this fragment.
    ///
    /// # Errors
    ///
    /// [`LinkError::Damaged`] if the UDP header is cut or its length is under 8.
    pub fn datagram<'w>(&self, whole: &'w [u8]) -> Result<Datagram<'w>, LinkError>
    where
        'a: 'w,
    {
        ipv4::udp(Cursor::new(whole), (self.key.source, self.key.destination), self.lower)
    }
}

#[cfg(test)]
mod tests;
