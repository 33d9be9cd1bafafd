//! Writing messages as a capture file that Wireshark dissects without any setting.
//!
//! Wireshark knows DHCP by ports 67 and 68 only. So messages sent over other ports are written with these, and
//! the true endpoints go into a note that no program stumbles over; or they are written as exported PDUs.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddrV4};

use thiserror::Error;

use super::pcapng_writer as pcapng;
use super::{Direction, MAX_FRAME};
use crate::link::{Envelope, LinkType, Mac, TooLong, exported_pdu};

const SERVER: u16 = 67;
const CLIENT: u16 = 68;
const PROXY: u16 = 4011;
const BOOTREQUEST: u8 = 1;
const SECOND: u64 = 1_000_000_000;

/// The file format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// pcapng, with comments, directions and the true endpoints.
    #[default]
    Pcapng,
    /// pcap with nanoseconds; it has no place for anything but the frames.
    Pcap,
}

/// Which ports the headers show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ports {
    /// 67 and 68 (and 4011), so that every tool sees DHCP.
    #[default]
    Standard,
    /// The true ones; for others than 67, 68 and 4011 Wireshark wants `-d udp.port==6767-6768,dhcp`.
    Real,
    /// The true ones in an exported PDU (link type 252), which Wireshark dissects and tcpdump does not.
    Exact,
}

/// What the head of the file says.
#[derive(Clone, Debug, Default)]
pub struct WriterOptions {
    /// The file format.
    pub format: Format,
    /// Which ports the headers show.
    pub ports: Ports,
    /// The name of the interface; `dhcpsim` if empty.
    pub interface: String,
    /// What the interface is, for example `UDP 127.0.0.1:6767, written as 67/68`.
    pub description: String,
    /// Comments on the whole file, for example the command line and the seed.
    pub comments: Vec<String>,
    /// Names of addresses, shown by Wireshark in their place.
    pub names: Vec<(Ipv4Addr, String)>,
}

/// A message to be written.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Nanoseconds since 1970.
    pub time: u64,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// The true source.
    pub source: SocketAddrV4,
    /// The true destination.
    pub destination: SocketAddrV4,
    /// The hardware address of the source; made from its IPv4 address if unknown.
    pub source_mac: Option<Mac>,
    /// The hardware address of the destination; broadcast, or made from its IPv4 address, if unknown.
    pub destination_mac: Option<Mac>,
    /// The message.
    pub payload: &'a [u8],
    /// Comments on it, in pcapng.
    pub comments: &'a [&'a str],
}

/// Why a message cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output failed.
    #[error("cannot write the capture: {0}")]
    Io(#[from] io::Error),
    /// The message does not fit into a datagram.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The frame is longer than a reader of captures takes.
    #[error("frame of {0} octets, expected at most {MAX_FRAME}")]
    Frame(usize),
}

/// Writes a capture file, and flushes after every packet so that it can be followed.
pub struct Writer<W> {
    output: W,
    format: Format,
    ports: Ports,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Starts a file.
    ///
    /// # Errors
    ///
    /// [`WriteError::Io`] if the output fails.
    pub fn new(output: W, options: &WriterOptions) -> Result<Self, WriteError> {
        let mut writer = Self { output, format: options.format, ports: options.ports, buffer: Vec::new() };
        let link_type = match options.ports {
            Ports::Exact => LinkType::ExportedPdu,
            Ports::Standard | Ports::Real => LinkType::Ethernet,
        };
        match options.format {
            Format::Pcapng => pcapng::head(&mut writer.buffer, options, link_type),
            Format::Pcap => pcap_head(&mut writer.buffer, link_type),
        }
        writer.flush()?;
        Ok(writer)
    }

    /// Writes a message with headers made for it.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the message does not fit into a datagram or the output fails.
    pub fn write(&mut self, packet: &Packet<'_>) -> Result<(), WriteError> {
        let endpoints = (packet.source, packet.destination);
        let frame = match self.ports {
            Ports::Exact => exported_pdu(packet.source, packet.destination, packet.payload),
            Ports::Real => packet.envelope(endpoints).ethernet(packet.payload)?,
            Ports::Standard => packet.envelope(packet.standard()).ethernet(packet.payload)?,
        };
        let note = (self.ports == Ports::Standard && packet.standard() != endpoints).then_some(endpoints);
        self.block(packet.time, &frame, packet.direction, packet.comments, note)
    }

    /// Writes a frame as it was captured.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the frame is longer than [`MAX_FRAME`] or the output fails.
    pub fn write_frame(
        &mut self,
        time: u64,
        direction: Option<Direction>,
        frame: &[u8],
        comments: &[&str],
    ) -> Result<(), WriteError> {
        self.block(time, frame, direction, comments, None)
    }

    /// Gives the output back.
    pub fn into_inner(self) -> W {
        self.output
    }

    fn block(
        &mut self,
        time: u64,
        frame: &[u8],
        direction: Option<Direction>,
        comments: &[&str],
        note: Option<(SocketAddrV4, SocketAddrV4)>,
    ) -> Result<(), WriteError> {
        if frame.len() > MAX_FRAME {
            return Err(WriteError::Frame(frame.len()));
        }
        match self.format {
            Format::Pcapng => pcapng::packet(&mut self.buffer, time, frame, direction, comments, note),
            Format::Pcap => pcap_packet(&mut self.buffer, time, frame),
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        let written = self.output.write_all(&self.buffer).and_then(|()| self.output.flush());
        self.buffer.clear();
        Ok(written?)
    }
}

impl Packet<'_> {
    fn envelope(&self, (source, destination): (SocketAddrV4, SocketAddrV4)) -> Envelope {
        Envelope {
            source,
            destination,
            source_mac: self.source_mac.unwrap_or_else(|| mac_for(*source.ip())),
            destination_mac: self.destination_mac.unwrap_or_else(|| mac_for(*destination.ip())),
        }
    }

    /// The endpoints with ports that every tool takes for DHCP.
    fn standard(&self) -> (SocketAddrV4, SocketAddrV4) {
        let request = self.payload.first() == Some(&BOOTREQUEST);
        let (from, to) = if request { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        let port = |endpoint: SocketAddrV4, else_port| match endpoint.port() {
            known @ (SERVER | CLIENT | PROXY) => known,
            6767 => SERVER,
            6768 => CLIENT,
            _ => else_port,
        };
        let with = |endpoint: SocketAddrV4, port| SocketAddrV4::new(*endpoint.ip(), port);
        (with(self.source, port(self.source, from)), with(self.destination, port(self.destination, to)))
    }
}

/// A locally administered address that tells which IPv4 address it stands for.
fn mac_for(address: Ipv4Addr) -> Mac {
    let [a, b, c, d] = address.octets();
    if address.is_broadcast() { Mac::BROADCAST } else { Mac([2, 0, a, b, c, d]) }
}

fn pcap_head(to: &mut Vec<u8>, link_type: LinkType) {
    let limit = u32::try_from(MAX_FRAME).unwrap_or(u32::MAX);
    to.extend_from_slice(&0xa1b2_3c4d_u32.to_le_bytes());
    for half in [2_u16, 4] {
        to.extend_from_slice(&half.to_le_bytes());
    }
    for word in [0, 0, limit, u32::from(link_type.number())] {
        to.extend_from_slice(&word.to_le_bytes());
    }
}

fn pcap_packet(to: &mut Vec<u8>, time: u64, frame: &[u8]) {
    let word = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    for word in [word(time / SECOND), word(time % SECOND), length, length] {
        to.extend_from_slice(&word.to_le_bytes());
    }
    to.extend_from_slice(frame);
}
