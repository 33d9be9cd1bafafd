//! A client's place on an Ethernet: it has no IP address, so that it speaks and hears in frames.
//!
//! Replies come to an address that this machine does not have, and servers that renew a lease look for it by ARP: the
//! station answers for the address that its client has a lease of, and changes nothing on the machine. Unicasts go to
//! the station that the server's last reply came from, which is the server or the router that leads to it.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;

use socket2::{Domain, Protocol, SockFilter, Socket, Type};

use super::addressing::{CLIENT_PORT, SERVER_PORT};
use super::interface::Interface;
use super::open::OpenError;
use super::sys::{self, Waiter};
use super::wire::is_nothing;
use crate::endpoint::{Destination, Transmit};
use crate::link::{Arp, Checksum, Envelope, LinkType, Mac, datagram};
use crate::options::SERVER_IDENTIFIER;
use crate::packet::Packet;
use crate::time::Instant;

const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_ARP: u16 = 0x0806;
/// How often a probe is sent, and the pause between two (RFC 5227 §2.1.1 has one to two seconds; a client waits less).
const PROBES: u32 = 3;
const BETWEEN: Duration = Duration::from_millis(250);

/// The sockets of a client on an interface.
#[derive(Debug)]
pub struct Station {
    interface: Interface,
    mac: Mac,
    messages: Socket,
    arp: Socket,
    /// Keeps the port, so that no second client runs here and nobody is told that the port is closed.
    _port: UdpSocket,
    /// The address that the client has.
    claimed: Option<Ipv4Addr>,
    /// The address that is asked for.
    asked: Option<Asked>,
    /// Where a server's last reply came from.
    way: Option<(Ipv4Addr, Mac)>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    address: Ipv4Addr,
    left: u32,
    next: Instant,
}

/// What has come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing that concerns the client.
    Nothing,
    /// A message, which stands in this part of the buffer.
    Message { start: usize, end: usize, from: SocketAddrV4, to: SocketAddrV4 },
    /// Somebody has the address that was asked for.
    InUse(Ipv4Addr),
}

