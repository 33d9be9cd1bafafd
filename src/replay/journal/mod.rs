//! The journal of a live session: every input of a server and every output, one JSON object a line.
//!
//! The lines of an input come before those of its outputs, so that a journal can be read, compared and cut off anywhere.
//! `docs/replay.md` has the format.

mod event;
mod read;
mod row;

use core::net::{Ipv4Addr, SocketAddrV4};
use std::collections::BTreeMap;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use event::told;
pub use read::{Journal, JournalError, MAX_LINE};
pub use row::{Row, RowError, Who};

use crate::endpoint::{Arrived, Destination, InUse, Input, Instant, Output, Refused, Transmit};

/// The version of the format.
pub const FORMAT: u32 = 1;

/// Octets, written as hex digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Octets(pub Vec<u8>);

impl Serialize for Octets {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Octets, D::Error> {
        let digits = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        hex::decode(digits.as_bytes()).map(Octets).map_err(serde::de::Error::custom)
    }
}

impl From<&[u8]> for Octets {
    fn from(octets: &[u8]) -> Octets {
        Octets(octets.to_vec())
    }
}

/// A line. Times are microseconds on the server's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Entry {
    /// The first line.
    Recording {
        /// [`FORMAT`].
        format: u32,
        /// The version of the program that recorded.
        version: String,
        /// The time.
        at: u64,
    },
    /// What is served from here on.
    Config {
        /// The time.
        at: u64,
        /// The file beside the journal that has it.
        file: String,
        /// How long an answer to a probe is waited for, in microseconds; none for no probes.
        probe: Option<u64>,
    },
    /// A binding that the store had at the start.
    Lease(Box<Row>),
    /// What the server is told of its host.
    Host {
        /// The time.
        at: u64,
        /// Its addresses.
        addresses: Vec<Ipv4Addr>,
        /// The names of its interfaces, by number.
        interfaces: BTreeMap<u32, String>,
    },
    /// Input: a datagram.
    Datagram {
        /// The time.
        at: u64,
        /// Who sent it.
        from: SocketAddrV4,
        /// The address it was sent to.
        to: Ipv4Addr,
        /// The number of the interface it came in on, if that was known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interface: Option<u32>,
        /// The address of that interface or of the socket.
        local: Ipv4Addr,
        /// Its octets.
        octets: Octets,
    },
    /// Input: the server's deadline had come.
    Deadline {
        /// The time.
        at: u64,
    },
    /// Input: the store's answer.
    Stored {
        /// The time.
        at: u64,
        /// Which commit it answers.
        ticket: u64,
        /// Why the store did not keep it, if it did not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// Input: the end of a probe.
    Probed {
        /// The time.
        at: u64,
        /// The address.
        address: Ipv4Addr,
        /// Whether a host answered.
        in_use: bool,
    },
    /// Output: a datagram.
    Sent(Box<Sent>),
    /// Output: a binding for the store.
    Commit {
        /// Its ticket.
        ticket: u64,
        /// The binding.
        binding: Box<Row>,
    },
    /// Output: an address to probe.
    Probe {
        /// The address.
        address: Ipv4Addr,
    },
    /// Output: an event, as [`told`] tells it.
    Event(Map<String, Value>),
    /// The server ended in order.
    End {
        /// The time.
        at: u64,
    },
}

/// A datagram that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sent {
    /// Where the RFC wants it.
    pub to: To,
    /// Where the message that it answers came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<SocketAddrV4>,
    /// The number of the interface to send it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<u32>,
    /// The address to send it from.
    pub local: Ipv4Addr,
    /// Its octets.
    pub octets: Octets,
}

/// [`Destination`], as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum To {
    /// A relay agent.
    Relay {
        /// Field giaddr.
        giaddr: Ipv4Addr,
        /// Its port, if it said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    },
    /// A client that has an address.
    Client(Ipv4Addr),
    /// All on the subnet.
    Broadcast,
    /// A client that has no address yet.
    Hardware {
        /// Field yiaddr.
        yiaddr: Ipv4Addr,
        /// Field htype.
        htype: u8,
        /// Its hardware address.
        chaddr: Octets,
    },
    /// A server.
    Server(Ipv4Addr),
    /// All servers on the subnet.
    AllServers,
    /// An address and a port.
    At(SocketAddrV4),
}

/// `relay 192.0.2.2`, `broadcast`, `192.0.2.100 at 02:00:00:00:00:01`.
impl core::fmt::Display for To {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            To::Relay { giaddr, port: None } => write!(f, "relay {giaddr}"),
            To::Relay { giaddr, port: Some(port) } => write!(f, "relay {giaddr}, port {port}"),
            To::Client(address) => write!(f, "client {address}"),
            To::Broadcast => f.write_str("broadcast"),
            To::Hardware { yiaddr, chaddr, .. } => {
                write!(f, "{yiaddr} at {}", crate::packet::HardwareAddress(&chaddr.0))
            }
            To::Server(address) => write!(f, "server {address}"),
            To::AllServers => f.write_str("all servers"),
            To::At(address) => address.fmt(f),
        }
    }
}

