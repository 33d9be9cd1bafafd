//! All the sockets of an endpoint as one: what comes in and by which way, and where a message goes (RFC 2131 §4.1).
//!
//! Every interface has a socket of its own, bound to it, so that a broadcast comes in once and is known by its
//! interface. One poll(2) waits for all of them, and each that is ready is served once before any is served again.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;

use super::addressing::Addressing;
use super::checks::Checks;
use super::segment::Segment;
use super::sys::{self, Pktinfo};
use crate::endpoint::{Arrived, Destination, InUse, Transmit};
use crate::time::Instant;

/// The sockets that an endpoint listens on and sends by.
#[derive(Debug)]
pub struct Wire {
    ports: Vec<Port>,
    segments: Vec<Segment>,
    checks: Checks,
    addressing: Addressing,
    /// What has something to receive, in turn.
    ready: VecDeque<Source>,
}

/// A UDP socket.
#[derive(Debug)]
pub(super) struct Port {
    socket: UdpSocket,
    local: SocketAddrV4,
    connected: bool,
    /// The index of the interface that it is bound to.
    interface: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Port(usize),
    Segment(usize),
    Echo,
}

/// What has come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// Nothing, for as long as was waited.
    Nothing,
    /// Something that means nothing here.
    Foreign,
    /// A datagram, which fills so much of the buffer.
    Datagram { length: usize, from: SocketAddrV4, to: SocketAddrV4, arrived: Arrived },
    /// Nothing listens where the last datagram went.
    Unreachable,
    /// A conflict check has ended.
    Probed(Ipv4Addr, InUse),
}

/// What became of a message.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) from: SocketAddrV4,
    pub(super) to: SocketAddrV4,
    pub(super) result: io::Result<()>,
}

impl Wire {
    /// One socket that is there already: no frames, no conflict checks.
    ///
    /// # Errors
    ///
    /// What the system says if the socket has no IPv4 address.
    pub fn of(socket: UdpSocket, addressing: Addressing) -> io::Result<Wire> {
        Ok(Wire::new(vec![Port::new(socket, None)?], Vec::new(), Checks::none(), addressing))
    }

    pub(super) fn new(
        ports: Vec<Port>,
        segments: Vec<Segment>,
        checks: Checks,
        addressing: Addressing,
    ) -> Wire {
        Wire { ports, segments, checks, addressing, ready: VecDeque::new() }
    }

    /// The addresses that it listens on.
    pub fn listening(&self) -> impl Iterator<Item = SocketAddrV4> {
        self.ports.iter().map(|port| port.local)
    }

    /// Whether it can ask who has an address.
    #[must_use]
    pub fn can_probe(&self) -> bool {
        self.checks.fd().is_some() || self.segments.iter().any(|segment| segment.mac().is_some())
    }

