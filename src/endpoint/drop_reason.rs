//! Why an input is ignored, with the section that rests on (law 7). "Why did it not answer?" has an answer.

use core::fmt;
use core::net::Ipv4Addr;

use super::State;
use crate::lease::Crowded;
use crate::options::{Code, OptionError, Reference};
use crate::packet::{MessageType, Op, ParseError};

/// Why a message is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DropReason {
    /// Fewer octets than a header has.
    NoHeader(ParseError),
    /// Field op says it is not for this side.
    WrongOp(Op),
    /// No magic cookie, or no option 53: plain BOOTP.
    NotDhcp,
    /// A type of message that this side does not take.
    WrongType(MessageType),
    /// An option without which the message can't be understood is malformed.
    Malformed(OptionError),
    /// Neither option 61 nor a hardware address.
    NoIdentity,
    /// Option 61 is longer than an identity may be.
    LongIdentity(usize),
    /// giaddr is not on a subnet that is served.
    UnknownRelay(Ipv4Addr),
    /// No network is there for where the message came in, or for the link that is asked for.
    UnknownLink(Ipv4Addr),
    /// A plain BOOTP client without a reservation.
    NoReservation,
    /// The address for the client is being probed; its answer follows.
    ProbePending(Ipv4Addr),
    /// Neither the configuration nor the driver says by which address the server is known.
    NoServerAddress,
    /// A lease query without giaddr, or by none or several of address, chaddr, option 61 and remote id.
    BadQuery,
    /// No address is free.
    PoolExhausted,
    /// Too many offers to strangers are open already.
    TooManyOffers(Crowded),
    /// The client took the offer of another server, or means another server.
    OtherServer(Ipv4Addr),
    /// A request that names no address: neither option 50 nor ciaddr.
    NoAddress,
    /// A client that verifies or extends a lease of which there is no record.
    UnknownClient,
    /// A release or decline of an address that the client does not have.
    NotHolder(Ipv4Addr),
    /// The client's address is not on a subnet that is served.
    OtherNetwork(Ipv4Addr),
    /// The binding that this asks for, or another of the client, is being stored already; its answer answers this too.
    CommitPending(Ipv4Addr),
    /// xid is not that of the exchange under way.
    OtherXid {
        /// The exchange's.
        ours: u32,
        /// The message's.
        theirs: u32,
    },
    /// chaddr is another client's.
    OtherClient,
    /// Option 61 is another client's, or the client sent none.
    OtherIdentifier,
    /// A reply, a DHCPDECLINE or a DHCPRELEASE without option 54.
    NoServerIdentifier,
    /// A grant without a lease time, or with one of zero.
    NoLeaseTime,
    /// An address that no host can have.
    BadAddress(Ipv4Addr),
    /// An offer came after another had been chosen.
    LateOffer(Ipv4Addr),
    /// The state has no use for such a message.
    Unexpected(State, MessageType),
    /// A grant of another address than the client has.
    OtherAddress(Ipv4Addr),
    /// A lease of so few seconds that renewing it would be a flood.
    ShortLease(u32),
    /// An offer without an option that the client can't do without.
    LacksOption(Code),
    /// A DHCPACK in state SELECTING without option 80.
    NotRapid,
    /// A DHCPFORCERENEW that is not authenticated, or not as it must be.
    NotAuthenticated(Unproven),
    /// A request that has come over as many relay agents as are let be.
    TooManyHops {
        /// Field hops.
        hops: u8,
        /// How many it may say.
        most: u8,
    },
    /// A request whose field secs is too small for this relay agent: others may answer.
    TooEarly {
        /// Field secs.
        secs: u16,
        /// What it must say at least.
        least: u16,
    },
    /// A request that has the relay agent's own address in giaddr already.
    SpoofedRelay(Ipv4Addr),
    /// A request from where nobody is trusted with option 82, which has one.
    UntrustedAgent,
    /// A request that came in where the relay agent has no clients.
    NoLink(Ipv4Addr),
    /// A reply whose giaddr is not the relay agent's.
    OtherRelay(Ipv4Addr),
    /// A reply whose option 82 does not say which of several links it is for.
    UnknownCircuit,
    /// A reply to no request of the last minute, on a link whose clients ask from ports of their own.
    UnknownAsker,
}

