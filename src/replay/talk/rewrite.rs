//! Addresses of a message in other words: what the captured server gave stands for what ours gave, and back.

use core::net::Ipv4Addr;

use crate::options::{Code, REQUESTED_IP_ADDRESS, SERVER_IDENTIFIER};
use crate::packet::{CIADDR, Field, Packet, YIADDR};

/// Replaces a field that is one address by another.
pub(super) fn field(payload: &mut [u8], field: Field, from: Ipv4Addr, to: Ipv4Addr) {
    if let Some(octets) = payload.get_mut(field.range())
        && octets == from.octets()
    {
        octets.copy_from_slice(&to.octets());
    }
}

/// Replaces an option that is one address by another, wherever it stands whole.
pub(super) fn option(payload: &mut [u8], code: Code, from: Ipv4Addr, to: Ipv4Addr) {
    let Ok(packet) = Packet::parse(payload) else { return };
    let places: Vec<usize> = packet
        .instances()
        .filter(|part| part.code == code && part.octets == from.octets())
        .map(|part| part.value_offset())
        .collect();
    for place in places {
        if let Some(octets) = payload.get_mut(place..).and_then(|rest| rest.get_mut(..4)) {
            octets.copy_from_slice(&to.octets());
        }
    }
}

/// Makes a client's message speak of another address of its own.
pub(super) fn request(payload: &mut [u8], from: Ipv4Addr, to: Ipv4Addr) {
    field(payload, CIADDR, from, to);
    option(payload, REQUESTED_IP_ADDRESS.code, from, to);
}

/// Makes a server's message speak of another address of the client's.
pub(super) fn reply(payload: &mut [u8], from: Ipv4Addr, to: Ipv4Addr) {
    field(payload, YIADDR, from, to);
    field(payload, CIADDR, from, to);
}

/// Makes a message speak of another server.
pub(super) fn server(payload: &mut [u8], from: Ipv4Addr, to: Ipv4Addr) {
    option(payload, SERVER_IDENTIFIER.code, from, to);
}