    /// Receives one thing, waiting at most so long.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        wait: Duration,
        buffer: &mut [u8],
    ) -> io::Result<Incoming> {
        if let Some((address, in_use)) = self.checks.ended(now, &self.segments) {
            return Ok(Incoming::Probed(address, in_use));
        }
        if self.ready.is_empty() {
            let due = self.checks.next().map_or(wait, |next| next.since(now));
            self.wait(wait.min(due))?;
        }
        let probed = match self.ready.pop_front() {
            None => return Ok(Incoming::Nothing),
            Some(Source::Port(number)) => {
                return self.ports.get(number).map_or(Ok(Incoming::Foreign), |port| port.receive(buffer));
            }
            Some(Source::Segment(number)) => {
                self.segments.get_mut(number).and_then(|segment| self.checks.frame(number, segment, buffer))
            }
            Some(Source::Echo) => self.checks.echo(buffer),
        };
        Ok(probed.map_or(Incoming::Foreign, |address| Incoming::Probed(address, InUse::Yes)))
    }

    fn wait(&mut self, wait: Duration) -> io::Result<()> {
        let ports = self.ports.iter().enumerate();
        let ports = ports.map(|(number, port)| (Source::Port(number), port.socket.as_fd()));
        let segments = self.segments.iter().enumerate();
        let segments = segments.filter_map(|(number, each)| Some((Source::Segment(number), each.fd()?)));
        let echo = self.checks.fd().map(|fd| (Source::Echo, fd));
        let (sources, sockets): (Vec<_>, Vec<_>) = ports.chain(segments).chain(echo).unzip();
        let ready = sys::poll(&sockets, wait)?;
        self.ready
            .extend(sources.into_iter().zip(ready).filter_map(|(source, ready)| ready.then_some(source)));
        Ok(())
    }

    /// Sends a message where §4.1 says, by the interface that the message it answers came in on.
    pub(super) fn send(&self, transmit: &Transmit) -> Sent {
        let interface = transmit.via.interface;
        let port = self.ports.iter().find(|port| interface.is_some() && port.interface == interface);
        let Some(port) = port.or(self.ports.first()) else {
            let nowhere = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
            let result = Err(io::ErrorKind::NotConnected.into());
            return Sent { from: nowhere, to: nowhere, result };
        };
        let from = self.source(port, transmit.via);
        let to = self.addressing.resolve(transmit);
        let framed = match &transmit.to {
            Destination::Hardware { .. } if to.ip().is_broadcast() => self
                .segment(interface)
                .and_then(|segment| segment.send(from, &transmit.to, &transmit.payload)),
            _ => None,
        };
        match framed {
            Some(Ok(to)) => Sent { from, to, result: Ok(()) },
            // Too long for a frame, or the interface is gone: §4.1 allows the broadcast.
            Some(Err(_)) | None => {
                let result = port.send(from, to, interface, &transmit.payload);
                Sent { from, to, result }
            }
        }
    }

    /// The address that a message is sent from: the one that the message it answers came to, or the interface's.
    fn source(&self, port: &Port, via: Arrived) -> SocketAddrV4 {
        let known = |address: &Ipv4Addr| !address.is_unspecified() && !address.is_broadcast();
        let attached = || self.segment(via.interface)?.interface.addresses.first();
        let bound = Some(*port.local.ip()).filter(known);
        let address = Some(via.local).filter(known).or(bound);
        let address = address.or_else(|| attached().map(|attached| attached.address));
        SocketAddrV4::new(address.unwrap_or(Ipv4Addr::UNSPECIFIED), port.local.port())
    }

    fn segment(&self, interface: Option<u32>) -> Option<&Segment> {
        self.segments.iter().find(|segment| Some(segment.interface.index) == interface)
    }

    /// Starts a conflict check.
    pub(super) fn probe(&mut self, now: Instant, address: Ipv4Addr) {
        self.checks.start(now, address, &self.segments);
    }
}

impl Port {
    /// A socket, and the index of the interface that it is bound to.
    pub(super) fn new(socket: UdpSocket, interface: Option<u32>) -> io::Result<Port> {
        let SocketAddr::V4(local) = socket.local_addr()? else {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "not an IPv4 socket"));
        };
        sys::tell_interfaces(socket.as_fd())?;
        let connected = socket.peer_addr().is_ok();
        Ok(Port { socket, local, connected, interface })
    }

    fn receive(&self, buffer: &mut [u8]) -> io::Result<Incoming> {
        let ready = match sys::receive(self.socket.as_fd(), buffer) {
            Ok(ready) => ready,
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                return Ok(Incoming::Unreachable);
            }
            // A datagram whose checksum is wrong wakes up the waiter, and is not there.
            Err(error) if is_nothing(&error) => return Ok(Incoming::Foreign),
            Err(error) => return Err(error),
        };
        let Some(from) = ready.from else { return Ok(Incoming::Foreign) };
        let destination = ready.info.map_or(*self.local.ip(), |info| info.destination);
        let arrived = Arrived {
            interface: ready.info.map(|info| info.interface).or(self.interface),
            local: ready.info.map_or(*self.local.ip(), |info| info.local),
        };
        let to = SocketAddrV4::new(destination, self.local.port());
        Ok(Incoming::Datagram { length: ready.length, from, to, arrived })
    }

    /// A broadcast is told its interface; all else goes where the routes lead.
    fn send(
        &self,
        from: SocketAddrV4,
        to: SocketAddrV4,
        interface: Option<u32>,
        payload: &[u8],
    ) -> io::Result<()> {
        let interface = interface.filter(|_| to.ip().is_broadcast()).unwrap_or(0);
        let way = Pktinfo { interface, local: *from.ip(), destination: Ipv4Addr::UNSPECIFIED };
        // A connected socket takes no address.
        sys::send(self.socket.as_fd(), payload, (!self.connected).then_some((to, way)))
    }
}

