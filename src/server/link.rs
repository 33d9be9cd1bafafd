//! On which network a client is (RFC 2131 §4.3.1), and whether its relay agent is one of ours.
//!
//! A reply goes to giaddr only if that address is on a subnet that is served or listed as a relay agent: giaddr is what
//! anybody may write.

use core::net::Ipv4Addr;

use super::Server;
use super::arrival::Origin;
use super::plan::Plan;
use crate::endpoint::{DropReason, LinkRule};
use crate::lease::agent::{LINK_SELECTION, sub_address};
use crate::options::{RELAY_AGENT_INFORMATION, SUBNET_SELECTION};
use crate::packet::Packet;

/// Where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The network.
    pub(super) network: usize,
    /// The subnet that comes first, if one is named.
    pub(super) near: Option<usize>,
    /// How that was found.
    pub(super) by: LinkRule,
}

impl Server {
    /// Where the client of a message is.
    pub(super) fn link(&self, plan: &Plan, origin: &Origin, packet: &Packet<'_>) -> Result<Link, DropReason> {
        let giaddr = packet.giaddr();
        let relayed = !giaddr.is_unspecified();
        let relay = known_relay(plan, giaddr);
        if relayed && relay.is_none() {
            return Err(DropReason::UnknownRelay(giaddr));
        }
        if let Some(address) = selected(plan, packet, relayed) {
            let (subnet, network) =
                plan.space.locate(address.address()).ok_or(DropReason::UnknownLink(address.address()))?;
            return Ok(Link { network, near: Some(subnet), by: address.rule() });
        }
        if let Some((network, near, by)) = relay {
            return Ok(Link { network, near: Some(near), by });
        }
        self.local(plan, origin, packet)
    }

    /// Where a client is that no relay agent speaks for.
    fn local(&self, plan: &Plan, origin: &Origin, packet: &Packet<'_>) -> Result<Link, DropReason> {
        // A client that has an address and sends to this server alone may be many routers away.
        let ciaddr = packet.ciaddr();
        let alone = match origin.to {
            Ipv4Addr::UNSPECIFIED => *origin.from.ip() == ciaddr,
            to => !to.is_broadcast(),
        };
        if let Some((subnet, network)) =
            plan.space.locate(ciaddr).filter(|_| alone && !ciaddr.is_unspecified())
        {
            return Ok(Link { network, near: Some(subnet), by: LinkRule::Ciaddr(ciaddr) });
        }
        let local = origin.arrived.local;
        let near = plan.space.locate(local);
        if let Some(index) = origin.arrived.interface
            && let Some(network) = self.interfaces.get(&index).and_then(|name| plan.interface(name))
        {
            let near = near.filter(|(_, of)| *of == network).map(|(subnet, _)| subnet);
            return Ok(Link { network, near, by: LinkRule::Interface(index) });
        }
        // A network that has an interface of its own is found by that alone.
        let tied = |network| plan.network_at(network).is_some_and(|network| network.interface.is_some());
        let untold = origin.arrived.interface.is_none() || self.interfaces.is_empty();
        if let Some((subnet, network)) = near.filter(|(_, network)| untold || !tied(*network)) {
            return Ok(Link { network, near: Some(subnet), by: LinkRule::Local(local) });
        }
        match plan.only_network() {
            Some(network) => Ok(Link { network, near: None, by: LinkRule::Only }),
            None => Err(DropReason::UnknownLink(local)),
        }
    }
}

/// An address that says on which link the client is.
enum Selected {
    Link(Ipv4Addr),
    Subnet(Ipv4Addr),
}

impl Selected {
    fn address(&self) -> Ipv4Addr {
        match self {
            Selected::Link(address) | Selected::Subnet(address) => *address,
        }
    }

    fn rule(&self) -> LinkRule {
        match self {
            Selected::Link(address) => LinkRule::LinkSelection(*address),
            Selected::Subnet(address) => LinkRule::SubnetSelection(*address),
        }
    }
}

/// Sub-option 5 of a relay agent (RFC 3527 §3), else option 118 where it is switched on (RFC 3011 §2).
fn selected(plan: &Plan, packet: &Packet<'_>, relayed: bool) -> Option<Selected> {
    let agent = packet.value(RELAY_AGENT_INFORMATION.code).filter(|_| relayed);
    let link = agent.as_deref().and_then(|agent| sub_address(agent, LINK_SELECTION));
    let subnet = || packet.get(&SUBNET_SELECTION).ok().flatten().filter(|_| plan.config.subnet_selection);
    link.map(Selected::Link).or_else(|| subnet().map(Selected::Subnet))
}

/// The network and the subnet of a relay agent, if it is known.
pub(super) fn known_relay(plan: &Plan, giaddr: Ipv4Addr) -> Option<(usize, usize, LinkRule)> {
    if let Some(subnet) = plan.relay(giaddr) {
        return Some((plan.network_of(subnet)?, subnet, LinkRule::Relay(giaddr)));
    }
    let (subnet, network) = plan.space.locate(giaddr)?;
    Some((network, subnet, LinkRule::Giaddr(giaddr)))
}
