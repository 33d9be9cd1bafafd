//! Where messages go (RFC 2131 §4.1), and sending them in batches, each by the interface that what it answers came in on.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};

use super::segment::Segment;
use super::sys::{self, BATCH, Letter, Pktinfo};
use super::wire::{Port, Wire};
use crate::endpoint::{Arrived, Destination, Transmit};

/// What became of a message.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) from: SocketAddrV4,
    pub(super) to: SocketAddrV4,
    pub(super) result: io::Result<()>,
    /// Whether the system told here that nothing listens where an earlier datagram went.
    pub(super) unreachable: bool,
}

/// The way of a message.
#[derive(Debug)]
struct Route {
    from: SocketAddrV4,
    to: SocketAddrV4,
    /// The number of the port that it goes by, and how it is addressed there.
    port: usize,
    way: Option<(SocketAddrV4, Pktinfo)>,
    /// The number of the segment that it goes by as a frame instead.
    frame: Option<(usize, Vec<u8>)>,
}

impl Route {
    /// What it has in common with those that can be sent by the same call.
    fn socket(&self) -> (usize, Option<usize>) {
        (self.port, self.frame.as_ref().map(|(segment, _)| *segment))
    }
}

impl Wire {
    /// Sends messages in order; what became of each.
    pub(super) fn send(&self, transmits: &[Transmit]) -> Vec<Sent> {
        let routes: Vec<Route> = transmits.iter().map_while(|transmit| self.route(transmit)).collect();
        let mut sent = Vec::with_capacity(transmits.len());
        let (mut messages, mut ways) = (transmits, routes.as_slice());
        while let [first, ..] = ways {
            let alike = ways.iter().take_while(|route| route.socket() == first.socket()).count().min(BATCH);
            let letters: Vec<Letter<'_>> = messages
                .iter()
                .zip(ways)
                .take(alike)
                .map(|(message, route)| letter(message, route))
                .collect();
            let done = match self.fd(first).and_then(|fd| sys::send_all(fd, &letters)) {
                Ok(0) => break,
                Ok(done) => {
                    sent.extend(ways.iter().take(done).map(|route| route.sent(Ok(()))));
                    done
                }
                Err(error) => {
                    sent.extend(messages.first().map(|message| self.again(message, first, error)));
                    1
                }
            };
            messages = messages.get(done..).unwrap_or_default();
            ways = ways.get(done..).unwrap_or_default();
        }
        let nowhere = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
        sent.resize_with(transmits.len(), || Sent {
            from: nowhere,
            to: nowhere,
            result: Err(io::ErrorKind::NotConnected.into()),
            unreachable: false,
        });
        sent
    }

    /// The second try for a message that could not be sent.
    fn again(&self, message: &Transmit, route: &Route, error: io::Error) -> Sent {
        // The system tells of an earlier datagram here, and has not sent this one.
        let unreachable = error.kind() == io::ErrorKind::ConnectionRefused;
        // Too long for a frame, or the interface is gone: §4.1 allows the broadcast.
        let result = match self.ports.get(route.port).filter(|_| unreachable || route.frame.is_some()) {
            None => Err(error),
            Some(port) => sys::send(port.socket.as_fd(), &message.payload, route.way),
        };
        let to = route.way.map_or(route.to, |(to, _)| to);
        Sent { to, unreachable, ..route.sent(result) }
    }

    fn fd(&self, route: &Route) -> io::Result<BorrowedFd<'_>> {
        let fd = match route.frame {
            None => self.ports.get(route.port).map(|port| port.socket.as_fd()),
            Some((segment, _)) => self.segments.get(segment).and_then(Segment::fd),
        };
        fd.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// The way of a message; none if there are no sockets.
    fn route(&self, transmit: &Transmit) -> Option<Route> {
        let interface = transmit.via.interface;
        let bound = self.ports.iter().position(|port| interface.is_some() && port.interface == interface);
        let number = bound.unwrap_or(0);
        let port = self.ports.get(number)?;
        let from = self.source(port, transmit.via);
        let to = self.addressing.resolve(transmit);
        let way = port.way(from, to, interface);
        let frame = match &transmit.to {
            Destination::Hardware { .. } if to.ip().is_broadcast() => self.frame(from, transmit),
            _ => None,
        };
        match frame {
            None => Some(Route { from, to, port: number, way, frame: None }),
            Some((segment, frame, to)) => {
                Some(Route { from, to, port: number, way, frame: Some((segment, frame)) })
            }
        }
    }

    /// A message as a frame to one station, where its segment can send frames and the message fits into one.
    fn frame(&self, from: SocketAddrV4, transmit: &Transmit) -> Option<(usize, Vec<u8>, SocketAddrV4)> {
        let interface = transmit.via.interface;
        let number = self.segments.iter().position(|segment| Some(segment.interface.index) == interface)?;
        let (frame, to) = self.segments.get(number)?.frame(from, &transmit.to, &transmit.payload)?;
        Some((number, frame, to))
    }

    /// The address that a message is sent from: the one that the message it answers came to, or the interface's.
    fn source(&self, port: &Port, via: Arrived) -> SocketAddrV4 {
        let known = |address: &Ipv4Addr| !address.is_unspecified() && !address.is_broadcast();
        let segment = || self.segments.iter().find(|segment| Some(segment.interface.index) == via.interface);
        let attached = || segment()?.interface.addresses.first();
        let bound = Some(*port.local.ip()).filter(known);
        let address = Some(via.local).filter(known).or(bound);
        let address = address.or_else(|| attached().map(|attached| attached.address));
        SocketAddrV4::new(address.unwrap_or(Ipv4Addr::UNSPECIFIED), port.local.port())
    }
}

fn letter<'a>(message: &'a Transmit, route: &'a Route) -> Letter<'a> {
    match &route.frame {
        None => Letter { octets: &message.payload, to: route.way },
        Some((_, frame)) => Letter { octets: frame, to: None },
    }
}

impl Route {
    fn sent(&self, result: io::Result<()>) -> Sent {
        Sent { from: self.from, to: self.to, result, unreachable: false }
    }
}

impl Port {
    /// A broadcast is told its interface; all else goes where the routes lead. A connected socket takes no address.
    fn way(
        &self,
        from: SocketAddrV4,
        to: SocketAddrV4,
        interface: Option<u32>,
    ) -> Option<(SocketAddrV4, Pktinfo)> {
        let interface = interface.filter(|_| to.ip().is_broadcast()).unwrap_or(0);
        let way = Pktinfo { interface, local: *from.ip(), destination: Ipv4Addr::UNSPECIFIED };
        (!self.connected).then_some((to, way))
    }
}
