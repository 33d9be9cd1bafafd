//! Replies by table 3 of RFC 2131, and where they go by its §4.1.

use core::net::Ipv4Addr;

use super::config::{Config, Scopes};
use crate::endpoint::{Destination, Refusal};
use crate::options::{
    CLIENT_IDENTIFIER, Code, DHCP_MESSAGE_TYPE, IP_ADDRESS_LEASE_TIME, MAXIMUM_DHCP_MESSAGE_SIZE, MESSAGE,
    PARAMETER_REQUEST_LIST, REBINDING_TIME, RELAY_AGENT_INFORMATION, RENEWAL_TIME, ROUTER, SERVER_IDENTIFIER,
    SUBNET_MASK,
};
use crate::packet::{DEFAULT_LIMIT, Flags, Message, MessageType, Op, OptionList, Packed, Packet, pack};

/// Builds replies to one message.
pub(super) struct Reply<'a> {
    pub(super) config: &'a Config,
    pub(super) request: &'a Packet<'a>,
}

impl Reply<'_> {
    /// A DHCPOFFER or DHCPACK of an address for so many seconds.
    pub(super) fn grant(&self, kind: MessageType, address: Ipv4Addr, lease: u32) -> Packed {
        let mut message = self.header();
        message.set_yiaddr(address);
        if kind == MessageType::ACK {
            message.set_ciaddr(self.request.ciaddr());
        }
        let mut options = self.options(kind);
        options.push(&IP_ADDRESS_LEASE_TIME, lease);
        if let Some((t1, t2)) = Scopes(vec![&self.config.scope]).times(lease) {
            options.push(&RENEWAL_TIME, t1).push(&REBINDING_TIME, t2);
        }
        self.finish(message, options)
    }

    /// The DHCPACK to a DHCPINFORM: parameters and nothing of leases (§4.3.5).
    pub(super) fn inform(&self) -> Packed {
        let mut message = self.header();
        message.set_ciaddr(self.request.ciaddr());
        self.finish(message, self.options(MessageType::ACK))
    }

    /// A DHCPNAK that says why (§4.3.2).
    pub(super) fn nak(&self, why: Refusal) -> Packed {
        let mut message = self.header();
        if !self.request.giaddr().is_unspecified() {
            message.set_flags(Flags(self.request.flags().0 | Flags::BROADCAST.0));
        }
        let mut options = self.options(MessageType::NAK);
        options.push(&MESSAGE, why.to_string().as_bytes());
        self.echo(&mut options, RELAY_AGENT_INFORMATION.code);
        pack(message, &options, self.limit())
    }

    /// The fields that every reply has from its request.
    fn header(&self) -> Message {
        let request = self.request;
        let mut message = Message::new(Op::BOOTREPLY);
        message
            .set_hardware(request.htype(), request.chaddr().0)
            .set_xid(request.xid())
            .set_flags(request.flags())
            .set_giaddr(request.giaddr());
        message
    }

    /// The options that every reply begins with; option 61 is the client's own (RFC 6842 §3).
    fn options(&self, kind: MessageType) -> OptionList {
        let mut options = OptionList::new();
        options
            .push(&DHCP_MESSAGE_TYPE, kind.0)
            .push(&SERVER_IDENTIFIER, self.config.server_identifier.unwrap_or(Ipv4Addr::UNSPECIFIED));
        self.echo(&mut options, CLIENT_IDENTIFIER.code);
        options
    }

    /// Parameters, then option 82 as the last (RFC 3046 §2.2).
    fn finish(&self, message: Message, mut options: OptionList) -> Packed {
        self.parameters(&mut options);
        self.echo(&mut options, RELAY_AGENT_INFORMATION.code);
        pack(message, &options, self.limit())
    }

    fn echo(&self, options: &mut OptionList, code: Code) {
        if let Some(octets) = self.request.value(code) {
            options.push_octets(code, &octets);
        }
    }

    /// What the client asks for in its own order, or everything if it does not ask (§4.3.1). The subnet mask stands
    /// before the router in any case (RFC 2132 §3.3).
    fn parameters(&self, options: &mut OptionList) {
        let asked = self.request.checked(&PARAMETER_REQUEST_LIST).ok().flatten();
        let Some(asked) = asked else {
            self.config.scope.options.iter().for_each(|(code, value)| add(options, code, value));
            return;
        };
        for code in asked.iter().copied().map(Code) {
            if code == ROUTER.code && asked.contains(&SUBNET_MASK.code.0) {
                self.add_configured(options, SUBNET_MASK.code);
            }
            self.add_configured(options, code);
        }
    }

    fn add_configured(&self, options: &mut OptionList, code: Code) {
        if let Some((_, value)) = self.config.scope.options.iter().find(|(there, _)| *there == code) {
            add(options, code, value);
        }
    }

    fn limit(&self) -> u16 {
        self.request.get(&MAXIMUM_DHCP_MESSAGE_SIZE).ok().flatten().unwrap_or(DEFAULT_LIMIT)
    }
}

fn add(options: &mut OptionList, code: Code, value: &[u8]) {
    if !options.has(code) {
        options.push_octets(code, value);
    }
}

/// Where a DHCPOFFER or DHCPACK goes (§4.1).
pub(super) fn destination(request: &Packet<'_>, yiaddr: Ipv4Addr) -> Destination {
    if !request.giaddr().is_unspecified() {
        Destination::Relay { giaddr: request.giaddr(), port: None }
    } else if !request.ciaddr().is_unspecified() {
        Destination::Client(request.ciaddr())
    } else if request.flags().broadcast() {
        Destination::Broadcast
    } else {
        Destination::Hardware { yiaddr, htype: request.htype(), chaddr: request.chaddr().0.into() }
    }
}

/// Where a DHCPNAK goes: to the relay agent, or to all (§4.1).
pub(super) fn nak_destination(request: &Packet<'_>) -> Destination {
    match request.giaddr() {
        Ipv4Addr::UNSPECIFIED => Destination::Broadcast,
        giaddr => Destination::Relay { giaddr, port: None },
    }
}
