//! DHCPLEASEQUERY: what is known of an address, a hardware address, a client identifier (RFC 4388 §6) or a remote id
//! (RFC 6148 §4).

use core::net::Ipv4Addr;

use super::Server;
use super::arrival::{Origin, scopes};
use super::config::Scopes;
use super::link::known_relay;
use super::parameters::Parameters;
use super::plan::Plan;
use super::reply::{limit, plain};
use crate::endpoint::{Destination, DropReason, Transmit};
use crate::lease::agent::{REMOTE_ID, sub_option};
use crate::lease::{Binding, ClientKey, Mark};
use crate::options::{
    ASSOCIATED_IP, CLIENT_IDENTIFIER, CLIENT_LAST_TRANSACTION_TIME, Code, DHCP_MESSAGE_TYPE,
    IP_ADDRESS_LEASE_TIME, REBINDING_TIME, RELAY_AGENT_INFORMATION, RENEWAL_TIME, SERVER_IDENTIFIER,
};
use crate::packet::{MessageType, OptionList, Packed, Packet, pack};
use crate::time::Instant;

/// What a query asks by.
enum By {
    Address(Ipv4Addr),
    Client(ClientKey),
    Mark(Mark),
}

impl By {
    /// Exactly one of the four (RFC 4388 §6.3).
    fn of(packet: &Packet<'_>) -> Option<By> {
        let address = Some(packet.ciaddr()).filter(|address| !address.is_unspecified()).map(By::Address);
        let chaddr = packet.chaddr().0;
        let hardware = (!chaddr.is_empty()).then(|| By::Mark(Mark::Hardware(packet.htype(), chaddr.into())));
        let identifier = packet.value(CLIENT_IDENTIFIER.code).filter(|value| !value.is_empty());
        let client = identifier.map(|value| By::Client(ClientKey::Identifier(value.as_ref().into())));
        let agent = packet.value(RELAY_AGENT_INFORMATION.code);
        let remote = agent.as_deref().and_then(|agent| sub_option(agent, REMOTE_ID));
        let remote = remote.map(|remote| By::Mark(Mark::RemoteId(remote.into())));
        let mut said = [address, hardware, client].into_iter().flatten();
        match (said.next(), said.next()) {
            (Some(by), None) => Some(by),
            (None, None) => remote,
            _ => None,
        }
    }
}

impl Server {
    /// Answers a query, to the relay agent in giaddr alone.
    pub(super) fn query(
        &mut self,
        plan: &Plan,
        origin: Origin,
        packet: &Packet<'_>,
    ) -> Result<(), DropReason> {
        if !plan.config.lease_query {
            return Err(DropReason::WrongType(MessageType::LEASEQUERY));
        }
        let giaddr = packet.giaddr();
        if giaddr.is_unspecified() {
            return Err(DropReason::BadQuery);
        }
        if known_relay(plan, giaddr).is_none() {
            return Err(DropReason::UnknownRelay(giaddr));
        }
        let by = By::of(packet).ok_or(DropReason::BadQuery)?;
        let found: Vec<&Binding> = match &by {
            By::Address(address) => self.table.binding(*address).into_iter().collect(),
            By::Client(client) => self.table.bound_to(client).collect(),
            By::Mark(mark) => self.table.marked(mark).collect(),
        };
        let latest = found.iter().max_by_key(|binding| binding.since);
        let packed = match (latest, &by) {
            (Some(binding), _) => active(plan, origin, packet, binding, &found, self.identity(plan, &origin)),
            (None, By::Address(address)) if plan.space.place(*address).is_some() => {
                let mut message = plain(packet);
                message.set_ciaddr(*address);
                bare(message, packet, MessageType::LEASEUNASSIGNED, false)
            }
            (None, by) => {
                let remote = matches!(by, By::Mark(Mark::RemoteId(_)));
                bare(plain(packet), packet, MessageType::LEASEUNKNOWN, remote)
            }
        };
        let to = Destination::Relay { giaddr, port: None };
        let payload = packed.octets;
        self.transmit(Transmit { to, answers: Some(origin.from), via: origin.arrived, payload });
        Ok(())
    }

