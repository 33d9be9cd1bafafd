//! Where a reply goes (RFC 2131 §4.1).

use core::net::Ipv4Addr;

use super::arrival::Arrival;
use crate::endpoint::Destination;

/// Where a DHCPOFFER or DHCPACK goes: to giaddr, else to ciaddr, else as the broadcast flag says. An address in ciaddr
/// that is on no subnet served here is not believed: nobody shall be sent what he has not asked for.
pub(super) fn destination(arrival: &Arrival<'_>, yiaddr: Ipv4Addr) -> Destination {
    let request = arrival.packet;
    let ciaddr = request.ciaddr();
    let nowhere = yiaddr.is_unspecified() || request.chaddr().0.is_empty();
    if let Some(relay) = relay(arrival) {
        relay
    } else if !ciaddr.is_unspecified() && arrival.plan.space.locate(ciaddr).is_some() {
        Destination::Client(ciaddr)
    } else if request.flags().broadcast() || nowhere {
        Destination::Broadcast
    } else {
        Destination::Hardware { yiaddr, htype: request.htype(), chaddr: request.chaddr().0.into() }
    }
}

/// Where a DHCPNAK goes: to the relay agent, or to all.
pub(super) fn nak_destination(arrival: &Arrival<'_>) -> Destination {
    relay(arrival).unwrap_or(Destination::Broadcast)
}

/// The relay agent, on the port that it asks on (RFC 8357 §5.2).
fn relay(arrival: &Arrival<'_>) -> Option<Destination> {
    let giaddr = arrival.packet.giaddr();
    (!giaddr.is_unspecified()).then(|| Destination::Relay { giaddr, port: arrival.relay_port() })
}
