//! What endpoints tell whoever watches: logs, JSON, metrics, the ladder.

use core::fmt;
use core::net::Ipv4Addr;
use core::time::Duration;
use std::sync::Arc;

use super::{Decided, DropReason, Moved, Refused, State};
use crate::lease::{Binding, ClientKey};
use crate::options::{Code, Reference};
use crate::packet::MessageType;
use crate::time::Instant;

/// Something that happened inside an endpoint. Messages that come and go are seen by the driver, which has them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A message was ignored.
    Dropped(Dropped),
    /// A step of a server's reasoning, told where it is asked for.
    Decided(Box<Decided>),
    /// An address answered a probe: it rests until `until`, and somebody should look (RFC 2131 §2.2).
    InUse {
        /// The address.
        address: Ipv4Addr,
        /// How long it rests.
        until: Instant,
    },
    /// A server holds an address for a client.
    Offered {
        /// The client.
        client: ClientKey,
        /// The address.
        address: Ipv4Addr,
        /// How long it is held.
        until: Instant,
    },
    /// An offer ended without a request.
    OfferLapsed {
        /// The client.
        client: ClientKey,
        /// The address.
        address: Ipv4Addr,
    },
    /// A binding is stored, and its DHCPACK leaves.
    Bound(Arc<Binding>),
    /// A binding could not be stored, so that nothing is acknowledged.
    NotStored(Arc<Binding>, Refused),
    /// A client gave its address back.
    Released(Arc<Binding>),
    /// A lease ran out.
    Expired(Arc<Binding>),
    /// A client found its address in use: it rests until `until`, and somebody should look (RFC 2131 §4.3.3).
    Declined {
        /// The client.
        client: ClientKey,
        /// The address.
        address: Ipv4Addr,
        /// How long it rests.
        until: Instant,
    },
    /// A declined address is free again.
    Rested(Ipv4Addr),
    /// A DHCPNAK leaves.
    Refused {
        /// The client.
        client: ClientKey,
        /// The address it asked for.
        address: Ipv4Addr,
        /// Why it can't have it.
        why: Refusal,
    },
    /// A reply had no room for these options.
    Omitted(Vec<Code>),
    /// A relay agent passes a request on without its option 82, for which there is no room or no place (RFC 3046 §2.1).
    AgentLeftOut,
    /// A client entered a state.
    Entered(State),
    /// Something moved a client, told where it is asked for. It comes before [`Event::Entered`].
    Moved(Moved),
    /// A client sends a message for the so many-th time and waits for a reply.
    Waiting {
        /// What it sends.
        message: MessageType,
        /// 1 for the first time.
        attempt: u32,
        /// Until when it waits.
        until: Instant,
    },
    /// A client does nothing for a while.
    Paused {
        /// Until when.
        until: Instant,
        /// Why.
        why: Pause,
    },
    /// A client has a lease.
    Leased(Box<Lease>),
    /// A server refused the address that the client asked for.
    Nak {
        /// The server.
        server: Ipv4Addr,
        /// What it says about it (option 56), as it came.
        message: Vec<u8>,
    },
    /// A client's lease ran out.
    LeaseEnded(Ipv4Addr),
    /// A client found that somebody else has the address that it got, and declined it.
    Taken(Ipv4Addr),
    /// A client that asked for parameters alone has them: the DHCPACK.
    Informed(Vec<u8>),
}

/// Why a client does nothing for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// So that clients that start together do not ask together.
    Desynchronised,
    /// It was refused, or nobody answered: it begins anew ever more slowly.
    BackOff,
    /// It has declined an address.
    Declined,
    /// It has chosen an offer and was told to wait.
    BeforeRequest,
}

impl Pause {
    /// Its name in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Pause::Desynchronised => "desynchronised",
            Pause::BackOff => "back-off",
            Pause::Declined => "declined",
            Pause::BeforeRequest => "before-request",
        }
    }

    /// The section that it rests on.
    #[must_use]
    pub fn reference(&self) -> Reference {
        match self {
            Pause::Desynchronised | Pause::BeforeRequest => Reference::Rfc(2131, "4.4.1"),
            Pause::BackOff => Reference::Rfc(2131, "4.1"),
            Pause::Declined => Reference::Rfc(2131, "3.1"),
        }
    }
}

/// What the client does after it.
impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Pause::Desynchronised => "before it begins, so that not all clients begin together",
            Pause::BackOff => "before it begins anew, longer each time",
            Pause::Declined => "before it begins anew, as it has declined an address",
            Pause::BeforeRequest => "before it takes the offer, as it was told to",
        })
    }
}

/// A message that was ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its type, as far as it has one.
    pub message: Option<MessageType>,
    /// Its xid, as far as it has one.
    pub xid: Option<u32>,
    /// Why.
    pub reason: DropReason,
}

/// Why a server refuses an address (RFC 2131 §4.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The address is not on the client's network.
    WrongNetwork,
    /// The address is not one that this server gives.
    NotServed,
    /// The client has another address.
    HasOther(Ipv4Addr),
    /// The address is another client's, or at rest.
    Taken,
    /// There is no record of the client's lease, and this server would have one.
    NoRecord,
}

impl Refusal {
    /// Its name in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Refusal::WrongNetwork => "wrong-network",
            Refusal::NotServed => "not-served",
            Refusal::HasOther(_) => "has-other",
            Refusal::Taken => "taken",
            Refusal::NoRecord => "no-record",
        }
    }

    /// The section that it rests on.
    #[must_use]
    pub fn reference(&self) -> Reference {
        match self {
            Refusal::Taken | Refusal::NotServed => Reference::Rfc(2131, "3.1"),
            Refusal::WrongNetwork | Refusal::HasOther(_) | Refusal::NoRecord => Reference::Rfc(2131, "4.3.2"),
        }
    }
}

/// As option 56 says it to the client.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::WrongNetwork => f.write_str("address is on another network"),
            Refusal::NotServed => f.write_str("address is not given by this server"),
            Refusal::HasOther(address) => write!(f, "this client has {address}"),
            Refusal::Taken => f.write_str("address is not available"),
            Refusal::NoRecord => f.write_str("there is no record of that lease"),
        }
    }
}

/// What a client got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The address.
    pub address: Ipv4Addr,
    /// The server that granted it.
    pub server: Ipv4Addr,
    /// When the request that got it was sent first: what all its times count from (RFC 2131 §4.4.1).
    pub start: Instant,
    /// How long it lasts; none if it is infinite.
    pub time: Option<Duration>,
    /// T1: when to renew, from the start.
    pub t1: Option<Duration>,
    /// T2: when to rebind, from the start.
    pub t2: Option<Duration>,
    /// The DHCPACK; empty where the client was not asked to keep it.
    pub ack: Vec<u8>,
}

impl Lease {
    /// When it ends.
    #[must_use]
    pub fn expires(&self) -> Instant {
        self.time.map_or(Instant::NEVER, |time| self.start + time)
    }
}
