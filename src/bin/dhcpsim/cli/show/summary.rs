//! A message in one line.

use std::fmt;
use std::net::Ipv4Addr;

use dhcpsim::options::shape::Addresses;
use dhcpsim::options::text::Quoted;
use dhcpsim::options::{
    DOMAIN_NAME_SERVER, HOST_NAME, IP_ADDRESS_LEASE_TIME, MESSAGE, REBINDING_TIME, RENEWAL_TIME,
    REQUESTED_IP_ADDRESS, ROUTER, SERVER_IDENTIFIER, SUBNET_MASK, Shape,
};
use dhcpsim::packet::{MessageType, Packet};

use super::span;

/// What one line tells of a message.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) kind: Option<MessageType>,
    pub(crate) xid: u32,
    pub(crate) chaddr: String,
    /// The address that the message is about.
    pub(crate) address: Option<Ipv4Addr>,
    pub(crate) giaddr: Option<Ipv4Addr>,
    pub(crate) server: Option<Ipv4Addr>,
    pub(crate) lease: Option<u32>,
    pub(crate) t1: Option<u32>,
    pub(crate) t2: Option<u32>,
    pub(crate) mask: Option<Ipv4Addr>,
    pub(crate) routers: Vec<Ipv4Addr>,
    pub(crate) dns: Vec<Ipv4Addr>,
    pub(crate) host_name: Option<Vec<u8>>,
    pub(crate) message: Option<Vec<u8>>,
}

impl Summary {
    /// Reads what the line tells; nothing if it is no message at all.
    pub(crate) fn of(octets: &[u8]) -> Option<Summary> {
        let packet = Packet::parse(octets).ok()?;
        let seconds = |key| packet.get(key).ok().flatten();
        let addresses = |key| packet.checked(key).ok().flatten().map_or_else(Vec::new, list);
        Some(Summary {
            kind: packet.message_type(),
            xid: packet.xid(),
            chaddr: packet.chaddr().to_string(),
            address: address(&packet),
            giaddr: set(packet.giaddr()),
            server: packet.get(&SERVER_IDENTIFIER).ok().flatten(),
            lease: seconds(&IP_ADDRESS_LEASE_TIME),
            t1: seconds(&RENEWAL_TIME),
            t2: seconds(&REBINDING_TIME),
            mask: packet.get(&SUBNET_MASK).ok().flatten(),
            routers: addresses(&ROUTER),
            dns: addresses(&DOMAIN_NAME_SERVER),
            host_name: packet.value(HOST_NAME.code).map(Into::into),
            message: packet.value(MESSAGE.code).map(Into::into),
        })
    }

    /// The type of the message; `BOOTP` if it has none.
    pub(crate) fn name(&self) -> String {
        self.kind.map_or_else(|| "BOOTP".to_owned(), |kind| kind.to_string())
    }
}

fn list(octets: std::borrow::Cow<'_, [u8]>) -> Vec<Ipv4Addr> {
    Addresses::view(&octets).iter().collect()
}

fn set(address: Ipv4Addr) -> Option<Ipv4Addr> {
    Some(address).filter(|address| !address.is_unspecified())
}

/// The address that a message is about: what is given, what is used, what is asked for.
fn address(packet: &Packet<'_>) -> Option<Ipv4Addr> {
    let requested = || packet.get(&REQUESTED_IP_ADDRESS).ok().flatten();
    set(packet.yiaddr()).or_else(|| set(packet.ciaddr())).or_else(requested)
}

/// What stands behind type and chaddr: `10.67.0.10 for 1 h "alice"`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from_server = matches!(
            self.kind,
            Some(MessageType::OFFER | MessageType::ACK | MessageType::NAK | MessageType::LEASEACTIVE)
        );
        let mut parts = Vec::new();
        match (self.kind, self.address) {
            (Some(MessageType::DISCOVER), Some(address)) => parts.push(format!("would like {address}")),
            (_, Some(address)) => parts.push(address.to_string()),
            (_, None) => {}
        }
        match self.lease {
            Some(lease) if from_server => parts.push(format!("for {}", span(lease))),
            Some(lease) => parts.push(format!("asks for {}", span(lease))),
            None => {}
        }
        if let (false, Some(server)) = (from_server, self.server) {
            parts.push(format!("of server {server}"));
        }
        parts.extend(self.giaddr.map(|giaddr| format!("via {giaddr}")));
        parts.extend(self.host_name.as_deref().map(|name| Quoted(name).to_string()));
        parts.extend(self.message.as_deref().map(|text| Quoted(text).to_string()));
        f.write_str(&parts.join(" "))
    }
}