/// Why a DHCPFORCERENEW proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// The client heeds none at all.
    NotWanted,
    /// The server gave no nonce to check it with.
    NoNonce,
    /// It has no option 90, or one of another protocol or algorithm.
    NoDigest,
    /// Its digest is not that of the message and the nonce.
    WrongDigest,
    /// It is not newer than the last.
    Replayed,
    /// It was broadcast.
    Broadcast,
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unproven::NotWanted => "the client heeds no FORCERENEW",
            Unproven::NoNonce => "the server gave no nonce to check it with",
            Unproven::NoDigest => "it has no digest in option 90",
            Unproven::WrongDigest => "its digest is wrong",
            Unproven::Replayed => "its replay detection value is not above the last",
            Unproven::Broadcast => "it was broadcast",
        })
    }
}

impl DropReason {
    /// Its name in JSON and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            DropReason::NoHeader(_) => "no-header",
            DropReason::WrongOp(_) => "wrong-op",
            DropReason::NotDhcp => "not-dhcp",
            DropReason::WrongType(_) => "wrong-type",
            DropReason::Malformed(_) => "malformed",
            DropReason::NoIdentity => "no-identity",
            DropReason::LongIdentity(_) => "long-identity",
            DropReason::UnknownRelay(_) => "unknown-relay",
            DropReason::UnknownLink(_) => "unknown-link",
            DropReason::NoReservation => "no-reservation",
            DropReason::ProbePending(_) => "probe-pending",
            DropReason::NoServerAddress => "no-server-address",
            DropReason::BadQuery => "bad-query",
            DropReason::PoolExhausted => "pool-exhausted",
            DropReason::TooManyOffers(Crowded::Network) => "network-crowded",
            DropReason::TooManyOffers(Crowded::Relay(_)) => "relay-crowded",
            DropReason::TooManyOffers(Crowded::Port(_)) => "port-crowded",
            DropReason::OtherServer(_) => "other-server",
            DropReason::NoAddress => "no-address",
            DropReason::UnknownClient => "unknown-client",
            DropReason::NotHolder(_) => "not-holder",
            DropReason::OtherNetwork(_) => "other-network",
            DropReason::CommitPending(_) => "commit-pending",
            DropReason::OtherXid { .. } => "other-xid",
            DropReason::OtherClient => "other-client",
            DropReason::OtherIdentifier => "other-client-identifier",
            DropReason::NoServerIdentifier => "no-server-identifier",
            DropReason::NoLeaseTime => "no-lease-time",
            DropReason::BadAddress(_) => "bad-address",
            DropReason::LateOffer(_) => "late-offer",
            DropReason::Unexpected(..) => "unexpected",
            DropReason::OtherAddress(_) => "other-address",
            DropReason::ShortLease(_) => "short-lease",
            DropReason::LacksOption(_) => "lacks-option",
            DropReason::NotRapid => "not-rapid",
            DropReason::NotAuthenticated(_) => "not-authenticated",
            DropReason::TooManyHops { .. } => "too-many-hops",
            DropReason::TooEarly { .. } => "too-early",
            DropReason::SpoofedRelay(_) => "spoofed-relay",
            DropReason::UntrustedAgent => "untrusted-agent",
            DropReason::NoLink(_) => "no-link",
            DropReason::OtherRelay(_) => "other-relay",
            DropReason::UnknownCircuit => "unknown-circuit",
            DropReason::UnknownAsker => "unknown-asker",
        }
    }

    /// The section that it rests on.
    #[must_use]
    pub fn reference(&self) -> Reference {
        match self {
            DropReason::NoHeader(_) => Reference::Rfc(951, "3"),
            DropReason::WrongOp(_) => Reference::Rfc(2131, "2"),
            DropReason::NotDhcp => Reference::Rfc(2131, "3"),
            DropReason::WrongType(_) => Reference::Rfc(2131, "4.3"),
            DropReason::Malformed(error) => {
                error.code.row().map_or(Reference::Rfc(2132, "2"), |row| row.reference)
            }
            DropReason::NoIdentity | DropReason::LongIdentity(_) => Reference::Rfc(2131, "4.2"),
            DropReason::NoReservation => Reference::Rfc(1534, "2"),
            DropReason::ProbePending(_) => Reference::Rfc(2131, "2.2"),
            DropReason::NoServerAddress => Reference::Rfc(2131, "4.1"),
            DropReason::BadQuery => Reference::Rfc(4388, "6.3"),
            DropReason::UnknownRelay(_) | DropReason::UnknownLink(_) | DropReason::PoolExhausted => {
                Reference::Rfc(2131, "4.3.1")
            }
            DropReason::TooManyOffers(Crowded::Port(_)) => Reference::Rfc(3046, "4"),
            DropReason::TooManyOffers(_) => Reference::Rfc(2131, "4.3.1"),
            DropReason::OtherServer(_) => Reference::Rfc(2131, "3.1"),
            DropReason::NoAddress => Reference::Rfc(2131, "4.3"),
            DropReason::UnknownClient => Reference::Rfc(2131, "4.3.2"),
            DropReason::NotHolder(_) => Reference::Rfc(2131, "4.3.4"),
            DropReason::OtherNetwork(_) => Reference::Rfc(2131, "4.3.5"),
            DropReason::CommitPending(_) => Reference::Rfc(2131, "3.1"),
            DropReason::OtherXid { .. } | DropReason::OtherClient => Reference::Rfc(2131, "4.4.1"),
            DropReason::OtherIdentifier => Reference::Rfc(6842, "3"),
            DropReason::NoServerIdentifier | DropReason::NoLeaseTime => Reference::Rfc(2131, "4.3.1"),
            DropReason::BadAddress(_) | DropReason::LateOffer(_) => Reference::Rfc(2131, "4.4.1"),
            DropReason::Unexpected(..) => Reference::Rfc(2131, "4.4"),
            DropReason::OtherAddress(_) => Reference::Rfc(2131, "4.4.5"),
            DropReason::ShortLease(_) | DropReason::LacksOption(_) => Reference::Rfc(2131, "4.4.1"),
            DropReason::NotRapid => Reference::Rfc(4039, "3.1"),
            DropReason::NotAuthenticated(Unproven::NotWanted | Unproven::Broadcast) => {
                Reference::Rfc(3203, "6")
            }
            DropReason::NotAuthenticated(_) => Reference::Rfc(6704, "3.1"),
            DropReason::TooManyHops { .. } | DropReason::TooEarly { .. } | DropReason::NoLink(_) => {
                Reference::Rfc(1542, "4.1.1")
            }
            DropReason::SpoofedRelay(_) => Reference::Rfc(3046, "2.1.1"),
            DropReason::UntrustedAgent => Reference::Rfc(3046, "2.1"),
            DropReason::OtherRelay(_) => Reference::Rfc(1542, "4.1.2"),
            DropReason::UnknownCircuit => Reference::Rfc(3046, "3.1"),
            DropReason::UnknownAsker => Reference::Rfc(1542, "4.1.2"),
        }
    }
}

