//! The socket for ICMP echo: a raw one, or else the kind that the system lets some groups ping with (icmp(7)).

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};

use socket2::{Domain, Protocol, Socket, Type};

use super::sys::{self, Pktinfo};
use crate::link::Echo;

/// A socket that sends and receives echoes.
#[derive(Debug)]
pub(super) struct EchoSocket {
    socket: Socket,
    /// Whether what is received begins with the IPv4 header.
    raw: bool,
}

impl EchoSocket {
    /// Opens it.
    pub(super) fn open() -> io::Result<EchoSocket> {
        let open = |kind, raw| {
            Socket::new(Domain::IPV4, kind, Some(Protocol::ICMPV4)).map(|socket| EchoSocket { socket, raw })
        };
        open(Type::RAW, true).or_else(|error| open(Type::DGRAM, false).map_err(|_| error))
    }

    /// The socket to wait on.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Sends an ICMP message.
    pub(super) fn send(&self, to: Ipv4Addr, icmp: &[u8]) -> io::Result<()> {
        let any = Pktinfo { interface: 0, local: Ipv4Addr::UNSPECIFIED, destination: Ipv4Addr::UNSPECIFIED };
        sys::send(self.fd(), icmp, Some((SocketAddrV4::new(to, 0), any)))
    }

    /// Receives an ICMP message: who sent it, and the echo if it is one.
    pub(super) fn receive<'b>(&self, buffer: &'b mut [u8]) -> io::Result<Option<(Ipv4Addr, Echo<'b>)>> {
        let ready = sys::receive(self.fd(), buffer)?;
        let octets = buffer.get(..ready.length).unwrap_or_default();
        let echo = if self.raw { Echo::read_ipv4(octets) } else { Echo::read(octets) };
        Ok(ready.from.map(|from| *from.ip()).zip(echo))
    }
}