/// Whether an error says no more than that there is nothing.
pub(super) fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::open::Listen;
    use super::*;

    const NOW: Instant = Instant::from_secs(1000);
    const SOON: Duration = Duration::from_secs(5);

    fn port() -> Port {
        Port::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(), None).unwrap()
    }

    fn to(wire: &Wire) -> Vec<SocketAddrV4> {
        wire.listening().collect()
    }

    #[test]
    fn a_flood_on_one_socket_keeps_none_waiting() {
        let mut wire = Wire::new(vec![port(), port()], Vec::new(), Checks::none(), Addressing::Server(6767));
        let asker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        for _ in 0..50 {
            asker.send_to(b"flood", to(&wire)[0]).unwrap();
        }
        asker.send_to(b"other", to(&wire)[1]).unwrap();
        let mut buffer = [0; 16];
        let mut served = Vec::new();
        for _ in 0..2 {
            let incoming = wire.receive(NOW, SOON, &mut buffer).unwrap();
            assert!(matches!(incoming, Incoming::Datagram { length: 5, .. }), "{incoming:?}");
            served.push(buffer[..5].to_vec());
        }
        assert_eq!(vec![b"flood".to_vec(), b"other".to_vec()], served);
    }

    #[test]
    fn a_datagram_tells_its_interface_and_is_answered_from_where_it_came_to() {
        let (mut wire, _) = Wire::listen(&Listen::Address(Ipv4Addr::UNSPECIFIED), 0, false).unwrap();
        let asker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let local = SocketAddrV4::new(Ipv4Addr::LOCALHOST, to(&wire)[0].port());
        asker.send_to(b"ask", local).unwrap();
        let mut buffer = [0; 16];
        let incoming = wire.receive(NOW, SOON, &mut buffer).unwrap();
        let Incoming::Datagram { length: 3, from, to, arrived } = incoming else { panic!("{incoming:?}") };
        assert_eq!((local, *local.ip()), (to, arrived.local));
        assert!(arrived.interface.is_some_and(|index| index > 0));
        let hardware = Destination::Hardware { yiaddr: *from.ip(), htype: 1, chaddr: [2; 6].into() };
        let transmit =
            Transmit { to: hardware, answers: Some(from), via: arrived, payload: b"reply".to_vec() };
        let sent = wire.send(&transmit);
        assert_eq!((local, from), (sent.from, sent.to));
        sent.result.unwrap();
        let (length, source) = asker.recv_from(&mut buffer).unwrap();
        assert_eq!((&b"reply"[..], SocketAddr::V4(local)), (&buffer[..length], source));
    }

    #[test]
    fn on_loopback_no_check_holds_anybody_up() {
        let (mut wire, notices) = Wire::listen(&Listen::Address(Ipv4Addr::LOCALHOST), 0, true).unwrap();
        assert!(matches!(notices[..], [super::super::Notice::Loopback]), "{notices:?}");
        assert!(!wire.can_probe());
        let address = Ipv4Addr::new(10, 67, 0, 10);
        wire.probe(NOW, address);
        assert_eq!(
            Incoming::Probed(address, InUse::No),
            wire.receive(NOW, Duration::ZERO, &mut [0; 16]).unwrap()
        );
        assert_eq!(Incoming::Nothing, wire.receive(NOW, Duration::ZERO, &mut [0; 16]).unwrap());
    }
}
