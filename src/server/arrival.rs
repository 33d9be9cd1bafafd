//! A message that arrived, and what was learned of its client: who it is, where it is, what it may have.

use core::cell::OnceCell;
use core::net::{Ipv4Addr, SocketAddrV4};
use std::borrow::Cow;

use super::config::{Reservation, Scopes};
use super::link::Link;
use super::plan::Plan;
use crate::endpoint::Arrived;
use crate::lease::agent::{
    CIRCUIT_ID, RELAY_SOURCE_PORT, REMOTE_ID, SERVER_IDENTIFIER_OVERRIDE, sub_address, sub_option,
};
use crate::lease::{Binding, BindingState, ClientKey, MAX_IDENTIFIER, Octets, Seek, Source};
use crate::options::{CLIENT_FQDN, HOST_NAME, RELAY_AGENT_INFORMATION, SUBNET_MASK};
use crate::packet::Packet;
use crate::time::Instant;

/// Where a datagram came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) now: Instant,
    pub(super) from: SocketAddrV4,
    pub(super) to: Ipv4Addr,
    pub(super) arrived: Arrived,
    /// Whether the address that is chosen has been probed.
    pub(super) probed: bool,
    /// How many addresses were found in use for it.
    pub(super) found: u8,
}

/// A message and what was learned of it.
pub(super) struct Arrival<'a> {
    pub(super) plan: &'a Plan,
    pub(super) origin: Origin,
    pub(super) packet: &'a Packet<'a>,
    pub(super) client: ClientKey,
    pub(super) link: Link,
    /// Option 82.
    pub(super) agent: Option<Cow<'a, [u8]>>,
    /// Option 82 that came with the client's lease, where the message has none: one that renews by unicast does not
    /// pass its relay agent.
    pub(super) kept_agent: Option<Octets>,
    /// The classes that the client is in.
    pub(super) classes: Vec<usize>,
    pub(super) reservation: Option<&'a Reservation>,
    ranges: OnceCell<Cow<'a, [usize]>>,
}