impl Station {
    /// Takes a place on an interface: it needs a hardware address, and no IP address.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what prevents it: no such interface, no right to packet sockets, a port that is taken.
    pub fn open(name: &str) -> Result<Station, OpenError> {
        let (interface, mac) = Interface::ethernet(name)?;
        let frames = |ethertype| {
            let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(0)))?;
            if ethertype == ETHERTYPE_IPV4 {
                socket
                    .attach_filter(&TO_CLIENTS.map(|(code, jt, jf, k)| SockFilter::new(code, jt, jf, k)))?;
            }
            sys::bind_packets(socket.as_fd(), interface.index, ethertype)?;
            Ok(socket)
        };
        let forbidden = |error| OpenError::Frames { interface: name.to_owned(), error };
        let messages = frames(ETHERTYPE_IPV4).map_err(forbidden)?;
        let arp = frames(ETHERTYPE_ARP).map_err(forbidden)?;
        let at = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, CLIENT_PORT);
        let port = hold(&interface, at).map_err(|error| OpenError::Port {
            at,
            interface: Some(name.to_owned()),
            error,
        })?;
        Ok(Station { interface, mac, messages, arp, _port: port, claimed: None, asked: None, way: None })
    }

    /// The interface.
    #[must_use]
    pub fn interface(&self) -> &Interface {
        &self.interface
    }

    /// Its hardware address.
    #[must_use]
    pub fn mac(&self) -> Mac {
        self.mac
    }

    /// Answers for an address from now on, and tells all that it is here (RFC 2131 §4.4.1); or for none any more.
    pub(super) fn claim(&mut self, address: Option<Ipv4Addr>) {
        let before = std::mem::replace(&mut self.claimed, address);
        if let Some(address) = address.filter(|_| before != address) {
            let announce = Arp { sender: address, ..Arp::probe(self.mac, address) };
            let _ = sys::send(self.arp.as_fd(), &announce.ethernet(Mac::BROADCAST), None);
        }
    }

    /// Asks who has an address.
    pub(super) fn probe(&mut self, now: Instant, address: Ipv4Addr) {
        self.asked = Some(Asked { address, left: PROBES, next: now });
        self.ask(now);
    }

    /// Asks again if it is time; says when it is next.
    pub(super) fn ask(&mut self, now: Instant) -> Option<Instant> {
        let asked = self.asked.as_mut().filter(|asked| asked.left > 0)?;
        if asked.next <= now {
            asked.left -= 1;
            asked.next = now + BETWEEN;
            let probe = Arp::probe(self.mac, asked.address).ethernet(Mac::BROADCAST);
            let _ = sys::send(self.arp.as_fd(), &probe, None);
        }
        self.asked.filter(|asked| asked.left > 0).map(|asked| asked.next)
    }

    /// Waits at most so long for one thing.
    pub(super) fn receive(&mut self, wait: Duration, buffer: &mut [u8]) -> io::Result<Heard> {
        let mut waiter = Waiter::default();
        waiter.push(self.arp.as_fd());
        waiter.push(self.messages.as_fd());
        waiter.wait(wait)?;
        let mut ready = waiter.ready();
        let (arp, message) = (ready.next().unwrap_or(false), ready.next().unwrap_or(false));
        drop(ready);
        if arp {
            let length = match sys::receive(self.arp.as_fd(), buffer) {
                Ok(found) if !found.foreign => found.length,
                Ok(_) => return Ok(Heard::Nothing),
                Err(error) if is_nothing(&error) => return Ok(Heard::Nothing),
                Err(error) => return Err(error),
            };
            return Ok(self.heard_arp(buffer.get(..length).unwrap_or_default()));
        }
        if message {
            return match sys::receive(self.messages.as_fd(), buffer) {
                Ok(found) if !found.foreign => Ok(self.heard_frame(buffer, found.length)),
                Ok(_) => Ok(Heard::Nothing),
                Err(error) if is_nothing(&error) => Ok(Heard::Nothing),
                Err(error) => Err(error),
            };
        }
        Ok(Heard::Nothing)
    }

    fn heard_arp(&mut self, frame: &[u8]) -> Heard {
        let Some(arp) = Arp::read(frame) else { return Heard::Nothing };
        if let Some(asked) = self.asked.filter(|asked| arp.shows_use_of(asked.address, self.mac)) {
            self.asked = None;
            return Heard::InUse(asked.address);
        }
        if let Some(answer) = answer(&arp, self.mac, self.claimed) {
            let _ = sys::send(self.arp.as_fd(), &answer.ethernet(arp.sender_mac), None);
        }
        Heard::Nothing
    }

    fn heard_frame(&mut self, buffer: &[u8], length: usize) -> Heard {
        let frame = buffer.get(..length).unwrap_or_default();
        let Ok(found) = datagram(LinkType::Ethernet, frame) else { return Heard::Nothing };
        let wrong = matches!(found.checksum, Checksum::Wrong { .. }) || found.missing > 0;
        if wrong || found.destination.port() != CLIENT_PORT {
            return Heard::Nothing;
        }
        let server =
            Packet::parse(found.payload).ok().and_then(|packet| packet.get(&SERVER_IDENTIFIER).ok()?);
        if let (Some(server), Some(mac)) = (server, frame.get(6..12).and_then(|mac| mac.first_chunk::<6>())) {
            self.way = Some((server, Mac(*mac)));
        }
        let (start, end) = (found.payload_offset, found.payload_offset + found.payload.len());
        Heard::Message { start, end, from: found.source, to: found.destination }
    }

    /// Sends a message: a unicast from the address that the client has, a broadcast from none.
    pub(super) fn send(
        &self,
        transmit: &Transmit,
        own: Ipv4Addr,
    ) -> (SocketAddrV4, SocketAddrV4, io::Result<()>) {
        let (own, address, station) = match &transmit.to {
            Destination::Server(server) => {
                let known = self.way.filter(|(found, _)| found == server).map(|(_, mac)| mac);
                // A frame to all with one receiver's address: the one whose it is takes it.
                (own, *server, known.unwrap_or(Mac::BROADCAST))
            }
            _ => (Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST, Mac::BROADCAST),
        };
        let source = SocketAddrV4::new(own, CLIENT_PORT);
        let destination = SocketAddrV4::new(address, SERVER_PORT);
        let envelope = Envelope { source, destination, source_mac: self.mac, destination_mac: station };
        let result = match envelope.ethernet(&transmit.payload) {
            Ok(frame) => sys::send(self.messages.as_fd(), &frame, None),
            Err(_) => Err(io::ErrorKind::InvalidInput.into()),
        };
        (source, destination, result)
    }
}

