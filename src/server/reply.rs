//! Replies by table 3 of RFC 2131.

use core::net::Ipv4Addr;

use super::arrival::Arrival;
use super::config::Scopes;
use super::fqdn;
use super::parameters::Parameters;
use crate::endpoint::Refusal;
use crate::options::{
    AUTO_CONFIGURE, CLIENT_FQDN, CLIENT_IDENTIFIER, DHCP_MESSAGE_TYPE, DOMAIN_NAME, IP_ADDRESS_LEASE_TIME,
    MAXIMUM_DHCP_MESSAGE_SIZE, MESSAGE, RAPID_COMMIT, REBINDING_TIME, RELAY_AGENT_INFORMATION, RENEWAL_TIME,
    SERVER_IDENTIFIER, SUBNET_SELECTION,
};
use crate::packet::{
    DEFAULT_LIMIT, Flags, Limit, Message, MessageType, Op, OptionList, Packed, Packet, pack,
};

/// Builds replies to one message.
pub(super) struct Reply<'a, 'b> {
    arrival: &'b Arrival<'a>,
    scopes: Scopes<'a>,
    /// The subnet of the client's address.
    subnet: Option<usize>,
}

impl<'a, 'b> Reply<'a, 'b> {
    /// Replies to a client with an address of `subnet`, or without one.
    pub(super) fn new(arrival: &'b Arrival<'a>, subnet: Option<usize>) -> Reply<'a, 'b> {
        Reply { arrival, scopes: arrival.scopes(subnet), subnet }
    }

    /// A DHCPOFFER or DHCPACK of an address for so many seconds.
    pub(super) fn grant(&self, kind: MessageType, address: Ipv4Addr, lease: u32, rapid: bool) -> Packed {
        let mut message = self.header();
        message.set_yiaddr(address);
        if kind == MessageType::ACK && !rapid {
            message.set_ciaddr(self.arrival.packet.ciaddr());
        }
        let mut options = self.options(kind);
        options.push(&IP_ADDRESS_LEASE_TIME, lease);
        let times = self.scopes.times(lease);
        let parameters = self.parameters(times);
        // Who asks for them gets them where its list has them (RFC 2132 §9.8).
        for (key, time) in
            [(RENEWAL_TIME, times.map(|(t1, _)| t1)), (REBINDING_TIME, times.map(|(_, t2)| t2))]
        {
            if let Some(time) = time.filter(|_| !parameters.asks(key.code)) {
                options.push(&key, time);
            }
        }
        if rapid {
            options.push(&RAPID_COMMIT, ());
        }
        self.finish(message, options, &parameters)
    }

    fn parameters(&self, times: Option<(u32, u32)>) -> Parameters<'a, '_> {
        Parameters::new(self.arrival, &self.scopes, self.subnet).with_times(times)
    }

    /// The DHCPACK to a DHCPINFORM: parameters and nothing of leases (§4.3.5).
    pub(super) fn inform(&self) -> Packed {
        let mut message = self.header();
        message.set_ciaddr(self.arrival.packet.ciaddr());
        self.finish(message, self.options(MessageType::ACK), &self.parameters(None))
    }

    /// A DHCPOFFER of no address, that says whether the client may take one by itself (RFC 2563 §2.3).
    pub(super) fn auto_configure(&self, how: &[u8]) -> Packed {
        let mut options = self.options(MessageType::OFFER);
        options.push_octets(AUTO_CONFIGURE.code, how);
        self.pack(self.plain(), &options)
    }

    /// A DHCPNAK that says why (§4.3.2).
    pub(super) fn nak(&self, why: Refusal) -> Packed {
        let mut message = self.plain();
        let flags = self.arrival.packet.flags();
        if !self.arrival.packet.giaddr().is_unspecified() {
            message.set_flags(Flags(flags.0 | Flags::BROADCAST.0));
        }
        let mut options = self.options(MessageType::NAK);
        options.push(&MESSAGE, why.to_string().as_bytes());
        pack(message, &options, self.last(), limit(self.arrival.packet).without_overload())
    }

    /// The reply to a BOOTP client: no type, no lease, 300 octets (RFC 1534 §2).
    pub(super) fn bootp(&self, address: Ipv4Addr) -> Packed {
        let mut message = self.header();
        message.set_yiaddr(address).set_ciaddr(self.arrival.packet.ciaddr());
        let mut options = OptionList::new();
        Parameters::new(self.arrival, &self.scopes, self.subnet).put(&mut options);
        pack(message, &options, self.last(), Limit::bootp())
    }

    /// The fields that every reply has from its request.
    fn plain(&self) -> Message {
        plain(self.arrival.packet)
    }

    /// The same with the fields for booting.
    fn header(&self) -> Message {
        let mut message = self.plain();
        if let Some(address) = self.scopes.nearest(|scope| scope.next_server) {
            message.set_siaddr(address);
        }
        if let Some(name) = self.scopes.nearest(|scope| scope.server_name.as_deref()) {
            message.set_sname(name);
        }
        if let Some(name) = self.scopes.nearest(|scope| scope.boot_file.as_deref()) {
            message.set_file(name);
        }
        message
    }

    /// The options that every reply begins with; option 61 is the client's own (RFC 6842 §3).
    fn options(&self, kind: MessageType) -> OptionList {
        let mut options = OptionList::with_room();
        options.push(&DHCP_MESSAGE_TYPE, kind.0).push(&SERVER_IDENTIFIER, self.arrival.identifier());
        if let Some(octets) = self.arrival.packet.value(CLIENT_IDENTIFIER.code) {
            options.push_octets(CLIENT_IDENTIFIER.code, &octets);
        }
        options
    }

    /// Parameters, what answers to options of the client, and option 82.
    fn finish(&self, message: Message, mut options: OptionList, parameters: &Parameters<'_, '_>) -> Packed {
        let request = self.arrival.packet;
        if self.arrival.plan.config.subnet_selection
            && let Ok(Some(subnet)) = request.get(&SUBNET_SELECTION)
        {
            options.push(&SUBNET_SELECTION, subnet);
        }
        parameters.put(&mut options);
        if let Ok(Some(asked)) = request.checked(&CLIENT_FQDN)
            && let Some(answer) = fqdn::answer(&asked, self.scopes.option(DOMAIN_NAME.code))
        {
            options.push_octets(CLIENT_FQDN.code, &answer);
        }
        self.pack(message, &options)
    }

    fn pack(&self, message: Message, options: &OptionList) -> Packed {
        pack(message, options, self.last(), limit(self.arrival.packet))
    }

    /// Option 82 as it came, the last of all (RFC 3046 §2.2).
    fn last(&self) -> Option<(crate::options::Code, &[u8])> {
        Some((RELAY_AGENT_INFORMATION.code, self.arrival.agent.as_deref()?))
    }
}

/// A reply with the fields that every reply has from its request.
pub(super) fn plain(request: &Packet<'_>) -> Message {
    let mut message = Message::new(Op::BOOTREPLY);
    message
        .set_hardware(request.htype(), request.chaddr().0)
        .set_xid(request.xid())
        .set_flags(request.flags())
        .set_giaddr(request.giaddr());
    message
}

/// How much the sender of a message takes (option 57).
pub(super) fn limit(request: &Packet<'_>) -> Limit {
    Limit::datagram(request.get(&MAXIMUM_DHCP_MESSAGE_SIZE).ok().flatten().unwrap_or(DEFAULT_LIMIT))
}
