//! A client of ours that says of itself what a captured one says.

use std::sync::Arc;

use crate::client::{Client, Config, ForceRenew, Habits};
use crate::lease::Octets;
use crate::options::{
    CLIENT_IDENTIFIER, Code, DHCP_MESSAGE_TYPE, FORCERENEW_NONCE_CAPABLE, HOST_NAME, IP_ADDRESS_LEASE_TIME,
    MAXIMUM_DHCP_MESSAGE_SIZE, MESSAGE, OPTION_OVERLOAD, PARAMETER_REQUEST_LIST, RAPID_COMMIT,
    RELAY_AGENT_INFORMATION, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER,
};
use crate::packet::{DEFAULT_LIMIT, Flags, MessageType, Packet};
use crate::time::Instant;

/// Options that our client puts in by itself, where they belong.
const OWN: [Code; 13] = [
    DHCP_MESSAGE_TYPE.code,
    CLIENT_IDENTIFIER.code,
    HOST_NAME.code,
    REQUESTED_IP_ADDRESS.code,
    SERVER_IDENTIFIER.code,
    IP_ADDRESS_LEASE_TIME.code,
    PARAMETER_REQUEST_LIST.code,
    MAXIMUM_DHCP_MESSAGE_SIZE.code,
    RAPID_COMMIT.code,
    RELAY_AGENT_INFORMATION.code,
    FORCERENEW_NONCE_CAPABLE.code,
    MESSAGE.code,
    OPTION_OVERLOAD.code,
];

/// A client that begins at `now` with the same message.
pub(super) fn client(packet: &Packet<'_>, seed: u64, now: Instant) -> Client {
    let mut client = Client::idle(config(packet, seed));
    let requested = packet.get(&REQUESTED_IP_ADDRESS).ok().flatten();
    let held = Some(packet.ciaddr()).filter(|address| !address.is_unspecified());
    match (packet.message_type(), held.or(requested)) {
        (Some(MessageType::REQUEST), Some(address)) => client.reboot(now, address, None),
        (Some(MessageType::INFORM), _) => client.inform(now, packet.ciaddr()),
        _ => client.start(now),
    }
    client
}

fn config(packet: &Packet<'_>, seed: u64) -> Config {
    let value = |code: Code| packet.value(code).map(|octets| octets.into_owned());
    let seconds = |key| packet.get(key).ok().flatten();
    let mut options: Vec<(Code, Vec<u8>)> = Vec::new();
    for part in packet.instances() {
        if !OWN.contains(&part.code) && !options.iter().any(|(code, _)| *code == part.code) {
            options.extend(value(part.code).map(|octets| (part.code, octets)));
        }
    }
    let nonce = packet.has(FORCERENEW_NONCE_CAPABLE.code);
    let habits = Habits {
        parameters: value(PARAMETER_REQUEST_LIST.code).unwrap_or_default(),
        options,
        lease_time: seconds(&IP_ADDRESS_LEASE_TIME),
        broadcast: packet.flags().0 & Flags::BROADCAST.0 != 0,
        message_size: packet.get(&MAXIMUM_DHCP_MESSAGE_SIZE).ok().flatten().unwrap_or(DEFAULT_LIMIT),
        rapid_commit: packet.has(RAPID_COMMIT.code),
        force_renew: if nonce { ForceRenew::Authenticated } else { ForceRenew::Never },
        ..Habits::default()
    };
    Config {
        htype: packet.htype(),
        chaddr: packet.chaddr().0.into(),
        client_identifier: value(CLIENT_IDENTIFIER.code).map(Octets::from),
        host_name: value(HOST_NAME.code).map(Octets::from),
        requested_address: packet.get(&REQUESTED_IP_ADDRESS).ok().flatten(),
        seed,
        habits: Arc::new(habits),
    }
}
