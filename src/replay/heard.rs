//! A message that somebody heard: of a capture or a journal.

use core::net::{Ipv4Addr, SocketAddrV4};

use crate::capture::Captured;
use crate::options::{RAPID_COMMIT, SERVER_IDENTIFIER};
use crate::packet::{MessageType, Op, Packet};
use crate::time::Instant;

/// The port of PXE boot servers, which are no DHCP servers.
const BOOT_SERVER_PORT: u16 = 4011;

/// A message and where it was heard.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// The number of its frame or line.
    pub number: u64,
    /// When, if that is told.
    pub time: Option<Instant>,
    /// Who sent it.
    pub from: Option<SocketAddrV4>,
    /// Where it went.
    pub to: Option<SocketAddrV4>,
    /// The name of the interface.
    pub interface: Option<&'a str>,
    /// Its octets.
    pub payload: &'a [u8],
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// A client or a relay agent for one.
    Client,
    /// A server.
    Server,
    /// Neither, or nobody whom a DHCP server answers.
    Other,
}

impl<'a> From<&Captured<'a>> for Heard<'a> {
    fn from(captured: &Captured<'a>) -> Heard<'a> {
        let endpoints = captured.true_endpoints();
        Heard {
            number: captured.number,
            time: captured.time.map(|nanos| Instant::from_micros(nanos / 1000)),
            from: endpoints.map(|(from, _)| from).or(captured.source),
            to: endpoints.map(|(_, to)| to).or(captured.destination),
            interface: captured.interface,
            payload: captured.payload,
        }
    }
}

impl Heard<'_> {
    /// Who speaks.
    #[must_use]
    pub fn speaker(&self, packet: &Packet<'_>) -> Speaker {
        let boot = |at: Option<SocketAddrV4>| at.is_some_and(|at| at.port() == BOOT_SERVER_PORT);
        match packet.op() {
            _ if boot(self.from) || boot(self.to) => Speaker::Other,
            Op::BOOTREQUEST => Speaker::Client,
            Op::BOOTREPLY => Speaker::Server,
            _ => Speaker::Other,
        }
    }

    /// Which server it is from: by option 54, else by the sender's address.
    #[must_use]
    pub fn server(&self, packet: &Packet<'_>) -> Option<Ipv4Addr> {
        let identifier = packet.get(&SERVER_IDENTIFIER).ok().flatten();
        identifier.or_else(|| self.from.map(|from| *from.ip())).filter(|address| !address.is_unspecified())
    }
}

/// Whether a reply may answer a request of this type.
#[must_use]
pub fn answers(request: Option<MessageType>, reply: &Packet<'_>) -> bool {
    match (request, reply.message_type()) {
        (None, None) => true,
        (Some(MessageType::DISCOVER), Some(MessageType::OFFER)) => true,
        // Clients may use one xid for all they ask: only RFC 4039 has a DHCPACK for a DHCPDISCOVER.
        (Some(MessageType::DISCOVER), Some(MessageType::ACK)) => reply.has(RAPID_COMMIT.code),
        (Some(MessageType::REQUEST | MessageType::INFORM), Some(kind)) => {
            matches!(kind, MessageType::ACK | MessageType::NAK)
        }
        (Some(MessageType::LEASEQUERY), Some(kind)) => is_lease_reply(kind),
        _ => false,
    }
}

/// Whether this answers a lease query: then chaddr is that of the lease, and not that of the request.
pub(super) fn is_lease_reply(kind: MessageType) -> bool {
    matches!(kind, MessageType::LEASEACTIVE | MessageType::LEASEUNASSIGNED | MessageType::LEASEUNKNOWN)
}
