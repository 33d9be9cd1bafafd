//! What a client sends, by table 5 of RFC 2131.

use core::net::Ipv4Addr;

use super::config::Config;
use crate::options::{
    CLIENT_IDENTIFIER, DHCP_MESSAGE_TYPE, HOST_NAME, IP_ADDRESS_LEASE_TIME, MAXIMUM_DHCP_MESSAGE_SIZE,
    PARAMETER_REQUEST_LIST, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER,
};
use crate::packet::{Flags, MIN_REPLY_SIZE, Message, MessageType, Op};

/// The numbers of an exchange, the same in all its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    pub(super) xid: u32,
    pub(super) secs: u16,
}

/// A DHCPDISCOVER.
pub(super) fn discover(config: &Config, exchange: Exchange) -> Vec<u8> {
    let mut message = start(config, exchange, MessageType::DISCOVER);
    if let Some(address) = config.requested_address {
        message.push(&REQUESTED_IP_ADDRESS, address);
    }
    wishes(message, config)
}

/// A DHCPREQUEST that takes the offer of a server: xid and secs are those of the DHCPDISCOVER (§4.4.1).
pub(super) fn select(config: &Config, exchange: Exchange, address: Ipv4Addr, server: Ipv4Addr) -> Vec<u8> {
    let mut message = start(config, exchange, MessageType::REQUEST);
    message.push(&REQUESTED_IP_ADDRESS, address).push(&SERVER_IDENTIFIER, server);
    wishes(message, config)
}

/// A DHCPRELEASE: no options but those that say who, what and to whom.
pub(super) fn release(config: &Config, xid: u32, address: Ipv4Addr, server: Ipv4Addr) -> Vec<u8> {
    let mut message = start(config, Exchange { xid, secs: 0 }, MessageType::RELEASE);
    message.set_flags(Flags::default()).set_ciaddr(address).push(&SERVER_IDENTIFIER, server);
    message.end(MIN_REPLY_SIZE)
}

fn start(config: &Config, exchange: Exchange, kind: MessageType) -> Message {
    let mut message = Message::new(Op::BOOTREQUEST);
    message.set_hardware(config.htype, &config.chaddr).set_xid(exchange.xid).set_secs(exchange.secs);
    if config.broadcast {
        message.set_flags(Flags::BROADCAST);
    }
    message.push(&DHCP_MESSAGE_TYPE, kind.0);
    if let Some(identifier) = &config.client_identifier {
        message.push(&CLIENT_IDENTIFIER, identifier);
    }
    message
}

fn wishes(mut message: Message, config: &Config) -> Vec<u8> {
    if let Some(seconds) = config.lease_time {
        message.push(&IP_ADDRESS_LEASE_TIME, seconds);
    }
    message.push(&MAXIMUM_DHCP_MESSAGE_SIZE, config.message_size);
    if let Some(name) = &config.host_name {
        message.push(&HOST_NAME, name);
    }
    if !config.parameters.is_empty() {
        message.push(&PARAMETER_REQUEST_LIST, &config.parameters);
    }
    message.end(MIN_REPLY_SIZE)
}