impl From<&Destination> for To {
    fn from(destination: &Destination) -> To {
        match destination {
            Destination::Relay { giaddr, port } => To::Relay { giaddr: *giaddr, port: *port },
            Destination::Client(address) => To::Client(*address),
            Destination::Broadcast => To::Broadcast,
            Destination::Hardware { yiaddr, htype, chaddr } => {
                To::Hardware { yiaddr: *yiaddr, htype: *htype, chaddr: (&**chaddr).into() }
            }
            Destination::Server(address) => To::Server(*address),
            Destination::AllServers => To::AllServers,
            Destination::At(address) => To::At(*address),
        }
    }
}

impl From<&Transmit> for Sent {
    fn from(transmit: &Transmit) -> Sent {
        Sent {
            to: (&transmit.to).into(),
            answers: transmit.answers,
            interface: transmit.via.interface,
            local: transmit.via.local,
            octets: transmit.payload.as_slice().into(),
        }
    }
}

impl Entry {
    /// The line of an input.
    #[must_use]
    pub fn input(now: Instant, input: &Input<'_>) -> Entry {
        let at = now.as_micros();
        match input {
            Input::Datagram { from, to, arrived: Arrived { interface, local }, payload } => Entry::Datagram {
                at,
                from: *from,
                to: *to,
                interface: *interface,
                local: *local,
                octets: (*payload).into(),
            },
            Input::Deadline => Entry::Deadline { at },
            Input::Committed(ticket, result) => Entry::Stored {
                at,
                ticket: ticket.0,
                refused: result.err().map(|why| refusal(why).to_owned()),
            },
            Input::Probed(address, found) => {
                Entry::Probed { at, address: *address, in_use: *found == InUse::Yes }
            }
        }
    }

    /// The line of an output; none for a step of the server's reasoning, which is told only where a log asks for it.
    #[must_use]
    pub fn output(output: &Output) -> Option<Entry> {
        Some(match output {
            Output::Transmit(transmit) => Entry::Sent(Box::new(transmit.into())),
            Output::Commit(ticket, commit) => {
                Entry::Commit { ticket: ticket.0, binding: Box::new((&*commit.binding).into()) }
            }
            Output::Probe(address) => Entry::Probe { address: *address },
            Output::Event(event) => Entry::Event(told(event)?),
        })
    }

    /// The time of a line that has one.
    #[must_use]
    pub fn at(&self) -> Option<u64> {
        match self {
            Entry::Recording { at, .. }
            | Entry::Config { at, .. }
            | Entry::Host { at, .. }
            | Entry::Datagram { at, .. }
            | Entry::Deadline { at }
            | Entry::Stored { at, .. }
            | Entry::Probed { at, .. }
            | Entry::End { at } => Some(*at),
            Entry::Lease(_)
            | Entry::Sent(_)
            | Entry::Commit { .. }
            | Entry::Probe { .. }
            | Entry::Event(_) => None,
        }
    }

    /// Writes the line, with its end.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        // Nothing in an entry can fail to be written to memory; if it did, the line would not be half there.
        match serde_json::to_writer(&mut *out, self) {
            Ok(()) => out.push(b'\n'),
            Err(_) => out.truncate(start),
        }
    }
}

/// The kinds of errors that are kept apart in a journal.
const KINDS: [(&str, ErrorKind); 5] = [
    ("no-space", ErrorKind::StorageFull),
    ("quota", ErrorKind::QuotaExceeded),
    ("read-only", ErrorKind::ReadOnlyFilesystem),
    ("permission", ErrorKind::PermissionDenied),
    ("unwritable", ErrorKind::Other),
];

/// The name of a store's refusal.
#[must_use]
pub fn refusal(why: Refused) -> &'static str {
    match why {
        Refused::Full => "full",
        Refused::Failing => "failing",
        Refused::Busy => "busy",
        Refused::Damaged => "damaged",
        Refused::Gone => "gone",
        Refused::Recovering => "recovering",
        Refused::Unwritable(kind) => {
            KINDS.iter().find(|(_, known)| *known == kind).map_or("unwritable", |(name, _)| *name)
        }
    }
}

/// The refusal of a name; of one that is not known, that the store can't write.
#[must_use]
pub fn refused(name: &str) -> Refused {
    match name {
        "full" => Refused::Full,
        "failing" => Refused::Failing,
        "busy" => Refused::Busy,
        "damaged" => Refused::Damaged,
        "gone" => Refused::Gone,
        "recovering" => Refused::Recovering,
        name => {
            let kind =
                KINDS.iter().find(|(known, _)| *known == name).map_or(ErrorKind::Other, |(_, kind)| *kind);
            Refused::Unwritable(kind)
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn refusals_have_names_that_give_them_back() {
        let kinds = KINDS.map(|(_, kind)| Refused::Unwritable(kind));
        let others = [Refused::Full, Refused::Failing, Refused::Busy, Refused::Damaged, Refused::Gone];
        for why in others.into_iter().chain([Refused::Recovering]).chain(kinds) {
            assert_eq!(why, refused(refusal(why)));
        }
        assert_eq!("unwritable", refusal(Refused::Unwritable(ErrorKind::TimedOut)));
    }
}
