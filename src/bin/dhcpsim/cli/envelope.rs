//! Messages as files: hex, binary, C, dumps, and captures with headers made for them.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddrV4};

use clap::ValueEnum;
use dhcpsim::capture::{self, WriteError, Writer, WriterOptions, dump};
use dhcpsim::link::Mac;
use dhcpsim::options;
use dhcpsim::packet::{Op, Packet};

/// What comes out.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Hex digits on one line
    Hex,
    /// The octets as they are
    Raw,
    /// A C array
    C,
    /// Rows of offset and octets, as text2pcap reads them
    Dump,
    /// Base64 on one line
    Base64,
    /// A capture that Wireshark opens: Ethernet, IP and UDP around the message
    Pcap,
    /// The same as pcapng
    Pcapng,
}

impl Format {
    /// Whether it may not go to a terminal.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Format::Raw | Format::Pcap | Format::Pcapng)
    }
}

/// The head of a file that holds no message.
pub(super) fn begin(out: &mut dyn Write, format: Format) -> io::Result<()> {
    match format {
        Format::Pcap | Format::Pcapng => writer(out, format).map(drop),
        _ => Ok(()),
    }
}

/// Writes a message, the first with the head of its file.
pub(super) fn write(out: &mut dyn Write, format: Format, index: usize, octets: &[u8]) -> io::Result<()> {
    let separate = if index > 0 { "\n" } else { "" };
    match format {
        Format::Hex => write!(out, "{separate}{}", dump::hex(octets)),
        Format::Base64 => write!(out, "{separate}{}", dump::base64(octets)),
        Format::Dump => write!(out, "{separate}{}", dump::hex_dump(octets)),
        Format::C => write!(out, "{separate}{}", dump::c_array(&format!("message_{}", index + 1), octets)),
        Format::Raw => out.write_all(octets),
        Format::Pcap | Format::Pcapng => captured(out, format, index, octets),
    }
}

fn writer<W: Write>(out: W, format: Format) -> io::Result<Writer<W>> {
    let format = if format == Format::Pcap { capture::Format::Pcap } else { capture::Format::Pcapng };
    let options =
        WriterOptions { format, description: "dhcpsim encode".to_owned(), ..WriterOptions::default() };
    Writer::new(out, &options).map_err(as_io)
}

fn as_io(error: WriteError) -> io::Error {
    match error {
        WriteError::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidInput, other),
    }
}

fn captured(out: &mut dyn Write, format: Format, index: usize, octets: &[u8]) -> io::Result<()> {
    let mut buffer = Vec::new();
    let mut writer = writer(&mut buffer, format)?;
    let head = if index == 0 { 0 } else { head_size(format)? };
    let (source, destination, mac) = endpoints(octets);
    let time = 1_000_000 * u64::try_from(index).unwrap_or_default();
    let packet = capture::Packet {
        time,
        direction: None,
        source,
        destination,
        source_mac: mac,
        destination_mac: None,
        payload: octets,
        comments: &[],
    };
    writer.write(&packet).map_err(as_io)?;
    out.write_all(buffer.get(head..).unwrap_or_default())
}

/// Octets of a file without packets.
fn head_size(format: Format) -> io::Result<usize> {
    let mut buffer = Vec::new();
    writer(&mut buffer, format)?;
    Ok(buffer.len())
}

/// Who would send the message to whom: clients broadcast from 0.0.0.0, servers from their identifier, relayed
/// messages go between the relay agent and the server.
fn endpoints(octets: &[u8]) -> (SocketAddrV4, SocketAddrV4, Option<Mac>) {
    let Ok(packet) = Packet::parse(octets) else {
        return (
            SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68),
            SocketAddrV4::new(Ipv4Addr::BROADCAST, 67),
            None,
        );
    };
    let server = packet.get::<_, Ipv4Addr>(&options::SERVER_IDENTIFIER).ok().flatten();
    let relay = packet.giaddr();
    let relayed = relay != Ipv4Addr::UNSPECIFIED;
    let server_address = server.unwrap_or(Ipv4Addr::UNSPECIFIED);
    if packet.op() == Op::BOOTREPLY {
        let to =
            if relayed { SocketAddrV4::new(relay, 67) } else { SocketAddrV4::new(Ipv4Addr::BROADCAST, 68) };
        return (SocketAddrV4::new(server_address, 67), to, None);
    }
    let mac = <[u8; 6]>::try_from(packet.chaddr().0).ok().map(Mac);
    let to = SocketAddrV4::new(server.filter(|_| relayed).unwrap_or(Ipv4Addr::BROADCAST), 67);
    if relayed {
        return (SocketAddrV4::new(relay, 67), to, None);
    }
    (SocketAddrV4::new(packet.ciaddr(), 68), to, mac)
}
