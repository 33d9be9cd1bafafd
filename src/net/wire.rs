//! All the sockets of an endpoint as one: what comes in, and by which way.
//!
//! Every interface has a socket of its own, bound to it, so that a broadcast comes in once and is known by its
//! interface. One poll(2) waits for all of them, and each that is ready gives one batch before any gives another.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::addressing::Addressing;
use super::checks::Checks;
use super::segment::Segment;
use super::sys::{self, Inbox, Ready, Waiter};
use crate::endpoint::{Arrived, InUse};
use crate::time::Instant;

/// The sockets that an endpoint listens on and sends by.
#[derive(Debug)]
pub struct Wire {
    pub(super) ports: Vec<Port>,
    pub(super) segments: Vec<Segment>,
    pub(super) addressing: Addressing,
    checks: Checks,
    /// What has something to receive, in turn.
    ready: VecDeque<Source>,
    waiter: Waiter,
    waited: Vec<Source>,
}

/// A UDP socket.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) socket: UdpSocket,
    pub(super) local: SocketAddrV4,
    pub(super) connected: bool,
    /// The index of the interface that it is bound to.
    pub(super) interface: Option<u32>,
    /// Octets that may wait in its receive buffer, as far as that was asked.
    pub(super) buffer: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Port(usize),
    Segment(usize),
    Echo,
    Bell,
}

/// What to wait for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience<'a> {
    /// The longest.
    pub(super) longest: Duration,
    /// Whether datagrams are wanted: who can't handle them leaves them to the system's buffer.
    pub(super) datagrams: bool,
    /// What else wakes the waiter up.
    pub(super) bell: Option<BorrowedFd<'a>>,
}

/// What has come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// Nothing, for as long as was waited.
    Nothing,
    /// Something that means nothing here.
    Foreign,
    /// A batch of datagrams on the port with this number, as many as the inbox has.
    Datagrams(usize, usize),
    /// Nothing listens where an earlier datagram went.
    Unreachable,
    /// A conflict check has ended.
    Probed(Ipv4Addr, InUse),
    /// The bell rang.
    Rung,
}

