//! Who waits when more messages come than can be answered (reliability before fairness: who has a lease comes first).

use core::net::Ipv4Addr;

use super::Server;
use super::link::known_relay;
use crate::endpoint::Lane;
use crate::lease::ClientKey;
use crate::options::RELAY_AGENT_INFORMATION;
use crate::packet::{MessageType, Op, Packet};

impl Server {
    /// The lane of a datagram: a client is known that has or had a lease on any network, or has a reservation, or takes
    /// an offer that is held for it. Reads the options once and allocates nothing for identifiers of usual length.
    pub(super) fn lane_of(&self, payload: &[u8]) -> Lane {
        let Ok(packet) = Packet::parse(payload) else { return Lane::Stranger(Ipv4Addr::UNSPECIFIED) };
        let giaddr = packet.giaddr();
        let relay = known_relay(&self.plan, giaddr);
        // What an unknown relay agent sends is ignored anyway, and anybody may invent them.
        let stranger = Lane::Stranger(if relay.is_some() { giaddr } else { Ipv4Addr::UNSPECIFIED });
        if packet.op() != Op::BOOTREQUEST || (relay.is_none() && !giaddr.is_unspecified()) {
            return stranger;
        }
        let Ok(client) = ClientKey::of(&packet) else { return stranger };
        let takes = packet.message_type() == Some(MessageType::REQUEST);
        match self.table.knows(&client, takes) || self.is_reserved(&packet, &client) {
            true => Lane::Known,
            false => stranger,
        }
    }

    /// Whether a client has a reservation on any network.
    fn is_reserved(&self, packet: &Packet<'_>, client: &ClientKey) -> bool {
        if !self.plan.has_reservations() {
            return false;
        }
        let agent = packet.value(RELAY_AGENT_INFORMATION.code);
        let hardware = (packet.htype(), packet.chaddr().0);
        (0..self.plan.config.networks.len())
            .any(|network| self.plan.reservation_of(network, client, hardware, agent.as_deref()).is_some())
    }
}
