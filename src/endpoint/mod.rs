//! What every endpoint is: inputs in, outputs out, no I/O (law 5).
//!
//! A driver calls [`Endpoint::handle`] with one input, [`Endpoint::poll`] until it gives none, and then waits for the
//! next input or for [`Endpoint::next_deadline`]. The socket driver and the simulator do nothing else, so that the
//! same endpoint runs in both. The store is a peer behind [`Output::Commit`] and [`Input::Committed`]: a slow,
//! refusing or crashing store is an ordinary event (law 6).

mod decided;
mod drop_reason;
mod event;
mod state;

use core::fmt;
use core::net::{Ipv4Addr, SocketAddrV4};

pub use decided::{Decided, LeaseRule, LinkRule, Rule};
pub use drop_reason::{DropReason, Unproven};
pub use event::{Dropped, Event, Lease, Pause, Refusal};
pub use state::{Moved, State, Trigger};

use crate::lease::Octets;
pub use crate::lease::{AddressRule, Commit};
pub use crate::time::Instant;

/// A client, a server or a relay agent.
pub trait Endpoint {
    /// Takes an input. `now` never goes back.
    fn handle(&mut self, now: Instant, input: Input<'_>);

    /// The next output, in order.
    fn poll(&mut self) -> Option<Output>;

    /// When [`Input::Deadline`] is due. A time that has passed means at once.
    fn next_deadline(&self) -> Option<Instant>;

    /// Where a datagram waits when more come than can be handled. Cheap, and a guess: the datagram is read whole later.
    fn lane(&self, _payload: &[u8]) -> Lane {
        Lane::Known
    }
}

/// A queue of datagrams. A driver that falls behind takes [`Lane::Known`] first, then from each stranger's lane in turn, and
/// drops what waits too long: a flood of strangers neither starves who has a lease nor other relay agents' clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// From a client that the endpoint has to do with.
    Known,
    /// From somebody else, through the relay agent with this address; 0.0.0.0 for who asks without one.
    Stranger(Ipv4Addr),
}

/// What happens to an endpoint.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A UDP datagram arrived.
    Datagram {
        /// Who sent it.
        from: SocketAddrV4,
        /// The address it was sent to, 0.0.0.0 if the driver can't tell; broadcasts differ from unicasts by it.
        to: Ipv4Addr,
        /// Where it came in.
        arrived: Arrived,
        /// Its octets.
        payload: &'a [u8],
    },
    /// The time that [`Endpoint::next_deadline`] named has come.
    Deadline,
    /// The store has kept what [`Output::Commit`] asked it to keep, or says why not.
    Committed(Ticket, Result<(), Refused>),
    /// The probe of an address that [`Output::Probe`] asked for has ended. Who can't probe need not say so: the
    /// endpoint waits for as long as it was told to, and takes silence for [`InUse::No`].
    Probed(Ipv4Addr, InUse),
}

/// Where a datagram came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The system's number of the interface, if the driver can tell.
    pub interface: Option<u32>,
    /// The address of that interface or of the socket; 0.0.0.0 if the driver can't tell.
    pub local: Ipv4Addr,
}

impl Arrived {
    /// On a socket with this address, on an interface that nobody asked for.
    #[must_use]
    pub const fn at(local: Ipv4Addr) -> Arrived {
        Arrived { interface: None, local }
    }
}

impl Default for Arrived {
    fn default() -> Arrived {
        Arrived::at(Ipv4Addr::UNSPECIFIED)
    }
}

/// What the probe of an address found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InUse {
    /// A host answered.
    Yes,
    /// Nobody answered in time, or nobody could be asked.
    No,
}

/// What an endpoint wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a datagram.
    Transmit(Transmit),
    /// Store a binding, in the order of the tickets, and answer with [`Input::Committed`].
    Commit(Ticket, Commit),
    /// Find out whether a host has this address, by ARP on a link that is attached, else by ICMP echo (RFC 2131
    /// §2.2), and answer with [`Input::Probed`].
    Probe(Ipv4Addr),
    /// Tell whoever watches.
    Event(Event),
}

/// Ties a commit to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Why a store did not keep a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// It has no room for more bindings.
    Full,
    /// It can't write.
    Unwritable(std::io::ErrorKind),
    /// Its disk fails.
    Failing,
    /// Somebody else holds it for longer than a client waits.
    Busy,
    /// What it had written can't be read back.
    Damaged,
    /// Its file was removed or replaced.
    Gone,
    /// It is being opened again after a fault.
    Recovering,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Full => f.write_str("the store has no room for more bindings"),
            Refused::Unwritable(kind) => write!(f, "the store can't write: {kind}"),
            Refused::Failing => f.write_str("the store can't write: input/output error"),
            Refused::Busy => f.write_str("the store is held by another program"),
            Refused::Damaged => f.write_str("the store is damaged"),
            Refused::Gone => f.write_str(
                "the store's file or its -wal was removed or replaced: put it back, or stop and `dhcpsim leases repair`",
            ),
            Refused::Recovering => f.write_str("the store is being opened again after a fault"),
        }
    }
}

impl core::error::Error for Refused {}

/// A datagram to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// Where the RFC wants it.
    pub to: Destination,
    /// Where the message that it answers came from: the only way to a client or relay on a port of its own.
    pub answers: Option<SocketAddrV4>,
    /// Where the message that it answers came in: the interface to send a broadcast or a frame on, the address to send
    /// from.
    pub via: Arrived,
    /// Its octets.
    pub payload: Vec<u8>,
}

/// Where a message goes, by RFC 2131 §4.1 and §4.4.4; the driver makes a socket address or a frame of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the relay agent with the address in giaddr.
    Relay {
        /// The address.
        giaddr: Ipv4Addr,
        /// The port that it asks on, where it says so (RFC 8357); else none, for the server port.
        port: Option<u16>,
    },
    /// To the client port of a client that has an address: ciaddr.
    Client(Ipv4Addr),
    /// To the client port of all on the subnet.
    Broadcast,
    /// To a client that has no address yet: IP address yiaddr at a hardware address, without ARP.
    Hardware {
        /// The IP address.
        yiaddr: Ipv4Addr,
        /// The kind of hardware address.
        htype: u8,
        /// The hardware address.
        chaddr: Octets,
    },
    /// To the server port of one server.
    Server(Ipv4Addr),
    /// To the server port of all servers on the subnet.
    AllServers,
    /// To a server of a relay agent, at a port that may be its own.
    At(SocketAddrV4),
}
