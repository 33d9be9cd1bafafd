//! What a client sends, by table 5 of RFC 2131.

use core::net::Ipv4Addr;

use super::config::{Config, ForceRenew};
use crate::options::{
    CLIENT_IDENTIFIER, DHCP_MESSAGE_TYPE, FORCERENEW_NONCE_CAPABLE, HOST_NAME, IP_ADDRESS_LEASE_TIME,
    MAXIMUM_DHCP_MESSAGE_SIZE, MESSAGE, PARAMETER_REQUEST_LIST, RAPID_COMMIT, REQUESTED_IP_ADDRESS,
    SERVER_IDENTIFIER,
};
use crate::packet::{Flags, MIN_REPLY_SIZE, Message, MessageType, Op};

/// HMAC-MD5, as option 145 names it (RFC 6704 §3.1.1).
const HMAC_MD5: u8 = 1;

/// The numbers of an exchange, the same in all its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    pub(super) xid: u32,
    pub(super) secs: u16,
}

/// A DHCPDISCOVER, which may suggest an address.
pub(super) fn discover(config: &Config, exchange: Exchange, suggested: Option<Ipv4Addr>) -> Vec<u8> {
    let mut message = start(config, exchange, MessageType::DISCOVER);
    if let Some(address) = suggested {
        message.push(&REQUESTED_IP_ADDRESS, address);
    }
    if config.habits.rapid_commit {
        message.push(&RAPID_COMMIT, ());
    }
    wishes(message, config, config.habits.lease_time)
}

/// A DHCPREQUEST that takes the offer of a server: xid and secs are those of the DHCPDISCOVER (§4.4.1).
pub(super) fn select(config: &Config, exchange: Exchange, address: Ipv4Addr, server: Ipv4Addr) -> Vec<u8> {
    let mut message = start(config, exchange, MessageType::REQUEST);
    message.push(&REQUESTED_IP_ADDRESS, address).push(&SERVER_IDENTIFIER, server);
    wishes(message, config, config.habits.lease_time)
}

/// A DHCPREQUEST that asks whether an address is still right (§4.4.2): no server, no ciaddr.
pub(super) fn reboot(config: &Config, exchange: Exchange, address: Ipv4Addr) -> Vec<u8> {
    let mut message = start(config, exchange, MessageType::REQUEST);
    message.push(&REQUESTED_IP_ADDRESS, address);
    wishes(message, config, config.habits.lease_time)
}

/// A DHCPREQUEST that asks for more time (§4.4.5): ciaddr, and neither the address as an option nor a server. What is
/// unicast asks for no broadcast reply: who has an address needs none.
pub(super) fn extend(config: &Config, exchange: Exchange, address: Ipv4Addr, rebinding: bool) -> Vec<u8> {
    let mut message = start(config, exchange, MessageType::REQUEST);
    if !rebinding {
        message.set_flags(Flags::default());
    }
    message.set_ciaddr(address);
    wishes(message, config, config.habits.lease_time)
}

/// A DHCPINFORM (§4.4.3): ciaddr, and nothing of addresses and leases.
pub(super) fn inform(config: &Config, exchange: Exchange, address: Ipv4Addr) -> Vec<u8> {
    let mut message = start(config, exchange, MessageType::INFORM);
    message.set_ciaddr(address);
    wishes(message, config, None)
}

/// A DHCPDECLINE: the address as an option, and why.
pub(super) fn decline(config: &Config, xid: u32, address: Ipv4Addr, server: Ipv4Addr, why: &str) -> Vec<u8> {
    let mut message = start(config, Exchange { xid, secs: 0 }, MessageType::DECLINE);
    message
        .set_flags(Flags::default())
        .push(&REQUESTED_IP_ADDRESS, address)
        .push(&SERVER_IDENTIFIER, server)
        .push(&MESSAGE, why.as_bytes());
    message.end(MIN_REPLY_SIZE)
}

/// A DHCPRELEASE: no options but those that say who, what and to whom, and why.
pub(super) fn release(config: &Config, xid: u32, address: Ipv4Addr, server: Ipv4Addr) -> Vec<u8> {
    let mut message = start(config, Exchange { xid, secs: 0 }, MessageType::RELEASE);
    message
        .set_flags(Flags::default())
        .set_ciaddr(address)
        .push(&SERVER_IDENTIFIER, server)
        .push(&MESSAGE, b"no longer needed");
    message.end(MIN_REPLY_SIZE)
}

fn start(config: &Config, exchange: Exchange, kind: MessageType) -> Message {
    let mut message = Message::new(Op::BOOTREQUEST);
    message.set_hardware(config.htype, &config.chaddr).set_xid(exchange.xid).set_secs(exchange.secs);
    if config.habits.broadcast {
        message.set_flags(Flags::BROADCAST);
    }
    if let Some(giaddr) = config.habits.giaddr {
        message.set_giaddr(giaddr).set_hops(1);
    }
    message.push(&DHCP_MESSAGE_TYPE, kind.0);
    if let Some(identifier) = &config.client_identifier {
        message.push(&CLIENT_IDENTIFIER, identifier);
    }
    message
}

fn wishes(mut message: Message, config: &Config, lease_time: Option<u32>) -> Vec<u8> {
    let habits = &config.habits;
    if let Some(seconds) = lease_time {
        message.push(&IP_ADDRESS_LEASE_TIME, seconds);
    }
    message.push(&MAXIMUM_DHCP_MESSAGE_SIZE, habits.message_size);
    if let Some(name) = &config.host_name {
        message.push(&HOST_NAME, name);
    }
    if habits.force_renew == ForceRenew::Authenticated {
        message.push_octets(FORCERENEW_NONCE_CAPABLE.code, &[HMAC_MD5]);
    }
    for (code, octets) in &habits.options {
        message.push_octets(*code, octets);
    }
    if !habits.parameters.is_empty() {
        message.push(&PARAMETER_REQUEST_LIST, &habits.parameters);
    }
    message.end(MIN_REPLY_SIZE)
}