/// Where a datagram came from, where to, and by which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Came {
    pub(super) from: SocketAddrV4,
    pub(super) to: SocketAddrV4,
    pub(super) arrived: Arrived,
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
        let (ready, waiter, waited) = (VecDeque::new(), Waiter::default(), Vec::new());
        Wire { ports, segments, addressing, checks, ready, waiter, waited }
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

    /// Receives what one socket has.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        patience: Patience<'_>,
        inbox: &mut Inbox,
    ) -> io::Result<Incoming> {
        if let Some((address, in_use)) = self.checks.ended(now, &self.segments) {
            return Ok(Incoming::Probed(address, in_use));
        }
        if self.ready.is_empty() {
            let due = self.checks.next().map_or(patience.longest, |next| next.since(now));
            self.wait(Patience { longest: patience.longest.min(due), ..patience })?;
        }
        let probed = match self.ready.pop_front() {
            None => return Ok(Incoming::Nothing),
            Some(Source::Bell) => return Ok(Incoming::Rung),
            Some(Source::Port(number)) => {
                let port = self.ports.get(number);
                return port.map_or(Ok(Incoming::Foreign), |port| port.receive(number, inbox));
            }
            Some(Source::Segment(number)) => self
                .segments
                .get_mut(number)
                .and_then(|segment| self.checks.frame(number, segment, inbox.buffer())),
            Some(Source::Echo) => self.checks.echo(inbox.buffer()),
        };
        Ok(probed.map_or(Incoming::Foreign, |address| Incoming::Probed(address, InUse::Yes)))
    }

    fn wait(&mut self, patience: Patience<'_>) -> io::Result<()> {
        let ports = self.ports.iter().enumerate().filter(|_| patience.datagrams);
        let ports = ports.map(|(number, port)| (Source::Port(number), port.socket.as_fd()));
        let segments = self.segments.iter().enumerate();
        let segments = segments.filter_map(|(number, each)| Some((Source::Segment(number), each.fd()?)));
        let echo = self.checks.fd().map(|fd| (Source::Echo, fd));
        let bell = patience.bell.map(|fd| (Source::Bell, fd));
        self.waiter.clear();
        self.waited.clear();
        for (source, fd) in bell.into_iter().chain(ports).chain(segments).chain(echo) {
            self.waited.push(source);
            self.waiter.push(fd);
        }
        self.waiter.wait(patience.longest)?;
        let ready = self.waited.iter().zip(self.waiter.ready());
        self.ready.extend(ready.filter_map(|(source, ready)| ready.then_some(*source)));
        Ok(())
    }

    /// Where a datagram that came on a port is from and where it was sent to; none if it has no sender.
    pub(super) fn came(&self, port: usize, ready: &Ready) -> Option<Came> {
        let port = self.ports.get(port)?;
        let arrived = Arrived {
            interface: ready.info.map(|info| info.interface).or(port.interface),
            local: ready.info.map_or(*port.local.ip(), |info| info.local),
        };
        let destination = ready.info.map_or(*port.local.ip(), |info| info.destination);
        Some(Came { from: ready.from?, to: SocketAddrV4::new(destination, port.local.port()), arrived })
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
        Ok(Port { socket, local, connected, interface, buffer: 0 })
    }

    /// Octets that may wait in its receive buffer; 0 if nobody asked for any number.
    pub(super) fn buffer(&self) -> usize {
        self.buffer
    }

    fn receive(&self, number: usize, inbox: &mut Inbox) -> io::Result<Incoming> {
        match inbox.receive(self.socket.as_fd()) {
            Ok(count) => Ok(Incoming::Datagrams(number, count)),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(Incoming::Unreachable),
            // A datagram whose checksum is wrong wakes up the waiter, and is not there.
            Err(error) if is_nothing(&error) => Ok(Incoming::Foreign),
            Err(error) => Err(error),
        }
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
    use crate::endpoint::{Destination, Transmit};

    const NOW: Instant = Instant::from_secs(1000);
    const SOON: Patience<'_> = Patience { longest: Duration::from_secs(5), datagrams: true, bell: None };
    const NOT_AT_ALL: Patience<'_> = Patience { longest: Duration::ZERO, datagrams: true, bell: None };

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
        for _ in 0..200 {
            asker.send_to(b"flood", to(&wire)[0]).unwrap();
        }
        asker.send_to(b"other", to(&wire)[1]).unwrap();
        let mut inbox = Inbox::new();
        let mut received = || wire.receive(NOW, SOON, &mut inbox).unwrap();
        assert_eq!(Incoming::Datagrams(0, sys::BATCH), received());
        assert_eq!(Incoming::Datagrams(1, 1), received());
        assert_eq!(Incoming::Datagrams(0, sys::BATCH), received());
    }

    #[test]
    fn a_datagram_tells_its_interface_and_is_answered_from_where_it_came_to() {
        let (mut wire, _) = Wire::listen(&Listen::Address(Ipv4Addr::UNSPECIFIED), 0, false).unwrap();
        let asker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let local = SocketAddrV4::new(Ipv4Addr::LOCALHOST, to(&wire)[0].port());
        asker.send_to(b"ask", local).unwrap();
        let mut inbox = Inbox::new();
        assert_eq!(Incoming::Datagrams(0, 1), wire.receive(NOW, SOON, &mut inbox).unwrap());
        let (ready, octets) = inbox.get(0).unwrap();
        let Came { from, to, arrived } = wire.came(0, &ready).unwrap();
        assert_eq!(b"ask", octets);
        assert_eq!((local, *local.ip()), (to, arrived.local));
        assert!(arrived.interface.is_some_and(|index| index > 0));
        let hardware = Destination::Hardware { yiaddr: *from.ip(), htype: 1, chaddr: [2; 6].into() };
        let transmit =
            Transmit { to: hardware, answers: Some(from), via: arrived, payload: b"reply".to_vec() };
        let sent = wire.send(&[transmit]).pop().unwrap();
        assert_eq!((local, from), (sent.from, sent.to));
        sent.result.unwrap();
        let mut buffer = [0; 16];
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
            wire.receive(NOW, NOT_AT_ALL, &mut Inbox::new()).unwrap()
        );
        assert_eq!(Incoming::Nothing, wire.receive(NOW, NOT_AT_ALL, &mut Inbox::new()).unwrap());
    }
}