impl<'a> Arrival<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        origin: Origin,
        packet: &'a Packet<'a>,
        client: ClientKey,
        link: Link,
        kept_agent: Option<Octets>,
    ) -> Arrival<'a> {
        let agent = packet.value(RELAY_AGENT_INFORMATION.code);
        let told = agent.as_deref().or(kept_agent.as_deref());
        let classes = classes(plan, packet, told);
        let hardware = (packet.htype(), packet.chaddr().0);
        let reservation = plan.reservation_of(link.network, &client, hardware, told);
        let ranges = OnceCell::new();
        Arrival { plan, origin, packet, client, link, agent, kept_agent, classes, reservation, ranges }
    }

    /// The time.
    pub(super) fn now(&self) -> Instant {
        self.origin.now
    }

    /// Which addresses the client may have.
    pub(super) fn seek(&self, requested: Option<Ipv4Addr>) -> Seek<'_> {
        let ranges =
            self.ranges.get_or_init(|| self.plan.ranges(self.link.network, self.link.near, &self.classes));
        Seek {
            network: self.link.network,
            client: &self.client,
            reserved: self.reservation.map(|reservation| reservation.address),
            requested,
            ranges,
        }
    }

    /// Whether the client may have an address at all.
    pub(super) fn is_on_network(&self, address: Ipv4Addr) -> bool {
        self.plan.space.locate(address).is_some_and(|(_, network)| network == self.link.network)
    }

    /// The settings for the client with an address of subnet `subnet`, or without one.
    pub(super) fn scopes(&self, subnet: Option<usize>) -> Scopes<'a> {
        scopes(self.plan, self.link.network, subnet, &self.classes, self.reservation)
    }

    /// A sub-option of option 82.
    pub(super) fn sub_option(&self, code: u8) -> Option<&[u8]> {
        sub_option(self.agent.as_deref()?, code)
    }

    /// Where the message comes from: the relay agent, and its port as that tells it (RFC 3046 §3.1, §3.2).
    pub(super) fn source(&self) -> Source {
        let relay = self.packet.giaddr();
        let told = |code| self.sub_option(code).filter(|_| !relay.is_unspecified());
        let port = match (told(CIRCUIT_ID), told(REMOTE_ID)) {
            (Some(circuit), Some(remote)) => Some([circuit, remote].concat().into()),
            (one, other) => one.or(other).map(Octets::from),
        };
        Source { relay, port }
    }

    /// As whom to answer: as the relay agent says (RFC 5107 §4), as configured, or as the address that the message came
    /// to (RFC 2131 §4.1).
    pub(super) fn identifier(&self) -> Ipv4Addr {
        let relayed = !self.packet.giaddr().is_unspecified();
        let agent = self.agent.as_deref().filter(|_| relayed);
        let told = agent.and_then(|agent| sub_address(agent, SERVER_IDENTIFIER_OVERRIDE));
        let told = told.filter(|address| !address.is_unspecified() && !address.is_broadcast());
        let own = [self.origin.arrived.local, self.origin.to];
        told.or(self.plan.config.server_identifier)
            .or_else(|| own.into_iter().find(|address| !address.is_unspecified() && !address.is_broadcast()))
            .unwrap_or(Ipv4Addr::UNSPECIFIED)
    }

    /// The port that a relay agent listens on, if it says that it is the one it sends from (RFC 8357 §5.1).
    pub(super) fn relay_port(&self) -> Option<u16> {
        self.sub_option(RELAY_SOURCE_PORT).filter(|value| value.is_empty()).map(|_| self.origin.from.port())
    }

    /// A binding of an address to the client.
    pub(super) fn binding(
        &self,
        address: Ipv4Addr,
        state: BindingState,
        expires: Instant,
    ) -> Option<Binding> {
        let (subnet, _) = self.plan.space.locate(address)?;
        Some(Binding {
            address,
            subnet: self.plan.space.subnet(subnet)?,
            client: self.client.clone(),
            htype: self.packet.htype(),
            chaddr: self.packet.chaddr().0.into(),
            host_name: self.host_name(),
            relay: self.kept_agent.clone().or_else(|| {
                self.agent.as_deref().filter(|value| value.len() <= MAX_IDENTIFIER).map(Octets::from)
            }),
            state,
            since: self.now(),
            expires,
        })
    }

    /// Option 12, or the name in option 81 where that is plain text.
    fn host_name(&self) -> Option<Octets> {
        let name = self.packet.value(HOST_NAME.code).filter(|name| !name.is_empty());
        let name = name.or_else(|| {
            let fqdn = self.packet.value(CLIENT_FQDN.code)?;
            match fqdn.as_ref() {
                [flags, _, _, name @ ..] if flags & super::fqdn::ENCODED == 0 && !name.is_empty() => {
                    Some(Cow::Owned(name.to_vec()))
                }
                _ => None,
            }
        });
        name.filter(|name| name.len() <= MAX_IDENTIFIER).map(|name| name.as_ref().into())
    }

    /// The mask of the subnet of an address.
    pub(super) fn mask(&self, subnet: Option<usize>) -> Option<(crate::options::Code, [u8; 4])> {
        let subnet = self.plan.space.subnet(subnet?)?;
        Some((SUBNET_MASK.code, subnet.mask().octets()))
    }
}

/// The classes that the sender of a message is in.
pub(super) fn classes(plan: &Plan, packet: &Packet<'_>, agent: Option<&[u8]>) -> Vec<usize> {
    let classes = plan.config.classes.iter().enumerate();
    classes.filter(|(_, class)| class.has(packet, agent)).map(|(index, _)| index).collect()
}

/// The scopes of a client, the nearest first.
pub(super) fn scopes<'a>(
    plan: &'a Plan,
    network: usize,
    subnet: Option<usize>,
    classes: &[usize],
    reservation: Option<&'a Reservation>,
) -> Scopes<'a> {
    let classes = classes.iter().filter_map(|class| plan.config.classes.get(*class));
    let subnet = subnet.and_then(|subnet| plan.subnet(subnet)).map(|subnet| &subnet.scope);
    let network = plan.network_at(network).map(|network| &network.scope);
    Scopes {
        own: reservation.map(|reservation| &reservation.scope),
        classes: classes.map(|class| &class.scope).collect(),
        general: [subnet, network, Some(&plan.config.scope)],
    }
}