/// The answer to who looks for an address that the client has.
fn answer(arp: &Arp, own: Mac, claimed: Option<Ipv4Addr>) -> Option<Arp> {
    let asks = arp.operation == 1 && Some(arp.target) == claimed && arp.sender_mac != own;
    asks.then_some(Arp {
        operation: 2,
        sender_mac: own,
        sender: arp.target,
        target_mac: arp.sender_mac,
        target: arp.sender,
    })
}

/// A socket on the client port of the interface, which nobody reads.
fn hold(interface: &Interface, at: SocketAddrV4) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.bind_device(Some(interface.name.as_bytes()))?;
    let _ = socket.set_recv_buffer_size(1);
    socket.bind(&at.into())?;
    Ok(UdpSocket::from(socket))
}

/// A filter for the socket (packet(7)): whole IPv4 packets with UDP to the client port, so that other traffic costs
/// nothing.
const TO_CLIENTS: [(u16, u8, u8, u32); 9] = [
    (0x30, 0, 0, 23),                      // protocol
    (0x15, 0, 6, 17),                      // is UDP,
    (0x28, 0, 0, 20),                      // fragment offset
    (0x45, 4, 0, 0x1fff),                  // is none,
    (0xb1, 0, 0, 14),                      // past the IP header
    (0x48, 0, 0, 16),                      // the destination port
    (0x15, 0, 1, CLIENT_PORT_AS_FILTERED), // is the client's
    (0x06, 0, 0, u32::MAX),
    (0x06, 0, 0, 0),
];
/// [`CLIENT_PORT`], as wide as a filter compares.
const CLIENT_PORT_AS_FILTERED: u32 = 68;

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const OWN: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const OTHER: Mac = Mac([2, 0, 0, 0, 0, 2]);
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
    const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

    #[test]
    fn it_answers_for_the_address_that_its_client_has_and_for_no_other() {
        let asks = Arp { sender: SERVER, ..Arp::probe(OTHER, ADDRESS) };
        let want = Arp { operation: 2, sender_mac: OWN, sender: ADDRESS, target_mac: OTHER, target: SERVER };
        assert_eq!(Some(want), answer(&asks, OWN, Some(ADDRESS)));
        for (arp, claimed) in [
            (asks, None),
            (asks, Some(SERVER)),
            (Arp { operation: 2, ..asks }, Some(ADDRESS)),
            (Arp { sender_mac: OWN, ..asks }, Some(ADDRESS)),
        ] {
            assert_eq!(None, answer(&arp, OWN, claimed), "{arp:?} {claimed:?}");
        }
    }

    /// The classic BPF of [`TO_CLIENTS`], run as the kernel would.
    fn passes(frame: &[u8]) -> bool {
        let (mut a, mut x, mut at) = (0u32, 0u32, 0usize);
        let octet = |at: u32| frame.get(usize::try_from(at).unwrap()).copied().unwrap_or(0);
        loop {
            let (code, jt, jf, k) = TO_CLIENTS[at];
            at += 1;
            let jump = |holds: bool| usize::from(if holds { jt } else { jf });
            match code {
                0x30 => a = octet(k).into(),
                0x28 => a = u16::from_be_bytes([octet(k), octet(k + 1)]).into(),
                0x48 => a = u16::from_be_bytes([octet(x + k), octet(x + k + 1)]).into(),
                0xb1 => x = u32::from(octet(k) & 0xf) * 4,
                0x15 => at += jump(a == k),
                0x45 => at += jump(a & k != 0),
                0x06 => return k > 0,
                other => panic!("{other:x}"),
            }
        }
    }

    #[test]
    fn the_filter_passes_datagrams_to_the_client_port() {
        let frame = |port: u16| {
            let envelope = Envelope {
                source: SocketAddrV4::new(SERVER, 67),
                destination: SocketAddrV4::new(ADDRESS, port),
                source_mac: OTHER,
                destination_mac: OWN,
            };
            envelope.ethernet(&[0; 300]).unwrap()
        };
        assert_eq!(u32::from(CLIENT_PORT), CLIENT_PORT_AS_FILTERED);
        assert!(passes(&frame(68)));
        assert!(!passes(&frame(67)));
        let (mut tcp, mut fragment) = (frame(68), frame(68));
        tcp[23] = 6;
        fragment[21] = 1;
        assert!(!passes(&tcp) && !passes(&fragment));
    }
}
