//! An interface that is served on: frames to stations that have no address yet, and ARP.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};

use socket2::{Domain, Protocol, Socket, Type};

use super::addressing::CLIENT_PORT;
use super::interface::Interface;
use super::sys;
use crate::endpoint::Destination;
use crate::link::{Arp, Envelope, Mac};

/// The EtherType of ARP: all that is received as frames. Messages come by the UDP socket, which the kernel checks.
const ETHERTYPE_ARP: u16 = 0x0806;
/// Ethernet, as htype says it.
const ETHERNET: u8 = 1;

/// An interface, and a packet socket on it where one is to be had.
#[derive(Debug)]
pub(super) struct Segment {
    /// The interface.
    pub(super) interface: Interface,
    frames: Option<(Socket, Mac)>,
}

impl Segment {
    /// An interface, and why no frames can be sent and seen there, if they can't.
    pub(super) fn open(interface: Interface, receive: bool) -> (Segment, Option<io::Error>) {
        let Some(mac) = interface.mac.filter(|_| !interface.loopback) else {
            return (Segment { interface, frames: None }, None);
        };
        match packets(interface.index, receive) {
            Ok(socket) => (Segment { interface, frames: Some((socket, mac)) }, None),
            Err(error) => (Segment { interface, frames: None }, Some(error)),
        }
    }

    /// The socket to wait on.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.frames.as_ref().map(|(socket, _)| socket.as_fd())
    }

    /// The hardware address that frames are sent from, if frames can be sent.
    pub(super) fn mac(&self) -> Option<Mac> {
        self.frames.as_ref().map(|(_, mac)| *mac)
    }

    /// Stops to use a socket that gives nothing but errors.
    pub(super) fn close(&mut self) {
        self.frames = None;
    }

    /// A message as a frame to yiaddr at chaddr, which needs no ARP (RFC 2131 §4.1), and the address that it goes to.
    /// None where that can't be done: a broadcast does instead.
    pub(super) fn frame(
        &self,
        source: SocketAddrV4,
        to: &Destination,
        payload: &[u8],
    ) -> Option<(Vec<u8>, SocketAddrV4)> {
        let Destination::Hardware { yiaddr, htype, chaddr } = to else { return None };
        let (_, mac) = self.frames.as_ref()?;
        let station = station(*htype, chaddr)?;
        let destination = SocketAddrV4::new(*yiaddr, CLIENT_PORT);
        let envelope = Envelope { source, destination, source_mac: *mac, destination_mac: station };
        Some((envelope.ethernet(payload).ok()?, destination))
    }

    /// Asks who has an address.
    pub(super) fn ask(&self, address: Ipv4Addr) -> io::Result<()> {
        let (socket, mac) = self.frames.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        sys::send(socket.as_fd(), &Arp::probe(*mac, address).ethernet(Mac::BROADCAST), None)
    }

    /// Receives a frame; none if it is not for this station or belongs to a VLAN.
    pub(super) fn receive<'b>(&self, buffer: &'b mut [u8]) -> io::Result<Option<&'b [u8]>> {
        let (socket, _) = self.frames.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        let ready = sys::receive(socket.as_fd(), buffer)?;
        Ok(buffer.get(..ready.length).filter(|_| !ready.foreign))
    }
}

/// The station that a hardware address names: one on an Ethernet, and not a group of them.
fn station(htype: u8, chaddr: &[u8]) -> Option<Mac> {
    let octets = <[u8; 6]>::try_from(chaddr).ok()?;
    let [first, ..] = octets;
    (htype == ETHERNET && first & 1 == 0 && octets != [0; 6]).then_some(Mac(octets))
}

/// A packet socket on one interface. Bound to no EtherType it sends and never receives.
fn packets(interface: u32, receive: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(0)))?;
    sys::bind_packets(socket.as_fd(), interface, if receive { ETHERTYPE_ARP } else { 0 })?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn frames_go_to_one_station_on_an_ethernet() {
        for (htype, chaddr, want) in [
            (1, &[2, 0, 0, 0, 0, 1][..], Some(Mac([2, 0, 0, 0, 0, 1]))),
            (6, &[2, 0, 0, 0, 0, 1], None),
            (1, &[2, 0, 0, 0, 0], None),
            (1, &[2, 0, 0, 0, 0, 1, 0], None),
            (1, &[0xff; 6], None),
            (1, &[1, 0, 0x5e, 0, 0, 1], None),
            (1, &[0; 6], None),
            (1, &[], None),
        ] {
            assert_eq!(want, station(htype, chaddr), "htype {htype} {chaddr:?}");
        }
    }
}
