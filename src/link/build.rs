//! Writing Ethernet, IPv4 and UDP headers around a payload.

use core::fmt;
use core::net::SocketAddrV4;

use super::Mac;
use super::checksum::Sum;

/// The most octets that a UDP datagram over IPv4 carries.
pub const MAX_PAYLOAD: usize = 65_535 - 20 - 8;

const TTL: u8 = 64;

/// Where a datagram comes from and goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Source address and port.
    pub source: SocketAddrV4,
    /// Destination address and port.
    pub destination: SocketAddrV4,
    /// Source hardware address, for Ethernet.
    pub source_mac: Mac,
    /// Destination hardware address, for Ethernet.
    pub destination_mac: Mac,
}

/// A payload is longer than [`MAX_PAYLOAD`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong(
    /// The length of the payload.
    pub usize,
);

impl Envelope {
    /// An Ethernet frame around a payload, checksums right, without a trailer.
    ///
    /// # Errors
    ///
    /// [`TooLong`] if the payload does not fit into one datagram.
    pub fn ethernet(&self, payload: &[u8]) -> Result<Vec<u8>, TooLong> {
        let mut frame = Vec::with_capacity(payload.len() + 42);
        self.append_ethernet(payload, &mut frame)?;
        Ok(frame)
    }

    /// As [`Envelope::ethernet`], behind what is in `frame`, whose room is used again.
    ///
    /// # Errors
    ///
    /// As [`Envelope::ethernet`]; nothing is appended then.
    pub fn append_ethernet(&self, payload: &[u8], frame: &mut Vec<u8>) -> Result<(), TooLong> {
        let start = frame.len();
        frame.extend_from_slice(&self.destination_mac.0);
        frame.extend_from_slice(&self.source_mac.0);
        frame.extend_from_slice(&0x0800_u16.to_be_bytes());
        let built = self.append_ipv4(payload, frame);
        if built.is_err() {
            frame.truncate(start);
        }
        built
    }

    /// An IPv4 packet around a payload, checksums right.
    ///
    /// # Errors
    ///
    /// [`TooLong`] if the payload does not fit into one datagram.
    pub fn ipv4(&self, payload: &[u8]) -> Result<Vec<u8>, TooLong> {
        let mut packet = Vec::with_capacity(payload.len() + 28);
        self.append_ipv4(payload, &mut packet)?;
        Ok(packet)
    }

    fn append_ipv4(&self, payload: &[u8], packet: &mut Vec<u8>) -> Result<(), TooLong> {
        let too_long = |_| TooLong(payload.len());
        let total = u16::try_from(payload.len() + 28).map_err(too_long)?;
        let [high, low] = total.to_be_bytes();
        let start = [0x45, 0, high, low, 0, 0, 0, 0, TTL, 17];
        let (source, destination) = (self.source.ip().octets(), self.destination.ip().octets());
        let checksum = Sum::default().add(&start).add(&source).add(&destination).checksum();
        packet.extend_from_slice(&start);
        packet.extend_from_slice(&checksum.to_be_bytes());
        packet.extend_from_slice(&source);
        packet.extend_from_slice(&destination);
        self.udp(total - 20, payload, packet);
        Ok(())
    }

    fn udp(&self, length: u16, payload: &[u8], packet: &mut Vec<u8>) {
        let [[a, b], [c, d], [e, f]] =
            [self.source.port(), self.destination.port(), length].map(u16::to_be_bytes);
        let ports = [a, b, c, d, e, f];
        let sum = Sum::default().pseudo_header(*self.source.ip(), *self.destination.ip(), length);
        let checksum = match sum.add(&ports).add(payload).checksum() {
            0 => u16::MAX,
            checksum => checksum,
        };
        packet.extend_from_slice(&ports);
        packet.extend_from_slice(&checksum.to_be_bytes());
        packet.extend_from_slice(payload);
    }
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "payload of {} octets, expected at most {MAX_PAYLOAD}", self.0)
    }
}

impl core::error::Error for TooLong {}