/// The reason in words, without the section.
impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DropReason::NoHeader(error) => error.fmt(f),
            DropReason::WrongOp(op) => write!(f, "op is {op}, which is not for this side"),
            DropReason::NotDhcp => f.write_str("no magic cookie or no option 53: not DHCP"),
            DropReason::WrongType(kind) => write!(f, "{kind} is not for this side"),
            DropReason::Malformed(error) => error.fmt(f),
            DropReason::NoIdentity => f.write_str("neither option 61 nor a hardware address"),
            DropReason::LongIdentity(octets) => {
                write!(f, "option 61 has {octets} octets, at most 255 are taken")
            }
            DropReason::UnknownRelay(giaddr) => write!(f, "giaddr {giaddr} is on no subnet served here"),
            DropReason::UnknownLink(address) => write!(f, "{address} is on no network served here"),
            DropReason::NoReservation => f.write_str("no address is reserved for this BOOTP client"),
            DropReason::ProbePending(address) => {
                write!(f, "{address} is being probed for it; the answer follows")
            }
            DropReason::NoServerAddress => f.write_str("the server has no address to be known by"),
            DropReason::BadQuery => {
                f.write_str("a lease query needs giaddr and one of address, chaddr, option 61, remote id")
            }
            DropReason::PoolExhausted => f.write_str("no address is free"),
            DropReason::TooManyOffers(Crowded::Network) => {
                f.write_str("as many new clients as may be have offers that they have not taken up")
            }
            DropReason::TooManyOffers(Crowded::Relay(relay)) => match relay.is_unspecified() {
                true => f.write_str("new clients without a relay agent hold their share of offers"),
                false => write!(f, "new clients of relay agent {relay} hold their share of offers"),
            },
            DropReason::TooManyOffers(Crowded::Port(relay)) => {
                write!(f, "new clients of this port of relay agent {relay} hold their share of offers")
            }
            DropReason::OtherServer(server) => write!(f, "it is for server {server}"),
            DropReason::NoAddress => f.write_str("neither option 50 nor ciaddr names an address"),
            DropReason::UnknownClient => f.write_str("no record of this client: another server may have one"),
            DropReason::NotHolder(address) => write!(f, "{address} is not this client's"),
            DropReason::OtherNetwork(address) => write!(f, "{address} is on no subnet served here"),
            DropReason::CommitPending(address) => {
                write!(f, "the binding of {address} is being stored; the answer follows")
            }
            DropReason::OtherXid { ours, theirs } => write!(f, "xid is {theirs:08x}, ours is {ours:08x}"),
            DropReason::OtherClient => f.write_str("chaddr is not ours"),
            DropReason::OtherIdentifier => f.write_str("option 61 is not ours"),
            DropReason::NoServerIdentifier => f.write_str("no option 54 says which server"),
            DropReason::NoLeaseTime => f.write_str("no lease time, or one of zero"),
            DropReason::BadAddress(address) => write!(f, "no host can have address {address}"),
            DropReason::LateOffer(server) => write!(f, "the offer of {server} came after another was chosen"),
            DropReason::Unexpected(state, kind) => write!(f, "{kind} is of no use in state {state}"),
            DropReason::OtherAddress(address) => write!(f, "it grants {address}, which was not asked for"),
            DropReason::ShortLease(seconds) => write!(f, "a lease of {seconds} s is too short to be kept"),
            DropReason::LacksOption(code) => write!(f, "option {code} is missing, without which it won't do"),
            DropReason::NotRapid => f.write_str("a DHCPACK without option 80 answers no DHCPDISCOVER"),
            DropReason::NotAuthenticated(why) => why.fmt(f),
            DropReason::TooManyHops { hops, most } => {
                write!(f, "it came over {hops} relay agents, and {most} are let be")
            }
            DropReason::TooEarly { secs, least } => {
                write!(f, "secs is {secs}, and before {least} it is left to others")
            }
            DropReason::SpoofedRelay(giaddr) => write!(f, "giaddr {giaddr} is this relay agent's own"),
            DropReason::UntrustedAgent => {
                f.write_str("it has option 82, and is not from where that is trusted")
            }
            DropReason::NoLink(address) => write!(f, "it came in at {address}, where there are no clients"),
            DropReason::OtherRelay(giaddr) => write!(f, "giaddr {giaddr} is not this relay agent's"),
            DropReason::UnknownCircuit => {
                f.write_str("option 82 says of none of the links that it is for it")
            }
            DropReason::UnknownAsker => f.write_str("nobody asked for it in the last minute"),
        }
    }
}