    /// By which address the asker knows this server.
    fn identity(&self, plan: &Plan, origin: &Origin) -> Ipv4Addr {
        plan.config.server_identifier.unwrap_or(origin.arrived.local)
    }
}

/// A reply without options beside its type (§6.4.1); a query by remote id gets that back (RFC 6148 §4.3).
fn bare(message: crate::packet::Message, packet: &Packet<'_>, kind: MessageType, agent: bool) -> Packed {
    let mut options = OptionList::new();
    options.push(&DHCP_MESSAGE_TYPE, kind.0);
    let agent = packet.value(RELAY_AGENT_INFORMATION.code).filter(|_| agent);
    let last = agent.as_deref().map(|agent| (RELAY_AGENT_INFORMATION.code, agent));
    pack(message, &options, last, limit(packet))
}

/// DHCPLEASEACTIVE (§6.4.2): the binding that was used last, the client it belongs to, and what is asked for.
fn active(
    plan: &Plan,
    origin: Origin,
    packet: &Packet<'_>,
    binding: &Binding,
    all: &[&Binding],
    server: Ipv4Addr,
) -> Packed {
    let mut message = plain(packet);
    message.set_ciaddr(binding.address).set_hardware(binding.htype, &binding.chaddr);
    let (subnet, network) = plan.space.locate(binding.address).unwrap_or_default();
    let (client, agent) = (&binding.client, binding.relay.as_deref());
    let own = plan.reservation_of(network, client, (binding.htype, &binding.chaddr), agent);
    let scopes = scopes(plan, network, Some(subnet), &[], own);
    let parameters = Parameters::of(packet, &scopes, Some(binding.subnet.mask().octets()));
    let wanted = |code: Code| !parameters.is_told() || parameters.asks(code);
    let mut options = OptionList::new();
    options.push(&DHCP_MESSAGE_TYPE, MessageType::LEASEACTIVE.0).push(&SERVER_IDENTIFIER, server);
    if let ClientKey::Identifier(octets) = &binding.client
        && wanted(CLIENT_IDENTIFIER.code)
    {
        options.push_octets(CLIENT_IDENTIFIER.code, octets);
    }
    times(&mut options, &scopes, origin.now, binding, wanted);
    let ago = u32::try_from((origin.now - binding.since).as_secs()).unwrap_or(u32::MAX);
    if wanted(CLIENT_LAST_TRANSACTION_TIME.code) {
        options.push(&CLIENT_LAST_TRANSACTION_TIME, ago);
    }
    if all.len() > 1 {
        let addresses: Vec<Ipv4Addr> = all.iter().map(|binding| binding.address).collect();
        options.push(&ASSOCIATED_IP, &addresses);
    }
    parameters.put(&mut options);
    let agent = binding.relay.as_deref().filter(|_| wanted(RELAY_AGENT_INFORMATION.code));
    pack(message, &options, agent.map(|agent| (RELAY_AGENT_INFORMATION.code, agent)), limit(packet))
}

/// Whole seconds until `at`.
fn left(now: Instant, at: Instant) -> u32 {
    if at.is_never() { u32::MAX } else { u32::try_from((at - now).as_secs()).unwrap_or(u32::MAX - 1) }
}

/// What is left of the lease, of T1 and of T2, where it is wanted and not past.
fn times(
    options: &mut OptionList,
    scopes: &Scopes<'_>,
    now: Instant,
    binding: &Binding,
    wanted: impl Fn(Code) -> bool,
) {
    let lease = u32::try_from((binding.expires - binding.since).as_secs()).unwrap_or(u32::MAX);
    let lease = if binding.expires.is_never() { u32::MAX } else { lease };
    if wanted(IP_ADDRESS_LEASE_TIME.code) {
        options.push(&IP_ADDRESS_LEASE_TIME, left(now, binding.expires));
    }
    let (t1, t2) = scopes.times(lease).unzip();
    for (key, time) in [(RENEWAL_TIME, t1), (REBINDING_TIME, t2)] {
        let at = time.map(|time| super::end(binding.since, time)).filter(|at| *at > now);
        if let Some(at) = at.filter(|_| wanted(key.code)) {
            options.push(&key, left(now, at));
        }
    }
}
